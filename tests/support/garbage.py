"""Garbage that a test can collect soon: of this test alone, not of all before it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web_app

_CACHES = [each for each in vars(web_app).values() if hasattr(each, "cache_clear")]


def forget_handlers() -> None:
    """Let go of the servers of earlier tests.

    aiohttp keeps the last thousand handlers that went through middlewares, and with each of them
    its application and all that this holds.
    """
    for cache in _CACHES:
        cache.cache_clear()


def collect() -> None:
    """Collect what is garbage now."""
    forget_handlers()
    gc.collect()


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """A block in which all that is in a reference cycle stays in memory."""
    collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class BrokenOff:
    """The tasks begun since this was made that were cancelled or failed, as long as they live."""

    def __init__(self) -> None:
        self._begun = weakref.WeakSet[asyncio.Task[Any]]()
        self._loop = asyncio.get_running_loop()
        self._loop.set_task_factory(self._make)

    def _make(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        self._begun.add(task)
        return task

    async def left(self) -> list[str]:
        """Those that something still holds."""
        self._loop.set_task_factory(None)
        for _ in range(5):  # asyncio holds a task in the turn in which it has ended
            await asyncio.sleep(0)
        ended = [task for task in self._begun if task.done()]
        return [repr(task) for task in ended if task.cancelled() or task.exception() is not None]
