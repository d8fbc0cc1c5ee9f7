"""A film as measurements."""

from __future__ import annotations

from os import PathLike

from attrs import frozen

from .probe import MediaInfo


@frozen
class Line:
    """One subtitle line: seconds from the film's start, and its text."""

    start: float
    end: float
    text: str


@frozen
class Colour:
    """A colour's name and the share of the picture it fills, 0 to 1."""

    name: str
    share: float


@frozen(kw_only=True)
class Clip:
    """A stretch of a film."""

    start: float
    end: float
    colours: tuple[Colour, ...]
    brightness: float | None
    motion: float | None
    loudness: float | None
    lines: tuple[Line, ...]


@frozen(kw_only=True)
class Film:
    info: MediaInfo
    clips: tuple[Clip, ...]
    cuts: tuple[float, ...]

    def clip(self, start: float, end: float) -> Clip:
        raise NotImplementedError

    def to_json(self) -> str:
        raise NotImplementedError

    @classmethod
    def from_json(cls, text: str | bytes) -> Film:
        raise NotImplementedError


def read_film(path: str | PathLike[str]) -> Film:
    raise NotImplementedError
