"""The sandbox's time, which its user may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate

__all__ = ["Clock", "http_date", "parse_time", "timestamp"]


class Clock:
    """Seconds since the epoch: wall time, times a speed, plus what was skipped.

    With ``speed=0`` only :meth:`advance` moves it.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed < 0:
            raise ValueError("speed cannot be negative")
        self._speed = speed
        self._origin = time.time()
        self._started = time.monotonic()
        self._skipped = 0.0

    @property
    def controlled(self) -> bool:
        """Whether the user moves this clock, so that he expects work to be done when he does."""
        return self._speed == 0 or self._skipped > 0

    def now(self) -> float:
        """Seconds since the epoch, in UTC."""
        elapsed = time.monotonic() - self._started
        return self._origin + elapsed * self._speed + self._skipped

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``; time never runs backwards."""
        if seconds < 0:
            raise ValueError("the clock cannot be turned back")
        self._skipped += seconds


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, as the service writes times."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(seconds: float) -> str:
    """A time as HTTP's headers write it."""
    return formatdate(seconds, usegmt=True)


def parse_time(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time; ValueError when it is none."""
    if len(text) < 20 or text[10] not in "Tt ":
        raise ValueError("not an RFC 3339 time")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an RFC 3339 time names its offset")
    try:
        return moment.timestamp()
    except OverflowError as error:
        raise ValueError("out of range") from error
