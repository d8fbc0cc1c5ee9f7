"""Imports of whole folders from a cloud store that was connected in the service's dashboard."""

from __future__ import annotations

from datetime import datetime

from attrs import define

from .._core.model import Model
from .._core.request import Resource
from .._core.wire import segment
from .._shared import UserMetadata
from ..options import RequestOptions

__all__ = [
    "ImportLog",
    "ImportLogFailedFilesItem",
    "ImportLogVideoStatus",
    "TransferredVideo",
    "Transfers",
    "TransfersCreateResponse",
    "TransfersGetLogsResponse",
    "TransfersGetStatusResponse",
    "VideoItem",
    "VideoItemFailed",
]


@define(kw_only=True)
class TransferredVideo(Model):
    """A video that an import has begun to index."""

    video_id: str | None = None
    filename: str | None = None


@define(kw_only=True)
class ImportLogFailedFilesItem(Model):
    """A file that could not be imported, and why."""

    filename: str | None = None
    error_message: str | None = None


@define(kw_only=True)
class TransfersCreateResponse(Model):
    """What an import has begun to index, and what it could not take."""

    videos: list[TransferredVideo] | None = None
    failed_files: list[ImportLogFailedFilesItem] | None = None


@define(kw_only=True)
class VideoItem(Model):
    """A video that was imported. ``created_at`` is an aware datetime."""

    video_id: str | None = None
    filename: str | None = None
    created_at: datetime | None = None


@define(kw_only=True)
class VideoItemFailed(Model):
    """A video whose import failed, and why. ``created_at`` is an aware datetime."""

    filename: str | None = None
    created_at: datetime | None = None
    error_message: str | None = None


@define(kw_only=True)
class TransfersGetStatusResponse(Model):
    """The videos of an import, by their state; ``not_imported`` are names of files."""

    not_imported: list[str] | None = None
    validating: list[VideoItem] | None = None
    pending: list[VideoItem] | None = None
    queued: list[VideoItem] | None = None
    indexing: list[VideoItem] | None = None
    ready: list[VideoItem] | None = None
    failed: list[VideoItemFailed] | None = None


@define(kw_only=True)
class ImportLogVideoStatus(Model):
    """How many videos of an import are in which state."""

    ready: int | None = None
    validating: int | None = None
    queued: int | None = None
    pending: int | None = None
    indexing: int | None = None
    failed: int | None = None


@define(kw_only=True)
class ImportLog(Model):
    """An import. Times are aware datetimes; ``ended_at`` is None while it goes on."""

    index_id: str | None = None
    index_name: str | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None
    video_status: ImportLogVideoStatus | None = None
    failed_files: list[ImportLogFailedFilesItem] | None = None


@define(kw_only=True)
class TransfersGetLogsResponse(Model):
    """The imports of an integration, oldest first."""

    data: list[ImportLog] | None = None


class Transfers(Resource):
    """Imports from a connected cloud store. The service runs one at a time."""

    async def create(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        incremental_import: bool | None = None,
        retry_failed: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> TransfersCreateResponse:
        """The videos that a new import takes into an index, and the files it cannot take.

        The service needs ``index_id``. ``incremental_import``, by default true, takes only what
        earlier imports have not; ``retry_failed``, by default false, takes what failed in them.
        ``user_metadata`` goes to each video. Raises `BadRequestError` while another import goes on.
        ``POST /tasks/transfers/import/{integration_id}``
        """
        return await self._core.request(
            TransfersCreateResponse,
            "POST",
            f"/tasks/transfers/import/{segment(integration_id)}",
            json={
                "index_id": index_id,
                "incremental_import": incremental_import,
                "retry_failed": retry_failed,
                "user_metadata": user_metadata,
            },
            options=request_options,
        )

    async def get_status(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> TransfersGetStatusResponse:
        """The videos of the import into an index, by their state.

        The service needs ``index_id``. ``GET /tasks/transfers/import/{integration_id}/status``
        """
        return await self._core.request(
            TransfersGetStatusResponse,
            "GET",
            f"/tasks/transfers/import/{segment(integration_id)}/status",
            query={"index_id": index_id},
            options=request_options,
        )

    async def get_logs(
        self, integration_id: str, *, request_options: RequestOptions | None = None
    ) -> TransfersGetLogsResponse:
        """The imports that an integration has made, oldest first.

        ``GET /tasks/transfers/import/{integration_id}/logs``
        """
        return await self._core.request(
            TransfersGetLogsResponse,
            "GET",
            f"/tasks/transfers/import/{segment(integration_id)}/logs",
            options=request_options,
        )
