"""What the engine needs of the service: six calls. It knows neither HTTP nor paths."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from ...options import RequestOptions
from ..models import (
    CompletedChunk,
    CreateAssetUploadResponse,
    ReportChunkBatchResponse,
    RequestAdditionalPresignedUrLsResponse,
)
from .settings import UploadSettings

if TYPE_CHECKING:
    from ..._runtime.blocking_body import BlockingBody
    from ..._runtime.clock import Clock
    from ..._runtime.secrets import SecretUrl

__all__ = ["PutReply", "SessionState", "UploadApi"]


@frozen
class SessionState:
    """The state of a session.

    `chunks` has the state of each chunk that it lists; `chunk_size` is known only where it was
    requested. Nothing in it is checked.
    """

    status: str | None
    total_size: int | None = None
    total_chunks: int | None = None
    chunk_size: int | None = None
    asset_id: object = None
    chunks: Mapping[int, str | None] = {}


class PutReply(Protocol):
    """Storage's reply to a chunk that it took."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class UploadApi(Protocol):
    """The service, as an upload sees it. Errors are those of `twelvelabs_async.errors`."""

    @property
    def clock(self) -> Clock:
        """Time, and the sleeping of retries."""
        ...

    @property
    def base_url(self) -> str:
        """Which service this is: a checkpoint belongs to one."""
        ...

    @property
    def max_wait(self) -> float:
        """The longest wait, in seconds, that storage or the service may ask for."""
        ...

    def operation(self, size: int) -> AbstractContextManager[object]:
        """What an upload of so many bytes runs in."""
        ...

    def until_closed(
        self, limit: asyncio.Timeout, what: str
    ) -> AbstractAsyncContextManager[object]:
        """A block that ends at its deadline, and in ClientClosedError when the client is closed."""
        ...

    async def create(
        self, filename: str, total_size: int, settings: UploadSettings
    ) -> CreateAssetUploadResponse:
        """A new session, and its first presigned URLs."""
        ...

    async def status(
        self,
        upload_id: str,
        options: RequestOptions,
        *,
        with_chunks: bool = True,
        with_chunk_size: bool = False,
    ) -> SessionState:
        """The state of a session; NotFoundError when there is none."""
        ...

    async def asset_url(self, asset_id: str, options: RequestOptions) -> str:
        """The URL of an uploaded asset, or "" if it cannot be fetched."""
        ...

    async def report(
        self, upload_id: str, chunks: Sequence[CompletedChunk], options: RequestOptions
    ) -> ReportChunkBatchResponse:
        """What a report of chunks that storage took has added."""
        ...

    async def urls(
        self, upload_id: str, start: int, count: int, options: RequestOptions
    ) -> RequestAdditionalPresignedUrLsResponse:
        """Presigned URLs of `count` chunks from number `start` on."""
        ...

    async def put(self, url: SecretUrl, headers: Mapping[str, str], body: BlockingBody) -> PutReply:
        """Storage's success with a body sent once to a presigned URL; ApiError when it refuses."""
        ...
