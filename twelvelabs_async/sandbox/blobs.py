"""Where contents are stored, by keys made of what they are."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import shutil
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from .data_folder import PARTS, DataFolder
from .media.measure.probe import MediaError

__all__ = ["BlobStore", "copy_hashed", "file_key", "key_of"]

T = TypeVar("T")
_PIECE: Final = 1024 * 1024


def key_of(sha256: str) -> str:
    """The key of a content with this SHA-256, in hexadecimal digits."""
    return sha256[:40]


def file_key(path: Path) -> tuple[str, int]:
    """The key of a file's content, and its size."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return key_of(digest.hexdigest()), file.tell()


def copy_hashed(file: BinaryIO, target: Path, limit: float = math.inf) -> tuple[str, int]:
    """Copy a file of at most ``limit`` bytes; its key and its size.

    Raises ``MediaError`` for a larger file. A copy that is not whole is removed.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with target.open("wb") as copy:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise MediaError(
                        "media_filesize_too_large", f"The file has more than {limit:g} bytes."
                    )
                digest.update(piece)
                copy.write(piece)
    except BaseException:  # whatever ends it, part of a file is of no use
        target.unlink(missing_ok=True)
        raise
    return key_of(digest.hexdigest()), size


class BlobStore:
    """Files by key. Equal contents have one key: a film indexed 300 times is stored once."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self._files, self._films, self._streams, self._temporary = (
            data.path / part for part in PARTS
        )
        # The disk writes of uploads must not wait behind the reading of films.
        self._writers = ThreadPoolExecutor(4, "sandbox-disk")
        self._serial = 0

    def open(self) -> None:
        """Make the folders."""
        for part in PARTS:
            self._data.make(part)

    def clean(self, keys: Collection[str], uploads: Iterable[str]) -> None:
        """Remove what a run left that was killed: all but these contents and uploads' chunks."""
        # Names instead of paths, which would cost more than to look at the folder.
        for folder in (self._files, self._films, self._streams):
            for name in os.listdir(folder):  # noqa: PTH208  # names, as said above
                if name.partition(".")[0] not in keys or name.endswith(".draft"):
                    _remove_any(folder / name)
        kept = {self.part(upload) for upload in uploads}
        for path in self._temporary.iterdir():
            if path not in kept:
                _remove_any(path)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.to_thread(self._writers.shutdown, cancel_futures=True)

    async def disk(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for short waits on the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, function, *args)

    def scratch(self) -> Path:
        """A path for a new temporary file."""
        self._serial += 1
        return self._temporary / f"{os.getpid()}-{self._serial}"

    def path(self, key: str) -> Path:
        """Where the content is."""
        return self._files / key

    def part(self, upload_id: str) -> Path:
        """Where the chunks of an upload are written, each in its place."""
        return self._temporary / f"{upload_id}.part"

    def film(self, key: str) -> Path:
        """Where the measurements of a content are kept."""
        return self._films / f"{key}.json"

    def table(self, key: str) -> Path:
        """Where the numbers that searches need of it are kept."""
        return self._films / f"{key}.clips"

    def stream(self, key: str) -> Path:
        """The folder of a film's HLS stream."""
        return self._streams / key

    async def keep(self, source: Path, key: str) -> None:
        """Move a file to where the content of this key belongs."""
        await self.disk(_move_private, source, self.path(key))

    async def remove(self, keys: Iterable[str]) -> None:
        """Remove contents, and all that was made of them."""
        for key in keys:
            await self.disk(_remove, self.path(key), self.film(key), self.table(key))
            await self.disk(shutil.rmtree, self.stream(key), True)


def _move_private(source: Path, target: Path) -> None:
    source.chmod(0o600)
    source.replace(target)


def _remove_any(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
