"""``/analyze/tasks``: analyses that run as jobs."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox import fetch as fetching

pytestmark = pytest.mark.anyio

SCENES = {"id": "scene", "description": "Each scene of the film"}
FIELDS: list[dict[str, Any]] = [
    {"name": "colour", "type": "string", "description": "The prevailing colour"},
    {"name": "kind", "type": "string", "description": "One of", "enum": ["red", "green", "blue"]},
    {"name": "appears", "type": "timestamp", "format": "hh:mm:ss.fff", "description": "When"},
    {"name": "tags", "type": "array", "items": {"type": "string"}, "description": "Words"},
    {"name": "is_loud", "type": "boolean", "description": "Whether it is loud"},
    {"name": "colour_count", "type": "integer", "description": "How many colours"},
    {"name": "brightness", "type": "number", "description": "How bright"},
]


def asked(asset: str, **more: Any) -> dict[str, Any]:
    return {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "Which colours?", **more}


def segmented(asset: str, *definitions: Any, **more: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {"type": "segment_definitions"}
    wanted["segment_definitions"] = list(definitions)
    if "segment_time_format" in more:
        wanted["segment_time_format"] = more.pop("segment_time_format")
    return {
        "video": {"type": "asset_id", "asset_id": asset},
        "analysis_mode": "time_based_metadata",
        "response_format": wanted,
        **more,
    }


async def made(api: Api, body: Any, **how: Any) -> str:
    return str((await api("POST", "/analyze/tasks", 202, json=body, **how))["task_id"])


async def task(api: Api, identifier: str) -> Any:
    return await api("GET", f"/analyze/tasks/{identifier}")


async def error(api: Api, status: int, method: str, path: str, **how: Any) -> Any:
    """The error of a refusal in the nested shape."""
    found = (await api(method, path, status, **how))["error"]
    assert found["message"]
    return found


async def test_each_state_is_seen_with_the_clock_stopped(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        reply = await api("POST", "/analyze/tasks", 202, json=asked(asset, custom_id="a-1"))
        assert reply["status"] == "queued"
        seen = []
        for seconds in (0.0, 0.2, 0.2, 0.6):
            api.sandbox.advance(seconds)
            found = await task(api, reply["task_id"])
            seen.append(found["status"])
            assert ("result" in found) == ("completed_at" in found) == (found["status"] == "ready")
        assert seen == ["queued", "pending", "processing", "ready"]
        assert found["custom_id"] == "a-1"
        assert found["video_source"] == {
            "type": "asset_id",
            "asset_id": asset,
            "system_metadata": {"duration": pytest.approx(9, abs=0.1)},
        }
        assert found["request_params"] == {"analysis_mode": "general", "prompt": "Which colours?"}
        result = found["result"]
        assert all(colour in result["data"] for colour in ("red", "green", "blue"))
        assert result["finish_reason"] == "stop"
        assert result["usage"]["input_tokens"] > 1
        assert result["usage"]["output_tokens"] > 10
        assert result["generation_id"]
        assert "webhooks" not in found
        assert "error" not in found


async def test_a_task_covers_its_window_only(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    found = await task(api, await made(api, asked(asset, start_time=6.5, end_time=8.5)))
    assert "blue" in found["result"]["data"]
    assert "red" not in found["result"]["data"]
    assert found["request_params"]["start_time"] == 6.5


async def test_segments_are_the_films_shots(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    found = await task(api, await made(api, segmented(asset, {**SCENES, "fields": FIELDS})))
    segments = json.loads(found["result"]["data"])["scene"]
    assert [(each["start_time"], each["end_time"]) for each in segments] == [
        (0.0, pytest.approx(3, abs=0.1)),
        (pytest.approx(3, abs=0.1), pytest.approx(6, abs=0.1)),
        (pytest.approx(6, abs=0.1), pytest.approx(9, abs=0.1)),
    ]
    metadata = [each["metadata"] for each in segments]
    assert [each["colour"] for each in metadata] == ["red", "green", "blue"]
    assert [each["kind"] for each in metadata] == ["red", "green", "blue"]
    assert [each["is_loud"] for each in metadata] == [False, False, True]
    assert metadata[1]["appears"].startswith("00:00:0")
    assert len(metadata[1]["appears"]) == len("00:00:03.000")
    for each in metadata:
        assert list(each) == [given["name"] for given in FIELDS]
        assert all(isinstance(tag, str) for tag in each["tags"])
        assert type(each["colour_count"]) is int
        assert 0 <= each["brightness"] <= 1
    assert found["result"]["finish_reason"] == "stop"
    wanted = found["request_params"]["response_format"]
    assert wanted["segment_definitions"] == [{**SCENES, "fields": FIELDS}]


async def test_segments_keep_to_what_is_asked(api: Api, film: Path) -> None:
    asset = await api.asset(film)

    async def spans(body: Any) -> list[tuple[Any, Any]]:
        data = (await task(api, await made(api, body)))["result"]["data"]
        return [(each["start_time"], each["end_time"]) for each in json.loads(data)["scene"]]

    clock = await spans(segmented(asset, SCENES, segment_time_format="hh:mm:ss"))
    assert clock[0] == ("00:00:00", "00:00:03")
    fine = await spans(segmented(asset, SCENES, segment_time_format="hh:mm:ss.fff"))
    assert fine[0][0] == "00:00:00.000"
    long = await spans(segmented(asset, SCENES, min_segment_duration=5))
    assert all(end - start >= 5 for start, end in long)
    short = await spans(segmented(asset, SCENES, max_segment_duration=2))
    assert all(end - start <= 2.001 for start, end in short)
    assert len(short) > 3
    ranges = [{"start_time": 5, "end_time": 7}, {"start_time": 1, "end_time": 3}]
    within = await spans(segmented(asset, {**SCENES, "time_ranges": ranges}))
    assert within[0][0] == 1
    assert within[-1][1] == 7
    assert all(end <= 3 or start >= 5 for start, end in within)
    window = await spans(segmented(asset, SCENES, start_time=2, end_time=8))
    assert (window[0][0], window[-1][1]) == (2, 8)


async def test_a_definition_finds_what_it_describes(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    body = segmented(asset, {"id": "green", "description": "Green scenes"})
    segments = json.loads((await task(api, await made(api, body)))["result"]["data"])["green"]
    assert [each["start_time"] for each in segments] == [pytest.approx(3, abs=0.1)]


async def test_the_newest_model_lists_events(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    inner = [{"name": "label", "type": "string", "description": "What happens"}]
    events = {
        "name": "events",
        "type": "time_array",
        "description": "What happens when",
        "items": {"type": "object", "fields": inner},
    }
    body = segmented(
        asset, {**SCENES, "fields": [events]}, model_name="pegasus1.6", max_tokens="unlimited"
    )
    found = await task(api, await made(api, body))
    for segment in json.loads(found["result"]["data"])["scene"]:
        for event in segment["metadata"]["events"]:
            assert set(event) == {"start_time", "end_time", "label"}
            assert segment["start_time"] <= event["start_time"] < event["end_time"]
            assert event["end_time"] <= segment["end_time"]
    older = {**body, "model_name": "pegasus1.5", "max_tokens": 4096}
    refusal = await error(api, 400, "POST", "/analyze/tasks", json=older)
    assert "response_format.segment_definitions[0].fields[0].type" in refusal["message"]


async def test_limits_of_tokens_cut_text_and_fail_segments(film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(film)
        body = asked(asset, max_tokens=512)
        schema = {
            "type": "object",
            "properties": {f"part_{number}": {"type": "string"} for number in range(60)},
        }
        schema["required"] = list(schema["properties"])
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
        found = await task(api, await made(api, body))
        assert found["status"] == "ready"
        assert found["result"]["finish_reason"] == "length"
        assert found["result"]["usage"]["output_tokens"] == 512
        assert found["error"]["message"]
        fields = [
            {"name": f"text_{number}", "type": "string", "description": "x"} for number in range(60)
        ]
        body = segmented(asset, {**SCENES, "fields": fields}, max_tokens=2048)
        found = await task(api, await made(api, body))
        assert found["status"] == "failed"
        assert "result" not in found
        assert found["error"]["message"]


async def test_an_analysis_by_url_by_base64_and_by_video(film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(film)
        url = (await api("GET", f"/assets/{asset}"))["url"]
        index = await api.index()
        video = await api.video(index, film)
        coded = base64.b64encode(film.read_bytes()).decode()
        sources: dict[str, dict[str, Any]] = {
            "url": {"video": {"type": "url", "url": url}},
            "base64_string": {"video": {"type": "base64_string", "base64_string": coded}},
            "video_id": {"video_id": video},
        }
        for kind, source in sources.items():
            found = await task(api, await made(api, {**source, "prompt": "Which colours?"}))
            assert found["status"] == "ready", found
            assert "green" in found["result"]["data"]
            assert found["video_source"]["type"] == kind
            assert "base64_string" not in found["video_source"]
        assert found["video_source"]["index_id"] == index
        listed = await api("GET", "/analyze/tasks", query={"video_url": url})
        assert len(listed["data"]) == 1


async def test_a_url_that_fails_fails_the_task(api: Api) -> None:
    gone = api.sandbox.storage_url + "/nothing.mp4"
    for url in (gone, "https://example.com/film.mp4"):
        body = {"video": {"type": "url", "url": url}, "prompt": "What?"}
        found = await task(api, await made(api, body))
        assert found["status"] == "failed"
        assert found["error"]["code"] in ("source_unavailable", "source_not_authorized")
        assert found["completed_at"]


async def test_a_task_waits_for_its_asset(film: Path) -> None:
    async with serving(timings=Timings(asset=5), speed=0) as api:
        asset = await api.asset(film)
        identifier = await made(api, asked(asset))
        api.sandbox.advance(4)
        assert (await task(api, identifier))["status"] == "queued"
        api.sandbox.advance(2)
        assert (await task(api, identifier))["status"] == "ready"


async def test_pictures_are_analysed_by_the_newest_model(
    api: Api, film: Path, picture: Path
) -> None:
    coded = base64.b64encode(picture.read_bytes()).decode()
    image = {"name": "one", "base64_string": coded}
    body = {"image": [image], "prompt": "Which colours?", "model_name": "pegasus1.6"}
    found = await task(api, await made(api, body))
    assert "green" in found["result"]["data"]
    assert "video_source" not in found
    assert found["request_params"]["image"] == [{"name": "one", "media_type": "image"}]
    both = [image, {**image, "name": "two"}]
    found = await task(api, await made(api, {**body, "image": both}))
    assert "one: " in found["result"]["data"]
    assert "two: " in found["result"]["data"]
    refused: list[dict[str, Any]] = [
        {"model_name": "pegasus1.5"},
        {"prompt": "Is <@one> green?", "image": both},
        {"prompt": "Is <@three> green?"},
        {"image": [image, image]},
        {"image": [{**image, "name": "a-b"}]},
        {"image": []},
        {"image": [{"name": "one", "base64_string": base64.b64encode(b"no").decode()}]},
        {"image": [{"name": "one", "url": "http://example.com/a.jpg"}]},
        {"start_time": 1},
        {"prompt": None},
        {"prompt": None, "prompt_v2": {"input_text": "What?"}},
        {"video": {"type": "url", "url": "https://example.com/a.mp4"}},
        {"analysis_mode": "time_based_metadata"},
    ]
    for change in refused:
        await error(api, 400, "POST", "/analyze/tasks", json={**body, **change})


async def test_a_prompt_refers_to_pictures(api: Api, film: Path, picture: Path) -> None:
    asset = await api.asset(film)
    coded = base64.b64encode(picture.read_bytes()).decode()
    source = {"name": "still", "media_type": "image", "base64_string": coded}
    prompt = {"input_text": "When is <@still> seen?", "media_sources": [source]}
    body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt_v2": prompt}
    found = await task(api, await made(api, body))
    assert "still looks most like the film at 4." in found["result"]["data"]
    shown = found["request_params"]["prompt_v2"]
    assert shown["media_sources"] == [{"name": "still", "media_type": "image"}]
    body["prompt_v2"] = {**prompt, "input_text": "When is <@other> seen?"}
    await error(api, 400, "POST", "/analyze/tasks", json=body)


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"custom_id": ""}, 400, "custom_id"),
        ({"custom_id": "a" * 65}, 400, "custom_id"),
        ({"custom_id": "a b"}, 400, "custom_id"),
        ({"model_name": "pegasus9"}, 400, "model_name"),
        ({"model_name": "pegasus1.2", "max_tokens": 4097}, 400, "max_tokens"),
        ({"video": None}, 400, "video"),
        ({"video": {"type": "asset_id"}}, 400, "video.asset_id"),
        ({"video": {"type": "file"}}, 400, "video.type"),
        ({"video": {"type": "asset_id", "asset_id": "5" * 24}}, 404, None),
        ({"prompt": None}, 400, "prompt"),
        ({"prompt": ""}, 400, "prompt"),
        ({"prompt_v2": {"input_text": "What?"}}, 400, "prompt_v2"),
        ({"analysis_mode": "segments"}, 400, "analysis_mode"),
        ({"temperature": 1.5}, 400, "temperature"),
        ({"max_tokens": 511}, 400, "max_tokens"),
        ({"max_tokens": 98_305}, 400, "max_tokens"),
        ({"max_tokens": "unlimited"}, 400, "max_tokens"),
        ({"max_tokens": "many"}, 400, "max_tokens"),
        ({"min_segment_duration": 3}, 400, "min_segment_duration"),
        ({"start_time": -1}, 400, "start_time"),
        ({"start_time": 5, "end_time": 5}, 400, "end_time"),
        ({"start_time": 5, "end_time": 5.5}, 400, None),
        ({"start_time": 50}, 400, "start_time"),
        ({"end_time": 50}, 400, "end_time"),
        ({"response_format": {"type": "segment_definitions"}}, 400, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format.json_schema"),
        ({"humour": 1}, 400, "humour"),
    ],
)
async def test_a_wrong_general_task_is_refused(
    api: Api, film: Path, change: dict[str, Any], status: int, field: str | None
) -> None:
    body = {**asked(await api.asset(film)), **change}
    found = await error(api, status, "POST", "/analyze/tasks", json=body)
    if field is not None:
        assert found["details"]["field"] == field


FIELD = {"name": "a", "type": "string", "description": "b"}
ARRAY = {"type": "array", "items": {"type": "string"}}
RANGE = {"start_time": 1, "end_time": 4}


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({"description": ""}, ".description"),
        ({"id": None}, ".id"),
        ({"fields": [{**FIELD, "type": "date"}]}, ".fields[0].type"),
        ({"fields": [{**FIELD, "name": "start_time"}]}, ".fields[0].name"),
        ({"fields": [{**FIELD, "name": "metadata"}]}, ".fields[0].name"),
        ({"fields": [FIELD, FIELD]}, ".fields[1].name"),
        ({"fields": [{**FIELD, "description": None}]}, ".fields[0].description"),
        ({"fields": [{**FIELD, "format": "seconds"}]}, ".fields[0].format"),
        ({"fields": [{**FIELD, "type": "timestamp"}]}, ".fields[0].format"),
        ({"fields": [{**FIELD, "type": "timestamp", "format": "h"}]}, ".fields[0].format"),
        (
            {"fields": [{**FIELD, "type": "timestamp", "format": "seconds", "enum": ["a"]}]},
            ".fields[0].enum",
        ),
        ({"fields": [{**FIELD, "enum": ["a"] * 101}]}, ".fields[0].enum"),
        ({"fields": [{**FIELD, "type": "array"}]}, ".fields[0].items"),
        ({"fields": [{**FIELD, "items": {"type": "string"}}]}, ".fields[0].items"),
        ({"fields": [{**FIELD, **ARRAY, "items": {"type": "object"}}]}, ".fields[0].items"),
        ({"media_sources": [{"name": "a", "media_type": "video"}]}, ".media_sources[0].media_type"),
        ({"time_ranges": [{"start_time": 1, "end_time": 2}]}, ".time_ranges[0]"),
        ({"time_ranges": [{"start_time": 1, "end_time": 40}]}, ".time_ranges[0]"),
        ({"time_ranges": [RANGE, {"start_time": 3, "end_time": 6}]}, ".time_ranges"),
    ],
)
async def test_a_wrong_definition_is_refused_with_its_path(
    api: Api, film: Path, definition: dict[str, Any], path: str
) -> None:
    body = segmented(await api.asset(film), {**SCENES, **definition})
    found = await error(api, 400, "POST", "/analyze/tasks", json=body)
    assert found["details"]["field"] == f"response_format.segment_definitions[0]{path}"
    assert found["code"] in ("parameter_invalid", "parameter_not_provided")


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "What?"},
        {"prompt_v2": {"input_text": "What?"}},
        {"response_format": None},
        {"response_format": {"type": "json_schema", "json_schema": {"type": "object"}}},
        {"response_format": {"type": "segment_definitions", "segment_definitions": []}},
        {"max_tokens": 2047},
        {"max_tokens": "unlimited"},
        {"min_segment_duration": 1},
        {"min_segment_duration": 5, "max_segment_duration": 4},
        {"analysis_mode": "general"},
    ],
)
async def test_a_wrong_segmentation_is_refused(
    api: Api, film: Path, change: dict[str, Any]
) -> None:
    body = {**segmented(await api.asset(film), SCENES), **change}
    await error(api, 400, "POST", "/analyze/tasks", json=body)


async def test_the_older_model_writes_and_is_retired(film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(film)
        body = asked(asset, model_name="pegasus1.2", max_tokens=5)
        identifier = await made(api, body)
        assert api.headers["Deprecation"].startswith("@")
        found = await task(api, identifier)
        assert found["result"]["usage"]["output_tokens"] == 5
        assert found["result"]["finish_reason"] == "length"
        body = segmented(asset, SCENES, model_name="pegasus1.2")
        await error(api, 400, "POST", "/analyze/tasks", json=body)
    async with serving(settings=Settings(era="2026-10")) as api:
        body = asked(await api.asset(film), model_name="pegasus1.2")
        refusal = await error(api, 400, "POST", "/analyze/tasks", json=body)
        assert refusal["details"]["field"] == "model_name"


async def test_ranges_exclude_what_else_limits_segments(api: Api, film: Path) -> None:
    definition = {**SCENES, "time_ranges": [RANGE, {"start_time": 4, "end_time": 6}]}
    asset = await api.asset(film)
    await made(api, segmented(asset, definition))
    for more in ({"start_time": 1}, {"end_time": 5}, {"min_segment_duration": 3}):
        await error(api, 400, "POST", "/analyze/tasks", json=segmented(asset, definition, **more))
    body = segmented(asset, definition, max_tokens="unlimited", model_name="pegasus1.6")
    await error(api, 400, "POST", "/analyze/tasks", json=body)
    await error(api, 400, "POST", "/analyze/tasks", json=segmented(asset, SCENES, SCENES))


async def test_a_long_film_needs_a_window(film: Path) -> None:
    async with serving(settings=Settings(max_analysis=5, max_sync_analysis=4)) as api:
        asset = await api.asset(film)
        found = await error(api, 400, "POST", "/analyze/tasks", json=asked(asset))
        assert found["code"] == "video_duration_too_long"
        await made(api, asked(asset, start_time=2, end_time=7))
        sync = {**asked(asset), "stream": False}
        await api.refused("video_duration_too_long", 400, "POST", "/analyze", json=sync)
        await api("POST", "/analyze", json={**sync, "start_time": 5.5})


async def test_lists_are_filtered_and_cut(api: Api, film: Path, other_film: Path) -> None:
    first, second = await api.asset(film), await api.asset(other_film)
    long = "Which colours are there in the whole film?"
    schema = {"type": "json_schema", "json_schema": {"type": "object", "properties": {}}}
    one = await made(api, asked(first, prompt=long, response_format=schema))
    two = await made(api, segmented(second, SCENES, {**SCENES, "id": "other"}))

    async def listed(**query: Any) -> list[Any]:
        found = await api("GET", "/analyze/tasks", query=query)
        assert found["page_info"]["total_results"] == len(found["data"])
        return [each["task_id"] for each in found["data"]]

    assert await listed() == [two, one]
    assert await listed(asset_id=first) == [one]
    assert await listed(analysis_mode="time_based_metadata") == [two]
    assert await listed(status="ready") == [two, one]
    assert await listed(status="queued") == []
    assert await listed(video_url="https://example.com") == []
    await api.refused("parameter_invalid", 400, "GET", "/analyze/tasks", query={"status": "done"})
    shown = {each["task_id"]: each for each in (await api("GET", "/analyze/tasks"))["data"]}
    assert shown[one]["request_params"]["prompt"] == long[:30]
    assert shown[one]["request_params"]["response_format"] == {"type": "json_schema"}
    assert len(shown[two]["request_params"]["response_format"]["segment_definitions"]) == 1
    assert (await task(api, one))["request_params"]["prompt"] == long
    assert shown[one]["custom_id"] is None


async def test_canceling(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        for seconds in (0.0, 0.3, 0.5):
            identifier = await made(api, asked(asset))
            api.sandbox.advance(seconds)
            for _ in range(2):
                reply = await api("POST", f"/analyze/tasks/{identifier}/cancel")
                assert reply == {"task_id": identifier, "status": "canceled"}
            api.sandbox.advance(9)
            found = await task(api, identifier)
            assert found["status"] == "canceled"
            assert found["error"]["code"] == "user_canceled"
            assert found["completed_at"]
            assert "result" not in found
        identifier = await made(api, asked(asset))
        api.sandbox.advance(9)
        await error(api, 409, "POST", f"/analyze/tasks/{identifier}/cancel")
        await error(api, 404, "POST", f"/analyze/tasks/{'5' * 24}/cancel")


async def test_deleting(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        identifier = await made(api, asked(asset))
        path = f"/analyze/tasks/{identifier}"
        api.sandbox.advance(0.5)
        await error(api, 409, "DELETE", path)
        api.sandbox.advance(1)
        await api("DELETE", path, 204)
        for method in ("GET", "DELETE"):
            await error(api, 404, method, path)
        queued = await made(api, asked(asset))
        await api("DELETE", f"/analyze/tasks/{queued}", 204)
        assert (await api("GET", "/analyze/tasks"))["data"] == []


async def test_an_idempotency_key_creates_once(film: Path) -> None:
    async with serving(speed=0) as api:
        asset = await api.asset(film)
        headers = {"Idempotency-Key": "key-1"}
        first = await made(api, asked(asset), headers=headers)
        assert await made(api, asked(asset), headers=headers) == first
        assert await made(api, asked(asset)) != first
        assert await made(api, asked(asset), headers={"Idempotency-Key": "key-2"}) != first
        other = {"json": asked(asset, prompt="What else?"), "headers": headers}
        refusal = await error(api, 409, "POST", "/analyze/tasks", **other)
        assert refusal["code"] == "idempotency_key_reused"
        wrong = {"json": asked(asset, max_tokens=1), "headers": {"Idempotency-Key": "key-3"}}
        await error(api, 400, "POST", "/analyze/tasks", **wrong)
        await made(api, asked(asset), headers={"Idempotency-Key": "key-3"})
        api.sandbox.advance(24 * 3600)
        assert await made(api, asked(asset), headers=headers) != first
        long = {"json": asked(asset), "headers": {"Idempotency-Key": "k" * 256}}
        await error(api, 400, "POST", "/analyze/tasks", **long)


async def test_requests_with_one_key_at_the_same_time_create_once(
    film: Path, tmp_path: Path
) -> None:
    async with serving(data=tmp_path) as api:
        body, headers = asked(await api.asset(film)), {"Idempotency-Key": "key"}
        found = await asyncio.gather(*[made(api, body, headers=headers) for _ in range(5)])
        assert len(set(found)) == 1
        assert len((await api("GET", "/analyze/tasks"))["data"]) == 1
    async with serving(data=tmp_path) as api:
        assert await made(api, body, headers=headers) == found[0]


async def test_a_task_can_be_held_and_failed(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        for state in ("queued", "pending", "processing"):
            hold = api.sandbox.faults.hold("analyze.task", state, custom_id="held")
            held, free = (
                await made(api, asked(asset, custom_id="held")),
                await made(api, asked(asset)),
            )
            api.sandbox.advance(100_000)
            assert (await task(api, held))["status"] == state
            assert (await task(api, free))["status"] == "ready"
            hold.release()
            api.sandbox.advance(0.9)
            assert (await task(api, held))["status"] == "ready"
        api.sandbox.faults.fail("analyze.task", code="model_busy", message="Later.")
        failed, free = await made(api, asked(asset)), await made(api, asked(asset))
        api.sandbox.advance(1)
        found = await task(api, failed)
        assert found["status"] == "failed"
        assert found["error"] == {"code": "model_busy", "message": "Later."}
        assert (await task(api, free))["status"] == "ready"
        with pytest.raises(ValueError, match="has no state 'ready'"):
            api.sandbox.faults.hold("analyze.task", "ready")


async def test_tasks_outlive_a_run(
    film: Path, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The film that hangs is waited for after the reply.
    monkeypatch.setattr(fetching, "_OPENING_SECONDS", 0.01)
    async with serving(timings=Timings(asset=0), speed=0, data=tmp_path) as api:
        asset = await api.asset(film)
        done = await made(api, asked(asset), headers={"Idempotency-Key": "k"})
        api.sandbox.advance(5)
        result = (await task(api, done))["result"]
        begun = await made(api, asked(asset))
        address = (await api("GET", f"/assets/{asset}"))["url"]
        api.sandbox.faults.add("GET", origin="storage", end="hang", times=None)
        url = {"video": {"type": "url", "url": address}}
        pictured = {"name": "a", "media_type": "image"}
        coded = base64.b64encode(picture.read_bytes()).decode()
        source = {**pictured, "base64_string": coded}
        prompt = {"input_text": "When?", "media_sources": [source]}
        coming = await made(api, {**url, "prompt_v2": prompt})
        await api("DELETE", f"/assets/{asset}", 204)
    async with serving(data=tmp_path) as api:
        assert (await task(api, done))["result"] == result
        for _ in range(100):
            found = await task(api, begun)
            if found["status"] == "ready":
                break
            api.sandbox.advance(1)
        assert "green" in found["result"]["data"]
        api.sandbox.advance(1)
        found = await task(api, coming)
        assert found["status"] == "failed"
        assert "interrupted" in found["error"]["message"]


async def test_a_deleted_asset_stays_for_its_tasks(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        identifier = await made(api, asked(asset))
        await api("DELETE", f"/assets/{asset}", 204)
        api.sandbox.advance(5)
        assert (await task(api, identifier))["status"] == "ready"
        assert any((api.sandbox.data / "files").iterdir())
        await api("DELETE", f"/analyze/tasks/{identifier}", 204)
        assert not any((api.sandbox.data / "files").iterdir())


async def test_a_task_ends_with_nobody_asking(film: Path) -> None:
    ended: list[Any] = []
    timings = Timings(asset=0, queued=0.01, pending=0.01, analysis=0.01)
    async with serving(timings=timings) as api:
        asset = await api.asset(film)
        context = api.sandbox._context
        context.notifier.publish = lambda kind, record: ended.append((kind, record.id))  # type: ignore[method-assign]  # what is published is what is tested
        identifier = await made(api, asked(asset))
        for _ in range(300):
            if ended:
                break
            await anyio.sleep(0.05)
        assert ended == [("analyze.task", identifier)]
