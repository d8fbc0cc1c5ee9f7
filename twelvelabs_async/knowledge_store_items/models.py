"""Models of the items in a knowledge store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import define

from .._runtime.model import Id, Model, Tagged, Unknown
from .._runtime.pager import Page
from ..knowledge_stores.models import KnowledgeStoreItemAssetType, KnowledgeStoreMetadataValue

__all__ = [
    "ImageMetadata",
    "KnowledgeStoreItem",
    "KnowledgeStoreItemMetadata",
    "KnowledgeStoreItemStatus",
    "KnowledgeStoreItemSystemMetadata",
    "KnowledgeStoreItemSystemMetadata_Image",
    "KnowledgeStoreItemSystemMetadata_Unknown",
    "KnowledgeStoreItemSystemMetadata_Video",
    "KnowledgeStoreItemsListRequestSortBy",
    "KnowledgeStoreItemsListRequestStatusItem",
    "KnowledgeStoreItemsListResponse",
    "VideoMetadata",
]

KnowledgeStoreItemStatus = Literal["queued", "pending", "processing", "ready", "failed"] | str
KnowledgeStoreItemsListRequestStatusItem = KnowledgeStoreItemStatus
KnowledgeStoreItemsListRequestSortBy = Literal["created_at", "updated_at"] | str

KnowledgeStoreItemMetadata = Mapping[str, KnowledgeStoreMetadataValue]
"""Your own keys: at most 50 of 128 characters; texts up to 8,192 characters, 53-bit integers."""


@define(kw_only=True)
class KnowledgeStoreItemSystemMetadata_Video(Model):
    """What the service measured of a video: seconds, frames a second, pixels and bytes."""

    asset_type: Literal["video"] = "video"
    filename: str | None = None
    duration: float | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    codec_name: str | None = None
    size: int | None = None


@define(kw_only=True)
class KnowledgeStoreItemSystemMetadata_Image(Model):
    """What the service measured of an image: pixels and bytes."""

    asset_type: Literal["image"] = "image"
    filename: str | None = None
    width: int | None = None
    height: int | None = None
    codec_name: str | None = None
    size: int | None = None


@define(kw_only=True)
class KnowledgeStoreItemSystemMetadata_Unknown(Unknown):
    """Metadata of a type of asset that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        asset_type: Literal["unknown"] = "unknown"
    else:
        asset_type: str | None = None


VideoMetadata = KnowledgeStoreItemSystemMetadata_Video
ImageMetadata = KnowledgeStoreItemSystemMetadata_Image
KnowledgeStoreItemSystemMetadata = Annotated[
    KnowledgeStoreItemSystemMetadata_Video
    | KnowledgeStoreItemSystemMetadata_Image
    | KnowledgeStoreItemSystemMetadata_Unknown,
    Tagged("asset_type"),
]


@define(kw_only=True)
class KnowledgeStoreItem(Model):
    """An asset in a knowledge store, searched once ``status`` is ``"ready"``."""

    id: Id
    asset_type: KnowledgeStoreItemAssetType | None = None
    asset_id: str | None = None
    status: KnowledgeStoreItemStatus | None = None
    system_metadata: KnowledgeStoreItemSystemMetadata | None = None
    metadata: dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


KnowledgeStoreItemsListResponse = Page[KnowledgeStoreItem]
