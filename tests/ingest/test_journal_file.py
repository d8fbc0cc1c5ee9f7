"""A file that is no journal is refused before the first write, in an error that says why."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from twelvelabs_async import (
    ConfigurationError,
    JournalError,
    JournalInUseError,
    JournalUnusableError,
)
from twelvelabs_async._runtime.threads import run_blocking
from twelvelabs_async.ingest import export, journal_file, write_report
from twelvelabs_async.ingest.items import Item, State
from twelvelabs_async.ingest.journal import Journal, read_items, states_of
from twelvelabs_async.ingest.journal_file import connect

pytestmark = pytest.mark.anyio


def item(number: int, **values: Any) -> Item:
    return Item(key=f"k{number}", location=f"/{number}.mp4", filename="f", content="c", **values)


async def make(path: Path, count: int = 3) -> None:
    journal = await Journal.open(path, "index")
    await journal.claim([item(at, metadata={"title": "x"}, added=1.0) for at in range(count)])
    await journal.close()


def sql(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)


def facts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def states(path: Path) -> dict[str, State]:
    with connect(path) as db:
        return states_of(db, ["k1"])


async def refused(path: Path, said: str) -> None:
    """Every use of the file is refused, and no file is changed or made."""
    before = await run_blocking(facts, path.parent)

    def uses() -> list[Callable[[], object]]:
        target = path.parent / "target.csv"
        return [
            lambda: list(read_items(path)),
            lambda: states(path),
            lambda: export(path, target),
            lambda: write_report(path, path.parent / "target.html"),
        ]

    with pytest.raises(JournalUnusableError, match=said) as caught:
        await Journal.open(path, "index")
    assert isinstance(caught.value, JournalError)
    for use in uses():
        with pytest.raises(JournalUnusableError, match=said):
            await run_blocking(use)
    assert await run_blocking(facts, path.parent) == before


PHOTOS = "create table photos (x); insert into photos values (1);"


@pytest.mark.parametrize(
    "script",
    [
        PHOTOS,
        f"{PHOTOS} pragma user_version = 1;",
        f"{PHOTOS} pragma user_version = 7;",
        f"{PHOTOS} pragma application_id = 99;",
        "pragma application_id = 99; create table items (x); create table about (x);",
        "create table items (precious); create table about (name, value); pragma user_version = 1;",
        "create view items as select 1;",
        f"pragma journal_mode = wal; {PHOTOS}",
    ],
)
async def test_another_programs_database_is_left_alone(tmp_path: Path, script: str) -> None:
    path = tmp_path / "photos.db"
    await run_blocking(sql, path, script)
    await refused(path, "is not a journal: it is another program's database")


async def test_another_programs_open_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"

    def work() -> sqlite3.Connection:
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        db.executescript(f"pragma journal_mode = wal; {PHOTOS}")
        return db

    with closing(await run_blocking(work)) as db:
        with pytest.raises(JournalUnusableError, match="another program's database"):
            await Journal.open(path, "index")
        assert db.execute("select count(*) from sqlite_master").fetchone() == (1,)
    assert not path.with_name("photos.db.lock").exists()


@pytest.mark.parametrize("content", [b"precious text" * 99, b"SQLite format 2\0" * 99, b"x"])
async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.db").write_bytes(content)
    await refused(tmp_path / "notes.db", "is not a journal: it is not a database")


async def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    await refused(tmp_path / "folder", "is not a journal: it is a folder")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes among its files")
async def test_a_pipe_is_no_journal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    await refused(tmp_path / "pipe.db", "is not a journal: it is not a regular file")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
async def test_a_link_to_a_journal_is_the_same_journal(tmp_path: Path) -> None:
    path, link = tmp_path / "films.db", tmp_path / "there" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    journal = await Journal.open(link, "index")  # which makes the file
    with pytest.raises(JournalInUseError):
        await Journal.open(path, "index")
    await journal.claim([item(1)])
    # Also what is still in SQLite's log, beside the file.
    assert [each.key for each in await run_blocking(lambda: list(read_items(link)))] == ["k1"]
    await journal.close()
    assert [each.name for each in link.parent.iterdir()] == ["link.db"]


@pytest.mark.parametrize("write", [export, write_report])
async def test_a_journal_is_not_overwritten_by_what_is_written_of_it(
    tmp_path: Path, write: Callable[[Path, Path], object]
) -> None:
    path = tmp_path / "films.csv"  # a suffix that an export takes
    await make(path)
    (tmp_path / "link.csv").hardlink_to(path)
    before = await run_blocking(facts, tmp_path)
    for target in (path, tmp_path / "link.csv"):
        with pytest.raises(ConfigurationError, match="is the journal: name another file"):
            await run_blocking(write, path, target)
    assert await run_blocking(facts, tmp_path) == before


@pytest.mark.parametrize("path", ["", ":memory:", b":memory:"])
async def test_a_journal_that_names_no_file_is_refused(path: Any) -> None:
    with pytest.raises(ConfigurationError, match="names no file: give a path, or None"):
        await Journal.open(path, "index")


@pytest.mark.parametrize(
    "change",
    [
        "update items set metadata = '{bad'",
        "update items set metadata = '[1]', state = 'uploading'",
        "update items set metadata = x'7b7d'",
        "update items set state = 'lost'",
        "update items set stage = 7 where key = 'k1'",
        "update items set size = 'large'",
        "update items set added = 'yesterday'",
        "update items set attempts = 'many'",
        "update items set asset_id = x'00'",
        "update items set location = 7.5, content = x'00'",
        "update about set value = 'x' where name = 'run'",
        "update about set value = '-1' where name = 'run'",
        f"update about set value = '{1 << 63}' where name = 'run'",
        f"update about set value = '{'9' * 5000}' where name = 'run'",
        "update about set value = x'00' where name = 'index_id'",
        'update items set metadata = \'{"title": "\\ud800"}\'',
        "update items set metadata = '{\"year\": 1e999}'",
        f"update items set metadata = '{{\"deep\": {'[' * 500}{']' * 500}}}'",
        "update items set filename = cast(x'ff' as text)",
        "update items set message = cast(x'c3' as text), reason = cast(x'a9' as text)",
        "update items set key = cast(x'ff' || key as text) where key = 'k1'",
        "update items set location = cast(x'ff' as text)",
        "update items set ended = 9e999",
        "update items set uploaded = 1e13",
        "update items set ended = -1e300",
        "update items set attempts = -1",
        f"update items set attempts = {(1 << 63) - 1}",
        "update items set run = 'x'",
        "alter table items drop column message",
        "drop table about",
        "pragma user_version = 0",
        "pragma user_version = -1",
    ],
)
async def test_damaged_rows_are_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "films.db"
    await make(path)
    await run_blocking(sql, path, change)
    path.with_name("films.db.lock").unlink()
    await refused(path, "is damaged: ")


@pytest.mark.parametrize("start", [1, 2, 3, 5])
async def test_damaged_pages_are_refused(tmp_path: Path, start: int) -> None:
    path = tmp_path / "films.db"
    await make(path, 500)
    content = bytearray(path.read_bytes())
    content[4096 * start : 4096 * (start + 9)] = b"x" * 4096 * 9
    path.write_bytes(content)
    await refused(path, "damaged")


async def test_a_later_versions_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "films.db"
    await make(path)
    await run_blocking(sql, path, "pragma user_version = 99")
    await refused(path, "was written by a later version")


FIRST = """
create table about (name text primary key, value text not null) without rowid;
create table items (
    key text primary key, location text not null, filename text not null, size integer,
    content text not null, metadata text, state text not null, stage text,
    attempts integer not null, asset_id text, indexed_asset_id text, reason text, message text,
    added real, upload_began real, uploaded real, processed real, index_began real,
    submitted real, indexed real, ended real, run integer not null
) without rowid;
create index items_by_state on items (state, run);
create index items_by_location on items (location);
create index items_by_asset on items (asset_id) where asset_id is not null;
create index items_by_indexed_asset on items (indexed_asset_id) where indexed_asset_id is not null;
insert into about values ('index_id', 'index'), ('run', '1');
insert into items
    (key, location, filename, content, metadata, state, attempts, asset_id, added, run)
values ('k2', '/2.mp4', 'f', 'c', null, 'waiting', 0, null, 1.0, 1),
    ('k9', '/9.mp4', 'f', 'c', '{"title":"x"}', 'processing', 2, 'a9', 2.0, 1),
    ('k1', '/1.mp4', 'f', 'c', null, 'waiting', 0, null, 3.0, 1);
pragma user_version = 1;
"""
"""The tables of the first version, whose rows lie in the order of their keys."""


@pytest.mark.parametrize("mark", [0, journal_file.APPLICATION_ID])
async def test_journals_of_the_first_version_are_taken(tmp_path: Path, mark: int) -> None:
    path = tmp_path / "films.db"
    await run_blocking(sql, path, f"{FIRST} pragma application_id = {mark};")
    before = await run_blocking(lambda: list(read_items(path)))
    assert [each.key for each in before] == ["k2", "k9", "k1"]

    journal = await Journal.open(path, "index")
    assert journal.states == {"waiting": 2, "processing": 1}
    (begun,) = await journal.in_progress()
    assert (begun.key, begun.asset_id, begun.attempts) == ("k9", "a9", 2)
    waiting, _ = await journal.pending(0, 100)
    assert [each.key for each in waiting] == ["k2", "k1"]  # as they were entered
    await journal.close()
    assert await run_blocking(lambda: list(read_items(path))) == before

    def facts_of(*names: str) -> list[object]:
        with closing(sqlite3.connect(path)) as db:
            return [db.execute(f"pragma {name}").fetchone()[0] for name in names]

    made = await run_blocking(facts_of, "application_id", "user_version", "quick_check")
    assert made == [journal_file.APPLICATION_ID, journal_file.VERSION, "ok"]


async def test_an_upgrade_is_whole_or_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "films.db"
    await run_blocking(sql, path, FIRST)
    before = await run_blocking(lambda: list(read_items(path)))
    with monkeypatch.context() as patch:
        patch.setattr(journal_file, "_UPGRADE", journal_file._UPGRADE + "select no_such_column;")
        with pytest.raises(JournalUnusableError):
            await Journal.open(path, "index")
    assert await run_blocking(lambda: list(read_items(path))) == before
    journal = await Journal.open(path, "index")
    assert journal.states.total() == 3
    await journal.close()


async def test_a_journal_that_was_just_made_by_a_killed_run_is_taken(tmp_path: Path) -> None:
    for name in ("whole", "marked", "empty"):
        path = tmp_path / f"{name}.db"
        journal = await Journal.open(tmp_path / f"made-{name}.db", "index")
        # As the files are when the process is killed: the log has what the file has not.
        await run_blocking(shutil.copy, tmp_path / f"made-{name}.db", path)
        if name == "whole":
            log = f"made-{name}.db-wal"
            await run_blocking(shutil.copy, tmp_path / log, tmp_path / f"{name}.db-wal")
        if name == "empty":
            path.write_bytes(b"")
        await journal.close()
        again = await Journal.open(path, "index")
        await again.claim([item(1)])
        await again.close()
        assert len(await run_blocking(lambda path=path: list(read_items(path)))) == 1


@pytest.mark.parametrize("how", ["immediate", "exclusive"])
async def test_a_journal_that_another_program_has_locked_is_no_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "films.db"
    await make(path)
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", 0.01)

    def lock() -> sqlite3.Connection:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if how == "exclusive":
            other.execute("pragma locking_mode = exclusive")
        other.execute(f"begin {how}")
        return other

    with closing(await run_blocking(lock)) as other:
        with pytest.raises(JournalUnusableError, match="is locked by another program") as caught:
            await Journal.open(path, "index")
        other.execute("rollback")
    assert str(path) in str(caught.value)
    await (await Journal.open(path, "index")).close()


async def test_a_read_only_journal_is_no_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "films.db"
    await make(path)
    connect = sqlite3.connect

    def read_only(target: Any, **options: Any) -> sqlite3.Connection:
        if isinstance(target, Path):  # as on a file system that is mounted for reading
            return connect(f"{target.as_uri()}?mode=ro", uri=True, **options)
        return connect(target, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(JournalUnusableError, match="is read-only"):
        await Journal.open(path, "index")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOLCK, errno.ENOENT])
async def test_a_folder_that_takes_no_journal_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(_: Path) -> object:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(journal_file, "FileLock", refuse)
    with pytest.raises(JournalUnusableError, match=f"cannot be opened: {os.strerror(code)}"):
        await Journal.open(tmp_path / "films.db", "index")


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusableError, match="No such file or directory"):
        await Journal.open(tmp_path / "none" / "films.db", "index")


async def test_a_journal_in_use_is_readable_and_no_other_run_has_it(tmp_path: Path) -> None:
    path = tmp_path / "films.db"
    await make(path)
    journal = await Journal.open(path, "index")
    await journal.save(item(1), state="uploading")
    with pytest.raises(JournalInUseError):
        await Journal.open(path, "index")
    assert await run_blocking(states, path) == {"k1": "uploading"}
    await journal.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
async def test_locations_and_messages_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xfe.db")
    odd = item(1)
    odd.location = os.fsdecode(b"/films/\xff\xe9.mp4")
    journal = await Journal.open(path, "index")
    await journal.claim([odd])
    await journal.save(odd, state="failed", reason="r", message="no file '\udcff', \ud800")
    newer = item(2)
    newer.location = odd.location
    await journal.claim([newer])
    await journal.close()
    assert journal.states["replaced"] == 1

    def work() -> None:
        first, second = read_items(path)
        assert first.location == second.location == odd.location
        assert first.message == "no file '\\udcff', \\ud800"
        for name in ("rows.csv", "rows.jsonl", "rows.parquet"):
            if name.endswith("parquet"):
                pytest.importorskip("pyarrow", reason="Parquet needs it")
            assert export(path, tmp_path / name) == 2
        assert "/films/\\xff\\xe9.mp4" in (tmp_path / "rows.csv").read_text("utf-8")
        write_report(path, tmp_path / "page.html")
        assert "\\xfe.db" in (tmp_path / "page.html").read_text("utf-8")

    await anyio.to_thread.run_sync(work)
