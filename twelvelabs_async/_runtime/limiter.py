"""Holds back the calls that the service would refuse.

One limiter serves a client and all its `with_options` children: it bounds the calls under way, and
for each category of the API's rate limits keeps what the replies say of it. First come, first
served, but a call that was refused goes before those that were refused less often; one that is
cancelled while it waits leaves the queue.
"""

from __future__ import annotations

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
        if self._window is not None:
            await self._window.admit(self._name, self._max_wait, self._rank)
        try:
            await self._permits.take()
        except BaseException:
            self._leave_window()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._permits.give()
        self._leave_window()

    def _leave_window(self) -> None:
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
    """Gives a permit to each attempt; `concurrency` bounds those under way at a time."""

    def __init__(self, clock: Clock, concurrency: int) -> None:
        self._clock = clock
        self._permits = PrioritySemaphore(concurrency)
        self._windows: dict[str, CategoryWindow] = {}

    def acquire(
        self, category: Category | None, max_wait: float, *, rank: int = 0
    ) -> RequestPermit:
        """The permit of one attempt; `rank` is how many attempts there were before.

        TooManyRequestsError on entering it, before anything is sent, when the category's limit is
        used up for longer than `max_wait` seconds.
        """
        window = None
        if category is not None:
            window = self._windows.get(category)
            if window is None:
                window = self._windows[category] = CategoryWindow(self._clock)
        return RequestPermit(self._permits, window, category or "", max_wait, rank)
