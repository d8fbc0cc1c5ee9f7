"""Making a client: where its settings come from, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scripted_server import ScriptedServer, ok
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async.client import API_URL
from twelvelabs_async.errors import ConfigurationError
from twelvelabs_async.options import Retry, Timeouts, TwelveLabsEnvironment


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY", "TWELVELABS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def key(client: AsyncTwelveLabs) -> str:
    return str.__str__(client._core._api_key)


def test_the_key_is_the_argument_or_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"TWELVE_LABS_API_KEY.*TWELVELABS_API_KEY"):
        AsyncTwelveLabs()
    monkeypatch.setenv("TWELVELABS_API_KEY", "second")
    assert key(AsyncTwelveLabs()) == "second"
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "first")
    assert key(AsyncTwelveLabs()) == "first"
    assert key(AsyncTwelveLabs("given")) == "given"
    with pytest.raises(ConfigurationError):
        AsyncTwelveLabs("")


def test_variables_may_end_in_a_line_break_and_blank_ones_count_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", " \n")
    monkeypatch.setenv("TWELVELABS_API_KEY", " second\r\n")
    monkeypatch.setenv("TWELVELABS_BASE_URL", "http://env:1/v1.3/ \n")
    client = AsyncTwelveLabs()
    assert (key(client), client._core.base_url) == ("second", "http://env:1/v1.3")
    monkeypatch.setenv("TWELVELABS_BASE_URL", "  ")
    assert AsyncTwelveLabs()._core.base_url == API_URL
    for wrong in ("first\n", "fi\nrst", " "):
        with pytest.raises(ConfigurationError):
            AsyncTwelveLabs(wrong)
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "fi\nrst")
    with pytest.raises(ConfigurationError):
        AsyncTwelveLabs()


def test_the_base_url_is_the_argument_the_environments_or_the_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert AsyncTwelveLabs("k")._core.base_url == API_URL
    monkeypatch.setenv("TWELVELABS_BASE_URL", "http://env:1/v1.3/")
    assert AsyncTwelveLabs("k")._core.base_url == "http://env:1/v1.3"
    assert AsyncTwelveLabs("k", base_url=API_URL)._core.base_url == API_URL


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.twelvelabs.io",
        "ftp://a/b",
        "http://",
        "http:///v1.3",
        "http://a/b?c=d",
        "http://a/b#c",
        "http://a:99999/b",
        "http://a:0",
        "http://[::1/b",
        "http://a b/c",
        "http://a/\nb",
        "http://ä/b",
    ],
)
def test_a_malformed_base_url_is_refused(url: str) -> None:
    for kind in (AsyncTwelveLabs, TwelveLabs):
        with pytest.raises(ConfigurationError, match="base_url"):
            kind("k", base_url=url)


@pytest.mark.parametrize(
    "wrong",
    [{"max_connections": 0}, {"max_reply_bytes": 0}, {"max_retries": -1}, {"max_wait": -1}],
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        AsyncTwelveLabs("k", **wrong)


@pytest.mark.parametrize("environment", ["x", 3, b"https://a/v1", ["https://a/v1"]])
def test_an_environment_that_is_none_is_refused(environment: Any) -> None:
    with pytest.raises(ConfigurationError, match="environment must be"):
        AsyncTwelveLabs("k", environment=environment)


@pytest.mark.parametrize("name", ["max_connections", "max_reply_bytes"])
def test_bounds_that_are_no_number_are_refused(name: str) -> None:
    wrong: Any = {name: float("nan")}
    with pytest.raises(ConfigurationError, match=name):
        AsyncTwelveLabs("k", **wrong)


@pytest.mark.parametrize("kind", [AsyncTwelveLabs, TwelveLabs])
@pytest.mark.parametrize(
    "proxy", ["socks5://u:secret@h:1", "http://", "http://h:x", "ftp://h", "http://h:1\n", "://h"]
)
def test_a_proxy_that_is_none_is_refused_without_its_password(kind: Any, proxy: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^proxy must be .* HTTP proxy") as failed:
        kind("k", proxy=proxy)
    assert "secret" not in str(failed.value)


def test_options_of_a_child() -> None:
    client = AsyncTwelveLabs("k", timeout=Timeouts(read=7.0), headers={"A": "1", "B": "1"})
    child = client.with_options(timeout=5, max_retries=9, headers={"b": "2"})
    assert child._core.timeouts == Timeouts(read=7.0, total=5.0)
    assert child._core.retry == Retry(max_retries=9)
    assert child._core.headers.items() >= {("a", "1"), ("b", "2")}
    assert client._core.headers["b"] == "1"
    assert child._core.shared is client._core.shared
    grandchild = child.with_options(retry=Retry(backoff=3.0))
    assert grandchild._core.retry == Retry(backoff=3.0)
    assert grandchild.indexes is not client.indexes


@pytest.mark.anyio
async def test_headers_are_sent_once_whatever_their_case() -> None:
    async with (
        ScriptedServer(ok()) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, headers={"USER-agent": "mine", "X-API-Key": "client's"}
        ) as client,
    ):
        options: Any = {"additional_headers": {"X-Api-Key": "other", "accept": "a/b"}}
        await client.indexes.retrieve("i1", request_options=options)
        await client.indexes.retrieve("i1")
    first, second = (received.headers for received in scripted.received)
    assert (first["user-agent"], first["x-api-key"], first["accept"]) == ("mine", "other", "a/b")
    assert (second["user-agent"], second["x-api-key"]) == ("mine", "k")


@pytest.mark.anyio
async def test_options_of_a_call_go_into_query_and_body() -> None:
    options: Any = {
        "additional_query_parameters": {"q": [1, True]},
        "additional_body_parameters": {"b": {"c": None}},
    }
    async with (
        ScriptedServer(ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        await client.indexes.create(index_name="a", models=[], request_options=options)
        await client.assets.create(
            method="url",
            url="u",
            request_options={**options, "additional_body_parameters": {"b": 1}},
        )
    assert all(received.target.endswith("?q=1&q=true") for received in scripted.received)
    assert b'"b":{"c":null}' in scripted.received[0].body
    assert b'name="b"\r\n\r\n1\r\n' in scripted.received[1].body


@pytest.mark.anyio
async def test_a_raw_response_has_status_headers_and_limits() -> None:
    limits = {"X-Ratelimit-Limit": "60", "X-Ratelimit-Remaining": "59"}
    async with ScriptedServer(ok(**{"X-A": "b"}, **limits)) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url) as client:
            raw = await client.with_raw_response(client.indexes.retrieve, "i1")
            assert (raw.data.id, raw.status_code, raw.headers["x-a"]) == ("i1", 200, "b")
            assert raw.rate_limits["request"][:2] == (60, 59)
            with pytest.raises(TypeError, match="makes a request"):
                await client.with_raw_response(client.close)


@pytest.mark.parametrize("kind", [AsyncTwelveLabs, TwelveLabs])
@pytest.mark.parametrize(
    "settings",
    [
        {"follow_redirects": True},
        {"follow_redirects": False},
        {"follow_redirects": None, "httpx_client": None, "timeout": None, "headers": None},
        {"environment": TwelveLabsEnvironment.DEFAULT},
        {"environment": TwelveLabsEnvironment.DEFAULT, "base_url": "http://h/v1.3"},
        {"environment": TwelveLabsEnvironment.DEFAULT, "base_url": None},
    ],
)
def test_the_vendors_settings_are_taken(kind: Any, settings: dict[str, Any]) -> None:
    client = kind(api_key="k", **settings)
    assert (settings.get("base_url") or API_URL) in repr(client)


@pytest.mark.parametrize("kind", [AsyncTwelveLabs, TwelveLabs])
@pytest.mark.parametrize("given", [object(), {}, 0, False])
def test_an_httpx_client_is_refused_with_what_to_use_instead(kind: Any, given: object) -> None:
    with pytest.raises(ConfigurationError, match=r"httpx_client=.*proxy=, ssl_context="):
        kind(api_key="k", httpx_client=given)


def test_the_environments_base_url_comes_before_the_named_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWELVELABS_BASE_URL", "http://env:1/v1.3")
    client = AsyncTwelveLabs("k", environment=TwelveLabsEnvironment.DEFAULT)
    assert client._core.base_url == "http://env:1/v1.3"
    assert TwelveLabsEnvironment.DEFAULT.value == API_URL
