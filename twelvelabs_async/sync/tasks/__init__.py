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
from ..bridge import SyncWrapper, call_in_caller
from ..iterate import SyncPager

if TYPE_CHECKING:
    from .transfers import Transfers

__all__ = ["Tasks"]


class Tasks(SyncWrapper[AsyncTasks]):
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
        """Tasks, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``status`` is one state or several. ``duration`` is in seconds; ``created_at`` and
        ``updated_at`` are the earliest time, as RFC 3339. Raises `BadRequestError` for a value that
        the API does not know. ``GET /tasks``
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
        request_options: RequestOptions | None = None,
    ) -> TasksCreateResponse:
        """The identifiers of a task that has begun; `wait_for_done` waits for its end.

        The video is a ``video_file`` of up to 2 GB (a path, bytes, an open binary file, or a
        ``(name, content, type)`` tuple) or a public ``video_url``. ``enable_video_stream``, by
        default true, keeps it for streaming. ``user_metadata`` are keys of yours, as a mapping or
        as JSON text. Raises `BadRequestError` for a video that the index's models do not take.
        ``POST /tasks``
        """
        return self._bridge.call(
            self._async.create,
            index_id=index_id,
            video_file=video_file,
            video_url=video_url,
            enable_video_stream=enable_video_stream,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksRetrieveResponse:
        """One task.

        Raises `NotFoundError` or `BadRequestError` (``resource_not_exist``) when there is none.
        ``GET /tasks/{task_id}``
        """
        return self._bridge.call(self._async.retrieve, task_id, request_options=request_options)

    def delete(self, task_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Delete a task that is ``"ready"``, after its video, or ``"failed"``.

        Raises `BadRequestError` (``task_cannot_be_deleted``) in any other state.
        ``DELETE /tasks/{task_id}``
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
        """The tasks that were begun, files first, and what could not be, with the reason.

        At most ``max_workers`` videos go up at once. The result is iterated for its ``tasks``;
        ``failures`` have the file or address (``source``) and the exception (``error``). The other
        parameters are those of `create`. Raises `ConfigurationError` when no video is given.
        ``POST /tasks``, once for each
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
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as the vendor's SDK does: look at its
        ``status``. `wait_until_ready` raises instead. It is polled immediately and then about every
        ``sleep_interval`` seconds; ``callback`` gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never), ConfigurationError for an
        interval of 0 or less, and the errors of `retrieve`. ``GET /tasks/{task_id}``

            task = client.tasks.wait_for_done(task_id, callback=print)
        """
        return self._bridge.call(
            self._async.wait_for_done,
            task_id,
            sleep_interval=sleep_interval,
            callback=call_in_caller(callback),
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
        request_options: RequestOptions | None = None,
    ) -> TasksRetrieveResponse:
        """The task, once its status is ``"ready"``: the video can be searched.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `FailedError`, with the task as ``resource``, when it fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and the errors of `retrieve`. ``GET /tasks/{task_id}``

            task = client.tasks.wait_until_ready(task_id, timeout=3600)
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            task_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
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
        request_options: RequestOptions | None = None,
    ) -> dict[str, VideoIndexingTask | TwelveLabsError]:
        """Each id with its task once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. Tasks are listed, those of
        ``index_id`` if it is given, newest first and 50 on a page, as far as needed:
        immediately, then after 0.25 seconds and less and less often, up to every 15, or every
        ``interval`` seconds. ``on_update`` gets the counts after each round.
        ``GET /tasks``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            task_ids,
            index_id=index_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
