"""A blocking stream that failed, was left, or is used when its client is closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.streams import lines, opening_of
from twelvelabs_async import BadRequestError, StreamError
from twelvelabs_async._runtime.convert import TypeForm
from twelvelabs_async._runtime.stream_formats import ndjson
from twelvelabs_async._runtime.text_stream import TextStream
from twelvelabs_async.analyze.models import TEXT, StreamAnalyzeResponse
from twelvelabs_async.sync.bridge import Bridge
from twelvelabs_async.sync.iterate import SyncTextStream

WHOLE = lines(
    {"event_type": "text_generation", "text": "a"},
    {"event_type": "text_generation", "text": "b"},
    {"event_type": "stream_end", "finish_reason": "stop", "metadata": {"usage": {}}},
)
OPENING = opening_of([WHOLE])
Stream = SyncTextStream


def stream(bridge: Bridge, opening: Callable[[], Any] = OPENING) -> Stream[Any, Any]:
    form = ndjson(TypeForm[Any](StreamAnalyzeResponse), "stream_end")
    return Stream(bridge, TextStream(opening, form, reader=TEXT))


def by_break(source: Stream[Any, Any]) -> None:
    for _ in source:
        break


def by_close(source: Stream[Any, Any]) -> None:
    next(source)
    source.close()


@pytest.mark.parametrize("leave", [by_break, by_close])
def test_one_that_was_left_is_not_at_its_end(bridge: Bridge, leave: Callable[[Any], None]) -> None:
    source = stream(bridge)
    leave(source)
    for _ in range(2):
        with pytest.raises(StreamError, match="left before its end"):
            next(source)
    with pytest.raises(StreamError, match="iterated once"):
        iter(source)


def test_after_its_end_nothing_comes(bridge: Bridge) -> None:
    source = stream(bridge)
    assert len(list(source)) == 3
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(source)


@pytest.mark.parametrize("begin", [next, list, Stream.until_done, Stream.__enter__])
def test_each_use_after_a_refusal_gives_the_refusal(
    bridge: Bridge, begin: Callable[[Any], object]
) -> None:
    opened: list[None] = []

    @asynccontextmanager
    async def opening() -> Any:
        opened.append(None)
        raise BadRequestError("no such model", status_code=400)
        yield

    source = stream(bridge, opening)
    for use in (begin, next, Stream.until_done, Stream.get_final, Stream.get_final_text, next):
        with pytest.raises(BadRequestError, match="no such model"):
            use(source)
    assert len(opened) == 1


def test_a_whole_answer_is_there_when_the_client_is_closed(bridge: Bridge) -> None:
    source = stream(bridge)
    assert len(list(source)) == 3
    bridge.close()
    assert (source.get_final_text(), source.get_final().finish_reason) == ("ab", "stop")
    source.until_done()


@pytest.mark.parametrize("begun", [True, False])
def test_closing_it_after_its_client_does_no_harm(bridge: Bridge, begun: bool) -> None:
    def work() -> None:
        with stream(bridge) as source:
            if begun:
                next(source)
            bridge.close()
            raise KeyError("the program's own")

    with pytest.raises(KeyError):
        work()


def test_two_threads_do_not_read_it_together(bridge: Bridge) -> None:
    waits, go_on = threading.Event(), threading.Event()

    def read() -> None:
        waits.set()
        go_on.wait(10)

    @asynccontextmanager
    async def opening() -> Any:
        await asyncio.to_thread(read)
        async with OPENING() as opened:
            yield opened

    source = stream(bridge, opening)
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.extend(source))
    reader.start()
    assert waits.wait(10)
    for use in (next, list, Stream.get_final):
        with pytest.raises(StreamError, match="another thread reads the stream"):
            use(source)
    go_on.set()
    reader.join(10)
    assert len(found) == 3
