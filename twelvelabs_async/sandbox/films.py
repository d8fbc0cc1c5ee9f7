"""Films to try things on: real ones, fetched once, and made ones whose content is known."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from attrs import frozen


@frozen(kw_only=True)
class Scene:
    """One shot of a made film."""

    colour: str = "grey"
    seconds: float = 2.0
    motion: float = 0.0
    tone_hz: float | None = None
    subtitle: str | None = None


def bigbuckbunny() -> Path:
    raise NotImplementedError


def bikes() -> Path:
    raise NotImplementedError


def carphone() -> Path:
    raise NotImplementedError


def make_film(
    path: str | PathLike[str],
    scenes: Sequence[Scene],
    *,
    size: tuple[int, int] = (640, 360),
    fps: int = 25,
) -> Path:
    raise NotImplementedError
