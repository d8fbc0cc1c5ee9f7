"""Assets: the files that were uploaded, before and beside any index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.files import File, FilePart
from .._runtime.list_polling import judge, just_made, wait_by_lists
from .._runtime.model import json_text
from .._runtime.names import sendable
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import path_segment
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
        """Assets, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out. ``asset_ids`` and ``asset_types``
        (``"video"``, ``"audio"``, ``"image"``, ``"document"``) take one value or several.
        Raises `BadRequestError` for a value that the API does not know. ``GET /assets``
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
            options=request_options,
        )

    async def retrieve(
        self, asset_id: str, *, request_options: RequestOptions | None = None
    ) -> Asset:
        """One asset.

        Raises `NotFoundError` or `BadRequestError` (``resource_not_exist``) when there is none.
        ``GET /assets/{asset_id}``
        """
        return await self._core.request(
            Asset, "GET", f"/assets/{path_segment(asset_id)}", options=request_options
        )

    async def delete(
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
        await self._core.request(
            None,
            "DELETE",
            f"/assets/{path_segment(asset_id)}",
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
        `wait_for_transcription` waits for the end. Raises `NotFoundError` when there is no such
        asset, or none with sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = await client.assets.retrieve_transcription(id, include="sentences")``
        """
        return await self._core.request(
            AssetTranscriptionResponse,
            "GET",
            f"/assets/{path_segment(asset_id)}/transcription",
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
        """Nothing; the asset has these keys and no others.

        Values are texts, integers of 53 bits, numbers, booleans and lists of texts; keys with
        ``""``, ``[]`` or ``None`` are dropped, and ``{}`` removes all. Raises `BadRequestError` for
        other values and `NotFoundError` when there is no such asset.
        ``PUT /assets/{asset_id}/user-metadata``

        Example: ``await client.assets.replace_user_metadata(id, user_metadata={"team": "a"})``
        """
        await self._core.request(
            None,
            "PUT",
            f"/assets/{path_segment(asset_id)}/user-metadata",
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
        """Nothing; these keys of the asset are set, the others stay.

        Values are texts, integers of 53 bits, numbers, booleans and lists of texts; ``None``
        deletes its key, ``""`` and ``[]`` change nothing. Raises `BadRequestError` for other values
        and `NotFoundError` when there is no such asset. ``PATCH /assets/{asset_id}/user-metadata``

        Example: ``await client.assets.update_user_metadata(id, user_metadata={"team": None})``
        """
        await self._core.request(
            None,
            "PATCH",
            f"/assets/{path_segment(asset_id)}/user-metadata",
            json={"user_metadata": user_metadata},
            options=request_options,
        )

    async def delete_user_metadata(
        self, asset_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the asset has no keys of yours any more.

        Raises `NotFoundError` when there is no such asset.
        ``DELETE /assets/{asset_id}/user-metadata``

        Example: ``await client.assets.delete_user_metadata(asset.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            f"/assets/{path_segment(asset_id)}/user-metadata",
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
        request_options: RequestOptions | None = None,
    ) -> AssetTranscriptionResponse:
        """What is spoken in an asset, once its transcription is ``"ready"``.

        ``include`` is ``"words"`` (the default), ``"sentences"`` or ``"utterances"``, or several.
        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen. Raises
        `FailedError` with the service's reason when it fails, `WaitTimeoutError` after ``timeout``
        seconds (None: no limit) and `NotFoundError` when there is no such asset, or none with
        sound. ``GET /assets/{asset_id}/transcription``

        Example: ``found = await client.assets.wait_for_transcription(asset.id)``
        """
        return await wait_until(
            lambda: self.retrieve_transcription(
                asset_id, include=include, request_options=request_options
            ),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge,
            what=f"the transcription of asset {asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_ready(
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
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `FailedError` with the service's reason when the asset fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and `NotFoundError` or `BadRequestError` when the service
        still does not know it after 10 seconds. ``GET /assets/{asset_id}``
        """
        return await wait_until(
            just_made(
                lambda: self.retrieve(asset_id, request_options=request_options),
                lambda: Asset(id=asset_id),
                self._core.clock,
            ),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge,
            what=f"asset {asset_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_all_ready(
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
        one request. ``on_update``, plain or async, gets the counts after each round; rounds are as
        in `wait_until_ready`. ``GET /assets``
        """
        return await wait_by_lists(
            asset_ids,
            lambda ids: self.list(
                asset_ids=ids, page_limit=ROW_LIMIT, request_options=request_options
            ),
            lambda id_: self.retrieve(id_, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            what="asset",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            by_id=True,
        )
