"""Indexes: what assets are indexed into, to be searched and analysed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from .._runtime.core import Resource
from .._runtime.pager import Page, Pager
from .._runtime.urls import expand_path
from .._runtime.wire_names import to_wire
from ..options import RequestOptions
from . import models
from .models import *

if TYPE_CHECKING:
    from .indexed_assets import IndexedAssets
    from .videos import Videos

__all__ = ["Indexes"]
__all__ += models.__all__


class Indexes(Resource):
    """Indexes, and in ``indexed_assets`` and ``videos`` what is in them."""

    @cached_property
    def indexed_assets(self) -> IndexedAssets:
        """The assets in an index."""
        from .indexed_assets import IndexedAssets

        return IndexedAssets(self._core)

    @cached_property
    def videos(self) -> Videos:
        """The videos in an index: the older view of ``indexed_assets``, without states."""
        from .videos import Videos

        return Videos(self._core)

    def list(
        self,
        *,
        page: int | None = None,
        page_limit: int | None = None,
        sort_by: str | None = None,
        sort_option: str | None = None,
        index_name: str | None = None,
        model_options: str | None = None,
        model_family: str | None = None,
        created_at: str | None = None,
        updated_at: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Pager[IndexSchema]:
        """Every index; awaited, the first page.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. Set ``sort_option``: the service's documents disagree on its default.
        ``index_name`` is the whole name, ``model_options`` is text such as ``"visual,audio"``,
        ``model_family`` is ``"marengo"`` or ``"pegasus"``. ``created_at`` and ``updated_at`` are
        the earliest time, as RFC 3339. Raises `BadRequestError` for other values. ``GET /indexes``

        Example: ``async for index in client.indexes.list(sort_option="desc"):
        print(index.index_name)``
        """
        return self._core.pages(
            Page[IndexSchema],
            "GET",
            "/indexes",
            query={
                "page": page,
                "page_limit": page_limit,
                "sort_by": sort_by,
                "sort_option": sort_option,
                "index_name": index_name,
                "model_options": model_options,
                "model_family": model_family,
                "created_at": created_at,
                "updated_at": updated_at,
            },
            options=request_options,
        )

    async def create(
        self,
        *,
        index_name: str,
        models: Sequence[IndexesCreateRequestModelsItem | IndexesCreateRequestModelsItemDict],
        addons: Sequence[str] | None = None,
        request_options: RequestOptions | None = None,
    ) -> IndexesCreateResponse:
        """The id of a new, empty index.

        ``index_name`` must be new. ``models`` are one or two, such as ``{"model_name":
        "marengo3.0", "model_options": ["visual", "audio"]}``; ``addons`` may be ``["thumbnail"]``,
        with a Marengo model. Neither can be changed later. Raises `BadRequestError` for other
        values and when the name is taken (``index_name_already_exists``). ``POST /indexes``

        Example: ``index = await client.indexes.create(index_name="films", models=[{"model_name":
        "marengo3.0", "model_options": ["visual", "audio"]}])``
        """
        return await self._core.request(
            IndexesCreateResponse,
            "POST",
            "/indexes",
            json={
                "index_name": index_name,
                "models": to_wire(Sequence[IndexesCreateRequestModelsItem], models),
                "addons": addons,
            },
            options=request_options,
        )

    async def retrieve(
        self, index_id: str, *, request_options: RequestOptions | None = None
    ) -> IndexSchema:
        """One index, with its models and the number and length of its videos.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /indexes/{index_id}``

        Example: ``index = await client.indexes.retrieve(index.id)``
        """
        return await self._core.request(
            IndexSchema,
            "GET",
            expand_path("/indexes/{index_id}", index_id),
            options=request_options,
        )

    async def update(
        self, index_id: str, *, index_name: str, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the index has another name, ``index_name``.

        Raises `BadRequestError` when the name is taken, and `BadRequestError` or `NotFoundError`
        when the index does not exist. ``PUT /indexes/{index_id}``

        Example: ``await client.indexes.update(index.id, index_name="old films")``
        """
        await self._core.request(
            None,
            "PUT",
            expand_path("/indexes/{index_id}", index_id),
            json={"index_name": index_name},
            options=request_options,
        )

    async def delete(self, index_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the index and its videos are deleted for good, the assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /indexes/{index_id}``

        Example: ``await client.indexes.delete(index.id)``
        """
        await self._core.request(
            None, "DELETE", expand_path("/indexes/{index_id}", index_id), options=request_options
        )
