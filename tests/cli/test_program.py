"""The program as a process: what it prints when it serves, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox

PROGRAM = [sys.executable, "-m", "twelvelabs_async"]


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    with subprocess.Popen(
        [*PROGRAM, "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_the_sandbox_says_the_secret_of_its_webhook(tmp_path: Path) -> None:
    hook, data = "http://127.0.0.1:9/hook", tmp_path / "data"
    options = ["--port", "0", "--json", "--data", str(data), "--drive", str(tmp_path)]
    ours, its_own = [*PROGRAM, "sandbox"], [*PROGRAM[:2], "twelvelabs_async.sandbox"]
    said = []
    for program, url in (
        (ours, hook),
        (its_own, "http://localhost:9/other"),
        (ours, hook),
        (its_own, hook),
    ):
        command = [*program, *options, "--webhook", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said.append(json.loads(process.stdout.readline()))
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
    first, second, third, fourth = said
    assert first["webhooks"] == [{"url": hook, "secret": first["webhook_secret"]}]
    assert second["webhook_secret"] != first["webhook_secret"]
    assert third["webhook_secret"] == fourth["webhook_secret"] == first["webhook_secret"]
    assert len(third["webhooks"]) == len(fourth["webhooks"]) == 2


def test_a_webhook_elsewhere_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [*PROGRAM, "sandbox", "--port", "0", "--webhook", "http://example.com/"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "webhooks go to the loopback" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("number", "log"),
    [
        (signal.SIGINT, ""),
        (signal.SIGTERM, r"\S+ 127\.0\.0\.1 GET /v1\.3/indexes 200 \d+ ms\n"),
    ],
    ids=["SIGINT", "SIGTERM"],
)
def test_the_sandbox_serves_once_its_line_is_out_until_it_is_interrupted(
    served: tuple[subprocess.Popen[str], dict[str, str]], number: signal.Signals, log: str
) -> None:
    process, facts = served
    if log:
        request = urllib.request.Request(
            f"{facts['base_url']}/indexes", headers={"x-api-key": facts["api_key"]}
        )
        with urllib.request.urlopen(request, timeout=120) as reply:
            assert json.load(reply)["data"] == []
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert re.fullmatch(log, errors)


def test_ctrl_c_in_an_upload_says_how_to_resume(tmp_path: Path) -> None:
    checkpoint = tmp_path / "film.upload"
    with Sandbox() as sandbox:
        sandbox.faults.add("PUT", origin="storage", end="hang", share=None, times=None)
        env = os.environ | {
            "TWELVE_LABS_API_KEY": sandbox.api_key,
            "TWELVELABS_BASE_URL": sandbox.base_url,
            "TWELVELABS_LOG": "",
        }
        command = [
            *PROGRAM,
            "upload",
            str(demo_films.bigbuckbunny()),
            "--checkpoint",
            str(checkpoint),
        ]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
            sandbox.requests.wait_for("PUT", origin="storage")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"--checkpoint {checkpoint}" in " ".join(errors.split())
    assert "Traceback" not in errors


TAKEN = """
import runpy, signal, sys, threading

def take():
    sys.stdin.readline()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

threading.Thread(target=take, daemon=True).start()
runpy.run_module("twelvelabs_async", run_name="__main__")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there no thread can be given a signal")
@pytest.mark.parametrize(
    ("arguments", "code"), [(["index", "list"], 130), (["sandbox", "--json"], 0)]
)
def test_an_interrupt_that_another_thread_takes_ends_it(arguments: list[str], code: int) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.add("GET", end="hang", share=None, times=None)
        settings = {"TWELVE_LABS_API_KEY": "k", "TWELVELABS_BASE_URL": sandbox.base_url}
        with subprocess.Popen(
            [sys.executable, "-c", TAKEN, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | settings,
        ) as process:
            assert process.stdout is not None
            try:
                if code:
                    sandbox.requests.wait_for("GET")
                else:
                    assert json.loads(process.stdout.readline())
                process.communicate("now\n", timeout=120)
            finally:
                process.kill()
    assert process.returncode == code
