"""Counts what happens in a run, for its user's callback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .._runtime.callbacks import invoke_marked
from .._runtime.clock import Clock
from .._runtime.hooks import AttemptResult, Hooks, RequestInfo
from .._runtime.progress import Step
from .._runtime.rate_limits import RateLimit, rate_limits, retry_after
from .items import IngestProgress
from .journal import Journal

__all__ = ["ProgressTracker"]

_EVERY = 0.1  # seconds, at least, between two calls of the callback


class ProgressTracker(Hooks):
    """What is counted beside the journal, and the callback that gets it."""

    def __init__(
        self, clock: Clock, on_progress: Callable[[IngestProgress], object] | None
    ) -> None:
        self._clock = clock
        self._on_progress = on_progress
        self.show: Callable[[Step], None] | None = None
        """What shows each report on the screen."""
        self._began = clock.monotonic()
        self._reported = float("-inf")
        self._held_back = asyncio.Event()
        self._requests = 0
        self._refusals = 0
        self._limits: dict[str, RateLimit] = {}
        self._held_until = 0.0
        self.ended = 0
        self.bytes_sent: int = 0
        self.bytes_known = 0
        self.listed = False

    def sent(self, size: int) -> None:
        """Count bytes that were sent (below 0: that must be sent again)."""
        self.bytes_sent += size

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """Record what a reply says of the rate limits."""
        self._requests += 1
        name = result.category
        if name is not None:
            limit = rate_limits(result.headers, self._clock.time()).get("request")
            if limit is not None:
                self._limits[name] = limit
        if result.status == 429:
            self._refusals += 1
            asked = retry_after(result.headers, self._clock.time())
            self._held_until = max(self._held_until, self._clock.monotonic() + (asked or 0.0))

    async def run(self, journal: Journal) -> None:
        """Report what was held back, so that no pause shows old counts."""
        while True:
            await self._held_back.wait()
            await asyncio.sleep(_EVERY)
            if self._held_back.is_set():
                await self.report(journal, force=True)

    async def report(self, journal: Journal, *, force: bool = False) -> None:
        """Call the callback, unless it was called just now (with `force`, even so)."""
        if self._on_progress is None and self.show is None:
            return
        now = self._clock.monotonic()
        if not force and now - self._reported < _EVERY:
            self._held_back.set()
            return
        self._held_back.clear()
        self._reported = now
        news = IngestProgress(
            states={state: count for state, count in journal.states.items() if count},
            failures={reason: count for reason, count in journal.failures.items() if count},
            items=journal.states.total(),
            listed=self.listed,
            ended=self.ended,
            bytes_sent=self.bytes_sent,
            bytes_known=self.bytes_known,
            elapsed=now - self._began,
            requests=self._requests,
            refusals=self._refusals,
            limits=dict(self._limits),
            held=max(0.0, self._held_until - now),
        )
        if self.show is not None:
            states = ", ".join(f"{count} {state}" for state, count in news.states.items())
            self.show(Step(news.items - news.left, news.items, states))
        await invoke_marked(self._on_progress, news)  # its error belongs to no item
