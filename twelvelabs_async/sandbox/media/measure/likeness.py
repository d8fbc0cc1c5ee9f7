"""Which clip of a film a picture was cut from.

The frames that were looked at are points in the space of ``pixels.features``; between two of them
in one shot the film goes, near enough, along a straight line. A clip is the stretch of that path
between its start and its end, and a picture is as far from the clip as from the nearest point of
the stretch. So a frame that was never looked at still lies on its own clip, even in a shot that is
divided where nothing much happens.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from .pixels import Floats, features

__all__ = ["Likeness", "Nearest"]


@frozen
class Nearest:
    """The moment of a clip that is most like a picture, and how far the two are apart."""

    distance: float
    at: float


class Likeness:
    """The paths of one film's clips."""

    def __init__(
        self,
        times: Sequence[float],
        cells: bytes,
        cuts: Sequence[float],
        spans: Sequence[tuple[float, float]],
        fps: float,
    ) -> None:
        self._times = times
        self._points = features(cells)
        # The last frame that a clip shows begins one frame before the clip's end: a picture nearer
        # to the next clip's first frame is not this clip's.
        lag = 0.5 / fps if fps else 0.0
        legs: list[tuple[int, int, float, float, int]] = []
        for clip, (start, end) in enumerate(spans):
            before = len(legs)
            for first in range(max(0, bisect_right(times, start) - 1), len(times)):
                if times[first] > start and times[first] >= end - 1e-6:
                    break
                legs += self._leg(first, cuts, clip, start, end - lag)
            if len(legs) == before and times:
                nearest = max(0, bisect_right(times, start) - 1)
                legs.append((nearest, nearest, 0.0, 0.0, clip))
        table = np.array(legs, np.float64).reshape(-1, 5)
        self._from, self._to = table[:, 0].astype(np.intp), table[:, 1].astype(np.intp)
        self._low, self._high = table[:, 2], table[:, 3]
        self._clip = table[:, 4].astype(np.intp)
        self._step = self._points[self._to] - self._points[self._from]
        self._length = np.einsum("ij,ij->i", self._step, self._step)

    def _leg(
        self, first: int, cuts: Sequence[float], clip: int, start: float, end: float
    ) -> list[tuple[int, int, float, float, int]]:
        """The part of the way from one frame to the next that belongs to a clip, if any does."""
        times = self._times
        here, following = times[first], first + 1
        cut = bisect_right(cuts, here)
        ends = following == len(times) or (cut < len(cuts) and cuts[cut] <= times[following] + 1e-6)
        if ends:
            return [(first, first, 0.0, 0.0, clip)] if here >= start - 1e-6 else []
        gap = times[following] - here
        low, high = max(0.0, (start - here) / gap), min(1.0, (end - here) / gap)
        return [(first, following, low, high, clip)] if low <= high else []

    def nearest(self, cells: bytes) -> dict[int, Nearest]:
        """Each clip's moment most like the picture's cells, by the clip's number."""
        found: dict[int, Nearest] = {}
        if not len(self._clip):
            return found
        offset: Floats = features(cells)[0] - self._points[self._from]
        along = np.einsum("ij,ij->i", offset, self._step) / np.maximum(self._length, 1e-12)
        along = np.clip(along, self._low, self._high)
        distances = np.linalg.norm(offset - along[:, None] * self._step, axis=1)
        for leg in map(int, np.argsort(-distances, kind="stable")):
            here, there = self._times[int(self._from[leg])], self._times[int(self._to[leg])]
            at = here + float(along[leg]) * (there - here)
            # Nearest last: it is the one that stays.
            found[int(self._clip[leg])] = Nearest(float(distances[leg]), round(at, 3))
        return found
