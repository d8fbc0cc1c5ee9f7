"""Reads manifests: tables with a row for each film, as CSV, JSON lines or Parquet."""

from __future__ import annotations

import codecs
import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TextIO, cast

from .._runtime.optional import needed
from ..errors import ConfigurationError
from .items import Source
from .locations import fetched_by_service, in_store, printable, shown_location

__all__ = ["MANIFESTS", "read_manifest"]

MANIFESTS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
LOCATIONS = ("source", "location", "path", "file", "url", "uri")
"""Names of the column, or key, of a manifest that says where the film is; the first one counts."""
_METADATA = ("user_metadata", "metadata")
_KNOWN = frozenset({*LOCATIONS, *_METADATA, "filename"})
_DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Row = Mapping[str, Any]


class _Place:
    """Where in a manifest its reader is."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.number = 1

    def __str__(self) -> str:
        return f"{self._unit} {self.number}"


def read_manifest(path: Path) -> Iterator[Source]:
    """The films of a manifest, in its order.

    Raises ConfigurationError, with the line and the columns, for one that cannot be read.
    """
    suffix = path.suffix.lower()
    readers: dict[str, Callable[[Path, _Place], Iterator[Row]]] = {
        ".csv": _csv_rows,
        ".tsv": _csv_rows,
        ".parquet": _parquet_rows,
    }
    at = _Place("row" if suffix == ".parquet" else "line")
    try:
        for row in readers.get(suffix, _jsonl_rows)(path, at):
            yield _source(row, path.parent)
    except ConfigurationError:
        raise
    except Exception as error:  # readers have errors of their own kinds
        said = str(error) or type(error).__name__
        raise ConfigurationError(
            f"the manifest {shown_location(str(path))}, {at}: {printable(said)}"
        ) from error


# Text


def _open(path: Path) -> TextIO:
    """The manifest as text. A byte that is not UTF-8 is kept as a surrogate: file names may have
    some.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return path.open(newline="", encoding=encoding)
    if b"\0" in head:
        return path.open(newline="", encoding="utf-16-le" if head[1:2] == b"\0" else "utf-16-be")
    return path.open(newline="", encoding="utf-8", errors="surrogateescape")


def _is_text(value: object) -> bool:
    return not isinstance(value, str) or value.isascii() or _encodes(value)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_bytes(name: str, value: object) -> None:
    if not _is_text(value):
        raise ValueError(f"{name} {value!r} is not UTF-8: save the table as UTF-8")


# CSV


def _csv_rows(path: Path, at: _Place) -> Iterator[Row]:
    with _open(path) as file:

        def lines() -> Iterator[str]:
            for at.number, line in enumerate(file, 1):
                yield line

        rest = lines()
        first = next(rest, "")
        if first.lower().startswith("sep="):  # of spreadsheets
            delimiter: str | None = first.strip()[4:] or ","
            first = next(rest, "")
        else:
            delimiter = None
        while not first.strip() and (first := next(rest, "")):
            pass
        if not first:
            return
        delimiter = delimiter or _delimiter(first, path)
        rows = csv.reader(chain([first], rest), delimiter=delimiter, strict=True)
        head = _head(next(rows))
        for cells in rows:
            if any(cell.strip() for cell in cells):
                if not any(name in LOCATIONS for name in head):
                    raise _no_location(head)
                yield _row(head, cells)


def _delimiter(head: str, path: Path) -> str:
    """What separates the columns: what gives a known column, and then what gives the most."""
    default = "\t" if path.suffix.lower() == ".tsv" else ","

    def fitness(delimiter: str) -> tuple[int, int, bool]:
        names = next(csv.reader([head], delimiter=delimiter), list[str]())
        known = sum(name.strip().lower() in _KNOWN for name in names)
        return known, len(names), delimiter == default

    return max(_DELIMITERS, key=fitness)


def _head(cells: Sequence[str]) -> list[str]:
    """The names of the columns, those that we know as we write them."""
    names: list[str] = []
    for cell in cells:
        name = cell.strip()
        _refuse_bytes("the column", name)
        names.append(name.lower() if name.lower() in _KNOWN else name)
    doubled = {name for name in names if name and names.count(name) > 1}
    if doubled:
        raise ValueError(f"two columns have the name {', '.join(sorted(doubled))}")
    return names


def _no_location(names: Iterable[str]) -> ValueError:
    found = ", ".join(repr(name) for name in names if name)
    return ValueError(
        f"nothing says where the film is: it needs one of {', '.join(LOCATIONS)}; "
        f"found: {found or 'nothing'}"
    )


def _row(head: Sequence[str], cells: Sequence[str]) -> Row:
    if any(cell.strip() for cell in cells[len(head) :]):
        raise ValueError(f"more cells than the head has columns ({', '.join(map(repr, head))})")
    return {name: cell for name, cell in zip(head, cells, strict=False) if cell}


# JSON lines and Parquet


def _jsonl_rows(path: Path, at: _Place) -> Iterator[Row]:
    with _open(path) as file:
        for at.number, line in enumerate(file, 1):
            if line.strip():
                # Not orjson: a file name may hold a surrogate.
                row: object = json.loads(line, parse_constant=_refuse_constant)
                if not isinstance(row, dict):
                    raise ValueError("not a JSON object")
                yield _normal(cast("Row", row))


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _parquet_rows(path: Path, at: _Place) -> Iterator[Row]:
    parquet = needed("pyarrow.parquet", f"the manifest {path}", "parquet")
    with parquet.ParquetFile(path) as file:
        rows = chain.from_iterable(batch.to_pylist() for batch in file.iter_batches(1000))
        for at.number, row in enumerate(rows, 1):
            given = _normal(row)
            if given:
                yield given


def _normal(row: Row) -> Row:
    """The row without what is missing, and with the names that we know as we write them."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        name = key.strip()
        name = name.lower() if name.lower() in _KNOWN else name
        if name in found:
            raise ValueError(f"two values have the name {name!r}")
        # pandas writes NaN for what is missing.
        if value is not None and value == value:
            found[name] = value
    return found


# Rows


def _source(row: Row, folder: Path) -> Source:
    name = next((name for name in LOCATIONS if row.get(name)), None)
    if name is None:
        raise _no_location(row)
    filename = row.get("filename")
    return Source(
        _location(_text(name, row[name]), folder),
        None if filename is None else _text("filename", filename),
        _metadata(row, name) or None,
    )


def _text(name: str, value: object) -> str:
    """A name as text: it may be a number, and bytes in Parquet."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise ValueError(f"{name} is not a text: {value!r}")
    return str(value)


def _location(location: str, folder: Path) -> str:
    if fetched_by_service(location.strip()) or in_store(location.strip()):
        _refuse_bytes("the URL", location)
        return location.strip()
    path = os.path.join(folder, location)  # noqa: PTH118  # text all the way
    stripped = os.path.join(folder, location.strip())  # noqa: PTH118  # as above
    if path != stripped and not os.path.lexists(path):
        path = stripped
    if not _is_text(path) and not os.path.lexists(path):
        _refuse_bytes("the path", location)
    return path


def _metadata(row: Row, location: str) -> dict[str, Any]:
    """What the film gets in the index: each further column, and the object in ``metadata``."""
    named = next((row[name] for name in _METADATA if name in row), None)
    if isinstance(named, str):
        named = json.loads(named, parse_constant=_refuse_constant)
    if named is not None and not isinstance(named, Mapping):
        raise ValueError("the metadata is not a JSON object")
    rest = {
        name: value
        for name, value in row.items()
        if name not in {*_METADATA, "filename", location} and not _is_index(name)
    }
    for name, value in rest.items():
        _refuse_bytes(f"column {name!r}:", value)
    return {**rest, **(named or {})}


def _is_index(name: str) -> bool:
    """Whether pandas made the column: a frame's index has no name, or one of these."""
    return not name or name.startswith(("Unnamed: ", "__index_level_"))
