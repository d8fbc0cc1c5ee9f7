"""Blocking work in threads, and work that is seen through although its task is cancelled.

By asyncio's own means, since the first use of anyio's holds up the loop for 20 ms of imports.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

__all__ = ["finish", "in_thread", "run_blocking"]

T = TypeVar("T")


def in_thread(func: Callable[..., T], *args: object) -> asyncio.Future[T]:
    """What a blocking function returns, run in one of the loop's threads."""
    return asyncio.get_running_loop().run_in_executor(None, func, *args)


async def run_blocking(func: Callable[..., T], *args: object) -> T:
    """What a blocking function returns; a cancellation is passed on only after its end."""
    return await finish(in_thread(func, *args))


async def finish(work: Awaitable[T]) -> T:
    """What the work gives; a cancellation is passed on only after its end.

    It may come more than once: anyio cancels in each step of the loop until a task gives in.
    """
    task = asyncio.ensure_future(work)
    shield = asyncio.shield(task)
    try:
        await shield
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        for future in (task, shield):
            if not future.cancelled():
                future.exception()  # asyncio would complain of what nobody hears
        raise
    return task.result()
