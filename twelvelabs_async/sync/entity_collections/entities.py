# Made by twelvelabs_async.sync.generate from entity_collections/entities.py: change that one.
"""Entities: the people that searches can ask for, as ``<@entity_id>`` in a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...entity_collections.entities import Entities as AsyncEntities
from ..bridge import Twin
from ..iterate import SyncPager

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...entity_collections import Entity, EntityMetadata
    from ...entity_collections.entities import (
        BulkCreateEntityResponse,
        EntitiesCreateBulkRequestEntitiesItem,
        EntitiesCreateBulkRequestEntitiesItemDict,
        EntitiesListRequestSortBy,
        EntitiesListRequestStatus,
    )
    from ...options import RequestOptions

__all__ = ["Entities"]


class Entities(Twin[AsyncEntities]):
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
