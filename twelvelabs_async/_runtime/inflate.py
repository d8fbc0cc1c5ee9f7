"""Content codings of a body, undone with a bound. No I/O.

https://www.rfc-editor.org/rfc/rfc9110#section-8.4 and https://www.rfc-editor.org/rfc/rfc1952
"""

from __future__ import annotations

import zlib

from ..errors import DecodeError

__all__ = ["Inflater"]

_GZIP = ("gzip", "x-gzip")
# https://www.iana.org/assignments/http-parameters: registered, and not undone here.
_FOREIGN = frozenset(
    {"aes128gcm", "br", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "zstd"}
)
_MOST = 4  # codings in a row: each multiplies what a few bytes can become
_SLICE = 16 * 1024  # bytes per step: zlib copies the rest at each end of a member


class Inflater:
    """Undoes the codings of a Content-Encoding, never giving out more than `limit` bytes in all.

    Values that name no coding (`none`, `utf-8`, nothing) are passed over, as other clients do: a
    body that is encoded anyway fails where it is parsed. DecodeError for a coding that was not
    requested, here and from each method for data that cannot be decompressed.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        """Take the header's value; several in a row are undone from the last to the first."""
        names = [name.strip().lower() for name in encoding.split(",")]
        undone = [name for name in reversed(names) if name in (*_GZIP, "deflate")]
        foreign = [name for name in names if name in _FOREIGN]
        if foreign or len(undone) > _MOST:
            shown = foreign[0] if foreign else f"{len(undone)} codings in a row"
            raise DecodeError(f"the reply has an encoding that was not requested: {shown}")
        # What compresses badly is a little longer while it is packed.
        bounds = [*[2 * limit + 1024] * (len(undone) - 1), limit]
        self._stages = [
            _Stage(name in _GZIP, bound) for name, bound in zip(undone, bounds, strict=False)
        ]

    def feed(self, piece: bytes) -> bytes:
        """What this piece holds."""
        for stage in self._stages:
            piece = stage.feed(piece)
        return piece

    def count_anew(self) -> None:
        """Have the limit hold for what follows: for a reader that keeps nothing of what was."""
        for stage in self._stages:
            stage.made = 0

    def end(self) -> None:
        """DecodeError when the compressed data stopped short."""
        for stage in self._stages:
            stage.end()


class _Stage:
    """One coding. Gzip may have several members, one after another, and zeros after the last."""

    __slots__ = ("_gzip", "_limit", "_machine", "_members", "_raw_allowed", "_start", "made")

    def __init__(self, gzip: bool, limit: int) -> None:
        self._gzip = gzip
        self._raw_allowed = not gzip
        self._machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: zlib or gzip header
        self._members = 1
        self._limit = limit
        self.made = 0
        self._start = b""

    def feed(self, piece: bytes) -> bytes:
        """What this piece holds."""
        made: list[bytes] = []
        for at in range(0, len(piece), _SLICE):
            rest = piece[at : at + _SLICE]
            while rest := self._begin_member(rest):
                made.append(self._decompress(rest))
                rest = self._machine.unused_data
        return b"".join(made)

    def _begin_member(self, piece: bytes) -> bytes:
        """What is left to decompress, after the padding between members."""
        if self._machine.eof:
            piece = piece.lstrip(b"\0") if self._gzip else piece
            if piece and not self._gzip:
                raise DecodeError("the reply continues after its compressed data")
            if piece:
                self._machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # gzip alone
                self._members += 1
        return piece

    def _decompress(self, piece: bytes) -> bytes:
        try:
            out = self._machine.decompress(piece, self._limit - self.made + 1)
        except zlib.error as error:
            if self._members > 1:
                raise DecodeError("the reply continues after its compressed data") from None
            if not self._raw_allowed or self.made:
                raise DecodeError(f"the reply cannot be decompressed: {error}") from None
            # Some servers send deflate without the zlib header that RFC 9110 wants.
            self._machine = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
            self._raw_allowed = False
            return self._decompress(self._start + piece)
        if self._raw_allowed:
            # A header in two pieces is recognised only with the second.
            self._start += piece
            self._raw_allowed = not out and len(self._start) < 2
        self.made += len(out)
        if self.made > self._limit:
            raise DecodeError(f"the reply is longer than {self._limit} bytes when decompressed")
        return out

    def end(self) -> None:
        """DecodeError when the compressed data stopped short."""
        if not self._machine.eof:
            raise DecodeError("the reply's compressed data breaks off")
