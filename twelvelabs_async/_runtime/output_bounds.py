"""Bounds that ``Annotated`` gives to the values of an answer.

msgspec checks most of them, and puts those into its schema. What it does not take, as the bounds of
decimal numbers and times, or two of a kind, is checked after reading.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final, NamedTuple, cast, get_args

import msgspec

__all__ = ["Bound", "bounds_and_descriptions", "check_bounds", "is_bound_of", "native_bound"]

_NUMBERS: Final = (int, float, Decimal, Fraction)
_TIMES: Final = (datetime, date, time, timedelta)
_UNDIVIDED: Final = [("multiple_of", kind) for kind in (datetime, date, time)]
# What msgspec knows of a type besides its bounds.
_DESCRIPTIONS: Final = ("title", "description", "examples", "extra_json_schema")
# One bound of each of these is the most that msgspec takes.
_SIDES: Final = (("ge", "gt"), ("le", "lt"))

# By their names, which annotated-types and msgspec share: how a bound is said, and what it asks.
_CHECKS: Final[Mapping[str, tuple[str, Callable[[Any, Any], Any]]]] = {
    "ge": (">=", operator.ge),
    "gt": (">", operator.gt),
    "le": ("<=", operator.le),
    "lt": ("<", operator.lt),
    "multiple_of": ("that's a multiple of", lambda value, bound: not value % bound),
    "min_length": ("of length >=", lambda value, bound: len(value) >= bound),
    "max_length": ("of length <=", lambda value, bound: len(value) <= bound),
    "pattern": ("matching regex", lambda value, bound: re.search(bound, value) is not None),
    "tz": ("with a timezone:", lambda value, bound: (value.tzinfo is not None) is bound),
}


class Bound(NamedTuple):
    """A bound of a type, such as `ge`."""

    name: str
    value: Any


def bounds_and_descriptions(metadata: Iterable[Any]) -> tuple[list[Bound], list[msgspec.Meta]]:
    """The bounds in a type's metadata, of msgspec or annotated-types, and msgspec's other words."""
    bounds: list[Bound] = []
    descriptions: list[msgspec.Meta] = []
    for item in metadata:
        parts: Iterable[Any] = [item]
        if isinstance(item, msgspec.Meta):
            said = {name: getattr(item, name) for name in _DESCRIPTIONS}
            if any(each is not None for each in said.values()):
                descriptions.append(msgspec.Meta(**said))
        elif type(item).__module__ != "annotated_types":
            continue
        elif hasattr(item, "__iter__"):
            parts = cast("Iterable[Any]", item)
        for part in parts:
            if type(part).__name__ == "Timezone":  # a certain zone is no matter of JSON
                if part.tz in (..., None):
                    bounds.append(Bound("tz", part.tz is ...))
                continue
            found = ((name, getattr(part, name, None)) for name in _CHECKS)
            bounds += [Bound(name, value) for name, value in found if value is not None]
    return bounds, descriptions


def is_bound_of(kind: Any, bound: Bound) -> bool:
    """Whether a bound applies to values of a kind."""
    name, value = bound
    if not isinstance(kind, type) or issubclass(kind, (Enum, bool)):
        return False
    if name == "pattern":
        return kind is str
    if name == "tz":
        return kind in (datetime, time)
    if name in ("min_length", "max_length"):
        return issubclass(kind, Collection)
    if kind in _NUMBERS:
        return isinstance(value, _NUMBERS)
    return kind in _TIMES and isinstance(value, kind) and (name, kind) not in _UNDIVIDED


def native_bound(kind: Any, made: Any, bound: Bound) -> msgspec.Meta | None:
    """A bound as msgspec has it; None for one that it does not take of this type."""
    name, value = bound
    same = next((side for side in _SIDES if name in side), (name,))
    metas = getattr(made, "__metadata__", ())
    if any(getattr(meta, each) is not None for meta in metas for each in same):
        return None
    if kind in (int, float):
        if not math.isfinite(value) or (kind is int and (value % 1 or abs(value) >= 2**63)):
            return None
        if kind is int or not isinstance(value, (int, float)):
            value = kind(value)
    is_of_places = kind is tuple and get_args(getattr(made, "__origin__", made))[1:] != (...,)
    if is_of_places or (kind in (Decimal, *_TIMES) and name != "tz"):
        return None
    given: Any = {name: value}
    return msgspec.Meta(**given)


def check_bounds(value: Any, bounds: Iterable[Bound]) -> None:
    """ValueError for a value that is not within its bounds."""
    for name, bound in bounds:
        words, fits = _CHECKS[name]
        try:
            if fits(value, bound):
                continue
        except ArithmeticError:  # Decimal("NaN") compares with nothing
            pass
        except TypeError as error:  # as of times with and without a zone
            raise ValueError(str(error)) from error
        raise ValueError(f"Expected `{type(value).__name__}` {words} {bound}")
