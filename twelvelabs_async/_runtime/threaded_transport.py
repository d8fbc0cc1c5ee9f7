"""Connections whose bodies are read, encrypted and sent by threads.

asyncio's event loop encrypts what is sent, and copies it twice: with chunks on sixteen connections
it does little else. Here a thread takes a body from its file to the socket, for a quarter less of
the processor's time in all, and the loop learns how much was sent. A socket that takes no more is
waited for in the loop, so that slow peers hold no thread.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from .sender_pool import SenderPool, SendPermit
from .threads import finish

__all__ = ["ThreadedTransport"]


Pieces = Iterator[bytes | memoryview]
_BATCH = 16 * 1024 * 1024  # bytes that a thread sends before it reports them
_RECEIVE = 256 * 1024
_HIGH = 64 * 1024
_SLOW = 0.025  # seconds to read one piece
_NOTHING = memoryview(b"")
# What a socket that has nothing, or takes nothing, at the moment says.
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _WriteBatch:
    """The result of a thread's batch."""

    size = 0
    ended = False
    blocked = False
    slow = False
    failure: Exception | None = None


class ThreadedTransport(asyncio.Transport):
    """A transport like asyncio's, in which threads can send a body.

    The socket does not block. OpenSSL allows one call at a time: what arrives while a thread sends
    cuts the batch short, and is read after it. So a reply to a whole body is never read before its
    sender has reported that all is sent, which aiohttp would take for a broken connection.

    `blocked` while the peer is waited for; `taken` grows whenever it takes something.
    """

    def __init__(
        self, sock: socket.socket, protocol: asyncio.Protocol, senders: SenderPool
    ) -> None:
        super().__init__(_extra(sock))
        self.taken = 0
        self.blocked = False
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._protocol = protocol
        self._senders = senders
        self._backlog = bytearray()
        self._held = False
        self._head = 0
        self._writable: asyncio.Future[None] | None = None
        self._full = False
        self._sending = False
        self._bursting = False
        self._heard = False
        self._stopped = False
        self._closing = False
        self._lost = False
        self._reading = False
        protocol.connection_made(self)
        self.resume_reading()

    def __repr__(self) -> str:
        # It may be half made.
        fd, lost = getattr(self, "_fd", None), getattr(self, "_lost", False)
        return f"<ThreadedTransport fd={fd}{' closed' if lost else ''}>"

    # Bodies

    def hold(self) -> None:
        """Keep what is written from now on until `send` sends it with its body."""
        self._held = True

    async def send(
        self, pieces: Pieces, on_sent: Callable[[int], object], permit: SendPermit
    ) -> None:
        """Return when the system has accepted every piece; `on_sent` gets the bytes of each batch.

        `pieces` is read in threads, and what it raises is raised here. When this is cancelled, no
        thread reads from it afterwards; the connection can then only be aborted.
        """
        self._sending = True
        self._pieces = pieces
        self._held = False
        self._left, self._head = memoryview(bytes(self._backlog)), len(self._backlog)
        self._backlog.clear()
        try:
            while not await self._send_some(on_sent, permit):
                await self._until_writable()
        except OSError:
            self._on_readable()  # the peer may have replied why it accepts no more
            raise
        finally:
            self._sending = False
            self._pieces, self._left = iter(()), _NOTHING  # frees their memory
            if self._lost:
                self._sock.close()

    async def _send_some(self, on_sent: Callable[[int], object], permit: SendPermit) -> bool:
        """Send until the socket is full or the body is sent; whether it is sent."""
        await permit.take()
        try:
            while True:
                batch = _WriteBatch()
                work = self._senders.run(self._push, batch)
                self._bursting = True
                try:
                    await asyncio.shield(work)
                except asyncio.CancelledError:
                    self._stopped = True
                    await finish(work)
                    batch.failure = None  # its traceback holds the thread's frame, with a piece
                    raise
                finally:
                    self._bursting = False
                    on_sent(batch.size)
                    if batch.slow:
                        self._senders.read_slowly()
                    self._listen(now=not batch.ended)
                failure, batch.failure = batch.failure, None
                try:
                    if failure is not None:
                        raise failure
                finally:
                    del failure  # its traceback holds this frame, and that of the thread the batch
                if batch.ended or batch.blocked:
                    return batch.ended
        finally:
            permit.give()

    def _push(self, batch: _WriteBatch) -> None:
        """In a thread: send until the socket is full, or a batch or the body is sent."""
        try:
            while not batch.blocked:
                if not self._left:
                    began = perf_counter()
                    piece = next(self._pieces, None)
                    batch.slow = batch.slow or perf_counter() - began > _SLOW
                    if piece is None:
                        batch.ended = True
                        return
                    self._left = memoryview(piece)
                if self._stopped:
                    raise ConnectionAbortedError
                if batch.size >= _BATCH or self._heard:
                    return
                self._send_now(batch)
        except Exception as error:  # of the user's pieces or the socket; `send` raises it
            batch.failure = error

    def _send_now(self, batch: _WriteBatch) -> None:
        try:
            count = self._sock.send(self._left)
        except _NOT_NOW:
            # Under TLS the same bytes must be passed again: a part of them may have been sent.
            batch.blocked = True
            return
        of_head = min(count, self._head)
        self._head -= of_head
        self.taken += count
        batch.size += count - of_head
        self._left = self._left[count:]

    async def _until_writable(self) -> None:
        if self._lost:
            raise ConnectionAbortedError
        self.blocked = True
        try:
            await (self._writable or self._watch_for_room())
        finally:
            self.blocked = False

    def _watch_for_room(self) -> asyncio.Future[None]:
        self._writable = self._loop.create_future()
        self._loop.add_writer(self._fd, self._on_writable)
        return self._writable

    # What asyncio and aiohttp call

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send it now, or as soon as the socket takes it."""
        if self._lost:
            return
        self._backlog += data
        if self._writable is None and not self._held:
            self._flush()
        if len(self._backlog) > _HIGH and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def _flush(self) -> None:
        try:
            while self._backlog:
                count = self._sock.send(self._backlog)
                del self._backlog[:count]
        except _NOT_NOW:
            self._watch_for_room()
        except OSError as error:
            self._lose(error)
        else:
            if self._full:
                self._full = False
                self._protocol.resume_writing()
            if self._closing:
                self._lose(None)

    def _on_writable(self) -> None:
        self.taken += 1  # an encrypted piece counts only when all of it is sent
        self._loop.remove_writer(self._fd)
        waiting, self._writable = self._writable, None
        if self._backlog:
            self._flush()
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _listen(self, *, now: bool) -> None:
        """After a batch: what arrived meanwhile may be read, `now` or when the sender is done."""
        if self._heard:
            self._heard = False
            if self._reading:
                self._loop.add_reader(self._fd, self._on_readable)
                if now:
                    self._on_readable()

    def _on_readable(self) -> None:
        if self._bursting:
            self._heard = True
            self._loop.remove_reader(self._fd)
            return
        while self._reading:
            try:
                data = self._sock.recv(_RECEIVE)
            except _NOT_NOW:
                return
            except OSError as error:
                self._lose(error)
                return
            if not data:
                self._protocol.eof_received()
                self.close()
                return
            self._protocol.data_received(data)

    def get_write_buffer_size(self) -> int:
        """The bytes that were written and not sent yet; a body is not among them."""
        return len(self._backlog)

    def pause_reading(self) -> None:
        """Stop reading."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        """Resume reading."""
        if not (self._reading or self._closing or self._lost):
            self._reading = True
            if not self._heard:
                self._loop.add_reader(self._fd, self._on_readable)

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing or self._lost

    def close(self) -> None:
        """Close it after the data written; a body that is being sent breaks off."""
        if self._closing or self._lost:
            return
        self._closing = True
        self.pause_reading()
        if self._sending or not self._backlog:
            self._lose(None)

    def abort(self) -> None:
        """Close it now."""
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._stopped = True
        self.pause_reading()
        self._backlog.clear()
        if self._writable is not None:
            self._loop.remove_writer(self._fd)
            if not self._writable.done():
                self._writable.set_exception(error or ConnectionAbortedError())
                self._writable.exception()  # nobody may be waiting
        self._loop.call_soon(self._after, error)

    def _after(self, error: Exception | None) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            if not self._sending:  # else a thread may be at it
                self._sock.close()


def _extra(sock: socket.socket) -> dict[str, Any]:
    extra: dict[str, Any] = {"socket": sock, "sockname": sock.getsockname()}
    extra["peername"] = sock.getpeername()
    if isinstance(sock, ssl.SSLSocket):
        extra |= {"ssl_object": sock, "sslcontext": sock.context, "cipher": sock.cipher()}
        extra["peercert"] = sock.getpeercert()
    return extra
