"""512-d unit vectors of texts, images, clips and whole films, in one space."""

from __future__ import annotations

from collections.abc import Sequence

from .film import Clip, Film

DIMENSIONS = 512


def text_vector(text: str) -> list[float]:
    raise NotImplementedError


def image_vector(image: bytes) -> list[float]:
    raise NotImplementedError


def text_image_vector(text: str | None, images: Sequence[bytes]) -> list[float]:
    raise NotImplementedError


def clip_vector(film: Film, clip: Clip, option: str) -> list[float]:
    raise NotImplementedError


def film_vector(film: Film, option: str) -> list[float]:
    raise NotImplementedError


def segments(
    film: Film,
    *,
    start: float = 0.0,
    end: float | None = None,
    fixed: float | None = None,
    min_duration: float | None = None,
) -> list[Clip]:
    raise NotImplementedError
