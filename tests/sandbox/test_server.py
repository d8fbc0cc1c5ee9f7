"""The sandbox as a context manager, a program, a fixture, and over restarts."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import warnings
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from tests.support.sandbox_api import serving
from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.__main__ import main, serve

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]


def ask(sandbox: Sandbox, path: str, key: str | None = None) -> tuple[int, bytes]:
    """The status and body of a GET, by the standard library."""
    headers = {"x-api-key": sandbox.api_key if key is None else key}
    request = urllib.request.Request(sandbox.base_url + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_blocking_sandbox_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with Sandbox() as sandbox:
        assert sandbox.base_url.endswith("/v1.3")
        assert ask(sandbox, "/indexes")[0] == 200
        assert ask(sandbox, "/indexes", "wrong")[0] == 401
        data = sandbox.data
        assert data.is_dir()
        assert sandbox.base_url.split(":")[2] != sandbox.storage_url.split(":")[2]
    assert not data.exists()
    assert threading.active_count() == before
    with pytest.raises(urllib.error.URLError):
        ask(sandbox, "/indexes")


def test_a_client_that_connects_as_it_ends_is_closed() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with Sandbox() as sandbox:
            port = urlsplit(sandbox.base_url).port
            ends = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        gc.collect()
        for end in ends:
            end.close()
    assert [str(warning.message) for warning in heard] == []


@pytest.mark.anyio
async def test_an_async_sandbox_has_a_loop_of_its_own() -> None:
    before = asyncio.all_tasks()
    async with Sandbox(api_key="mine") as sandbox:
        assert asyncio.all_tasks() == before
        assert sandbox.api_key == "mine"
        assert (await asyncio.to_thread(ask, sandbox, "/indexes"))[0] == 200


def test_it_starts_once_and_says_when_it_cannot() -> None:
    with Sandbox() as sandbox:
        with pytest.raises(RuntimeError):
            sandbox.start()
        port = int(sandbox.base_url.split(":")[2].split("/")[0])
        with pytest.raises(OSError, match=rf"listen on 127\.0\.0\.1:{port}: ") as caught:
            Sandbox(storage_port=port).start()
        assert caught.value.errno == errno.EADDRINUSE
    for host, why in (("192.0.2.1", "192.0.2.1:0: "), ("::2", r"\[::2\]:0: "), ("a..b", "a..b:0")):
        with pytest.raises(OSError, match=f"cannot listen on {why}"):
            Sandbox(host=host).start()
    for ports in ({"port": -1}, {"storage_port": 65_536}, {"port": 7, "storage_port": 7}):
        with pytest.raises(ValueError, match="port"):
            Sandbox(**ports).close()
    with pytest.raises(ValueError):
        Sandbox(speed=-1).close()


NOWHERE = [
    *[("host", host) for host in ("", " ", "*", "http://host", "127.0.0.1:80", "[::1]")],
    *[("data", ""), ("drive", ""), ("drive", "no/such/folder")],
]


@pytest.mark.parametrize(("option", "value"), NOWHERE)
def test_what_is_no_host_or_folder_is_refused(
    option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape(f"{option} is {value!r}; it must be")):
        Sandbox(**{option: value})
    with pytest.raises(SystemExit, match="2"):
        main([f"--{option}", value])
    run = CliRunner().invoke(app, ["sandbox", "--port", "0", f"--{option}", value])
    assert run.exit_code == 2
    assert f"{option} is {value!r}" in run.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), ConnectionResetError("gone")])
def test_it_says_when_it_has_stopped(
    error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    async def fail(_: Sandbox) -> None:
        await asyncio.to_thread(begun.wait)  # else the start could fail
        raise error

    reported = threading.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "The sandbox has stopped":
                reported.set()

    listener, logger = Listener(), logging.getLogger("twelvelabs_async")
    logger.addHandler(listener)
    try:
        monkeypatch.setattr(Sandbox, "_wait", fail)
        with Sandbox():
            begun.set()
            assert reported.wait(60)
    finally:
        logger.removeHandler(listener)
    said = [each for each in caplog.records if each.message == "The sandbox has stopped"]
    assert [(each.levelname, each.exc_info and each.exc_info[1]) for each in said] == [
        ("ERROR", error)
    ]


def test_the_program_ends_when_the_sandbox_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    async def fail(_: Sandbox) -> None:
        await asyncio.to_thread(begun.wait)
        raise RuntimeError("a mistake")

    def ready(sandbox: Sandbox) -> None:
        assert sandbox.is_serving
        begun.set()

    monkeypatch.setattr(Sandbox, "_wait", fail)
    assert serve(ready=ready, quiet=True) == 1


def test_what_nohup_starts_outlives_its_terminal() -> None:
    def ready(_: Sandbox) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert serve(ready=ready, quiet=True) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ids_repeat_with_a_seed_and_the_key_is_in_no_repr() -> None:
    keys = []
    for _ in range(2):
        with Sandbox(seed=5) as sandbox:
            keys.append(sandbox.api_key)
            assert sandbox.api_key not in repr(sandbox)
    assert keys[0] == keys[1]


def test_the_clock_only_goes_forward() -> None:
    with Sandbox(speed=0) as sandbox:
        before = sandbox.now()
        sandbox.advance(10)
        assert sandbox.now() == before + 10
        with pytest.raises(ValueError):
            sandbox.advance(-1)


@pytest.mark.anyio
async def test_everything_is_there_again_after_a_restart(film: Path, tmp_path: Path) -> None:
    settings = Settings(chunk_size=1000)
    async with serving(data=tmp_path, settings=settings) as api:
        index = await api.index()
        video = await api.video(index, film)
        key = api.sandbox.api_key
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        headers = {"Content-Type": "application/octet-stream"}
        url = made["upload_urls"][0]["url"]
        async with api.session.put(url, data=bytes(1000), headers=headers) as answer:
            etag = answer.headers["ETag"]
        chunk = {"chunk_index": 1, "proof": etag, "proof_type": "etag", "chunk_size": 1000}
        upload = f"/assets/multipart-uploads/{made['upload_id']}"
        await api("POST", upload, json={"completed_chunks": [chunk]})
    async with serving(data=tmp_path, settings=settings, speed=0) as api:
        assert api.sandbox.api_key == key
        shown = await api("GET", f"/indexes/{index}/indexed-assets/{video}")
        assert shown["status"] == "ready"
        assert (await api("GET", upload))["chunks_completed"] == 1
        await api("POST", "/indexes", 400, json={"index_name": "films", "models": []})
        await api("DELETE", f"/assets/{shown['asset_id']}", 409)
        body = {"video_id": video, "prompt": "What?", "stream": False}
        assert (await api("POST", "/analyze", json=body))["data"]


def test_the_program_says_where_it_is_and_ends_on_a_signal(tmp_path: Path) -> None:
    arguments = ["--json", "--data", str(tmp_path), "--timings", "none", "--api-key", "mine"]
    command = [sys.executable, "-m", "twelvelabs_async.sandbox", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    for number in numbers:
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            try:
                facts = json.loads(process.stdout.readline())
                assert facts["api_key"] == "mine"
                request = urllib.request.Request(
                    facts["base_url"] + "/indexes", headers={"x-api-key": "mine"}
                )
                with urllib.request.urlopen(request) as answer:
                    assert answer.status == 200
            finally:
                process.send_signal(number)
            assert process.stdout.read() == b""
            assert process.wait() == 0
    assert (tmp_path / "state.db").exists()


def test_the_plugin_gives_each_test_a_sandbox(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(
        """
        import urllib.request

        def test_one(twelvelabs_sandbox):
            request = urllib.request.Request(
                twelvelabs_sandbox.base_url + "/indexes",
                headers={"x-api-key": twelvelabs_sandbox.api_key},
            )
            with urllib.request.urlopen(request) as answer:
                assert answer.status == 200
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    installed = entry_points(group="pytest11", name="twelvelabs_async")
    plugin = [] if installed else ["-p", "twelvelabs_async.sandbox.pytest_plugin"]
    arguments = [*plugin, "-p", "no:randomly"]
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=1)


def test_the_plugin_loads_nothing_until_it_is_used() -> None:
    code = (
        "import sys, twelvelabs_async.sandbox.pytest_plugin\n"
        "assert not {'av', 'numpy', 'aiohttp'} & set(sys.modules), sys.modules.keys()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_timings_and_settings_are_values() -> None:
    assert Timings() == Timings()
    assert Timings.none() != Timings.real()
    assert Settings(chunk_size=5).chunks_of(100) == 5
    assert Settings(era="2026-03").largest("video") < Settings().largest("video")
