"""Answers in users' own types, and the whole of a stream, against the sandbox in both clients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

import attrs
import pydantic
import pytest

from tests.support.both import Worn
from twelvelabs_async import (
    AsyncTwelveLabs,
    OutputInvalidError,
    OutputTruncatedError,
    StreamError,
    TwelveLabs,
)
from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Timings

pytestmark = pytest.mark.anyio


@dataclass
class AsDataclass:
    title: str
    keywords: list[str]
    duration: float


@attrs.define
class AsAttrs:
    title: str
    keywords: list[str]
    duration: float


class AsDict(TypedDict):
    title: str
    keywords: list[str]
    duration: float


class AsPydantic(pydantic.BaseModel):
    title: str = pydantic.Field(max_length=500)
    keywords: list[str]
    duration: float


each_class = pytest.mark.parametrize("form", [AsDataclass, AsAttrs, AsDict, AsPydantic])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none()) as running:
        yield running


@pytest.fixture(scope="module")
def asset_id(sandbox: Sandbox) -> str:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        asset = client.assets.create(method="direct", file=demo_films.bigbuckbunny())
        return client.assets.wait_until_ready(asset.id).id


@pytest.fixture(params=["asyncio", "blocking"])
async def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Any]:
    kind: Any = AsyncTwelveLabs if request.param == "asyncio" else TwelveLabs
    made = kind(sandbox.api_key, base_url=sandbox.base_url)
    async with made if request.param == "asyncio" else Worn(made) as ready:
        yield ready


@pytest.fixture
def question(asset_id: str) -> dict[str, Any]:
    video = {"type": "asset_id", "asset_id": asset_id}
    return {"model_name": "pegasus1.6", "video": video, "prompt": "Fill it in."}


def of(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, dict) else getattr(value, name)


@each_class
async def test_an_answer_is_of_the_class(client: Any, question: dict[str, Any], form: Any) -> None:
    reply = await client.analyze(**question, response_format=form)
    assert isinstance(reply.parsed, dict if form is AsDict else form)
    assert of(reply.parsed, "duration") == pytest.approx(5.3, abs=0.1)
    assert isinstance(reply.data, str)
    assert "parsed" not in reply.model_dump()


@each_class
async def test_a_streams_answer_is_of_the_class(
    client: Any, question: dict[str, Any], form: Any
) -> None:
    async with client.analyze_stream(**question, response_format=form) as stream:
        final = await stream.get_final()
    assert of(final.parsed, "title") in final.text
    assert final.finish_reason == "stop"
    assert final.usage.output_tokens > 0


async def test_a_stream_without_a_class(client: Any, question: dict[str, Any]) -> None:
    stream = await client.analyze_stream(**question)
    pieces = [event.text async for event in stream if event.event_type == "text_generation"]
    assert await stream.get_final_text() == "".join(pieces)
    final = await stream.get_final()
    assert (final.text, final.parsed) == ("".join(pieces), None)


async def test_what_is_read_in_part_is_read_to_its_end(
    client: Any, question: dict[str, Any], sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    stream = await client.analyze_stream(**question)
    await stream.until_done()
    text = await stream.get_final_text()
    assert await stream.get_final_text() == text
    assert "green" in text
    assert len(sandbox.requests) == before + 1


async def test_an_answer_that_was_cut_off(
    client: Any, question: dict[str, Any], sandbox: Sandbox
) -> None:
    whole = {"id": "1", "data": '{"title": "a", "keywords": [], "duration": 1}', "usage": {}}
    sandbox.faults.add("POST", "/analyze", status=200, body={**whole, "finish_reason": "length"})
    with pytest.raises(OutputTruncatedError) as caught:
        await client.analyze(**question, response_format=AsDataclass)
    assert caught.value.finish_reason == "length"
    assert caught.value.text == whole["data"]


async def test_an_answer_of_a_wrong_type(
    client: Any, question: dict[str, Any], sandbox: Sandbox
) -> None:
    data = '```json\n{"title": "a", "keywords": ["b", 5], "duration": 1}\n```'
    body = {"id": "1", "data": data, "finish_reason": "stop", "usage": {}}
    sandbox.faults.add("POST", "/analyze", status=200, body=body)
    with pytest.raises(OutputInvalidError) as caught:
        await client.analyze(**question, response_format=AsPydantic)
    assert (caught.value.path, caught.value.text) == ("$.keywords[1]", data)


async def test_the_errors_of_a_stream_come_out_of_each_of_them(
    client: Any, question: dict[str, Any], sandbox: Sandbox
) -> None:
    sandbox.faults.add("POST", "/analyze", line=2, put=b"no json\n")
    stream = client.analyze_stream(**question, response_format=AsDict)
    stream = await stream
    for call in (stream.until_done, stream.get_final_text, stream.get_final):
        with pytest.raises(StreamError):
            await call()


@each_class
async def test_a_tasks_answer_is_of_the_class(
    client: Any, question: dict[str, Any], form: Any
) -> None:
    tasks = client.analyze_async.tasks
    created = await tasks.create(**question, response_format=form)
    task = await tasks.wait_until_ready(created.task_id, response_format=form)
    assert isinstance(task.parsed, dict if form is AsDict else form)
    assert of(task.parsed, "duration") == pytest.approx(5.3, abs=0.1)
    plain = await tasks.wait_until_ready(created.task_id)
    assert plain.result.data == task.result.data


async def test_the_rows_of_a_batch_are_of_the_class(
    client: Any, asset_id: str, sandbox: Sandbox
) -> None:
    batches = client.analyze_async.batches
    request = {"video": {"type": "asset_id", "asset_id": asset_id}}
    batch = await batches.create(
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[request, {**request, "response_format": AsPydantic}],
        defaults={"prompt": {"input_text": "Fill it in."}, "response_format": AsDataclass},
    )
    await batches.wait_until_done(batch.batch_id)
    stream = await batches.results(batch.batch_id, response_format=AsAttrs)
    rows = [row async for row in stream]
    assert len(rows) == 2
    for row in rows:
        assert isinstance(row.parsed, AsAttrs)
        assert row.parsed.duration == pytest.approx(5.3, abs=0.1)


ANSWER = '{"title": "a", "keywords": ["b"], "duration": 2.5}'
PART = {"type": "output_text", "text": ANSWER, "annotations": []}
MESSAGE = {"type": "message", "id": "m", "status": "completed", "role": "assistant"}
RESPONSE = {
    "id": "resp_1",
    "status": "completed",
    "output": [{**MESSAGE, "content": [PART]}],
    "usage": {"input_tokens": 1, "output_tokens": 2},
}
INPUT: list[Any] = [{"type": "message", "role": "user", "content": "Fill it in."}]


@each_class
async def test_a_response_is_of_the_class(client: Any, sandbox: Sandbox, form: Any) -> None:
    sandbox.faults.add("POST", "/responses", status=200, body=RESPONSE)
    response = await client.responses.create(knowledge_store_id="ks_1", input=INPUT, text=form)
    assert of(response.parsed, "title") == "a"
    sent = sandbox.requests[-1].body["text"]["format"]
    assert (sent["type"], sent["name"]) == ("json_schema", form.__name__)
    assert sent["schema"]["type"] == "object"


async def test_a_streamed_response_is_of_the_class(client: Any, sandbox: Sandbox) -> None:
    half = len(ANSWER) // 2
    events: list[dict[str, Any]] = [
        {"type": "response.output_text.delta", "sequence_number": 1, "delta": ANSWER[:half]},
        {"type": "keepalive", "sequence_number": 2},
        {"type": "response.output_text.delta", "sequence_number": 3, "delta": ANSWER[half:]},
        {"type": "response.completed", "sequence_number": 4, "response": RESPONSE},
    ]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    sandbox.faults.add("POST", "/responses", status=200, body=body + "data: [DONE]\n\n")
    stream = await client.responses.create_stream(
        knowledge_store_id="ks_1", input=INPUT, text=AsDataclass
    )
    final = await stream.get_final()
    assert final.parsed == AsDataclass("a", ["b"], 2.5)
    assert (final.finish_reason, final.usage.output_tokens) == ("stop", 2)


async def test_an_incomplete_response_was_cut_off(client: Any, sandbox: Sandbox) -> None:
    details = {"reason": "max_output_tokens"}
    body = {**RESPONSE, "status": "incomplete", "incomplete_details": details}
    sandbox.faults.add("POST", "/responses", status=200, body=body)
    with pytest.raises(OutputTruncatedError):
        await client.responses.create(knowledge_store_id="ks_1", input=INPUT, text=AsAttrs)
