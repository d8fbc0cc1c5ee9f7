"""Models of indexes, indexed assets and videos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from attrs import define

from .._runtime.model import Id, Model
from .._runtime.pager import Page
from ..list_filters import Range
from ..video_models import (
    HlsObject,
    StoredEmbedding,
    StoredVideoEmbedding,
    SystemMetadata,
    TranscriptionDataItem,
)

__all__ = [
    "IndexModelsItem",
    "IndexSchema",
    "IndexedAsset",
    "IndexedAssetDetailed",
    "IndexedAssetDetailedEmbedding",
    "IndexedAssetDetailedEmbeddingVideoEmbedding",
    "IndexedAssetStatus",
    "IndexedAssetSummary",
    "IndexedAssetSummaryIndex",
    "IndexedAssetSystemMetadata",
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
    "IndexesCreateRequestModelsItem",
    "IndexesCreateRequestModelsItemDict",
    "IndexesCreateRequestModelsItemModelName",
    "IndexesCreateResponse",
    "IndexesListResponse",
    "VideoVector",
    "VideoVectorSystemMetadata",
    "VideosListRequestDuration",
    "VideosListRequestFps",
    "VideosListRequestHeight",
    "VideosListRequestSize",
    "VideosListRequestUserMetadataValue",
    "VideosListRequestWidth",
    "VideosListResponse",
    "VideosRetrieveRequestEmbeddingOptionItem",
    "VideosRetrieveResponse",
    "VideosRetrieveResponseEmbedding",
    "VideosRetrieveResponseEmbeddingVideoEmbedding",
    "VideosRetrieveResponseSystemMetadata",
]

IndexesCreateRequestModelsItemModelName = Literal["marengo3.0"] | str


class IndexesCreateRequestModelsItemDict(TypedDict):
    """`IndexesCreateRequestModelsItem` as a plain dict."""

    model_name: str
    model_options: Sequence[str]


@define(kw_only=True)
class IndexesCreateRequestModelsItem(Model):
    """A model to enable in an index, and what it attends to: ``"visual"``, ``"audio"`` or both."""

    model_name: str
    model_options: list[str]


@define(kw_only=True)
class IndexesCreateResponse(Model):
    """The identifier of the new index."""

    id: Id


@define(kw_only=True)
class IndexModelsItem(Model):
    """A model that is enabled in an index."""

    model_name: str | None = None
    model_options: list[str] | None = None


@define(kw_only=True)
class IndexSchema(Model):
    """An index. Times are RFC 3339 strings, ``total_duration`` is in seconds.

    ``expires_at`` is when the service deletes the index; only those of the free plan have it.
    """

    id: Id
    created_at: str | None = None
    updated_at: str | None = None
    expires_at: str | None = None
    index_name: str | None = None
    total_duration: float | None = None
    video_count: float | None = None
    models: list[IndexModelsItem] | None = None
    addons: list[str] | None = None


IndexesListResponse = Page[IndexSchema]

IndexedAssetStatus = Literal["pending", "queued", "indexing", "validating", "ready", "failed"] | str
IndexedAssetsListRequestStatusItem = IndexedAssetStatus
IndexedAssetsListRequestUserMetadataValue = str | float | bool
IndexedAssetsRetrieveRequestEmbeddingOptionItem = (
    Literal["visual", "audio", "transcription", "visual-text"] | str
)

# The vendor has a class for each place where such a thing is used; here they are one.
IndexedAssetsListRequestDuration = Range
IndexedAssetsListRequestFps = Range
IndexedAssetsListRequestHeight = Range
IndexedAssetsListRequestSize = Range
IndexedAssetsListRequestWidth = Range
IndexedAssetDetailedEmbedding = StoredEmbedding
IndexedAssetDetailedEmbeddingVideoEmbedding = StoredVideoEmbedding
IndexedAssetSystemMetadata = SystemMetadata


@define(kw_only=True)
class IndexedAssetsCreateResponse(Model):
    """The identifier to follow the indexing by."""

    id: Id
    asset_id: str | None = None


@define(kw_only=True)
class IndexedAsset(Model):
    """An asset in an index, as lists have it. Times are RFC 3339 strings.

    It can be searched and analysed once ``status`` is ``"ready"``.
    """

    id: Id
    asset_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    indexed_at: str | None = None
    status: IndexedAssetStatus | None = None
    system_metadata: SystemMetadata | None = None


@define(kw_only=True)
class IndexedAssetDetailed(IndexedAsset):
    """An asset in an index, with what was requested: its vectors, the words spoken in it."""

    user_metadata: dict[str, Any] | None = None
    hls: HlsObject | None = None
    embedding: StoredEmbedding | None = None
    transcription: list[TranscriptionDataItem] | None = None


IndexedAssetsListResponse = Page[IndexedAsset]

VideosRetrieveRequestEmbeddingOptionItem = (
    Literal["visual", "audio", "transcription", "visual-text"] | str
)
VideosListRequestUserMetadataValue = str | float | bool

# The vendor has a class for each place where such a thing is used; here they are one.
VideosListRequestDuration = Range
VideosListRequestFps = Range
VideosListRequestHeight = Range
VideosListRequestSize = Range
VideosListRequestWidth = Range
VideoVectorSystemMetadata = SystemMetadata
VideosRetrieveResponseEmbedding = StoredEmbedding
VideosRetrieveResponseEmbeddingVideoEmbedding = StoredVideoEmbedding
VideosRetrieveResponseSystemMetadata = SystemMetadata


@define(kw_only=True)
class VideoVector(Model):
    """A video in an index, as lists have it. Times are RFC 3339 strings."""

    id: Id
    asset_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    indexed_at: str | None = None
    system_metadata: SystemMetadata | None = None


@define(kw_only=True)
class VideosRetrieveResponse(VideoVector):
    """A video in an index, with what was requested: its vectors, the words spoken in it."""

    user_metadata: dict[str, Any] | None = None
    hls: HlsObject | None = None
    embedding: StoredEmbedding | None = None
    transcription: list[TranscriptionDataItem] | None = None


VideosListResponse = Page[VideoVector]


@define(kw_only=True)
class IndexedAssetSummaryIndex(Model):
    """The index that an asset is in."""

    id: Id
    name: str | None = None


@define(kw_only=True)
class IndexedAssetSummary(Model):
    """An asset's id in an index, and the index."""

    id: Id
    index: IndexedAssetSummaryIndex | None = None


IndexedAssetsListByAssetResponse = Page[IndexedAssetSummary]
