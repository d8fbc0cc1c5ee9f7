"""The parts of a JSON schema, read without a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

__all__ = ["Schema", "SchemaError", "listed", "mapped", "resolve", "same"]

Schema = Mapping[str, object]


class SchemaError(ValueError):
    """A schema that no value was found for, or that is malformed; the message says where."""


def resolve(reference: object, root: object) -> object:
    """The schema that a ``$ref`` within the document names."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise SchemaError(f"$ref {reference!r} does not name a part of the schema itself.")
    part = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(part, Mapping) and name in part:
            part = cast("Schema", part)[name]
        elif isinstance(part, list) and name in map(str, range(len(cast("list[object]", part)))):
            part = cast("list[object]", part)[int(name)]
        else:
            raise SchemaError(f"$ref {reference!r} names nothing.")
    return part


def mapped(schema: Schema, name: str) -> Schema:
    """The mapping at a keyword, such as ``properties``; an empty one where there is none."""
    value = schema.get(name)
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def listed(schema: Schema, name: str) -> list[object]:
    """The list at a keyword, such as ``anyOf`` or ``enum``; an empty one where there is none."""
    value = schema.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        left, right = cast("Schema", one), cast("Schema", other)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(one, list) and isinstance(other, list):
        ones, others = cast("list[object]", one), cast("list[object]", other)
        return len(ones) == len(others) and all(map(same, ones, others))
    return one == other
