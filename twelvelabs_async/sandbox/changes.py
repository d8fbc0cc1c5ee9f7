"""Tables of records that note what changed in them, so that only that is written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from attrs import Attribute, define, field, frozen, setters

__all__ = ["Change", "Changes", "MissingError", "Owned", "Record", "Table", "note_change"]

K = TypeVar("K", bound=str | int)
R = TypeVar("R")
_ABSENT: Any = object()


def note_change(record: Record, attribute: Attribute[Any], value: Any) -> Any:
    """For ``on_setattr``: setting an attribute of a record notes it as changed."""
    record.changed()
    return value


@define(kw_only=True)
class Record:
    """What a table keeps, and notes as changed when an attribute is set.

    Classes of records are made with ``on_setattr=note_change``, which attrs does not inherit.
    """

    _note: Callable[[], None] | None = field(
        default=None, init=False, eq=False, repr=False, on_setattr=setters.NO_OP
    )

    def changed(self) -> None:
        """Record a change within one of its lists or dictionaries."""
        if self._note is not None:
            self._note()

    def bind(self, note: Callable[[], None] | None) -> None:
        """Have ``note`` called for each change; None when no table has it any more."""
        # Past attrs' hook, which costs more than the rest of reading a record.
        object.__setattr__(self, "_note", note)


@frozen
class Change:
    """A record that was made, changed or deleted."""

    table: Table[Any, Any]
    key: str | int
    new: bool
    """Whether it comes after all others of its table."""


class Changes:
    """The keys of what has changed since it was last taken, of all tables."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, str, str | int], tuple[Table[Any, Any], bool]] = {}
        # The user's own thread changes some records.
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._pending)

    def note(self, table: Table[Any, Any], key: str | int, *, new: bool = False) -> None:
        """Record a change; ``new`` puts the record after all others of its table."""
        place = table.kind, table.owner, key
        with self._lock:
            _, was_new = self._pending.pop(place, (table, False))
            self._pending[place] = table, was_new or new

    def take(self) -> list[Change]:
        """What has changed, in the order of its changes."""
        with self._lock:
            taken, self._pending = self._pending, {}
        return [Change(table, key, new) for (_, _, key), (table, new) in taken.items()]

    def put_back(self, changes: Iterable[Change]) -> None:
        """Take changes back that could not be written."""
        for change in changes:
            self.note(change.table, change.key, new=change.new)


class MissingError(KeyError):
    """A record that is not there, or not any more: calls wait, and others delete meanwhile."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(key)
        self.kind = kind
        """Where it is not."""
        self.key: str = str(key)


class Owned(dict[str, R]):
    """What belongs to each record of one kind, by the ids of these; ``kind`` is plural."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def __missing__(self, key: str) -> R:
        raise MissingError(self.kind, key)


class Table(dict[K, R]):
    """Records by their ids, in the order of their making.

    ``kind`` is what they are, and ``owner`` the id of what they belong to, if to anything. Setting,
    deleting and ``pop`` note the change; nothing else may change the table.
    """

    def __init__(self, changes: Changes, kind: str, owner: str = "") -> None:
        super().__init__()
        self._changes = changes
        self.kind = kind
        self.owner = owner

    def __missing__(self, key: K) -> R:
        raise MissingError(f"the {self.kind.replace('_', ' ')} table", key)

    def load(self, key: K, record: R) -> None:
        """Put in what is stored as it is."""
        super().__setitem__(key, record)
        if isinstance(record, Record):
            record.bind(partial(self._changes.note, self, key))

    def __setitem__(self, key: K, record: R) -> None:
        new = key not in self
        self.load(key, record)
        self._changes.note(self, key, new=new)

    def __delitem__(self, key: K) -> None:
        gone = self[key]
        super().__delitem__(key)
        if isinstance(gone, Record):
            gone.bind(None)
        self._changes.note(self, key)

    def pop(self, key: K, default: Any = _ABSENT) -> Any:
        """Delete a record and return it, or ``default`` when there is none."""
        if key not in self and default is not _ABSENT:
            return default
        gone = self[key]
        del self[key]
        return gone
