"""Pictures and playlists made from a stored film."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Literal


def frame(
    path: str | PathLike[str], at: float, *, image: Literal["jpeg", "png"] = "jpeg"
) -> bytes:
    raise NotImplementedError


def thumbnail(path: str | PathLike[str], at: float, *, width: int = 320) -> bytes:
    raise NotImplementedError


def hls(path: str | PathLike[str], folder: str | PathLike[str]) -> Path:
    raise NotImplementedError
