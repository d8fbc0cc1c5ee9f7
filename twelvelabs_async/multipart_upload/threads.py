"""Work that is seen through to its end, also by a task that is cancelled meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import anyio
from anyio import to_thread

__all__ = ["finish", "run_blocking"]

T = TypeVar("T")


async def run_blocking(func: Callable[..., T], *args: Any) -> T:
    """What a blocking function returns, run in a thread to its end."""
    return await finish(to_thread.run_sync(func, *args))


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns; a cancellation is passed on only after its end.

    A task may be cancelled by asyncio or, once for every step of the loop, by anyio: each has its
    own way to be held off.
    """
    task = asyncio.ensure_future(work)
    with anyio.CancelScope(shield=True):
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
            raise
    return task.result()
