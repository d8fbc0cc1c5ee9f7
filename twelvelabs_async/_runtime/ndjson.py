"""Bytes in, lines out. No I/O."""

from __future__ import annotations

from ..errors import StreamError

MAX_LINE = 64 * 1024 * 1024


class LineDecoder:
    """Cuts a byte stream at its newlines, wherever the pieces end.

    `limit` bounds one line, in bytes: past it, StreamError. Empty lines are lines too: to look at
    each for them costs a tenth of what an event does.
    """

    __slots__ = ("_limit", "_size", "_tail")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._tail: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that this piece completes."""
        if b"\n" not in piece:
            # Kept apart until the line is whole: joining each time would cost the square.
            self._tail.append(piece)
            self._size += len(piece)
            self._check(self._size)
            return []
        if self._tail:
            self._tail.append(piece)
            piece = b"".join(self._tail)
            self._tail.clear()
        lines = piece.split(b"\n")
        tail = lines.pop()
        self._size = len(tail)
        if tail:
            self._tail.append(tail)
        if len(piece) > self._limit:  # only then can one of its lines be
            self._check(max(map(len, lines), default=0))
            self._check(self._size)
        return lines

    def end(self) -> bytes | None:
        """The last line, when the stream did not end with a newline; None when that is empty."""
        tail = b"".join(self._tail)
        self._tail.clear()
        self._size = 0
        return tail if tail.strip() else None

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise StreamError(f"a line of the stream is longer than {self._limit} bytes")
