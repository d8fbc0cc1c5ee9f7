"""What reads the types of answers that msgspec does not know: some enumerations, and pydantic's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import Enum
from typing import Any, Final, NamedTuple, TypeGuard

import msgspec

from .output_pydantic import by_pydantic, problem_of_pydantic

__all__ = [
    "SPAN",
    "Reader",
    "is_enum",
    "reader_of_enum",
    "reader_of_literal",
    "reader_of_pydantic",
]

Json = dict[str, Any]

_SCALARS: Final = (str, int, float, bool, type(None))
_CLOCK: Final = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9}(?:\.\d+)?)", re.ASCII)


class Reader(NamedTuple):
    """The JSON Schema of a type, and what makes an object of a value."""

    schema: Json
    read: Callable[[Any], Any]


def is_enum(hint: object) -> TypeGuard[type[Enum]]:
    """Whether this is a class of an enumeration."""
    return isinstance(hint, type) and issubclass(hint, Enum)


def reader_of_enum(cls: type[Enum]) -> Reader:
    """For an enumeration of any values that JSON has; TypeError for one of others."""
    return Reader(_choice_of(each.value for each in cls), cls)


def reader_of_literal(choices: Iterable[Any]) -> Reader:
    """For a `Literal`, of which some choices are members of enumerations."""
    pairs = [(each.value if isinstance(each, Enum) else each, each) for each in choices]

    def read(value: Any) -> Any:
        for plain, choice in pairs:
            # To Python, True is 1.
            if plain == value and isinstance(plain, bool) == isinstance(value, bool):
                return choice
        raise ValueError(f"Invalid value {value!r}")

    return Reader(_choice_of(plain for plain, _ in pairs), read)


def reader_of_pydantic(hint: Any) -> Reader:
    """For a class or type of pydantic; TypeError where it has no JSON Schema."""
    schema, validate = by_pydantic(hint)

    def read(value: Any) -> Any:
        text = json.dumps(value)
        try:
            return validate(text)
        except ValueError as error:
            problem, path = problem_of_pydantic(error, text)
            raise ValueError(f"{problem} - at `{path}`") from error  # as msgspec says it

    return Reader(schema, read)


def _span(value: Any) -> timedelta:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    try:
        if found:  # so the service writes times of the film
            hours, minutes, seconds = found.groups("0")
            return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
        return msgspec.convert(value, timedelta, strict=False)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ValueError(str(error)) from error


SPAN: Final = Reader({"type": "string", "format": "duration"}, _span)
"""For a span of time: as ISO 8601 has it, as a clock has it, or in seconds."""


def _choice_of(values: Iterable[Any]) -> Json:
    """The JSON Schema of one of these values."""
    found = [*values]
    if not all(isinstance(each, _SCALARS) for each in found):
        raise TypeError(f"the choices {found} are not all values that JSON has")
    return {"enum": found}
