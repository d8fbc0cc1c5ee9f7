"""Ends a body that its peer no longer accepts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from aiohttp.abc import AbstractStreamWriter

from ..options import Timeouts
from .aiohttp_patches import restart_read_timeout, transport_of

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl
    import termios

__all__ = ["StallWatchdog"]


class StallWatchdog:
    """Checks now and then whether a peer accepts what is sent, and ends a body that stalls.

    A peer has stalled when it accepted not one byte for the `write` limit: on a slow line one piece
    may take longer than that. `state` says whether the body waits for the peer, and has a value
    that changes with each byte accepted. Bytes that the system has not sent yet count as unsent, so
    the watch continues after the last write. A timer for each piece would cost more.
    """

    LOOKS = 4  # in the shortest of the limits

    def __init__(
        self,
        timeouts: Timeouts,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
        state: Callable[[], tuple[bool, object]],
        moved: Callable[[], object] | None,
    ) -> None:
        limits = (timeouts.write, timeouts.read, timeouts.total)
        shortest = min((seconds for seconds in limits if seconds is not None), default=None)
        self._interval = None if shortest is None else shortest / self.LOOKS
        self._stall = timeouts.write
        self._writer = writer
        self._limit = limit
        self._state = state
        self._moved = moved
        self._seen: object = None
        self._still = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self.stalled = False
        self._look()

    def _look(self) -> None:
        waits, taken = self._state()
        now = taken, _unsent(self._writer)
        if now != self._seen:
            self._seen = now
            self._still = 0.0
            self._report()
        elif waits and self._interval is not None:
            self._still += self._interval
        if self._stall is not None and self._still >= self._stall:
            self.stalled = True
            self._limit.reschedule(0)
        else:
            self._look_again(self._look)

    def _look_again(self, look: Callable[[], None]) -> None:
        if self._interval is not None:
            self._handle = asyncio.get_running_loop().call_later(self._interval, look)

    def _report(self) -> None:
        if self._moved is not None:
            self._moved()

    def written(self) -> None:
        """The system has every byte: from now on only its progress counts."""
        self.end()
        self._report()
        self._seen = _unsent(self._writer)
        if self._seen:
            self._look_again(self._look_at_rest)

    def _look_at_rest(self) -> None:
        left = _unsent(self._writer)
        if left != self._seen:
            self._seen = left
            self._report()
            restart_read_timeout(self._writer)
        if left:
            self._look_again(self._look_at_rest)

    def end(self) -> None:
        """Stop."""
        if self._handle is not None:
            self._handle.cancel()


def _unsent(writer: AbstractStreamWriter) -> int:
    """The bytes that the system still holds for the peer; 0 where it cannot be asked."""
    transport = transport_of(writer)
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or fcntl is None:
        return 0
    try:
        held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # closed, or not supported
        return 0
    return int.from_bytes(held, sys.byteorder)
