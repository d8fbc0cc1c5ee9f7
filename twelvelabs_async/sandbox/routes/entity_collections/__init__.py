"""``/entity-collections``: collections of people and things to search for."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import paging
from ...checks import Fields, needed, optional, text
from ...clock import timestamp
from ...errors import missing
from ...records import Collection, Entity
from ...request import RequestContext
from ...routing import Routes

__all__ = ["DESCRIPTION", "LIST", "NAME", "change", "collection_of", "routes"]

routes: Routes = Routes()

NAME = text(1, 255)
DESCRIPTION = text(0, 10_000)
LIST: Fields = {**paging.PAGES, **paging.sorting("name"), "name": optional(text())}


def _show_collection(collection: Collection) -> dict[str, Any]:
    return {
        "_id": collection.id,
        "name": collection.name,
        "description": collection.description,
        "created_at": timestamp(collection.created_at),
        "updated_at": timestamp(collection.updated_at),
    }


@routes(
    "POST",
    "/entity-collections",
    json={"name": needed(NAME), "description": optional(DESCRIPTION)},
)
async def create_collection(ctx: RequestContext) -> web.Response:
    """Create a collection."""
    repository, now = ctx.sandbox.repository, ctx.now
    collection = Collection(
        id=ctx.sandbox.ids.new(),
        name=ctx.body["name"],
        description=ctx.body["description"] or "",
        created_at=now,
        updated_at=now,
    )
    repository.collections[collection.id] = collection
    repository.members[collection.id] = {}
    return ctx.reply(_show_collection(collection), 201)


@routes("GET", "/entity-collections", query=LIST)
async def list_collections(ctx: RequestContext) -> web.Response:
    """A page of collections."""
    name = ctx.query["name"]
    return await paging.page(
        ctx,
        ctx.sandbox.repository.collections.values(),
        _show_collection,
        keep=None if name is None else lambda collection: collection.name == name,
        sort=paging.ordered(ctx),
    )


def collection_of(ctx: RequestContext) -> Collection:
    """The collection that the path names."""
    collections = ctx.sandbox.repository.collections
    return ctx.find("entity collections", collections, ctx.part("collection_id"))


@routes("GET", "/entity-collections/{collection_id}")
async def retrieve_collection(ctx: RequestContext) -> web.Response:
    """One collection."""
    return ctx.reply(_show_collection(collection_of(ctx)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}",
    json={"name": optional(NAME), "description": optional(DESCRIPTION)},
)
async def update_collection(ctx: RequestContext) -> web.Response:
    """Change a collection."""
    collection = collection_of(ctx)
    change(ctx, collection, "name", "description")
    return ctx.reply(_show_collection(collection))


def change(ctx: RequestContext, record: Collection | Entity, *names: str) -> None:
    """Set the attributes of these names to what the body has, of which it needs one."""
    given = {name: ctx.body[name] for name in names if ctx.body[name] is not None}
    if not given:
        raise missing(" or ".join(names))
    for name, value in given.items():
        setattr(record, name, value)
    record.updated_at = ctx.now


@routes("DELETE", "/entity-collections/{collection_id}")
async def delete_collection(ctx: RequestContext) -> web.Response:
    """Delete a collection and its entities."""
    collection, repository = collection_of(ctx), ctx.sandbox.repository
    for entity in list(repository.members[collection.id].values()):
        repository.remove(entity)
    del repository.collections[collection.id], repository.members[collection.id]
    return ctx.empty()
