"""Where the bytes come from: what sources have in common, and those that are read anywhere.

A source is `ranged` when any part of it can be read at any time; a chunk is then read in steps
while it is sent, and read again when it must be sent again. Other sources are read once, in order,
a whole chunk at a time: see `sequential_source`.

A source is compared with what it was before each chunk, and again before the upload is completed,
so that a file that changes meanwhile ends in an error and never in an asset of two halves.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from queue import Empty
from typing import Any

from ..._runtime.async_body import byte_view
from ..._runtime.file_reader import checked_piece, or_leave
from ..._runtime.files import end_of, lock_of
from ..._runtime.names import absolute
from ..._runtime.native_threads import Mailbox, native
from ..._runtime.threads import DaemonThreads, finish, run_blocking
from ...errors import UploadError
from ..fingerprint import Change, Fingerprint, alike, changed_since, sample_of, samples

__all__ = ["PIECE", "FileSource", "InMemory", "SeekableSource", "Source"]

PIECE = 256 * 1024
"""Bytes read and sent in one step: more would cost memory, and time in page faults; less, calls."""
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
        parts = [await self.read(offset, length) for offset, length in samples(self.size)]
        return Fingerprint.of(self.size, self.found, sample_of(parts))

    def changed(self, how: str) -> UploadError:
        """The error for a source that has changed."""
        return UploadError(f"{self.name or 'the source'} {how} while it was uploaded")


class InMemory(Source):
    """Bytes, sent without a copy."""

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._view = byte_view(content)
        super().__init__(None, self._view.nbytes)

    async def read(self, offset: int, length: int) -> memoryview:
        """Exactly these bytes."""
        return self._view[offset : offset + length]

    def pieces(self, offset: int, size: int) -> Iterator[memoryview]:
        """These bytes piece by piece."""
        view = self._view
        for at in range(offset, offset + size, PIECE):
            yield view[at : min(at + PIECE, offset + size)]

    async def aclose(self) -> None:
        """Release the bytes: while a view of it is left, a bytearray cannot change its size."""
        self._view = memoryview(b"")


class FileSource(Source):
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
        self._path = None if path is None else absolute(path)
        self._by_path = by_path
        super().__init__(name, self._found.st_size)

    @property
    def found(self) -> os.stat_result | None:
        return self._found

    async def read(self, offset: int, length: int) -> bytes:
        return await run_blocking(self._read, offset, length)

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        self._check()
        for at in range(offset, offset + size, PIECE):
            yield self._read(at, min(PIECE, offset + size - at))

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
        except OSError:  # also where a folder on the way is none any more
            return None
        if (here.st_ino, here.st_dev) == (now.st_ino, now.st_dev):
            return True
        # Some network mounts change a file's inode number at each stat: it alone means nothing.
        return alike(now, here)


class SeekableSource(Source):
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
            super().__init__(name, end_of(file))

    async def prepare(self) -> None:
        """ArgumentTypeError when it gives anything but bytes."""
        await self.read(0, 1)

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

        for at in range(offset, offset + size, PIECE):
            self._thread.submit(read, at, min(PIECE, offset + size - at))
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
            end = end_of(self._file)
        if end != self.size:
            raise self.changed("became shorter" if end < self.size else "grew")


def _waiting(answers: Mailbox) -> Any:
    """The next answer; None when none has come for a moment."""
    try:
        return answers.get(timeout=_PAUSE)
    except Empty:
        return None


def _read_up_to(file: Any, length: int) -> bytes:
    piece = checked_piece(file.read(length))
    while 0 < len(piece) < length:
        more = checked_piece(file.read(length - len(piece)))
        if not more:
            break
        piece += more
    return piece[:length]  # a file may give more
