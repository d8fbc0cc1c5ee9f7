"""The journal: what it keeps, who may have it, and how it is written out."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import os
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twelvelabs_async import ConfigurationError
from twelvelabs_async.ingest import JournalError, JournalInUseError, _lock, export
from twelvelabs_async.ingest.items import ENDS, STATES, Item, State
from twelvelabs_async.ingest.journal import Journal, read_items

pytestmark = pytest.mark.anyio


def item(number: int, state: State = "waiting", **values: Any) -> Item:
    return Item(
        key=f"key-{number}", location=f"/films/{number}.mp4", filename=f"{number}.mp4",
        content="c", added=float(number), state=state, **values,
    )  # fmt: skip


async def test_a_new_run_resumes_what_has_not_ended(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = await Journal.open(path, "index")
    await journal.claim([item(at, state) for at, state in enumerate(STATES)])
    assert await journal.in_progress() == []  # all of them are this run's
    await journal.close()

    journal = await Journal.open(path, "index")
    begun = await journal.in_progress()
    untouched, last = await journal.pending(0, 100)
    assert await journal.pending(last, 100) == ([], last)
    assert [each.state for each in begun] == [
        state for state in STATES if state not in ENDS and state != "waiting"
    ]
    assert [each.state for each in untouched] == ["waiting"]
    assert await journal.in_progress() == []
    await journal.close()


async def test_many_writers_share_commits_and_find_their_rows_written(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = await Journal.open(path, "index")
    items = [item(at) for at in range(100)]
    await journal.claim(items)
    commits: list[str] = []
    journal._db.set_trace_callback(
        lambda text: commits.append(text) if text.lower() == "commit" else None
    )

    async def write(each: Item) -> None:
        await journal.save(each, state="uploading", attempts=1)
        await journal.save(each, state="processing", asset_id=each.key)

    async with anyio.create_task_group() as group:
        for each in items:
            group.start_soon(write, each)
    assert len(commits) <= 6  # the first goes out alone, and the others together
    assert journal.states == Counter(processing=100)
    await journal.close()
    found = await anyio.to_thread.run_sync(lambda: list(read_items(path)))
    assert found == items


async def steps_of_a_second_run(path: Path, count: int) -> int:
    """How many steps SQLite makes to give back a journal of so many items, most in progress."""
    journal = await Journal.open(path, "index")
    for start in range(0, count, 50):
        await journal.claim(
            [item(at, "processing" if at % 3 else "waiting") for at in range(start, start + 50)]
        )
    await journal.close()
    journal = await Journal.open(path, "index")
    steps = 0

    def count_steps() -> int:
        nonlocal steps
        steps += 100
        return 0

    journal._db.set_progress_handler(count_steps, 100)
    found, (batch, after) = len(await journal.in_progress()), await journal.pending(0, 50)
    while batch:
        found += len(await journal.claim(batch))
        batch, after = await journal.pending(after, 50)
    await journal.close()
    assert found == count
    return steps


async def test_a_second_run_takes_steps_in_proportion_to_its_items(tmp_path: Path) -> None:
    few = await steps_of_a_second_run(tmp_path / "few.db", 500)
    many = await steps_of_a_second_run(tmp_path / "many.db", 4_000)
    assert many / 4_000 <= 1.2 * few / 500


async def test_no_writer_learns_that_its_row_is_written_when_it_is_not(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", "index")
    each = item(1)
    await journal.claim([each])
    journal.note(each, attempts=object())  # nothing that SQLite could store
    failed = 0

    async def write() -> None:
        nonlocal failed
        try:
            await journal.save(each, state="uploading")
        except JournalError:
            failed += 1

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(write)
    assert failed == 5
    with pytest.raises(JournalError, match="cannot be written"):
        await journal.close()


async def test_an_item_of_which_another_file_took_the_place(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", "index")
    old, new = item(1, "failed", reason="gone"), item(2)
    new.location = old.location
    await journal.claim([old])
    assert journal.failures == Counter(gone=1)
    await journal.claim([new])
    assert +journal.states == Counter(replaced=1, waiting=1)
    assert +journal.failures == Counter()
    await journal.close()


async def test_counts_are_those_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = await Journal.open(path, "index")
    await journal.claim([item(at, state, reason="r") for at, state in enumerate(STATES)])
    states, failures = +journal.states, +journal.failures
    await journal.close()
    journal = await Journal.open(path, "index")
    assert (journal.states, journal.failures) == (states, failures)
    await journal.close()


async def test_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = await Journal.open(path, "index")
    with pytest.raises(JournalInUseError, match=f"in use by process {os.getpid()}"):
        await Journal.open(path, "index")
    assert len(await anyio.to_thread.run_sync(lambda: list(read_items(path)))) == 0
    await journal.close()
    await (await Journal.open(path, "index")).close()


@pytest.mark.parametrize("by", ["asyncio", "anyio"])
async def test_a_run_that_is_cancelled_while_it_opens_leaves_it_free(
    tmp_path: Path, by: str
) -> None:
    path = tmp_path / "j.db"

    async def begin() -> None:
        with scope:
            await Journal.open(path, "index")

    scope = anyio.CancelScope()
    task = asyncio.create_task(begin())
    await asyncio.sleep(0)
    if by == "anyio":
        scope.cancel()
    else:
        task.cancel()
    await asyncio.wait([task])
    assert path.exists(), "it was being opened"
    journal = await Journal.open(path, "index")
    await journal.close()


async def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.write_text("precious text, and long enough not to be taken for an empty file" * 20)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="is not a journal"):
        await Journal.open(path, "index")
    assert path.read_bytes() == before
    with pytest.raises(ConfigurationError, match="is not a journal"):
        await anyio.to_thread.run_sync(lambda: list(read_items(path)))


async def test_a_damaged_journal_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = await Journal.open(path, "index")
    await journal.claim([item(at) for at in range(500)])
    await journal.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"x" * len(content[4096 * 3 :])
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"damaged: .*malformed"):
        await anyio.to_thread.run_sync(lambda: list(read_items(path)))


async def test_a_file_system_without_locks_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(_lock, "_try", no_locks)
    with pytest.raises(OSError, match="No locks available"):
        await Journal.open(tmp_path / "j.db", "index")


async def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    def work() -> None:
        with sqlite3.connect(path) as db:
            db.execute("create table items (precious)")
        db.close()

    await anyio.to_thread.run_sync(work)
    with pytest.raises(ConfigurationError, match="is not a journal"):
        await Journal.open(path, "index")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
async def test_others_may_not_read_it(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", "index")
    await journal.close()
    assert (tmp_path / "j.db").stat().st_mode & 0o077 == 0


FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1)
TIMES = st.none() | st.floats(0, 4e9)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from(STATES),
            "size": st.none() | st.integers(0, 2**40),
            "metadata": st.none()
            | st.dictionaries(st.text("abc"), st.integers(-9, 9) | st.text('x,"\n')),
            "message": TEXTS,
            "reason": TEXTS,
            "uploaded": TIMES,
        }
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=25)
@given(rows=ROWS)
def test_exports_hold_every_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("export")
    items = [item(at, **values) for at, values in enumerate(rows)]

    async def write() -> None:
        journal = await Journal.open(folder / "j.db", "index")
        await journal.claim(items)
        await journal.close()

    anyio.run(write)
    for suffix in ("csv", "jsonl", "parquet"):
        if suffix == "parquet":
            pytest.importorskip("pyarrow", reason="Parquet needs it")
        target = folder / f"rows.{suffix}"
        assert export(folder / "j.db", target) == len(rows)
        found = read(target)
        assert [row["key"] for row in found] == [each.key for each in items]
        for row, each in zip(found, items, strict=True):
            assert row["message"] == shown_message(each, suffix)
            metadata = row["metadata"] or None
            if isinstance(metadata, str):
                metadata = json.loads(metadata)
            assert metadata == (each.metadata if suffix != "jsonl" else each.metadata or None)


def shown_message(each: Item, suffix: str) -> str | None:
    if suffix != "csv":
        return each.message
    message = each.message or ""
    return f"'{message}" if message.startswith(FORMULAS) else message


@pytest.mark.parametrize("first", FORMULAS)
async def test_a_csv_export_has_no_formulas(tmp_path: Path, first: str) -> None:
    text = f'{first}HYPERLINK("https:evil","ok")'
    each = item(1, reason=text, message=text, metadata={"title": text}, size=-1)
    each.location = each.filename = text
    journal = await Journal.open(tmp_path / "j.db", "index")
    await journal.claim([each])
    await journal.close()

    def work() -> None:
        for suffix in ("csv", "jsonl"):
            export(tmp_path / "j.db", tmp_path / f"rows.{suffix}")

    await anyio.to_thread.run_sync(work)
    (row,) = read(tmp_path / "rows.csv")
    for name in ("location", "filename", "reason", "message"):
        assert row[name] == f"'{text}"
    assert row["size"] == "-1"  # a number, and no text
    assert json.loads(str(row["metadata"])) == {"title": text}
    (row,) = read(tmp_path / "rows.jsonl")
    assert row["location"] == row["message"] == text


def read(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet")
    return list(parquet.read_table(path).to_pylist())


async def test_exports_hold_no_secret(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", "index")
    secret = item(1)
    secret.location = "https://h/film.mp4?signature=secret"
    await journal.claim([secret])
    await journal.close()
    target = tmp_path / "rows.jsonl"
    await anyio.to_thread.run_sync(export, tmp_path / "j.db", target)
    assert "secret" not in target.read_text()


async def test_exports_to_known_suffixes_only(tmp_path: Path) -> None:
    await (await Journal.open(tmp_path / "j.db", "index")).close()
    with pytest.raises(ConfigurationError, match="the suffix must be one of"):
        export(tmp_path / "j.db", tmp_path / "rows.xlsx")
    with pytest.raises(ConfigurationError, match="there is no journal"):
        await anyio.to_thread.run_sync(export, tmp_path / "none.db", tmp_path / "rows.csv")
