"""What answers in users' own classes are to a type checker. ``# is`` says the type revealed."""
# ruff: noqa: B018, E501  # expressions, each with its type beside it
# fmt: off

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar, reveal_type

import attrs
import pydantic

from twelvelabs_async import AsyncTwelveLabs, BatchDefaults, BatchItemRequest, TwelveLabs
from twelvelabs_async.types import BatchVideoContext, ResponseInputItemDict

T = TypeVar("T")
SAID: list[ResponseInputItemDict] = [{"type": "message", "role": "user", "content": "Report."}]


@dataclass
class Report:
    title: str


@attrs.define
class AttrsReport:
    title: str


class DictReport(TypedDict):
    title: str


class PydanticReport(pydantic.BaseModel):
    title: str


@dataclass
class Box(Generic[T]):
    content: T


async def each_kind_of_class(client: AsyncTwelveLabs) -> None:
    reveal_type((await client.analyze(prompt="p", response_format=Report)).parsed)  # is Report
    reveal_type((await client.analyze(prompt="p", response_format=AttrsReport)).parsed)  # is AttrsReport
    reveal_type((await client.analyze(prompt="p", response_format=DictReport)).parsed)  # is DictReport
    reveal_type((await client.analyze(prompt="p", response_format=PydanticReport)).parsed)  # is PydanticReport
    reveal_type((await client.analyze(prompt="p", response_format=Box[Report])).parsed)  # is Box[Report]
    reveal_type((await client.analyze(prompt="p", response_format=Report)).parsed.title)  # is str


async def each_call(client: AsyncTwelveLabs) -> None:
    async with client.analyze_stream(prompt="p", response_format=Report) as stream:
        async for text in stream.text_stream:
            reveal_type(text)  # is str
        reveal_type(await stream.get_final_text())  # is str
        reveal_type((await stream.get_final()).parsed)  # is Report
    created = await client.analyze_async.tasks.create(prompt="p", response_format=PydanticReport)
    task = await client.analyze_async.tasks.wait_until_ready(created.task_id, response_format=PydanticReport)
    reveal_type(task.parsed)  # is PydanticReport
    await client.analyze_async.batches.create(
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[{"video": {"type": "asset_id", "asset_id": "a"}, "response_format": AttrsReport}],
        defaults={"prompt": {"input_text": "p"}, "response_format": Report},
    )
    await client.analyze_async.batches.create(
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[BatchItemRequest(video=BatchVideoContext(asset_id="a"), response_format=AttrsReport)],
        defaults=BatchDefaults(response_format=Report),
    )
    BatchDefaults(response_format="Report")  # wrong
    async for row in client.analyze_async.batches.results("b", response_format=AttrsReport):
        reveal_type(row.parsed)  # is AttrsReport
    response = await client.responses.create(knowledge_store_id="k", input=SAID, text=DictReport)
    reveal_type(response.parsed)  # is DictReport
    async with client.responses.create_stream(knowledge_store_id="k", input=SAID, text=PydanticReport) as events:
        reveal_type((await events.get_final()).parsed)  # is PydanticReport


def each_blocking_call(client: TwelveLabs) -> None:
    reveal_type(client.analyze(prompt="p", response_format=Report).parsed)  # is Report
    reveal_type(client.analyze(prompt="p", response_format=AttrsReport).parsed)  # is AttrsReport
    reveal_type(client.analyze(prompt="p", response_format=DictReport).parsed)  # is DictReport
    reveal_type(client.analyze(prompt="p", response_format=PydanticReport).parsed)  # is PydanticReport
    with client.analyze_stream(prompt="p", response_format=Report) as stream:
        for text in stream.text_stream:
            reveal_type(text)  # is str
        reveal_type(stream.get_final_text())  # is str
        reveal_type(stream.get_final().parsed)  # is Report
    created = client.analyze_async.tasks.create(prompt="p", response_format=PydanticReport)
    task = client.analyze_async.tasks.wait_until_ready(created.task_id, response_format=PydanticReport)
    reveal_type(task.parsed)  # is PydanticReport
    for row in client.analyze_async.batches.results("b", response_format=AttrsReport):
        reveal_type(row.parsed)  # is AttrsReport
    reveal_type(client.responses.create(knowledge_store_id="k", input=SAID, text=DictReport).parsed)  # is DictReport
    with client.responses.create_stream(knowledge_store_id="k", input=SAID, text=PydanticReport) as events:
        reveal_type(events.get_final().parsed)  # is PydanticReport


async def without_a_class_nothing_is_parsed(client: AsyncTwelveLabs) -> None:
    reveal_type(await client.analyze(prompt="p"))  # is NonStreamAnalyzeResponse
    (await client.analyze(prompt="p")).parsed  # wrong
    reveal_type((await client.analyze_stream(prompt="p").get_final()).parsed)  # is None
    (await client.analyze_async.tasks.wait_until_ready("t")).parsed  # wrong
    await client.analyze(prompt="p", response_format=Report(title="t"))  # wrong
