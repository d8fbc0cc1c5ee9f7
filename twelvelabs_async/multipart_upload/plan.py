"""How a file is cut, which addresses to ask for, and how long they last. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

__all__ = ["MAX_BATCH", "MAX_URLS", "Plan", "max_size", "next_run", "timestamp", "usable_until"]

MAX_URLS = 50
"""The most addresses that one request gives."""

MAX_BATCH = 50
"""The most chunks that one report holds."""

_GIB = 1024**3
_MAX_SIZES = {"video": 10 * _GIB, "audio": 10 * _GIB, "image": 32 * 1024**2}
_MARGIN = 60.0  # seconds before its end from which an address is not used any more
_UNTOLD_LIFE = 3600.0  # seconds, for an address that does not say: as the service documents


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


def max_size(file_type: str) -> int | None:
    """The most bytes that the service takes of such a file; None where it documents no limit."""
    return _MAX_SIZES.get(file_type)


def next_run(wanted: Iterable[int], have: Collection[int] = ()) -> tuple[int, int] | None:
    """The next addresses to ask for, as (first chunk, count); None when there is nothing to ask.

    `wanted` is in the order of need. The run begins at the first chunk that lacks an address, and
    goes on while the chunks that follow lack one too, since a request names neighbours only.
    """
    lacking = dict.fromkeys(index for index in wanted if index not in have)
    start = next(iter(lacking), None)
    if start is None:
        return None
    count = 1
    while count < MAX_URLS and start + count in lacking:
        count += 1
    return start, count


def timestamp(when: datetime) -> float:
    """Seconds since the epoch; a time without an offset is taken to be in UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def usable_until(expires_at: datetime | None, generated_at: datetime | None, now: float) -> float:
    """Until when an address that came at `now` may be used, on the clock of `now`.

    Where the service tells when it made the address only the difference counts, so that a wrong
    clock on this side does no harm. A margin is kept: a minute, or a tenth of a short life.
    """
    if expires_at is None:
        life = _UNTOLD_LIFE
    else:
        made = now if generated_at is None else timestamp(generated_at)
        life = timestamp(expires_at) - made
    return now + life - min(_MARGIN, abs(life) / 10)
