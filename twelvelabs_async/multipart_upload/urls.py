"""Presigned addresses, asked for ahead of their use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from .._core.clock import Clock
from ..errors import UploadError
from . import PresignedUrlChunk, RequestAdditionalPresignedUrLsResponse
from .plan import MAX_URLS, next_run, usable_until

__all__ = ["Urls"]

_LOW = 25  # addresses ahead, below which more are asked for: half of what one request gives
_MISSES = 3  # requests in a row that may bring nothing of use

Fetch = Callable[[int, int], Awaitable[RequestAdditionalPresignedUrLsResponse]]


class _Address(NamedTuple):
    url: str
    until: float

    def __repr__(self) -> str:
        return f"_Address(until={self.until})"


class Urls:
    """The addresses at hand. Each is given out once, and never near its expiry.

    `keep` runs beside the workers and asks for more before they run out: one request at a time, for
    up to 50 neighbours. `upcoming` gives the chunks that will need one next, in their order.
    """

    def __init__(self, fetch: Fetch, upcoming: Callable[[int], Iterable[int]], clock: Clock):
        self._fetch = fetch
        self._upcoming = upcoming
        self._clock = clock
        self._at_hand: dict[int, _Address] = {}
        self._urgent: dict[int, asyncio.Future[None]] = {}
        self._wanted = asyncio.Event()

    def add(
        self, chunks: Sequence[PresignedUrlChunk] | None, generated_at: datetime | None
    ) -> None:
        """Take in what a reply brought."""
        now = self._clock.time()
        for chunk in chunks or ():
            if not chunk.url or chunk.chunk_index is None:
                continue
            until = usable_until(chunk.expires_at, generated_at, now)
            if until > now:
                self._at_hand[chunk.chunk_index] = _Address(chunk.url, until)
                waiting = self._urgent.pop(chunk.chunk_index, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)

    async def take(self, index: int) -> str:
        """An address for a chunk, which nobody gets again."""
        while True:
            address = self._at_hand.pop(index, None)
            self._wanted.set()
            if address is not None and address.until > self._clock.time():
                return address.url
            waiting = self._urgent[index] = asyncio.get_running_loop().create_future()
            await waiting

    async def keep(self) -> None:
        """Ask for addresses as they are needed, for ever."""
        misses = 0
        while True:
            self._wanted.clear()
            now = self._clock.time()
            self._at_hand = {
                i: address for i, address in self._at_hand.items() if address.until > now
            }
            needed = next_run([*self._urgent, *self._upcoming(_LOW)], self._at_hand)
            if needed is None:
                await self._wanted.wait()
                continue
            # It begins at the same chunk, but may go on further.
            ahead = [*self._urgent, *self._upcoming(_LOW + MAX_URLS)]
            start, count = next_run(ahead, self._at_hand) or needed
            reply = await self._fetch(start, count)
            self.add(reply.upload_urls, reply.generated_at)
            misses = 0 if start in self._at_hand else misses + 1
            if misses >= _MISSES:
                raise UploadError(
                    f"the service gives no usable address for chunk {start}: none at all, or one "
                    "that has expired (is this machine's clock right?)"
                )
