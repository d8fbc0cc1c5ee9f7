"""Every public call of both clients, on malformed replies: no foreign exception comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import pytest
from anyio import to_thread

from tests.support.clock import VirtualClock
from tests.support.scripted_server import Answer, ScriptedServer, answer, error
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async._runtime.core import Resource
from twelvelabs_async.errors import TwelveLabsError

pytestmark = pytest.mark.anyio

MALFORMED: dict[str, Answer] = {
    "HTML": answer(200, b"<html>"),
    "nothing": answer(200),
    "an empty object": answer(200, b"{}\n"),
    "a list": answer(200, b"[]\n"),
    "a number": answer(200, b"7\n"),
    "null": answer(200, b"null\n"),
    "nulls": answer(200, b'{"_id": null, "data": null, "status": null, "page_info": null}\n'),
    "wrong types": answer(200, b'{"_id": [1], "data": 7, "status": {}, "page_info": "x"}\n'),
    "wrong rows": answer(200, b'{"_id": "a1", "data": [7, null, {"_id": 1}], "page_info": {}}\n'),
    "odd tags": answer(200, b'{"event_type": {}, "type": [], "status": 3}\n'),
    "deep": answer(200, b'{"data":' * 2000 + b"\n"),
    "UTF-16": answer(200, '{"_id": "a1"}'.encode("utf-16")),
    "no gzip": answer(200, b"{}", content_encoding="gzip"),
    "an error with 200": answer(200, b'{"code": "no", "message": "no"}\n'),
    "a redirect": answer(302, Location="http://elsewhere.example"),
    "400": error(400),
    "404": error(404),
    "429": answer(429),
    "500": answer(500, b"\xff"),
    "cut": [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "close"],
    "reset": [b"", "reset"],
    "no HTTP": [b"\x00\r\n\r\n", "close"],
}
NO_CALLS = {"close", "warm_up", "with_options", "with_raw_response"}
CHUNK = {"chunk_index": 1, "proof": "etag", "proof_type": "etag", "chunk_size": 1}
BY_NAME: dict[str, Any] = {
    "asset_ids": ["a1"],
    "completed_chunks": [CHUNK],
    "entities": [{"name": "whale", "asset_ids": ["a1"]}],
    "file_path": __file__,
    "input_type": "text",
    "method": "url",
    "models": [{"model_name": "marengo3.0", "model_options": ["visual"]}],
    "search_options": ["visual"],
    "sources": ["https://films.example/one.mp4"],
    "type": "summary",
    "types": ["title"],
    "videos": [{"video_url": "https://films.example/one.mp4"}],
}
# What some need beside what they require.
ALSO: dict[str, dict[str, Any]] = {
    "assets.create": {"url": "https://films.example/one.mp4"},
    "search.create": {"query_text": "whales"},
    "search.query": {"query_text": "whales"},
    "tasks.create": {"video_url": "https://films.example/one.mp4"},
    "tasks.create_bulk": {"video_urls": ["https://films.example/one.mp4"]},
    "multipart_upload.upload_files": {"sources": [__file__]},
}


def calls(thing: Any, way: str = "") -> Iterator[str]:
    """The ways from a client to all its calls: ``embed.v_2.tasks.create``."""
    for name in dir(type(thing)):
        if name.startswith("_") or name in NO_CALLS:
            continue
        found = getattr(thing, name)
        if isinstance(found, Resource):
            yield from calls(found, f"{way}{name}.")
        elif callable(found):
            yield way + name


EVERY = sorted(calls(AsyncTwelveLabs("k")))


def at(client: Any, way: str) -> Callable[..., Any]:
    method: Callable[..., Any] = attrgetter(way)(client)
    return method


def arguments(method: Callable[..., Any], way: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.default is not parameter.empty or parameter.kind > parameter.KEYWORD_ONLY:
            continue
        if name in BY_NAME:
            given[name] = BY_NAME[name]
        elif parameter.annotation == "Sequence[str]":
            given[name] = ["a1"]
        else:
            given[name] = 1 if parameter.annotation == "int" else "a1"
    for name in ("timeout", "max_wait_time"):
        if name in inspect.signature(method).parameters:
            given[name] = 20.0
    return given | ALSO.get(way, {})


async def run(made: Any) -> None:
    """Whatever a call gives: wait for it, and iterate it to its end."""
    if inspect.isawaitable(made):
        made = await made
    if hasattr(made, "__aiter__"):
        async for _ in made:
            pass


def run_blocking(method: Callable[..., Any], given: dict[str, Any]) -> None:
    made = method(**given)
    if hasattr(made, "__next__") or hasattr(made, "has_next"):
        for _ in made:
            pass


def test_all_calls_are_found() -> None:
    assert len(EVERY) > 75
    assert {"analyze_stream", "embed.v_2.tasks.create", "search.query"} <= set(EVERY)
    blocking = TwelveLabs("k")
    assert all(callable(at(blocking, way)) for way in EVERY)
    blocking.close()


@pytest.mark.parametrize("how", MALFORMED)
async def test_no_foreign_exception_from_any_call(how: str) -> None:
    async with (
        ScriptedServer(MALFORMED[how]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock(), max_retries=1) as client,
    ):
        for way in EVERY:
            method = at(client, way)
            before = len(scripted.received)
            try:
                await run(method(**arguments(method, way)))
            except TwelveLabsError:
                pass
            except Exception as foreign:  # none is to be raised
                raise AssertionError(f"{way} raised {foreign!r}") from foreign
            assert len(scripted.received) > before, way


@pytest.mark.parametrize("how", ["HTML", "wrong types", "odd tags", "400", "500", "cut"])
async def test_no_foreign_exception_from_any_blocking_call(how: str) -> None:
    def work(url: str) -> None:
        with TwelveLabs("k", base_url=url, clock=VirtualClock(), max_retries=1) as client:
            for way in EVERY:
                method = at(client, way)
                try:
                    run_blocking(method, arguments(method, way))
                except TwelveLabsError:
                    pass
                except Exception as foreign:  # none is to be raised
                    raise AssertionError(f"{way} raised {foreign!r}") from foreign

    async with ScriptedServer(MALFORMED[how]) as scripted:
        await to_thread.run_sync(work, scripted.url)
