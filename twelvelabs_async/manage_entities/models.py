"""Models of the entities of all collections."""

from __future__ import annotations

from typing import Literal

from attrs import define

from .._runtime.pager import Page
from ..entity_collections import Entity

__all__ = [
    "InternalEntity",
    "ListAllEntitiesRequestSortBy",
    "ListAllEntitiesRequestStatus",
    "ListAllEntitiesResponse",
]


ListAllEntitiesRequestSortBy = Literal["created_at", "updated_at", "name"] | str
ListAllEntitiesRequestStatus = Literal["processing", "ready"] | str


@define(kw_only=True)
class InternalEntity(Entity):
    """An entity, with the collection it is in and URLs of its images."""

    entity_collection_name: str | None = None
    asset_urls: list[str] | None = None


ListAllEntitiesResponse = Page[InternalEntity]
