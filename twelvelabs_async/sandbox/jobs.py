"""The work on media behind the states, done once for each content, in threads and processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .blobs import BlobStore
from .clock import Clock
from .data_folder import write_private
from .media.measure.film import Film, read_film
from .media.measure.probe import MediaError, MediaInfo, probe
from .media.measure.processes import FILM, PICTURE, run
from .media.measure.render import hls, thumbnail
from .records import Item

__all__ = ["JobRunner"]

T = TypeVar("T")


class JobRunner:
    """Runs jobs, and keeps what was measured in contents by their keys.

    ``longest`` are the seconds of the longest film that is read.
    """

    def __init__(self, blobs: BlobStore, clock: Clock, longest: float) -> None:
        self._blobs = blobs
        self._clock = clock
        self._longest = longest
        self._film_readers = ThreadPoolExecutor(2, "sandbox-films")
        self._readers = ThreadPoolExecutor(2, "sandbox-media")
        self._composers = ThreadPoolExecutor(2, "sandbox-answers")
        self._results: dict[tuple[str, str], MediaInfo | Film | MediaError] = {}
        self._done: dict[tuple[str, str], float] = {}
        """When each result came."""
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._fetches: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        """End all jobs."""
        tasks = [*self._jobs.values(), *self._fetches.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pool in (self._film_readers, self._readers, self._composers):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def forget(self, keys: Iterable[str]) -> None:
        """Forget what was measured in contents."""
        for key in keys:
            for name in ("info", "film"):
                self._results.pop((name, key), None)
                self._done.pop((name, key), None)

    async def media(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for long work."""
        return await self._pooled(self._readers, function, *args)

    async def compose(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` likewise; what writes answers holds nothing else up."""
        return await self._pooled(self._composers, function, *args)

    @staticmethod
    async def _pooled(pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *args)

    def start(self, name: str, key: str) -> asyncio.Task[None] | None:
        """The job for a result, begun unless it has been; None when the result is there."""
        if (name, key) in self._results:
            return None
        job = self._jobs.get((name, key))
        if job is None:
            job = asyncio.create_task(self._run(name, key))
            self._jobs[name, key] = job
            job.add_done_callback(lambda _: self._jobs.pop((name, key), None))
        return job

    async def _run(self, name: str, key: str) -> None:
        try:
            result: MediaInfo | Film | MediaError
            if name == "info":
                result = await self.media(run, PICTURE, probe, self._blobs.path(key))
            else:
                path, kept = self._blobs.path(key), self._blobs.film(key)
                result = await self._pooled(self._film_readers, _read, path, kept, self._longest)
                self._results["info", key] = result.info
        except MediaError as error:
            result = error
        except OSError as error:
            result = MediaError("video_file_broken", f"The file cannot be read: {error.strerror}.")
        self._results[name, key] = result
        self._done[name, key] = self._clock.now()

    def fetch(self, job: Coroutine[Any, Any, None], *items: Item) -> None:
        """Run the import by URL that these items wait for."""
        task = asyncio.create_task(job)
        for item in items:
            self._fetches[item.id] = task
            task.add_done_callback(partial(self._fetches.pop, item.id))

    def fetching(self, item: Item) -> asyncio.Task[None] | None:
        """The import that an item waits for, if it does."""
        return self._fetches.get(item.id)

    def done_at(self, name: str, key: str) -> float | None:
        """When a result came."""
        return self._done.get((name, key))

    def known(self, name: str, key: str) -> MediaInfo | Film | MediaError | None:
        """What is known of a content without waiting; ``name`` is "info" or "film"."""
        return self._results.get((name, key))

    async def info(self, key: str) -> MediaInfo:
        """The figures of a content; MediaError when it cannot be used."""
        found = await self._wait("info", key)
        assert isinstance(found, MediaInfo)
        return found

    async def film(self, key: str) -> Film:
        """The measurements of a content; MediaError when it cannot be used."""
        found = await self._wait("film", key)
        assert isinstance(found, Film)
        return found

    async def _wait(self, name: str, key: str) -> MediaInfo | Film:
        job = self.start(name, key)
        if job is not None:
            await asyncio.shield(job)
        found = self._results[name, key]
        if isinstance(found, MediaError):
            raise MediaError(found.code, found.message)
        return found

    async def picture(self, key: str, at: float) -> bytes:
        """A JPEG of the film at a time, small."""
        return await self.media(run, PICTURE, thumbnail, self._blobs.path(key), at)

    async def stream(self, key: str) -> Path:
        """The folder of a film's HLS stream, made when first asked for."""
        folder = self._blobs.stream(key)
        job = self._jobs.get(("hls", key))
        if job is None and not await self._blobs.disk((folder / "playlist").exists):
            job = asyncio.create_task(self._make_stream(key, folder))
            self._jobs["hls", key] = job
            job.add_done_callback(lambda _: self._jobs.pop(("hls", key), None))
        if job is not None:
            await asyncio.shield(job)
        return folder

    async def _make_stream(self, key: str, folder: Path) -> None:
        def make() -> None:
            folder.mkdir(exist_ok=True)
            playlist = run(PICTURE, hls, self._blobs.path(key), folder)
            (folder / "playlist").write_text(playlist.name)

        await self.media(make)


def _read(path: Path, kept: Path, longest: float) -> Film:
    if kept.exists():
        return Film.from_json(kept.read_bytes())
    film = run(FILM, read_film, path, longest)
    draft = kept.with_suffix(".draft")
    write_private(draft, film.to_json().encode())
    draft.replace(kept)
    return film
