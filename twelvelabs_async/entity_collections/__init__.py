"""Entity collections: named groups of the people that searches can ask for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import path_segment
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
        """Entity collections, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. Raises `BadRequestError` for a value that the API does not know.
        ``GET /entity-collections``
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
        """The new collection.

        ``POST /entity-collections``
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

        Raises `NotFoundError`, or `BadRequestError` with the code ``resource_not_exist``, when
        there is none with this id. ``GET /entity-collections/{entity_collection_id}``
        """
        return await self._core.request(
            EntityCollection,
            "GET",
            f"/entity-collections/{path_segment(entity_collection_id)}",
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
        """The collection as it is after the change; what is left out stays.

        ``PATCH /entity-collections/{entity_collection_id}``
        """
        return await self._core.request(
            EntityCollection,
            "PATCH",
            f"/entity-collections/{path_segment(entity_collection_id)}",
            json={"name": name, "description": description},
            options=request_options,
        )

    async def delete(
        self, entity_collection_id: str, *, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the collection is gone for good.

        ``DELETE /entity-collections/{entity_collection_id}``
        """
        await self._core.request(
            None,
            "DELETE",
            f"/entity-collections/{path_segment(entity_collection_id)}",
            options=request_options,
        )
