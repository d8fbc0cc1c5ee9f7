"""``/indexes``."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..call import PAGES, Call, Routes, dated, sorting
from ..checks import array, needed, obj, one_of, optional, text
from ..clock import timestamp
from ..refusals import RefusedError, invalid
from ..state import Index

__all__ = ["routes"]

routes = Routes()

_MODELS = ("marengo2.7", "marengo3.0", "pegasus1.2", "pegasus1.5")
_MODEL = {
    "model_name": needed(one_of(*_MODELS)),
    "model_options": needed(array(one_of("visual", "audio"), 1, 2, unique=True)),
}
_NAME = text(1, 255)


@routes(
    "POST",
    "/indexes",
    json={
        "index_name": needed(_NAME),
        "models": needed(array(obj(_MODEL), 1, 2)),
        "addons": optional(array(one_of("thumbnail"), 1, 1)),
    },
)
async def create(call: Call) -> web.Response:
    """Create an index."""
    models: list[dict[str, Any]] = call.body["models"]
    for i, model in enumerate(models):
        _refuse_retired(call, model["model_name"])
        if any(_family(model) == _family(other) for other in models[:i]):
            raise invalid(f"models[{i}].model_name", "An index has one model of each family.")
    _refuse_taken(call, call.body["index_name"])
    now, settings = call.now, call.world.settings
    life = settings.account.index_life if settings.index_life is None else settings.index_life
    index = Index(
        id=call.world.ids.new(),
        name=call.body["index_name"],
        models=models,
        addons=call.body["addons"] or [],
        created_at=now,
        updated_at=now,
        expires_at=None if life is None else now + life,
    )
    call.world.state.add_index(index)
    call.changed()
    return call.reply({"_id": index.id}, 201)


def _family(model: dict[str, Any]) -> str:
    return str(model["model_name"]).rstrip("0123456789.")


def _refuse_retired(call: Call, model_name: str) -> None:
    if model_name in call.world.settings.retired_models:
        raise invalid("model_name", f"{model_name} is no longer available.")


def _refuse_taken(call: Call, name: str, index_id: str | None = None) -> None:
    if call.world.state.index_names.get(name, index_id) != index_id:
        raise RefusedError(
            "index_name_already_exists",
            f"The index name {name} already exists.",
            call.world.settings.index_name_status,
        )


def show(call: Call, index: Index) -> dict[str, Any]:
    """An index as the API shows it."""
    work, count, duration = call.world.work, 0, 0.0
    for video in call.world.state.videos[index.id].values():
        if work.status(video)[0] == "ready":
            count += 1
            info = work.info_of(video)
            duration += info.duration if info is not None else 0.0
    shown: dict[str, Any] = {
        "_id": index.id,
        "index_name": index.name,
        "models": index.models,
        "addons": index.addons,
        "video_count": count,
        "total_duration": round(duration, 3),
        "created_at": timestamp(index.created_at),
        "updated_at": timestamp(index.updated_at),
    }
    if index.expires_at is not None:
        shown["expires_at"] = timestamp(index.expires_at)
    return shown


@routes(
    "GET",
    "/indexes",
    query={
        **PAGES,
        **sorting(),
        **dated(),
        "index_name": optional(text()),
        "model_options": optional(text()),
        "model_family": optional(one_of("marengo", "pegasus")),
    },
)
async def list_indexes(call: Call) -> web.Response:
    """A page of indexes."""
    query = call.query
    wanted = set((query["model_options"] or "").replace(" ", "").split(",")) - {""}

    def keep(index: Index) -> bool:
        options = {option for model in index.models for option in model["model_options"]}
        family = query["model_family"]
        return (
            query["index_name"] in (None, index.name)
            and wanted <= options
            and (family is None or index.options(family) is not None)
            and call.since(index.created_at, index.updated_at)
        )

    filtered = call.filters(
        "index_name", "model_options", "model_family", "created_at", "updated_at"
    )
    for videos in call.world.state.videos.values():
        await call.world.work.settle(*videos.values())
    return await call.page(
        call.world.state.indexes.values(),
        lambda index: show(call, index),
        keep=keep if filtered else None,
        sort=call.ordered(),
    )


@routes("GET", "/indexes/{index_id}")
async def retrieve(call: Call) -> web.Response:
    """One index."""
    index = call.index()
    await call.world.work.settle(*call.world.state.videos[index.id].values())
    return call.reply(show(call, index))


@routes("PUT", "/indexes/{index_id}", json={"index_name": needed(_NAME)})
async def update(call: Call) -> web.Response:
    """Rename an index."""
    index, name = call.index(), call.body["index_name"]
    _refuse_taken(call, name, index.id)
    call.world.state.rename_index(index, name)
    index.updated_at = call.now
    call.changed()
    return call.empty()


@routes("DELETE", "/indexes/{index_id}")
async def delete(call: Call) -> web.Response:
    """Delete an index and its videos."""
    index = call.index()
    call.world.work.places.leave(*call.world.state.videos[index.id].values())
    free = call.world.state.remove_index(index)
    await call.world.forget(free)
    call.changed()
    return call.empty()
