# Generated from indexes/__init__.py: do not edit.
"""Indexes: what assets are indexed into, to be searched and analysed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ...indexes import Indexes as AsyncIndexes
from ...indexes.models import (
    IndexesCreateRequestModelsItem,
    IndexesCreateRequestModelsItemDict,
    IndexesCreateResponse,
    IndexSchema,
)
from ...options import RequestOptions
from ..bridge import SyncResource
from ..iterate import SyncPager

if TYPE_CHECKING:
    from .indexed_assets import IndexedAssets
    from .videos import Videos

__all__ = ["Indexes"]


class Indexes(SyncResource[AsyncIndexes]):
    """Indexes, and in ``indexed_assets`` and ``videos`` what is in them."""

    @cached_property
    def indexed_assets(self) -> IndexedAssets:
        """The assets in an index."""
        from .indexed_assets import IndexedAssets

        return IndexedAssets(self._bridge, self._async.indexed_assets)

    @cached_property
    def videos(self) -> Videos:
        """The videos in an index: the older view of ``indexed_assets``, without states."""
        from .videos import Videos

        return Videos(self._bridge, self._async.videos)

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
    ) -> SyncPager[IndexSchema]:
        """Every index; the first page is fetched.

        ``page`` counts from 1; ``page_limit`` is 1 to 50, by default 10. ``sort_by`` is
        ``"created_at"`` (the default) or ``"updated_at"``, ``sort_option`` is ``"desc"`` (the
        default) or ``"asc"``. Set ``sort_option``: the service's documents disagree on its default.
        ``index_name`` is the whole name, ``model_options`` is text such as ``"visual,audio"``,
        ``model_family`` is ``"marengo"`` or ``"pegasus"``. ``created_at`` and ``updated_at`` are
        the earliest time, as RFC 3339. Raises `BadRequestError` for other values. ``GET /indexes``

        Example: ``for index in client.indexes.list(sort_option="desc"): print(index.index_name)``
        """
        return SyncPager(
            self._bridge,
            self._async.list(
                page=page,
                page_limit=page_limit,
                sort_by=sort_by,
                sort_option=sort_option,
                index_name=index_name,
                model_options=model_options,
                model_family=model_family,
                created_at=created_at,
                updated_at=updated_at,
                request_options=request_options,
            ),
        )

    def create(
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

        Example: ``index = client.indexes.create(index_name="films", models=[{"model_name":
        "marengo3.0", "model_options": ["visual", "audio"]}])``
        """
        return self._bridge.call(
            self._async.create,
            index_name=index_name,
            models=models,
            addons=addons,
            request_options=request_options,
        )

    def retrieve(
        self, index_id: str, *, request_options: RequestOptions | None = None
    ) -> IndexSchema:
        """One index, with its models and the number and length of its videos.

        Raises `BadRequestError` (``resource_not_exist``) or `NotFoundError` when there is none with
        this id. ``GET /indexes/{index_id}``

        Example: ``index = client.indexes.retrieve(index.id)``
        """
        return self._bridge.call(self._async.retrieve, index_id, request_options=request_options)

    def update(
        self, index_id: str, *, index_name: str, request_options: RequestOptions | None = None
    ) -> None:
        """Nothing; the index has another name, ``index_name``.

        Raises `BadRequestError` when the name is taken, and `BadRequestError` or `NotFoundError`
        when the index does not exist. ``PUT /indexes/{index_id}``

        Example: ``client.indexes.update(index.id, index_name="old films")``
        """
        self._bridge.call(
            self._async.update, index_id, index_name=index_name, request_options=request_options
        )

    def delete(self, index_id: str, *, request_options: RequestOptions | None = None) -> None:
        """Nothing; the index and its videos are deleted for good, the assets stay.

        Raises `BadRequestError` or `NotFoundError` when there is none with this id.
        ``DELETE /indexes/{index_id}``

        Example: ``client.indexes.delete(index.id)``
        """
        self._bridge.call(self._async.delete, index_id, request_options=request_options)
