# Generated from embed/tasks.py: do not edit.
"""Embedding tasks of the first generation: a film goes in, vectors of its clips come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.bulk import BulkResult
from ..._runtime.files import File
from ..._runtime.polling import Progress
from ...embed.models import (
    CreateEmbeddingsTaskVideoParams,
    MediaEmbeddingTask,
    TasksCreateRequestVideoEmbeddingScopeItem,
    TasksCreateResponse,
    TasksRetrieveRequestEmbeddingOptionItem,
    TasksRetrieveResponse,
    TasksStatusResponse,
)
from ...embed.tasks import EmbedTasks as AsyncEmbedTasks
from ...errors import TwelveLabsError
from ...options import RequestOptions
from ..bridge import SyncWrapper, call_in_caller
from ..iterate import SyncPager

__all__ = ["EmbedTasks"]


class EmbedTasks(SyncWrapper[AsyncEmbedTasks]):
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
    ) -> SyncPager[MediaEmbeddingTask]:
        """Embedding tasks of the last seven days, newest first.

        ``started_at`` and ``ended_at`` are RFC 3339 times; ``page_limit`` is 1 to 50 and 10
        when left out. ``GET /embed/tasks``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                started_at=started_at,
                ended_at=ended_at,
                status=status,
                page=page,
                page_limit=page_limit,
                request_options=request_options,
            ),
        )

    def create(
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
        return self._bridge.call(
            self._async.create,
            model_name=model_name,
            video_file=video_file,
            video_url=video_url,
            video_start_offset_sec=video_start_offset_sec,
            video_end_offset_sec=video_end_offset_sec,
            video_clip_length=video_clip_length,
            video_embedding_scope=video_embedding_scope,
            request_options=request_options,
        )

    def status(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksStatusResponse:
        """How far a task is.

        ``GET /embed/tasks/{task_id}/status``
        """
        return self._bridge.call(self._async.status, task_id, request_options=request_options)

    def retrieve(
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
        return self._bridge.call(
            self._async.retrieve,
            task_id,
            embedding_option=embedding_option,
            request_options=request_options,
        )

    def create_bulk(
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
        return self._bridge.call(
            self._async.create_bulk,
            model_name=model_name,
            videos=videos,
            max_workers=max_workers,
            request_options=request_options,
        )

    def wait_for_done(
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
        ``sleep_interval`` seconds; ``callback`` gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never), ConfigurationError for an
        interval of 0 or less, and the errors of `status`. ``GET /embed/tasks/{task_id}/status``

            task = client.embed.tasks.wait_for_done(task_id, callback=print)
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
        on_update: Callable[[TasksStatusResponse], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"``: its vectors can be retrieved.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `FailedError`, with the task as ``resource``, when it fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and the errors of `status`.
        ``GET /embed/tasks/{task_id}/status``

            task = client.embed.tasks.wait_until_ready(task_id, timeout=3600)
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
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, MediaEmbeddingTask | TwelveLabsError]:
        """Each id with its row once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. Tasks are listed newest first
        and 50 on a page, as far as needed: immediately, then after 0.25 seconds and less and
        less often, up to every 15, or every ``interval`` seconds. ``on_update``
        gets the counts after each round. ``GET /embed/tasks``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            task_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
