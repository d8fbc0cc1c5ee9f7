"""``/indexes``."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import paging
from ...checks import array, needed, obj, one_of, optional, text
from ...clock import timestamp
from ...errors import ApiError, invalid
from ...records import Index
from ...request import RequestContext
from ...routing import Routes

__all__ = ["routes"]

routes: Routes = Routes()

_MODELS = ("marengo2.7", "marengo3.0", "pegasus1.2", "pegasus1.5")
_MODEL = {
    "model_name": needed(text(1)),
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
async def create(ctx: RequestContext) -> web.Response:
    """Create an index."""
    models: list[dict[str, Any]] = ctx.body["models"]
    for i, model in enumerate(models):
        ctx.check_model(model["model_name"], _MODELS, f"models[{i}].model_name")
        if any(_family(model) == _family(other) for other in models[:i]):
            raise invalid(f"models[{i}].model_name", "An index has one model of each family.")
    _refuse_taken(ctx, ctx.body["index_name"])
    now, settings = ctx.now, ctx.sandbox.settings
    life = settings.account.index_life if settings.index_life is None else settings.index_life
    index = Index(
        id=ctx.sandbox.ids.new(),
        name=ctx.body["index_name"],
        models=models,
        addons=ctx.body["addons"] or [],
        created_at=now,
        updated_at=now,
        expires_at=None if life is None else now + life,
    )
    ctx.sandbox.repository.add_index(index)
    return ctx.reply({"_id": index.id}, 201)


def _family(model: dict[str, Any]) -> str:
    return str(model["model_name"]).rstrip("0123456789.")


def _refuse_taken(ctx: RequestContext, name: str, index_id: str | None = None) -> None:
    if ctx.sandbox.repository.index_names.get(name, index_id) != index_id:
        raise ApiError(
            "index_name_already_exists",
            f"The index name {name} already exists.",
            ctx.sandbox.settings.index_name_status,
        )


def show(ctx: RequestContext, index: Index) -> dict[str, Any]:
    """An index as the API shows it."""
    count, duration = 0, 0.0
    lifecycle = ctx.sandbox.lifecycle
    for video in ctx.sandbox.repository.videos[index.id].values():
        if lifecycle.status(video)[0] == "ready":
            count += 1
            info = lifecycle.info_of(video)
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
        **paging.PAGES,
        **paging.sorting(),
        **paging.dated(),
        "index_name": optional(text()),
        "model_options": optional(text()),
        "model_family": optional(one_of("marengo", "pegasus")),
    },
)
async def list_indexes(ctx: RequestContext) -> web.Response:
    """A page of indexes."""
    query = ctx.query
    wanted = set((query["model_options"] or "").replace(" ", "").split(",")) - {""}

    def keep(index: Index) -> bool:
        options = {option for model in index.models for option in model["model_options"]}
        family = query["model_family"]
        return (
            query["index_name"] in (None, index.name)
            and wanted <= options
            and (family is None or index.options(family) is not None)
            and paging.since(ctx, index.created_at, index.updated_at)
        )

    filtered = paging.filters(
        ctx, "index_name", "model_options", "model_family", "created_at", "updated_at"
    )
    for videos in ctx.sandbox.repository.videos.values():
        await ctx.sandbox.lifecycle.settle(*videos.values())
    return await paging.page(
        ctx,
        ctx.sandbox.repository.indexes.values(),
        lambda index: show(ctx, index),
        keep=keep if filtered else None,
        sort=paging.ordered(ctx),
    )


@routes("GET", "/indexes/{index_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One index."""
    index = ctx.index()
    await ctx.sandbox.lifecycle.settle(*ctx.sandbox.repository.videos[index.id].values())
    return ctx.reply(show(ctx, index))


@routes("PUT", "/indexes/{index_id}", json={"index_name": needed(_NAME)})
async def update(ctx: RequestContext) -> web.Response:
    """Rename an index."""
    index, name = ctx.index(), ctx.body["index_name"]
    _refuse_taken(ctx, name, index.id)
    ctx.sandbox.repository.rename_index(index, name)
    index.updated_at = ctx.now
    return ctx.empty()


@routes("DELETE", "/indexes/{index_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Delete an index and its videos."""
    index = ctx.index()
    ctx.sandbox.lifecycle.queue.release(*ctx.sandbox.repository.videos[index.id].values())
    free = ctx.sandbox.repository.remove_index(index)
    await ctx.sandbox.forget(free)
    return ctx.empty()
