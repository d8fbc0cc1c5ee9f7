"""Whatever is sent, the sandbox answers, and never with a 5xx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox import Sandbox, Timings
from twelvelabs_async.sandbox.routes import AREAS

CALLS = [route for area in AREAS.values() for route in area]
IDS = st.sampled_from(
    ["0" * 24, "x", "%00", "%ff", "a%2Fb", "..%2f", "%C3%A9", "%F0%9F%98%80", "1" * 500]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, 1.5e308, -1, 0, "", "\x00", "\ud800", "ready", "visual", "x" * 300])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none()) as sandbox:
        yield sandbox


def send(sandbox: Sandbox, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    async def call() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method,
                URL(sandbox.base_url + path, encoded=True),
                data=body or None,
                headers={"x-api-key": sandbox.api_key, **headers},
            ) as answer,
        ):
            text = await answer.read()
            if answer.status >= 400 and text:
                refusal = json.loads(text)
                assert refusal.keys() & {"code", "error", "error_code"}
            return answer.status

    return asyncio.run(call())


def paths(data: st.DataObject, path: str) -> str:
    return "/".join(data.draw(IDS) if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("route", CALLS, ids=lambda route: f"{route.method} {route.path}")
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_call_breaks(server: Sandbox, route: Any, data: st.DataObject) -> None:
    path = paths(data, route.path)
    names = st.sampled_from([*route.query, "page", "unknown"])
    texts = st.sampled_from(
        ["", "x", "-1", "9" * 400, "%00", "%ff", "1e999", "true", "NaN", "%C3%A9"]
    )
    query = data.draw(st.lists(st.tuples(names, texts), max_size=3))
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query)
    headers: dict[str, str] = {}
    body = b""
    if route.json is not None:
        fields = {name: data.draw(VALUES) for name in route.json if data.draw(st.booleans())}
        body = json.dumps(fields).encode()
        headers["Content-Type"] = "application/json"
    elif route.form is not None:
        pairs = [
            (name, data.draw(texts))
            for name in [*route.form, *route.files]
            if data.draw(st.booleans())
        ]
        body = b"".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"'.encode()
            + (b'; filename="f"' if name in route.files else b"")
            + f"\r\n\r\n{value}\r\n".encode()
            for name, value in pairs
        )
        body += b"--b--\r\n"
        headers["Content-Type"] = "multipart/form-data; boundary=b"
    assert send(server, route.method, path, body, headers) < 500


FORM = "multipart/form-data; boundary=b"


def form(headers: bytes, content: bytes = b"x", end: bytes = b"\r\n--b--\r\n") -> bytes:
    return b"--b\r\n" + headers + b"\r\n\r\n" + content + end


INDEX = b'Content-Disposition: form-data; name="index_id"'
BROKEN = [
    ("application/json", b"\xff\xfe"),
    ("application/json", b'{"index_name": "\xff"}'),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a": NaN}'),
    ("application/json", b"null"),
    ("application/json", b"5"),
    ("application/json; charset=klingon", b'{"index_name": 5}'),
    ("", b"{}"),
    ("text/plain", b"{}"),
    ("multipart/form-data", b"--b\r\n\r\n"),
    (FORM, b""),
    (FORM, b"--b\r\nno header\r\n--b--"),
    (FORM, b"--b\r\n\r\nno name\r\n--b--\r\n"),
    (FORM, form(INDEX, end=b"")),
    (FORM, form(INDEX, b"\xff\xfe")),
    (FORM, form(INDEX + b"\r\nContent-Type: text/plain; charset=klingon")),
    (FORM, form(INDEX + b"\r\nContent-Transfer-Encoding: base64", b"!!!")),
    (FORM, form(INDEX + b"\r\nContent-Transfer-Encoding: morse", b"!!!")),
    (FORM, form(INDEX + b"\r\nContent-Encoding: gzip", b"!!!")),
    (FORM, form(INDEX + b"\r\nContent-Type: multipart/mixed; boundary=c", b"--c\r\n\r\nx")),
    ("multipart/form-data; boundary=" + "b" * 200, b"--" + b"b" * 200 + b"--\r\n"),
    ("multipart/mixed; boundary=b", b"--b--\r\n"),
]


@pytest.mark.parametrize("path", ["/indexes", "/assets", "/search", "/tasks", "/embed-v2"])
@pytest.mark.parametrize(("kind", "body"), BROKEN)
def test_broken_bodies_are_refused(server: Sandbox, path: str, kind: str, body: bytes) -> None:
    assert 400 <= send(server, "POST", path, body, {"Content-Type": kind}) < 500


@pytest.mark.parametrize("size", [0, 1, 1023])
def test_a_multipart_body_that_ends_early_is_refused(server: Sandbox, size: int) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + bytes(size)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert send(server, "POST", "/assets", body, headers) == 400


@pytest.mark.anyio
async def test_a_long_list_is_paged_from_its_page_alone(api: Api) -> None:
    """A page costs the same in a long list: only what it shows is looked at."""
    from twelvelabs_async.sandbox.records import Video

    index = await api.index()
    state = api.sandbox._context.repository

    def fill() -> None:
        for n in range(5000):
            at = float(n)
            state.add(
                Video(
                    id=f"{n:024x}",
                    index_id=index,
                    filename="a.mp4",
                    created_at=at,
                    updated_at=at,
                    error=("x", "y"),
                )
            )

    # In the sandbox's thread, which goes through all records when it saves them.
    await asyncio.to_thread(api.sandbox._in_its_thread, fill)
    looked = 0
    original = api.sandbox._context.lifecycle.status

    def status(item: Any) -> tuple[str, float]:
        nonlocal looked
        looked += 1
        return original(item)

    api.sandbox._context.lifecycle.status = status  # type: ignore[method-assign]  # to count its calls
    query = {"page": 3, "page_limit": 20}
    page = await api("GET", f"/indexes/{index}/indexed-assets", query=query)
    assert [item["_id"] for item in page["data"]] == [f"{n:024x}" for n in range(4959, 4939, -1)]
    assert page["page_info"]["total_results"] == 5000
    assert looked < 100
