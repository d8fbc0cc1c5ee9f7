"""How commands reach the API, and what they say when they do not."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import Invoke
from tests.support.tls import PEM, server_context
from twelvelabs_async.sandbox import Sandbox

EMPTY = {"data": [], "page_info": {"page": 1, "total_page": 1, "total_results": 0}}


class _Server(ThreadingHTTPServer):
    """A server or proxy on a free port that answers every request alike, and remembers it."""

    daemon_threads = True

    def __init__(self, status: int, body: bytes, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.body = body
        self.asked: list[str] = []
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that the client breaks off is what a test wants to see on its side."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(
    status: int = 200, body: object = EMPTY, context: ssl.SSLContext | None = None
) -> Iterator[tuple[_Server, str]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with _Server(status, raw, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server, f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


ELSEWHERE = "http://service.invalid/v1.3"


@pytest.mark.parametrize("given", ["option", "variable", "lower"])
def test_calls_go_through_the_proxy(
    given: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (proxy, address):
        more = ["--proxy", f"http://{address}"] if given == "option" else []
        if given != "option":
            name = "HTTP_PROXY" if given == "variable" else "http_proxy"
            monkeypatch.setenv(name, f"http://{address}")
        assert invoke("index", "list", "--json", "--base-url", ELSEWHERE, *more) == "[]\n"
        assert urlsplit(proxy.asked[0]).netloc == "service.invalid"


def test_hosts_of_no_proxy_are_reached_without_it(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (proxy, address):
        monkeypatch.setenv("HTTP_PROXY", f"http://{address}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        invoke("index", "list", "--json")
        assert proxy.asked == []


@pytest.mark.parametrize("status", [407, 502, 504])
def test_an_error_of_the_proxy_names_it_without_its_password(status: int, invoke: Invoke) -> None:
    with served(status, b"<html>no</html>") as (_, address):
        proxy = f"http://someone:hidden@{address}"
        options = ["--base-url", ELSEWHERE, "--proxy", proxy, "--timeout", "0.3"]
        output = invoke("index", "list", *options, code=1)
    assert address in output
    assert "hidden" not in output


def test_a_proxy_that_cannot_be_reached_is_named(invoke: Invoke) -> None:
    options = ["--base-url", ELSEWHERE, "--proxy", "http://127.0.0.1:1", "--timeout", "0.3"]
    assert "127.0.0.1:1" in invoke("index", "list", *options, code=1)


def test_a_file_of_certificates_is_trusted(invoke: Invoke) -> None:
    with served(context=server_context()) as (_, address):
        options = ["index", "list", "--json", "--base-url", f"https://{address}/v1.3"]
        assert "certificate" in invoke(*options, "--timeout", "5", code=1).lower()
        assert invoke(*options, "--ca-file", str(PEM)) == "[]\n"


def test_a_file_without_certificates_is_named(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate")
    output = invoke("index", "list", "--ca-file", str(tmp_path / "notes.txt"), code=1)
    assert "notes.txt" in output


def test_the_time_limit_ends_a_call(invoke: Invoke, sandbox: Sandbox) -> None:
    sandbox.faults.add("GET", "/indexes", end="hang", times=1)
    assert "0.2" in invoke("index", "list", "--timeout", "0.2", code=1)


def test_a_key_as_an_option_is_used(
    invoke: Invoke, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "wrong")
    invoke("index", "list", "--api-key", sandbox.api_key)


def test_without_a_key_all_ways_to_give_one_are_named(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWELVE_LABS_API_KEY")
    output = invoke("index", "list", code=1)
    for way in ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY", "--api-key"):
        assert way in output


def test_a_refused_key_is_named_by_where_it_came_from(
    invoke: Invoke, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWELVELABS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "tlk_old_one")
    output = invoke("index", "list", code=1)
    assert "127.0.0.1 refuses the key of TWELVE_LABS_API_KEY" in output
    assert "TWELVELABS_API_KEY has another key, which is not used" in output
    assert "tlk_old_one" not in output
    assert "refuses the key of --api-key" in invoke("index", "list", "--api-key", "x", code=1)


def test_a_base_url_without_a_version_is_named(
    invoke: Invoke, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = sandbox.base_url.removesuffix("/v1.3")
    monkeypatch.setenv("TWELVELABS_BASE_URL", bare)
    assert f"TWELVELABS_BASE_URL is {bare}, without a version" in invoke("index", "list", code=1)
    output = invoke("index", "list", "--base-url", bare, code=1)
    assert f"--base-url is {bare}, without a version" in output


@pytest.mark.parametrize("url", ["api.twelvelabs.io/v1.3", "ftp://x/v1.3", "http://"])
def test_a_base_url_that_is_none_is_named(
    url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWELVELABS_BASE_URL", url)
    output = invoke("index", "list", code=1)
    assert "TWELVELABS_BASE_URL" in output
    assert repr(url) in output
