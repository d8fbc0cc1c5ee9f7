"""Assets: the files that were uploaded, before and beside any index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import define, field

from ._core.files import File, FilePart
from ._core.model import Id, Model
from ._core.pager import Page, Pager
from ._core.request import Resource
from ._core.waiter import ROW_LIMIT, Progress, wait_until
from ._core.wire import segment
from ._shared import UserMetadata, json_text, shown_url
from ._waits import GRACE, is_missing, judge, wait_by_lists
from .errors import ApiError, TwelveLabsError
from .options import RequestOptions

__all__ = [
    "Asset",
    "AssetDetail",
    "AssetError",
    "AssetHls",
    "AssetHlsStatus",
    "AssetMethod",
    "AssetSource",
    "AssetSourceDetails",
    "AssetSourceDetailsProvider",
    "AssetSourceType",
    "AssetStatus",
    "AssetThumbnail",
    "AssetThumbnailStatus",
    "Assets",
    "AssetsCreateRequestMethod",
    "AssetsListRequestAssetTypesItem",
    "AssetsListResponse",
    "AudioStream",
    "TechnicalMetadata",
    "VideoStream",
]

AssetsCreateRequestMethod = Literal["direct", "url"] | str
AssetsListRequestAssetTypesItem = Literal["image", "video", "audio", "document"] | str
AssetMethod = Literal["direct", "url", "multipart", "connector"] | str
AssetStatus = Literal["waiting", "processing", "ready", "failed"] | str
AssetHlsStatus = Literal["pending", "processing", "ready", "error"] | str
AssetThumbnailStatus = Literal["pending", "processing", "ready", "error"] | str
AssetSourceType = Literal["connector"] | str
AssetSourceDetailsProvider = Literal["google_drive"] | str


@define(kw_only=True)
class AssetError(Model):
    """Why an asset has failed. The text is for people: it may change."""

    message: str | None = None


@define(kw_only=True)
class AssetHls(Model):
    """Where an asset can be streamed from by HLS, once ``status`` is ``"ready"``."""

    manifest_url: str | None = field(default=None, repr=shown_url)
    status: AssetHlsStatus | None = None


@define(kw_only=True)
class AssetThumbnail(Model):
    """A picture of an asset, once ``status`` is ``"ready"``."""

    representative_url: str | None = field(default=None, repr=shown_url)
    status: AssetThumbnailStatus | None = None


@define(kw_only=True)
class AssetSourceDetails(Model):
    """The file that a connector took the asset from."""

    provider: AssetSourceDetailsProvider | None = None
    source_id: str | None = None
    original_filename: str | None = None
    source_link: str | None = None


@define(kw_only=True)
class AssetSource(Model):
    """Where an asset came from, when it was not uploaded."""

    type: AssetSourceType | None = None
    details: AssetSourceDetails | None = None


@define(kw_only=True)
class VideoStream(Model):
    """A stream of pictures in a file: seconds, pixels, bits a second, degrees."""

    index: int | None = None
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    avg_fps: float | None = None
    duration_seconds: float | None = None
    bitrate_bps: int | None = None
    rotation: int | None = None
    pixel_aspect_ratio: str | None = None
    display_aspect_ratio: str | None = None
    scan_type: str | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    color_range: str | None = None
    color_transfer: str | None = None
    color_space: str | None = None
    color_primaries: str | None = None


@define(kw_only=True)
class AudioStream(Model):
    """A stream of sound in a file: seconds, samples and bits a second."""

    index: int | None = None
    codec: str | None = None
    codec_long: str | None = None
    sample_rate: int | None = None
    bit_depth: int | None = None
    channels: int | None = None
    channel_layout: str | None = None
    bitrate_bps: int | None = None
    language: str | None = None
    duration_seconds: float | None = None


@define(kw_only=True)
class TechnicalMetadata(Model):
    """What the service read out of the file; which fields there are depends on its kind.

    The fields without a stream's index are those of the main stream. Times are aware datetimes.
    """

    file_size_bytes: int | None = None
    file_mime_type: str | None = None
    file_container_format: str | None = None
    container_creation_time: datetime | None = None
    video_streams: list[VideoStream] | None = None
    video_codec: str | None = None
    video_width: int | None = None
    video_height: int | None = None
    video_fps: float | None = None
    video_duration_seconds: float | None = None
    video_bitrate_bps: int | None = None
    audio_streams: list[AudioStream] | None = None
    audio_codec: str | None = None
    audio_sample_rate: int | None = None
    audio_channels: int | None = None
    audio_duration_seconds: float | None = None
    start_timecode: str | None = None
    timecode_source: str | None = None
    drop_frame: bool | None = None
    image_width: int | None = None
    image_height: int | None = None
    image_format: str | None = None
    image_orientation: int | None = None
    image_color_space: str | None = None
    image_bit_depth: int | None = None
    is_hdr: bool | None = None
    has_audio: bool | None = None
    has_alpha: bool | None = None
    is_animated: bool | None = None
    total_video_streams: int | None = None
    total_audio_streams: int | None = None
    storage_aspect_ratio: float | None = None
    geospatial_latitude: float | None = None
    geospatial_longitude: float | None = None
    geospatial_altitude_meters: float | None = None
    document_page_count: int | None = None
    document_pdf_version: str | None = None
    document_page_width_pt: float | None = None
    document_page_height_pt: float | None = None
    document_is_tagged: bool | None = None
    document_is_encrypted: bool | None = None
    document_language: str | None = None
    document_title: str | None = None
    document_author: str | None = None
    document_subject: str | None = None
    document_keywords: str | None = None
    document_creator_tool: str | None = None
    document_producer: str | None = None
    document_creation_date: datetime | None = None
    document_modification_date: datetime | None = None


@define(kw_only=True)
class Asset(Model):
    """An uploaded file. It can be used once ``status`` is ``"ready"``.

    Times are aware datetimes, ``size`` is in bytes, ``duration`` in seconds. ``error`` says why
    the status is ``"failed"``. Right after `Assets.create` the last six fields are still None.
    """

    id: Id
    method: AssetMethod | None = None
    status: AssetStatus | None = None
    filename: str | None = None
    file_type: str | None = None
    url: str | None = field(default=None, repr=shown_url)
    url_expires_at: datetime | None = None
    created_at: datetime | None = None
    user_metadata: dict[str, Any] | None = None
    source: AssetSource | None = None
    hls: AssetHls | None = None
    thumbnail: AssetThumbnail | None = None
    technical_metadata: TechnicalMetadata | None = None
    size: int | None = None
    duration: float | None = None
    error: AssetError | None = None


# The vendor has two classes, of which one has the fields of the other and more.
AssetDetail = Asset
AssetsListResponse = Page[Asset]


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
                "filename": filename,
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
                "filename": filename,
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
            Asset, "GET", f"/assets/{segment(asset_id)}", options=request_options
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
            f"/assets/{segment(asset_id)}",
            query={"force": force},
            options=request_options,
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

        It is looked at after 1 second, then less and less often, up to every 15, or every
        ``interval`` seconds; ``on_update``, plain or async, gets each state seen. Raises
        `FailedError` with the service's reason when the asset fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: never), and `NotFoundError` or `BadRequestError` when the service
        still does not know it after 10 seconds. ``GET /assets/{asset_id}``
        """
        clock = self._core.clock
        began = clock.monotonic()

        async def fetch() -> Asset:
            try:
                return await self.retrieve(asset_id, request_options=request_options)
            except ApiError as error:
                # The service may not know at once of an asset that it has just made.
                if not is_missing(error) or clock.monotonic() - began > GRACE:
                    raise
                return Asset(id=asset_id)

        return await wait_until(
            fetch,
            clock=clock,
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
            what="asset",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            by_id=True,
        )
