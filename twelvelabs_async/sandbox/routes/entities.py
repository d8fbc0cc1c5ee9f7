"""``/entity-collections``, the entities in them, and ``/entities``."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..call import PAGES, Call, Routes, sorting, times_of
from ..checks import Fields, array, metadata, needed, obj, one_of, optional, text
from ..clock import timestamp
from ..links import file_url
from ..media.probe import MediaError
from ..refusals import RefusedError, invalid, missing
from ..sources import open_asset
from ..state import Collection, Entity

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
async def create_collection(call: Call) -> web.Response:
    """Create a collection."""
    state, now = call.world.state, call.now
    collection = Collection(
        id=call.world.ids.new(),
        name=call.body["name"],
        description=call.body["description"] or "",
        created_at=now,
        updated_at=now,
    )
    state.collections[collection.id] = collection
    state.members[collection.id] = {}
    call.changed()
    return call.reply(_show_collection(collection), 201)


@routes("GET", "/entity-collections", query=_LIST)
async def list_collections(call: Call) -> web.Response:
    """A page of collections."""
    name = call.query["name"]
    return await call.page(
        call.world.state.collections.values(),
        _show_collection,
        keep=None if name is None else lambda collection: collection.name == name,
        sort=call.ordered(),
    )


def _collection(call: Call) -> Collection:
    collections = call.world.state.collections
    return call.find("entity collections", collections, call.part("collection_id"))


@routes("GET", "/entity-collections/{collection_id}")
async def retrieve_collection(call: Call) -> web.Response:
    """One collection."""
    return call.reply(_show_collection(_collection(call)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}",
    json={"name": optional(_NAME), "description": optional(_DESCRIPTION)},
)
async def update_collection(call: Call) -> web.Response:
    """Change a collection."""
    collection = _collection(call)
    _change(call, collection, "name", "description")
    return call.reply(_show_collection(collection))


def _change(call: Call, record: Collection | Entity, *names: str) -> None:
    given = {name: call.body[name] for name in names if call.body[name] is not None}
    if not given:
        raise missing(" or ".join(names))
    for name, value in given.items():
        setattr(record, name, value)
    record.updated_at = call.now
    call.changed()


@routes("DELETE", "/entity-collections/{collection_id}")
async def delete_collection(call: Call) -> web.Response:
    """Delete a collection and its entities."""
    collection, state = _collection(call), call.world.state
    for entity in list(state.members[collection.id].values()):
        state.remove(entity)
    del state.collections[collection.id], state.members[collection.id]
    call.changed()
    return call.empty()


def _show(call: Call, entity: Entity) -> dict[str, Any]:
    return {
        "_id": entity.id,
        "name": entity.name,
        "description": entity.description,
        "metadata": entity.metadata,
        "asset_ids": entity.asset_ids,
        "status": call.world.work.status(entity)[0],
        **times_of(call, entity),
    }


async def _check_assets(call: Call, asset_ids: list[str]) -> None:
    for asset_id in asset_ids:
        asset = await open_asset(call, asset_id)
        info = call.world.work.info_of(asset)
        if info is not None and info.kind != "image":
            raise invalid("asset_ids", f"Asset {asset_id} is not an image.")


def _phases(call: Call, asset_ids: list[str]) -> list[tuple[str, float | None]]:
    """It is processing for its time, which begins when its assets are ready."""
    assets = call.world.state.assets
    start = max([call.now, *(assets[i].due for i in asset_ids if i in assets)])
    return [("processing", start + call.world.timings.entity)]


def _add(call: Call, collection: Collection, given: dict[str, Any]) -> Entity:
    now = call.now
    entity = Entity(
        id=call.world.ids.new(),
        collection_id=collection.id,
        name=given["name"],
        description=given["description"] or "",
        metadata=given["metadata"] or {},
        asset_ids=list(given["asset_ids"]),
        created_at=now,
        updated_at=now,
        phases=_phases(call, given["asset_ids"]),
    )
    call.world.state.add(entity)
    call.changed()
    return entity


@routes("POST", "/entity-collections/{collection_id}/entities", json=_ENTITY)
async def create(call: Call) -> web.Response:
    """Create an entity."""
    collection = _collection(call)
    await _check_assets(call, call.body["asset_ids"])
    return call.reply(_show(call, _add(call, collection, call.body)), 201)


@routes(
    "POST",
    "/entity-collections/{collection_id}/entities/bulk",
    json={"entities": needed(array(obj(_ENTITY), 1, _MOST_AT_ONCE))},
)
async def create_bulk(call: Call) -> web.Response:
    """Create many entities; those that cannot be are told one by one."""
    collection = _collection(call)
    made: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for place, given in enumerate(call.body["entities"]):
        try:
            await _check_assets(call, given["asset_ids"])
            entity = _add(call, collection, given)
        except (RefusedError, MediaError) as error:
            errors.append(
                {
                    "entity_index": place,
                    "entity_name": given["name"],
                    "error_reason": error.message,
                }
            )
        else:
            status, _ = call.world.work.status(entity)
            made.append({"_id": entity.id, "name": entity.name, "status": status})
    return call.reply(
        {
            "success_count": len(made),
            "failed_count": len(errors),
            "entities": made,
            "errors": errors,
        },
        201,
    )


async def _page(call: Call, entities: dict[str, Entity], *, everywhere: bool) -> web.Response:
    name, status = call.query["name"], call.query["status"]

    def keep(entity: Entity) -> bool:
        return name in (None, entity.name) and (
            status is None or call.world.work.status(entity)[0] == status
        )

    return await call.page(
        entities.values(),
        lambda entity: _show_everywhere(call, entity) if everywhere else _show(call, entity),
        keep=None if name is None and status is None else keep,
        sort=call.ordered(),
    )


def _show_everywhere(call: Call, entity: Entity) -> dict[str, Any]:
    state = call.world.state
    assets = [state.assets[i] for i in entity.asset_ids if i in state.assets]
    return {
        **_show(call, entity),
        "entity_collection_id": entity.collection_id,
        "entity_collection_name": state.collections[entity.collection_id].name,
        "asset_urls": [file_url(call.world, asset.key) for asset in assets if asset.key],
    }


@routes("GET", "/entity-collections/{collection_id}/entities", query={**_LIST, **_STATUS})
async def list_entities(call: Call) -> web.Response:
    """A page of a collection's entities."""
    members = call.world.state.members[_collection(call).id]
    return await _page(call, members, everywhere=False)


@routes("GET", "/entities", query={**_LIST, **_STATUS})
async def list_all(call: Call) -> web.Response:
    """A page of the entities of all collections."""
    return await _page(call, call.world.state.entities, everywhere=True)


def _entity(call: Call) -> Entity:
    members = call.world.state.members[_collection(call).id]
    return call.find("entities", members, call.part("entity_id"))


@routes("GET", "/entity-collections/{collection_id}/entities/{entity_id}")
async def retrieve(call: Call) -> web.Response:
    """One entity."""
    return call.reply(_show(call, _entity(call)))


@routes(
    "PATCH",
    "/entity-collections/{collection_id}/entities/{entity_id}",
    json={
        "name": optional(_NAME),
        "description": optional(_DESCRIPTION),
        "metadata": optional(metadata),
    },
)
async def update(call: Call) -> web.Response:
    """Change an entity."""
    entity = _entity(call)
    _change(call, entity, "name", "description", "metadata")
    return call.reply(_show(call, entity))


@routes("DELETE", "/entity-collections/{collection_id}/entities/{entity_id}")
async def delete(call: Call) -> web.Response:
    """Delete an entity; its assets stay."""
    call.world.state.remove(_entity(call))
    call.changed()
    return call.empty()


@routes("POST", "/entity-collections/{collection_id}/entities/{entity_id}/assets", json=_ASSETS)
async def add_assets(call: Call) -> web.Response:
    """Give an entity more assets."""
    entity = _entity(call)
    await _check_assets(call, call.body["asset_ids"])
    fresh = [i for i in call.body["asset_ids"] if i not in entity.asset_ids]
    entity.asset_ids.extend(fresh)
    call.world.state.refer_assets(fresh)
    return _assets_changed(call, entity)


@routes("DELETE", "/entity-collections/{collection_id}/entities/{entity_id}/assets", json=_ASSETS)
async def remove_assets(call: Call) -> web.Response:
    """Take assets from an entity, which keeps at least one."""
    entity = _entity(call)
    gone: list[str] = call.body["asset_ids"]
    for asset_id in gone:
        if asset_id not in entity.asset_ids:
            raise call.unknown_id(f"entity {entity.id}", asset_id)
    if len(gone) == len(entity.asset_ids):
        raise invalid("asset_ids", "An entity keeps at least one asset.")
    entity.asset_ids = [i for i in entity.asset_ids if i not in gone]
    for asset_id in gone:
        call.world.state.release_asset(asset_id)
    return _assets_changed(call, entity)


def _assets_changed(call: Call, entity: Entity) -> web.Response:
    entity.updated_at = call.now
    entity.phases = _phases(call, entity.asset_ids)
    call.changed()
    return call.reply(_show(call, entity))
