"""What is written about a film is what was measured in it, steered by the prompt."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.writing import (
    chapters,
    count_tokens,
    describe,
    gist,
    highlights,
    limit,
    pieces,
    summary,
)
from twelvelabs_async.sandbox.media.measure.film import Film, read_film
from twelvelabs_async.sandbox.media.measure.render import frame

SCENES = [
    Scene(colour="red", seconds=2, tone_hz=440, volume=0.6, subtitle="Good morning, dear ducks."),
    Scene(colour="blue", seconds=3, motion=1.5),
    Scene(colour="black", seconds=2, tone_hz=90, volume=0.02),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return read_film(make_film(tmp_path_factory.mktemp("films") / "made.mp4", SCENES))


@cache
def traffic() -> Film:
    return read_film(demo_films.bikes())


def test_a_description_has_everything_that_was_measured(made: Film):
    text = describe(made)
    for fact in (
        "7.0 s",
        "640 x 360",
        "25 frames",
        "3 shots",
        "2.0 s and 5.0 s",
        "blue (43%)",
        "red (29%)",
        '"Good morning, dear ducks." (0.0 s)',
        "dBFS",
        "loudest from 0.0 s to 2.0 s",
        "- From 2.0 s to 5.0 s: mostly blue (100%)",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("prompt", "described", "left_out"),
    [
        ("Which colours prevail?", "prevailing colour is blue", "dBFS"),
        ("What is said in it?", "Good morning, dear ducks.", "prevailing"),
        ("How loud is the music?", "dBFS", "pixels"),
        ("How long is it?", "7.0 s", "subtitles"),
        ("List the scenes", "- From 5.0 s to 7.0 s", "dBFS"),
        ("Is it dark?", "lightness", "cut"),
        ("Give it a title", "film in blue and red", "pixels"),
    ],
)
def test_the_prompt_steers_what_is_described(
    prompt: str, described: str, left_out: str, made: Film
):
    text = describe(made, prompt)
    assert described in text
    assert left_out not in text
    assert text != describe(made)


def test_a_prompt_about_nothing_measured_gets_everything(made: Film):
    assert describe(made, "Who is the director?") == describe(made)


def test_what_is_not_there_is_said_not_to_be():
    text = describe(traffic())
    assert "no sound track" in text
    assert "no subtitles" in text


def test_times_past_a_minute_are_written_as_people_do(made: Film):
    assert "1 shot" not in describe(made)
    long = Film.from_json(made.to_json().replace('"duration":7.0', '"duration":3725.0'))
    assert "1:02:05" in summary(long)


@pytest.mark.parametrize("prompt", ["", "Describe the sound.", "Titles please"])
def test_a_summary_is_shorter_than_a_description(prompt: str, made: Film):
    assert 0 < count_tokens(summary(made, prompt)) < count_tokens(describe(made))
    assert summary(made, prompt) == summary(made, prompt)


def test_chapters_cover_the_film_from_nought_without_gaps(made: Film):
    for film in (made, traffic(), read_film(demo_films.bigbuckbunny())):
        parts = chapters(film)
        assert [part.number for part in parts] == list(range(len(parts)))
        assert parts[0].start == 0
        assert parts[-1].end == film.info.duration
        assert all(one.end == other.start for one, other in pairwise(parts))
        assert all(part.title and part.summary for part in parts)
    assert [part.title for part in chapters(made)] == ["Red", "Blue", "Black"]
    assert chapters(made, "what do they say?")[0].summary.endswith('ducks.".')


def test_a_film_of_many_shots_has_at_most_twelve_chapters(tmp_path: Path):
    colours = ["red", "blue", "green", "white"]
    scenes = [Scene(colour=colours[number % 4], seconds=1.2) for number in range(15)]
    film = read_film(make_film(tmp_path / "many.mp4", scenes, size=(360, 360)))
    parts = chapters(film)
    assert len(parts) == 12
    assert parts[-1].end == film.info.duration
    assert all(one.end == other.start for one, other in pairwise(parts))


def test_highlights_are_where_most_happens(made: Film):
    moments = highlights(made)
    assert 1 <= len(moments) <= 3
    assert moments == sorted(moments, key=lambda each: each.start)
    assert (moments[0].start, moments[0].end) == (0.0, 2.0)
    assert all((each.start, each.end) in made.spans for each in moments)


def test_the_gist(made: Film):
    found = gist(made)
    assert "blue" in found.title
    assert found.topics[:3] == ["blue", "red", "black"]
    assert "ducks" in found.topics
    assert "#ducks" in found.hashtags
    assert all(tag.startswith("#") and " " not in tag for tag in found.hashtags)


def test_images_and_sounds_are_described_too(tmp_path: Path):
    path = tmp_path / "picture.png"
    path.write_bytes(frame(demo_films.bigbuckbunny(), 1.0, image="png"))
    image = read_film(path)
    text = describe(image)
    assert text.startswith("A picture in green and grey. The picture has 1280 x 720 pixels.")
    assert "frames a second" not in text
    assert len(chapters(image)) == len(highlights(image)) == 1
    assert gist(image).topics


@given(st.text())
def test_pieces_put_together_are_the_text(text: str):
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert all(parts)


@given(st.text(), st.integers(0, 50) | st.none())
def test_a_limit_is_kept(text: str, most: int | None):
    answer = limit(text, most)
    assert text.startswith(answer.text)
    assert answer.output_tokens == count_tokens(answer.text)
    whole = most is None or count_tokens(text) <= most
    assert answer.finish_reason == ("stop" if whole else "length")
    assert answer.output_tokens == (count_tokens(text) if whole else most)
    assert not whole or answer.text == text


def test_tokens_are_counted_by_the_rule():
    assert count_tokens("A short text, in all.") == 8
    assert count_tokens("") == 0
