"""Embedding tasks of the first generation: a film goes in, vectors of its clips come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from .._runtime.bulk import BulkResult, create_all
from .._runtime.core import Resource
from .._runtime.files import File, FilePart
from .._runtime.list_polling import judge, judge_end, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import expand_path
from ..errors import TwelveLabsError
from ..options import RequestOptions
from .models import (
    CreateEmbeddingsTaskVideoParams,
    MediaEmbeddingTask,
    TasksCreateRequestVideoEmbeddingScopeItem,
    TasksCreateResponse,
    TasksListResponse,
    TasksListResponsePageInfo,
    TasksRetrieveRequestEmbeddingOptionItem,
    TasksRetrieveResponse,
    TasksRetrieveResponseVideoEmbedding,
    TasksStatusResponse,
    TasksStatusResponseVideoEmbedding,
    VideoEmbeddingTask,
    VideoEmbeddingTaskVideoEmbedding,
)

__all__ = [
    "CreateEmbeddingsTaskVideoParams",
    "EmbedTasks",
    "TasksCreateRequestVideoEmbeddingScopeItem",
    "TasksCreateResponse",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "TasksRetrieveRequestEmbeddingOptionItem",
    "TasksRetrieveResponse",
    "TasksRetrieveResponseVideoEmbedding",
    "TasksStatusResponse",
    "TasksStatusResponseVideoEmbedding",
    "VideoEmbeddingTask",
    "VideoEmbeddingTaskVideoEmbedding",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


class EmbedTasks(Resource):
    """Embedding tasks for films. The service keeps their vectors for seven days."""

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
        values. ``GET /embed/tasks``

        Example: ``async for task in client.embed.tasks.list(status="ready"): print(task.id)``
        """
        return self._core.pages(
            Page[MediaEmbeddingTask],
            "GET",
            "/embed/tasks",
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
        model_name: str,
        video_file: File | None = None,
        video_url: str | None = None,
        video_start_offset_sec: float | None = None,
        video_end_offset_sec: float | None = None,
        video_clip_length: float | None = None,
        video_embedding_scope: Sequence[TasksCreateRequestVideoEmbeddingScopeItem] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The id of a new task for one film; `wait_until_ready` waits for its end.

        ``model_name`` is ``"marengo3.0"``. The film is ``video_file`` of up to 2 GB (a path, bytes,
        an open binary file, or a ``(name, content, type)`` tuple) or a public ``video_url``.
        ``video_clip_length`` is 2 to 10 seconds, by default 6; a last clip under 2 seconds is
        dropped. ``video_start_offset_sec`` and ``video_end_offset_sec``, in seconds, go together.
        ``video_embedding_scope`` is ``["clip"]`` or ``["clip", "video"]``. ``progress`` shows how
        much of the file was sent (default: in a notebook). Raises `BadRequestError` for wrong
        parameters and `TooManyRequestsError` past the rate limit. ``POST /embed/tasks``

        Example: ``task = await client.embed.tasks.create(model_name="marengo3.0",
        video_file="film.mp4")``
        """
        return await self._core.request(
            TasksCreateResponse,
            "POST",
            "/embed/tasks",
            form={
                "model_name": model_name,
                "video_file": None if video_file is None else FilePart(video_file, media="video"),
                "video_url": video_url,
                "video_start_offset_sec": video_start_offset_sec,
                "video_end_offset_sec": video_end_offset_sec,
                "video_clip_length": video_clip_length,
                "video_embedding_scope": video_embedding_scope,
            },
            category="embed",
            progress=progress,
            options=request_options,
        )

    async def status(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksStatusResponse:
        """The state of a task, without its vectors.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /embed/tasks/{task_id}/status``

        Example: ``state = await client.embed.tasks.status(task.id)``
        """
        return await self._core.request(
            TasksStatusResponse,
            "GET",
            expand_path("/embed/tasks/{task_id}/status", task_id),
            options=request_options,
        )

    async def retrieve(
        self,
        task_id: str,
        *,
        embedding_option: TasksRetrieveRequestEmbeddingOptionItem
        | Sequence[TasksRetrieveRequestEmbeddingOptionItem]
        | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """A task with its vectors, once its status is ``"ready"``.

        ``embedding_option`` limits them to ``"visual"``, ``"audio"`` or ``"transcription"``, or
        several; the default is all. Raises `BadRequestError` or `NotFoundError` when there is none
        with this id. ``GET /embed/tasks/{task_id}``

        Example: ``task = await client.embed.tasks.retrieve(task.id, embedding_option="visual")``
        """
        return await self._core.request(
            TasksRetrieveResponse,
            "GET",
            expand_path("/embed/tasks/{task_id}", task_id),
            query={"embedding_option": embedding_option},
            options=request_options,
        )

    async def create_bulk(
        self,
        *,
        model_name: str,
        videos: Sequence[CreateEmbeddingsTaskVideoParams],
        max_workers: int = 8,
        request_options: RequestOptions | None = None,
    ) -> BulkResult[TasksCreateResponse]:
        """The tasks that were created, and each failure with its reason.

        ``model_name`` is ``"marengo3.0"``. Each of ``videos`` is a dict with ``video_file`` (of up
        to 2 GB) or a public ``video_url``, and, if you like, ``video_clip_length`` (2 to 10
        seconds, by default 6), ``video_start_offset_sec`` and ``video_end_offset_sec``, and
        ``video_embedding_scope`` (``["clip"]`` or ``["clip", "video"]``). At most ``max_workers``
        (by default 8) are sent concurrently. The result is iterated for its ``tasks``; each of its
        ``failures`` has the video as it was given (``source``) and the exception (``error``).
        ``POST /embed/tasks``, once for each video

        Example: ``made = await client.embed.tasks.create_bulk(model_name="marengo3.0",
        videos=[{"video_file": "a.mp4"}])``
        """
        create = partial(self.create, model_name=model_name, request_options=request_options)
        return await create_all(
            [(video, partial(create, **video)) for video in videos], max_workers
        )

    async def wait_for_done(
        self,
        task_id: str,
        *,
        sleep_interval: float = 5.0,
        callback: Callable[[TasksStatusResponse], object] | None = None,
        progress: bool | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as by the vendor's SDK: check its ``status``.
        `wait_until_ready` raises instead. The first poll is immediate, the others are
        ``sleep_interval`` seconds apart; ``callback``, plain or async, gets each state seen, and
        ``progress`` shows it (default: in a notebook). Raises `WaitTimeoutError` after ``timeout``
        seconds (None: no limit), ConfigurationError for an interval of 0 or less, and
        `BadRequestError` or `NotFoundError` when the task does not exist.
        ``GET /embed/tasks/{task_id}/status``

        Example: ``state = await client.embed.tasks.wait_for_done(task.id, callback=print)``
        """
        return await wait_until(
            lambda: self.status(task_id, request_options=request_options),
            core=self._core,
            judge=judge_end,
            what=f"embedding task {task_id}",
            timeout=timeout,
            interval=sleep_interval,
            on_update=callback,
            progress=progress,
        )

    async def wait_until_ready(
        self,
        task_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[TasksStatusResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"``: its vectors can be retrieved.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError`, with the task as ``resource``, when
        it fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and
        `BadRequestError` or `NotFoundError` when the task does not exist.
        ``GET /embed/tasks/{task_id}/status``

        Example: ``await client.embed.tasks.wait_until_ready(task.id, timeout=3600)``
        """
        return await wait_until(
            lambda: self.status(task_id, request_options=request_options),
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
        ``task_ids``. Rows have no vectors. Errors are `FailedError`, `NotFoundError` or
        `BadRequestError` for an unknown id and, after ``timeout`` seconds (None: no limit),
        `WaitTimeoutError`; none of them ends the wait for the others. The first round is immediate;
        the waits between rounds grow from 0.25 to 15 seconds, or are ``interval`` seconds.
        ``on_update``, plain or async, gets the counts after each round, and ``progress`` shows them
        (default: in a notebook). ``GET /embed/tasks``

        Example: ``ends = await client.embed.tasks.wait_until_all_ready([first.id, second.id])``
        """

        async def look_up(task_id: str) -> MediaEmbeddingTask:
            found = await self.status(task_id, request_options=request_options)
            return MediaEmbeddingTask(id=found.id, status=found.status, model_name=found.model_name)

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
