"""A call can be cancelled wherever it waits, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import anyio
import pytest

from tests.support.clock import VirtualClock
from tests.support.garbage import BrokenOff
from tests.support.pieces import Pieces
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, error, ok
from tests.support.tls import client_context, server_context
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import StreamError, TwelveLabsError

pytestmark = pytest.mark.anyio

NUMBERS = count()
PIECE = b'{"event_type": "text_generation", "text": "a"}\n'
END = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Service:
    """Answers in several pieces; what may be repeated, only the second time."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.polls = 0

    def __call__(self, received: Received) -> Answer:
        call = f"{received.method} {received.target}"
        if call not in self.refused:
            self.refused.add(call)
            return error(503)
        self.refused.discard(call)
        if "analyze" in received.target:
            return [CHUNKED, "later", chunk(PIECE), "later", chunk(PIECE), chunk(END), b"0\r\n\r\n"]
        if received.target.endswith("/indexes") or "page" in received.target:
            page = int(received.target.partition("page=")[2] or 1)
            info = {"page": page, "total_page": 3}
            whole = ok({"data": [{"_id": f"i{page}"}], "page_info": info})
        elif received.method == "PUT":
            whole = answer(200, b"")
        elif "/tasks/" in received.target:
            self.polls += 1
            whole = ok({"_id": "t1", "status": "ready" if self.polls % 3 == 0 else "indexing"})
        else:
            whole = ok()
        half = len(whole) - 5
        return [whole[:half], "later", whole[half:]]


async def read(client: AsyncTwelveLabs) -> object:
    return await client.indexes.retrieve("i1")


async def limited(client: AsyncTwelveLabs) -> object:
    return await client.search.create(index_id="i1", search_options=["visual"], query_text="x")


async def upload(client: AsyncTwelveLabs) -> object:
    return await client.assets.create(method="direct", file=("film.mp4", bytes(3_000_000)))


async def storage(client: AsyncTwelveLabs) -> object:
    # A part of its own, since the service may still read that of a call that was cancelled.
    url = f"{client._core.base_url}/part{next(NUMBERS)}"
    with suppress(TwelveLabsError):
        await client._core.put(url, {}, Pieces(bytes(3_000_000)))
    return await client._core.put(url, {}, Pieces(bytes(3_000_000)))


async def pages(client: AsyncTwelveLabs) -> object:
    return [row async for row in client.indexes.list()]


async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


async def stream_inside_with(client: AsyncTwelveLabs) -> object:
    async with client.analyze_stream(video_id="v1", prompt="what?") as events:
        return [event async for event in events]


async def wait(client: AsyncTwelveLabs) -> object:
    return await client.tasks.wait_for_done("t1")


KINDS = (read, limited, upload, storage, pages, stream, stream_inside_with, wait)


def by_asyncio(task: asyncio.Task[Any], scope: anyio.CancelScope) -> None:
    task.cancel()


def by_anyio(task: asyncio.Task[Any], scope: anyio.CancelScope) -> None:
    """Every further await raises, also those of the clean-up."""
    scope.cancel()


async def check_that_nothing_is_left(client: AsyncTwelveLabs, tasks: set[Any]) -> None:
    for _ in range(30):
        left = asyncio.all_tasks() - tasks
        if not any("twelvelabs" in repr(task.get_coro()) or "Pager" in repr(task) for task in left):
            break
        await asyncio.sleep(0)
    else:
        pytest.fail(f"tasks were left behind: {left}")
    limiter, transport = client._core.shared._made  # type: ignore[misc]  # it is made by now
    assert limiter._permits.held == 0
    for window in limiter._windows.values():
        assert window._pending == 0
        assert window._turn.held == 0
    for session in transport._sessions.values():
        connector: Any = session.connector
        assert not connector._acquired
        for kept in connector._conns.values():
            for protocol, _ in kept:
                assert not protocol.should_close  # half read


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("cancel", [by_asyncio, by_anyio])
@pytest.mark.parametrize("kind", KINDS)
async def test_cancelled_at_every_await(
    kind: Callable[[AsyncTwelveLabs], Coroutine[Any, Any, object]],
    cancel: Callable[[asyncio.Task[Any], anyio.CancelScope], None],
) -> None:
    service = Service()
    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        whole = await kind(client)  # imports, and an idle connection
        turns = 0
        while True:
            turns += 1
            tasks = asyncio.all_tasks()
            broken_off = BrokenOff()
            scope = anyio.CancelScope()

            async def call(scope: anyio.CancelScope = scope) -> object:
                with scope:
                    return await kind(client)
                return None

            task = asyncio.create_task(kind(client) if cancel is by_asyncio else call())
            for _ in range(turns):
                await asyncio.sleep(0)
            ended = task.done()
            cancel(task, scope)
            await asyncio.wait([task])
            await check_that_nothing_is_left(client, tasks)
            if ended:
                assert type(task.result()) is type(whole)
                break
            del task, call
            assert await broken_off.left() == []
            service.refused.clear()
        assert turns > 10
        # The client is as good as new.
        assert type(await kind(client)) is type(whole)


async def settle() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.mark.parametrize("way", ["break", "raise", "return", "aclose", "with", "unused"])
async def test_a_stream_that_is_left_early_is_closed(way: str) -> None:
    endless = [CHUNKED, *[chunk(PIECE)] * 3, "hang"]
    async with (
        ScriptedServer(endless) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        await leave(client.analyze_stream(video_id="v1", prompt="what?"), way)
        await settle()
        assert scripted.open_connections == 0


@pytest.mark.parametrize("wire", ["plain", "tls"])
async def test_no_connection_waits_for_a_peer_that_no_longer_reads(wire: str) -> None:
    """Under TLS a connection is closed as usual only when the peer has closed it too."""
    server, trusting = (server_context(), client_context()) if wire == "tls" else (None, None)
    async with (
        ScriptedServer(["unread", CHUNKED, chunk(PIECE), "hang"], tls=server) as deaf,
        AsyncTwelveLabs("k", base_url=deaf.url, ssl_context=trusting) as client,
    ):
        cancelled = asyncio.create_task(read(client))
        stream = client.analyze_stream(video_id="v1", prompt="what?")
        assert (await anext(stream)).text == "a"  # type: ignore[union-attr]  # a piece of text
        _, transport = client._core.shared._made  # type: ignore[misc]  # it is made by now
        connector: Any = transport._sessions["api"].connector
        sockets = [it.transport.get_extra_info("socket") for it in connector._acquired]
        assert len(sockets) == 2
        await stream.aclose()
        cancelled.cancel()
        await asyncio.wait([cancelled])
        await settle()
        assert [it.fileno() for it in sockets] == [-1, -1]


async def leave(stream: Any, way: str) -> None:
    if way == "break":
        async for _ in stream:
            break
    elif way == "raise":
        with suppress(KeyError):
            async for _ in stream:
                raise KeyError
    elif way == "return":
        async for _ in stream:
            return
    elif way == "aclose":
        await anext(stream)
        await stream.aclose()
        await stream.aclose()
    elif way == "with":
        async with stream:
            await anext(stream)
    else:
        await stream
        await stream.aclose()


async def test_a_stream_that_was_left_says_so_when_it_is_used_again() -> None:
    endless = [CHUNKED, *[chunk(PIECE)] * 3, "hang"]
    async with (
        ScriptedServer(endless) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        stream = client.analyze_stream(video_id="v1", prompt="what?")
        async for _ in stream:
            break
        with pytest.raises(StreamError, match="iterated once"):
            async for _ in stream:
                pass
        closed = client.analyze_stream(video_id="v1", prompt="what?")
        await closed.aclose()
        with pytest.raises(StreamError, match="closed"):
            await closed


@pytest.mark.parametrize("way", ["next", "loop"])
async def test_a_stream_can_be_closed_by_another_task(way: str) -> None:
    async def loop(stream: Any) -> None:
        async for _ in stream:
            pass

    endless = [CHUNKED, chunk(PIECE), "hang"]
    async with (
        ScriptedServer(endless) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        stream = client.analyze_stream(video_id="v1", prompt="what?")
        if way == "next":
            assert (await anext(stream)).text == "a"  # type: ignore[union-attr]  # a piece of text
            reader = asyncio.create_task(anext(stream))
        else:
            reader = asyncio.create_task(loop(stream))
        await settle()
        await stream.aclose()
        with pytest.raises(StreamError, match="broke off"):
            await reader
        await settle()
        assert scripted.open_connections == 0


async def test_a_list_that_is_left_early_requests_no_more() -> None:
    def page(received: Received) -> Answer:
        number = int(received.target.partition("page=")[2] or 1)
        info = {"page": number, "total_page": 9}
        whole = ok({"data": [{"_id": "i1"}], "page_info": info})
        return whole if number == 1 else [whole[:-5], "hang"]

    async with (
        ScriptedServer(page) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        async for _ in client.indexes.list():
            await settle()  # the second page is asked for meanwhile
            break
        await settle()
        assert len(scripted.received) == 2
        assert scripted.open_connections == 0  # an answer that is half read is not kept


async def test_an_error_of_a_page_that_is_not_reached_is_not_raised() -> None:
    first = ok({"data": [{"_id": "i1"}], "page_info": {"page": 1, "total_page": 2}})
    async with (
        ScriptedServer(first, error(400)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        async for row in client.indexes.list():
            assert row.id == "i1"
            await settle()
            break
