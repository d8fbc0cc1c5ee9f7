"""The program in this process and as a process of its own, both against one sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from twelvelabs_async.cli.app import app
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

Invoke = Callable[..., str]
Program = Callable[..., "subprocess.CompletedProcess[bytes]"]

NAMES = ("COLUMNS", "TWELVELABS_API_KEY", "TWELVELABS_LOG")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none(), settings=Settings(chunk_size=256 * 1024)) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)
    for name in (*NAMES, *PROXIES, *(name.upper() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def invoke(sandbox: Sandbox) -> Invoke:
    """Run a command here; what it printed, after its exit code was compared."""

    def run(*arguments: str, code: int = 0, stdin: str | None = None) -> str:
        result = CliRunner().invoke(app, arguments, input=stdin)
        assert result.exit_code == code, result.output
        assert sandbox.api_key not in result.output
        return result.stdout if code == 0 else result.output

    return run


@pytest.fixture
def program() -> Program:
    """Run a command as a process, with more in its environment."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "twelvelabs_async", *arguments],
            env=os.environ | more,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run
