"""The program's log: a line for each request, and no traceback for what clients do."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sandbox.__main__ import main
from twelvelabs_async.sandbox.server_log import ACCESS_LOG, logging_to_terminal

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "module": [sys.executable, "-m", "twelvelabs_async.sandbox"],
    "command": [sys.executable, "-m", "twelvelabs_async", "sandbox", "--port", "0"],
}
LINE = re.compile(r"\d\d:\d\d:\d\d 127\.0\.0\.1 ([A-Z]+) (\S+) (\d{3}|-) \d+ ms")


@contextmanager
def program(log: Path, name: str, *more: str) -> Generator[tuple[str, str]]:
    """The address and key of a sandbox that is a program of its own, without a terminal."""
    command = [*PROGRAMS[name], "--json", "--timings", "none", *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            yield facts["base_url"], facts["api_key"]
            process.send_signal(signal.SIGINT)
            assert process.wait(120) == 0
            assert process.stdout.read() == b""
        finally:
            process.kill()


def ask(url: str, key: str = "", data: bytes | None = None) -> None:
    headers = {"x-api-key": key, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as reply:
        reply.read()


def hang_up(base_url: str, key: str, path: str) -> None:
    """Send half of a body, and leave."""
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname, parts.port)) as sock:
        head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nx-api-key: {key}\r\n"
        kind = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        sock.sendall(f"{head}{kind}{{".encode())


@pytest.mark.parametrize("name", [*PROGRAMS])
def test_each_request_has_a_line(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    with program(log, name) as (base_url, key):
        ask(f"{base_url}/indexes?page=1", key)
        ask(f"{base_url.removesuffix('/v1.3')}/_sandbox/health")
        hang_up(base_url, key, "/v1.3/indexes")
        hang_up(base_url, key, "/_sandbox/clock")
        for path in ("/indexes", "/a%0Ab"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask(f"{base_url}{path}", "wrong")
            refused.value.close()
        ask(f"{base_url}/indexes", key)
    text = log.read_text()
    assert "Traceback" not in text
    assert key not in text
    found = [match.groups() for line in text.splitlines() if (match := LINE.fullmatch(line))]
    assert found[:2] == [("GET", "/v1.3/indexes", "200"), ("GET", "/_sandbox/health", "200")]
    assert found[-1] == ("GET", "/v1.3/indexes", "200")
    assert {("GET", "/v1.3/indexes", "401"), ("GET", "/v1.3/a%0Ab", "401")} <= {*found}
    assert {("POST", "/v1.3/indexes", "-"), ("POST", "/_sandbox/clock", "-")} <= {*found}
    assert "page=1" not in text


@pytest.mark.parametrize("name", [*PROGRAMS])
def test_a_quiet_program_says_nothing(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    with program(log, name, "--quiet") as (base_url, key):
        ask(f"{base_url}/indexes", key)
        ask(f"{base_url.removesuffix('/v1.3')}/_sandbox/health")
        ask(f"{base_url.removesuffix('/v1.3')}/_sandbox/clock", data=b'{"advance": 1}')
        hang_up(base_url, key, "/v1.3/indexes")
        ask(f"{base_url}/indexes", key)
    assert log.read_text() == ""


def test_presigned_urls_are_logged_without_their_signature(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with program(log, "module") as (base_url, key):
        body = json.dumps({"filename": "a.mp4", "type": "video", "total_size": 3}).encode()
        headers = {"x-api-key": key, "Content-Type": "application/json"}
        url = f"{base_url}/assets/multipart-uploads"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as reply:
            signed = json.load(reply)["upload_urls"][0]["url"]
        octets = {"Content-Type": "application/octet-stream"}
        with urllib.request.urlopen(urllib.request.Request(signed, b"abc", octets, method="PUT")):
            pass
    text = log.read_text()
    assert re.search(r"PUT /\S+ 200 ", text)
    assert "X-Amz" not in text


def test_paths_are_logged_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", ACCESS_LOG.name)
    with Sandbox() as sandbox:
        base, key = sandbox.base_url, sandbox.api_key
        encoded = "".join(f"%{ord(letter):02x}" for letter in key)
        paths = [f"/v1.3/indexes/{key}", f"/v1.3/indexes/{encoded}", f"/_sandbox/{key}"]
        for path in (*paths, "/oauth/consent/SECRET", "/%6fauth/consent/SECRET", "/v1.3/%0Aa"):
            with pytest.raises(urllib.error.HTTPError):
                ask(base.removesuffix("/v1.3") + path, key)
    logged = [record.getMessage().split()[2] for record in caplog.records]
    hidden = ["/v1.3/indexes/***"] * 2 + ["/_sandbox/***"] + ["/oauth/consent/***"] * 2
    assert logged == [*hidden, "/v1.3/%0Aa"]


def test_remote_control_is_an_option_of_both_programs() -> None:
    for command in PROGRAMS.values():
        done = subprocess.run(
            [*command[: 4 if "sandbox" in command else 3], "--help"],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        )
        assert "--allow-remote-control" in done.stdout


def test_the_log_goes_on_without_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's streams end the program when their reader has left."""

    class Closed:
        written = 0

        def write(self, _: str) -> None:
            self.written += 1
            raise SystemExit(0)

    stream = Closed()
    monkeypatch.setattr(sys, "stderr", stream)
    with logging_to_terminal(quiet=False):
        for _ in range(2):
            ACCESS_LOG.info("GET")
    assert stream.written == 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_serves_without_a_standard_output(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[bool] = []

    def serve(*, ready: Callable[[Sandbox], None], **_: object) -> int:
        sandbox = Sandbox()
        ready(sandbox)
        sandbox.close()
        served.append(True)
        return 0

    monkeypatch.setattr("twelvelabs_async.sandbox.__main__.serve", serve)
    monkeypatch.setattr(sys, "stdout", None)
    if name == "module":
        assert main([]) == 0
    else:
        with pytest.raises(SystemExit) as ended:
            app(["sandbox"])
        assert ended.value.code == 0
    assert served == [True]
