"""The states of records: by the clock, the work behind them, and places to be indexed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from .clock import Clock
from .fitness import unfitness
from .indexing import IndexingQueue
from .job_faults import JobFault
from .jobs import JobRunner
from .media.measure.probe import MediaError, MediaInfo
from .records import Item
from .settings import Settings, Timings

__all__ = ["Lifecycle"]


class Lifecycle:
    """Tells in which state a record is, and waits for the work that a state is about.

    A record's phases last until their times. What it needs (``Item.needs``) is then done, or the
    last phase lasts until it is.
    """

    def __init__(self, clock: Clock, settings: Settings, timings: Timings, jobs: JobRunner) -> None:
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        places = settings.concurrent_indexing or settings.account.concurrent_indexing
        self.queue = IndexingQueue(clock, timings.indexing, places, self._ended)
        self._held: dict[str, JobFault] = {}
        self.on_indexing: Callable[[Item], None] | None = None
        """Called with each film whose indexing begins."""

    def start(self, item: Item) -> None:
        """Begin what ``item`` needs before it is done, unless it has begun."""
        if item.needs is not None and item.key is not None and item.error is None:
            self._jobs.start(item.needs, item.key)

    def strike(self, item: Item, fault: JobFault) -> None:
        """Hold or fail an item, as a fault of jobs says; what is held is so for this run."""
        if fault.error is not None:
            code, message = fault.error
            item.error = (code or "internal_server_error", message)
        elif fault.state in [name for name, _ in item.phases]:
            self._held[item.id] = fault

    def _held_since(self, item: Item, now: float) -> tuple[str, float] | None:
        """The state that a fault holds an item in, and since when; None unless one does now."""
        fault = self._held.get(item.id)
        if fault is None:
            return None
        place = [name for name, _ in item.phases].index(str(fault.state))
        end = item.phases[place][1] or now
        if fault.released is None:
            if now < end:
                return None
            before = item.phases[place - 1][1] if place else item.created_at
            return item.phases[place][0], max(before or now, item.updated_at)
        late = max(0.0, fault.released - end)
        item.phases[place:] = [(name, (at or now) + late) for name, at in item.phases[place:]]
        del self._held[item.id]
        return None

    def start_indexing(self, item: Item) -> None:
        """Begin likewise for a film that is indexed, and have it wait for its place.

        It needs none before its content is there.
        """
        self.start(item)
        if self.on_indexing is not None:
            self.on_indexing(item)
        since = item.planned if self._promised(item) else max(item.planned, self._clock.now())
        self.queue.enqueue(item, since)

    def info_of(self, item: Item) -> MediaInfo | None:
        """The item's figures, when they are known."""
        found = self._jobs.known("info", item.key) if item.key else None
        return found if isinstance(found, MediaInfo) else None

    def outcome(self, item: Item) -> MediaError | bool:
        """True when the item's work is done, False when not yet, the problem when it failed."""
        if item.error is not None:
            return MediaError(*item.error)
        if item.needs is None:
            return True
        found = self._jobs.known(item.needs, item.key) if item.key is not None else None
        if found is None or isinstance(found, MediaError):
            return found or False
        return unfitness(item, found, self._settings) or True

    def failure(self, item: Item) -> MediaError | None:
        """Why an item has failed; None unless that is its state now."""
        if self.status(item)[0] != "failed":
            return None
        outcome = self.outcome(item)
        return outcome if isinstance(outcome, MediaError) else None

    def status(self, item: Item) -> tuple[str, float]:
        """The item's state now, and since when."""
        if item.waits:
            self.queue.catch_up()
        now = self._clock.now()
        held = self._held_since(item, now)
        if held is not None:
            return held
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
        fetch = self._jobs.fetching(item)
        if fetch is not None and not fetch.done():
            return item
        late = self.queue.late()
        return late if item.waits else None

    def _ended(self, item: Item) -> float | None:
        """When the work of an item that was indexed was done; None: not yet."""
        if self.outcome(item) is False:
            return None
        if item.key is None or item.needs is None or self._promised(item):
            return item.due
        done = self._jobs.done_at(item.needs, item.key)
        return item.due if done is None else done

    async def finish(self, item: Item) -> None:
        """Wait until the work of an item is done, whatever the clock says."""
        fetch = self._jobs.fetching(item)
        if fetch is not None:
            await asyncio.shield(fetch)
        if item.needs is not None and item.key is not None and item.error is None:
            job = self._jobs.start(item.needs, item.key)
            if job is not None:
                await asyncio.shield(job)
