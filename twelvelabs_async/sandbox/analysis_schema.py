"""Which JSON schemas an analysis takes: a part of Draft 2020-12, and the type ``timestamp``.

A keyword that the service does not support is refused with 422, a wrong value of another with 400.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .checks import as_array, as_object
from .errors import ApiError, invalid
from .jobs import JobRunner
from .media.json_schema import TIMES, SchemaError, check_within_limits, is_time_format
from .schema_form import malformed

__all__ = ["check_output_schema", "check_satisfiable"]

_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_IGNORED: Final = (
    *("title", "description", "$comment", "$comments", "default", "examples", "$schema", "$id"),
    *("deprecated", "readOnly", "writeOnly"),
)
_ANYWHERE: Final = ("type", "enum", "const", "anyOf", "$ref", "$defs", *_IGNORED)
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_OF_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(_BOUNDS, "integer"),
    **dict.fromkeys(("pattern", "format"), "string"),
    **dict.fromkeys(("properties", "required"), "object"),
    **dict.fromkeys(("items", "minItems"), "array"),
}
_FORMATS: Final = ("uuid", "date-time", "date", "time")
_RESERVED: Final = ("start_time", "end_time")
_PARTS: Final = ("items", "anyOf", "oneOf", "allOf", "not", "properties", "$defs")
_DEFINITIONS: Final = "#/$defs/"
_ALLOWED_TIMES: Final = f"allowed values: {', '.join(TIMES)}"


def check_output_schema(schema: Mapping[str, Any], name: str) -> None:
    """Refuse a schema that the service refuses; ``name`` is its parameter.

    It takes a time that grows as the schema does, since no other call is answered meanwhile.
    """
    if (path := malformed(schema, name)) is not None:
        raise _invalid(path, "It is not part of a JSON schema.")
    _check_timestamps(schema, name)
    _check(schema, schema, name)


async def check_satisfiable(
    jobs: JobRunner, schema: Mapping[str, Any], filled: Mapping[str, Any] | None, name: str
) -> None:
    """Refuse a schema that is damaged, or that nothing satisfies; ``name`` is its parameter.

    ``filled`` is what the service makes of it; None where an answer is set, which is not filled.
    """
    try:
        await jobs.compose(check_within_limits, schema, filled)
    except SchemaError as error:
        raise invalid(name, str(error)) from error


def _check_timestamps(schema: Mapping[str, Any], name: str) -> None:
    for path, part, fits in _timestamps(schema, name, "root"):
        if not fits:
            raise _invalid(path, "timestamp is not supported at this position")
        if not is_time_format(part.get("format")):
            raise _invalid(
                f"{path}.format", f"format is required for timestamp type; {_ALLOWED_TIMES}"
            )


def _timestamps(
    schema: object, path: str, place: str
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Each timestamp, and whether it may be there: in a top-level object, or in one of a list."""
    part = as_object(schema)
    if part is None:
        for number, each in enumerate(as_array(schema) or []):
            yield from _timestamps(each, f"{path}[{number}]", "other")
        return
    if part.get("type") == "timestamp":
        yield path, part, place in ("property", "item property")
    elif "timestamp" in (as_array(part.get("type")) or []):
        yield path, part, False
    for key in _PARTS:
        inner = part.get(key)
        if key in ("properties", "$defs"):
            below = {"root": "property", "item": "item property"}.get(place, "other")
            for each, value in (as_object(inner) or {}).items():
                here = below if key == "properties" else "other"
                yield from _timestamps(value, f"{path}.{key}.{each}", here)
        elif inner is not None:
            here = "item" if key == "items" and place == "property" else "other"
            yield from _timestamps(inner, f"{path}.{key}", here)


def _check(schema: object, root: Mapping[str, Any], path: str) -> None:
    part = as_object(schema)
    if part is None:
        raise _invalid(path, "It must be a schema.")
    types = _types(part, path)
    for key, value in part.items():
        if key in _OF_TYPES:
            _check_keyword(key, value, types, path)
        elif key not in _ANYWHERE:
            raise _unsupported(path, key)
    for key, values in (("enum", as_array(part.get("enum"))), ("const", [part.get("const")])):
        if key in part and (not values or any(isinstance(value, dict | list) for value in values)):
            raise _invalid(f"{path}.{key}", "Its values are booleans, nulls, numbers and strings.")
    _check_parts(part, root, path)


def _check_parts(part: Mapping[str, Any], root: Mapping[str, Any], path: str) -> None:
    for key in ("properties", "$defs"):
        if key in part:
            parts = as_object(part[key])
            if parts is None:
                raise _invalid(f"{path}.{key}", "It must be an object.")
            for name, inner in parts.items():
                here = f"{path}.{key}.{name}"
                if key == "properties" and name in _RESERVED:
                    _check_reserved(inner, here)
                _check(inner, root, here)
    if "items" in part:
        _check(part["items"], root, f"{path}.items")
    if "anyOf" in part:
        choices = as_array(part["anyOf"])
        if not choices:
            raise _invalid(f"{path}.anyOf", "It must be an array of schemas.")
        for number, choice in enumerate(choices):
            _check(choice, root, f"{path}.anyOf[{number}]")
    if "$ref" in part and _named(part["$ref"]) not in (as_object(root.get("$defs")) or {}):
        raise _invalid(f"{path}.$ref", "It must name a schema in $defs.")


def _named(reference: object) -> str | None:
    """The key in ``$defs`` that a reference names, or None."""
    if not isinstance(reference, str) or not reference.startswith(_DEFINITIONS):
        return None
    key = reference.removeprefix(_DEFINITIONS)
    # A slash leads further down, unless it is escaped (RFC 6901).
    return None if "/" in key else key.replace("~1", "/").replace("~0", "~")


def _types(part: Mapping[str, Any], path: str) -> list[str]:
    given = part.get("type")
    if given is None:
        return []
    if given == "timestamp":
        return ["timestamp"]
    types: list[Any] = as_array(given) or [given]
    for each in types:
        if each not in _TYPES:
            raise _invalid(f"{path}.type", f"It must be one of: {', '.join(_TYPES)}, timestamp.")
    return types


def _check_keyword(key: str, value: Any, types: list[str], path: str) -> None:
    if "timestamp" in types:
        if key != "format":
            raise _unsupported(path, key)
        return
    if types and _OF_TYPES[key] not in types:
        raise _unsupported(path, key)
    if key == "format" and value not in _FORMATS:
        raise _invalid(f"{path}.format", f"It must be one of: {', '.join(_FORMATS)}.")
    if key in _BOUNDS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _invalid(f"{path}.{key}", "It must be a number.")
    if key == "pattern" and not isinstance(value, str):
        raise _invalid(f"{path}.pattern", "It must be a string.")
    if key == "required":
        names = as_array(value)
        if names is None or not all(isinstance(each, str) for each in names):
            raise _invalid(f"{path}.required", "It must be an array of strings.")
    if key == "minItems" and (isinstance(value, bool) or value not in (0, 1)):
        raise _invalid(f"{path}.minItems", "It must be 0 or 1.")


def _check_reserved(schema: object, path: str) -> None:
    part = as_object(schema) or {}
    kind = part.get("type")
    if kind == "string" and "format" in part:
        raise _invalid(f"{path}.format", "A time that is a string has no format.")
    if kind not in ("number", "integer", "string", "timestamp"):
        raise _invalid(f"{path}.type", "It must be number, integer, string or timestamp.")


def _invalid(path: str, why: str) -> ApiError:
    return ApiError("parameter_invalid", f"{path}: {why}", field=path)


def _unsupported(path: str, key: str) -> ApiError:
    return ApiError("parameter_invalid", f"{path}: {key} is not supported.", 422, field=path)
