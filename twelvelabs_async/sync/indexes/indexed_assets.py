# Generated from indexes/indexed_assets.py: do not edit.
"""Indexed assets: what an index knows of an asset, and how far its indexing has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.polling import Progress
from ...errors import TwelveLabsError
from ...indexes.indexed_assets import IndexedAssets as AsyncIndexedAssets
from ...indexes.models import (
    IndexedAsset,
    IndexedAssetDetailed,
    IndexedAssetsCreateResponse,
    IndexedAssetsListRequestStatusItem,
    IndexedAssetsRetrieveRequestEmbeddingOptionItem,
    IndexedAssetSummary,
)
from ...list_filters import MetadataFilter, Range, RangeDict, UserMetadata
from ...options import RequestOptions
from ..bridge import SyncWrapper, call_in_caller
from ..iterate import SyncPager

__all__ = ["IndexedAssets"]


class IndexedAssets(SyncWrapper[AsyncIndexedAssets]):
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
    ) -> SyncPager[IndexedAsset]:
        """The assets in an index, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``sort_by`` is ``"created_at"``, the
        default, or ``"updated_at"``; ``sort_option`` ``"desc"``, the default, or ``"asc"``.
        ``status`` is one state or several. ``duration`` (seconds), ``fps``, ``width``, ``height``
        (pixels) and ``size`` (bytes) take a number or a range such as ``{"gte": 30, "lte": 120}``,
        which newer services ask for. ``created_at`` and ``updated_at`` are the earliest time, as
        RFC 3339. ``user_metadata`` are keys of yours and the values they must have; ValueError for
        one that is also a parameter here. ``GET /indexes/{index_id}/indexed-assets``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                index_id,
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                status=status,
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

    def list_by_asset(
        self,
        asset_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[IndexedAssetSummary]:
        """Every index that an asset is in, with its id there, and the first page.

        These keep an asset from being deleted. ``page_limit`` is 1 to 50, by default 10. Raises
        `BadRequestError` or `NotFoundError` when there is no such asset.
        ``GET /assets/{asset_id}/indexed-assets``

        Example: ``rows = client.indexes.indexed_assets.list_by_asset(asset.id)``
        """
        return SyncPager(
            self._bridge,
            self._async.list_by_asset(
                asset_id, page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def create(
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
        return self._bridge.call(
            self._async.create,
            index_id,
            asset_id=asset_id,
            enable_video_stream=enable_video_stream,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def retrieve(
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
        return self._bridge.call(
            self._async.retrieve,
            index_id,
            indexed_asset_id,
            embedding_option=embedding_option,
            transcription=transcription,
            request_options=request_options,
        )

    def update(
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
        self._bridge.call(
            self._async.update,
            index_id,
            indexed_asset_id,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def delete(
        self, index_id: str, indexed_asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Take an asset out of an index, for good. The asset itself stays.

        Raises `NotFoundError` when there is no such indexed asset.
        ``DELETE /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        self._bridge.call(
            self._async.delete, index_id, indexed_asset_id, request_options=request_options
        )

    def wait_until_ready(
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
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `FailedError` with the service's reason, where it gives one, when the indexing fails, and
        `WaitTimeoutError` after ``timeout`` seconds (None: never). Indexing takes a third of the
        video's length or so. ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            index_id,
            indexed_asset_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )

    def wait_until_all_ready(
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
        first and 50 on a page, as far as needed. ``on_update`` gets the counts
        after each round; rounds are as in `wait_until_ready`.
        ``GET /indexes/{index_id}/indexed-assets``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            index_id,
            indexed_asset_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
