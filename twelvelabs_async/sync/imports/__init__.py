# Generated from imports/__init__.py: do not edit.
"""Imports: files of a connection that become assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...imports import Imports as AsyncImports
from ...imports.models import (
    Import,
    ImportDetail,
    ImportFilesRequestItemsItem,
    ImportFilesRequestItemsItemDict,
    ImportResult,
)
from ...options import RequestOptions
from ..bridge import SyncResource, call_in_caller
from ..iterate import SyncPager

__all__ = ["Imports"]


class Imports(SyncResource[AsyncImports]):
    """Imports of files; ``data_connectors`` has the methods for connections."""

    def import_files(
        self,
        connection_id: str,
        *,
        items: Sequence[ImportFilesRequestItemsItem | ImportFilesRequestItemsItemDict],
        request_options: RequestOptions | None = None,
    ) -> ImportResult:
        """What the service does with each file, in the order of ``items``.

        ``items`` are 1 to 100 files, each once, by their ids at the provider. The call succeeds
        even when every file is rejected: see ``has_failures``, and ``action`` and ``error`` of each
        item. `wait_until_done` waits for the assets. Raises `BadRequestError` for a file given
        twice, `ConflictError` when the connection is not active and `NotFoundError` when there is
        none. ``POST /connections/{connection_id}/imports``

        Example: ``result = client.imports.import_files(id, items=[{"source_id": "1Abc"}])``
        """
        return self._bridge.call(
            self._async.import_files, connection_id, items=items, request_options=request_options
        )

    def list_imports(
        self,
        connection_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPager[Import]:
        """Every import of a connection, newest first; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `NotFoundError` for
        an unknown connection. ``GET /connections/{connection_id}/imports``

        Example: ``for batch in client.imports.list_imports(connection.id): ...``
        """
        return SyncPager(
            self._bridge,
            self._async.list_imports(
                connection_id, page=page, page_limit=page_limit, request_options=request_options
            ),
        )

    def retrieve_import(
        self, connection_id: str, import_id: str, *, request_options: RequestOptions | None = None
    ) -> ImportDetail:
        """One import, with the state of each file's asset.

        Raises `NotFoundError` when there is none with this id.
        ``GET /connections/{connection_id}/imports/{import_id}``

        Example: ``detail = client.imports.retrieve_import(connection.id, result.id)``
        """
        return self._bridge.call(
            self._async.retrieve_import, connection_id, import_id, request_options=request_options
        )

    def wait_until_done(
        self,
        connection_id: str,
        import_id: str,
        *,
        timeout: float | None = 6 * 3600.0,
        interval: float | None = None,
        on_update: Callable[[ImportDetail], object] | None = None,
        progress: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> ImportDetail:
        """The import, once no asset of its files is ``"processing"``.

        That does not mean that all succeeded: see ``status`` and ``error`` of each item. The first
        poll is immediate; the waits between polls grow from 0.25 to 15 seconds, or are ``interval``
        seconds. ``on_update`` gets each state seen, and ``progress`` shows it (default: in a
        notebook). Raises `WaitTimeoutError` after ``timeout`` seconds (None: no limit) and
        `NotFoundError` when the import does not exist.
        ``GET /connections/{connection_id}/imports/{import_id}``

        Example: ``detail = client.imports.wait_until_done(connection.id, result.id)``
        """
        return self._bridge.call(
            self._async.wait_until_done,
            connection_id,
            import_id,
            timeout=timeout,
            interval=interval,
            on_update=call_in_caller(on_update),
            progress=progress,
            request_options=request_options,
        )
