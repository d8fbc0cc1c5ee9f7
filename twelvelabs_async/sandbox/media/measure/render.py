"""Pictures and playlists made from a stored film."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .pixels import Pixels, upright
from .probe import MediaError, beginning, decoded, demuxed, open_media, picture_stream, sound_stream
from .streams import codec_name

__all__ = ["encode_image", "frame", "hls", "is_streamable", "thumbnail"]

ImageFormat = Literal["jpeg", "png"]

_SEGMENT_SECONDS = 4
# What MPEG transport streams carry and players expect there; the rest goes into fragmented MP4.
_IN_TRANSPORT_STREAMS = {"h264", "mpeg2video", "aac", "mp3", "ac3"}
_IN_FRAGMENTS = _IN_TRANSPORT_STREAMS | {"hevc", "av1", "vp9", "mpeg4", "opus", "flac", "alac"}


def frame(path: str | PathLike[str], at: float, *, image: ImageFormat = "jpeg") -> bytes:
    """The picture that the film shows at ``at`` seconds, at its full size, as a JPEG or PNG file.

    Past the end it is the last picture. Raises ``MediaError`` where there is none to show.
    """
    return encode_image(_shown(path, at), image)


def thumbnail(path: str | PathLike[str], at: float, *, width: int = 320) -> bytes:
    """The picture at ``at`` seconds as a JPEG file, no wider than ``width`` pixels."""
    shown = _shown(path, at)
    return encode_image(shown, "jpeg", width=min(width, shown.width))


def encode_image(picture: VideoFrame, image: ImageFormat, *, width: int | None = None) -> bytes:
    """The picture as the bytes of an image file, scaled to ``width`` pixels across if given."""
    columns = width or picture.width
    # Both sides even: the JPEG encoder halves the colour planes.
    columns += columns % 2
    rows = max(2, round(picture.height * columns / picture.width / 2) * 2)
    codec: Literal["mjpeg", "png"] = "mjpeg" if image == "jpeg" else "png"
    pixels = "yuvj420p" if image == "jpeg" else "rgb24"
    encoder = CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = columns, rows, pixels
    encoder.time_base = Fraction(1, 25)
    if image == "jpeg":
        encoder.options = {"qmin": "2", "qmax": "4"}
    scaled = picture.reformat(width=columns, height=rows, format=pixels, interpolation="AREA")
    scaled.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(scaled), *encoder.encode(None)])


def is_streamable(*codecs: str | None) -> bool:
    """Whether a film or sound with these codecs can be a stream; None stands for no codec."""
    return _IN_FRAGMENTS.issuperset(filter(None, codecs))


def hls(path: str | PathLike[str], folder: str | PathLike[str]) -> Path:
    """The playlist (``index.m3u8``) of the film in ``folder``, beside the segments it names.

    Pictures and sound are copied, not encoded anew, into segments of about four seconds. Raises
    ``MediaError`` for codecs that no player expects in such a stream.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with open_media(path) as source:
        pictures = picture_stream(source)
        sounds = sound_stream(source)
        codecs = {codec_name(stream) for stream in (pictures, sounds) if stream}
        if not is_streamable(*codecs):
            raise MediaError("unsupported_media_type", "The film's codecs cannot be streamed.")
        fragments = not codecs <= _IN_TRANSPORT_STREAMS
        options = {
            "hls_time": str(_SEGMENT_SECONDS),
            "hls_playlist_type": "vod",
            "hls_list_size": "0",
            "hls_segment_type": "fmp4" if fragments else "mpegts",
            "hls_segment_filename": str(target / f"segment%d.{'m4s' if fragments else 'ts'}"),
        }
        playlist = target / "index.m3u8"
        with av.open(str(playlist), "w", format="hls", options=options) as output:
            copies = {
                stream.index: output.add_stream_from_template(stream, opaque=True)
                for stream in (pictures, sounds)
                if stream
            }
            # AAC in MP4 has its header once, not in each packet as in transport streams.
            filters: dict[int, BitStreamFilterContext] = {}
            if fragments and sounds is not None and codec_name(sounds) == "aac":
                filters[sounds.index] = BitStreamFilterContext("aac_adtstoasc", sounds)
            for packet in demuxed(source, pictures, sounds):
                if packet.dts is None:
                    continue
                stream = packet.stream
                found = filters.get(stream.index)
                for ready in [packet] if found is None else found.filter(packet):
                    ready.stream, ready.time_base = copies[stream.index], stream.time_base
                    output.mux_one(ready)
    return playlist


def _shown(path: str | PathLike[str], at: float) -> VideoFrame:
    with open_media(path) as container:
        stream = picture_stream(container)
        if stream is None:
            raise MediaError("unsupported_media_type", "The file has no pictures.")
        wanted = beginning(container) + max(0.0, at)
        found = _seek(container, stream, wanted)
        if found is None:
            raise MediaError("video_file_broken", "No picture of the file can be decoded.")
        if not found.rotation:
            return found
        pixels = np.asarray(found.reformat(format="rgb24").to_ndarray(), np.uint8)
        turned: Pixels = np.ascontiguousarray(upright(pixels, found.rotation))
        return VideoFrame.from_ndarray(turned, format="rgb24")


def _seek(container: InputContainer, stream: VideoStream, wanted: float) -> VideoFrame | None:
    """The last frame that begins at ``wanted`` or before; else the first there is."""
    # Times are read back rounded to a millisecond, and a frame begins no later for it.
    if wanted > 0 and stream.time_base and container.duration:
        try:
            container.seek(int(wanted / float(stream.time_base)), stream=stream)
        except FFmpegError:
            # Some containers have no index, or end before: from the start, then.
            container.seek(0)
    found: VideoFrame | None = None
    for candidate in decoded(container, stream):
        if isinstance(candidate, VideoFrame):
            if found is not None and (candidate.time or 0.0) > wanted + 0.001:
                break
            found = candidate
    return found
