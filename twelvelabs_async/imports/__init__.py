"""Imports: files of a connection that become assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.polling import DONE, GOING, State, wait_until
from .._runtime.urls import expand_path
from .._runtime.wire_names import to_wire
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["Imports"]
__all__ += models.__all__


class Imports(Resource):
    """Imports of files; ``data_connectors`` has the methods for connections."""

    async def import_files(
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

        Example: ``result = await client.imports.import_files(id, items=[{"source_id": "1Abc"}])``
        """
        return await self._core.request(
            ImportResult,
            "POST",
            expand_path("/connections/{connection_id}/imports", connection_id),
            json={"items": to_wire(Sequence[ImportFilesRequestItemsItem], items)},
            options=request_options,
        )

    def list_imports(
        self,
        connection_id: str,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[Import]:
        """Every import of a connection, newest first; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. Raises `NotFoundError` for
        an unknown connection. ``GET /connections/{connection_id}/imports``

        Example: ``async for batch in client.imports.list_imports(connection.id): ...``
        """
        return self._core.pages(
            Page[Import],
            "GET",
            expand_path("/connections/{connection_id}/imports", connection_id),
            query={"page": page, "page_limit": page_limit},
            options=request_options,
        )

    async def retrieve_import(
        self,
        connection_id: str,
        import_id: str,
        *,
        request_options: RequestOptions | None = None,
    ) -> ImportDetail:
        """One import, with the state of each file's asset.

        Raises `NotFoundError` when there is none with this id.
        ``GET /connections/{connection_id}/imports/{import_id}``

        Example: ``detail = await client.imports.retrieve_import(connection.id, result.id)``
        """
        return await self._core.request(
            ImportDetail,
            "GET",
            expand_path(
                "/connections/{connection_id}/imports/{import_id}", connection_id, import_id
            ),
            options=request_options,
        )

    async def wait_until_done(
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
        seconds. ``on_update``, plain or async, gets each state seen, and ``progress`` shows it
        (default: in a notebook). Raises `WaitTimeoutError` after ``timeout`` seconds (None: no
        limit) and `NotFoundError` when the import does not exist.
        ``GET /connections/{connection_id}/imports/{import_id}``

        Example: ``detail = await client.imports.wait_until_done(connection.id, result.id)``
        """
        return await wait_until(
            lambda: self.retrieve_import(connection_id, import_id, request_options=request_options),
            core=self._core,
            judge=_judge,
            what=f"import {import_id}",
            timeout=timeout,
            interval=interval,
            on_update=on_update,
            progress=progress,
        )


def _judge(found: ImportDetail) -> State:
    going = any(item.status == "processing" for item in found.items or ())
    return GOING if going else DONE
