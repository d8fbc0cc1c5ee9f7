"""``/entity-collections``, the entities in them, and ``/entities``."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..checks import Fields, array, metadata, needed, obj, one_of, optional, text
from ..clock import timestamp
from ..errors import ApiError, invalid, missing
from ..links import file_url
from ..media.probe import MediaError
from ..records import Collection, Entity
from ..request import PAGES, RequestContext, Routes, sorting, times_of
from ..sources import open_asset

__all__ = ["routes"]

routes = Routes()

_NAME = text(1, 255)
_DESCRIPTION = text(0, 10_000)
_ASSETS: Fields = {"asset_ids": needed(array(text(1), 1, 100, unique=True))}
_ENTITY: Fields = {
    "name": needed(_NAME),
    "description": optional(_DESCRIPTION),
    "metadata": optional(metadata),
    **_ASSETS,
}
_LIST: Fields = {**PAGES, **sorting("name"), "name": optional(text())}
_STATUS: Fields = {"status": optional(one_of("processing", "ready"))}
_MOST_AT_ONCE = 100


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
    json={"name": needed(_NAME), "description": optional(_DESCRIPTION)},
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
    ctx.changed()
    return ctx.reply(_show_collection(collection), 201)


@routes("GET", "/entity-collections", query=_LIST)
async def list_collections(ctx: RequestContext) -> web.Response:
    """A page of collections."""
    name = ctx.query["name"]
    return await ctx.page(
        ctx.sandbox.repository.collections.values(),
        _show_collection,
        keep=None if name is None else lambda collection: collection.name == name,
        sort=ctx.ordered(),
    )


def _collection(ctx: RequestContext) -> Collection:
    collections = ctx.sandbox.repository.collections
    return ctx.find("entity collections", collections, ctx.part("collection_id"))


@routes("GET", "/entity-collections/{collection_id}")
async def retrieve_collection(ctx: RequestContext) -> web.Response:
    """One collection."""
    return ctx.reply(_show_collection(_collection(ctx)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}",
    json={"name": optional(_NAME), "description": optional(_DESCRIPTION)},
)
async def update_collection(ctx: RequestContext) -> web.Response:
    """Change a collection."""
    collection = _collection(ctx)
    _change(ctx, collection, "name", "description")
    return ctx.reply(_show_collection(collection))


def _change(ctx: RequestContext, record: Collection | Entity, *names: str) -> None:
    given = {name: ctx.body[name] for name in names if ctx.body[name] is not None}
    if not given:
        raise missing(" or ".join(names))
    for name, value in given.items():
        setattr(record, name, value)
    record.updated_at = ctx.now
    ctx.changed()


@routes("DELETE", "/entity-collections/{collection_id}")
async def delete_collection(ctx: RequestContext) -> web.Response:
    """Delete a collection and its entities."""
    collection, repository = _collection(ctx), ctx.sandbox.repository
    for entity in list(repository.members[collection.id].values()):
        repository.remove(entity)
    del repository.collections[collection.id], repository.members[collection.id]
    ctx.changed()
    return ctx.empty()


def _show(ctx: RequestContext, entity: Entity) -> dict[str, Any]:
    return {
        "_id": entity.id,
        "name": entity.name,
        "description": entity.description,
        "metadata": entity.metadata,
        "asset_ids": entity.asset_ids,
        "status": ctx.sandbox.work.status(entity)[0],
        **times_of(ctx, entity),
    }


async def _check_assets(ctx: RequestContext, asset_ids: list[str]) -> None:
    for asset_id in asset_ids:
        asset = await open_asset(ctx, asset_id)
        info = ctx.sandbox.work.info_of(asset)
        if info is not None and info.kind != "image":
            raise invalid("asset_ids", f"Asset {asset_id} is not an image.")


def _phases(ctx: RequestContext, asset_ids: list[str]) -> list[tuple[str, float | None]]:
    """It is processing for its time, which begins when its assets are ready."""
    assets = ctx.sandbox.repository.assets
    start = max([ctx.now, *(assets[i].due for i in asset_ids if i in assets)])
    return [("processing", start + ctx.sandbox.timings.entity)]


def _add(ctx: RequestContext, collection: Collection, given: dict[str, Any]) -> Entity:
    now = ctx.now
    entity = Entity(
        id=ctx.sandbox.ids.new(),
        collection_id=collection.id,
        name=given["name"],
        description=given["description"] or "",
        metadata=given["metadata"] or {},
        asset_ids=list(given["asset_ids"]),
        created_at=now,
        updated_at=now,
        phases=_phases(ctx, given["asset_ids"]),
    )
    ctx.sandbox.repository.add(entity)
    ctx.changed()
    return entity


@routes("POST", "/entity-collections/{collection_id}/entities", json=_ENTITY)
async def create(ctx: RequestContext) -> web.Response:
    """Create an entity."""
    collection = _collection(ctx)
    await _check_assets(ctx, ctx.body["asset_ids"])
    return ctx.reply(_show(ctx, _add(ctx, collection, ctx.body)), 201)


@routes(
    "POST",
    "/entity-collections/{collection_id}/entities/bulk",
    json={"entities": needed(array(obj(_ENTITY), 1, _MOST_AT_ONCE))},
)
async def create_bulk(ctx: RequestContext) -> web.Response:
    """Create many entities; those that cannot be are told one by one."""
    collection = _collection(ctx)
    made: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for place, given in enumerate(ctx.body["entities"]):
        try:
            await _check_assets(ctx, given["asset_ids"])
            entity = _add(ctx, collection, given)
        except (ApiError, MediaError) as error:
            errors.append(
                {
                    "entity_index": place,
                    "entity_name": given["name"],
                    "error_reason": error.message,
                }
            )
        else:
            status, _ = ctx.sandbox.work.status(entity)
            made.append({"_id": entity.id, "name": entity.name, "status": status})
    return ctx.reply(
        {
            "success_count": len(made),
            "failed_count": len(errors),
            "entities": made,
            "errors": errors,
        },
        201,
    )


async def _page(
    ctx: RequestContext, entities: dict[str, Entity], *, everywhere: bool
) -> web.Response:
    name, status = ctx.query["name"], ctx.query["status"]

    def keep(entity: Entity) -> bool:
        return name in (None, entity.name) and (
            status is None or ctx.sandbox.work.status(entity)[0] == status
        )

    return await ctx.page(
        entities.values(),
        lambda entity: _show_everywhere(ctx, entity) if everywhere else _show(ctx, entity),
        keep=None if name is None and status is None else keep,
        sort=ctx.ordered(),
    )


def _show_everywhere(ctx: RequestContext, entity: Entity) -> dict[str, Any]:
    repository = ctx.sandbox.repository
    assets = [repository.assets[i] for i in entity.asset_ids if i in repository.assets]
    return {
        **_show(ctx, entity),
        "entity_collection_id": entity.collection_id,
        "entity_collection_name": repository.collections[entity.collection_id].name,
        "asset_urls": [file_url(ctx.sandbox, asset.key) for asset in assets if asset.key],
    }


@routes("GET", "/entity-collections/{collection_id}/entities", query={**_LIST, **_STATUS})
async def list_entities(ctx: RequestContext) -> web.Response:
    """A page of a collection's entities."""
    members = ctx.sandbox.repository.members[_collection(ctx).id]
    return await _page(ctx, members, everywhere=False)


@routes("GET", "/entities", query={**_LIST, **_STATUS})
async def list_all(ctx: RequestContext) -> web.Response:
    """A page of the entities of all collections."""
    return await _page(ctx, ctx.sandbox.repository.entities, everywhere=True)


def _entity(ctx: RequestContext) -> Entity:
    members = ctx.sandbox.repository.members[_collection(ctx).id]
    return ctx.find("entities", members, ctx.part("entity_id"))


@routes("GET", "/entity-collections/{collection_id}/entities/{entity_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One entity."""
    return ctx.reply(_show(ctx, _entity(ctx)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}/entities/{entity_id}",
    json={
        "name": optional(_NAME),
        "description": optional(_DESCRIPTION),
        "metadata": optional(metadata),
    },
)
async def update(ctx: RequestContext) -> web.Response:
    """Change an entity."""
    entity = _entity(ctx)
    _change(ctx, entity, "name", "description", "metadata")
    return ctx.reply(_show(ctx, entity))


@routes("DELETE", "/entity-collections/{collection_id}/entities/{entity_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Delete an entity; its assets stay."""
    ctx.sandbox.repository.remove(_entity(ctx))
    ctx.changed()
    return ctx.empty()


@routes("POST", "/entity-collections/{collection_id}/entities/{entity_id}/assets", json=_ASSETS)
async def add_assets(ctx: RequestContext) -> web.Response:
    """Give an entity more assets."""
    entity = _entity(ctx)
    await _check_assets(ctx, ctx.body["asset_ids"])
    fresh = [i for i in ctx.body["asset_ids"] if i not in entity.asset_ids]
    entity.asset_ids.extend(fresh)
    ctx.sandbox.repository.refer_assets(fresh)
    return _assets_changed(ctx, entity)


@routes("DELETE", "/entity-collections/{collection_id}/entities/{entity_id}/assets", json=_ASSETS)
async def remove_assets(ctx: RequestContext) -> web.Response:
    """Take assets from an entity, which keeps at least one."""
    entity = _entity(ctx)
    gone: list[str] = ctx.body["asset_ids"]
    for asset_id in gone:
        if asset_id not in entity.asset_ids:
            raise ctx.unknown_id(f"entity {entity.id}", asset_id)
    if len(gone) == len(entity.asset_ids):
        raise invalid("asset_ids", "An entity keeps at least one asset.")
    entity.asset_ids = [i for i in entity.asset_ids if i not in gone]
    for asset_id in gone:
        ctx.sandbox.repository.release_asset(asset_id)
    return _assets_changed(ctx, entity)


def _assets_changed(ctx: RequestContext, entity: Entity) -> web.Response:
    entity.updated_at = ctx.now
    entity.phases = _phases(ctx, entity.asset_ids)
    ctx.changed()
    return ctx.reply(_show(ctx, entity))
