# Generated from tasks/transfers.py: do not edit.
# pyright: reportDeprecated=false
"""Imports of whole folders from a cloud store that was connected in the service's dashboard."""

from __future__ import annotations

from ..._runtime.deprecation import deprecated
from ...list_filters import UserMetadata
from ...options import RequestOptions
from ...tasks.models import (
    TransfersCreateResponse,
    TransfersGetLogsResponse,
    TransfersGetStatusResponse,
)
from ...tasks.transfers import Transfers as AsyncTransfers
from ..bridge import SyncResource

__all__ = ["Transfers"]


class Transfers(SyncResource[AsyncTransfers]):
    """Imports from a connected cloud store. The service runs one at a time."""

    @deprecated("retired by the service: use imports.import_files()")
    def create(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        incremental_import: bool | None = None,
        retry_failed: bool | None = None,
        user_metadata: UserMetadata | None = None,
        request_options: RequestOptions | None = None,
    ) -> TransfersCreateResponse:
        """The videos that a new import takes into an index, and the files it cannot take.

        The service needs ``index_id``. ``incremental_import`` (by default true) skips what earlier
        imports have taken; ``retry_failed`` (by default false) takes what failed in them.
        ``user_metadata`` are keys of yours for each video. The service has retired this endpoint:
        new programs use ``imports``. Raises `BadRequestError` while another import runs.
        ``POST /tasks/transfers/import/{integration_id}``

        Example: ``started = client.tasks.transfers.create(integration_id, index_id=index.id)``
        """
        return self._bridge.call(
            self._async.create,
            integration_id,
            index_id=index_id,
            incremental_import=incremental_import,
            retry_failed=retry_failed,
            user_metadata=user_metadata,
            request_options=request_options,
        )

    @deprecated("retired by the service: use imports.retrieve_import()")
    def get_status(
        self,
        integration_id: str,
        *,
        index_id: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> TransfersGetStatusResponse:
        """The videos of the import into an index, by their state.

        The service needs ``index_id``. It has retired this endpoint: new programs use ``imports``.
        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /tasks/transfers/import/{integration_id}/status``

        Example: ``state = client.tasks.transfers.get_status(integration_id, index_id=index.id)``
        """
        return self._bridge.call(
            self._async.get_status,
            integration_id,
            index_id=index_id,
            request_options=request_options,
        )

    @deprecated("retired by the service: use imports.list_imports()")
    def get_logs(
        self, integration_id: str, *, request_options: RequestOptions | None = None
    ) -> TransfersGetLogsResponse:
        """The imports that an integration has made, oldest first.

        The service has retired this endpoint: new programs use ``imports``. Raises
        `BadRequestError` or `NotFoundError` when there is none with this id.
        ``GET /tasks/transfers/import/{integration_id}/logs``

        Example: ``logs = client.tasks.transfers.get_logs(integration_id)``
        """
        return self._bridge.call(
            self._async.get_logs, integration_id, request_options=request_options
        )
