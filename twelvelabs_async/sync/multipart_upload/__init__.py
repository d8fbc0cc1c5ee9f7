# Made by twelvelabs_async.sync.generate from multipart_upload/__init__.py: change that one.
"""Uploads in chunks: what large files need, and what lets them go up in parallel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...multipart_upload import ChunkInfo
from ...multipart_upload import MultipartUpload as AsyncMultipartUpload
from ..bridge import Twin
from ..iterate import SyncPager

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._shared import UserMetadata
    from ...multipart_upload import (
        CompletedChunk,
        CompletedChunkDict,
        CreateAssetUploadRequestType,
        CreateAssetUploadResponse,
        GetUploadStatusResponse,
        IncompleteUploadSummary,
        MultipartUploadStatusType,
        ReportChunkBatchResponse,
        RequestAdditionalPresignedUrLsResponse,
        UploadStatusPager,
    )
    from ...options import RequestOptions

__all__ = ["MultipartUpload", "SyncUploadStatusPager"]


class SyncUploadStatusPager(SyncPager[ChunkInfo]):
    """The chunks of an upload, page by page, and the state of the upload as well.

    Sizes are in bytes, times RFC 3339 strings.
    """

    _async: UploadStatusPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def response(self) -> GetUploadStatusResponse:
        """The whole reply that this page came in."""
        return self._async.response

    @property
    def upload_id(self) -> str | None:
        """The upload."""
        return self._async.upload_id

    @property
    def status(self) -> MultipartUploadStatusType | None:
        """The state: ``"active"``, ``"completed"``, ``"failed"`` or ``"expired"``."""
        return self._async.status

    @property
    def uploaded_chunks(self) -> list[ChunkInfo]:
        """The chunks of this page."""
        return self._async.uploaded_chunks

    @property
    def chunks_completed(self) -> int | None:
        """How many chunks were uploaded and reported."""
        return self._async.chunks_completed

    @property
    def chunks_failed(self) -> int | None:
        """How many chunks failed, and must be uploaded again."""
        return self._async.chunks_failed

    @property
    def chunks_pending(self) -> int | None:
        """How many chunks are neither completed nor failed."""
        return self._async.chunks_pending

    @property
    def total_size(self) -> int | None:
        """The size of the file."""
        return self._async.total_size

    @property
    def uploaded_size(self) -> int | None:
        """How much of it has been received."""
        return self._async.uploaded_size

    @property
    def created_at(self) -> str | None:
        """When the upload was begun."""
        return self._async.created_at

    @property
    def updated_at(self) -> str | None:
        """When its state last changed."""
        return self._async.updated_at

    @property
    def total_chunks(self) -> int | None:
        """How many chunks there are."""
        return self._async.total_chunks


class MultipartUpload(Twin[AsyncMultipartUpload]):
    """Uploads in chunks: of 10 GB at most, and needed from 200 MB on."""

    def list_incomplete_uploads(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[IncompleteUploadSummary]:
        """The uploads that have not been finished.

        ``page_limit`` is 1 to 50 and 10 when left out. ``GET /assets/multipart-uploads``
        """
        return SyncPager(
            self._bridge,
            self._async.list_incomplete_uploads(
                page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def create(
        self,
        *,
        filename: str,
        total_size: int,
        type: CreateAssetUploadRequestType = "video",
        enable_hls: bool | None = None,
        enable_thumbnail: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> CreateAssetUploadResponse:
        """A new upload: how to cut the file, and where the first chunks go.

        ``filename`` is 1 to 255 characters. ``total_size`` is in bytes: up to 10 GB of video or
        audio, 32 MB of an image. ``enable_hls`` and ``enable_thumbnail`` (default false) ask for a
        stream and a picture. `upload_file` does all of an upload. Raises `BadRequestError` for a
        size or a type that is not taken, `ForbiddenError` for a key without this feature.
        ``POST /assets/multipart-uploads``
        """
        return self._bridge.call(
            self._async.create,
            filename=filename,
            total_size=total_size,
            type=type,
            enable_hls=enable_hls,
            enable_thumbnail=enable_thumbnail,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def get_status(
        self,
        upload_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncUploadStatusPager:
        """The state of an upload and its chunks when iterated.

        ``page_limit`` is 1 to 50 and 10 when left out. Raises `NotFoundError` when there is no such
        upload. ``GET /assets/multipart-uploads/{upload_id}``
        """
        return SyncUploadStatusPager(
            self._bridge,
            self._async.get_status(
                upload_id, page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def report_chunk_batch(
        self,
        upload_id: str,
        *,
        completed_chunks: Sequence[CompletedChunk | CompletedChunkDict],
        request_options: RequestOptions | None = None,
    ) -> ReportChunkBatchResponse:
        """What a report of 1 to 50 uploaded chunks added.

        Chunks may be reported in any order, and again: those already known are counted apart. The
        upload is done when all are. Raises `NotFoundError` when there is no such upload.
        ``POST /assets/multipart-uploads/{upload_id}``
        """
        return self._bridge.call(
            self._async.report_chunk_batch,
            upload_id,
            completed_chunks=completed_chunks,
            request_options=request_options,
        )

    def get_additional_presigned_urls(
        self,
        upload_id: str,
        *,
        start: int,
        count: int,
        request_options: RequestOptions | None = None,
    ) -> RequestAdditionalPresignedUrLsResponse:
        """Where ``count`` chunks from number ``start`` (from 1) on go.

        ``count`` is 1 to 50. Each address is good for one ``PUT`` within an hour. Raises
        `NotFoundError` when there is no such upload.
        ``POST /assets/multipart-uploads/{upload_id}/presigned-urls``
        """
        return self._bridge.call(
            self._async.get_additional_presigned_urls,
            upload_id,
            start=start,
            count=count,
            request_options=request_options,
        )
