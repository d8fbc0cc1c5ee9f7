"""``twelvelabs-async ingest``: in this process, and as a program that is interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve
from typer.testing import CliRunner

from twelvelabs_async import TwelveLabs
from twelvelabs_async._core.threads import run_blocking
from twelvelabs_async.cli.app import app
from twelvelabs_async.ingest import JournalInUseError, write_report
from twelvelabs_async.ingest._lock import FileLock
from twelvelabs_async.ingest.items import Item
from twelvelabs_async.ingest.journal import Journal, read_items
from twelvelabs_async.sandbox import Sandbox
from twelvelabs_async.sandbox.films import Scene, make_film

ROOT = Path(__file__).parents[2]
Films = Callable[[int], Path]
Invoke = Callable[..., str]


@pytest.fixture
def index(sandbox: Sandbox) -> str:
    with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        made = client.indexes.create(
            index_name="films", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
        )
        assert made.id is not None
        return made.id


@pytest.fixture
def invoke(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["ingest", *map(str, arguments)])
        assert result.exit_code == code, result.output
        assert sandbox.api_key not in result.output
        return result.output if code else result.stdout

    return run


def test_films_are_ingested_reported_and_exported(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    folder = films(3)
    manifest = tmp_path / "table.csv"
    manifest.write_text("path,title\nfilms/film-00000.mp4,first\n")

    lines = invoke(index, "films/film-0000[12].mp4", "--manifest", manifest, "--json").splitlines()

    told = {Path(row["source"]).name: row for row in map(json.loads, lines)}
    assert set(told) == {path.name for path in folder.iterdir()}
    assert all(row["status"] == "ready" for row in told.values())
    assert told["film-00000.mp4"]["user_metadata"] == {"title": "first"}
    journal = tmp_path / f"ingest-{index}.db"
    assert len(list(read_items(journal))) == 3

    page = tmp_path / "page.html"
    assert invoke("report", journal, "-o", page).strip() == str(page)
    assert "<b>3</b> of 3 films are ready" in page.read_text()
    invoke("export", journal, tmp_path / "rows.jsonl")
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 3
    assert "the suffix must be" in invoke("export", journal, tmp_path / "rows.txt", code=1)


def test_the_exit_code_is_0_only_when_all_are_ready(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    folder = films(1)
    make_film(folder / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    said = invoke(index, folder, code=1)
    assert "small.mp4: The resolution is 320x240" in said
    assert "1 x video_resolution_too_low" in said
    # The one that was refused is still in the journal, though this time nobody names it.
    invoke(index, folder / "film-00000.mp4", code=1)
    invoke(index, folder / "film-00000.mp4", "--journal", tmp_path / "other.db")
    assert "no films were found" in invoke(
        index, folder / "*.mkv", "--journal", tmp_path / "third.db", code=1
    )


def test_a_dry_run_goes_on_past_what_cannot_be_read(invoke: Invoke, index: str, film: Path) -> None:
    stores = pytest.importorskip("stores", reason="needs the fsspec extra")
    content = film.read_bytes()
    with stores.shaky_store(unreadable=content, unknown=content, good=content) as folder:
        lines = invoke(index, f"{folder}/*.mp4", "--dry-run", "--json").splitlines()
    rows = {Path(row["source"]).stem: row for row in map(json.loads, lines)}
    assert {name: row["would"] for name, row in rows.items()} == {
        "good": "send", "unreadable": "refuse", "unknown": "refuse",
    }  # fmt: skip
    assert "secret" not in lines[0] + lines[1] + lines[2]


def test_a_dry_run_sends_nothing(
    invoke: Invoke, index: str, films: Films, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = films(2)
    make_film(folder / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    invoke(index, folder / "film-00000.mp4")
    sandbox.requests.clear()

    lines = invoke(index, folder, "missing.mp4", "--dry-run", "--json").splitlines()

    rows = {Path(row["source"]).name: row["would"] for row in map(json.loads, lines)}
    assert rows == {
        "film-00000.mp4": "nothing: it is ready",
        "film-00001.mp4": "send",
        "small.mp4": "refuse",
        "missing.mp4": "refuse",
    }
    assert len(sandbox.requests) == 0
    assert "send: " in invoke(index, folder, "--dry-run")


@pytest.mark.parametrize("text", ["uploads", "uploads=x", "speed=3", "uploads=-1"])
def test_concurrency_is_named(invoke: Invoke, index: str, films: Films, text: str) -> None:
    assert "--concurrency takes stages and numbers" in invoke(
        index, films(1), "--concurrency", text, code=1
    )
    assert "must be 1 or more" in invoke(index, films(0), "--concurrency", "uploads=0", code=1)


def test_what_goes_wrong_is_told_in_a_line(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    assert "name the films" in invoke(index, code=1)
    assert "error: GET /indexes" in invoke("0" * 24, films(1), code=1)
    lock = FileLock(tmp_path / f"ingest-{index}.db.lock")
    assert "is in use by process" in invoke(index, "films", code=1)
    lock.release()
    (tmp_path / "no.db").write_text("no journal")
    assert "no journal" in invoke("report", tmp_path / "no.db", code=1)
    assert issubclass(JournalInUseError, ValueError)


class Program:
    """The command as a program of its own."""

    def __init__(self, sandbox: Sandbox, folder: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "twelvelabs_async", "ingest", *map(str, arguments), "--json"],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TWELVE_LABS_API_KEY": sandbox.api_key,
                "TWELVELABS_BASE_URL": sandbox.base_url,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_ctrl_c_once_drains(sandbox: Sandbox, index: str, films: Films, tmp_path: Path) -> None:
    films(300)
    program = Program(sandbox, tmp_path, index, "films", "--concurrency", "uploads=1")
    assert program.process.stdout is not None
    program.process.stdout.readline()
    program.interrupt()

    code, said = program.ends()

    assert (code, "Finishing current files" in said) == (130, True), said
    assert f"run the same command to resume from ingest-{index}.db" in said
    states = {item.state for item in read_items(tmp_path / f"ingest-{index}.db")}
    assert states == {"ready", "waiting"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_ctrl_c_twice_stops_and_the_journal_goes_on(
    sandbox: Sandbox, index: str, films: Films, tmp_path: Path, invoke: Invoke
) -> None:
    films(10)
    sandbox.faults.add(
        "POST", ".*/indexed-assets", nth=4, times=None, after=True, end="hang", share=None
    )
    program = Program(sandbox, tmp_path, index, "films")
    assert program.process.stdout is not None
    assert program.process.stderr is not None
    for _ in range(3):
        program.process.stdout.readline()
    program.interrupt()
    while "Finishing current files" not in (line := program.process.stderr.readline()):
        assert line, "it ended by itself"
    program.interrupt()
    code, said = program.ends()
    assert code == 130, said
    sandbox.faults.clear()

    lines = invoke(index, "films", "--json").splitlines()

    assert [json.loads(line)["status"] for line in lines] == ["ready"] * 10
    sent = sandbox.requests.matching("POST", ".*/indexed-assets")
    assert len({record.body["asset_id"] for record in sent}) == len(sent) == 10


class Page(HTMLParser):
    """Whether every tag is closed, and what would be loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "rect", "line", "polyline"):
            self.open.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "line", "polyline"):
            assert self.open.pop() == tag


def test_the_page_tells_what_the_journal_holds(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    folder = films(6)
    make_film(folder / "<b>small & bad.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    invoke(index, folder, code=1)
    page = tmp_path / "page.html"
    write_report(tmp_path / f"ingest-{index}.db", page)
    text = page.read_text("utf-8")

    assert Page(text).loaded == []
    assert "http" not in text
    assert "<b>6</b> of 7 films are ready" in text
    assert "&lt;b&gt;small &amp; bad.mp4" in text
    assert "video_resolution_too_low" in text
    found = re.search(r"<svg.*</svg>", text, re.DOTALL)
    assert found is not None
    picture = ET.fromstring(found[0])
    points = picture.findall("polyline")[0].attrib["points"].split()
    assert points
    for point in points:
        x, y = map(float, point.split(","))
        assert 0 <= x <= 960
        assert 0 <= y <= 280
    for stage in ("upload", "indexing", "the whole way"):
        assert f"<td>{stage}</td><td class=n>6</td>" in text


def test_a_page_of_a_journal_in_which_nothing_was_sent(
    invoke: Invoke, index: str, tmp_path: Path
) -> None:
    invoke(index, "missing.mp4", code=1)
    page = tmp_path / "page.html"
    write_report(tmp_path / f"ingest-{index}.db", page)
    text = page.read_text()
    assert "Nothing has been sent yet." in text
    assert "Items by state" in text
    assert "Times by stage" not in text


@pytest.mark.anyio
async def test_a_page_of_a_slow_run(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "slow.db", "index")
    day, film = 86400.0, Item(key="", location="/f.mp4", filename="f.mp4", content="c")
    times = [at * day / 2 for at in range(1, 101)]
    await journal.claim(
        [evolve(film, key=f"{at}", state="ready", uploaded=at, ended=at) for at in times]
    )
    await journal.close()
    await run_blocking(write_report, tmp_path / "slow.db", tmp_path / "slow.html")
    text = (tmp_path / "slow.html").read_text()
    # Two in a day are more than half of the axis.
    assert ">0.002</text>" in text
    points = re.findall(r"(?<=,)[\d.]+", re.findall(r'points="([^"]*)"', text)[0])
    assert min(map(float, points)) < 120
