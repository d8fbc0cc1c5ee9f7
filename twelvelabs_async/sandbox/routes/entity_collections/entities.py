"""``/entity-collections/{collection_id}/entities``: the members of a collection."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import paging
from ...checks import Fields, array, metadata, needed, obj, one_of, optional, text
from ...errors import ApiError, invalid
from ...links import file_url
from ...media.measure.probe import MediaError
from ...records import Collection, Entity, Phases, phases_of
from ...request import RequestContext, times_of
from ...routing import Routes
from ...sources import open_asset
from . import DESCRIPTION, LIST, NAME, change, collection_of

__all__ = ["STATUS", "page_of", "routes"]

routes: Routes = Routes()

_ASSETS: Fields = {"asset_ids": needed(array(text(1), 1, 100, unique=True))}
_ENTITY: Fields = {
    "name": needed(NAME),
    "description": optional(DESCRIPTION),
    "metadata": optional(metadata),
    **_ASSETS,
}
STATUS: Fields = {"status": optional(one_of("processing", "ready"))}
_MOST_AT_ONCE = 100


def _show(ctx: RequestContext, entity: Entity) -> dict[str, Any]:
    return {
        "_id": entity.id,
        "name": entity.name,
        "description": entity.description,
        "metadata": entity.metadata,
        "asset_ids": entity.asset_ids,
        "status": ctx.sandbox.lifecycle.status(entity)[0],
        "entity_collection_id": entity.collection_id,
        **times_of(ctx, entity),
    }


async def _check_assets(ctx: RequestContext, asset_ids: list[str]) -> None:
    for asset_id in asset_ids:
        asset = await open_asset(ctx, asset_id)
        info = ctx.sandbox.lifecycle.info_of(asset)
        if info is None or info.kind != "image":
            raise invalid("asset_ids", f"Asset {asset_id} is not an image.")


def _phases(ctx: RequestContext, asset_ids: list[str]) -> Phases:
    """It is processing for its time, which begins when its assets are ready."""
    assets = ctx.sandbox.repository.assets
    start = max([ctx.now, *(assets[i].due for i in asset_ids if i in assets)])
    return phases_of(start, processing=ctx.sandbox.timings.entity)


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
    return entity


@routes("POST", "/entity-collections/{collection_id}/entities", json=_ENTITY)
async def create(ctx: RequestContext) -> web.Response:
    """Create an entity."""
    collection = collection_of(ctx)
    await _check_assets(ctx, ctx.body["asset_ids"])
    return ctx.reply(_show(ctx, _add(ctx, collection, ctx.body)), 201)


@routes(
    "POST",
    "/entity-collections/{collection_id}/entities/bulk",
    json={"entities": needed(array(obj(_ENTITY), 1, _MOST_AT_ONCE))},
)
async def create_bulk(ctx: RequestContext) -> web.Response:
    """Create many entities; the reply lists each one that could not be created."""
    collection = collection_of(ctx)
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
            status, _ = ctx.sandbox.lifecycle.status(entity)
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


async def page_of(
    ctx: RequestContext, entities: dict[str, Entity], *, everywhere: bool
) -> web.Response:
    """A page of entities; ``everywhere`` shows their collections too."""
    name, status = ctx.query["name"], ctx.query["status"]

    def keep(entity: Entity) -> bool:
        return name in (None, entity.name) and (
            status is None or ctx.sandbox.lifecycle.status(entity)[0] == status
        )

    return await paging.page(
        ctx,
        entities.values(),
        lambda entity: _show_everywhere(ctx, entity) if everywhere else _show(ctx, entity),
        keep=None if name is None and status is None else keep,
        sort=paging.ordered(ctx),
    )


def _show_everywhere(ctx: RequestContext, entity: Entity) -> dict[str, Any]:
    repository = ctx.sandbox.repository
    assets = [repository.assets[i] for i in entity.asset_ids if i in repository.assets]
    return {
        **_show(ctx, entity),
        "entity_collection_name": repository.collections[entity.collection_id].name,
        "asset_urls": [file_url(ctx.sandbox, asset.key) for asset in assets if asset.key],
    }


@routes("GET", "/entity-collections/{collection_id}/entities", query={**LIST, **STATUS})
async def list_entities(ctx: RequestContext) -> web.Response:
    """A page of a collection's entities."""
    members = ctx.sandbox.repository.members[collection_of(ctx).id]
    return await page_of(ctx, members, everywhere=False)


@routes("GET", "/assets/{asset_id}/entities", query=paging.PAGES)
async def list_by_asset(ctx: RequestContext) -> web.Response:
    """A page of the entities, of whichever collection, that have an asset."""
    repository = ctx.sandbox.repository
    asset = ctx.find("assets", repository.assets, ctx.part("asset_id"))
    return await paging.page(
        ctx,
        repository.entities.values(),
        lambda entity: _show(ctx, entity),
        keep=lambda entity: asset.id in entity.asset_ids,
    )


def _entity(ctx: RequestContext) -> Entity:
    members = ctx.sandbox.repository.members[collection_of(ctx).id]
    return ctx.find("entities", members, ctx.part("entity_id"))


@routes("GET", "/entity-collections/{collection_id}/entities/{entity_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One entity."""
    return ctx.reply(_show(ctx, _entity(ctx)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}/entities/{entity_id}",
    json={
        "name": optional(NAME),
        "description": optional(DESCRIPTION),
        "metadata": optional(metadata),
    },
)
async def update(ctx: RequestContext) -> web.Response:
    """Change an entity."""
    entity = _entity(ctx)
    change(ctx, entity, "name", "description", "metadata")
    return ctx.reply(_show(ctx, entity))


@routes("DELETE", "/entity-collections/{collection_id}/entities/{entity_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Delete an entity; its assets stay."""
    ctx.sandbox.repository.remove(_entity(ctx))
    return ctx.empty()


@routes("POST", "/entity-collections/{collection_id}/entities/{entity_id}/assets", json=_ASSETS)
async def add_assets(ctx: RequestContext) -> web.Response:
    """Give an entity more assets."""
    entity = _entity(ctx)
    await _check_assets(ctx, ctx.body["asset_ids"])
    fresh = [i for i in ctx.body["asset_ids"] if i not in entity.asset_ids]
    entity.asset_ids.extend(fresh)
    ctx.sandbox.repository.refer_assets(entity, fresh)
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
    ctx.sandbox.repository.release_assets(entity, gone)
    return _assets_changed(ctx, entity)


def _assets_changed(ctx: RequestContext, entity: Entity) -> web.Response:
    entity.updated_at = ctx.now
    entity.phases = _phases(ctx, entity.asset_ids)
    return ctx.reply(_show(ctx, entity))
