"""The file of a journal: its tables, and the refusal of every other file before a write."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import orjson
from attrs import fields_dict

from ..errors import ConfigurationError, JournalInUseError, JournalUnusableError
from ._lock import FileLock
from .items import STATES, Item
from .locations import shown_location

__all__ = [
    "COLUMNS",
    "SELECT",
    "TIMES",
    "connect",
    "explain",
    "item_of",
    "open_journal",
    "require_other",
    "transaction",
]

APPLICATION_ID = 0x544C4A31  # "TLJ1": SQLite's mark of whose database a file is
VERSION = 2
COLUMNS = tuple(fields_dict(Item))
TIMES = (
    "added",
    "upload_began",
    "uploaded",
    "processed",
    "index_began",
    "submitted",
    "indexed",
    "ended",
)
SELECT = f"select {', '.join(COLUMNS)} from items"  # noqa: S608  # names of our own
BUSY_SECONDS = 5.0
"""How long to wait for another program's lock on the file."""
# Rows lie in the order of their entry, in which they are used: a commit of many is on few pages.
_ITEMS = f"""
create table items (
    key text primary key not null, location text not null, filename text not null, size integer,
    content text not null, metadata text, state text not null, stage text,
    attempts integer not null, asset_id text, indexed_asset_id text, reason text, message text,
    {" real, ".join(TIMES)} real, run integer not null
);
create index items_by_state on items (state, run);
create index items_by_location on items (location);
create index items_by_asset on items (asset_id) where asset_id is not null;
create index items_by_indexed_asset on items (indexed_asset_id) where indexed_asset_id is not null;
pragma user_version = {VERSION};
"""
_SCHEMA = f"""
create table about (name text primary key, value text not null) without rowid;
{_ITEMS}
"""
_ALL = ", ".join((*COLUMNS, "run"))
# The first version had its rows in the order of their keys.
_UPGRADE = f"""
drop index items_by_state; drop index items_by_location;
drop index items_by_asset; drop index items_by_indexed_asset;
alter table items rename to items_1;
{_ITEMS}
insert into items ({_ALL}) select {_ALL} from items_1 order by added, key;
drop table items_1;
"""  # noqa: S608  # names of our own
_RUN_NUMBER = re.compile("[0-9]{1,15}")
_MAGIC = b"SQLite format 3\0"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_TEXTS = ("asset_id", "indexed_asset_id", "reason", "message", "metadata")
_LATEST = 253_402_300_799  # the end of the year 9999: no later time can be shown
_MOST_ATTEMPTS = 1 << 31
# Rows that no run has written. Locations that are not UTF-8 are blobs. SQLite takes any bytes for
# text, and JSON that has no value in Python: `is_readable` is a function of ours.
_WRONG_ROW = f"""
select key from items where
    typeof(key) <> 'text' or typeof(location) not in ('text', 'blob')
    or typeof(filename) <> 'text' or typeof(content) <> 'text'
    or typeof(size) not in ('integer', 'null') or typeof(run) <> 'integer'
    or typeof(attempts) <> 'integer' or attempts not between 0 and {_MOST_ATTEMPTS}
    or state not in ({_quoted(STATES)}) or stage not in ({_quoted(STATES)})
    or {
    " or ".join(
        f"typeof({name}) not in ('real', 'integer', 'null') or {name} not between 0 and {_LATEST}"
        for name in TIMES
    )
}
    or {" or ".join(f"typeof({name}) not in ('text', 'null')" for name in _TEXTS)}
    or not is_readable({
    ", ".join(
        f"cast({name} as blob)"
        for name in (
            "iif(typeof(location) = 'text', location, '')",
            "key",
            "filename",
            "content",
            *_TEXTS,
        )
    )
})
limit 1
"""  # noqa: S608  # names of our own


def _is_readable(*texts: bytes | None) -> bool:
    """Whether the texts of a row are UTF-8, and the last of them, if it is there, an object."""
    try:
        b"\0".join(filter(None, texts)).decode()
        metadata = texts[-1]
        if metadata is None:
            return True
        found = orjson.loads(metadata)
        orjson.dumps(found)  # fails where it is too deep
    except (ValueError, TypeError):
        return False
    return isinstance(found, dict)


def open_journal(path: str | PathLike[str] | None) -> tuple[sqlite3.Connection, FileLock | None]:
    """The journal at a path, made if need be, and its lock; with None, one in memory.

    Raises JournalInUseError while another run has it, JournalUnusableError for a file that cannot
    be opened, is not a journal, is damaged or locked, and ConfigurationError for a path that cannot
    name a file.
    """
    if path is None:
        # Used by one thread at a time, though not always the same one.
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _make_tables(db)
        return db, None
    path = _file(path)
    _check_file(path)
    lock = _locked(path)
    with ExitStack() as undo:
        undo.callback(lock.release)
        try:
            path.touch(mode=0o600)  # locations may be presigned URLs, which are secrets
            db = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            undo.callback(db.close)
            _make_tables(db)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnusableError(explain(error, path)) from None
        undo.pop_all()
    return db, lock


@contextmanager
def connect(path: str | PathLike[str]) -> Generator[sqlite3.Connection]:
    """A journal opened for reading, also while a run writes it.

    Raises JournalUnusableError for a file that is not a journal, or is damaged or locked.
    """
    path = _file(path)
    if not _check_file(path):
        raise JournalUnusableError(f"there is no journal {shown_location(str(path))}")
    try:
        with closing(_read_only(path)) as db:
            yield db
    except sqlite3.Error as error:
        raise JournalUnusableError(explain(error, path)) from None


def require_other(target: Path, journal: str | PathLike[str]) -> None:
    """Raise ConfigurationError when what is to be written would replace the journal."""
    try:
        same = target.samefile(os.fsdecode(journal))
    except (OSError, ValueError):  # one of them is not there
        return
    if same:
        raise ConfigurationError(f"{shown_location(str(target))} is the journal: name another file")


def item_of(row: Sequence[Any]) -> Item:
    """The item of a row as `SELECT` gives it."""
    values = dict(zip(COLUMNS, row, strict=True))
    if isinstance(values["location"], bytes):
        values["location"] = os.fsdecode(values["location"])
    if values["metadata"] is not None:
        values["metadata"] = orjson.loads(values["metadata"])
    return Item(**values)


@contextmanager
def transaction(db: sqlite3.Connection) -> Generator[None]:
    """Commit what is written in the block, or nothing of it."""
    db.execute("begin immediate")
    try:
        yield
    except BaseException:  # also Ctrl-C: all of it is written, or nothing
        if db.in_transaction:  # a full disk has rolled it back already
            db.execute("rollback")
        raise
    db.execute("commit")


def explain(error: sqlite3.Error | OSError, path: Path | None = None) -> str:
    """What is wrong with the journal, in words."""
    journal = "the journal" if path is None else f"the journal {shown_location(str(path))}"
    if isinstance(error, OSError):
        return f"{journal} cannot be opened: {error.strerror or error}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says which kind of it
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{journal} is locked by another program: {error}"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return f"{journal} is read-only: {error}"
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"{journal} cannot be opened: {error}"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{shown_location(str(path))} is not a journal: {error}"
    if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT):  # no such table, say
        return f"{journal} is damaged: {error}"
    return f"{journal} cannot be written: {error}"


def _file(path: str | PathLike[str]) -> Path:
    named = os.fsdecode(path)
    if named in ("", ":memory:"):
        raise ConfigurationError(
            f"journal={named!r} names no file: give a path, or None for a journal in memory"
        )
    # By whatever link it is named, its lock and SQLite's log lie beside the file itself.
    return Path(os.path.realpath(named) if os.path.islink(named) else named)  # noqa: PTH114


def _locked(path: Path) -> FileLock:
    try:
        return FileLock(path.with_name(f"{path.name}.lock"))
    except BlockingIOError as error:
        raise JournalInUseError(
            f"the journal {shown_location(str(path))} is in use by {error or 'another run'}"
        ) from None
    except OSError as error:
        raise JournalUnusableError(explain(error, path)) from None


def _make_tables(db: sqlite3.Connection) -> None:
    if db.execute("pragma application_id").fetchone() != (APPLICATION_ID,):
        # Before the change to WAL, so that the file itself has it.
        db.execute(f"pragma application_id = {APPLICATION_ID}")
    db.execute("pragma journal_mode = wal")
    # With "normal", the last commits are lost when the machine loses power: an upload whose
    # announcement is lost would be made twice.
    db.execute("pragma synchronous = full")
    (version,) = db.execute("pragma user_version").fetchone()
    if version < VERSION:
        db.executescript(f"begin immediate; {_UPGRADE if version else _SCHEMA} commit;")


# What a file is, without writing to it


def _check_file(path: Path) -> bool:
    """Whether there is something in the file; JournalUnusableError when it is not a journal."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # to open a pipe would wait for its writer
            what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise JournalUnusableError(
                f"{shown_location(str(path))} is not a journal: it is {what}"
            )
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        failure = error if isinstance(error, OSError) else OSError(str(error))
        raise JournalUnusableError(explain(failure, path)) from None
    if not head:
        return False
    if not head.startswith(_MAGIC):
        raise JournalUnusableError(
            f"{shown_location(str(path))} is not a journal: it is not a database"
        )
    ours = head[68:72] == APPLICATION_ID.to_bytes(4, "big")
    if not ours and any(head[68:72]):
        raise _foreign(path)
    try:
        with closing(_read_only(path, ours=ours)) as db:
            _check_tables(db, path)
    except sqlite3.Error as error:
        raise JournalUnusableError(explain(error, path)) from None
    return True


def _read_only(path: Path, *, ours: bool = True) -> sqlite3.Connection:
    """The database for reading. With another program's, no file is made beside it."""
    address = path.absolute().as_uri()
    unlogged = "?mode=ro"
    if not path.with_name(f"{path.name}-wal").exists():
        unlogged += "&immutable=1"
    try:
        # A connection that could write removes its log when it is closed.
        return _query_only(f"{address}?mode=rw" if ours else f"{address}{unlogged}")
    except sqlite3.OperationalError as error:
        if not ours or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN:
            raise
        return _query_only(f"{address}{unlogged}")  # the folder takes no log


def _query_only(address: str) -> sqlite3.Connection:
    db = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        db.execute("pragma query_only = on")
        db.execute("select 1 from sqlite_master").fetchone()
    except BaseException:  # also Ctrl-C: nothing else would close it
        db.close()
        raise
    return db


def _foreign(path: Path) -> JournalUnusableError:
    return JournalUnusableError(
        f"{shown_location(str(path))} is not a journal: it is another program's database"
    )


def _check_tables(db: sqlite3.Connection, path: Path) -> None:
    db.text_factory = _shown
    db.create_function("is_readable", -1, _is_readable, deterministic=True)
    (mark,) = db.execute("pragma application_id").fetchone()
    (version,) = db.execute("pragma user_version").fetchone()
    tables = {
        name
        for (name,) in db.execute("select name from sqlite_master where type in ('table', 'view')")
    }
    if not tables and version == 0 and mark in (0, APPLICATION_ID):
        return  # nothing in it yet
    # The first journals have no mark.
    if mark != APPLICATION_ID and (mark != 0 or version != 1 or tables != {"about", "items"}):
        raise _foreign(path)
    if version > VERSION:
        raise JournalUnusableError(
            f"the journal {shown_location(str(path))} was written by a later version"
        )
    if version < 1:
        raise _damaged(path, f"its version is {version}")
    columns = {name for _, name, *_ in db.execute("pragma table_info(items)")}
    if not columns >= {*COLUMNS, "run"}:
        raise _foreign(path) if mark != APPLICATION_ID else _damaged(path, "columns are missing")
    about = dict(db.execute("select name, value from about").fetchall())
    if not _RUN_NUMBER.fullmatch(str(about.get("run", "0"))):
        raise _damaged(path, "the number of its last run is unreadable")
    if not isinstance(about.get("index_id", ""), str):
        raise _damaged(path, "the id of its index is unreadable")
    wrong = db.execute(_WRONG_ROW).fetchone()
    if wrong is not None:
        raise _damaged(path, f"the row {wrong[0]} is unreadable")
    (verdict,) = db.execute("pragma quick_check(1)").fetchone()
    if verdict != "ok":
        raise _damaged(path, str(verdict).replace("\n", " "))


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def _damaged(path: Path, how: str) -> JournalUnusableError:
    return JournalUnusableError(f"the journal {shown_location(str(path))} is damaged: {how}")
