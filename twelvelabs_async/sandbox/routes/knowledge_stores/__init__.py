"""``/knowledge-stores``: stores of items to search and to ask about."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import paging
from ...checks import Fields, needed, optional, text
from ...clock import timestamp
from ...eras import retired_on
from ...errors import invalid
from ...knowledge_records import ItemCollection, KnowledgeStore
from ...request import RequestContext
from ...routing import Routes
from ...store_checks import CHANGED_METADATA, INGESTION, METADATA, NO_VALUE, check_values

__all__ = ["CHANGES", "DESCRIBED", "change", "routes", "store_of"]

routes: Routes = Routes()

_NAME = text(1, 255)
DESCRIBED: Fields = {
    "name": needed(_NAME),
    "description": optional(text(0, 10_000)),
    "metadata": optional(METADATA),
}
"""What a store or a collection is made with."""
CHANGES: Fields = {**DESCRIBED, "name": optional(_NAME)}
"""What may be changed of it."""
_NULLS = retired_on("2026-10-06", "an empty string")
_STORE = "/knowledge-stores/{knowledge_store_id}"


def store_of(ctx: RequestContext) -> KnowledgeStore:
    """The store that the path names."""
    stores = ctx.sandbox.repository.knowledge.stores
    return ctx.find("knowledge stores", stores, ctx.part("knowledge_store_id"))


def change(ctx: RequestContext, record: KnowledgeStore | ItemCollection) -> None:
    """Set what the body has of the name, the description and the metadata, as a whole each."""
    check_values(ctx.body["metadata"], ctx.sandbox.settings.rules)
    given = {name: ctx.body[name] for name in CHANGES if ctx.body[name] is not None}
    for name, value in given.items():
        setattr(record, name, value)
    if given:
        record.updated_at = ctx.now


def _fill_nulls(ctx: RequestContext) -> None:
    """Make empty strings of the nulls in the metadata, or refuse them, as the era did."""
    given: dict[str, Any] = ctx.body["metadata"] or {}
    rules = ctx.sandbox.settings.rules
    for key in [key for key, value in given.items() if value is None]:
        if not rules.null_metadata:
            raise invalid(f"metadata.{key}", NO_VALUE)
        if not rules.strict:
            ctx.deprecate(f"null in metadata.{key}", _NULLS)
        given[key] = ""


def _show(ctx: RequestContext, store: KnowledgeStore) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "_id": store.id,
        "name": store.name,
        "description": store.description,
        "item_count": len(ctx.sandbox.repository.knowledge.items[store.id]),
        "metadata": store.metadata,
        "created_at": timestamp(store.created_at),
        "updated_at": timestamp(store.updated_at),
    }
    if store.ingestion_config is not None:
        shown["ingestion_config"] = store.ingestion_config
    return shown


@routes("POST", "/knowledge-stores", json={**DESCRIBED, **INGESTION})
async def create(ctx: RequestContext) -> web.Response:
    """Create a store."""
    check_values(ctx.body["metadata"], ctx.sandbox.settings.rules)
    now = ctx.now
    store = KnowledgeStore(
        id=ctx.sandbox.ids.prefixed("ks", now),
        name=ctx.body["name"],
        description=ctx.body["description"] or "",
        ingestion_config=ctx.body["ingestion_config"],
        metadata=ctx.body["metadata"] or {},
        created_at=now,
        updated_at=now,
    )
    ctx.sandbox.repository.knowledge.add_store(store)
    return ctx.reply(_show(ctx, store), 201)


@routes("GET", "/knowledge-stores", query={**paging.PAGES, **paging.sorting()})
async def list_stores(ctx: RequestContext) -> web.Response:
    """A page of stores."""
    stores = ctx.sandbox.repository.knowledge.stores.values()
    return await paging.page(ctx, stores, lambda store: _show(ctx, store), sort=paging.ordered(ctx))


@routes("GET", _STORE)
async def retrieve(ctx: RequestContext) -> web.Response:
    """One store."""
    return ctx.reply(_show(ctx, store_of(ctx)))


@routes("PATCH", _STORE, json={**CHANGES, "metadata": optional(CHANGED_METADATA)})
async def update(ctx: RequestContext) -> web.Response:
    """Change a store; a body without a change changes nothing."""
    store = store_of(ctx)
    _fill_nulls(ctx)
    change(ctx, store)
    return ctx.reply(_show(ctx, store))


@routes("DELETE", _STORE)
async def delete(ctx: RequestContext) -> web.Response:
    """Delete a store with its items and collections."""
    store, repository = store_of(ctx), ctx.sandbox.repository
    items = list(repository.knowledge.items[store.id].values())
    free = [key for item in items for key in repository.remove(item)]
    repository.knowledge.remove_store(store)
    await ctx.sandbox.forget(free)
    return ctx.empty()
