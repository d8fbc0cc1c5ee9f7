# Generated from indexes/videos.py: do not edit.
"""Videos in an index: the older view of indexed assets."""

from __future__ import annotations

from collections.abc import Sequence

from ...indexes.models import (
    VideosRetrieveRequestEmbeddingOptionItem,
    VideosRetrieveResponse,
    VideoVector,
)
from ...indexes.videos import Videos as AsyncVideos
from ...list_filters import MetadataFilter, Range, RangeDict, UserMetadata
from ...options import RequestOptions
from ..bridge import SyncWrapper
from ..iterate import SyncPager

__all__ = ["Videos"]


class Videos(SyncWrapper[AsyncVideos]):
    """The videos in an index. New programs use ``indexed_assets``, which also shows states."""

    def list(
        self,
        index_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: str | None = None,
        sort_option: str | None = None,
        filename: str | None = None,
        duration: float | Range | RangeDict | None = None,
        fps: float | Range | RangeDict | None = None,
        width: float | Range | RangeDict | None = None,
        height: float | Range | RangeDict | None = None,
        size: float | Range | RangeDict | None = None,
        created_at: str | None = None,
        updated_at: str | None = None,
        user_metadata: MetadataFilter | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[VideoVector]:
        """The videos in an index, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``duration`` (seconds), ``fps``, ``width``, ``height`` (pixels) and ``size`` (bytes) take a
        number or a range such as ``{"gte": 30, "lte": 120}``, which newer services ask for.
        ``created_at`` and ``updated_at`` are the earliest time, as RFC 3339. ``user_metadata`` are
        keys of yours and the values they must have; ValueError for one that is also a parameter
        here. ``GET /indexes/{index_id}/videos``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                index_id,
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                filename=filename,
                duration=duration,
                fps=fps,
                width=width,
                height=height,
                size=size,
                created_at=created_at,
                updated_at=updated_at,
                user_metadata=user_metadata,
                request_options=request_options,
            ),
        )

    def retrieve(
        self,
        index_id: str,
        video_id: str,
        *,
        embedding_option: VideosRetrieveRequestEmbeddingOptionItem
        | Sequence[VideosRetrieveRequestEmbeddingOptionItem]
        | None = None,
        transcription: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> VideosRetrieveResponse:
        """One video, with its vectors and its transcription where they are asked for.

        ``embedding_option`` names the vectors: ``"visual"``, ``"audio"``, ``"transcription"``.
        Raises `NotFoundError` when there is no such video.
        ``GET /indexes/{index_id}/videos/{video_id}``
        """
        return self._bridge.call(
            self._async.retrieve,
            index_id,
            video_id,
            embedding_option=embedding_option,
            transcription=transcription,
            request_options=request_options,
        )

    def update(
        self,
        index_id: str,
        video_id: str,
        *,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Set keys of a video's metadata; ``None`` as a value deletes a key, others stay.

        Raises `NotFoundError` when there is no such video.
        ``PATCH /indexes/{index_id}/videos/{video_id}``
        """
        self._bridge.call(
            self._async.update,
            index_id,
            video_id,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def delete(
        self, index_id: str, video_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Take a video out of an index, for good. The asset itself stays.

        Raises `NotFoundError` when there is no such video.
        ``DELETE /indexes/{index_id}/videos/{video_id}``
        """
        self._bridge.call(self._async.delete, index_id, video_id, request_options=request_options)
