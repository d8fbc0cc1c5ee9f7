"""Requests that carry too much are refused before they are held in memory, or soon after."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from tests.support.sandbox_api import serving
from twelvelabs_async.sandbox import FormFile, Settings
from twelvelabs_async.sandbox.bodies import parse_json
from twelvelabs_async.sandbox.errors import ApiError
from twelvelabs_async.sandbox.recorder import Record, Requests
from twelvelabs_async.sandbox.settings import MIB

FORM = {"Content-Type": "multipart/form-data; boundary=B"}


def part(name: str, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()


async def fields(count: int, name: str, size: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield part(name.format(number)) + b"x" * size + b"\r\n"
    yield b"--B--\r\n"


async def files(count: int, size: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield part("query_media_file", f"{number}.png") + b"x" * size + b"\r\n"
    yield b"--B--\r\n"


BODIES: dict[str, tuple[str, Callable[[], AsyncIterator[bytes]]]] = {
    "unknown fields": ("/assets", lambda: fields(50, "unknown{}", MIB - 1)),
    "one known field": ("/assets", lambda: fields(50, "filename", MIB - 1)),
    "one long field": ("/assets", lambda: fields(1, "filename", 2 * MIB)),
    "empty fields": ("/assets", lambda: fields(20_000, "unknown{}", 0)),
    "files": ("/search", lambda: files(200, 10)),
    "bytes of files": ("/search", lambda: files(8, MIB)),
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", BODIES)
async def test_a_form_is_bounded_in_all(kind: str) -> None:
    path, body = BODIES[kind]
    async with serving(settings=Settings(max_task_size=4 * MIB)) as api:
        headers = {**FORM, "x-api-key": api.sandbox.api_key}
        url = api.sandbox.base_url + path
        try:
            async with api.session.post(url, data=body(), headers=headers) as answer:
                assert answer.status == 400, await answer.text()
        except aiohttp.ClientConnectionError:
            pass  # the answer came, and the connection closed, while this still sent
        (record,) = api.sandbox.requests
        assert record.status == 400
        kept = sum(len(value) for _, value in record.form if isinstance(value, str))
        assert kept <= 5 * MIB
        assert len(record.form) <= 1_000
        assert list((api.sandbox.data / "tmp").iterdir()) == []


JSON = {
    "deep arrays": b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}",
    "deep objects": b'{"a": ' * 101 + b"1" + b"}" * 101,
    "deepest": b"[" * 1_000_000,
    "many values": b'{"a": [' + b"1," * 300_000 + b"1]}",
    "many objects": b'{"a": [' + b"{}," * 300_000 + b"1]}",
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", JSON)
async def test_json_is_bounded_in_depth_and_values(kind: str) -> None:
    async with serving() as api:
        headers = {"Content-Type": "application/json"}
        for path in ("/indexes", "/analyze", "/embed-v2", "/assets/multipart-uploads"):
            url = api.sandbox.base_url + path
            async with api.session.post(
                url, data=JSON[kind], headers={**headers, "x-api-key": api.sandbox.api_key}
            ) as answer:
                assert answer.status == 400, await answer.text()
        index = await api.index()
        form = [
            ("index_id", index),
            ("query_text", "red"),
            ("search_options", "visual"),
            ("filter", JSON[kind].decode()[: MIB - 10]),
        ]
        await api("POST", "/search", 400, form=form)


def test_json_at_its_bounds_is_read() -> None:
    deep = b"[" * 100 + b"1" + b"]" * 100
    assert parse_json(deep)[0]
    with pytest.raises(ApiError):
        parse_json(b"[" + deep + b"]")
    assert len(parse_json(b"[" + b"1," * 199_000 + b"1]")[0]) == 199_001


@pytest.mark.anyio
async def test_the_oldest_bodies_are_dropped_from_the_records() -> None:
    async with serving() as api:
        text = base64.b64encode(bytes(range(256)) * 40_000).decode()
        body = {
            "input_type": "image",
            "model_name": "marengo3.0",
            "image": {"media_source": {"base64_string": text}},
        }
        for _ in range(7):
            raw = io.BytesIO(json.dumps(body).encode())
            headers = {"x-api-key": api.sandbox.api_key, "Content-Type": "application/json"}
            async with api.session.post(
                f"{api.sandbox.base_url}/embed-v2", data=raw, headers=headers
            ) as answer:
                assert answer.status == 400
        found = api.sandbox.requests.matching("POST", "/embed-v2")
        assert [record.dropped for record in found] == [True] * 3 + [False] * 4
        assert found[0].body is None
        assert found[-1].body == body


def request(path: str = "/a", **headers: str) -> Any:
    return SimpleNamespace(method="GET", query={}, headers=headers)


def test_records_are_bounded_in_number_and_in_bytes() -> None:
    few = Requests(3)
    for number in range(5):
        few.begin(request(), "api", f"/{number}", 0.0, "")
    assert [record.path for record in few] == ["/2", "/3", "/4"]
    small = Requests(heads=100_000)
    for number in range(100):
        small.begin(request(cookie="x" * 10_000), "api", f"/{number}", 0.0, "")
    assert 5 <= len(small) <= 10
    assert small[-1].path == "/99"
    small.clear()
    assert len(small) == 0


def test_what_records_keep_in_memory_is_about_what_they_count() -> None:
    requests = Requests(heads=4 * MIB, bodies=4 * MIB)
    tracemalloc.start()
    try:
        for number in range(20_000):
            record = requests.begin(request(agent=f"{number}" * 3), "api", f"/{number}", 0.0, "")
            requests.note_body(record, *parse_json(b'{"a": [1.5, 2.5, "x%d"]}' % number))
            requests.note_field(record, "name", f"value {number}")
            requests.note_field(record, "file", FormFile(f"{number}.mp4", "video/mp4", 1))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 16 * MIB
    assert isinstance(requests[-1], Record)
    assert requests[-1].body
    assert len(requests[-1].form) == 2
