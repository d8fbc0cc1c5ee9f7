"""The six calls that the upload engine makes, by the methods of `MultipartUpload`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from .._runtime.blocking_body import BlockingBody
from .._runtime.core import Core
from .._runtime.operation import Operation, operation
from .._runtime.polling import ROW_LIMIT
from .._runtime.secrets import SecretUrl
from .._runtime.urls import expand_path
from ..assets import Asset
from ..errors import TwelveLabsError
from ..options import RequestOptions
from ._engine.api import PutReply, SessionState
from ._engine.settings import UploadSettings
from .models import (
    CompletedChunk,
    CreateAssetUploadResponse,
    PresignedUrlChunk,
    ReportChunkBatchResponse,
    RequestAdditionalPresignedUrLsResponse,
)

if TYPE_CHECKING:
    from .._runtime.clock import Clock
    from . import MultipartUpload

__all__ = ["UploadService"]


class UploadService:
    """The service, as the engine sees it."""

    def __init__(self, methods: MultipartUpload, core: Core) -> None:
        self._methods = methods
        self._core = core

    @property
    def clock(self) -> Clock:
        """The client's clock."""
        return self._core.clock

    @property
    def base_url(self) -> str:
        """The client's base URL."""
        return self._core.base_url

    @property
    def max_wait(self) -> float:
        """The client's bound on waits that others ask for, in seconds."""
        return self._core.retry.max_wait

    def operation(self, size: int) -> Operation:
        """An upload of so many bytes, for the client's hooks."""
        return operation(self._core, "upload", size=size)

    def until_closed(
        self, limit: asyncio.Timeout, what: str
    ) -> AbstractAsyncContextManager[object]:
        """A block that ends at its deadline, and when the client is closed."""
        return self._core.shared.until_closed(limit, what)

    async def create(
        self, filename: str, total_size: int, settings: UploadSettings
    ) -> CreateAssetUploadResponse:
        """A new session, and its first presigned URLs."""
        made = await self._methods.create(
            filename=filename,
            total_size=total_size,
            type=settings.file_type,
            enable_hls=settings.enable_hls,
            enable_thumbnail=settings.enable_thumbnail,
            user_metadata=settings.user_metadata,
            request_options=settings.options,
        )
        self._hide(made.upload_urls)
        return made

    async def status(
        self,
        upload_id: str,
        options: RequestOptions,
        *,
        with_chunks: bool = True,
        with_chunk_size: bool = False,
    ) -> SessionState:
        """The state of a session, from every page of it."""
        pager = await self._methods.get_status(
            upload_id, page_limit=ROW_LIMIT, request_options=options
        )
        active = pager.status not in ("completed", "expired", "failed")
        chunks: dict[int, str | None] = {}
        if with_chunks and active:
            async for chunk in pager:
                if chunk.index is not None:
                    chunks[chunk.index] = chunk.status
        return SessionState(
            status=pager.status,
            total_size=pager.total_size,
            total_chunks=pager.total_chunks,
            chunk_size=await self._chunk_size(upload_id, options) if with_chunk_size else None,
            asset_id=pager.response.extra.get("asset_id"),
            chunks=chunks,
        )

    async def asset_url(self, asset_id: str, options: RequestOptions) -> str:
        """The asset's URL, or "" if it cannot be fetched: the upload is complete anyway."""
        try:
            path = expand_path("/assets/{asset_id}", asset_id)
            quick: RequestOptions = {**options, "max_retries": 0}
            asset = await self._core.request(Asset, "GET", path, options=quick)
        except TwelveLabsError:
            return ""
        return asset.url or ""

    async def report(
        self, upload_id: str, chunks: Sequence[CompletedChunk], options: RequestOptions
    ) -> ReportChunkBatchResponse:
        """What a report of chunks that storage took has added."""
        return await self._methods.report_chunk_batch(
            upload_id, completed_chunks=chunks, request_options=options
        )

    async def urls(
        self, upload_id: str, start: int, count: int, options: RequestOptions
    ) -> RequestAdditionalPresignedUrLsResponse:
        """Presigned URLs of `count` chunks from number `start` on."""
        more = await self._methods.get_additional_presigned_urls(
            upload_id, start=start, count=count, request_options=options
        )
        self._hide(more.upload_urls)
        return more

    async def put(self, url: SecretUrl, headers: Mapping[str, str], body: BlockingBody) -> PutReply:
        """Storage's success with a body sent once to a presigned URL."""
        return await self._core.put(url, headers, body)

    def _hide(self, urls: Sequence[PresignedUrlChunk] | None) -> None:
        """Redact the signatures of presigned URLs in logs, errors and hooks of later calls."""
        for chunk in urls or ():
            if chunk.url:
                self._core.redactor.add_url(chunk.url)

    async def _chunk_size(self, upload_id: str, options: RequestOptions) -> int | None:
        """How the service cut the file: only the list of incomplete uploads says it."""
        rows = self._methods.list_incomplete_uploads(page_limit=ROW_LIMIT, request_options=options)
        async for row in rows:
            if row.upload_id == upload_id and row.chunk_size is not None:
                return row.chunk_size
        return None
