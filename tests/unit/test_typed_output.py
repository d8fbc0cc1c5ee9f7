"""Answers in users' own types: the schema that goes out, and the value that comes back."""

from __future__ import annotations

import enum
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Generic, Literal, NotRequired, Optional, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest

from twelvelabs_async import (
    ConfigurationError,
    IndexSchema,
    OutputInvalidError,
    OutputTruncatedError,
)
from twelvelabs_async._runtime.typed_output import is_output_type, output_type
from twelvelabs_async.sandbox.analysis_schema import check_output_schema

T = TypeVar("T")


class Kind(enum.Enum):
    GOAL = "goal"
    FOUL = "foul"


@dataclass
class Moment:
    at: float
    who: Optional[str] = None  # noqa: UP045  # what is tried
    kind: Kind = Kind.GOAL


@dataclass
class ReportDataclass:
    title: str
    when: datetime
    day: date | None
    moments: list[Moment]
    mood: Literal["calm", "wild"]
    score: Annotated[int, msgspec.Meta(ge=0)] = 0
    names: dict[str, int] = field(default_factory=dict)
    pair: tuple[int, str] | None = None


@attrs.define
class ReportAttrs:
    title: str
    when: datetime
    day: date | None
    moments: list[Moment]
    mood: Literal["calm", "wild"]
    score: Annotated[int, msgspec.Meta(ge=0)] = 0


class ReportDict(TypedDict):
    title: str
    when: datetime
    day: date | None
    moments: list[Moment]
    mood: Literal["calm", "wild"]
    score: NotRequired[int]


class PydanticMoment(pydantic.BaseModel):
    at: float
    who: str | None = None
    kind: Kind = Kind.GOAL


class ReportPydantic(pydantic.BaseModel):
    title: str = pydantic.Field(min_length=1, max_length=50)
    when: datetime
    day: date | None
    moments: list[PydanticMoment]
    mood: Literal["calm", "wild"]
    score: int = pydantic.Field(0, ge=0)


REPORTS = [ReportDataclass, ReportAttrs, ReportDict, ReportPydantic]
each_kind = pytest.mark.parametrize("form", REPORTS)
ANSWER = {
    "title": "Łódź",
    "when": "2026-03-01T10:00:00Z",
    "day": None,
    "moments": [{"at": 1.5, "who": None, "kind": "foul"}, {"at": 2}],
    "mood": "calm",
    "score": 3,
}

# What the service takes.
KEYWORDS = {
    "title", "description", "const", "enum", "$ref", "$defs", "type", "anyOf", "properties",
    "required", "items", "minItems", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum",
}  # fmt: skip


def keywords(schema: Any) -> set[str]:
    """Every keyword of a schema, however deep."""
    found = set(schema)
    for name in ("properties", "$defs"):
        for each in schema.get(name, {}).values():
            found |= keywords(each)
    for each in schema.get("anyOf", []):
        found |= keywords(each)
    return found | (keywords(schema["items"]) if "items" in schema else set())


@each_kind
def test_the_schema_has_what_the_service_takes_alone(form: Any) -> None:
    schema = output_type(form).schema
    assert schema["type"] == "object"
    assert list(schema["properties"])[:5] == ["title", "when", "day", "moments", "mood"]
    assert schema["properties"]["when"]["format"] == "date-time"
    assert keywords(schema) <= KEYWORDS
    json.dumps(schema)


@each_kind
@pytest.mark.parametrize(
    "fence",
    [
        "{}",
        "  {}  ",
        "\ufeff{}",
        "```json\n{}\n```",
        "\n```\n{}\n```\n",
        "```JSON\r\n{}\r\n```",
        "```json {}```",
        "~~~\n{}\n~~~",
        "Here it is:\n\n```json\n{}\n```\nSee `title`, and:\n```\nno json\n```\n",
        "By this:\n```python\nprint(1)\n```\n```json\n{}\n```",
        "````json\n{}\n````",
        '```json title="report"\n{}\n```',
        "```application/json\n{}\n```",
        "``` json\n{}\n```",
        "```json\n{}",
    ],
)
def test_the_answer_is_of_the_class(form: Any, fence: str) -> None:
    value: Any = output_type(form).parse(fence.replace("{}", json.dumps(ANSWER, indent=1)), "stop")
    assert isinstance(value, dict if form is ReportDict else form)
    of = getattr if form is not ReportDict else dict.__getitem__
    assert of(value, "title") == "Łódź"
    moments = of(value, "moments")
    assert (moments[0].kind, moments[1].kind, moments[1].at) == (Kind.FOUL, Kind.GOAL, 2.0)
    assert of(value, "when") == datetime(2026, 3, 1, 10, tzinfo=UTC)


@each_kind
@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": None}, "$.title"),
        ({"title": "```\\n", "mood": 5}, "$.mood"),
        ({"moments": [{"at": 1}, {"at": "x"}]}, "$.moments[1].at"),
        ({"mood": "sad"}, "$.mood"),
        ({"when": "yesterday"}, "$.when"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error_with_its_path(
    form: Any, change: dict[str, Any], path: str
) -> None:
    text = json.dumps({**ANSWER, **change})
    with pytest.raises(OutputInvalidError) as caught:
        output_type(form).parse(text, "stop")
    assert caught.value.path == path
    assert str(caught.value).endswith(f" at {path}")
    assert (caught.value.text, caught.value.finish_reason) == (text, "stop")
    assert pickle.loads(pickle.dumps(caught.value)).path == path


@each_kind
def test_a_field_that_is_missing_has_its_path(form: Any) -> None:
    without = {name: value for name, value in ANSWER.items() if name != "mood"}
    for given, path in (
        (without, "$.mood"),
        ({**ANSWER, "moments": [{"at": 1}, {"who": "she"}]}, "$.moments[1].at"),
    ):
        with pytest.raises(OutputInvalidError) as caught:
            output_type(form).parse(json.dumps(given), "stop")
        assert caught.value.path == path


@dataclass
class Keyed:
    kinds: dict[Kind, int] = field(default_factory=dict)
    days: list[dict[date, int]] = field(default_factory=list)
    numbers: dict[str, dict[int, int]] = field(default_factory=dict)
    long: dict[Annotated[str, msgspec.Meta(min_length=2)], int] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kinds": {"save": 1}}, "$.kinds"),
        ({"days": [{"2026-03-01": 1}, {"today": 1}]}, "$.days[1]"),
        ({"numbers": {"a": {"x": 1}}}, "$.numbers[...]"),
        ({"long": {"x": 1}}, "$.long"),
    ],
)
def test_the_path_of_a_wrong_key_is_that_of_its_object(change: Any, path: str) -> None:
    with pytest.raises(OutputInvalidError, match=r"for a key at \$") as caught:
        output_type(Keyed).parse(json.dumps(change), "stop")
    assert caught.value.path == path
    assert str(caught.value).endswith(f" for a key at {path}")


@each_kind
@pytest.mark.parametrize("text", ["", "no json", "[]", "```json\n{\n```", None, '"x"'])
def test_an_answer_that_is_no_object_is_an_error(form: Any, text: str | None) -> None:
    with pytest.raises(OutputInvalidError):
        output_type(form).parse(text, None)


def test_what_was_not_sent_is_checked() -> None:
    for form in (ReportPydantic, ReportDataclass, ReportAttrs):
        with pytest.raises(OutputInvalidError):
            output_type(form).parse(json.dumps({**ANSWER, "score": -1}), "stop")
    with pytest.raises(OutputInvalidError):
        output_type(ReportPydantic).parse(json.dumps({**ANSWER, "title": "x" * 51}), "stop")


@each_kind
def test_a_cut_off_answer_is_an_error_even_if_it_fits(form: Any) -> None:
    with pytest.raises(OutputTruncatedError) as caught:
        output_type(form).parse(json.dumps(ANSWER), "length")
    assert caught.value.finish_reason == "length"
    assert json.loads(caught.value.text) == ANSWER


class Box(pydantic.BaseModel, Generic[T]):
    content: T


@pydantic.dataclasses.dataclass
class PydanticDataclass:
    id: UUID


class Node(pydantic.BaseModel):
    name: str
    children: list[Node] = []


def test_generic_nested_and_recursive_classes() -> None:
    assert output_type(Box[PydanticMoment]).parse('{"content": {"at": 1}}').content.at == 1.0
    made = output_type(PydanticDataclass)
    assert made.schema["properties"]["id"]["format"] == "uuid"
    tree = output_type(Node)
    assert tree.schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert keywords(tree.schema) <= KEYWORDS
    assert tree.parse('{"name": "a", "children": [{"name": "b"}]}').children[0].name == "b"


@dataclass
class Holder(Generic[T]):
    content: T


@attrs.define
class Tree:
    name: str
    parent: Tree | None = None


class Chain(TypedDict):
    name: str
    following: NotRequired[Chain | None]


@dataclass
class OfBoth:
    moment: PydanticMoment
    tree: Box[int]


class Rank(enum.IntEnum):
    FIRST = 1


@dataclass
class Choices:
    rank: Rank
    number: Literal[1, 2]
    start_time: float | None
    end_time: time


def test_generic_and_recursive_classes_of_other_kinds() -> None:
    holder = output_type(Holder[Moment])
    assert holder.parse('{"content": {"at": 1}}').content == Moment(1.0)
    tree = output_type(Tree)
    # Older versions of msgspec name null first.
    assert {"$ref": "#/$defs/Tree"} in tree.schema["properties"]["parent"]["anyOf"]
    assert tree.parse('{"name": "a", "parent": {"name": "b"}}').parent == Tree("b")
    chain = output_type(Chain)
    assert chain.schema["required"] == ["name"]
    assert chain.parse('{"name": "a", "following": {"name": "b"}}')["following"] == {"name": "b"}
    assert all(keywords(each.schema) <= KEYWORDS for each in (holder, tree, chain))


class Pair(TypedDict, Generic[T]):
    one: T
    other: NotRequired[T]


@dataclass
class OfEither:
    parts: list[PydanticMoment | Node]
    moment: Moment | None = None


def test_a_generic_typed_dict_and_a_union_of_classes_of_pydantic() -> None:
    pair = output_type(Pair[Moment])
    assert (list(pair.schema["properties"]), pair.schema["required"]) == (["one", "other"], ["one"])
    assert pair.parse('{"one": {"at": 1}}') == {"one": Moment(1.0)}
    either = output_type(OfEither)
    assert either.parse('{"parts": [{"at": 1}, {"name": "a"}]}') == OfEither(
        [PydanticMoment(at=1), Node(name="a")]
    )


def test_a_class_of_another_kind_may_hold_those_of_pydantic() -> None:
    text = '{"moment": {"at": 1}, "tree": {"content": 2}}'
    assert output_type(OfBoth).parse(text) == OfBoth(PydanticMoment(at=1), Box[int](content=2))


@pytest.mark.parametrize(
    "form", [*REPORTS, Node, Tree, Chain, Holder[Moment], OfBoth, OfEither, Choices, Pair[int]]
)
def test_the_sandbox_takes_the_schema_as_the_service_does(form: Any) -> None:
    schema = output_type(form).schema
    check_output_schema(schema, "response_format.json_schema")
    referred = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)))
    assert schema.get("$defs", {}).keys() == referred, "and nothing that is not used"


def test_choices_of_integers_are_sent_as_numbers_and_times_of_the_film_plainly() -> None:
    choices = output_type(Choices)
    sent = choices.schema["properties"]
    assert sent["number"]["type"] == choices.schema["$defs"]["Rank"]["type"] == "number"
    assert (sent["start_time"], sent["end_time"]) == ({"type": "number"}, {"type": "string"})
    text = '{"rank": 1, "number": 2, "start_time": 1.5, "end_time": "00:00:02.500"}'
    assert choices.parse(text) == Choices(Rank.FIRST, 2, 1.5, time(0, 0, 2, 500_000))


class Callback(pydantic.BaseModel):
    call: Callable[[int], int]


@dataclass
class Calling:
    call: Callable[[int], int]


@pytest.mark.parametrize("form", [Callback, Calling])
def test_a_class_without_a_schema_is_refused(form: Any) -> None:
    with pytest.raises(ConfigurationError, match="has no JSON Schema"):
        output_type(form)


def test_an_output_type_pickles() -> None:
    assert pickle.loads(pickle.dumps(output_type(ReportAttrs))) is output_type(ReportAttrs)


@pytest.mark.parametrize("form", [int, list[int], dict, IndexSchema, object, Kind])
def test_what_is_no_class_of_fields_is_refused(form: Any) -> None:
    with pytest.raises(ConfigurationError, match="class"):
        output_type(form)


def test_a_class_with_metadata_that_has_no_hash() -> None:
    form: Any = Holder[Annotated[int, {}]]  # type: ignore[valid-type]  # what is tried
    assert output_type(form).parse('{"content": 1}') == Holder(1)
    with pytest.raises(ConfigurationError, match="not 'Annotated'"):
        output_type(Annotated[ReportAttrs, {}])  # type: ignore[arg-type]  # what is tried


def test_a_class_is_distinguished_from_a_format() -> None:
    assert all(is_output_type(form) for form in (*REPORTS, Box[int]))
    assert not any(is_output_type(form) for form in (None, {}, {"type": "json_schema"}))


def test_pydantic_is_not_imported_for_other_classes() -> None:
    program = (
        "import sys\nfrom dataclasses import dataclass\n"
        "from twelvelabs_async._runtime.typed_output import output_type\n"
        "@dataclass\nclass A:\n    a: int\n"
        "assert output_type(A).parse('{\"a\": 1}').a == 1\n"
        "assert not any(name.startswith('pydantic') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
