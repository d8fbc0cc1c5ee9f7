"""Where the chunks of uploads go: the sandbox's own storage, or one that a test brings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .blobs import BlobStore
from .records import Upload
from .signing import Signer

__all__ = ["OwnStorage", "Storage"]

_OCTETS = {"Content-Type": "application/octet-stream"}


class Storage(Protocol):
    """A storage for the chunks of multipart uploads, given to ``Sandbox(storage=...)``.

    The sandbox hands out its URLs, believes a client's report of a chunk when the storage has it
    under the ETag that is reported, and fetches the file when all are reported, to serve, measure
    and index it as ever. All else that it stores, it stores itself. Its methods run on the
    sandbox's event loop: one that blocks belongs in ``asyncio.to_thread``. What they raise, the
    client gets as a 500. An :class:`Upload` is to be read, not changed.
    """

    @property
    def upload_headers(self) -> Mapping[str, str]:
        """The headers that a client must send with each chunk."""
        ...

    async def url(self, upload: Upload, number: int, life: float) -> str:
        """A new URL for a PUT of chunk ``number``, from 1, that ends after ``life`` seconds.

        ``upload.size_of(number)`` is how many bytes it will have.
        """
        ...

    async def etags(self, upload: Upload, numbers: Sequence[int]) -> Mapping[int, str]:
        """The ETags, without quotes, of those of these chunks that are there."""
        ...

    async def assemble(self, upload: Upload, target: Path) -> None:
        """Write the whole file to ``target``, which is not there yet.

        ``upload.etags`` are those of its chunks, in order. It is called again when it failed and
        the client reports again.
        """
        ...


class OwnStorage:
    """The storage that the sandbox serves: it writes each chunk into its place in one file."""

    def __init__(self, signer: Signer, blobs: BlobStore, address: Callable[[], str]) -> None:
        self._signer = signer
        self._blobs = blobs
        self._address = address

    @property
    def upload_headers(self) -> Mapping[str, str]:
        """Its URLs are signed with this one."""
        return _OCTETS

    async def url(self, upload: Upload, number: int, life: float) -> str:
        """A URL on the sandbox's second origin."""
        return self._signer.sign(
            "PUT",
            self._address(),
            f"/uploads/{upload.asset_id}/{number}",
            life,
            parameters={"partNumber": str(number), "uploadId": upload.id},
            headers=_OCTETS,
        )

    async def etags(self, upload: Upload, numbers: Sequence[int]) -> Mapping[int, str]:
        """What the handler of the PUTs noted."""
        stored = upload.etags
        return {number: stored[number] for number in numbers if number in stored}

    async def assemble(self, upload: Upload, target: Path) -> None:
        """Give the file, in which each chunk has its place, another name, without reading it.

        The old name stays until the upload is known to be complete: a process that is killed before
        that begins anew with it.
        """
        await self._blobs.disk(_name_too, self._blobs.part(upload.id), target)


def _name_too(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        source.replace(target)
