"""Rate limits by category, with the headers of both generations."""

from __future__ import annotations

import math
from typing import Literal

from attrs import define

from .clock import Clock
from .tiers import Tier

__all__ = ["Limit", "Limits"]

Category = Literal[
    "index", "upload", "search", "analyze", "embed", "knowledge_store_search", "responses", "all"
]


@define(kw_only=True)
class Limit:
    """So many requests in a window, which begins with its first request.

    ``body`` is what a 429 says: "empty", "flat", "nested", or None for what the call documents.
    """

    requests: int
    window: float = 60.0
    retry_after: bool = True
    body: Literal["empty", "flat", "nested"] | None = None
    code: str = "too_many_requests"
    started: float = -math.inf
    used: int = 0

    def is_used_up(self, now: float) -> bool:
        """Whether one more request is too many."""
        if now >= self.started + self.window:
            self.started, self.used = now, 0
        return self.used >= self.requests


class Limits:
    """The limits in force: none until :meth:`allow` is called."""

    def __init__(self, clock: Clock, headers: str) -> None:
        self._clock = clock
        self._headers = headers
        self._limits: dict[str, Limit] = {}

    def allow(
        self,
        category: Category,
        requests: int,
        window: float = 60.0,
        *,
        retry_after: bool = True,
        body: Literal["empty", "flat", "nested"] | None = None,
    ) -> Limit:
        """Allow so many requests of a category in ``window`` seconds, from now on.

        Raises ``ValueError`` for less than no requests, or a window that is no time.
        """
        if not requests >= 0 or not 0 < window < math.inf:
            raise ValueError(f"{requests!r} requests in {window!r} seconds are no limit")
        limit = Limit(requests=requests, window=window, retry_after=retry_after, body=body)
        self._limits[category] = limit
        return limit

    def allow_tier(self, tier: Tier) -> None:
        """Set the limits of a tier: requests a minute and a day."""
        for category, (minute, day) in tier.requests.items():
            self._limits[category] = Limit(requests=minute)
            self._limits[f"{category}, daily"] = Limit(requests=day, window=86_400.0)

    def allow_responses(self, minute: int | None, day: int | None) -> None:
        """Set the limits of responses, where there are such."""
        if minute is not None:
            self._limits["responses"] = Limit(requests=minute)
        if day is not None:
            self._limits["responses, daily"] = Limit(requests=day, window=86_400.0)
        if "responses, daily" in self._limits:
            self._limits["responses, daily"].code = "plan_limit_exceeded"

    def clear(self) -> None:
        """Allow everything again."""
        self._limits.clear()

    def take(self, category: str | None) -> tuple[Limit | None, dict[str, str]]:
        """Count a request: the limit that refuses it, if any, and the headers of its reply."""
        now = self._clock.now()
        names = ["all", *([f"{category}, daily", category] if category else [])]
        limits = [self._limits[name] for name in names if name in self._limits]
        for limit in limits:
            if limit.is_used_up(now):
                # What is refused counts nowhere.
                return limit, self._describe(limit, now, refused=True)
        for limit in limits:
            limit.used += 1
        return None, self._describe(limits[-1], now, refused=False) if limits else {}

    def _describe(self, limit: Limit, now: float, *, refused: bool) -> dict[str, str]:
        reset = limit.started + limit.window
        figures = {
            "Limit": limit.requests,
            "Remaining": limit.requests - limit.used,
            "Used": limit.used,
            "Reset": math.ceil(reset),
        }
        headers: dict[str, str] = {}
        if self._headers in ("1", "both"):
            headers.update({f"X-Ratelimit-{name}": str(n) for name, n in figures.items()})
        if self._headers in ("2", "both"):
            headers.update({f"X-RateLimit-Request-{name}": str(n) for name, n in figures.items()})
        if refused and limit.retry_after:
            headers["Retry-After"] = str(max(1, math.ceil(reset - now)))
        return headers
