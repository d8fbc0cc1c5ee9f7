"""A stream's life: opened, read, broken off, closed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import orjson
import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import (
    DecodeError,
    NotFoundError,
    RequestTimeoutError,
    StreamError,
    TransportError,
)
from twelvelabs_async._runtime.convert import TypeForm
from twelvelabs_async._runtime.model import Model, Tagged, Unknown
from twelvelabs_async._runtime.stream import Stream
from twelvelabs_async._runtime.stream_formats import ndjson
from twelvelabs_async._runtime.transport import Opened


@define(kw_only=True)
class Word(Model):
    event_type: Literal["word"]
    text: str


@define(kw_only=True)
class End(Model):
    event_type: Literal["end"]


@define(kw_only=True)
class Other(Unknown):
    event_type: str | None = None


Event = Annotated[Word | End | Other, Tagged("event_type")]
END = b'{"event_type": "end"}\n'


def word(text: object) -> bytes:
    return orjson.dumps({"event_type": "word", "text": text}) + b"\n"


class Source:
    """What a stream is opened on: pieces, exceptions to raise, or "hang"; it counts."""

    def __init__(
        self, *steps: bytes | Exception | Literal["hang"], refusal: Exception | None = None
    ) -> None:
        self.steps = steps
        self.refusal = refusal
        self.opened = 0
        self.closed = 0
        self.given = 0
        self.ended = False

    @asynccontextmanager
    async def opening(self) -> AsyncIterator[Opened]:
        self.opened += 1
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        pieces = self._pieces()
        try:
            yield Opened(200, {}, pieces)
        finally:
            await pieces.aclose()
            self.closed += 1

    async def _pieces(self) -> AsyncGenerator[bytes]:
        for step in self.steps:
            await asyncio.sleep(0)
            if isinstance(step, Exception):
                raise step
            if step == "hang":
                await asyncio.get_running_loop().create_future()
            else:
                self.given += 1
                yield step
        self.ended = True

    def stream(self, most: int | None = None) -> Stream[Any]:
        return Stream(self.opening, ndjson(TypeForm[Any](Event), "end"), most=most)


async def texts(stream: Stream[Any]) -> list[str]:
    return [getattr(event, "text", type(event).__name__) async for event in stream]


async def failure(source: Source) -> StreamError:
    with pytest.raises(StreamError) as caught:
        await texts(source.stream())
    assert source.closed == source.opened == 1
    return caught.value


Read = Callable[[Stream[Any]], Any]


async def by_for(stream: Stream[Any]) -> list[str]:
    return await texts(stream)


async def by_await(stream: Stream[Any]) -> list[str]:
    opened = await stream
    assert opened is stream
    return await texts(opened)


async def by_with(stream: Stream[Any]) -> list[str]:
    async with stream as opened:
        assert opened is stream
        return await texts(opened)


async def by_both(stream: Stream[Any]) -> list[str]:
    async with await stream as opened:
        return await texts(opened)


async def by_data(stream: Stream[Any]) -> list[str]:
    return await texts((await stream).data)


async def by_hand(stream: Stream[Any]) -> list[str]:
    found = []
    try:
        while True:
            found.append(await anext(stream))
    except StopAsyncIteration:
        return [getattr(event, "text", type(event).__name__) for event in found]


@pytest.mark.parametrize("read", [by_for, by_await, by_with, by_both, by_data, by_hand])
async def test_a_stream_is_read_in_any_of_the_usual_ways(read: Read) -> None:
    source = Source(word("a"), word("b") + END)
    assert await read(source.stream()) == ["a", "b", "End"]
    assert (source.opened, source.closed) == (1, 1)


async def test_nothing_is_asked_for_before_it_is_read() -> None:
    source = Source(END)
    stream = source.stream()
    assert source.opened == 0
    await stream.aclose()
    assert source.opened == 0


async def test_an_event_is_given_as_soon_as_its_line_is_whole() -> None:
    source = Source(word("a") + b'{"event_type":', b'"word","text":"b"}\n', "hang")
    async with source.stream() as stream:
        assert (await anext(stream)).text == "a"
        assert source.given == 1
        assert (await anext(stream)).text == "b"
        assert source.given == 2
    assert source.closed == 1


async def test_the_last_event_may_have_no_newline() -> None:
    assert await texts(Source(word("a"), END.rstrip()).stream()) == ["a", "End"]


async def test_the_end_of_the_body_is_read_so_that_the_connection_can_be_kept() -> None:
    source = Source(END, b"\n", b"")
    assert await texts(source.stream()) == ["End"]
    assert source.ended


@pytest.mark.parametrize("rest", [b"more\n", TransportError("broken")])
async def test_what_the_connection_does_after_the_last_event_is_no_error(
    rest: bytes | Exception,
) -> None:
    source = Source(word("a") + END, rest)
    assert await texts(source.stream()) == ["a", "End"]
    assert source.closed == 1


class TestThePeerThatDoesNotEnd:
    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    async def test_a_body_that_does_not_end_is_not_waited_for(self) -> None:
        source = Source(word("a") + END, "hang")
        assert await texts(source.stream()) == ["a", "End"]
        assert source.closed == 1


@given(st.integers(1, 40), st.lists(st.text(max_size=20), max_size=4))
async def test_pieces_may_be_decoded_in_smaller_ones(most: int, given: list[str]) -> None:
    source = Source(b"".join(map(word, given)) + END)
    assert await texts(source.stream(most)) == [*given, "End"]


# What goes wrong


@pytest.mark.parametrize("steps", [(), (b"",), (word("a"),), (word("a"), b"\n \n")])
async def test_a_stream_that_stops_without_its_end_is_an_error(steps: tuple[bytes, ...]) -> None:
    error = await failure(Source(*steps))
    assert str(error) == "the stream ended without 'end'"
    assert [event.text for event in error.events] == ["a"] * (word("a") in steps)


async def test_a_last_line_that_is_cut_is_an_error() -> None:
    error = await failure(Source(word("a"), b'{"event_type": "wo'))
    assert "not a JSON object" in str(error)
    assert [event.text for event in error.events] == ["a"]


@pytest.mark.parametrize(
    "cause",
    [
        TransportError("the reply breaks off"),
        RequestTimeoutError("the peer was silent for 5 s", phase="read"),
        DecodeError("the reply's compressed data breaks off"),
    ],
)
async def test_a_connection_that_breaks_is_reported_with_its_cause(cause: Exception) -> None:
    error = await failure(Source(word("a"), word("b"), cause))
    assert str(error) == f"the stream broke off: {cause.args[0]}"
    assert error.__cause__ is cause
    assert [event.text for event in error.events] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ({"error": {"code": "c", "message": "m"}}, "c", "c: m"),
        ({"error": "m"}, None, "m"),
        ({"error": "m", "code": "c"}, "c", "c: m"),
        ({"code": "c", "message": "m"}, "c", "c: m"),
        ({"code": 7, "message": None}, "7", "7: no reason given"),
        ({"event_type": "error", "code": "c", "message": "m"}, "c", "c: m"),
        ({"event_type": "error", "message": "m"}, None, "m"),
        ({"event_type": "stream_error"}, None, "no reason given"),
        ({"event_type": "oops", "error": {"message": "m"}}, None, "m"),
        ({"error": None}, None, "no reason given"),
    ],
)
async def test_an_error_of_the_service_is_reported(
    line: dict[str, Any], code: str | None, message: str
) -> None:
    error = await failure(Source(word("a") + orjson.dumps(line) + b"\n" + word("b") + END))
    assert str(error) == f"the service ended the stream with an error: {message}"
    assert error.code == code
    assert error.body == line
    assert [event.text for event in error.events] == ["a"]


async def test_an_event_that_is_known_is_no_error_whatever_else_it_has() -> None:
    line = {"event_type": "word", "text": "a", "code": "x", "error": None}
    assert await texts(Source(orjson.dumps(line) + b"\n" + END).stream()) == ["a", "End"]


@pytest.mark.parametrize("line", [{"event_type": "news"}, {}, {"text": "a"}, {"event_type": None}])
async def test_an_event_that_is_not_known_is_given_as_it_is(line: dict[str, Any]) -> None:
    events = [event async for event in Source(orjson.dumps(line) + b"\n" + END).stream()]
    assert type(events[0]) is Other
    assert events[0].model_dump(exclude_none=True) == {
        k: v for k, v in line.items() if v is not None
    }


@pytest.mark.parametrize("line", [b"nonsense", b"[1]", b'"text"', b"null", b"5", b"\xff\xfe"])
async def test_a_line_that_is_no_object_is_an_error(line: bytes) -> None:
    error = await failure(Source(word("a"), line + b"\n", END))
    assert "not a JSON object" in str(error)
    assert [event.text for event in error.events] == ["a"]


async def test_an_event_that_does_not_fit_is_reported_by_its_path() -> None:
    error = await failure(Source(word("a") + word(5)))
    assert "expected str at $.text, found int" in str(error)
    assert error.body == {"event_type": "word", "text": 5}


async def test_errors_do_not_show_presigned_urls() -> None:
    url = "https://bucket.test/a?X-Amz-Signature=abcdef"
    lines = [
        orjson.dumps({"error": {"code": "c", "message": url, "at": [url]}}),
        f"see {url}".encode(),
    ]
    for line in lines:
        error = await failure(Source(line + b"\n"))
        assert "abcdef" not in str(error) + repr(vars(error))


async def test_a_refusal_is_raised_where_it_is_opened() -> None:
    refusal = NotFoundError("no such video", status_code=404)
    for read in (by_for, by_await, by_with, by_hand):
        source = Source(refusal=refusal)
        with pytest.raises(NotFoundError):
            await read(source.stream())
        assert source.opened == 1


# Ends


async def test_a_stream_is_iterated_once() -> None:
    stream = Source(word("a") + END).stream()
    assert await texts(stream) == ["a", "End"]
    with pytest.raises(StreamError, match="iterated once"):
        aiter(stream)


async def test_after_its_end_nothing_comes() -> None:
    stream = Source(END).stream()
    assert type(await anext(stream)) is End
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_leaving_the_block_closes_it_immediately() -> None:
    source = Source(word("a"), "hang")
    async with source.stream() as stream:
        async for event in stream:
            assert event.text == "a"
            break
    assert source.closed == 1


async def test_leaving_the_loop_closes_it_when_nothing_refers_to_it() -> None:
    source = Source(word("a"), word("b"), "hang")
    async for event in source.stream():
        assert event.text == "a"
        break
    gc.collect()
    for _ in range(10):  # the loop closes what was left
        await asyncio.sleep(0)
    assert source.closed == 1


async def test_closing_twice_does_no_harm() -> None:
    source = Source(word("a"), "hang")
    stream = await source.stream()
    await stream.aclose()
    await stream.aclose()
    assert (source.opened, source.closed) == (1, 1)


async def test_an_error_at_the_end_of_a_connection_is_not_lost() -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Opened]:
        async with Source(word("a"), "hang").opening() as opened:
            yield opened
        raise RuntimeError("no way for a connection to end")

    stream = Stream[Any](opening, ndjson(TypeForm[Any](Event), "end"))
    await stream
    with pytest.raises(RuntimeError, match="no way"):
        await stream.aclose()


async def test_a_closed_stream_is_not_opened_again() -> None:
    source = Source(END)
    stream = source.stream()
    await stream.aclose()
    for read in (by_await, by_with, by_for):
        with pytest.raises(StreamError, match="the stream is closed"):
            await read(stream)
    assert source.opened == 0


async def closed_by_hand(stream: Stream[Any]) -> None:
    await anext(stream)
    await stream.aclose()


async def left_by_break(stream: Stream[Any]) -> None:
    async for _ in stream:
        break


async def left_at_its_deadline(stream: Stream[Any]) -> None:
    await anext(stream)
    reader = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader


async def closed_before_it_began(stream: Stream[Any]) -> None:
    loop: Any = aiter(stream)
    await loop.aclose()
    stream.kept = loop  # type: ignore[attr-defined]  # it lives on


LEAVE = [closed_by_hand, left_by_break, left_at_its_deadline, closed_before_it_began]


@pytest.mark.parametrize("leave", LEAVE)
async def test_one_that_was_left_is_not_at_its_end(leave: Callable[[Any], Any]) -> None:
    source = Source(word("a"), word("b"), "hang")
    stream = source.stream()
    await leave(stream)
    for _ in range(2):
        with pytest.raises(StreamError, match="left before its end"):
            await anext(stream)
    with pytest.raises(StreamError, match="iterated once"):
        aiter(stream)
    assert source.opened <= 1


async def opened(stream: Stream[Any]) -> None:
    await stream


@pytest.mark.parametrize("begin", [opened, anext, texts])
async def test_what_comes_after_a_refusal_is_the_refusal(begin: Callable[[Any], Any]) -> None:
    refusal = NotFoundError("no such video", status_code=404)
    source = Source(refusal=refusal)
    stream = source.stream()
    with pytest.raises(NotFoundError):
        await begin(stream)
    for use in (opened, anext):
        with pytest.raises(NotFoundError, match="no such video"):
            await use(stream)
    with pytest.raises((NotFoundError, StreamError)):
        await texts(stream)
    assert source.opened == 1


async def test_what_comes_after_an_error_is_the_error() -> None:
    stream = Source(word("a"), TransportError("the connection broke")).stream()
    assert (await anext(stream)).text == "a"
    for _ in range(2):
        with pytest.raises(StreamError, match="the connection broke"):
            await anext(stream)


async def test_two_tasks_open_it_once_and_do_not_read_it_together() -> None:
    source = Source(word("a"), "hang")
    stream = source.stream()
    found = await asyncio.gather(opened(stream), opened(stream), return_exceptions=True)
    assert [str(error) for error in found if error] == ["another task opens the stream"]
    assert source.opened == 1
    await anext(stream)
    reader = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    with pytest.raises(StreamError, match="another task reads the stream"):
        await anext(stream)
    reader.cancel()
    await asyncio.wait([reader])


async def test_an_event_comes_by_whichever_iterator_is_asked() -> None:
    stream = Source(word("a"), word("b") + word("c"), END).stream()
    loop = aiter(stream)
    read = [await anext(one) for one in (loop, stream, loop, stream)]
    assert [getattr(event, "text", "end") for event in read] == ["a", "b", "c", "end"]


async def test_a_reader_that_is_cancelled_closes_it() -> None:
    source = Source(word("a"), "hang")
    seen = asyncio.Event()

    async def read() -> None:
        async with source.stream() as stream:
            async for _ in stream:
                seen.set()

    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed == 1
