"""Vectors are unit length, the same every time, and near for like content."""

import math
from bisect import bisect_right
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.vectors import (
    DIMENSIONS,
    clip_vector,
    film_vector,
    image_vector,
    segments,
    text_image_vector,
    text_vector,
)
from twelvelabs_async.sandbox.media.measure.film import Film, read_film
from twelvelabs_async.sandbox.media.measure.render import thumbnail

SCENES = [
    Scene(colour="red", seconds=2, tone_hz=440, volume=0.6, subtitle="Good morning, dear ducks."),
    Scene(colour="blue", seconds=2, tone_hz=440, volume=0.01, subtitle="A boat on the river."),
    Scene(colour="green", seconds=2, motion=1.0, tone_hz=6000, volume=0.6),
]


def near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return read_film(make_film(tmp_path_factory.mktemp("films") / "made.mp4", SCENES))


@cache
def real() -> dict[Path, Film]:
    return {path: read_film(path) for path in (demo_films.bigbuckbunny(), demo_films.bikes())}


@given(st.text())
def test_a_text_has_a_unit_vector(text: str):
    vector = text_vector(text)
    assert len(vector) == DIMENSIONS == 512
    assert math.hypot(*vector) == pytest.approx(1)
    assert all(type(number) is float for number in vector)
    assert vector == text_vector(text)


def test_a_colour_is_nearest_to_the_clip_of_that_colour(made: Film):
    clips = [clip_vector(made, clip, "visual") for clip in made.clips]
    for number, colour in enumerate(["red", "blue", "green"]):
        asked = [near(text_vector(f"a {colour} thing"), clip) for clip in clips]
        assert max(asked) == asked[number]
        assert sorted(asked)[-2] < 0.6 * asked[number]


def test_a_spoken_line_is_nearest_to_the_clip_that_says_it(made: Film):
    said = [clip_vector(made, clip, "transcription") for clip in made.clips]
    assert near(text_vector("good morning ducks"), said[0]) > 0.8
    assert near(text_vector("good morning ducks"), said[1]) < 0.2
    assert near(text_vector("boats"), said[1]) > near(text_vector("boats"), said[0])


def test_loud_is_nearest_to_the_loud_clip(made: Film):
    loud, quiet, shrill = [clip_vector(made, clip, "audio") for clip in made.clips]
    assert near(text_vector("loud"), loud) > near(text_vector("loud"), quiet)
    assert near(text_vector("shrill"), shrill) > near(text_vector("shrill"), loud)


def test_the_options_of_a_clip_differ_and_fused_is_near_to_all(made: Film):
    clip = made.clips[0]
    visual, audio, spoken = (
        clip_vector(made, clip, option) for option in ("visual", "audio", "transcription")
    )
    fused = clip_vector(made, clip, "fused")
    for one, other in ((visual, audio), (audio, spoken), (spoken, visual)):
        assert near(one, other) < 0.1
    assert all(near(fused, one) > 0.5 for one in (visual, audio, spoken))


@pytest.mark.parametrize("part", [0.15, 0.5, 0.85])
def test_a_frame_is_nearest_to_a_clip_of_its_own_shot(part: float):
    shots = {
        (path, bisect_right(film.cuts, clip.start), clip.start): clip_vector(film, clip, "visual")
        for path, film in real().items()
        for clip in film.clips
    }
    for path, film in real().items():
        for clip in film.clips:
            time = clip.start + part * (clip.end - clip.start)
            image = image_vector(thumbnail(path, time))
            best = max(shots, key=lambda key: near(image, shots[key]))
            assert best[:2] == (path, bisect_right(film.cuts, clip.start))


def test_an_images_vector_is_near_to_the_film_of_the_image(tmp_path: Path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(thumbnail(demo_films.bigbuckbunny(), 1.0))
    film = read_film(path)
    assert near(film_vector(film, "visual"), image_vector(path.read_bytes())) > 0.9


def test_a_text_and_an_image_together_lie_between_the_two(made: Film):
    image = thumbnail(demo_films.bigbuckbunny(), 1.0)
    together = text_image_vector("red", [image])
    assert math.hypot(*together) == pytest.approx(1)
    apart = near(text_vector("red"), image_vector(image))
    assert near(together, text_vector("red")) > apart
    assert near(together, image_vector(image)) > apart
    assert text_image_vector(None, [image]) == pytest.approx(image_vector(image))


def test_whole_films_and_stretches_have_vectors(made: Film):
    for option in ("visual", "audio", "transcription", "fused"):
        whole = film_vector(made, option)
        assert math.hypot(*whole) == pytest.approx(1)
        stretch = clip_vector(made, (0.0, 2.0), option)
        assert stretch == clip_vector(made, made.clips[0], option)


def test_fixed_segments(made: Film):
    parts = segments(made, fixed=2.5)
    assert [(part.start, part.end) for part in parts] == [(0.0, 2.5), (2.5, 5.0), (5.0, 6.0)]
    parts = segments(made, start=1.0, end=5.0, fixed=2)
    assert [(part.start, part.end) for part in parts] == [(1.0, 3.0), (3.0, 5.0)]
    assert len(segments(made, fixed=10)) == 1


def test_dynamic_segments_begin_where_clips_do(made: Film):
    starts = [clip.start for clip in made.clips]
    assert [part.start for part in segments(made)] == starts
    parts = segments(made, min_duration=3)
    assert [(part.start, part.end) for part in parts] == [(0.0, 6.0)]
    parts = segments(made, start=0.5, end=5.5, min_duration=1)
    assert [(part.start, part.end) for part in parts] == [(0.5, 2.0), (2.0, 4.0), (4.0, 5.5)]


@given(
    start=st.floats(0, 9.9),
    length=st.floats(0.1, 20),
    fixed=st.none() | st.integers(2, 10),
    least=st.none() | st.integers(2, 5),
)
def test_segments_cover_what_was_asked_for(
    start: float, length: float, fixed: int | None, least: int | None
):
    film = real()[demo_films.bikes()]
    parts = segments(film, start=start, end=start + length, fixed=fixed, min_duration=least)
    assert parts[0].start == pytest.approx(start, abs=1e-3)
    assert parts[-1].end == pytest.approx(min(10.0, start + length), abs=1e-3)
    for one, other in pairwise(parts):
        assert one.end == other.start
        if not fixed:
            assert one.end - one.start >= (least or 0) - 1e-3


def test_an_image_is_one_segment(tmp_path: Path):
    path = tmp_path / "picture.jpg"
    path.write_bytes(thumbnail(demo_films.bigbuckbunny(), 1.0))
    film = read_film(path)
    (part,) = segments(film, fixed=2)
    assert (part.start, part.end) == (0.0, 0.0)
