"""The part of JSON Schema that the service takes. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from ..errors import ConfigurationError
from .json_values import is_array, is_object

__all__ = ["service_schema"]

Json = dict[str, Any]

# What the service takes, by the type of a schema.
_KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "array": ("items",),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "object": ("properties", "required"),
    "string": ("pattern", "format"),
}
_ALWAYS: Final = ("title", "description", "const", "enum", "$ref")
_FORMATS: Final = frozenset({"uuid", "date-time", "date", "time"})
# Properties of these names are times of the film, which the service writes in its own way.
_FILM_TIMES: Final = frozenset({"start_time", "end_time"})


def service_schema(schema: Json) -> Json:
    """The part of a JSON Schema that the service takes; it takes an object at the top.

    A reference at the top is written out, unions become ``anyOf``, and what else the service does
    not know is left out, as are definitions that nothing refers to.
    """
    definitions: Json = {**schema.get("$defs", {}), **schema.get("definitions", {})}
    top = schema
    seen: set[str] = set()
    while "$ref" in top and top["$ref"] not in seen:
        seen.add(top["$ref"])
        top = definitions[top["$ref"].rpartition("/")[2]]
    if top.get("type") != "object" or "properties" not in top:
        raise ConfigurationError(
            "the answer's class must be an object with named fields: a list can be one of them"
        )
    sent = _narrowed(top)
    used: Json = {}
    left = [*_references(sent)]
    while left:
        if (name := left.pop(0)) not in used:
            used[name] = _narrowed(definitions[name])
            left += _references(used[name])
    return {**sent, "$defs": used} if used else sent


def _references(value: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to."""
    if is_object(value):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item.rpartition("/")[2]
            elif key not in ("const", "enum"):
                yield from _references(item)
    elif is_array(value):
        for item in value:
            yield from _references(item)


def _narrowed(schema: Any) -> Json:
    if not is_object(schema):  # true: anything
        return {}
    union = schema.get("anyOf") or schema.get("oneOf")
    parts = schema.get("allOf")
    if parts and len(parts) == 1 and not union:
        return _narrowed({**parts[0], **{k: v for k, v in schema.items() if k != "allOf"}})
    sent: Json = {key: schema[key] for key in _ALWAYS if key in schema}
    if "$ref" in sent:
        sent["$ref"] = f"#/$defs/{sent['$ref'].rpartition('/')[2]}"
    if union:
        sent["anyOf"] = [_narrowed(member) for member in union]
        return sent
    kind = schema.get("type")
    if is_array(kind):
        sent["anyOf"] = [_narrowed({**schema, "type": each}) for each in kind]
        return sent
    if kind is None and "enum" in sent:
        kind = _kind_of(sent["enum"])
    if kind == "integer" and not sent.keys().isdisjoint(("const", "enum")):
        kind = "number"  # of which alone the service takes a choice
    if kind is None:
        return sent
    sent["type"] = kind
    for key in _KEYWORDS.get(kind, ()):
        if key in schema:
            sent[key] = schema[key]
    if sent.get("format") not in (None, *_FORMATS):
        del sent["format"]
    if kind == "object":
        _fill_object(schema, sent)
    elif kind == "array":
        _fill_array(schema, sent)
    return sent


def _fill_object(schema: Mapping[str, Any], sent: Json) -> None:
    properties = schema.get("properties")
    if properties is not None:
        sent["properties"] = {
            name: _film_time(_narrowed(each)) if name in _FILM_TIMES else _narrowed(each)
            for name, each in properties.items()
        }
    if "required" in sent:
        sent["required"] = [*sent["required"]]


def _film_time(schema: Json) -> Json:
    """The schema of a time of the film: of one type, and text has no format."""
    members: list[Json] = schema.get("anyOf", [schema])
    kinds = ("number", "integer", "string")
    found = next((each for each in members if each.get("type") in kinds), schema)
    return {key: value for key, value in found.items() if key != "format"}


def _fill_array(schema: Mapping[str, Any], sent: Json) -> None:
    # Of a tuple each place has a type of its own: the service takes one for all.
    places = schema.get("prefixItems")
    if places:
        kinds = [_narrowed(each) for each in places]
        unique = [kind for at, kind in enumerate(kinds) if kind not in kinds[:at]]
        sent["items"] = unique[0] if len(unique) == 1 else {"anyOf": unique}
    elif is_object(schema.get("items")):
        sent["items"] = _narrowed(schema["items"])
    else:
        sent.pop("items", None)
    if schema.get("minItems", 0) >= 1:
        sent["minItems"] = 1


def _kind_of(values: Any) -> str | None:
    """The type that all values of an enumeration have."""
    kinds: set[type] = {type(value) for value in cast("list[object]", values)}
    if kinds == {str}:
        return "string"
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else None
