"""The work on media behind the states, done once for each content, in threads and processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

from .blobs import BlobStore
from .clock import Clock
from .data_folder import write_private
from .media.language.clip_table import ClipTable
from .media.measure.document import Document, read_document
from .media.measure.film import Film, read_film
from .media.measure.joining import Tracks, join
from .media.measure.likeness import Likeness
from .media.measure.page_sketch import sketch_page
from .media.measure.probe import MediaError, MediaInfo, probe
from .media.measure.processes import DOCUMENT, FILM, PICTURE, run
from .media.measure.render import hls, thumbnail
from .records import Item, Measured

__all__ = ["JobRunner", "Result"]

T = TypeVar("T")
Result = MediaInfo | Document
"""What is known of a content: its figures, or its text and pages."""

# Films that are kept in memory: one of a minute has 200 KB. Others are read again when needed.
_MOST_FILMS = 256


class JobRunner:
    """Runs jobs, and keeps what was measured in contents by their keys.

    ``longest`` are the seconds of the longest film that is read. ``measured`` are the figures of
    those that an earlier run has read, to which this one's are added.
    """

    def __init__(
        self,
        blobs: BlobStore,
        clock: Clock,
        longest: float,
        measured: MutableMapping[str, MediaInfo],
    ) -> None:
        self._blobs = blobs
        self._measured = measured
        self._clock = clock
        self.longest = longest
        self._film_readers = ThreadPoolExecutor(2, "sandbox-films")
        self._readers = ThreadPoolExecutor(2, "sandbox-media")
        self._composers = ThreadPoolExecutor(2, "sandbox-answers")
        self._results: dict[tuple[Measured, str], Result | MediaError] = {}
        self._films: dict[str, Film] = {}
        """Those that were needed last."""
        self._tables: dict[str, ClipTable] = {}
        self._likenesses: dict[str, Likeness] = {}
        self._done: dict[tuple[Measured, str], float] = {}
        """When each result came."""
        self.finished: int = 0
        """How many results have come in this run."""
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._fetches: dict[str, asyncio.Task[None]] = {}
        for key, info in measured.items():
            self._results["info", key] = self._results["film", key] = info

    async def close(self) -> None:
        """End all jobs."""
        await self.clear()
        for pool in (self._film_readers, self._readers, self._composers):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def clear(self) -> None:
        """End all jobs; others may begin."""
        tasks = [*self._jobs.values(), *self._fetches.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def forget(self, keys: Iterable[str]) -> None:
        """Forget what was measured in contents."""
        for key in keys:
            for name in get_args(Measured):
                self._results.pop((name, key), None)
                self._done.pop((name, key), None)
            self._films.pop(key, None)
            self._tables.pop(key, None)
            self._likenesses.pop(key, None)
            if key in self._measured:
                del self._measured[key]

    async def media(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for long work."""
        return await self._pooled(self._readers, function, *args)

    async def compose(self, function: Callable[..., T], *args: Any) -> T:
        """``function(*args)`` in a thread for answers, whose work holds nothing else up."""
        return await self._pooled(self._composers, function, *args)

    async def join(self, source: Path, tracks: Tracks, target: Path, most: int) -> str:
        """Write the film of these pieces to a file that is there; its MIME type."""
        joined = partial(run, FILM, join, source, tracks, target, most)
        return await self._pooled(self._film_readers, joined)

    @staticmethod
    async def _pooled(pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *args)

    def start(self, name: Measured, key: str) -> asyncio.Task[None] | None:
        """The job for a result, begun unless it has been; None when the result is there."""
        return None if (name, key) in self._results else self._start(name, key)

    def _start(self, name: Measured, key: str) -> asyncio.Task[None]:
        job = self._jobs.get((name, key))
        if job is None:
            job = asyncio.create_task(self._run(name, key))
            self._jobs[name, key] = job
            job.add_done_callback(lambda _: self._jobs.pop((name, key), None))
        return job

    async def _run(self, name: Measured, key: str) -> None:
        try:
            result: Result | MediaError
            if name == "info":
                result = await self.media(run, PICTURE, probe, self._blobs.path(key))
            elif name == "document":
                result = await self.media(run, DOCUMENT, read_document, self._blobs.path(key))
            else:
                path, kept = self._blobs.path(key), self._blobs.film(key)
                film = await self._pooled(self._film_readers, _read, path, kept, self.longest)
                self._films[key] = film
                if len(self._films) > _MOST_FILMS:
                    del self._films[next(iter(self._films))]
                result = self._results["info", key] = film.info
                if key not in self._measured:
                    self._measured[key] = film.info
        except MediaError as error:
            result = error
        except OSError as error:
            result = MediaError("video_file_broken", f"The file cannot be read: {error.strerror}.")
        self._results[name, key] = result
        # A film may be read again, when it is needed again.
        self._done.setdefault((name, key), self._clock.now())
        self.finished += 1

    def fetch(self, job: Coroutine[Any, Any, None], *items: Item) -> None:
        """Run the import by URL that these items wait for."""
        task = asyncio.create_task(job)
        for item in items:
            self._fetches[item.id] = task
            task.add_done_callback(partial(self._fetches.pop, item.id))

    def fetching(self, item: Item) -> asyncio.Task[None] | None:
        """The import that an item waits for, if it does."""
        return self._fetches.get(item.id)

    def done_at(self, name: Measured, key: str) -> float | None:
        """When a result came."""
        return self._done.get((name, key))

    def known(self, name: Measured, key: str) -> Result | MediaError | None:
        """What is known of a content without waiting, once it was probed or read."""
        return self._results.get((name, key))

    async def info(self, key: str) -> MediaInfo:
        """The figures of a content; MediaError when it cannot be used."""
        found = await self._wait("info", key)
        assert isinstance(found, MediaInfo)
        return found

    async def film(self, key: str) -> Film:
        """The measurements of a content; MediaError when it cannot be used."""
        await self._wait("film", key)
        while key not in self._films:
            # It was read long ago, or by an earlier run.
            await asyncio.shield(self._start("film", key))
            await self._wait("film", key)
        return self._films[key]

    async def tables(self, keys: Collection[str]) -> dict[str, ClipTable]:
        """What searches need of films that were read, by their keys; not of those forgotten."""
        missing = [key for key in keys if key not in self._tables]
        if missing:
            self._tables.update(await self.media(self._read_all, self._read_table, missing))
        return {key: self._tables[key] for key in keys if key in self._tables}

    async def likenesses(self, keys: Collection[str]) -> dict[str, Likeness]:
        """What images are compared with of such films, likewise."""
        missing = [key for key in keys if key not in self._likenesses]
        if missing:
            self._likenesses.update(await self.media(self._read_all, self._read_likeness, missing))
        return {key: self._likenesses[key] for key in keys if key in self._likenesses}

    @staticmethod
    def _read_all(read: Callable[[str], T], keys: Iterable[str]) -> dict[str, T]:
        found: dict[str, T] = {}
        for key in keys:
            with contextlib.suppress(MediaError):
                found[key] = read(key)
        return found

    def _read_likeness(self, key: str) -> Likeness:
        return self._read_film(key).likeness

    def _read_table(self, key: str) -> ClipTable:
        path = self._blobs.table(key)
        # A table that is absent, damaged or another version's is made again.
        with contextlib.suppress(FileNotFoundError, ValueError, LookupError, TypeError):
            return ClipTable.from_json(path.read_bytes())
        table = ClipTable.of(self._read_film(key))
        _write(path, table.to_json())
        return table

    def _read_film(self, key: str) -> Film:
        film = self._films.get(key)
        if film is not None:
            return film
        try:
            return Film.from_json(self._blobs.film(key).read_bytes())
        except FileNotFoundError:
            raise MediaError("video_file_broken", "The film was deleted.") from None

    async def document(self, key: str) -> Document:
        """The text and pages of a content; MediaError when it is not a document."""
        found = await self._wait("document", key)
        assert isinstance(found, Document)
        return found

    async def _wait(self, name: Measured, key: str) -> Result:
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

    async def page(self, key: str) -> bytes:
        """A JPEG of a PDF file's first page, small."""
        return await self.media(run, DOCUMENT, sketch_page, self._blobs.path(key))

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
    _write(kept, film.to_json().encode())
    return film


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.draft")
    write_private(draft, data)
    draft.replace(path)
