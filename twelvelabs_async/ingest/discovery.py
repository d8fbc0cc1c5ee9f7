"""Finds the films that sources name: paths, folders, patterns, URLs and manifests."""

# Text all the way, since a location is kept as given:
# ruff: noqa: PTH112, PTH114, PTH116, PTH118, PTH119, PTH206

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from os.path import basename, isdir, join, lexists, realpath
from pathlib import Path
from urllib.parse import unquote

from attrs import evolve, frozen

from .._media_types import is_film
from ..errors import ConfigurationError
from .items import Source, Sources
from .locations import fetched_by_service, full_location, in_store, shown_location
from .manifests import MANIFESTS, read_manifest
from .object_stores import list_objects

__all__ = ["EmptySource", "Resolved", "expand", "scan"]

# What cameras, systems and network drives lay beside films.
_SIDE_NAMES = frozenset(
    {
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "__macosx",
        "desktop.ini",
        "ehthumbs.db",
        "lost+found",
        "system volume information",
        "thumbs.db",
    }
)
_PLAYLISTS = (".m3u", ".m3u8", ".pls", ".xspf", ".asx", ".wpl", ".cue", ".mpd", ".ffconcat", ".sdp")


@frozen
class EmptySource(Source):
    """A source that names no film, and why."""

    why: str = ""


@frozen
class Resolved:
    """A folder, a pattern or a manifest that has named its first film."""

    location: str


def expand(sources: Sources) -> Iterator[Source]:
    """Each film that the sources name, as they are found.

    A source that names no film gives an `EmptySource`. Raises ConfigurationError for a folder, a
    manifest or a store that cannot be read, and when a URL needs fsspec and it is not installed.
    """
    for found in scan(sources):
        if isinstance(found, Source):
            yield found


def scan(sources: Sources) -> Iterator[Source | Resolved | None]:
    """The same, with None for each folder that was searched, so that a long search can be left.

    Before the first film of a source that names several, a `Resolved`.
    """
    if (
        isinstance(sources, (str, bytes, os.PathLike, Source))
        # What is no iterable is refused, as a source of a wrong type.
        or not isinstance(sources, Iterable)  # pyright: ignore[reportUnnecessaryIsInstance]  # of any program
    ):
        sources = (sources,)
    for given in sources:
        source = given if isinstance(given, Source) else Source(given)
        location = source.location
        if not location:
            yield EmptySource(location, why="an empty text names no film")
            continue
        films = _films_of(source)
        if films is None:
            yield source
            continue
        empty = True
        for film in films:
            if film is None or isinstance(film, Resolved):
                yield film
                continue
            if empty:
                empty = False
                yield Resolved(full_location(location))
            yield (
                _with_more(film, source)
                if isinstance(film, Source)
                else evolve(source, location=film)
            )
        if empty:
            yield EmptySource(location, why=_why_empty(location))


def _with_more(film: Source, source: Source) -> Source:
    """The film of a manifest, with what the manifest's own source says: its row's values win."""
    if source.user_metadata:
        film = evolve(film, user_metadata={**source.user_metadata, **(film.user_metadata or {})})
    return evolve(film, filename=source.filename) if source.filename and not film.filename else film


def _films_of(source: Source) -> Iterator[Source | Resolved | str | None] | None:
    """What a source that may name several films names; None for one that names one."""
    location = source.location
    if fetched_by_service(location):
        return None
    local = _local_path(location)
    if local is None:
        return _in_store(source)
    if isdir(local):
        return _distinct(_in_folder(local))
    if glob.has_magic(local) and not lexists(local):
        found = _distinct(_by_pattern(local))
        return _in_manifests(found) if _is_manifest(local) else found
    if _is_manifest(local):
        return read_manifest(Path(local))
    return None


def _local_path(location: str) -> str | None:
    """The path of a location on this machine; None for what is elsewhere."""
    if not in_store(location):
        return location
    # By fsspec, local folders would be searched through their links.
    if location.partition("://")[0].lower() not in ("file", "local"):
        return None
    path = location.partition("://")[2]
    return path if lexists(path) or "%" not in path else unquote(path)


def _why_empty(location: str) -> str:
    local = _local_path(location)
    if local is not None and isdir(local):
        return "the folder holds no film"
    if _is_manifest(location) and not glob.has_magic(location):
        return "the manifest names no film"
    return "nothing matches" if glob.has_magic(location) else "there is no film"


def _is_manifest(location: str) -> bool:
    return location.lower().endswith(MANIFESTS)


def _in_manifests(paths: Iterator[str | None]) -> Iterator[Source | Resolved | None]:
    for path in paths:
        if path is None:
            yield None
        else:
            yield from scan(path)  # each by itself: one without films is an error of its own


def _in_store(source: Source) -> Iterator[Source] | None:
    location = source.location
    try:
        found = list_objects(location)
    except FileNotFoundError:
        return iter(())
    except OSError as error:
        raise ConfigurationError(f"{shown_location(location)} cannot be listed: {error}") from error
    if found is None:
        return None
    dotted = [part for part in location.split("/") if part.startswith(".")]
    return (
        # An object's name is all of it: what is a query in a URL that a user gives is none here.
        evolve(source, location=name, filename=source.filename or parts[-1])
        for name, parts in found
        if not parts[-1].lower().endswith(_PLAYLISTS)
        and not any(
            _is_side_file(part) and not any(fnmatch.fnmatch(part, dot) for dot in dotted)
            for part in parts
        )
    )


# Folders and patterns on this machine


def _distinct(paths: Iterator[str | None]) -> Iterator[str | None]:
    """Each real file once: a link to one that was found is not a second film."""
    seen: set[str] = set()
    folder, real = "", ""
    for path in paths:
        if path is None:
            yield None
            continue
        above = path[: len(path) - len(basename(path))]
        if above != folder or not real:
            folder, real = above, realpath(above)
        target = realpath(path) if os.path.islink(path) else join(real, basename(path))
        if target not in seen:
            seen.add(target)
            yield path


def _in_folder(top: str) -> Iterator[str | None]:
    for entries in _walk(top):
        yield None
        for entry in entries:
            if is_film(entry.name) and not _is_side_file(entry.name) and not _is_folder(entry):
                yield entry.path


def _by_pattern(pattern: str) -> Iterator[str | None]:
    drive, path = os.path.splitdrive(pattern)
    root = drive + path[: len(path) - len(path.lstrip(os.sep))]
    parts = [part for part in path.replace(os.altsep or os.sep, os.sep).split(os.sep) if part]
    if parts[-1] == "**":
        parts.append("*")
    yield from _match(root, parts)


def _match(base: str, parts: list[str]) -> Iterator[str | None]:
    """The files below `base` whose path matches the parts, one part a level."""
    part, rest = parts[0], parts[1:]
    if part == "**":
        while rest[0] == "**":
            rest = rest[1:]
        for folder in _folders(base):
            yield None
            yield from _match(folder, rest)
        return
    path = join(base, part)
    if not glob.has_magic(part) or lexists(path):
        if rest and isdir(path):
            yield from _match(path, rest)
        elif not rest and lexists(path) and not isdir(path):
            yield path
        return
    yield None
    for entry in _entries(base or os.curdir):
        name = entry.name
        hidden = _is_side_file(name) and not (part.startswith(".") and name.startswith("."))
        if hidden or not fnmatch.fnmatch(name, part):
            continue
        path = join(base, name)
        if _is_folder(entry):
            if rest:
                yield from _match(path, rest)
        elif not rest and not name.lower().endswith(_PLAYLISTS):
            yield path


def _folders(base: str) -> Iterator[str]:
    """The folder and all below it."""
    yield base
    for entries in _walk(base or os.curdir):
        for entry in entries:
            if _is_own_folder(entry):
                yield entry.path if base else entry.path[len(os.curdir + os.sep) :]


def _walk(top: str) -> Iterator[list[os.DirEntry[str]]]:
    """The entries of a folder, and of each below it. Links to folders are not followed, nor is a
    folder that is mounted below itself.
    """
    waiting: list[tuple[str, frozenset[tuple[int, int]]]] = [(top, frozenset())]
    while waiting:
        folder, above = waiting.pop()
        entries = _entries(folder)
        inside = above
        with suppress(OSError):  # removed since it was listed
            found = os.stat(folder)
            here = (found.st_dev, found.st_ino)
            if here in above:
                continue
            inside = above | {here}
        yield entries
        waiting += [(entry.path, inside) for entry in reversed(entries) if _is_own_folder(entry)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, say
        return False


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not _is_side_file(entry.name)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, by name; nothing when it was removed since it was listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigurationError(
            f"{shown_location(folder)} cannot be listed: {error.strerror}"
        ) from error


def _is_side_file(name: str) -> bool:
    """Whether a file or folder is hidden, or lies beside films without being one of them."""
    return name.startswith(".") or name.lower() in _SIDE_NAMES
