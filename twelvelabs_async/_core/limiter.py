"""Holds calls back that the service would refuse.

One limiter serves a client and all its `with_options` children: it bounds the calls under way, and
for each category of the API's rate limits keeps what the replies tell of it. First come, first
served; a call that is cancelled while it waits gives up its place.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal

from ..errors import TooManyRequestsError
from .clock import Clock
from .wire import RateLimit

__all__ = ["Category", "Limiter"]

Category = Literal["index", "upload", "search", "analyze", "embed"]
"""Endpoints that share a counter on the service's side."""

_SAME_WINDOW = 2.0  # seconds by which two replies may differ on when one window ends


class _Places:
    """A counting semaphore without a loop of its own: first come, first served."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        if self._free and not self._queue:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give()  # the place came together with the cancellation
            else:
                self._queue.remove(turn)
            raise

    def give(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            # A loop that is gone leaves its futures behind.
            if not turn.done() and not turn.get_loop().is_closed():
                turn.set_result(None)
                return
        self._free += 1


class _Window:
    """What is known of one category's limit, on this side's monotonic clock."""

    def __init__(self) -> None:
        self.turn = _Places(1)
        self.limit: int | None = None
        self.remaining: int | None = None
        self.ends: float | None = None
        self.blocked_until = 0.0
        self.under_way = 0

    def wait(self, now: float) -> float:
        """Seconds until a call may go."""
        if self.ends is not None and now >= self.ends:
            # A new window; what is still under way counts in it at worst.
            self.ends = None
            self.remaining = None if self.limit is None else self.limit - self.under_way
        wait = self.blocked_until - now
        if self.remaining is not None and self.remaining <= 0 and self.ends is not None:
            wait = max(wait, self.ends - now)
        return wait

    def learn(self, limits: Mapping[str, RateLimit], now: float) -> None:
        for dimension, told in limits.items():
            if dimension == "request":
                self._learn_requests(told, now)
            elif told.remaining is not None and told.remaining <= 0 and told.reset is not None:
                self.blocked_until = max(self.blocked_until, now + told.reset)

    def _learn_requests(self, told: RateLimit, now: float) -> None:
        if told.limit is not None:
            self.limit = told.limit
        if told.remaining is None:
            return
        ends = None if told.reset is None else now + told.reset
        same = self.ends is not None and (ends is None or abs(ends - self.ends) <= _SAME_WINDOW)
        # Replies overtake each other, and the other calls under way are not counted in this one
        # yet: within one window the lower figure is right.
        open_calls = told.remaining - max(0, self.under_way - 1)
        if same and self.remaining is not None:
            self.remaining = min(self.remaining, open_calls)
        else:
            self.remaining = open_calls
        if ends is not None:
            self.ends = ends


class Limiter:
    """Gives each call its place; `concurrency` bounds those under way at once."""

    def __init__(self, clock: Clock, concurrency: int) -> None:
        self._clock = clock
        self._places = _Places(concurrency)
        self._windows: dict[str, _Window] = {}

    @asynccontextmanager
    async def place(self, category: Category | None, max_wait: float) -> AsyncIterator[None]:
        """Hold a place for one attempt.

        TooManyRequestsError, before anything is sent, when the category's limit is used up for
        longer than `max_wait` seconds.
        """
        window = None if category is None else self._windows.setdefault(category, _Window())
        if window is not None:
            await self._admit(window, category, max_wait)
        try:
            await self._places.take()
            try:
                yield
            finally:
                self._places.give()
        finally:
            if window is not None:
                window.under_way -= 1

    async def _admit(self, window: _Window, category: str | None, max_wait: float) -> None:
        await window.turn.take()
        try:
            while (wait := window.wait(self._clock.monotonic())) > 0:
                if wait > max_wait:
                    raise TooManyRequestsError(
                        f"held back: the limit of the category {category!r} is used up "
                        f"for another {wait:.0f} s",
                        status_code=429,
                        code="too_many_requests",
                        retry_after=wait,
                    )
                await self._clock.sleep(wait)
            if window.remaining is not None:
                window.remaining -= 1
            window.under_way += 1
        finally:
            window.turn.give()

    def learn(
        self,
        category: Category | None,
        limits: Mapping[str, RateLimit],
        retry_after: float | None = None,
    ) -> None:
        """Take in what a reply tells of the category; `retry_after` of one that was refused."""
        if category is None or not (limits or retry_after):
            return
        window = self._windows.setdefault(category, _Window())
        now = self._clock.monotonic()
        window.learn(limits, now)
        if retry_after:
            window.blocked_until = max(window.blocked_until, now + retry_after)
