"""A request's body as aiohttp takes it: sent by the event loop or by threads, and watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from ..options import Timeouts
from .aiohttp_patches import transport_of
from .async_body import Body
from .blocking_body import BlockingBody
from .frames import dropping_locals
from .sender_pool import SendPermit
from .stall_watchdog import StallWatchdog
from .threaded_transport import ThreadedTransport
from .threads import finish, run_blocking

__all__ = ["BodyPayload"]


class BodyPayload(Payload):
    """A body of ours as aiohttp takes it."""

    def __init__(
        self,
        body: Body | BlockingBody,
        content_type: str,
        timeouts: Timeouts,
        moved: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(body, content_type=content_type)
        self._body = body
        self._size = body.size
        self._timeouts = timeouts
        self._moved = moved
        self._watchdog: StallWatchdog | None = None
        self._writing = False
        self._in_use: asyncio.Event | None = None
        self.permit: SendPermit | None = None
        self.stalled = False
        self.failure: Exception | None = None  # what the body itself raised

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Bodies are files: there is no text to show."""
        return f"<{self._size} bytes>"

    def __deepcopy__(self, memo: object) -> str:
        """What recorders keep of a request's body, such as VCR.py: files are not copied."""
        return self.decode()

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the pieces, waiting for the peer after each."""
        await self.write_with_length(writer, None)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Send the pieces, waiting for the peer after each."""
        self._in_use = asyncio.Event()
        try:
            # This is a task of aiohttp's, and holds what it ends in: else the frames the body.
            with dropping_locals:
                await self._write(writer)
        finally:
            self._in_use.set()

    async def _write(self, writer: AbstractStreamWriter) -> None:
        body, connection = self._body, transport_of(writer)
        async with asyncio.timeout(None) as limit:
            if isinstance(body, BlockingBody) and isinstance(connection, ThreadedTransport):
                await self._have_sent(body, connection, writer, limit)
            else:
                with self._watched(writer, limit, lambda: self._state(writer, connection)):
                    await self._write_pieces(writer)

    def end_watch(self) -> None:
        """Stop the watchdog: the reply has come, or the attempt has failed."""
        if self._watchdog is not None:
            self._watchdog.end()
            self._watchdog = None

    async def let_go(self) -> None:
        """Return when the body is no longer read: aiohttp cancels, and does not wait."""
        if self._in_use is not None and not self._in_use.is_set():
            await finish(self._in_use.wait())

    async def _have_sent(
        self,
        body: BlockingBody,
        connection: ThreadedTransport,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
    ) -> None:
        assert self.permit is not None
        connection.hold()
        writer.send_headers()
        with self._watched(writer, limit, lambda: (connection.blocked, connection.taken)):
            await connection.send(self._guarded(body), body.on_sent, self.permit)

    def _guarded(self, body: BlockingBody) -> Iterator[bytes | memoryview]:
        try:
            yield from body
        except Exception as error:  # of the user's file: any class
            self.failure = error
            raise

    async def _write_pieces(self, writer: AbstractStreamWriter) -> None:
        body = self._body
        pieces = _read_in_threads(body) if isinstance(body, BlockingBody) else aiter(body)
        async with aclosing(pieces):
            while True:
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except Exception as error:  # as in `_guarded`
                    self.failure = error
                    raise
                self._writing = True
                await writer.write(piece)
                self._writing = False
                if isinstance(body, BlockingBody):
                    body.on_sent(len(piece))
                del piece  # frees its memory before the next one is read

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
        watchdog = StallWatchdog(self._timeouts, writer, limit, state, self._moved)
        self._watchdog = watchdog
        try:
            yield
        except BaseException:  # also a cancellation, by which the watchdog itself ends it
            self.stalled = watchdog.stalled
            self.end_watch()
            raise
        if self._watchdog is watchdog:  # else the reply has come already
            watchdog.written()


async def _read_in_threads(body: BlockingBody) -> AsyncGenerator[bytes | memoryview]:
    pieces = iter(body)

    def read() -> bytes | memoryview | None:
        return next(pieces, None)

    while (piece := await run_blocking(read)) is not None:
        yield piece
