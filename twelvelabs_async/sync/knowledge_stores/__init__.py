# Generated from knowledge_stores/__init__.py: do not edit.
"""Knowledge stores: videos and images that are searched together, and that responses draw on."""

from __future__ import annotations

from ...knowledge_stores import KnowledgeStores as AsyncKnowledgeStores
from ...knowledge_stores import KnowledgeStoreSearchPager
from ...knowledge_stores.models import (
    IngestionConfig,
    IngestionConfigDict,
    KnowledgeStore,
    KnowledgeStoreMetadata,
    KnowledgeStoreSearchQuery,
    KnowledgeStoreSearchQueryDict,
    KnowledgeStoresListRequestSortBy,
    SearchKnowledgeStoreFilter,
    SearchKnowledgeStoreFilterDict,
    SearchKnowledgeStoreHit,
    SearchKnowledgeStoreOptions,
    SearchKnowledgeStoreOptionsDict,
    SearchKnowledgeStoreRequestGroupBy,
    SearchKnowledgeStoreResponse,
)
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

__all__ = ["KnowledgeStores", "SyncKnowledgeStoreSearchPager"]


class SyncKnowledgeStoreSearchPager(SyncPager[SearchKnowledgeStoreHit]):
    """Hits in pages; the token of the next page is beside them, not in ``page_info``."""

    _async: KnowledgeStoreSearchPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__


class KnowledgeStores(SyncResource[AsyncKnowledgeStores]):
    """Stores of videos and images; ``knowledge_store_items`` has the methods for their content."""

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: KnowledgeStoresListRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[KnowledgeStore]:
        """Every knowledge store, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. Raises `BadRequestError` for other values. ``GET /knowledge-stores``

        Example: ``for store in client.knowledge_stores.list(): print(store.name)``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                request_options=request_options,
            ),
        )

    def create(
        self,
        *,
        name: str,
        ingestion_config: IngestionConfig | IngestionConfigDict | None = None,
        description: str | None = None,
        metadata: KnowledgeStoreMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStore:
        """The new knowledge store, empty.

        ``name`` and ``description`` are free text. ``ingestion_config`` says what the service
        extracts from each item, by a JSON Schema or a description; it cannot be changed later.
        ``metadata`` has at most 10 keys of 128 characters; values are strings of at most 2,048
        characters, numbers, booleans and lists of strings. Raises `BadRequestError` for metadata
        out of these bounds and `UnprocessableEntityError` for a schema with keywords that the
        service does not support. ``POST /knowledge-stores``

        Example: ``store = client.knowledge_stores.create(name="match days")``
        """
        return self._bridge.call(
            self._async.create,
            name=name,
            ingestion_config=ingestion_config,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def retrieve(
        self, knowledge_store_id: str, *, request_options: RequestOptions | None = None
    ) -> KnowledgeStore:
        """One knowledge store.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /knowledge-stores/{knowledge_store_id}``

        Example: ``store = client.knowledge_stores.retrieve("ks_...")``
        """
        return self._bridge.call(
            self._async.retrieve, knowledge_store_id, request_options=request_options
        )

    def update(
        self,
        knowledge_store_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: KnowledgeStoreMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStore:
        """The knowledge store after the change.

        ``name``, ``description`` and ``metadata`` replace what was there; what is left out stays.
        ``metadata`` replaces all keys; ``{}`` removes them. It has at most 10 keys of 128
        characters, with strings of at most 2,048. Raises `BadRequestError` for metadata out of
        bounds, and `BadRequestError` or `NotFoundError` when the store does not exist.
        ``PATCH /knowledge-stores/{knowledge_store_id}``

        Example: ``client.knowledge_stores.update(store.id, name="finals")``
        """
        return self._bridge.call(
            self._async.update,
            knowledge_store_id,
            name=name,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def delete(
        self, knowledge_store_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the store and its items are deleted, the assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /knowledge-stores/{knowledge_store_id}``

        Example: ``client.knowledge_stores.delete(store.id)``
        """
        self._bridge.call(self._async.delete, knowledge_store_id, request_options=request_options)

    def search(
        self,
        knowledge_store_id: str,
        *,
        query: KnowledgeStoreSearchQuery | KnowledgeStoreSearchQueryDict,
        filter: SearchKnowledgeStoreFilter | SearchKnowledgeStoreFilterDict | None = None,
        search_options: SearchKnowledgeStoreOptions | SearchKnowledgeStoreOptionsDict | None = None,
        group_by: SearchKnowledgeStoreRequestGroupBy | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
        include_metadata: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> SearchKnowledgeStoreResponse:
        """One page of hits among the items that are ready, by rank; `search_all` gives every page.

        ``query`` is ``{"text": ...}``. ``filter`` limits the search to types of assets or to items;
        each filter has ``eq`` or ``in_``. ``search_options`` says what of videos is compared, by
        default what is seen. ``group_by`` is ``"none"`` (the default), where each hit is one part
        of a video, or ``"item"``, where a hit has all parts of its video. ``page_size`` is 1 to 50,
        by default 10. ``page_token`` asks for the next page; the service then ignores the other
        parameters. ``include_metadata`` adds each item's metadata. Raises `BadRequestError` for
        wrong parameters or a malformed token, `GoneError` for a token that has expired,
        `NotFoundError` for an unknown store and `TooManyRequestsError` past the rate limit.
        ``POST /knowledge-stores/{knowledge_store_id}/search``

        Example: ``hits = client.knowledge_stores.search(store.id, query={"text": "a goal"})``
        """
        return self._bridge.call(
            self._async.search,
            knowledge_store_id,
            query=query,
            filter=filter,
            search_options=search_options,
            group_by=group_by,
            page_size=page_size,
            page_token=page_token,
            include_metadata=include_metadata,
            request_options=request_options,
        )

    def search_all(
        self,
        knowledge_store_id: str,
        *,
        query: KnowledgeStoreSearchQuery | KnowledgeStoreSearchQueryDict,
        filter: SearchKnowledgeStoreFilter | SearchKnowledgeStoreFilterDict | None = None,
        search_options: SearchKnowledgeStoreOptions | SearchKnowledgeStoreOptionsDict | None = None,
        group_by: SearchKnowledgeStoreRequestGroupBy | None = None,
        page_size: int | None = None,
        include_metadata: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncKnowledgeStoreSearchPager:
        """Every hit among the items that are ready, by rank; the first page is fetched.

        ``query`` is ``{"text": ...}``. ``filter`` limits the search to types of assets or to items;
        each filter has ``eq`` or ``in_``. ``search_options`` says what of videos is compared, by
        default what is seen. ``group_by`` is ``"none"`` (the default), where each hit is one part
        of a video, or ``"item"``, where a hit has all parts of its video. ``page_size`` is 1 to 50,
        by default 10. ``include_metadata`` adds each item's metadata. Raises `BadRequestError` for
        wrong parameters, `GoneError` when the next page is asked for too late, `NotFoundError` for
        an unknown store and `TooManyRequestsError` past the rate limit.
        ``POST /knowledge-stores/{knowledge_store_id}/search``, once a page

        Example: ``for hit in client.knowledge_stores.search_all(id, query={"text": "dog"}): ...``
        """
        return SyncKnowledgeStoreSearchPager(
            self._bridge,
            self._async.search_all(
                knowledge_store_id,
                query=query,
                filter=filter,
                search_options=search_options,
                group_by=group_by,
                page_size=page_size,
                include_metadata=include_metadata,
                request_options=request_options,
            ),
        )
