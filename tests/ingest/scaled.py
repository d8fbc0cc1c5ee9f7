"""A clock that runs fast, for programs that tests start."""

from __future__ import annotations

import asyncio
import random
import time


class FastClock:
    """A clock so many times as fast; its `time` of day is the true one."""

    def __init__(self, speed: float = 50.0) -> None:
        self._speed = speed

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def random(self) -> float:
        return random.random()
