"""Schemas of answers, as the service changes them before it uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from .parts import Schema

__all__ = ["closed"]

_ONE: Final = ("items", "additionalItems", "contains", "not", "if", "then", "else")
_SEVERAL: Final = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED: Final = ("properties", "$defs", "definitions", "patternProperties")


def closed(schema: object) -> object:
    """The schema with all properties required and no other ones allowed, in every object of it."""
    if not isinstance(schema, Mapping):
        return schema
    rules = {name: _part(name, value) for name, value in cast("Schema", schema).items()}
    properties = rules.get("properties")
    if isinstance(properties, Mapping):
        rules["required"] = list(cast("Schema", properties))
        rules["additionalProperties"] = False
    return rules


def _part(name: str, value: object) -> object:
    if name in _ONE:
        return closed(value)
    if name in _SEVERAL and isinstance(value, list):
        return [closed(one) for one in cast("list[object]", value)]
    if name in _NAMED and isinstance(value, Mapping):
        return {key: closed(one) for key, one in cast("Schema", value).items()}
    return value
