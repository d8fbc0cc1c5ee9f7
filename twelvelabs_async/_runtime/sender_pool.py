"""The threads that send bodies, and the permits to send one now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self, TypeVar

from .threads import DaemonThreads, run_blocking, shared_threads

__all__ = ["SendPermit", "SenderPool"]


T = TypeVar("T")
# Bodies sent at once. A few are as fast as the network: while they are sent, the others wait for
# their answers. Where reading is slow, as on a disk far away, there are more, up to the most.
_TURNS = 2
_MOST_TURNS = 16
_PATIENCE = 0.05  # seconds that a turn waits for a connection


class SenderPool:
    """The threads that send, and whose turn it is."""

    def __init__(self) -> None:
        # Handshakes and bodies that end in a cancellation need a thread beside those with a turn.
        self._pool = DaemonThreads(2 * _MOST_TURNS, "twelvelabs-send")
        self.free = asyncio.Semaphore(_TURNS)
        self._turns = _TURNS
        self._used = False

    def run(self, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """What the work gives; ConnectionAbortedError when the client is closed."""
        self._used = True
        try:
            return self._pool.run(work, *args)
        except RuntimeError:
            raise ConnectionAbortedError from None

    def read_slowly(self) -> None:
        """A piece took long to read: let others be read meanwhile."""
        if self._turns < _MOST_TURNS:
            self._turns += 1
            self.free.release()

    def close(self) -> None:
        """Let the threads end, once they have nothing to do."""
        self._pool.shutdown(wait=False)

    async def aclose(self) -> None:
        """Return when the threads have ended."""
        self.close()
        if self._used:
            await run_blocking(self._pool.shutdown)
            shared_threads().release_idle()


class SendPermit:
    """The right to send a body now.

    It is taken before the connection, so that no more of them are made than are needed: where all
    is quick, a few serve any number of workers. It is given up while a connection is long in the
    making, and while a socket takes no more.
    """

    def __init__(self, senders: SenderPool) -> None:
        self._free = senders.free
        self._held = False

    async def __aenter__(self) -> Self:
        await self.take()
        self._expiry = asyncio.get_running_loop().call_later(_PATIENCE, self.give)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._expiry.cancel()
        self.give()

    async def take(self) -> None:
        """Wait for it, unless it is held; from now on it is given up by `give` alone."""
        if self._held:
            self._expiry.cancel()
        else:
            await self._free.acquire()
            self._held = True

    def give(self) -> None:
        """Let the next one have it, where it is held."""
        if self._held:
            self._held = False
            self._free.release()
