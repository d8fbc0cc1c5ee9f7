"""The items in a knowledge store: its assets, and what the service has made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.list_polling import judge, just_made, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import expand_path
from ..errors import TwelveLabsError
from ..knowledge_stores.models import KnowledgeStoreItemAssetType
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["KnowledgeStoreItems"]
__all__ += models.__all__


class KnowledgeStoreItems(Resource):
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
    ) -> Pager[KnowledgeStoreItem]:
        """Every item of the store, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. ``status`` is one state or several. Raises `BadRequestError` for
        other values, and `BadRequestError` or `NotFoundError` for an unknown store.
        ``GET /knowledge-stores/{knowledge_store_id}/items``

        Example: ``async for item in client.knowledge_store_items.list(store.id, status="ready"):
        ...``
        """
        return self._core.pages(
            Page[KnowledgeStoreItem],
            "GET",
            expand_path("/knowledge-stores/{knowledge_store_id}/items", knowledge_store_id),
            query={
                "page": page,
                "page_limit": page_limit,
                "sort_by": sort_by,
                "sort_option": sort_option,
                "status": status,
            },
            options=request_options,
        )

    async def create(
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

        Example: ``item = await client.knowledge_store_items.create(store.id, asset_id=asset.id)``
        """
        return await self._core.request(
            KnowledgeStoreItem,
            "POST",
            expand_path("/knowledge-stores/{knowledge_store_id}/items", knowledge_store_id),
            json={"asset_type": asset_type, "asset_id": asset_id, "metadata": metadata},
            options=request_options,
        )

    async def retrieve(
        self,
        knowledge_store_id: str,
        item_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> KnowledgeStoreItem:
        """One item, with its state.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``item = await client.knowledge_store_items.retrieve(store.id, item.id)``
        """
        return await self._core.request(
            KnowledgeStoreItem,
            "GET",
            expand_path(
                "/knowledge-stores/{knowledge_store_id}/items/{item_id}",
                knowledge_store_id,
                item_id,
            ),
            options=request_options,
        )

    async def delete(
        self,
        knowledge_store_id: str,
        item_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the item leaves the store and its collections, the asset stays.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``await client.knowledge_store_items.delete(store.id, item.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path(
                "/knowledge-stores/{knowledge_store_id}/items/{item_id}",
                knowledge_store_id,
                item_id,
            ),
            options=request_options,
        )

    async def wait_until_ready(
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
        ``interval`` seconds. ``on_update``, plain or async, gets each state seen, and ``progress``
        shows it (default: in a notebook). Raises `FailedError` when the item fails,
        `WaitTimeoutError` after ``timeout`` seconds (None: no limit), and `BadRequestError` or
        `NotFoundError` when the service still does not know the item after 10 seconds.
        ``GET /knowledge-stores/{knowledge_store_id}/items/{item_id}``

        Example: ``item = await client.knowledge_store_items.wait_until_ready(store.id, item.id)``
        """
        return await wait_until(
            just_made(
                lambda: self.retrieve(knowledge_store_id, item_id, request_options=request_options),
                lambda: KnowledgeStoreItem(id=item_id),
                self._core.clock,
            ),
            core=self._core,
            judge=judge,
            what=f"knowledge store item {item_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )

    async def wait_until_all_ready(
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
        ``on_update``, plain or async, gets the counts after each round, and ``progress`` shows them
        (default: in a notebook). ``GET /knowledge-stores/{knowledge_store_id}/items``

        Example: ``ends = await client.knowledge_store_items.wait_until_all_ready(store.id, ids)``
        """
        return await wait_by_lists(
            item_ids,
            lambda _: self.list(
                knowledge_store_id, page_limit=ROW_LIMIT, request_options=request_options
            ),
            lambda id_: self.retrieve(knowledge_store_id, id_, request_options=request_options),
            core=self._core,
            what="knowledge store item",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )
