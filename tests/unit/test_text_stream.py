"""The text of a stream in pieces, and what is left of it when it was not read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.streams import lines, opening_of
from twelvelabs_async import BadRequestError, StreamError
from twelvelabs_async._runtime.convert import TypeForm
from twelvelabs_async._runtime.stream_formats import ndjson
from twelvelabs_async._runtime.text_stream import TextStream
from twelvelabs_async._runtime.transport import Opened
from twelvelabs_async.analyze.models import TEXT, StreamAnalyzeResponse

END = {"event_type": "stream_end", "finish_reason": "stop", "metadata": {"usage": {}}}


def words(*texts: str) -> bytes:
    return lines(*({"event_type": "text_generation", "text": text} for text in texts))


def stream(
    *pieces: bytes, most_kept: int = 1 << 20, opening: Callable[[], Any] | None = None
) -> TextStream[Any, Any]:
    form = ndjson(TypeForm[Any](StreamAnalyzeResponse), "stream_end")
    return TextStream(opening or opening_of(pieces), form, reader=TEXT, most_kept=most_kept)


def iter_events(source: TextStream[Any, Any]) -> AsyncIterator[Any]:
    return aiter(source)


def iter_texts(source: TextStream[Any, Any]) -> AsyncIterator[str]:
    return source.text_stream


@pytest.mark.parametrize("pieces", [[words("a", "b"), lines(END)], [words("a", "b") + lines(END)]])
async def test_the_text_comes_in_pieces(pieces: Sequence[bytes]) -> None:
    source = stream(*pieces)
    assert [text async for text in source.text_stream] == ["a", "b"]
    assert (await source.get_final()).text == "ab"


async def test_the_rest_is_read_after_some_events() -> None:
    source = stream(words("a"), words("b", "c") + lines(END), b"\n")
    assert (await anext(source)).text == "a"
    assert await source.get_final_text() == "abc"


@pytest.mark.parametrize("kept", [iter_events, iter_texts])
async def test_the_rest_is_read_while_an_iterator_is_kept(kept: Callable[[Any], Any]) -> None:
    source = stream(words("a"), words("b", "c") + lines(END), b"\n")
    iterator = kept(source)
    await anext(iterator)
    assert await source.get_final_text() == "abc"
    assert [event async for event in iterator] == []


async def test_each_way_to_the_whole_text_gives_the_refusal() -> None:
    refusal = BadRequestError("no such model", status_code=400)

    @asynccontextmanager
    async def opening() -> AsyncIterator[Opened]:
        raise refusal
        yield

    source = stream(opening=opening)
    for _ in range(2):
        for call in (source.get_final, source.until_done, source.get_final_text):
            with pytest.raises(BadRequestError, match="no such model"):
                await call()


async def test_a_stream_that_was_left_has_no_whole_text() -> None:
    source = stream(words("a"), words("b") + lines(END))
    async for _ in source:
        break
    await source.aclose()
    for call in (source.until_done, source.get_final_text, source.get_final):
        with pytest.raises(StreamError):
            await call()


async def test_more_than_is_kept_has_no_whole_text() -> None:
    source = stream(*(words("x" * 1000) for _ in range(100)), lines(END), most_kept=20_000)
    assert len([text async for text in source.text_stream]) == 100
    with pytest.raises(StreamError, match="more than is kept"):
        await source.get_final_text()
