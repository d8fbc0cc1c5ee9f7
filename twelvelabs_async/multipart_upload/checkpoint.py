"""What an upload leaves on disk so that it can go on after its process has died.

One small JSON file: the session, what tells whether the file is still the same, and the ETags of
the chunks that storage has taken. It holds no key and no presigned address. It is replaced as a
whole by a rename, and so is always either the old or the new one when the process is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import orjson
from attrs import define, field, fields_dict

from .._core.threads import run_blocking
from ..errors import ConfigurationError, UploadError
from .plan import Plan
from .source import Fingerprint

__all__ = ["Checkpoint", "Session"]

_VERSION = 1


@define(kw_only=True)
class Session:
    """An upload on the service's side, and what is known of its chunks.

    ``etags`` are of chunks that storage has taken, ``reported`` those that the service knows of.
    """

    upload_id: str
    asset_id: str | None
    chunk_size: int
    total_size: int
    upload_headers: dict[str, str] = field(repr=False)
    etags: dict[int, str] = field(factory=dict[int, str], repr=False)
    reported: set[int] = field(factory=set[int], repr=False)

    @property
    def plan(self) -> Plan:
        """How the file is cut in this session."""
        return Plan(self.total_size, self.chunk_size)


_HELD = [name for name in fields_dict(Session) if name != "reported"]


class Checkpoint:
    """The file at `path`; with None every method does nothing."""

    def __init__(self, path: str | os.PathLike[str] | None, base_url: str) -> None:
        self._path = None if path is None else Path(path)
        self._base_url = base_url
        self._news = asyncio.Event()
        self._session: Session | None = None
        self._source: Fingerprint | None = None

    @property
    def kept(self) -> bool:
        """Whether there is a file at all."""
        return self._path is not None

    async def load(self, source: Fingerprint) -> Session | None:
        """The session to go on with; None when there is none.

        UploadError when the file is not the one that the session was begun with.
        """
        self._source = source
        if self._path is None:
            return None
        try:
            text = await run_blocking(self._path.read_bytes)
        except FileNotFoundError:
            if not await run_blocking(self._path.parent.is_dir):
                raise ConfigurationError(f"there is no folder for {self._path}") from None
            return None
        try:
            session, was, base_url = _read(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UploadError(
                f"{self._path} is no checkpoint that can be read: remove it to begin anew"
            ) from None
        if base_url != self._base_url:
            raise self._refused(session, f"it belongs to {base_url}")
        if was.size != source.size:
            raise self._refused(session, f"the file had {was.size} bytes and has {source.size}")
        if was.mtime_ns != source.mtime_ns:
            raise self._refused(session, "the file was written to since")
        if was.sample != source.sample:
            raise self._refused(session, "the file has other content")
        return session

    def begin(self, session: Session) -> None:
        """Keep this session from now on."""
        self._session = session

    def changed(self) -> None:
        """Have it written soon."""
        self._news.set()

    async def run(self) -> None:
        """Write it whenever it has changed, for ever."""
        while self._path is not None:
            await self._news.wait()
            await self.save()

    async def save(self) -> None:
        """Write it now, as it is; a cancellation waits for that."""
        self._news.clear()
        if self._path is None or self._session is None or self._source is None:
            return
        text = _text(self._session, self._source, self._base_url)
        await run_blocking(_replace, self._path, text)

    async def remove(self) -> None:
        """The upload is done, or its session is: forget it."""
        self._session = None
        if self._path is not None:
            await run_blocking(_remove, self._path)

    def _refused(self, session: Session, why: str) -> UploadError:
        return UploadError(
            f"the checkpoint {self._path} cannot be gone on with: {why}; remove it to begin anew",
            upload_id=session.upload_id,
            asset_id=session.asset_id,
        )


def _text(session: Session, source: Fingerprint, base_url: str) -> bytes:
    held = {name: getattr(session, name) for name in _HELD}
    return orjson.dumps(
        {"version": _VERSION, "base_url": base_url, "source": source._asdict(), **held},
        option=orjson.OPT_NON_STR_KEYS,
    )


def _read(text: bytes) -> tuple[Session, Fingerprint, str]:
    held: dict[str, Any] = orjson.loads(text)
    if held["version"] != _VERSION:
        raise ValueError("another version")
    values = {name: held[name] for name in _HELD}
    values["etags"] = {int(index): str(etag) for index, etag in held["etags"].items()}
    session = Session(**values)
    plan = session.plan
    if not all(1 <= index <= plan.total for index in session.etags) or not session.upload_id:
        raise ValueError("not consistent")
    return session, Fingerprint(**held["source"]), str(held["base_url"])


def _beside(path: Path) -> Path:
    # One name, so that what a killed process left half written is overwritten by the next.
    return path.with_name(f".{path.name}.new")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _replace(path: Path, text: bytes) -> None:
    beside = _beside(path)
    try:
        # Not readable for others: it names what is uploaded.
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123  # a descriptor
            file.write(text)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
