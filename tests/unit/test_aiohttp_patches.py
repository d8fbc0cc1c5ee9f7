"""A canary: what leans on aiohttp's private parts is really in use, and calls work without it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.support.pieces import Pieces
from tests.support.scripted_server import Received, ScriptedServer, answer, ok
from twelvelabs_async import AsyncTwelveLabs, TransportError
from twelvelabs_async._runtime import payload, stall_watchdog, transport
from twelvelabs_async._runtime.aiohttp_patches import (
    MOST_INTERIM,
    Connector,
    Protocol,
    Request,
    report_disconnect,
)
from twelvelabs_async._runtime.async_body import STEP

pytestmark = pytest.mark.anyio
LARGE = b"x" * (4 * STEP)
INDEX = {"_id": "i1", "index_name": "films"}


async def calls(closes: bool = False) -> list[Received]:
    """A create, a form with a large file, and a chunk: each is answered, none is sent twice."""
    end: dict[str, str] = {"Connection": "close"} if closes else {}
    body = b'{"_id": "a1", "index_name": "films"}'
    async with (
        ScriptedServer(
            answer(200, body, end), answer(201, body, end), answer(200, b"", end)
        ) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, max_retries=0) as client,
    ):
        await client.indexes.create(index_name="films", models=[])
        await client.assets.create(method="direct", file=("a.mp4", LARGE))
        reply = await client._core.put(f"{scripted.url}/chunk", {}, Pieces(b"abc", b"def"))
        assert reply.status == 200
        create, form, chunk = scripted.received
        assert b'"films"' in create.body
        assert LARGE in form.body
        assert chunk.body == b"abcdef"
        return scripted.received


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Request, "update_body_from_data"),
        (Request, "update_expect_continue"),
        (Request, "send"),
        (Protocol, "close"),
        (Protocol, "data_received"),
        (Protocol, "feed_data"),
        (Protocol, "is_connected"),
        (Connector, "_wrap_create_connection"),
        (transport, "keepalive_socket"),
        (transport, "send_once"),
        (transport, "report_disconnect"),
        (transport, "use_protocol"),
        (payload, "transport_of"),
        (stall_watchdog, "transport_of"),
    ],
)
async def test_each_override_is_called(
    owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    original: Callable[..., Any] = getattr(owner, name)

    def noted(*args: Any, **options: Any) -> Any:
        used.append(name)
        return original(*args, **options)

    monkeypatch.setattr(owner, name, noted)
    await calls()
    assert used


@pytest.mark.parametrize("closes", [False, True], ids=["kept", "closed"])
@pytest.mark.parametrize(
    "lost",
    [
        pytest.param([(Request, "update_body_from_data"), (Request, "send")], id="whole requests"),
        pytest.param([(Request, "update_expect_continue")], id="expectations"),
        pytest.param([(Connector, "_wrap_create_connection")], id="sending threads"),
        pytest.param([(Protocol, "feed_data")], id="interim answers"),
        pytest.param([(Protocol, "close"), (Protocol, "is_connected")], id="closing"),
        pytest.param([(Protocol, "data_received")], id="heads of refusals"),
    ],
)
async def test_without_an_override_calls_are_slower_and_right(
    lost: list[tuple[type, str]], closes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, name in lost:
        monkeypatch.delattr(owner, name)
    await calls(closes)


@pytest.mark.parametrize("name", ["update_body_from_data", "send"])
async def test_one_renamed_half_of_a_whole_request_loses_no_body(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where aiohttp renames one of the two: our override of it is called no more."""
    monkeypatch.delattr(Request, name)
    monkeypatch.setattr(Request, "is_whole", False)
    await calls()


def test_the_two_halves_are_there_today() -> None:
    assert Request.is_whole
    assert issubclass(Request, aiohttp.ClientRequest)


async def test_connections_work_without_our_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "use_protocol", lambda *_: None)
    await calls()


async def test_interim_replies_before_the_final_one_are_passed_over() -> None:
    interim = b"HTTP/1.1 102 Processing\r\n\r\n" * MOST_INTERIM
    async with (
        ScriptedServer(interim + ok(INDEX)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, max_retries=0) as client,
    ):
        for _ in range(2):  # they are counted for each answer
            assert (await client.indexes.retrieve("i1")).id == "i1"
        assert scripted.connections == 1


async def test_endless_interim_replies_end_a_chunk() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    steps = [interim * MOST_INTERIM, "later", interim, "hang"]
    async with (
        ScriptedServer(steps) as scripted,  # type: ignore[arg-type]  # steps
        AsyncTwelveLabs("k", base_url=scripted.url, max_retries=0) as client,
    ):
        async with asyncio.timeout(30):
            with pytest.raises(TransportError, match="not valid HTTP"):
                await client._core.put(f"{scripted.url}/chunk", {}, Pieces(b"abc"))
            with pytest.raises(TransportError, match="not valid HTTP"):
                await client.indexes.retrieve("i1")


def in_two_parts(whole: bytes) -> list[Any]:
    """A reply whose end comes after the client has begun to wait for it."""
    return [whole[:-1], "later", whole[-1:]]


async def test_a_kept_connection_holds_no_reply_that_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What wakes the reader of a reply goes with its end, and not with the connection's."""
    replies: list[weakref.ref[aiohttp.ClientResponse]] = []
    watched: list[bool] = []

    def noted(response: aiohttp.ClientResponse) -> None:
        replies.append(weakref.ref(response))
        watched.append(response.connection is not None)
        report_disconnect(response)

    monkeypatch.setattr(transport, "report_disconnect", noted)
    async with (
        ScriptedServer(in_two_parts(ok(INDEX))) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, max_retries=0) as client,
    ):
        for _ in range(3):
            await client.indexes.retrieve("i1")
        for _ in range(3):
            await client._core.put(f"{scripted.url}/chunk", {}, Pieces(b"abc"))
        for _ in range(5):  # what a turn of the loop still holds
            await asyncio.sleep(0)
        gc.collect()
        assert any(watched), "each reply had come whole before it was watched"
        assert len(replies) == 6
        assert scripted.connections == 2
        assert [reply() for reply in replies] == [None] * 6
