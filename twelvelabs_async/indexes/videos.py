"""Videos in an index: the older view of indexed assets."""

from __future__ import annotations

from collections.abc import Sequence

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import path_segment
from ..list_filters import MetadataFilter, Range, RangeDict, UserMetadata, metadata_filters, ranges
from ..options import RequestOptions
from .models import (
    VideosListRequestDuration,
    VideosListRequestFps,
    VideosListRequestHeight,
    VideosListRequestSize,
    VideosListRequestUserMetadataValue,
    VideosListRequestWidth,
    VideosListResponse,
    VideosRetrieveRequestEmbeddingOptionItem,
    VideosRetrieveResponse,
    VideosRetrieveResponseEmbedding,
    VideosRetrieveResponseEmbeddingVideoEmbedding,
    VideosRetrieveResponseSystemMetadata,
    VideoVector,
    VideoVectorSystemMetadata,
)

__all__ = [
    "VideoVector",
    "VideoVectorSystemMetadata",
    "Videos",
    "VideosListRequestDuration",
    "VideosListRequestFps",
    "VideosListRequestHeight",
    "VideosListRequestSize",
    "VideosListRequestUserMetadataValue",
    "VideosListRequestWidth",
    "VideosListResponse",
    "VideosRetrieveRequestEmbeddingOptionItem",
    "VideosRetrieveResponse",
    "VideosRetrieveResponseEmbedding",
    "VideosRetrieveResponseEmbeddingVideoEmbedding",
    "VideosRetrieveResponseSystemMetadata",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


class Videos(Resource):
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
    ) -> Pager[VideoVector]:
        """The videos in an index, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``duration`` (seconds), ``fps``, ``width``, ``height`` (pixels) and ``size`` (bytes) take a
        number or a range such as ``{"gte": 30, "lte": 120}``, which newer services ask for.
        ``created_at`` and ``updated_at`` are the earliest time, as RFC 3339. ``user_metadata`` are
        keys of yours and the values they must have; ValueError for one that is also a parameter
        here. ``GET /indexes/{index_id}/videos``
        """
        return self._core.pages(
            Page[VideoVector],
            "GET",
            f"/indexes/{path_segment(index_id)}/videos",
            query={
                "page": page,
                "page_limit": page_limit,
                "sort_by": sort_by,
                "sort_option": sort_option,
                "filename": filename,
                **ranges(duration=duration, fps=fps, width=width, height=height, size=size),
                "created_at": created_at,
                "updated_at": updated_at,
                **metadata_filters(user_metadata),
            },
            options=request_options,
        )

    async def retrieve(
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
        return await self._core.request(
            VideosRetrieveResponse,
            "GET",
            f"/indexes/{path_segment(index_id)}/videos/{path_segment(video_id)}",
            query={"embedding_option": embedding_option, "transcription": transcription},
            options=request_options,
        )

    async def update(
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
        await self._core.request(
            None,
            "PATCH",
            f"/indexes/{path_segment(index_id)}/videos/{path_segment(video_id)}",
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete(
        self, index_id: str, video_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Take a video out of an index, for good. The asset itself stays.

        Raises `NotFoundError` when there is no such video.
        ``DELETE /indexes/{index_id}/videos/{video_id}``
        """
        await self._core.request(
            None,
            "DELETE",
            f"/indexes/{path_segment(index_id)}/videos/{path_segment(video_id)}",
            options=request_options,
        )
