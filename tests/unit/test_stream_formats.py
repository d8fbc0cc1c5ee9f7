"""Responses as server-sent events, results as JSON Lines: read whole, or StreamError."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import opening_of
from twelvelabs_async import StreamError
from twelvelabs_async._runtime.convert import TypeForm
from twelvelabs_async._runtime.stream import KEPT, Stream
from twelvelabs_async._runtime.stream_formats import StreamFormat, json_lines, sse
from twelvelabs_async.analyze_async import BatchResultItem
from twelvelabs_async.responses import (
    ResponseStreamEvent,
    ResponseStreamEvent_Keepalive,
    ResponseStreamEvent_ResponseCompleted,
    ResponseStreamEvent_ResponseFailed,
    ResponseStreamEvent_ResponseOutputTextDelta,
)

ENDS = ("response.completed", "response.failed")
# Characters that Python's splitlines takes for line ends.
TEXT = "a\u2028b\u2029c\x85d"


def stream(form: StreamFormat, pieces: Sequence[bytes]) -> Stream[Any]:
    return Stream(opening_of(pieces), form)


def events(*pieces: bytes) -> Stream[Any]:
    return stream(sse(TypeForm[Any](ResponseStreamEvent), *ENDS), pieces)


def rows(*pieces: bytes) -> Stream[Any]:
    return stream(json_lines(BatchResultItem, "task_id"), pieces)


def event(kind: str, number: int = 0, **fields: object) -> bytes:
    data = json.dumps({"type": kind, "sequence_number": number, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def delta(text: str, number: int = 0) -> bytes:
    return event("response.output_text.delta", number, delta=text)


COMPLETED = event("response.completed", 9, response={"status": "completed"})
DONE = b"data: [DONE]\n\n"


async def read(source: Stream[Any]) -> list[Any]:
    return [event async for event in source]


async def broken(source: Stream[Any]) -> StreamError:
    with pytest.raises(StreamError) as caught:
        await read(source)
    return caught.value


async def test_a_response_is_read_to_its_end() -> None:
    first, alive, last = await read(events(delta(TEXT), event("keepalive", 5), COMPLETED + DONE))
    assert isinstance(first, ResponseStreamEvent_ResponseOutputTextDelta)
    assert first.delta == TEXT
    assert isinstance(alive, ResponseStreamEvent_Keepalive)
    assert isinstance(last, ResponseStreamEvent_ResponseCompleted)
    assert last.response is not None
    assert last.response.status == "completed"


async def test_a_failed_response_is_an_event_and_an_end() -> None:
    (last,) = await read(events(event("response.failed", response={"status": "failed"})))
    assert isinstance(last, ResponseStreamEvent_ResponseFailed)


@pytest.mark.parametrize("end", [DONE, b"data: [DONE]", b"data:[DONE]\r\n\r\n"])
async def test_done_alone_is_an_end(end: bytes) -> None:
    assert len(await read(events(delta("a"), end))) == 1


async def test_events_of_unknown_types_are_skipped() -> None:
    unknown = event("jockey:web_search.completed", 3, output_index=1)
    found = await read(events(delta("a"), unknown, COMPLETED))
    assert [item.type for item in found] == ["response.output_text.delta", "response.completed"]


@pytest.mark.parametrize(
    "broken_by",
    [
        b"",
        b": only a comment\n\n",
        b"data: no json\n\n",
        b"data: [1]\n\n",
        b'data: {"type": "response.output_text.delta", "sequence_number": 1, "del',
        b'data: {"type": "response.output_text.delta", "sequence_number": "one"}\n\n',
        b'data: {"error": {"code": "server_error", "message": "no"}}\n\n',
        b'data: {"type": "error", "code": "server_error", "message": "no"}\n\n',
        b'data: {"type": "error", "message": "no"}\n\n',
        b'data: {"type": "response.error", "message": "no"}\n\n',
        b'event: error\ndata: {"message": "no"}\n\n',
        b'event: error\ndata: {"type": "odd", "message": "no"}\n\n',
        b"event: error\ndata: no\n\n",
    ],
)
async def test_what_is_no_end_raises_with_what_came(broken_by: bytes) -> None:
    error = await broken(events(delta("a"), event("odd.kind"), delta("b"), broken_by))
    assert [item.delta for item in error.events] == ["a", "b"]


@given(st.lists(st.integers(0), max_size=6))
async def test_any_cut_gives_the_same_events(places: list[int]) -> None:
    body = delta(TEXT, 1) + event("keepalive", 2) + delta("ü", 3) + COMPLETED + DONE
    bounds = [0, *sorted(place % len(body) for place in places), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(bounds)]
    found = await read(events(*pieces))
    assert [item.sequence_number for item in found] == [1, 2, 3, 9]


def row(number: int, **fields: object) -> bytes:
    return json.dumps(
        {"task_id": str(number), "custom_id": None, "status": "ready", **fields}, ensure_ascii=False
    ).encode()


async def test_results_are_read_to_the_end_of_the_body() -> None:
    data = {
        "generation_id": "g",
        "data": TEXT,
        "finish_reason": "stop",
        "usage": {"output_tokens": 1},
    }
    body = b"\n".join([row(1, data=data), b"", row(2, status="failed", error={"message": "no"})])
    first, second = await read(rows(body[:7], body[7:]))
    assert first.data.data == TEXT
    assert second.error.message == "no"


async def test_results_may_be_none() -> None:
    assert await read(rows()) == []
    assert await read(rows(b"\n\n")) == []


@pytest.mark.parametrize("line", [b'{"task_id": "2", "sta', b"[]", b"{}", b'{"task_id": 5}', b"x"])
async def test_a_row_that_is_none_raises_with_what_came(line: bytes) -> None:
    error = await broken(rows(row(1) + b"\n" + line))
    assert [item.task_id for item in error.events] == ["1"]


async def test_an_error_in_place_of_rows_is_raised_as_the_services() -> None:
    error = await broken(rows(row(1) + b'\n{"code": "server_error", "message": "no"}\n'))
    assert (error.code, len(error.events)) == ("server_error", 1)


async def test_what_is_kept_for_an_error_is_bounded() -> None:
    many = [row(number, custom_id="x" * 100_000) + b"\n" for number in range(200)]
    error = await broken(rows(*many, b"no json\n"))
    kept = [int(item.task_id) for item in error.events]
    assert kept == list(range(200))[-len(kept) :]
    assert KEPT // 100_200 - 2 <= len(kept) <= KEPT // 100_000


@pytest.mark.parametrize("end", [b"\n", b""])
async def test_every_row_is_made_what_is_given_out(end: bytes) -> None:
    line = b'{"task_id": "t%d", "status": "ready"}'
    form = json_lines(BatchResultItem, "task_id", lambda row: f"row {row.task_id}")
    assert await read(stream(form, [line % 1 + b"\n" + line % 2 + end])) == ["row t1", "row t2"]


async def test_the_rows_before_a_failure_are_what_is_given_out() -> None:
    form = json_lines(BatchResultItem, "task_id", lambda row: f"row {row.task_id}")
    line = b'{"task_id": "t%d", "status": "ready"}\n'
    error = await broken(stream(form, [line % 1 + line % 2 + b"[1]\n"]))
    assert error.events == ["row t1", "row t2"]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
async def test_an_unfinished_error_is_an_error(end: bytes) -> None:
    error = await broken(
        events(delta("a"), b'event: error\ndata: {"type": "odd", "message": "no such film"}' + end)
    )
    assert "no such film" in str(error)


@pytest.mark.usefixtures("nothing_collected")
async def test_a_failed_stream_is_free_without_the_garbage_collector() -> None:
    def held() -> int:
        return sum(isinstance(value, Stream) for value in gc.get_objects())

    before = held()
    source = events(delta("a"), b"data: no json\n\n")
    assert held() > before, "it is seen while somebody has it"
    try:
        await read(source)
    except StreamError:
        failed = True
    del source
    assert failed
    # The loop closes a generator that is left by a task of its own, some turns later.
    for _ in range(20):
        await asyncio.sleep(0)
        if held() == before:
            break
    assert held() == before
