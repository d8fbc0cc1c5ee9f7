"""Identifies a film in the journal: by its location and the content of its file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import orjson

from .._runtime.json_values import dump_json, is_array, is_object
from ..errors import ConfigurationError
from ..multipart_upload.fingerprint import samples
from .discovery import EmptySource
from .items import Item, Source
from .locations import OBJECT_QUERY, fetched_by_service, full_location, in_store, printable, reading
from .object_stores import store_of

__all__ = ["identify"]

_LARGEST = 2**53 - 1  # an integer that a double holds


def identify(source: Source, now: float) -> Item:
    """The item that a source stands for, as it is now.

    Its key changes when its file does: it is made of the location and the file's size, time of
    change, and a hash of three samples. A file that does not exist is refused.
    """
    where = full_location(source.location)
    item = Item(key="", location=where, filename=_filename(source), content="", added=now)
    try:
        if isinstance(source, EmptySource):
            raise FileNotFoundError(None, source.why)
        _require_name(item)
        with reading():
            item.size, item.content = _content(where)
        item.metadata = _metadata(source)
    except (OSError, TypeError) as error:
        item.content = item.content or "missing"
        item.state, item.stage, item.ended = "refused", "waiting", now
        item.reason, item.message = _why(error)
    named = f"{where}\0{item.content}".encode("utf-8", "surrogatepass")
    item.key = hashlib.sha256(named).hexdigest()[:32]
    return item


def _require_name(item: Item) -> None:
    """Refuse a location that cannot name a file: one with surrogates that stand for no byte."""
    where = item.location
    is_url = fetched_by_service(where) or in_store(where)
    try:
        where.encode("utf-8", "strict" if is_url else "surrogateescape")
    except UnicodeEncodeError:
        item.location = where.encode("utf-8", "backslashreplace").decode()
        raise OSError(None, "nothing can have this name") from None


def _metadata(source: Source) -> dict[str, Any] | None:
    """The metadata as JSON holds it; TypeError when it cannot."""
    if not source.user_metadata:
        return None
    # As the journal will return it, so that the next run finds it unchanged: with dates as text.
    try:
        metadata: dict[str, Any] = orjson.loads(dump_json(dict(source.user_metadata), "metadata"))
    except ConfigurationError as error:
        raise TypeError(str(error)) from None
    for name, value in metadata.items():
        if not _is_taken(value):
            raise TypeError(
                f"{name!r} is no text, number of at most 53 bits, boolean or list of texts: "
                "give it as text"
            )
    return metadata


def _is_taken(value: object) -> bool:
    """Whether the service takes this value: it would refuse it once the film is indexed."""
    if is_array(value):
        return all(isinstance(text, str) for text in value)
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    return not is_object(value)


def _why(error: OSError | TypeError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "source_missing", printable(error.strerror or "the file does not exist")
    if isinstance(error, OSError):
        return "source_unreadable", printable(error.strerror or str(error) or type(error).__name__)
    return "metadata_invalid", printable(f"The metadata cannot be sent: {error}")


def _filename(source: Source) -> str:
    where = source.location
    name = source.filename
    if not name and fetched_by_service(where):
        name = PurePosixPath(unquote(urlsplit(where).path)).name
    elif not name and in_store(where):
        # Keys are plain text: "#" and "%" are characters of theirs.
        where = next(link for link in where.split("::") if "://" in link)  # not its archive
        name = PurePosixPath(OBJECT_QUERY.sub("", where.partition("://")[2])).name
    elif not name:
        name = Path(where).name
    name = (name or "film").encode("utf-8", "replace").decode()
    suffix = Path(name).suffix[-20:]
    return name if len(name) <= 255 else name[: 255 - len(suffix)] + suffix


def _content(where: str) -> tuple[int | None, str]:
    """The size, and what else distinguishes this content from another."""
    if fetched_by_service(where):
        return None, "url"
    if in_store(where):
        system, path = store_of(where)
        info = system.info(path)
        size = int(info["size"])
        # Object stores give these; where none does, it is as for files.
        for name in ("ETag", "etag", "md5Hash", "md5", "LastModified", "mtime", "last_modified"):
            if info.get(name):
                return size, f"{size}-{info[name]}"
        with system.open(path, "rb") as file:
            return size, f"{size}-{_samples(file, size)}"
    found = os.stat(where)  # noqa: PTH116  # the location is text
    if not stat.S_ISREG(found.st_mode):
        raise OSError(None, "not a regular file")
    with open(where, "rb", buffering=0) as file:  # noqa: PTH123  # as above
        return found.st_size, f"{found.st_size}-{found.st_mtime_ns}-{_samples(file, found.st_size)}"


def _samples(file: IO[bytes], size: int) -> str:
    # Not a checkpoint's hash: the keys of journals that are there are made of this one.
    digest = hashlib.blake2b(digest_size=16)
    for offset, length in samples(size):
        file.seek(offset)
        digest.update(file.read(length))
    return digest.hexdigest()
