"""A folder that stands for a user's drive: its files, by paths relative to it, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from .blobs import copy_hashed
from .media.measure.probe import MediaError

__all__ = ["Drive"]

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Drive:
    """The files below ``folder``; links may lead to other files in it, and not out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, source_id: str) -> Path:
        """Where the file of this id is.

        Raises ``MediaError``: "source_unavailable" where there is none, "source_not_authorized" for
        one that lies elsewhere, and "unsupported_media_type" for what is not a file.
        """
        with self._open(source_id) as file:
            return Path(file.name)

    def size(self, source_id: str) -> int:
        """Bytes of the file of this id; raises as ``path`` does."""
        with self._open(source_id) as file:
            return os.fstat(file.fileno()).st_size

    def link(self, source_id: str) -> str:
        """Where people find the file: a ``file:`` URL."""
        return self.folder.absolute().joinpath(*PurePosixPath(source_id).parts).as_uri()

    def copy(self, source_id: str, target: Path, limit: int) -> tuple[str, int]:
        """Copy a file of at most ``limit`` bytes; its key and its size. Raises as ``path`` does."""
        with self._open(source_id) as file:
            return copy_hashed(file, target, limit)

    def _open(self, source_id: str) -> BinaryIO:
        relative = PurePosixPath(source_id)
        parts = relative.parts
        if str(relative) != source_id or relative.is_absolute() or not parts or ".." in parts:
            raise _unavailable()
        try:
            root = self.folder.resolve(strict=True)
            path = root.joinpath(*parts).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise _refusal(error) from error
        if path == root or not path.is_relative_to(root):
            raise MediaError("source_not_authorized", "The file lies outside the drive.")
        try:
            descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW | _BINARY)
        except OSError as error:
            raise _refusal(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise MediaError("unsupported_media_type", "Only files can be imported.")
        return _named(descriptor, path)


def _named(descriptor: int, path: Path) -> BinaryIO:
    return open(path, "rb", opener=lambda _, __: descriptor)  # the caller closes it


def _unavailable() -> MediaError:
    return MediaError("source_unavailable", "The drive has no such file.")


def _refusal(error: Exception) -> MediaError:
    if isinstance(error, PermissionError):
        return MediaError("source_not_authorized", "The file may not be read.")
    if isinstance(error, OSError) and error.errno in (errno.EISDIR, errno.ENXIO):
        return MediaError("unsupported_media_type", "Only files can be imported.")
    return _unavailable()
