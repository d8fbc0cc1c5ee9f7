# Made by twelvelabs_async.sync.generate from embed/v_2/tasks.py: change that one.
"""Embedding tasks of the second generation: media up to hours long, embedded in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....embed.v_2.tasks import EmbedV2Tasks as AsyncEmbedV2Tasks
from ...bridge import Twin
from ...iterate import SyncPager

if TYPE_CHECKING:
    from ....embed import MediaEmbeddingTask
    from ....embed.v_2 import (
        AudioInputRequest,
        AudioInputRequestDict,
        VideoInputRequest,
        VideoInputRequestDict,
    )
    from ....embed.v_2.tasks import (
        AsyncAudioInputRequest,
        AsyncAudioInputRequestDict,
        AsyncDocumentInputRequest,
        AsyncDocumentInputRequestDict,
        AsyncImageInputRequest,
        AsyncImageInputRequestDict,
        AsyncVideoInputRequest,
        AsyncVideoInputRequestDict,
        CreateAsyncEmbeddingRequestInputType,
        CreateAsyncEmbeddingRequestModelName,
        EmbeddingTaskResponse,
        TasksCreateResponse,
    )
    from ....options import RequestOptions

__all__ = ["EmbedV2Tasks"]


class EmbedV2Tasks(Twin[AsyncEmbedV2Tasks]):
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
