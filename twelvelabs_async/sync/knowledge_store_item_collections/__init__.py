# Generated from knowledge_store_item_collections/__init__.py: do not edit.
"""Collections: named groups of the items in a knowledge store."""

from __future__ import annotations

from collections.abc import Sequence

from ...knowledge_store_item_collections import (
    KnowledgeStoreItemCollections as AsyncKnowledgeStoreItemCollections,
)
from ...knowledge_store_item_collections.models import (
    KnowledgeStoreItemCollection,
    KnowledgeStoreItemCollectionsListRequestSortBy,
)
from ...knowledge_store_items.models import KnowledgeStoreItem
from ...knowledge_stores.models import KnowledgeStoreMetadata
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

__all__ = ["KnowledgeStoreItemCollections"]


class KnowledgeStoreItemCollections(SyncResource[AsyncKnowledgeStoreItemCollections]):
    """Groups of items, for example to select in a response."""

    def list(
        self,
        knowledge_store_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: KnowledgeStoreItemCollectionsListRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[KnowledgeStoreItemCollection]:
        """Every collection of the store, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. Raises `BadRequestError` for other values, and
        `BadRequestError` or `NotFoundError` for an unknown store.
        ``GET /knowledge-stores/{knowledge_store_id}/item-collections``

        Example: ``rows = client.knowledge_store_item_collections.list(store.id)``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                knowledge_store_id,
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                request_options=request_options,
            ),
        )

    def create(
        self,
        knowledge_store_id: str,
        *,
        name: str,
        description: str | None = None,
        metadata: KnowledgeStoreMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItemCollection:
        """The new collection, empty.

        ``name`` is unique in the store; ``description`` is free text. ``metadata`` has at most 10
        keys of 128 characters; values are strings of at most 2,048 characters, numbers, booleans
        and lists of strings. Raises `BadRequestError` for a name that is taken and for metadata out
        of bounds. ``POST /knowledge-stores/{knowledge_store_id}/item-collections``

        Example: ``client.knowledge_store_item_collections.create(store.id, name="finals")``
        """
        return self._bridge.call(
            self._async.create,
            knowledge_store_id,
            name=name,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def retrieve(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItemCollection:
        """One collection.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}``

        Example: ``client.knowledge_store_item_collections.retrieve(store.id, "ksic_...")``
        """
        return self._bridge.call(
            self._async.retrieve, knowledge_store_id, collection_id, request_options=request_options
        )

    def update(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: KnowledgeStoreMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItemCollection:
        """The collection after the change.

        ``name``, ``description`` and ``metadata`` replace what was there; what is left out stays.
        ``metadata`` replaces all keys; ``{}`` removes them. It has at most 10 keys of 128
        characters, with strings of at most 2,048. Raises `BadRequestError` for a name that is taken
        and for metadata out of bounds, and `BadRequestError` or `NotFoundError` when the collection
        does not exist.
        ``PATCH /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}``

        Example: ``client.knowledge_store_item_collections.update(store.id, collection.id,
        description="2026")``
        """
        return self._bridge.call(
            self._async.update,
            knowledge_store_id,
            collection_id,
            name=name,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def delete(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the collection is deleted, its items stay in the store.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}``

        Example: ``client.knowledge_store_item_collections.delete(store.id, collection.id)``
        """
        self._bridge.call(
            self._async.delete, knowledge_store_id, collection_id, request_options=request_options
        )

    def list_items(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[KnowledgeStoreItem]:
        """Every item of a collection; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        or `NotFoundError` when the collection does not exist.
        ``GET /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}/items``

        Example: ``for item in client.knowledge_store_item_collections.list_items(store.id,
        collection.id): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list_items(
                knowledge_store_id,
                collection_id,
                page=page,
                page_limit=page_limit,
                request_options=request_options,
            ),
        )

    def add_items(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        item_ids: Sequence[str],
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItemCollection:
        """The collection with its new ``member_count``.

        ``item_ids`` are at most 500; items that are members already stay. Raises `BadRequestError`
        when an id is not of this store, and then none is added. Adding twice does no harm, so the
        call is retried.
        ``POST /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}/items/add``

        Example: ``client.knowledge_store_item_collections.add_items(store.id, collection.id,
        item_ids=[item.id])``
        """
        return self._bridge.call(
            self._async.add_items,
            knowledge_store_id,
            collection_id,
            item_ids=item_ids,
            request_options=request_options,
        )

    def remove_items(
        self,
        knowledge_store_id: str,
        collection_id: str,
        *,
        item_ids: Sequence[str],
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the items leave the collection and stay in the store.

        ``item_ids`` are at most 500; those that are not members are ignored. Raises
        `BadRequestError` or `NotFoundError` when the collection does not exist. Removing twice does
        no harm, so the call is retried.
        ``POST
        /knowledge-stores/{knowledge_store_id}/item-collections/{collection_id}/items/remove``

        Example: ``client.knowledge_store_item_collections.remove_items(store.id, collection.id,
        item_ids=[item.id])``
        """
        self._bridge.call(
            self._async.remove_items,
            knowledge_store_id,
            collection_id,
            item_ids=item_ids,
            request_options=request_options,
        )
