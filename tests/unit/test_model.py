"""What every model can do, whatever its fields are."""

from __future__ import annotations

import copy
import json
import pickle
import re
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

import attrs
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._runtime.bodies import encode_form, encode_json
from twelvelabs_async._runtime.convert import loads, structure
from twelvelabs_async._runtime.dump import json_text, plain
from twelvelabs_async._runtime.model import Embedding, Id, Model, is_empty, wire_fields
from twelvelabs_async._runtime.urls import encode_query


@define(kw_only=True)
class Inner(Model):
    id: Id
    note: str | None = None


@define(kw_only=True)
class Outer(Model):
    id: Id
    inner: Inner | None = None
    rows: list[Inner] = field(factory=list)
    vector: Embedding | None = None


SENT = {
    "_id": "o1",
    "inner": {"_id": "i1", "news": 1},
    "rows": [{"_id": "i2", "note": None}],
    "vector": [0.5, 1],
    "later": {"a": [None]},
}


def test_fields_are_listed_with_their_names_on_the_wire() -> None:
    assert [(f.name, f.wire, f.required) for f in wire_fields(Outer)] == [
        ("id", "_id", True),
        ("inner", "inner", False),
        ("rows", "rows", False),
        ("vector", "vector", False),
    ]
    assert wire_fields(Outer) is wire_fields(Outer)


def test_what_is_not_known_is_an_attribute_all_the_same() -> None:
    made: Any = structure(Outer, SENT)
    assert made.later == {"a": [None]}
    assert made.extra == {"later": {"a": [None]}}
    assert hasattr(made, "later")
    assert made.inner.extra == {"news": 1}


def test_what_nobody_sent_is_no_attribute() -> None:
    made: Any = structure(Outer, SENT)
    assert not hasattr(made, "latter")
    with pytest.raises(AttributeError, match="'Outer' object has no attribute 'latter'"):
        _ = made.latter
    own: Any = Outer(id="1")
    assert own.extra == {}
    assert not hasattr(own, "later")


def test_the_reply_is_no_part_of_what_a_model_is() -> None:
    made, own = structure(Inner, {"_id": "1", "new": 1}), Inner(id="1")
    assert made == own
    assert repr(made) == repr(own) == "Inner(id='1')"


def wire(made: Model) -> dict[str, Any]:
    """A model as it would be on the wire."""
    return made.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_a_dump_has_every_field_by_its_name_and_all_that_was_sent() -> None:
    assert structure(Outer, SENT).model_dump() == {
        "id": "o1",
        "inner": {"id": "i1", "note": None, "news": 1},
        "rows": [{"id": "i2", "note": None}],
        "vector": [0.5, 1],
        "later": {"a": [None]},
    }
    assert Outer(id="1").model_dump() == {"id": "1", "inner": None, "rows": [], "vector": None}


def test_a_dump_can_have_the_names_of_the_wire_and_no_none() -> None:
    made = structure(Outer, SENT)
    assert wire(made) == {**SENT, "rows": [{"_id": "i2"}]}
    assert made.model_dump(by_alias=True) == SENT | {
        "inner": {"_id": "i1", "note": None, "news": 1}
    }
    assert Outer(id="1").model_dump(exclude_none=True) == {"id": "1", "rows": []}


def test_a_field_is_not_lost_in_a_dump_to_another_of_its_name() -> None:
    both = {"_id": "1", "id": "other"}
    assert structure(Inner, both).model_dump() == {"id": "1", "note": None}
    assert wire(structure(Inner, both)) == both


def test_what_is_sent_has_none_of_what_the_service_added() -> None:
    made = structure(Outer, SENT)
    assert plain(made) == {
        "_id": "o1",
        "inner": {"_id": "i1"},
        "rows": [{"_id": "i2"}],
        "vector": [0.5, 1],
    }


def test_a_dump_of_own_making_can_be_read_again() -> None:
    own = Outer(id="1", inner=Inner(id="2", note="n"), vector=[0.5])
    assert structure(Outer, own.model_dump(by_alias=True)) == own


def test_a_dump_as_text_is_json() -> None:
    made = structure(Outer, SENT)
    assert json.loads(made.model_dump_json()) == made.model_dump()
    assert json.loads(made.model_dump_json(by_alias=True, exclude_none=True)) == wire(made)
    assert "\n" not in made.model_dump_json()
    assert made.model_dump_json(indent=4).startswith('{\n  "id": "o1"')


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_is_the_same_with_its_extras(again: Any) -> None:
    made = structure(Outer, SENT)
    copied = again(made)
    assert copied == made
    assert copied.extra == made.extra
    assert copied.model_dump() == made.model_dump()


def test_a_changed_field_is_dumped_as_it_is_now() -> None:
    made = structure(Inner, {"_id": "1", "note": "old"})
    made.note = "new"
    assert made.model_dump() == {"id": "1", "note": "new"}
    assert attrs.evolve(made, note=None).model_dump() == {"id": "1", "note": None}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (structure(Inner, {"_id": "1"}), False),
        (structure(Outer, SENT), False),
        (Inner(id="1"), False),  # not from a reply
        ({}, False),
        (None, False),
    ],
)
def test_what_is_not_empty(made: object, expected: bool) -> None:
    assert is_empty(made) is expected


@define(kw_only=True)
class Loose(Model):
    note: str | None = None


def test_a_reply_of_which_nothing_is_known_is_empty() -> None:
    assert is_empty(structure(Loose, {"other": 1}))
    assert is_empty(structure(Loose, {}))
    assert not is_empty(structure(Loose, {"note": None}))


# As JSON


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_plain_values_stay_as_they_are(value: object) -> None:
    assert plain(value) == value


class Rows(Sequence[Any]):
    """A sequence that is no list."""

    def __init__(self, *rows: Any) -> None:
        self._rows = rows

    def __getitem__(self, at: Any) -> Any:
        return self._rows[at]

    def __len__(self) -> int:
        return len(self._rows)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": None, "m": Inner(id="1")}, {"a": None, "m": {"_id": "1"}}),
        ([Inner(id="1"), {"note": None}], [{"_id": "1"}, {"note": None}]),
        ((1, Inner(id="1")), [1, {"_id": "1"}]),
        (Rows("a", Inner(id="1")), ["a", {"_id": "1"}]),
        (Rows(0.5, 1.0), [0.5, 1.0]),
        (Rows(), []),
        (array("f", [0.5, 1.0]), [0.5, 1.0]),
        (array("i", [1, 2]), [1, 2]),
        ("text", "text"),
    ],
)
def test_models_and_sequences_become_dicts_and_lists(value: object, expected: object) -> None:
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)


def test_vectors_are_handed_through() -> None:
    vector = [0.5] * 1024
    assert plain(vector) is vector


def test_other_values_are_left_for_whoever_writes_them() -> None:
    assert plain(b"x") == b"x"


# Times


@define(kw_only=True)
class Dated(Model):
    id: Id
    at: datetime | None = None
    below: list[Dated] | None = None


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.none() | st.just(UTC) | OFFSETS)


@given(MOMENTS)
def test_a_time_is_the_same_after_a_round_trip(moment: datetime) -> None:
    own = Dated(id="1", at=moment, below=[Dated(id="2", at=moment)])
    for made in (
        structure(Dated, wire(own)),
        structure(Dated, loads(own.model_dump_json(by_alias=True).encode())),
        structure(Dated, loads(encode_json(plain(own)))),
        pickle.loads(pickle.dumps(own)),
        copy.deepcopy(own),
    ):
        assert made == own
        assert made.at is not None
        assert made.at.utcoffset() == moment.utcoffset()
        assert made.model_dump() == own.model_dump()
        assert made.model_dump()["at"] == moment
        assert made.model_dump(mode="json") == json.loads(own.model_dump_json())


@given(MOMENTS.filter(lambda moment: moment.tzinfo))
def test_a_time_is_written_as_rfc_3339_says(moment: datetime) -> None:
    (written,) = plain([moment])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|[+-]\d\d:\d\d)", written)
    assert written.endswith("Z") is (moment.utcoffset() == timedelta(0))
    assert json.loads(encode_json({"at": moment})) == {"at": written}
    assert unquote(encode_query({"at": moment})) == f"at={written}"
    assert written.encode() in b"".join(map(bytes, encode_form({"at": moment}, "b")))  # type: ignore[arg-type]  # no file in it
    assert json_text({"at": moment}) == f'{{"at":"{written}"}}'


def test_a_time_that_is_not_known_yet_stays_text() -> None:
    made: Any = structure(Dated, {"_id": "1", "at": None, "later_at": "2026-03-01T00:00:00Z"})
    assert made.at is None
    assert made.later_at == "2026-03-01T00:00:00Z"
    assert wire(made) == {"_id": "1", "later_at": "2026-03-01T00:00:00Z"}
