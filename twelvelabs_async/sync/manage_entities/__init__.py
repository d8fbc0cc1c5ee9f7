# Generated from manage_entities/__init__.py: do not edit.
# pyright: reportDeprecated=false
"""Entities of all collections: an endpoint that the service keeps for its own pages."""

from __future__ import annotations

from ..._runtime.deprecation import deprecated
from ...manage_entities import AllEntitiesPager
from ...manage_entities import ManageEntities as AsyncManageEntities
from ...manage_entities.models import (
    InternalEntity,
    ListAllEntitiesRequestSortBy,
    ListAllEntitiesRequestStatus,
)
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

__all__ = ["ManageEntities", "SyncAllEntitiesPager"]


class SyncAllEntitiesPager(SyncPager[InternalEntity]):
    """Entities of all collections, page by page."""

    _async: AllEntitiesPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def data(self) -> list[InternalEntity]:
        """The rows of this page: the vendor's SDK gives no pager here, but the reply itself."""
        return self._async.data


class ManageEntities(SyncResource[AsyncManageEntities]):
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
    ) -> SyncAllEntitiesPager:
        """Every entity of all collections, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default), ``"updated_at"`` or ``"name"``, ``sort_option`` is
        ``"desc"`` (the default) or ``"asc"``. ``name`` limits the list to entities of that name,
        ``status`` to ``"processing"`` or ``"ready"``. The service calls this endpoint internal and
        may remove it: new programs use ``entity_collections.entities``. Raises `BadRequestError`
        for other values. ``GET /entities``

        Example: ``for entity in client.manage_entities.list_all_entities(): print(entity.name)``
        """
        return SyncAllEntitiesPager(
            self._bridge,
            self._async.list_all_entities(
                page=page,
                page_limit=page_limit,
                name=name,
                status=status,
                sort_by=sort_by,
                sort_option=sort_option,
                request_options=request_options,
            ),
        )
