"""Models of assets: the files that were uploaded, and what was measured in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import define, field

from .._runtime.model import Id, Model, shown_url
from .._runtime.pager import Page

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
    "AssetTranscriptionEntry",
    "AssetTranscriptionError",
    "AssetTranscriptionResponse",
    "AssetTranscriptionStatus",
    "AssetTranscriptionUtterance",
    "AssetsCreateRequestMethod",
    "AssetsListRequestAssetTypesItem",
    "AssetsListResponse",
    "AssetsRetrieveTranscriptionRequestIncludeItem",
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
AssetTranscriptionStatus = Literal["pending", "processing", "ready", "failed"] | str
AssetsRetrieveTranscriptionRequestIncludeItem = Literal["words", "sentences", "utterances"] | str
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


@define(kw_only=True)
class AssetTranscriptionEntry(Model):
    """A word or a sentence, and when it is spoken, in seconds."""

    start: float
    end: float
    value: str


@define(kw_only=True)
class AssetTranscriptionUtterance(Model):
    """What one speaker says without a pause, and when, in seconds."""

    start: float
    end: float
    value: str
    speaker: str | None = None


@define(kw_only=True)
class AssetTranscriptionError(Model):
    """Why the transcription failed. The text is for people: it may change."""

    message: str


@define(kw_only=True)
class AssetTranscriptionResponse(Model):
    """What is spoken in an asset, once ``status`` is ``"ready"``, in the requested forms."""

    status: AssetTranscriptionStatus
    words: list[AssetTranscriptionEntry] | None = None
    sentences: list[AssetTranscriptionEntry] | None = None
    utterances: list[AssetTranscriptionUtterance] | None = None
    error: AssetTranscriptionError | None = None
