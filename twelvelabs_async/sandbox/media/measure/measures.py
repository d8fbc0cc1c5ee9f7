"""A film as measurements: frames seen from afar, loudness and lines; clips are stretches of it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from bisect import bisect_left
from functools import cached_property
from typing import Final

import numpy as np
from attrs import asdict, evolve, field, frozen

from .likeness import Likeness
from .pixels import CELLS, COLOURS, Floats, lightness
from .probe import MediaInfo
from .sound import Sound

__all__ = ["NOTHING", "Clip", "Colour", "Film", "Frames", "Line"]

_FORMAT = 1
# A colour that fills less than this much of a clip is not worth a name.
_WORTH_NAMING = 0.03


@frozen
class Line:
    """One subtitle line: its seconds from the film's start, and its text."""

    start: float
    end: float
    text: str


@frozen
class Colour:
    """A colour's name, and the share of the picture it fills: 0 to 1."""

    name: str
    share: float


@frozen
class Frames:
    """The frames that were looked at: when, what they look like, and how far the picture went.

    ``travel`` sums the mean change of brightness from each frame to the next, cuts left out, so
    that a difference of it, divided by the seconds between, is how much a stretch moves.
    """

    times: tuple[float, ...] = ()
    cells: bytes = field(default=b"", repr=False)
    shares: bytes = field(default=b"", repr=False)
    travel: tuple[float, ...] = ()


@frozen(kw_only=True)
class Clip:
    """A stretch of a film, measured.

    ``start`` and ``end`` are seconds (both 0 for an image). ``colours`` are sorted, most prevalent
    first, and ``brightness`` is the mean lightness, 0 to 1; both are empty for sound alone.
    ``motion`` is the change of the picture per second: 0 is a still, 1 is as if black turned into
    white every second. ``loudness`` is in dBFS, None without a sound track; ``bands`` are the
    shares of eight octaves in it. ``lines`` are the subtitle lines that overlap the stretch.
    ``times`` and ``cells`` are its frames, as in ``Frames``.
    """

    start: float
    end: float
    colours: tuple[Colour, ...]
    brightness: float | None
    motion: float | None
    loudness: float | None
    bands: tuple[float, ...]
    lines: tuple[Line, ...]
    times: tuple[float, ...] = field(repr=False)
    cells: bytes = field(repr=False)

    @property
    def transcription(self) -> str | None:
        """What is said in the clip: the text of its lines, None when there are none."""
        return " ".join(line.text for line in self.lines) or None


@frozen(kw_only=True, slots=False)
class Film:
    """All that the sandbox knows of a film, a sound or an image.

    ``cuts`` are the seconds at which a new shot begins; ``spans`` the clips' starts and ends, which
    follow one another from 0 to the end without a gap.
    """

    info: MediaInfo
    cuts: tuple[float, ...]
    spans: tuple[tuple[float, float], ...] = field(repr=False)
    frames: Frames = field(repr=False)
    sound: Sound = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    part: tuple[float, float] | None = None
    """The stretch that is looked at, in seconds; None for the whole film."""
    begins: float = 0.0
    """The time at which the film begins, from which all others are counted."""

    @property
    def start(self) -> float:
        """Where what is looked at begins, in seconds."""
        return self.begins if self.part is None else self.part[0]

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.begins + self.info.duration if self.part is None else self.part[1]

    def on_own_clock(self) -> Film:
        """The film with the times of the file's own clock, which need not begin at 0."""
        late = self.info.begins
        if not late or self.begins:
            return self
        return evolve(
            self,
            begins=late,
            cuts=tuple(cut + late for cut in self.cuts),
            spans=tuple((start + late, end + late) for start, end in self.spans),
            frames=evolve(self.frames, times=tuple(time + late for time in self.frames.times)),
            sound=evolve(self.sound, begins=late),
            lines=tuple(Line(one.start + late, one.end + late, one.text) for one in self.lines),
        )

    def window(self, start: float | None, end: float | None) -> Film:
        """The film from ``start`` to ``end``, of which the rest is not known; times stay.

        None is the film's own start or end.
        """
        low = self.start if start is None else max(start, self.start)
        high = self.end if end is None else min(end, self.end)
        if (low, high) == (self.start, self.end):
            return self
        spans = [(max(low, a), min(high, b)) for a, b in self.spans if a < high and b > low]
        return evolve(
            self,
            part=(low, high),
            cuts=tuple(cut for cut in self.cuts if low < cut < high),
            spans=tuple(spans) or ((low, high),),
            lines=tuple(line for line in self.lines if line.start < high and line.end > low),
        )

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """The film's clips, in order."""
        return tuple(self.clip(start, end) for start, end in self.spans)

    @cached_property
    def likeness(self) -> Likeness:
        """The frames of the film's clips, for comparing pictures with."""
        frames = self.frames
        return Likeness.of(frames.times, frames.cells, self.cuts, self.spans, self.info.fps)

    def clip(self, start: float, end: float) -> Clip:
        """The measurements of any stretch; one too short for a frame has its nearest."""
        frames = self.frames
        first, last = bisect_left(frames.times, start - 1e-6), bisect_left(frames.times, end - 1e-6)
        if first >= last:
            first = max(0, last - 1)
            last = min(first + 1, len(frames.times))
        cells = frames.cells[first * CELLS : last * CELLS]
        # Frames were kept as they came, and more about cuts: each counts for as long as it stands.
        lasting = np.maximum(np.diff([*frames.times[first:last], end]), 1e-3)
        loudness, bands = self.sound.between(start, end)
        return Clip(
            start=start,
            end=end,
            colours=_colours(frames.shares[first * len(COLOURS) : last * len(COLOURS)], lasting),
            brightness=_brightness(cells, lasting) if cells else None,
            motion=self._motion(start, end) if cells else None,
            loudness=loudness,
            bands=bands,
            lines=tuple(line for line in self.lines if line.start < end and line.end > start),
            times=frames.times[first:last],
            cells=cells,
        )

    def _motion(self, start: float, end: float) -> float:
        if end <= start:
            return 0.0
        travel = np.interp([start, end], self.frames.times, self.frames.travel)
        return round(float(travel[1] - travel[0]) / (end - start), 4)

    def to_json(self) -> str:
        """The film as one JSON document, read back by ``from_json``."""
        return json.dumps(
            {
                "format": _FORMAT,
                "info": asdict(self.info),
                "cuts": self.cuts,
                "spans": self.spans,
                "times": self.frames.times,
                "cells": b64encode(self.frames.cells).decode(),
                "shares": b64encode(self.frames.shares).decode(),
                "travel": self.frames.travel,
                "loudness": self.sound.loudness,
                "bands": b64encode(self.sound.bands).decode(),
                "lines": [(line.start, line.end, line.text) for line in self.lines],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Film:
        """The film that ``to_json`` wrote; raises ValueError when it was another version's."""
        data = json.loads(text)
        if data["format"] != _FORMAT:
            raise ValueError(
                f"Films are written in format {_FORMAT}, this one in {data['format']}."
            )
        return cls(
            info=MediaInfo(**data["info"]),
            cuts=tuple(data["cuts"]),
            spans=tuple((start, end) for start, end in data["spans"]),
            frames=Frames(
                tuple(data["times"]),
                b64decode(data["cells"]),
                b64decode(data["shares"]),
                tuple(data["travel"]),
            ),
            sound=Sound(tuple(data["loudness"]), b64decode(data["bands"])),
            lines=tuple(Line(*line) for line in data["lines"]),
        )


def _brightness(cells: bytes, weights: Floats) -> float:
    return round(float(np.average(lightness(cells), weights=weights)), 3)


NOTHING: Final = Film(
    info=MediaInfo(kind="image", duration=0.0, width=0, height=0, fps=0.0, size=0, container=""),
    cuts=(),
    spans=((0.0, 0.0),),
    frames=Frames(),
    sound=Sound(),
    lines=(),
)
"""What there is to fill a schema with where there is no film."""


def _colours(shares: bytes, weights: Floats) -> tuple[Colour, ...]:
    if not shares:
        return ()
    rows = np.frombuffer(shares, np.uint8).reshape(-1, len(COLOURS))
    mean = np.average(rows, axis=0, weights=weights)
    named = zip(COLOURS, (mean / max(1.0, float(mean.sum()))).tolist(), strict=True)
    worth = [Colour(name, round(share, 3)) for name, share in named if share >= _WORTH_NAMING]
    return tuple(sorted(worth, key=lambda colour: -colour.share))
