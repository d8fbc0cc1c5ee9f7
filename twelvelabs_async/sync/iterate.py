"""Pages, streams and other iterations of the asynchronous client, for ``for``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine, Generator, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from .._runtime.page_link import PageLink
from .._runtime.tabular import Tabular
from ..errors import ClientClosedError, StreamError
from .bridge import Bridge, SyncWrapper, awaited
from .loop_thread import END, Callback, Job

if TYPE_CHECKING:
    from types import GeneratorType, TracebackType

    from .._runtime.pager import BasePage, PageInfo, Pager
    from .._runtime.stream import Stream
    from .._runtime.text_stream import FinalAnswer, TextStream

__all__ = ["SyncPager", "SyncStream", "SyncTextStream", "iterate", "settle"]

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

_STREAM_AHEAD = 1024
"""Events of a stream that may wait to be taken: few enough to keep, many enough that the threads
seldom wait for each other."""


class _Pump(Job[None], Generic[T]):
    """A job that puts the items of an asynchronous iterable into its mailbox.

    It has credit for `ahead` items, and gets it back from the reader half by half: so the mailbox
    is bounded, and the threads meet once for many items. With an `ahead` of 1 an item is made when
    it is asked for, as in ``async for``.
    """

    __slots__ = ("_batch", "_credit", "_room")

    def __init__(self, ahead: int) -> None:
        super().__init__()
        self._credit = ahead
        self._batch = (ahead + 1) // 2
        self._room = asyncio.Event()

    async def _pump(self, source: AsyncIterable[T]) -> None:
        # All in one task: what the iterable entered for one item it may leave in another.
        items = aiter(source)
        try:
            async for item in items:
                self.mail.put(item)
                del item  # a failure shows the variables of this frame
                self._credit -= 1
                if not self._credit:
                    self._room.clear()
                    await self._room.wait()
        finally:
            aclose = getattr(items, "aclose", None)
            if aclose is not None:
                await aclose()

    def _give_credit(self) -> None:
        self._credit += self._batch
        self._room.set()

    def items(
        self, bridge: Bridge, source: AsyncIterable[T], leave: Callable[[], None] | None
    ) -> Generator[T, None, None]:
        """What the iterable gives, for the thread that iterates; `leave` is called if it leaves."""
        thread = bridge.thread()
        taken = 0
        try:
            thread.begin(self, partial(self._pump, source))
            while True:
                if taken == self._batch:
                    thread.soon(self._give_credit)
                    taken = 0
                item = thread.take(self)
                if item.__class__ is not Callback:
                    taken += 1
                    yield item
                elif item is END:
                    break
                else:
                    bridge.run(item)
        except GeneratorExit:
            if leave is not None:
                leave()
            raise
        finally:
            thread.cancel(self)
        self.result()


def iterate(
    bridge: Bridge,
    source: AsyncIterable[T],
    *,
    ahead: int = 1,
    leave: Callable[[], None] | None = None,
) -> Generator[T, None, None]:
    """The items of an asynchronous iterable, of which up to `ahead` are made before they are taken.

    Nothing runs before the first item is asked for; leaving early calls `leave`, and cancels the
    rest.
    """
    return _Pump[T](ahead).items(bridge, source, leave)


class SyncStream(SyncWrapper["Stream[T]"], Tabular, Generic[T]):
    """Events of the service as they come.

    ``for event in stream`` gives them, and closes the connection however the loop is left; so does
    ``with stream``, which opens it, so that a refusal is raised there. A stream is iterated once.
    StreamError is raised when the service sends an error, when an event cannot be read, and when
    the stream ends before its last event; it holds the last events that came, of at most 4 MiB.

    Example: ``for event in client.analyze_stream(video=video, prompt="Describe it."): ...``
    """

    def __init__(self, bridge: Bridge, source: Stream[T]) -> None:
        super().__init__(bridge, source)
        self._inner: Any = source  # to a checker, the methods used here are its own alone
        items = iterate(bridge, source, ahead=_STREAM_AHEAD, leave=self._inner._leave)
        self._items = cast("GeneratorType[T, None, None]", items)

    @property
    def data(self) -> Self:
        """The stream itself: programs for the vendor's SDK iterate ``response.data``."""
        return self

    def __enter__(self) -> Self:
        try:
            self._bridge.call(awaited, self._async)
        except BaseException:  # an interrupt may come when it has just been opened
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the stream's connection is closed. Closing twice does no harm.

        Example: ``stream.close()``
        """
        _close(self._items)
        with suppress(ClientClosedError):  # which has closed the connection
            self._bridge.call(self._async.aclose)

    def _table_rows(self) -> Iterator[T]:
        return iter(self)

    def _row_type(self) -> Any:
        return self._inner._row_type()

    def __iter__(self) -> Iterator[T]:
        self._check_reader()
        if self._items.gi_frame is None:  # an error that was seen would look like an end
            raise StreamError("a stream is iterated once")
        # Not through self: a loop over a stream that nothing else holds must not keep it alive.
        return _closing(self._items)

    def _check_reader(self) -> None:
        if self._items.gi_running:
            raise StreamError("another thread reads the stream")

    def __next__(self) -> T:
        self._check_reader()
        item: Any = next(self._items, END)
        if item is END:  # also after an error, or where it was left: that is no end
            self._inner._check_end(left=self._inner._left)
            raise StopIteration
        return cast("T", item)


class SyncTextStream(SyncStream[T], Generic[T, P]):
    """Events of an answer as they come, its text in pieces, and the whole of it at the end.

    ``for event in stream`` gives the events, ``for text in stream.text_stream`` the text in pieces.
    `get_final_text` and `get_final` read what has not been read yet; after that they request
    nothing. All of them raise the errors of the stream, and `get_final` also those of an answer
    that does not fit the requested class.

    Example: ``for text in client.analyze_stream(video=video, prompt="Describe it.").text_stream:
    ...``
    """

    _async: TextStream[T, P]  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def text_stream(self) -> Iterator[str]:
        """The text in pieces, as it comes; a stream is iterated once."""
        return filter(None, map(self._async.reader.piece, self))

    def until_done(self) -> None:
        """Nothing, once the stream has ended. Raises what the stream raises.

        Example: ``stream.until_done()``
        """
        self._check_reader()
        deque(self._items, 0)  # not in a loop: a failure shows the variables of this frame
        self._at_end(self._async.until_done)

    def get_final_text(self) -> str:
        """The whole text of the answer. Raises what the stream raises.

        StreamError too for a stream that was left before its end, or has more than 32 MiB.

        Example: ``text = stream.get_final_text()``
        """
        self.until_done()
        return self._at_end(self._async.get_final_text)

    def get_final(self) -> FinalAnswer[P]:
        """The whole answer: its text, why it ended, its usage, and it in the requested class.

        Raises what the stream raises; `OutputTruncatedError` for an answer that was cut off and
        `OutputInvalidError` for one that does not fit, if a class was requested.

        Example: ``answer = stream.get_final(); print(answer.finish_reason)``
        """
        self.until_done()
        return self._at_end(self._async.get_final)

    def _at_end(self, method: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """What the method returns: once all has come without the loop, which may have ended."""
        if not self._inner._ended:
            return self._bridge.call(method)
        try:
            method().send(None)
        except StopIteration as returned:
            return cast("R", returned.value)
        raise AssertionError("it waits, though nothing is to come")


def _closing(items: Generator[T, None, None]) -> Iterator[T]:
    try:
        for item in items:  # `yield from` closes them too, and not as `_close` does
            yield item
            del item  # a failure shows the variables of this frame
    finally:
        _close(items)


def _close(items: Generator[T, None, None]) -> None:
    try:
        items.close()
    except ValueError as error:
        # Another thread iterates or closes them just now: they end with the stream.
        if error.args != ("generator already executing",):
            raise


class SyncPager(SyncWrapper["Pager[T]"], Tabular, Generic[T]):
    """A list that comes in pages: it stands at one of them, and has fetched it.

    ``for row in pager`` gives every row of every page from here on. The next page is requested
    while the rows of one are used.

    Example: ``page = client.tasks.list(); print(page.page_info.total_results)``
    """

    _fetched = False

    def __init__(self, bridge: Bridge, source: Pager[T], *, fetched: bool = False) -> None:
        super().__init__(bridge, source)
        self._fetched = fetched
        if not fetched:
            # Here, so that errors come from the method and not from a loop over its result.
            bridge.call(awaited, source)
            self._fetched = True
        _link_pages(bridge, source.response)

    def __repr__(self) -> str:
        from .._runtime.model import shown_value
        from .._runtime.redaction import redact

        if not self._fetched:  # its first page failed: a traceback's frames show it
            return f"<{type(self).__name__}: not fetched>"
        # Redacted, since the frames that a failure leaves show the pager.
        return f"{type(self).__name__}({redact(shown_value(self.items))}, has_next={self.has_next})"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the page."""
        pager: Any = self._async  # not narrowed: to a checker the notebooks' name is a private one
        shown: str | None = pager._repr_html_()
        return shown

    @property
    def response(self) -> BasePage[T]:
        """The whole reply that this page came in."""
        return self._async.response

    @property
    def items(self) -> list[T]:
        """The rows of this page."""
        return self._async.items

    @property
    def data(self) -> list[T]:
        """`items`: where the vendor's SDK gives the plain reply, programs read its ``data``."""
        return self._async.items

    @property
    def page_info(self) -> PageInfo:
        """Where this page stands."""
        return self._async.page_info

    @property
    def has_next(self) -> bool:
        """Whether a page follows this one."""
        return self._async.has_next

    def next_page(self) -> Self | None:
        """The pager at the page after this one, fetched; None after the last.

        Example: ``following = page.next_page()``
        """
        following = self._bridge.call(self._async.next_page)
        return None if following is None else type(self)(self._bridge, following, fetched=True)

    @property
    def get_next(self) -> Callable[[], Self | None] | None:
        """`next_page`, or None at the last page."""
        return self.next_page if self.has_next else None

    def iter_pages(self) -> Generator[BasePage[T], None, None]:
        """Every page from this one on.

        Example: ``for page in client.tasks.list().iter_pages(): print(len(page.items))``
        """
        pages = iterate(self._bridge, self._async.iter_pages())
        try:
            for page in pages:
                yield _link_pages(self._bridge, page)
                del page  # a failure shows the variables of this frame
        finally:
            pages.close()

    def _table_rows(self) -> Iterator[T]:
        return iter(self)

    def _row_type(self) -> Any:
        source: Any = self._async  # to a checker, the method is its own alone
        return source._row_type()

    def __iter__(self) -> Iterator[T]:
        pages = self.iter_pages()
        try:
            for page in pages:
                yield from page.items
                del page  # as above
        finally:
            pages.close()


class _BlockingLink(PageLink):
    """What leads from a page to the next one, for a caller that waits."""

    __slots__ = ()


def _link_pages(bridge: Bridge, page: BasePage[T]) -> BasePage[T]:
    """The page, with its `next_page` made blocking."""
    link = page.__link__
    if link is not None and not isinstance(link, _BlockingLink):

        def next_page() -> BasePage[T] | None:
            following: Any = bridge.call(link.next_page)
            return None if following is None else _link_pages(bridge, following)

        page.__link__ = _BlockingLink(next_page, has_next=link.has_next)
    return page


def settle(bridge: Bridge, made: Any) -> Any:
    """What a method with several kinds of result made, for a blocking caller."""
    from .._runtime.pager import Pager
    from .._runtime.stream import Stream
    from .._runtime.text_stream import TextStream

    # Asked of the type, since isinstance() would leave the checkers with items of unknown type.
    if issubclass(type(made), Stream):
        wrapper: Any = SyncTextStream if issubclass(type(made), TextStream) else SyncStream
        return wrapper(bridge, made)
    if issubclass(type(made), Pager):
        return SyncPager[Any](bridge, made)
    try:
        bridge.thread()
    except BaseException:  # the client is closed, or this is its own thread: nothing awaits `made`
        made.close()
        raise
    return bridge.call(awaited, made)
