"""Entities of all collections at once: an endpoint the service keeps for its own pages."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

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

    def __await__(self) -> Generator[Any, None, AllEntitiesPager]:
        return self._first().__await__()

    @property
    def data(self) -> list[InternalEntity]:
        """The rows of this page: the vendor's SDK gives no pager here, but the reply itself."""
        return self.items


class ManageEntities(Resource):
    """Entities, whatever collection they are in."""

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
        """Entities of all collections, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. The service calls this endpoint internal: it may go without notice.
        ``GET /entities``
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
