"""Time and chance, injected so that no test sleeps."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the runtime asks of the world: two clocks, a sleep, and a number from 0 to 1."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""
        ...


class SystemClock:
    """The real world."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        import asyncio  # here, since a client that only was constructed does not need it

        await asyncio.sleep(seconds)

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""
        import random  # here, for what most programs never need brings hashes along

        return random.random()  # noqa: S311  # jitter, no secret
