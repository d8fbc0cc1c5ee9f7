"""Where the bytes come from: one class for each kind of source.

A source is `ranged` when any part of it can be read at any time; a chunk is then read in steps
while it is sent, and read again when it must be sent again. Other sources are read once, in order,
a whole chunk at a time.

A source is compared with what it was before each chunk, and again before the upload is completed,
so that a file that changes meanwhile ends in an error and never in an asset of two halves.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import stat
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator, Mapping
from queue import Empty
from typing import Any, cast

from ..._runtime.async_body import STEP
from ..._runtime.async_files import AsyncReader, is_async, plain_file
from ..._runtime.file_reader import FileReader, or_leave
from ..._runtime.files import check_binary, lock_of
from ..._runtime.names import file_name, path_text, shown_path
from ..._runtime.native_threads import Mailbox, native
from ..._runtime.threads import DaemonThreads, finish, run_blocking
from ...errors import ArgumentTypeError, ConfigurationError, UploadError
from ..fingerprint import Change, Fingerprint, alike, changed_since, samples
from ..models import Uploadable

__all__ = ["InMemory", "Source", "open_source"]

_BYTES: Any = (bytes, bytearray, memoryview)
_PATH: Any = (str, os.PathLike)
# Bytes read and sent in one step: more would cost memory, and time in page faults; less, calls.
_PIECE = 256 * 1024
_PAUSE = 0.2  # seconds after which a sender looks whether the piece that it waits for is wanted


class Source(ABC):
    """A file to send. `name` is None where it has none; `size` is in bytes."""

    ranged = True

    def __init__(self, name: str | None, size: int) -> None:
        self.name = name
        self.size = size

    def __repr__(self) -> str:
        # It may be half made.
        name, size = getattr(self, "name", None), getattr(self, "size", None)
        return f"{type(self).__name__}({name!r}, size={size})"

    @property
    def found(self) -> os.stat_result | None:
        """The file's state when it was opened; None where there is no file."""
        return None

    async def prepare(self) -> None:  # noqa: B027  # most have nothing to do
        """Find out whether there is anything to read, before an upload is created."""

    @abstractmethod
    async def read(self, offset: int, length: int) -> bytes | memoryview:
        """Exactly these bytes, of any number; the next ones where it is not ranged."""

    def pieces(self, offset: int, size: int) -> Iterator[bytes | memoryview]:
        """These bytes piece by piece; for a thread, since to get one may block.

        UploadError when the source has changed since it was opened.
        """
        raise TypeError("a source that is not ranged is read in order")

    def md5(self, offset: int, size: int) -> bytes:
        """The MD5 of these bytes; for a thread."""
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self.pieces(offset, size):
            digest.update(piece)
        return digest.digest()

    async def finish(self) -> None:  # noqa: B027  # what is in memory does not change
        """UploadError when what was read is not all of the source, or not as it was."""

    async def aclose(self) -> None:  # noqa: B027  # most hold nothing
        """Release it, once no read is running."""

    async def fingerprint(self) -> Fingerprint:
        """What a later call compares its source with."""
        if not self.ranged:
            return Fingerprint(self.size)
        digest = hashlib.sha256()
        for offset, length in samples(self.size):
            digest.update(await self.read(offset, length))
        return Fingerprint.of(self.size, self.found, digest.hexdigest())

    def changed(self, how: str) -> UploadError:
        """The error for a source that has changed."""
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
        view = self._view
        for at in range(offset, offset + size, _PIECE):
            yield view[at : min(at + _PIECE, offset + size)]

    async def aclose(self) -> None:
        """Release the bytes: while a view of it is left, a bytearray cannot change its size."""
        self._view = memoryview(b"")


class _File(Source):
    """A regular file, by positioned reads on a descriptor of its own.

    `path` is where it can be found; `by_path` says that the path is what was given, and not an open
    file that may have any path by now. A cancelled reader waits for the end of its read, since that
    must not find its descriptor closed, or another file's by then.
    """

    def __init__(
        self, descriptor: int, path: str | None, name: str | None, *, by_path: bool
    ) -> None:
        self._found = os.fstat(descriptor)
        self._descriptor = descriptor
        self._path = path
        self._by_path = by_path
        super().__init__(name, self._found.st_size)

    @property
    def found(self) -> os.stat_result | None:
        return self._found

    async def read(self, offset: int, length: int) -> bytes:
        return await run_blocking(self._read, offset, length)

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        self._check()
        for at in range(offset, offset + size, _PIECE):
            yield self._read(at, min(_PIECE, offset + size - at))

    async def finish(self) -> None:
        await run_blocking(self._check)

    async def aclose(self) -> None:
        await run_blocking(os.close, self._descriptor)

    def _read(self, offset: int, length: int) -> bytes:
        piece = os.pread(self._descriptor, length, offset)
        while 0 < len(piece) < length:
            more = os.pread(self._descriptor, length - len(piece), offset + len(piece))
            if not more:
                break
            piece += more
        if len(piece) < length:
            raise self.changed("became shorter")
        return piece

    def _check(self) -> None:
        now = os.fstat(self._descriptor)
        change = changed_since(self._found, now)
        leads_here = self._path_leads_to(now)
        # A rename sets the ctime as well.
        if change is not None and (change is not Change.STATUS or leads_here):
            raise self.changed(change)
        if self._by_path and leads_here is False:
            raise self.changed("was replaced by another file")
        self._found = now

    def _path_leads_to(self, now: os.stat_result) -> bool | None:
        """Whether the path leads to this file; None when it leads nowhere: it still can be read."""
        if self._path is None:
            return True
        try:
            here = os.stat(self._path)  # noqa: PTH116  # the path is a str here
        except FileNotFoundError:
            return None
        if (here.st_ino, here.st_dev) == (now.st_ino, now.st_dev):
            return True
        # Some network mounts change a file's inode number at each stat: it alone means nothing.
        return alike(now, here)


class _Seekable(Source):
    """A file object that can seek: one read at a time, wherever it stands.

    It is of any class, so that a read may never end: a thread of its own reads it, and whoever
    waits for a piece looks now and then whether it is still wanted.
    """

    def __init__(self, file: Any, name: str | None, *, owned: bool = False) -> None:
        self._file = file
        self._owned = owned
        self._lock = lock_of(file)
        self._thread = DaemonThreads(1, "twelvelabs-read")
        with self._lock:
            super().__init__(name, int(file.seek(0, os.SEEK_END)))

    async def read(self, offset: int, length: int) -> bytes:
        return await or_leave(self._thread.run(self._read, offset, length))

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        """These bytes piece by piece, with empty ones while one is long in coming."""
        answers: Mailbox = native("queue", "SimpleQueue")()

        def read(at: int, length: int) -> None:
            try:
                if at == offset:
                    self._check()
                answers.put(self._read(at, length))
            except BaseException as error:  # it is raised where the piece is awaited
                answers.put(error)

        for at in range(offset, offset + size, _PIECE):
            self._thread.submit(read, at, min(_PIECE, offset + size - at))
            while (answer := _waiting(answers)) is None:
                yield b""
            if isinstance(answer, BaseException):
                raise answer
            yield answer

    async def finish(self) -> None:
        await or_leave(self._thread.run(self._check))

    async def aclose(self) -> None:
        if self._owned:
            await finish(self._thread.run(self._file.close))
        self._thread.shutdown(wait=False)

    def _read(self, offset: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            piece = _read_up_to(self._file, length)
        if len(piece) < length:
            raise self.changed("became shorter")
        return piece

    def _check(self) -> None:
        with self._lock:
            end = self._file.seek(0, os.SEEK_END)
        if end != self.size:
            raise self.changed("became shorter" if end < self.size else "grew")


class _Once(Source):
    """A source that is read once, in order, and must have the size that the caller gave."""

    ranged = False

    async def read(self, offset: int, length: int) -> memoryview:
        """The next `length` bytes, of any number."""
        buffer = bytearray(length)
        view = memoryview(buffer)
        filled = 0
        while filled < length:
            piece = await self._more(min(STEP, length - filled))
            if not piece:
                if not offset and not filled:
                    raise UploadError(self._spent())
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

    def _spent(self) -> str:
        return (
            f"{self.name or 'the source'} has nothing left to read and cannot be rewound: "
            "open it again, or give a path, bytes or a seekable file"
        )

    @abstractmethod
    async def _more(self, length: int) -> bytes | memoryview:
        """Up to `length` bytes; none at the end."""


class _Unseekable(_Once):
    """A pipe, or what is read like one."""

    def __init__(self, reader: FileReader | AsyncReader, name: str | None, size: int) -> None:
        super().__init__(name, size)
        self._reader = reader
        self._first = b""

    async def prepare(self) -> None:
        """ConfigurationError when the file stands at its end."""
        self._first = await self._more(min(_PIECE, self.size))
        if not self._first:
            raise ConfigurationError(self._spent())

    async def _more(self, length: int) -> bytes:
        if self._first:
            piece, self._first = self._first[:length], self._first[length:]
            return piece
        return await self._reader.read(length)

    async def aclose(self) -> None:
        self._reader.close()


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


def _waiting(answers: Mailbox) -> Any:
    """The next answer; None when none has come for a moment."""
    try:
        return answers.get(timeout=_PAUSE)
    except Empty:
        return None


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _in_threads(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The pieces of a plain iterable, which may take any time for each: nothing waits for it."""
    thread = DaemonThreads(1, "twelvelabs-read")
    try:
        while (piece := await thread.run(_next, pieces)) is not None:
            yield piece
    finally:
        thread.shutdown(wait=False)


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
        return await _open_in_thread(_open_path, given)
    if _is_part_of_form(given):
        raise ArgumentTypeError(
            f"a source is the file itself, not {type(given).__name__}: its name goes in filename="
        )
    plain = plain_file(given)
    if is_async(plain):
        return await _open_async(plain, size)
    if plain is not given:
        return await _open_in_thread(_open_file, plain, size, file_name(given))
    if hasattr(given, "__aiter__"):
        return _Iterable(given, _needed(size))
    if hasattr(given, "read"):
        return await _open_in_thread(_open_file, given, size)
    if hasattr(given, "__iter__"):
        return _Iterable(_in_threads(iter(given)), _needed(size))
    raise ArgumentTypeError(
        "a source is a path, bytes, an open binary file or an iterable of bytes, "
        f"not {type(given).__name__}"
    )


def _is_part_of_form(given: object) -> bool:
    """Whether it has a file as forms take it: it would be an iterable, and not of bytes."""
    parts = cast("tuple[object, ...]", given) if isinstance(given, tuple) else ()
    return isinstance(given, Mapping) or not all(isinstance(each, _BYTES) for each in parts)


async def _open_in_thread(opening: Callable[..., Source], *args: object) -> Source:
    """The source that a blocking function opens; it is closed again if the caller was cancelled."""
    opened: list[Source] = []

    def work() -> None:
        opened.append(opening(*args))

    thread = DaemonThreads(1, "twelvelabs-open")  # any method of an object may never return
    try:
        await or_leave(thread.run(work))
    except asyncio.CancelledError:
        for source in opened:
            await source.aclose()
        raise
    finally:
        thread.shutdown(wait=False)
    return opened[0]


def _open_path(given: str | os.PathLike[str]) -> Source:
    path = path_text(given)
    name = file_name(path)
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # a str
        raise ConfigurationError(
            f"{shown_path(path)} is not a regular file: open it, and give its size="
        )
    if sys.platform == "win32":
        return _Seekable(open(path, "rb"), name, owned=True)  # noqa: PTH123  # a str
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _File(descriptor, path, name, by_path=True)
    except BaseException:  # also Ctrl-C: nothing else would close it
        os.close(descriptor)
        raise


async def _open_async(file: Any, size: int | None) -> Source:
    check_binary(file)
    reader = AsyncReader(file)
    found = await reader.size() if reader.rewinds else None
    return _Unseekable(reader, file_name(file), _needed(size if found is None else found))


def _open_file(file: Any, size: int | None, name: str | None = None) -> Source:
    name = name or file_name(file)
    check_binary(file)
    try:
        seekable = bool(file.seekable())
    except AttributeError:
        seekable = False
    if not seekable:
        return _Unseekable(FileReader(file), name, _needed(size))
    descriptor = None if sys.platform == "win32" else _plain_descriptor(file)
    if descriptor is None:
        return _Seekable(file, name)
    try:
        path = getattr(file, "name", None)
        path = os.fsdecode(path) if isinstance(path, (str, bytes)) else None
        return _File(descriptor, path, name, by_path=False)
    except BaseException:  # as above
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
