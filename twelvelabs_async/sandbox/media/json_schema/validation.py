"""Whether a value satisfies a JSON schema (Draft 2020-12), as the jsonschema library says.

Nothing is fetched for a ``$ref``. Patterns are read as JSON Schema recommends them, and dates,
times and UUIDs by their format. This is imported where it is first used: jsonschema takes long to
import, and a sandbox may never need it.
"""

# jsonschema and referencing leave some of their types open.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import jsonschema
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from .parts import Schema, SchemaError
from .pattern import PatternError, found

__all__ = ["Validator", "call"]

T = TypeVar("T")


class Validator:
    """Checks values against a schema and its parts; ``SchemaError`` for what is not a schema."""

    def __init__(self, root: object) -> None:
        try:
            Draft202012Validator.check_schema(cast("Schema", root))
            self._root: Any = _Validator(
                cast("Schema", root), registry=Registry(), format_checker=_FORMATS
            )
        except jsonschema.SchemaError as error:
            where = "/".join(map(str, error.absolute_path))
            reason = error.message if len(error.message) < 200 else f"{error.message[:200]}…"
            raise SchemaError(f"{where or 'The schema'}: {reason}") from None

    def accepts(self, value: object, part: object) -> bool:
        """Whether a part of the schema, of which ``$ref`` name parts of the whole, has the value.

        Raises ``SchemaError`` where its references or patterns cannot be followed.
        """
        try:
            return bool(self._root.evolve(schema=part).is_valid(value))
        except Unresolvable as error:
            raise SchemaError(f"$ref {error.ref!r} names nothing in the schema.") from None
        except PatternError as error:
            raise SchemaError(str(error)) from error
        except (UnknownType, TypeError, AttributeError) as error:
            # A merged part may be none though the whole is: an allOf of things that do not mix.
            raise SchemaError("A part of the schema is not a schema.") from error


def _pattern(_: object, pattern: str, value: object, schema: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and not found(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Schema, value: object, schema: object
) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for pattern, part in patterns.items():
            for name, one in cast("dict[str, object]", value).items():
                if found(pattern, name):
                    yield from validator.descend(one, part, path=name, schema_path=pattern)


def _moment(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None or "T" not in text.upper():
        raise ValueError(text)


def _time(text: str) -> None:
    if time.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


def _reads(reader: Callable[[str], object]) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if isinstance(value, str):
            reader(value)
        return True

    return check


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "uuid": UUID,
    "date-time": _moment,
    "date": date.fromisoformat,
    "time": _time,
}
_FORMATS: Final[Any] = FormatChecker(())
for _name, _reader in _READERS.items():
    _FORMATS.checks(_name, ValueError)(_reads(_reader))
_Validator: Final = extend(
    Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)


def call(function: Callable[..., T], *arguments: Any) -> T:
    """What the function returns. A process that gets this imports jsonschema before it begins."""
    return function(*arguments)
