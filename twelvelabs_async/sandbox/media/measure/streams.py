"""What a file says of its streams, by the names that assets' technical metadata have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .colour_tags import colour_details, is_hdr
from .location import location_details

__all__ = ["codec_name", "picture_details", "stream_details"]


# A fraction: newer versions of PyAV have a type of their own for it.
_Rate = Any


def stream_details(container: InputContainer, first: VideoFrame | None) -> dict[str, Any]:
    """Of a film or sound; ``first`` is the film's first picture."""
    films = [
        stream
        for stream in container.streams.video
        if _known(stream) and not stream.disposition & Disposition.attached_pic
    ]
    pictures = [_video_stream(stream, first) for stream in films]
    sounds = [_audio_stream(stream) for stream in container.streams.audio if _known(stream)]
    details: dict[str, Any] = {
        "total_video_streams": len(pictures),
        "total_audio_streams": len(sounds),
        "video_streams": pictures,
        "audio_streams": sounds,
        "container_creation_time": _moment(container.metadata.get("creation_time")),
        **_timecode(container),
        **location_details(container.metadata),
    }
    if pictures:
        whole = container.bit_rate if len(pictures) + len(sounds) == 1 else None
        details["video_bitrate_bps"] = pictures[0].get("bitrate_bps") or whole
        details["is_hdr"] = is_hdr(films[0].codec_context)
    if sounds:
        details["audio_sample_rate"] = sounds[0].get("sample_rate")
        details["audio_channels"] = sounds[0].get("channels")
    if first is not None:
        details["storage_aspect_ratio"] = round(first.width / first.height, 6)
    return _given(details)


def picture_details(container: InputContainer, first: VideoFrame) -> dict[str, Any]:
    """Of an image."""
    stream = container.streams.video[0]
    return _given(
        {
            "image_format": codec_name(stream),
            "image_bit_depth": first.format.components[0].bits,
            "image_color_space": "rgb" if first.format.is_rgb else "yuv",
            "has_alpha": "a" in first.format.name.removeprefix("gray").removeprefix("pal"),
            "is_animated": stream.frames > 1,
            "is_hdr": is_hdr(stream.codec_context),
        }
    )


def codec_name(stream: VideoStream | AudioStream) -> str:
    """The name of what a stream is encoded in; its decoder may have one of its own."""
    return stream.codec_context.codec.canonical_name


def _timecode(container: InputContainer) -> Mapping[str, Any]:
    """The time on the first picture, from the file itself or else from a track of it."""
    sources = [("container", container.metadata)]
    sources += [("track", stream.metadata) for stream in container.streams]
    for source, tags in sources:
        for name, code in tags.items():
            if name.lower() == "timecode":
                # SMPTE 12M: a semicolon before the frames where some of their numbers are left out.
                dropped = ";" in code
                return {"start_timecode": code, "timecode_source": source, "drop_frame": dropped}
    return {}


def _moment(said: str | None) -> str | None:
    """The time that a text names; None for any other text."""
    try:
        moment = datetime.fromisoformat(said or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()


def _known(stream: VideoStream | AudioStream) -> bool:
    # Whatever the stubs say, there is none for a codec that FFmpeg does not know.
    return bool(stream.codec_context)


def _video_stream(stream: VideoStream, first: VideoFrame | None) -> dict[str, Any]:
    context = stream.codec_context
    form = context.format
    rotation = 0 if first is None else first.rotation
    interlaced = first is not None and first.interlaced_frame
    return _given(
        {
            "index": stream.index,
            "codec": codec_name(stream),
            "width": context.width,
            "height": context.height,
            "fps": _number(stream.guessed_rate),
            "avg_fps": _number(stream.average_rate),
            "duration_seconds": _seconds(stream),
            "bitrate_bps": stream.bit_rate or None,
            "rotation": int(rotation),
            "pixel_aspect_ratio": _ratio(stream.sample_aspect_ratio),
            "display_aspect_ratio": _ratio(stream.display_aspect_ratio),
            "scan_type": "interlaced" if interlaced else "progressive",
            "pixel_format": context.pix_fmt,
            "bit_depth": form.components[0].bits if form and form.components else None,
            **colour_details(context),
        }
    )


def _audio_stream(stream: AudioStream) -> dict[str, Any]:
    context = stream.codec_context
    return _given(
        {
            "index": stream.index,
            "codec": codec_name(stream),
            "codec_long": context.codec.long_name,
            "sample_rate": context.sample_rate or None,
            "channels": context.channels or None,
            "channel_layout": context.layout.name,
            "bitrate_bps": stream.bit_rate or None,
            "language": stream.language,
            "duration_seconds": _seconds(stream),
        }
    )


def _seconds(stream: VideoStream | AudioStream) -> float | None:
    if not stream.duration or not stream.time_base:
        return None
    return round(float(stream.duration * stream.time_base), 3)


def _number(rate: _Rate) -> float | None:
    return round(float(rate), 3) if rate else None


def _ratio(ratio: _Rate) -> str | None:
    return f"{ratio.numerator}:{ratio.denominator}" if ratio else None


def _given(details: Mapping[str, Any]) -> dict[str, Any]:
    """What is known; the rest is left out."""
    return {name: value for name, value in details.items() if value is not None}
