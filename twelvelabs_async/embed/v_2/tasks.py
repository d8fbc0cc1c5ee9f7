"""Embedding tasks of the second generation: media up to hours long, embedded in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.core import Resource
from ..._runtime.list_polling import judge, wait_by_lists
from ..._runtime.pager import Page, Pager
from ..._runtime.polling import ROW_LIMIT, Progress, wait_until
from ..._runtime.urls import path_segment
from ..._runtime.wire_names import to_wire
from ...errors import TwelveLabsError
from ...options import RequestOptions
from .. import MediaEmbeddingTask
from .inputs import (
    AsyncAudioInputRequest,
    AsyncAudioInputRequestDict,
    AsyncAudioInputRequestEmbeddingOptionItem,
    AsyncAudioInputRequestEmbeddingScopeItem,
    AsyncAudioInputRequestEmbeddingTypeItem,
    AsyncDocumentInputRequest,
    AsyncDocumentInputRequestDict,
    AsyncDocumentInputRequestEmbeddingOptionItem,
    AsyncDocumentInputRequestEmbeddingScopeItem,
    AsyncDocumentInputRequestEmbeddingTypeItem,
    AsyncImageInputRequest,
    AsyncImageInputRequestDict,
    AsyncImageInputRequestEmbeddingOptionItem,
    AsyncImageInputRequestEmbeddingScopeItem,
    AsyncImageInputRequestEmbeddingTypeItem,
    AsyncTemporalSegmentation,
    AsyncTemporalSegmentationDict,
    AsyncVideoInputRequest,
    AsyncVideoInputRequestDict,
    AsyncVideoInputRequestEmbeddingOptionItem,
    AsyncVideoInputRequestEmbeddingScopeItem,
    AsyncVideoInputRequestEmbeddingTypeItem,
    AudioInputRequest,
    AudioInputRequestDict,
    CreateAsyncEmbeddingRequestInputType,
    CreateAsyncEmbeddingRequestModelName,
    DocumentSegmentation,
    DocumentSegmentationDict,
    DocumentSequentialSegmentation,
    DocumentSequentialSegmentationDict,
    DocumentSequentialSegmentationStrategy,
    DocumentSpatialSegmentation,
    DocumentSpatialSegmentationDict,
    DocumentSpatialSegmentationStrategy,
    TemporalSegmentation,
    TemporalSegmentation_Dynamic,
    TemporalSegmentation_Fixed,
    TemporalSegmentationDict,
    TemporalSegmentationDynamicDynamic,
    TemporalSegmentationFixedFixed,
    TimeBasedMetadataEntry,
    TimeBasedMetadataEntryDict,
    VideoInputRequest,
    VideoInputRequestDict,
)
from .models import (
    AsyncDocumentMetadata,
    AsyncImageMetadata,
    EmbeddingTaskMediaMetadata,
    EmbeddingTaskMediaMetadata_Audio,
    EmbeddingTaskMediaMetadata_Document,
    EmbeddingTaskMediaMetadata_Image,
    EmbeddingTaskMediaMetadata_Video,
    EmbeddingTaskResponse,
    EmbeddingTaskResponseError,
    EmbeddingTaskResponseStatus,
    TasksCreateResponse,
    TasksCreateResponseMetadata,
    TasksCreateResponseStatus,
    TasksListResponse,
    TasksListResponsePageInfo,
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
    "TasksCreateResponseStatus",
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

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


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
                "audio": to_wire(AsyncAudioInputRequest, audio),
                "video": to_wire(AsyncVideoInputRequest, video),
                "document": to_wire(AsyncDocumentInputRequest, document),
                "image": to_wire(AsyncImageInputRequest, image),
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
            f"/embed-v2/tasks/{path_segment(task_id)}",
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

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `FailedError` with the service's reason, where it gives one, when the task fails, and
        `WaitTimeoutError` after ``timeout`` seconds (None: never).
        ``GET /embed-v2/tasks/{task_id}``
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
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
            redactor=self._core.redactor,
            what="embedding task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )
