"""Videos in an index: the older view of indexed assets."""

from __future__ import annotations

from collections.abc import Sequence

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import expand_path
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
        """Every video in an index, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``filename`` is the name of a file. ``duration`` (seconds), ``fps``,
        ``width``, ``height`` (pixels) and ``size`` (bytes) are a range such as
        ``{"gte": 30, "lte": 120}``, or, for older services, a number. ``created_at`` and
        ``updated_at`` are the earliest time, as RFC 3339. ``user_metadata`` are keys of yours and
        the values they must have. Raises ConfigurationError for a key that is also a parameter
        here, and `BadRequestError` for other values. ``GET /indexes/{index_id}/videos``

        Example: ``async for video in client.indexes.videos.list(index.id, duration={"gte": 60}):
        ...``
        """
        return self._core.pages(
            Page[VideoVector],
            "GET",
            expand_path("/indexes/{index_id}/videos", index_id),
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
        """One video, with its vectors and transcription if requested.

        ``embedding_option`` requests vectors: ``"visual"``, ``"audio"``, ``"transcription"``, or
        several. ``transcription`` (by default false) requests what is spoken. Raises
        `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /indexes/{index_id}/videos/{video_id}``

        Example: ``video = await client.indexes.videos.retrieve(index.id, video_id,
        embedding_option="visual")``
        """
        return await self._core.request(
            VideosRetrieveResponse,
            "GET",
            expand_path("/indexes/{index_id}/videos/{video_id}", index_id, video_id),
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
        """Nothing; these keys of the metadata are set, the others stay.

        ``user_metadata`` has strings, integers of at most 53 bits, floats, booleans and lists of
        strings as values; ``None`` deletes its key. Raises `BadRequestError` or `NotFoundError`
        when there is none with this id. ``PATCH /indexes/{index_id}/videos/{video_id}``

        Example: ``await client.indexes.videos.update(index.id, video_id, user_metadata={"team":
        None})``
        """
        await self._core.request(
            None,
            "PATCH",
            expand_path("/indexes/{index_id}/videos/{video_id}", index_id, video_id),
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete(
        self, index_id: str, video_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the video is no longer in the index, and its asset stays.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /indexes/{index_id}/videos/{video_id}``

        Example: ``await client.indexes.videos.delete(index.id, video_id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/indexes/{index_id}/videos/{video_id}", index_id, video_id),
            options=request_options,
        )
