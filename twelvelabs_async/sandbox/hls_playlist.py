"""HLS playlists (RFC 8216) as plans of what to fetch: the best variant, or the segments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urljoin

from attrs import define, field, frozen

from .media.measure.film import LONGEST
from .media.measure.probe import MediaError

__all__ = ["HEAD", "Part", "Stream", "Variant", "is_playlist", "parse"]

HEAD: Final = "#EXTM3U"
"""How every playlist begins."""
_TYPES: Final = {
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "audio/mpegurl",
    "audio/x-mpegurl",
}
_ATTRIBUTE: Final = re.compile(r'(?<![A-Z0-9-])([A-Z0-9-]++)=("[^"]*"|[^",]*)')
_RANGE: Final = re.compile(r"(\d{1,18})(?:@(\d{1,18}))?", re.ASCII)
_MOST_SEGMENTS: Final = 20_000
# What makes no film, or does not stand in the playlist.
_UNSUPPORTED: Final = {
    "#EXT-X-I-FRAMES-ONLY": "key frames only",
    "#EXT-X-GAP": "segments that are missing",
    "#EXT-X-DEFINE": "variables",
}


@frozen
class Part:
    """A segment or its header: a URL and, where it is a part of that file, its span of bytes."""

    url: str
    start: int = 0
    length: int | None = None


@frozen
class Stream:
    """A media playlist: the pieces of a film, and whether more of them are to come.

    The parts of each piece make one file, with a timeline of its own.
    """

    pieces: Sequence[Sequence[Part]]
    live: bool
    fragments: bool
    """Whether segments are fragments of an MP4 file; else each is whole in itself."""


@frozen
class Variant:
    """The URL of a media playlist, and that of its sound where this has a playlist of its own."""

    url: str
    sound: str | None = None


def is_playlist(url_path: str, content_type: str = "") -> bool:
    """Whether a URL's path or the type that its server says is that of a playlist."""
    return url_path.lower().endswith((".m3u8", ".m3u")) or content_type.lower() in _TYPES


def parse(text: str, url: str) -> Stream | Variant:
    """The stream of a media playlist, or the best variant of a master playlist.

    ``url`` is the playlist's own. Raises ``MediaError`` for what is not a playlist, and for one
    that is encrypted or makes no film.
    """
    lines = [line.strip() for line in text.split("\n")]
    if lines[0] != HEAD:
        raise MediaError("video_file_broken", "The playlist does not begin with #EXTM3U.")
    try:
        if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
            return _best(lines, url)
        return _stream(lines, url)
    except ValueError as error:
        raise MediaError("video_file_broken", "The playlist is malformed.") from error


def _attributes(line: str) -> Mapping[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _best(lines: Sequence[str], url: str) -> Variant:
    """The variant with the most bits a second, with the sound that players choose."""
    sounds: dict[str, list[Mapping[str, str]]] = {}
    for line in lines:
        if line.startswith("#EXT-X-MEDIA:"):
            said = _attributes(line)
            if said.get("TYPE") == "AUDIO":
                sounds.setdefault(said.get("GROUP-ID", ""), []).append(said)
    variants: list[tuple[int, str, str]] = []
    for line, following in zip(lines, _following(lines), strict=True):
        if line.startswith("#EXT-X-STREAM-INF:"):
            said = _attributes(line)
            bits = int(said["BANDWIDTH"]) if "BANDWIDTH" in said else 0
            variants.append((bits, following, said.get("AUDIO", "")))
    _, name, group = max(variants, key=lambda variant: variant[0])
    own = urljoin(url, name)
    # One without a URI is in the variant itself.
    chosen = max(sounds.get(group, [{}]), key=_preference).get("URI")
    sound = None if chosen is None else urljoin(url, chosen)
    return Variant(own, None if sound == own else sound)


def _preference(sound: Mapping[str, str]) -> tuple[bool, bool]:
    return sound.get("DEFAULT") == "YES", sound.get("AUTOSELECT") == "YES"


def _following(lines: Sequence[str]) -> Iterator[str]:
    """For each line, the next after it that is a URI."""
    found: list[str] = []
    following = ""
    for line in reversed(lines):
        found.append(following)
        if line and not line.startswith("#"):
            following = line
    return reversed(found)


@define
class _Reader:
    """What is read of a media playlist so far."""

    url: str
    pieces: list[list[Part]] = field(factory=list[list[Part]])
    seconds: float = 0.0
    header: Part | None = None
    begins: bool = True
    """Whether the next segment begins a piece."""
    span: tuple[int, int | None] | None = None
    """The length and start of the next segment's bytes."""
    before: Part | None = None
    segments: int = 0

    def read(self, line: str) -> None:
        tag, _, value = line.partition(":")
        if tag == "#EXTINF":
            self._wait(float(value.partition(",")[0]))
        elif tag == "#EXT-X-BYTERANGE":
            self.span = _span(value)
        elif tag == "#EXT-X-MAP":
            self._begin(_attributes(line))
        elif tag == "#EXT-X-KEY":
            if _attributes(line).get("METHOD") != "NONE":
                raise MediaError("unsupported_file_type", "The stream is encrypted.")
        elif tag == "#EXT-X-DISCONTINUITY":
            self.begins = True
        elif tag in _UNSUPPORTED:
            raise _unsupported(_UNSUPPORTED[tag])
        elif line and not line.startswith("#"):
            self._add(urljoin(self.url, line))

    def _wait(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(seconds)
        self.seconds += seconds
        if self.seconds > LONGEST:
            raise MediaError(
                "video_duration_too_long", f"The stream has more than {LONGEST:g} seconds."
            )

    def _begin(self, said: Mapping[str, str]) -> None:
        if "URI" not in said:
            raise ValueError("a map without a URI")
        length, start = _span(said["BYTERANGE"]) if "BYTERANGE" in said else (None, None)
        header = Part(urljoin(self.url, said["URI"]), start or 0, length)
        if header != self.header:
            self.header, self.begins = header, True

    def _add(self, url: str) -> None:
        self.segments += 1
        if self.segments > _MOST_SEGMENTS:
            raise MediaError(
                "media_filesize_too_large", f"The stream has more than {_MOST_SEGMENTS} segments."
            )
        part = Part(url)
        if self.span is not None:
            length, start = self.span
            before = self.before
            if start is None:
                if before is None or before.url != url or before.length is None:
                    raise ValueError("a range of bytes without its start")
                start = before.start + before.length
            part = Part(url, start, length)
        self.span, self.before = None, part
        if self.begins:
            self.pieces.append([] if self.header is None else [self.header])
            self.begins = False
        self.pieces[-1].append(part)


def _stream(lines: Sequence[str], url: str) -> Stream:
    reader = _Reader(url)
    live = "#EXT-X-ENDLIST" not in lines
    if not live:
        for line in lines[1:]:
            reader.read(line)
        if not reader.segments:
            raise MediaError("video_file_broken", "The playlist has no segments.")
    return Stream(tuple(map(tuple, reader.pieces)), live, reader.header is not None)


def _span(text: str) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(text)
    return int(found[1]), int(found[2]) if found[2] else None


def _unsupported(what: str) -> MediaError:
    return MediaError("unsupported_file_type", f"Streams with {what} are not supported.")
