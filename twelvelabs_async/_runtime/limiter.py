"""Holds back the calls that the service would refuse.

One limiter serves a client and all its `with_options` children: it bounds the concurrent calls, and
keeps the replies' figures for each category of the API's rate limits. First come, first served, but
a call that was refused goes before those that were refused less often; one that is cancelled while
it waits leaves the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self

from .category_window import CategoryWindow
from .clock import Clock
from .rate_limits import Category, RateLimit
from .semaphores import PrioritySemaphore

__all__ = ["Limiter", "RequestPermit"]


class RequestPermit:
    """The permit of one attempt, held inside ``async with``; its reply teaches the limiter.

    A class, since a generator for each attempt would cost as much as all of the rest here.
    """

    __slots__ = ("_counted", "_max_wait", "_name", "_permits", "_rank", "_window")

    def __init__(
        self,
        permits: PrioritySemaphore,
        window: CategoryWindow | None,
        name: str,
        max_wait: float,
        rank: int,
    ) -> None:
        self._permits = permits
        self._window = window
        self._name = name
        self._max_wait = max_wait
        self._rank = rank
        self._counted = False

    async def __aenter__(self) -> Self:
        window = self._window
        if window is None:
            # Without the coroutine of `take`, which would be memory of each call that waits.
            granted = self._permits.ask()
            if granted is not None:
                try:
                    await granted
                except asyncio.CancelledError:
                    self._permits.withdraw(granted)
                    raise
            return self
        order = window.next_order()
        while True:
            await window.admit(self._name, self._max_wait, self._rank, order)
            try:
                await self._permits.take()
            except BaseException:  # also a cancellation: the next one must be admitted
                window.withdraw()
                raise
            if window.confirm():
                return self
            self._permits.give()

    async def __aexit__(self, *_: object) -> None:
        self._permits.give()
        if self._window is not None:
            self._window.leave(counted=self._counted)

    @property
    def counted(self) -> bool:
        """Whether the service limits such calls by category."""
        return self._window is not None

    def learn(
        self,
        limits: Mapping[str, RateLimit],
        asked: float | None = None,
        *,
        refused: bool = False,
        horizon: float,
    ) -> None:
        """Take in what a reply says of the category's limits."""
        if self._window is not None:
            self._counted = self._window.learn(limits, asked, refused=refused, horizon=horizon)


class Limiter:
    """Gives a permit to each attempt; `concurrency` bounds those that run at a time."""

    def __init__(self, clock: Clock, concurrency: int) -> None:
        self._clock = clock
        self._permits = PrioritySemaphore(concurrency)
        # One for all calls that no category counts, since it learns nothing.
        self._uncounted = RequestPermit(self._permits, None, "", 0.0, 0)
        self._windows: dict[str, CategoryWindow] = {}

    def acquire(
        self, category: Category | None, max_wait: float, *, rank: int = 0
    ) -> RequestPermit:
        """The permit of one attempt; `rank` is the number of attempts before it.

        TooManyRequestsError on entering it, before anything is sent, when the category's limit is
        used up for longer than `max_wait` seconds.
        """
        if category is None:
            return self._uncounted
        window = self._windows.get(category)
        if window is None:
            window = self._windows[category] = CategoryWindow(self._clock)
        return RequestPermit(self._permits, window, category, max_wait, rank)
