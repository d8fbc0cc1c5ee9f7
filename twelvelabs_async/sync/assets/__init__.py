# Generated from assets/__init__.py: do not edit.
"""Assets: the files that were uploaded, before and beside any index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.files import File
from ..._runtime.polling import Progress
from ...assets import Assets as AsyncAssets
from ...assets.models import (
    Asset,
    AssetsCreateRequestMethod,
    AssetsListRequestAssetTypesItem,
    AssetsRetrieveTranscriptionRequestIncludeItem,
    AssetTranscriptionResponse,
)
from ...errors import TwelveLabsError
from ...list_filters import UserMetadata
from ...options import RequestOptions
from ..bridge import SyncWrapper, call_in_caller
from ..iterate import SyncPager

__all__ = ["Assets"]


class Assets(SyncWrapper[AsyncAssets]):
    """Uploaded files. Those above 200 MB go up by ``multipart_upload``."""

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        asset_ids: str | Sequence[str] | None = None,
        asset_types: AssetsListRequestAssetTypesItem
        | Sequence[AssetsListRequestAssetTypesItem]
        | None = None,
        filename: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[Asset]:
        """Assets, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``asset_ids`` and ``asset_types``
        (``"video"``, ``"audio"``, ``"image"``, ``"document"``) take one value or several.
        Raises `BadRequestError` for a value that the API does not know. ``GET /assets``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                asset_ids=asset_ids,
                asset_types=asset_types,
                filename=filename,
                request_options=request_options,
            ),
        )

    def create(
        self,
        *,
        method: AssetsCreateRequestMethod,
        file: File | None = None,
        url: str | None = None,
        filename: str | None = None,
        enable_hls: bool | None = None,
        enable_thumbnail: bool | None = None,
        user_metadata: UserMetadata | str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Asset:
        """A new asset, mostly still ``"processing"``: `wait_until_ready` waits for its end.

        ``method`` is ``"direct"`` with a ``file`` (a path, bytes, an open binary file, or a
        ``(name, content, type)`` tuple; video and audio up to 200 MB, images up to 32 MB) or
        ``"url"`` with the public ``url`` of a media file (video and audio up to 4 GB).
        ``filename`` is 1 to 255 characters and the file's own name when left out. ``enable_hls``
        and ``enable_thumbnail`` ask for a stream and a picture. ``user_metadata`` are keys of
        yours, as a mapping or as JSON text. Raises `BadRequestError` for a file the service does
        not take. ``POST /assets``
        """
        return self._bridge.call(
            self._async.create,
            method=method,
            file=file,
            url=url,
            filename=filename,
            enable_hls=enable_hls,
            enable_thumbnail=enable_thumbnail,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def retrieve(self, asset_id: str, *, request_options: RequestOptions | None = None) -> Asset:
        """One asset.

        Raises `NotFoundError` or `BadRequestError` (``resource_not_exist``) when there is none.
        ``GET /assets/{asset_id}``
        """
        return self._bridge.call(self._async.retrieve, asset_id, request_options=request_options)

    def delete(
        self,
        asset_id: str,
        *,
        force: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Delete an asset, for good.

        Raises `ConflictError` when an index has it, unless ``force`` is true; entities lose it
        without a question. Raises `NotFoundError` or `BadRequestError` when there is none.
        ``DELETE /assets/{asset_id}``
        """
        self._bridge.call(
            self._async.delete, asset_id, force=force, request_options=request_options
        )

    def retrieve_transcription(
        self,
        asset_id: str,
        *,
        include: AssetsRetrieveTranscriptionRequestIncludeItem
        | Sequence[AssetsRetrieveTranscriptionRequestIncludeItem]
        | None = None,
        request_options: RequestOptions | None = None,
    ) -> AssetTranscriptionResponse:
        """What is spoken in an asset, as far as it is transcribed; see ``status``.

        ``include`` is ``"words"`` (the default), ``"sentences"`` or ``"utterances"``, or several.
        `wait_for_transcription` waits for the end. Raises `NotFoundError` when there is no such
        asset, or none with sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = client.assets.retrieve_transcription(id, include="sentences")``
        """
        return self._bridge.call(
            self._async.retrieve_transcription,
            asset_id,
            include=include,
            request_options=request_options,
        )

    def replace_user_metadata(
        self,
        asset_id: str,
        *,
        user_metadata: UserMetadata,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the asset has these keys and no others.

        Values are texts, integers of 53 bits, numbers, booleans and lists of texts; keys with
        ``""``, ``[]`` or ``None`` are dropped, and ``{}`` removes all. Raises `BadRequestError` for
        other values and `NotFoundError` when there is no such asset.
        ``PUT /assets/{asset_id}/user-metadata``

        Example: ``client.assets.replace_user_metadata(id, user_metadata={"team": "a"})``
        """
        self._bridge.call(
            self._async.replace_user_metadata,
            asset_id,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def update_user_metadata(
        self,
        asset_id: str,
        *,
        user_metadata: UserMetadata,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; these keys of the asset are set, the others stay.

        Values are texts, integers of 53 bits, numbers, booleans and lists of texts; ``None``
        deletes its key, ``""`` and ``[]`` change nothing. Raises `BadRequestError` for other values
        and `NotFoundError` when there is no such asset. ``PATCH /assets/{asset_id}/user-metadata``

        Example: ``client.assets.update_user_metadata(id, user_metadata={"team": None})``
        """
        self._bridge.call(
            self._async.update_user_metadata,
            asset_id,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    def delete_user_metadata(
        self, asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the asset has no keys of yours any more.

        Raises `NotFoundError` when there is no such asset.
        ``DELETE /assets/{asset_id}/user-metadata``

        Example: ``client.assets.delete_user_metadata(asset.id)``
        """
        self._bridge.call(
            self._async.delete_user_metadata, asset_id, request_options=request_options
        )

    def wait_for_transcription(
        self,
        asset_id: str,
        *,
        include: AssetsRetrieveTranscriptionRequestIncludeItem
        | Sequence[AssetsRetrieveTranscriptionRequestIncludeItem]
        | None = None,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[AssetTranscriptionResponse], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> AssetTranscriptionResponse:
        """What is spoken in an asset, once its transcription is ``"ready"``.

        ``include`` is ``"words"`` (the default), ``"sentences"`` or ``"utterances"``, or several.
        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen. Raises
        `FailedError` with the service's reason when it fails, `WaitTimeoutError` after ``timeout``
        seconds (None: no limit) and `NotFoundError` when there is no such asset, or none with
        sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = client.assets.wait_for_transcription(asset.id)``
        """
        return self._bridge.call(
            self._async.wait_for_transcription,
            asset_id,
            include=include,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )

    def wait_until_ready(
        self,
        asset_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Asset], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> Asset:
        """The asset, once its status is ``"ready"``.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `FailedError` with the service's reason when the asset fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and `NotFoundError` or `BadRequestError` when the service
        still does not know it after 10 seconds. ``GET /assets/{asset_id}``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            asset_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )

    def wait_until_all_ready(
        self,
        asset_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, Asset | TwelveLabsError]:
        """Each id with its asset once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError`, and, after ``timeout`` seconds (None: never),
        `WaitTimeoutError`; none of them ends the wait for the others. 50 assets are looked at by
        one request. ``on_update`` gets the counts after each round; rounds are as
        in `wait_until_ready`. ``GET /assets``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            asset_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
