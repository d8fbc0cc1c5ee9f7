"""What a file is: its kind, length, size and streams, as PyAV reads them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import av
from attrs import field, frozen
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .exif import exif_details
from .opening import MOST_PIXELS, opened
from .streams import codec_name, picture_details, stream_details

__all__ = [
    "Kind",
    "MediaError",
    "MediaInfo",
    "beginning",
    "decoded",
    "demuxed",
    "open_media",
    "picture_stream",
    "probe",
    "sound_stream",
]

Kind = Literal["video", "audio", "image"]

# How the containers that are media at all begin: what does not open yet begins so is broken.
_MAGIC = {
    "video": (b"\x1aE\xdf\xa3", b"FLV", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"0&\xb2u"),
    "audio": (b"ID3", b"fLaC", b"OggS", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"),
    "image": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM"),
}


class MediaError(Exception):
    """A file that cannot be used: the service's ``code`` for it, and a ``message``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[MediaError], tuple[str, str]]:
        return MediaError, (self.code, self.message)


@frozen(kw_only=True)
class MediaInfo:
    """One file's figures.

    ``duration`` is in seconds (0 for an image), ``width`` and ``height`` in pixels as the picture
    is shown (0 for sound alone), ``fps`` in frames a second, ``size`` in bytes. ``container`` and
    the codecs are named as FFmpeg names them.
    """

    kind: Kind
    duration: float
    width: int
    height: int
    fps: float
    size: int
    container: str
    video_codec: str | None = None
    audio_codec: str | None = None
    has_audio: bool = False
    has_subtitles: bool = False
    begins: float = 0.0
    """The time of the beginning on the file's own clock, in seconds; mostly 0."""
    details: Mapping[str, Any] = field(factory=dict[str, Any], hash=False, repr=False)
    """More of the file, by the names of the API's technical metadata."""


def probe(path: str | PathLike[str]) -> MediaInfo:
    """What the file is; at least one of its pictures, or some of its sound, is decoded to find out.

    Raises ``MediaError`` with the code ``unsupported_file_type`` for what is not media, and with
    ``video_file_broken`` or ``audio_file_broken`` for what begins as media and cannot be decoded.
    """
    with open_media(path) as container:
        pictures = picture_stream(container)
        sounds = sound_stream(container)
        _check_size(pictures)
        first = next(decoded(container, pictures), None) if pictures else None
        if pictures and not isinstance(first, VideoFrame):
            raise MediaError(
                "unsupported_file_type" if _still(container.format.name) else "video_file_broken",
                "No picture of the file can be decoded: it is damaged, or a picture has more than "
                f"{MOST_PIXELS:,} pixels.",
            )
        if not pictures and next(decoded(container, sounds), None) is None:
            raise MediaError("audio_file_broken", "No sound of the file can be decoded.")
        name = container.format.name
        kind: Kind = "audio" if pictures is None else "image" if _still(name) else "video"
        width, height = (first.width, first.height) if isinstance(first, VideoFrame) else (0, 0)
        if isinstance(first, VideoFrame) and first.rotation % 180:
            width, height = height, width
        rate = pictures.average_rate if pictures and kind == "video" else None
        return MediaInfo(
            kind=kind,
            duration=0.0 if kind == "image" else _duration(container, pictures or sounds),
            width=width,
            height=height,
            fps=round(float(rate), 3) if rate else 0.0,
            size=Path(path).stat().st_size,
            container=name,
            video_codec=codec_name(pictures) if pictures else None,
            audio_codec=codec_name(sounds) if sounds else None,
            has_audio=sounds is not None,
            has_subtitles=len(container.streams.subtitles) > 0,
            begins=0.0 if kind == "image" else round(beginning(container), 3),
            details={**picture_details(container, first), **exif_details(path)}
            if kind == "image" and isinstance(first, VideoFrame)
            else stream_details(container, first if isinstance(first, VideoFrame) else None),
        )


@contextmanager
def open_media(path: str | PathLike[str]) -> Generator[InputContainer]:
    """The file opened for reading, with PyAV's errors as ``MediaError``."""
    try:
        with Path(path).open("rb") as file, opened(file) as container:
            streams = container.streams
            if not (streams.video or streams.audio):
                raise MediaError("unsupported_file_type", "The file has no pictures and no sound.")
            yield container
    except FFmpegError as error:
        raise _broken(Path(path)) from error


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The stream of moving pictures, or of the one picture; not a cover in a sound file."""
    for stream in container.streams.video:
        if _readable(stream) and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first stream of sound that there is a decoder for."""
    return next(filter(_readable, container.streams.audio), None)


def decoded(
    container: InputContainer, stream: VideoStream | AudioStream | None
) -> Iterator[object]:
    """The frames of one stream; a damaged stretch is passed over, as players do."""
    if stream is None:
        return
    for packet in demuxed(container, stream):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


def demuxed(container: InputContainer, *streams: Stream | None) -> Iterator[Packet[Any]]:
    """The packets of these streams."""
    try:
        yield from container.demux(*filter(None, streams))
    except IndexError:
        # PyAV below 19, at the end of a file in which streams appeared after its beginning.
        return


def beginning(container: InputContainer) -> float:
    """The time at which the container begins, in seconds: what frame times are counted from.

    A start before 0 is an encoder's run-up, which players leave out.
    """
    start: int | None = container.start_time
    return max(0, start or 0) / av.time_base


def _check_size(pictures: VideoStream | None) -> None:
    """Refuse pictures that no decoder is let to decode; where only they say it, none can be."""
    if pictures is not None and pictures.width * pictures.height > MOST_PIXELS:
        raise MediaError(
            "video_resolution_too_high",
            f"The resolution is {pictures.width}x{pictures.height}; "
            f"a picture has at most {MOST_PIXELS:,} pixels.",
        )


def _readable(stream: Stream) -> bool:
    # Whatever the stubs say, there is none for a codec that FFmpeg does not know.
    return bool(stream.codec_context)


def _still(name: str) -> bool:
    return name.endswith("_pipe") or name in {"image2", "gif", "apng", "ico", "webp"}


def _duration(container: InputContainer, stream: VideoStream | AudioStream | None) -> float:
    if container.duration:
        return round(container.duration / av.time_base, 3)
    last = 0.0
    for packet in demuxed(container, stream):
        if packet.pts is not None and packet.time_base:
            ends = packet.pts + (packet.duration or 0)
            last = max(last, ends * float(packet.time_base))
    return round(max(0.0, last - beginning(container)), 3)


def _broken(path: Path) -> MediaError:
    with path.open("rb") as file:
        head = file.read(16)
    kind = next((kind for kind, magic in _MAGIC.items() if head.startswith(magic)), None)
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        kind = "video"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        kind = "audio"
    if kind is None or kind == "image":
        return MediaError("unsupported_file_type", "The file is not a film, sound or picture.")
    return MediaError(f"{kind}_file_broken", "The file is damaged: it cannot be opened.")
