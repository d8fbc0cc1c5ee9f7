"""Time and randomness, injected so that no test sleeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock", "timestamp"]


def timestamp(when: datetime) -> float:
    """Seconds since the epoch; a time without an offset is taken to be in UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


class Clock(Protocol):
    """What the runtime needs from outside: two clocks, a sleep, and a number from 0 to 1."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds of a monotonic clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""
        ...


class SystemClock:
    """The system's clocks and randomness."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds of a monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        import asyncio  # here, since a client that only was constructed does not need it

        await asyncio.sleep(seconds)

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""
        import random  # here, for what most programs never need brings hashes along

        return random.random()  # noqa: S311  # jitter, no secret
