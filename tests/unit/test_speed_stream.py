"""The fast way of a stream's lines, beside the careful one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import lines, opening_of
from twelvelabs_async import StreamError
from twelvelabs_async._runtime.convert import TypeForm
from twelvelabs_async._runtime.stream import Stream
from twelvelabs_async._runtime.stream_formats import ndjson
from twelvelabs_async.analyze.models import (
    StreamAnalyzeResponse,
    StreamAnalyzeResponse_StreamEnd,
    StreamAnalyzeResponse_TextGeneration,
    StreamAnalyzeResponse_Unknown,
)

END = {"event_type": "stream_end", "finish_reason": "stop"}


def stream(pieces: list[bytes]) -> Stream[Any]:
    return Stream(opening_of(pieces), ndjson(TypeForm(StreamAnalyzeResponse), "stream_end"))


def words(count: int) -> list[dict[str, object]]:
    return [{"event_type": "text_generation", "text": f"w{at}"} for at in range(count)]


def texts(events: list[Any]) -> list[str]:
    return [event.text for event in events if hasattr(event, "text")]


@given(data=st.data(), count=st.integers(0, 20))
async def test_any_cut_gives_the_same_events(data: st.DataObject, count: int) -> None:
    body = lines(*words(count), END)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=8)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    events = [event async for event in stream(pieces)]
    assert texts(events) == [f"w{at}" for at in range(count)]
    assert isinstance(events[-1], StreamAnalyzeResponse_StreamEnd)


@pytest.mark.parametrize(
    "wrong",
    [
        b"{broken\n",
        b"[1]\n",
        b"5\n",
        b'{"event_type": "text_generation", "metadata": [{}\n{}]}, {"event_type": "x"}\n',
        lines({"event_type": "text_generation", "text": 5}),
        lines({"error": {"code": "server_error", "message": "no"}}),
        lines({"event_type": "error", "code": "server_error", "message": "no"}),
    ],
)
async def test_an_error_has_the_events_before_it_and_none_after(wrong: bytes) -> None:
    piece = lines(*words(3)) + wrong + lines(*words(2), END)
    seen: list[Any] = []

    async def read() -> None:
        async for event in stream([lines(*words(2)), piece]):
            seen.append(event)  # noqa: PERF401  # what came before the error is the point

    with pytest.raises(StreamError) as caught:
        await read()
    assert texts(seen) == ["w0", "w1", "w0", "w1", "w2"]
    assert caught.value.events == seen


@pytest.mark.parametrize("name", ["news", None])
async def test_an_event_without_a_known_name_is_an_unknown_one(name: object) -> None:
    events = [e async for e in stream([lines({"event_type": name, "x": 1}, END)])]
    assert isinstance(events[0], StreamAnalyzeResponse_Unknown)
    assert events[0].extra["x"] == 1


async def test_what_follows_the_last_event_is_left_alone() -> None:
    events = [e async for e in stream([lines(*words(1), END, *words(3)) + b"{broken\n"])]
    assert [type(event) for event in events] == [
        StreamAnalyzeResponse_TextGeneration,
        StreamAnalyzeResponse_StreamEnd,
    ]
