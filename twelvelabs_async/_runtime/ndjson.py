"""Bytes in, lines out. No I/O."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import orjson

from ..errors import StreamError

__all__ = ["MAX_LINE", "LineDecoder", "Lines"]

MAX_LINE = 64 * 1024 * 1024
_AT_ONCE = 256 * 1024  # bytes of lines that are read in one step
# A number that no peer can know: where it stands in the array, and there alone, a line ended.
_BETWEEN = int.from_bytes(os.urandom(6))
_COMMAS = b",%d," % _BETWEEN


class Lines:
    """The lines that a piece of a body completes, cut only where they are asked for."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text  # it ends with a newline, unless it is empty

    @property
    def size(self) -> int:
        """How many bytes they are, with their newlines."""
        return len(self._text)

    def __iter__(self) -> Iterator[bytes]:
        lines = self._text.split(b"\n")
        del lines[-1]
        return iter(lines)

    def values(self) -> list[Any] | None:
        """The JSON value of each line; None where they must be read one by one.

        All are read as one array, which takes a fourth less time than each by itself. It is exact:
        one line that is not a JSON value, and None comes back.
        """
        text = self._text
        if len(text) > _AT_ONCE:
            return None
        spaced = text.replace(b"\n", _COMMAS)
        count = (len(spaced) - len(text)) // (len(_COMMAS) - 1)  # to count them would take longer
        if count < 2:
            return None
        try:
            found: list[Any] = orjson.loads(b"".join((b"[", spaced, b"0]")))
        except ValueError:
            return None
        # Lines could be a value together, such as `[1` and `2]`, or one could hold two: `1,2`.
        if len(found) != 2 * count + 1 or found[1::2] != [_BETWEEN] * count:
            return None
        return found[:-1:2]


class LineDecoder:
    """Cuts a byte stream at its newlines, wherever the pieces end.

    `limit` bounds one line, in bytes: past it, StreamError. Empty lines are lines too: to look at
    each for them costs a tenth of what an event does. A byte order mark at the start is left out.
    """

    __slots__ = ("_begun", "_limit", "_size", "_tail")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._tail: list[bytes] = []
        self._size = 0
        self._begun = False

    def feed(self, piece: bytes) -> Lines:
        """The lines that this piece completes."""
        end = piece.rfind(b"\n") + 1
        if not end:
            # Kept apart until the line is whole: joining each time would cost the square.
            self._tail.append(piece)
            self._size += len(piece)
            self._check(self._size)
            return Lines(b"")
        size = self._size + end
        text = b"".join((*self._tail, piece[:end])) if self._tail else piece[:end]
        self._tail.clear()
        self._size = len(piece) - end
        if self._size:
            self._tail.append(piece[end:])
        if not self._begun:
            self._begun = True
            text = text.removeprefix(BOM_UTF8)
        lines = Lines(text)
        if size > self._limit:  # only then can one of its lines be
            self._check(max(map(len, lines), default=0))
        self._check(self._size)
        return lines

    def end(self) -> bytes | None:
        """The last line, when the stream did not end with a newline; None when that is empty."""
        tail = b"".join(self._tail)
        self._tail.clear()
        self._size = 0
        if not self._begun:
            tail = tail.removeprefix(BOM_UTF8)
        return tail if tail.strip() else None

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise StreamError(f"a line of the stream is longer than {self._limit} bytes")
