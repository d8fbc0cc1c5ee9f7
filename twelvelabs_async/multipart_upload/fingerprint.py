"""How one content of a file is distinguished from another. No I/O."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

__all__ = ["Change", "Fingerprint", "alike", "changed_since", "sample_of", "samples"]

_SAMPLE = 64 * 1024


def samples(size: int) -> list[tuple[int, int]]:
    """Where the samples of a file are, as (offset, length): its start, middle and end."""
    length = min(_SAMPLE, size)
    return [(start, length) for start in sorted({0, (size - length) // 2, size - length})]


def sample_of(parts: Iterable[bytes | memoryview]) -> str:
    """The hash of a file's samples, in the order that `samples` gives them."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


class Change(StrEnum):
    """How a file differs from what it was, in words for an error."""

    SHORTER = "became shorter"
    GREW = "grew"
    WRITTEN = "was written to"
    STATUS = "was changed, and its time set back,"


def changed_since(was: os.stat_result, now: os.stat_result) -> Change | None:
    """How the file has changed, by its size and its times; None when it has not.

    `STATUS` says that only the ctime differs, and that neither its mode, its owner nor the number
    of its links explains that: a write followed by ``touch -r`` or ``cp -p``, or a rename.
    """
    if now.st_size != was.st_size:
        return Change.SHORTER if now.st_size < was.st_size else Change.GREW
    if now.st_mtime_ns != was.st_mtime_ns:
        return Change.WRITTEN
    if now.st_ctime_ns == was.st_ctime_ns:
        return None
    explained = _status(now) != _status(was)
    return None if explained else Change.STATUS


def alike(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether two looks find nothing that differs but the number, and so may be at one file.

    A file that replaces another gets its ctime at the same moment, and the other loses a link.
    """
    return _times(one) == _times(other) and _status(one) == _status(other)


def _times(found: os.stat_result) -> tuple[int, ...]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _status(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mode, found.st_nlink, found.st_uid, found.st_gid


class Fingerprint(NamedTuple):
    """A source's size, its times where it has any, and a hash of samples of its content."""

    size: int
    mtime_ns: int | None = None
    ctime_ns: int | None = None
    sample: str | None = None

    @classmethod
    def of(cls, size: int, found: os.stat_result | None, sample: str) -> Self:
        """The fingerprint of a source whose file, if any, has this state."""
        if found is None:
            return cls(size, sample=sample)
        return cls(size, found.st_mtime_ns, found.st_ctime_ns, sample)

    def difference(self, other: Fingerprint) -> str | None:
        """Why `other` is not the same content, in words for an error; None when it may be.

        It is certain only where `same_times` holds too.
        """
        if other.size != self.size:
            return f"the file had {self.size} bytes and has {other.size}"
        if other.mtime_ns != self.mtime_ns:
            return "the file was written to since"
        if other.sample != self.sample:
            return "the file has other content"
        return None

    def same_times(self, other: Fingerprint) -> bool:
        """Whether nothing was done to the file: not even its times were set back."""
        return self.ctime_ns is None or self.ctime_ns == other.ctime_ns
