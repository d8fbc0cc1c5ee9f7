"""Where the bytes come from: one class for each kind of source.

A source is `ranged` when any part of it can be read at any time; a chunk is then read in steps
while it is sent, and read again when it must be sent again. Other sources are read once, in order,
a whole chunk at a time.

A source is looked at before each chunk, and again before the upload is completed, so that a file
that was changed meanwhile ends in an error and never in an asset of two halves.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import select
import stat
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

from .._core.files import STEP
from .._core.threads import finish, in_thread, run_blocking
from ..errors import ConfigurationError, UploadError
from .models import Uploadable

__all__ = ["Fingerprint", "InMemory", "Source", "open_source"]

_BYTES: Any = (bytes, bytearray, memoryview)
_PATH: Any = (str, os.PathLike)
_SAMPLE = 64 * 1024
# Bytes read and sent at once: more would cost memory, and time in page faults; less, calls.
_PIECE = 256 * 1024


class Fingerprint(NamedTuple):
    """What tells one content of a source from another: its size, its time, and a sampled hash."""

    size: int
    mtime_ns: int | None
    sample: str | None


class Source(ABC):
    """A file to send. `name` is None where it has none; `size` is in bytes."""

    ranged = True

    def __init__(self, name: str | None, size: int) -> None:
        self.name = name
        self.size = size

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, size={self.size})"

    @property
    def mtime_ns(self) -> int | None:
        """When it was last changed; None where that is not known."""
        return None

    @abstractmethod
    async def read(self, offset: int, length: int) -> bytes | memoryview:
        """Exactly these bytes, of any number; the next ones where it is not ranged."""

    def pieces(self, offset: int, size: int) -> Iterator[bytes | memoryview]:
        """These bytes piece by piece; for a thread, since to get one may block.

        UploadError when the source is not what it was when it was opened.
        """
        raise TypeError("a source that is not ranged is read in order")

    async def finish(self) -> None:  # noqa: B027  # what is in memory does not change
        """UploadError when what was read is not all of the source, or not as it was."""

    async def aclose(self) -> None:  # noqa: B027  # most hold nothing
        """Let go of it, once no read is under way any more."""

    async def fingerprint(self) -> Fingerprint:
        """What a later call compares its source with."""
        if not self.ranged:
            return Fingerprint(self.size, None, None)
        digest = hashlib.sha256()
        length = min(_SAMPLE, self.size)
        for offset in sorted({0, (self.size - length) // 2, self.size - length}):
            digest.update(await self.read(offset, length))
        return Fingerprint(self.size, self.mtime_ns, digest.hexdigest())

    def changed(self, how: str) -> UploadError:
        """The error for a source that is not what it was."""
        return UploadError(f"{self.name or 'the source'} {how} while it was uploaded")


class InMemory(Source):
    """Bytes, sent without a copy."""

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(content).cast("B")
        super().__init__(None, self._view.nbytes)

    async def read(self, offset: int, length: int) -> memoryview:
        """Exactly these bytes."""
        return self._view[offset : offset + length]

    def pieces(self, offset: int, size: int) -> Iterator[memoryview]:
        """These bytes piece by piece."""
        for at in range(offset, offset + size, _PIECE):
            yield self._view[at : min(at + _PIECE, offset + size)]


class _Blocking(Source):
    """A source whose reads block, and which is let go of only when nobody reads any more.

    Whoever waits for a read may be cancelled: he goes on waiting, since the read must not find its
    descriptor closed, or another file's by then.
    """

    async def read(self, offset: int, length: int) -> bytes:
        return await run_blocking(self._read, offset, length)

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        self._look()
        for at in range(offset, offset + size, _PIECE):
            yield self._read(at, min(_PIECE, offset + size - at))

    async def finish(self) -> None:
        await run_blocking(self._look)

    async def aclose(self) -> None:
        await run_blocking(self._release)

    @abstractmethod
    def _read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes; UploadError when the source has changed."""

    @abstractmethod
    def _look(self) -> None:
        """UploadError when the source has changed."""

    @abstractmethod
    def _release(self) -> None:
        """Close what is ours."""


class _File(_Blocking):
    """A regular file, by positioned reads on a descriptor of its own."""

    def __init__(self, descriptor: int, path: str | None, start: int, name: str | None) -> None:
        self._found = os.fstat(descriptor)
        self._descriptor = descriptor
        self._path = path
        self._start = start
        super().__init__(name, max(0, self._found.st_size - start))

    @property
    def mtime_ns(self) -> int | None:
        return self._found.st_mtime_ns

    def _read(self, offset: int, length: int) -> bytes:
        piece = os.pread(self._descriptor, length, self._start + offset)
        while 0 < len(piece) < length:
            more = os.pread(
                self._descriptor, length - len(piece), self._start + offset + len(piece)
            )
            if not more:
                break
            piece += more
        if len(piece) < length:
            raise self.changed("became shorter")
        return piece

    def _look(self) -> None:
        now = os.fstat(self._descriptor)
        was = self._found
        if now.st_size != was.st_size:
            raise self.changed("became shorter" if now.st_size < was.st_size else "grew")
        if now.st_mtime_ns != was.st_mtime_ns:
            raise self.changed("was written to")
        if self._path is not None:
            # A file that was removed is still whole behind its descriptor.
            with contextlib.suppress(FileNotFoundError):
                here = os.stat(self._path)  # noqa: PTH116  # the path is a str here
                if (here.st_ino, here.st_dev) != (was.st_ino, was.st_dev):
                    raise self.changed("was replaced by another file")

    def _release(self) -> None:
        os.close(self._descriptor)


class _Seekable(_Blocking):
    """A file object that can seek: one read at a time, from where it stood."""

    def __init__(self, file: Any, name: str | None, *, owned: bool = False) -> None:
        self._file = file
        self._owned = owned
        self._start = int(file.tell())
        self._end = int(file.seek(0, os.SEEK_END))
        self._lock = threading.Lock()
        super().__init__(name, max(0, self._end - self._start))

    def _read(self, offset: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(self._start + offset)
            piece = _read_up_to(self._file, length)
        if len(piece) < length:
            raise self.changed("became shorter")
        return piece

    def _look(self) -> None:
        with self._lock:
            end = self._file.seek(0, os.SEEK_END)
        if end != self._end:
            raise self.changed("became shorter" if end < self._end else "grew")

    def _release(self) -> None:
        if self._owned:
            self._file.close()


class _Once(Source):
    """A source that is read once, in order, and must turn out to have the size that was told."""

    ranged = False

    async def read(self, offset: int, length: int) -> memoryview:
        """The next `length` bytes, of any number."""
        buffer = bytearray(length)
        view = memoryview(buffer)
        filled = 0
        while filled < length:
            piece = await self._more(min(STEP, length - filled))
            if not piece:
                raise UploadError(
                    f"{self.name or 'the source'} ended {length - filled} bytes into what should "
                    f"have been {self.size} bytes: size= does not fit"
                )
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return view

    async def finish(self) -> None:
        if await self._more(1):
            raise UploadError(
                f"{self.name or 'the source'} has more than the {self.size} bytes that size= says"
            )

    @abstractmethod
    async def _more(self, length: int) -> bytes | memoryview:
        """Up to `length` bytes; none at the end."""


class _Unseekable(_Once):
    """A pipe, or what is read like one, in a thread of its own.

    Where there is a descriptor to wait at, a read is begun only when it will not block: it could
    last for ever, and its thread with it, which the interpreter waits for at its end.
    """

    def __init__(self, file: Any, name: str | None, size: int) -> None:
        super().__init__(name, size)
        self._file = file
        self._descriptor = _pipe_descriptor(file)
        self._stop, self._stopped = os.pipe()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="twelvelabs-upload")

    async def _more(self, length: int) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, length)

    def _read(self, length: int) -> bytes:
        if self._descriptor is None:
            return self._file.read(length) or b""
        either = select.poll()
        either.register(self._descriptor, select.POLLIN)
        either.register(self._stop, select.POLLIN)
        if self._stop in dict(either.poll()):
            return b""
        read: Callable[[int], bytes] = getattr(self._file, "read1", self._file.read)
        return read(length)

    async def aclose(self) -> None:
        os.close(self._stopped)  # heard at the other end
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._descriptor is not None:
            await run_blocking(self._pool.shutdown)
        os.close(self._stop)


class _Iterable(_Once):
    def __init__(self, pieces: AsyncIterable[bytes], size: int) -> None:
        self._pieces = aiter(pieces)
        self._left = memoryview(b"")
        super().__init__(None, size)

    async def _more(self, length: int) -> memoryview:
        while not self._left:
            try:
                self._left = memoryview(await anext(self._pieces)).cast("B")
            except StopAsyncIteration:
                break
        piece, self._left = self._left[:length], self._left[length:]
        return piece

    async def aclose(self) -> None:
        aclose = getattr(self._pieces, "aclose", None)
        if aclose is not None:
            await finish(aclose())


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _in_threads(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The pieces of a plain iterable, which may take its time for each."""
    while (piece := await in_thread(_next, pieces)) is not None:
        yield piece


async def open_source(given: Uploadable, size: int | None) -> Source:
    """The source for what the user gave; `size` is needed where it cannot be found out."""
    if size is not None and size < 0:
        raise ConfigurationError(f"size must not be below 0, but is {size}")
    source = await _open(given, size)
    if size is not None and source.size != size:
        await source.aclose()
        raise UploadError(f"{source.name or 'the source'} has {source.size} bytes, not {size}")
    return source


async def _open(given: Any, size: int | None) -> Source:
    if isinstance(given, _BYTES):
        return InMemory(given)
    if isinstance(given, _PATH):
        return await in_thread(_open_path, given)
    if hasattr(given, "__aiter__"):
        return _Iterable(given, _needed(size))
    if hasattr(given, "read"):
        return await in_thread(_open_file, given, size)
    if hasattr(given, "__iter__"):
        return _Iterable(_in_threads(iter(given)), _needed(size))
    raise TypeError(
        "a source is a path, bytes, an open binary file or an iterable of bytes, "
        f"not {type(given).__name__}"
    )


def _open_path(given: str | os.PathLike[str]) -> Source:
    path = os.fspath(given)
    name = os.path.basename(path)  # noqa: PTH119  # a str
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # a str
        raise ConfigurationError(f"{path} is no regular file: open it, and give its size=")
    if sys.platform == "win32":
        return _Seekable(open(path, "rb"), name, owned=True)  # noqa: PTH123  # a str
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return _File(descriptor, path, 0, name)
    except BaseException:
        os.close(descriptor)
        raise


def _open_file(file: Any, size: int | None) -> Source:
    name = getattr(file, "name", None)
    name = os.path.basename(name) if isinstance(name, str) else None  # noqa: PTH119  # a str
    if isinstance(file, io.TextIOBase):
        raise TypeError("the file must be opened in binary mode ('rb')")
    try:
        seekable = bool(file.seekable())
    except AttributeError:
        seekable = False
    if not seekable:
        return _Unseekable(file, name, _needed(size))
    descriptor = None if sys.platform == "win32" else _plain_descriptor(file)
    if descriptor is None:
        return _Seekable(file, name)
    try:
        return _File(descriptor, None, int(file.tell()), name)
    except BaseException:
        os.close(descriptor)
        raise


def _plain_descriptor(file: Any) -> int | None:
    """A new descriptor of the file, where its bytes are the file's own.

    A GzipFile has a descriptor too, of the compressed file: hence only the classes of `io`.
    """
    inner: Any = getattr(file, "file", file) if type(file).__module__ == "tempfile" else file
    if type(inner) not in (io.FileIO, io.BufferedReader, io.BufferedRandom):
        return None
    raw = getattr(inner, "raw", inner)
    if type(raw) is not io.FileIO or not raw.readable():
        return None
    inner.flush()
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        return None
    return os.dup(raw.fileno())


def _pipe_descriptor(file: Any) -> int | None:
    """The descriptor whose state says whether a read will block; None where nothing says it."""
    raw = getattr(file, "raw", file)
    if type(file) not in (io.FileIO, io.BufferedReader) or type(raw) is not io.FileIO:
        return None
    return raw.fileno() if hasattr(select, "poll") else None


def _read_up_to(file: Any, length: int) -> bytes:
    piece = cast("bytes", file.read(length)) or b""
    while 0 < len(piece) < length:
        more = file.read(length - len(piece))
        if not more:
            break
        piece += more
    return piece


def _needed(size: int | None) -> int:
    if size is None:
        raise ConfigurationError("size= is needed for a source whose size cannot be found out")
    return size
