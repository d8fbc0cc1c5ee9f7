"""Time limits: which one struck is on the error. In a loop whose waits take no time."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import anyio
import pytest

from tests.support.loops import LoopClock
from tests.support.pieces import Pieces
from tests.support.scripted_server import Received, ScriptedServer, Step, answer, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import (
    ClientClosedError,
    ConfigurationError,
    ContentTooLargeError,
    ForbiddenError,
    RequestTimeoutError,
    StreamError,
    WaitTimeoutError,
)
from twelvelabs_async.options import Timeouts

pytestmark = pytest.mark.anyio

PIECE = b'{"event_type": "text_generation", "text": "a"}\n'
END = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.fixture
def anyio_backend(jumping: Any) -> Any:
    return jumping


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    "silence",
    [["hang"], [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "hang"]],
    ids=["before the answer", "in the answer"],
)
async def test_silence_is_a_read_timeout(silence: Any) -> None:
    async with (
        ScriptedServer(silence) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, timeout=Timeouts(read=30.0), max_retries=0
        ) as client,
    ):
        began = now()
        with pytest.raises(RequestTimeoutError, match="silent for 30") as caught:
            await client.indexes.retrieve("i1")
        assert 30 <= now() - began < 40
        assert caught.value.phase == "read"
        assert (caught.value.method, caught.value.path) == ("GET", "/indexes/i1")
        assert isinstance(caught.value, TimeoutError)


async def test_a_slow_reply_is_not_silence() -> None:
    body = ok().partition(b"\r\n\r\n")[2]
    pieces: list[Step] = [step for byte in body for step in (bytes([byte]), "nap")]
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with (
        ScriptedServer([head, *pieces]) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, timeout=Timeouts(read=30.0, total=None)
        ) as client,
    ):
        began = now()
        assert (await client.indexes.retrieve("i1")).id == "i1"
        assert now() - began > 300
        assert len(scripted.received) == 1


@pytest.mark.parametrize("own", [False, True], ids=["of the client", "of the call"])
async def test_the_deadline_covers_a_call_with_its_retries(own: bool) -> None:
    options: Any = {"timeout_in_seconds": 50} if own else None
    async with (
        ScriptedServer(["hang"]) as scripted,
        AsyncTwelveLabs(
            "k",
            base_url=scripted.url,
            timeout=Timeouts(read=20.0, total=600.0 if own else 50.0),
            max_retries=9,
            clock=LoopClock(),
        ) as client,
    ):
        began = now()
        with pytest.raises(RequestTimeoutError, match="not done within 50") as caught:
            await client.indexes.retrieve("i1", request_options=options)
        assert 50 <= now() - began < 60
        assert caught.value.phase == "total"
        assert len(scripted.received) == 3


async def test_the_deadline_of_a_create_says_whether_it_may_have_been_done() -> None:
    settings: Any = {"timeout": 50.0, "clock": LoopClock()}
    refused = answer(429, b"", {"Retry-After": "80"})
    for script, maybe_done in ((["hang"], True), (refused, False)):
        async with (
            ScriptedServer(script) as scripted,
            AsyncTwelveLabs("k", base_url=scripted.url, **settings) as client,
        ):
            with pytest.raises(RequestTimeoutError) as caught:
                await client.indexes.create(index_name="films", models=[])
            assert (caught.value.phase, caught.value.maybe_done) == ("total", maybe_done)


async def test_a_deadline_from_outside_works_too() -> None:
    async with (
        ScriptedServer(["hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(TimeoutError) as caught, anyio.fail_after(5):
            await client.indexes.retrieve("i1")
        assert not isinstance(caught.value, RequestTimeoutError)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await client.indexes.retrieve("i1")


async def test_a_stream_has_no_total() -> None:
    script: list[Step] = [STREAM_HEAD]
    for _ in range(100):
        script += [chunk(PIECE), "nap"]
    script += [chunk(END), b"0\r\n\r\n"]
    async with (
        ScriptedServer(script) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, timeout=Timeouts(read=30.0, total=60.0)
        ) as client,
    ):
        began = now()
        events = [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]
        assert len(events) == 101
        assert now() - began > 900


async def test_a_silent_stream_ends_in_a_stream_error_that_says_why() -> None:
    options: Any = {"timeout_in_seconds": 30}
    async with (
        ScriptedServer([STREAM_HEAD, chunk(PIECE), "hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        began = now()
        stream = client.analyze_stream(video_id="v1", prompt="what?", request_options=options)
        with pytest.raises(StreamError, match="silent for 30") as caught:
            async for _ in stream:
                pass
        assert now() - began < 40
        assert isinstance(caught.value.__cause__, RequestTimeoutError)
        assert caught.value.__cause__.phase == "read"


@pytest.mark.parametrize("side", ["api", "storage"])
async def test_a_peer_that_takes_nothing_is_a_write_timeout(side: str) -> None:
    content = bytes(40_000_000)
    timeouts = Timeouts(write=20.0, read=100.0, total=None)
    async with (
        ScriptedServer(["unread", "hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, timeout=timeouts, max_retries=0) as client,
    ):
        began = now()
        with pytest.raises(RequestTimeoutError, match="accepted no bytes for 20") as caught:  # noqa: PT012  # one of two
            if side == "api":
                await client.assets.create(method="direct", file=content)
            else:
                await client._core.put(scripted.url, {}, Pieces(content))
        assert caught.value.phase == "write"
        assert caught.value.maybe_done == (side == "api")
        assert now() - began < 60


@pytest.mark.parametrize("value", ["100-continue", "100-Continue"])
@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("side", ["api", "storage"])
async def test_a_peer_without_100_continue_is_silent(side: str, size: int, value: str) -> None:
    timeouts = Timeouts(write=20.0, read=30.0, total=None)
    async with (
        ScriptedServer(["hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, timeout=timeouts, max_retries=0) as client,
    ):
        began = now()
        with pytest.raises(RequestTimeoutError, match="silent for 30") as caught:  # noqa: PT012  # one of two
            if side == "api":
                options: Any = {"additional_headers": {"Expect": value}}
                await client.assets.create(
                    method="direct", file=bytes(size), request_options=options
                )
            else:
                await client._core.put(scripted.url, {"expect": value}, Pieces(bytes(size)))
        assert caught.value.phase == "read"
        assert 30 <= now() - began < 60
        assert scripted.received[0].headers["expect"] == value


@pytest.mark.parametrize("status", [200, 403])
async def test_an_endless_reply_of_storage_is_left(status: int) -> None:
    given = 0

    def endless(received: Received) -> Iterator[Step]:
        nonlocal given
        yield f'HTTP/1.1 {status} X\r\nETag: "e"\r\nTransfer-Encoding: chunked\r\n\r\n'.encode()
        while True:
            given += 1
            yield chunk(b"x" * 65536)

    async with (
        ScriptedServer(endless) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, max_retries=0) as client,
    ):
        for turn in (1, 2):
            try:
                reply = await client._core.put(scripted.url, {}, Pieces(b"film"))
            except ForbiddenError:
                assert status == 403
            else:
                assert (reply.status, len(reply.body)) == (200, 8192)
            assert scripted.connections == turn
        assert given < 400  # what the system holds for a peer that reads no more


@pytest.mark.parametrize(
    "rest", [["hang"], ["nap", b"{", "hang"], [b" ", "nap"] * 100], ids=["none", "some", "drops"]
)
async def test_a_refusal_is_not_waited_for_to_its_end(rest: Any) -> None:
    """Its status counts; whether the rest comes changes nothing."""
    head = b"HTTP/1.1 503 X\r\nContent-Length: 1000\r\nRetry-After: 0\r\n\r\n"
    async with (
        ScriptedServer([head, *rest], ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock()) as client,
    ):
        began = now()
        assert (await client.indexes.create(index_name="films", models=[])).id == "i1"
        assert now() - began < 20
        assert len(scripted.received) == 2


@asynccontextmanager
async def slow_reader(pace: float, patience: float = 0.0) -> AsyncIterator[str]:
    """The address of a server that takes some of a body every `pace` seconds, then answers.

    The answer comes `patience` seconds after the last byte. It takes all that the system has for
    it: of less the peer would hear later, by the system's clock.
    """
    loop = asyncio.get_running_loop()

    async def serve() -> None:
        with (await loop.sock_accept(listener))[0] as sock, suppress(ConnectionError):
            sock.setblocking(False)
            got = await loop.sock_recv(sock, 1 << 22)
            head, _, body = got.partition(b"\r\n\r\n")
            sized = re.search(rb"content-length: (\d+)", head.lower())
            count = len(body)
            while count < int(sized[1]) if sized else not got.endswith(b"\r\n0\r\n\r\n"):
                await asyncio.sleep(pace)
                if not (got := await loop.sock_recv(sock, 1 << 22)):
                    return
                count += len(got)
            await asyncio.sleep(patience)
            await loop.sock_sendall(sock, ok({"_id": "a1", "status": "ready"}))
            await loop.sock_recv(sock, 1)

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        serving = asyncio.ensure_future(serve())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1.3"
        finally:
            serving.cancel()
            await asyncio.wait([serving])


SENT = 6_000_000  # in some 15 pieces: longer than the deadline, and several pieces may be late


async def direct(client: AsyncTwelveLabs, **options: Any) -> object:
    return await client.assets.create(method="direct", file=bytes(SENT), **options)


async def opened(client: AsyncTwelveLabs, **options: Any) -> object:
    return await client.tasks.create(index_id="i1", video_file=io.BytesIO(bytes(SENT)), **options)


async def read_once(client: AsyncTwelveLabs, **options: Any) -> object:
    file = io.BufferedReader(cast("Any", Unseekable(bytes(SENT))))
    return await client.assets.create(method="direct", file=file, **options)


async def as_json(client: AsyncTwelveLabs, **options: Any) -> object:
    return await client.indexes.create(index_name="x" * SENT, models=[], **options)


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False


SENDERS = [direct, opened, read_once, as_json]


@pytest.mark.parametrize("own", [False, True], ids=["of the client", "of the call"])
@pytest.mark.parametrize("send", SENDERS)
async def test_a_body_that_moves_has_no_deadline(send: Callable[..., Any], own: bool) -> None:
    options: Any = {"timeout_in_seconds": 30} if own else None
    async with slow_reader(pace=4.0, patience=20.0) as url:
        timeout = None if own else 30.0
        async with AsyncTwelveLabs("k", base_url=url, timeout=timeout, max_retries=0) as client:
            began = now()
            assert (await send(client, request_options=options)).id == "a1"
            assert now() - began > 45


@pytest.mark.parametrize("send", SENDERS)
async def test_the_deadline_begins_when_the_body_has_gone(send: Callable[..., Any]) -> None:
    async with slow_reader(pace=4.0, patience=99.0) as url:
        async with AsyncTwelveLabs("k", base_url=url, timeout=30.0, max_retries=0) as client:
            began = now()
            with pytest.raises(RequestTimeoutError, match="not done within 30") as caught:
                await send(client)
            assert caught.value.phase == "total"
            assert now() - began > 45


async def test_a_silence_is_not_counted_while_a_body_moves() -> None:
    """What the system holds for the peer is on its way, though the last write has ended."""
    async with slow_reader(pace=4.0, patience=20.0) as url:
        limits = Timeouts(read=30.0, write=30.0, total=None)
        async with AsyncTwelveLabs("k", base_url=url, timeout=limits, max_retries=0) as client:
            assert cast("Any", await direct(client)).id == "a1"


async def test_a_body_that_stalls_ends_at_the_deadline() -> None:
    async with (
        ScriptedServer(["unread", "hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, timeout=30.0, max_retries=0) as client,
    ):
        began = now()
        with pytest.raises(RequestTimeoutError, match="not done within 30"):
            await client.assets.create(method="direct", file=bytes(40_000_000))
        # On a busy machine the system may take a piece late, which restarts the deadline.
        assert 30 <= now() - began < 120


async def test_closing_the_client_ends_a_body_that_moves() -> None:
    async with slow_reader(pace=10.0) as url:
        client = AsyncTwelveLabs("k", base_url=url, timeout=30.0, max_retries=0)
        call = asyncio.ensure_future(direct(client))
        await asyncio.sleep(25)
        await client.close()
        began = now()
        with pytest.raises(ClientClosedError):
            await call
        assert now() - began < 5  # before the reader takes more


async def test_a_reply_before_the_end_of_the_body_ends_the_call() -> None:
    """Storage says 403 to an address that has expired, and reads no further."""
    early = [
        "unread",
        b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "hang",
    ]
    async with (
        ScriptedServer(early) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, timeout=Timeouts(write=20.0)) as client,
    ):
        began = now()
        with pytest.raises(ContentTooLargeError):
            await client.assets.create(method="direct", file=bytes(40_000_000))
        assert now() - began < 10


async def test_a_wait_ends_at_its_deadline() -> None:
    asset = ok({"_id": "a1", "status": "processing"})
    async with (
        ScriptedServer(asset) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock()) as client,
    ):
        began = now()
        with pytest.raises(WaitTimeoutError) as caught:
            await client.assets.wait_until_ready("a1", timeout=100.0)
        assert 100 <= now() - began < 110
        assert caught.value.last.status == "processing"


async def test_a_wait_ends_at_its_deadline_though_a_poll_hangs() -> None:
    asset = ok({"_id": "a1", "status": "processing"})
    async with (
        ScriptedServer(asset, ["hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock()) as client,
    ):
        began = now()
        with pytest.raises(WaitTimeoutError) as caught:
            await client.assets.wait_until_ready("a1", timeout=100.0)
        assert 100 <= now() - began < 110
        assert caught.value.last.status == "processing"


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), Timeouts(read=0)])
def test_a_time_limit_is_above_zero(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="above 0"):
        AsyncTwelveLabs("k", timeout=wrong)
