"""Where contents are stored, by keys made of what they are."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from .data_folder import DataFolder

__all__ = ["BlobStore"]

T = TypeVar("T")


class BlobStore:
    """Files by key. Equal contents have one key: a film indexed 300 times is stored once."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self._files = data.path / "files"
        self._films = data.path / "films"
        self._streams = data.path / "streams"
        self._temporary = data.path / "tmp"
        # The disk writes of uploads must not wait behind the reading of films.
        self._writers = ThreadPoolExecutor(4, "sandbox-disk")
        self._serial = 0

    def open(self) -> None:
        """Make the folders."""
        for folder in (self._files, self._films, self._streams, self._temporary):
            self._data.make(folder.name)

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

    def stream(self, key: str) -> Path:
        """The folder of a film's HLS stream."""
        return self._streams / key

    async def keep(self, source: Path, key: str) -> None:
        """Move a file to where the content of this key belongs."""
        await self.disk(_move_private, source, self.path(key))

    async def remove(self, keys: Iterable[str]) -> None:
        """Remove contents, and all that was made of them."""
        for key in keys:
            await self.disk(_remove, self.path(key), self.film(key))
            await self.disk(shutil.rmtree, self.stream(key), True)


def _move_private(source: Path, target: Path) -> None:
    source.chmod(0o600)
    source.replace(target)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
