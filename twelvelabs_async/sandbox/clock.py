"""The sandbox's time, which its user may move."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.utils import formatdate
from numbers import Real
from typing import NamedTuple

__all__ = ["Clock", "http_date", "parse_time", "timestamp"]


# Times are written with a year of four digits, and some lie weeks after the present.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_FASTEST = 1e6


class Clock:
    """Seconds since the epoch: wall time, times a speed, plus what was skipped.

    With ``speed=0`` only :meth:`advance` and :meth:`set` move it; the highest speed is a million.
    It never runs backwards, and stops in the year 9000. It may be moved from any thread.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._first_speed = _checked_speed(speed)
        self._lock = threading.Lock()
        self._line = _Line(time.time(), time.monotonic(), self._first_speed, 0.0)
        self._moved = False

    @property
    def controlled(self) -> bool:
        """Whether the user moves this clock, and so expects work to be done afterwards."""
        return self._line.speed == 0 or self._moved

    @property
    def speed(self) -> float:
        """How many of its seconds pass in a real one."""
        return self._line.speed

    def now(self) -> float:
        """Seconds since the epoch, in UTC."""
        return self._line.at(time.monotonic())

    @property
    def ahead(self) -> float:
        """How many seconds it gained on the real time by moves and by its speed."""
        return self._line.ahead(time.monotonic())

    def resume(self, ahead: float) -> None:
        """Begin as far ahead of the real time as the clock of an earlier run was."""
        with self._lock:
            self._line = self._line._replace(skipped=max(0.0, ahead))
            self._moved = ahead > 0

    def advance(self, seconds: float) -> None:
        """Skip ``seconds``; time never runs backwards.

        Raises ``ValueError``, and leaves the clock as it is, for what is not a finite number of 0
        or more, or leads past the year 9000.
        """
        self.change(advance=seconds)

    def set(self, to: float | str | datetime) -> None:
        """Move it to a later time: seconds since the epoch, an RFC 3339 time, or a ``datetime``.

        Raises ``ValueError``, and leaves the clock as it is, for what is none of these, and for a
        time before its own or past the year 9000.
        """
        self.change(set=to)

    def change(
        self,
        *,
        set: float | str | datetime | None = None,
        advance: float = 0.0,
        speed: float | None = None,
    ) -> None:
        """Set it, then advance it, and then have it run at another speed; all of it or nothing."""
        _check_number(advance, "seconds")
        if not advance >= 0:
            raise ValueError(f"the clock advances by a number of 0 or more, not by {advance!r}")
        with self._lock:
            here = time.monotonic()
            now = self._line.at(here)
            then = now if set is None else _moment(set)
            if not now <= then <= _LATEST:
                raise ValueError(
                    f"the clock can be set to a time from {timestamp(now)} to the year 9000, "
                    f"not to {set!r}"
                )
            if advance > _LATEST - then:
                raise ValueError(
                    f"the clock cannot advance past the year 9000, by {advance!r} seconds"
                )
            pace = self._line.speed if speed is None else _checked_speed(speed)
            self._line = self._line.moved(here, (then - now) + float(advance), pace)
            self._moved = self._moved or advance > 0 or set is not None

    def reset(self) -> None:
        """Set it back to the real time, and to the speed that it began with."""
        with self._lock:
            self._line = _Line(time.time(), time.monotonic(), self._first_speed, 0.0)
            self._moved = False


class _Line(NamedTuple):
    """The time at a moment, how fast it runs from there, and what was skipped.

    It is replaced as a whole. What was skipped is a sum of its own: added to the time since the
    epoch one by one, steps of a tenth of a second would not lead to a whole second.
    """

    origin: float
    started: float
    speed: float
    skipped: float
    gained: float = 0.0
    """By the speeds that it had before."""

    def at(self, moment: float) -> float:
        passed = (moment - self.started) * self.speed
        return min(self.origin + passed + self.skipped, _LATEST)

    def ahead(self, moment: float) -> float:
        return self.gained + (moment - self.started) * (self.speed - 1) + self.skipped

    def moved(self, moment: float, seconds: float, speed: float) -> _Line:
        if speed == self.speed:
            return self._replace(skipped=self.skipped + seconds)
        passed = moment - self.started
        origin, gained = self.origin + passed * self.speed, passed * (self.speed - 1)
        return _Line(origin, moment, speed, self.skipped + seconds, self.gained + gained)


def _checked_speed(speed: float) -> float:
    _check_number(speed, "speed")
    if not 0 <= speed <= _FASTEST:
        raise ValueError(f"speed must be a number from 0 to {_FASTEST:.0f}, not {speed!r}")
    return float(speed)


def _moment(to: float | str | datetime) -> float:
    if isinstance(to, str):
        try:
            return parse_time(to)
        except ValueError:
            raise ValueError(
                f"{to!r} is not an RFC 3339 time, such as 2030-01-31T12:00:00Z"
            ) from None
    if isinstance(to, datetime):
        if to.tzinfo is None:
            raise ValueError("a time to which the clock is set must have a time zone")
        return to.timestamp()
    _check_number(to, "the time")
    return to


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
