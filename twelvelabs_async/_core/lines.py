"""Bytes in, lines and server-sent events out. No I/O."""

from __future__ import annotations

from typing import NamedTuple

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


class ServerSentEvent(NamedTuple):
    """One event of a text/event-stream: its name ("message" unless named), data and id."""

    event: str
    data: str
    id: str | None


class EventDecoder:
    """Decodes text/event-stream as the WHATWG standard says, wherever the pieces end.

    `limit` bounds one event, in bytes: past it, StreamError.
    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    __slots__ = ("_cr", "_data", "_event", "_first", "_id", "_limit", "_size", "_tail")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._tail: list[bytes] = []
        self._size = 0  # of the event that is not whole yet
        self._cr = False
        self._first = True
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that this piece completes."""
        # A CR that ended the piece before has ended its line: an LF that follows belongs to it.
        if self._cr and piece:
            piece = piece.removeprefix(b"\n")
            self._cr = False
        if piece:
            self._cr = piece.endswith(b"\r")
        if b"\n" not in piece and b"\r" not in piece:
            self._tail.append(piece)
            self._grow(len(piece))
            return []
        self._size -= sum(map(len, self._tail))
        whole = b"".join([*self._tail, piece])
        *lines, tail = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._tail = [tail]
        events: list[ServerSentEvent] = []
        for raw in lines:
            self._grow(len(raw))
            line = raw.decode("utf-8", "replace")
            if self._first:
                self._first = False
                line = line.removeprefix("\ufeff")
            if line:
                self._field(line)
                continue
            self._size = 0
            if self._data:
                events.append(
                    ServerSentEvent(self._event or "message", "\n".join(self._data), self._id)
                )
            self._event, self._data = "", []
        self._grow(len(tail))
        return events

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise StreamError(f"an event of the stream is longer than {self._limit} bytes")

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
