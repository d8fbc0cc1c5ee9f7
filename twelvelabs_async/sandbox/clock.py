"""The sandbox's time, which its user may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from numbers import Real

__all__ = ["Clock", "http_date", "parse_time", "timestamp"]


# Times are written with a year of four digits, and some lie weeks after the present.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_FASTEST = 1e6


class Clock:
    """Seconds since the epoch: wall time, times a speed, plus what was skipped.

    With ``speed=0`` only :meth:`advance` moves it; the highest speed is a million. It stops in the
    year 9000.
    """

    def __init__(self, speed: float = 1.0) -> None:
        _check_number(speed, "speed")
        if not 0 <= speed <= _FASTEST:
            raise ValueError(f"speed must be a number from 0 to {_FASTEST:.0f}, not {speed!r}")
        self._speed = float(speed)
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
        return min(self._origin + elapsed * self._speed + self._skipped, _LATEST)

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``; time never runs backwards.

        Raises ``ValueError``, and leaves the clock as it is, for what is no finite number of 0 or
        more, or leads past the year 9000.
        """
        _check_number(seconds, "seconds")
        if not seconds >= 0:
            raise ValueError(f"the clock advances by a number of 0 or more, not by {seconds!r}")
        if seconds > _LATEST - self.now():
            raise ValueError(f"the clock cannot advance past the year 9000, by {seconds!r} seconds")
        self._skipped += float(seconds)


def _check_number(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, as the service writes times."""
    moment = datetime.fromtimestamp(min(seconds, _LAST), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(seconds: float) -> str:
    """A time as HTTP's headers write it."""
    return formatdate(min(seconds, _LAST), usegmt=True)


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
