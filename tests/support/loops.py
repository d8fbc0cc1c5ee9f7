"""An event loop in which waiting takes no time: its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from tests.support.clock import EPOCH

__all__ = ["JumpLoop", "LoopClock"]


class _Selector(selectors.DefaultSelector):
    """Waits for events only as long as they may be on their way; then time jumps."""

    loop: JumpLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if events := super().select(min(timeout, self.loop.grace)):
            return events
        self.loop.jump(timeout)
        return []


class JumpLoop(asyncio.SelectorEventLoop):
    """`grace` is how long, in real seconds, an answer may be on its way from another thread."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.grace = 0.02
        self.jumped = 0.0
        self.on_jump: Callable[[float], object] = lambda seconds: None
        super().__init__(selector)

    def time(self) -> float:
        return super().time() + self.jumped

    def jump(self, seconds: float) -> None:
        self.jumped += seconds
        self.on_jump(seconds)


class LoopClock:
    """The clock of a client in a `JumpLoop`: the loop's own. `chance` is drawn."""

    def __init__(self, chance: float = 1.0) -> None:
        self.chance = chance

    def time(self) -> float:
        return EPOCH + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def random(self) -> float:
        return self.chance
