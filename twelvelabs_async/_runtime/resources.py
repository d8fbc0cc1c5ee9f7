"""What a client and its children have in common: connections, limiter, and whether it is open."""

from __future__ import annotations

import asyncio
import os
import warnings
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..errors import ClientClosedError, ConfigurationError

if TYPE_CHECKING:
    from .limiter import Limiter
    from .transport import Transport

__all__ = ["AFTER_WITH", "CLOSED", "ClientResources", "cassettes"]

CLOSED = "the client is closed"
AFTER_WITH = (
    "the client is closed, since its `with` block has ended: make all calls inside the block, "
    "or make the client without `with` and call close() at the end"
)


cassettes: list[Any] = []
"""The `Cassette` of each ``with`` block that the program is in, the innermost last."""


class ClientResources:
    """The connections and the limiter, made in the loop that first uses them.

    They belong to that loop and process: in another loop, once the first is closed, and after a
    fork they are made anew. Every resource holds this, so that it is finalised after the last.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], tuple[Limiter, Transport]],
        load: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Take what the client is called in warnings, and the function that connects.

        `load` imports what that needs, without holding up the event loop.
        """
        self._name = name
        self._make = make
        self._load = load
        self._made: tuple[Limiter, Transport] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self.calls: set[asyncio.Timeout] = set()
        """The deadlines of running calls, waits and uploads: `close` lets them expire."""
        self.closed: str | None = None
        """Why calls are refused; None while the client is open."""
        _all.add(self)

    @property
    def loaded(self) -> bool:
        """Whether what connections need was imported."""
        return self._load is None

    async def load(self) -> None:
        """Import what connections need, once, before the first of them."""
        if self._load is not None:
            await self._load()
            self._load = None

    def ready(self) -> tuple[Limiter, Transport]:
        """The limiter and the transport; ClientClosedError after `close`."""
        if self.closed is not None:
            raise ClientClosedError(self.closed)
        if (
            self._made is None
            or self._loop is not asyncio.get_running_loop()
            or self._pid != os.getpid()
        ):
            self._made = self._renew()
        return self._made

    def _renew(self) -> tuple[Limiter, Transport]:
        here = os.getpid() == self._pid
        if self._loop is not None and not self._loop.is_closed() and here:
            raise ConfigurationError(
                "this client serves another event loop that is still open: "
                "make one client for each loop, or close it there first"
            )
        self._drop()
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()
        return self._make()

    def extend(self, limit: asyncio.Timeout, seconds: float) -> None:
        """Set a deadline so many seconds from now, unless it or `close` has ended the call."""
        if not (self.closed or limit.expired()):
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    @asynccontextmanager
    async def until_closed(self, limit: asyncio.Timeout, what: str) -> AsyncGenerator[None]:
        """A block that ends at its deadline, and in ClientClosedError when the client is closed."""
        await self.load()
        self.ready()  # now, since calls of another loop are forgotten there
        try:
            async with limit:
                self.calls.add(limit)
                try:
                    yield
                finally:
                    self.calls.discard(limit)
        except TimeoutError:
            if not (self.closed and limit.expired()):
                raise
            raise ClientClosedError(f"the client was closed during {what}") from None
        finally:
            del limit  # it holds the task, and the task what it ends in

    async def close(self, reason: str = CLOSED) -> None:
        """Close the connections; running calls, waits and uploads end with ClientClosedError.

        Later calls are refused with the `reason` of the first close.
        """
        self.closed = self.closed or reason
        made, self._made = self._made, None
        if made is None:
            return
        here = self._pid == os.getpid()
        if here and self._loop is asyncio.get_running_loop():
            self._expire_calls()
            await made[1].close()
            return
        if here and self._loop is not None:
            with suppress(RuntimeError):  # it is closed, and so no call runs
                self._loop.call_soon_threadsafe(self._expire_calls)
        made[1].abandon()

    def _expire_calls(self) -> None:
        """End what runs, in its own loop."""
        calls, self.calls = self.calls, set()
        for limit in calls:
            with suppress(RuntimeError):  # it has expired already
                limit.reschedule(0)  # long past: it expires immediately

    def reopen(self) -> None:
        """Take calls again, after a close by the interpreter's exit."""
        self.closed = None

    def _drop(self) -> bool:
        """Drop the connections without closing them in their loop; whether there were any."""
        made, self._made = self._made, None
        self.calls = set()
        return made is not None and made[1].abandon()

    def forked(self) -> None:
        """Drop the parent's connections in a forked child, which has copies of their descriptors.

        Immediately, while they are still the connections': a daemon closes all descriptors, and
        has other files by these numbers later.
        """
        self._drop()

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        # An instance whose __init__ did not end has nothing to close.
        if self.__dict__.get("_made") is not None and self._drop():
            _warn(f"{self._name} was never closed", ResourceWarning, source=self, stacklevel=2)


_all: weakref.WeakSet[ClientResources] = weakref.WeakSet()


def _after_fork() -> None:
    for resources in list(_all):
        resources.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
