"""What an upload leaves on disk so that another call can resume it after its process has died.

One small JSON file: the session, the fingerprint of the source, and the ETags of the chunks that
storage has taken. It holds no key and no presigned URL. It is replaced as a whole
by a rename, and so is always either the old or the new one when the process is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import logging
import os
import stat
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from ..._runtime.names import path_text, shown_path
from ..._runtime.threads import run_blocking
from ...errors import ConfigurationError, UploadError
from ..fingerprint import Fingerprint, sample_of, samples
from .checkpoint_format import MAX_BYTES, Kept, read, write
from .checkpoint_lock import LockedError, PathLock
from .session import Session

__all__ = ["Checkpoint"]

log = logging.getLogger("twelvelabs_async")


class Checkpoint:
    """The file at `path`; with None every method does nothing."""

    def __init__(self, path: str | os.PathLike[str] | None, base_url: str) -> None:
        self._path = None if path is None else Path(path_text(path))
        self._shown = "" if path is None else shown_path(path)
        self._base_url = base_url
        self._changed = asyncio.Event()
        self._session: Session | None = None
        self._source: Fingerprint | None = None

    @property
    def kept(self) -> bool:
        """Whether there is a file at all."""
        return self._path is not None

    @asynccontextmanager
    async def locked(self) -> AsyncGenerator[None]:
        """Hold the checkpoint; UploadError when another upload uses it, or it cannot be written."""
        if self._path is None:
            yield
            return
        # Links are followed, so that one file has one lock, and a link is not replaced by a file.
        self._path = await run_blocking(_real, self._path)
        lock = PathLock(os.fspath(_beside(self._path, "lock")))
        try:
            try:
                await run_blocking(_acquire, lock, self._path)
            except LockedError:
                raise UploadError(
                    f"the checkpoint {self._shown} is in use by another upload: wait for its end, "
                    "or give this upload a checkpoint of its own"
                ) from None
            except FileNotFoundError:
                raise ConfigurationError(f"the folder of {self._shown} does not exist") from None
            except OSError as error:
                raise self._unwritable(error) from error
            yield
        finally:
            await run_blocking(lock.release)  # nothing happens when it was not acquired

    async def load(self, source: Fingerprint) -> tuple[Session | None, bool]:
        """The session to resume or None, and whether the file is certainly the same.

        UploadError when the checkpoint cannot be read, or is not this file's; ConfigurationError
        when it is the source itself.
        """
        self._source = source
        if self._path is None:
            return None, True
        try:
            text = await run_blocking(_read_bytes, self._path)
            session, was, base_url = await run_blocking(read, text)
        except FileNotFoundError:
            return None, True
        except (OSError, ValueError) as error:
            if await run_blocking(_is, self._path, source):
                raise ConfigurationError(
                    f"the checkpoint {self._shown} is the file to upload: name another one"
                ) from None
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UploadError(
                f"Cannot read checkpoint {self._shown}: delete it to start over. ({reason})"
            ) from None
        if base_url != self._base_url:
            raise self.refused(session, f"it belongs to {base_url}")
        if (difference := was.difference(source)) is not None:
            raise self.refused(session, difference)
        return session, was.same_times(source)

    def begin(self, session: Session) -> None:
        """Keep this session."""
        self._session = session

    def changed(self) -> None:
        """Request a write soon."""
        self._changed.set()

    async def run(self) -> None:
        """Write it whenever it has changed, for ever."""
        while self._path is not None:
            await self._changed.wait()
            await self.save()

    async def save(self) -> None:
        """Write it now, as it is; a cancellation waits for that."""
        self._changed.clear()
        if self._path is None or self._session is None or self._source is None:
            return
        text = write(Kept(self._session, self._source, self._base_url))
        try:
            await run_blocking(_replace, self._path, text)
        except OSError as error:
            raise self._unwritable(error) from error

    async def save_last(self, error: BaseException) -> None:
        """Write it when the upload ends in an error; that error is kept if this fails."""
        try:
            await self.save()
        except UploadError as failure:
            if failure.message != getattr(error, "message", None):
                error.add_note(failure.message)
                log.warning("%s", failure.message)

    async def remove(self) -> None:
        """Delete it: the upload is complete, or its session has ended."""
        self._session = None
        if self._path is None:
            return
        try:
            await run_blocking(self._path.unlink, True)
        except OSError as failure:  # it is no longer needed: no reason to fail
            log.warning("the checkpoint %s could not be deleted: %s", self._shown, failure.strerror)

    def _unwritable(self, error: OSError) -> UploadError:
        return UploadError(
            f"Cannot write checkpoint {self._shown}: {error.strerror or error}",
            original_error=error,
            resumable=True,
        )

    def refused(self, session: Session, reason: str) -> UploadError:
        """The error for a checkpoint that does not fit."""
        return UploadError(
            f"the checkpoint {self._shown} cannot be resumed: {reason}; delete it to start over",
            upload_id=session.upload_id,
            asset_id=session.asset_id,
        )


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(path: Path, kind: str) -> Path:
    return path.with_name(f".{path.name}.{kind}")


def _acquire(lock: PathLock, path: Path) -> None:
    lock.acquire()
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        with contextlib.suppress(OSError):
            left.unlink()  # a killed process was writing it


def _read_bytes(path: Path) -> bytes:
    # A pipe would block for ever: so open without waiting, and check what was opened.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:  # a descriptor
            return file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)


def _is(path: Path, source: Fingerprint) -> bool:
    """Whether what is at the path is the source: nobody is to be told to delete that."""
    try:
        if path.stat().st_size != source.size:
            return False
        with path.open("rb") as file:
            parts: list[bytes] = []
            for offset, length in samples(source.size):
                file.seek(offset)
                parts.append(file.read(length))
    except OSError:
        return False
    return sample_of(parts) == source.sample


def _replace(path: Path, text: bytes) -> None:
    # Not readable for others, as `mkstemp` makes it: it names what is uploaded.
    descriptor, made = tempfile.mkstemp(".new", f".{path.name}.", path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor
            file.write(text)
        os.replace(made, path)  # noqa: PTH105  # a str
    except BaseException:  # also Ctrl-C: half a file is of no use
        with contextlib.suppress(OSError):
            os.unlink(made)  # noqa: PTH108  # a str
        raise
