"""Whether a JSON schema is well formed: each keyword has a value that the keyword takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from .checks import as_array, as_object

__all__ = ["malformed"]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and _is_number(value) and value >= 0 and value % 1 == 0


def _is_step(value: object) -> bool:
    return isinstance(value, (int, float)) and _is_number(value) and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    found = as_array(value)
    return found is not None and all(isinstance(each, str) for each in found)


def _is_type(value: object) -> bool:
    return _is_text(value) or (_is_texts(value) and bool(value))


_FORMS: Final[Mapping[str, Callable[[object], bool]]] = {
    "type": _is_type,
    "required": _is_texts,
    "enum": lambda value: as_array(value) is not None,
    "uniqueItems": lambda value: isinstance(value, bool),
    "multipleOf": _is_step,
    **dict.fromkeys(("pattern", "format", "$ref"), _is_text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _is_count,
    ),
}
_SCHEMAS: Final = (
    "items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames",
)  # fmt: skip
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPPINGS: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")


def malformed(schema: object, path: str) -> str | None:
    """The path of the first part that is malformed; None when there is none.

    It takes a time that grows as the schema does.
    """
    return next(_faults(schema, path), None)


def _faults(schema: object, path: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    part = as_object(schema)
    if part is None:
        yield path
        return
    for key, value in part.items():
        here = f"{path}.{key}"
        if key in _FORMS:
            if not _FORMS[key](value):
                yield here
        elif key in _SCHEMAS:
            yield from _faults(value, here)
        elif key in _LISTS:
            parts: list[Any] = list(as_array(value) or [])
            if not parts:
                yield here
            for number, each in enumerate(parts):
                yield from _faults(each, f"{here}[{number}]")
        elif key in _MAPPINGS:
            named = as_object(value)
            if named is None:
                yield here
                continue
            for name, each in named.items():
                yield from _faults(each, f"{here}.{name}")
