"""Places for films that are being indexed: an account has so many, and the others queue."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Iterable

from attrs import frozen

from .clock import Clock
from .records import Item

__all__ = ["Indexing", "IndexingQueue", "unindexed"]

_PHASE = "indexing"


@frozen(kw_only=True)
class Indexing:
    """What is being indexed at one moment."""

    limit: int | None
    """How many may be indexed at once; None: any number."""
    running: int
    """How many are."""
    waiting: int
    """How many are still to be: pending, queued or being validated."""
    most: int
    """The most that were ever indexed at once in this run of the sandbox."""


def unindexed(phases: Iterable[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """These phases and, after them, indexing, of which nobody knows yet when it ends."""
    return [*phases, (_PHASE, None)]


class IndexingQueue:
    """Gives each film a place in the order in which their time in the queue ends.

    Nothing runs in here: :meth:`catch_up` works out what happened since the last look, to the very
    times at which places became free, however far the clock has moved. ``ended`` tells when the
    work for a film that holds a place was done; None: not yet.
    """

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        limit: int | None,
        ended: Callable[[Item], float | None],
    ) -> None:
        if limit is not None and limit < 1:
            raise ValueError("concurrent_indexing must be 1 or more")
        self._clock = clock
        self._seconds = seconds
        self._limit = limit
        self._ended = ended
        self._waiting: list[tuple[float, int, Item]] = []
        self._running: list[tuple[float, int, Item]] = []
        # Those whose time is over, though not their work.
        self._late: list[Item] = []
        # Since when each place that nobody holds has been free. Without a limit this only serves to
        # know how many were held at one time.
        self._free: list[float] = [-math.inf] * (limit or 0)
        self._asked = 0
        self._most = 0
        # The user looks from a thread of his own.
        self._lock = threading.Lock()

    def enqueue(self, item: Item, since: float) -> None:
        """Queue a film, which from ``since`` on only waits for a place."""
        with self._lock:
            self._asked += 1
            heapq.heappush(self._waiting, (since, self._asked, item))
            self._catch_up()

    def resume(self, item: Item) -> None:
        """Give a film the place back that it held when the last run of the sandbox ended."""
        with self._lock:
            self._asked += 1
            if self._free:
                heapq.heappop(self._free)
            # With a lower limit than before, more are held than there may be, until they are done.
            heapq.heappush(self._running, (item.due, self._asked, item))
            self._most = max(self._most, len(self._running))

    def release(self, *items: Item) -> None:
        """Free the places of films that are deleted."""
        # A task and its video share an id, so that only the object itself tells them apart.
        gone = {id(item) for item in items}
        with self._lock:
            # Up to now they were in the others' way.
            self._catch_up()
            held = len(self._running) + len(self._late)
            self._waiting = [entry for entry in self._waiting if id(entry[2]) not in gone]
            self._running = [entry for entry in self._running if id(entry[2]) not in gone]
            self._late = [item for item in self._late if id(item) not in gone]
            heapq.heapify(self._waiting)
            heapq.heapify(self._running)
            for _ in range(held - len(self._running) - len(self._late)):
                heapq.heappush(self._free, self._clock.now())
            self._catch_up()

    def catch_up(self) -> None:
        """Let happen what the clock says has happened."""
        with self._lock:
            self._catch_up()

    def late(self) -> Item | None:
        """A film that holds a place only because its work is not done."""
        with self._lock:
            self._catch_up()
            return self._late[0] if self._late else None

    def snapshot(self) -> Indexing:
        """What is being indexed now."""
        with self._lock:
            self._catch_up()
            return Indexing(
                limit=self._limit,
                running=len(self._running) + len(self._late),
                waiting=len(self._waiting),
                most=self._most,
            )

    def ids(self) -> tuple[list[str], list[str]]:
        """Of the films that hold a place, and of those that wait, in order."""
        with self._lock:
            self._catch_up()
            held = [*self._late, *(item for _, _, item in sorted(self._running))]
            return [item.id for item in held], [item.id for _, _, item in sorted(self._waiting)]

    def _catch_up(self) -> None:
        now = self._clock.now()
        self._collect(now)
        while self._waiting and self._waiting[0][0] <= now:
            if self._limit is not None and not self._free:
                return
            start, number, item = heapq.heappop(self._waiting)
            if self._limit is not None:
                start = max(start, heapq.heappop(self._free))
            item.phases[-2:] = [(item.phases[-2][0], start), (_PHASE, start + self._seconds)]
            heapq.heappush(self._running, (item.due, number, item))
            # A place that became free later than this film began was held when it did.
            held = sum(end > start for end in self._free)
            self._most = max(self._most, len(self._running) + len(self._late) + held)
            # It may be over as well, and its place the one that became free first.
            self._collect(now)

    def _collect(self, now: float) -> None:
        """Take the places back of those who are done."""
        while self._running and self._running[0][0] <= now:
            self._late.append(heapq.heappop(self._running)[2])
        still: list[Item] = []
        for item in self._late:
            end = self._ended(item)
            if end is None:
                still.append(item)
            else:
                heapq.heappush(self._free, max(end, item.due))
        self._late = still
        if self._limit is None:
            next_start = self._waiting[0][0] if self._waiting else now
            while self._free and self._free[0] <= next_start:
                heapq.heappop(self._free)
