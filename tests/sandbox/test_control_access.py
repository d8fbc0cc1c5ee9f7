"""Who may control a sandbox, and that control calls leave no traces in what they control."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.sandbox.control_api import Control
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox.control.access import is_local
from twelvelabs_async.sandbox.control.app import CALLS

EVERY = [(call.method, call.path.removeprefix("/").replace("{id}", "a-1")) for call in CALLS]
EVERY.append(("GET", "schema"))


@pytest.fixture
def control(api: Api) -> Control:
    return Control(api)


FOREIGN: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


async def test_pages_of_other_origins_control_nothing(control: Control) -> None:
    for headers in FOREIGN:
        for method, path in EVERY:
            await control(method, path, 403, headers=headers)


async def test_the_sandboxs_own_page_does(api: Api, control: Control) -> None:
    origin = api.sandbox.base_url.removesuffix("/v1.3")
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    await control("PUT", "limits", json={}, headers=headers)
    await control("DELETE", "faults", headers=headers)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_a_body_must_be_said_to_be_json(control: Control, content_type: str) -> None:
    # These are what a form of another site can send without the browser asking first.
    headers = {"Content-Type": content_type}
    await control("PUT", "limits", 415, data=b"{}", headers=headers)
    await control("DELETE", "faults", 415, data=b"{}", headers=headers)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b'{"search": NaN}', b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200],
)
async def test_what_is_no_json_is_refused(control: Control, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert await control.refused(400, "PUT", "limits", data=raw, headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("POST", "seed", {"films": 0, "index_name": "a" * 256}, 'index_name: "aa.*aa… is too long'),
        ("POST", "seed", {}, "The body: It must have films or paths."),
        ("PUT", "answers", {"text": None}, "text: null is not of type"),
        ("POST", "faults", {"after": [None, "é"]}, r'after: \[null, "é"\] is not of type'),
        ("PUT", "limits", {"search": {"requests": 1, "body": "x"}}, r'"x" is not one of .*null\]'),
    ],
)
async def test_a_refusal_says_what_is_wrong_in_the_words_of_json(
    control: Control, method: str, path: str, body: Any, why: str
) -> None:
    message = await control.refused(400, method, path, json=body)
    assert re.search(why, message), message
    assert len(message) < 350


async def test_a_call_that_takes_no_body_or_query_refuses_one(control: Control) -> None:
    assert "body" in await control.refused(400, "GET", "limits", json={"a": 1})
    assert "query" in await control.refused(400, "GET", "limits", query={"a": "1"})


async def test_a_path_or_method_that_there_is_not(control: Control) -> None:
    assert (await control("GET", "nothing", 404))["code"] == "not_found"
    assert (await control("POST", "health", 405))["code"] == "method_not_allowed"


async def test_head_has_what_get_has_but_the_body(api: Api, control: Control) -> None:
    async with asyncio.timeout(120):
        for path in ("health", "clock", "settings", "schema", "requests", "requests?follow=1", ""):
            async with api.session.head(f"{control.url}/{path}") as head:
                assert head.status == 200
                assert await head.read() == b""
            async with api.session.get(f"{control.url}/{path}") as reply:
                assert head.content_type == reply.content_type
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with api.session.head(f"{control.url}/limits", headers=foreign) as refused:
        assert refused.status == 403


def other_address() -> str:
    """An address of this machine that is not the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no other address than the loopback")
        return str(sock.getsockname()[0])


@pytest.mark.parametrize("allowed", [False, True])
async def test_other_machines_control_it_only_where_that_is_allowed(allowed: bool) -> None:
    address = other_address()
    async with serving(host=address, allow_remote_control=allowed) as api:
        control = Control(api)
        assert f"//{address}:" in control.url
        await control("GET", "health")
        for method, path in (("GET", "limits"), ("DELETE", "faults"), ("GET", "schema")):
            if allowed:
                await control(method, path)
            else:
                body = await control(method, path, 403)
                assert body["code"] == "remote_control_not_allowed"
                assert "--allow-remote-control" in body["message"]
        if allowed:
            await control("GET", "limits", 403, headers={"Origin": "http://evil.example"})
            await control("GET", "limits", 403, headers={"Host": "evil.example"})


class _Transport:
    def __init__(self, peer: Any) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._peer if name == "peername" else default


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        (("127.0.0.1", 1), {}, True),
        (("127.8.8.8", 1), {}, True),
        (("::1", 1, 0, 0), {}, True),
        (("::ffff:127.0.0.1", 1, 0, 0), {}, True),
        (("192.0.2.7", 1), {}, False),
        (("::ffff:192.0.2.7", 1, 0, 0), {}, False),
        (("fe80::1%eth0", 1, 0, 2), {}, False),
        (("somewhere", 1), {}, False),
        ("", {}, False),
        (None, {}, False),
        # A proxy on this machine stands for those behind it.
        (("127.0.0.1", 1), {"X-Forwarded-For": "192.0.2.7"}, False),
        (("127.0.0.1", 1), {"Forwarded": "for=192.0.2.7"}, False),
    ],
)
def test_a_local_program_has_a_loopback_address(
    peer: Any, headers: dict[str, str], local: bool
) -> None:
    transport: Any = _Transport(peer)
    request: web.Request = make_mocked_request("GET", "/", headers=headers, transport=transport)
    assert is_local(request) is local


async def test_control_calls_are_neither_recorded_nor_limited_nor_spoiled(
    api: Api, control: Control
) -> None:
    api.sandbox.faults.add(None, ".*", times=None, status=500)
    api.sandbox.limits.allow("all", 0)
    for _ in range(3):
        await control("GET", "health")
        await control("GET", "clock")
        await control("GET", "nothing", 404)
    assert len(api.sandbox.requests) == 0
    (fault,) = api.sandbox.faults.all()
    assert fault.hits == 0


async def test_the_api_has_no_control_calls(api: Api) -> None:
    await api("GET", "/_sandbox/health", 404)


async def test_the_schema_is_served_and_is_what_bodies_are_held_to(control: Control) -> None:
    served: dict[str, Any] = await control("GET", "schema")
    assert served["openapi"].startswith("3.1")
    seen = set[tuple[str, str]]()
    names = set[str]()
    for path, operations in served["paths"].items():
        for method, operation in operations.items():
            name = path.removeprefix("/_sandbox")
            (call,) = [c for c in CALLS if (c.method.lower(), c.path) == (method, name)]
            seen.add((call.method, call.path))
            names.add(operation["operationId"])
            body = operation.get("requestBody")
            assert (body is None) == (call.body is None)
            if body is not None:
                schema = body["content"]["application/json"]["schema"]
                assert schema == json.loads(json.dumps(call.body))
                jsonschema.Draft202012Validator.check_schema(schema)
            reply = operation["responses"][str(call.status)]
            for content in reply.get("content", {}).values():
                jsonschema.Draft202012Validator.check_schema(content["schema"])
    assert seen == {(call.method, call.path) for call in CALLS}
    assert len(names) == len(CALLS)
