"""Which JSON schemas an analysis takes, and how it refuses the others."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from twelvelabs_async.sandbox.analysis_schema import check_output_schema
from twelvelabs_async.sandbox.errors import ApiError
from twelvelabs_async.sandbox.media.json_schema import standard, time_value

NAME = "response_format.json_schema"
TEXT = {"type": "string"}
TIME = {"type": "timestamp", "format": "hh:mm:ss"}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        of(a=TEXT, b={"type": ["string", "null"]}),
        of(a={"type": "integer", "minimum": 1, "exclusiveMaximum": 9}),
        of(a={"type": "string", "pattern": "^a", "format": "uuid"}),
        of(a={"type": "array", "items": TEXT, "minItems": 1}),
        of(a={"const": "x"}, b={"enum": [1, None, True, "x"]}),
        of(a={"anyOf": [TEXT, {"type": "null"}]}),
        {**of(a={"$ref": "#/$defs/b"}), "$defs": {"b": TEXT}},
        {**of(a={"$ref": "#/$defs/b~1c~0"}), "$defs": {"b/c~": TEXT}},
        {**of(a={**TEXT, "description": "d", "title": "t", "$comment": "c"}), "required": ["a"]},
        of(a=TIME, b={"type": "array", "items": of(c=TIME)}),
        of(start_time={"type": "number"}, end_time={"type": "integer"}),
        of(a={"type": "array", "items": of(start_time=TEXT, end_time=TIME)}),
        of(maxItems=TEXT, additionalProperties=TEXT, timestamp=TEXT),
    ],
)
def test_a_schema_within_the_rules_is_taken(schema: dict[str, Any]) -> None:
    check_output_schema(schema, NAME)


@pytest.mark.parametrize(
    ("schema", "status", "path"),
    [
        ({**of(a=TEXT), "additionalProperties": False}, 422, ""),
        (of(a={**TEXT, "minLength": 1}), 422, ".properties.a"),
        (of(a={**TEXT, "maxLength": 1}), 422, ".properties.a"),
        (of(a={"type": "array", "uniqueItems": True}), 422, ".properties.a"),
        (of(a={"type": "array", "items": of(b={"type": "array", "maxItems": 1})}), 422, None),
        (of(a={"allOf": [TEXT]}), 422, ".properties.a"),
        (of(a={"oneOf": [TEXT]}), 422, ".properties.a"),
        (of(a={"not": TEXT}), 422, ".properties.a"),
        (of(a={"type": "number", "minimum": 1}), 422, ".properties.a"),
        (of(a={"anyOf": [{**TEXT, "maxLength": 1}]}), 422, ".properties.a.anyOf[0]"),
        ({**of(a=TEXT), "$defs": {"b": {**TEXT, "maxLength": 1}}}, 422, ".$defs.b"),
        (of(a={**TEXT, "format": "email"}), 400, ".properties.a.format"),
        (of(a={"type": "array", "minItems": 2}), 400, ".properties.a.minItems"),
        (of(a={"type": "date"}), 400, ".properties.a.type"),
        (of(a={"enum": [[1]]}), 400, ".properties.a.enum"),
        (of(a={"$ref": "#/$defs/b"}), 400, ".properties.a.$ref"),
        (of(a={"$ref": "https://example.com/a"}), 400, ".properties.a.$ref"),
        *(
            ({**of(a={"$ref": name}), "$defs": {"b": TEXT}}, 400, ".properties.a.$ref")
            for name in ("b", "#/$defs/b/type", "#b")
        ),
        (of(a={"type": "timestamp"}), 400, ".properties.a.format"),
        (of(a={"type": "timestamp", "format": "ms"}), 400, ".properties.a.format"),
        (of(a=of(b=TIME)), 400, ".properties.a.properties.b"),
        (of(a={"anyOf": [TIME]}), 400, ".properties.a.anyOf[0]"),
        (of(a={"oneOf": [TIME]}), 400, ".properties.a.oneOf[0]"),
        (of(a={"type": "array", "items": TIME}), 400, ".properties.a.items"),
        (of(a={"type": ["timestamp", "null"]}), 400, ".properties.a"),
        ({**of(a={"$ref": "#/$defs/b"}), "$defs": {"b": TIME}}, 400, ".$defs.b"),
        (TIME, 400, ""),
        (of(start_time={**TEXT, "format": "time"}), 400, ".properties.start_time.format"),
        (of(end_time={"type": "boolean"}), 400, ".properties.end_time.type"),
        (of(a=of(start_time={"type": "array"})), 400, None),
        (of(a={"type": "array", "items": of(end_time={"$ref": "#"})}), 400, None),
        (of(a=True), 400, ".properties.a"),
        ({"type": "object", "required": "a"}, 400, ".required"),
        ({"type": "object", "required": [1]}, 400, ".required"),
        ({"type": "object", "properties": []}, 400, ".properties"),
        (of(a={"type": "integer", "minimum": "1"}), 400, ".properties.a.minimum"),
        (of(a={"type": "string", "pattern": 1}), 400, ".properties.a.pattern"),
        (of(a={"anyOf": []}), 400, ".properties.a.anyOf"),
        (of(a={"anyOf": {}}), 400, ".properties.a.anyOf"),
    ],
)
def test_a_schema_outside_the_rules_is_refused(
    schema: dict[str, Any], status: int, path: str | None
) -> None:
    with pytest.raises(ApiError) as caught:
        check_output_schema(schema, NAME)
    assert caught.value.status == status
    assert caught.value.code == "parameter_invalid"
    assert caught.value.message.startswith(NAME)
    if path is not None:
        assert caught.value.details["field"] == NAME + path


def test_a_missing_format_is_worded_as_the_service_words_it() -> None:
    with pytest.raises(ApiError) as caught:
        check_output_schema(of(seen={"type": "timestamp"}), NAME)
    assert caught.value.message == (
        "response_format.json_schema.properties.seen.format: format is required for timestamp "
        "type; allowed values: seconds, hh:mm:ss, hh:mm:ss.fff"
    )


@pytest.mark.parametrize(
    ("seconds", "name", "text"),
    [
        (83.5, "seconds", 83.5),
        (10, "seconds", 10.0),
        (83.5, "hh:mm:ss", "00:01:24"),
        (82.49, "hh:mm:ss", "00:01:22"),
        (-1.0, "hh:mm:ss", "00:00:00"),
        (83.5, "hh:mm:ss.fff", "00:01:23.500"),
        (3661.0004, "hh:mm:ss.fff", "01:01:01.000"),
        (59.9999, "hh:mm:ss.fff", "00:01:00.000"),
    ],
)
def test_times_are_written_in_their_formats(seconds: float, name: str, text: object) -> None:
    assert time_value(seconds, name) == text


def test_a_standard_schema_says_what_the_services_own_says() -> None:
    schema = {**of(a=TEXT, b=TIME, start_time=TEXT), "required": ["b"]}
    plain = standard(schema)
    jsonschema.Draft202012Validator.check_schema(plain)
    assert list(plain["properties"]) == ["b", "a", "start_time"]  # type: ignore[call-overload]  # an object
    fits = jsonschema.Draft202012Validator(plain).is_valid
    assert fits({"b": "00:00:05", "start_time": "00:00:05.250"})
    assert not fits({"b": "5 s"})
    assert not fits({"b": "00:00:05", "start_time": "00:00:05"})
