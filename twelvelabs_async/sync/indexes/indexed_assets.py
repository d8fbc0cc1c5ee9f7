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
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["IndexedAssets"]


class IndexedAssets(SyncResource[AsyncIndexedAssets]):
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
        """Every asset in an index, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``status`` is one state or several, ``filename`` the name of a file.
        ``duration`` (seconds), ``fps``, ``width``, ``height`` (pixels) and ``size`` (bytes) are a
        range such as ``{"gte": 30, "lte": 120}``, or, for older services, a number. ``created_at``
        and ``updated_at`` are the earliest time, as RFC 3339. ``user_metadata`` are keys of yours
        and the values they must have. Raises ConfigurationError for a key that is also a parameter
        here, and `BadRequestError` for other values. ``GET /indexes/{index_id}/indexed-assets``

        Example: ``for item in client.indexes.indexed_assets.list(index.id, status="ready"): ...``
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
        """Every index that an asset is in, with its id there; the first page is fetched.

        These keep an asset from being deleted. ``page`` counts from 1; ``page_limit`` is 1 to 50,
        by default 10. Raises `BadRequestError` or `NotFoundError` when the asset does not exist.
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
        """The id of an asset that is being indexed; `wait_until_ready` waits for its end.

        The asset ``asset_id`` may still be ``"processing"``: its indexing then starts once it is
        ready, and fails if it fails. With ``enable_video_stream`` (by default false) the service
        keeps the video, and ``hls`` of the indexed asset has the stream's URL. ``user_metadata``
        are keys of yours; values are strings, integers of at most 53 bits, floats, booleans and
        lists of strings. Raises `BadRequestError` or `NotFoundError` when the
        index or the asset does not exist, or the video does not meet the model's requirements (for
        Marengo 360x360 to 5184x2160 pixels, 4 seconds to 4 hours).
        ``POST /indexes/{index_id}/indexed-assets``

        Example: ``item = client.indexes.indexed_assets.create(index.id, asset_id=asset.id)``
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
        """One indexed asset, with its state, and its vectors and transcription if requested.

        ``embedding_option`` requests vectors: ``"visual"``, ``"audio"``, ``"transcription"``, or
        several. ``transcription`` (by default false) requests what is spoken. Raises
        `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``client.indexes.indexed_assets.retrieve(index.id, item.id, transcription=True)``
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
        """Nothing; these keys of the metadata are set, the others stay.

        ``user_metadata`` has strings, integers of at most 53 bits, floats, booleans and lists of
        strings as values; ``None`` deletes its key. Raises `BadRequestError` or `NotFoundError`
        when there is none with this id.
        ``PATCH /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``client.indexes.indexed_assets.update(index.id, item.id, user_metadata={"team":
        "a"})``
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
        """Nothing; the asset is no longer in the index, and itself stays.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``client.indexes.indexed_assets.delete(index.id, item.id)``
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexedAssetDetailed:
        """The indexed asset, once its status is ``"ready"``.

        Indexing takes about a third of the video's length. The first poll is immediate; the waits
        between polls grow from 0.25 to 15 seconds, or are ``interval`` seconds. ``on_update`` gets
        each state seen, and ``progress`` shows it (default: in a notebook). Raises `FailedError`,
        with the service's reason if there is one, when the indexing fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: no limit), and `BadRequestError` or `NotFoundError` when the
        indexed asset does not exist. ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``item = client.indexes.indexed_assets.wait_until_ready(index.id, item.id)``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            index_id,
            indexed_asset_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, IndexedAsset | TwelveLabsError]:
        """Each id with its indexed asset once ready, or with the error that it ended in.

        ``indexed_asset_ids`` are of one index, whose list is read newest first, 50 on a page, as
        far as needed. Errors are `FailedError`, `NotFoundError` or `BadRequestError` for an unknown
        id and, after ``timeout`` seconds (None: no limit), `WaitTimeoutError`; none of them ends
        the wait for the others. The first round is immediate; the waits between rounds grow from
        0.25 to 15 seconds, or are ``interval`` seconds. ``on_update`` gets the counts after each
        round, and ``progress`` shows them (default: in a notebook).
        ``GET /indexes/{index_id}/indexed-assets``

        Example: ``ends = client.indexes.indexed_assets.wait_until_all_ready(index.id, ids)``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            index_id,
            indexed_asset_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
