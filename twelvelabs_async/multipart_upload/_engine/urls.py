"""Presigned URLs, requested before they are needed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..._runtime.clock import Clock
from ..._runtime.secrets import SecretUrl
from ...errors import UploadError
from ..limits import MAX_URLS
from ..models import PresignedUrlChunk, RequestAdditionalPresignedUrLsResponse
from .plan import next_run, usable_until

__all__ = ["PresignedUrls"]

_LOW = 25  # URLs ahead, below which more are requested: half of what one request returns
_MISSES = 3  # requests in a row that may bring nothing of use

_HOST_LABELS = re.compile(r"[^.]{1,63}(\.[^.]{1,63})*\.?")  # else the resolver refuses it

Fetch = Callable[[int, int], Awaitable[RequestAdditionalPresignedUrLsResponse]]


class _Url(NamedTuple):
    url: SecretUrl
    until: float


class PresignedUrls:
    """The URLs at hand. Each is given out once, and never near its expiry.

    `keep` runs beside the workers and requests more before they run out: one request at a time, for
    up to 50 neighbours. `upcoming` gives the chunks that will need one next, in their order;
    `total` is the number of chunks.
    """

    def __init__(
        self, fetch: Fetch, upcoming: Callable[[int], Iterable[int]], total: int, clock: Clock
    ) -> None:
        self._fetch = fetch
        self._upcoming = upcoming
        self._total = total
        self._clock = clock
        self._at_hand: dict[int, _Url] = {}
        self._urgent: dict[int, asyncio.Future[None]] = {}
        self._wanted = asyncio.Event()
        self._why = "none at all"

    def add(
        self, chunks: Sequence[PresignedUrlChunk] | None, generated_at: datetime | None
    ) -> None:
        """Store the URLs of a reply that can be used."""
        now = self._clock.time()
        for chunk in chunks or ():
            index = chunk.chunk_index
            if index is None or not 1 <= index <= self._total or not chunk.url:
                continue
            if not _can_be_sent_to(chunk.url):
                self._why = "what it gives is not a URL"
                continue
            until = usable_until(chunk.expires_at, generated_at, now)
            if until <= now:
                self._why = "it has expired (is this machine's clock right?)"
                continue
            self._at_hand[index] = _Url(SecretUrl(chunk.url), until)
            waiting = self._urgent.pop(index, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    async def take(self, index: int) -> SecretUrl:
        """A URL for a chunk, which is given out once."""
        while True:
            found = self._at_hand.pop(index, None)
            self._wanted.set()
            if found is not None and found.until > self._clock.time():
                return found.url
            waiting = self._urgent[index] = asyncio.get_running_loop().create_future()
            await waiting

    async def keep(self) -> None:
        """Request URLs as they are needed, for ever."""
        misses = 0
        while True:
            self._wanted.clear()
            now = self._clock.time()
            self._at_hand = {i: found for i, found in self._at_hand.items() if found.until > now}
            needed = next_run([*self._urgent, *self._upcoming(_LOW)], self._at_hand)
            if needed is None:
                await self._wanted.wait()
                continue
            # It begins at the same chunk, but may end later.
            ahead = [*self._urgent, *self._upcoming(_LOW + MAX_URLS)]
            start, count = next_run(ahead, self._at_hand) or needed
            reply = await self._fetch(start, count)
            self.add(reply.upload_urls, reply.generated_at)
            misses = 0 if start in self._at_hand else misses + 1
            if misses >= _MISSES:
                raise UploadError(
                    f"the service gives no usable URL for chunk {start}: {self._why}",
                    resumable=True,
                )


def _can_be_sent_to(url: str) -> bool:
    """Whether this is the URL of a web server, and not only text."""
    secret = SecretUrl(url)
    if not secret.is_http:
        return False
    host = secret.origin.partition("://")[2]
    return host.startswith("[") or _HOST_LABELS.fullmatch(host.partition(":")[0]) is not None
