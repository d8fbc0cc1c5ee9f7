"""Which clip of a film a picture was cut from.

The frames that were looked at are points in the space of ``pixels.features``; between two of them
in one shot the film goes, near enough, along a straight line. A clip is the stretch of that path
between its start and its end, and a picture is as far from the clip as from the nearest point of
the stretch. So a frame that was never looked at still lies on its own clip, even in a shot that is
divided where nothing much happens.

A leg is the part of the way from one frame to the next that belongs to a clip. How far a picture is
from it follows from the picture's products with the two frames, and from what is known of the leg
beforehand, so that the legs of many films are compared with a picture together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .pixels import Floats, Numbers, features, numbers, weights

__all__ = ["Likeness", "Nearest", "Paths"]

Places = NDArray[np.intp]
# Frames that are multiplied together: their numbers stay in the processor's cache.
_TOGETHER = 1_024


@frozen
class Nearest:
    """The moment of a clip that is most like a picture, and how far the two are apart."""

    distance: float
    at: float


@frozen(eq=False)
class Likeness:
    """The paths of one film's clips: its frames, and a row for each leg.

    ``ends`` are the numbers of the two frames, ``bounds`` the shares of the way between which the
    leg lies, ``clips`` the clips' numbers. ``squares`` are the products of frames with themselves,
    ``lengths`` those of the steps between the two, ``offsets`` those of first frames with steps.
    """

    times: Floats
    cells: Numbers
    squares: Floats
    ends: Places
    bounds: Floats
    clips: Places
    lengths: Floats
    offsets: Floats

    @classmethod
    def of(
        cls,
        times: Sequence[float],
        cells: bytes,
        cuts: Sequence[float],
        spans: Sequence[tuple[float, float]],
        fps: float,
    ) -> Likeness:
        """The paths of a film with these clips."""
        # The last frame that a clip shows begins one frame before the clip's end: a picture nearer
        # to the next clip's first frame is not this clip's.
        lag = 0.5 / fps if fps else 0.0
        legs: list[tuple[int, int, float, float, int]] = []
        for clip, (start, end) in enumerate(spans):
            before = len(legs)
            for first in range(max(0, bisect_right(times, start) - 1), len(times)):
                if times[first] > start and times[first] >= end - 1e-6:
                    break
                legs += _leg(times, first, cuts, clip, start, end - lag)
            if len(legs) == before and times:
                nearest = max(0, bisect_right(times, start) - 1)
                legs.append((nearest, nearest, 0.0, 0.0, clip))
        table, points = np.array(legs, np.float64).reshape(-1, 5), features(cells)
        ends = table[:, :2].astype(np.intp)
        step = points[ends[:, 1]] - points[ends[:, 0]]
        return cls(
            np.array(times, np.float64),
            numbers(cells),
            np.einsum("ij,ij->i", points, points),
            ends,
            table[:, 2:4],
            table[:, 4].astype(np.intp),
            np.einsum("ij,ij->i", step, step),
            np.einsum("ij,ij->i", points[ends[:, 0]], step),
        )

    def nearest(self, cells: bytes) -> dict[int, Nearest]:
        """Each clip's moment most like the picture's cells, by the clip's number."""
        count = 1 + int(self.clips.max(initial=-1))
        distances, moments = Paths([self], [0, count]).nearest(cells)
        found = zip(distances.tolist(), moments.tolist(), strict=True)
        return {clip: Nearest(*each) for clip, each in enumerate(found)}


def _leg(
    times: Sequence[float],
    first: int,
    cuts: Sequence[float],
    clip: int,
    start: float,
    end: float,
) -> list[tuple[int, int, float, float, int]]:
    """The part of the way from one frame to the next that belongs to a clip, if any does."""
    here, following = times[first], first + 1
    cut = bisect_right(cuts, here)
    ends = following == len(times) or (cut < len(cuts) and cuts[cut] <= times[following] + 1e-6)
    if ends:
        return [(first, first, 0.0, 0.0, clip)] if here >= start - 1e-6 else []
    gap = times[following] - here
    low, high = max(0.0, (start - here) / gap), min(1.0, (end - here) / gap)
    return [(first, following, low, high, clip)] if low <= high else []


class Paths:
    """The paths of many films' clips. ``first`` are the first rows of each film, and their end."""

    def __init__(self, films: Sequence[Likeness], first: Sequence[int]) -> None:
        self._rows = first[-1]
        self._cells = [film.cells for film in films if len(film.cells)]
        begun = [0, *accumulate(len(film.times) for film in films)]
        legs = [len(film.clips) for film in films]
        ends = _joined([film.ends for film in films], (0, 2), np.intp)
        ends += np.repeat(np.array(begun[:-1], np.intp), legs)[:, None]
        self._from, self._to = ends[:, 0].copy(), ends[:, 1].copy()
        bounds = _joined([film.bounds for film in films], (0, 2), np.float64)
        self._low, self._high = bounds[:, 0].copy(), bounds[:, 1].copy()
        self._lengths = _joined([film.lengths for film in films], (0,), np.float64)
        self._offsets = _joined([film.offsets for film in films], (0,), np.float64)
        times = _joined([film.times for film in films], (0,), np.float64)
        self._begins, self._gaps = times[self._from], times[self._to] - times[self._from]
        self._squares = _joined([film.squares for film in films], (0,), np.float64)[self._from]
        rows = _joined([film.clips for film in films], (0,), np.intp)
        rows += np.repeat(np.array(first[:-1], np.intp), legs)
        # A film's legs are in the order of its clips.
        self._with_legs, self._first_legs = np.unique(rows, return_index=True)
        self._counts = np.diff([*self._first_legs, len(rows)])

    def nearest(self, cells: bytes) -> tuple[Floats, Floats]:
        """How far each row's clip is from a picture, and its moment most like the picture.

        The distance is infinite, and the moment NaN, for a clip without pictures.
        """
        distances = np.full(self._rows, np.inf)
        moments = np.full(self._rows, np.nan)
        if not len(self._with_legs):
            return distances, moments
        point = features(cells)[0]
        products = self._products(point)
        here = products[self._from]
        along = products[self._to] - here - self._offsets
        share = np.clip(along / np.maximum(self._lengths, 1e-12), self._low, self._high)
        squares = point @ point - 2 * here + self._squares
        squares += share * (share * self._lengths - 2 * along)
        apart = np.sqrt(np.maximum(squares, 0.0))
        least = np.minimum.reduceat(apart, self._first_legs)
        is_least = apart == np.repeat(least, self._counts)
        # Of equal ones the last.
        best = np.maximum.reduceat(np.where(is_least, np.arange(len(apart)), -1), self._first_legs)
        distances[self._with_legs] = least
        moments[self._with_legs] = np.round(self._begins[best] + share[best] * self._gaps[best], 3)
        return distances, moments

    def _products(self, point: Floats) -> Floats:
        """The product of each frame with a point."""
        each, constant = weights(point)
        # Unlike BLAS, einsum gives equal frames equal products wherever they are.
        parts = [np.einsum("ij,j->i", chunk.astype(np.float64), each) for chunk in self._chunks()]
        return np.concatenate(parts) + constant

    def _chunks(self) -> Iterator[Numbers]:
        """The cells of all frames, so many at a time."""
        waiting: list[Numbers] = []
        count = 0
        for cells in self._cells:
            waiting.append(cells)
            count += len(cells)
            if count >= _TOGETHER:
                yield np.concatenate(waiting)
                waiting, count = [], 0
        if waiting:
            yield np.concatenate(waiting)


def _joined(parts: Sequence[NDArray[Any]], shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(shape, kind), *parts])
