"""Opens media in FFmpeg, which gets to read that one file and nothing else.

FFmpeg reads more than media: playlists, scripts and session descriptions, for which it opens the
files, ports and hosts that they name. So only formats that hold pictures or sound themselves are
on the list here, no protocol is allowed, and what a format asks to open beside its file is refused.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any, Final

import av
from av.container import InputContainer

__all__ = ["MOST_PIXELS", "opened"]

MOST_PIXELS: Final = 50_000_000
"""Of one picture: as RGBA it takes 200 MB."""

_FILMS: Final = (
    "asf av1 avi dv f4v flv gxf h264 hevc ivf matroska mov mpeg mpegts mpegvideo mxf nsv nut obu "
    "ogg rm vc1 wtv m4v yuv4mpegpipe"
)
_SOUNDS: Final = (
    "aac ac3 aiff amr ape au caf dts dtshd eac3 flac mlp mp3 oma opus qcp tak truehd "
    "tta voc w64 wav wv"
)
_IMAGES: Final = (
    "apng bmp_pipe gif gif_pipe j2k_pipe jpeg_pipe jpegls_pipe jpegxl_pipe pam_pipe pbm_pipe "
    "pgm_pipe png_pipe ppm_pipe qoi_pipe tiff_pipe webp webp_pipe webp_anim"
)
_OPTIONS: Final = {
    "format_whitelist": ",".join(f"{_FILMS} {_SOUNDS} {_IMAGES}".split()),
    "protocol_whitelist": "none",
    "max_pixels": str(MOST_PIXELS),
    "max_streams": "100",
}
_BUFFER: Final = 256 * 1024
_THREADS: Final = 4
"""Of one decoder. Each keeps pictures: sixteen, on a larger machine, take gigabytes."""


@contextmanager
def opened(file: IO[bytes]) -> Generator[InputContainer]:
    """The file as a container whose decoders refuse pictures of more than ``MOST_PIXELS``.

    Raises PyAV's errors.
    """
    try:
        container = _open(file)
    except UnicodeDecodeError:
        # PyAV below 19 at a tag in another encoding than UTF-8; none is of interest here.
        file.seek(0)
        container = _open(file, metadata_encoding="latin-1")
    with container:
        for stream in container.streams:
            # Whatever the stubs say, there is none for a codec that FFmpeg does not know.
            if stream.codec_context and stream.type == "video":
                stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
                stream.codec_context.thread_count = _THREADS
        yield container


class _Nameless:
    """A file without its name, by which FFmpeg would choose how to read it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _open(file: IO[bytes], **more: Any) -> InputContainer:
    container: InputContainer = av.open(
        _Nameless(file), "r", options=_OPTIONS, io_open=_open_nothing, buffer_size=_BUFFER, **more
    )
    return container


def _open_nothing(url: str, flags: int, options: object) -> IO[bytes]:
    raise PermissionError(f"a file of media must not open {url!r}")
