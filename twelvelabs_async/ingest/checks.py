"""Whether the service would take a file, told before it is sent."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from attrs import frozen

from ..multipart_upload.limits import MAX_SIZES
from .items import Item
from .sources import fetched_by_service, is_remote, open_source

__all__ = ["DIRECT_MOST", "Refusal", "check"]

DIRECT_MOST = 200_000_000
"""The largest file, in bytes, that goes up in one request; larger ones go in chunks."""
UPLOAD_MOST = MAX_SIZES["video"]
LEAST_SECONDS, MOST_SECONDS = 4.0, 4 * 3600.0
LEAST_SIDE, MOST_LONG_SIDE, MOST_SHORT_SIDE = 360, 5184, 2160
MOST_RATIO = 2.4
"""What Marengo 3.0 takes: sides in pixels, either way round, and their ratio."""

_STILL = ("_pipe", "image2", "gif", "apng", "ico", "webp")
# They name other files, which would be read in their place.
_LISTS = ("hls", "concat", "dash", "sdp", "rtsp")
_ROUNDING = 0.05  # seconds: containers and services do not cut a film's end alike


@frozen
class Refusal:
    """Why a file is not sent: the service's code for it, and words."""

    reason: str
    message: str


def check(item: Item) -> Refusal | None:
    """Why the service would not take the file; None when nothing speaks against it.

    The size is always looked at; duration, resolution and format where PyAV is installed.
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
    try:
        av: Any = import_module("av")
    except ModuleNotFoundError:
        return None
    if not is_remote(item.location):
        return _look(av, item.location)
    with open_source(item.location) as file:
        return _look(av, file)


def _look(av: Any, file: Any) -> Refusal | None:
    try:
        with av.open(file, "r", metadata_errors="replace") as container:
            return _judge(av, container)
    except av.FFmpegError as error:
        # Of the errors that PyAV derives from it, those of the system are no fault of the film's.
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        return Refusal("unsupported_file_type", "The file cannot be read as media.")
    except (ValueError, TypeError, ArithmeticError):
        return None  # we cannot read it; the service may


def _judge(av: Any, container: Any) -> Refusal | None:
    name: str = container.format.name
    pictures = next(
        (s for s in container.streams.video if not s.disposition & s.disposition.attached_pic), None
    )
    sounds = next(iter(container.streams.audio), None)
    if name in _LISTS or (pictures is None and sounds is None):
        return Refusal("unsupported_file_type", "The file has no pictures and no sound.")
    if pictures is not None and name.endswith(_STILL):
        return Refusal("unsupported_file_type", "An image cannot be indexed.")
    if container.duration:
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
    return None if pictures is None else _judge_picture(pictures.width, pictures.height)


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
