"""Faults on demand, rate limits and the recorder: what the tests of clients rely on."""

from __future__ import annotations

import asyncio
import json
import random
import re
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Limit, Settings
from twelvelabs_async.sandbox.clock import Clock
from twelvelabs_async.sandbox.faults import Fault
from twelvelabs_async.sandbox.limits import Limits

pytestmark = pytest.mark.anyio

NAMED = {"index_name": "a", "models": [{"model_name": "marengo3.0", "model_options": ["visual"]}]}


async def test_an_answer_is_replaced_for_the_nth_request_and_so_many(api: Api) -> None:
    fault = api.sandbox.faults.add(
        "GET", "/indexes", nth=2, times=2, status=503, body={"code": "x"}, headers={"A": "b"}
    )
    await api("GET", "/indexes")
    for _ in range(2):
        assert await api("GET", "/indexes", 503) == {"code": "x"}
        assert api.headers["A"] == "b"
    await api("GET", "/indexes")
    await api("GET", "/assets")
    assert (fault.seen, fault.hits) == (4, 2)
    api.sandbox.faults.remove(fault)


@pytest.mark.parametrize("prefix", ["/v1.3", r"/v1\.3", r"^/v1\.3"])
async def test_a_path_may_have_the_versions_prefix(api: Api, prefix: str) -> None:
    api.sandbox.faults.add(path=f"{prefix}/indexes", status=503)
    api.sandbox.faults.add(path="/[^/]+/[^/]+", status=504)  # the prefix is no part of a path
    await api("GET", "/indexes", 503)
    await api("GET", "/indexes")
    await api("GET", "/indexes/one", 504)


async def test_a_fault_before_a_call_keeps_it_from_being_carried_out(api: Api) -> None:
    api.sandbox.faults.add("POST", "/indexes", status=500)
    await api("POST", "/indexes", 500, json=NAMED)
    assert (await api("GET", "/indexes"))["data"] == []
    api.sandbox.faults.add("POST", "/indexes", status=500, after=True)
    await api("POST", "/indexes", 500, json=NAMED)
    assert len((await api("GET", "/indexes"))["data"]) == 1
    statuses = [r.status for r in api.sandbox.requests.matching("POST", "/indexes")]
    assert statuses == [500, 500]
    assert [r.body for r in api.sandbox.requests.matching("POST")] == [NAMED, NAMED]


async def test_an_answer_is_lost_by_a_reset(api: Api) -> None:
    api.sandbox.faults.add("POST", "/indexes", after=True, end="reset", share=None)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("POST", "/indexes", json=NAMED)
    assert len((await api("GET", "/indexes"))["data"]) == 1
    api.sandbox.faults.add("POST", "/indexes", end="reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("POST", "/indexes", json={**NAMED, "index_name": "b"})
    assert len((await api("GET", "/indexes"))["data"]) == 1


@pytest.mark.parametrize("end", ["reset", "cut"])
async def test_an_answer_ends_in_its_middle(api: Api, end: Any) -> None:
    api.sandbox.faults.add("GET", "/indexes", after=True, end=end)
    headers = {"x-api-key": api.sandbox.api_key}
    async with api.session.get(api.sandbox.base_url + "/indexes", headers=headers) as answer:
        assert answer.status == 200
        promised = answer.content_length or 0
        got = bytearray()
        with pytest.raises(aiohttp.ClientError):
            await _read_into(got, answer)
        assert len(got) < promised


async def _read_into(got: bytearray, answer: aiohttp.ClientResponse) -> None:
    while piece := await answer.content.readany():
        got += piece


async def test_garbage_and_html_and_an_empty_answer(api: Api) -> None:
    api.sandbox.faults.add("GET", "/indexes", end="garbage")
    with pytest.raises(aiohttp.ClientError):
        await api("GET", "/indexes")
    page = "<html>Bad gateway</html>"
    html = {"Content-Type": "text/html"}
    api.sandbox.faults.add("GET", "/indexes", status=200, body=page, headers=html)
    headers = {"x-api-key": api.sandbox.api_key}
    async with api.session.get(api.sandbox.base_url + "/indexes", headers=headers) as answer:
        assert (answer.content_type, await answer.text()) == ("text/html", page)
    api.sandbox.faults.add("GET", "/indexes", status=204)
    assert await api("GET", "/indexes", 204) is None


async def is_held(api: Api, fault: Fault) -> None:
    """Expect that the call to which a fault applies is not answered, though a later one is."""
    held = asyncio.create_task(api("GET", "/indexes"))
    while not fault.hits:
        await api("GET", "/assets")
    await api("GET", "/assets")
    assert not held.done()
    held.cancel()
    await asyncio.wait([held])
    assert held.cancelled()


async def test_a_connection_is_refused_or_hangs_or_is_closed_unannounced(api: Api) -> None:
    # Twice, since aiohttp itself asks again when a kept connection turns out dead.
    api.sandbox.faults.add("GET", "/indexes", times=2, end="refuse")
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("GET", "/indexes")
    await is_held(api, api.sandbox.faults.add("GET", "/indexes", end="hang"))
    api.sandbox.faults.add("GET", "/indexes", end="close")
    assert (await api("GET", "/indexes"))["data"] == []
    await api("GET", "/indexes")


async def test_a_delay_holds_an_answer_back(api: Api) -> None:
    await is_held(api, api.sandbox.faults.add("GET", "/indexes", delay=3600))
    api.sandbox.faults.add("GET", "/indexes", delay=0.01)
    assert (await api("GET", "/indexes"))["data"] == []


async def test_chance_applies_a_fault_to_some(api: Api) -> None:
    fault = api.sandbox.faults.add("GET", "/indexes", times=None, chance=0.5, status=500)
    statuses = []
    for _ in range(40):
        async with api.session.get(
            api.sandbox.base_url + "/indexes", headers={"x-api-key": api.sandbox.api_key}
        ) as answer:
            statuses.append(answer.status)
    assert set(statuses) == {200, 500}
    assert statuses.count(500) == fault.hits
    api.sandbox.faults.clear()
    await api("GET", "/indexes")


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ({"line": 3, "end": "reset"}, "error"),
        ({"line": 3, "end": "cut"}, "error"),
        ({"line": 2, "put": b'{"code":"internal_server_error","message":"x"}\n'}, "whole"),
        ({"line": 2, "put": b'{"event_ty', "end": "cut"}, "error"),
    ],
)
async def test_a_fault_ends_a_stream_between_its_events(
    api: Api, film: Path, fault: dict[str, Any], ends: str
) -> None:
    body = {"video_id": await api.video(await api.index(), film), "prompt": "What?"}
    api.sandbox.faults.add("POST", "/analyze", **fault)
    headers = {"x-api-key": api.sandbox.api_key}
    url, lines, error = api.sandbox.base_url + "/analyze", bytearray(), ""
    async with api.session.post(url, json=body, headers=headers) as answer:
        try:
            await _read_into(lines, answer)
        except aiohttp.ClientError:
            error = "error"
    assert (error or "whole") == ends
    assert len(lines.splitlines()) >= 2
    if "put" in fault:
        assert fault["put"] in lines


async def test_faults_apply_to_the_storage_alone(film: Path) -> None:
    async with serving(settings=Settings(chunk_size=1024**2)) as api:
        body = {"filename": "a.mp4", "type": "video", "total_size": 3 * 1024**2}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        url, other, third = (each["url"] for each in made["upload_urls"])
        path = r"/uploads/\w+/\d+"
        slow = "<Error><Code>SlowDown</Code></Error>"
        api.sandbox.faults.add("PUT", path, origin="storage", status=503, body=slow)
        headers = {"Content-Type": "application/octet-stream"}
        chunk = random.Random(1).randbytes(1024**2)

        async def put(url: str) -> tuple[int, str | None, bytes]:
            async with api.session.put(url, data=chunk, headers=headers) as answer:
                return answer.status, answer.headers.get("ETag"), await answer.read()

        assert await put(url) == (503, None, slow.encode())
        # The URL was not used, since the request never came to the storage.
        assert (await put(url))[0] == 200
        api.sandbox.faults.add("PUT", path, origin="storage", after=True, status=200)
        assert (await put(other))[1] is None
        assert (await put(other))[0] == 403
        api.sandbox.faults.add("PUT", path, origin="storage", times=2, end="reset")
        with pytest.raises(aiohttp.ClientError):
            await put(third)
        record = api.sandbox.requests.matching("PUT", path, origin="storage")[-1]
        assert record.status == 0
        assert (await put(third))[0] == 200


async def test_too_many_requests_are_refused_until_the_window_ends() -> None:
    async with serving(speed=0) as api:
        index = await api.index()
        api.sandbox.limits.allow("search", 2, 60)
        form = [("index_id", index), ("search_options", "visual"), ("query_text", "red")]
        await api("POST", "/search", form=form)
        assert api.headers["X-Ratelimit-Limit"] == "2"
        assert api.headers["X-Ratelimit-Remaining"] == "1"
        assert api.headers["X-Ratelimit-Used"] == "1"
        assert api.headers["X-RateLimit-Request-Remaining"] == "1"
        reset = int(api.headers["X-Ratelimit-Reset"])
        assert 59 < reset - api.sandbox.now() <= 61
        await api("POST", "/search", form=form)
        assert await api("POST", "/search", 429, form=form) is None
        assert api.headers["Retry-After"] == "60"
        assert api.headers["X-Ratelimit-Remaining"] == "0"
        await api("GET", "/indexes")
        api.sandbox.advance(60)
        await api("POST", "/search", form=form)
        api.sandbox.limits.clear()
        for _ in range(5):
            await api("POST", "/search", form=form)


async def test_every_answer_is_dated_by_the_sandboxs_clock(film: Path) -> None:
    async with serving(speed=0) as api:
        video = await api.video(await api.index(), film)
        asset = (await api("GET", "/assets"))["data"][0]
        upload = {"filename": "a.mp4", "type": "video", "total_size": 1}
        prompt = {"video_id": video, "prompt": "What?"}
        octets = {"Content-Type": "application/octet-stream"}
        api.sandbox.faults.add("GET", "/tasks", status=503)
        for skip in (0, 86_400):
            api.sandbox.advance(skip)
            wanted = formatdate(api.sandbox.now(), usegmt=True)
            made = await api("POST", "/assets/multipart-uploads", 201, json=upload)
            base, key = api.sandbox.base_url, {"x-api-key": api.sandbox.api_key}
            put, file = made["upload_urls"][0]["url"], asset["url"]
            stream = f"{api.sandbox.storage_url}/streams/{file.split('/')[-1].split('?')[0]}/"
            calls: list[tuple[int, str, str, dict[str, Any]]] = [
                (200, "GET", f"{base}/indexes", {}),
                (503 if skip == 0 else 200, "GET", f"{base}/tasks", {}),
                (200, "POST", f"{base}/analyze", {"json": prompt}),
                (401, "GET", f"{base}/indexes", {"headers": {}}),
                (404, "GET", f"{base}/nothing", {}),
                (405, "PATCH", f"{base}/search", {}),
                (403, "PUT", put + "0", {"data": b"a"}),
                (200, "PUT", put, {"data": b"a", "headers": octets}),
                (200 if skip == 0 else 403, "GET", file, {}),
                (200, "GET", f"{stream}playlist.m3u8", {}),
                (404, "GET", f"{stream}nothing.ts", {}),
            ]
            for status, method, url, how in calls:
                how.setdefault("headers", key)
                async with api.session.request(method, url, **how) as answer:
                    await answer.read()
                    assert (answer.status, answer.headers["Date"]) == (status, wanted), url
        api.sandbox.limits.allow("all", 1, 60)
        await api("GET", "/indexes")
        date = parsedate_to_datetime(api.headers["Date"]).timestamp()
        assert 60 <= int(api.headers["X-Ratelimit-Reset"]) - date <= 62
        api.sandbox.limits.clear()
        api.sandbox.faults.add("GET", "/tasks", status=503, headers={"date": "yesterday"})
        await api("GET", "/tasks", 503)
        assert api.headers["Date"] == "yesterday"


async def test_a_429_comes_in_three_forms(api: Api) -> None:
    form = [("model_name", "marengo3.0"), ("text", "a")]
    body = {"input_type": "text", "model_name": "marengo3.0", "text": {"input_text": "a"}}
    api.sandbox.limits.allow("embed", 0)
    flat = await api("POST", "/embed", 429, form=form)
    assert flat["code"] == "too_many_requests"
    nested = await api("POST", "/embed-v2", 429, json=body)
    assert nested["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert nested["error"]["details"]["retryAfter"]
    api.sandbox.limits.allow("embed", 0, body="empty", retry_after=False)
    assert await api("POST", "/embed", 429, form=form) is None
    assert "Retry-After" not in api.headers
    api.sandbox.limits.allow("all", 0, body="flat")
    assert (await api("GET", "/indexes", 429))["message"]


@pytest.mark.parametrize(
    ("generation", "first", "second"),
    [("1", True, False), ("2", False, True), ("none", False, False)],
)
async def test_the_generation_of_the_headers_can_be_set(
    generation: Any, first: bool, second: bool
) -> None:
    async with serving(settings=Settings(rate_limit_headers=generation)) as api:
        api.sandbox.limits.allow("all", 5)
        await api("GET", "/indexes")
        assert ("X-Ratelimit-Limit" in api.headers) == first
        assert ("X-RateLimit-Request-Limit" in api.headers) == second


@given(st.integers(1, 20), st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60))
def test_a_window_never_lets_more_through_than_it_may(most: int, waits: list[float]) -> None:
    clock = Clock(speed=0)
    limits = Limits(clock, "both")
    limit = limits.allow("search", most, 60)
    taken: list[tuple[float, float]] = []
    for wait in waits:
        clock.advance(wait)
        refused, _ = limits.take("search")
        if refused is None:
            taken.append((limit.started, clock.now()))
    for started in {start for start, _ in taken}:
        within = [now for start, now in taken if start == started]
        assert len(within) <= most
        assert max(within) - started < 60
    assert isinstance(limit, Limit)


async def test_the_recorder_keeps_what_was_sent_but_the_key(api: Api) -> None:
    await api("POST", "/indexes", 201, json=NAMED, headers={"X-Mine": "1"})
    await api("GET", "/indexes", query=[("page", "1"), ("index_name", "ä&b")])
    created, listed = api.sandbox.requests
    assert created.body == NAMED
    assert created.headers["x-mine"] == "1"
    assert created.has_key
    assert "x-api-key" not in created.headers
    assert api.sandbox.api_key not in repr(created)
    assert (created.method, created.path, created.status) == ("POST", "/indexes", 201)
    assert listed.query == [("page", "1"), ("index_name", "ä&b")]
    assert created.time <= listed.time
    assert created.request_id != listed.request_id == api.headers["X-Request-Id"]
    assert api.sandbox.requests[-1:] == [listed]
    assert [r.method for r in api.sandbox.requests.matching(path="/ind.*")] == ["POST", "GET"]
    api.sandbox.requests.clear()
    assert len(api.sandbox.requests) == 0


async def test_the_recorder_keeps_even_what_was_wrong(api: Api) -> None:
    headers = {"x-api-key": api.sandbox.api_key, "Content-Type": "application/json"}
    url = api.sandbox.base_url + "/indexes"
    async with api.session.post(url, data=b"{", headers=headers) as answer:
        assert answer.status == 400
        assert json.loads(await answer.read())["code"] == "parameter_invalid"
    assert api.sandbox.requests[-1].status == 400
    assert re.fullmatch(r"[0-9a-f-]{36}", api.sandbox.requests[-1].request_id)
