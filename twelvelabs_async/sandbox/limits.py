"""Rate limits by category, with the headers of both generations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from attrs import define

from .clock import Clock
from .fault_checks import check_choice, check_count, check_flag, check_kind, check_number
from .tiers import Tier

__all__ = ["CATEGORIES", "Category", "Limit", "Limits"]

Category = Literal[
    "index", "upload", "search", "analyze", "embed", "knowledge_store_search", "responses", "all"
]
_CATEGORIES: Final[tuple[str, ...]] = get_args(Category)
CATEGORIES: Final = (*_CATEGORIES, *(f"{name}, daily" for name in _CATEGORIES if name != "all"))
"""What can be limited: each category, and once more by its day."""
_RESPONSES_OF_A_DAY: Final = "responses, daily"
_LONGEST: Final = 10 * 366 * 86_400


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
        self.headers = headers
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

        The categories are "index" (``POST`` of tasks and indexed assets), "upload" (of assets),
        "search", "analyze" (with its tasks and batches), "embed" (with its tasks),
        "knowledge_store_search" and "responses"; "all" is for every request. "search, daily", and
        so on, is a second limit of a category, which counts besides the first.

        ``retry_after``: whether a 429 has that header; ``body``: what it says, "empty", "flat" or
        "nested" (None: what the call documents). Raises ``ValueError`` for a category that there
        is not, for less than no requests, and for a window that is not a time or above ten years.
        """
        limit = _limit(category, requests, window, retry_after, body)
        self._limits[category] = limit
        return limit

    def set(self, limits: Mapping[str, Mapping[str, Any]]) -> None:
        """Allow what these say and everything else; an empty mapping lifts all limits.

        By category, with the parameters of :meth:`allow`, and refused as a whole as there.
        """
        check_kind("limits", limits, Mapping)
        made = {name: _limit(name, **given) for name, given in limits.items()}
        self._limits = made

    def all(self) -> dict[str, Limit]:
        """The limits in force, by category."""
        return dict(self._limits)

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
            self._limits[_RESPONSES_OF_A_DAY] = Limit(requests=day, window=86_400.0)
        if _RESPONSES_OF_A_DAY in self._limits:
            self._limits[_RESPONSES_OF_A_DAY].code = "plan_limit_exceeded"

    def clear(self) -> None:
        """Allow everything again."""
        self._limits.clear()

    def take(self, category: str | None) -> tuple[Limit | None, dict[str, str]]:
        """Count a request: the limit that refuses it, if any, and the headers of its reply."""
        now = self._clock.now()
        names = ["all", *([f"{category}, daily", category] if category else [])]
        current = self._limits
        limits = [current[name] for name in names if name in current]
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
        if self.headers in ("1", "both"):
            headers.update({f"X-Ratelimit-{name}": str(n) for name, n in figures.items()})
        if self.headers in ("2", "both"):
            headers.update({f"X-RateLimit-Request-{name}": str(n) for name, n in figures.items()})
        if refused and limit.retry_after:
            headers["Retry-After"] = str(max(1, math.ceil(reset - now)))
        return headers


def _limit(
    category: str,
    requests: int,
    window: float = 60.0,
    retry_after: bool = True,
    body: Literal["empty", "flat", "nested"] | None = None,
) -> Limit:
    check_choice("category", category, CATEGORIES)
    check_count("requests", requests, 0)
    check_number("window", window, 0.001, _LONGEST)
    if body is not None:
        check_choice("body", body, ("empty", "flat", "nested"))
    check_flag("retry_after", retry_after)
    limit = Limit(requests=requests, window=float(window), retry_after=retry_after, body=body)
    if category == _RESPONSES_OF_A_DAY:
        limit.code = "plan_limit_exceeded"
    return limit
