"""Embedding tasks of the second generation: media up to hours long, embedded in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.core import Resource
from ..._runtime.list_polling import judge, wait_by_lists
from ..._runtime.pager import Page, Pager
from ..._runtime.polling import ROW_LIMIT, Progress, wait_until
from ..._runtime.urls import expand_path
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
        """Every embedding task of the last seven days, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``status`` is
        ``"processing"``, ``"ready"`` or ``"failed"``. ``started_at`` and ``ended_at`` are the
        earliest and the latest time of creation, as RFC 3339. Raises `BadRequestError` for other
        values. ``GET /embed-v2/tasks``

        Example: ``async for task in client.embed.v_2.tasks.list(status="ready"): print(task.id)``
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

        ``model_name`` is ``"marengo3.0"``, with 512 numbers in a vector, or ``"marengo3.5"``. The
        medium is in the parameter of its name, ``audio``, ``video``, ``image`` or ``document``, as
        ``{"media_source": {"url": ...}}``, or with ``"asset_id"`` or ``"base64_string"``. Sound and
        film are 4 seconds to 4 hours long and up to 4 GB; ``start_sec`` and ``end_sec`` beside the
        source, in seconds, limit them to a part. For marengo3.5 only are images (up to 32 MB),
        documents (up to 512 MB), ``embedding_dimension``, the length of the vectors, by default
        512, and ``embedding_uncertainty``, which adds a vector of uncertainties. `wait_until_ready`
        waits for the vectors. Raises `BadRequestError` for wrong parameters and
        `TooManyRequestsError` past the rate limit. ``POST /embed-v2/tasks``

        Example: ``task = await client.embed.v_2.tasks.create(input_type="video",
        model_name="marengo3.0", video={"media_source": {"asset_id": asset.id}})``
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
        """A task, with its vectors once its status is ``"ready"``.

        Raises `NotFoundError` when there is none with this id. ``GET /embed-v2/tasks/{task_id}``

        Example: ``task = await client.embed.v_2.tasks.retrieve(task.id)``
        """
        return await self._core.request(
            EmbeddingTaskResponse,
            "GET",
            expand_path("/embed-v2/tasks/{task_id}", task_id),
            options=request_options,
        )

    async def wait_until_ready(
        self,
        task_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[EmbeddingTaskResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> EmbeddingTaskResponse:
        """The task with its vectors, once its status is ``"ready"``.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError`, with the service's reason if there
        is one, when the task fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit),
        and `NotFoundError` when the task does not exist. ``GET /embed-v2/tasks/{task_id}``

        Example: ``task = await client.embed.v_2.tasks.wait_until_ready(task.id)``
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            core=self._core,
            judge=judge,
            what=f"embedding task {task_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_all_ready(
        self,
        task_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, MediaEmbeddingTask | TwelveLabsError]:
        """Each id with its row once ready, or with the error that it ended in.

        The list of tasks is read newest first, 50 on a page, until it has shown all of
        ``task_ids``. Rows have no vectors: `retrieve` gives those. Errors are `FailedError`,
        `NotFoundError` or `BadRequestError` for an unknown id and, after ``timeout`` seconds (None:
        no limit), `WaitTimeoutError`; none of them ends the wait for the others. The first round is
        immediate; the waits between rounds grow from 0.25 to 15 seconds, or are ``interval``
        seconds. ``on_update``, plain or async, gets the counts after each round, and ``progress``
        shows them (default: in a notebook). ``GET /embed-v2/tasks``

        Example: ``ends = await client.embed.v_2.tasks.wait_until_all_ready([first.id, second.id])``
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
            core=self._core,
            what="embedding task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )
