"""Clients that hang up in mid-body or in mid-reply, or send rubbish: no traceback, and no harm."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Timings
from twelvelabs_async.sandbox.context import PREFIX
from twelvelabs_async.sandbox.routes import AREAS

pytestmark = pytest.mark.anyio

FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nabc'
BODIES = {
    "JSON": ("Content-Type: application/json\r\nContent-Length: 1000", b'{"a'),
    "form": ("Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000", FORM),
    "form's head": (
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000",
        FORM[:20],
    ),
    "chunked": ("Content-Type: application/json\r\nTransfer-Encoding: chunked", b'5\r\n{"a":'),
}
ROUTES = [
    (route.method, re.sub(r"\{\w+\}", "0" * 24, route.path))
    for area in AREAS.values()
    for route in area
    if route.json is not None or route.form is not None
]


async def hang_up(url: str, sent: bytes, *, reset: bool, until: bytes = b"") -> None:
    """Send this, read up to ``until``, and close the connection, or reset it."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(sent)
    await writer.drain()
    if until:
        await reader.readuntil(until)
    if reset:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort() if reset else writer.close()


def head(api: Api, method: str, path: str, headers: str) -> bytes:
    host = urlsplit(api.sandbox.base_url).netloc
    key = f"x-api-key: {api.sandbox.api_key}"
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{key}\r\n{headers}\r\n\r\n".encode()


async def settled(api: Api, count: int) -> None:
    """Wait until the sandbox has done with so many requests."""
    while len(api.sandbox.requests) < count or any(  # noqa: ASYNC110  # no event
        record.status is None for record in api.sandbox.requests
    ):
        await asyncio.sleep(0.005)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_ends_early_is_no_error(
    api: Api, caplog: pytest.LogCaptureFixture, body: tuple[str, bytes], reset: bool
) -> None:
    headers, begun = body
    for method, path in ROUTES:
        sent = head(api, method, PREFIX + path, headers) + begun
        await hang_up(api.sandbox.base_url, sent, reset=reset)
    await settled(api, len(ROUTES))
    await api("GET", "/indexes")
    assert complaints(caplog) == []
    assert list((api.sandbox.data / "tmp").iterdir()) == []


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("fault", [{"end": "reset"}, {"status": 503}, {"delay": 0.01}])
async def test_so_is_one_that_a_fault_waits_for(
    api: Api, caplog: pytest.LogCaptureFixture, fault: dict[str, object], reset: bool
) -> None:
    api.sandbox.faults.add("POST", "/indexes", **fault)  # type: ignore[arg-type]  # of its keywords
    headers, begun = BODIES["JSON"]
    sent = head(api, "POST", f"{PREFIX}/indexes", headers) + begun
    await hang_up(api.sandbox.base_url, sent, reset=reset)
    await settled(api, 1)
    await api("GET", "/indexes")
    assert complaints(caplog) == []


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_so_is_a_chunk_of_an_upload(
    api: Api, caplog: pytest.LogCaptureFixture, reset: bool
) -> None:
    body = {"filename": "a.mp4", "type": "video", "total_size": 500_000}
    made = await api("POST", "/assets/multipart-uploads", 201, json=body)
    url = urlsplit(made["upload_urls"][0]["url"])
    headers = "Content-Type: application/octet-stream\r\nContent-Length: 500000"
    sent = head(api, "PUT", f"{url.path}?{url.query}", headers).replace(
        urlsplit(api.sandbox.base_url).netloc.encode(), url.netloc.encode()
    )
    await hang_up(url.geturl(), sent + b"x" * 1000, reset=reset)
    await settled(api, 2)
    listed = await api("GET", f"/assets/multipart-uploads/{made['upload_id']}")
    assert listed["uploaded_chunks"] == [{"index": 1, "status": "pending"}]
    assert complaints(caplog) == []


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_so_is_a_streamed_reply_that_nobody_reads_to_its_end(
    caplog: pytest.LogCaptureFixture, film: Path, reset: bool
) -> None:
    async with serving(timings=Timings(indexing=0, asset=0, pending=0, queued=0)) as api:
        video = await api.video(await api.index(), film)
        sent = json.dumps({"video_id": video, "prompt": "What happens?"}).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(sent)}"
        raw = head(api, "POST", f"{PREFIX}/analyze", kind) + sent
        before = len(api.sandbox.requests)
        await hang_up(api.sandbox.base_url, raw, reset=reset, until=b"stream_start")
        await settled(api, before + 1)
        # Longer than a stream of its length takes: each of its events met a closed connection.
        body = {"video_id": video, "prompt": "What happens?"}
        async with api.session.post(
            f"{api.sandbox.base_url}/analyze", json=body, headers={"x-api-key": api.sandbox.api_key}
        ) as answer:
            assert b"stream_end" in await answer.read()
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Type: application/json\r\nTransfer-Encoding: chunked", b"zz\r\nnothing\r\n"),
        ("Content-Type: application/json\r\nContent-Length: many", b"{}"),
        ("no header", b""),
    ],
)
async def test_what_is_not_http_is_one_line_of_the_log(
    api: Api, caplog: pytest.LogCaptureFixture, headers: str, body: bytes
) -> None:
    sent = head(api, "POST", f"{PREFIX}/indexes", headers) + body
    with caplog.at_level(logging.INFO, "twelvelabs_async.sandbox.server"):
        await hang_up(api.sandbox.base_url, sent, reset=False, until=b"\r\n\r\n")
        await api("GET", "/indexes")
    assert complaints(caplog) == []
    records = [
        record for record in caplog.records if "A client's request failed" in record.getMessage()
    ]
    assert len(records) == 1
    assert records[0].exc_info is None
    assert "\n" not in records[0].getMessage()


async def test_a_body_that_cannot_be_decoded_is_refused(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    url = f"{api.sandbox.base_url}/indexes"
    key = {"x-api-key": api.sandbox.api_key}
    async with api.session.post(url, data=b"no gzip", headers=headers | key) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "parameter_invalid")
    assert complaints(caplog) == []
