"""Models of entity collections and entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from attrs import define

from .._runtime.model import Id, Model
from .._runtime.pager import Page

__all__ = [
    "BulkCreateEntityResponse",
    "BulkCreateEntityResponseEntitiesItem",
    "BulkCreateEntityResponseErrorsItem",
    "EntitiesCreateBulkRequestEntitiesItem",
    "EntitiesCreateBulkRequestEntitiesItemDict",
    "EntitiesListByAssetResponse",
    "EntitiesListRequestSortBy",
    "EntitiesListRequestStatus",
    "EntitiesListResponse",
    "Entity",
    "EntityCollection",
    "EntityCollectionsListRequestSortBy",
    "EntityCollectionsListResponse",
    "EntityMetadata",
    "EntityStatus",
]


EntityStatus = Literal["processing", "ready"] | str
EntityCollectionsListRequestSortBy = Literal["created_at", "updated_at", "name"] | str

EntityMetadata = Mapping[str, Any]
"""Your own keys beside an entity. In an update, ``None`` as a value deletes that key."""


@define(kw_only=True)
class EntityCollection(Model):
    """A named group of entities. Times are aware datetimes."""

    id: Id
    name: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@define(kw_only=True)
class Entity(Model):
    """A person that searches can ask for, once ``status`` is ``"ready"``.

    ``asset_ids`` are the images that show the person. Times are aware datetimes.
    """

    id: Id
    entity_collection_id: str | None = None
    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    asset_ids: list[str] | None = None
    status: EntityStatus | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


EntityCollectionsListResponse = Page[EntityCollection]

EntitiesListRequestSortBy = Literal["created_at", "updated_at", "name"] | str
EntitiesListRequestStatus = Literal["processing", "ready"] | str


@define(kw_only=True)
class EntitiesCreateBulkRequestEntitiesItem(Model):
    """One of several entities to make: a name, and the images that show the person."""

    name: str
    asset_ids: Sequence[str]
    description: str | None = None
    metadata: EntityMetadata | None = None


class EntitiesCreateBulkRequestEntitiesItemDict(TypedDict):
    """`EntitiesCreateBulkRequestEntitiesItem` as a plain dict."""

    name: str
    asset_ids: Sequence[str]
    description: NotRequired[str]
    metadata: NotRequired[EntityMetadata]


@define(kw_only=True)
class BulkCreateEntityResponseEntitiesItem(Model):
    """One entity that was made."""

    id: Id
    name: str | None = None
    status: str | None = None


@define(kw_only=True)
class BulkCreateEntityResponseErrorsItem(Model):
    """One entity that was refused; ``entity_index`` is its place in the request, from 0."""

    entity_index: int | None = None
    entity_name: str | None = None
    error_reason: str | None = None


@define(kw_only=True)
class BulkCreateEntityResponse(Model):
    """The result of each entity: the request succeeds even if some were refused."""

    success_count: int | None = None
    failed_count: int | None = None
    entities: list[BulkCreateEntityResponseEntitiesItem] | None = None
    errors: list[BulkCreateEntityResponseErrorsItem] | None = None


EntitiesListResponse = Page[Entity]
EntitiesListByAssetResponse = Page[Entity]
