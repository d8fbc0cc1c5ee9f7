"""Which JSON schemas are none, and where."""

from __future__ import annotations

from typing import Any

import pytest

from twelvelabs_async.sandbox.schema_form import malformed

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"type": ["string", "null"], "minLength": 0, "maxLength": 2.0, "pattern": "a"},
        {"type": "object", "properties": {"minLength": TEXT}, "required": ["minLength"]},
        {"allOf": [TEXT, True], "not": False, "additionalProperties": False},
        {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True, "prefixItems": [TEXT]},
        {"enum": [1, None, "a"], "const": {"anything": 5}, "default": -1, "$ref": "#/$defs/a"},
        {"type": "number", "minimum": -1e30, "multipleOf": 0.1},
    ],
)
def test_a_schema(schema: Any) -> None:
    assert malformed(schema, "s") is None


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (5, "s"),
        ({"minLength": -1e30}, "s.minLength"),
        ({"minLength": 1.5}, "s.minLength"),
        ({"maxItems": True}, "s.maxItems"),
        ({"minItems": float("inf")}, "s.minItems"),
        ({"properties": {"a": {}}, "allOf": [{"properties": 5}]}, "s.allOf[0].properties"),
        ({"required": ["a"], "allOf": [{"required": 5}]}, "s.allOf[0].required"),
        ({"anyOf": []}, "s.anyOf"),
        ({"items": [TEXT]}, "s.items"),
        ({"properties": {"a": {"type": 5}}}, "s.properties.a.type"),
        ({"type": []}, "s.type"),
        ({"pattern": None}, "s.pattern"),
        ({"multipleOf": 0}, "s.multipleOf"),
        ({"$defs": {"a": {"not": 1}}}, "s.$defs.a.not"),
        ({"uniqueItems": 1}, "s.uniqueItems"),
    ],
)
def test_what_is_no_schema(schema: Any, path: str) -> None:
    assert malformed(schema, "s") == path
