"""Finds out whether the service would accept a file, before it is sent."""

from __future__ import annotations

import io
import logging
import os
from functools import cache
from importlib import import_module
from typing import IO, Any

from attrs import frozen

from ..errors import ConfigurationError
from ..multipart_upload.limits import MAX_SIZES
from .items import Item
from .locations import fetched_by_service, printable, reading, shown_location
from .object_stores import open_source

__all__ = ["DIRECT_MOST", "Refusal", "check_media"]

DIRECT_MOST = 200_000_000
"""The largest file, in bytes, that is sent in one request; larger ones are sent in chunks."""
UPLOAD_MOST = MAX_SIZES["video"]
LEAST_SECONDS, MOST_SECONDS = 4.0, 4 * 3600.0
LEAST_SIDE, MOST_LONG_SIDE, MOST_SHORT_SIDE = 360, 5184, 2160
MOST_RATIO = 2.4
"""Marengo 3.0's limits: sides in pixels, in either orientation, and their ratio."""

_ROUNDING = 0.05  # seconds: containers and services do not cut a film's end alike

# FFmpeg reads more than films. It draws text as a picture, shows a subtitle file as a stream, and
# opens the files and hosts that a playlist or a script names.
_REFERENCES = frozenset(
    {
        "avisynth",
        "concat",
        "dash",
        "hls",
        "imf",
        "rtp",
        "rtsp",
        "sap",
        "sdp",
        "vapoursynth",
        "vobsub",
        "webm_dash_manifest",
    }
)
_TEXTS = frozenset(
    {
        "adf",
        "amrnb",  # AMR without its mark, which JSON and tables look like
        "amrwb",
        "bin",
        "cdg",
        "data",
        "ffmetadata",
        "idf",
        "sbg",
        "tty",
        "txd",
        "xbin",
    }
)
_SUBTITLES = frozenset(
    {
        "aqtitle",
        "ass",
        "dvbsub",
        "dvbtxt",
        "jacosub",
        "lrc",
        "mcc",
        "microdvd",
        "mpl2",
        "mpsub",
        "pjs",
        "rcwt",
        "realtext",
        "sami",
        "scc",
        "srt",
        "stl",
        "subviewer",
        "subviewer1",
        "sup",
        "tedcaptions",
        "vplayer",
        "webvtt",
    }
)
_IMAGES = frozenset(
    {
        "alias_pix",
        "apng",
        "brender_pix",
        "fits",
        "gif",
        "ico",
        "image2",
        "image2pipe",
        "jpegxl_anim",
        "webp",
        "webp_anim",
    }
)
_NO_FILMS = _REFERENCES | _TEXTS | _SUBTITLES | _IMAGES
# Without a container FFmpeg guesses the duration, by the size of the first pictures.
_NO_DURATION = frozenset(
    {"av1", "cavsvideo", "dirac", "h264", "hevc", "m4v", "mjpeg", "mpegvideo", "obu", "vc1", "vvc"}
)
# Images in the container of films.
_IMAGE_BRANDS = frozenset({"avif", "heic", "heix", "heim", "heis", "mif1", "mif2", "jpeg"})

_log = logging.getLogger("twelvelabs_async.ingest")


@frozen
class Refusal:
    """Why a file is not sent: the service's code for it, and words."""

    reason: str
    message: str


def check_media(item: Item) -> Refusal | None:
    """Why the service would refuse the file; None when it would not.

    The size is always checked; duration, resolution and format where PyAV is installed. A file that
    PyAV cannot judge passes: the service knows more codecs. Raises OSError when the source cannot
    be read, and ConfigurationError when the installed PyAV does not work.
    """
    if fetched_by_service(item.location):
        return None
    if item.size == 0:
        return Refusal("video_file_broken", "The file is empty.")
    if item.size is not None and item.size > UPLOAD_MOST:
        return Refusal(
            "video_filesize_too_large",
            f"The file has {item.size:,} bytes; the most is {UPLOAD_MOST:,}.",
        )
    av = _working_pyav()
    if av is None:
        return None
    with reading(), open_source(item.location) as file:
        try:
            return _inspect(av, file)
        except OSError:
            raise  # the source's own
        except Exception as error:  # PyAV works, so that it is the file: the service may read it
            said = printable(f"{type(error).__name__}: {error}")
            _log.warning("%s is sent unchecked: %s", shown_location(item.location), said)
            return None


@cache
def _working_pyav() -> Any:
    """PyAV, or None where it is not installed.

    PyAV changes its interface from one major version to the next. A check that fails for that
    reason would let every file pass, so two files that must be refused are tried first.
    """
    try:
        av: Any = import_module("av")
    except ModuleNotFoundError as error:
        if error.name != "av":
            raise
        return None
    tiny = b"YUV4MPEG2 W16 H16 F1:1 Ip A1:1 C420\n" + 5 * (b"FRAME\n" + bytes(384))
    samples = {tiny: "video_resolution_too_low", b"No film. " * 99: "unsupported_file_type"}
    problem: object = None
    try:
        for content, reason in samples.items():
            refusal = _inspect(av, io.BytesIO(content))
            if refusal is None or refusal.reason != reason:
                problem = f"{refusal} instead of {reason}"
    except Exception as error:  # of an unknown version: any class
        problem = error
    if problem is not None:
        version = getattr(av, "__version__", "of an unknown version")
        raise ConfigurationError(
            f"PyAV {version} cannot check films ({problem}): install another version, or turn the "
            "checks off"
        )
    return av


def _inspect(av: Any, file: IO[bytes]) -> Refusal | None:
    try:
        with _open(av, file) as container:
            return _judge(av, container)
    except av.FFmpegError as error:
        if isinstance(error, (NotImplementedError, MemoryError, av.error.PatchWelcomeError)):
            return None  # FFmpeg knows what it is and cannot read it; the service may
        return Refusal("unsupported_file_type", "The file cannot be read as a film or sound.")


class _Source:
    """A file as PyAV reads it; what its store raises becomes an OSError."""

    name = ""  # by which FFmpeg would take any text for an MP3

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        with reading():
            return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with reading():
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        with reading():
            return self._file.tell()

    def seekable(self) -> bool:
        return True


def _open(av: Any, file: IO[bytes]) -> Any:
    """The file in FFmpeg, which can open nothing else."""
    options = {"protocol_whitelist": "none", "format_whitelist": _formats(av)}
    source = _Source(file)
    try:
        return av.open(source, "r", container_options=options, io_open=_open_nothing)
    except UnicodeDecodeError:  # PyAV below 19, at a tag that is not UTF-8
        source.seek(0)
        return av.open(
            source, "r", container_options=options, io_open=_open_nothing,
            metadata_encoding="latin-1",
        )  # fmt: skip


@cache
def _formats(av: Any) -> str:
    """The names of the formats that hold films or sound."""
    return ",".join(
        name
        for name in sorted(av.formats_available)
        if name not in _NO_FILMS and not name.endswith("_pipe")
    )


def _open_nothing(url: str, *_: object) -> Any:
    raise PermissionError(f"a film must not open {url!r}")


def _judge(av: Any, container: Any) -> Refusal | None:
    pictures = next(
        (s for s in container.streams.video if not s.disposition & s.disposition.attached_pic), None
    )
    if pictures is None and not container.streams.audio:
        return Refusal("unsupported_file_type", "The file has no pictures and no sound.")
    if container.metadata.get("major_brand", "").strip() in _IMAGE_BRANDS:
        return Refusal("unsupported_file_type", "An image cannot be indexed.")
    if container.duration and container.format.name not in _NO_DURATION:
        seconds = container.duration / av.time_base
        if seconds < LEAST_SECONDS - _ROUNDING:
            return Refusal(
                "video_duration_too_short",
                f"The duration is {seconds:.1f} s; the least is {LEAST_SECONDS:g} s.",
            )
        if seconds > MOST_SECONDS + _ROUNDING:
            return Refusal(
                "video_duration_too_long",
                f"The duration is {seconds:.0f} s; the most is {MOST_SECONDS:.0f} s.",
            )
    # A stream in a codec that FFmpeg does not know has no context, and no width.
    if pictures is None or not pictures.codec_context:
        return None
    return _judge_picture(pictures.width, pictures.height)


def _judge_picture(width: int, height: int) -> Refusal | None:
    long, short = max(width, height), min(width, height)
    if short <= 0:
        return None  # the container does not say
    size = f"The resolution is {width}x{height}; "
    if short < LEAST_SIDE:
        return Refusal("video_resolution_too_low", f"{size}the least is {LEAST_SIDE}x{LEAST_SIDE}.")
    if long > MOST_LONG_SIDE or short > MOST_SHORT_SIDE:
        return Refusal(
            "video_resolution_too_high",
            f"{size}the most is {MOST_LONG_SIDE}x{MOST_SHORT_SIDE}.",
        )
    if long > MOST_RATIO * short:
        return Refusal(
            "video_resolution_invalid_aspect_ratio",
            f"{size}the ratio of its sides must be between 1:1 and {MOST_RATIO:g}:1.",
        )
    return None
