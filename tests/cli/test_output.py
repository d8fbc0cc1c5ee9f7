"""What is printed: names as they are, ids whole, any encoding, and readers that leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.cli.conftest import Invoke, Program
from twelvelabs_async import IndexSchema, TwelveLabs
from twelvelabs_async.cli import console
from twelvelabs_async.sandbox import Sandbox

ID = "6298d673f1090f1100476d4c"
MARKED = ["cut [1080p]", "[bold]loud", "an [/b] end", "[link=http://x]l[/link]", ":smile: \\[x]"]
STEERING = {
    "red \x1b[31m": "red \\x1b[31m",
    "bell \x07": "bell \\x07",
    "two\nlines": "two\\nlines",
    "c1 \x9b2J": "c1 \\x9b2J",
    "turned \u202egnp.exe": "turned \\u202egnp.exe",
}


def printed(rows: list[IndexSchema], width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """The table of these rows on a terminal of this width."""
    file = StringIO()
    terminal = Console(file=file, width=width, force_terminal=True, color_system=None, markup=False)
    monkeypatch.setattr(console, "out", terminal)
    console.show_rows(
        rows, {"id": lambda row: row.id, "name": lambda row: row.index_name}, as_json=False
    )
    return file.getvalue()


@pytest.mark.parametrize("name", MARKED)
def test_brackets_in_a_name_are_no_markup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name in printed([IndexSchema(id=ID, index_name=name)], 200, monkeypatch)


@pytest.mark.parametrize("name", MARKED)
def test_brackets_in_a_message_are_no_markup(name: str, invoke: Invoke, sandbox: Sandbox) -> None:
    sandbox.faults.add("GET", "/indexes", status=400, body={"code": "odd", "message": name})
    assert name in invoke("index", "list", code=1)


@pytest.mark.parametrize(("name", "shown"), STEERING.items())
def test_a_name_cannot_steer_the_terminal(
    name: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown in printed([IndexSchema(id=ID, index_name=name)], 200, monkeypatch)


@given(st.text())
def test_what_is_visible_has_no_control_characters(text: str) -> None:
    assert console.visible(text).isprintable() or not text.isprintable()
    assert not set(map(ord, console.visible(text))) & {*range(32), *range(127, 160), 0x202E, 0x2066}
    kept = set(console.visible(text, lines=True)) & {chr(n) for n in range(32)}
    assert kept <= {"\n", "\t"}


@pytest.mark.parametrize("width", [1, 10, 24, 40, 80])
def test_ids_are_whole_however_narrow_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [IndexSchema(id=ID, index_name="marketing films of the northern region")]
    assert ID in printed(rows, width, monkeypatch)


@pytest.mark.parametrize("columns", ["0", "1", "80", "-5", "wide"])
def test_a_pipe_gets_each_row_on_a_line_of_its_own(
    columns: str, world: str, program: Program
) -> None:
    done = program("index", "list", COLUMNS=columns)
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert rows[0] == ["id", "name", "videos", "seconds", "created"]
    assert len(rows) > 1
    assert all(len(row[0]) == 24 and row[-1].endswith("Z") for row in rows[1:])


@pytest.mark.parametrize("name", STEERING)
def test_json_cannot_steer_the_terminal(name: str) -> None:
    shown = console.to_json({"name": f"{name} \x7f é"})
    assert shown.isprintable()
    assert json.loads(shown) == {"name": f"{name} \x7f é"}


def test_counts_are_whole_numbers(invoke: Invoke, sandbox: Sandbox) -> None:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = client.indexes.create(
            index_name="counted", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
        )
    (line,) = [line for line in invoke("index", "list").splitlines() if str(index.id) in line]
    assert line.split()[2] == "0"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "-"), (0, "0:00.0"), (59.96, "1:00.0"), (62.5, "1:02.5")]
)
def test_a_time_is_minutes_and_seconds(seconds: float | None, shown: str) -> None:
    assert console.clock_time(seconds) == shown


WORLD = "東京 🎬 \x9b ß"


@pytest.fixture
def world(sandbox: Sandbox) -> str:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = client.indexes.create(
            index_name=f"{WORLD} {os.urandom(4).hex()}",
            models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
        )
    assert index.id is not None
    return index.id


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii", "latin-1"])
def test_any_encoding_takes_any_name(encoding: str, world: str, program: Program) -> None:
    table = program("index", "list", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (table.returncode, table.stderr) == (0, b"")
    assert world.encode() in table.stdout
    found = program("index", "list", "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert found.returncode == 0
    names = {row["_id"]: row["index_name"] for row in json.loads(found.stdout.decode(encoding))}
    assert names[world].startswith(WORLD)


@pytest.mark.skipif(sys.platform == "win32", reason="there a pipe that is closed is another error")
@pytest.mark.parametrize(
    "arguments", [["index", "list"], ["index", "list", "--json"], ["--help"], ["--version"]]
)
def test_a_reader_that_leaves_ends_the_program_quietly(arguments: list[str], world: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "twelvelabs_async", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize(
    "arguments", [["index", "list"], ["index", "list", "--json"], ["--help"], ["--version"]]
)
def test_what_cannot_be_written_is_one_line(arguments: list[str], world: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "twelvelabs_async", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of POSIX")
@pytest.mark.parametrize("stdin", ["<&-", "</dev/null", r"<<< $'\xff\n'", "<<< no"])
def test_a_question_that_gets_no_yes_ends_the_program_in_a_line(world: str, stdin: str) -> None:
    del world
    command = f"{sys.executable} -m twelvelabs_async index delete some {stdin}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Aborted" in done.stderr


def test_a_program_without_standard_streams_prints_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    console.prepare_streams()
    with sys.stdin, sys.stdout, sys.stderr:  # as the interpreter does at its end
        assert sys.stdin.read() == ""
        console.show({"_id": "x"}, as_json=True)
        console.show({"_id": "x"}, as_json=False)
        console.note("nobody reads it")
