"""Indexed assets: what an index knows of an asset, and how far its indexing has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.list_polling import judge, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import path_segment
from ..errors import TwelveLabsError
from ..list_filters import MetadataFilter, Range, RangeDict, UserMetadata, metadata_filters, ranges
from ..options import RequestOptions
from .models import (
    IndexedAsset,
    IndexedAssetDetailed,
    IndexedAssetDetailedEmbedding,
    IndexedAssetDetailedEmbeddingVideoEmbedding,
    IndexedAssetsCreateResponse,
    IndexedAssetsListByAssetResponse,
    IndexedAssetsListRequestDuration,
    IndexedAssetsListRequestFps,
    IndexedAssetsListRequestHeight,
    IndexedAssetsListRequestSize,
    IndexedAssetsListRequestStatusItem,
    IndexedAssetsListRequestUserMetadataValue,
    IndexedAssetsListRequestWidth,
    IndexedAssetsListResponse,
    IndexedAssetsRetrieveRequestEmbeddingOptionItem,
    IndexedAssetStatus,
    IndexedAssetSummary,
    IndexedAssetSystemMetadata,
)

__all__ = [
    "IndexedAsset",
    "IndexedAssetDetailed",
    "IndexedAssetDetailedEmbedding",
    "IndexedAssetDetailedEmbeddingVideoEmbedding",
    "IndexedAssetStatus",
    "IndexedAssetSystemMetadata",
    "IndexedAssets",
    "IndexedAssetsCreateResponse",
    "IndexedAssetsListByAssetResponse",
    "IndexedAssetsListRequestDuration",
    "IndexedAssetsListRequestFps",
    "IndexedAssetsListRequestHeight",
    "IndexedAssetsListRequestSize",
    "IndexedAssetsListRequestStatusItem",
    "IndexedAssetsListRequestUserMetadataValue",
    "IndexedAssetsListRequestWidth",
    "IndexedAssetsListResponse",
    "IndexedAssetsRetrieveRequestEmbeddingOptionItem",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


class IndexedAssets(Resource):
    """The assets in an index."""

    def list(
        self,
        index_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: str | None = None,
        sort_option: str | None = None,
        status: IndexedAssetsListRequestStatusItem
        | Sequence[IndexedAssetsListRequestStatusItem]
        | None = None,
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
    ) -> Pager[IndexedAsset]:
        """The assets in an index, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``status`` is one state or several. ``duration`` (seconds), ``fps``, ``width``, ``height``
        (pixels) and ``size`` (bytes) take a number or a range such as ``{"gte": 30, "lte": 120}``,
        which newer services ask for. ``created_at`` and ``updated_at`` are the earliest time, as
        RFC 3339. ``user_metadata`` are keys of yours and the values they must have; ValueError for
        one that is also a parameter here. ``GET /indexes/{index_id}/indexed-assets``
        """
        return self._core.pages(
            Page[IndexedAsset],
            "GET",
            f"/indexes/{path_segment(index_id)}/indexed-assets",
            query={
                "page": page,
                "page_limit": page_limit,
                "sort_by": sort_by,
                "sort_option": sort_option,
                "status": status,
                "filename": filename,
                **ranges(duration=duration, fps=fps, width=width, height=height, size=size),
                "created_at": created_at,
                "updated_at": updated_at,
                **metadata_filters(user_metadata),
            },
            options=request_options,
        )

    def list_by_asset(
        self,
        asset_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[IndexedAssetSummary]:
        """Every index that an asset is in, with its id there; awaited, the first page.

        These keep an asset from being deleted. ``page_limit`` is 1 to 50, by default 10. Raises
        `BadRequestError` or `NotFoundError` when there is no such asset.
        ``GET /assets/{asset_id}/indexed-assets``

        Example: ``rows = await client.indexes.indexed_assets.list_by_asset(asset.id)``
        """
        return self._core.pages(
            Page[IndexedAssetSummary],
            "GET",
            f"/assets/{path_segment(asset_id)}/indexed-assets",
            query={"page": page, "page_limit": page_limit},
            options=request_options,
        )

    async def create(
        self,
        index_id: str,
        *,
        asset_id: str,
        enable_video_stream: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexedAssetsCreateResponse:
        """The identifier of an indexing that has begun; `wait_until_ready` waits for its end.

        The asset must be ``"ready"``. With ``enable_video_stream`` (default false) the service
        keeps the video and ``hls`` of the indexed asset says where it can be streamed from.
        Raises `NotFoundError` or `BadRequestError` when there is no such index or asset, or the
        video does not meet the model's requirements (360x360 to 5184x2160 pixels, 4 seconds to 4
        hours for Marengo). ``POST /indexes/{index_id}/indexed-assets``
        """
        return await self._core.request(
            IndexedAssetsCreateResponse,
            "POST",
            f"/indexes/{path_segment(index_id)}/indexed-assets",
            json={
                "asset_id": asset_id,
                "enable_video_stream": enable_video_stream,
                "user_metadata": user_metadata,
            },
            category="index",
            options=request_options,
        )

    async def retrieve(
        self,
        index_id: str,
        indexed_asset_id: str,
        *,
        embedding_option: IndexedAssetsRetrieveRequestEmbeddingOptionItem
        | Sequence[IndexedAssetsRetrieveRequestEmbeddingOptionItem]
        | None = None,
        transcription: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexedAssetDetailed:
        """One indexed asset, with its vectors and its transcription where they are asked for.

        ``embedding_option`` names the vectors: ``"visual"``, ``"audio"``, ``"transcription"``.
        Raises `NotFoundError` when there is none.
        ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        return await self._core.request(
            IndexedAssetDetailed,
            "GET",
            f"/indexes/{path_segment(index_id)}/indexed-assets/{path_segment(indexed_asset_id)}",
            query={"embedding_option": embedding_option, "transcription": transcription},
            options=request_options,
        )

    async def update(
        self,
        index_id: str,
        indexed_asset_id: str,
        *,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Set keys of its metadata; ``None`` as a value deletes a key, others stay.

        Raises `NotFoundError` when there is no such indexed asset.
        ``PATCH /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        await self._core.request(
            None,
            "PATCH",
            f"/indexes/{path_segment(index_id)}/indexed-assets/{path_segment(indexed_asset_id)}",
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete(
        self, index_id: str, indexed_asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Take an asset out of an index, for good. The asset itself stays.

        Raises `NotFoundError` when there is no such indexed asset.
        ``DELETE /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        await self._core.request(
            None,
            "DELETE",
            f"/indexes/{path_segment(index_id)}/indexed-assets/{path_segment(indexed_asset_id)}",
            options=request_options,
        )

    async def wait_until_ready(
        self,
        index_id: str,
        indexed_asset_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[IndexedAssetDetailed], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexedAssetDetailed:
        """The indexed asset, once its status is ``"ready"``.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `FailedError` with the service's reason, where it gives one, when the indexing fails, and
        `WaitTimeoutError` after ``timeout`` seconds (None: never). Indexing takes a third of the
        video's length or so. ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        return await wait_until(
            lambda: self.retrieve(index_id, indexed_asset_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge,
            what=f"indexed asset {indexed_asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_all_ready(
        self,
        index_id: str,
        indexed_asset_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, IndexedAsset | TwelveLabsError]:
        """Each id with its indexed asset once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. The index is listed, newest
        first and 50 on a page, as far as needed. ``on_update``, plain or async, gets the counts
        after each round; rounds are as in `wait_until_ready`.
        ``GET /indexes/{index_id}/indexed-assets``
        """
        return await wait_by_lists(
            indexed_asset_ids,
            lambda _: self.list(
                index_id,
                page_limit=ROW_LIMIT,
                sort_by="created_at",
                sort_option="desc",
                request_options=request_options,
            ),
            lambda id_: self.retrieve(index_id, id_, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            what="indexed asset",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )
