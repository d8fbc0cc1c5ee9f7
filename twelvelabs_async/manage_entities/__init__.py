"""Entities of all collections: an endpoint that the service keeps for its own pages."""

from __future__ import annotations

from .._runtime.core import Resource
from .._runtime.deprecation import deprecated
from .._runtime.pager import Page, Pager
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["AllEntitiesPager", "ManageEntities"]
__all__ += models.__all__


class AllEntitiesPager(Pager[InternalEntity]):
    """Entities of all collections, page by page."""

    @property
    def data(self) -> list[InternalEntity]:
        """The rows of this page: the vendor's SDK gives no pager here, but the reply itself."""
        return self.items


class ManageEntities(Resource):
    """Entities of any collection."""

    @deprecated("retired by the service: use entity_collections.entities.list()")
    def list_all_entities(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        name: str | None = None,
        status: ListAllEntitiesRequestStatus | None = None,
        sort_by: ListAllEntitiesRequestSortBy | None = None,
        sort_option: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> AllEntitiesPager:
        """Every entity of all collections, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. ``name`` limits the list to entities of that name,
        ``status`` to ``"processing"`` or ``"ready"``. The service calls this endpoint internal and
        may remove it: new programs use ``entity_collections.entities``. Raises `BadRequestError`
        for other values. ``GET /entities``

        Example: ``async for entity in client.manage_entities.list_all_entities():
        print(entity.name)``
        """
        return AllEntitiesPager(
            self._core.page_fetcher(
                Page[InternalEntity],
                "GET",
                "/entities",
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
        )
