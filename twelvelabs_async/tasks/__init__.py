"""Video indexing tasks: upload and index a video in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from .._runtime.bulk import BulkResult, create_all
from .._runtime.core import Resource
from .._runtime.files import File, FilePart
from .._runtime.list_polling import judge, judge_end, wait_by_lists
from .._runtime.model import json_text
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import path_segment
from ..errors import ConfigurationError, TwelveLabsError
from ..list_filters import UserMetadata
from ..options import RequestOptions
from . import models
from .models import *

if TYPE_CHECKING:
    from .transfers import Transfers

__all__ = ["Tasks"]
__all__ += models.__all__


class Tasks(Resource):
    """Upload and indexing in one step. New programs use ``assets`` and ``indexed_assets``."""

    @cached_property
    def transfers(self) -> Transfers:
        """Imports from a connected cloud store."""
        from .transfers import Transfers

        return Transfers(self._core)

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: str | None = None,
        sort_option: str | None = None,
        index_id: str | None = None,
        status: TasksListRequestStatusItem | Sequence[TasksListRequestStatusItem] | None = None,
        filename: str | None = None,
        duration: float | None = None,
        width: int | None = None,
        height: int | None = None,
        created_at: str | None = None,
        updated_at: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[VideoIndexingTask]:
        """Tasks, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``status`` is one state or several. ``duration`` is in seconds; ``created_at`` and
        ``updated_at`` are the earliest time, as RFC 3339. Raises `BadRequestError` for a value that
        the API does not know. ``GET /tasks``
        """
        return self._core.pages(
            Page[VideoIndexingTask],
            "GET",
            "/tasks",
            query={
                "page": page,
                "page_limit": page_limit,
                "sort_by": sort_by,
                "sort_option": sort_option,
                "index_id": index_id,
                "status": status,
                "filename": filename,
                "duration": duration,
                "width": width,
                "height": height,
                "created_at": created_at,
                "updated_at": updated_at,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        index_id: str,
        video_file: File | None = None,
        video_url: str | None = None,
        enable_video_stream: bool | None = None,
        user_metadata: UserMetadata | str | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The identifiers of a task that has begun; `wait_for_done` waits for its end.

        The video is a ``video_file`` of up to 2 GB (a path, bytes, an open binary file, or a
        ``(name, content, type)`` tuple) or a public ``video_url``. ``enable_video_stream``, by
        default true, keeps it for streaming. ``user_metadata`` are keys of yours, as a mapping or
        as JSON text. Raises `BadRequestError` for a video that the index's models do not take.
        ``POST /tasks``
        """
        return await self._core.request(
            TasksCreateResponse,
            "POST",
            "/tasks",
            form={
                "index_id": index_id,
                "video_file": None if video_file is None else FilePart(video_file, media="video"),
                "video_url": video_url,
                "enable_video_stream": enable_video_stream,
                "user_metadata": json_text(user_metadata),
            },
            category="index",
            options=request_options,
        )

    async def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksRetrieveResponse:
        """One task.

        Raises `NotFoundError` or `BadRequestError` (``resource_not_exist``) when there is none.
        ``GET /tasks/{task_id}``
        """
        return await self._core.request(
            TasksRetrieveResponse, "GET", f"/tasks/{path_segment(task_id)}", options=request_options
        )

    async def delete(self, task_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Delete a task that is ``"ready"``, after its video, or ``"failed"``.

        Raises `BadRequestError` (``task_cannot_be_deleted``) in any other state.
        ``DELETE /tasks/{task_id}``
        """
        await self._core.request(
            None, "DELETE", f"/tasks/{path_segment(task_id)}", options=request_options
        )

    async def create_bulk(
        self,
        *,
        index_id: str,
        video_files: Sequence[File] | None = None,
        video_urls: Sequence[str] | None = None,
        enable_video_stream: bool | None = None,
        user_metadata: UserMetadata | str | None = None,
        max_workers: int = 8,
        request_options: RequestOptions | None = None,
    ) -> BulkResult[TasksCreateResponse]:
        """The tasks that were begun, files first, and what could not be, with the reason.

        At most ``max_workers`` videos go up at once. The result is iterated for its ``tasks``;
        ``failures`` have the file or address (``source``) and the exception (``error``). The other
        parameters are those of `create`. Raises `ConfigurationError` when no video is given.
        ``POST /tasks``, once for each
        """
        if not video_files and not video_urls:
            raise ConfigurationError("give video_files, video_urls, or both")
        create = partial(
            self.create,
            index_id=index_id,
            enable_video_stream=enable_video_stream,
            user_metadata=user_metadata,
            request_options=request_options,
        )
        return await create_all(
            [(file, partial(create, video_file=file)) for file in video_files or ()]
            + [(url, partial(create, video_url=url)) for url in video_urls or ()],
            max_workers,
        )

    async def wait_for_done(
        self,
        task_id: str,
        *,
        sleep_interval: float = 5.0,
        callback: Callable[[TasksRetrieveResponse], object] | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as the vendor's SDK does: look at its
        ``status``. `wait_until_ready` raises instead. It is polled immediately and then about every
        ``sleep_interval`` seconds; ``callback``, plain or async, gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never), ConfigurationError for an
        interval of 0 or less, and the errors of `retrieve`. ``GET /tasks/{task_id}``

            task = await client.tasks.wait_for_done(task_id, callback=print)
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge_end,
            what=f"task {task_id}",
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
        on_update: Callable[[TasksRetrieveResponse], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"``: the video can be searched.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `FailedError`, with the task as ``resource``, when it fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and the errors of `retrieve`. ``GET /tasks/{task_id}``

            task = await client.tasks.wait_until_ready(task_id, timeout=3600)
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge,
            what=f"task {task_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_all_ready(
        self,
        task_ids: Sequence[str],
        *,
        index_id: str | None = None,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, VideoIndexingTask | TwelveLabsError]:
        """Each id with its task once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. Tasks are listed, those of
        ``index_id`` if it is given, newest first and 50 on a page, as far as needed:
        immediately, then after 0.25 seconds and less and less often, up to every 15, or every
        ``interval`` seconds. ``on_update``, plain or async, gets the counts after each round.
        ``GET /tasks``
        """
        return await wait_by_lists(
            task_ids,
            lambda _: self.list(
                index_id=index_id,
                page_limit=ROW_LIMIT,
                sort_by="created_at",
                sort_option="desc",
                request_options=request_options,
            ),
            lambda id_: self.retrieve(id_, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            what="task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )
