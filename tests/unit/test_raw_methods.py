"""``with_raw_response``: the methods of each resource, with replies in place of results."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import twelvelabs_async
from tests.support.both import both_clients
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, error, ok
from twelvelabs_async import AsyncTwelveLabs, NotFoundError, RawResponse, StreamError, TwelveLabs

Make = Callable[..., Any]


LIMITS = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59"}
EVENTS = b"".join(
    json.dumps(event).encode() + b"\n"
    for event in (
        {"event_type": "stream_start", "metadata": {"generation_id": "g"}},
        {"event_type": "text_generation", "text": "A car."},
        {"event_type": "stream_end", "metadata": {"generation_id": "g"}},
    )
)


def pages(received: Received) -> Answer:
    """Three pages of two rows, each of which says in a header which it is."""
    page = int(received.target.partition("page=")[2] or 1)
    rows = [{"_id": f"{page}{row}"} for row in "ab"]
    return ok({"data": rows, "page_info": {"page": page, "total_page": 3}}, X_Page=str(page))


@both_clients
async def test_a_call_gives_its_result_with_its_reply(make: Make) -> None:
    async with (
        ScriptedServer(ok(**{"X-A": "b"}, **LIMITS)) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        raw = await client.indexes.with_raw_response.retrieve("i1")
        assert (raw.data.id, raw.status_code, raw.headers["X-A"]) == ("i1", 200, "b")
        assert raw.rate_limits["request"][:2] == (60, 59)
        assert scripted.received[0].target.endswith("/indexes/i1")
        same = await client.with_raw_response(client.indexes.retrieve, "i1")
        assert (same.data, same.headers) == (raw.data, raw.headers)


@both_clients
async def test_what_has_no_result_has_a_reply(make: Make) -> None:
    reply = answer(204, b"", {"X-A": "b"})
    async with ScriptedServer(reply) as scripted, make("k", base_url=scripted.url) as client:
        raw = await client.indexes.with_raw_response.delete("i1")
        assert (raw.data, raw.status_code, raw.headers["x-a"]) == (None, 204, "b")


@both_clients
async def test_the_clients_own_methods_have_replies(make: Make) -> None:
    whole = ok({"id": "1", "data": "A car."})
    async with ScriptedServer(whole) as scripted, make("k", base_url=scripted.url) as client:
        raw = await client.with_raw_response.analyze(video_id="v", prompt="p")
        assert (raw.data.data, raw.status_code) == ("A car.", 200)


@both_clients
async def test_an_error_is_raised_as_by_the_plain_method(make: Make) -> None:
    async with ScriptedServer(error(404)) as scripted, make("k", base_url=scripted.url) as client:
        with pytest.raises(NotFoundError, match="it is 404"):
            await client.indexes.with_raw_response.retrieve("i1")
        with pytest.raises(NotFoundError, match="it is 404"):
            await client.indexes.with_raw_response.list()
        with pytest.raises(NotFoundError, match="it is 404"):
            async with client.with_raw_response.analyze_stream(video_id="v", prompt="p"):
                pass
        with pytest.raises(TypeError, match="index_id"):
            await client.indexes.with_raw_response.retrieve()


@both_clients
async def test_a_retried_call_has_its_last_reply(make: Make) -> None:
    async with (
        ScriptedServer(error(503, X_Try="1", Retry_After="0"), ok(X_Try="2")) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        raw = await client.indexes.with_raw_response.retrieve("i1")
        assert (raw.status_code, raw.headers["x-try"], len(scripted.received)) == (200, "2", 2)


@both_clients
async def test_a_list_has_the_reply_of_its_page(make: Make) -> None:
    async with ScriptedServer(pages) as scripted, make("k", base_url=scripted.url) as client:
        first = await client.indexes.with_raw_response.list()
        assert (first.status_code, first.headers["x-page"]) == (200, "1")
        assert [row.id for row in first.items] == [row.id for row in first.data.items]
        assert (first.page_info.total_page, first.has_next) == (3, True)
        assert first.response.headers is first.headers
        assert len(scripted.received) == 1

        second = await first.next_page()
        assert (second.headers["x-page"], [row.id for row in second.items]) == ("2", ["2a", "2b"])
        third = await second.get_next()
        assert third.headers["x-page"] == "3"
        assert third.get_next is None
        assert await third.next_page() is None
        assert len(scripted.received) == 3


@both_clients
async def test_a_list_with_its_reply_is_iterated(make: Make) -> None:
    async with ScriptedServer(pages) as scripted, make("k", base_url=scripted.url) as client:
        rows = [row.id async for row in await client.indexes.with_raw_response.list()]
        assert rows == ["1a", "1b", "2a", "2b", "3a", "3b"]
        raw = await client.indexes.with_raw_response.list()
        assert [len(page.items) async for page in raw.iter_pages()] == [2, 2, 2]
        own = await client.with_raw_response(client.indexes.list)
        assert (own.headers["x-page"], own.data.items[0].id) == ("1", "1a")


@both_clients
async def test_a_stream_opens_with_its_reply(make: Make) -> None:
    async with (
        ScriptedServer(answer(200, EVENTS, X_A="b")) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        async with client.with_raw_response.analyze_stream(video_id="v", prompt="p") as response:
            assert (response.status_code, response.headers["x-a"]) == (200, "b")
            types = [event.event_type async for event in response.data]
        assert types == ["stream_start", "text_generation", "stream_end"]
        assert len(scripted.received) == 1


@both_clients
async def test_a_stream_that_is_left_is_closed(make: Make) -> None:
    async with (
        ScriptedServer(answer(200, EVENTS)) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        async with client.with_raw_response.analyze_stream(video_id="v", prompt="p") as left:
            pass
        assert await read(left.data) == 0
        opened = await client.with_raw_response(client.analyze_stream, video_id="v", prompt="p")
        assert opened.status_code == 200
        await opened.close()
        assert await read(opened.data) == 0
        again = await client.with_raw_response(client.analyze_stream, video_id="v", prompt="p")
        async with again as reply:
            assert reply.status_code == 200
        assert await read(again.data) == 0


async def read(stream: Any) -> int:
    """How many events come of a stream that may be closed, which the blocking client's end with."""
    try:
        return len([event async for event in stream])
    except StreamError:
        return 0


async def test_a_stream_is_awaited_too() -> None:
    async with (
        ScriptedServer(answer(200, EVENTS)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        opened = await client.with_raw_response.analyze_stream(video_id="v", prompt="p")
        assert opened.status_code == 200
        assert len([event async for event in opened.data]) == 3
        with pytest.raises(TypeError, match="async with"), opened:
            pass
        await opened.close()
        task = asyncio.create_task(client.indexes.with_raw_response.list())
        with pytest.raises(twelvelabs_async.DecodeError):
            await task


@both_clients
async def test_closing_what_is_not_open_does_nothing(make: Make) -> None:
    async with ScriptedServer(ok()) as scripted, make("k", base_url=scripted.url) as client:
        raw = await client.indexes.with_raw_response.retrieve("i1")
        await raw.close()
        async with raw as same:
            assert same.data.id == "i1"


@both_clients
async def test_a_method_without_a_request_has_no_reply(make: Make) -> None:
    async with make("k", base_url="http://127.0.0.1:9") as client:
        with pytest.raises(TypeError, match="makes a request"):
            await client.with_raw_response(client.close)


async def test_headers_are_a_dict_in_lower_case_that_takes_any_case() -> None:
    repeated = answer(200, b"{}", {"X-One": "1", "x-one": "2", "Content-Type": "text/plain"})
    async with (
        ScriptedServer(repeated) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        headers = (await client.indexes.with_raw_response.delete("i1")).headers
    assert headers == {"x-one": "1, 2", "content-type": "text/plain", "content-length": "2"}
    assert json.loads(json.dumps(headers))["x-one"] == "1, 2"
    assert headers["X-ONE"] == headers.get("x-One") == "1, 2"
    assert "CONTENT-type" in headers
    assert headers.get("x-two") is None
    assert headers.get("x-two", "0") == "0"
    assert cast("str", 1) not in headers
    with pytest.raises(KeyError):
        headers["x-two"]
    assert pickle.loads(pickle.dumps(headers))["X-One"] == "1, 2"


def test_a_derived_client_keeps_its_own_methods() -> None:
    class Mine(TwelveLabs):
        def analyze(self, **given: Any) -> Any:  # type: ignore[override]  # it takes anything
            return super().analyze(video_id="mine", prompt="p")

    client = Mine("k", base_url="http://127.0.0.1:9", max_retries=0)
    try:
        assert isinstance(client.with_raw_response, importlib.import_module(RAW[1]).RawAnalyze)
        with pytest.raises(twelvelabs_async.ConnectError):
            client.with_raw_response.analyze()  # type: ignore[call-overload]  # as Mine takes it
    finally:
        client.close()


RAW = ("twelvelabs_async.raw", "twelvelabs_async.sync.raw")
each_module = pytest.mark.parametrize("name", RAW)


@each_module
def test_the_stub_has_the_methods_that_there_are(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text("utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    del classes["RawAccess"]
    assert classes.keys() == {*module.__all__} == {*dir(module)}
    for each, node in classes.items():
        made = getattr(module, each)
        assert (made.__module__, made.__name__) == (name, each)
        assigned = {n.targets[0].id for n in node.body if isinstance(n, ast.Assign)}  # type: ignore[attr-defined]  # a name
        defined = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
        assert assigned | defined == {name for name in dir(made) if name[0] != "_"}


@each_module
def test_a_raw_class_that_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(AttributeError, match="RawNothing"):
        importlib.import_module(name).RawNothing  # noqa: B018  # it must fail


def test_a_raw_method_shows_the_plain_ones_signature_and_words() -> None:
    client = AsyncTwelveLabs("k")
    raw, plain = client.indexes.with_raw_response.retrieve, client.indexes.retrieve
    assert inspect.signature(raw).parameters == inspect.signature(plain).parameters
    assert inspect.getdoc(raw) == inspect.getdoc(plain)
    assert "RawIndexes of" in repr(client.indexes.with_raw_response)
    with pytest.raises(AttributeError):
        client.indexes.with_raw_response.retrive  # type: ignore[attr-defined]  # noqa: B018  # a typo
    assert not hasattr(client.multipart_upload.with_raw_response, "upload_files")
    assert AsyncTwelveLabs.with_raw_response is not None
    assert not hasattr(client.indexes.list(), "with_raw_response")


def test_a_reply_shows_its_data_and_no_headers() -> None:
    made = RawResponse("data", 200, {"x-secret": "s"}, {})
    assert repr(made) == "RawResponse(status_code=200, data='data')"
