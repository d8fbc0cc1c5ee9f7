"""The media work behind the states, done once for each content, in threads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .clock import Clock
from .data_folder import DataFolder, write_private
from .indexing import IndexingQueue
from .media.film import LONGEST, Film, read_film
from .media.probe import MediaError, MediaInfo, probe
from .media.processes import FILM, PICTURE, run
from .media.render import hls, thumbnail
from .records import Asset, EmbedTask, Entity, IndexTask, Item, Video
from .settings import Settings, Timings

__all__ = ["Work", "problem_of", "too_long"]

T = TypeVar("T")


class Work:
    """Contents by key, and what was measured in them.

    Equal contents have one key, so that a film indexed 300 times is stored and read once.
    """

    def __init__(
        self, data: DataFolder, clock: Clock, settings: Settings, timings: Timings
    ) -> None:
        self._clock = clock
        self._settings = settings
        places = settings.concurrent_indexing or settings.account.concurrent_indexing
        self.queue = IndexingQueue(clock, timings.indexing, places, self._ended)
        self._data = data
        self.files = data.path / "files"
        self.films = data.path / "films"
        self.streams = data.path / "streams"
        self.temporary = data.path / "tmp"
        # Reading a film is long; the disk writes of uploads must not wait behind it.
        self._film_readers = ThreadPoolExecutor(2, "sandbox-films")
        self._readers = ThreadPoolExecutor(2, "sandbox-media")
        self._composers = ThreadPoolExecutor(2, "sandbox-answers")
        self._writers = ThreadPoolExecutor(4, "sandbox-disk")
        self._results: dict[tuple[str, str], MediaInfo | Film | MediaError] = {}
        self._done: dict[tuple[str, str], float] = {}
        """When each result came."""
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._fetches: dict[str, asyncio.Task[None]] = {}
        self._serial = 0

    def open(self) -> None:
        """Make the folders."""
        for folder in (self.files, self.films, self.streams, self.temporary):
            self._data.make(folder.name)

    async def close(self) -> None:
        """End all work."""
        tasks = [*self._jobs.values(), *self._fetches.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pool in (self._film_readers, self._readers, self._composers, self._writers):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def media(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for long work."""
        return await self._pooled(self._readers, function, *args)

    async def compose(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` likewise; what writes answers holds nothing else up."""
        return await self._pooled(self._composers, function, *args)

    async def disk(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for short waits on the disk."""
        return await self._pooled(self._writers, function, *args)

    @staticmethod
    async def _pooled(pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *args)

    def scratch(self) -> Path:
        """A path for a new temporary file."""
        self._serial += 1
        return self.temporary / f"{os.getpid()}-{self._serial}"

    def path(self, key: str) -> Path:
        """Where the content is."""
        return self.files / key

    def part(self, upload_id: str) -> Path:
        """Where the chunks of an upload are written, each in its place."""
        return self.temporary / f"{upload_id}.part"

    async def keep(self, source: Path, key: str) -> None:
        """Move a file to where the content of this key belongs."""
        await self.disk(_move_private, source, self.path(key))

    async def forget(self, keys: Iterable[str]) -> None:
        """Remove contents that nothing needs."""
        for key in keys:
            for name in ("info", "film"):
                self._results.pop((name, key), None)
                self._done.pop((name, key), None)
            await self.disk(_remove, self.path(key), self.films / f"{key}.json")
            await self.disk(shutil.rmtree, self.streams / key, True)

    def start(self, item: Item) -> None:
        """Begin what ``item`` needs before it is done, unless it has begun."""
        if item.key is not None and item.error is None:
            self._start(_needs(item), item.key)

    def start_indexing(self, item: Item) -> None:
        """Begin likewise for a film that is indexed, and have it wait for its place.

        It needs none before its content is there.
        """
        self.start(item)
        since = item.planned if self._promised(item) else max(item.planned, self._clock.now())
        self.queue.enqueue(item, since)

    def _start(self, name: str, key: str) -> asyncio.Task[None] | None:
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
                result = await self.media(run, PICTURE, probe, self.path(key))
            else:
                longest = self._settings.max_duration
                kept = self.films / f"{key}.json"
                result = await self._pooled(
                    self._film_readers, _read, self.path(key), kept, longest
                )
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

    def known(self, name: str, key: str) -> MediaInfo | Film | MediaError | None:
        """What is known of a content without waiting; ``name`` is "info" or "film"."""
        return self._results.get((name, key))

    def info_of(self, item: Item) -> MediaInfo | None:
        """The item's figures, when they are known."""
        found = self._results.get(("info", item.key)) if item.key else None
        return found if isinstance(found, MediaInfo) else None

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
        job = self._start(name, key)
        if job is not None:
            await asyncio.shield(job)
        found = self._results[name, key]
        if isinstance(found, MediaError):
            raise MediaError(found.code, found.message)
        return found

    def outcome(self, item: Item) -> MediaError | bool:
        """True when the item's work is done, False when not yet, the problem when it failed."""
        if item.error is not None:
            return MediaError(*item.error)
        if isinstance(item, Entity):
            return True
        if item.key is None:
            return False
        found = self._results.get((_needs(item), item.key))
        if found is None or isinstance(found, MediaError):
            return found or False
        if isinstance(item, Asset) and isinstance(found, MediaInfo):
            return _mistaken(item, found) or True
        if isinstance(item, Video | IndexTask) and isinstance(found, Film):
            return problem_of(found.info, self._settings) or True
        return True

    def status(self, item: Item) -> tuple[str, float]:
        """The item's state now, and since when."""
        if item.waits:
            self.queue.catch_up()
        now = self._clock.now()
        since, before = item.created_at, "processing"
        for name, end in item.phases:
            if end is None:
                return before, max(since, item.updated_at)
            if now < end:
                return name, max(since, item.updated_at)
            since, before = end, name
        done = self.outcome(item)
        if done is False:
            # A state lasts until its work is done, however late.
            return item.phases[-1][0] if item.phases else "processing", max(since, item.updated_at)
        return "ready" if done is True else "failed", max(since, item.updated_at)

    async def settle(self, *items: Item) -> None:
        """Wait for work that ought to be done by now.

        Real time just passes; but who moves the clock, or lets states take no time, is promised the
        state that follows.
        """
        for item in items:
            if not self._promised(item):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.wait_for_work):
                    while (other := self._in_the_way(item)) is not None:
                        await self.finish(other)
                    if item.due <= self._clock.now() and self.outcome(item) is False:
                        await self.finish(item)

    def _promised(self, item: Item) -> bool:
        return self._clock.controlled or item.at_once

    def _in_the_way(self, item: Item) -> Item | None:
        """What must be done before the place is free that an item has by the clock, if anything."""
        if not item.waits or self._clock.now() < item.planned:
            return None
        fetch = self._fetches.get(item.id)
        if fetch is not None and not fetch.done():
            return item
        late = self.queue.late()
        return late if item.waits else None

    def _ended(self, item: Item) -> float | None:
        """When the work of an item that was indexed was done; None: not yet."""
        if self.outcome(item) is False:
            return None
        if item.key is None or self._promised(item):
            return item.due
        return self._done.get((_needs(item), item.key), item.due)

    async def finish(self, item: Item) -> None:
        """Wait until the work of an item is done, whatever the clock says."""
        fetch = self._fetches.get(item.id)
        if fetch is not None:
            await asyncio.shield(fetch)
        if item.key is not None and item.error is None:
            job = self._start(_needs(item), item.key)
            if job is not None:
                await asyncio.shield(job)

    async def picture(self, key: str, at: float) -> bytes:
        """A JPEG of the film at a time, small."""
        return await self.media(run, PICTURE, thumbnail, self.path(key), at)

    async def stream(self, key: str) -> Path:
        """The folder of a film's HLS stream, made when first asked for."""
        folder = self.streams / key
        job = self._jobs.get(("hls", key))
        if job is None and not await self.disk((folder / "playlist").exists):
            job = asyncio.create_task(self._make_stream(key, folder))
            self._jobs["hls", key] = job
            job.add_done_callback(lambda _: self._jobs.pop(("hls", key), None))
        if job is not None:
            await asyncio.shield(job)
        return folder

    async def _make_stream(self, key: str, folder: Path) -> None:
        def make() -> None:
            folder.mkdir(exist_ok=True)
            playlist = run(PICTURE, hls, self.path(key), folder)
            (folder / "playlist").write_text(playlist.name)

        await self.media(make)


def _needs(item: Item) -> str:
    return "film" if isinstance(item, Video | IndexTask | EmbedTask) else "info"


def _mistaken(asset: Asset, info: MediaInfo) -> MediaError | None:
    if asset.kind in (None, info.kind):
        return None
    return MediaError(
        "unsupported_media_type",
        f"The file was declared as {asset.kind}; it is of type {info.kind}.",
    )


def _move_private(source: Path, target: Path) -> None:
    source.chmod(0o600)
    source.replace(target)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _read(path: Path, kept: Path, longest: float) -> Film:
    if kept.exists():
        return Film.from_json(kept.read_bytes())
    film = run(FILM, read_film, path, longest)
    draft = kept.with_suffix(".draft")
    write_private(draft, film.to_json().encode())
    draft.replace(kept)
    return film


def problem_of(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film may not be indexed; None when it may."""
    if info.kind == "image":
        return MediaError("unsupported_file_type", "An image cannot be indexed.")
    if info.duration < settings.min_duration:
        return MediaError(
            "video_duration_too_short",
            f"The duration is {info.duration:.1f} s; the least is {settings.min_duration:g} s.",
        )
    return too_long(info, settings) or (
        _picture_problem(info, settings) if info.kind == "video" else None
    )


def too_long(info: MediaInfo, settings: Settings) -> MediaError | None:
    """Why a film is too long to be read; None when it is not."""
    if info.duration <= min(settings.max_duration, LONGEST):
        return None
    return MediaError(
        "video_duration_too_long",
        f"The duration is {info.duration:.0f} s; the most is {settings.max_duration:g} s.",
    )


def _picture_problem(info: MediaInfo, settings: Settings) -> MediaError | None:
    long, short = max(info.width, info.height), min(info.width, info.height)
    size = f"The resolution is {info.width}x{info.height}; "
    least, most = settings.min_side, settings.max_side
    if short < min(least) or long < max(least):
        return MediaError("video_resolution_too_low", f"{size}the least is {least[0]}x{least[1]}.")
    if long > max(most) or short > min(most):
        return MediaError("video_resolution_too_high", f"{size}the most is {most[0]}x{most[1]}.")
    if long > settings.max_ratio * short:
        return MediaError(
            "video_resolution_invalid_aspect_ratio",
            f"{size}the aspect ratio must be between 1:1 and {settings.max_ratio:g}:1.",
        )
    return None


def asset_is(item: Asset, kind: str) -> bool:
    """Whether an asset is of this kind, by its MIME type."""
    return item.file_type.startswith(f"{kind}/")
