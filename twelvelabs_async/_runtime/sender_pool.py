"""The threads that send bodies, and the permits to send one now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self, TypeVar

from .semaphores import PrioritySemaphore
from .threads import DaemonThreads, run_blocking, shared_threads

__all__ = ["SendPermit", "SenderPool"]


T = TypeVar("T")
# Bodies sent concurrently. A few are as fast as the network: while they are sent, the others wait
# for their replies. Where reading is slow, as on a remote disk, there are more, up to the most.
_PERMITS = 2
_MOST_PERMITS = 16
_PATIENCE = 0.05  # seconds that a permit waits for a connection


class SenderPool:
    """The threads that send, and the permits to do so."""

    def __init__(self) -> None:
        # Handshakes and bodies that end in a cancellation need a thread beside those with a permit.
        self._pool = DaemonThreads(2 * _MOST_PERMITS, "twelvelabs-send")
        self.permits = PrioritySemaphore(_MOST_PERMITS, allowed=_PERMITS)
        self._used = False

    def run(self, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """What the work gives; ConnectionAbortedError when the client is closed."""
        self._used = True
        try:
            return self._pool.run(work, *args)
        except RuntimeError:
            raise ConnectionAbortedError from None

    def read_slowly(self) -> None:
        """Allow one more body to be read, since a piece took long to read."""
        self.permits.widen()

    def close(self) -> None:
        """Stop the threads once they have nothing to do."""
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
    is quick, a few serve any number of workers. It is given back while a connection takes long to
    make, and while a socket takes no more.
    """

    def __init__(self, senders: SenderPool) -> None:
        self._permits = senders.permits
        self._held = False

    async def __aenter__(self) -> Self:
        await self.take()
        self._expiry = asyncio.get_running_loop().call_later(_PATIENCE, self.give)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._expiry.cancel()
        self.give()

    async def take(self) -> None:
        """Wait for it, unless it is held; only `give` releases it from then on."""
        if self._held:
            self._expiry.cancel()
        else:
            await self._permits.take()
            self._held = True

    def give(self) -> None:
        """Release it, if it is held."""
        if self._held:
            self._held = False
            self._permits.give()
