"""Callbacks of the caller's, plain or asynchronous."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

__all__ = ["invoke_callback"]

T = TypeVar("T")


async def invoke_callback(callback: Callable[[T], object] | None, event: T) -> None:
    """Call the caller's function with an event, and await what it returns if that is awaitable.

    What the callback raises is raised.
    """
    if callback is not None:
        returned = callback(event)
        if inspect.isawaitable(returned):
            await returned
