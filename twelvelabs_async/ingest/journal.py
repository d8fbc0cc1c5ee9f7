"""The journal of an ingestion: a row for each item in SQLite, from which a killed run resumes.

Before every call that makes something on the service, the item's row records that the call is about
to be made, and the row is on the disk before the call is sent. When a run begins and a row still
says that, its item is in doubt: the service may have it or not.
"""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike, fsencode
from pathlib import Path
from typing import Any, Literal, TypeVar

import anyio
import orjson

from .._runtime.threads import DaemonThreads, finish, run_blocking
from ..errors import ConfigurationError, JournalError, JournalInUseError, JournalUnusableError
from ._lock import FileLock
from .items import ENDS, Item, State
from .journal_file import COLUMNS, SELECT, connect, explain, item_of, open_journal, transaction
from .locations import printable, shown_location

__all__ = [
    "Journal",
    "JournalError",
    "JournalInUseError",
    "items_in",
    "plain",
    "read_items",
    "states_of",
]

T = TypeVar("T")
_Opened = tuple[sqlite3.Connection, FileLock | None, int, tuple[Counter[str], Counter[str]]]

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


class Journal:
    """The open journal of one run; a second one on the same file is refused.

    Its methods may be called concurrently: what waits to be written goes out in one commit.
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
        self._thread = DaemonThreads(1, "twelvelabs-journal")
        self._pending: list[tuple[str, Sequence[Any]]] = []
        self._noted = 0
        self._written = 0
        """How many of those that were noted are on the disk."""
        self._failure: sqlite3.Error | None = None
        self.states: Counter[str] = counts[0]
        """How many items there are by state."""
        self.failures: Counter[str] = counts[1]
        """How many have failed by reason."""

    @classmethod
    async def open(
        cls, path: str | PathLike[str] | None, index_id: str, *, retry_failed: bool = False
    ) -> Journal:
        """The journal at ``path``, made if need be; with None, one in memory.

        Raises JournalInUseError while another run has it, JournalUnusableError for a file that is
        not a journal or that cannot be used, and ConfigurationError for another index's journal.
        """
        opened: list[_Opened] = []
        try:
            await run_blocking(lambda: opened.append(_open(path, index_id, retry_failed)))
        except asyncio.CancelledError:
            for db, lock, *_ in opened:
                await run_blocking(_close, db, lock)
            raise
        return cls(*opened[0])

    async def close(self) -> None:
        """Write what is pending, and release the lock."""
        with anyio.CancelScope(shield=True):
            try:
                await self.write()
            finally:
                await self._do(lambda: _close(self._db, self._lock))
                self._thread.shutdown(wait=False)

    # Writing

    def note(self, item: Item, **changes: Any) -> None:
        """Change the item, now, and its row, with the next write."""
        before = item.state
        for name, value in changes.items():
            setattr(item, name, value)
        names = ", ".join(f"{name} = ?" for name in changes)
        values = [plain(name, value) for name, value in changes.items()]
        update = f"update items set {names} where key = ?"  # noqa: S608  # names of our columns
        self._pending.append((update, [*values, item.key]))
        self._noted += 1
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
        """Write everything noted to the disk."""
        # The first writer writes what all have noted by then; the others find it done. What was
        # noted later waits for a writer of its own: else each writer would commit what the one
        # before it noted next, and no two would share a commit.
        noted = self._noted
        async with self._turn:
            if self._failure is not None:
                raise JournalError(explain(self._failure))
            if self._written < noted:
                batch, self._pending = self._pending, []
                noted = self._noted
                await self._do(lambda: self._commit(batch, noted))

    def _commit(self, batch: Sequence[tuple[str, Sequence[Any]]], noted: int) -> None:
        try:
            with transaction(self._db):
                for statement, values in batch:
                    self._db.execute(statement, values)
        except sqlite3.Error as error:
            # The writers of these rows must not continue as if the rows were written.
            self._failure = error
            raise
        self._written = noted

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await finish(self._thread.run(work))
        except sqlite3.Error as error:
            raise JournalError(explain(error)) from error

    async def _ask(self, work: Callable[[], T]) -> T:
        await self.write()
        async with self._turn:
            return await self._do(work)

    async def supersede(self, locations: Sequence[str]) -> None:
        """End the items of sources that named no film in an earlier run, and do so now."""
        changes: list[tuple[State | None, State, str | None]] = []

        def work() -> None:
            with transaction(self._db):
                for location in locations:
                    self._replace(location, "", "and reason = 'source_missing'", changes)

        await self._ask(work)
        for change in changes:
            self._count(*change)

    # Reading

    async def claim(self, items: Sequence[Item]) -> list[Item | None]:
        """Each item as the journal has it, new ones entered; None for one that this run has had."""
        changes: list[tuple[State | None, State, str | None]] = []

        def work() -> list[Item | None]:
            with transaction(self._db):
                return [self._claim(item, changes) for item in items]

        claimed = await self._ask(work)
        for change in changes:
            self._count(*change)
        return claimed

    def _claim(
        self, item: Item, changes: list[tuple[State | None, State, str | None]]
    ) -> Item | None:
        row = self._db.execute(f"{SELECT} where key = ?", [item.key]).fetchone()
        if row is None:
            self._enter(item, changes)
            return item
        had = self._db.execute(
            "update items set run = ? where key = ? and run <> ?", [self._run, item.key, self._run]
        )
        if had.rowcount == 0:
            return None
        known = item_of(row)
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
        metadata = item.metadata
        if metadata is not None and known.state == "ready":  # the index keeps its other keys
            metadata = {**(known.metadata or {}), **metadata}
        if metadata is not None and metadata != known.metadata:
            known.metadata = metadata
            if known.state == "ready":
                known.state, known.ended = "indexed", None
        self._db.execute(
            "update items set state = ?, metadata = ?, ended = ? where key = ?",
            [known.state, plain("metadata", known.metadata), known.ended, known.key],
        )
        changes.append((before, known.state, known.reason))
        return known

    def _enter(self, item: Item, changes: list[tuple[State | None, State, str | None]]) -> None:
        self._db.execute(
            f"insert into items ({', '.join(COLUMNS)}, run) "  # noqa: S608  # our own columns
            f"values ({', '.join('?' * len(COLUMNS))}, ?)",
            [*(plain(name, getattr(item, name)) for name in COLUMNS), self._run],
        )
        changes.append((None, item.state, item.reason))
        self._replace(item.location, item.key, "", changes)

    def _replace(
        self,
        location: str,
        but: str,
        which: str,
        changes: list[tuple[State | None, State, str | None]],
    ) -> None:
        older = self._db.execute(
            # `which` is one of two texts of this module.
            "select key, state, reason from items where location = ? and key <> ? "  # noqa: S608
            f"and state in ('waiting', 'failed', 'refused') {which}",
            [plain("location", location), but],
        )
        for key, state, reason in older.fetchall():
            self._db.execute(
                "update items set state = 'replaced', run = ? where key = ?", [self._run, key]
            )
            changes.append((state, "replaced", reason))

    async def in_progress(self) -> list[Item]:
        """The items that the service has, or may have, and that this run has not had yet.

        They count as had by this run now.
        """

        def work() -> list[Item]:
            # All of them in one query: no index has them in this order.
            rows = self._db.execute(
                f"{SELECT} where run <> ? and state not in ('waiting', {_ENDS}) "
                "order by added, key",
                [self._run],
            )
            items = [item_of(row) for row in rows]
            with transaction(self._db):
                self._db.executemany(
                    "update items set run = ? where key = ?",
                    [(self._run, item.key) for item in items],
                )
            return items

        return await self._ask(work)

    async def load(self, keys: Sequence[str]) -> list[Item]:
        """The items of these keys, in this order."""

        def work() -> list[Item]:
            rows = self._db.execute(
                f"{SELECT} where key in ({', '.join('?' * len(keys))})",
                keys,
            )
            items = {item.key: item for item in map(item_of, rows)}
            return [items[key] for key in keys]

        return await self._ask(work)

    async def pending(self, after: int, most: int) -> tuple[list[Item], int]:
        """At most `most` waiting items that this run has not had, entered past the row `after`.

        And the row of the last of them.
        """

        def work() -> tuple[list[Item], int]:
            # The + keeps SQLite from the index of the states, of which it would sort all that wait.
            rows = self._db.execute(
                f"select {', '.join(COLUMNS)}, rowid from items "  # noqa: S608  # names of our own
                "where run <> ? and +state = 'waiting' and rowid > ? order by rowid limit ?",
                [self._run, after, most],
            ).fetchall()
            return [item_of(row[:-1]) for row in rows], rows[-1][-1] if rows else after

        return await self._ask(work)

    async def answered_before(
        self, kind: Literal["asset_id", "indexed_asset_id"], ids: Sequence[str], before: float
    ) -> bool:
        """Whether the journal had the reply for one of these ids before that time."""
        answered = "uploaded" if kind == "asset_id" else "submitted"

        def work() -> bool:
            found = self._db.execute(
                # `kind` is a Literal.
                f"select 1 from items where {kind} in ({', '.join('?' * len(ids))}) "  # noqa: S608
                f"and {answered} < ? limit 1",
                [*ids, before],
            )
            return found.fetchone() is not None

        return await self._ask(work)


def _open(path: str | PathLike[str] | None, index_id: str, retry_failed: bool) -> _Opened:
    db, lock = open_journal(path)
    try:
        return db, lock, _begin(db, index_id, retry_failed), _read_counts(db)
    except BaseException as error:  # also Ctrl-C: the next run must find it free
        _close(db, lock)
        if isinstance(error, sqlite3.Error):
            raise JournalUnusableError(explain(error, Path(path or "in memory"))) from None
        raise


def _close(db: sqlite3.Connection, lock: FileLock | None) -> None:
    db.close()
    if lock is not None:
        lock.release()


def _begin(db: sqlite3.Connection, index_id: str, retry_failed: bool) -> int:
    """The number of this run, which the journal now knows."""
    with transaction(db):
        about = dict(db.execute("select name, value from about").fetchall())
        if about.setdefault("index_id", index_id) != index_id:
            raise ConfigurationError(f"the journal is of index {about['index_id']}, not {index_id}")
        run = int(about.get("run", "0")) + 1
        about["run"] = str(run)
        db.executemany("insert or replace into about values (?, ?)", about.items())
        if retry_failed:
            db.execute(_RETRY)
    return run


def _read_counts(db: sqlite3.Connection) -> tuple[Counter[str], Counter[str]]:
    states = db.execute("select state, count(*) from items group by state").fetchall()
    failures = db.execute(
        "select coalesce(reason, ''), count(*) from items "
        "where state in ('failed', 'refused') group by 1"
    ).fetchall()
    return Counter(dict(states)), Counter(dict(failures))


def plain(name: str, value: Any) -> Any:
    """A value as SQLite takes it. A location that is not UTF-8 goes as its bytes."""
    if isinstance(value, Mapping):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            if name != "location":
                return printable(value)
            try:
                return fsencode(value)
            except UnicodeEncodeError:  # nothing that a file could be named
                return shown_location(value)
    return value


# What others read, of a finished or a running run


def read_items(path: str | PathLike[str]) -> Iterator[Item]:
    """Every item of a journal, in the order of their entry.

    Raises JournalUnusableError for a file that is not a journal, and for one that is damaged or
    locked.
    """
    with connect(path) as db:
        yield from items_in(db)


def items_in(db: sqlite3.Connection) -> Iterator[Item]:
    """Every item of an open journal, in the order of their entry."""
    for row in db.execute(f"{SELECT} order by added, key"):
        yield item_of(row)


def states_of(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, State]:
    """The states of those of the items that an open journal has."""
    found = db.execute(
        # Only marks are filled in.
        f"select key, state from items where key in ({', '.join('?' * len(keys))})",  # noqa: S608
        keys,
    )
    return dict(found.fetchall())


def __getattr__(name: str) -> Any:
    if name == "export":
        from .journal_export import export

        warnings.warn(
            "twelvelabs_async.ingest.journal.export is twelvelabs_async.ingest.export",
            DeprecationWarning,
            stacklevel=2,
        )
        return export
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
