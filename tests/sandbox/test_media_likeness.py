"""How far pictures are from the clips of many films, against the same worked out leg by leg."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twelvelabs_async.sandbox.media.measure.likeness import Likeness, Paths
from twelvelabs_async.sandbox.media.measure.pixels import CELLS, Floats, features


def _cells(dice: np.random.Generator, count: int, alike: float) -> bytes:
    """The cells of pictures, of which each is nearly the one before with the chance ``alike``."""
    kept = [dice.integers(0, 60_000, CELLS // 2)]
    for _ in range(count - 1):
        same = dice.random() < alike
        change = dice.integers(0, 3, CELLS // 2) * int(dice.integers(0, 2))
        kept.append(kept[-1] + change if same else dice.integers(0, 60_000, CELLS // 2))
    return np.array(kept[:count], "<u2").tobytes()


def _film(dice: np.random.Generator, frames: int) -> tuple[Likeness, bytes, int]:
    """Paths, the cells that they are made of, and how many clips they have."""
    times = np.cumsum(dice.random(frames) + 0.01)
    end = float(times[-1]) + 0.5 if frames else 5.0
    borders = sorted({0.0, end, *(dice.random(int(dice.integers(0, 4))) * end).tolist()})
    spans = list(pairwise(borders))
    cuts = sorted(time for time in times.tolist() if dice.random() < 0.2)
    cells = _cells(dice, frames, 0.6) if frames else b""
    return Likeness.of(times.tolist(), cells, cuts, spans, 25.0), cells, len(spans)


def _leg_by_leg(film: Likeness, cells: bytes, clips: int, picture: bytes) -> list[float]:
    """The distances of the clips from a picture."""
    points, point, least = features(cells), features(picture)[0], [math.inf] * clips
    for (one, other), (low, high), clip in zip(film.ends, film.bounds, film.clips, strict=True):
        step, offset = points[other] - points[one], point - points[one]
        length = max(float(step @ step), 1e-12)
        share = min(max(float(offset @ step) / length, low), high)
        rest: Floats = offset - share * step
        least[int(clip)] = min(least[int(clip)], math.sqrt(float(rest @ rest)))
    return least


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 8), max_size=5))
def test_films_together_are_as_near_as_leg_by_leg(seed: int, frames: list[int]) -> None:
    dice = np.random.default_rng(seed)
    films = [_film(dice, count) for count in frames]
    films += films[:1]  # a film that is there twice is equally near both times
    first = [0, *accumulate(clips for _, _, clips in films)]
    paths = Paths([film for film, _, _ in films], first)
    # Near one of the frames, if there is any.
    whole = b"".join(cells for _, cells, _ in films) or _cells(dice, 1, 0)
    numbers = np.frombuffer(whole, "<u2").reshape(-1, CELLS // 2)
    noise = dice.integers(0, int(dice.choice([1, 30, 3_000])), CELLS // 2)
    picture = (numbers[int(dice.integers(len(numbers)))] + noise).astype("<u2").tobytes()
    distances, moments = paths.nearest(picture)
    expected = [each for film in films for each in _leg_by_leg(*film, picture)]
    # The square of a distance comes from a difference of large numbers.
    assert distances.tolist() == pytest.approx(expected, abs=1e-4)
    assert np.isnan(moments).tolist() == np.isinf(distances).tolist()
    if films:
        count = films[0][2]
        assert distances[-count:].tolist() == distances[:count].tolist()


def test_the_moment_is_between_the_frames_where_the_picture_belongs() -> None:
    dice = np.random.default_rng(1)
    one, other = dice.integers(0, 60_000, (2, CELLS // 2))
    cells = np.array([one, other], "<u2").tobytes()
    film = Likeness.of([0.0, 4.0], cells, [], [(0.0, 2.0), (2.0, 4.0)], 25.0)
    for share, clip in ((0.25, 0), (0.75, 1)):
        between = np.rint(one + share * (other - one)).astype("<u2").tobytes()
        found = film.nearest(between)
        assert found[clip].at == pytest.approx(4 * share, abs=0.01)
        assert found[clip].distance < 0.1 < found[1 - clip].distance


def test_a_sound_is_like_no_picture() -> None:
    assert (
        Likeness.of([], b"", [], [(0.0, 5.0)], 0.0).nearest(_cells(np.random.default_rng(1), 1, 0))
        == {}
    )
