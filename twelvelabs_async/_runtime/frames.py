"""The local variables of frames that an exception has left."""

from __future__ import annotations

from contextlib import suppress
from traceback import walk_tb

__all__ = ["drop_locals"]

_SENDING = frozenset({__name__.partition(".")[0], "aiohttp"})
"""Packages whose frames hold requests and replies."""


def drop_locals(error: BaseException) -> None:
    """Clear the local variables of the finished frames, of ours and of aiohttp, in a traceback.

    Crash reporters record them, and they are requests with the key, signed URLs, and replies that
    may repeat either. Files and lines stay, and so do the frames of the caller. Call it where an
    exception leaves the code that deals with secrets: the calling frame itself still runs.
    """
    for frame, _ in walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] in _SENDING:
            with suppress(RuntimeError):  # it runs
                frame.clear()
