"""Any reasonable JSON schema is filled with a value that another validator accepts."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.json_schema import SchemaError, fill
from twelvelabs_async.sandbox.media.json_schema.parts import same
from twelvelabs_async.sandbox.media.json_schema.pattern import PatternError, example, found
from twelvelabs_async.sandbox.media.measure.film import Film, read_film

Schema = Any
"""A JSON document: what jsonschema takes."""

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


DAY, TIME = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
FORMATS = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date-time": f"{DAY}T{TIME}",
    "date": DAY,
    "time": TIME,
}
CHECKER = FormatChecker(())
for name, form in FORMATS.items():
    CHECKER.checks(name)(
        lambda value, form=form: not isinstance(value, str) or bool(re.fullmatch(form, value))
    )


def accepted(value: object, schema: Schema) -> bool:
    return Draft202012Validator(schema, format_checker=CHECKER).is_valid(value)


NAMES = st.sampled_from(
    ["title", "scenes", "colors", "start_sec", "endTime", "has_audio", "count", "x", "tags", "mood"]
)
SCALARS = st.booleans() | st.none() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=5)


@st.composite
def integers(draw: st.DrawFn) -> Schema:
    schema: Schema = {"type": draw(st.sampled_from(["integer", "number"]))}
    low = draw(st.integers(-1000, 1000))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + draw(
            st.integers(2, 500)
        )
    return schema


STRINGS = st.one_of(
    st.just({"type": "string"}),
    st.sampled_from(["uuid", "date-time", "date", "time"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.sampled_from([r"^[A-Z]{3}-\d{2,4}$", r"^\d+:\d\d$", "a|b", r"^(yes|no)$"]).map(
        lambda pattern: {"type": "string", "pattern": pattern}
    ),
    st.tuples(st.integers(0, 30), st.integers(0, 400)).map(
        lambda sizes: {"type": "string", "minLength": sizes[0], "maxLength": sum(sizes)}
    ),
)
LEAVES = st.one_of(
    integers(),
    STRINGS,
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": ["string", "null"]}),
    st.just({}),
    st.just(True),
    st.lists(SCALARS, min_size=1, max_size=4).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
)


def composed(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    objects = st.dictionaries(NAMES, inner, max_size=4).flatmap(
        lambda properties: st.lists(st.sampled_from([*properties, "title"]), unique=True).map(
            lambda required: {"type": "object", "properties": properties, "required": required}
        )
    )
    arrays = st.builds(
        lambda items, least, more: {
            "type": "array",
            "items": items,
            "minItems": least,
            "maxItems": least + more,
        },
        inner,
        st.integers(0, 4),
        st.integers(0, 4),
    )
    choices = st.builds(
        lambda key, options: {key: options},
        st.sampled_from(["anyOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=1) | st.lists(objects, min_size=1, max_size=2),
    )
    either = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    one = st.builds(lambda option: {"oneOf": [option, {"const": "never this"}]}, objects)
    return objects | arrays | choices | either | one


SCHEMAS = st.recursive(LEAVES, composed, max_leaves=12)


def could_be_satisfied(schema: Schema) -> bool:
    """Not two parts of one ``allOf`` that exclude each other."""
    if isinstance(schema, dict):
        if len(schema.get("allOf", [])) > 1:
            return False
        return all(could_be_satisfied(part) for part in schema.values())
    return all(map(could_be_satisfied, schema)) if isinstance(schema, list) else True


@settings(deadline=None, max_examples=300)
@given(SCHEMAS.filter(could_be_satisfied), st.sampled_from(["", "Which colours?"]))
def test_any_schema_is_filled_with_what_satisfies_it(schema: Schema, prompt: str):
    if isinstance(schema, bool):
        schema = {}
    value = fill(schema, traffic(), prompt)
    assert accepted(value, schema)
    assert fill(schema, traffic(), prompt) == value


def test_properties_get_the_facts_their_names_ask_for(made: Film):
    number, text = {"type": "number"}, {"type": "string"}
    texts = {"type": "array", "items": text}
    scene = {
        "start_sec": number,
        "end_sec": number,
        "colour": text,
        "description": text,
        "index": {"type": "integer"},
        "spoken": {"type": "array", "items": text},
    }
    schema: Schema = {
        "type": "object",
        "properties": {
            "title": text,
            "duration": number,
            "width": {"type": "integer"},
            "sceneCount": {"type": "integer"},
            "number_of_cuts": {"type": "integer"},
            "has_audio": {"type": "boolean"},
            "is_dark": {"type": "boolean"},
            "is_bright": {"type": "boolean"},
            "dominant_colors": texts,
            "hashtags": texts,
            "dialogue": texts,
            "loudness": {"enum": ["quiet", "loud"]},
            "scenes": {"type": "array", "items": {"type": "object", "properties": scene}},
            "subtitle_lines": {
                "type": "array",
                "items": {"type": "object", "properties": {"start": number, "text": text}},
            },
        },
    }
    value: Any = fill(schema, made)
    assert value["title"] == "A slow film in blue and red"
    assert value["duration"] == 7.0
    assert (value["width"], value["sceneCount"], value["number_of_cuts"]) == (640, 3, 2)
    assert (value["has_audio"], value["is_dark"], value["is_bright"]) == (True, True, False)
    assert value["dominant_colors"] == ["blue", "red", "black"]
    assert value["hashtags"][:2] == ["#blue", "#red"]
    assert value["dialogue"] == ["Good morning, dear ducks."]
    assert value["loudness"] == "loud"
    assert [(one["start_sec"], one["end_sec"], one["colour"]) for one in value["scenes"]] == [
        (0.0, 2.0, "red"),
        (2.0, 5.0, "blue"),
        (5.0, 7.0, "black"),
    ]
    assert [one["index"] for one in value["scenes"]] == [0, 1, 2]
    assert value["scenes"][1]["description"].startswith("From 2.0 s to 5.0 s: mostly blue")
    assert value["subtitle_lines"] == [{"start": 0.0, "text": "Good morning, dear ducks."}]


def test_references_and_recursion(made: Film):
    schema: Schema = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                },
                "required": ["title"],
            }
        },
    }
    assert accepted(fill(schema, made), schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}, "minItems": 9, "uniqueItems": True},
        {"type": "array", "items": {"type": "integer"}, "minItems": 4, "uniqueItems": True},
        {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"const": "x"}]},
        {"type": "number", "multipleOf": 0.25, "minimum": 3.3},
        {"type": "integer", "multipleOf": 7, "exclusiveMinimum": 7, "maximum": 20},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
        {"type": "string", "pattern": "^[a-z]+@[a-z]+\\.(com|org)$"},
        {"type": "string", "not": {"const": "x"}, "maxLength": 3},
        {"allOf": [{"minimum": 3}, {"type": "integer", "maximum": 4}, {"minimum": 4}]},
        {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
        {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0.5}]},
        {"type": "string", "enum": ["A", "B", None]},
        {"type": "string", "allOf": [{"pattern": "a"}, {"pattern": "^[a-z]+$"}]},
        {"type": "array", "items": True, "minItems": 9, "uniqueItems": True},
    ],
)
def test_harder_schemas(schema: Schema, made: Film):
    assert accepted(fill(schema, made), schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"enum": []},
        {"type": "string", "const": 3},
        {"$ref": "#/$defs/none"},
        {"$ref": "https://elsewhere.example/schema.json"},
        {"$ref": "#"},
        {"type": "text"},
        {"type": "string", "pattern": "("},
        {"type": "string", "pattern": r"^(?=x)y$"},
        {"type": "object", "properties": {"a": False}, "required": ["a"]},
        {"type": "array", "items": False, "minItems": 1},
        {"type": "integer", "minimum": "three"},
        {"type": "array", "minItems": 1e12},
        {"type": "string", "minLength": 1e12},
        {"type": "string", "pattern": "^(a{1000}){1001}$"},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
    ],
)
def test_what_nothing_satisfies_is_refused(schema: Schema, made: Film):
    with pytest.raises(SchemaError):
        fill(schema, made)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "abc",
        r"^\w+\s\S*$",
        r"[^a-z]{3}",
        r"^(?:ab|cd)+e?$",
        r"(?P<year>\d{4})-(?<month>\d{2})".replace("(?<", "(?P<"),
        r"^#[0-9a-fA-F]{6}$",
        r"^[\d.,-]+$",
        r"\x41\u0042\\\.",
        r"^.{2,}?$",
        r"[]a]",
        r"^[[&|~]\[[^[]$",
        r"\D\W",
        r"^a{0}b{2,3}$",
    ],
)
def test_examples_of_patterns(pattern: str):
    assert found(pattern, example(pattern))


@given(st.text(alphabet="ab[]()|*+?{}1,^$\\.d-", max_size=12))
def test_any_pattern_has_an_example_or_is_refused(pattern: str):
    try:
        text = example(pattern)
    except PatternError:
        return
    assert found(pattern, text)


def test_numbers_and_truth_are_distinguished():
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same([0], [False])
    assert same({"a": [1]}, {"a": [1.0]})


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        (r"^[[]$", "[", True),
        (r"^[[]$", "a", False),
        (r"^[^[]$", "[", False),
        (r"\[a||b]", "b]", True),
        (r"^[a&&b]$", "&", True),
        (r"^[\[\]]$", "]", True),
        (r"^[]x]$", "]", True),
    ],
)
def test_classes_have_no_set_operations(pattern: str, text: str, is_found: bool):
    assert found(pattern, text) is is_found
