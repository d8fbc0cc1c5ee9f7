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
from twelvelabs_async._runtime.threads import run_blocking
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

    printed = {Path(row["source"]).name: row for row in map(json.loads, lines)}
    assert set(printed) == {path.name for path in folder.iterdir()}
    assert all(row["status"] == "ready" for row in printed.values())
    assert printed["film-00000.mp4"]["user_metadata"] == {"title": "first"}
    journal = tmp_path / f"ingest-{index}.db"
    assert len(list(read_items(journal))) == 3

    page = tmp_path / "page.html"
    assert invoke("report", journal, "-o", page).strip() == str(page)
    assert "<b>3</b> of 3 films are ready" in page.read_text()
    invoke("export", journal, tmp_path / "rows.jsonl")
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 3
    assert "the suffix must be" in invoke("export", journal, tmp_path / "rows.txt", code=1)


def test_a_manifest_is_known_by_its_suffix(invoke: Invoke, tmp_path: Path) -> None:
    for name in ("table", "table.txt", "table.csv.bak"):
        (tmp_path / name).write_text("path\nfilm.mp4\n")
        said = " ".join(invoke("i1", "--manifest", name, code=2).replace("│", " ").split())
        assert f"{name}: the suffix must be one of .csv, .tsv, .jsonl, .ndjson, .parquet" in said


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


def test_a_dry_run_continues_past_what_cannot_be_read(
    invoke: Invoke, index: str, film: Path
) -> None:
    stores = pytest.importorskip("tests.ingest.stores", reason="needs the fsspec extra")
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


@pytest.mark.parametrize(
    "text",
    [
        "uploads",
        "uploads=x",
        "speed=3",
        "uploads=-1",
        "uploads=²",
        "uploads=٣",
        f"uploads={'9' * 20}",
    ],
)
def test_concurrency_is_named(invoke: Invoke, index: str, films: Films, text: str) -> None:
    assert "--concurrency takes stages and numbers" in invoke(
        index, films(1), "--concurrency", text, code=1
    )
    for number in ("0", "10001", "9" * 18):
        output = invoke(index, films(0), "--concurrency", f"uploads={number}", code=1)
        assert "uploads must be 1 or more, and at most 10,000" in output


def test_what_goes_wrong_is_reported_in_a_line(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    assert "name the films" in invoke(index, code=1)
    assert "error: GET /indexes" in invoke("0" * 24, films(1), code=1)
    lock = FileLock(tmp_path / f"ingest-{index}.db.lock")
    assert "is in use by process" in invoke(index, "films", code=1)
    lock.release()
    (tmp_path / "no.db").write_text("no journal")
    assert "not a journal" in invoke("report", tmp_path / "no.db", code=1)
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

    def interrupt(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def ends(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_finishes_the_current_files(
    sandbox: Sandbox, index: str, films: Films, tmp_path: Path, number: int
) -> None:
    films(300)
    program = Program(sandbox, tmp_path, index, "films", "--concurrency", "uploads=1")
    assert program.process.stdout is not None
    program.process.stdout.readline()
    program.interrupt(number)

    code, said = program.ends()

    assert code == 128 + number, said
    assert "Finishing current files; press Ctrl-C again to abort." in said
    assert f"run the same command to resume from ingest-{index}.db" in said
    states = {item.state for item in read_items(tmp_path / f"ingest-{index}.db")}
    assert states == {"ready", "waiting"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)]
)
def test_a_second_signal_aborts_and_the_same_command_resumes(
    sandbox: Sandbox, index: str, films: Films, tmp_path: Path, invoke: Invoke,
    first: int, second: int,
) -> None:  # fmt: skip
    films(10)
    sandbox.faults.add(
        "POST", ".*/indexed-assets", nth=4, times=None, after=True, end="hang", share=None
    )
    program = Program(sandbox, tmp_path, index, "films")
    assert program.process.stdout is not None
    assert program.process.stderr is not None
    for _ in range(3):
        program.process.stdout.readline()
    program.interrupt(first)
    while "Finishing current files" not in (line := program.process.stderr.readline()):
        assert line, "it ended by itself"
    program.interrupt(second)
    code, said = program.ends()
    assert code == 128 + first, said
    sandbox.faults.clear()

    lines = invoke(index, "films", "--json").splitlines()

    assert [json.loads(line)["status"] for line in lines] == ["ready"] * 10
    sent = sandbox.requests.matching("POST", ".*/indexed-assets")
    assert len({record.body["asset_id"] for record in sent}) == len(sent) == 10


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are of POSIX")
def test_the_live_view_shows_how_many_films_are_left_and_for_how_long(
    sandbox: Sandbox, index: str, films: Films, tmp_path: Path
) -> None:
    import pty

    films(60)
    # Most films wait for the first ones: how many there are is known long before they are sent.
    hanging = sandbox.faults.add("POST", "/assets", nth=6, times=None, end="hang", share=None)
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "twelvelabs_async", "ingest", index, "films"],
        cwd=tmp_path, stdin=its, stdout=its, stderr=its,
        env={
            **os.environ, "PYTHONPATH": str(ROOT), "TWELVE_LABS_API_KEY": sandbox.api_key,
            "TWELVELABS_BASE_URL": sandbox.base_url, "TERM": "xterm", "COLUMNS": "120",
        },
    ) as process:  # fmt: skip
        os.close(its)
        shown = ""
        wanted = re.compile(r"\b5 of 60 done, 0 failed; .* \d+:\d\d left")
        try:
            while not wanted.search(shown):
                shown = shown[-20_000:] + os.read(ours, 4096).decode("utf-8", "replace")
        finally:
            process.kill()
            os.close(ours)
            sandbox.faults.remove(hanging)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_names_that_are_not_utf8_are_ingested_shown_and_reported(
    invoke: Invoke, index: str, film: Path, tmp_path: Path
) -> None:
    folder = tmp_path / os.fsdecode(b"films-\xff")
    folder.mkdir()
    for name in (b"\xe9.mp4", b"plain.mp4", b"text-\xe9.mp4"):
        (folder / os.fsdecode(name)).write_bytes(film.read_bytes())
    (folder / os.fsdecode(b"text-\xe9.mp4")).write_text("no film")

    output = invoke(index, folder, "--json", code=1)

    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert {Path(row["source"]).name: row["status"] for row in rows} == {
        "\\xe9.mp4": "ready", "plain.mp4": "ready", "text-\\xe9.mp4": "refused",
    }  # fmt: skip
    assert "refused: " + str(tmp_path / "films-\\xff" / "text-\\xe9.mp4") in output
    journal = tmp_path / f"ingest-{index}.db"
    assert invoke(index, folder, "--dry-run").count("nothing: it is ready") == 2
    for table in (tmp_path / "rows.csv", tmp_path / "rows.jsonl"):
        invoke("export", journal, table)
        assert "\\xe9.mp4" in table.read_text("utf-8")
    page = tmp_path / os.fsdecode(b"\xfe.html")
    assert invoke("report", journal, "-o", page).strip() == str(tmp_path / "\\xfe.html")
    assert "text-\\xe9.mp4" in page.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="no such names")
def test_files_whose_names_look_like_queries_are_told_apart(
    invoke: Invoke, index: str, film: Path, tmp_path: Path
) -> None:
    names = {"clip?1.mp4", "clip?2.mp4", "auth=3.mp4", "text?key=4.mp4"}
    (tmp_path / "films").mkdir()
    for name in names:
        (tmp_path / "films" / name).write_bytes(film.read_bytes())
    (tmp_path / "films" / "text?key=4.mp4").write_text("no film")
    journal = tmp_path / "key=1?.db"

    dry = invoke(index, "films", "--dry-run", "--json", "--journal", journal)
    output = invoke(index, "films", "--json", "--journal", journal, code=1)

    for lines in (dry.splitlines(), [row for row in output.splitlines() if row.startswith("{")]):
        assert {Path(json.loads(line)["source"]).name for line in lines} == names
    assert f"refused: {tmp_path / 'films' / 'text?key=4.mp4'}: " in output
    said = [invoke("report", journal, "-o", tmp_path / "key=1?.html").strip()]
    for table in ("key=1?.csv", "key=1?.jsonl"):
        invoke("export", journal, tmp_path / table)
        assert all(name in (tmp_path / table).read_text("utf-8") for name in names)
    assert said == [str(tmp_path / "key=1?.html")]
    page = (tmp_path / "key=1?.html").read_text("utf-8")
    assert "text?key=4.mp4" in page
    assert "<h1>key=1?.db</h1>" in page


def test_metadata_that_cannot_be_sent_fails_the_command(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    films(1)
    row = {"source": "films/film-00000.mp4", "shelf": {"row": 1}}
    (tmp_path / "more.jsonl").write_text(json.dumps(row))
    said = invoke(index, "films", "--manifest", "more.jsonl", code=1)
    assert "film-00000.mp4: The metadata cannot be sent: 'shelf' is no text" in said


def test_a_source_that_names_nothing_is_reported_until_it_names_something(
    invoke: Invoke, index: str, films: Films, tmp_path: Path
) -> None:
    films(1)
    for missing in ("new/*.mp4", "new [1].mp4", "folder"):
        said = invoke(index, "films", missing, code=1)
        assert f"{tmp_path}/{missing}: " in said
        assert "1 x source_missing" in said
        (tmp_path / "new").mkdir(exist_ok=True)
        (tmp_path / "folder").mkdir(exist_ok=True)
        for name in ("new/a.mp4", "new [1].mp4", "folder/b.mp4"):
            if name.startswith(missing.partition("*")[0]):
                (tmp_path / name).hardlink_to(tmp_path / "films/film-00000.mp4")
        invoke(index, "films", missing)
    (tmp_path / "e1.csv").write_text("source\n")
    (tmp_path / "e2.csv").write_text("source\nfilms/film-00000.mp4\n")
    assert f"{tmp_path}/e1.csv: the manifest names no film" in invoke(index, "e*.csv", code=1)
    (tmp_path / "e1.csv").write_text("source\nnew/a.mp4\n")
    invoke(index, "e*.csv")


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


def test_the_page_shows_what_the_journal_holds(
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
    for stage in ("upload", "indexing", "total"):
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
