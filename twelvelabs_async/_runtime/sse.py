"""Server-sent events: bytes to events, however the bytes are cut.

As the WHATWG's HTML standard has it: lines end with LF, CR or CRLF, a BOM may come first, lines
that begin with a colon are comments, and an empty line ends an event. Lines are cut as bytes, so
that U+2028, U+2029 and U+0085 stay what they are: characters of a text. Ids and reconnection times
are passed over, since no stream is opened again.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import StreamError
from .ndjson import MAX_LINE

__all__ = ["EventDecoder", "ServerEvent"]

_BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event: its type, ``"message"`` where none is given, and its data."""

    type: str
    data: bytes


class EventDecoder:
    """Takes pieces of a body and gives the events that they complete.

    `limit` bounds one event, in bytes: past it, StreamError.
    """

    __slots__ = ("_after_cr", "_head", "_limit", "_pieces", "_size")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._pieces: list[bytes] = []  # of the event that is not complete yet
        self._head: bytes | None = b""  # what may be a BOM still; None once that is decided
        self._after_cr = False
        self._limit = limit
        self._size = 0  # of the pieces

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events that end in this piece."""
        if self._head is not None:
            piece = self._without_bom(piece)
        if self._after_cr and piece:
            self._after_cr = False
            if piece[:1] == b"\n":  # the second half of a CRLF that was cut
                piece = piece[1:]
        if b"\r" in piece:
            self._after_cr = piece[-1:] == b"\r"
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not piece:
            return []
        pieces = self._pieces
        ends = b"\n\n" in piece or (
            piece[0] == 10 and (not pieces or pieces[-1][-1] == 10)  # LF
        )
        pieces.append(piece)
        self._size += len(piece)
        if not ends:  # only what holds an end is joined, so that a long event costs no more
            if self._size > self._limit:
                raise StreamError(f"an event of the stream is longer than {self._limit} bytes")
            return []
        *blocks, rest = b"".join(pieces).split(b"\n\n")
        pieces.clear()
        if rest:
            pieces.append(rest)
        self._size = len(rest)
        return [event for block in blocks if (event := self._event(block)) is not None]

    def end(self) -> ServerEvent | None:
        """The event at the end of the body that no empty line ends, where there is one."""
        rest = (self._head or b"") + b"".join(self._pieces)
        self._pieces.clear()
        return self._event(rest.removesuffix(b"\n"))  # else an empty line would follow it

    def _without_bom(self, piece: bytes) -> bytes:
        head = (self._head or b"") + piece
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _event(self, block: bytes) -> ServerEvent | None:
        """The event of some lines; None when they have no data."""
        kind = b""
        data: list[bytes] = []
        for line in block.split(b"\n"):
            if not line:  # an empty line at the start: what came before it is forgotten
                kind = b""
                continue
            name, _, value = line.partition(b":")
            if value[:1] == b" ":
                value = value[1:]
            if name == b"data":
                data.append(value)
            elif name == b"event":
                kind = value
        if not data:
            return None
        type_ = kind.decode("utf-8", "replace") if kind else "message"
        return ServerEvent(type_, data[0] if len(data) == 1 else b"\n".join(data))
