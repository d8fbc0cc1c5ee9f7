"""Answers in users' own types, and the whole of a stream, against the sandbox in both clients."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, NamedTuple, TypedDict

import attrs
import pydantic
import pytest
from anyio import to_thread

from tests.support.both import CLIENTS
from twelvelabs_async import (
    BatchDefaults,
    BatchItemRequest,
    ConfigurationError,
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


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Any]:
    make = CLIENTS[request.param]
    async with make(sandbox.api_key, base_url=sandbox.base_url) as ready:
        yield ready


@pytest.fixture
def question(asset_id: str) -> dict[str, Any]:
    video = {"type": "asset_id", "asset_id": asset_id}
    return {"model_name": "pegasus1.6", "video": video, "prompt": "Fill it in."}


PROGRAM = """
import asyncio, os, sys
from dataclasses import dataclass
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs


@dataclass
class Report:
    title: str


question = {
    "model_name": "pegasus1.6",
    "video": {"type": "asset_id", "asset_id": sys.argv[1]},
    "prompt": "Fill it in.",
}


async def main():
    async with AsyncTwelveLabs() as client:
        await client.analyze(**question)
        assert "msgspec" not in sys.modules
        reply = await client.analyze(**question, response_format=Report)
        assert isinstance(reply.parsed, Report)
        final = await client.analyze_stream(**question, response_format=Report).get_final()
        assert isinstance(final.parsed, Report)


asyncio.run(main())
with TwelveLabs() as client:
    assert isinstance(client.analyze(**question, response_format=Report).parsed, Report)
assert not [name for name in sys.modules if name.partition(".")[0].startswith("pydantic")]
"""


def test_pydantic_is_imported_by_no_call_without_a_class_of_its_own(
    sandbox: Sandbox, asset_id: str
) -> None:
    account = {"TWELVE_LABS_API_KEY": sandbox.api_key, "TWELVELABS_BASE_URL": sandbox.base_url}
    subprocess.run(
        [sys.executable, "-c", PROGRAM, asset_id], check=True, env={**os.environ, **account}
    )


def of(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, dict) else getattr(value, name)


def assert_copies_keep_the_answer(reply: Any) -> None:
    for again in (
        copy.copy(reply),
        copy.deepcopy(reply),
        pickle.loads(pickle.dumps(reply)),
        reply.model_copy(),
    ):
        assert again == reply
        assert again.parsed == reply.parsed
        assert again.extra == reply.extra
    assert attrs.asdict(reply).keys() == type(reply).model_fields.keys()


@each_class
async def test_an_answer_is_of_the_class(client: Any, question: dict[str, Any], form: Any) -> None:
    reply = await client.analyze(**question, response_format=form)
    assert isinstance(reply.parsed, dict if form is AsDict else form)
    assert of(reply.parsed, "duration") == pytest.approx(5.3, abs=0.1)
    assert isinstance(reply.data, str)
    assert "parsed" not in reply.model_dump()
    assert_copies_keep_the_answer(reply)


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
    for again in (lambda: stream, lambda: stream.text_stream):
        with pytest.raises(StreamError):
            _ = [each async for each in iterated(again())]


async def test_the_text_in_pieces_and_then_the_whole(
    client: Any, question: dict[str, Any], sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    async with client.analyze_stream(**question, response_format=AsDict) as stream:
        pieces = [text async for text in iterated(stream.text_stream)]
        assert all(pieces)
        final = await stream.get_final()
    assert final.text == "".join(pieces) == await stream.get_final_text()
    assert final.parsed == json.loads(final.text)
    assert len(sandbox.requests) == before + 1


async def iterated(source: Any) -> AsyncIterator[Any]:
    """What either client's iterator gives."""
    if hasattr(source, "__aiter__"):
        async for each in source:
            yield each
        return
    items, end = iter(source), object()
    while (each := await to_thread.run_sync(next, items, end)) is not end:
        yield each


@each_class
async def test_a_tasks_answer_is_of_the_class(
    client: Any, question: dict[str, Any], form: Any
) -> None:
    tasks = client.analyze_async.tasks
    created = await tasks.create(**question, response_format=form)
    task = await tasks.wait_until_ready(created.task_id, response_format=form)
    assert isinstance(task.parsed, dict if form is AsDict else form)
    assert of(task.parsed, "duration") == pytest.approx(5.3, abs=0.1)
    assert_copies_keep_the_answer(task)
    plain = await tasks.wait_until_ready(created.task_id)
    assert plain.result.data == task.result.data


def as_dict(cls: Any, given: dict[str, Any], form: Any) -> Any:
    return {**given, "response_format": form}


def as_model(cls: Any, given: dict[str, Any], form: Any) -> Any:
    return cls(**given, response_format=form)


@pytest.mark.parametrize("with_class", [as_dict, as_model])
async def test_the_rows_of_a_batch_are_of_the_class(
    client: Any, asset_id: str, sandbox: Sandbox, with_class: Any
) -> None:
    batches = client.analyze_async.batches
    request = {"video": {"type": "asset_id", "asset_id": asset_id}}
    batch = await batches.create(
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[request, with_class(BatchItemRequest, request, AsPydantic)],
        defaults=with_class(BatchDefaults, {"prompt": {"input_text": "Fill it in."}}, AsDataclass),
    )
    await batches.wait_until_done(batch.batch_id)
    stream = await batches.results(batch.batch_id, response_format=AsAttrs)
    rows = [row async for row in stream]
    assert len(rows) == 2
    for row in rows:
        assert isinstance(row.parsed, AsAttrs)
        assert row.parsed.duration == pytest.approx(5.3, abs=0.1)
        assert_copies_keep_the_answer(row)


@attrs.define
class Scene:
    what: str = attrs.field(converter=str)
    length: float


@dataclass
class Title:
    title: str


class Span(NamedTuple):
    begin: timedelta
    scene: Scene


@dataclass
class Film:
    parts: list[Scene | Title]
    chapters: dict[timedelta, Span]
    number: int = field(init=False)

    def __post_init__(self) -> None:
        self.number = len(self.parts)


async def test_an_answer_of_several_classes_which_are_called(
    client: Any, sandbox: Sandbox, question: dict[str, Any]
) -> None:
    sandbox.answers.set({"parts": PARTS})
    try:
        answer = {**question, "prompt": "parts", "response_format": Film}
        reply = await client.analyze(**answer)
        final = await (await client.analyze_stream(**answer)).get_final()
    finally:
        sandbox.answers.clear()
    assert reply.parsed == final.parsed
    assert (reply.parsed.parts, reply.parsed.number) == ([Scene("sea", 2.5), Title("End")], 2)
    second = timedelta(seconds=1)
    assert reply.parsed.chapters == {second: Span(2 * second, Scene("hill", 4))}
    assert_copies_keep_the_answer(reply)


async def test_what_is_no_class_is_refused_before_a_request(
    client: Any, question: dict[str, Any]
) -> None:
    for wrong in (list[AsAttrs], Annotated[AsAttrs, {}], Span):
        with pytest.raises(ConfigurationError, match="the answer's class is"):
            await client.analyze(**question, response_format=wrong)
        with pytest.raises(ConfigurationError, match="the answer's class is"):
            await (await client.analyze_stream(**question, response_format=wrong)).get_final()
        with pytest.raises(ConfigurationError, match="the answer's class is"):
            await client.responses.create(knowledge_store_id="ks", input=INPUT, text=wrong)


PARTS = {
    "parts": [{"what": "sea", "length": 2.5}, {"title": "End"}],
    "chapters": {"PT1S": ["0:02", {"what": "hill", "length": 4}]},
}
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
    assert_copies_keep_the_answer(response)
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
