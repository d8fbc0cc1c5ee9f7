"""Answers in types that msgspec does not know: some enumerations, and pydantic's within others."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import ModuleType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    Required,
    Self,
    TypedDict,
    TypeVar,
)

import attrs
import msgspec
import pydantic
import pytest
import typing_extensions

from twelvelabs_async import ConfigurationError, OutputInvalidError
from twelvelabs_async._runtime.typed_output import is_output_type, output_type
from twelvelabs_async.sandbox.analysis_schema import check_output_schema

T = TypeVar("T")


def parsed(form: Any, answer: Any) -> Any:
    """The answer in the class, whose schema the service takes."""
    output = output_type(form)
    check_output_schema(output.schema, "response_format.json_schema")
    return output.parse(json.dumps(answer), "stop")


def path_of(form: Any, answer: Any) -> str | None:
    """Where an answer does not fit."""
    with pytest.raises(OutputInvalidError) as caught:
        parsed(form, answer)
    return caught.value.path


class Mixed(enum.Enum):
    HALF = 0.5
    NAMED = "named"
    NONE = None


class Speed(enum.Enum):
    SLOW = 0.5
    FAST = 2.0


class Kind(enum.Enum):
    GOAL = "goal"
    FOUL = "foul"


@dataclass
class SceneAsDataclass:
    start_time: timedelta
    end_time: timedelta | None = None
    pauses: list[timedelta] = field(default_factory=list)


@attrs.define
class SceneAsAttrs:
    start_time: timedelta
    end_time: timedelta | None = None
    pauses: list[timedelta] = attrs.field(factory=list)


class SceneAsPydantic(pydantic.BaseModel):
    start_time: timedelta
    end_time: timedelta | None = None
    pauses: list[timedelta] = []


of_times = pytest.mark.parametrize("form", [SceneAsDataclass, SceneAsAttrs, SceneAsPydantic])


@of_times
def test_a_span_is_read_as_the_service_writes_times_of_the_film(form: Any) -> None:
    assert output_type(form).schema["properties"]["start_time"]["type"] == "string"
    spans = ["PT1.5S", "P1DT2H", "01:02:03", "00:00:00.250", 2.5]
    made = parsed(form, {"start_time": "00:01:02.500", "end_time": None, "pauses": spans})
    assert (made.start_time, made.end_time) == (timedelta(minutes=1, seconds=2.5), None)
    assert [span.total_seconds() for span in made.pauses] == [1.5, 93600, 3723, 0.25, 2.5]


@of_times
@pytest.mark.parametrize("wrong", ["soon", "", "::", None, [], "9" * 400 + ":00:00", 1e300])
def test_what_is_no_span_has_its_path(form: Any, wrong: Any) -> None:
    assert path_of(form, {"start_time": wrong}) == "$.start_time"


class Pair(enum.Enum):
    FIRST = (1, 2)


@dataclass
class AsDataclass:
    mixed: Mixed
    speed: Speed
    kind: Literal[Kind.GOAL, "none", 1, True]
    several: list[Mixed] = field(default_factory=list)
    perhaps: Speed | str | None = None


@attrs.define
class AsAttrs:
    mixed: Mixed
    speed: Speed
    kind: Literal[Kind.GOAL, "none", 1, True]
    several: list[Mixed] = attrs.field(factory=list)
    perhaps: Speed | str | None = None


class AsDict(TypedDict):
    mixed: Mixed
    speed: Speed
    kind: Literal[Kind.GOAL, "none", 1, True]
    several: list[Mixed]
    perhaps: Speed | str | None


CHOSEN = {"mixed": None, "speed": 2, "kind": "goal", "several": [0.5, "named"], "perhaps": "x"}


@pytest.mark.parametrize("form", [AsDataclass, AsAttrs, AsDict])
def test_enumerations_of_any_values_and_literals_of_their_members(form: Any) -> None:
    made = parsed(form, CHOSEN)
    of = made if form is AsDict else {name: getattr(made, name) for name in CHOSEN}
    assert of == {
        "mixed": Mixed.NONE,
        "speed": Speed.FAST,
        "kind": Kind.GOAL,
        "several": [Mixed.HALF, Mixed.NAMED],
        "perhaps": "x",
    }
    sent = output_type(form).schema["properties"]
    assert sent["mixed"] == {"enum": [0.5, "named", None]}
    assert sent["speed"] == {"type": "number", "enum": [0.5, 2.0]}
    for change, path in (
        ({"mixed": "other"}, "$.mixed"),
        ({"several": [0.5, []]}, "$.several[1]"),
        ({"kind": "foul"}, "$.kind"),
        ({"perhaps": 3}, "$.perhaps"),
    ):
        assert path_of(form, {**CHOSEN, **change}) == path


@pytest.mark.parametrize(("value", "of_kind"), [(1, int), (True, bool)])
def test_a_literal_tells_true_from_one(value: Any, of_kind: type) -> None:
    assert type(parsed(AsDataclass, {**CHOSEN, "kind": value}).kind) is of_kind


Key = Annotated[Literal[Kind.GOAL, 1, "none"], msgspec.Meta(description="A key.")]


@dataclass
class Keys:
    spans: Mapping[timedelta, dict[Mixed, int]] = field(default_factory=dict)
    speeds: dict[Speed, timedelta] = field(default_factory=dict)
    kinds: dict[Key, int] = field(default_factory=dict)
    perhaps: dict[Mixed | None, int] = field(default_factory=dict)
    either: dict[Speed, int] | dict[Kind, str] | None = None
    several: dict[timedelta | int | Speed, int] = field(default_factory=dict)
    none: dict[timedelta | Speed | None, int] = field(default_factory=dict)


def test_keys_are_read_as_values_are_and_may_be_texts_of_numbers() -> None:
    answer = {
        "spans": {"0:10": {"0.5": 1, "named": 2, "null": 3}, "PT1S": {}, "90": {}},
        "speeds": {"2": "0:01", "0.50": "PT2S"},
        "kinds": {"goal": 1, "1": 2, "none": 3},
        "perhaps": {"0.5": 1},
        "either": {"goal": "x"},
        "several": {"0:10": 1, "0.5": 2},
    }
    seconds = timedelta(seconds=1)
    assert parsed(Keys, answer) == Keys(
        {
            10 * seconds: {Mixed.HALF: 1, Mixed.NAMED: 2, Mixed.NONE: 3},
            seconds: {},
            90 * seconds: {},
        },
        {Speed.FAST: seconds, Speed.SLOW: 2 * seconds},
        {Kind.GOAL: 1, 1: 2, "none": 3},
        {Mixed.HALF: 1},
        {Kind.GOAL: "x"},
        {10 * seconds: 1, 0.5 * seconds: 2},
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"spans": {"soon": {}}}, "$.spans"),
        ({"spans": {"0:10": {"1.5": 1}}}, "$.spans[...]"),
        ({"speeds": {"0.5": "soon"}}, "$.speeds[...]"),
        ({"kinds": {"foul": 1}}, "$.kinds"),
        ({"either": {"fast": 1}}, "$.either"),
        ({"none": {"NaN": 1}}, "$.none"),
    ],
)
def test_a_key_that_does_not_fit_has_the_path_of_its_object(change: Any, path: str) -> None:
    assert path_of(Keys, change) == path


def test_a_value_is_no_text_of_a_number() -> None:
    assert path_of(AsDataclass, {**CHOSEN, "speed": "0.5"}) == "$.speed"


@dataclass
class OfPairs:
    pair: Pair


def test_an_enumeration_of_values_that_json_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"OfPairs has no JSON Schema: .*\(1, 2\)"):
        output_type(OfPairs)


@dataclass
class Node:
    name: str
    children: list[Self] = field(default_factory=list)


@dataclass
class Leaf(Node):
    size: int = 0


@attrs.define
class Chain:
    name: str
    following: Self | None = None


def test_self_is_the_class_itself_also_where_it_is_inherited() -> None:
    assert parsed(Node, {"name": "a", "children": [{"name": "b"}]}) == Node("a", [Node("b")])
    leaf = parsed(Leaf, {"name": "a", "children": [{"name": "b", "size": 2}]})
    assert leaf == Leaf("a", [Leaf("b", size=2)])
    chain = parsed(Chain, {"name": "a", "following": {"name": "b"}})
    assert chain == Chain("a", Chain("b"))
    assert path_of(Leaf, {"name": "a", "children": [{"name": "b", "size": "x"}]}) == (
        "$.children[0].size"
    )


class Person(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    name: str = pydantic.Field(alias="fullName")
    born: date | None = None
    friends: list[Person] = []

    @pydantic.field_validator("name")
    @classmethod
    def _checked(cls, name: str) -> str:
        if name == "nobody":
            raise ValueError("nobody has that name")
        return name


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]
    size: pydantic.PositiveInt


@dataclass
class Between:
    person: Person


@attrs.define
class Scene:
    who: Person
    pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    count: Annotated[int, pydantic.Field(ge=1)] = 1
    pets: list[Cat | Dog] = attrs.field(factory=list)
    between: Between | None = None


class StructScene(msgspec.Struct):
    who: Person
    pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    count: Annotated[int, pydantic.Field(ge=1)] = 1
    pets: list[Cat | Dog] = []
    between: Between | None = None


ADA = {"fullName": "Ada", "born": "1815-12-10", "friends": [{"fullName": "Bo"}]}
SCENE = {"who": ADA, "pet": {"kind": "dog", "size": 2}, "pets": [{"kind": "cat"}]}
of_pydantic_within = pytest.mark.parametrize("form", [Scene, StructScene])


@of_pydantic_within
def test_classes_of_pydantic_within_classes_that_it_does_not_read(form: Any) -> None:
    made = parsed(form, {**SCENE, "between": {"person": ADA}})
    assert made.who == Person.model_validate_json(json.dumps(ADA))
    assert (made.pet, made.pets) == (Dog(kind="dog", size=2), [Cat(kind="cat")])
    assert made.between == Between(made.who)
    sent = output_type(form).schema
    assert sent["properties"]["who"] == {"$ref": "#/$defs/Person"}
    assert list(sent["$defs"]["Person"]["properties"]) == ["fullName", "born", "friends"]


@of_pydantic_within
@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"who": {**ADA, "fullName": "nobody"}}, "$.who.fullName"),
        ({"who": {**ADA, "friends": [{"fullName": "Bo"}, {}]}}, "$.who.friends[1].fullName"),
        ({"who": {**ADA, "born": "long ago"}}, "$.who.born"),
        ({"pet": {"kind": "dog", "size": 0}}, "$.pet.size"),
        ({"pet": {"kind": "cow"}}, "$.pet"),
        ({"count": 0}, "$.count"),
        ({"between": {"person": 5}}, "$.between.person"),
    ],
)
def test_what_pydantic_refuses_has_the_path_in_the_answer(
    form: Any, change: dict[str, Any], path: str
) -> None:
    assert path_of(form, {**SCENE, **change}) == path


class Entry(NamedTuple, Generic[T]):
    value: T
    more: Annotated[dict[str, T] | None, msgspec.Meta(description="More.")] = None


@attrs.define
class Entries:
    span: Entry[timedelta]
    mixed: Entry[Mixed]
    kind: Entry[Literal[Kind.GOAL]]
    who: Entry[Person]


class Plain(NamedTuple):
    span: timedelta
    mixed: Mixed
    who: Person | None = None


@dataclass
class OfPlain:
    plain: Plain


class PlainStruct(msgspec.Struct):
    plain: Plain


def test_the_fields_of_a_named_tuple_are_read_as_others_are() -> None:
    bo = {"fullName": "Bo"}
    made = parsed(
        Entries,
        {
            "span": ["0:10", {"a": "0:11"}],
            "mixed": ["named"],
            "kind": ["goal"],
            "who": [bo, {"a": bo}],
        },
    )
    second, person = timedelta(seconds=1), Person(fullName="Bo")
    assert made == Entries(
        Entry(10 * second, {"a": 11 * second}),
        Entry(Mixed.NAMED),
        Entry(Kind.GOAL),
        Entry(person, {"a": person}),
    )
    for form in (OfPlain, PlainStruct):  # pydantic reads the one
        made = parsed(form, {"plain": ["00:00:10", 0.5, bo]}).plain
        assert made == Plain(10 * second, Mixed.HALF, person)
        wrong = {"plain": ["00:00:10", 0.5, {}]}
        assert path_of(form, wrong) == "$.plain[2].fullName"


@dataclass
class WithMeta:
    score: Annotated[int, msgspec.Meta(ge=0, description="From 0 on.")]
    name: Annotated[str, pydantic.Field(pattern="^a")] = "a"
    who: Person | None = None


def test_bounds_of_msgspec_hold_beside_types_of_pydantic() -> None:
    sent = output_type(WithMeta).schema["properties"]["score"]
    assert sent == {"type": "integer", "description": "From 0 on.", "minimum": 0}
    assert path_of(WithMeta, {"score": -1}) == "$.score"
    assert path_of(WithMeta, {"score": 1, "name": "b"}) == "$.name"
    assert parsed(WithMeta, {"score": 1, "who": {"fullName": "Bo"}}).who.name == "Bo"


class Qualified(typing_extensions.TypedDict):
    plain: int
    read: typing_extensions.ReadOnly[NotRequired[int]]
    bounded: Annotated[NotRequired[int], msgspec.Meta(ge=0)]
    both: NotRequired[typing_extensions.ReadOnly[int]]


class Partial(typing_extensions.TypedDict, total=False):
    plain: int
    read: typing_extensions.ReadOnly[Required[int]]
    bounded: Annotated[Required[int], msgspec.Meta(ge=0)]


def test_the_qualifiers_of_a_typed_dict_may_be_within_others() -> None:
    assert output_type(Qualified).schema["required"] == ["plain"]
    assert output_type(Partial).schema["required"] == ["read", "bounded"]
    assert parsed(Qualified, {"plain": 1}) == {"plain": 1}
    assert path_of(Partial, {"read": 1}) == "$.bounded"
    assert path_of(Qualified, {"plain": 1, "bounded": -1}) == "$.bounded"


def test_two_classes_of_a_name_are_refused_where_the_schema_cannot_tell_them() -> None:
    other = attrs.make_class("Person", {"size": attrs.field(type=int)})
    fields = {"one": attrs.field(type=Person), "other": attrs.field(type=other)}
    with pytest.raises(ConfigurationError, match="two classes of the name Person"):
        output_type(attrs.make_class("OfBoth", fields))


SYNTAX_OF_3_12 = """
from __future__ import annotations
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, TypedDict
import attrs

type Rows[T] = list[T]
type Tree[T] = dict[str, Tree[T]] | T | None
type Endless[T] = list[Endless[list[T]]]

@dataclass
class Base[T]:
    value: T

@dataclass
class Box[U, T](Base[U]):
    rows: Rows[T]
    inner: list[Box[U, T]] = field(default_factory=list)

@attrs.define
class AttrsBox[T]:
    value: T
    inner: AttrsBox[T] | None = None

class DictBox[T](TypedDict):
    value: T

type Alias = Box[int, str]

@dataclass
class Trees:
    numbers: Tree[int]
    boxes: Tree[Base[int]] = None
    texts: list[Tree[str]] = field(default_factory=list)

@dataclass
class OfEndless:
    value: Endless[int]

class Entry[T](NamedTuple):
    value: T

@dataclass
class OfEntry:
    entry: Entry[timedelta]
"""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module with classes that older versions could not read."""
    if sys.version_info < (3, 12):
        pytest.skip("the syntax is Python 3.12's")
    module = ModuleType("classes_of_3_12")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(SYNTAX_OF_3_12, module.__dict__)
    return module


def test_types_that_refer_to_themselves(made: Any) -> None:
    numbers = {"a": {"b": 1}, "c": None}
    assert parsed(made.Trees, {"numbers": numbers}).numbers == numbers
    boxes = {"a": {"b": {"value": 1}}, "c": {"value": 2}}
    trees = parsed(made.Trees, {"numbers": 1, "boxes": boxes, "texts": ["a", {"b": "c"}]})
    assert trees.boxes == {"a": {"b": made.Base(1)}, "c": made.Base(2)}
    assert trees.texts == ["a", {"b": "c"}]
    assert path_of(made.Trees, {"numbers": {"a": {"b": "x"}}}) == "$.numbers[...][...]"
    with pytest.raises(ConfigurationError, match="it refers to endlessly many types"):
        output_type(made.OfEndless)


def test_classes_with_parameters_of_their_own(made: Any) -> None:
    of_both = {"value": 1, "rows": ["a"], "inner": [{"value": 2, "rows": []}]}
    assert parsed(made.Box[int, str], of_both) == made.Box(1, ["a"], [made.Box(2, [])])
    assert path_of(made.Box[int, str], {**of_both, "rows": [1]}) == "$.rows[0]"
    assert path_of(made.Box[str, str], of_both) == "$.value"
    assert path_of(made.AttrsBox[int], {"value": 1, "inner": {"value": "x"}}) == "$.inner.value"
    assert path_of(made.DictBox[int], {"value": "x"}) == "$.value"
    entry = parsed(made.OfEntry, {"entry": ["0:10"]}).entry
    assert entry == made.Entry(timedelta(seconds=10))
    assert is_output_type(made.Alias)
    with pytest.raises(ConfigurationError, match="not 'Alias'"):
        output_type(made.Alias)


def classes_in_a_function() -> Any:
    @dataclass
    class Inner:
        name: str

    @dataclass
    class Outer:
        inner: Inner

    return Outer


class Numbers(pydantic.RootModel[list[int]]):
    pass


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        (classes_in_a_function(), "'Inner' is not defined in its module: define it there"),
        (list[Node], "not 'list': a list or a choice can be a field of one"),
        (Node | None, "a list or a choice can be a field of one"),
        (Numbers, "named fields: a list can be one of them"),
    ],
)
def test_a_class_that_cannot_be_taken_is_refused_with_what_to_do(form: Any, advice: str) -> None:
    with pytest.raises(ConfigurationError, match=advice):
        output_type(form)
