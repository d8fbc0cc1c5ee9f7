"""A clock that stands still until somebody sleeps."""

from __future__ import annotations

import asyncio
import threading

__all__ = ["EPOCH", "StoppedClock", "VirtualClock"]

EPOCH = 1_750_000_000.0


class VirtualClock:
    """Sleeps take no time and advance it; `naps` is how long they were. `chance` is drawn."""

    def __init__(self, chance: float = 1.0) -> None:
        self.now = 0.0
        self.chance = chance
        self.naps: list[float] = []

    def time(self) -> float:
        return EPOCH + self.now

    def monotonic(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def random(self) -> float:
        return self.chance


class StoppedClock(VirtualClock):
    """One whose sleeps never end; `slept` is set when the first begins."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = threading.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.set()
        await asyncio.Event().wait()
