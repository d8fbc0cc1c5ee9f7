"""Models of video indexing tasks and of transfers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from .._runtime.model import Id, Model
from .._runtime.pager import Page, PageInfo
from ..video_models import HlsObject, SystemMetadata

__all__ = [
    "ImportLog",
    "ImportLogFailedFilesItem",
    "ImportLogVideoStatus",
    "TasksCreateResponse",
    "TasksListRequestStatusItem",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "TasksRetrieveResponse",
    "TransferredVideo",
    "TransfersCreateResponse",
    "TransfersGetLogsResponse",
    "TransfersGetStatusResponse",
    "VideoIndexingTask",
    "VideoIndexingTaskSystemMetadata",
    "VideoItem",
    "VideoItemFailed",
]


TasksListRequestStatusItem = (
    Literal["uploading", "validating", "pending", "queued", "indexing", "ready", "failed"] | str
)

# The vendor has a class for each place where such a thing is used; here they are one.
TasksListResponsePageInfo = PageInfo
VideoIndexingTaskSystemMetadata = SystemMetadata


@define(kw_only=True)
class TasksCreateResponse(Model):
    """The identifiers of a new task, and of the video that it makes."""

    id: Id
    video_id: str | None = None


@define(kw_only=True)
class VideoIndexingTask(Model):
    """A task. Its video can be used once ``status`` is ``"ready"``. Times are RFC 3339 strings."""

    id: Id
    video_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    status: TasksListRequestStatusItem | None = None
    index_id: str | None = None
    system_metadata: SystemMetadata | None = None


@define(kw_only=True)
class TasksRetrieveResponse(VideoIndexingTask):
    """A task, with where its video can be streamed from."""

    hls: HlsObject | None = None


TasksListResponse = Page[VideoIndexingTask]


@define(kw_only=True)
class TransferredVideo(Model):
    """A video that an import is indexing."""

    video_id: str | None = None
    filename: str | None = None


@define(kw_only=True)
class ImportLogFailedFilesItem(Model):
    """A file that could not be imported, and why."""

    filename: str | None = None
    error_message: str | None = None


@define(kw_only=True)
class TransfersCreateResponse(Model):
    """What an import is indexing, and what it could not take."""

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
    """An import. Times are aware datetimes; ``ended_at`` is None while it runs."""

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
