# Generated from manage_entities/__init__.py: do not edit.
# pyright: reportDeprecated=false
"""Entities of all collections at once: an endpoint the service keeps for its own pages."""

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
from ..bridge import SyncWrapper
from ..iterate import SyncPager

__all__ = ["ManageEntities", "SyncAllEntitiesPager"]


class SyncAllEntitiesPager(SyncPager[InternalEntity]):
    """Entities of all collections, page by page."""

    _async: AllEntitiesPager  # pyright: ignore[reportIncompatibleVariableOverride]  # set once, in __init__

    @property
    def data(self) -> list[InternalEntity]:
        """The rows of this page: the vendor's SDK gives no pager here, but the reply itself."""
        return self._async.data


class ManageEntities(SyncWrapper[AsyncManageEntities]):
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
    ) -> SyncAllEntitiesPager:
        """Entities of all collections, newest first.

        ``page_limit`` is 1 to 50 and 10 when left out; ``sort_option`` is ``"asc"`` or
        ``"desc"``. The service calls this endpoint internal: it may go without notice.
        ``GET /entities``
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
