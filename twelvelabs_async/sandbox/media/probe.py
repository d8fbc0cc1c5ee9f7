"""What a file is: its kind, length, size and streams, as PyAV reads them."""

from __future__ import annotations

from os import PathLike
from typing import Literal

from attrs import frozen

__all__ = ["Kind", "MediaError", "MediaInfo", "probe"]

Kind = Literal["video", "audio", "image"]


class MediaError(Exception):
    """A file that cannot be used, with the service's code for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@frozen(kw_only=True)
class MediaInfo:
    """One file's figures: seconds, pixels, frames a second, bytes."""

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


def probe(path: str | PathLike[str]) -> MediaInfo:
    raise NotImplementedError
