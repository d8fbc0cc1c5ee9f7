"""Permits for films that are being indexed: an account has so many, and other films queue."""

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
    """How many may be indexed concurrently; None: any number."""
    running: int
    """How many are."""
    waiting: int
    """How many are still to be: pending, queued or being validated."""
    most: int
    """The most that were ever indexed concurrently in this run of the sandbox."""


def unindexed(phases: Iterable[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """These phases and, after them, indexing, of which nobody knows yet when it ends."""
    return [*phases, (_PHASE, None)]


class IndexingQueue:
    """Gives each film a permit in the order in which their time in the queue ends.

    Nothing runs in here: :meth:`catch_up` works out what happened since the last look, to the very
    times at which permits became free, however far the clock has moved. ``ended`` returns when the
    work for a film that holds a permit was done; None: not yet. ``progress`` returns another number
    whenever more work is done, so that films are looked at again only then.
    """

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        limit: int | None,
        ended: Callable[[Item], float | None],
        progress: Callable[[], int],
    ) -> None:
        if limit is not None and limit < 1:
            raise ValueError("concurrent_indexing must be 1 or more")
        self._clock = clock
        self._seconds = seconds
        self._limit = limit
        self._ended = ended
        self._progress = progress
        self._progressed = progress()
        self._waiting: list[tuple[float, int, Item]] = []
        self._running: list[tuple[float, int, Item]] = []
        # Those whose time is over, though not their work.
        self._late: list[Item] = []
        # Since when each permit that nobody holds has been free. Without a limit this only serves
        # to know how many were held at one time.
        self._free: list[float] = [-math.inf] * (limit or 0)
        self._asked = 0
        self._most = 0
        self._done: list[Item] = []
        # The user's own thread reads this.
        self._lock = threading.Lock()

    def number(self) -> int:
        """The next number: of films that wait since the same time, the lowest is first.

        A film gets its number when its indexing is requested, though it is queued only once its
        content is there.
        """
        with self._lock:
            self._asked += 1
            return self._asked

    def enqueue(self, item: Item, since: float, number: int | None = None) -> None:
        """Queue a film, which from ``since`` on only waits for a permit.

        ``number`` is the one it has got; by default it gets the next.
        """
        number = self.number() if number is None else number
        with self._lock:
            item.turn = (since, number)
            heapq.heappush(self._waiting, (since, number, item))
            self._catch_up()

    def resume(self, items: Iterable[Item]) -> None:
        """Give films the permits, or the order in the queue, that they had in the last run."""
        with self._lock:
            for item in items:
                if item.turn is None:
                    continue
                since, number = item.turn
                self._asked = max(self._asked, number)
                if item.waits:
                    heapq.heappush(self._waiting, (since, number, item))
                    continue
                if self._free:
                    heapq.heappop(self._free)
                # With a lower limit than before, more are held than there may be, until they are
                # done.
                heapq.heappush(self._running, (item.due, number, item))
            self._most = max(self._most, len(self._running))

    def release(self, *items: Item) -> None:
        """Free the permits of films that are deleted."""
        # A task and its video share an id, so that only the object itself identifies each.
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

    def configure(self, seconds: float, limit: int | None) -> None:
        """Index each film for so long from now on, and so many at one time."""
        with self._lock:
            self._catch_up()
            self._seconds = seconds
            if limit != self._limit:
                held = len(self._running) + len(self._late)
                free = 0 if limit is None else max(0, limit - held)
                self._limit, self._free = limit, [self._clock.now()] * free
            self._catch_up()

    def clear(self) -> None:
        """Forget all films."""
        with self._lock:
            self._waiting, self._running, self._late, self._done = [], [], [], []
            self._free = [-math.inf] * (self._limit or 0)
            self._most = 0

    def catch_up(self) -> None:
        """Let happen what the clock says has happened."""
        with self._lock:
            self._catch_up()

    def take_done(self) -> list[Item]:
        """The films that have ended since this was last asked, or since the start."""
        with self._lock:
            self._catch_up()
            done, self._done = self._done, []
            return done

    def late(self) -> Item | None:
        """A film that holds a permit only because its work is not done."""
        with self._lock:
            self._catch_up()
            return self._late[0] if self._late else None

    @property
    def idle(self) -> bool:
        """Whether no film is in it, not even one that has just ended."""
        return not (self._waiting or self._running or self._late or self._done)

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
            item.changed()
            heapq.heappush(self._running, (item.due, number, item))
            # A permit that became free later than this film began was held when it did.
            held = sum(end > start for end in self._free)
            self._most = max(self._most, len(self._running) + len(self._late) + held)
            # It may be over as well, and its permit the one that became free first.
            self._collect(now)

    def _collect(self, now: float) -> None:
        """Take the permits back of those who are done."""
        late: list[Item] = []
        while self._running and self._running[0][0] <= now:
            late.append(heapq.heappop(self._running)[2])
        still, progress = self._late, self._progress()
        if progress != self._progressed:
            late, still, self._progressed = [*self._late, *late], [], progress
        for item in late:
            end = self._ended(item)
            if end is None:
                still.append(item)
            else:
                item.turn = None
                self._done.append(item)
                heapq.heappush(self._free, max(end, item.due))
        self._late = still
        if self._limit is not None:
            # With a lower limit than before, what ends first gives up its permit for good.
            excess = len(self._free) + len(self._running) + len(self._late) - self._limit
            self._free = sorted(self._free)[max(0, excess) :]
        else:
            next_start = self._waiting[0][0] if self._waiting else now
            while self._free and self._free[0] <= next_start:
                heapq.heappop(self._free)
