"""Searches find the right clips: by picture, by words, by sound and by what is said."""

from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.query import WEAKEST, Hit, Query, rank
from twelvelabs_async.sandbox.media.language.words import concepts, content, stem, tokens
from twelvelabs_async.sandbox.media.measure.film import Film, read_film
from twelvelabs_async.sandbox.media.measure.probe import MediaError
from twelvelabs_async.sandbox.media.measure.render import encode_image, frame, thumbnail

SCENES = [
    Scene(colour="red", seconds=2, tone_hz=440, volume=0.6, subtitle="Good morning, dear ducks."),
    Scene(colour="blue", seconds=2, motion=1.5, subtitle="We were walking to the river"),
    Scene(colour="black", seconds=2, tone_hz=90, volume=0.02),
    Scene(colour="white", seconds=2, motion=0.15, tone_hz=6000, volume=0.3),
    Scene(colour="green", seconds=2, subtitle="a red boat on the river"),
]
COLOURS = ["red", "blue", "black", "white", "green"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return read_film(make_film(tmp_path_factory.mktemp("films") / "made.mp4", SCENES))


@cache
def real() -> dict[str, tuple[Path, Film]]:
    paths = {"cartoon": demo_films.bigbuckbunny(), "traffic": demo_films.bikes()}
    return {key: (path, read_film(path)) for key, path in paths.items()}


@cache
def frames(key: str) -> list[av.VideoFrame]:
    with av.open(str(real()[key][0])) as container:
        return [shown.reformat(width=426) for shown in container.decode(video=0)]


def shown_by(hit: Hit, key: str, time: float) -> bool:
    return hit.key == key and hit.start <= time < hit.end


def found(query: str, film: Film, *options: str, **more: str) -> list[int]:
    """The scenes that a text finds, best first."""
    hits = rank(Query(text=query), {"made": film}, options=options, **more)
    return [int(hit.start / 2) for hit in hits]


def both() -> dict[str, Film]:
    return {key: film for key, (_, film) in real().items()}


@settings(deadline=None, max_examples=60)
@given(
    key=st.sampled_from(["cartoon", "traffic"]),
    part=st.floats(0, 0.999),
    width=st.sampled_from([160, 320, 426, 640]),
)
def test_a_frame_finds_first_the_clip_it_was_cut_from(key: str, part: float, width: int):
    shown = frames(key)[int(part * len(frames(key)))]
    image = encode_image(shown, "jpeg", width=width)
    hits = rank(Query(images=[image]), both(), options=["visual"])
    assert shown_by(hits[0], key, shown.time)
    assert hits[0].score > 50
    assert hits[0].thumbnail_at == pytest.approx(shown.time, abs=0.5)


@pytest.mark.parametrize("time", [0.3, 2.0, 3.3, 5.0])
def test_a_thumbnail_and_a_full_size_picture_find_their_clip(time: float):
    path, _ = real()["cartoon"]
    for image in (thumbnail(path, time), frame(path, time), frame(path, time, image="png")):
        hits = rank(Query(images=[image]), both())
        assert shown_by(hits[0], "cartoon", time)


def test_several_images_are_one_question_and_those_of_an_entity_are_alternatives(made: Film):
    path, _ = real()["cartoon"]
    mine, other = thumbnail(path, 1.0), thumbnail(real()["traffic"][0], 0.5)
    alone = rank(Query(images=[mine]), both())[0]
    together = {
        (hit.key, hit.start): hit.score for hit in rank(Query(images=[mine, other]), both())
    }
    entity = rank(Query(entity_images=[mine, other]), both())
    assert together[alone.key, alone.start] < alone.score
    assert {hit.key for hit in entity[:2]} <= {"cartoon", "traffic"}
    assert alone in entity


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_finds_the_clips_where_it_prevails(colour: str, made: Film):
    hits = rank(Query(text=f"something {colour}"), {"made": made, **both()}, options=["visual"])
    assert (hits[0].key, hits[0].start) == ("made", 2.0 * COLOURS.index(colour))
    assert hits[0].score > 95


def test_green_finds_the_cartoon_and_brown_the_traffic():
    assert rank(Query(text="green"), both(), options=["visual"])[0].key == "cartoon"
    assert rank(Query(text="brown"), both(), options=["visual"])[0].key == "traffic"


@pytest.mark.parametrize(
    ("words", "option", "scene"),
    [
        ("crimson", "visual", 0),
        ("a dark place", "visual", 2),
        ("very bright", "visual", 3),
        ("fast action", "visual", 1),
        ("slowly moving", "visual", 3),
        ("loud", "audio", 0),
        ("a quiet rumble", "audio", 2),
        ("shrill", "audio", 3),
        ("good morning", "transcription", 0),
    ],
)
def test_words_find_what_was_measured(words: str, option: str, scene: int, made: Film):
    assert found(words, made, option)[0] == scene


def test_silence_is_found_with_and_without_a_sound_track(made: Film):
    hits = rank(Query(text="silent"), {"made": made, **both()}, options=["audio"])
    assert {hit.key for hit in hits} == {"made", "traffic"}


def test_lexical_is_exact_and_semantic_goes_by_stems(made: Film):
    exact = {"options": ["transcription"], "transcription_options": ["lexical"]}
    loose = {"options": ["transcription"], "transcription_options": ["semantic"]}
    assert rank(Query(text="walked"), {"m": made}, **exact) == []
    assert [hit.start for hit in rank(Query(text="walked"), {"m": made}, **loose)] == [2.0]
    assert [hit.start for hit in rank(Query(text="walking"), {"m": made}, **exact)] == [2.0]
    # "crimson" means red, and somebody says "a red boat".
    assert [hit.start for hit in rank(Query(text="crimson"), {"m": made}, **loose)] == [8.0]


def test_more_of_the_words_come_before_fewer_and_a_phrase_before_scattered_words(made: Film):
    assert found("red boat on the river", made, "transcription") == [4, 1]
    whole, scattered = (
        rank(Query(text=text), {"m": made}, options=["transcription"])[0].score
        for text in ("red boat", "boat red")
    )
    assert whole > scattered


def test_or_takes_what_any_option_finds_and_and_what_all_find(made: Film):
    assert set(found("red river", made, "visual", "transcription")) == {0, 1, 4}
    assert found("red river", made, "visual", "transcription", operator="and") == []
    assert found("green river", made, "visual", "transcription", operator="and") == [4]
    # A query that says nothing of sound asks nothing of it.
    assert found("red", made, "visual", "audio", operator="and") == [0]
    assert found("red loud", made, "visual", "audio", operator="and") == [0]
    assert found("red silence", made, "visual", "audio", operator="and") == []


UNRELATED = [
    "zebra",
    "a man talking",
    "the of and",
    "show me the video",
    "42",
    "???",
    "…",
    "une femme qui parle",
    "男の人が話している",
    "رجل يتحدث",
    "\N{DOG FACE}",
    "cafe\N{COMBINING ACUTE ACCENT}",
    "\ud800",
]


@pytest.mark.parametrize("text", UNRELATED)
def test_all_clips_are_ranked_for_words_that_describe_none(text: str, made: Film):
    catalogue = {"made": made, **both()}
    hits = rank(Query(text=text), catalogue, rank_all=True)
    assert len(hits) == sum(len(film.clips) for film in catalogue.values())
    assert all(0 < hit.score < WEAKEST for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits == rank(Query(text=text), dict(reversed(catalogue.items())), rank_all=True)


def test_unrelated_words_have_orders_of_their_own_and_marks_and_case_do_not(made: Film):
    def order(text: str) -> list[tuple[str, float]]:
        hits = rank(Query(text=text), {"made": made, **both()}, rank_all=True)
        return [(hit.key, hit.start) for hit in hits]

    assert len({tuple(order(text)) for text in UNRELATED}) > len(UNRELATED) / 2
    assert order("A man,  talking!") == order("a man talking")
    assert order("caf\N{LATIN SMALL LETTER E WITH ACUTE}") == order(
        "cafe\N{COMBINING ACUTE ACCENT}"
    )


def test_clips_that_answer_come_before_those_that_do_not(made: Film):
    strict = rank(Query(text="red"), {"made": made}, options=["visual"])
    ranked = rank(Query(text="red"), {"made": made}, options=["visual"], rank_all=True)
    assert ranked[: len(strict)] == strict
    assert len(strict) < len(ranked) == len(made.clips)
    assert all(hit.score >= WEAKEST for hit in strict)


def test_only_clips_with_what_is_searched_are_ranked(made: Film):
    def ranked(*options: str, **more: Any) -> set[str]:
        hits = rank(
            Query(text="zebra"), {"made": made, **both()}, options=options, rank_all=True, **more
        )
        return {hit.key for hit in hits}

    assert ranked("visual") == {"made", "cartoon", "traffic"}
    assert ranked("audio") == {"made", "cartoon"}
    assert ranked("transcription") == {"made"}
    # Exact words are there or not.
    assert ranked("transcription", transcription_options=["lexical"]) == set()


def test_and_leaves_out_what_does_not_match_what_it_understands(made: Film):
    def ranked(text: str) -> int:
        options, catalogue = ["visual", "audio"], {"made": made}
        return len(
            rank(Query(text=text), catalogue, options=options, operator="and", rank_all=True)
        )

    assert ranked("red loud") == 1
    assert ranked("red silence") == 0
    assert ranked("zebra") == len(made.clips)


def test_pictures_rank_only_what_is_like_them(made: Film):
    image = thumbnail(real()["traffic"][0], 6.0)
    for query in (Query(images=[image]), Query(text="zebra", images=[image])):
        assert rank(query, {"made": made, **both()}, rank_all=True) == rank(
            query, {"made": made, **both()}
        )


@pytest.mark.parametrize("text", ["", "the of and", "zebra", "show me the video", "42"])
def test_a_query_that_nothing_answers_finds_nothing(text: str, made: Film):
    assert rank(Query(text=text), {"made": made, **both()}) == []


def test_words_and_a_picture_are_asked_together(made: Film):
    path, _ = real()["traffic"]
    image = thumbnail(path, 6.0)
    catalogue = {"made": made, **both()}
    picture = rank(Query(images=[image]), catalogue, options=["visual"])
    composed = rank(Query(text="red", images=[image]), catalogue, options=["visual"])
    assert picture[0].key == "traffic"
    red = next(hit for hit in composed if (hit.key, hit.start) == ("made", 0.0))
    assert red.score == pytest.approx(50, abs=8)
    assert [
        hit for hit in picture if (hit.key, hit.start) == ("made", 0.0) and hit.score > 40
    ] == []
    # Words that say nothing of pictures leave the picture's answer as it was.
    assert rank(Query(text="zebra", images=[image]), catalogue, options=["visual"]) == picture


def test_a_picture_is_no_question_about_sound(made: Film):
    image = thumbnail(real()["traffic"][0], 6.0)
    assert rank(Query(images=[image]), {"made": made, **both()}, options=["audio"]) == []


def test_equal_scores_are_in_the_order_of_keys_and_times(made: Film):
    catalogue = {"b": made, "a": made}
    hits = rank(Query(text="silent"), catalogue, options=["audio"])
    assert [(hit.key, hit.start) for hit in hits] == [
        ("a", 2.0),
        ("b", 2.0),
        ("a", 8.0),
        ("b", 8.0),
    ]
    assert hits == rank(Query(text="silent"), dict(reversed(catalogue.items())), options=["audio"])


def test_hits_carry_what_is_said(made: Film):
    first, *_ = rank(Query(text="ducks"), {"made": made})
    assert first.transcription == "Good morning, dear ducks."
    assert first.start <= first.thumbnail_at < first.end
    assert 0 < first.score <= 100


def test_what_is_no_image_is_refused(made: Film):
    with pytest.raises(MediaError) as caught:
        rank(Query(images=[b"no image"]), {"made": made})
    assert caught.value.code == "unsupported_file_type"


@pytest.mark.parametrize(
    ("words", "root"),
    [
        ("walk walks walked walking", "walk"),
        ("run runs running", "run"),
        ("city cities city's", "city"),
        ("dance dances danced dancing", "danc"),
        ("red", "red"),
        ("falling falls", "fall"),
    ],
)
def test_stems(words: str, root: str):
    assert {stem(word) for word in words.split()} == {root}


@given(st.text())
def test_any_text_can_be_asked(text: str):
    for word in content(text):
        assert word in tokens(text)
        assert stem(word)
    assert concepts(content(text)) == concepts(dict.fromkeys(content(text)))
