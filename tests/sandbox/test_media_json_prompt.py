"""Prompts that ask for JSON, in the ways in which programs do, get JSON of that shape."""

import json
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.json_prompt import asked_schema
from twelvelabs_async.sandbox.media.language.json_shape import shapes, value_schema
from twelvelabs_async.sandbox.media.language.writing import describe, respond, summary
from twelvelabs_async.sandbox.media.measure.film import Film, read_film

SCENES = [
    Scene(colour="red", seconds=3, tone_hz=440, subtitle="Good morning, dear ducks."),
    Scene(colour="blue", seconds=3, motion=0.8),
]
MOMENT = {"start": float, "end": float, "title": str}
BULLETS = """Produce JSON with the following properties:
- title: string
- tags: array of strings
- rating: integer from 1 to 10
- has_speech (boolean)

Nothing else."""
FENCED = """JSON:
```json
{
  "scenes": [{"start": 0, "end": 5, "title": "x"}],
  "size": {"width": 640, "height": 360},
}
```
Only that."""
COMMENTED = """As JSON:
{
  "title": string,  // short
  "tags": string[],
  "n": number
  "ok": boolean /* maybe */
}"""
JSON_SCHEMA = """As JSON by this schema:
{"type": "object", "properties": {"n": {"type": "integer", "minimum": 7}}, "required": ["n"]}"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return read_film(make_film(tmp_path_factory.mktemp("films") / "made.mp4", SCENES))


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has a shape: a type, a set of values, or a dictionary or list of shapes."""
    if isinstance(shape, dict):
        same = isinstance(value, dict) and list(value) == list(shape)
        return same and all(fits(value[key], each) for key, each in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if isinstance(shape, set | range):
        return value in shape
    if shape is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is shape


@pytest.mark.parametrize(
    ("prompt", "shape"),
    [
        # Keys that are named.
        ("Return ONLY a JSON array of objects with the keys start, end and title.", [MOMENT]),
        ("Return JSON with keys title, summary.", {"title": str, "summary": str}),
        ('Reply as a JSON object with "title", "is_dark" and "tags".',
         {"title": str, "is_dark": bool, "tags": [str]}),
        ("Give me JSON with the fields `title` (string), `score` (number) and `loud` (boolean).",
         {"title": str, "score": float, "loud": bool}),
        ("JSON please. Keys: title, start_time (number), mood (one of: calm, wild).",
         {"title": str, "start_time": float, "mood": {"calm", "wild"}}),
        ('Answer as a JSON object with two keys: "answer" (yes or no) and "confidence" (0-1).',
         {"answer": {"yes", "no"}, "confidence": float}),
        (BULLETS,
         {"title": str, "tags": [str], "rating": range(1, 11), "has_speech": bool}),
        ("Output JSON. Fields:\n1. title - the title\n2. duration - in seconds",
         {"title": str, "duration": float}),
        ('Return JSON with a key "scenes", a list of objects with start, end and title.',
         {"scenes": [MOMENT]}),
        # Shapes that are shown.
        ('Respond in JSON format: {"title": "...", "dark": true, "seconds": 1.5, "shots": 3}',
         {"title": str, "dark": bool, "seconds": float, "shots": int}),
        ('Rate it: {"score": <0-100>, "notes": ["..."]}', {"score": range(101), "notes": [str]}),
        ('JSON: [{"start": 0, "end": 5, "title": "Intro"}, ...]', [MOMENT]),
        (FENCED,
         {"scenes": [MOMENT], "size": {"width": int, "height": int}}),
        (COMMENTED, {"title": str, "tags": [str], "n": float, "ok": bool}),
        ("JSON like {title: string, mood: 'calm' | 'wild', level: \"low|high\"}",
         {"title": str, "mood": {"calm", "wild"}, "level": {"low", "high"}}),
        ("JSON {'title': str, 'start': float, 'loud': bool}",
         {"title": str, "start": float, "loud": bool}),
        ('Return JSON {{"title": "...", "meta": {{"fps": 0}}}}',
         {"title": str, "meta": {"fps": int}}),
        ("JSON: {\u201ctitle\u201d: \u201c\u2026\u201d, \u201cfps\u201d: 0}",
         {"title": str, "fps": int}),
        ('Return JSON: {"at": "00:05", "words": "10-15 words", "sentiment": "good/bad/mixed"}',
         {"at": str, "words": str, "sentiment": {"good", "bad", "mixed"}}),
        ('Use the tags ["a", "b"] only. JSON: {"tag": "a or b", "why": "..."}',
         {"tag": {"a", "b"}, "why": str}),
        ('JSON: {"timeline": [{"start": 0, "end": 1, "title": "..."}]}', {"timeline": [MOMENT]}),
        ('Return a JSON array of such objects: {"start": 0.0, "end": 1.0, "title": "x"}', [MOMENT]),
        (JSON_SCHEMA, {"n": range(7, 8)}),
        ('{"title": "...", "summary": "..."} in that form, please', {"title": str, "summary": str}),
        # Lists.
        ("Return a JSON list of colors.", [str]),
        ("Return a JSON array of strings with the topics", [str]),
        ("Split it into scenes, as a JSON array.", list),
        # Nothing but the word, in several languages.
        ("Return JSON.", dict),
        ("json only", dict),
        ("What happens? Answer in JSON.", dict),
        ("JSON\u5f62\u5f0f\u3067\u7b54\u3048\u3066\u304f\u3060\u3055\u3044", dict),
        ('R\u00e9ponds en JSON : {"titre": "...", "dur\u00e9e": 0}',
         {"titre": str, "dur\u00e9e": int}),
    ],
)  # fmt: skip
def test_json_has_the_shape_that_the_prompt_asks_for(prompt: str, shape: Any, film: Film) -> None:
    value = json.loads(respond(film, prompt))
    if isinstance(shape, type):
        assert isinstance(value, shape)
        assert value
    else:
        assert fits(value, shape), value


def test_it_is_filled_with_what_was_measured(film: Film) -> None:
    prompt = (
        'JSON: {"duration": 0.0, "width": 0, "has_audio": true, "dominant_colors": ["red"], '
        '"scenes": [{"start": 0.0, "end": 0.0, "color": "..."}], "quotes": ["..."]}'
    )
    value = json.loads(respond(film, prompt))
    assert value["duration"] == pytest.approx(6, abs=0.1)
    assert (value["width"], value["has_audio"]) == (640, True)
    assert set(value["dominant_colors"]) >= {"red", "blue"}
    listed = json.loads(respond(film, "Return a JSON array with the keys start and color."))
    assert [each["color"] for each in listed] == ["red", "blue"]
    assert [scene["color"] for scene in value["scenes"]] == ["red", "blue"]
    assert [scene["start"] for scene in value["scenes"]] == pytest.approx([0, 3], abs=0.1)
    assert value["quotes"] == ["Good morning, dear ducks."]


@pytest.mark.parametrize(
    "prompt",
    [
        "What happens?",
        "Describe it, not as JSON.",
        "Describe it in prose, never in JSON.",
        "Is there JSON on the screen?",
        "Tell me {in detail} what [exactly] happens.",
        "Use the categories [1, 2, 3].",
        "",
    ],
)
def test_other_prompts_get_prose(prompt: str, film: Film) -> None:
    assert asked_schema(prompt) is None
    assert respond(film, prompt) == describe(film, prompt)
    assert respond(film, prompt, prose=summary) == summary(film, prompt)


def test_json_may_stand_in_code_fences(film: Film) -> None:
    prompts = [f"Return JSON with the keys title and n{number}." for number in range(40)]
    fenced = [respond(film, prompt, fences="sometimes").startswith("```") for prompt in prompts]
    assert 5 < sum(fenced) < 35
    assert fenced == [respond(film, p, fences="sometimes").startswith("```") for p in prompts]
    for prompt in prompts[:3]:
        plain, always = respond(film, prompt), respond(film, prompt, fences="always")
        assert always == f"```json\n{plain}\n```"
    forbidden = [f"{prompt} No markdown." for prompt in prompts]
    assert not any(respond(film, p, fences="sometimes").startswith("```") for p in forbidden)
    assert respond(film, "What?", fences="always") == respond(film, "What?")


def test_a_shape_that_cannot_be_is_answered_with_another(film: Film) -> None:
    impossible = '{"type": "object", "properties": {"n": {"type": "poem"}}, "required": ["n"]}'
    assert json.loads(respond(film, f"JSON by this schema: {impossible}"))["title"]


@pytest.mark.parametrize(
    ("said", "schema"),
    [
        ("integer", {"type": "integer"}),
        ("<number>", {"type": "number"}),
        ("(bool)", {"type": "boolean"}),
        ("a number between 0 and 1", {"type": "number", "minimum": 0.0, "maximum": 1.0}),
        ("1-5", {"type": "integer", "minimum": 1, "maximum": 5}),
        ("2-3 sentences", {"type": "string"}),
        ("0:10-0:20", {"type": "string"}),
        ("the count of cars", {"type": "integer"}),
        ("who is in the picture", {"type": "string"}),
        ("string | null", {"type": "string"}),
        ("list of numbers", {"type": "array", "items": {"type": "string"}, "minItems": 1}),
    ],
)
def test_what_is_said_of_a_value(said: str, schema: dict[str, Any]) -> None:
    assert value_schema(said) == schema


@settings(deadline=None)
@given(st.text("{}[]\"'`:,|<>/*#.\\ \n\tajson01-\u201c\u201d", max_size=200))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    asked_schema(f"Return JSON: {text}")
    list(shapes(text))


@pytest.mark.parametrize(
    "piece", ["[", "{", "[\u2018", '["', "{a:", "[{},", "json ", "{{", "[1,", " "]
)
def test_the_time_grows_no_faster_than_the_prompt(piece: str) -> None:
    def seconds(size: int) -> float:
        prompt = "Return JSON " + piece * (size // len(piece))
        began = perf_counter()
        asked_schema(prompt)
        return perf_counter() - began

    seconds(100)
    # What is read of a prompt is bounded: a longer one takes no longer, but for noise.
    assert min(seconds(1_000_000) for _ in range(3)) < 20 * max(0.05, seconds(16_000))
