"""How a file is cut, which presigned URLs to ask for, and how long they last. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from ..._runtime.clock import timestamp
from ..limits import MAX_URLS

__all__ = ["Plan", "next_run", "usable_until"]

_MARGIN = 60.0  # seconds before its expiry from which a URL is not used any more
_DEFAULT_LIFE = 3600.0  # seconds, of a URL without an expiry: as the service documents


class Plan(NamedTuple):
    """A file of `size` bytes in chunks of `chunk_size`; they are numbered from 1."""

    size: int
    chunk_size: int

    @property
    def total(self) -> int:
        """How many chunks there are."""
        return -(-self.size // self.chunk_size)

    def offset(self, index: int) -> int:
        """Where a chunk begins."""
        return (index - 1) * self.chunk_size

    def length(self, index: int) -> int:
        """How many bytes a chunk has."""
        return min(self.chunk_size, self.size - self.offset(index))

    def bytes_of(self, indices: Iterable[int]) -> int:
        """How many bytes these chunks have together."""
        return sum(self.length(index) for index in indices)


def next_run(wanted: Iterable[int], have: Collection[int] = ()) -> tuple[int, int] | None:
    """The next URLs to ask for, as (first chunk, count); None when there is nothing to ask.

    `wanted` is in the order of need. The run begins at the first chunk that lacks a URL, and ends
    before the first neighbour that has one, since a request names neighbours only.
    """
    lacking = dict.fromkeys(index for index in wanted if index not in have)
    start = next(iter(lacking), None)
    if start is None:
        return None
    count = 1
    while count < MAX_URLS and start + count in lacking:
        count += 1
    return start, count


def usable_until(expires_at: datetime | None, generated_at: datetime | None, now: float) -> float:
    """Until when a URL that came at `now` may be used, on the clock of `now`.

    Where the service gives the time at which it made the URL, only the difference counts, so that a
    wrong clock on this side does no harm. A margin is kept: a minute, or a tenth of a short life.
    """
    if expires_at is None:
        life = _DEFAULT_LIFE
    else:
        made = now if generated_at is None else timestamp(generated_at)
        life = timestamp(expires_at) - made
    return now + life - min(_MARGIN, abs(life) / 10)
