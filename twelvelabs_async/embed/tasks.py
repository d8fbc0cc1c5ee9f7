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
from .._runtime.urls import path_segment
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
        """Embedding tasks of the last seven days, newest first.

        ``started_at`` and ``ended_at`` are RFC 3339 times; ``page_limit`` is 1 to 50 and 10
        when left out. ``GET /embed/tasks``
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
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The id of a new task for one film, up to 2 GB, from a file or an address.

        ``video_clip_length`` is 2 to 10 seconds, 6 when left out; a last clip under 2 seconds
        is dropped. Both offsets, in seconds, go together. ``video_embedding_scope`` is
        ``["clip"]`` or ``["clip", "video"]``. ``POST /embed/tasks``
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
            options=request_options,
        )

    async def status(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksStatusResponse:
        """How far a task is.

        ``GET /embed/tasks/{task_id}/status``
        """
        return await self._core.request(
            TasksStatusResponse,
            "GET",
            f"/embed/tasks/{path_segment(task_id)}/status",
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

        ``embedding_option`` picks kinds of vectors; all come when it is left out.
        ``GET /embed/tasks/{task_id}``
        """
        return await self._core.request(
            TasksRetrieveResponse,
            "GET",
            f"/embed/tasks/{path_segment(task_id)}",
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
        """The tasks that were begun, and what could not be, with the reason.

        Each of ``videos`` has the parameters of `create` for one film. At most ``max_workers`` go
        up at once. The result is iterated for its ``tasks``; ``failures`` have the video as it was
        given (``source``) and the exception (``error``). ``POST /embed/tasks``, once for each
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
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as the vendor's SDK does: look at its
        ``status``. `wait_until_ready` raises instead. It is polled immediately and then about every
        ``sleep_interval`` seconds; ``callback``, plain or async, gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never), ConfigurationError for an
        interval of 0 or less, and the errors of `status`. ``GET /embed/tasks/{task_id}/status``

            task = await client.embed.tasks.wait_for_done(task_id, callback=print)
        """
        return await wait_until(
            lambda: self.status(task_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge_end,
            what=f"embedding task {task_id}",
            timeout=timeout,
            interval=sleep_interval,
            on_update=callback,
        )

    async def wait_until_ready(
        self,
        task_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[TasksStatusResponse], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"``: its vectors can be retrieved.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `FailedError`, with the task as ``resource``, when it fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and the errors of `status`.
        ``GET /embed/tasks/{task_id}/status``

            task = await client.embed.tasks.wait_until_ready(task_id, timeout=3600)
        """
        return await wait_until(
            lambda: self.status(task_id, request_options=request_options),
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

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. Tasks are listed newest first
        and 50 on a page, as far as needed: immediately, then after 0.25 seconds and less and
        less often, up to every 15, or every ``interval`` seconds. ``on_update``, plain or async,
        gets the counts after each round. ``GET /embed/tasks``
        """

        async def look_up(task_id: str) -> MediaEmbeddingTask:
            found = await self.status(task_id, request_options=request_options)
            return MediaEmbeddingTask(id=found.id, status=found.status, model_name=found.model_name)

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
