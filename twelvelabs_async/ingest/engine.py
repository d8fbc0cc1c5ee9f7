"""What sends a file to the service: this process, or another one by the same protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO, Protocol

import anyio
from anyio import to_thread
from attrs import define, frozen

from .._core.request import Core
from .._core.threads import run_blocking
from ..assets import Assets
from ..errors import TwelveLabsError
from ..multipart_upload import MultipartUpload, UploadProgress
from .checks import DIRECT_MOST, Refusal, check
from .items import MARK, Concurrency, Item
from .sources import fetched_by_service, is_remote, open_source

__all__ = ["Engine", "Here", "Sent", "UploadInDoubtError", "goes_in_chunks"]


@frozen
class Sent:
    """An asset that was made, and its state, where the service told it."""

    asset_id: str
    status: str | None = None


class UploadInDoubtError(TwelveLabsError):
    """An upload of which nobody knows whether it was carried out: a worker was lost."""

    maybe_done = True


class Engine(Protocol):
    """Looks at files and sends them. `ingest` sees to everything else."""

    async def start(self, core: Core, concurrency: Concurrency) -> None:
        """Get ready."""
        ...

    async def check(self, item: Item) -> Refusal | None:
        """Why the service would not take the file; None when it may be sent."""
        ...

    async def settled(self, item: Item) -> None:
        """Return once nothing of the item is still being sent, whoever began it."""
        ...

    async def upload(
        self, item: Item, checkpoint: Path | None, moved: Callable[[int], None]
    ) -> Sent | Refusal:
        """Send the file and say what asset it became; ``moved`` is told of bytes as they go.

        Sent once: the errors' ``maybe_done`` says whether it may have arrived all the same.
        """
        ...

    def indexing(self) -> AbstractAsyncContextManager[None]:
        """A place among the films that the account may have indexed at once, until it is left."""
        ...

    async def stop(self) -> None:
        """Give up what was made to work."""
        ...


def goes_in_chunks(item: Item) -> bool:
    """Whether the file is too large for one request, or may be."""
    return not fetched_by_service(item.location) and (item.size or DIRECT_MOST + 1) > DIRECT_MOST


@define
class Here:
    """Sends files from this process."""

    _core: Core | None = None
    _checks: anyio.CapacityLimiter | None = None
    _chunks: int = 8

    async def start(self, core: Core, concurrency: Concurrency) -> None:
        """Take the client's connections."""
        self._core = core
        self._checks = anyio.CapacityLimiter(concurrency.checks)
        self._chunks = concurrency.chunks

    async def check(self, item: Item) -> Refusal | None:
        """Look at the file in a thread."""
        return await to_thread.run_sync(check, item, limiter=self._checks)

    async def settled(self, item: Item) -> None:
        """At once: who sends from his own process does so no more when that has died."""

    async def upload(
        self, item: Item, checkpoint: Path | None, moved: Callable[[int], None]
    ) -> Sent | Refusal:
        """Send it, in chunks when it is large."""
        assert self._core is not None
        if fetched_by_service(item.location):
            asset = await Assets(self._core).create(
                method="url",
                url=item.location,
                filename=item.filename,
                user_metadata={MARK: item.key},
            )
            return Sent(asset.id, asset.status)
        if not is_remote(item.location):
            return await self._send(item, item.location, checkpoint, moved)
        async with _opened(item.location) as file:
            return await self._send(item, file, checkpoint, moved)

    async def _send(
        self,
        item: Item,
        file: str | IO[bytes],
        checkpoint: Path | None,
        moved: Callable[[int], None],
    ) -> Sent:
        if goes_in_chunks(item):
            return await self._in_chunks(item, file, checkpoint, moved)
        assert self._core is not None
        asset = await Assets(self._core).create(
            method="direct",
            file=(item.filename, file),
            filename=item.filename,
            user_metadata={MARK: item.key},
        )
        moved(item.size or 0)
        return Sent(asset.id, asset.status)

    async def _in_chunks(
        self,
        item: Item,
        file: str | IO[bytes],
        checkpoint: Path | None,
        moved: Callable[[int], None],
    ) -> Sent:
        assert self._core is not None
        if checkpoint is not None:
            await anyio.Path(checkpoint.parent).mkdir(exist_ok=True)
        sent = 0

        def tell(news: UploadProgress) -> None:
            nonlocal sent
            moved(news.bytes_sent - sent)
            sent = news.bytes_sent

        result = await MultipartUpload(self._core).upload_file(
            file,
            filename=item.filename,
            max_workers=self._chunks,
            checkpoint=checkpoint,
            size=item.size,
            progress_callback=tell,
            user_metadata={MARK: item.key},
        )
        return Sent(result.asset_id)

    def indexing(self) -> AbstractAsyncContextManager[None]:
        """At once: a run never asks for more places than its own `Concurrency` has."""
        return nullcontext()

    async def stop(self) -> None:
        """Nothing to give up: the connections are the client's."""


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
