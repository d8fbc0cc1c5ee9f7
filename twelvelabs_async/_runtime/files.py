"""Files as the user has them, for a form.

A body is made again for each attempt, so a file is rewound for each. A file that cannot be rewound
is sent once; a retry is refused with the reason.
"""

from __future__ import annotations

import inspect
import io
import os
import re
import stat
import threading
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from typing import IO, Any, Self
from weakref import WeakKeyDictionary

from .._media_types import media_type
from ..errors import ArgumentTypeError, ConfigurationError, TransportError
from .async_body import STEP, Body, BytesBody
from .async_files import (
    AsyncReadable,
    AsyncReader,
    first_look,
    is_async,
    is_awaitable,
    plain_file,
)
from .file_reader import FileReader, checked_piece
from .names import file_name, path_text, sendable, shown_path
from .threads import run_blocking

__all__ = ["File", "FilePart", "check_binary", "lock_of"]


_PRINTABLE = re.compile(r"[\x20-\x7e]+")
Content = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | AsyncReadable
File = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | AsyncReadable
    | tuple[str | None, Content]
    | tuple[str | None, Content, str | None]
)
"""A path, bytes, an open binary file, or a (name, content[, content type]) tuple of one of them.

The file may be asynchronous: an UploadFile of FastAPI or Starlette, a file of aiofiles or anyio, or
anything else whose ``read`` is awaited.
"""


class FilePart:
    """A file for a form: its name, its content type, and its bytes once for each attempt."""

    def __init__(self, file: File, media: str = "application/octet-stream") -> None:
        """Take a file as the user gave it; `media` is its type if the name does not give it."""
        name: str | None = None
        content_type: str | None = None
        if isinstance(file, tuple):
            name, content = file[0], file[1]
            content_type = file[2] if len(file) > 2 else None
        else:
            content = file
        self._content: Any = plain_file(content)
        self.name = sendable(name) if name else file_name(content) or "file"
        if content_type and not _PRINTABLE.fullmatch(content_type):
            raise ConfigurationError(f"{content_type!r} cannot be a content type")
        its = getattr(content, "content_type", None)  # of an UploadFile
        said = its if isinstance(its, str) and _PRINTABLE.fullmatch(its) else None
        known = content_type or media_type(self.name) or said
        self.content_type = known or (media if "/" in media else "application/octet-stream")
        self._rewinds = _can_rewind(self._content)
        self._used = False

    def __repr__(self) -> str:
        # It may be half made.
        name, content_type = getattr(self, "name", None), getattr(self, "content_type", None)
        return f"FilePart({name!r}, {content_type!r})"

    @property
    def spent(self) -> str | None:
        """Why this cannot be sent again; None when it can."""
        if self._rewinds or not self._used:
            return None
        return (
            f"not sent again, since the file object {self.name!r} cannot be rewound: "
            "give a path, bytes or a seekable file"
        )

    async def open(self) -> Body:
        """The file's bytes from their beginning."""
        content: Content = self._content
        if isinstance(content, (bytes, bytearray, memoryview)):
            return BytesBody(content)
        if isinstance(content, (str, os.PathLike)):
            return await run_blocking(_PathBody, path_text(content))
        self._used = True
        return await _ObjectBody.open(content, self.name, self._rewinds)


class _PathBody:
    """A file by its path, opened while it is read, by positioned reads in a thread."""

    def __init__(self, path: str) -> None:
        found = os.stat(path)  # noqa: PTH116  # once, for both facts
        if not stat.S_ISREG(found.st_mode):
            raise ConfigurationError(f"{shown_path(path)} is not a regular file")
        self._path = path
        self.size: int | None = found.st_size

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        with ExitStack() as stack:
            # Pushed by the thread: if this is cancelled meanwhile, the file is still closed.
            file = await run_blocking(
                # The path may be bytes.
                lambda: stack.enter_context(open(self._path, "rb", buffering=0))  # noqa: PTH123
            )
            left = self.size or 0
            while left:
                piece = await run_blocking(file.read, min(STEP, left))
                if not piece:
                    raise TransportError(
                        f"{shown_path(self._path)} became shorter while it was sent"
                    )
                left -= len(piece)
                yield piece


class _PlainReader(FileReader):
    """A file that is read in a thread, in order or at any place."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._lock = lock_of(file)

    async def look(self) -> Any:
        """What it gives for no bytes: where that is to be awaited, it needs another reader."""
        return await self.call(self._look)

    async def size(self) -> int | None:
        """The bytes in all."""
        return await self.call(self._measure)

    async def read_at(self, at: int, length: int) -> bytes:
        """The bytes from `at`, up to `length`; none at the end of the file."""
        return await self.call(self._read, at, length)

    def _look(self) -> Any:
        with self._lock:
            return first_look(self._file)

    def _measure(self) -> int:
        with self._lock:
            return int(self._file.seek(0, os.SEEK_END))

    def _read(self, at: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(at)
            return checked_piece(self._file.read(length))


class _ObjectBody:
    """An open binary file of the user's, sent whole; it stays open.

    Its position is set before each read, so that it may be sent twice, also at the same time.
    """

    def __init__(self, file: Any, name: str) -> None:
        self._name = name
        self._reader: AsyncReader | _PlainReader = (
            AsyncReader(file) if is_async(file) else _PlainReader(file)
        )
        self._rewinds = False
        self._first = b""
        self.size: int | None = None

    @classmethod
    async def open(cls, file: Any, name: str, rewinds: bool) -> Self:
        """The file's bytes; ConfigurationError when it has none left and cannot be rewound."""
        body = cls(file, name)
        if rewinds:
            look = None if isinstance(body._reader, AsyncReader) else await body._reader.look()
            if inspect.isawaitable(look):
                await look
                body._reader.close()
                body._reader = AsyncReader(file)
            body._rewinds = True
            body.size = await body._reader.size()
            return body
        body._first = await body._reader.read(STEP)
        if not body._first:
            raise ConfigurationError(
                f"the file object {name!r} has nothing left to read and cannot be rewound: "
                "open it again, or give a path, bytes or a seekable file"
            )
        return body

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._reader.close()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        if not self._rewinds:
            piece, self._first = self._first, b""
            while piece:
                yield piece
                piece = await self._reader.read(STEP)
            return
        at = 0
        while self.size is None or at < self.size:
            left = STEP if self.size is None else self.size - at
            piece = await self._reader.read_at(at, min(STEP, left))
            if not piece:
                if self.size is None:
                    return
                raise TransportError(f"the file {self._name!r} became shorter while it was sent")
            at += len(piece)
            yield piece


def check_binary(file: Any) -> None:
    """Refuse an open file that no bytes can be read from, with the reason."""
    if isinstance(file, io.TextIOBase) or isinstance(getattr(file, "encoding", None), str):
        raise ArgumentTypeError("the file must be opened in binary mode ('rb')")
    if getattr(file, "closed", False) is True:
        raise ConfigurationError("the file is closed")
    readable = getattr(file, "readable", None)
    # That of an asynchronous file is awaited, and its first read says the same.
    if readable is not None and not is_async(file):
        answer = readable()
        if not is_awaitable(answer) and not answer:
            raise ConfigurationError("the file was not opened for reading ('rb')")


_locks: WeakKeyDictionary[Any, threading.Lock] = WeakKeyDictionary()


def lock_of(file: Any) -> threading.Lock:
    """The lock to hold from a seek to the read after it: the same for each use of a file object."""
    try:
        return _locks.setdefault(file, threading.Lock())
    except TypeError:  # a class whose objects cannot be referred to weakly, or have no hash
        return threading.Lock()


def _can_rewind(content: Any) -> bool:
    """Whether this can be read again from its start; refuses what is not a binary file."""
    if isinstance(content, (str, os.PathLike, bytes, bytearray, memoryview)):
        return True
    if not hasattr(content, "read"):
        raise ArgumentTypeError(
            f"a file is a path, bytes, an open binary file or a tuple, not {type(content).__name__}"
        )
    check_binary(content)
    if is_async(content):
        return AsyncReader(content).rewinds
    try:
        answer = content.seekable()
    except (AttributeError, OSError, ValueError):
        return False
    return not is_awaitable(answer) and bool(answer)
