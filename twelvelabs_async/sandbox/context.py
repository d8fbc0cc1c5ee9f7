"""What every part of a sandbox shares."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import aiohttp
from aiohttp import web

from .addresses import Addresses
from .analyses import Analyses, Content
from .analysis_records import AnalysisTask
from .blobs import BlobStore
from .clock import Clock, http_date
from .data_folder import DataFolder, write_private
from .drive import Drive
from .faults import DATED, Faults
from .hosts import Hosts
from .ids import Ids
from .index_watch import IndexWatch
from .jobs import JobRunner
from .knowledge_records import KnowledgeStoreItem
from .lifecycle import Lifecycle
from .limits import Limits
from .media.measure.probe import MediaError
from .recorder import Requests
from .records import Asset, EmbedTask, Entity, Item, Video
from .repository import Repository
from .settings import Settings, Timings
from .signing import Signer
from .storage import OwnStorage, Storage
from .webhooks import Notifier

__all__ = ["CONTEXT", "PREFIX", "SandboxContext"]

PREFIX = "/v1.3"


class SandboxContext:
    """The state of one sandbox, apart from how it is served."""

    def __init__(
        self,
        data: DataFolder,
        *,
        clock: Clock,
        settings: Settings,
        timings: Timings,
        seed: int | None,
        api_key: str | None,
        storage: Storage | None = None,
        drive: Drive | None = None,
    ) -> None:
        self.data = data
        self.folder = folder = data.path
        self.clock = clock
        self.settings = settings
        self.timings = timings
        self.blobs = BlobStore(data)
        self.jobs = JobRunner(self.blobs, clock, settings.max_duration)
        self.lifecycle = Lifecycle(clock, settings, timings, self.jobs)
        self.limits = Limits(clock, settings.rate_limit_headers)
        self.limits.allow_tier(settings.account)
        self.limits.allow_responses(settings.responses_per_minute, settings.responses_per_day)
        self.faults = Faults(seed, clock.now)
        self.requests = Requests()
        self.hosts = Hosts()
        self.repository = Repository.load(folder / "state.json")
        repository = self.repository
        self.ids = Ids(seed, repository.runs)
        repository.runs += 1
        self.notifier = Notifier(
            records=repository.webhooks,
            clock=clock,
            settings=settings,
            ids=self.ids,
            faults=self.faults,
            storage_url=lambda: self.storage_url,
            changed=self._changed,
        )
        self.index_watch = IndexWatch(self.lifecycle, repository, self.notifier)
        self.lifecycle.on_indexing = self.index_watch.begin
        repository.api_key = (
            api_key or repository.api_key or f"tlk_sandbox_{self.ids.secret()[:24]}"
        )
        repository.secret = repository.secret or self.ids.secret()
        self.signer = Signer(repository.secret, clock)
        self.drive = drive
        self.integrations: dict[str, Sequence[Path]] = {}
        self.storage = storage or OwnStorage(self.signer, self.blobs, lambda: self.storage_url)
        self.assembling = asyncio.Lock()
        self.creating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Held by requests with the same ``Idempotency-Key``."""
        self.addresses: Addresses | None = None
        self.http: aiohttp.ClientSession
        self._moving = asyncio.Lock()
        self.analyses = Analyses(
            repository=repository,
            clock=clock,
            settings=settings,
            timings=timings,
            jobs=self.jobs,
            faults=self.faults,
            notifier=self.notifier,
            ids=self.ids,
            forget=self.forget,
            changed=self._changed,
        )
        self._saving = asyncio.Lock()
        self.persistent = False
        """Whether the folder outlives the sandbox."""
        self.dirty = True

    @property
    def api_origin(self) -> str:
        """The API's origin; empty until it is known."""
        return "" if self.addresses is None else self.addresses.api

    @property
    def base_url(self) -> str:
        """The API's address with its version; empty until it is known."""
        return "" if self.addresses is None else self.addresses.api + PREFIX

    @property
    def storage_url(self) -> str:
        """The storage's origin; empty until it is known."""
        return "" if self.addresses is None else self.addresses.storage

    async def open(self) -> None:
        """Begin the work that was not done when the last run ended."""
        self.blobs.open()
        # The sandbox fetches from loopback only, and a proxy would defeat that check.
        self.http = aiohttp.ClientSession(auto_decompress=False, trust_env=False)
        for item in self.repository.items():
            if item.key is None and item.error is None and not isinstance(item, Entity):
                if self._follow_again(item):
                    continue
                item.error = ("source_unavailable", "The import was interrupted.")
            self.lifecycle.start(item)
        self._resume_indexing()
        self.notifier.open(self.http)
        self.index_watch.open()
        self.analyses.open(self._content_again)

    def _changed(self) -> None:
        self.dirty = True

    def _content_again(self, task: AnalysisTask) -> Content | None:
        """Wait for an analysis's asset again, if it did in the last run and still may."""
        asset = self.repository.assets.get((task.source or {}).get("asset_id", ""))
        return None if asset is None or asset.key is None else partial(self.content_of, asset)

    async def content_of(self, asset: Asset) -> str:
        """The content of an asset once it is ready, held for the caller.

        Raises ``MediaError`` when the asset fails or is deleted.
        """
        await self.lifecycle.finish(asset)
        outcome = self.lifecycle.outcome(asset)
        if not isinstance(outcome, bool):
            raise outcome
        if not outcome or asset.key is None:
            raise MediaError("source_unavailable", "The asset was deleted.")
        self.repository.users[asset.key] += 1
        return asset.key

    def _resume_indexing(self) -> None:
        """Give films their places back, and let the others queue in the order they were in."""
        repository, queue = self.repository, self.lifecycle.queue
        films: dict[str, Item] = {
            v.id: v for videos in repository.videos.values() for v in videos.values()
        }
        # A task has its video's id, and is what queues for both.
        films.update(repository.tasks)
        for identifier in repository.indexing:
            queue.resume(films[identifier])
        for identifier in repository.waiting:
            queue.enqueue(films[identifier], films[identifier].planned)
        for task in repository.tasks.values():
            if task.waits and task.id not in repository.waiting:
                self.lifecycle.start_indexing(task)

    def _follow_again(self, item: Item) -> bool:
        """Have an item wait for its asset again, if it did in the last run and still may."""
        if not isinstance(item, Video | EmbedTask | KnowledgeStoreItem):
            return False
        asset = self.repository.assets.get(item.asset_id or "")
        if asset is None or asset.key is None:
            return False
        self.follow(item, asset)
        return True

    def follow(self, item: Video | EmbedTask | KnowledgeStoreItem, asset: Asset) -> None:
        """Have an item wait for its asset, whose content it takes, or whose failure."""
        self.jobs.fetch(self._follow(item, asset), item)

    async def _follow(self, item: Video | EmbedTask | KnowledgeStoreItem, asset: Asset) -> None:
        await self.lifecycle.finish(asset)
        if not self.repository.holds(item):
            return
        outcome = self.lifecycle.outcome(asset)
        if outcome is True:
            item.key = asset.key
            self.repository.use(item)
        elif outcome is False:
            item.error = ("source_unavailable", "The asset was deleted.")
        else:
            item.error = (outcome.code, outcome.message)
        if isinstance(item, Video):
            self.lifecycle.start_indexing(item)
        else:
            self.lifecycle.start(item)
        self.dirty = True

    async def date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give an answer the sandbox's time, which is that of all else it says."""
        if not request.get(DATED):
            response.headers["Date"] = http_date(self.clock.now())

    async def close(self) -> None:
        """End all work and write the state."""
        await self.analyses.close()
        await self.index_watch.close()
        await self.notifier.close()
        await self.http.close()
        await self.jobs.close()
        await self.blobs.close()
        self._write(self._dump())

    async def keep(self, path: Path, key: str) -> None:
        """Move a file to where its content belongs; the caller holds it until it gives it back."""
        self.repository.users[key] += 1
        async with self._moving:
            await self.blobs.keep(path, key)

    async def give_back(self, key: str) -> None:
        """Hold a content no longer."""
        await self.forget(self.repository.release(key))

    async def forget(self, keys: Iterable[str]) -> None:
        """Remove contents, except those that somebody has come to need meanwhile."""
        async with self._moving:
            gone = [key for key in keys if key not in self.repository.users]
            self.jobs.forget(gone)
            await self.blobs.remove(gone)

    async def persist(self) -> None:
        """Write the state if it changed, so that what is answered next outlives this process.

        Calls that change it at the same time share one write.
        """
        if not (self.persistent and self.dirty):
            return
        async with self._saving:
            if self.dirty:
                # Here, in the loop's thread, so that the records do not change meanwhile.
                data = self._dump()
                try:
                    await self.blobs.disk(self._write, data)
                except BaseException:
                    self.dirty = True
                    raise

    def _dump(self) -> bytes:
        self.dirty = False
        self.repository.indexing, self.repository.waiting = self.lifecycle.queue.ids()
        return self.repository.dump()

    def _write(self, data: bytes) -> None:
        """Put the state on disk, so that it is either the old one or the new one there."""
        target = self.folder / "state.json"
        draft = target.with_suffix(".draft")
        write_private(draft, data)
        draft.replace(target)

    def phases(self, start: float, *names: str) -> list[tuple[str, float | None]]:
        """The phases from ``start`` on, each as long as the timing of its name."""
        end = start
        phases: list[tuple[str, float | None]] = []
        for name in names:
            end += getattr(self.timings, name)
            phases.append((name, end))
        return phases


CONTEXT = web.AppKey("world", SandboxContext)
