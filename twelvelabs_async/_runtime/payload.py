"""A request's body as aiohttp takes it: sent by the event loop or by threads, and watched."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager

from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.payload import Payload

from ..options import Timeouts
from .connection import ThreadedTransport, Turn
from .files import Body, Feed
from .threads import finish, run_blocking

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl
    import termios

__all__ = ["BodyPayload"]


class BodyPayload(Payload):
    """A body of ours as aiohttp takes it."""

    def __init__(
        self,
        body: Body | Feed,
        content_type: str,
        timeouts: Timeouts,
        moved: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(body, content_type=content_type)
        self._body = body
        self._size = body.size
        self._timeouts = timeouts
        self._moved = moved
        self._watchdog: _Watchdog | None = None
        self._writing = False
        self._in_use: asyncio.Event | None = None
        self.turn: Turn | None = None
        self.stalled = False
        self.failure: Exception | None = None  # what the body itself raised

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Bodies are files: there is no text to show."""
        return f"<{self._size} bytes>"

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the pieces, waiting for the peer after each."""
        await self.write_with_length(writer, None)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Send the pieces, waiting for the peer after each."""
        body, connection = self._body, _transport_of(writer)
        self._in_use = asyncio.Event()
        try:
            async with asyncio.timeout(None) as limit:
                if isinstance(body, Feed) and isinstance(connection, ThreadedTransport):
                    await self._have_sent(body, connection, writer, limit)
                else:
                    with self._watched(writer, limit, lambda: self._state(writer, connection)):
                        await self._write_pieces(writer)
        finally:
            self._in_use.set()

    def end_watch(self) -> None:
        """Look no more at what is on its way: the answer has come, or the attempt has failed."""
        if self._watchdog is not None:
            self._watchdog.end()
            self._watchdog = None

    async def let_go(self) -> None:
        """Return when nobody reads the body any more: aiohttp cancels, and does not wait."""
        if self._in_use is not None and not self._in_use.is_set():
            await finish(self._in_use.wait())

    async def _have_sent(
        self,
        feed: Feed,
        connection: ThreadedTransport,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
    ) -> None:
        assert self.turn is not None
        connection.hold()
        writer.send_headers()
        with self._watched(writer, limit, lambda: (connection.blocked, connection.taken)):
            await connection.send(self._guarded(feed), feed.went, self.turn)

    def _guarded(self, feed: Feed) -> Iterator[bytes | memoryview]:
        try:
            yield from feed
        except Exception as error:
            self.failure = error
            raise

    async def _write_pieces(self, writer: AbstractStreamWriter) -> None:
        body = self._body
        pieces = _read_in_threads(body) if isinstance(body, Feed) else aiter(body)
        async with aclosing(pieces):
            while True:
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    self.failure = error
                    raise
                self._writing = True
                await writer.write(piece)
                self._writing = False
                if isinstance(body, Feed):
                    body.went(len(piece))
                del piece  # its memory is to be free before the next one is read

    def _state(
        self, writer: AbstractStreamWriter, connection: asyncio.WriteTransport | None
    ) -> tuple[bool, tuple[int, int]]:
        waiting = 0 if connection is None else connection.get_write_buffer_size()
        return self._writing, (writer.output_size, waiting)

    @contextmanager
    def _watched(
        self,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
        state: Callable[[], tuple[bool, object]],
    ) -> Generator[None]:
        watchdog = _Watchdog(self._timeouts, writer, limit, state, self._moved)
        self._watchdog = watchdog
        try:
            yield
        except BaseException:
            self.stalled = watchdog.stalled
            self.end_watch()
            raise
        if self._watchdog is watchdog:  # else the answer has come already
            watchdog.written()


async def _read_in_threads(feed: Feed) -> AsyncGenerator[bytes | memoryview]:
    pieces = iter(feed)

    def read() -> bytes | memoryview | None:
        return next(pieces, None)

    while (piece := await run_blocking(read)) is not None:
        yield piece


def _transport_of(writer: AbstractStreamWriter) -> asyncio.WriteTransport | None:
    # Not declared by the abstract class; None once the connection is lost.
    return getattr(writer, "transport", None)


class _Watchdog:
    """Looks now and then whether a peer takes what is sent, and ends a body that stands.

    A peer has stalled when it took nothing for the `write` limit, however little: on a slow line
    one piece may take longer than that. `state` says whether the peer is waited for, and what
    changes whenever it takes something. What the system has not sent yet counts as on its way, so
    the watch goes on after the last write. A timer for each piece would cost more.
    """

    LOOKS = 4  # in the shortest of the limits

    def __init__(
        self,
        timeouts: Timeouts,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
        state: Callable[[], tuple[bool, object]],
        moved: Callable[[], object] | None,
    ) -> None:
        limits = (timeouts.write, timeouts.read, timeouts.total)
        shortest = min((seconds for seconds in limits if seconds is not None), default=None)
        self._interval = None if shortest is None else shortest / self.LOOKS
        self._stall = timeouts.write
        self._writer = writer
        self._limit = limit
        self._state = state
        self._moved = moved
        self._seen: object = None
        self._still = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self.stalled = False
        self._look()

    def _look(self) -> None:
        waits, taken = self._state()
        now = taken, _unsent(self._writer)
        if now != self._seen:
            self._seen = now
            self._still = 0.0
            self._tell()
        elif waits and self._interval is not None:
            self._still += self._interval
        if self._stall is not None and self._still >= self._stall:
            self.stalled = True
            self._limit.reschedule(0)
        else:
            self._look_again(self._look)

    def _look_again(self, look: Callable[[], None]) -> None:
        if self._interval is not None:
            self._handle = asyncio.get_running_loop().call_later(self._interval, look)

    def _tell(self) -> None:
        if self._moved is not None:
            self._moved()

    def written(self) -> None:
        """All is with the system: from now on only what it sends is looked at."""
        self.end()
        self._tell()
        self._seen = _unsent(self._writer)
        if self._seen:
            self._look_again(self._look_at_rest)

    def _look_at_rest(self) -> None:
        left = _unsent(self._writer)
        if left != self._seen:
            self._seen = left
            self._tell()
            protocol: ResponseHandler | None = getattr(self._writer, "protocol", None)
            if protocol is not None:
                protocol.start_timeout()  # of the silence that `read` bounds
        if left:
            self._look_again(self._look_at_rest)

    def end(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()


def _unsent(writer: AbstractStreamWriter) -> int:
    """The bytes that the system holds for the peer; 0 where it does not say."""
    transport = _transport_of(writer)
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or fcntl is None:
        return 0
    try:
        held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # closed, or no such question
        return 0
    return int.from_bytes(held, sys.byteorder)
