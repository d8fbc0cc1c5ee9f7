"""Sends a file to the service: from this process, or from elsewhere by the same protocol."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, Protocol

import anyio
from attrs import define, frozen

from .._runtime.core import Core
from .._runtime.threads import run_blocking
from ..assets import Assets
from ..errors import UploadInDoubtError
from ..multipart_upload import MultipartUpload, UploadProgress
from .items import MARK, Concurrency, Item
from .locations import fetched_by_service, in_store
from .media_check import DIRECT_MOST, Refusal, check_media
from .object_stores import open_source

__all__ = ["Engine", "LocalEngine", "UploadInDoubtError", "UploadedAsset", "goes_in_chunks"]


@frozen
class UploadedAsset:
    """An asset that an upload made, and its state where the reply has it."""

    asset_id: str
    status: str | None = None


class Engine(Protocol):
    """Checks files and sends them. `ingest` does everything else."""

    async def start(self, core: Core, concurrency: Concurrency) -> None:
        """Get ready."""
        ...

    async def check(self, item: Item) -> Refusal | None:
        """Why the service would refuse the file; None when it may be sent."""
        ...

    async def wait_idle(self, item: Item) -> None:
        """Return once no process is still sending the item."""
        ...

    async def upload(
        self, item: Item, checkpoint: Path | None, moved: Callable[[int], None]
    ) -> UploadedAsset | Refusal:
        """Send the file; the asset that it became, or why it was not sent.

        Call ``moved`` with the number of bytes as they are sent. Send the file once: the errors'
        ``maybe_done`` says whether it may still have arrived.
        """
        ...

    def indexing(self) -> AbstractAsyncContextManager[None]:
        """A permit to index a film, of those that the account has, held in the block."""
        ...

    async def stop(self) -> None:
        """Release what `start` made."""
        ...


def goes_in_chunks(item: Item) -> bool:
    """Whether the file is too large for one request, or may be."""
    return not fetched_by_service(item.location) and (item.size or DIRECT_MOST + 1) > DIRECT_MOST


@define
class LocalEngine:
    """Sends files from this process."""

    _assets: Assets | None = None
    _uploads: MultipartUpload | None = None
    _checks: anyio.CapacityLimiter | None = None
    _chunks: int = 8

    async def start(self, core: Core, concurrency: Concurrency) -> None:
        """Take the client's connections."""
        self.use(Assets(core), MultipartUpload(core), concurrency)
        self._checks = anyio.CapacityLimiter(concurrency.checks)

    def use(self, assets: Assets, uploads: MultipartUpload, concurrency: Concurrency) -> None:
        """Send by these methods of a client."""
        self._assets, self._uploads = assets, uploads
        self._chunks = concurrency.chunks

    async def check(self, item: Item) -> Refusal | None:
        """Check the file in a thread."""
        async with self._checks or nullcontext():
            return await run_blocking(check_media, item)

    async def wait_idle(self, item: Item) -> None:
        """Return immediately: an earlier process's transfers ended with it."""

    async def upload(
        self, item: Item, checkpoint: Path | None, moved: Callable[[int], None]
    ) -> UploadedAsset | Refusal:
        """Send it, in chunks when it is large."""
        assert self._assets is not None
        if fetched_by_service(item.location):
            asset = await self._assets.create(
                method="url",
                url=item.location,
                filename=item.filename,
                user_metadata={MARK: item.key},
            )
            return UploadedAsset(asset.id, asset.status)
        if not in_store(item.location):
            return await self._send(item, item.location, checkpoint, moved)
        async with _opened(item.location) as file:
            return await self._send(item, file, checkpoint, moved)

    async def _send(
        self,
        item: Item,
        file: str | IO[bytes],
        checkpoint: Path | None,
        moved: Callable[[int], None],
    ) -> UploadedAsset:
        if goes_in_chunks(item):
            return await self._in_chunks(item, file, checkpoint, moved)
        assert self._assets is not None
        asset = await self._assets.create(
            method="direct",
            file=(item.filename, file),
            filename=item.filename,
            user_metadata={MARK: item.key},
            progress=False,  # the run shows its own
        )
        moved(item.size or 0)
        return UploadedAsset(asset.id, asset.status)

    async def _in_chunks(
        self,
        item: Item,
        file: str | IO[bytes],
        checkpoint: Path | None,
        moved: Callable[[int], None],
    ) -> UploadedAsset:
        assert self._uploads is not None
        if checkpoint is not None:
            await anyio.Path(checkpoint.parent).mkdir(exist_ok=True)
        sent = 0

        def report(news: UploadProgress) -> None:
            nonlocal sent
            moved(news.bytes_sent - sent)
            sent = news.bytes_sent

        result = await self._uploads.upload_file(
            file,
            filename=item.filename,
            max_workers=self._chunks,
            checkpoint=checkpoint,
            size=item.size,
            progress_callback=report,
            progress=False,  # as above
            user_metadata={MARK: item.key},
        )
        return UploadedAsset(result.asset_id)

    def indexing(self) -> AbstractAsyncContextManager[None]:
        """No wait: a run never needs more permits than its own `Concurrency` has."""
        return nullcontext()

    async def stop(self) -> None:
        """Nothing to release: the connections are the client's."""


@asynccontextmanager
async def _opened(location: str) -> AsyncGenerator[IO[bytes]]:
    """The source, opened and closed in a thread: also when it is cancelled in between."""
    with ExitStack() as files:

        def work() -> IO[bytes]:
            return files.enter_context(open_source(location))

        try:
            yield await run_blocking(work)
        finally:
            with anyio.CancelScope(shield=True):
                await run_blocking(files.close)


_RENAMED = {"Here": LocalEngine, "Sent": UploadedAsset}


def __getattr__(name: str) -> Any:
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    new = _RENAMED[name]
    warnings.warn(f"{name} is now {new.__name__}", DeprecationWarning, stacklevel=2)
    return new
