"""The frames that an exception has left: their variables, and which of them a reader wants."""

from __future__ import annotations

import sys
from contextlib import suppress
from copy import copy
from traceback import walk_tb
from types import FrameType, TracebackType
from typing import Any, Final

__all__ = ["drop_locals", "dropping_locals", "notebook_traceback"]

_OURS = __name__.partition(".")[0]
_SENDING = frozenset({_OURS, "aiohttp", "asyncio", "contextlib"})
"""Packages whose frames hold requests and replies, or the task or error that holds them."""


def drop_locals(error: BaseException) -> None:
    """Clear the local variables of the finished frames of `_SENDING` in its tracebacks.

    Crash reporters record them, also those of its causes, and they are requests with the key,
    signed URLs, and replies that may repeat either. Files and lines stay, and so do the frames of
    the caller. Call it where an exception leaves the code that deals with secrets: the calling
    frame itself still runs.
    """
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        left += (each.__cause__, each.__context__)
        for frame, _ in walk_tb(each.__traceback__):
            if _package(frame) in _SENDING:
                with suppress(RuntimeError):  # it runs
                    frame.clear()


class _DroppingLocals:
    """Calls `drop_locals` with what leaves the block: of any kind, since its frames are shown."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            drop_locals(error)


dropping_locals: Final = _DroppingLocals()
"""Where no variable of the frame itself is a secret: ``with dropping_locals: ...``."""


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def notebook_traceback(error: Exception) -> list[str]:
    """The lines that IPython shows of an error of ours: without the frames inside the package.

    The mode Verbose (``%xmode Verbose``) shows all frames. A ``__tracebackhide__`` in the frames
    would do as well, but that `drop_locals` clears it, and IPython shows the last one anyway.
    """
    reporter: Any = sys.modules["IPython"].get_ipython().InteractiveTB
    if reporter.mode == "Verbose":
        return _lines(reporter, error, error.__traceback__)
    shown = copy(error)
    for name in ("__cause__", "__context__"):
        earlier: BaseException | None = getattr(error, name)
        if earlier is not None and not _is_ours(earlier):
            setattr(shown, name, earlier)
    shown.__suppress_context__ = error.__suppress_context__
    return _lines(reporter, shown, _callers(error.__traceback__))


def _lines(reporter: Any, error: Exception, trace: TracebackType | None) -> list[str]:
    lines: list[str] = reporter.structured_traceback(type(error), error, trace)
    return lines


def _is_ours(error: BaseException) -> bool:
    return any(_package(frame) == _OURS for frame, _ in walk_tb(error.__traceback__))


def _callers(trace: TracebackType | None) -> TracebackType | None:
    """The frames before the first of ours."""
    kept: list[TracebackType] = []
    while trace is not None and _package(trace.tb_frame) != _OURS:
        kept.append(trace)
        trace = trace.tb_next
    made: TracebackType | None = None
    for each in reversed(kept):
        made = TracebackType(made, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return made
