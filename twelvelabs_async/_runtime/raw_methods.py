"""Methods that give replies with status and headers: what ``with_raw_response`` has.

The class of a resource's raw methods is made from the resource's own class, so both have the same
methods. Type checkers read the generated ``raw.py`` instead, which has the type of each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from functools import partial, wraps
from importlib import import_module
from inspect import isfunction
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar

from ..errors import ArgumentTypeError
from .pager import BasePage, PageInfo, Pager
from .rate_limits import RateLimit, rate_limits
from .raw_response import RawResponse, capturing
from .stream import Stream

if TYPE_CHECKING:
    from .core import Core

__all__ = [
    "BaseRawMethods",
    "RawMethods",
    "RawPager",
    "RawStream",
    "capture",
    "last_reply",
    "make_raw_class",
    "raw_class",
    "raw_methods",
    "raw_names",
    "with_reply",
]

P = ParamSpec("P")
T = TypeVar("T")
PagerT = TypeVar("PagerT", bound=Pager[Any])
PagerT_co = TypeVar("PagerT_co", bound=Pager[Any], covariant=True)
StreamT_co = TypeVar("StreamT_co", bound=Stream[Any], covariant=True)
RawT = TypeVar("RawT", bound="BaseRawMethods")

Replies = list[tuple[int, Mapping[str, str]]]


class RawPager(RawResponse[PagerT_co]):
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
    def items(self: RawPager[Pager[T]]) -> list[T]:
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

    async def next_page(self) -> RawPager[PagerT_co] | None:
        """The page after this one, with its own status and headers; None after the last."""
        with capturing() as replies:
            following = await self.data.next_page()
        return None if following is None else RawPager(self._core, following, replies)

    @property
    def get_next(self) -> Callable[[], Awaitable[RawPager[PagerT_co] | None]] | None:
        """`next_page`, or None at the last page."""
        return self.next_page if self.has_next else None

    def iter_pages(self: RawPager[Pager[T]]) -> AsyncGenerator[BasePage[T]]:
        """Every page from this one on."""
        return self.data.iter_pages()

    def __aiter__(self: RawPager[Pager[T]]) -> AsyncIterator[T]:
        return aiter(self.data)


class RawStream(Generic[StreamT_co]):
    """A stream that opens with its reply: ``async with`` it, or await it.

    Either gives a `RawResponse` whose ``data`` is the stream; leaving the block closes it.
    """

    def __init__(self, core: Core, stream: StreamT_co) -> None:
        self._core = core
        self._stream = stream

    def __await__(self) -> Generator[Any, None, RawResponse[StreamT_co]]:
        return capture(self._core, self._opened()).__await__()

    async def _opened(self) -> StreamT_co:
        await self._stream
        return self._stream

    async def __aenter__(self) -> RawResponse[StreamT_co]:
        return await self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stream.aclose()


class BaseRawMethods:
    """What the raw methods of both clients have in common: the resource that they call."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def __repr__(self) -> str:
        resource = getattr(self, "_resource", None)  # it may be half made
        return f"<{type(self).__name__} of {resource!r}>"

    @abstractmethod
    def _reply(self, call: Callable[[], Any]) -> Any:
        """What a raw method gives, where the plain one is called so."""


class RawMethods(BaseRawMethods):
    """The methods of a resource, each giving its reply with status, headers and rate limits.

    A call gives a `RawResponse`, a list a `RawPager`, which stands at the first page, and a stream
    a `RawStream`.
    """

    async def __call__(
        self, method: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """What a method returns, with the status, headers and rate limits of its reply.

        ``method`` is called with ``args`` and ``kwargs``. For a list it is the reply of the first
        page; a stream is opened. Raises what the method raises.

        Example: ``reply = await client.with_raw_response(client.indexes.retrieve, index.id)``
        """
        return await capture(self._resource._core, method(*args, **kwargs))

    def _reply(self, call: Callable[[], Any]) -> Any:
        core: Core = self._resource._core
        made = call()
        # Asked of the type, since isinstance() would leave the checkers with an unknown type.
        if issubclass(type(made), Stream):
            return RawStream[Any](core, made)
        if issubclass(type(made), Pager):
            return _first_page(core, made)
        return capture(core, made)


def with_reply(
    core: Core, data: T, replies: Replies, close: Callable[[], Any] | None = None
) -> RawResponse[T]:
    """A result with the last of the replies it came from; ArgumentTypeError where there is none."""
    return RawResponse(data, *last_reply(core, replies), close)


def last_reply(core: Core, replies: Replies) -> tuple[int, Mapping[str, str], dict[str, RateLimit]]:
    """Status, headers and rate limits of the last reply; ArgumentTypeError where there is none."""
    if not replies:
        raise ArgumentTypeError("with_raw_response takes a method that makes a request")
    status, headers = replies[-1]
    return status, headers, rate_limits(headers, core.clock.time())


async def capture(core: Core, call: Awaitable[T]) -> RawResponse[T]:
    """What a call returns, with the status and headers of the reply it came from."""
    with capturing() as replies:
        data = await call
    return with_reply(core, data, replies, data.aclose if isinstance(data, Stream) else None)


async def _first_page(core: Core, pager: PagerT) -> RawPager[PagerT]:
    with capturing() as replies:
        await pager
    return RawPager(core, pager, replies)


def raw_methods(resource: object) -> RawMethods:
    """The raw methods of a resource."""
    return raw_class(type(resource))(resource)


def raw_class(kind: type) -> type[RawMethods]:
    """The class of the raw methods of a resource of this kind."""
    return make_raw_class(kind, RawMethods, "raw")


def make_raw_class(kind: type, base: type[RawT], module: str) -> type[RawT]:
    """The class of a resource's raw methods, as `module` of the package names it."""
    # What is derived from it, as the client is, adds no calls of its own.
    area = next(c for c in kind.__mro__ if {b.__name__ for b in c.__bases__} & _ROOTS)
    if area not in _classes:
        methods = {
            name: _raw_method(name, method)
            for name, method in vars(area).items()
            if isfunction(method) and name[0] != "_" and not _is_iteration(method)
        }
        package = __name__.partition(".")[0]
        way = area.__module__.removeprefix(f"{package}.").removeprefix("sync.")
        name = "Raw" + way.title().replace("_", "").replace(".", "")
        names = {"__module__": f"{package}.{module}", "__doc__": area.__doc__, **methods}
        _classes[area] = type(name, (base,), names)
    made: type[RawT] = _classes[area]
    return made


_classes: dict[type, Any] = {}
_ROOTS = frozenset({"Resource", "SyncResource"})  # by name: this is below the second


def _is_iteration(method: Callable[..., Any]) -> bool:
    """Whether a method makes many requests, and gives their results as they come."""
    return str(method.__annotations__.get("return")).startswith(("AsyncGenerator", "Generator"))


def _raw_method(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # of a BaseRawMethods
        # By its name: the resource's class may be derived from the one that this was made of.
        return self._reply(partial(getattr(self._resource, name), *args, **kwargs))

    return call


def raw_names(
    module: str, names: Mapping[str, tuple[str, str]], raw_class: Callable[[type], type]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a module of raw classes: module and class of each."""
    package = module.partition(".")[0]

    def getattr_(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        where, area = names[name]
        return raw_class(getattr(import_module(f"{package}.{where}"), area))

    return getattr_, lambda: [*names]
