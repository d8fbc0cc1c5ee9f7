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
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["Assets"]


class Assets(SyncResource[AsyncAssets]):
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
        """Every asset, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``asset_ids`` and
        ``asset_types`` (``"video"``, ``"audio"``, ``"image"``, ``"document"``) take one value or
        several. ``filename`` is a part of the name, in upper or lower case. Raises
        `BadRequestError` for other values. ``GET /assets``

        Example: ``for asset in client.assets.list(asset_types="video"): print(asset.filename)``
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> Asset:
        """A new asset, usually still ``"processing"``: `wait_until_ready` waits for its end.

        ``method`` is ``"direct"`` with a ``file`` (a path, bytes, an open binary file, or a
        ``(name, content, type)`` tuple; video, audio and documents up to 200 MB, images up to 32
        MB) or ``"url"`` with the public ``url`` of a file (video and audio up to 4 GB, documents up
        to 512 MB, images up to 32 MB). ``filename`` is 1 to 255 characters, by default the file's
        own name. ``enable_hls`` and ``enable_thumbnail`` request a stream and a picture.
        ``user_metadata`` are keys of yours, as a mapping or as JSON text. ``progress`` shows how
        much of the file was sent (default: in a notebook). Raises `BadRequestError` for a file that
        the service does not take. ``POST /assets``

        Example: ``asset = client.assets.create(method="direct", file="film.mp4")``
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
            progress=progress,
            request_options=request_options,
        )

    def retrieve(self, asset_id: str, *, request_options: RequestOptions | None = None) -> Asset:
        """One asset, with its state.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /assets/{asset_id}``

        Example: ``asset = client.assets.retrieve(asset.id)``
        """
        return self._bridge.call(self._async.retrieve, asset_id, request_options=request_options)

    def delete(
        self,
        asset_id: str,
        *,
        force: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the asset is deleted for good.

        ``force`` (by default false) also deletes an asset that an index has; `ConflictError` is
        raised without it. Entities lose the asset in either case. Raises `BadRequestError` or
        `NotFoundError` when there is none with this id. ``DELETE /assets/{asset_id}``

        Example: ``client.assets.delete(asset.id, force=True)``
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
        `wait_for_transcription` waits for the end. Raises `NotFoundError` when the asset does not
        exist or has no sound. ``GET /assets/{asset_id}/transcription``

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
        """Nothing; the asset has the keys of ``user_metadata`` and no others.

        Values are strings, integers of at most 53 bits, floats, booleans and lists of strings; keys
        with ``""``, ``[]`` or ``None`` are dropped, and ``{}`` removes all. Raises
        `BadRequestError` for other values and `NotFoundError` when the asset does not exist.
        ``PUT /assets/{asset_id}/user-metadata``

        Example: ``client.assets.replace_user_metadata(asset.id, user_metadata={"team": "a"})``
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
        """Nothing; the keys of ``user_metadata`` are set, the others stay.

        Values are strings, integers of at most 53 bits, floats, booleans and lists of strings;
        ``None`` deletes its key, ``""`` and ``[]`` change nothing. Raises `BadRequestError` for
        other values and `NotFoundError` when the asset does not exist.
        ``PATCH /assets/{asset_id}/user-metadata``

        Example: ``client.assets.update_user_metadata(asset.id, user_metadata={"team": None})``
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

        Raises `NotFoundError` when the asset does not exist.
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> AssetTranscriptionResponse:
        """What is spoken in an asset, once its transcription is ``"ready"``.

        ``include`` is ``"words"`` (the default), ``"sentences"`` or ``"utterances"``, or several.
        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `FailedError` with the service's reason when it fails,
        `WaitTimeoutError` after ``timeout`` seconds (None: no limit) and `NotFoundError` when the
        asset does not exist, or none with sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = client.assets.wait_for_transcription(asset.id)``
        """
        return self._bridge.call(
            self._async.wait_for_transcription,
            asset_id,
            include=include,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )

    def wait_until_ready(
        self,
        asset_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Asset], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> Asset:
        """The asset, once its status is ``"ready"``.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `FailedError` with the service's reason when the asset
        fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and `BadRequestError`
        or `NotFoundError` when the service still does not know it after 10 seconds.
        ``GET /assets/{asset_id}``

        Example: ``asset = client.assets.wait_until_ready(asset.id, timeout=600)``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            asset_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )

    def wait_until_all_ready(
        self,
        asset_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, Asset | TwelveLabsError]:
        """Each id with its asset once ready, or with the error that it ended in.

        One request shows the states of 50 of ``asset_ids``. Errors are `FailedError`,
        `NotFoundError` or `BadRequestError` for an unknown id and, after ``timeout`` seconds (None:
        no limit), `WaitTimeoutError`; none of them ends the wait for the others. The first round is
        immediate; the waits between rounds grow from 0.25 to 15 seconds, or are ``interval``
        seconds. ``on_update`` gets the counts after each round, and ``progress`` shows them
        (default: in a notebook). ``GET /assets``

        Example: ``ends = client.assets.wait_until_all_ready([first.id, second.id])``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            asset_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
