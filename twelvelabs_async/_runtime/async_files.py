"""Files that are read by awaiting: uploads of web frameworks, aiofiles, anyio, any other reader."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

from ..errors import ArgumentTypeError

__all__ = ["AsyncReadable", "AsyncReader", "is_async", "plain_file"]


class AsyncReadable(Protocol):
    """A binary file whose `read` is awaited, such as Starlette's UploadFile or anyio's AsyncFile.

    One that can ``seek`` is sent from its start, and again where a call is retried. A method
    ``close`` is not called: the file stays open.
    """

    def read(self, size: int = ..., /) -> Awaitable[bytes]:
        """The next bytes, up to `size`; none at the end."""
        ...


# Classes by the module of their `read`, and where they keep the plain file. A subclass with a
# `read` of its own may change the bytes, so that only the class that defines it counts.
_HOLDERS = {
    "starlette.datastructures": "file",
    "fastapi.datastructures": "file",
    "anyio._core._fileio": "wrapped",
    "aiofiles.threadpool.binary": "_file",
    "aiofiles.tempfile.temptypes": "_file",
}


def plain_file(file: Any) -> Any:
    """The plain file that an asynchronous one of a known kind reads; any other file itself.

    A plain file can be measured, read at any place and read again.
    """
    if not is_async(file):
        return file
    kinds: tuple[type, ...] = type(file).__mro__
    owner = next((cls for cls in kinds if "read" in vars(cls)), kinds[0])
    held: Any = getattr(file, _HOLDERS.get(owner.__module__, ""), None)
    return file if held is None or not hasattr(held, "read") or is_async(held) else held


def is_async(file: Any) -> bool:
    """Whether this has a `read` that is awaited."""
    read = getattr(file, "read", None)
    return inspect.iscoroutinefunction(read)


_locks: WeakKeyDictionary[Any, asyncio.Lock] = WeakKeyDictionary()


class AsyncReader:
    """Reads one asynchronous file, in order or at any place. The file stays open."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = memoryview(b"")
        try:  # from a seek to the read after it, for every use of the file
            self._lock = _locks.setdefault(file, asyncio.Lock())
        except TypeError:
            self._lock = asyncio.Lock()

    @property
    def rewinds(self) -> bool:
        """Whether the file can be read again from its start."""
        return inspect.iscoroutinefunction(getattr(self._file, "seek", None))

    async def read(self, length: int) -> bytes:
        """The next bytes, up to `length`; none at the end of the file."""
        if not self._left:
            self._left = memoryview(await self._next(length))
        piece, self._left = self._left[:length], self._left[length:]
        return bytes(piece)

    async def read_at(self, at: int, length: int) -> bytes:
        """The bytes from `at`, up to `length`; none at the end of the file."""
        async with self._lock:
            await self._file.seek(at)
            return (await self._next(length))[:length]

    async def size(self) -> int | None:
        """The bytes in all; None where the file cannot find out. It then stands at its start."""
        async with self._lock:
            try:
                end = await self._file.seek(0, os.SEEK_END)
                if end is None:
                    end = await self._file.tell()
            except (AttributeError, TypeError):  # as in UploadFile, whose seek() takes no `whence`
                end = getattr(self._file, "size", None)
            await self._file.seek(0)
        return end if isinstance(end, int) else None

    def close(self) -> None:
        """Nothing to release."""

    async def _next(self, length: int) -> bytes:
        piece: Any = await self._file.read(length)
        if not isinstance(piece, (bytes, bytearray, memoryview)):
            raise ArgumentTypeError("the file must be opened in binary mode ('rb')")
        return bytes(cast("bytes", piece))
