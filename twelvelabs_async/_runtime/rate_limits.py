"""What replies say of rate limits, and of when to call again. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from .clock import timestamp

__all__ = ["Category", "RateLimit", "rate_limits", "retry_after"]


Category = Literal["index", "upload", "search", "analyze", "embed"]
"""Endpoints that share a counter on the service's side."""


class RateLimit(NamedTuple):
    """What the service says of one limit. `reset` is in seconds from now."""

    limit: int | None = None
    remaining: int | None = None
    used: int | None = None
    reset: float | None = None


_LIMIT_HEADER = re.compile(
    r"x-ratelimit-(?:([a-z]+)-)?(limit|remaining|used|reset)$", re.IGNORECASE
)
_EPOCH = 1_000_000_000  # a smaller "reset" is a number of seconds


@lru_cache(256)  # replies repeat the names of their headers
def _limit_name(header: str) -> tuple[str, str] | None:
    """The dimension and the figure that a header gives; None for any other header."""
    match = _LIMIT_HEADER.match(header)
    return match and ((match[1] or "request").lower(), match[2].lower())


def rate_limits(headers: Mapping[str, str], now: float) -> dict[str, RateLimit]:
    """The limits that a reply gives, by their dimension ("request" where none is named).

    Both generations of headers are read: X-RateLimit-Remaining and X-RateLimit-Request-Remaining.
    `now` is seconds since the epoch; the reply's own Date is trusted more, so that a wrong clock
    on this side does not turn a minute into hours.
    """
    found: dict[str, dict[str, float]] = {}
    for header, value in headers.items():
        name = _limit_name(header)
        if name is not None:
            try:
                number = float(value)
            except (TypeError, ValueError):  # TypeError: a header of an error made by hand
                continue
            if number == number and abs(number) != float("inf"):
                found.setdefault(name[0], {})[name[1]] = number
    if not found:
        return {}
    here = _date(headers.get("Date")) or now
    return {dimension: _rate_limit(values, here) for dimension, values in found.items()}


def _rate_limit(values: Mapping[str, float], here: float) -> RateLimit:
    reset = values.get("reset")
    if reset is not None:
        reset = max(0.0, reset - here if reset >= _EPOCH else reset)
    limit, remaining, used = values.get("limit"), values.get("remaining"), values.get("used")
    return RateLimit(
        None if limit is None else int(limit),
        None if remaining is None else int(remaining),
        None if used is None else int(used),
        reset,
    )


def retry_after(headers: Mapping[str, str], now: float, in_body: object = None) -> float | None:
    """For how many seconds the service asks to wait; None when it says nothing that can be read.

    Read from Retry-After (seconds or a date), from what the body says, and last from the reset of a
    limit that is used up. A time in the past is 0.
    """
    value = headers.get("Retry-After", in_body)
    if value is not None:
        try:
            seconds = float(str(value))
        except (TypeError, ValueError):
            here = _date(headers.get("Date")) or now
            when = _date(str(value))
            if when is not None:
                return max(0.0, when - here)
        else:
            if math.isfinite(seconds):
                return max(0.0, seconds)
    resets = [
        limit.reset
        for limit in rate_limits(headers, now).values()
        if limit.remaining is not None and limit.remaining <= 0 and limit.reset is not None
    ]
    return max(resets, default=None)


@lru_cache(16)  # the replies of one second have the same
def _date(value: str | None) -> float | None:
    if not value:
        return None
    from email.utils import parsedate_to_datetime  # not with the client: few need it

    try:
        return timestamp(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None
