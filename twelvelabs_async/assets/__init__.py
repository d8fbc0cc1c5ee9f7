"""Assets: the files that were uploaded, before and beside any index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.dump import json_text
from .._runtime.files import File, FilePart
from .._runtime.list_polling import judge, just_made, wait_by_lists
from .._runtime.names import sendable
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import expand_path
from ..errors import TwelveLabsError
from ..list_filters import UserMetadata
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["Assets"]
__all__ += models.__all__


class Assets(Resource):
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
    ) -> Pager[Asset]:
        """Every asset, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``asset_ids`` and
        ``asset_types`` (``"video"``, ``"audio"``, ``"image"``, ``"document"``) take one value or
        several. ``filename`` is a part of the name, in upper or lower case. Raises
        `BadRequestError` for other values. ``GET /assets``

        Example: ``async for asset in client.assets.list(asset_types="video"):
        print(asset.filename)``
        """
        return self._core.pages(
            Page[Asset],
            "GET",
            "/assets",
            query={
                "page": page,
                "page_limit": page_limit,
                "asset_ids": asset_ids,
                "asset_types": asset_types,
                "filename": filename and sendable(filename),
            },
            options=request_options,
        )

    async def create(
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

        Example: ``asset = await client.assets.create(method="direct", file="film.mp4")``
        """
        return await self._core.request(
            Asset,
            "POST",
            "/assets",
            form={
                "method": method,
                "file": None if file is None else FilePart(file),
                "url": url,
                "filename": filename and sendable(filename),
                "enable_hls": enable_hls,
                "enable_thumbnail": enable_thumbnail,
                "user_metadata": json_text(user_metadata),
            },
            category="upload",
            progress=progress,
            options=request_options,
        )

    async def retrieve(
        self, asset_id: str, *, request_options: RequestOptions | None = None
    ) -> Asset:
        """One asset, with its state.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /assets/{asset_id}``

        Example: ``asset = await client.assets.retrieve(asset.id)``
        """
        return await self._core.request(
            Asset, "GET", expand_path("/assets/{asset_id}", asset_id), options=request_options
        )

    async def delete(
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

        Example: ``await client.assets.delete(asset.id, force=True)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/assets/{asset_id}", asset_id),
            query={"force": force},
            options=request_options,
        )

    async def retrieve_transcription(
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

        Example: ``found = await client.assets.retrieve_transcription(id, include="sentences")``
        """
        return await self._core.request(
            AssetTranscriptionResponse,
            "GET",
            expand_path("/assets/{asset_id}/transcription", asset_id),
            query={"include": include},
            options=request_options,
        )

    async def replace_user_metadata(
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

        Example: ``await client.assets.replace_user_metadata(asset.id, user_metadata={"team":
        "a"})``
        """
        await self._core.request(
            None,
            "PUT",
            expand_path("/assets/{asset_id}/user-metadata", asset_id),
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def update_user_metadata(
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

        Example: ``await client.assets.update_user_metadata(asset.id, user_metadata={"team":
        None})``
        """
        await self._core.request(
            None,
            "PATCH",
            expand_path("/assets/{asset_id}/user-metadata", asset_id),
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete_user_metadata(
        self, asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the asset has no keys of yours any more.

        Raises `NotFoundError` when the asset does not exist.
        ``DELETE /assets/{asset_id}/user-metadata``

        Example: ``await client.assets.delete_user_metadata(asset.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/assets/{asset_id}/user-metadata", asset_id),
            options=request_options,
        )

    async def wait_for_transcription(
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
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError` with the service's reason when it
        fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit) and `NotFoundError`
        when the asset does not exist, or none with sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = await client.assets.wait_for_transcription(asset.id)``
        """
        return await wait_until(
            lambda: self.retrieve_transcription(
                asset_id, include=include, request_options=request_options
            ),
            core=self._core,
            judge=judge,
            what=f"the transcription of asset {asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_ready(
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
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError` with the service's reason when the
        asset fails, `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and
        `BadRequestError` or `NotFoundError` when the service still does not know it after 10
        seconds. ``GET /assets/{asset_id}``

        Example: ``asset = await client.assets.wait_until_ready(asset.id, timeout=600)``
        """
        return await wait_until(
            just_made(
                lambda: self.retrieve(asset_id, request_options=request_options),
                lambda: Asset(id=asset_id),
                self._core.clock,
            ),
            core=self._core,
            judge=judge,
            what=f"asset {asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_all_ready(
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
        seconds. ``on_update``, plain or async, gets the counts after each round, and ``progress``
        shows them (default: in a notebook). ``GET /assets``

        Example: ``ends = await client.assets.wait_until_all_ready([first.id, second.id])``
        """
        return await wait_by_lists(
            asset_ids,
            lambda ids: self.list(
                asset_ids=ids, page_limit=ROW_LIMIT, request_options=request_options
            ),
            lambda id_: self.retrieve(id_, request_options=request_options),
            core=self._core,
            what="asset",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
            by_id=True,
        )
