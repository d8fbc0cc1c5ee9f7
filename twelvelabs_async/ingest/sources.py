"""Where films are: paths, folders, globs, URLs and manifests, and what a file is recognised by."""

from __future__ import annotations

import csv
import glob
import hashlib
import mimetypes
import os
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import orjson
from attrs import evolve

from ..errors import ConfigurationError, TwelveLabsError, redact
from ._optional import needed
from .items import Item, Source, Sources

__all__ = ["expand", "fetched_by_service", "identify", "is_remote", "open_source", "reading"]

MANIFESTS = (".csv", ".jsonl", ".ndjson", ".parquet")
LOCATIONS = ("source", "location", "path", "file", "url", "uri")
"""Names of the column, or key, of a manifest that says where the film is; the first one counts."""

_SAMPLE = 64 * 1024
_MORE_MEDIA = (".mkv", ".mxf", ".ts", ".m2ts", ".webm", ".flv", ".m4v", ".mov", ".flac", ".ogg")


def fetched_by_service(location: str) -> bool:
    """Whether the service fetches it itself."""
    return location.lower().startswith(("http://", "https://"))


def is_remote(location: str) -> bool:
    """Whether it is a URL that fsspec opens."""
    scheme, colon, _ = location.partition("://")
    return bool(colon) and len(scheme) > 1 and not fetched_by_service(location)


def expand(sources: Sources) -> Iterator[Source]:
    """Each film that the sources name, one after another as they are found.

    Raises ConfigurationError for a manifest or a store that cannot be read, and when a URL needs
    fsspec and it is not installed.
    """
    if isinstance(sources, (str, os.PathLike, Source)):
        sources = (sources,)
    for source in sources:
        if not isinstance(source, Source):
            source = Source(source)
        yield from _expand(source)


def _expand(source: Source) -> Iterator[Source]:
    where = source.location
    if fetched_by_service(where):
        yield source
    elif is_remote(where):
        yield from _expand_remote(source)
    elif where.lower().endswith(MANIFESTS):
        yield from _read_manifest(Path(where))
    elif os.path.isdir(where):  # noqa: PTH112  # text all the way: a location is kept as given
        for folder, folders, names in os.walk(where, onerror=_not_listed):
            folders.sort()
            for name in sorted(names):
                if _is_media(name):
                    yield evolve(source, location=os.path.join(folder, name))  # noqa: PTH118
    elif glob.has_magic(where) and not os.path.exists(where):  # noqa: PTH110
        for found in sorted(glob.iglob(where, recursive=True)):  # noqa: PTH207
            if os.path.isfile(found):  # noqa: PTH113
                yield evolve(source, location=found)
    else:
        yield source


def _not_listed(error: OSError) -> None:
    raise ConfigurationError(f"{error.filename} cannot be listed: {error.strerror}") from error


def _expand_remote(source: Source) -> Iterator[Source]:
    where = source.location
    if not where.endswith("/") and not glob.has_magic(where):
        yield source
        return
    try:
        with reading():
            system, path = _system(where)
            found = system.find(path) if where.endswith("/") else system.glob(path)
    except OSError as error:
        raise ConfigurationError(f"{redact(where)} cannot be listed: {error}") from error
    for name in sorted(found):
        if not where.endswith("/") or _is_media(name):
            yield evolve(source, location=system.unstrip_protocol(name))


def _is_media(name: str) -> bool:
    kind = mimetypes.guess_type(name)[0] or ""
    return kind.startswith(("video/", "audio/")) or name.lower().endswith(_MORE_MEDIA)


# Manifests


def _read_manifest(path: Path) -> Iterator[Source]:
    suffix = path.suffix.lower()
    readers: dict[str, Callable[[Path, _Place], Iterator[Mapping[str, Any]]]] = {
        ".csv": _csv_rows,
        ".parquet": _parquet_rows,
    }
    at = _Place("row" if suffix == ".parquet" else "line")
    try:
        for row in readers.get(suffix, _jsonl_rows)(path, at):
            yield _row(row, path.parent)
    except ConfigurationError:
        raise
    except Exception as error:  # readers have errors of their own kinds
        raise ConfigurationError(f"the manifest {path}, {at}: {error}") from error


class _Place:
    """Where in a manifest its reader is."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.number = 1

    def __str__(self) -> str:
        return f"{self._unit} {self.number}"


def _csv_rows(path: Path, at: _Place) -> Iterator[Mapping[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:

        def lines() -> Iterator[str]:
            for at.number, line in enumerate(file, 1):
                yield line

        for row in csv.DictReader(lines(), strict=True):
            if None in row:
                raise ValueError("more cells than the head has columns")
            yield {name: cell for name, cell in row.items() if cell}


def _jsonl_rows(path: Path, at: _Place) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as file:
        for at.number, line in enumerate(file, 1):
            if line.strip():
                row = orjson.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("no JSON object")
                yield row


def _parquet_rows(path: Path, at: _Place) -> Iterator[Mapping[str, Any]]:
    parquet = needed("pyarrow.parquet", f"the manifest {path}", "pyarrow")
    with parquet.ParquetFile(path) as file:
        rows = chain.from_iterable(batch.to_pylist() for batch in file.iter_batches(1000))
        for at.number, row in enumerate(rows, 1):
            yield row


def _row(row: Mapping[str, Any], folder: Path) -> Source:
    name = next((name for name in LOCATIONS if row.get(name)), None)
    if name is None:
        raise ValueError(f"nothing says where the film is: it needs one of {', '.join(LOCATIONS)}")
    location = str(row[name])
    if not (fetched_by_service(location) or is_remote(location)):
        location = os.path.join(folder, location)  # noqa: PTH118
    named = row.get("user_metadata", row.get("metadata"))
    if isinstance(named, str):
        named = orjson.loads(named)
    if named is not None and not isinstance(named, Mapping):
        raise ValueError("the metadata is no JSON object")
    plain = {"user_metadata", "metadata", "filename", name}
    rest = {key: value for key, value in row.items() if key not in plain and value is not None}
    filename = row.get("filename")
    filename = None if filename is None else str(filename)
    return Source(location, filename, {**rest, **(named or {})} or None)


# What a file is recognised by


def identify(source: Source, now: float) -> Item:
    """The item that a source stands for, as it is now.

    Its key changes when its file does: it is made of the location and the file's size, time of
    change, and a hash of three samples. What is not there is refused.
    """
    where = source.location
    if not (fetched_by_service(where) or is_remote(where)):
        # The same file however it is named, and from whichever folder the next run is begun.
        where = os.path.abspath(where)  # noqa: PTH100  # Path would follow no "..", and resolve links
    # Names need not be UTF-8, and then neither the journal nor the service could hold them.
    shown = where.encode("utf-8", "backslashreplace").decode()
    item = Item(key="", location=shown, filename=_filename(source), content="", added=now)
    try:
        with reading():
            item.size, item.content = _content(where)
        if shown != where:
            raise OSError(None, "the name is not UTF-8")
        item.metadata = _metadata(source)
    except (OSError, TypeError) as error:
        item.content = item.content or "missing"
        item.state, item.stage, item.ended = "refused", "waiting", now
        item.reason, item.message = _why(error)
    named = f"{where}\0{item.content}".encode("utf-8", "surrogatepass")
    item.key = hashlib.sha256(named).hexdigest()[:32]
    return item


def _metadata(source: Source) -> dict[str, Any] | None:
    """The metadata as JSON holds it; TypeError when it cannot."""
    if not source.user_metadata:
        return None
    # As the journal will give it back, so that the next run finds it unchanged: with dates as text.
    metadata: dict[str, Any] = orjson.loads(orjson.dumps(dict(source.user_metadata)))
    return metadata


def _why(error: OSError | TypeError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "source_missing", error.strerror or "there is no such file"
    if isinstance(error, OSError):
        return "source_unreadable", redact(error.strerror or str(error) or type(error).__name__)
    return "metadata_invalid", f"The metadata cannot be sent: {error}"


def _filename(source: Source) -> str:
    where = source.location
    name = source.filename
    if not name:
        is_url = fetched_by_service(where) or is_remote(where)
        name = PurePosixPath(unquote(urlsplit(where).path)).name if is_url else Path(where).name
    name = (name or "film").encode("utf-8", "replace").decode()
    suffix = Path(name).suffix[-20:]
    return name if len(name) <= 255 else name[: 255 - len(suffix)] + suffix


def _content(where: str) -> tuple[int | None, str]:
    """The size, and what else tells this content from another."""
    if fetched_by_service(where):
        return None, "url"
    if is_remote(where):
        system, path = _system(where)
        info = system.info(path)
        size = int(info["size"])
        # Object stores give these; where none does, it is as for files.
        for name in ("ETag", "etag", "md5Hash", "md5", "LastModified", "mtime", "last_modified"):
            if info.get(name):
                return size, f"{size}-{info[name]}"
        with system.open(path, "rb") as file:
            return size, f"{size}-{_samples(file, size)}"
    found = os.stat(where)  # noqa: PTH116
    if not stat.S_ISREG(found.st_mode):
        raise OSError(None, "no regular file")
    with open(where, "rb", buffering=0) as file:  # noqa: PTH123
        return found.st_size, f"{found.st_size}-{found.st_mtime_ns}-{_samples(file, found.st_size)}"


@contextmanager
def reading() -> Generator[None]:
    """Whatever a source raises that cannot be read is an OSError, or ours.

    Stores have errors of their own kinds, and Python has a ValueError for a name with a NUL in it.
    """
    try:
        yield
    except (OSError, TwelveLabsError):
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def _samples(file: IO[bytes], size: int) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for start in sorted({0, max(0, (size - _SAMPLE) // 2), max(0, size - _SAMPLE)}):
        file.seek(start)
        digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def open_source(location: str) -> IO[bytes]:
    """A path, or a URL that fsspec knows and that is streamed, opened for reading."""
    if not is_remote(location):
        return open(location, "rb", buffering=0)  # noqa: PTH123  # the caller closes it
    system, path = _system(location)
    opened: IO[bytes] = system.open(path, "rb", cache_type="readahead")
    return opened


def _system(location: str) -> tuple[Any, str]:
    core = needed("fsspec.core", location.partition("://")[0] + "://", "fsspec")
    try:
        found: tuple[Any, str] = core.url_to_fs(location)
    except ImportError as error:  # the store's own package: s3fs, gcsfs, ...
        raise ConfigurationError(str(error)) from None
    return found
