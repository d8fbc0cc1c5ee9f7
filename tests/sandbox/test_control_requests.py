"""``/_sandbox/requests``: what is shown of requests, filtered, followed, and without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.control_api import Control
from tests.support.sandbox_api import Api


@pytest.fixture
def control(api: Api) -> Control:
    return Control(api)


async def shown(control: Control, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await control("GET", "requests", query=query))["requests"]
    return found


async def test_requests_are_shown_and_filtered(api: Api, control: Control) -> None:
    index = await api.index()
    await api("GET", f"/indexes/{index}")
    await api("GET", "/indexes/none", 400)
    api.sandbox.faults.add("GET", "/indexes", status=503)
    await api("GET", "/indexes", 503, query={"page": "1"})
    everything = await shown(control)
    assert [each["number"] for each in everything] == [1, 2, 3, 4]
    assert everything[0]["body"]["index_name"] == "films"
    assert everything[3]["query"] == {"page": ["1"]}
    assert (everything[3]["status"], everything[3]["fault"]) == (503, "request-1")
    assert all(each["seconds"] >= 0 and each["has_key"] for each in everything)
    assert [each["status"] for each in await shown(control, method="post")] == [201]
    assert len(await shown(control, path="/indexes/.*")) == 2
    assert len(await shown(control, path="/indexes")) == 2
    assert len(await shown(control, path="/v1.3/indexes")) == 2
    assert [each["number"] for each in await shown(control, status="400")] == [3]
    assert await shown(control, origin="storage") == []
    assert [each["number"] for each in await shown(control, after="3")] == [4]
    limited = await control("GET", "requests", query={"limit": "2"})
    assert ([each["number"] for each in limited["requests"]], limited["total"]) == ([3, 4], 4)
    await control("DELETE", "requests")
    assert await shown(control) == []


@pytest.mark.parametrize(
    "query",
    [
        {"status": "all"},
        {"status": "1000"},
        {"path": "("},
        {"path": "/(?!assets).*"},
        {"limit": "0"},
        {"limit": "1e9"},
        {"follow": "yes"},
        {"origin": "else"},
        {"after": "-1"},
        {"pth": "/"},
    ],
    ids=str,
)
async def test_what_is_no_filter_is_refused(control: Control, query: dict[str, str]) -> None:
    assert await control.refused(400, "GET", "requests", query=query)
    assert await control.refused(400, "GET", "requests", query={"follow": "1", **query})


async def test_no_secret_is_shown(api: Api, control: Control, film: Path) -> None:
    key = api.sandbox.api_key
    webhook = api.sandbox.webhooks.register("http://127.0.0.1:9/")
    asset = await api("GET", f"/assets/{await api.asset(film)}")
    signed = asset["url"]
    signature = signed.split("X-Amz-Signature=")[1].split("&")[0]
    assert (await api.fetch(signed))[0] == 200
    body = {"video": {"type": "url", "url": signed}, "prompt": f"My key is {key}."}
    await api("POST", "/analyze", json={**body, "stream": False})
    names = ("Token", "X-Auth-Token", "X-Token", "Proxy-Auth", "X-Api-Secret", "X-Secret-Key")
    headers = {
        "Authorization": "Bearer SECRET1",
        "Cookie": "a=SECRET2",
        **dict.fromkeys(names, "SECRET3"),
    }
    query = {"state": "SECRET4", "api_key": "SECRET5"}
    await api("GET", "/indexes", 400, headers=headers, query=query)
    other = {
        "secret": "SECRET6",
        "nested": [{"password": "SECRET7"}],
        key: 1,
        **dict.fromkeys(("token", "clientSecret", "authToken", "dbPassword"), "SECRET10"),
        "password": ["SECRET11"],
        "credentials": {"a": "SECRET12"},
        "api_secret": 777_777,
        "page_token": "seen",
        "nextPageToken": "seen",
        "tokens": "seen",
        "estate": "seen",
    }
    await api("POST", "/indexes", 400, json=other)
    url = f"{api.sandbox.base_url.removesuffix('/v1.3')}/oauth/consent/SECRET8"
    assert (await api.fetch(url))[0] == 404
    await api("DELETE", f"/indexes/{webhook.secret}", 400)
    for url in (
        "https://user:SECRET9@media.test/",
        "https://user:SE@CRET@media.test/?a@b",
        "https://media.test/#X-Amz-Signature=SECRET13",
    ):
        await api("GET", "/indexes", 400, query={"a": url})
    text = json.dumps(await shown(control))
    assert signature not in text
    assert key not in text
    assert webhook.secret not in text
    assert "CRET" not in text
    assert "777777" not in text
    assert text.count('"seen"') == 4
    assert "***" in text


async def test_webhooks_are_shown_without_passwords(api: Api, control: Control) -> None:
    api.sandbox.webhooks.register("http://user:p@ss@127.0.0.1:9/hook")
    (shown,) = (await control("GET", "webhooks"))["webhooks"]
    assert shown["url"] == "http://***@127.0.0.1:9/hook"


async def test_long_texts_are_cut_off(api: Api, control: Control) -> None:
    await api("POST", "/indexes", 400, json={"index_name": "a" * 50_000})
    (found,) = await shown(control)
    assert found["body"]["index_name"] == "a" * 10_000 + "… (40000 more characters)"


async def events(reply: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    """The next events of a stream."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(120):
        while len(found) < count:
            line = await reply.content.readline()
            assert line, "the stream has ended"
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
    return found


async def test_requests_are_followed(api: Api, control: Control) -> None:
    await api("GET", "/indexes")
    async with control.stream(path="/assets.*") as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        await reply.content.readline()
        await api("GET", "/indexes")
        await api("GET", "/assets")
        await api("GET", "/assets/none", 400)
        found = await events(reply, 2)
        assert [(each["path"], each["status"]) for each in found] == [
            ("/assets", 200),
            ("/assets/none", 400),
        ]
    # A reader that was away gets what it has missed.
    async with control.stream(after="1") as reply:
        assert [each["number"] for each in await events(reply, 3)] == [2, 3, 4]
        await api("GET", "/indexes")
        assert [each["number"] for each in await events(reply, 1)] == [5]
    url = f"{control.url}/requests?follow=1"
    async with api.session.get(url, headers={"Last-Event-ID": "4"}) as reply:
        assert [each["number"] for each in await events(reply, 1)] == [5]
    async with control.stream(after="0") as reply:
        assert [each["number"] for each in await events(reply, 5)] == [1, 2, 3, 4, 5]
    async with control.stream(after="0", limit="2", path="/assets.*") as reply:
        assert [each["number"] for each in await events(reply, 2)] == [3, 4]
    # A status is a number, in the events as in the list.
    query = {"after": "0", "status": "0400"}
    for source in ("earlier", "live"):
        async with control.stream(**query) as reply:
            await reply.content.readline()
            if source == "live":
                await api("GET", "/indexes/none", 400)
            assert {each["status"] for each in await events(reply, 1)} == {400}
        query.pop("after", None)
    async with api.session.get(url, headers={"Last-Event-ID": "all"}) as reply:
        assert reply.status == 400


async def test_a_reader_that_leaves_is_let_go(
    api: Api, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    for leave in (True, False):
        async with control.stream() as reply:
            await reply.content.readline()
            assert len(api.sandbox.requests._listeners) == 1
            if leave:
                assert reply.connection is not None
                assert reply.connection.transport is not None
                reply.connection.transport.abort()
        for _ in range(3):
            await api("GET", "/indexes")
        async with asyncio.timeout(120):
            while api.sandbox.requests._listeners:  # noqa: ASYNC110  # there is no event for it
                await asyncio.sleep(0.05)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
