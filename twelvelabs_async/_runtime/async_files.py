"""Files that are read by awaiting: uploads of web frameworks, aiofiles, anyio, any other reader."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
from collections.abc import Awaitable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from .file_reader import checked_piece

__all__ = [
    "AsyncReadable",
    "AsyncReader",
    "first_look",
    "is_async",
    "is_awaitable",
    "plain_file",
]


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
    """Whether this has a `read` that is awaited, as far as that shows without a call."""
    return _is_awaited(getattr(file, "read", None))


def _is_awaited(method: object) -> bool:
    called = getattr(method, "__call__", None)  # noqa: B004  # of an object, perhaps
    return inspect.iscoroutinefunction(method) or inspect.iscoroutinefunction(called)


def is_awaitable(result: Any) -> bool:
    """Whether what a method returned is to be awaited, which nobody will do."""
    if not inspect.isawaitable(result):
        return False
    give_up = getattr(result, "close", None) or getattr(result, "cancel", None)
    if give_up is not None:  # else Python warns that nobody awaits it
        give_up()
    return True


def first_look(file: Any) -> Any:
    """What a file that can seek gives for no bytes: awaitable where its `read` is asynchronous.

    For a thread, since it may block. It loses nothing, even if the file takes 0 for all of it:
    whoever reads such a file seeks before.
    """
    return b"" if isinstance(file, io.IOBase) else file.read(0)


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
        return _is_awaited(getattr(self._file, "seek", None))

    async def read(self, length: int) -> bytes:
        """The next bytes, up to `length`; none at the end of the file."""
        if not self._left:
            self._left = memoryview(await self._next(length))
        piece, self._left = self._left[:length], self._left[length:]
        return bytes(piece)

    async def read_at(self, at: int, length: int) -> bytes:
        """The bytes from `at`, up to `length`; none at the end of the file."""
        async with self._lock:
            await self._call("seek", at)
            return (await self._next(length))[:length]

    async def size(self) -> int | None:
        """The bytes in all; None where the file cannot find out. It then stands at its start."""
        async with self._lock:
            try:
                end = await self._call("seek", 0, os.SEEK_END)
                if end is None:
                    end = await self._call("tell")
            except (AttributeError, TypeError):  # as in UploadFile, whose seek() takes no `whence`
                end = getattr(self._file, "size", None)
            await self._call("seek", 0)
        return end if isinstance(end, int) else None

    def close(self) -> None:
        """Nothing to release."""

    async def _call(self, method: str, *args: int) -> Any:
        """What a method gives, awaited or not: not all of a file need be asynchronous."""
        result = getattr(self._file, method)(*args)
        return await result if inspect.isawaitable(result) else result

    async def _next(self, length: int) -> bytes:
        return checked_piece(await self._file.read(length))
