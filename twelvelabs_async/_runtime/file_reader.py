"""Open files that may fall silent: pipes, sockets, terminals, any object with ``read``.

A read of such a file may never end. Where the event loop can wait for its descriptor, a read begins
only when there is something to read; other reads have a daemon thread for each file. Neither the
call nor the program waits for them longer than a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..errors import ArgumentTypeError, ConfigurationError
from .threads import DaemonThreads

__all__ = ["FileReader", "checked_piece", "or_leave", "wait_readable"]

T = TypeVar("T")

_GRACE = 0.5
"""Seconds that a cancelled read may take before its thread is abandoned."""


class FileReader:
    """Reads one open file, in order."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._thread = DaemonThreads(1, "twelvelabs-read")
        self._descriptor = _descriptor(file)
        self._is_first = type(file) is io.BufferedReader and self._descriptor is not None

    async def read(self, length: int) -> bytes:
        """The next bytes, up to `length`; none at the end of the file.

        ArgumentTypeError when the file gives anything but bytes. A result that is to be awaited is:
        not every asynchronous `read` shows beforehand that it is one.
        """
        if self._is_first:
            self._is_first = False
            piece = await self.call(_read_ahead, self._file, length)
            if piece:
                return piece
        if self._descriptor is None:
            piece = await self.call(_next_piece, self._file, length)
            return checked_piece(await piece if inspect.isawaitable(piece) else piece)
        # A buffered reader's read() waits until it has all the bytes requested.
        read: Callable[[int], Any] = getattr(self._file, "read1", self._file.read)
        while True:
            await wait_readable(self._descriptor)
            piece = await self.call(read, length)
            if piece is not None:  # another reader of the pipe may have been quicker
                return checked_piece(piece)

    async def call(self, func: Callable[..., T], *args: object) -> T:
        """What a function that reads the file returns, run in the file's thread.

        A cancellation is raised when the function has ended, or after half a second.
        """
        return await or_leave(self._thread.run(func, *args))

    def close(self) -> None:
        """Let the thread end after the read that is running. The file stays open."""
        self._thread.shutdown(wait=False, cancel_futures=True)


async def or_leave(work: asyncio.Future[T]) -> T:
    """What work in a thread gives; a cancellation abandons it after half a second."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([work], timeout=_GRACE)
        if work.done() and not work.cancelled():
            work.exception()  # retrieved, so that asyncio does not warn
        else:
            work.cancel()
        raise
    finally:
        del work  # the error that it holds has this frame in its traceback


async def wait_readable(descriptor: int) -> None:
    """Return when a read of the descriptor will not block: it has bytes, an end or an error."""
    loop = asyncio.get_running_loop()
    own = os.dup(descriptor)  # the program may watch the other in the same loop
    try:
        readable = asyncio.Event()
        try:
            loop.add_reader(own, readable.set)
        except PermissionError:  # a plain file, or a device that always has something
            return
        try:
            await readable.wait()
        finally:
            loop.remove_reader(own)
    finally:
        os.close(own)


def _descriptor(file: Any) -> int | None:
    """The descriptor whose state shows whether a read will block; None where nothing shows it."""
    raw: Any = getattr(file, "raw", file) if type(file) is io.BufferedReader else file
    if type(raw) is socket.SocketIO:
        # What TLS has decrypted already does not show at the socket.
        watched = not isinstance(getattr(raw, "_sock", None), ssl.SSLSocket)
    else:
        watched = type(raw) is io.FileIO
    if not watched or os.name == "nt":  # Windows waits for sockets alone
        return None
    return int(raw.fileno())


def _nothing_yet(_: object) -> None:
    """What a non-blocking raw file gives when it has nothing."""


def _read_ahead(file: Any, length: int) -> bytes:
    """What a buffered reader has read before, without reading more.

    A program that has looked at the head of a pipe may have all of it there, and the descriptor
    shows nothing any more.
    """
    raw = file.raw
    raw.readinto = _nothing_yet
    try:
        return bytes(file.read1(length))
    finally:
        del raw.readinto


def _next_piece(file: Any, length: int) -> Any:
    """What a file has already, so that a slow one is sent as it comes."""
    read1: Any = getattr(file, "read1", None)
    # Nothing may also mean "not yet" there: only `read` says which.
    return (None if read1 is None else read1(length)) or file.read(length)


def checked_piece(piece: Any) -> bytes:
    """What ``read`` gave, if it is bytes; ConfigurationError or ArgumentTypeError if not."""
    if piece is None:  # a raw file that does not block, and has nothing yet
        raise ConfigurationError("the file does not block: give one that waits for its content")
    if not isinstance(piece, (bytes, bytearray, memoryview)):
        raise ArgumentTypeError("the file must be opened in binary mode ('rb')")
    return bytes(cast("bytes", piece))  # the same object where it is bytes
