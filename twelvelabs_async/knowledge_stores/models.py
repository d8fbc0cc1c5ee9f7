"""Models of knowledge stores and of searches in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

from attrs import define, field
from cattrs import override

from .._runtime.model import Id, Model, Tagged, Unknown
from .._runtime.pager import BasePage, Page

__all__ = [
    "AssetTypeFilter",
    "AssetTypeFilterDict",
    "EnrichmentConfig",
    "EnrichmentConfigDescription",
    "EnrichmentConfigDescriptionDict",
    "EnrichmentConfigJsonSchema",
    "EnrichmentConfigJsonSchemaDict",
    "EnrichmentConfigJsonSchemaJsonSchema",
    "EnrichmentConfigJsonSchemaJsonSchemaType",
    "EnrichmentConfig_Description",
    "EnrichmentConfig_JsonSchema",
    "EnrichmentConfig_Unknown",
    "ImageSearchHit",
    "ImageSearchItemMetadata",
    "ImageSearchSystemMetadata",
    "IngestionConfig",
    "IngestionConfigDict",
    "ItemIdFilter",
    "ItemIdFilterDict",
    "KnowledgeStore",
    "KnowledgeStoreItemAssetType",
    "KnowledgeStoreMetadata",
    "KnowledgeStoreMetadataValue",
    "KnowledgeStoreSearchQuery",
    "KnowledgeStoreSearchQueryDict",
    "KnowledgeStoresListRequestSortBy",
    "KnowledgeStoresListResponse",
    "SearchKnowledgeStoreFilter",
    "SearchKnowledgeStoreFilterDict",
    "SearchKnowledgeStoreHit",
    "SearchKnowledgeStoreHit_Image",
    "SearchKnowledgeStoreHit_Unknown",
    "SearchKnowledgeStoreHit_Video",
    "SearchKnowledgeStoreOptions",
    "SearchKnowledgeStoreOptionsDict",
    "SearchKnowledgeStoreRequestGroupBy",
    "SearchKnowledgeStoreResponse",
    "VideoMatch",
    "VideoSearchHit",
    "VideoSearchItemMetadata",
    "VideoSearchModality",
    "VideoSearchOptions",
    "VideoSearchOptionsDict",
    "VideoSearchSystemMetadata",
]

KnowledgeStoreMetadataValue = str | int | float | bool | list[str]
KnowledgeStoreMetadata = Mapping[str, KnowledgeStoreMetadataValue]
"""Your own keys: at most 10 of 128 characters; texts up to 2,048 characters, 53-bit integers."""

KnowledgeStoresListRequestSortBy = Literal["created_at", "updated_at"] | str
KnowledgeStoreItemAssetType = Literal["video", "image"] | str
EnrichmentConfigJsonSchemaJsonSchemaType = Literal["object"] | str
VideoSearchModality = Literal["visual", "audio"] | str
SearchKnowledgeStoreRequestGroupBy = Literal["none", "item"] | str


@define(kw_only=True)
class EnrichmentConfigJsonSchemaJsonSchema(Model):
    """What is extracted from each item: a JSON Schema of the type ``"object"``.

    Every property, nested ones too, needs a ``description``. Unions, ``$ref`` and nullable types
    are refused.
    """

    type: EnrichmentConfigJsonSchemaJsonSchemaType = "object"
    properties: dict[str, Any]


@define(kw_only=True)
class EnrichmentConfig_JsonSchema(Model):
    """Items are enriched with values that fit a JSON Schema."""

    type: Literal["json_schema"] = "json_schema"
    json_schema: EnrichmentConfigJsonSchemaJsonSchema


@define(kw_only=True)
class EnrichmentConfig_Description(Model):
    """Items are enriched by a description."""

    type: Literal["description"] = "description"
    description: str


@define(kw_only=True)
class EnrichmentConfig_Unknown(Unknown):
    """An enrichment of a type that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        type: Literal["unknown"] = "unknown"
    else:
        type: str | None = None


# The vendor has the members of the union a second time, without their tag.
EnrichmentConfigJsonSchema = EnrichmentConfig_JsonSchema
EnrichmentConfigDescription = EnrichmentConfig_Description
EnrichmentConfig = Annotated[
    EnrichmentConfig_JsonSchema | EnrichmentConfig_Description | EnrichmentConfig_Unknown,
    Tagged("type"),
]


class EnrichmentConfigJsonSchemaDict(TypedDict):
    """`EnrichmentConfig_JsonSchema` as a plain dict."""

    type: Literal["json_schema"]
    json_schema: Mapping[str, Any]


class EnrichmentConfigDescriptionDict(TypedDict):
    """`EnrichmentConfig_Description` as a plain dict."""

    type: Literal["description"]
    description: str


@define(kw_only=True)
class IngestionConfig(Model):
    """How items are processed. It is set when the store is created, and stays."""

    enrichment_config: EnrichmentConfig


class IngestionConfigDict(TypedDict):
    """`IngestionConfig` as a plain dict."""

    enrichment_config: (
        EnrichmentConfig_JsonSchema
        | EnrichmentConfig_Description
        | EnrichmentConfigJsonSchemaDict
        | EnrichmentConfigDescriptionDict
    )


@define(kw_only=True)
class KnowledgeStore(Model):
    """A store of videos and images that `responses` answers from. Times are aware datetimes."""

    id: Id
    name: str | None = None
    description: str | None = None
    ingestion_config: IngestionConfig | None = None
    item_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    metadata: dict[str, Any] | None = None


KnowledgeStoresListResponse = Page[KnowledgeStore]


@define(kw_only=True)
class KnowledgeStoreSearchQuery(Model):
    """What to look for, in words."""

    text: str


class KnowledgeStoreSearchQueryDict(TypedDict):
    """`KnowledgeStoreSearchQuery` as a plain dict."""

    text: str


@define(kw_only=True)
class AssetTypeFilter(Model):
    """Items of one type (``eq``) or of several (``in_``): one of the two."""

    eq: KnowledgeStoreItemAssetType | None = None
    in_: Annotated[list[KnowledgeStoreItemAssetType] | None, override(rename="in")] = None


AssetTypeFilterDict = TypedDict(
    "AssetTypeFilterDict",
    {
        "eq": NotRequired[KnowledgeStoreItemAssetType],
        "in": NotRequired[Sequence[KnowledgeStoreItemAssetType]],
        "in_": NotRequired[Sequence[KnowledgeStoreItemAssetType]],
    },
)
"""`AssetTypeFilter` as a plain dict; ``in`` and ``in_`` mean the same."""


@define(kw_only=True)
class ItemIdFilter(Model):
    """The item with one id (``eq``) or those with several (``in_``): one of the two."""

    eq: str | None = None
    in_: Annotated[list[str] | None, override(rename="in")] = None


ItemIdFilterDict = TypedDict(
    "ItemIdFilterDict",
    {"eq": NotRequired[str], "in": NotRequired[Sequence[str]], "in_": NotRequired[Sequence[str]]},
)
"""`ItemIdFilter` as a plain dict; ``in`` and ``in_`` mean the same."""


@define(kw_only=True)
class SearchKnowledgeStoreFilter(Model):
    """Which items are searched: those that fit every filter given."""

    asset_type: AssetTypeFilter | None = None
    item_id: ItemIdFilter | None = None


class SearchKnowledgeStoreFilterDict(TypedDict):
    """`SearchKnowledgeStoreFilter` as a plain dict."""

    asset_type: NotRequired[AssetTypeFilter | AssetTypeFilterDict]
    item_id: NotRequired[ItemIdFilter | ItemIdFilterDict]


@define(kw_only=True)
class VideoSearchOptions(Model):
    """What of a video is compared: ``"visual"``, ``"audio"`` or both."""

    modalities: list[VideoSearchModality]


class VideoSearchOptionsDict(TypedDict):
    """`VideoSearchOptions` as a plain dict."""

    modalities: Sequence[VideoSearchModality]


@define(kw_only=True)
class SearchKnowledgeStoreOptions(Model):
    """What is compared; in a reply, what was. It is empty where only images were searched."""

    video: VideoSearchOptions | None = None


class SearchKnowledgeStoreOptionsDict(TypedDict):
    """`SearchKnowledgeStoreOptions` as a plain dict."""

    video: NotRequired[VideoSearchOptions | VideoSearchOptionsDict]


@define(kw_only=True)
class VideoMatch(Model):
    """A part of a video that fits the query, in seconds from its start."""

    start_sec: float
    end_sec: float
    modalities: list[VideoSearchModality]
    transcription: str | None = None


@define(kw_only=True)
class VideoSearchSystemMetadata(Model):
    """A video's duration in seconds, its sides in pixels and its size in bytes."""

    duration: float | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None


@define(kw_only=True)
class VideoSearchItemMetadata(Model):
    """A video's metadata: the service's (``system``) and yours (``user``)."""

    system: VideoSearchSystemMetadata | None = None
    user: dict[str, Any] | None = None


@define(kw_only=True)
class ImageSearchSystemMetadata(Model):
    """An image's sides in pixels and its size in bytes."""

    width: int | None = None
    height: int | None = None
    size: int | None = None


@define(kw_only=True)
class ImageSearchItemMetadata(Model):
    """An image's metadata: the service's (``system``) and yours (``user``)."""

    system: ImageSearchSystemMetadata | None = None
    user: dict[str, Any] | None = None


@define(kw_only=True)
class SearchKnowledgeStoreHit_Video(Model):
    """A video that fits the query, and where. The best has the rank 1."""

    asset_type: Literal["video"] = "video"
    rank: int
    item_id: str
    metadata: VideoSearchItemMetadata | None = None
    matches: list[VideoMatch]


@define(kw_only=True)
class SearchKnowledgeStoreHit_Image(Model):
    """An image that fits the query. The best has the rank 1."""

    asset_type: Literal["image"] = "image"
    rank: int
    item_id: str
    metadata: ImageSearchItemMetadata | None = None


@define(kw_only=True)
class SearchKnowledgeStoreHit_Unknown(Unknown):
    """A hit of a type that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        asset_type: Literal["unknown"] = "unknown"
    else:
        asset_type: str | None = None


VideoSearchHit = SearchKnowledgeStoreHit_Video
ImageSearchHit = SearchKnowledgeStoreHit_Image
SearchKnowledgeStoreHit = Annotated[
    SearchKnowledgeStoreHit_Video | SearchKnowledgeStoreHit_Image | SearchKnowledgeStoreHit_Unknown,
    Tagged("asset_type"),
]


@define(kw_only=True)
class SearchKnowledgeStoreResponse(BasePage[SearchKnowledgeStoreHit]):
    """One page of hits, by rank. Without ``next_page_token`` it is the last."""

    data: list[SearchKnowledgeStoreHit] = field(factory=list[SearchKnowledgeStoreHit])
    next_page_token: str | None = None
    effective_search_options: SearchKnowledgeStoreOptions

    @property
    def items(self) -> list[SearchKnowledgeStoreHit]:
        """The hits of this page."""
        return self.data
