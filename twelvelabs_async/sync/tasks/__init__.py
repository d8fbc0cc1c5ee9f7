# Generated from tasks/__init__.py: do not edit.
"""Video indexing tasks: upload and index a video in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..._runtime.bulk import BulkResult
from ..._runtime.files import File
from ..._runtime.polling import Progress
from ...errors import TwelveLabsError
from ...list_filters import UserMetadata
from ...options import RequestOptions
from ...tasks import Tasks as AsyncTasks
from ...tasks.models import (
    TasksCreateResponse,
    TasksListRequestStatusItem,
    TasksRetrieveResponse,
    VideoIndexingTask,
)
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

if TYPE_CHECKING:
    from .transfers import Transfers

__all__ = ["Tasks"]


class Tasks(SyncResource[AsyncTasks]):
    """Upload and indexing in one step. New programs use ``assets`` and ``indexed_assets``."""

    @cached_property
    def transfers(self) -> Transfers:
        """Imports from a connected cloud store."""
        from .transfers import Transfers

        return Transfers(self._bridge, self._async.transfers)

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
    ) -> SyncPager[VideoIndexingTask]:
        """Every indexing task, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``index_id`` limits the list to one index, ``status`` to one state or
        several, ``filename`` to a file name. ``duration`` is in seconds, ``width`` and ``height``
        are in pixels. ``created_at`` and ``updated_at`` are the earliest time, as RFC 3339. Raises
        `BadRequestError` for other values. ``GET /tasks``

        Example: ``for task in client.tasks.list(status=["ready", "failed"]): print(task.status)``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                index_id=index_id,
                status=status,
                filename=filename,
                duration=duration,
                width=width,
                height=height,
                created_at=created_at,
                updated_at=updated_at,
                request_options=request_options,
            ),
        )

    def create(
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

        Example: ``task = client.tasks.create(index_id=index.id, video_file="film.mp4")``
        """
        return self._bridge.call(
            self._async.create,
            index_id=index_id,
            video_file=video_file,
            video_url=video_url,
            enable_video_stream=enable_video_stream,
            user_metadata=user_metadata,
            progress=progress,
            request_options=request_options,
        )

    def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksRetrieveResponse:
        """One task, with its state.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /tasks/{task_id}``

        Example: ``task = client.tasks.retrieve(task.id)``
        """
        return self._bridge.call(self._async.retrieve, task_id, request_options=request_options)

    def delete(self, task_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the task is deleted.

        It must be ``"failed"``, or ``"ready"`` with its video deleted before. Raises
        `BadRequestError` (``task_cannot_be_deleted``) in any other state, and `BadRequestError` or
        `NotFoundError` when there is none with this id. ``DELETE /tasks/{task_id}``

        Example: ``client.tasks.delete(task.id)``
        """
        self._bridge.call(self._async.delete, task_id, request_options=request_options)

    def create_bulk(
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

        Example: ``made = client.tasks.create_bulk(index_id=index.id, video_files=["a.mp4",
        "b.mp4"])``
        """
        return self._bridge.call(
            self._async.create_bulk,
            index_id=index_id,
            video_files=video_files,
            video_urls=video_urls,
            enable_video_stream=enable_video_stream,
            user_metadata=user_metadata,
            max_workers=max_workers,
            request_options=request_options,
        )

    def wait_for_done(
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
        ``sleep_interval`` seconds apart; ``callback`` gets each state seen, and ``progress`` shows
        it (default: in a notebook). Raises `WaitTimeoutError` after ``timeout`` seconds (None: no
        limit), ConfigurationError for an interval of 0 or less, and `BadRequestError` or
        `NotFoundError` when the task does not exist. ``GET /tasks/{task_id}``

        Example: ``task = client.tasks.wait_for_done(task.id, callback=print)``
        """
        return self._bridge.call(
            self._async.wait_for_done,
            task_id,
            sleep_interval=sleep_interval,
            callback=call_in_caller(callback),
            progress=progress,
            timeout=timeout,
            request_options=request_options,
        )

    def wait_until_ready(
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
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `FailedError`, with the task as ``resource``, when it
        fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and `BadRequestError`
        or `NotFoundError` when the task does not exist. ``GET /tasks/{task_id}``

        Example: ``task = client.tasks.wait_until_ready(task.id, timeout=3600)``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            task_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )

    def wait_until_all_ready(
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
        ``on_update`` gets the counts after each round, and ``progress`` shows them (default: in a
        notebook). ``GET /tasks``

        Example: ``ends = client.tasks.wait_until_all_ready([first.id, second.id],
        index_id=index.id)``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            task_ids,
            index_id=index_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
