"""JSON to models: which values fit which types, and what is said of those that do not."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, TypeVar

import orjson
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import DecodeError
from twelvelabs_async._runtime.convert import TypeForm, by_tag, hook, loads, structure
from twelvelabs_async._runtime.model import Id, Model, Tagged, Unknown
from twelvelabs_async._runtime.pager import Page

T = TypeVar("T")


def made(form: object, value: object) -> Any:
    return structure(TypeForm[Any](form), value)


def refusal(form: object, value: object) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        made(form, value)
    return caught.value


# Bodies


@pytest.mark.parametrize("body", [b"{}", b" [1, 2.5, null] ", b'"\\u00e9"', b"null", b"0"])
def test_json_is_read(body: bytes) -> None:
    assert loads(BOM_UTF8 + body) == loads(bytearray(BOM_UTF8 + body)) == orjson.loads(body)
    assert loads(body) == orjson.loads(body)
    assert loads(bytearray(body)) == orjson.loads(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the reply is empty"),
        (b"<html>", "the reply is not JSON"),
        (b'{"a": ', "the reply is not JSON"),
        (b"\xff\xfe", "the reply is not JSON"),
        (b"NaN", "the reply is not JSON"),
    ],
)
def test_a_body_that_is_no_json_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(DecodeError) as caught:
        loads(body, 200)
    assert said in str(caught.value)
    assert caught.value.status_code == 200
    assert caught.value.path is None
    assert caught.value.__context__ is None  # the parser's error holds the whole body


@given(st.binary(max_size=60))
def test_no_body_raises_anything_else(body: bytes) -> None:
    try:
        expected = orjson.loads(body)
    except ValueError:
        with pytest.raises(DecodeError):
            loads(body)
    else:
        assert loads(body) == expected


def test_a_misfit_has_its_path_and_status_and_no_value() -> None:
    with pytest.raises(DecodeError) as caught:
        structure(dict[str, list[int]], loads(b'{"a": [1, "tlk_secret"]}'), 201)
    error = caught.value
    assert str(error) == "expected int at $.a[1], found str"
    assert (error.path, error.status_code) == ("$.a[1]", 201)
    assert "tlk_secret" not in repr(error)


# Scalars

FITS: list[tuple[object, object, list[object]]] = [
    (str, "a", [None, 1, True, [], {}]),
    (int, 1, [None, 1.0, True, "1"]),
    (float, 1.5, [None, True, "1.5"]),
    (bool, True, [None, 0, 1, "true"]),
    (Literal["a", "b"], "a", [None, 1]),
    (Literal["a", "b"] | str, "new", [None, 1]),
    (Literal[1, 2], 3, [None, "1", True]),
    (str | int, 1, [None, 1.5, True]),
    (str | float, 2, [None, True]),
    (str | None, None, [1]),
    (Annotated[str, "note"], "a", [None]),
    (list[str | None], [None, "a"], [[1], "a", {}]),
    (dict[str, int], {"a": 1}, [{"a": None}, [], None]),
    (Mapping[str, str], {"a": "b"}, [{"a": 1}]),
    (dict[str, Any], {"a": None}, [[], None, "a"]),
    (list[Any], [1, None], [{}, None, "a"]),
    (list[list[int]], [[1], []], [[1], [[None]]]),
]


@pytest.mark.parametrize(("form", "good", "bad"), FITS, ids=[str(form) for form, _, _ in FITS])
def test_a_value_fits_its_type_or_is_refused(form: object, good: object, bad: list[object]) -> None:
    assert made(form, good) == good
    for value in bad:
        refusal(form, value)


def test_a_whole_number_is_a_float_where_one_is_meant() -> None:
    assert type(made(float, 5)) is float
    assert type(made(float | None, 5)) is float


@given(st.none() | st.integers() | st.text() | st.lists(st.integers()))
def test_anything_is_handed_through_as_it_is(value: object) -> None:
    assert made(Any, value) is value
    assert made(object, value) is value


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHEN = {"made": "2026-03-01T12:00:00Z"}


@define(kw_only=True)
class Dated(Model):
    made: datetime
    at: datetime | None = None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01 12:00:00Z", NOON),
        ("2026-03-01T12:00:00+00:00", NOON),
        ("2026-03-01T12:00:00-00:00", NOON),
        ("2026-03-01T12:00:00.25Z", NOON.replace(microsecond=250_000)),
        ("2026-03-01T12:00:00.123456789Z", NOON.replace(microsecond=123_456)),
        ("2026-03-01T12:00:00+02:00", NOON.replace(tzinfo=timezone(timedelta(hours=2)))),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00", NOON.replace(tzinfo=None)),
        ("2026-03-01", datetime(2026, 3, 1)),  # noqa: DTZ001  # the text has no offset
    ],
)
def test_times_are_read(text: str, expected: datetime) -> None:
    found: datetime = made(datetime, text)
    assert found == expected
    assert found.utcoffset() == expected.utcoffset()
    assert made(Dated, {"at": text, "made": text}) == Dated(at=found, made=found)
    assert made(list[datetime], [text]) == [found]


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-13-01T00:00:00Z", "2026-03-01T12:00:00Zulu", 5, 1.5, True, [], {}, NOON],
)
def test_what_is_no_time_is_refused(value: object) -> None:
    kind = type(value).__name__
    assert str(refusal(datetime, value)) == f"expected an RFC 3339 time at $, found {kind}"
    error = refusal(list[Dated], [WHEN, {**WHEN, "at": value}])
    assert str(error) == f"expected an RFC 3339 time at $[1].at, found {kind}"
    assert error.path == "$[1].at"
    assert refusal(Dated, {"made": value}).path == "$.made"


def test_no_time_is_none_where_it_may_be() -> None:
    assert made(Dated, {**WHEN, "at": None}) == made(Dated, WHEN) == Dated(made=NOON)
    assert refusal(Dated, {"made": None}).path == "$.made"
    assert refusal(datetime, None).path == "$"


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d.*", fullmatch=True)
)
def test_no_text_raises_anything_but_that_it_is_no_time(text: str) -> None:
    try:
        found = made(datetime, text)
    except DecodeError:
        assert refusal(Dated, {**WHEN, "at": text}).path == "$.at"
    else:
        assert made(Dated, {**WHEN, "at": text}).at == found


# Models


@define(kw_only=True)
class Film(Model):
    id: Id
    title: str | None = None
    seconds: float | None = None
    tags: list[str] = field(factory=lambda: ["none"])
    kind: Literal["short", "long"] | str = "short"


@define(kw_only=True)
class Named(Model):
    name: str


@define(kw_only=True)
class Short(Model):
    kind: Literal["short"]
    frames: int | None = None


@define(kw_only=True)
class Long(Model):
    kind: Literal["long", "very_long"]
    parts: list[Film]


@define(kw_only=True)
class Other(Unknown):
    kind: str | None = None


Either = Annotated[Short | Long | Other, Tagged("kind")]
Closed = Annotated[Short | Long, Tagged("kind")]


@define(kw_only=True)
class Shelf(Model):
    film: Film
    also: Film | None = None
    either: Either | None = None
    by_name: dict[str, Film] | None = None
    several: list[Either] | None = None
    label: str | Film | None = None


def test_a_field_has_the_name_of_the_wire() -> None:
    film = made(Film, {"_id": "f1", "title": "Bikes"})
    assert (film.id, film.title, film.seconds, film.kind) == ("f1", "Bikes", None, "short")
    assert str(refusal(Film, {"id": "f1"})) == "expected a value at $._id, found null"


def test_defaults_are_made_for_each() -> None:
    one, other = made(Film, {"_id": "1"}), made(Film, {"_id": "2"})
    one.tags.append("mine")
    assert other.tags == ["none"]


@pytest.mark.parametrize("value", [None, [], "a", 5])
def test_a_model_is_made_of_an_object(value: object) -> None:
    assert "an object at $," in str(refusal(Film, value))


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"film": {"_id": 5}}, "$.film._id"),
        ({"film": None}, "$.film"),
        ({"also": {"_id": "1", "seconds": "long"}}, "$.also.seconds"),
        ({"also": {"_id": "1", "tags": [None]}}, "$.also.tags[0]"),
        ({"either": []}, "$.either"),
        ({"either": {"kind": "long"}}, "$.either.parts"),
        ({"either": {"kind": "long", "parts": [{"_id": "1"}, {}]}}, "$.either.parts[1]._id"),
        ({"by_name": {"a": {"_id": "1"}, "b": {"_id": None}}}, "$.by_name.b._id"),
        ({"several": [{"kind": "short"}, {"kind": "short", "frames": 1.5}]}, "$.several[1].frames"),
        ({"label": 5}, "$.label"),
    ],
)
def test_the_way_to_a_misfit_is_reported(more: dict[str, object], path: str) -> None:
    # Twice: hooks of fields are put in place by the first value.
    for _ in range(2):
        assert refusal(Shelf, {"film": {"_id": "1"}, **more}).path == path


def test_a_model_is_the_class_that_was_asked_for() -> None:
    shelf = made(Shelf, {"film": {"_id": "1"}, "by_name": {"a": {"_id": "2"}}, "label": "x"})
    assert shelf == Shelf(film=Film(id="1"), by_name={"a": Film(id="2")}, label="x")
    assert made(Shelf, {"film": {"_id": "1"}, "label": {"_id": "3"}}).label == Film(id="3")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"kind": "short"}, Short),
        ({"kind": "long", "parts": []}, Long),
        ({"kind": "very_long", "parts": []}, Long),
        ({"kind": "new"}, Other),
        ({"kind": None}, Other),
        ({}, Other),
    ],
)
def test_the_tag_chooses_the_member(value: dict[str, object], kind: type[Model]) -> None:
    assert type(made(Either, value)) is kind


@pytest.mark.parametrize("kind", ["new", None, 5, ["short"], {}])
def test_a_closed_union_refuses_other_tags(kind: object) -> None:
    error = refusal(Closed, {"kind": kind})
    assert error.path == "$.kind"
    assert "'long', 'short', 'very_long'" in str(error)


@pytest.mark.parametrize("kind", [5, ["short"], {}])
def test_a_tag_is_text(kind: object) -> None:
    assert refusal(Either, {"kind": kind}).path == "$.kind"


def test_an_unknown_member_keeps_everything() -> None:
    value = {"kind": "new", "frames": 3, "deep": [{"a": None}]}
    assert made(Either, value).extra == {"frames": 3, "deep": [{"a": None}]}


def test_the_members_of_a_tagged_union_can_be_asked_for() -> None:
    tag, hooks, unknown = by_tag(TypeForm(Either))
    assert tag == "kind"
    assert set(hooks) == {"short", "long", "very_long"}
    assert unknown is hook(Other)
    assert type(hooks["very_long"]({"kind": "very_long", "parts": []}, None)) is Long
    assert by_tag(Closed)[2] is None


def test_a_union_without_a_tag_is_chosen_by_its_shape() -> None:
    assert made(Named | Film, {"name": "a", "_id": "1"}) == Named(name="a")
    assert made(Named | Film, {"_id": "1"}) == Film(id="1")
    assert str(refusal(Named | Film, {})) == "expected Named or Film at $, found dict"


def test_a_generic_model_is_made_with_what_it_is_made_of() -> None:
    page = structure(Page[Film], {"data": [{"_id": "1"}], "page_info": {"page": 1}})
    assert page.data == [Film(id="1")]
    assert refusal(Page[Film], {"data": [{"_id": "1"}, {}]}).path == "$.data[1]._id"
    assert structure(Page[dict[str, Any]], {"data": [{"x": 1}]}).data == [{"x": 1}]


def test_a_type_is_looked_up_once_however_it_is_said() -> None:
    # Areas say TypeForm(...) in their methods: one that was kept for each call would be a leak.
    assert hook(TypeForm(Either)) is hook(TypeForm(Either))
    assert TypeForm(Either) == TypeForm(Either) != TypeForm(Closed)
    assert len({TypeForm(Either), TypeForm(Either), TypeForm(Closed)}) == 2
