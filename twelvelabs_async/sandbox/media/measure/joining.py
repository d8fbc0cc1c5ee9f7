"""Joins the pieces of a stream to one film, where their bytes in turn would be none.

The pieces are films with timelines of their own, and their sound may be in other ones. Packets are
copied, not decoded, with times that go on from one piece to the next. MPEG transport streams take
along what H.264, HEVC and the common kinds of sound need to be decoded, so that pieces may differ
in size or rate. What does not fit into these goes to Matroska, and must not change.
"""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import heapq
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias, cast

import av
from attrs import define, field, frozen
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from .film import LONGEST
from .opening import opened
from .probe import MediaError, demuxed, picture_stream, sound_stream
from .streams import codec_name

__all__ = ["Span", "Tracks", "join"]

Span: TypeAlias = tuple[int, int]
"""Where a piece begins in the file that has them all, and how many bytes it has."""
Tracks: TypeAlias = Sequence[Sequence[Span]]
"""The pieces of the film, and after them those of its sound if that is in others."""

_Kind = Literal["video", "audio"]
_IN_TRANSPORT_STREAMS: Final = {
    *("h264", "hevc", "mpeg1video", "mpeg2video"),
    *("aac", "mp2", "mp3", "ac3", "eac3"),
}
_TO_ANNEX_B: Final = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
# Files of sound alone, which say no time: they begin with the pictures.
_EARLY: Final = -(2**62)
_PACKED: Final = {"aac", "mp3", "ac3", "eac3"}
_STAMP: Final = b"com.apple.streaming.transportStreamTimestamp\0"
_LARGEST_TAG: Final = 64 * 1024
_CLOCK: Final = 90_000
_TURN: Final = Fraction(2**33, _CLOCK)
"""The seconds after which the clock of transport streams begins anew."""


def join(
    source: str | PathLike[str], tracks: Tracks, target: str | PathLike[str], most: int
) -> str:
    """The MIME type of the film that is written to ``target``, which is there, of the pieces.

    Raises ``MediaError`` for pieces that cannot be read or joined, and for a film that would have
    more than ``most`` bytes.
    """
    with Path(source).open("rb") as file, Path(target).open("r+b") as out:
        limited = _Limited(out, most)
        try:
            plan = _plan(file, tracks)
            with av.open(cast("IO[bytes]", limited), "w", format=plan.container) as output:
                _copy(file, tracks, plan, output)
        except (FFmpegError, _FullError) as error:
            if limited.full:
                raise MediaError(
                    "media_filesize_too_large", f"The film has more than {most} bytes."
                ) from error
            raise MediaError("video_file_broken", "The segments cannot be joined.") from error
    return "video/mp2t" if plan.container == "mpegts" else "video/x-matroska"


class _FullError(OSError):
    """More is written than may be."""


@define
class _Limited:
    """A file to write at most ``most`` bytes to."""

    _file: IO[bytes]
    _most: int
    full: bool = False
    """Whether more was to be written: the writer of films may report that as something else."""

    def write(self, data: bytes) -> int:
        if self._file.tell() + len(data) > self._most:
            self.full = True
            raise _FullError
        return self._file.write(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


@define
class _Slice:
    """A part of a file as a file."""

    _file: IO[bytes]
    _start: int
    _length: int
    _place: int = 0

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._place)
        self._file.seek(self._start + self._place)
        data = self._file.read(left if size < 0 else min(size, left))
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place


@contextmanager
def _open(file: IO[bytes], span: Span) -> Generator[InputContainer]:
    with opened(cast("IO[bytes]", _Slice(file, *span))) as container:
        yield container


def _streams(
    container: InputContainer, track: int, wanted: Sequence[_Kind]
) -> dict[_Kind, VideoStream | AudioStream]:
    """What is copied of a piece: pictures of the first track only."""
    found: dict[_Kind, VideoStream | AudioStream | None] = {"audio": sound_stream(container)}
    if track == 0:
        found["video"] = picture_stream(container)
    return {kind: stream for kind, stream in found.items() if stream and kind in wanted}


@frozen
class _Plan:
    """How the pieces are joined."""

    container: str
    templates: dict[_Kind, tuple[int, Span]]
    """The first piece that has this kind of stream, and its track."""
    kinds: Sequence[Sequence[_Kind]]
    """What is copied of each track."""


def _plan(file: IO[bytes], tracks: Tracks) -> _Plan:
    templates: dict[_Kind, tuple[int, Span]] = {}
    names: dict[_Kind, str] = {}
    heads: dict[_Kind, bytes | None] = {}
    differ = False
    # The sound of the last track that has some counts.
    kinds: list[list[_Kind]] = []
    for track in reversed(range(len(tracks))):
        wanted: list[_Kind] = ["video"] if "audio" in names else ["video", "audio"]
        kinds.insert(0, wanted)
        for span in tracks[track]:
            with _open(file, span) as container:
                for kind, stream in _streams(container, track, wanted).items():
                    name, head = codec_name(stream), stream.codec_context.extradata
                    templates.setdefault(kind, (track, span))
                    if names.setdefault(kind, name) != name:
                        raise _unsupported(f"segments in both {names[kind]} and {name}")
                    differ = differ or heads.setdefault(kind, head) != head
    if not templates:
        raise MediaError("unsupported_file_type", "The stream has no pictures and no sound.")
    if set(names.values()) <= _IN_TRANSPORT_STREAMS:
        return _Plan("mpegts", templates, kinds)
    if differ:
        raise _unsupported(f"{' and '.join(sorted(names.values()))} that changes within")
    return _Plan("matroska", templates, kinds)


def _copy(file: IO[bytes], tracks: Tracks, plan: _Plan, output: OutputContainer) -> None:
    copies: dict[_Kind, Stream] = {}
    for kind, (track, span) in plan.templates.items():
        with _open(file, span) as container:
            template = _streams(container, track, [kind])[kind]
            copies[kind] = output.add_stream_from_template(template, opaque=True)
    output.start_encoding()
    last: dict[_Kind, int] = {}
    for timed in _timed(file, tracks, plan):
        packet, stream = timed.packet, copies[timed.kind]
        base = _rational(stream.time_base)
        packet.time_base = base
        # Where a piece reorders more pictures than the one before, its first would come too early.
        dts = max(round(timed.decoded / base), last.get(timed.kind, _EARLY) + 1)
        packet.dts, packet.pts = dts, max(dts, round(timed.shown / base))
        packet.duration = round(timed.lasts / base)
        last[timed.kind] = dts
        packet.stream = stream
        output.mux_one(packet)


@frozen
class _Timed:
    """A packet and its times in the joined film, in seconds."""

    kind: _Kind
    packet: Packet[Any]
    shown: Fraction
    decoded: Fraction
    lasts: Fraction

    @property
    def ends(self) -> Fraction:
        return self.shown + self.lasts


def _rational(base: Any) -> Fraction:
    """A time base, whose type depends on PyAV's version, as a number to reckon with."""
    return Fraction(base.numerator, base.denominator)


def _stamp(file: IO[bytes], span: Span) -> Fraction | None:
    """When a piece of packed sound begins by the clock of its stream, if its tag says that.

    It is an ID3 tag, and what is in it is the time of a transport stream (RFC 8216, 3.4).
    """
    head = _Slice(file, *span)
    if head.read(3) != b"ID3":
        return None
    _, found, rest = head.read(_LARGEST_TAG).partition(_STAMP)
    if not found or len(rest) < 8:
        return None
    return Fraction(int.from_bytes(rest[:8]) % 2**33, _CLOCK)


def _align(pieces: Sequence[_Piece]) -> Fraction:
    """When the first of pieces that are shown together begins, by their common clock.

    That of sound with a stamp may have begun anew where that of the pictures has not, or the
    reverse.
    """
    timed = [piece for piece in pieces if piece.streams and not piece.timeless]
    if not timed:
        return Fraction(0)
    for piece in timed[1:]:
        if piece.stamp is not None:
            piece.stamp += round((timed[0].start - piece.stamp) / _TURN) * _TURN
    return min(piece.start for piece in timed)


def _decoded(timed: _Timed) -> Fraction:
    return timed.decoded


def _timed(file: IO[bytes], tracks: Tracks, plan: _Plan, first: int = 0) -> Iterator[_Timed]:
    """The packets of all tracks in the order in which they are decoded."""
    if len({len(track) for track in tracks}) > 1:
        # Nothing says which belong together: each goes on by itself.
        each = [_timed(file, [track], plan, number) for number, track in enumerate(tracks)]
        yield from heapq.merge(*each, key=_decoded)
        return
    end = Fraction(0)
    for group in zip(*tracks, strict=True):
        with ExitStack() as stack:
            pieces: list[_Piece] = []
            for number, span in enumerate(group, first):
                container = stack.enter_context(_open(file, span))
                streams = _streams(container, number, plan.kinds[number])
                stamp = _stamp(file, span) if container.format.name in _PACKED else None
                pieces.append(_Piece(container, streams, plan.container == "mpegts", stamp))
            start = _align(pieces)
            reached = end
            for timed in heapq.merge(
                *(piece.packets(end, start) for piece in pieces), key=_decoded
            ):
                reached = max(reached, timed.ends)
                if reached > LONGEST or min(timed.shown, timed.decoded) < -LONGEST:
                    raise MediaError(
                        "video_duration_too_long", f"The stream has more than {LONGEST:g} seconds."
                    )
                yield timed
            if reached == end:
                raise MediaError("video_file_broken", "A segment has nothing that can be read.")
            end = reached


@define
class _Piece:
    """One piece that is being read."""

    container: InputContainer
    streams: dict[_Kind, VideoStream | AudioStream]
    framed: bool
    """Whether packets go out with all that is needed to decode them."""
    stamp: Fraction | None
    """When packed sound begins by the clock of its stream, if that is known."""
    _usual: dict[_Kind, tuple[Fraction, Fraction]] = field(factory=dict[Any, Any])
    """When the packet before was decoded, and how long it lasted."""

    @property
    def timeless(self) -> bool:
        return self.container.format.name in _PACKED and self.stamp is None

    @property
    def start(self) -> Fraction:
        """When it begins by the clock of its stream."""
        return self._own_start if self.stamp is None else self.stamp

    @property
    def _own_start(self) -> Fraction:
        """When it begins on its own timeline."""
        starts = [
            stream.start_time * _rational(stream.time_base)
            for stream in self.streams.values()
            if stream.start_time is not None
        ]
        return min(starts, default=Fraction(0))

    def packets(self, begins: Fraction, start: Fraction) -> Iterator[_Timed]:
        """Its packets; ``start`` by the clock of its stream is ``begins`` in the film."""
        shift = begins - self._own_start + (0 if self.timeless else self.start - start)
        kinds: dict[int, _Kind] = {stream.index: kind for kind, stream in self.streams.items()}
        filters: dict[_Kind, BitStreamFilterContext] = {
            kind: BitStreamFilterContext(_TO_ANNEX_B[codec_name(stream)], stream)
            for kind, stream in self.streams.items()
            if self.framed
            and codec_name(stream) in _TO_ANNEX_B
            and (stream.codec_context.extradata or b"")[:1] == b"\1"
        }
        if not kinds:
            return
        for packet in demuxed(self.container, *self.streams.values()):
            kind = kinds[packet.stream.index]
            base = _rational(packet.stream.time_base)
            if not packet.size:
                continue
            for ready in filters[kind].filter(packet) if kind in filters else [packet]:
                timed = self._time(kind, ready, base, shift)
                if timed is not None:
                    yield timed

    def _time(
        self, kind: _Kind, packet: Packet[Any], base: Fraction, shift: Fraction
    ) -> _Timed | None:
        dts = packet.pts if packet.dts is None else packet.dts
        if dts is None:
            return None
        pts = dts if packet.pts is None else packet.pts
        when = dts * base + shift
        before, lasts = self._usual.get(kind, (when, Fraction(0)))
        if packet.duration:
            lasts = packet.duration * base
        elif when > before:
            lasts = when - before
        self._usual[kind] = when, lasts
        stream = self.streams[kind]
        if self.framed and codec_name(stream) == "aac":
            framed = _with_header(packet, stream.codec_context.extradata or b"")
            if framed is None:
                return None
            packet = framed
        return _Timed(kind, packet, pts * base + shift, when, lasts)


def _with_header(packet: Packet[Any], config: bytes) -> Packet[Any] | None:
    """AAC with the header (ADTS) by which it is decoded, made of the file's (ISO 14496-3).

    None for damaged packets, which players pass over as well.
    """
    data = bytes(packet)
    if data[:1] == b"\xff" and data[1] & 0xF0 == 0xF0:
        return packet
    if not config:
        return None
    bits = int.from_bytes(config[:2].ljust(2, b"\0"))
    profile, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if profile in (5, 29):
        profile = 2  # its core is of low complexity, and the rest is found by decoders
    length = len(data) + 7
    if not (1 <= profile <= 4 and rate < 13 and 1 <= channels <= 7 and length < 1 << 13):
        raise _unsupported("AAC of this kind in pieces")
    header = 0xFFF1 << 40 | (profile - 1) << 38 | rate << 34 | channels << 30
    header |= length << 13 | 0x7FF << 2
    framed = Packet(header.to_bytes(7) + data)
    framed.is_keyframe = True
    return framed


def _unsupported(what: str) -> MediaError:
    return MediaError("unsupported_file_type", f"Streams with {what} are not supported.")
