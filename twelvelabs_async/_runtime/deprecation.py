"""Methods that the service has retired: they work, and warn."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

__all__ = ["deprecated"]

if TYPE_CHECKING:
    from typing_extensions import deprecated as deprecated
else:
    PACKAGE = __name__.partition(".")[0]
    # The blocking client calls the asynchronous one, on its own thread: one call, one warning.
    _warned = ContextVar("twelvelabs_async_warned", default=False)

    class deprecated:  # its name in PEP 702
        """Marks a method as deprecated; each call warns, at the line of the program.

        As `warnings.deprecated` of Python 3.13, but the line is the one outside this package, and
        a call of the blocking client warns once.
        """

        def __init__(self, message: str) -> None:
            self.message = message

        def __call__(self, method: Callable[..., Any]) -> Callable[..., Any]:
            """The method that warns."""

            @functools.wraps(method)
            def call(*args: Any, **kwargs: Any) -> Any:
                if not _warned.get():
                    warnings.warn(self.message, DeprecationWarning, stacklevel=_level())
                token = _warned.set(True)
                try:
                    return method(*args, **kwargs)
                finally:
                    _warned.reset(token)

            if inspect.iscoroutinefunction(method):
                # It warns when it is called, not when it is awaited: perhaps a task awaits it.
                if sys.version_info >= (3, 12):
                    inspect.markcoroutinefunction(call)
                else:
                    call._is_coroutine = asyncio.coroutines._is_coroutine
            method.__deprecated__ = call.__deprecated__ = self.message
            return call

    def _level() -> int:
        """The level of the stack at which the program itself is, as `warnings.warn` counts."""
        frame, level = sys._getframe(1), 1
        while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
            frame, level = frame.f_back, level + 1
        return level
