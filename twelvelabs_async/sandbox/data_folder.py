"""The folder that keeps a sandbox's files: private to its owner, and used by one sandbox."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import weakref
from pathlib import Path
from typing import Final

__all__ = ["PARTS", "DataFolder", "DataFolderError", "write_private"]

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


PARTS: Final = ("files", "films", "streams", "tmp")
"""The folders in a data folder. What no record needs is removed from them at a start."""
_OWN = ("lock", "state.db", "state.json")
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class DataFolderError(OSError):
    """A data folder that cannot be used: another sandbox uses it, or its state is damaged."""


class DataFolder:
    """A folder that is made if need be and locked until it is closed.

    The lock ends with the process, however that ends. Raises ``DataFolderError`` while another
    sandbox, of this process or another one, has the folder, and for one with files of others.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            _check_is_own(path)
            descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except DataFolderError:
            raise
        except OSError as error:
            raise DataFolderError(
                f"The data folder {str(path)!r} cannot be used: {error.strerror or error}"
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in _HELD:
                raise
            raise DataFolderError(
                f"Another sandbox uses the data folder {str(path)!r}: "
                "stop it, or choose another folder."
            ) from None
        self.close: weakref.finalize[[int], DataFolder] = weakref.finalize(
            self, os.close, descriptor
        )
        """Give the folder up. The lock's file stays: without it, two could hold "the" lock."""

    def make(self, name: str) -> Path:
        """A folder in it that only its owner may look into."""
        path = self.path / name
        path.mkdir(exist_ok=True, mode=0o700)
        with contextlib.suppress(PermissionError):
            path.chmod(0o700)
        return path


def _check_is_own(path: Path) -> None:
    """Raise ``DataFolderError`` where files would be removed that no sandbox has made."""
    if any((path / name).exists() for name in _OWN):
        return
    for part in PARTS:
        if (path / part).is_dir() and any((path / part).iterdir()):
            raise DataFolderError(
                f"{str(path)!r} is no data folder of a sandbox, and has files in {part!r}: "
                "choose an empty folder."
            )


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
