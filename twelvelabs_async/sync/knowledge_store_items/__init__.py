# Generated from knowledge_store_items/__init__.py: do not edit.
"""The items in a knowledge store: its assets, and what the service has made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.polling import Progress
from ...errors import TwelveLabsError
from ...knowledge_store_items import KnowledgeStoreItems as AsyncKnowledgeStoreItems
from ...knowledge_store_items.models import (
    KnowledgeStoreItem,
    KnowledgeStoreItemMetadata,
    KnowledgeStoreItemsListRequestSortBy,
    KnowledgeStoreItemsListRequestStatusItem,
)
from ...knowledge_stores.models import KnowledgeStoreItemAssetType
from ...options import RequestOptions
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["KnowledgeStoreItems"]


class KnowledgeStoreItems(SyncResource[AsyncKnowledgeStoreItems]):
    """The videos and images of a knowledge store."""

    def list(
        self,
        knowledge_store_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: KnowledgeStoreItemsListRequestSortBy | None = None,
        sort_option: str | None = None,
        status: KnowledgeStoreItemsListRequestStatusItem
        | Sequence[KnowledgeStoreItemsListRequestStatusItem]
        | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[KnowledgeStoreItem]:
        """Every item of the store, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``status`` is one state or several. Raises `BadRequestError` for
        other values, and `BadRequestError` or `NotFoundError` for an unknown store.
        ``GET /knowledge-stores/{knowledge_store_id}/items``

        Example: ``for item in client.knowledge_store_items.list(store.id, status="ready"): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                knowledge_store_id,
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                status=status,
                request_options=request_options,
            ),
        )

    def create(
        self,
        knowledge_store_id: str,
        *,
        asset_id: str,
        asset_type: KnowledgeStoreItemAssetType | None = None,
        metadata: KnowledgeStoreItemMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItem:
        """The new item, ``"queued"``; `wait_until_ready` waits for the end of its processing.

        ``asset_id`` is a video of at most 10 GB or an image of at most 32 MB, and should be
        ``"ready"``. ``asset_type`` is the asset's own when left out. ``metadata`` has at most 50
        keys of 128 characters; values are strings of at most 8,192 characters, numbers, booleans
        and lists of strings. Raises `BadRequestError` for what the service does not take.
        ``POST /knowledge-stores/{knowledge_store_id}/items``

        Example: ``item = client.knowledge_store_items.create(store.id, asset_id=asset.id)``
        """
        return self._bridge.call(
            self._async.create,
            knowledge_store_id,
            asset_id=asset_id,
            asset_type=asset_type,
            metadata=metadata,
            request_options=request_options,
        )

    def retrieve(
        self,
        knowledge_store_id: str,
        item_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItem:
        """One item, with its state.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``item = client.knowledge_store_items.retrieve(store.id, item.id)``
        """
        return self._bridge.call(
            self._async.retrieve, knowledge_store_id, item_id, request_options=request_options
        )

    def delete(
        self,
        knowledge_store_id: str,
        item_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the item leaves the store and its collections, the asset stays.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``client.knowledge_store_items.delete(store.id, item.id)``
        """
        self._bridge.call(
            self._async.delete, knowledge_store_id, item_id, request_options=request_options
        )

    def wait_until_ready(
        self,
        knowledge_store_id: str,
        item_id: str,
        *,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[KnowledgeStoreItem], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItem:
        """The item, once its status is ``"ready"``.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `FailedError` when the item fails, `WaitTimeoutError` after
        ``timeout`` seconds (None: no limit), and `BadRequestError` or `NotFoundError` when the
        service still does not know the item after 10 seconds.
        ``GET /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``item = client.knowledge_store_items.wait_until_ready(store.id, item.id)``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            knowledge_store_id,
            item_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )

    def wait_until_all_ready(
        self,
        knowledge_store_id: str,
        item_ids: Sequence[str],
        *,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, KnowledgeStoreItem | TwelveLabsError]:
        """Each id with its item once ready, or with the error that it ended in.

        Errors are `FailedError`, `NotFoundError` or `BadRequestError` for an unknown id and, after
        ``timeout`` seconds (None: no limit), `WaitTimeoutError`; none of them ends the wait for the
        others. One request shows the states of 50 of ``item_ids``. The first round is immediate;
        the waits between rounds grow from 0.25 to 15 seconds, or are ``interval`` seconds.
        ``on_update`` gets the counts after each round, and ``progress`` shows them (default: in a
        notebook). ``GET /knowledge-stores/{knowledge_store_id}/items``

        Example: ``ends = client.knowledge_store_items.wait_until_all_ready(store.id, ids)``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            knowledge_store_id,
            item_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
