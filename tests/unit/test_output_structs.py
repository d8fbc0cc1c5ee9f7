"""Answers in classes that compute, convert and check, and unions of them."""

from __future__ import annotations

import collections
import enum
import json
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    LiteralString,
    NamedTuple,
    NotRequired,
    Self,
    TypedDict,
    TypeVar,
)
from uuid import UUID

import annotated_types
import attrs
import msgspec
import pydantic
import pytest
import typing_extensions
from attrs import validators

from twelvelabs_async import ConfigurationError, OutputInvalidError
from twelvelabs_async._runtime.typed_output import output_type
from twelvelabs_async.sandbox.analysis_schema import check_output_schema

T = TypeVar("T")
optional: Any = attrs.converters.optional


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


class Kind(enum.Enum):
    GOAL = "goal"
    FOUL = "foul"


def words(text: str) -> list[str]:
    return text.split(",")


@attrs.define
class Converted:
    title: str = attrs.field(converter=str.strip)  # type: ignore[misc]  # mypy knows only functions as converters
    mood: str = attrs.field(converter=str.lower, validator=validators.in_(["calm", "wild"]))  # type: ignore[misc]  # mypy knows only functions as converters
    tags: list[str] = attrs.field(converter=words)
    when: datetime = attrs.field(converter=datetime.fromisoformat)  # type: ignore[misc]  # mypy knows only functions as converters
    day: date | None = attrs.field(default=None, converter=optional(date.fromisoformat))  # type: ignore[misc]  # mypy knows only functions as converters
    id: UUID | None = attrs.field(default=None, converter=optional(UUID))  # type: ignore[misc]  # mypy knows only functions as converters
    kind: Kind = attrs.field(default=Kind.FOUL, converter=Kind)
    place: PurePosixPath = attrs.field(default=PurePosixPath(), converter=PurePosixPath)
    sizes: tuple[int, ...] = attrs.field(default=(), converter=tuple)
    first: str = attrs.field()
    _hidden: int = 3
    computed: int = attrs.field(init=False)

    @first.default
    def _first(self) -> str:
        return self.tags[0]

    def __attrs_post_init__(self) -> None:
        self.computed = len(self.title)


CONVERTED = {
    "title": " Sea ",
    "mood": "Calm",
    "tags": "blue,wide",
    "when": "2026-03-01T10:00:00+00:00",
}


def test_the_converters_of_an_attrs_class_run_before_its_validators() -> None:
    made = parsed(Converted, CONVERTED)
    assert (made.title, made.mood, made.tags, made.first) == (
        "Sea",
        "calm",
        ["blue", "wide"],
        "blue",
    )
    assert (made.when, made.computed, made.kind) == (
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        3,
        Kind.FOUL,
    )
    more = {"day": "2026-03-01", "id": str(UUID(int=1)), "kind": "goal", "place": "/a/b"}
    made = parsed(Converted, {**CONVERTED, **more, "sizes": [1, 2], "_hidden": 4})
    assert (made.day, made.id, made.kind) == (date(2026, 3, 1), UUID(int=1), Kind.GOAL)
    assert (made.place, made.sizes, made._hidden) == (PurePosixPath("/a/b"), (1, 2), 4)


def test_a_converters_argument_is_what_is_requested() -> None:
    sent = output_type(Converted).schema
    assert sent["properties"]["tags"] == {"type": "string"}
    assert sent["properties"]["when"] == {"type": "string", "format": "date-time"}
    assert sent["properties"]["kind"] == {"type": "string", "enum": ["goal", "foul"]}
    assert "computed" not in sent["properties"]
    assert sent["required"] == ["title", "mood", "tags", "when"]


@attrs.frozen
class Holding:
    parts: list[Converted]


@pytest.mark.parametrize(
    "change", [{"mood": "sad"}, {"when": "yesterday"}, {"kind": "save"}, {"id": "no id"}]
)
def test_what_converters_and_validators_refuse_has_the_path_of_its_object(
    change: dict[str, Any],
) -> None:
    assert path_of(Holding, {"parts": [CONVERTED, {**CONVERTED, **change}]}) == "$.parts[1]"
    assert path_of(Holding, {"parts": [{**CONVERTED, "tags": ["a"]}]}) == "$.parts[0].tags"


@dataclass
class Computing:
    width: int
    scale: InitVar[int] = 2
    area: int = field(init=False)

    def __post_init__(self, scale: int) -> None:
        assert self.width < 100
        self.area = self.width * scale


def test_a_dataclass_computes_its_fields_and_takes_what_is_for_that() -> None:
    assert parsed(Computing, {"width": 3}).area == 6
    assert parsed(Computing, {"width": 3, "scale": 5}).area == 15
    sent = output_type(Computing).schema
    assert (list(sent["properties"]), sent["required"]) == (["width", "scale"], ["width"])
    assert path_of(Computing, {"width": 100}) == "$"


@dataclass
class Goal:
    kind: Literal["goal"]
    minute: int


@dataclass
class Foul:
    kind: Literal["foul"]
    minute: int
    card: str | None = None


@attrs.define
class Note:
    text: str


class Remark(TypedDict):
    text: str
    author: str


@dataclass
class Match:
    events: list[Goal | Foul]
    best: Goal | Foul | None = None
    notes: list[Note | Remark | list[Note] | str] = field(default_factory=list)
    by_name: dict[str, Goal | Foul] = field(default_factory=dict)
    when: datetime | str | None = None


def test_a_member_of_a_union_of_classes_is_found_by_its_fields() -> None:
    goal, foul = {"kind": "goal", "minute": 1}, {"kind": "foul", "minute": 2, "card": "red"}
    notes = [{"text": "a"}, {"text": "a", "author": "b"}, [{"text": "c"}], "d"]
    answer = {"events": [goal, foul], "best": foul, "notes": notes, "by_name": {"x": goal}}
    made = parsed(Match, {**answer, "when": "2026-03-01T10:00:00Z"})
    assert made == Match(
        [Goal("goal", 1), Foul("foul", 2, "red")],
        Foul("foul", 2, "red"),
        [Note("a"), {"text": "a", "author": "b"}, [Note("c")], "d"],
        {"x": Goal("goal", 1)},
        datetime(2026, 3, 1, 10, tzinfo=UTC),
    )
    assert parsed(Match, {**answer, "best": None, "when": "in March"}).when == "in March"
    sent = output_type(Match).schema
    of_events = {"anyOf": [{"$ref": "#/$defs/Goal"}, {"$ref": "#/$defs/Foul"}]}
    assert sent["properties"]["events"] == {"type": "array", "items": of_events}
    assert sent["properties"]["best"] == {"anyOf": [*of_events["anyOf"], {"type": "null"}]}


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"events": [{"kind": "goal", "minute": 1}, {"kind": "foul"}]}, "$.events[1].minute"),
        ({"events": [{"kind": "foul", "minute": "x"}]}, "$.events[0].minute"),
        ({"events": [{"kind": "save", "minute": 1}]}, "$.events[0].kind"),
        ({"events": [3]}, "$.events[0]"),
        ({"events": [], "best": {"kind": "foul", "minute": None}}, "$.best.minute"),
    ],
)
def test_what_fits_no_member_of_a_union_has_the_path_within_the_likeliest(
    answer: Any, path: str
) -> None:
    assert path_of(Match, answer) == path


@attrs.define
class Low:
    value: int = attrs.field(validator=validators.lt(10))


@attrs.define
class High:
    value: int = attrs.field(validator=validators.ge(100))


@attrs.define
class Values:
    values: list[Low | High]


def test_a_member_of_a_union_that_refuses_its_values_gives_way_to_the_next() -> None:
    made = parsed(Values, {"values": [{"value": 1}, {"value": 100}]})
    assert made == Values([Low(1), High(100)])
    assert path_of(Values, {"values": [{"value": 1}, {"value": 50}]}) == "$.values[1]"
    with pytest.raises(OutputInvalidError, match=r"must be < 10: 50 at \$\.values\[1\]$"):
        parsed(Values, {"values": [{"value": 1}, {"value": 50}]})


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]
    name: str


class Pets(pydantic.BaseModel):
    first: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    others: list[Cat | Dog] = []
    count: int | str | None = None
    as_json: pydantic.Json[Any] = None


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"first": {"kind": "cat", "lives": "x"}}, "$.first.lives"),
        ({"first": {"kind": "cat"}}, "$.first.lives"),
        ({"others": [{"kind": "dog"}]}, "$.others[0].kind"),
        ({"count": []}, "$.count"),
        ({"as_json": "{"}, "$.as_json"),
    ],
)
def test_paths_of_pydantic_name_no_members_of_unions(change: dict[str, Any], path: str) -> None:
    assert path_of(Pets, {"first": {"kind": "cat", "lives": 9}, **change}) == path


@dataclass
class Bounded:
    score: Annotated[int, annotated_types.Interval(ge=0, lt=10)]
    names: Annotated[list[str], annotated_types.MinLen(1)] = field(default_factory=lambda: ["a"])
    what: object = None
    text: LiteralString = ""


class BoundedByPydantic(typing_extensions.TypedDict):
    score: Annotated[int, pydantic.Field(ge=0, lt=10)]


@pytest.mark.parametrize("form", [Bounded, BoundedByPydantic])
def test_the_bounds_of_annotated_types_and_of_pydantic_hold(form: Any) -> None:
    sent = output_type(form).schema["properties"]["score"]
    assert (sent["minimum"], sent["exclusiveMaximum"]) == (0, 10)
    assert path_of(form, {"score": 10}) == "$.score"
    parsed(form, {"score": 9})
    assert path_of(Bounded, {"score": 1, "names": []}) == "$.names"


class Extended(typing_extensions.TypedDict):
    name: typing_extensions.ReadOnly[str]
    size: NotRequired[int]


def test_a_typed_dict_may_be_of_typing_extensions() -> None:
    assert parsed(Extended, {"name": "a"}) == {"name": "a"}
    assert path_of(Extended, {"size": 1}) == "$.name"


class Rank(enum.IntEnum):
    FIRST = 1


@dataclass
class Numbers:
    count: int
    rank: Rank
    level: Literal[1, 2]
    share: float = 0.0


def test_a_whole_number_may_have_a_decimal_point() -> None:
    # In a JSON Schema 2.0 is an integer; choices of integers are sent as numbers.
    answer = {"count": 2.0, "rank": 1.0, "level": 2.0, "share": 1.5}
    assert parsed(Numbers, answer) == Numbers(2, Rank.FIRST, 2, 1.5)
    assert path_of(Numbers, {**answer, "count": 2.5}) == "$.count"


@dataclass
class Base(Generic[T]):
    value: T


@dataclass
class Derived(Base[list[T]], Generic[T]):
    other: T | None = None
    inner: list[Derived[T]] = field(default_factory=list)


@dataclass
class OfBoth:
    texts: Derived[str]
    numbers: Derived[int]


def test_generic_classes_that_are_derived_from_generic_ones() -> None:
    texts = {"value": ["a"], "inner": [{"value": ["b"]}]}
    made = parsed(OfBoth, {"texts": texts, "numbers": {"value": [1], "other": 2}})
    assert made.texts == Derived(["a"], inner=[Derived(["b"])])
    assert made.numbers == Derived([1], 2)
    assert path_of(OfBoth, {"texts": texts, "numbers": texts}) == "$.numbers.value[0]"


class Pair(NamedTuple):
    low: Low
    rest: Low | int = 0


class DerivedPair(Pair):
    def __new__(cls, low: Low, rest: int = 5) -> Self:
        return super().__new__(cls, low, rest)


class PairStruct(msgspec.Struct, array_like=True):
    low: Low
    rest: int = 0


Untyped = collections.namedtuple("Untyped", "low rest", defaults=[0])  # noqa: PYI024  # what is tried


@dataclass
class Pairs:
    pairs: list[Pair]
    derived: DerivedPair | None = None
    struct: PairStruct | None = None
    untyped: Untyped | None = None
    either: Pair | Low | None = None
    by_number: dict[int, Pair] | None = None


def test_the_classes_within_a_named_tuple_are_called_and_so_is_itself() -> None:
    low = {"value": 1}
    answer = {"pairs": [[low], [low, low], [low, 3]], "derived": [low], "untyped": [low, 2]}
    assert parsed(Pairs, {**answer, "either": low}) == Pairs(
        [Pair(Low(1)), Pair(Low(1), Low(1)), Pair(Low(1), 3)],
        DerivedPair(Low(1), 5),
        None,
        Untyped(low, 2),
        Low(1),
    )
    made = parsed(Pairs, {**answer, "either": [low], "struct": [low]})
    assert (made.either, made.struct) == (Pair(Low(1)), PairStruct(Low(1)))
    sent = output_type(Pairs).schema
    assert (sent["$defs"]["Pair"]["type"], sent["$defs"]["Pair"]["minItems"]) == ("array", 1)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"pairs": [[{"value": 1}], [{"value": "x"}]]}, "$.pairs[1][0].value"),
        ({"pairs": [[{"value": 1}], [{"value": 1}, {"value": 10}]]}, "$.pairs[1][1]"),
        ({"pairs": [[{"value": 10}]]}, "$.pairs[0][0]"),
        ({"pairs": [[]]}, "$.pairs[0]"),
        ({"pairs": [[{"value": 1}, 2, 3]]}, "$.pairs[0]"),
        ({"pairs": [{"low": {"value": 1}}]}, "$.pairs[0]"),
        ({"struct": [{"value": 10}]}, "$.struct[0]"),
        ({"by_number": {"1": [{"value": 1}, 2, 3]}}, "$.by_number[...]"),
    ],
)
def test_what_does_not_fit_in_a_named_tuple_has_its_path(change: Any, path: str) -> None:
    assert path_of(Pairs, {"pairs": [], **change}) == path


@pytest.mark.parametrize("form", [Pair, Untyped])
def test_a_named_tuple_is_no_class_for_a_whole_answer(form: Any) -> None:
    with pytest.raises(ConfigurationError, match="the answer's class is a pydantic model"):
        output_type(form)


@dataclass
class OfUnhashable:
    some: set[Low] = field(default_factory=set)
    pairs: frozenset[tuple[Low, int]] = frozenset()


def test_objects_without_a_hash_do_not_fit_in_a_set() -> None:
    assert path_of(OfUnhashable, {"some": [{"value": 1}]}) == "$.some"
    assert path_of(OfUnhashable, {"pairs": [[{"value": 1}, 1]]}) == "$.pairs"


class Tagged(msgspec.Struct, tag="tagged", rename="camel", forbid_unknown_fields=True):
    first_name: str
    when: datetime | None = None


class Other(msgspec.Struct, tag="other"):
    goal: Goal


class Structs(msgspec.Struct):
    parts: list[Tagged | Other]


def test_structs_keep_their_tags_and_names() -> None:
    tagged = {"type": "tagged", "firstName": "a", "when": "2026-03-01T10:00:00Z"}
    other = {"type": "other", "goal": {"kind": "goal", "minute": 1}}
    assert parsed(Structs, {"parts": [tagged, other]}) == Structs(
        [Tagged("a", datetime(2026, 3, 1, 10, tzinfo=UTC)), Other(Goal("goal", 1))]
    )
    assert path_of(Structs, {"parts": [{**tagged, "more": 1}]}) == "$.parts[0]"
    sent = output_type(Structs).schema["$defs"]["Tagged"]["properties"]
    assert sent["when"]["anyOf"][0] == {"type": "string", "format": "date-time"}


@dataclass
class Deep:
    inner: list[Deep] = field(default_factory=list)
    value: Any = None


class DeepPydantic(pydantic.BaseModel):
    inner: list[DeepPydantic] = []
    value: Any = None


@pytest.mark.parametrize("form", [Deep, DeepPydantic])
@pytest.mark.parametrize(("start", "end"), [('{"inner":[', "]}"), ('{"value":', "}")])
def test_an_answer_that_is_nested_too_deeply_is_invalid(form: Any, start: str, end: str) -> None:
    with pytest.raises(OutputInvalidError) as caught:
        output_type(form).parse(start * 50_000 + "{}" + end * 50_000, "stop")
    assert caught.value.path is None
    assert output_type(form).parse(start * 50 + "{}" + end * 50, "stop") is not None


@dataclass
class Endless(Generic[T]):
    value: T
    inner: Endless[list[T]] | None = None


def test_a_class_of_endlessly_many_types_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="it refers to endlessly many types"):
        output_type(Endless[int])


@dataclass(frozen=True)
class Hashed:
    at: int


@dataclass
class Containers:
    some: set[Hashed]
    by_number: dict[int, Hashed]
    pair: tuple[Hashed, str]


def test_objects_are_made_within_every_container() -> None:
    at = {"at": 1}
    assert parsed(Containers, {"some": [at], "by_number": {"2": at}, "pair": [at, "a"]}) == (
        Containers({Hashed(1)}, {2: Hashed(1)}, (Hashed(1), "a"))
    )


def test_a_class_in_a_function_may_refer_to_itself() -> None:
    @dataclass
    class Local:
        name: str
        above: Local | None = None

    assert parsed(Local, {"name": "a", "above": {"name": "b"}}) == Local("a", Local("b"))


@dataclass
class WithPath:
    path: PurePosixPath


def test_a_type_that_json_has_not_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigurationError, match="PurePosixPath has no form in JSON"):
        output_type(WithPath)
