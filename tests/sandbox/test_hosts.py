"""The sandbox answers local programs, not the pages of foreign sites."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from tests.support.sandbox_api import serving
from twelvelabs_async.sandbox import Sandbox

pytestmark = pytest.mark.anyio
LOCAL = [
    "localhost",
    "LocalHost",
    "localhost.",
    "localhost:1",
    "sandbox.localhost:8765",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.8.9.1",
    "[::1]",
    "[::1]:8765",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
]
FOREIGN = [
    "evil.example",
    "evil.example:8765",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io:80",
    "10.0.0.1",
    "0.0.0.0",
    "8.8.8.8:80",
    "[2001:db8::1]",
    "[::ffff:8.8.8.8]",
    "2130706433",
    "0x7f.1",
    "127.1",
    "api.twelvelabs.io",
]
MALFORMED = [
    "",
    " ",
    "a b",
    "[::1",
    "::1",
    "user@localhost",
    "localhost/x",
    "localhost:x",
    "http://localhost",
]


async def ask(
    url: str,
    *lines: str,
    method: str = "GET",
    path: str = "/v1.3/indexes",
    version: str = "1.1",
) -> int:
    """The status of an answer to a request of these header lines."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        head = [f"{method} {path} HTTP/{version}", *lines, "Connection: close", "", ""]
        writer.write("\r\n".join(head).encode())
        async with asyncio.timeout(120):
            return int((await reader.read()).split(b" ", 2)[1])
    finally:
        writer.close()
        await writer.wait_closed()


def origins(sandbox: Sandbox) -> Sequence[tuple[str, list[str], int]]:
    """Each origin: its address, what else a request needs, and how it is answered if allowed."""
    return [
        (sandbox.base_url, [f"x-api-key: {sandbox.api_key}"], 200),
        (sandbox.storage_url, [], 404),
    ]


async def test_local_names_are_answered() -> None:
    async with serving() as api:
        for url, more, status in origins(api.sandbox):
            for host in LOCAL:
                assert await ask(url, f"Host: {host}", *more) == status, host


async def test_foreign_names_are_refused_whatever_key_they_have() -> None:
    async with serving() as api:
        for url, more, _ in origins(api.sandbox):
            for host in FOREIGN:
                assert await ask(url, f"Host: {host}", *more) == 403, host
                assert await ask(url, f"Host: {host}", *more, path="/x") == 403, host
        assert {record.status for record in api.sandbox.requests} == {403}


async def test_a_host_header_is_needed_once_and_in_form() -> None:
    async with serving() as api:
        for url, more, status in origins(api.sandbox):
            for host in MALFORMED:
                assert await ask(url, f"Host: {host}", *more) == 400, host
            assert await ask(url, *more) == 400
            assert await ask(url, "Host: localhost", "Host: evil.example", *more) == 400
            assert await ask(url, *more, version="1.0") == status
            foreign = "Origin: http://evil.example"
            assert await ask(url, foreign, *more, version="1.0") == 403


async def test_pages_of_other_sites_are_refused() -> None:
    async with serving() as api:
        for url, more, status in origins(api.sandbox):
            for host in LOCAL:
                assert await ask(url, "Host: localhost", f"Origin: http://{host}", *more) == status
            schemes = ["null", "file://", "https://", "chrome-extension://abc", "localhost"]
            for origin in [*schemes, *(f"http://{host}" for host in FOREIGN)]:
                lines = ["Host: localhost", f"Origin: {origin}", *more]
                assert await ask(url, *lines) == 403, origin
                assert await ask(url, *lines, method="OPTIONS") == 403, origin


async def test_no_fault_is_used_up_by_what_is_refused() -> None:
    async with serving() as api:
        api.sandbox.faults.add(status=503)
        assert await ask(api.sandbox.base_url, "Host: evil.example") == 403
        await api("GET", "/indexes", 503)


async def test_the_refusal_says_what_to_do() -> None:
    async with serving() as api:
        url = f"{api.sandbox.base_url}/indexes"
        async with api.session.get(url, headers={"Host": "sandbox.internal"}) as answer:
            assert answer.status == 403
            body = json.loads(await answer.read())
        assert body["code"] == "host_not_allowed"
        assert "'sandbox.internal'" in body["message"]
        url = f"{api.sandbox.storage_url}/files/x"
        async with api.session.get(url, headers={"Host": "sandbox.internal"}) as answer:
            assert answer.status == 403
            assert b"<Code>AccessDenied</Code>" in await answer.read()


async def test_hosts_that_are_named_are_answered() -> None:
    async with serving(hosts=["sandbox", "Films.Example."]) as api:
        for url, more, status in origins(api.sandbox):
            for host in ("sandbox", "sandbox:80", "films.example", "FILMS.example.:1"):
                assert await ask(url, f"Host: {host}", *more) == status
                assert await ask(url, f"Host: {host}", f"Origin: https://{host}", *more) == status
            assert await ask(url, "Host: x.sandbox", *more) == 403


async def test_on_all_addresses_every_address_is_answered_and_no_name() -> None:
    async with serving(host="0.0.0.0") as api:  # what is tested
        for url, more, status in origins(api.sandbox):
            for host in ("0.0.0.0", "192.168.1.5:8765", "[2001:db8::1]", "localhost"):
                assert await ask(url, f"Host: {host}", *more) == status
            assert await ask(url, "Host: evil.example", *more) == 403
            assert await ask(url, "Host: 10.0.0.1", "Origin: http://evil.example", *more) == 403


async def test_the_host_of_the_public_url_is_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serving(public_url="https://films.example:8443", port=port) as api:
        url, key = f"http://127.0.0.1:{port}", f"x-api-key: {api.sandbox.api_key}"
        assert await ask(url, "Host: films.example:8443", key) == 200
        assert await ask(url, "Host: other.example", key) == 403


@pytest.mark.parametrize(
    "wrong",
    ["", "http://media.test", "media.test:80", "a b", "a/b", "[::1]:1", "*", "*.media.test"],
)
def test_what_is_no_host_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a host"):
        Sandbox(hosts=[wrong])


async def test_one_host_may_be_given_as_a_text() -> None:
    async with serving(hosts="media.test") as api:
        key = f"x-api-key: {api.sandbox.api_key}"
        assert await ask(api.sandbox.base_url, "Host: media.test", key) == 200
        assert await ask(api.sandbox.base_url, "Host: m", key) == 403
