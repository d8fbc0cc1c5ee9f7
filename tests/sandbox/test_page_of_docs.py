"""``docs/sandbox.md``: its commands run as printed, and its tables say what is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import fields

from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.control.app import CALLS
from twelvelabs_async.sandbox.limits import CATEGORIES
from twelvelabs_async.sandbox.routes import AREAS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sandbox.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
PROGRAMS = [text for kind, text in BLOCKS if kind == "python"]
CURLS = [line for line in COMMANDS if line.startswith("curl ")]
FOLLOWING = [line for line in CURLS if "follow=1" in line]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timings=Timings.none()) as sandbox:
        yield sandbox


def control_of(sandbox: Sandbox) -> str:
    return sandbox.base_url.removesuffix("/v1.3") + "/_sandbox"


def test_the_commands_of_the_page_run_in_its_order(sandbox: Sandbox) -> None:
    environment = {**os.environ, "CONTROL": control_of(sandbox)}
    assert [line for line in COMMANDS if line not in CURLS] == [
        "export CONTROL=http://127.0.0.1:8765/_sandbox"
    ]
    for line in CURLS:
        if line in FOLLOWING:
            continue
        done = subprocess.run(
            ["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, ""), line
    # The last one was the reset.
    assert sandbox.settings == Settings()
    assert sandbox.webhooks.list() == []


def test_the_command_that_follows_shows_requests_as_they_come(sandbox: Sandbox) -> None:
    (line,) = FOLLOWING
    environment = {**os.environ, "CONTROL": control_of(sandbox)}
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        timer = threading.Timer(30, process.kill)
        timer.start()
        try:
            assert process.stdout.readline().startswith(b": ")
            headers = {"x-api-key": sandbox.api_key}
            url = f"{sandbox.base_url}/indexes"
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)):
                pass
            said = [process.stdout.readline() for _ in range(4)]
        finally:
            timer.cancel()
            process.kill()
    assert said[2] == b"event: request\n"
    assert b'"path":"/indexes"' in said[3]


def test_each_control_call_is_on_the_page() -> None:
    shown = set[tuple[str, str]]()
    for line in CURLS:
        method = re.search(r"-X (\w+)", line)
        implied = "POST" if "--json" in line else "GET"
        (path, *_) = re.findall(r'"\$CONTROL(/[\w/-]+)', line)
        head, _, identifier = path.removeprefix("/").partition("/")
        shape = f"/{head}/{{id}}" if identifier or path.endswith("/") else f"/{head}"
        shown.add((method[1] if method else implied, shape))
    assert {(call.method, call.path) for call in CALLS} <= shown
    assert shown - {(call.method, call.path) for call in CALLS} == {("GET", "/schema")}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading of its columns."""
    text = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_the_page_says_what_each_name_limits() -> None:
    documented = {name.strip("`"): {*re.findall(r"`([^`]+)`", what)} for name, what in rows("Name")}
    limited: dict[str, set[str]] = {}
    for area in AREAS.values():
        for route in area:
            if route.category is not None:
                limited.setdefault(route.category, set()).add(f"{route.method} {route.path}")
    assert documented.pop("all") == set()
    assert documented == limited
    assert {*documented, "all"} == {name for name in CATEGORIES if "," not in name}


def test_the_settings_of_the_page_are_settings() -> None:
    names = {each.name for each in fields(Settings)}
    documented = [name for row in rows("Setting") for name in re.findall(r"`(\w+)`", row[0])]
    assert len(documented) > 10
    assert {*documented} <= names


def test_the_fields_of_a_fault_are_those_of_the_call() -> None:
    (add,) = [call for call in CALLS if (call.method, call.path) == ("POST", "/faults")]
    assert add.body is not None
    documented = {
        name for row in rows("Field") for cell in row for name in re.findall(r"`(\w+)`", cell)
    }
    others = {"hold", "fail", "spoil_webhooks"}
    assert {*add.body["properties"]} - others == documented - {"null"}


def test_the_options_of_the_page_are_those_of_the_program() -> None:
    documented = {name for row in rows("Option") for name in re.findall(r"`(--[\w-]+)`", row[0])}
    done = subprocess.run(
        [sys.executable, "-m", "twelvelabs_async", "sandbox", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        timeout=60,
    )
    assert documented
    assert [name for name in documented if name not in done.stdout] == []


def test_the_programs_of_the_page_run(tmp_path: Path) -> None:
    program, test = PROGRAMS
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.split()) >= 3
    (tmp_path / "test_page.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    if "twelvelabs_async" not in _plugins():
        command[3:3] = ["-p", "twelvelabs_async.sandbox.pytest_plugin"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def _plugins() -> list[str]:
    from importlib.metadata import entry_points

    return [each.name for each in entry_points(group="pytest11")]
