"""Tables of the parameters a call takes, and what their values may be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeGuard

from attrs import frozen

from .clock import parse_time
from .errors import ApiError, invalid, missing, unknown
from .urls import is_web, split_url

__all__ = [
    "LARGEST_INTEGER",
    "Check",
    "Fields",
    "anything",
    "array",
    "as_array",
    "as_object",
    "boolean",
    "check_body",
    "check_texts",
    "grouped",
    "integer",
    "is_exact",
    "metadata",
    "moment",
    "needed",
    "number",
    "obj",
    "one_of",
    "optional",
    "present",
    "text",
    "web_url",
]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_NULL: Final = ""
"""What a null is in a form and in a query."""
LARGEST_INTEGER: Final = 2**53 - 1
"""Larger ones come out of some JSON decoders as others."""


class Check(Protocol):
    """Turns one value into what it stands for, or refuses it.

    ``textual`` says that it came from a query or a form, where all values are text.
    """

    def __call__(self, value: Any, name: str, textual: bool) -> Any:
        """The value, as the call uses it."""
        ...


@frozen
class Field:
    """One parameter of a call."""

    check: Check
    required: bool = False
    default: Any = None
    many: bool = False


Fields = Mapping[str, Field]


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def as_object(value: object) -> dict[str, Any] | None:
    """A decoded JSON value if it is an object."""
    return value if _is_object(value) else None


def as_array(value: object) -> list[Any] | None:
    """A decoded JSON value if it is an array."""
    return value if _is_array(value) else None


def needed(check: Check, *, many: bool = False) -> Field:
    """A parameter that must be there; ``many``: it may be repeated in a query or form."""
    return Field(check, required=True, many=many)


def optional(check: Check, default: Any = None, *, many: bool = False) -> Field:
    """A parameter that may be left out."""
    return Field(check, default=default, many=many)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def text(low: int = 0, high: int | None = None) -> Check:
    """A string of ``low`` to ``high`` characters."""

    def check(value: Any, name: str, textual: bool) -> str:
        if not isinstance(value, str):
            raise invalid(name, "It must be a string.")
        if len(value) < low or not (value.strip() or low == 0):
            raise invalid(name, f"It must have at least {_count(low, 'character')}.")
        if high is not None and len(value) > high:
            raise invalid(name, f"It must have at most {_count(high, 'character')}.")
        return value

    return check


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number from ``low`` to ``high``."""

    def check(value: Any, name: str, textual: bool) -> int:
        if textual and isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)  # 10.0 is an integer in JSON
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(name, "It must be an integer.")
        return int(_between(value, low, high, name))

    return check


def number(low: float | None = None, high: float | None = None) -> Check:
    """A finite number from ``low`` to ``high``."""

    def check(value: Any, name: str, textual: bool) -> float:
        if textual and isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise invalid(name, "It must be a number.")
        if not math.isfinite(value):
            raise invalid(name, "It must be finite.")
        return _between(value, low, high, name)

    return check


def _between(value: float, low: float | None, high: float | None, name: str) -> float:
    if low is not None and value < low:
        raise invalid(name, f"It must be at least {low}.")
    if high is not None and value > high:
        raise invalid(name, f"It must be at most {high}.")
    return value


def is_exact(value: float) -> bool:
    """Whether a number of metadata is kept as it is: it is not an integer of more than 53 bits."""
    # The decoder makes floats of integers that are too large for it.
    whole = isinstance(value, int) or value.is_integer()
    return not whole or abs(value) <= LARGEST_INTEGER


def boolean(value: Any, name: str, textual: bool) -> bool:
    """True or false; in a query or form the words."""
    if textual and value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise invalid(name, "It must be true or false.")
    return value


def one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(value: Any, name: str, textual: bool) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise invalid(name, f"It must be one of: {', '.join(allowed)}.")
        return value

    return check


def moment(value: Any, name: str, textual: bool) -> float:
    """An RFC 3339 time, as seconds since the epoch."""
    if not isinstance(value, str):
        raise invalid(name, "It must be a string.")
    try:
        return parse_time(value)
    except ValueError as error:
        raise invalid(name, "It must be a time in the RFC 3339 format.") from error


def web_url(value: Any, name: str, textual: bool) -> str:
    """An absolute http or https URL."""
    if isinstance(value, str) and is_web(split_url(value)):
        return value
    raise invalid(name, "It must be a URL that begins with http:// or https://.")


def anything(value: Any, name: str, textual: bool) -> Any:
    """Any value."""
    return value


def metadata(value: Any, name: str, textual: bool) -> dict[str, Any]:
    """An object of strings, numbers, booleans, and nulls that take a key away."""
    given = as_object(value)
    if given is None:
        raise invalid(name, "It must be an object.")
    for key, item in given.items():
        if isinstance(item, dict | list):
            raise invalid(f"{name}.{key}", "It must be a string, a number or a boolean.")
    return given


def array(check: Check, low: int = 0, high: int | None = None, *, unique: bool = False) -> Check:
    """A list of ``low`` to ``high`` values."""

    def check_all(value: Any, name: str, textual: bool) -> list[Any]:
        given = as_array(value)
        if given is None:
            raise invalid(name, "It must be an array.")
        if len(given) < low:
            raise invalid(name, f"It must have at least {_count(low, 'item')}.")
        if high is not None and len(given) > high:
            raise invalid(name, f"It must have at most {_count(high, 'item')}.")
        items = [check(item, f"{name}[{i}]", textual) for i, item in enumerate(given)]
        if unique and any(item in items[:i] for i, item in enumerate(items)):
            raise invalid(name, "It must not have an item twice.")
        return items

    return check_all


def obj(fields: Fields) -> Check:
    """An object with these fields and no other."""

    def check(value: Any, name: str, textual: bool) -> dict[str, Any]:
        given = as_object(value)
        if given is None:
            raise invalid(name, "It must be an object.")
        return check_body(given, fields, f"{name}.")

    return check


def check_body(body: Mapping[str, Any], fields: Fields, prefix: str = "") -> dict[str, Any]:
    """The values of a JSON object; a null counts as left out."""
    for name in body:
        if name not in fields:
            raise unknown(prefix + name)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        value = body.get(name)
        if value is not None:
            values[name] = field.check(value, prefix + name, False)
        elif field.required:
            raise missing(prefix + name)
        else:
            values[name] = field.default
    return values


def grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The texts of each parameter of a query or form."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


def present(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """As ``grouped``, without those that are empty: clients send these for null."""
    return {name: texts for name, texts in grouped(pairs).items() if texts != [_NULL]}


def check_texts(
    pairs: Sequence[tuple[str, str]],
    fields: Fields,
    *,
    extra: bool = False,
    form: bool = False,
) -> dict[str, Any]:
    """The values of a query or form; names it does not have are refused, or kept if ``extra``.

    In a form, one empty text is null also where a list is due: clients send it for None.
    """
    given = grouped(pairs)
    for name in given:
        if name not in fields and not extra:
            raise unknown(name)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        texts = given.pop(name, [])
        if field.many:
            if texts and not (form and texts == [_NULL] and not field.required):
                values[name] = field.check(texts, name, True)
        elif len(texts) > 1:
            raise ApiError("parameter_invalid", f"The {name} parameter was given more than once.")
        elif texts and (texts[0] != _NULL or field.required):
            values[name] = field.check(texts[0], name, True)
        if name not in values:
            if field.required:
                raise missing(name)
            values[name] = field.default
    if extra:
        values.update({name: texts[-1] for name, texts in given.items()})
    return values
