"""An event loop in which waiting takes no time: its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.clock import EPOCH

__all__ = ["JumpLoop", "LoopClock", "StandingLoop"]

_PATIENCE = 500  # times the grace: real seconds on a very busy machine


class _Selector(selectors.DefaultSelector):
    """Waits for events only as long as they may be on their way; then time jumps."""

    loop: JumpLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        for _ in range(_PATIENCE):
            if events := super().select(min(timeout, self.loop.grace)):
                return events
            if not _others_work():
                break
        self.loop.jump(timeout)
        return []


def _others_work() -> bool:
    """Whether another thread of this process has work, and only waits for a processor.

    On a busy machine that may take longer than any grace.
    """
    here = threading.get_native_id()
    for task in Path("/proc/self/task").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            if int(task.name) != here and state in "RD":
                return True
    return False


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


class StandingLoop(JumpLoop):
    """One whose time goes on only by jumps: for what needs neither a thread nor a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.grace = 0.0

    def time(self) -> float:
        return self.jumped


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
