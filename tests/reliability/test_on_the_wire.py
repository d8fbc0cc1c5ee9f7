"""What a server and a proxy are sent: the target, the headers, the body."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.reliability.conftest import KEY
from tests.support.both import CLIENTS
from tests.support.pieces import Pieces
from tests.support.scripted_server import Received, ScriptedServer, answer, ok
from twelvelabs_async import AsyncTwelveLabs, ConfigurationError, Hooks

pytestmark = pytest.mark.anyio
both = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
Make = Callable[..., Any]
ALWAYS = {"host", "x-api-key", "accept", "accept-encoding", "user-agent"}


@both
async def test_a_json_body_and_its_headers(client: Make) -> None:
    async with ScriptedServer(ok()) as scripted, client(KEY, base_url=scripted.url) as made:
        await made.indexes.create(index_name="films", models=[])
    (received,) = scripted.received
    assert (received.method, received.target) == ("POST", "/v1.3/indexes")
    assert received.body == b'{"index_name":"films","models":[]}'
    assert set(received.headers) == ALWAYS | {"content-type", "content-length"}
    assert received.headers["x-api-key"] == KEY
    assert received.headers["content-type"] == "application/json"
    assert received.headers["content-length"] == str(len(received.body))


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_request_without_a_body_has_no_content_type(method: str) -> None:
    async with (
        ScriptedServer(answer(204)) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url) as made,
    ):
        await made.indexes._core.request(None, method, "/somewhere")
    (received,) = scripted.received
    assert set(received.headers) == ALWAYS | ({"content-length"} if method != "GET" else set())
    assert received.headers.get("content-length", "0") == "0"


@both
async def test_a_body_of_many_megabytes_arrives_whole(client: Make) -> None:
    name = "é" * 3_000_000
    async with ScriptedServer(ok()) as scripted, client(KEY, base_url=scripted.url) as made:
        for _ in range(2):
            await made.indexes.create(index_name=name, models=[])
    whole = f'{{"index_name":"{name}","models":[]}}'.encode()
    assert [received.body == whole for received in scripted.received] == [True, True]
    assert scripted.connections == 1


EXPECT = {"Expect": "100-continue"}, {"expect": "100-Continue"}, {"EXPECT": "100-CONTINUE"}
LEAVE = b"HTTP/1.1 100 Continue\r\n\r\n"


@both
@pytest.mark.parametrize("header", EXPECT, ids=repr)
async def test_a_body_goes_out_whatever_is_expected(client: Make, header: Any) -> None:
    options = {"additional_headers": header}
    async with ScriptedServer(ok(), [LEAVE, ok()], ["unread", LEAVE, "later", ok()]) as scripted:
        async with client(KEY, base_url=scripted.url) as made:
            for name in ("small", "x" * 3_000_000, "small"):
                await made.indexes.create(index_name=name, models=[], request_options=options)
    assert [received.headers["expect"] for received in scripted.received] == [*header.values()] * 3
    assert len(scripted.received[1].body) > 3_000_000


@both
async def test_a_proxy_is_given_the_whole_url(client: Make) -> None:
    async with ScriptedServer(ok()) as proxy:
        address = proxy.url.removesuffix("/v1.3")
        async with client(KEY, base_url="http://api.example/v1.3", proxy=address) as made:
            await made.indexes.retrieve("i1")
            await made.indexes.create(index_name="films", models=[])
    assert [(received.target, received.headers["host"]) for received in proxy.received] == [
        ("http://api.example/v1.3/indexes/i1", "api.example"),
        ("http://api.example/v1.3/indexes", "api.example"),
    ]


NETRC = "machine 127.0.0.1 login someone password netrcs\ndefault login any password netrcs\n"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Without a proxy, and with a .netrc that knows every host."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / ".netrc").write_text(NETRC)
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    return monkeypatch


async def use(client: AsyncTwelveLabs, storage: str) -> None:
    """A call of each kind, and a chunk."""
    await client.indexes.retrieve("i1")
    await client.assets.create(method="direct", file=b"film")
    async for _ in client.analyze_stream(video_id="v1", prompt="what?"):
        pass
    await client._core.put(f"{storage}/part?sig=1", {}, Pieces(b"abc"))


def service(received: Received) -> bytes:
    if received.target.endswith("/analyze"):
        return answer(200, b'{"event_type": "stream_end", "finish_reason": "stop"}\n')
    return ok(ETag='"e"')


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("own", [{}, {"Authorization": "Bearer own"}], ids=["none", "own"])
async def test_netrc_authorizes_nothing(own: dict[str, str]) -> None:
    async with ScriptedServer(service) as scripted:
        async with AsyncTwelveLabs(
            KEY, base_url=scripted.url, trust_env=True, headers=own
        ) as client:
            await use(client, scripted.url)
    assert [received.headers.get("authorization") for received in scripted.received] == [
        *[own.get("Authorization")] * 3,
        None,
    ]


async def test_the_environments_proxy_is_used_where_it_is_trusted(
    environment: pytest.MonkeyPatch,
) -> None:
    async with ScriptedServer(service) as proxy, ScriptedServer(service) as direct:
        environment.setenv("HTTP_PROXY", f"http://me:pass@127.0.0.1:{proxy.port}")
        environment.setenv("NO_PROXY", f"127.0.0.1:{direct.port}")
        async with AsyncTwelveLabs(
            KEY, base_url="http://api.example/v1.3", trust_env=True
        ) as client:
            await use(client, "http://storage.example")
            await client._core.put(f"{direct.url}/part", {}, Pieces(b"abc"))
        async with AsyncTwelveLabs(KEY, base_url=direct.url) as client:
            await client.indexes.retrieve("i1")
    assert [received.headers["host"] for received in proxy.received] == ["api.example"] * 3 + [
        "storage.example"
    ]
    assert {received.headers["proxy-authorization"] for received in proxy.received} == {
        "Basic " + base64.b64encode(b"me:pass").decode()
    }
    assert all(
        "authorization" not in received.headers for received in proxy.received + direct.received
    )
    assert direct.methods == ["PUT", "GET"]


async def test_a_proxy_without_a_scheme_is_one_of_http(environment: pytest.MonkeyPatch) -> None:
    async with ScriptedServer(ok()) as proxy:
        environment.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        async with AsyncTwelveLabs(
            KEY, base_url="http://api.example/v1.3", trust_env=True
        ) as client:
            await client.indexes.retrieve("i1")
    assert proxy.methods == ["GET"]


async def test_a_proxy_of_another_kind_in_the_environment_is_named(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("http_proxy", "socks5://me:pass@127.0.0.1:1")
    async with AsyncTwelveLabs(KEY, base_url="http://api.example/v1.3", trust_env=True) as client:
        with pytest.raises(ConfigurationError, match=r"HTTP_PROXY must be .* SOCKS") as failed:
            await client.indexes.retrieve("i1")
    assert "pass" not in str(failed.value)


async def test_headers_are_plain_text_for_what_records_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Recorders patch aiohttp here, and write what they are given as YAML."""
    recorded: list[Any] = []
    original = aiohttp.ClientSession._request

    async def record(self: Any, method: str, url: Any, **options: Any) -> Any:
        recorded.extend([method, *options["headers"], *options["headers"].values()])
        return await original(self, method, url, **options)

    monkeypatch.setattr(aiohttp.ClientSession, "_request", record)
    hooks = Hooks()
    hooks.request = lambda info: info.headers.update(extra="hook")  # type: ignore[method-assign]  # as a subclass would
    async with ScriptedServer(service) as scripted:
        async with AsyncTwelveLabs(
            KEY, base_url=scripted.url, headers={"A": "b"}, hooks=[hooks]
        ) as client:
            await use(client, scripted.url)
            await client._core.put(scripted.url, {"x-amz-a": "b"}, Pieces(b"abc"))
    assert {type(text) for text in recorded} == {str}
    assert {KEY, "hook", "x-amz-a"} <= {*recorded}
