"""Writes a journal as a table: CSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import orjson

from .._runtime.optional import needed
from ..errors import ConfigurationError
from .items import Item
from .journal import items_in, plain
from .journal_file import COLUMNS, TIMES, connect, require_other
from .locations import shown_location

__all__ = ["export"]

_SHOWN = tuple(name for name in COLUMNS if name != "content")
_BATCH = 10_000
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula, in its full-width form too."""


def export(journal: str | PathLike[str], target: str | PathLike[str]) -> int:
    """How many rows of a journal were written to a file: .csv, .jsonl, or .parquet.

    Times are seconds since the epoch; metadata is JSON (text in CSV and Parquet). The query strings
    of URLs, which may be secrets, are left out. In CSV a ``'`` precedes each text that a
    spreadsheet would run as a formula. Parquet needs pyarrow. Raises JournalUnusableError for a
    file that is not a journal, and ConfigurationError for another suffix, for the journal itself as
    the target, and when pyarrow is missing.

    Example: ``export("films.db", "films.csv")``
    """
    target = Path(target)
    writers: dict[str, Callable[[Path, Iterator[dict[str, Any]]], int]] = {
        ".csv": _write_csv,
        ".jsonl": _write_jsonl,
        ".parquet": _write_parquet,
    }
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise ConfigurationError(
            f"{shown_location(str(target))}: the suffix must be one of {', '.join(writers)}"
        )
    require_other(target, journal)
    with connect(journal) as db:  # before the target is opened, which empties it
        return writer(target, map(_shown, items_in(db)))


def _shown(item: Item) -> dict[str, Any]:
    row = {name: getattr(item, name) for name in _SHOWN}
    row["location"] = shown_location(item.location)
    return row


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(name, value) for name, value in row.items()}


def _defused(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write_csv(target: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _SHOWN)
        writer.writeheader()
        for count, row in enumerate(rows, 1):  # noqa: B007  # the last one is returned
            writer.writerow({name: _defused(value) for name, value in _flat(row).items()})
    return count


def _write_jsonl(target: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with target.open("wb") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007  # the last one is returned
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return count


def _write_parquet(target: Path, rows: Iterator[dict[str, Any]]) -> int:
    pa = needed("pyarrow", "Parquet", "parquet")
    parquet = needed("pyarrow.parquet", "Parquet", "parquet")
    kinds: dict[str, Any] = {"size": pa.int64(), "attempts": pa.int64()}
    kinds |= dict.fromkeys(TIMES, pa.float64())
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in _SHOWN])
    count = 0
    with parquet.ParquetWriter(target, schema) as writer:
        while batch := [_flat(row) for _, row in zip(range(_BATCH), rows, strict=False)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))
            count += len(batch)
    return count
