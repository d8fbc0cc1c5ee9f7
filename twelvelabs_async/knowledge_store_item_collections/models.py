"""Models of the collections in a knowledge store."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import define

from .._runtime.model import Id, Model
from .._runtime.pager import Page
from ..knowledge_store_items.models import KnowledgeStoreItem

__all__ = [
    "KnowledgeStoreItemCollection",
    "KnowledgeStoreItemCollectionsListItemsResponse",
    "KnowledgeStoreItemCollectionsListRequestSortBy",
    "KnowledgeStoreItemCollectionsListResponse",
]

KnowledgeStoreItemCollectionsListRequestSortBy = Literal["created_at", "updated_at", "name"] | str


@define(kw_only=True)
class KnowledgeStoreItemCollection(Model):
    """A named group of a store's items, ``member_count`` of them. Times are aware datetimes."""

    id: Id
    knowledge_store_id: str | None = None
    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    member_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


KnowledgeStoreItemCollectionsListResponse = Page[KnowledgeStoreItemCollection]
KnowledgeStoreItemCollectionsListItemsResponse = Page[KnowledgeStoreItem]
