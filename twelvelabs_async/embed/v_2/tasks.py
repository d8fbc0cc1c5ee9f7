"""Embedding tasks of the second generation: media up to hours long, embedded in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, NotRequired, TypedDict

from attrs import define

from ..._core.model import Id, Model, Tagged
from ..._core.pager import Page, PageInfo, Pager
from ..._core.request import Resource
from ..._core.waiter import ROW_LIMIT, Progress, wait_until
from ..._core.wire import segment
from ..._waits import judge, wait_by_lists
from ...errors import TwelveLabsError
from ...options import RequestOptions
from .. import MediaEmbeddingTask
from . import (
    AudioInputRequest,
    AudioInputRequestDict,
    AudioSegmentation,
    AudioSegmentationDict,
    EmbeddingAudioMetadata,
    EmbeddingData,
    EmbeddingDimension,
    EmbeddingUsage,
    EmbeddingVideoMetadata,
    MediaSource,
    MediaSourceDict,
    UnknownEmbeddingMediaMetadata,
    VideoInputRequest,
    VideoInputRequestDict,
    VideoSegmentation,
    VideoSegmentation_Dynamic,
    VideoSegmentation_Fixed,
    VideoSegmentationDict,
    VideoSegmentationDynamicDynamic,
    VideoSegmentationFixedFixed,
)

__all__ = [
    "AsyncAudioInputRequest",
    "AsyncAudioInputRequestDict",
    "AsyncAudioInputRequestEmbeddingOptionItem",
    "AsyncAudioInputRequestEmbeddingScopeItem",
    "AsyncAudioInputRequestEmbeddingTypeItem",
    "AsyncDocumentInputRequest",
    "AsyncDocumentInputRequestDict",
    "AsyncDocumentInputRequestEmbeddingOptionItem",
    "AsyncDocumentInputRequestEmbeddingScopeItem",
    "AsyncDocumentInputRequestEmbeddingTypeItem",
    "AsyncDocumentMetadata",
    "AsyncImageInputRequest",
    "AsyncImageInputRequestDict",
    "AsyncImageInputRequestEmbeddingOptionItem",
    "AsyncImageInputRequestEmbeddingScopeItem",
    "AsyncImageInputRequestEmbeddingTypeItem",
    "AsyncImageMetadata",
    "AsyncTemporalSegmentation",
    "AsyncTemporalSegmentationDict",
    "AsyncVideoInputRequest",
    "AsyncVideoInputRequestDict",
    "AsyncVideoInputRequestEmbeddingOptionItem",
    "AsyncVideoInputRequestEmbeddingScopeItem",
    "AsyncVideoInputRequestEmbeddingTypeItem",
    "CreateAsyncEmbeddingRequestInputType",
    "CreateAsyncEmbeddingRequestModelName",
    "DocumentSegmentation",
    "DocumentSegmentationDict",
    "DocumentSequentialSegmentation",
    "DocumentSequentialSegmentationDict",
    "DocumentSequentialSegmentationStrategy",
    "DocumentSpatialSegmentation",
    "DocumentSpatialSegmentationDict",
    "DocumentSpatialSegmentationStrategy",
    "EmbedV2Tasks",
    "EmbeddingTaskMediaMetadata",
    "EmbeddingTaskMediaMetadata_Audio",
    "EmbeddingTaskMediaMetadata_Document",
    "EmbeddingTaskMediaMetadata_Image",
    "EmbeddingTaskMediaMetadata_Video",
    "EmbeddingTaskResponse",
    "EmbeddingTaskResponseError",
    "EmbeddingTaskResponseStatus",
    "TasksCreateResponse",
    "TasksCreateResponseMetadata",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "TemporalSegmentation",
    "TemporalSegmentationDict",
    "TemporalSegmentationDynamicDynamic",
    "TemporalSegmentationFixedFixed",
    "TemporalSegmentation_Dynamic",
    "TemporalSegmentation_Fixed",
    "TimeBasedMetadataEntry",
    "TimeBasedMetadataEntryDict",
]

CreateAsyncEmbeddingRequestInputType = Literal["audio", "video", "document", "image"] | str
CreateAsyncEmbeddingRequestModelName = Literal["marengo3.0", "marengo3.5"] | str
EmbeddingTaskResponseStatus = Literal["processing", "ready", "failed"] | str
TasksListResponsePageInfo = PageInfo

AsyncAudioInputRequestEmbeddingOptionItem = Literal["audio", "transcription"] | str
AsyncAudioInputRequestEmbeddingScopeItem = Literal["clip", "local", "asset"] | str
AsyncAudioInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
AsyncVideoInputRequestEmbeddingOptionItem = Literal["visual", "audio", "transcription"] | str
AsyncVideoInputRequestEmbeddingScopeItem = Literal["clip", "local", "asset"] | str
AsyncVideoInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
AsyncImageInputRequestEmbeddingOptionItem = Literal["visual"] | str
AsyncImageInputRequestEmbeddingScopeItem = Literal["asset"] | str
AsyncImageInputRequestEmbeddingTypeItem = Literal["separate_embedding"] | str
AsyncDocumentInputRequestEmbeddingOptionItem = Literal["visual", "text"] | str
AsyncDocumentInputRequestEmbeddingScopeItem = Literal["local", "asset"] | str
AsyncDocumentInputRequestEmbeddingTypeItem = Literal["separate_embedding", "fused_embedding"] | str
DocumentSequentialSegmentationStrategy = Literal["sentence"] | str
DocumentSpatialSegmentationStrategy = Literal["standard", "quadrants"] | str

# Shots, or clips of one length: on the wire the same two as in the first kind of request.
TemporalSegmentation = VideoSegmentation
TemporalSegmentationDict = VideoSegmentationDict
TemporalSegmentation_Dynamic = VideoSegmentation_Dynamic
TemporalSegmentation_Fixed = VideoSegmentation_Fixed
TemporalSegmentationDynamicDynamic = VideoSegmentationDynamicDynamic
TemporalSegmentationFixedFixed = VideoSegmentationFixedFixed


@define(kw_only=True)
class AsyncTemporalSegmentation(Model):
    """How ``marengo3.5`` cuts a sound or a film in time."""

    temporal: TemporalSegmentation | TemporalSegmentationDict


class AsyncTemporalSegmentationDict(TypedDict):
    """`AsyncTemporalSegmentation` as a plain dict."""

    temporal: TemporalSegmentation | TemporalSegmentationDict


@define(kw_only=True)
class TimeBasedMetadataEntry(Model):
    """A text that belongs to a stretch of the medium, in seconds."""

    start: float
    end: float
    text: str


class TimeBasedMetadataEntryDict(TypedDict):
    """`TimeBasedMetadataEntry` as a plain dict."""

    start: float
    end: float
    text: str


@define(kw_only=True)
class AsyncAudioInputRequest(Model):
    """A sound to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: (
        AudioSegmentation
        | AsyncTemporalSegmentation
        | AudioSegmentationDict
        | AsyncTemporalSegmentationDict
        | None
    ) = None
    embedding_option: Sequence[AsyncAudioInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[AsyncAudioInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[AsyncAudioInputRequestEmbeddingTypeItem] | None = None
    time_based_metadata: Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict] | None = None


class AsyncAudioInputRequestDict(TypedDict):
    """`AsyncAudioInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[
        AudioSegmentation
        | AsyncTemporalSegmentation
        | AudioSegmentationDict
        | AsyncTemporalSegmentationDict
    ]
    embedding_option: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[AsyncAudioInputRequestEmbeddingTypeItem]]
    time_based_metadata: NotRequired[Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict]]


@define(kw_only=True)
class AsyncVideoInputRequest(Model):
    """A film to embed, or the part of it from ``start_sec`` to ``end_sec``."""

    media_source: MediaSource | MediaSourceDict
    start_sec: float | None = None
    end_sec: float | None = None
    segmentation: (
        VideoSegmentation
        | AsyncTemporalSegmentation
        | VideoSegmentationDict
        | AsyncTemporalSegmentationDict
        | None
    ) = None
    embedding_option: Sequence[AsyncVideoInputRequestEmbeddingOptionItem] | None = None
    embedding_scope: Sequence[AsyncVideoInputRequestEmbeddingScopeItem] | None = None
    embedding_type: Sequence[AsyncVideoInputRequestEmbeddingTypeItem] | None = None
    time_based_metadata: Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict] | None = None


class AsyncVideoInputRequestDict(TypedDict):
    """`AsyncVideoInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    start_sec: NotRequired[float]
    end_sec: NotRequired[float]
    segmentation: NotRequired[
        VideoSegmentation
        | AsyncTemporalSegmentation
        | VideoSegmentationDict
        | AsyncTemporalSegmentationDict
    ]
    embedding_option: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingOptionItem]]
    embedding_scope: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingScopeItem]]
    embedding_type: NotRequired[Sequence[AsyncVideoInputRequestEmbeddingTypeItem]]
    time_based_metadata: NotRequired[Sequence[TimeBasedMetadataEntry | TimeBasedMetadataEntryDict]]


@define(kw_only=True)
class AsyncImageInputRequest(Model):
    """An image to embed."""

    media_source: MediaSource | MediaSourceDict
    embedding_option: Sequence[AsyncImageInputRequestEmbeddingOptionItem] | None = None
    embedding_type: Sequence[AsyncImageInputRequestEmbeddingTypeItem] | None = None
    embedding_scope: Sequence[AsyncImageInputRequestEmbeddingScopeItem] | None = None


class AsyncImageInputRequestDict(TypedDict):
    """`AsyncImageInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    embedding_option: NotRequired[Sequence[AsyncImageInputRequestEmbeddingOptionItem]]
    embedding_type: NotRequired[Sequence[AsyncImageInputRequestEmbeddingTypeItem]]
    embedding_scope: NotRequired[Sequence[AsyncImageInputRequestEmbeddingScopeItem]]


@define(kw_only=True)
class DocumentSpatialSegmentation(Model):
    """Whole pages (``"standard"``), or each page's four quarters too (``"quadrants"``)."""

    strategy: DocumentSpatialSegmentationStrategy | None = None


class DocumentSpatialSegmentationDict(TypedDict, total=False):
    """`DocumentSpatialSegmentation` as a plain dict."""

    strategy: DocumentSpatialSegmentationStrategy


@define(kw_only=True)
class DocumentSequentialSegmentation(Model):
    """Chunks of whole sentences; each repeats the last ``overlap_sentences`` of its predecessor."""

    max_sentences: int
    strategy: DocumentSequentialSegmentationStrategy = "sentence"
    overlap_sentences: int | None = None


class DocumentSequentialSegmentationDict(TypedDict):
    """`DocumentSequentialSegmentation` as a plain dict."""

    max_sentences: int
    strategy: DocumentSequentialSegmentationStrategy
    overlap_sentences: NotRequired[int]


@define(kw_only=True)
class DocumentSegmentation(Model):
    """How to cut a document: by page, or by sentences."""

    spatial: DocumentSpatialSegmentation | DocumentSpatialSegmentationDict | None = None
    sequential: DocumentSequentialSegmentation | DocumentSequentialSegmentationDict | None = None


class DocumentSegmentationDict(TypedDict, total=False):
    """`DocumentSegmentation` as a plain dict."""

    spatial: DocumentSpatialSegmentation | DocumentSpatialSegmentationDict
    sequential: DocumentSequentialSegmentation | DocumentSequentialSegmentationDict


@define(kw_only=True)
class AsyncDocumentInputRequest(Model):
    """A document to embed."""

    media_source: MediaSource | MediaSourceDict
    segmentation: DocumentSegmentation | DocumentSegmentationDict | None = None
    embedding_option: Sequence[AsyncDocumentInputRequestEmbeddingOptionItem] | None = None
    embedding_type: Sequence[AsyncDocumentInputRequestEmbeddingTypeItem] | None = None
    embedding_scope: Sequence[AsyncDocumentInputRequestEmbeddingScopeItem] | None = None


class AsyncDocumentInputRequestDict(TypedDict):
    """`AsyncDocumentInputRequest` as a plain dict."""

    media_source: MediaSource | MediaSourceDict
    segmentation: NotRequired[DocumentSegmentation | DocumentSegmentationDict]
    embedding_option: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingOptionItem]]
    embedding_type: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingTypeItem]]
    embedding_scope: NotRequired[Sequence[AsyncDocumentInputRequestEmbeddingScopeItem]]


@define(kw_only=True)
class AsyncDocumentMetadata(Model):
    """How a document was taken in."""

    input_type: Literal["document"] = "document"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[str] | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class AsyncImageMetadata(Model):
    """How an image was taken in."""

    input_type: Literal["image"] = "image"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[str] | None = None
    embedding_dimension: EmbeddingDimension | None = None


EmbeddingTaskMediaMetadata_Audio = EmbeddingAudioMetadata
EmbeddingTaskMediaMetadata_Video = EmbeddingVideoMetadata
EmbeddingTaskMediaMetadata_Document = AsyncDocumentMetadata
EmbeddingTaskMediaMetadata_Image = AsyncImageMetadata

EmbeddingTaskMediaMetadata = Annotated[
    EmbeddingAudioMetadata
    | EmbeddingVideoMetadata
    | AsyncDocumentMetadata
    | AsyncImageMetadata
    | UnknownEmbeddingMediaMetadata,
    Tagged("input_type"),
]


@define(kw_only=True)
class TasksCreateResponseMetadata(Model):
    """What the service chose for a new task."""

    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class TasksCreateResponse(Model):
    """A new task: its id, and no vectors yet."""

    id: Id
    status: EmbeddingTaskResponseStatus | None = None
    data: list[EmbeddingData] | None = None
    metadata: TasksCreateResponseMetadata | None = None


TasksListResponse = Page[MediaEmbeddingTask]


@define(kw_only=True)
class EmbeddingTaskResponseError(Model):
    """Why a task failed."""

    message: str | None = None


@define(kw_only=True)
class EmbeddingTaskResponse(Model):
    """A task, with its vectors once ``status`` is ``"ready"``. Times are aware datetimes."""

    id: Id
    status: EmbeddingTaskResponseStatus | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    data: list[EmbeddingData] | None = None
    usage: EmbeddingUsage | None = None
    metadata: EmbeddingTaskMediaMetadata | None = None
    error: EmbeddingTaskResponseError | None = None


class EmbedV2Tasks(Resource):
    """Embedding tasks. The service keeps their vectors for seven days."""

    def list(
        self,
        *,
        started_at: str | None = None,
        ended_at: str | None = None,
        status: str | None = None,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[MediaEmbeddingTask]:
        """Embedding tasks of the last seven days, newest first.

        ``started_at`` and ``ended_at`` are RFC 3339 times; ``page_limit`` is 1 to 50 and 10
        when left out. ``GET /embed-v2/tasks``
        """
        return self._core.pages(
            Page[MediaEmbeddingTask],
            "GET",
            "/embed-v2/tasks",
            query={
                "started_at": started_at,
                "ended_at": ended_at,
                "status": status,
                "page": page,
                "page_limit": page_limit,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        input_type: CreateAsyncEmbeddingRequestInputType,
        model_name: CreateAsyncEmbeddingRequestModelName,
        audio: AudioInputRequest
        | AudioInputRequestDict
        | AsyncAudioInputRequest
        | AsyncAudioInputRequestDict
        | None = None,
        video: VideoInputRequest
        | VideoInputRequestDict
        | AsyncVideoInputRequest
        | AsyncVideoInputRequestDict
        | None = None,
        document: AsyncDocumentInputRequest | AsyncDocumentInputRequestDict | None = None,
        image: AsyncImageInputRequest | AsyncImageInputRequestDict | None = None,
        embedding_uncertainty: bool | None = None,
        embedding_dimension: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The id of a new task for one medium: the one that ``input_type`` names.

        Sound and film may be 4 seconds to 4 hours long, up to 4 GB. ``document``, ``image``,
        ``embedding_uncertainty`` and ``embedding_dimension`` are for ``marengo3.5``.
        ``POST /embed-v2/tasks``
        """
        return await self._core.request(
            TasksCreateResponse,
            "POST",
            "/embed-v2/tasks",
            json={
                "input_type": input_type,
                "model_name": model_name,
                "audio": audio,
                "video": video,
                "document": document,
                "image": image,
                "embedding_uncertainty": embedding_uncertainty,
                "embedding_dimension": embedding_dimension,
            },
            category="embed",
            options=request_options,
        )

    async def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> EmbeddingTaskResponse:
        """A task, with its vectors once it is ready.

        Raises `NotFoundError` when there is no such task. ``GET /embed-v2/tasks/{task_id}``
        """
        return await self._core.request(
            EmbeddingTaskResponse,
            "GET",
            f"/embed-v2/tasks/{segment(task_id)}",
            options=request_options,
        )

    async def wait_until_ready(
        self,
        task_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[EmbeddingTaskResponse], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> EmbeddingTaskResponse:
        """The task with its vectors, once its status is ``"ready"``.

        It is looked at after 1 second, then less and less often, up to every 15, or every
        ``interval`` seconds; ``on_update``, plain or async, gets each state seen. Raises
        `FailedError` with the service's reason, where it gives one, when the task fails, and
        `WaitTimeoutError` after ``timeout`` seconds (None: never).
        ``GET /embed-v2/tasks/{task_id}``
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            clock=self._core.clock,
            judge=judge,
            what=f"embedding task {task_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_all_ready(
        self,
        task_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, MediaEmbeddingTask | TwelveLabsError]:
        """Each id with its row once ready, or with the error that it ended in.

        Rows have no vectors: `retrieve` gives those. Errors are `FailedError`, `NotFoundError`,
        and, after ``timeout`` seconds (None: never), `WaitTimeoutError`; none of them ends the wait
        for the others. Tasks are listed newest first and 50 on a page, as far as needed.
        ``on_update``, plain or async, gets the counts after each round; rounds are as in
        `wait_until_ready`. ``GET /embed-v2/tasks``
        """

        async def look_up(task_id: str) -> MediaEmbeddingTask:
            found = await self.retrieve(task_id, request_options=request_options)
            return MediaEmbeddingTask(
                id=found.id,
                status=found.status,
                created_at=found.created_at,
                updated_at=found.updated_at,
            )

        return await wait_by_lists(
            task_ids,
            lambda _: self.list(page_limit=ROW_LIMIT, request_options=request_options),
            look_up,
            clock=self._core.clock,
            what="embedding task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )
