"""The records of a data folder, in a SQLite database that only its owner may read.

A write is one transaction of what changed. The write-ahead log makes it safe from a process that is
killed at any moment; with ``synchronous = NORMAL`` a power failure may lose the last transactions,
but damages nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from .data_folder import DataFolder, DataFolderError
from .repository import Repository, Row
from .state_json import read_state

__all__ = ["StateStore"]

# "TLsb", which `file` and this module know the database by.
_APPLICATION: Final = 0x544C7362
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE records (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (kind, owner, key)
)
"""
_INSERT: Final = "INSERT OR REPLACE INTO records (kind, owner, key, body) VALUES (?, ?, ?, ?)"
# Unlike a replacement, an update keeps the number, by which records are ordered.
_UPDATE: Final = (
    "INSERT INTO records (kind, owner, key, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (kind, owner, key) DO UPDATE SET body = excluded.body"
)
_DELETE: Final = "DELETE FROM records WHERE kind = ? AND owner = ? AND key = ?"


class StateStore:
    """The database of a data folder; raises ``DataFolderError`` when it cannot be used.

    It writes in a thread of its own.
    """

    def __init__(self, data: DataFolder) -> None:
        self._folder = data.path
        self._path = data.path / "state.db"
        self._writer = ThreadPoolExecutor(1, "sandbox-state")
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._path.chmod(0o600)
            # SQLite gives its log the mode of the database. Writes come from the one thread.
            self._database = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise DataFolderError(
                f"The state in {str(self._path)!r} cannot be opened: {error}"
            ) from error
        try:
            with self._explained():
                self._prepare()
        except BaseException:  # whatever it is, nothing else would close it
            self._database.close()
            raise

    def _prepare(self) -> None:
        (application,) = self._database.execute("PRAGMA application_id").fetchone()
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        (tables,) = self._database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        self._new = not (application or version or tables)
        if not self._new and application != _APPLICATION:
            raise DataFolderError(
                f"{str(self._path)!r} is another program's database: move it away, or choose "
                "another folder."
            )
        if version > _VERSION:
            raise DataFolderError(
                f"The state in {str(self._path)!r} was written by a newer version of the sandbox "
                f"(format {version}; this one reads {_VERSION}): update twelvelabs-async, or "
                "choose another folder."
            )
        if not self._new:
            ((found,),) = self._database.execute("PRAGMA quick_check(1)").fetchall()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        """Say which file SQLite's errors are about, and what to do."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise DataFolderError(
                f"The state in {str(self._path)!r} cannot be used: {error}"
            ) from error
        except sqlite3.DatabaseError as error:
            raise DataFolderError(
                f"The state in {str(self._path)!r} is damaged, or no state ({error}): restore a "
                "copy of it, or remove it to begin anew."
            ) from error

    def load(self) -> Repository:
        """All records; in a new database those of a ``state.json``, which is then renamed."""
        if self._new:
            return self._begin(self._folder / "state.json")
        with self._explained():
            found = self._database.execute(
                "SELECT kind, owner, key, body FROM records ORDER BY number"
            ).fetchall()
        return Repository.load((Row(*row) for row in found), str(self._path))

    def _begin(self, old: Path) -> Repository:
        rows = read_state(old) if old.exists() else []
        repository = Repository.load(rows, str(old))
        with self._explained(), self._transaction():
            self._database.execute(_SCHEMA)
            self._put(rows)
            self._database.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._database.execute(f"PRAGMA user_version = {_VERSION}")
        self._new = False
        if old.exists():
            old.replace(old.with_suffix(".json.old"))
        return repository

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:  # also Ctrl-C: a transaction is done whole or not at all
            if self._database.in_transaction:  # a full disk has ended it
                self._database.execute("ROLLBACK")
            raise

    def _put(self, rows: Sequence[Row]) -> None:
        for row in rows:
            place = row.kind, row.owner, row.key
            if row.body is None:
                self._database.execute(_DELETE, place)
            else:
                self._database.execute(_INSERT if row.new else _UPDATE, (*place, row.body))

    def _write(self, rows: Sequence[Row]) -> None:
        with self._explained(), self._transaction():
            self._put(rows)

    async def write(self, rows: Sequence[Row]) -> None:
        """Write what has changed; it is on disk when this returns.

        Raises ``DataFolderError`` where it cannot be written.
        """
        await asyncio.get_running_loop().run_in_executor(self._writer, self._write, rows)

    def close(self) -> None:
        """Close the database."""
        self._writer.shutdown()
        self._database.close()
