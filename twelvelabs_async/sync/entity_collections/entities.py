# Generated from entity_collections/entities.py: do not edit.
"""Entities: the people that searches can ask for, as ``<@entity_id>`` in a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._runtime.polling import Progress
from ...entity_collections.entities import Entities as AsyncEntities
from ...entity_collections.models import (
    BulkCreateEntityResponse,
    EntitiesCreateBulkRequestEntitiesItem,
    EntitiesCreateBulkRequestEntitiesItemDict,
    EntitiesListRequestSortBy,
    EntitiesListRequestStatus,
    Entity,
    EntityMetadata,
)
from ...errors import TwelveLabsError
from ...options import RequestOptions
from ..bridge import SyncWrapper, call_in_caller
from ..iterate import SyncPager

__all__ = ["Entities"]


class Entities(SyncWrapper[AsyncEntities]):
    """The entities in a collection, and the images that show them."""

    def list(
        self,
        entity_collection_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        name: str | None = None,
        status: EntitiesListRequestStatus | None = None,
        sort_by: EntitiesListRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[Entity]:
        """Entities of a collection, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. ``GET /entity-collections/{entity_collection_id}/entities``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                entity_collection_id,
                page=page,
                page_limit=page_limit,
                name=name,
                status=status,
                sort_by=sort_by,
                sort_option=sort_option,
                request_options=request_options,
            ),
        )

    def list_by_asset(
        self,
        asset_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[Entity]:
        """Every entity that an asset belongs to, of all collections, and the first page.

        ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError` or `NotFoundError` when
        there is no such asset. ``GET /assets/{asset_id}/entities``

        Example: ``for entity in entities.list_by_asset(asset.id): print(entity.name)``
        """
        return SyncPager(
            self._bridge,
            self._async.list_by_asset(
                asset_id, page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def create(
        self,
        entity_collection_id: str,
        *,
        name: str,
        asset_ids: Sequence[str],
        description: str | None = None,
        metadata: EntityMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The new entity, usually still ``"processing"``.

        ``asset_ids`` are images uploaded before, at least one.
        ``POST /entity-collections/{entity_collection_id}/entities``
        """
        return self._bridge.call(
            self._async.create,
            entity_collection_id,
            name=name,
            asset_ids=asset_ids,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def create_bulk(
        self,
        entity_collection_id: str,
        *,
        entities: Sequence[
            EntitiesCreateBulkRequestEntitiesItem | EntitiesCreateBulkRequestEntitiesItemDict
        ],
        request_options: RequestOptions | None = None,
    ) -> BulkCreateEntityResponse:
        """What became of each entity: those made, and in ``errors`` those refused.

        A refused entity does not raise.
        ``POST /entity-collections/{entity_collection_id}/entities/bulk``
        """
        return self._bridge.call(
            self._async.create_bulk,
            entity_collection_id,
            entities=entities,
            request_options=request_options,
        )

    def retrieve(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """One entity.

        ``GET /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        return self._bridge.call(
            self._async.retrieve, entity_collection_id, entity_id, request_options=request_options
        )

    def update(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: EntityMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The entity as it is after the change; what is left out stays.

        ``PATCH /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        return self._bridge.call(
            self._async.update,
            entity_collection_id,
            entity_id,
            name=name,
            description=description,
            metadata=metadata,
            request_options=request_options,
        )

    def delete(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the entity is gone for good, its assets stay.

        ``DELETE /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        self._bridge.call(
            self._async.delete, entity_collection_id, entity_id, request_options=request_options
        )

    def create_assets(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        asset_ids: Sequence[str],
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The entity with these images added.

        ``POST /entity-collections/{entity_collection_id}/entities/{entity_id}/assets``
        """
        return self._bridge.call(
            self._async.create_assets,
            entity_collection_id,
            entity_id,
            asset_ids=asset_ids,
            request_options=request_options,
        )

    def delete_assets(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        asset_ids: Sequence[str],
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The entity without these images; the assets themselves stay.

        Raises `BadRequestError` when it would be left with none.
        ``DELETE /entity-collections/{entity_collection_id}/entities/{entity_id}/assets``
        """
        return self._bridge.call(
            self._async.delete_assets,
            entity_collection_id,
            entity_id,
            asset_ids=asset_ids,
            request_options=request_options,
        )

    def wait_until_ready(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Entity], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The entity, once its status is ``"ready"``: searches can ask for it.

        It is polled immediately, then after 0.25 seconds and less and less often, up to every
        15, or every ``interval`` seconds; ``on_update`` gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never).
        ``GET /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            entity_collection_id,
            entity_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )

    def wait_until_all_ready(
        self,
        entity_collection_id: str,
        entity_ids: Sequence[str],
        *,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_update: Callable[[Progress], object] | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, Entity | TwelveLabsError]:
        """Each id with its entity once ready, or with the error that it ended in.

        Errors are `NotFoundError` and, after ``timeout`` seconds (None: never), `WaitTimeoutError`;
        none of them ends the wait for the others. The collection is listed, newest first and 50 on
        a page, as far as needed. ``on_update`` gets the counts after each round;
        rounds are as in `wait_until_ready`.
        ``GET /entity-collections/{entity_collection_id}/entities``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            entity_collection_id,
            entity_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            request_options=request_options,
        )
