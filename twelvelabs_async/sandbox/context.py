"""What every part of a sandbox shares."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
from aiohttp import web

from .addresses import Addresses
from .analyses import Analyses, Content
from .analysis_records import AnalysisTask
from .blobs import BlobStore
from .clock import Clock, http_date
from .control.redaction import Redactor
from .data_folder import DataFolder
from .drive import Drive
from .errors import StillUnwrittenError
from .faults import DATED, Faults
from .hosts import Hosts
from .ids import Ids
from .index_watch import IndexWatch
from .jobs import JobRunner
from .knowledge_records import KnowledgeStoreItem
from .lifecycle import Lifecycle
from .limits import Limits
from .media.measure.probe import MediaError
from .preset_answers import Answers
from .recorder import Requests
from .records import Asset, EmbedTask, Entity, Item, Video
from .repository import Repository
from .search_pool import SearchPool
from .settings import Settings, Timings
from .signing import Signer
from .state_store import StateStore
from .storage import OwnStorage, Storage
from .webhooks import Notifier

__all__ = ["CONTEXT", "PREFIX", "SandboxContext"]

PREFIX = "/v1.3"
# Real seconds that calls have to end in when a reset cuts them off.
_LONGEST_END = 5.0


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
        persistent: bool = False,
        storage: Storage | None = None,
        drive: Drive | None = None,
    ) -> None:
        self.data = data
        self.folder: Path = data.path
        self.clock = clock
        self.settings: Settings = settings
        self.timings: Timings = timings
        self.first: tuple[Settings, Timings] = settings, timings
        """Those that it began with, to which a reset leads back."""
        self.blobs: BlobStore = BlobStore(data)
        self.store: StateStore | None = StateStore(data) if persistent else None
        """None for a folder that ends with the sandbox."""
        try:
            self.repository: Repository = Repository() if self.store is None else self.store.load()
        except BaseException:  # whatever it is, the database is free for the next sandbox
            self.close_store()
            raise
        repository, identity = self.repository, self.repository.identity
        self.jobs: JobRunner = JobRunner(
            self.blobs, clock, settings.max_duration, repository.measured
        )
        self.lifecycle: Lifecycle = Lifecycle(clock, settings, timings, self.jobs)
        self.limits: Limits = Limits(clock, settings.rate_limit_headers)
        self._allow(settings)
        self.faults: Faults = Faults(seed, clock.now)
        self.answers: Answers = Answers()
        self.requests: Requests = Requests(redact=lambda text: self.redactor().text(text))
        self.hosts: Hosts = Hosts()
        self.ids: Ids = Ids(seed, identity.runs)
        identity.runs += 1
        clock.resume(identity.ahead)
        self.notifier: Notifier = Notifier(
            records=repository.webhooks,
            clock=clock,
            settings=settings,
            ids=self.ids,
            faults=self.faults,
            storage_url=lambda: self.storage_url,
        )
        self.index_watch: IndexWatch = IndexWatch(self.lifecycle, repository, self.notifier)
        self.lifecycle.on_indexing = self.index_watch.begin
        identity.api_key = api_key or identity.api_key or f"tlk_sandbox_{self.ids.secret()[:24]}"
        identity.secret = identity.secret or self.ids.secret()
        self.signer: Signer = Signer(identity.secret, clock)
        self.drive = drive
        self._pools: dict[str, SearchPool] = {}
        self.integrations: dict[str, Sequence[Path]] = {}
        self.storage: Storage = storage or OwnStorage(
            self.signer, self.blobs, lambda: self.storage_url
        )
        self.assembling: asyncio.Lock = asyncio.Lock()
        self.creating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Held by requests with the same ``Idempotency-Key``."""
        self.addresses: Addresses | None = None
        self.http: aiohttp.ClientSession
        self._moving = asyncio.Lock()
        self.analyses: Analyses = Analyses(
            repository=repository,
            clock=clock,
            settings=settings,
            timings=timings,
            jobs=self.jobs,
            faults=self.faults,
            answers=self.answers,
            notifier=self.notifier,
            ids=self.ids,
            forget=self.forget,
        )
        self._saving = asyncio.Lock()
        self._is_unwritten = False
        self._unneeded: set[str] = set()
        """Contents to be removed, once the state that does without them is on disk."""
        self._unneeded_files: set[Path] = set()
        self.first_webhooks: dict[str, str] = {}
        """The secrets of those that it began with, by their URLs."""
        self.calls: set[asyncio.Task[Any] | None] = set()
        """The requests that are being answered, which a reset cuts off."""
        self.remote_control: bool = False
        """Whether other machines may control the sandbox."""

    @property
    def api_origin(self) -> str:
        """The API's origin; empty until it is known."""
        return "" if self.addresses is None else self.addresses.api

    @property
    def base_url(self) -> str:
        """The API's URL with its version; empty until it is known."""
        return "" if self.addresses is None else self.addresses.api + PREFIX

    @property
    def storage_url(self) -> str:
        """The storage's origin; empty until it is known."""
        return "" if self.addresses is None else self.addresses.storage

    async def open(self) -> None:
        """Begin the work that was not done when the last run ended."""
        self.blobs.open()
        if self.store is not None:
            uploads = [each.id for each in self.repository.uploads.values() if not each.completed]
            await self.blobs.disk(self.blobs.clean, self.repository.users, uploads)
        # The sandbox fetches from loopback only, and a proxy would defeat that check.
        self.http = aiohttp.ClientSession(auto_decompress=False, trust_env=False)
        self._resume_indexing()
        for item in self.repository.items():
            if item.key is None and item.error is None and not isinstance(item, Entity):
                if self._follow_again(item):
                    continue
                item.error = ("source_unavailable", "The import was interrupted.")
            self.lifecycle.start(item)
        for task in self.repository.tasks.values():
            if task.waits and task.turn is None:
                self.lifecycle.start_indexing(task)
        self.notifier.open(self.http)
        self.index_watch.open()
        self.analyses.open(self._content_again)

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
        """Give films their permits back, and let the others queue in the order they were in."""
        repository, queue = self.repository, self.lifecycle.queue
        films = (film for films in repository.videos.values() for film in films.values())
        queue.resume([*films, *repository.tasks.values()])

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
        # Films that wait for one asset learn in any order that it is ready.
        number = self.lifecycle.queue.number()
        self.jobs.fetch(self._follow(item, asset, number), item)

    async def _follow(
        self, item: Video | EmbedTask | KnowledgeStoreItem, asset: Asset, number: int
    ) -> None:
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
            self.lifecycle.start_indexing(item, number)
        else:
            self.lifecycle.start(item)

    def redactor(self) -> Redactor:
        """What takes its secrets, and others, out of what is shown of requests."""
        repository = self.repository
        secrets = [each.secret for each in repository.webhooks.webhooks.values()]
        return Redactor([repository.api_key, repository.secret, *secrets])

    def configure(self, settings: Settings, timings: Timings) -> None:
        """Go by other settings and timings from now on."""
        before = _limits_of(self.settings)
        self.settings, self.timings = settings, timings
        self.lifecycle.configure(settings, timings)
        self.analyses.settings, self.analyses.timings = settings, timings
        self.notifier.settings = settings
        self.jobs.longest = settings.max_duration
        self.limits.headers = settings.rate_limit_headers
        if _limits_of(settings) != before:
            self._allow(settings)

    def _allow(self, settings: Settings) -> None:
        """Set the limits of an account."""
        self.limits.clear()
        self.limits.allow_tier(settings.account)
        self.limits.allow_responses(settings.responses_per_minute, settings.responses_per_day)

    async def reset(self) -> None:
        """Forget everything, cut off what is being answered, and be as at the start."""
        calls = [each for each in self.calls if each is not None]
        for call in calls:
            call.cancel()
        if calls:
            await asyncio.wait(calls, timeout=_LONGEST_END)
        await self.analyses.clear()
        await self.notifier.clear()
        await self.jobs.clear()
        for part in (self.faults, self.answers, self.requests, self.lifecycle, self.integrations):
            part.clear()
        await self.forget(self.repository.clear())
        self.configure(*self.first)
        self._allow(self.settings)
        self.clock.reset()
        self.repository.identity.ahead = 0.0
        for url, secret in self.first_webhooks.items():
            self.notifier.register(url, secret)
        await self.persist()

    async def date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give a reply the sandbox's time, which is that of all else it says."""
        if not request.get(DATED):
            response.headers["Date"] = http_date(self.clock.now())

    async def close(self) -> None:
        """End all work and write the state."""
        await self.analyses.close()
        await self.index_watch.close()
        await self.notifier.close()
        await self.http.close()
        await self.jobs.close()
        try:
            await self.persist()
        finally:
            await self.blobs.close()

    def close_store(self) -> None:
        """Close the state's file; nothing is written any more."""
        if self.store is not None:
            self.store.close()

    def search_pool(self, index_id: str) -> SearchPool:
        """The films that searches of an index look at."""
        pool = self._pools.get(index_id)
        if pool is None or pool.settings is not self.settings:
            indexes = self.repository.indexes
            self._pools = {key: each for key, each in self._pools.items() if key in indexes}
            pool = self._pools[index_id] = SearchPool(self.settings)
        return pool

    async def keep(self, path: Path, key: str) -> None:
        """Move a file to where its content belongs; the caller holds it until it gives it back."""
        self.repository.users[key] += 1
        async with self._moving:
            await self.blobs.keep(path, key)

    async def give_back(self, key: str) -> None:
        """Hold a content no longer."""
        await self.forget(self.repository.release(key))

    async def forget(self, keys: Iterable[str]) -> None:
        """Remove contents with the next write, except those that somebody needs again by then."""
        self._unneeded.update(keys)

    def forget_file(self, path: Path) -> None:
        """Remove a file with the next write."""
        self._unneeded_files.add(path)

    async def persist(self) -> None:
        """Write what changed, so that what is answered next outlives this process.

        Calls that change something at the same time share a write. A call whose change is being
        written for another waits for that. Raises ``OSError`` where the disk is full, or the folder
        is gone: the next call writes it.
        """
        identity, changes = self.repository.identity, self.repository.changes
        if self.store is not None and self.clock.ahead > identity.ahead:
            identity.ahead = self.clock.ahead  # what was shown must be so after a restart, too
        if not (changes or self._unneeded or self._unneeded_files or self._saving.locked()):
            return
        async with self._saving:
            if changes:
                await self._save()
            if self._unneeded:
                await self._remove_unneeded()
            while self._unneeded_files:
                await self.blobs.disk(self._unneeded_files.pop().unlink, True)

    async def persist_earlier(self) -> None:
        """Write what earlier calls changed, where that failed before.

        Raises ``StillUnwrittenError`` if it fails again. A call that waits for this first has done
        nothing then.
        """
        if not self._is_unwritten:
            return
        try:
            await self.persist()
        except OSError as error:
            raise StillUnwrittenError(str(error)) from error

    async def _save(self) -> None:
        repository = self.repository
        changes = repository.changes.take()
        if self.store is None:
            return
        try:
            # Made here, in the loop's thread, so that the records do not change meanwhile.
            await self.store.write(repository.written(changes))
        except BaseException as error:  # also a cancellation: the next save writes them
            repository.changes.put_back(changes)
            self._is_unwritten = self._is_unwritten or isinstance(error, OSError)
            raise
        self._is_unwritten = False

    async def _remove_unneeded(self) -> None:
        async with self._moving:
            keys, self._unneeded = self._unneeded, set()
            gone = [key for key in keys if key not in self.repository.users]
            self.jobs.forget(gone)
            await self.blobs.remove(gone)


def _limits_of(settings: Settings) -> tuple[object, ...]:
    return settings.tier, settings.responses_per_minute, settings.responses_per_day


CONTEXT = web.AppKey("context", SandboxContext)
