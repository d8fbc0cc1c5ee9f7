# Generated from entity_collections/__init__.py: do not edit.
"""Entity collections: named groups of the people that searches can ask for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ...entity_collections import EntityCollections as AsyncEntityCollections
from ...entity_collections.models import EntityCollection, EntityCollectionsListRequestSortBy
from ...options import RequestOptions
from ..bridge import SyncWrapper
from ..iterate import SyncPager

if TYPE_CHECKING:
    from .entities import Entities

__all__ = ["EntityCollections"]


class EntityCollections(SyncWrapper[AsyncEntityCollections]):
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
        """Entity collections, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. Raises `BadRequestError` for a value that the API does not know.
        ``GET /entity-collections``
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
        """The new collection.

        ``POST /entity-collections``
        """
        return self._bridge.call(
            self._async.create, name=name, description=description, request_options=request_options
        )

    def retrieve(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> EntityCollection:
        """One collection.

        Raises `NotFoundError`, or `BadRequestError` with the code ``resource_not_exist``, when
        there is none with this id. ``GET /entity-collections/{entity_collection_id}``
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
        """The collection as it is after the change; what is left out stays.

        ``PATCH /entity-collections/{entity_collection_id}``
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
        """Nothing; the collection is gone for good.

        ``DELETE /entity-collections/{entity_collection_id}``
        """
        self._bridge.call(self._async.delete, entity_collection_id, request_options=request_options)
