"""Video indexing tasks: upload and index a video in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from .._runtime.bulk import BulkResult, create_all
from .._runtime.core import Resource
from .._runtime.dump import json_text
from .._runtime.files import File, FilePart
from .._runtime.list_polling import judge, judge_end, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import expand_path
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
        """Every indexing task, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``index_id`` limits the list to one index, ``status`` to one state or
        several, ``filename`` to a file name. ``duration`` is in seconds, ``width`` and ``height``
        are in pixels. ``created_at`` and ``updated_at`` are the earliest time, as RFC 3339. Raises
        `BadRequestError` for other values. ``GET /tasks``

        Example: ``async for task in client.tasks.list(status=["ready", "failed"]):
        print(task.status)``
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The ids of a new task and its video; `wait_until_ready` waits for its end.

        The video, for the index ``index_id``, is ``video_file`` of up to 2 GB (a path, bytes, an
        open binary file, or a ``(name, content, type)`` tuple) or a public ``video_url``. With
        ``enable_video_stream`` (by default true) the service keeps it for streaming.
        ``user_metadata`` are keys of yours, as a mapping or as JSON text. ``progress`` shows how
        much of the file was sent (default: in a notebook). Raises `BadRequestError` for a video
        that does not meet the requirements of the index's models. ``POST /tasks``

        Example: ``task = await client.tasks.create(index_id=index.id, video_file="film.mp4")``
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
            progress=progress,
            options=request_options,
        )

    async def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksRetrieveResponse:
        """One task, with its state.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /tasks/{task_id}``

        Example: ``task = await client.tasks.retrieve(task.id)``
        """
        return await self._core.request(
            TasksRetrieveResponse,
            "GET",
            expand_path("/tasks/{task_id}", task_id),
            options=request_options,
        )

    async def delete(self, task_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the task is deleted.

        It must be ``"failed"``, or ``"ready"`` with its video deleted before. Raises
        `BadRequestError` (``task_cannot_be_deleted``) in any other state, and `BadRequestError` or
        `NotFoundError` when there is none with this id. ``DELETE /tasks/{task_id}``

        Example: ``await client.tasks.delete(task.id)``
        """
        await self._core.request(
            None, "DELETE", expand_path("/tasks/{task_id}", task_id), options=request_options
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
        """The tasks that were created, files first, and each failure with its reason.

        ``video_files`` (of up to 2 GB: a path, bytes, an open binary file, or a
        ``(name, content, type)`` tuple) and public ``video_urls`` are indexed in ``index_id``, at
        most ``max_workers`` (by default 8) sent concurrently. With ``enable_video_stream`` (by
        default true) the service keeps the videos for streaming. ``user_metadata`` are keys of
        yours for each video, as a mapping or as JSON text. The result is iterated for its
        ``tasks``; each of its ``failures`` has the file or URL (``source``) and the exception
        (``error``). Raises `ConfigurationError` when no video is given. ``POST /tasks``, once for
        each video

        Example: ``made = await client.tasks.create_bulk(index_id=index.id, video_files=["a.mp4",
        "b.mp4"])``
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
        progress: bool | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as by the vendor's SDK: check its ``status``.
        `wait_until_ready` raises instead. The first poll is immediate, the others are
        ``sleep_interval`` seconds apart; ``callback``, plain or async, gets each state seen, and
        ``progress`` shows it (default: in a notebook). Raises `WaitTimeoutError` after ``timeout``
        seconds (None: no limit), ConfigurationError for an interval of 0 or less, and
        `BadRequestError` or `NotFoundError` when the task does not exist. ``GET /tasks/{task_id}``

        Example: ``task = await client.tasks.wait_for_done(task.id, callback=print)``
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            core=self._core,
            judge=judge_end,
            what=f"task {task_id}",
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
        on_update: Callable[[TasksRetrieveResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"``: the video can be searched.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError`, with the task as ``resource``, when
        it fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and
        `BadRequestError` or `NotFoundError` when the task does not exist. ``GET /tasks/{task_id}``

        Example: ``task = await client.tasks.wait_until_ready(task.id, timeout=3600)``
        """
        return await wait_until(
            lambda: self.retrieve(task_id, request_options=request_options),
            core=self._core,
            judge=judge,
            what=f"task {task_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_all_ready(
        self,
        task_ids: Sequence[str],
        *,
        index_id: str | None = None,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, VideoIndexingTask | TwelveLabsError]:
        """Each id with its task once ready, or with the error that it ended in.

        The list of tasks, of ``index_id`` if given, is read newest first, 50 on a page, until it
        has shown all of ``task_ids``. Errors are `FailedError`, `NotFoundError` or
        `BadRequestError` for an unknown id and, after ``timeout`` seconds (None: no limit),
        `WaitTimeoutError`; none of them ends the wait for the others. The first round is immediate;
        the waits between rounds grow from 0.25 to 15 seconds, or are ``interval`` seconds.
        ``on_update``, plain or async, gets the counts after each round, and ``progress`` shows them
        (default: in a notebook). ``GET /tasks``

        Example: ``ends = await client.tasks.wait_until_all_ready([first.id, second.id],
        index_id=index.id)``
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
            core=self._core,
            what="task",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )
