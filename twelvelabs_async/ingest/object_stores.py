"""Objects in stores that fsspec opens: listed, described and read."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import IO, Any

from .._media_types import is_film
from .._runtime.optional import needed
from ..errors import ConfigurationError
from .locations import OBJECT_QUERY, in_store, reading

__all__ = ["list_objects", "open_source", "store_of"]


def open_source(location: str) -> IO[bytes]:
    """A path, or an object in a store that is streamed, opened for reading."""
    if not in_store(location):
        return open(location, "rb", buffering=0)  # noqa: PTH123  # the caller closes it
    system, path = store_of(location)
    opened: IO[bytes] = system.open(path, "rb", cache_type="readahead")
    return opened


def store_of(location: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    core = needed("fsspec.core", location.partition("://")[0] + "://", "fsspec")
    try:
        found: tuple[Any, str] = core.url_to_fs(location)
    except ImportError as error:  # the store's own package: s3fs, gcsfs, ...
        raise ConfigurationError(str(error)) from None
    return found


def list_objects(location: str) -> Iterator[tuple[str, tuple[str, ...]]] | None:
    """The objects that a folder or a pattern names; None for a location that is one object.

    Each comes with the part of its path that the location does not spell out. A name that exists
    is a name, whatever characters it has. Raises OSError when the store cannot be listed.
    """
    if OBJECT_QUERY.search(location):
        return None
    with reading():
        if location.endswith("/"):
            return _in_folder(location, *store_of(location))
        if not glob.has_magic(location):
            # Checking costs a request, which most URLs of single films do not need.
            if is_film(location):
                return None
            system, path = store_of(location)
            return _in_folder(location, system, path) if system.isdir(path) else None
        system, path = store_of(location)
        if system.isdir(path):
            return _in_folder(location, system, path)
        return None if system.exists(path) else _by_pattern(location, system, path)


def _in_folder(location: str, system: Any, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    found = system.find(path, detail=True)
    films = {name: info for name, info in found.items() if is_film(name)}
    return _files(location, system, path, films, path)


def _by_pattern(location: str, system: Any, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the pattern matches; a folder that exists under a part of it is taken by its name."""
    parts = path.split("/")
    escaped, literal = list(parts), 0
    for at, part in enumerate(parts[:-1]):
        if glob.has_magic(part):
            if not system.isdir("/".join(parts[: at + 1])):
                break
            escaped[at] = glob.escape(part)
        literal = at + 1
    found = system.glob("/".join(escaped), detail=True)
    return _files(location, system, path, found, "/".join(parts[:literal]))


def _files(
    location: str, system: Any, path: str, found: dict[str, dict[str, Any]], base: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    names = sorted(name for name in found if found[name].get("type", "file") == "file")
    if not names:
        return
    url_of = _urls(location, system, path, names[0], found[names[0]].get("size"))
    base = base.rstrip("/")
    for name in names:
        yield url_of(name), tuple(name.removeprefix(base).split("/"))


def _urls(
    location: str, system: Any, path: str, one: str, size: int | None
) -> Callable[[str], str]:
    """The function that gives the URL of a name that was found: one that leads back to it.

    A store's own URL of a name lacks what only the given location has: a server, or the archive
    that holds the files (``zip://*.mp4::s3://films/a.zip``).
    """
    own: Callable[[str], str] = system.unstrip_protocol
    links = location.split("::")
    at = next(at for at, link in enumerate(links) if "://" in link)
    link = links[at] if links[at].endswith("://") else links[at].rstrip("/")
    path = path.rstrip("/")
    pairs = zip(reversed(link), reversed(path), strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    before = "::".join([*links[:at], link[: len(link) - shared]])
    after = "".join(f"::{link}" for link in links[at + 1 :])
    inside = path[: len(path) - shared]

    def rebuilt(name: str) -> str:
        return f"{before}{name.removeprefix(inside)}{after}"

    # The store's own first: journals of earlier runs have those.
    ways = [way for way in (own, rebuilt) if _leads_to(way(one), system, one, size)]
    return ways[0] if ways else own


def _leads_to(location: str, system: Any, path: str, size: int | None) -> bool:
    """Whether a URL is that of an object in a store, also by another object of its store."""
    try:
        found, there = store_of(location)
        return (found, there) == (system, path) or bool(found.info(there)["size"] == size)
    except Exception:  # each store has its own classes: a server is missing, say
        return False
