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
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["EmbedTasks"]


class EmbedTasks(SyncResource[AsyncEmbedTasks]):
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
        """Every embedding task of the last seven days, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``status`` is
        ``"processing"``, ``"ready"`` or ``"failed"``. ``started_at`` and ``ended_at`` are the
        earliest and the latest time of creation, as RFC 3339. Raises `BadRequestError` for other
        values. ``GET /embed/tasks``

        Example: ``for task in client.embed.tasks.list(status="ready"): print(task.id)``
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

        Example: ``task = client.embed.tasks.create(model_name="marengo3.0",
        video_file="film.mp4")``
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
            progress=progress,
            request_options=request_options,
        )

    def status(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> TasksStatusResponse:
        """The state of a task, without its vectors.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /embed/tasks/{task_id}/status``

        Example: ``state = client.embed.tasks.status(task.id)``
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

        ``embedding_option`` limits them to ``"visual"``, ``"audio"`` or ``"transcription"``, or
        several; the default is all. Raises `BadRequestError` or `NotFoundError` when there is none
        with this id. ``GET /embed/tasks/{task_id}``

        Example: ``task = client.embed.tasks.retrieve(task.id, embedding_option="visual")``
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
        """The tasks that were created, and each failure with its reason.

        ``model_name`` is ``"marengo3.0"``. Each of ``videos`` is a dict with ``video_file`` (of up
        to 2 GB) or a public ``video_url``, and, if you like, ``video_clip_length`` (2 to 10
        seconds, by default 6), ``video_start_offset_sec`` and ``video_end_offset_sec``, and
        ``video_embedding_scope`` (``["clip"]`` or ``["clip", "video"]``). At most ``max_workers``
        (by default 8) are sent concurrently. The result is iterated for its ``tasks``; each of its
        ``failures`` has the video as it was given (``source``) and the exception (``error``).
        ``POST /embed/tasks``, once for each video

        Example: ``made = client.embed.tasks.create_bulk(model_name="marengo3.0",
        videos=[{"video_file": "a.mp4"}])``
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
        progress: bool | None = None,
        timeout: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"`` or ``"failed"``.

        A task that has failed is returned as well, as by the vendor's SDK: check its ``status``.
        `wait_until_ready` raises instead. The first poll is immediate, the others are
        ``sleep_interval`` seconds apart; ``callback`` gets each state seen, and ``progress`` shows
        it (default: in a notebook). Raises `WaitTimeoutError` after ``timeout`` seconds (None: no
        limit), ConfigurationError for an interval of 0 or less, and `BadRequestError` or
        `NotFoundError` when the task does not exist. ``GET /embed/tasks/{task_id}/status``

        Example: ``state = client.embed.tasks.wait_for_done(task.id, callback=print)``
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
        on_update: Callable[[TasksStatusResponse], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> TasksStatusResponse:
        """The state of the task, once it is ``"ready"``: its vectors can be retrieved.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `FailedError`, with the task as ``resource``, when it
        fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and `BadRequestError`
        or `NotFoundError` when the task does not exist. ``GET /embed/tasks/{task_id}/status``

        Example: ``client.embed.tasks.wait_until_ready(task.id, timeout=3600)``
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
        ``on_update`` gets the counts after each round, and ``progress`` shows them (default: in a
        notebook). ``GET /embed/tasks``

        Example: ``ends = client.embed.tasks.wait_until_all_ready([first.id, second.id])``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            task_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
