"""Models of imports: files that became assets through a connection."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from attrs import define

from .._runtime.model import Id, Model
from .._runtime.pager import Page

__all__ = [
    "Import",
    "ImportDetail",
    "ImportFilesRequestItemsItem",
    "ImportFilesRequestItemsItemDict",
    "ImportItem",
    "ImportItemAction",
    "ImportItemError",
    "ImportItemStatus",
    "ImportProvider",
    "ImportResult",
    "ListImportsResponse",
]

ImportProvider = Literal["google_drive"] | str
ImportItemAction = Literal["created", "skipped", "retried", "rejected"] | str
ImportItemStatus = Literal["processing", "ready", "failed"] | str


@define(kw_only=True)
class ImportFilesRequestItemsItem(Model):
    """A file to import, by its id at the provider."""

    source_id: str


class ImportFilesRequestItemsItemDict(TypedDict):
    """`ImportFilesRequestItemsItem` as a plain dict."""

    source_id: str


@define(kw_only=True)
class ImportItemError(Model):
    """Why a file was rejected."""

    code: str | None = None
    message: str | None = None


@define(kw_only=True)
class ImportItem(Model):
    """The result of one file's import.

    ``action`` is what the import did: ``"created"`` an asset, ``"skipped"`` a file that is an asset
    already, ``"retried"`` one that had failed, or ``"rejected"`` it. ``status`` is the asset's.
    """

    source_id: str | None = None
    action: ImportItemAction | None = None
    asset_id: str | None = None
    status: ImportItemStatus | None = None
    error: ImportItemError | None = None


@define(kw_only=True)
class ImportResult(Model):
    """What the service does with each file, in the order of the request."""

    id: Id
    has_failures: bool | None = None
    items: list[ImportItem] | None = None


@define(kw_only=True)
class Import(Model):
    """An import that was started."""

    id: Id
    connection_id: str | None = None
    provider: ImportProvider | None = None
    custom_id: str | None = None
    item_count: int | None = None
    created_at: datetime | None = None


@define(kw_only=True)
class ImportDetail(Import):
    """An import with its files as they are now; files whose asset was deleted are left out."""

    items: list[ImportItem] | None = None


ListImportsResponse = Page[Import]
