"""The chunks of uploads on disk: each PUT is taken as a whole, and the last one counts.

A chunk that comes alone, as nearly all do, is written straight into its place in the upload's file.
While it is there already, or another PUT of it is under way, a PUT writes to a file of its own,
which is copied into the place when it is complete. So a PUT that breaks off leaves what was stored
before, and two PUTs never mix.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from attrs import define, field

from .blobs import BlobStore
from .records import Upload

__all__ = ["ChunkFiles"]

_STEP = 1024 * 1024


@define(eq=False)
class _Writer:
    """Where one PUT writes: a descriptor, and the offset there of the chunk's first byte."""

    target: int
    start: int
    own: Path | None
    """Its own file; None: the chunk's place in the upload's file."""
    written: int = 0
    closed: bool = False
    guard: threading.Lock = field(factory=threading.Lock)
    """A request that is cancelled leaves its last write behind, in a thread."""


@define
class _Place:
    """The PUTs of one chunk that are under way."""

    lock: asyncio.Lock = field(factory=asyncio.Lock)
    direct: _Writer | None = None
    """The one that writes into the chunk's place."""
    users: int = 0


class ChunkFiles:
    """Writes chunks into the files of their uploads; ``persist`` writes what is known of them."""

    def __init__(self, blobs: BlobStore, persist: Callable[[], Awaitable[None]]) -> None:
        self._blobs = blobs
        self._persist = persist
        self._places: dict[tuple[str, int], _Place] = {}

    async def receive(
        self, upload: Upload, number: int, pieces: AsyncIterator[bytes], md5: bytes | None
    ) -> str:
        """The MD5 of the pieces, which are the chunk from now on.

        What was reported is settled: a later body for the same chunk is answered, not kept.
        Raises ``ValueError`` when their MD5 is not ``md5``.
        """
        key = upload.id, number
        place = self._places.setdefault(key, _Place())
        place.users += 1
        digest = hashlib.md5(usedforsecurity=False)
        writer: _Writer | None = None
        try:
            async with place.lock:
                writer = await self._begin(upload, number, place)
            async for piece in pieces:
                async with place.lock:
                    await self._blobs.disk(_write, writer, piece, digest.update)
            if md5 is not None and digest.digest() != md5:
                raise ValueError("the MD5 of the content is another one")
            async with place.lock:
                await self._commit(upload, number, place, writer, digest.hexdigest())
            return digest.hexdigest()
        finally:
            if writer is not None:
                await self._blobs.disk(_close, writer)
                if place.direct is writer:
                    place.direct = None
            place.users -= 1
            if not place.users:
                del self._places[key]

    async def _begin(self, upload: Upload, number: int, place: _Place) -> _Writer:
        chunk = upload.chunk(number)
        if place.direct is None and chunk.etag is None and not upload.completed:
            place.direct = await self._blobs.disk(
                _open_place, self._blobs.part(upload.id), upload, number
            )
            return place.direct
        return await self._blobs.disk(_open_own, self._blobs.scratch())

    async def _commit(
        self, upload: Upload, number: int, place: _Place, writer: _Writer, etag: str
    ) -> None:
        chunk = upload.chunks[number]
        if chunk.reported_at is not None or upload.completed:
            return
        if writer.own is not None:
            if place.direct is not None:
                # The slower one continues in a file of its own, and may still be the last.
                await self._blobs.disk(_detach, place.direct, self._blobs.scratch())
                place.direct = None
            before, chunk.etag = chunk.etag, None
            try:
                # A process that is killed while it copies leaves a mix, which has no MD5.
                await self._persist()
            except OSError:
                chunk.etag = before
                raise
            part = self._blobs.part(upload.id)
            await self._blobs.disk(_copy_into_place, writer, part, upload, number)
        chunk.etag = etag


def _offset(upload: Upload, number: int) -> int:
    return (number - 1) * upload.chunk_size


def _open_place(path: Path, upload: Upload, number: int) -> _Writer:
    target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.fstat(target).st_size != upload.total_size:
        os.ftruncate(target, upload.total_size)
    return _Writer(target, _offset(upload, number), None)


def _open_own(path: Path) -> _Writer:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return _Writer(os.open(path, flags, 0o600), 0, path)


def _write(writer: _Writer, piece: bytes, count: Callable[[bytes], object]) -> None:
    with writer.guard:
        if not writer.closed:
            count(piece)
            _put(writer.target, piece, writer.start + writer.written)
            writer.written += len(piece)


def _put(target: int, piece: bytes, offset: int) -> None:
    view = memoryview(piece)
    while view:
        written = os.pwrite(target, view, offset)
        view, offset = view[written:], offset + written


def _copy(source: _Writer, target: int, start: int) -> None:
    for offset in range(0, source.written, _STEP):
        piece = os.pread(source.target, min(_STEP, source.written - offset), source.start + offset)
        _put(target, piece, start + offset)


def _detach(writer: _Writer, path: Path) -> None:
    """Have a PUT that writes into the chunk's place continue in a file of its own."""
    with writer.guard:
        if not writer.closed:
            own = _open_own(path)
            _copy(writer, own.target, 0)
            os.close(writer.target)
            writer.target, writer.start, writer.own = own.target, 0, path


def _copy_into_place(writer: _Writer, path: Path, upload: Upload, number: int) -> None:
    place = _open_place(path, upload, number)
    try:
        _copy(writer, place.target, place.start)
    finally:
        os.close(place.target)


def _close(writer: _Writer) -> None:
    with writer.guard:
        writer.closed = True
        os.close(writer.target)
    if writer.own is not None:
        writer.own.unlink(missing_ok=True)
