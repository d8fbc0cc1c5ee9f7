# Generated from embed/v_2/tasks.py: do not edit.
"""Embedding tasks of the second generation: media up to hours long, embedded in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...._runtime.polling import Progress
from ....embed import MediaEmbeddingTask
from ....embed.v_2.inputs import (
    AsyncAudioInputRequest,
    AsyncAudioInputRequestDict,
    AsyncDocumentInputRequest,
    AsyncDocumentInputRequestDict,
    AsyncImageInputRequest,
    AsyncImageInputRequestDict,
    AsyncVideoInputRequest,
    AsyncVideoInputRequestDict,
    AudioInputRequest,
    AudioInputRequestDict,
    CreateAsyncEmbeddingRequestInputType,
    CreateAsyncEmbeddingRequestModelName,
    VideoInputRequest,
    VideoInputRequestDict,
)
from ....embed.v_2.models import EmbeddingTaskResponse, TasksCreateResponse
from ....embed.v_2.tasks import EmbedV2Tasks as AsyncEmbedV2Tasks
from ....errors import TwelveLabsError
from ....options import RequestOptions
from ...bridge import SyncWrapper, call_in_caller
from ...iterate import SyncPager

__all__ = ["EmbedV2Tasks"]


class EmbedV2Tasks(SyncWrapper[AsyncEmbedV2Tasks]):
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
    ) -> SyncPager[MediaEmbeddingTask]:
        """Embedding tasks of the last seven days, newest first.

        ``started_at`` and ``ended_at`` are RFC 3339 times; ``page_limit`` is 1 to 50 and 10
        when left out. ``GET /embed-v2/tasks``
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
        return self._bridge.call(
            self._async.create,
            input_type=input_type,
            model_name=model_name,
            audio=audio,
            video=video,
            document=document,
            image=image,
            embedding_uncertainty=embedding_uncertainty,
            embedding_dimension=embedding_dimension,
            request_options=request_options,
        )

    def retrieve(
        self, task_id: str, *, request_options: RequestOptions | None = None
    ) -> EmbeddingTaskResponse:
        """A task, with its vectors once it is ready.

        Raises `NotFoundError` when there is no such task. ``GET /embed-v2/tasks/{task_id}``
        """
        return self._bridge.call(self._async.retrieve, task_id, request_options=request_options)

    def wait_until_ready(
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
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `FailedError` with the service's reason, where it gives one, when the task fails, and
        `WaitTimeoutError` after ``timeout`` seconds (None: never).
        ``GET /embed-v2/tasks/{task_id}``
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

        Rows have no vectors: `retrieve` gives those. Errors are `FailedError`, `NotFoundError`,
        and, after ``timeout`` seconds (None: never), `WaitTimeoutError`; none of them ends the wait
        for the others. Tasks are listed newest first and 50 on a page, as far as needed.
        ``on_update`` gets the counts after each round; rounds are as in
        `wait_until_ready`. ``GET /embed-v2/tasks``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            task_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
