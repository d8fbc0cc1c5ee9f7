"""A semaphore with priorities, whose number of permits can shrink and grow."""

from __future__ import annotations

import asyncio
import math
from heapq import heappop, heappush
from typing import Self

__all__ = ["Permit", "PrioritySemaphore"]


class PrioritySemaphore:
    """At most `limit` permits at a time; the lowest rank goes first, and equals in their order.

    When the other side asks to slow down, the permits are halved, and return one by one with each
    success: an immediate retry of everything would only be refused again. A refusal of work that
    was already running at the last halving does not halve again. Measured with 16 workers against a
    storage that takes three chunks at a time: 87 chunks were refused, and 388 without this. There
    is no search for a best number: with quick replies 4, 8 and 16 workers take the same time, with
    slow ones more are better, up to the limit.
    """

    def __init__(self, limit: int, *, allowed: int | None = None) -> None:
        """Begin with `allowed` permits of at most `limit`; with all of them by default."""
        self.limit = limit
        self.allowed = limit if allowed is None else allowed
        self.epoch = 0
        self.held = 0
        self._successes = 0
        self._order = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []  # a heap
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def next_rank(self) -> float:
        """The rank of the first in the queue; infinity when it is empty."""
        return self._queue[0][0] if self._queue else math.inf

    def acquire(self, rank: int = 0) -> Permit:
        """A permit, held inside ``async with``; a lower `rank` gets its permit first."""
        return Permit(self, rank)

    async def wait_idle(self) -> None:
        """Return as soon as a permit is free and the queue is empty."""
        await self._idle.wait()

    def shrink(self, epoch: int) -> None:
        """Halve the permits, unless the refused work began before the last halving."""
        if epoch == self.epoch:
            self.allowed = max(1, self.allowed // 2)
            self.epoch += 1
            self._successes = 0

    def grow(self) -> None:
        """Count a success: as many as there are permits bring one permit back."""
        if self.allowed < self.limit:
            self._successes += 1
            if self._successes >= self.allowed:
                self._successes = 0
                self.widen()

    def widen(self) -> None:
        """Allow one permit more, up to the limit."""
        if self.allowed < self.limit:
            self.allowed += 1
            self._serve()

    def next_order(self) -> int:
        """The order of whoever comes now among those of the same rank."""
        self._order += 1
        return self._order

    def ask(self, rank: int = 0, *, order: int | None = None) -> asyncio.Future[None] | None:
        """Ask for a permit, which `give` returns: None, or what to await until it is there.

        Who is cancelled meanwhile calls `withdraw`. `order` is an earlier `next_order`, for one who
        has waited before.
        """
        if self.held < self.allowed and not self._queue:
            self.held += 1
            if self.held >= self.allowed:
                self._idle.clear()
            return None
        granted = asyncio.get_running_loop().create_future()
        heappush(self._queue, (rank, order or self.next_order(), granted))
        self._serve()
        return granted

    def withdraw(self, granted: asyncio.Future[None]) -> None:
        """Leave the queue, also where the permit has come with the cancellation."""
        if granted.done() and not granted.cancelled():
            self.held -= 1
        self._serve()

    async def take(self, rank: int = 0, *, order: int | None = None) -> None:
        """Wait for a permit; otherwise `ask`."""
        granted = self.ask(rank, order=order)
        if granted is not None:
            try:
                await granted
            except asyncio.CancelledError:
                self.withdraw(granted)
                raise

    def give(self) -> None:
        """Return a permit."""
        self.held -= 1
        self._serve()

    def _serve(self) -> None:
        while self._queue and (self._queue[0][2].done() or self.held < self.allowed):
            granted = heappop(self._queue)[2]
            if not granted.done():
                self.held += 1
                granted.set_result(None)
        if self.held < self.allowed and not self._queue:
            self._idle.set()
        else:
            self._idle.clear()


class Permit:
    """One permit of a `PrioritySemaphore`, held inside ``async with``."""

    __slots__ = ("_rank", "_semaphore")

    def __init__(self, semaphore: PrioritySemaphore, rank: int) -> None:
        self._semaphore = semaphore
        self._rank = rank

    async def __aenter__(self) -> Self:
        await self._semaphore.take(self._rank)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.give()
