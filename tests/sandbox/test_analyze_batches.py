"""``/analyze/batches``: many analyses in one request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio

DAY = 24 * 3600.0
COUNTERS = ("queued", "processing", "ready", "failed", "canceled")


def item(asset: str, **more: Any) -> dict[str, Any]:
    return {"video": {"type": "asset_id", "asset_id": asset}, **more}


def batch_of(*requests: Any, **more: Any) -> dict[str, Any]:
    return {
        "model_name": "pegasus1.5",
        "analysis_mode": "general",
        "defaults": {"prompt": {"input_text": "Which colours?"}},
        "requests": list(requests),
        **more,
    }


async def made(api: Api, *requests: Any, **more: Any) -> Any:
    return await api("POST", "/analyze/batches", 201, json=batch_of(*requests, **more))


async def shown(api: Api, batch: Any) -> Any:
    found = await api("GET", f"/analyze/batches/{batch['batch_id']}")
    assert sum(found[f"{state}_items"] for state in COUNTERS) == found["total_items"]
    return found


async def lines(api: Api, batch: Any) -> list[Any]:
    headers = {"x-api-key": api.sandbox.api_key}
    url = f"{api.sandbox.base_url}/analyze/batches/{batch['batch_id']}/results"
    async with api.session.get(url, headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/jsonl"
        text = await answer.text("utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


async def refused(api: Api, status: int, body: Any) -> Any:
    found = (await api("POST", "/analyze/batches", status, json=body))["error"]
    assert found["message"]
    assert (await api("GET", "/analyze/batches"))["data"] == []
    return found


async def test_a_batch_goes_through_its_states(film: Path, other_film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        first, second = await api.asset(film), await api.asset(other_film)
        prompt = {"input_text": "How long is it?"}
        batch = await made(
            api, item(first, custom_id="one"), item(second), item(first, prompt=prompt)
        )
        assert batch["status"] == "pending"
        assert batch["total_items"] == 3
        assert [each["custom_id"] for each in batch["items"]] == ["one", None, None]
        seen = []
        for seconds in (0.0, 0.3, 0.6):
            api.sandbox.advance(seconds)
            found = await shown(api, batch)
            results = await lines(api, batch)
            seen.append((found["status"], [each["status"] for each in results]))
            if seconds < 0.6:
                assert not any("data" in each or "error" in each for each in results)
        assert seen == [
            ("pending", ["queued"] * 3),
            ("processing", ["processing"] * 3),
            ("completed", ["ready"] * 3),
        ]
        assert found["completed_at"]
        assert "expired_at" not in found
        assert "webhooks" not in found
        assert [each["task_id"] for each in results] == [each["task_id"] for each in batch["items"]]
        assert [each["custom_id"] for each in results] == ["one", None, None]
        texts = [each["data"]["data"] for each in results]
        assert "green" in texts[0]
        assert "yellow" in texts[1]
        assert "9.0 s" in texts[2]
        one = await api("GET", f"/analyze/tasks/{batch['items'][0]['task_id']}")
        assert one["batch_id"] == batch["batch_id"]
        assert one["result"] == results[0]["data"]
        assert one["request_params"]["prompt_v2"] == {"input_text": "Which colours?"}


async def test_results_fit_the_schema_that_was_sent(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "colour": {"enum": ["pink", "green"]},
            "ends": {"type": "timestamp", "format": "hh:mm:ss"},
        },
        "required": ["title", "colour", "ends"],
    }
    wanted = {"type": "json_schema", "json_schema": schema}
    batch = await made(api, item(asset, response_format=wanted, start_time=3, end_time=6))
    value = json.loads((await lines(api, batch))[0]["data"]["data"])
    assert value["colour"] == "green"
    assert value["ends"] == "00:00:06"
    scenes = {"id": "scene", "description": "Each scene", "fields": []}
    defaults = {"response_format": {"type": "segment_definitions", "segment_definitions": [scenes]}}
    batch = await made(api, item(asset), analysis_mode="time_based_metadata", defaults=defaults)
    segments = json.loads((await lines(api, batch))[0]["data"]["data"])["scene"]
    assert len(segments) == 3


async def test_one_request_fails_alone(film: Path) -> None:
    async with serving(settings=Settings(max_analysis=5)) as api:
        asset = await api.asset(film)
        batch = await made(api, item(asset, custom_id="long"), item(asset, start_time=5))
        found = await shown(api, batch)
        assert found["status"] == "completed"
        assert (found["failed_items"], found["ready_items"]) == (1, 1)
        failed, ready = await lines(api, batch)
        assert failed["error"]["code"] == "video_duration_too_long"
        assert "data" not in failed
        assert "error" not in ready


async def test_a_wrong_batch_is_refused_whole(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        one = item(asset)
        wrong = [
            batch_of(one, model_name="pegasus1.6"),
            batch_of(one, analysis_mode=None),
            batch_of(),
            batch_of(one, defaults=None),
            batch_of({}),
            batch_of({"video": {"type": "url", "url": "https://example.com/a.mp4"}}),
            batch_of(item(asset, custom_id="a"), item(asset, custom_id="a")),
            batch_of(item(asset, custom_id="")),
            batch_of(item(asset, max_tokens="unlimited")),
            batch_of(item(asset, max_tokens=5)),
            batch_of(item(asset, image=[])),
            batch_of(item(asset, prompt="What?")),
            batch_of(item(asset, start_time=5, end_time=4)),
            batch_of(one, analysis_mode="time_based_metadata"),
            batch_of(*[one] * 1001),
        ]
        for body in wrong:
            await refused(api, 400, body)
        field = (await refused(api, 400, wrong[6]))["details"]["field"]
        assert field == "requests[0].custom_id"
        assert (await refused(api, 404, batch_of(one, item("5" * 24))))["code"]
        schema = {"type": "object", "additionalProperties": False}
        wanted = {"type": "json_schema", "json_schema": schema}
        await refused(api, 422, batch_of(item(asset, response_format=wanted)))


async def test_an_asset_must_be_ready(film: Path) -> None:
    async with serving(timings=Timings(asset=5), speed=0) as api:
        asset = await api.asset(film)
        assert (await refused(api, 409, batch_of(item(asset))))["code"] == "asset_not_ready"
        api.sandbox.advance(5)
        await made(api, item(asset))


async def test_five_batches_are_active_at_one_time(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        one = item(await api.asset(film))
        batches = [await made(api, one) for _ in range(5)]
        found = await api("POST", "/analyze/batches", 429, json=batch_of(one))
        assert found["error"]["code"] == "too_many_active_batches"
        await api("POST", f"/analyze/batches/{batches[0]['batch_id']}/cancel", 202)
        await api("POST", "/analyze/batches", 429, json=batch_of(one))
        api.sandbox.advance(1)
        await made(api, one)


async def test_a_batch_is_bounded_in_hours(film: Path) -> None:
    async with serving(settings=Settings(max_batch_duration=20)) as api:
        one = item(await api.asset(film))
        await refused(api, 400, batch_of(one, one, one))
        await made(api, one, one)


async def test_few_requests_are_processed_at_one_time(film: Path) -> None:
    settings = Settings(batch_places=2)
    async with serving(timings=Timings(asset=0), speed=0, settings=settings) as api:
        one = item(await api.asset(film))
        batch = await made(api, *[one] * 5)
        counts = []
        for seconds in (0.3, 0.6, 0.6, 0.6):
            api.sandbox.advance(seconds)
            found = await shown(api, batch)
            counts.append([found[f"{state}_items"] for state in COUNTERS[:3]])
        assert counts == [[3, 2, 0], [1, 2, 2], [0, 1, 4], [0, 0, 5]]


async def test_canceling_ends_what_is_queued_and_finishes_the_rest(film: Path) -> None:
    settings = Settings(batch_places=1)
    async with serving(timings=Timings(asset=0), speed=0, settings=settings) as api:
        one = item(await api.asset(film))
        batch = await made(api, one, one, one)
        path = f"/analyze/batches/{batch['batch_id']}"
        api.sandbox.advance(0.4)
        for _ in range(2):
            reply = await api("POST", f"{path}/cancel", 202)
            assert reply["status"] == "canceling"
            assert (reply["processing_items"], reply["canceled_items"]) == (1, 2)
        refusal = await api("DELETE", path, 409)
        assert refusal["error"]["code"] == "batch_not_terminal"
        api.sandbox.advance(0.6)
        found = await shown(api, batch)
        assert found["status"] == "canceled"
        assert found["canceled_at"]
        results = await lines(api, batch)
        assert [each["status"] for each in results] == ["ready", "canceled", "canceled"]
        assert "data" in results[0]
        assert not any("error" in each for each in results[1:])
        canceled = await api("GET", f"/analyze/tasks/{results[1]['task_id']}")
        assert canceled["error"]["code"] == "batch_canceled"
        refusal = await api("POST", f"{path}/cancel", 409)
        assert refusal["error"]["code"] == "batch_canceled"
        await api("DELETE", path, 204)
        for each in batch["items"]:
            await api("GET", f"/analyze/tasks/{each['task_id']}", 404)
        for method, end in (("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")):
            assert (await api(method, path + end, 404))["error"]["code"]


async def test_canceling_lasts_a_while_also_when_nothing_is_processed(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        batch = await made(api, item(await api.asset(film)))
        await api("POST", f"/analyze/batches/{batch['batch_id']}/cancel", 202)
        assert (await shown(api, batch))["status"] == "canceling"
        api.sandbox.advance(0.3)
        assert (await shown(api, batch))["status"] == "canceled"


async def test_a_held_batch_expires_and_is_gone_after_a_month(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        asset = await api.asset(film)
        faults = api.sandbox.faults
        faults.hold("analyze.batch_item", "queued", custom_id="queued")
        faults.hold("analyze.batch_item", "processing", custom_id="begun")
        ids = ("queued", "begun", "fine")
        batch = await made(api, *[item(asset, custom_id=each) for each in ids])
        api.sandbox.advance(DAY - 1)
        found = await shown(api, batch)
        assert found["status"] == "processing"
        assert (found["queued_items"], found["processing_items"], found["ready_items"]) == (1, 1, 1)
        api.sandbox.advance(1)
        found = await shown(api, batch)
        assert found["status"] == "expired"
        assert found["expired_at"] == found["expires_at"]
        queued, begun, fine = await lines(api, batch)
        assert queued["status"] == "canceled"
        assert begun["status"] == "failed"
        assert begun["error"]["code"] == "batch_processing_timeout"
        assert fine["data"]["data"]
        path = f"/analyze/batches/{batch['batch_id']}"
        task = await api("GET", f"/analyze/tasks/{queued['task_id']}")
        assert task["error"]["code"] == "batch_expired"
        assert (await api("POST", f"{path}/cancel", 409))["error"]["code"] == "batch_expired"
        api.sandbox.advance(29 * DAY)
        await api("GET", path, 404)
        await api("GET", f"{path}/results", 404)
        await api("GET", f"/analyze/tasks/{fine['task_id']}", 404)


async def test_a_batch_left_alone_for_long_was_completed_in_time(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        batch = await made(api, item(await api.asset(film)))
        api.sandbox.advance(2 * DAY)
        found = await shown(api, batch)
        assert found["status"] == "completed"
        assert found["completed_at"] < found["expires_at"]
        path = f"/analyze/batches/{batch['batch_id']}"
        assert (await api("POST", f"{path}/cancel", 409))["error"]["code"] == "batch_completed"


async def test_an_item_can_be_failed(film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(film)
        api.sandbox.faults.fail("analyze.batch_item", message="No.", custom_id="bad")
        batch = await made(api, item(asset, custom_id="good"), item(asset, custom_id="bad"))
        good, bad = await lines(api, batch)
        assert good["status"] == "ready"
        assert bad["error"] == {"message": "No."}
        assert (await shown(api, batch))["status"] == "completed"


async def test_a_single_task_of_a_batch_is_left_alone(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        batch = await made(api, item(await api.asset(film)))
        path = f"/analyze/tasks/{batch['items'][0]['task_id']}"
        for method, end in (("POST", "/cancel"), ("DELETE", "")):
            assert (await api(method, path + end, 409))["error"]["code"] == "task_in_batch"


async def test_lists_are_filtered(film: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0) as api:
        one = item(await api.asset(film))
        first = (await made(api, one))["batch_id"]
        api.sandbox.advance(1)
        second = (await made(api, one))["batch_id"]

        async def listed(*query: tuple[str, str]) -> list[str]:
            found = await api("GET", "/analyze/batches", query=list(query))
            return [each["batch_id"] for each in found["data"]]

        assert await listed() == [second, first]
        assert await listed(("status", "pending")) == [second]
        assert await listed(("status", "pending"), ("status", "completed")) == [second, first]
        assert await listed(("analysis_mode", "time_based_metadata")) == []
        assert await listed(("page", "2"), ("page_limit", "1")) == [first]
        shape = await api("GET", "/analyze/batches", 400, query=[("status", "done")])
        assert shape["error"]["code"] == "parameter_invalid"


async def test_a_batch_outlives_a_run(film: Path, tmp_path: Path) -> None:
    async with serving(timings=Timings(asset=0), speed=0, data=tmp_path) as api:
        one = item(await api.asset(film))
        batch = await made(api, one, one)
        api.sandbox.advance(0.4)
    async with serving(speed=0, data=tmp_path) as api:
        api.sandbox.advance(60)
        assert (await shown(api, batch))["status"] == "completed"
        assert all("green" in each["data"]["data"] for each in await lines(api, batch))
