"""The retry table: each status and failure, for each kind of call, by what the server saw."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import pytest

from tests.support.bare import Bare
from tests.support.both import both_clients
from tests.support.clock import EPOCH, VirtualClock
from tests.support.scripted_server import Answer, ScriptedServer, answer, error, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import (
    ApiError,
    ConfigurationError,
    ConnectError,
    DecodeError,
    NotFoundError,
    RequestTimeoutError,
    StreamError,
    TooManyRequestsError,
    TransportError,
    TwelveLabsError,
)
from twelvelabs_async.options import Retry, Timeouts

pytestmark = pytest.mark.anyio

Kind = Callable[[AsyncTwelveLabs], Awaitable[object]]


async def read(client: AsyncTwelveLabs) -> object:
    return await client.indexes.retrieve("i1")


async def ask(client: AsyncTwelveLabs) -> object:
    return await client.analyze(video_id="v1", prompt="what?")


async def write(client: AsyncTwelveLabs) -> object:
    await client.indexes.delete("i1")
    return None


async def cancel(client: AsyncTwelveLabs) -> object:
    return await client.analyze_async.tasks.cancel("t1")


async def create(client: AsyncTwelveLabs) -> object:
    return await client.indexes.create(index_name="films", models=[])


async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


ALL = (read, ask, write, cancel, create, stream)
REPEATABLE = (read, ask, write, cancel, stream)
WRITES = (write, cancel)
"""Repeatable, and no reads: an error of theirs may leave something changed."""

END = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'
GOOD: dict[Kind, Any] = {
    read: ok(),
    ask: ok({"id": "a1", "data": "a film"}),
    write: answer(204),
    cancel: ok({"task_id": "t1", "status": "canceled"}),
    create: ok({"_id": "i1"}),
    stream: answer(200, END),
}

REFUSED = (429, 503)
TRANSIENT = (408, 500, 502, 504)
FINAL = (300, 302, 400, 401, 402, 403, 404, 405, 409, 410, 413, 422, 451, 501, 505, 599)

LOST = {
    "reset": [b"", "reset"],
    "closed": [b"", "close"],
    "no HTTP": [b"\x00\x01 no HTTP\r\n\r\n", "close"],
    "cut head": [b"HTTP/1.1 200 OK\r\nContent-", "close"],
}


def named(kind: Any) -> str:
    return kind.__name__ if callable(kind) else str(kind)


async def outcome(kind: Kind, *answers: Any, **settings: Any) -> tuple[int, TwelveLabsError | None]:
    """How many requests the server saw, and the error that came out."""
    settings.setdefault("clock", VirtualClock())
    async with (
        ScriptedServer(*answers) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, **settings) as client,
    ):
        try:
            await kind(client)
        except TwelveLabsError as caught:
            return len(scripted.received), caught
        return len(scripted.received), None


@pytest.mark.parametrize("status", REFUSED)
@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_what_the_service_refused_is_sent_again(kind: Kind, status: int) -> None:
    assert await outcome(kind, error(status), error(status), GOOD[kind]) == (3, None)
    seen, failure = await outcome(kind, error(status))
    assert isinstance(failure, ApiError)
    assert (seen, failure.status_code, failure.maybe_done) == (3, status, False)


@pytest.mark.parametrize("status", TRANSIENT)
@pytest.mark.parametrize("kind", REPEATABLE, ids=named)
async def test_what_may_pass_is_sent_again_where_that_is_safe(kind: Kind, status: int) -> None:
    assert await outcome(kind, error(status), error(status), GOOD[kind]) == (3, None)
    seen, failure = await outcome(kind, error(status))
    assert isinstance(failure, ApiError)
    assert (seen, failure.maybe_done) == (3, kind in WRITES)


@pytest.mark.parametrize("status", TRANSIENT)
async def test_a_create_that_may_have_been_done_is_not_sent_again(status: int) -> None:
    seen, failure = await outcome(create, error(status), GOOD[create])
    assert isinstance(failure, ApiError)
    assert (seen, failure.maybe_done) == (1, True)
    assert "may have been carried out" in str(failure)


PAGE = b"<html>busy</html>"
UNREADABLE: dict[str, Callable[[int], Answer]] = {
    "br": lambda status: answer(status, PAGE, content_encoding="br"),
    "zstd": lambda status: answer(status, PAGE, content_encoding="zstd"),
    "no gzip": lambda status: answer(status, PAGE, content_encoding="gzip"),
    "cut gzip": lambda status: answer(status, gzip.compress(PAGE)[:-5], content_encoding="gzip"),
    "cut deflate": lambda status: answer(
        status, zlib.compress(PAGE)[:-5], content_encoding="deflate"
    ),
    "a bomb": lambda status: answer(
        status, gzip.compress(bytes(5_000_000)), content_encoding="gzip"
    ),
    "cut": lambda status: [answer(status, PAGE)[:-3], "close"],
    "reset": lambda status: [answer(status, PAGE)[:-3], "later", "reset"],
    "no chunks": lambda status: [
        answer(status, b"", {"Content-Length": "", "Transfer-Encoding": "chunked"}) + b"zz\r\n",
        "close",
    ],
}
"""Refusals whose bodies cannot be read."""


@pytest.mark.parametrize("status", REFUSED + TRANSIENT)
@pytest.mark.parametrize("how", UNREADABLE)
async def test_a_status_counts_though_its_body_cannot_be_read(how: str, status: int) -> None:
    refusal = UNREADABLE[how](status)
    for kind in REPEATABLE:
        assert await outcome(kind, refusal, refusal, GOOD[kind]) == (3, None)
    seen, failure = await outcome(create, refusal, GOOD[create])
    if status in REFUSED:
        assert (seen, failure) == (2, None)
    else:
        assert isinstance(failure, ApiError)
        assert (seen, failure.status_code, failure.maybe_done) == (1, status, True)


@pytest.mark.parametrize("how", UNREADABLE)
async def test_a_refusal_that_cannot_be_read_is_final_where_its_status_is(how: str) -> None:
    for kind in ALL:
        seen, failure = await outcome(kind, UNREADABLE[how](404), GOOD[kind])
        assert isinstance(failure, NotFoundError)
        assert seen == 1


async def test_the_wait_is_kept_though_the_body_cannot_be_read() -> None:
    clock = VirtualClock(chance=0.0)
    refusal = answer(503, PAGE, {"Retry-After": "7"}, content_encoding="br")
    assert await outcome(create, refusal, GOOD[create], clock=clock) == (2, None)
    assert clock.naps == [7.0]


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_other_refusals_are_final(kind: Kind, status: int) -> None:
    seen, failure = await outcome(kind, error(status), GOOD[kind])
    assert isinstance(failure, ApiError)
    assert (seen, failure.status_code) == (1, status)
    assert failure.maybe_done == (status >= 500 and kind in (*WRITES, create))


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("kind", REPEATABLE, ids=named)
async def test_a_lost_connection_is_retried_where_that_is_safe(kind: Kind, how: str) -> None:
    assert await outcome(kind, LOST[how], LOST[how], GOOD[kind]) == (3, None)
    seen, failure = await outcome(kind, LOST[how])
    assert isinstance(failure, TransportError)
    assert (seen, failure.maybe_done) == (3, kind in WRITES)


@pytest.mark.parametrize("how", LOST)
async def test_a_create_whose_connection_is_lost_is_not_sent_again(how: str) -> None:
    seen, failure = await outcome(create, LOST[how], GOOD[create])
    assert isinstance(failure, TransportError)
    assert (seen, failure.maybe_done) == (1, True)
    assert (failure.method, failure.path) == ("POST", "/indexes")


CUT = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "close"]


@pytest.mark.parametrize("kind", [read, ask, write, cancel], ids=named)
async def test_a_reply_that_breaks_off_is_requested_again(kind: Kind) -> None:
    assert await outcome(kind, CUT, GOOD[kind]) == (2, None)


async def test_a_create_whose_reply_breaks_off_is_not_sent_again() -> None:
    seen, failure = await outcome(create, CUT, GOOD[create])
    assert isinstance(failure, TransportError)
    assert (seen, failure.maybe_done) == (1, True)


async def test_a_stream_that_has_begun_is_not_sent_again() -> None:
    piece = b'{"event_type": "text_generation", "text": "a"}\n'
    cut = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + piece, "close"]
    seen, failure = await outcome(stream, cut, GOOD[stream])
    assert isinstance(failure, StreamError)
    assert (seen, [event.text for event in failure.events]) == (1, ["a"])


@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_a_reply_that_cannot_be_decoded_is_final(kind: Kind) -> None:
    if kind is write:
        return  # nothing is read of its answer
    seen, failure = await outcome(kind, answer(200, b"<html>"), GOOD[kind])
    assert isinstance(failure, DecodeError | StreamError)
    assert (seen, getattr(failure, "maybe_done", False)) == (1, kind in (cancel, create))


@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_what_was_not_sent_is_sent_again(kind: Kind) -> None:
    clock = VirtualClock()
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))  # taken, and not listened to: connections are refused
        url = f"http://127.0.0.1:{place.getsockname()[1]}/v1.3"
        async with AsyncTwelveLabs("k", base_url=url, clock=clock) as client:
            with pytest.raises(ConnectError) as caught:
                await kind(client)
    assert (len(clock.naps), caught.value.maybe_done) == (2, False)


@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_none_is_sent_again_when_retries_are_off(kind: Kind) -> None:
    for first in (error(429), error(503), error(500), LOST["closed"]):
        seen, failure = await outcome(kind, first, GOOD[kind], max_retries=0)
        assert seen == 1
        assert failure is not None


async def test_a_call_can_be_given_its_own_retries() -> None:
    async with (
        ScriptedServer(error(503)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        with pytest.raises(ApiError):
            await client.indexes.retrieve("i1", request_options={"max_retries": 4})
        assert len(scripted.received) == 5


async def test_maybe_done_stays_when_a_later_attempt_fails_otherwise() -> None:
    """The first delete may have been what made the second find nothing."""
    seen, failure = await outcome(write, LOST["closed"], error(404))
    assert isinstance(failure, NotFoundError)
    assert (seen, failure.maybe_done) == (2, True)


POSTS: dict[str, tuple[Callable[[Any], Awaitable[object]], bool]] = {
    "search": (lambda c: c.search.create(index_id="i", search_options=["visual"]), False),
    "summarize": (lambda c: c.summarize(video_id="v", type="summary"), False),
    "analyze": (lambda c: c.analyze(video_id="v", prompt="?"), False),
    "embed": (lambda c: c.embed.create(model_name="m", text="x"), False),
    "embed, v2": (lambda c: c.embed.v_2.create(input_type="text", model_name="m"), False),
    "search a store": (lambda c: c.knowledge_stores.search("s", query={"text": "x"}), False),
    "a token": (lambda c: c.data_connectors.create_connection_picker_token("c"), False),
    "chunk URLs": (
        lambda c: c.multipart_upload.get_additional_presigned_urls("u", start=1, count=1),
        False,
    ),
    "report chunks": (
        lambda c: c.multipart_upload.report_chunk_batch("u", completed_chunks=[]),
        True,
    ),
    "add items": (
        lambda c: c.knowledge_store_item_collections.add_items("s", "c", item_ids=["i"]),
        True,
    ),
    "remove items": (
        lambda c: c.knowledge_store_item_collections.remove_items("s", "c", item_ids=["i"]),
        True,
    ),
    "cancel": (lambda c: c.analyze_async.tasks.cancel("t"), True),
    "create by key": (
        lambda c: c.analyze_async.tasks.create(video={"type": "asset_id", "asset_id": "a"}),
        True,
    ),
}
"""The POSTs that may be sent again, and whether they change something."""


@both_clients
@pytest.mark.parametrize("name", POSTS)
async def test_a_post_that_changes_something_may_have_been_carried_out(
    name: str, make: Callable[..., Any]
) -> None:
    call, changes = POSTS[name]
    async with (
        ScriptedServer(LOST["closed"]) as scripted,
        make("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        with pytest.raises(TransportError) as caught:
            await call(client)
        assert (set(scripted.methods), len(scripted.received)) == ({"POST"}, 3)
    assert caught.value.maybe_done == changes
    assert ("may have been carried out" in str(caught.value)) == changes


async def test_waits_are_drawn_evenly_up_to_a_doubling_bound() -> None:
    for chance in (0.0, 0.5, 1.0):
        clock = VirtualClock(chance)
        retry = Retry(max_retries=6, backoff=1.0, backoff_max=10.0)
        await outcome(read, error(500), retry=retry, clock=clock)
        assert clock.naps == [chance * most for most in (1, 2, 4, 8, 10, 10)]


def reset_headers(seconds: float) -> list[dict[str, str]]:
    at = str(int(EPOCH + seconds))
    return [
        {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": at},
        {"X-RateLimit-Request-Remaining": "0", "X-RateLimit-Request-Reset": at},
        {"X-RateLimit-Duration-Remaining": "0", "X-RateLimit-Duration-Reset": str(seconds)},
        {"X-RateLimit-Outputtoken-Remaining": "0", "X-RateLimit-Outputtoken-Reset": at},
    ]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "7.5"}, 7.5),
        ({"Retry-After": formatdate(EPOCH + 7, usegmt=True)}, 7),
        ({"Retry-After": formatdate(EPOCH - 700, usegmt=True)}, 0),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, 0),
        *((headers, 7) for headers in reset_headers(7)),
    ],
    ids=str,
)
async def test_the_wait_that_the_service_asks_for_is_kept(
    headers: dict[str, str], wait: float
) -> None:
    clock = VirtualClock(chance=0.0)
    refusal = answer(429, b"", headers)
    assert await outcome(read, refusal, GOOD[read], clock=clock) == (2, None)
    assert clock.naps == [pytest.approx(wait)]


@pytest.mark.parametrize(("retry_after", "wait"), [("30", 30.5), ("0", 0.5)])
async def test_jitter_is_added_to_a_requested_wait(retry_after: str, wait: float) -> None:
    clock = VirtualClock(chance=1.0)
    refusal = answer(429, b"", {"Retry-After": retry_after})
    assert await outcome(read, refusal, GOOD[read], clock=clock) == (2, None)
    assert clock.naps == [pytest.approx(wait)]


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "91"}, {"Retry-After": "9e99"}, *reset_headers(9999)]
)
@pytest.mark.parametrize("kind", ALL, ids=named)
async def test_a_wait_beyond_the_bound_is_not_begun(kind: Kind, headers: dict[str, str]) -> None:
    clock = VirtualClock()
    seen, failure = await outcome(kind, answer(429, b"", headers), GOOD[kind], clock=clock)
    assert isinstance(failure, TooManyRequestsError)
    assert (seen, clock.naps) == (1, [])
    assert failure.retry_after is not None
    assert failure.retry_after > 90


async def test_the_bound_is_the_callers() -> None:
    refusal = answer(429, b"", {"Retry-After": "3600"})
    clock = VirtualClock(chance=0.0)
    assert await outcome(read, refusal, GOOD[read], clock=clock, max_wait=4000.0) == (2, None)
    assert clock.naps == [3600]


async def test_a_nested_body_can_ask_for_the_wait() -> None:
    body = b'{"error": {"code": "RATE_LIMIT_EXCEEDED", "details": {"retryAfter": "60"}}}'
    clock = VirtualClock(chance=0.0)
    assert await outcome(read, answer(429, body), GOOD[read], clock=clock) == (2, None)
    assert clock.naps == [60]


async def test_an_analysis_task_is_created_with_one_key() -> None:
    made = ok({"task_id": "t1", "status": "queued"})
    async with ScriptedServer(error(500), error(500), made) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client:
            await client.analyze_async.tasks.create(prompt="What?")
        first, second, third = (
            received.headers["idempotency-key"] for received in scripted.received
        )
        assert first == second == third


@both_clients
@pytest.mark.parametrize("where", ["call", "client"])
@pytest.mark.parametrize("key", ["", " \t"])
async def test_an_empty_key_is_refused_before_anything_is_sent(
    make: Callable[..., AsyncTwelveLabs], where: str, key: str
) -> None:
    async with ScriptedServer() as scripted:
        given = {"idempotency-Key": key}
        headers = given if where == "client" else {}
        async with make("k", base_url=scripted.url, headers=headers) as client:
            options: Any = {"additional_headers": given} if where == "call" else {}
            with pytest.raises(ConfigurationError, match="Idempotency-Key header is empty"):
                await client.analyze_async.tasks.create(prompt="What?", request_options=options)
        assert scripted.received == []


async def test_a_header_of_the_caller_is_the_same_on_each_attempt() -> None:
    async with ScriptedServer(error(503), error(503), GOOD[create]) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client:
            options: Any = {"additional_headers": {"Idempotency-Key": "once"}}
            await client.indexes.create(index_name="films", models=[], request_options=options)
        assert [received.headers["idempotency-key"] for received in scripted.received] == [
            "once"
        ] * 3


@pytest.mark.parametrize("how", ["form", "file", "object"])
async def test_each_attempt_sends_the_whole_body(how: str) -> None:
    async with ScriptedServer(error(503), error(503), ok({"_id": "a1"})) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client:
            content = b"x" * 3_000_000
            if how == "file":
                await client.assets.create(method="direct", file=("film.mp4", content))
            elif how == "object":
                file: Any = Bare(content)
                file.read(1000)
                await client.assets.create(method="direct", file=file)
            else:
                await client.assets.create(method="url", url="https://films/one.mp4")
        first, second, third = (received.body for received in scripted.received)
        assert first == second == third
        assert (content in first) == (how != "form")


async def test_a_file_that_cannot_be_rewound_is_sent_once() -> None:
    class Pipe:
        name = "pipe.mp4"

        def __init__(self) -> None:
            self.left = [b"abc", b""]

        def read(self, size: int = -1) -> bytes:
            return self.left.pop(0)

        def seekable(self) -> bool:
            return False

    async with ScriptedServer(error(503), ok({"_id": "a1"})) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client:
            with pytest.raises(ApiError) as caught:
                await client.assets.create(method="direct", file=Pipe())  # type: ignore[arg-type]  # has what is needed
        assert len(scripted.received) == 1
        assert b"abc" in scripted.received[0].body
    assert caught.value.status_code == 503
    assert any("rewound" in note for note in caught.value.__notes__)


class TestConnectTimeout:
    """A handshake that is never answered."""

    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    @pytest.mark.parametrize("kind", ALL, ids=named)
    async def test_a_connection_that_is_not_made_is_requested_again(self, kind: Kind) -> None:
        clock = VirtualClock()
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            fillers = []
            for _ in range(4):  # the queue of a listener that accepts nothing
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
                fillers.append(filler)
            try:
                async with AsyncTwelveLabs(
                    "k", base_url=url, clock=clock, timeout=Timeouts(connect=1.0)
                ) as client:
                    with pytest.raises(RequestTimeoutError) as caught:
                        await kind(client)
            finally:
                for filler in fillers:
                    filler.close()
        assert (caught.value.phase, caught.value.maybe_done) == ("connect", False)
        assert len(clock.naps) == 2
