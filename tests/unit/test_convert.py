"""JSON to models."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._core.convert import TypeForm, decode, structure
from twelvelabs_async._core.model import Embedding, Id, Model, Tagged, Unknown, is_empty, plain
from twelvelabs_async._core.pager import Page, PageInfo
from twelvelabs_async.errors import DecodeError


@define(kw_only=True)
class Clip(Model):
    start: float
    score: float | None = None
    rank: int | None = None
    option: Literal["visual", "audio"] | str | None = None
    vector: Embedding | None = None


@define(kw_only=True)
class Film(Model):
    id: Id
    ready: bool | None = None
    at: datetime | None = None
    clips: list[Clip] | None = None
    by_name: dict[str, Clip] | None = None
    anything: dict[str, Any] | None = None
    tags: list[str] = field(factory=list)


@define(kw_only=True)
class Text(Model):
    kind: Literal["text"] = "text"
    text: str | None = None


@define(kw_only=True)
class End(Model):
    kind: Literal["end"] = "end"


@define(kw_only=True)
class Other(Unknown):
    kind: str | None = None


Event = Annotated[Text | End | Other, Tagged("kind")]

FILM = {
    "_id": "f1",
    "ready": True,
    "at": "2026-01-02T03:04:05Z",
    "clips": [{"start": 1, "vector": [0.5, 1]}, {"start": 2.5, "score": 3, "option": "new"}],
    "by_name": {"a": {"start": 0.0}},
    "anything": {"b": [None]},
    "unknown": [1],
}


def test_a_model_with_everything() -> None:
    film = structure(Film, FILM)
    assert film.id == "f1"
    assert film.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert film.clips is not None
    assert [clip.start for clip in film.clips] == [1.0, 2.5]
    assert film.clips[0].vector is FILM["clips"][0]["vector"]  # type: ignore[index]  # not touched
    assert film.clips[1].option == "new"
    assert film.tags == []
    assert film.extra == {"unknown": [1]}
    assert film.unknown == [1]  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        film.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("wrong", "path", "text"),
    [
        ({}, "$._id", "expected a value at $._id"),
        ({"_id": None}, "$._id", "expected str at $._id, found null"),
        ({"_id": 7}, "$._id", "found int"),
        ({"_id": "a", "ready": 1}, "$.ready", "expected bool"),
        ({"_id": "a", "at": "soon"}, "$.at", "RFC 3339"),
        ({"_id": "a", "clips": {}}, "$.clips", "expected an array"),
        ({"_id": "a", "clips": [{"start": 1}, {"start": "2"}]}, "$.clips[1].start", "float"),
        ({"_id": "a", "clips": [{"start": 1, "rank": 1.5}]}, "$.clips[0].rank", "int"),
        ({"_id": "a", "clips": [None]}, "$.clips[0]", "an object"),
        ({"_id": "a", "clips": [{"start": 1, "vector": "no"}]}, "$.clips[0].vector", "an array"),
        ({"_id": "a", "by_name": {"x y": {}}}, "$.by_name.x y.start", "a value"),
        ({"_id": "a", "anything": []}, "$.anything", "an object"),
        ({"_id": "a", "tags": ["a", 1]}, "$.tags[1]", "str"),
        ([], "$", "an object"),
    ],
)
def test_a_misfit_is_named_by_its_path(wrong: Any, path: str, text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        structure(Film, wrong, 200)
    assert (caught.value.path, caught.value.status_code) == (path, 200)
    assert text in str(caught.value)


def test_unions_are_told_apart_by_their_tag() -> None:
    form: TypeForm[Any] = TypeForm(Event)
    assert structure(form, {"kind": "text", "text": "a"}) == Text(text="a")
    assert isinstance(structure(form, {"kind": "end"}), End)
    new = structure(form, {"kind": "new", "x": 1})
    assert isinstance(new, Other)
    assert new.extra == {"x": 1}
    assert isinstance(structure(form, {}), Other)
    for odd in ([], {}, 7):
        with pytest.raises(DecodeError, match=r"\$\.kind"):
            structure(form, {"kind": odd})


def test_pages_are_generic() -> None:
    page = structure(Page[Film], {"data": [{"_id": "a"}], "page_info": {"page": 1}})
    assert [film.id for film in page] == ["a"]
    assert page.page_info == PageInfo(page=1)
    with pytest.raises(DecodeError, match=r"\$\.data\[0\]\._id"):
        structure(Page[Film], {"data": [{}]})


def test_a_body_that_is_none() -> None:
    for body, text in ((b"", "empty"), (b"<html>", "starts with '<html>'"), (b"\xff", "not JSON")):
        with pytest.raises(DecodeError, match=text) as caught:
            decode(Film, body)
        assert caught.value.__context__ is None


def test_dumps_and_pickles_come_back() -> None:
    film = structure(Film, FILM)
    assert structure(Film, film.model_dump() | {"at": FILM["at"]}) == film
    assert orjson.loads(film.model_dump_json())["unknown"] == [1]
    assert pickle.loads(pickle.dumps(film)) == film
    assert pickle.loads(pickle.dumps(film)).extra == film.extra
    assert "_raw" not in repr(film)


def test_requests_leave_out_what_is_none_in_models_only() -> None:
    film = Film(id="a", clips=[Clip(start=1.0)])
    assert plain({"film": film, "null": None}) == {
        "film": {"_id": "a", "clips": [{"start": 1.0}], "tags": []},
        "null": None,
    }


def test_an_empty_model() -> None:
    assert is_empty(structure(Clip | None, None)) is False  # type: ignore[arg-type]
    assert is_empty(structure(Text, {"code": "x"}))
    assert not is_empty(structure(Text, {"text": None}))
    assert not is_empty(Text())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["_id", "at", "clips", "by_name", "start", "kind", "tags", "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_makes_a_model_or_a_decode_error(value: Any) -> None:
    for form in (Film, Page[Film], TypeForm(Event), TypeForm(list[Film] | str)):
        made: Any = None
        path: str | None = "$"
        try:
            made = structure(form, value)  # type: ignore[arg-type]
        except DecodeError as error:
            path = error.path
        assert path is not None
        assert path.startswith("$")
        if isinstance(made, Film):
            assert made.id.__class__ is str
