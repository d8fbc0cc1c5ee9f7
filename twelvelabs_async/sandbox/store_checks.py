"""What metadata and ingestion configurations of knowledge stores may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .checks import (
    LARGEST_INTEGER,
    Check,
    Fields,
    as_array,
    as_object,
    is_exact,
    needed,
    obj,
    one_of,
    optional,
    text,
)
from .eras import Era
from .errors import ApiError, invalid

__all__ = ["CHANGED_METADATA", "INGESTION", "ITEM_METADATA", "METADATA", "NO_VALUE", "check_values"]

_LONGEST_KEY: Final = 128
NO_VALUE: Final = "It must be a string, a number, a boolean or an array of strings."


def _metadata(most: int, longest: int, *, nulls: bool = False) -> Check:
    """At most so many pairs, with texts of at most so many characters, or ``nulls`` as well."""

    def check(value: Any, name: str, textual: bool) -> dict[str, Any]:
        given = as_object(value)
        if given is None:
            raise invalid(name, "It must be an object.")
        if len(given) > most:
            raise invalid(name, f"It must have at most {most} pairs.")
        for key, one in given.items():
            if not 1 <= len(key) <= _LONGEST_KEY:
                raise invalid(name, f"A key must have from 1 to {_LONGEST_KEY} characters.")
            problem = None if one is None and nulls else _problem(one, longest)
            if problem is not None:
                raise invalid(f"{name}.{key}", problem)
        return given

    return check


def _problem(value: Any, longest: int) -> str | None:
    """Why a value may not be in metadata."""
    texts = [value] if isinstance(value, str) else as_array(value)
    if texts is not None:
        if not all(isinstance(one, str) for one in texts):
            return "An array must hold strings only."
        if any(len(one) > longest for one in texts):
            return f"A string must have at most {longest} characters."
        return None
    if not isinstance(value, int | float):
        return NO_VALUE
    if not is_exact(value):
        return f"An integer must be from {-LARGEST_INTEGER} to {LARGEST_INTEGER}."
    return None


METADATA: Final = _metadata(10, 2048)
"""Of stores and collections."""
CHANGED_METADATA: Final = _metadata(10, 2048, nulls=True)
"""Of stores that are changed; what nulls are depends on the era."""
ITEM_METADATA: Final = _metadata(50, 8192)


def check_values(metadata: Mapping[str, Any] | None, rules: Era) -> None:
    """Refuse values of types that metadata did not have in this era yet."""
    if rules.textual_metadata:
        for key, value in (metadata or {}).items():
            if not isinstance(value, str):
                raise invalid(f"metadata.{key}", "It must be a string.")


def _refused(where: str, why: str) -> ApiError:
    return ApiError("parameter_invalid", f"The schema is not supported at {where}: {why}", 422)


def _is_schema_list(value: Any, where: str) -> None:
    parts = as_array(value)
    if parts is None:
        raise _refused(where, "It must be an array of schemas.")
    for place, part in enumerate(parts):
        _check_schema(part, f"{where}[{place}]")


def _properties(value: Any, where: str) -> None:
    given = as_object(value)
    if given is None:
        raise _refused(where, "It must be an object of schemas.")
    for name, part in given.items():
        rules = as_object(part)
        described = rules is not None and rules.get("description")
        if not (isinstance(described, str) and described.strip()):
            raise _refused(f"{where}.{name}", "Each property needs a description.")
        _check_schema(part, f"{where}.{name}")


def _type(value: Any, where: str) -> None:
    if value not in ("string", "number", "integer", "boolean", "object", "array"):
        raise _refused(
            where, "It must be one of string, number, integer, boolean, object and array."
        )


def _of(kinds: type | tuple[type, ...], what: str) -> Callable[[Any, str], None]:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise _refused(where, f"It must be {what}.")

    return check


def _texts(value: Any, where: str) -> None:
    given = as_array(value)
    if given is None or not all(isinstance(one, str) for one in given):
        raise _refused(where, "It must be an array of strings.")


def _choices(value: Any, where: str) -> None:
    if not as_array(value):
        raise _refused(where, "It must be an array with at least one value.")
    if None in value:
        raise _refused(where, "Nullable fields are not supported.")


def _size(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _refused(where, "It must be an integer of 0 or more.")


def _check_schema(value: Any, where: str) -> None:
    rules = as_object(value)
    if rules is None:
        raise _refused(where, "It must be a schema.")
    for keyword, given in rules.items():
        check = _KEYWORDS.get(keyword)
        if check is None:
            raise _refused(where, f"The keyword {keyword} is not supported.")
        check(given, f"{where}.{keyword}")


_KEYWORDS: Final[dict[str, Callable[[Any, str], None]]] = {
    "type": _type,
    "title": _of(str, "a string"),
    "description": _of(str, "a string"),
    "format": _of(str, "a string"),
    "enum": _choices,
    "properties": _properties,
    "required": _texts,
    "additionalProperties": _of(bool, "true or false"),
    "items": _check_schema,
    "prefixItems": _is_schema_list,
    "minItems": _size,
    "maxItems": _size,
    "minimum": _of((int, float), "a number"),
    "maximum": _of((int, float), "a number"),
}


def _root(value: Any, name: str, textual: bool) -> dict[str, Any]:
    rules = as_object(value)
    if rules is None:
        raise invalid(name, "It must be a JSON schema.")
    if rules.get("type") != "object":
        raise _refused(name, "The type of the root must be object.")
    if "properties" not in rules:
        raise _refused(name, "The root must have properties.")
    _check_schema(rules, name)
    return rules


_ENRICHMENT: Final[dict[str, Fields]] = {
    "json_schema": {"type": needed(text()), "json_schema": needed(_root)},
    "description": {"type": needed(text()), "description": needed(text(1, 10_000))},
}


def _enrichment(value: Any, name: str, textual: bool) -> dict[str, Any]:
    given = as_object(value)
    if given is None:
        raise invalid(name, "It must be an object.")
    kind = one_of(*_ENRICHMENT)(given.get("type"), f"{name}.type", False)
    return dict(obj(_ENRICHMENT[kind])(given, name, False))


INGESTION: Final[Fields] = {
    "ingestion_config": optional(obj({"enrichment_config": needed(_enrichment)}))
}
