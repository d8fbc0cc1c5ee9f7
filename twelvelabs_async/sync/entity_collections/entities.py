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
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["Entities"]


class Entities(SyncResource[AsyncEntities]):
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
        """Every entity of a collection, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. ``name`` limits the list to entities of that name,
        ``status`` to ``"processing"`` or ``"ready"``. Raises `BadRequestError` for other values,
        and `BadRequestError` or `NotFoundError` for an unknown collection.
        ``GET /entity-collections/{entity_collection_id}/entities``

        Example: ``for entity in client.entity_collections.entities.list(collection.id): ...``
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
        """Every entity that an asset belongs to, of all collections; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError`
        or `NotFoundError` when the asset does not exist. ``GET /assets/{asset_id}/entities``

        Example: ``for entity in client.entity_collections.entities.list_by_asset(asset.id): ...``
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
        """The new entity, usually still ``"processing"``; `wait_until_ready` waits for its end.

        ``asset_ids`` are the assets of one image or more that show it. ``name`` and ``description``
        are free text; ``metadata`` are keys of yours, with strings, numbers and booleans as values.
        Raises `BadRequestError` for what the service does not take and `NotFoundError` for an
        unknown collection. ``POST /entity-collections/{entity_collection_id}/entities``

        Example: ``entity = client.entity_collections.entities.create(collection.id, name="Ada",
        asset_ids=[image.id])``
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
        """The entities that were made, and in ``errors`` those that were refused.

        Each of ``entities`` has a ``name`` and ``asset_ids`` of one image or more, and may have a
        ``description`` and ``metadata``. A refused entity raises nothing. Raises `BadRequestError`
        or `NotFoundError` for an unknown collection.
        ``POST /entity-collections/{entity_collection_id}/entities/bulk``

        Example: ``made = client.entity_collections.entities.create_bulk(collection.id,
        entities=[{"name": "Ada", "asset_ids": [image.id]}])``
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
        """One entity, with its state.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /entity-collections/{entity_collection_id}/entities/{entity_id}``

        Example: ``entity = client.entity_collections.entities.retrieve(collection.id, entity.id)``
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
        """The entity after the change.

        ``name``, ``description`` and ``metadata`` (all keys of it) replace what was there; what is
        left out stays. Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``PATCH /entity-collections/{entity_collection_id}/entities/{entity_id}``

        Example: ``client.entity_collections.entities.update(collection.id, entity.id, name="Eve")``
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
        """Nothing; the entity is deleted for good, its assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /entity-collections/{entity_collection_id}/entities/{entity_id}``

        Example: ``client.entity_collections.entities.delete(collection.id, entity.id)``
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

        ``asset_ids`` are assets of images. Raises `BadRequestError` or `NotFoundError` when there
        is none with this id.
        ``POST /entity-collections/{entity_collection_id}/entities/{entity_id}/assets``

        Example: ``client.entity_collections.entities.create_assets(collection.id, entity.id,
        asset_ids=[image.id])``
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

        ``asset_ids`` must leave it at least one. Raises `BadRequestError` when none would be left,
        and `BadRequestError` or `NotFoundError` when the entity does not exist.
        ``DELETE /entity-collections/{entity_collection_id}/entities/{entity_id}/assets``

        Example: ``client.entity_collections.entities.delete_assets(collection.id, entity.id,
        asset_ids=[image.id])``
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """The entity, once its status is ``"ready"``: searches can ask for it.

        The first poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `WaitTimeoutError` after ``timeout`` seconds (None: no
        limit), and `BadRequestError` or `NotFoundError` when the entity does not exist. ``GET
        /entity-collections/{entity_collection_id}/entities/{entity_id}``

        Example: ``client.entity_collections.entities.wait_until_ready(collection.id, entity.id)``
        """
        return self._bridge.call(
            self._async.wait_until_ready,
            entity_collection_id,
            entity_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
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
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> dict[str, Entity | TwelveLabsError]:
        """Each id with its entity once ready, or with the error that it ended in.

        The collection is read newest first, 50 on a page, until it has shown all of ``entity_ids``.
        Errors are `NotFoundError` or `BadRequestError` for an unknown id and, after ``timeout``
        seconds (None: no limit), `WaitTimeoutError`; none of them ends the wait for the others. The
        first round is immediate; the waits between rounds grow from 0.25 to 15 seconds, or are
        ``interval`` seconds. ``on_update`` gets the counts after each round, and ``progress`` shows
        them (default: in a notebook). ``GET /entity-collections/{entity_collection_id}/entities``

        Example: ``client.entity_collections.entities.wait_until_all_ready(collection.id, ids)``
        """
        return self._bridge.call(
            self._async.wait_until_all_ready,
            entity_collection_id,
            entity_ids,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
