"""Entities: the people that searches can ask for, as ``<@entity_id>`` in a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.list_polling import judge, wait_by_lists
from .._runtime.pager import Page, Pager
from .._runtime.polling import ROW_LIMIT, Progress, wait_until
from .._runtime.urls import path_segment
from .._runtime.wire_names import to_wire
from ..errors import TwelveLabsError
from ..options import RequestOptions
from .models import (
    BulkCreateEntityResponse,
    BulkCreateEntityResponseEntitiesItem,
    BulkCreateEntityResponseErrorsItem,
    EntitiesCreateBulkRequestEntitiesItem,
    EntitiesCreateBulkRequestEntitiesItemDict,
    EntitiesListByAssetResponse,
    EntitiesListRequestSortBy,
    EntitiesListRequestStatus,
    EntitiesListResponse,
    Entity,
    EntityMetadata,
)

__all__ = [
    "BulkCreateEntityResponse",
    "BulkCreateEntityResponseEntitiesItem",
    "BulkCreateEntityResponseErrorsItem",
    "Entities",
    "EntitiesCreateBulkRequestEntitiesItem",
    "EntitiesCreateBulkRequestEntitiesItemDict",
    "EntitiesListByAssetResponse",
    "EntitiesListRequestSortBy",
    "EntitiesListRequestStatus",
    "EntitiesListResponse",
]

__path__: list[str] = []  # the vendor has modules below this one: _vendor_modules finds them


class Entities(Resource):
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
    ) -> Pager[Entity]:
        """Entities of a collection, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. ``GET /entity-collections/{entity_collection_id}/entities``
        """
        return self._core.pages(
            Page[Entity],
            "GET",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities",
            query={
                "page": page,
                "page_limit": page_limit,
                "name": name,
                "status": status,
                "sort_by": sort_by,
                "sort_option": sort_option,
            },
            options=request_options,
        )

    def list_by_asset(
        self,
        asset_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[Entity]:
        """Every entity that an asset belongs to, of all collections; awaited, the first page.

        ``page_limit`` is 1 to 50, by default 10. Raises `BadRequestError` or `NotFoundError` when
        there is no such asset. ``GET /assets/{asset_id}/entities``

        Example: ``async for entity in entities.list_by_asset(asset.id): print(entity.name)``
        """
        return self._core.pages(
            Page[Entity],
            "GET",
            f"/assets/{path_segment(asset_id)}/entities",
            query={"page": page, "page_limit": page_limit},
            options=request_options,
        )

    async def create(
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
        return await self._core.request(
            Entity,
            "POST",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities",
            json={
                "name": name,
                "description": description,
                "metadata": metadata,
                "asset_ids": asset_ids,
            },
            options=request_options,
        )

    async def create_bulk(
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
        return await self._core.request(
            BulkCreateEntityResponse,
            "POST",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities/bulk",
            json={"entities": to_wire(Sequence[EntitiesCreateBulkRequestEntitiesItem], entities)},
            options=request_options,
        )

    async def retrieve(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> Entity:
        """One entity.

        ``GET /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        return await self._core.request(
            Entity,
            "GET",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities/{path_segment(entity_id)}",
            options=request_options,
        )

    async def update(
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
        return await self._core.request(
            Entity,
            "PATCH",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities/{path_segment(entity_id)}",
            json={"name": name, "description": description, "metadata": metadata},
            options=request_options,
        )

    async def delete(
        self,
        entity_collection_id: str,
        entity_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> None:
        """Nothing; the entity is gone for good, its assets stay.

        ``DELETE /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        await self._core.request(
            None,
            "DELETE",
            f"/entity-collections/{path_segment(entity_collection_id)}/entities/{path_segment(entity_id)}",
            options=request_options,
        )

    async def create_assets(
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
        return await self._core.request(
            Entity,
            "POST",
            f"/entity-collections/{path_segment(entity_collection_id)}"
            f"/entities/{path_segment(entity_id)}/assets",
            json={"asset_ids": asset_ids},
            options=request_options,
        )

    async def delete_assets(
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
        return await self._core.request(
            Entity,
            "DELETE",
            f"/entity-collections/{path_segment(entity_collection_id)}"
            f"/entities/{path_segment(entity_id)}/assets",
            json={"asset_ids": asset_ids},
            options=request_options,
        )

    async def wait_until_ready(
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
        15, or every ``interval`` seconds; ``on_update``, plain or async, gets each state. Raises
        `WaitTimeoutError` after ``timeout`` seconds (None: never).
        ``GET /entity-collections/{entity_collection_id}/entities/{entity_id}``
        """
        return await wait_until(
            lambda: self.retrieve(entity_collection_id, entity_id, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            judge=judge,
            what=f"entity {entity_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )

    async def wait_until_all_ready(
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
        a page, as far as needed. ``on_update``, plain or async, gets the counts after each round;
        rounds are as in `wait_until_ready`.
        ``GET /entity-collections/{entity_collection_id}/entities``
        """
        return await wait_by_lists(
            entity_ids,
            lambda _: self.list(
                entity_collection_id,
                page_limit=ROW_LIMIT,
                sort_by="created_at",
                sort_option="desc",
                request_options=request_options,
            ),
            lambda id_: self.retrieve(entity_collection_id, id_, request_options=request_options),
            clock=self._core.clock,
            redactor=self._core.redactor,
            what="entity",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
        )
