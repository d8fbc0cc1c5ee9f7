"""Callbacks of the caller's, plain or asynchronous."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TypeVar

__all__ = ["CallbackError", "invoke_callback", "invoke_marked"]

T = TypeVar("T")


class CallbackError(Exception):
    """What the caller's callback raised, of any class: to be raised as it is where the work ends.

    So it is not taken for an error of the work, nor for a cancellation of the task that it ends.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error: BaseException = error


async def invoke_callback(callback: Callable[[T], object] | None, event: T) -> None:
    """Call the caller's function with an event, and await what it returns if that is awaitable.

    What the callback raises is raised.
    """
    if callback is not None:
        returned = callback(event)
        if inspect.isawaitable(returned):
            await returned


async def invoke_marked(callback: Callable[[T], object] | None, event: T) -> None:
    """The same, where what the callback raises is raised as CallbackError."""
    task = asyncio.current_task()
    cancels = 0 if task is None else task.cancelling()
    try:
        await invoke_callback(callback, event)
    except BaseException as error:  # of the caller's code: any class
        cancelled = isinstance(error, asyncio.CancelledError)
        if cancelled and task is not None and task.cancelling() > cancels:
            raise
        raise CallbackError(error) from error
