"""The journal of an ingestion: one row an item in SQLite, from which a killed run goes on.

Before every call that makes something on the service the item's row says that it is about to be
made, and that is on the disk before the call is sent. A row that still says so when a run begins is
of an item in doubt.
"""

from __future__ import annotations

import asyncio
import csv
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeVar

import anyio
import orjson
from attrs import fields_dict

from .._core.threads import finish, run_blocking
from ..errors import ConfigurationError, TwelveLabsError, redact
from ._lock import FileLock
from ._optional import needed
from .items import ENDS, Item, State

__all__ = ["Journal", "JournalError", "JournalInUseError", "export", "read_items", "read_states"]

T = TypeVar("T")

VERSION = 1
COLUMNS = tuple(fields_dict(Item))
_TIMES = ("added", "upload_began", "uploaded", "processed", "index_began", "submitted", "indexed")
_SCHEMA = f"""
create table about (name text primary key, value text not null) without rowid;
create table items (
    key text primary key, location text not null, filename text not null, size integer,
    content text not null, metadata text, state text not null, stage text,
    attempts integer not null, asset_id text, indexed_asset_id text, reason text, message text,
    {" real, ".join(_TIMES)} real, ended real, run integer not null
) without rowid;
create index items_by_state on items (state, run);
create index items_by_location on items (location);
create index items_by_asset on items (asset_id) where asset_id is not null;
create index items_by_indexed_asset on items (indexed_asset_id) where indexed_asset_id is not null;
pragma user_version = {VERSION};
"""
_SELECT = f"select {', '.join(COLUMNS)} from items"  # noqa: S608  # names of our own
_ENDS = ", ".join(f"'{state}'" for state in sorted(ENDS))
_FAILED = frozenset({"failed", "refused"})
_RETRY = """
update items set
    state = case
        -- What the service failed is made anew; the ids that stay say what is to be deleted first.
        when reason = 'indexing_failed' or (reason = 'gone' and stage = 'indexing') then 'processed'
        when reason in ('asset_failed', 'gone', {missing}) or stage is null then 'waiting'
        else stage end,
    asset_id = case
        when (reason = 'gone' and stage <> 'indexing') or reason in ({missing}) then null
        else asset_id end,
    indexed_asset_id = case
        when reason in ('gone', {missing}) then null
        else indexed_asset_id end,
    attempts = 0, reason = null, message = null, stage = null, ended = null
where state in ('failed', 'refused')
""".format(missing="'resource_not_exist', 'resource_not_exists'")


class JournalInUseError(ConfigurationError):
    """Another run is working on the journal."""


class JournalError(TwelveLabsError):
    """The journal can be written no more: the disk is full, say. It ends the run.

    What it last said still holds, and the next run goes on from there.
    """


class Journal:
    """The open journal of one run; a second one on the same file is refused.

    All its methods may be called at once: what waits to be written goes out in one commit.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        lock: FileLock | None,
        run: int,
        counts: tuple[Counter[str], Counter[str]],
    ) -> None:
        self._db = db
        self._lock = lock
        self._run = run
        self._turn = anyio.Lock()
        # Not the loop's threads: reads of large files must not hold up the journal. And one only,
        # so that a commit whose waiter was cancelled is over before the next work begins.
        self._thread = ThreadPoolExecutor(1, "twelvelabs-journal")
        self._pending: list[tuple[str, Sequence[Any]]] = []
        self._failure: Exception | None = None
        self.states, self.failures = counts
        """How many items there are by state, and how many have failed by reason."""

    @classmethod
    async def open(
        cls, path: str | PathLike[str] | None, index_id: str, *, retry_failed: bool = False
    ) -> Journal:
        """The journal at ``path``, made if need be; with None, one in memory.

        Raises `JournalInUseError` while another run has it, and ConfigurationError for a file that
        is no journal, is a later version's, or belongs to another index.
        """
        return cls(*await run_blocking(_open, path, index_id, retry_failed))

    async def close(self) -> None:
        """Write what is pending, and let others have it."""
        with anyio.CancelScope(shield=True):
            try:
                await self.write()
            finally:
                await self._do(self._close)
                self._thread.shutdown(wait=False)

    def _close(self) -> None:
        self._db.close()
        if self._lock is not None:
            self._lock.release()

    # Writing

    def note(self, item: Item, **changes: Any) -> None:
        """Change the item, now, and its row, with the next write."""
        before = item.state
        for name, value in changes.items():
            setattr(item, name, value)
        names = ", ".join(f"{name} = ?" for name in changes)
        values = [_plain(value) for value in changes.values()]
        self._pending.append((f"update items set {names} where key = ?", [*values, item.key]))  # noqa: S608
        self._count(before, item.state, item.reason)

    def _count(self, before: State | None, after: State, reason: str | None) -> None:
        if before == after:
            return
        if before is not None:
            self.states[before] -= 1
        self.states[after] += 1
        if after in _FAILED:
            self.failures[reason or ""] += 1
        elif before in _FAILED:
            self.failures[reason or ""] -= 1

    async def save(self, item: Item, **changes: Any) -> None:
        """Change the item and its row; it is on the disk on return."""
        self.note(item, **changes)
        await self.write()

    async def write(self) -> None:
        """Have all that was noted on the disk."""
        # Whoever comes first writes for all that have come since; they find it done.
        async with self._turn:
            if self._failure is not None:
                raise JournalError(f"the journal cannot be written: {self._failure}")
            if self._pending:
                batch, self._pending = self._pending, []
                await self._do(lambda: self._commit(batch))

    def _commit(self, batch: Sequence[tuple[str, Sequence[Any]]]) -> None:
        try:
            with _transaction(self._db):
                for statement, values in batch:
                    self._db.execute(statement, values)
        except sqlite3.Error as error:
            # Those whose rows were in this batch must not go on as if they were written.
            self._failure = error
            raise

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await finish(asyncio.get_running_loop().run_in_executor(self._thread, work))
        except sqlite3.Error as error:
            raise JournalError(f"the journal cannot be written: {error}") from error

    async def _ask(self, work: Callable[[], T]) -> T:
        await self.write()
        async with self._turn:
            return await self._do(work)

    # Reading

    async def take(self, items: Sequence[Item]) -> list[Item | None]:
        """Each item as the journal has it, new ones entered; None for what this run has had."""
        changes: list[tuple[State | None, State, str | None]] = []

        def work() -> list[Item | None]:
            with _transaction(self._db):
                return [self._take(item, changes) for item in items]

        taken = await self._ask(work)
        for change in changes:
            self._count(*change)
        return taken

    def _take(
        self, item: Item, changes: list[tuple[State | None, State, str | None]]
    ) -> Item | None:
        row = self._db.execute(f"{_SELECT} where key = ?", [item.key]).fetchone()
        if row is None:
            self._enter(item, changes)
            return item
        had = self._db.execute(
            "update items set run = ? where key = ? and run <> ?", [self._run, item.key, self._run]
        )
        if had.rowcount == 0:
            return None
        known = _item(row)
        before = known.state
        if known.state == "replaced":  # and now the file is again as it was
            known.state, known.ended = "waiting", None
        if known.state == "waiting" and item.state in ENDS:  # tried again, and refused again
            changes.append((before, item.state, item.reason))
            self._db.execute(
                "update items set state = ?, stage = ?, reason = ?, message = ?, ended = ? "
                "where key = ?",
                [item.state, item.stage, item.reason, item.message, item.ended, item.key],
            )
            return item
        if item.metadata is not None and item.metadata != known.metadata:
            known.metadata = item.metadata
            if known.state == "ready":
                known.state, known.ended = "indexed", None
        self._db.execute(
            "update items set state = ?, metadata = ?, ended = ? where key = ?",
            [known.state, _plain(known.metadata), known.ended, known.key],
        )
        changes.append((before, known.state, known.reason))
        return known

    def _enter(self, item: Item, changes: list[tuple[State | None, State, str | None]]) -> None:
        self._db.execute(
            f"insert into items ({', '.join(COLUMNS)}, run) "  # noqa: S608
            f"values ({', '.join('?' * len(COLUMNS))}, ?)",
            [*(_plain(getattr(item, name)) for name in COLUMNS), self._run],
        )
        changes.append((None, item.state, item.reason))
        older = self._db.execute(
            "select key, state, reason from items where location = ? and key <> ? "
            "and state in ('waiting', 'failed', 'refused')",
            [item.location, item.key],
        )
        for key, state, reason in older.fetchall():
            self._db.execute(
                "update items set state = 'replaced', run = ? where key = ?", [self._run, key]
            )
            changes.append((state, "replaced", reason))

    async def begun(self, most: int) -> list[Item]:
        """At most so many items that this run has not had, of which something is on the service,
        or may be. They are taken by it.
        """

        def work() -> list[Item]:
            rows = self._db.execute(
                f"{_SELECT} where run <> ? and state not in ('waiting', {_ENDS}) "
                "order by added, key limit ?",
                [self._run, most],
            )
            items = [_item(row) for row in rows.fetchall()]
            with _transaction(self._db):
                self._db.executemany(
                    "update items set run = ? where key = ?",
                    [(self._run, item.key) for item in items],
                )
            return items

        return await self._ask(work)

    async def untouched(self, after: str, most: int) -> list[Item]:
        """At most so many items that wait and that this run has not had, with keys `after` one."""

        def work() -> list[Item]:
            rows = self._db.execute(
                f"{_SELECT} where run <> ? and state = 'waiting' and key > ? order by key limit ?",
                [self._run, after, most],
            )
            return [_item(row) for row in rows]

        return await self._ask(work)

    async def knew(
        self, kind: Literal["asset_id", "indexed_asset_id"], ids: Sequence[str], before: float
    ) -> bool:
        """Whether the journal had the answer for one of these ids before that time."""
        answered = "uploaded" if kind == "asset_id" else "submitted"

        def work() -> bool:
            found = self._db.execute(
                f"select 1 from items where {kind} in ({', '.join('?' * len(ids))}) "  # noqa: S608
                f"and {answered} < ? limit 1",
                [*ids, before],
            )
            return found.fetchone() is not None

        return await self._ask(work)


def _open(
    path: str | PathLike[str] | None, index_id: str, retry_failed: bool
) -> tuple[sqlite3.Connection, FileLock | None, int, tuple[Counter[str], Counter[str]]]:
    lock = None
    if path is not None:
        path = Path(path)
        try:
            lock = FileLock(path.with_name(f"{path.name}.lock"))
        except BlockingIOError as error:
            raise JournalInUseError(
                f"the journal {path} is in use by {error or 'another run'}"
            ) from None
        # Locations may be presigned URLs, which are secrets.
        path.touch(mode=0o600)
    try:
        # Used in one thread at a time, though not always the same one.
        db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            run = _begin(db, path, index_id, retry_failed)
            counts = _read_counts(db)
        except sqlite3.DatabaseError as error:
            db.close()
            raise ConfigurationError(f"{path} is no journal: {error}") from None
        except BaseException:
            db.close()
            raise
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return db, lock, run, counts


def _begin(db: sqlite3.Connection, path: Path | None, index_id: str, retry_failed: bool) -> int:
    """Make or check the tables; the number of this run."""
    db.execute("pragma journal_mode = wal")
    # With "normal", the last commits are lost when the machine loses power: an upload whose
    # announcement is lost would be made twice.
    db.execute("pragma synchronous = full")
    (version,) = db.execute("pragma user_version").fetchone()
    if version > VERSION:
        raise ConfigurationError(f"the journal {path} was written by a later version")
    if version == 0:
        db.executescript(f"begin; {_SCHEMA} commit;")
    with _transaction(db):
        about = dict(db.execute("select name, value from about").fetchall())
        if about.setdefault("index_id", index_id) != index_id:
            raise ConfigurationError(
                f"the journal {path} is of index {about['index_id']}, not {index_id}"
            )
        run = int(about.get("run", "0")) + 1
        about["run"] = str(run)
        db.executemany("insert or replace into about values (?, ?)", about.items())
        if retry_failed:
            db.execute(_RETRY)
    return run


@contextmanager
def _transaction(db: sqlite3.Connection) -> Generator[None]:
    db.execute("begin immediate")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("rollback")
        raise
    db.execute("commit")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return value


def _item(row: Sequence[Any]) -> Item:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["metadata"] is not None:
        values["metadata"] = orjson.loads(values["metadata"])
    return Item(**values)


# What others read: of a run that has ended, or goes on


@contextmanager
def _reading(path: str | PathLike[str]) -> Generator[sqlite3.Connection]:
    if not Path(path).is_file():
        raise ConfigurationError(f"there is no journal {path}")
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma query_only = on")
        try:
            (version,) = db.execute("pragma user_version").fetchone()
            if version != VERSION:
                raise ConfigurationError(f"{path} is no journal, or another version's")
            yield db
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"{path} is no journal, or damaged: {error}") from None


def read_items(path: str | PathLike[str]) -> Iterator[Item]:
    """Every item of a journal, in the order of their entry. Raises ConfigurationError for none."""
    with _reading(path) as db:
        for row in db.execute(f"{_SELECT} order by added, key"):
            yield _item(row)


def read_states(path: str | PathLike[str], keys: Sequence[str]) -> dict[str, State]:
    """The states of those of the items that a journal has."""
    with _reading(path) as db:
        found = db.execute(
            f"select key, state from items where key in ({', '.join('?' * len(keys))})",  # noqa: S608
            keys,
        )
        return dict(found.fetchall())


def _read_counts(db: sqlite3.Connection) -> tuple[Counter[str], Counter[str]]:
    states = db.execute("select state, count(*) from items group by state").fetchall()
    failures = db.execute(
        "select coalesce(reason, ''), count(*) from items "
        "where state in ('failed', 'refused') group by 1"
    ).fetchall()
    return Counter(dict(states)), Counter(dict(failures))


# Export

_SHOWN = tuple(name for name in COLUMNS if name != "content")
_BATCH = 10_000


def export(journal: str | PathLike[str], target: str | PathLike[str]) -> int:
    """How many rows of a journal were written to a file: .csv, .jsonl, or .parquet.

    Times are seconds since the epoch; metadata is JSON (text in CSV and Parquet). The query strings
    of URLs, which may be secrets, are left out. Parquet needs pyarrow. Raises ConfigurationError
    for another suffix, for what is no journal, and when pyarrow is missing.
    """
    target = Path(target)
    rows = (_shown(item) for item in read_items(journal))
    writers: dict[str, Callable[[Path, Iterator[dict[str, Any]]], int]] = {
        ".csv": _write_csv,
        ".jsonl": _write_jsonl,
        ".parquet": _write_parquet,
    }
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise ConfigurationError(f"{target}: the suffix must be one of {', '.join(writers)}")
    return writer(target, rows)


def _shown(item: Item) -> dict[str, Any]:
    row = {name: getattr(item, name) for name in _SHOWN}
    row["location"] = redact(item.location)
    return row


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _write_csv(target: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _SHOWN)
        writer.writeheader()
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow(_flat(row))
    return count


def _write_jsonl(target: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with target.open("wb") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return count


def _write_parquet(target: Path, rows: Iterator[dict[str, Any]]) -> int:
    pa = needed("pyarrow", "Parquet", "pyarrow")
    parquet = needed("pyarrow.parquet", "Parquet", "pyarrow")
    kinds: dict[str, Any] = {"size": pa.int64(), "attempts": pa.int64()}
    kinds |= dict.fromkeys((*_TIMES, "ended"), pa.float64())
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in _SHOWN])
    count = 0
    with parquet.ParquetWriter(target, schema) as writer:
        while batch := [_flat(row) for _, row in zip(range(_BATCH), rows, strict=False)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))
            count += len(batch)
    return count
