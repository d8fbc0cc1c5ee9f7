# Generated from entity_collections/__init__.py: do not edit.
"""Entity collections: named groups of the people that searches can ask for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ...entity_collections import EntityCollections as AsyncEntityCollections
from ...entity_collections.models import EntityCollection, EntityCollectionsListRequestSortBy
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

if TYPE_CHECKING:
    from .entities import Entities

__all__ = ["EntityCollections"]


class EntityCollections(SyncResource[AsyncEntityCollections]):
    """Groups of entities, and in ``entities`` what is in them."""

    @cached_property
    def entities(self) -> Entities:
        """The entities in a collection."""
        from .entities import Entities

        return Entities(self._bridge, self._async.entities)

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        name: str | None = None,
        sort_by: EntityCollectionsListRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[EntityCollection]:
        """Every entity collection, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. ``name`` limits the list to collections of that name.
        Raises `BadRequestError` for other values. ``GET /entity-collections``

        Example: ``for collection in client.entity_collections.list(): print(collection.name)``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                name=name,
                sort_by=sort_by,
                sort_option=sort_option,
                request_options=request_options,
            ),
        )

    def create(
        self,
        *,
        name: str,
        description: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> EntityCollection:
        """The new collection, empty.

        ``name`` and ``description`` are free text. Raises `BadRequestError` for what the service
        does not take. ``POST /entity-collections``

        Example: ``collection = client.entity_collections.create(name="players")``
        """
        return self._bridge.call(
            self._async.create, name=name, description=description, request_options=request_options
        )

    def retrieve(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> EntityCollection:
        """One collection.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /entity-collections/{entity_collection_id}``

        Example: ``collection = client.entity_collections.retrieve(collection.id)``
        """
        return self._bridge.call(
            self._async.retrieve, entity_collection_id, request_options=request_options
        )

    def update(
        self,
        entity_collection_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> EntityCollection:
        """The collection after the change.

        ``name`` and ``description`` replace what was there; what is left out stays. Raises
        `BadRequestError` or `NotFoundError` when there is none with this id.
        ``PATCH /entity-collections/{entity_collection_id}``

        Example: ``client.entity_collections.update(collection.id, name="coaches")``
        """
        return self._bridge.call(
            self._async.update,
            entity_collection_id,
            name=name,
            description=description,
            request_options=request_options,
        )

    def delete(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the collection is deleted for good, the assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /entity-collections/{entity_collection_id}``

        Example: ``client.entity_collections.delete(collection.id)``
        """
        self._bridge.call(self._async.delete, entity_collection_id, request_options=request_options)
