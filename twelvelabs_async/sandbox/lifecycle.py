"""The states of records: by the clock, the work behind them, and permits to be indexed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from .clock import Clock
from .fitness import unfitness
from .indexing import IndexingQueue
from .job_faults import JobFault
from .jobs import JobRunner
from .media.measure.document import Document
from .media.measure.probe import MediaError, MediaInfo
from .records import Item
from .settings import Settings, Timings

__all__ = ["Lifecycle"]


def _concurrent(settings: Settings) -> int | None:
    return settings.concurrent_indexing or settings.account.concurrent_indexing


class Lifecycle:
    """Knows which state a record is in, and waits for the work behind that state.

    A record's phases last until their times. What it needs (``Item.needs``) is then done, or the
    last phase lasts until it is.
    """

    def __init__(self, clock: Clock, settings: Settings, timings: Timings, jobs: JobRunner) -> None:
        self._clock = clock
        self._settings = settings
        self._jobs = jobs
        self.queue: IndexingQueue = IndexingQueue(
            clock, timings.indexing, _concurrent(settings), self._ended, lambda: jobs.finished
        )
        self._held: dict[str, JobFault] = {}
        self.on_indexing: Callable[[], None] | None = None
        """Called when a film's indexing begins."""

    def configure(self, settings: Settings, timings: Timings) -> None:
        """Go by other settings from now on."""
        self._settings = settings
        self.queue.configure(timings.indexing, _concurrent(settings))

    def clear(self) -> None:
        """Forget all items."""
        self._held.clear()
        self.queue.clear()

    def start(self, item: Item) -> None:
        """Begin what ``item`` needs before it is done, unless it has begun."""
        if item.needs is not None and item.key is not None and item.error is None:
            self._jobs.start(item.needs, item.key)

    def apply_fault(self, item: Item, fault: JobFault) -> None:
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
        item.changed()
        del self._held[item.id]
        return None

    def start_indexing(self, item: Item, number: int | None = None) -> None:
        """Begin what a film needs before it is indexed, and queue it for a permit.

        It needs none before its content is there. ``number`` is the one it has got in the queue;
        by default it gets the next.
        """
        self.start(item)
        since = item.planned if self._promised(item) else max(item.planned, self._clock.now())
        self.queue.enqueue(item, since, number)
        if self.on_indexing is not None:
            self.on_indexing()

    def info_of(self, item: Item) -> MediaInfo | None:
        """The item's figures, when they are known."""
        found = self._jobs.known("info", item.key) if item.key else None
        return found if isinstance(found, MediaInfo) else None

    def document_of(self, item: Item) -> Document | None:
        """What was read of a document, when it is known."""
        found = self._jobs.known("document", item.key) if item.key else None
        return found if isinstance(found, Document) else None

    def outcome(self, item: Item) -> MediaError | bool:
        """True when the item's work is done, False when not yet, the problem when it failed."""
        if item.error is not None:
            return MediaError(*item.error)
        if item.needs is None or item.fit_for is self._settings:
            return True
        found = self._jobs.known(item.needs, item.key) if item.key is not None else None
        if found is None or isinstance(found, MediaError):
            return found or False
        unfit = unfitness(item, found, self._settings)
        if unfit is not None:
            return unfit
        item.fit_for = self._settings
        return True

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
        if item.fit_for is self._settings and item.error is None and now >= item.due:
            return "ready", max(item.due, item.updated_at)
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
            if item.waits:
                if not self._promised(item):
                    continue
            elif self.outcome(item) is not False or not self._promised(item):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.wait_for_work):
                    while (other := self._in_the_way(item)) is not None:
                        await self.finish(other)
                    if item.due <= self._clock.now() and self.outcome(item) is False:
                        await self.finish(item)

    def _promised(self, item: Item) -> bool:
        return self._clock.controlled or item.is_immediate

    def _in_the_way(self, item: Item) -> Item | None:
        """What must end before an item gets the permit that it has by the clock, if anything."""
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
