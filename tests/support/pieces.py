"""A body of an upload that is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twelvelabs_async._runtime.blocking_body import BlockingBody

__all__ = ["Pieces"]


class Pieces(BlockingBody):
    """A body of these pieces, counted."""

    def __init__(self, *pieces: bytes) -> None:
        self.given: Sequence[bytes] = pieces
        self.size = sum(map(len, pieces))
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.given)

    def on_sent(self, size: int) -> None:
        self.sent += size
