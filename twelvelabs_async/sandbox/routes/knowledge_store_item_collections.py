"""``/knowledge-stores/{knowledge_store_id}/item-collections``: named sets of a store's items."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .. import paging
from ..checks import Fields, array, needed, text
from ..clock import timestamp
from ..errors import ApiError
from ..knowledge_records import ItemCollection, KnowledgeStore
from ..request import RequestContext
from ..routing import Routes
from ..store_checks import check_values
from .knowledge_store_items import item_of, show
from .knowledge_stores import CHANGES, DESCRIBED, change, store_of

__all__ = ["routes"]

routes: Routes = Routes()

_COLLECTIONS = "/knowledge-stores/{knowledge_store_id}/item-collections"
_COLLECTION = f"{_COLLECTIONS}/{{collection_id}}"
_MEMBERS: Fields = {"item_ids": needed(array(text(1), 1, 500))}


def _collection(ctx: RequestContext) -> ItemCollection:
    collections = ctx.sandbox.repository.knowledge.collections[store_of(ctx).id]
    return ctx.find("item collections", collections, ctx.part("collection_id"))


def _show(collection: ItemCollection) -> dict[str, Any]:
    return {
        "_id": collection.id,
        "knowledge_store_id": collection.store_id,
        "name": collection.name,
        "description": collection.description,
        "metadata": collection.metadata,
        "member_count": len(collection.members),
        "created_at": timestamp(collection.created_at),
        "updated_at": timestamp(collection.updated_at),
    }


def _refuse_taken(
    ctx: RequestContext, store_id: str, name: str | None, but: ItemCollection | None = None
) -> None:
    others = ctx.sandbox.repository.knowledge.collections[store_id].values()
    if any(other.name == name and other is not but for other in others):
        raise ApiError(
            "item_collection_name_already_exists",
            f"The knowledge store already has an item collection named {name!r}.",
            ctx.sandbox.settings.taken_status,
        )


@routes("POST", _COLLECTIONS, json=DESCRIBED)
async def create(ctx: RequestContext) -> web.Response:
    """Create a collection without items."""
    check_values(ctx.body["metadata"], ctx.sandbox.settings.rules)
    store: KnowledgeStore = store_of(ctx)
    _refuse_taken(ctx, store.id, ctx.body["name"])
    now = ctx.now
    collection = ItemCollection(
        id=ctx.sandbox.ids.prefixed("ksic", now),
        store_id=store.id,
        name=ctx.body["name"],
        description=ctx.body["description"] or "",
        metadata=ctx.body["metadata"] or {},
        created_at=now,
        updated_at=now,
    )
    ctx.sandbox.repository.knowledge.collections[store.id][collection.id] = collection
    return ctx.reply(_show(collection), 201)


@routes("GET", _COLLECTIONS, query={**paging.PAGES, **paging.sorting("name")})
async def list_collections(ctx: RequestContext) -> web.Response:
    """A page of a store's collections."""
    collections = ctx.sandbox.repository.knowledge.collections[store_of(ctx).id]
    return await paging.page(ctx, collections.values(), _show, sort=paging.ordered(ctx))


@routes("GET", _COLLECTION)
async def retrieve(ctx: RequestContext) -> web.Response:
    """One collection."""
    return ctx.reply(_show(_collection(ctx)))


@routes("PATCH", _COLLECTION, json=CHANGES)
async def update(ctx: RequestContext) -> web.Response:
    """Change a collection; a body without a change changes nothing."""
    collection = _collection(ctx)
    if ctx.body["name"] is not None:
        _refuse_taken(ctx, collection.store_id, ctx.body["name"], collection)
    change(ctx, collection)
    return ctx.reply(_show(collection))


@routes("DELETE", _COLLECTION)
async def delete(ctx: RequestContext) -> web.Response:
    """Delete a collection; its items stay."""
    collection = _collection(ctx)
    del ctx.sandbox.repository.knowledge.collections[collection.store_id][collection.id]
    return ctx.empty()


@routes("GET", f"{_COLLECTION}/items", query=paging.PAGES)
async def list_items(ctx: RequestContext) -> web.Response:
    """A page of a collection's items, the last added first."""
    collection = _collection(ctx)
    items = ctx.sandbox.repository.knowledge.items[collection.store_id]
    members = [items[identifier] for identifier in collection.members]
    return await paging.page(ctx, members, lambda item: show(ctx, item))


@routes("POST", f"{_COLLECTION}/items/add", json=_MEMBERS)
async def add_items(ctx: RequestContext) -> web.Response:
    """Add items, all of which the store must have; those that are in it already stay so."""
    store, collection = store_of(ctx), _collection(ctx)
    items = [item_of(ctx, store, identifier) for identifier in ctx.body["item_ids"]]
    fresh = [item.id for item in items if item.id not in collection.members]
    if fresh:
        collection.members.update(dict.fromkeys(fresh, ctx.now))
        _touch(ctx, collection)
    return ctx.reply(_show(collection))


@routes("POST", f"{_COLLECTION}/items/remove", json=_MEMBERS)
async def remove_items(ctx: RequestContext) -> web.Response:
    """Take items out; ids that are not in it are ignored."""
    collection = _collection(ctx)
    gone = [identifier for identifier in ctx.body["item_ids"] if identifier in collection.members]
    for identifier in dict.fromkeys(gone):
        del collection.members[identifier]
    if gone:
        _touch(ctx, collection)
    return ctx.empty()


def _touch(ctx: RequestContext, collection: ItemCollection) -> None:
    collection.updated_at = ctx.now
