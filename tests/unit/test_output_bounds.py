"""The bounds that `Annotated` gives to the values of answers."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, make_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar
from uuid import UUID

import annotated_types as bounds
import attrs
import pytest
from msgspec import Meta

from twelvelabs_async import ConfigurationError, OutputInvalidError
from twelvelabs_async._runtime.typed_output import output_type
from twelvelabs_async.sandbox.analysis_schema import check_output_schema

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
multiple_of: Any = bounds.MultipleOf  # it is annotated for numbers alone


class Mixed(enum.Enum):
    ONE = 1
    NAMED = "named"


@attrs.define
class Goal:
    minute: int


class Pair(NamedTuple):
    one: int


@dataclass
class Box(Generic[T]):
    value: Annotated[T, bounds.Ge(0)]


Positive = NewType("Positive", Annotated[int, bounds.Gt(0)])
Price = NewType("Price", Annotated[Decimal, bounds.Ge(0)])


def holder(hint: Any) -> Any:
    """A class with a field of this type."""
    return make_dataclass("Holder", [("value", hint)])


def parsed(form: Any, value: Any) -> Any:
    output = output_type(form)
    check_output_schema(output.schema, "response_format.json_schema")
    return output.parse(json.dumps({"value": value}), "stop").value


@pytest.mark.parametrize(
    ("hint", "fits", "wrong"),
    [
        (Annotated[int | None, bounds.Ge(0)], [0, None], [-1]),
        (Annotated[Optional[str], bounds.MinLen(2)], ["ab", None], ["a"]),  # noqa: UP045  # what is tried
        (Annotated[int | str, bounds.Ge(0)], [0, "a"], [-1]),
        (Annotated[int | float, bounds.Ge(0)], [0, 0.5], [-1, -0.5]),
        (Annotated[int | str, bounds.Ge(0), bounds.MinLen(2)], [0, "ab"], [-1, "a"]),
        (Annotated[list[int] | list[str], bounds.MinLen(2)], [[1, 2], ["a", "b"]], [[1], ["a"]]),
        (Annotated[Goal | Pair | int, bounds.Ge(0)], [{"minute": -1}, [-1], 0], [-1]),
        (Annotated[Annotated[Price | None, Meta(title="t")], bounds.Lt(5)], [1, None], [-1, 5]),
        (Annotated[Price | float | None, bounds.Lt(5)], [1, None], [5]),
        (Annotated[Positive, bounds.Ge(3)], [3, 3.0], [0, 2]),
        (Annotated[int, bounds.Ge(0.5), bounds.Le(Decimal(9))], [1, 9], [0, 10]),
        (Annotated[float, bounds.Ge(Decimal("0.5"))], [0.5, 1], [0.4]),
        (Annotated[float, bounds.Lt(Fraction(1, 2)), bounds.Gt(-float("inf"))], [0], [0.5]),
        (Annotated[int, bounds.Le(2**70)], [2**69], [2**71]),
    ],
)
def test_numbers_texts_and_unions(hint: Any, fits: list[Any], wrong: list[Any]) -> None:
    for value in fits:
        parsed(holder(hint), value)
    for value in wrong:
        with pytest.raises(OutputInvalidError, match=r"Expected .* at \$\.value(\[0\])?$"):
            parsed(holder(hint), value)


@pytest.mark.parametrize(
    ("hint", "fits", "wrong"),
    [
        (Annotated[Decimal, bounds.Interval(ge=0, lt=Decimal("0.5"))], ["0.1", 0], ["-1", 0.5]),
        (Annotated[Decimal, multiple_of(Decimal("0.1"))], [0.3, "0.2"], ["0.25", "NaN"]),
        (Annotated[Decimal, bounds.Gt(0)], ["0.1"], ["NaN", 0]),
        (Annotated[timedelta, bounds.Le(MINUTE)], ["0:59", "PT60S", 1], ["1:01", 61]),
        (Annotated[timedelta | None, bounds.Gt(MINUTE)], ["1:01", None], ["1:00"]),
        (Annotated[timedelta, multiple_of(MINUTE)], ["2:00"], ["2:01"]),
        (Annotated[date, bounds.Ge(date(2026, 1, 1))], ["2026-01-01"], ["2025-12-31"]),
        (Annotated[time, bounds.Lt(time(12))], ["11:59:00"], ["12:00:00"]),
        (
            Annotated[datetime, bounds.Ge(NEW_YEAR)],
            ["2026-01-01T00:00:00Z"],
            ["2025-12-31T00:00:00Z", "2026-01-01T00:00:00"],
        ),
        (
            Annotated[datetime, bounds.Ge(NEW_YEAR), Meta(tz=True)],
            ["2026-01-01T00:00:00Z"],
            ["2026-01-01T00:00:00"],
        ),
        (
            Annotated[datetime, bounds.Timezone(...)],
            ["2026-01-01T00:00:00Z"],
            ["2026-01-01T00:00:00"],
        ),
        (
            Annotated[datetime, bounds.Timezone(None)],
            ["2026-01-01T00:00:00"],
            ["2026-01-01T00:00:00Z"],
        ),
        (Annotated[tuple[int, str], bounds.MinLen(2)], [[1, "a"]], []),
        (Annotated[tuple[int, str], bounds.MinLen(3)], [], [[1, "a"]]),
        (Annotated[str, Meta(pattern="^a"), Meta(pattern="b$")], ["ab"], ["a", "b"]),
    ],
)
def test_decimal_numbers_times_and_what_else_msgspec_does_not_bound(
    hint: Any, fits: list[Any], wrong: list[Any]
) -> None:
    for value in fits:
        parsed(holder(hint), value)
    for value in wrong:
        with pytest.raises(OutputInvalidError) as caught:
            parsed(holder(hint), value)
        assert caught.value.path == "$.value"


def test_bounds_within_other_types_and_of_keys() -> None:
    spans = holder(list[Annotated[timedelta, bounds.Le(MINUTE)]])
    assert parsed(spans, ["0:59"]) == [timedelta(seconds=59)]
    with pytest.raises(OutputInvalidError, match=r"at \$\.value\[1\]$"):
        parsed(spans, ["0:59", "1:01"])
    prices = holder(dict[Price, Price])
    assert parsed(prices, {"0.5": "1.5"}) == {Decimal("0.5"): Decimal("1.5")}
    numbers = holder(dict[Annotated[Positive, bounds.Ge(3)], int])
    assert parsed(numbers, {"3": 1}) == {3: 1}
    for form, wrong in ((prices, {"-0.5": 1}), (numbers, {"2": 1})):
        with pytest.raises(
            OutputInvalidError, match=r"Expected `\w+` >= \d for a key at \$\.value$"
        ):
            parsed(form, wrong)


@pytest.mark.parametrize("of", [int, float | None, Decimal, Annotated[int, bounds.Le(9)]])
def test_bounds_of_the_variable_of_a_class(of: Any) -> None:
    assert parsed(Box[of], 0) == 0
    with pytest.raises(OutputInvalidError, match="Expected"):
        parsed(Box[of], -1)


def test_what_is_requested_has_the_bounds_that_the_service_takes() -> None:
    described = Meta(description="How much.")
    form = holder(Annotated[int | None, bounds.Ge(0), described])
    assert output_type(form).schema["properties"]["value"] == {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}],
        "description": "How much.",
    }
    form = holder(Annotated[Decimal, bounds.Ge(0), described])
    assert output_type(form).schema["properties"]["value"] == {
        "type": "string",
        "description": "How much.",
    }


@pytest.mark.parametrize(
    ("hint", "problem"),
    [
        (Annotated[Mixed, bounds.Ge(1)], "ge=1 does not apply to Mixed"),
        (Annotated[UUID, bounds.Ge(2)], "ge=2 does not apply to UUID"),
        (Annotated[Any, bounds.Lt(2)], "lt=2 does not apply to "),
        (Annotated[Goal, bounds.MinLen(1)], "min_length=1 does not apply to Goal"),
        (Annotated[Pair, bounds.MinLen(1)], "min_length=1 does not apply to Pair"),
        (Annotated[Literal[1, 2], bounds.Ge(2)], "ge=2 does not apply to "),
        (Annotated[bool, bounds.Ge(1)], "ge=1 does not apply to bool"),
        (Annotated[int | None, bounds.MinLen(2)], "min_length=2 does not apply to int | None"),
        (Annotated[date, bounds.Ge("2026")], "ge='2026' does not apply to date"),
        (Annotated[date, multiple_of(date(2026, 1, 1))], "does not apply to date"),
        (Annotated[int, bounds.Ge(date(2026, 1, 1))], "does not apply to int"),
        (Annotated[str, bounds.MinLen(-1)], "`min_length` must be >= 0, got -1"),
    ],
)
@pytest.mark.parametrize("is_within", [True, False])
def test_a_bound_that_does_not_apply_is_refused_with_its_field(
    hint: Any, problem: str, is_within: bool
) -> None:
    form: Any = holder(hint)
    within: Any = Box
    with pytest.raises(ConfigurationError) as caught:
        output_type(within[form] if is_within else form)
    name = "Box" if is_within else "Holder"
    assert str(caught.value).startswith(f"{name} has no JSON Schema: Holder.value: ")
    assert problem in str(caught.value)
