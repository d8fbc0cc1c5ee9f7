"""JSON schemas that are clumsy, damaged or made to do harm are answered or refused in bounds."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.support.sandbox_api import serving
from twelvelabs_async.sandbox import analysis_schema
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.json_schema import (
    SchemaError,
    fill,
    fill_within_limits,
    filling,
)
from twelvelabs_async.sandbox.media.measure.film import Film, read_film
from twelvelabs_async.sandbox.media.measure.processes import SCHEMA


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Film:
    scenes = [Scene(colour="red", seconds=2), Scene(colour="blue", seconds=3)]
    return read_film(make_film(tmp_path_factory.mktemp("films") / "made.mp4", scenes))


def needing(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}, "required": ["x"]}


def nested(levels: int, **rules: Any) -> Any:
    schema: Any = {"type": "integer"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema, **rules}
    return schema


def alternatives(levels: int, keyword: str) -> Any:
    """Each level doubles the ways that are tried; none is right."""
    schema: Any = {"type": "integer", "minimum": 2, "maximum": 1}
    for _ in range(levels):
        schema = {keyword: [schema, schema]}
    return schema


ENDLESS = {
    "plain": r"^(\S+\s*)+!$",
    "nested": r"^((a+)+)+$|^(([a-zA-Z. ]+)*)*\d$",
    "alternatives": r"^(a|a|.)*\d\d\d$",
    "classes": r"([a-z]+[a-z ]+)+[0-9]{9}$",
    "dots": r"(.*)*(.*)*x{30}$",
}
BOMBS: dict[str, Any] = {
    **{f"pattern {name}": needing({"type": "string", "pattern": p}) for name, p in ENDLESS.items()},
    **{
        f"patternProperties {name}": {
            "type": "object",
            "patternProperties": {p: {"type": "string"}},
            "properties": {"a" * 40: {}, "the lazy dog " * 4: {}},
        }
        for name, p in ENDLESS.items()
    },
    "minItems": needing(nested(2, minItems=10_000)),
    "minItems deep": needing(nested(12, minItems=4)),
    "unique items": needing(nested(1, minItems=10_000, uniqueItems=True)),
    "anyOf": needing(alternatives(22, "anyOf")),
    "oneOf": needing(alternatives(22, "oneOf")),
    "allOf": needing(alternatives(22, "allOf")),
    "not": needing({"not": alternatives(22, "anyOf")}),
    "if": needing({"if": alternatives(22, "anyOf"), "then": False}),
    "contains": needing({"type": "array", "contains": alternatives(22, "anyOf"), "minItems": 9000}),
    "ref to itself": {"$ref": "#"},
    "ref in circles": {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
    },
    "ref needs itself": needing({"$ref": "#"}),
    "ref in allOf": {"allOf": [{"$ref": "#"}]},
    "ref in anyOf": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
    "ref twice": {
        "$ref": "#/$defs/d20",
        "$defs": {
            "d0": {"type": "integer", "minimum": 2, "maximum": 1},
            **{
                f"d{n}": {"type": "array", "minItems": 2, "items": {"$ref": f"#/$defs/d{n - 1}"}}
                for n in range(1, 21)
            },
        },
    },
    "dynamic ref": {"$dynamicAnchor": "a", "$dynamicRef": "#a"},
    "long strings": needing({"type": "array", "minItems": 9000, "items": {"minLength": 10_000}}),
    "deep": needing(nested(45)),
    "enum": needing({"enum": ["red " * 5 + str(n) for n in range(100_000)]}),
    "many properties": {"type": "object", "properties": {f"p{n}": {} for n in range(60_000)}},
    "many required": {"type": "object", "required": [f"p{n}" for n in range(60_000)]},
    "wide alternatives": needing(
        {"anyOf": [{"const": n, "minimum": n + 1} for n in range(50_000)]}
    ),
}


def reason_of(function: Callable[[Any, Film], object], schema: Any, film: Film) -> str | None:
    """Why a schema is refused; None when it is answered."""
    try:
        function(schema, film)
    except SchemaError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_or_refused_in_time(
    name: str, made: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_within_limits({}, made)  # the process is there
    # Each bomb takes all the time that it may, and with less the tests end sooner.
    monkeypatch.setattr(filling, "SCHEMA", evolve(SCHEMA, seconds=0.1))
    used = sum(os.times()[:2])
    reason = reason_of(fill_within_limits, BOMBS[name], made)
    assert reason is None or 0 < len(reason) < 1_000
    # Here, where all else runs; what the other process may take has a limit of its own.
    assert sum(os.times()[:2]) - used < 3


DAMAGED: list[Any] = [
    {"type": "string", "pattern": "x{99999999999}"},
    {"type": "string", "pattern": "x{1000}{1000}{1000}"},
    {"type": "string", "pattern": "(" * 500 + ")" * 500},
    {"type": "string", "pattern": "[z-a]"},
    {"type": "string", "pattern": "\\"},
    {"type": "string", "pattern": 5},
    {"type": "string", "pattern": r"\p{Letter}+"},
    {"type": "string", "pattern": "zzz", "minLength": -1e30},
    {"properties": {"a": {}}, "allOf": [{"properties": 5}]},
    {"required": ["a"], "allOf": [{"required": 5}]},
    {"required": [5]},
    {"required": "a"},
    {"properties": [1]},
    {"properties": {"a": 5}},
    {"items": 5},
    {"items": [{"type": "string"}]},
    {"prefixItems": {}},
    {"anyOf": {}},
    {"anyOf": []},
    {"anyOf": [5]},
    {"oneOf": None},
    {"allOf": ["x"]},
    {"not": 5},
    {"if": 5},
    {"contains": "x"},
    {"enum": 5},
    {"type": 5},
    {"type": ["string", 5]},
    {"type": []},
    {"type": "text"},
    {"minimum": "x"},
    {"minimum": 1e400},
    {"type": "number", "multipleOf": 0},
    {"type": "number", "multipleOf": -1},
    {"type": "number", "multipleOf": 1e-320, "minimum": 1e300},
    {"type": "integer", "multipleOf": 1e-320},
    {"type": "number", "minimum": 1e308, "exclusiveMinimum": 1e308},
    {"type": "integer", "minimum": 10**30, "maximum": 10**30 + 5},
    {"type": "array", "minItems": 1.5},
    {"type": "array", "minItems": 1e400},
    {"minLength": True},
    {"$ref": 5},
    {"$ref": "other.json"},
    {"$ref": "#/$defs/%zz"},
    {"$ref": "#/$defs/a", "$defs": {"a": 5}},
    {"$ref": "#nowhere"},
    {"$id": "http://x/y", "$ref": "z"},
    {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string"},
    {"$schema": 5},
    {"patternProperties": {"(": {}}, "properties": {"a": {}}},
    {"patternProperties": 5},
    {"additionalProperties": 5},
    {"dependentRequired": {"a": 5}},
    {"format": 5, "type": "string"},
    {"propertyNames": {"pattern": "("}, "properties": {"a": {}}},
    {"unevaluatedProperties": False, "properties": {"a": {}}},
    {"const": {"a": [None]}},
]


@pytest.mark.parametrize("schema", DAMAGED, ids=repr)
def test_a_damaged_schema_is_answered_or_refused_with_a_reason(schema: Any, made: Film) -> None:
    for whole in (schema, needing(schema), {"anyOf": [schema, schema]}):
        assert reason_of(fill, whole, made) != ""


def test_no_reference_is_fetched(made: Film, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        target = tmp_path / "schema.json"
        target.write_text('{"type": "string"}')
        for address in (f"http://127.0.0.1:{port}/a", f"//127.0.0.1:{port}/a", target.as_uri()):
            for schema in ({"$ref": address}, {"anyOf": [{"not": {"$ref": address}}, False]}):
                with pytest.raises(SchemaError):
                    fill_within_limits(schema, made)
        with pytest.raises(BlockingIOError):
            server.accept()


def _loop(**more: Any) -> dict[str, Any]:
    return {**more, "$defs": {"a": {"$ref": "#/$defs/a"}}}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "schema",
    [
        needing({"type": "string", "pattern": "("}),
        needing({"type": "string", "pattern": "^(?=a)a$"}),
        needing({"type": "integer", "minimum": 5, "maximum": 1}),
        _loop(**{"$ref": "#/$defs/a"}),
        _loop(**needing({"$ref": "#/$defs/a"})),
    ],
    ids=repr,
)
async def test_each_call_refuses_a_schema_that_nothing_fits(schema: Any, film: Path) -> None:
    async with serving() as api:
        video = {"type": "asset_id", "asset_id": await api.asset(film)}
        wanted = {"response_format": {"type": "json_schema", "json_schema": schema}}
        single = {"video": video, "prompt": "Which?", **wanted}
        request = {"video": video, "prompt": {"input_text": "Which?"}, **wanted}
        many = {"model_name": "pegasus1.5", "analysis_mode": "general", "requests": [request]}
        store = await api("POST", "/knowledge-stores", 201, json={"name": "s"})
        asked = {
            "knowledge_store_id": store["_id"],
            "input": [{"type": "message", "role": "user", "content": "Which?"}],
            "text": {"format": {"type": "json_schema", "name": "n", "schema": schema}},
        }
        calls: list[tuple[str, Any, str]] = [
            ("/analyze", single, "response_format.json_schema"),
            ("/analyze/tasks", single, "response_format.json_schema"),
            ("/analyze/batches", many, "requests[0].response_format.json_schema"),
            ("/responses", asked, "text.format.schema"),
        ]
        for path, body, name in calls:
            refused = await api("POST", path, 400, json=body)
            refused = refused.get("error", refused)
            assert refused["code"] == "parameter_invalid"
            assert f"The {name} parameter is invalid." in refused["message"]
        for path in ("/analyze/tasks", "/analyze/batches"):
            assert (await api("GET", path))["data"] == []


@pytest.mark.anyio
async def test_a_set_answer_need_not_fit_a_schema(film: Path) -> None:
    async with serving() as api:
        api.sandbox.answers.set("As it is.")
        schema = needing({"type": "string", "pattern": "^(?=a)a$"})
        body = {
            "video": {"type": "asset_id", "asset_id": await api.asset(film)},
            "prompt": "Which?",
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
        task = await api("POST", "/analyze/tasks", 202, json=body)
        shown = await api("GET", f"/analyze/tasks/{task['task_id']}")
        assert shown["result"]["data"] == "As it is."


@pytest.mark.anyio
async def test_a_schema_of_many_requests_is_checked_once(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = list[Any]()

    def check(*given: Any) -> None:
        checked.append(given)

    monkeypatch.setattr(analysis_schema, "check_within_limits", check)
    async with serving() as api:
        asset = await api.asset(film)
        request = {"video": {"type": "asset_id", "asset_id": asset}}
        wanted = {"type": "json_schema", "json_schema": needing({"type": "string"})}
        other = {"type": "json_schema", "json_schema": needing({"type": "integer"})}
        body = {
            "model_name": "pegasus1.5",
            "analysis_mode": "general",
            "requests": [*[request] * 9, {**request, "response_format": other}],
            "defaults": {"prompt": {"input_text": "Which?"}, "response_format": wanted},
        }
        await api("POST", "/analyze/batches", 201, json=body)
        assert len(checked) == 2


@pytest.mark.anyio
async def test_a_bomb_holds_no_other_call_up(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "SCHEMA", evolve(SCHEMA, seconds=0.4))
    async with serving() as api:
        asset = await api.asset(film)

        async def analyze(schema: Any, status: int) -> Any:
            body = {
                "video": {"type": "asset_id", "asset_id": asset},
                "prompt": "Title!",
                "stream": False,
                "response_format": {"type": "json_schema", "json_schema": schema},
            }
            return await api("POST", "/analyze", status, json=body)

        assert (await analyze(needing({"type": "string"}), 200))["data"]
        body = await analyze(needing(nested(2, minItems=10_000)), 400)
        assert body["code"] == "parameter_invalid"
        assert "json_schema" in body["message"]
        bombs = [asyncio.create_task(analyze(BOMBS["pattern plain"], 400)) for _ in range(3)]
        form = [("model_name", "marengo3.0"), ("text", "red")]
        for _ in range(5):
            await api("POST", "/embed", form=form)
        began = time.monotonic()
        await asyncio.gather(*bombs)
        assert time.monotonic() - began < 60
