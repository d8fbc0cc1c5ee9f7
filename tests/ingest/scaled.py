"""A clock that runs fast, for programs that tests start."""

from __future__ import annotations

import asyncio
import random
import time

SPEED = 50.0


class FastClock:
    """A second on it is a fiftieth of one."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    def random(self) -> float:
        return random.random()
