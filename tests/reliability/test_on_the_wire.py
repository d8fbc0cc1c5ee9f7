"""What a server and a proxy are sent: the target, the headers, the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.reliability.conftest import KEY
from tests.support.both import Worn
from tests.support.liar import Liar, answer, ok
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs

pytestmark = pytest.mark.anyio
both = pytest.mark.parametrize(
    "client",
    [AsyncTwelveLabs, lambda *args, **kwargs: Worn(TwelveLabs(*args, **kwargs))],
    ids=["asyncio", "blocking"],
)
Make = Callable[..., Any]
ALWAYS = {"host", "x-api-key", "accept", "accept-encoding", "user-agent"}


@both
async def test_a_json_body_and_its_headers(client: Make) -> None:
    async with Liar(ok()) as liar, client(KEY, base_url=liar.url) as made:
        await made.indexes.create(index_name="films", models=[])
    (heard,) = liar.heard
    assert (heard.method, heard.target) == ("POST", "/v1.3/indexes")
    assert heard.body == b'{"index_name":"films","models":[]}'
    assert set(heard.headers) == ALWAYS | {"content-type", "content-length"}
    assert heard.headers["x-api-key"] == KEY
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["content-length"] == str(len(heard.body))


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_request_without_a_body_has_no_content_type(method: str) -> None:
    async with Liar(answer(204)) as liar, AsyncTwelveLabs(KEY, base_url=liar.url) as made:
        await made.indexes._core.request(None, method, "/somewhere")
    (heard,) = liar.heard
    assert set(heard.headers) == ALWAYS | ({"content-length"} if method != "GET" else set())
    assert heard.headers.get("content-length", "0") == "0"


@both
async def test_a_body_of_many_megabytes_arrives_whole(client: Make) -> None:
    name = "é" * 3_000_000
    async with Liar(ok()) as liar, client(KEY, base_url=liar.url) as made:
        for _ in range(2):
            await made.indexes.create(index_name=name, models=[])
    whole = f'{{"index_name":"{name}","models":[]}}'.encode()
    assert [heard.body == whole for heard in liar.heard] == [True, True]
    assert liar.connections == 1


@both
async def test_a_server_that_was_asked_for_leave_gets_the_body_after_it(client: Make) -> None:
    leave = b"HTTP/1.1 100 Continue\r\n\r\n"
    options = {"additional_headers": {"Expect": "100-continue"}}
    async with Liar(["unread", leave, "later", ok()]) as liar:
        async with client(KEY, base_url=liar.url) as made:
            await made.indexes.create(index_name="films", models=[], request_options=options)
    assert liar.heard[0].headers["expect"] == "100-continue"


@both
async def test_a_proxy_is_given_the_whole_address(client: Make) -> None:
    async with Liar(ok()) as proxy:
        address = proxy.url.removesuffix("/v1.3")
        async with client(KEY, base_url="http://api.example/v1.3", proxy=address) as made:
            await made.indexes.retrieve("i1")
            await made.indexes.create(index_name="films", models=[])
    assert [(heard.target, heard.headers["host"]) for heard in proxy.heard] == [
        ("http://api.example/v1.3/indexes/i1", "api.example"),
        ("http://api.example/v1.3/indexes", "api.example"),
    ]
