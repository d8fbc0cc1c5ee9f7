"""Kept connections: looked at before they are used again, and kept alive while they are silent."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.reliability.conftest import KEY
from tests.support.both import CLIENTS
from tests.support.descriptors import connections, duplicate, where_listed
from tests.support.leaver import Farewell, Leaver
from tests.support.pieces import Pieces
from tests.support.scripted_server import ScriptedServer, ok
from tests.support.tls import client_context, server_context
from twelvelabs_async import AsyncTwelveLabs

pytestmark = pytest.mark.anyio
both = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
ways = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
Make = Callable[..., Any]
END = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'
ANSWER = ok({"_id": "i1", "index_name": "films"}, ETag='"e"')
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(END) + END


@asynccontextmanager
async def left_and_client(
    client: Make, farewell: Farewell, tls: bool, answer: bytes = ANSWER
) -> AsyncIterator[Any]:
    leaver = Leaver(answer, farewell, server_context() if tls else None)
    settings: dict[str, Any] = {"ssl_context": client_context()} if tls else {}
    with leaver.running():
        async with client(KEY, base_url=leaver.url, max_retries=0, **settings) as made:
            yield leaver, made


@both
@ways
@pytest.mark.parametrize("farewell", ["close", "reset", "unasked"])
async def test_a_create_is_not_sent_on_a_connection_that_was_left(
    farewell: Farewell, tls: bool, client: Make
) -> None:
    """Nothing of it would reach the service, and nobody could know."""
    async with left_and_client(client, farewell, tls) as (leaver, made):
        for _ in range(4):
            assert (await made.indexes.create(index_name="films", models=[])).id == "i1"
            leaver.leave()
        assert leaver.methods == ["POST"] * 4
        assert leaver.connections == 4


@ways
@pytest.mark.parametrize("farewell", ["close", "reset", "unasked"])
async def test_a_stream_is_not_opened_on_a_connection_that_was_left(
    farewell: Farewell, tls: bool
) -> None:
    async with left_and_client(AsyncTwelveLabs, farewell, tls, EVENTS) as (leaver, made):
        for _ in range(3):
            events = [e async for e in made.analyze_stream(video_id="v1", prompt="what?")]
            assert len(events) == 1
            leaver.leave()
        assert leaver.connections == 3


@ways
@pytest.mark.parametrize("farewell", ["close", "reset", "unasked"])
async def test_a_chunk_is_not_sent_on_a_connection_that_was_left(
    farewell: Farewell, tls: bool
) -> None:
    async with left_and_client(AsyncTwelveLabs, farewell, tls) as (leaver, made):
        for _ in range(3):
            reply = await made._core.put(leaver.url, {}, Pieces(b"abc"))
            assert reply.headers["ETag"] == '"e"'
            leaver.leave()
        assert leaver.methods == ["PUT"] * 3
        assert leaver.connections == 3


async def test_a_connection_that_is_as_it_was_is_used_again() -> None:
    async with (
        ScriptedServer(ANSWER) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url) as client,
    ):
        for _ in range(3):
            await client.indexes.create(index_name="films", models=[])
        assert scripted.connections == 1


def connected_to(port: int) -> list[socket.socket]:
    """The sockets of this process whose peer has this port."""
    found: list[socket.socket] = []
    for descriptor in connections().values():
        sock = duplicate(descriptor)
        with suppress(OSError):  # it has no peer
            if sock.getpeername()[1] == port:
                found.append(sock)
                continue
        sock.close()
    return found


@where_listed
@ways
@pytest.mark.parametrize("side", ["api", "storage", "proxy"])
async def test_a_connection_is_kept_alive_while_it_is_silent(side: str, tls: bool) -> None:
    settings: dict[str, Any] = {"ssl_context": client_context()} if tls else {}
    async with ScriptedServer(ANSWER, tls=server_context() if tls else None) as scripted:
        base = scripted.url
        if side == "proxy":
            base, settings["proxy"] = "http://api.example/v1.3", scripted.url.removesuffix("/v1.3")
        async with AsyncTwelveLabs(KEY, base_url=base, **settings) as client:
            if side == "storage":
                await client._core.put(scripted.url, {}, Pieces(b"abc"))
            else:
                await client.indexes.retrieve("i1")
            (sock,) = connected_to(scripted.port)
            with sock:
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) <= 60
