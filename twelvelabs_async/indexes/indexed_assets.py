"""Indexed assets: what an index knows of an asset, and how far its indexing has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.list_polling import judge, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import expand_path
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
        """Every asset in an index, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``status`` is one state or several, ``filename`` the name of a file.
        ``duration`` (seconds), ``fps``, ``width``, ``height`` (pixels) and ``size`` (bytes) are a
        range such as ``{"gte": 30, "lte": 120}``, or, for older services, a number. ``created_at``
        and ``updated_at`` are the earliest time, as RFC 3339. ``user_metadata`` are keys of yours
        and the values they must have. Raises ConfigurationError for a key that is also a parameter
        here, and `BadRequestError` for other values. ``GET /indexes/{index_id}/indexed-assets``

        Example: ``async for item in client.indexes.indexed_assets.list(index.id, status="ready"):
        ...``
        """
        return self._core.pages(
            Page[IndexedAsset],
            "GET",
            expand_path("/indexes/{index_id}/indexed-assets", index_id),
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

        These keep an asset from being deleted. ``page`` counts from 1; ``page_limit`` is 1 to 50,
        by default 10. Raises `BadRequestError` or `NotFoundError` when the asset does not exist.
        ``GET /assets/{asset_id}/indexed-assets``

        Example: ``rows = await client.indexes.indexed_assets.list_by_asset(asset.id)``
        """
        return self._core.pages(
            Page[IndexedAssetSummary],
            "GET",
            expand_path("/assets/{asset_id}/indexed-assets", asset_id),
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
        """The id of an asset that is being indexed; `wait_until_ready` waits for its end.

        The asset ``asset_id`` may still be ``"processing"``: its indexing then starts once it is
        ready, and fails if it fails. With ``enable_video_stream`` (by default false) the service
        keeps the video, and ``hls`` of the indexed asset has the stream's URL. ``user_metadata``
        are keys of yours; values are strings, integers of at most 53 bits, floats, booleans and
        lists of strings. Raises `BadRequestError` or `NotFoundError` when the
        index or the asset does not exist, or the video does not meet the model's requirements (for
        Marengo 360x360 to 5184x2160 pixels, 4 seconds to 4 hours).
        ``POST /indexes/{index_id}/indexed-assets``

        Example: ``item = await client.indexes.indexed_assets.create(index.id, asset_id=asset.id)``
        """
        return await self._core.request(
            IndexedAssetsCreateResponse,
            "POST",
            expand_path("/indexes/{index_id}/indexed-assets", index_id),
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
        """One indexed asset, with its state, and its vectors and transcription if requested.

        ``embedding_option`` requests vectors: ``"visual"``, ``"audio"``, ``"transcription"``, or
        several. ``transcription`` (by default false) requests what is spoken. Raises
        `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``await client.indexes.indexed_assets.retrieve(index.id, item.id,
        transcription=True)``
        """
        return await self._core.request(
            IndexedAssetDetailed,
            "GET",
            expand_path(
                "/indexes/{index_id}/indexed-assets/{indexed_asset_id}", index_id, indexed_asset_id
            ),
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
        """Nothing; these keys of the metadata are set, the others stay.

        ``user_metadata`` has strings, integers of at most 53 bits, floats, booleans and lists of
        strings as values; ``None`` deletes its key. Raises `BadRequestError` or `NotFoundError`
        when there is none with this id.
        ``PATCH /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``await client.indexes.indexed_assets.update(index.id, item.id,
        user_metadata={"team": "a"})``
        """
        await self._core.request(
            None,
            "PATCH",
            expand_path(
                "/indexes/{index_id}/indexed-assets/{indexed_asset_id}", index_id, indexed_asset_id
            ),
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete(
        self, index_id: str, indexed_asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the asset is no longer in the index, and itself stays.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``await client.indexes.indexed_assets.delete(index.id, item.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path(
                "/indexes/{index_id}/indexed-assets/{indexed_asset_id}", index_id, indexed_asset_id
            ),
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexedAssetDetailed:
        """The indexed asset, once its status is ``"ready"``.

        Indexing takes about a third of the video's length. The first poll is immediate; the waits
        between polls grow from 0.25 to 15 seconds, or are ``interval`` seconds. ``on_update``,
        plain or async, gets each state seen, and ``progress`` shows it (default: in a notebook).
        Raises `FailedError`, with the service's reason if there is one, when the indexing fails,
        `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and `BadRequestError` or
        `NotFoundError` when the indexed asset does not exist.
        ``GET /indexes/{index_id}/indexed-assets/{indexed_asset_id}``

        Example: ``item = await client.indexes.indexed_assets.wait_until_ready(index.id, item.id)``
        """
        return await wait_until(
            lambda: self.retrieve(index_id, indexed_asset_id, request_options=request_options),
            core=self._core,
            judge=judge,
            what=f"indexed asset {indexed_asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_all_ready(
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
        0.25 to 15 seconds, or are ``interval`` seconds. ``on_update``, plain or async, gets the
        counts after each round, and ``progress`` shows them (default: in a notebook).
        ``GET /indexes/{index_id}/indexed-assets``

        Example: ``ends = await client.indexes.indexed_assets.wait_until_all_ready(index.id, ids)``
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
            core=self._core,
            what="indexed asset",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )
