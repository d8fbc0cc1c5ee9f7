"""Files as the user has them, and bodies that are sent piece by piece.

A body is made anew for each attempt, so a file is rewound for each; one that cannot be rewound is
sent once, and the retry is refused with the reason.
"""

from __future__ import annotations

import io
import os
import re
import stat
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, aclosing
from typing import IO, Any, Protocol

from .._media_types import media_type
from ..errors import ConfigurationError, TransportError
from .threads import run_blocking

__all__ = ["STEP", "Body", "BytesBody", "Feed", "File", "FilePart", "FormBody"]

STEP = 1024 * 1024
"""How much of a file is in memory at once, in bytes."""

_PRINTABLE = re.compile(r"[\x20-\x7e]+")

Content = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
File = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | IO[bytes]
    | tuple[str | None, Content]
    | tuple[str | None, Content, str | None]
)
"""A path, bytes, an open binary file, or a (name, content[, content type]) tuple of one of them."""


class Body(Protocol):
    """What is sent: its size in bytes (None when that is not known), and its pieces."""

    @property
    def size(self) -> int | None:
        """The bytes in all, sent as Content-Length."""
        ...

    def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces, none larger than `STEP`."""
        ...


class Feed(ABC):
    """A body that is read by threads; `size` is in bytes, sent as Content-Length."""

    size: int

    @abstractmethod
    def __iter__(self) -> Iterator[bytes | memoryview]:
        """The pieces; to get one may block."""

    @abstractmethod
    def went(self, size: int) -> None:
        """Count so many bytes more as sent; called in the event loop."""


class BytesBody:
    """A body that is in memory already, sent in steps."""

    __slots__ = ("_view",)

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(content).cast("B")

    @property
    def size(self) -> int | None:
        """The bytes in all."""
        return self._view.nbytes

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces, without a copy."""
        for start in range(0, self._view.nbytes, STEP):
            yield self._view[start : start + STEP]


class FilePart:
    """A file for a form: its name, its content type, and its bytes once for each attempt."""

    def __init__(self, file: File, media: str = "application/octet-stream") -> None:
        """Take a file as the user gave it; `media` is its type where the name does not tell."""
        name: str | None = None
        content_type: str | None = None
        if isinstance(file, tuple):
            name, content = file[0], file[1]
            content_type = file[2] if len(file) > 2 else None
        else:
            content = file
        self._content: Content = content
        name = name or _name_of(content) or "file"
        self.name = name.encode(errors="replace").decode()  # a name on disk may be no UTF-8
        if content_type and not _PRINTABLE.fullmatch(content_type):
            raise ConfigurationError(f"{content_type!r} cannot be a content type")
        known = content_type or media_type(self.name)
        self.content_type = known or (media if "/" in media else "application/octet-stream")
        # Where a file object stands when it is handed over is where each attempt begins.
        self._start = _tell(content)
        self._used = False

    def __repr__(self) -> str:
        return f"FilePart({self.name!r}, {self.content_type!r})"

    @property
    def spent(self) -> str | None:
        """Why this cannot be sent again; None when it can."""
        if self._start is not None or not self._used:
            return None
        return (
            f"not sent again, since the file object {self.name!r} cannot be rewound: "
            "give a path, bytes or a seekable file"
        )

    async def open(self) -> Body:
        """The file's bytes from their beginning."""
        content = self._content
        if isinstance(content, (bytes, bytearray, memoryview)):
            return BytesBody(content)
        if isinstance(content, (str, os.PathLike)):
            return await run_blocking(_PathBody, os.fspath(content))
        self._used = True
        return await run_blocking(_ObjectBody, content, self._start)


class _PathBody:
    """A file by its path, opened while it is read, by positioned reads in a thread."""

    def __init__(self, path: str) -> None:
        found = os.stat(path)  # noqa: PTH116  # once, for both facts
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path} is no regular file")
        self._path = path
        self.size: int | None = found.st_size

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        with ExitStack() as stack:
            # Into the stack by the thread: when this is cancelled meanwhile, nobody gets the file.
            file = await run_blocking(
                lambda: stack.enter_context(open(self._path, "rb", buffering=0))  # noqa: PTH123
            )
            left = self.size or 0
            while left:
                piece = await run_blocking(file.read, min(STEP, left))
                if not piece:
                    raise TransportError(f"{self._path} became shorter while it was sent")
                left -= len(piece)
                yield piece


class _ObjectBody:
    """An open binary file of the user's, read from where it stood; it stays open."""

    def __init__(self, file: IO[bytes], start: int | None) -> None:
        self._file = file
        self.size: int | None = None
        if start is not None:
            self.size = max(0, file.seek(0, os.SEEK_END) - start)
            file.seek(start)

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        left = self.size
        while left is None or left:
            piece: Any = await run_blocking(
                self._file.read, STEP if left is None else min(STEP, left)
            )
            if not isinstance(piece, bytes):
                raise TypeError("the file must be opened in binary mode ('rb')")
            if not piece:
                if left is None:
                    return
                raise TransportError("the file became shorter while it was sent")
            if left is not None:
                left -= len(piece)
            yield piece


class FormBody:
    """A multipart form with files, in pieces; made by `open` once for each attempt."""

    def __init__(self, parts: Sequence[bytes | Body]) -> None:
        self._parts = parts

    @classmethod
    async def open(cls, pieces: Sequence[bytes | FilePart]) -> FormBody:
        """The body, with each of its files opened or measured."""
        return cls([p if isinstance(p, bytes) else await p.open() for p in pieces])

    @property
    def size(self) -> int | None:
        """The bytes in all; None when a file's length cannot be known beforehand."""
        total = 0
        for part in self._parts:
            size = len(part) if isinstance(part, bytes) else part.size
            if size is None:
                return None
            total += size
        return total

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces in their order."""
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                async with aclosing(aiter(part)) as pieces:
                    async for piece in pieces:
                        yield piece


def _name_of(content: Any) -> str | None:
    if isinstance(content, (str, os.PathLike)):
        return os.path.basename(os.fspath(content))  # noqa: PTH119  # str or PathLike alike
    name = getattr(content, "name", None)
    return os.path.basename(name) if isinstance(name, str) else None  # noqa: PTH119


def _tell(content: Any) -> int | None:
    """Where a file object stands; None for one that cannot be rewound (and for what is none)."""
    if isinstance(content, (str, os.PathLike, bytes, bytearray, memoryview)):
        return 0
    if isinstance(content, io.TextIOBase):
        raise TypeError("the file must be opened in binary mode ('rb')")
    if not hasattr(content, "read"):
        raise TypeError(
            f"a file is a path, bytes, an open binary file or a tuple, not {type(content).__name__}"
        )
    try:
        return int(content.tell()) if content.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None
