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
from typing import IO, Any
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
from .names import absolute, file_name, path_text, sendable, shown_path
from .threads import run_blocking

__all__ = ["File", "FilePart", "check_binary", "end_of", "is_seekable", "lock_of"]


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
            if len(file) not in (2, 3):
                raise ArgumentTypeError(
                    "a file as a tuple is (name, content) or (name, content, content type), "
                    f"not of {len(file)} items"
                )
            name, content = file[0], file[1]
            content_type = file[2] if len(file) > 2 else None
        else:
            content = file
        self._content: Any = plain_file(content)
        self.name = sendable(name) if name else file_name(content) or "file"
        if content_type and not isinstance(content_type, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # as in `sendable`
            raise ArgumentTypeError(f"a content type is a str, not {type(content_type).__name__}")
        if content_type and not _PRINTABLE.fullmatch(content_type):
            raise ConfigurationError(f"{content_type!r} cannot be a content type")
        its = getattr(content, "content_type", None)  # of an UploadFile
        said = its if isinstance(its, str) and _PRINTABLE.fullmatch(its) else None
        known = content_type or media_type(self.name) or said
        self.content_type = known or (media if "/" in media else "application/octet-stream")
        _check_is_file(self._content)
        self._rewinds = True  # until it was opened

    def __repr__(self) -> str:
        # It may be half made.
        name, content_type = getattr(self, "name", None), getattr(self, "content_type", None)
        return f"FilePart({name!r}, {content_type!r})"

    @property
    def spent(self) -> str | None:
        """Why this cannot be sent again; None when it can."""
        if self._rewinds:
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
            of_path = await run_blocking(_PathBody, path_text(content))
            self._content = of_path.path  # so that a retry sends the same file
            return of_path
        body = _ObjectBody(content, self.name)
        self._rewinds = await body.measure()
        await body.begin()
        return body


class _PathBody:
    """A file by its path, opened while it is read, by positioned reads in a thread."""

    def __init__(self, path: str) -> None:
        found = os.stat(path)  # noqa: PTH116  # once, for both facts
        if not stat.S_ISREG(found.st_mode):
            raise ConfigurationError(f"{shown_path(path)} is not a regular file")
        self.path = absolute(path)
        self.size: int | None = found.st_size

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        with ExitStack() as stack:
            # Pushed by the thread: if this is cancelled meanwhile, the file is still closed.
            file = await run_blocking(
                # The path may be bytes.
                lambda: stack.enter_context(open(self.path, "rb", buffering=0))  # noqa: PTH123
            )
            left = self.size or 0
            while left:
                piece = await run_blocking(file.read, min(STEP, left))
                if not piece:
                    raise TransportError(
                        f"{shown_path(self.path)} became shorter while it was sent"
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

    async def rewinds(self) -> bool:
        """Whether the file can be read again from its start."""
        return await self.call(is_seekable, self._file)

    def _look(self) -> Any:
        with self._lock:
            return first_look(self._file)

    def _measure(self) -> int:
        with self._lock:
            return end_of(self._file)

    def _read(self, at: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(at)
            return checked_piece(self._file.read(length))[:length]


class _ObjectBody:
    """An open binary file of the user's, sent whole; it stays open.

    Its position is set before each read, so that it may be sent twice, also at the same time.
    """

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name
        self._reader: AsyncReader | _PlainReader = (
            AsyncReader(file) if is_async(file) else _PlainReader(file)
        )
        self._rewinds = False
        self._first = b""
        self.size: int | None = None

    async def measure(self) -> bool:
        """Whether the file can be sent again; its size is known then."""
        reader = self._reader
        if isinstance(reader, AsyncReader):
            self._rewinds = reader.rewinds
        else:
            self._rewinds = await reader.rewinds()
            if self._rewinds and inspect.isawaitable(look := await reader.look()):
                await look
                reader.close()
                reader = self._reader = AsyncReader(self._file)
        if self._rewinds:
            self.size = await reader.size()
        return self._rewinds

    async def begin(self) -> None:
        """Find out whether there is anything to read; ConfigurationError when there is not."""
        if self._rewinds:
            return
        self._first = await self._reader.read(STEP)
        if not self._first:
            raise ConfigurationError(
                f"the file object {self._name!r} has nothing left to read and cannot be rewound: "
                "open it again, or give a path, bytes or a seekable file"
            )

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


def is_seekable(file: Any) -> bool:
    """Whether a plain file can be read anywhere; one that does not say so is tried.

    It may block.
    """
    try:
        answer = file.seekable()
        return not is_awaitable(answer) and bool(answer)
    except (AttributeError, TypeError):  # as mmap before 3.13, and many classes of programs
        pass
    except (OSError, ValueError):
        return False
    try:
        with lock_of(file):
            end_of(file)
    except (AttributeError, TypeError, OSError, ValueError):
        return False
    return True


def end_of(file: Any) -> int:
    """The size of a seekable file, which then stands at its end."""
    end = file.seek(0, os.SEEK_END)
    if is_awaitable(end):
        raise TypeError("the file is asynchronous")
    return int(file.tell() if end is None else end)  # None: as mmap before 3.13


def _check_is_file(content: Any) -> None:
    """Refuse what is neither a path, nor bytes, nor a binary file."""
    if isinstance(content, (str, os.PathLike, bytes, bytearray, memoryview)):
        return
    if not hasattr(content, "read"):
        raise ArgumentTypeError(
            f"a file is a path, bytes, an open binary file or a tuple, not {type(content).__name__}"
        )
    check_binary(content)
