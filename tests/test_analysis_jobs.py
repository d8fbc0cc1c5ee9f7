"""Analyses that run as jobs, by both clients in the sandbox of today."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.both import CLIENTS
from twelvelabs_async import FailedError
from twelvelabs_async.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    TooManyRequestsError,
)
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.films import Scene, make_film

pytestmark = pytest.mark.anyio

SCENES = {
    "id": "scene",
    "description": "Each scene of the film",
    "fields": [{"name": "colour", "type": "string", "description": "The prevailing colour"}],
}
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "scene_count": {"type": "integer"}},
    "required": ["title", "scene_count"],
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(
        tmp_path_factory.mktemp("films") / "colours.mp4",
        scenes=[Scene(colour=colour, seconds=3) for colour in ("red", "blue", "green")],
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    timings = Timings(asset=0, queued=0.01, pending=0.01, analysis=0.02, batch=0.02, canceling=0.01)
    with Sandbox(timings=timings, settings=Settings(era="2026-10")) as running:
        yield running


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Any]:
    make = CLIENTS[request.param]
    async with make(sandbox.api_key, base_url=sandbox.base_url, max_retries=0) as ready:
        yield ready


@pytest.fixture
async def video(client: Any, film: Path) -> dict[str, str]:
    asset = await client.assets.create(method="direct", file=film)
    return {"type": "asset_id", "asset_id": asset.id}


async def test_a_task_is_created_waited_for_and_listed(
    client: Any, sandbox: Sandbox, video: dict[str, str]
) -> None:
    tasks = client.analyze_async.tasks
    made = await tasks.create(
        video=video,
        model_name="pegasus1.6",
        prompt="Which colours?",
        custom_id="mine",
        start_time=3.5,
        end_time=5.5,
    )
    done = await tasks.wait_until_ready(made.task_id)
    assert "blue" in done.result.data
    assert "red" not in done.result.data
    assert done.custom_id == "mine"
    assert done.request_params.start_time == 3.5
    listed = tasks.list(asset_id=video["asset_id"])
    assert [each.task_id async for each in listed] == [made.task_id]
    with pytest.raises(ConflictError):
        await tasks.cancel(made.task_id)
    await tasks.delete(made.task_id)
    with pytest.raises(NotFoundError):
        await tasks.retrieve(made.task_id)
    assert not [record for record in sandbox.requests if record.deprecated]


async def test_a_film_in_segments(client: Any, video: dict[str, str]) -> None:
    tasks = client.analyze_async.tasks
    wanted = {"type": "segment_definitions", "segment_definitions": [SCENES]}
    made = await tasks.create(
        video=video, analysis_mode="time_based_metadata", response_format=wanted
    )
    done = await tasks.wait_until_ready(made.task_id)
    segments = json.loads(done.result.data)["scene"]
    assert [each["metadata"]["colour"] for each in segments] == ["red", "blue", "green"]
    with pytest.raises(BadRequestError) as caught:
        await tasks.create(video=video, response_format=wanted, prompt="What?")
    assert caught.value.body["error"]["details"]["field"] == "response_format.type"


async def test_a_create_that_is_sent_again_creates_once(
    sandbox: Sandbox, client: Any, video: dict[str, str]
) -> None:
    sandbox.faults.add("POST", "/analyze/tasks", after=True, end="reset")
    made = await client.analyze_async.tasks.create(
        video=video, prompt="What?", request_options={"max_retries": 2}
    )
    assert len(sandbox.requests.matching("POST", "/analyze/tasks")) == 2
    listed = client.analyze_async.tasks.list()
    assert [each.task_id async for each in listed] == [made.task_id]


async def test_a_canceled_and_a_failed_task_raise_where_they_are_waited_for(
    client: Any, sandbox: Sandbox, video: dict[str, str]
) -> None:
    tasks = client.analyze_async.tasks
    sandbox.faults.hold("analyze.task", "processing")
    held = await tasks.create(video=video, prompt="What?")
    assert (await tasks.cancel(held.task_id)).status == "canceled"
    with pytest.raises(FailedError, match="canceled"):
        await tasks.wait_until_ready(held.task_id)
    sandbox.faults.fail("analyze.task", message="The model is busy.")
    failed = await tasks.create(video=video, prompt="What?")
    with pytest.raises(FailedError, match="The model is busy"):
        await tasks.wait_until_ready(failed.task_id)


async def test_a_batch_and_its_results(
    client: Any, sandbox: Sandbox, video: dict[str, str]
) -> None:
    batches = client.analyze_async.batches
    sandbox.faults.fail("analyze.batch_item", code="model_busy", custom_id="bad")
    made = await batches.create(
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[{"video": video, "custom_id": name} for name in ("good", "bad")],
        defaults={
            "prompt": {"input_text": "What is it?"},
            "response_format": {"type": "json_schema", "json_schema": SCHEMA},
        },
    )
    batch = await batches.wait_until_done(made.batch_id)
    assert batch.status == "completed"
    assert (batch.ready_items, batch.failed_items) == (1, 1)
    results = {each.custom_id: each async for each in batches.results(made.batch_id)}
    assert json.loads(results["good"].data.data)["scene_count"] == 3
    assert results["bad"].error.code == "model_busy"
    with pytest.raises(ConflictError):
        await batches.cancel(made.batch_id)
    assert [each.batch_id async for each in batches.list(status=["completed"])] == [made.batch_id]
    await batches.delete(made.batch_id)
    with pytest.raises(NotFoundError):
        await batches.retrieve(made.batch_id)


async def test_a_sixth_batch_is_one_too_many(
    client: Any, sandbox: Sandbox, video: dict[str, str]
) -> None:
    batches = client.analyze_async.batches
    sandbox.faults.hold("analyze.batch_item", "queued", times=None)
    given: dict[str, Any] = {
        "model_name": "pegasus1.5",
        "analysis_mode": "general",
        "requests": [{"video": video, "prompt": {"input_text": "What?"}}],
    }
    for _ in range(5):
        made = await batches.create(**given)
        assert made.status == "pending"
    with pytest.raises(TooManyRequestsError):
        await batches.create(**given)
    sandbox.advance(24 * 3600)
    expired = [each async for each in batches.list(status="expired")]
    assert len(expired) == 5
    assert {each.canceled_items for each in expired} == {1}
