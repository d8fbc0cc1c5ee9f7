"""Methods of the blocking client that give replies with status and headers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar

from .._runtime.pager import BasePage, PageInfo
from .._runtime.raw_methods import BaseRawMethods, Replies, last_reply, make_raw_class, with_reply
from .._runtime.raw_response import RawResponse, capturing
from .iterate import SyncPager, SyncStream

if TYPE_CHECKING:
    from .._runtime.core import Core

__all__ = [
    "SyncRawMethods",
    "SyncRawPager",
    "SyncRawStream",
    "raw_class",
    "raw_methods",
]

P = ParamSpec("P")
T = TypeVar("T")
PagerT = TypeVar("PagerT", bound=SyncPager[Any])
PagerT_co = TypeVar("PagerT_co", bound=SyncPager[Any], covariant=True)
StreamT_co = TypeVar("StreamT_co", bound=SyncStream[Any], covariant=True)


class SyncRawPager(RawResponse[PagerT_co]):
    """The reply that a page came in; ``data`` is the pager, whose attributes are here too."""

    __slots__ = ("_core",)

    def __init__(self, core: Core, pager: PagerT_co, replies: Replies) -> None:
        super().__init__(pager, *last_reply(core, replies))
        self._core = core

    @property
    def response(self) -> Self:
        """This reply, where the vendor's pagers have it."""
        return self

    @property
    def items(self: SyncRawPager[SyncPager[T]]) -> list[T]:
        """The rows of this page."""
        return self.data.items

    @property
    def page_info(self) -> PageInfo:
        """Where this page stands."""
        return self.data.page_info

    @property
    def has_next(self) -> bool:
        """Whether a page follows this one."""
        return self.data.has_next

    def next_page(self) -> SyncRawPager[PagerT_co] | None:
        """The page after this one, with its own status and headers; None after the last."""
        with capturing() as replies:
            following = self.data.next_page()
        return None if following is None else SyncRawPager(self._core, following, replies)

    @property
    def get_next(self) -> Callable[[], SyncRawPager[PagerT_co] | None] | None:
        """`next_page`, or None at the last page."""
        return self.next_page if self.has_next else None

    def iter_pages(self: SyncRawPager[SyncPager[T]]) -> Generator[BasePage[T], None, None]:
        """Every page from this one on."""
        return self.data.iter_pages()

    def __iter__(self: SyncRawPager[SyncPager[T]]) -> Iterator[T]:
        return iter(self.data)


class SyncRawStream(Generic[StreamT_co]):
    """A stream that opens with its reply: ``with stream as response``.

    It gives a `RawResponse` whose ``data`` is the stream; leaving the block closes it.
    """

    def __init__(self, core: Core, stream: StreamT_co) -> None:
        self._core = core
        self._stream = stream

    def __enter__(self) -> RawResponse[StreamT_co]:
        with capturing() as replies:
            self._stream.__enter__()
        return with_reply(self._core, self._stream, replies, self._stream.close)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()


class SyncRawMethods(BaseRawMethods):
    """The methods of a resource, each giving its reply with status, headers and rate limits.

    A call gives a `RawResponse`, a list a `SyncRawPager`, which stands at the first page, and a
    stream a `SyncRawStream`.
    """

    def __call__(
        self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """What a method returns, with the status, headers and rate limits of its reply.

        ``method`` is called with ``args`` and ``kwargs``. For a list it is the reply of the first
        page; a stream is opened. Raises what the method raises.

        Example: ``reply = client.with_raw_response(client.indexes.retrieve, index.id)``
        """
        with capturing() as replies:
            data = method(*args, **kwargs)
            close = _opened(data) if issubclass(type(data), SyncStream) else None
        return with_reply(self._core, data, replies, close)

    def _reply(self, call: Callable[[], Any]) -> Any:
        with capturing() as replies:
            made = call()
        if issubclass(type(made), SyncStream):
            return SyncRawStream[Any](self._core, made)
        if issubclass(type(made), SyncPager):
            return SyncRawPager[Any](self._core, made, replies)
        return with_reply(self._core, made, replies)

    @property
    def _core(self) -> Core:
        core: Core = self._resource._async._core
        return core


def _opened(stream: Any) -> Callable[[], None]:
    """Opens a stream; gives what closes it."""
    stream.__enter__()
    close: Callable[[], None] = stream.close
    return close


def raw_methods(resource: object) -> SyncRawMethods:
    """The raw methods of a resource."""
    return raw_class(type(resource))(resource)


def raw_class(kind: type) -> type[SyncRawMethods]:
    """The class of the raw methods of a resource of this kind."""
    return make_raw_class(kind, SyncRawMethods, "sync.raw")
