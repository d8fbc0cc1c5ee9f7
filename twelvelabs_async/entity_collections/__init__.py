"""Entity collections: named groups of the people that searches can ask for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import expand_path
from ..options import RequestOptions
from . import models
from .models import *

if TYPE_CHECKING:
    from .entities import Entities

__all__ = ["EntityCollections"]
__all__ += models.__all__


class EntityCollections(Resource):
    """Groups of entities, and in ``entities`` what is in them."""

    @cached_property
    def entities(self) -> Entities:
        """The entities in a collection."""
        from .entities import Entities

        return Entities(self._core)

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        name: str | None = None,
        sort_by: EntityCollectionsListRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[EntityCollection]:
        """Every entity collection, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. ``name`` limits the list to collections of that name.
        Raises `BadRequestError` for other values. ``GET /entity-collections``

        Example: ``async for collection in client.entity_collections.list():
        print(collection.name)``
        """
        return self._core.pages(
            Page[EntityCollection],
            "GET",
            "/entity-collections",
            query={
                "page": page,
                "page_limit": page_limit,
                "name": name,
                "sort_by": sort_by,
                "sort_option": sort_option,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        name: str,
        description: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> EntityCollection:
        """The new collection, empty.

        ``name`` and ``description`` are free text. Raises `BadRequestError` for what the service
        does not take. ``POST /entity-collections``

        Example: ``collection = await client.entity_collections.create(name="players")``
        """
        return await self._core.request(
            EntityCollection,
            "POST",
            "/entity-collections",
            json={"name": name, "description": description},
            options=request_options,
        )

    async def retrieve(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> EntityCollection:
        """One collection.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /entity-collections/{entity_collection_id}``

        Example: ``collection = await client.entity_collections.retrieve(collection.id)``
        """
        return await self._core.request(
            EntityCollection,
            "GET",
            expand_path("/entity-collections/{entity_collection_id}", entity_collection_id),
            options=request_options,
        )

    async def update(
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

        Example: ``await client.entity_collections.update(collection.id, name="coaches")``
        """
        return await self._core.request(
            EntityCollection,
            "PATCH",
            expand_path("/entity-collections/{entity_collection_id}", entity_collection_id),
            json={"name": name, "description": description},
            options=request_options,
        )

    async def delete(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the collection is deleted for good, the assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /entity-collections/{entity_collection_id}``

        Example: ``await client.entity_collections.delete(collection.id)``
        """
        await self._core.request(
            None,
            "DELETE",
            expand_path("/entity-collections/{entity_collection_id}", entity_collection_id),
            options=request_options,
        )
