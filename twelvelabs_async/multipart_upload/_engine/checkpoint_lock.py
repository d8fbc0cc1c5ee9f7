"""A lock, so that no two uploads use one checkpoint: in this process, or in two."""

from __future__ import annotations

import contextlib
import os
import sys

__all__ = ["LockedError", "PathLock"]

_holders: dict[str, PathLock] = {}


def _after_fork() -> None:
    for holder in _holders.values():  # the parent's: its end would not release them otherwise
        holder.forget()
    _holders.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class LockedError(Exception):
    """Someone else holds the lock."""


class PathLock:
    """An exclusive lock by the name of a file, which exists only while the lock is held.

    The kernel releases it when the process dies. Where the file system has no locks, uploads of one
    process still exclude each other.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock; LockedError when someone has it, OSError when no file can be made."""
        if _holders.setdefault(self._path, self) is not self:  # one step, whatever other threads do
            raise LockedError
        try:
            self._descriptor = _lock_file(self._path)
        except BaseException:  # also Ctrl-C: the next upload may take it
            del _holders[self._path]
            raise

    def release(self) -> None:
        """Release it; nothing happens when it is not held."""
        if _holders.get(self._path) is not self:
            return
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            # Before it is closed: a waiter sees that its file is gone, and makes another.
            with contextlib.suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108  # a str
            os.close(descriptor)
        del _holders[self._path]

    def forget(self) -> None:
        """Leave the lock to the process that took it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _lock_file(path: str) -> int | None:
    """The descriptor of the locked file; None where there are no such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise LockedError from None
        except OSError:  # a file system without locks
            os.close(descriptor)
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108  # a str
            return None
        os.close(descriptor)  # its holder has removed it meanwhile
