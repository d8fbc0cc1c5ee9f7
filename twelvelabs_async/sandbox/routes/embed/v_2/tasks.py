"""``/embed-v2/tasks``: embeddings of sounds and films, as jobs."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ....checks import (
    needed,
    one_of,
    optional,
)
from ....clock import timestamp
from ....errors import ApiError, not_there
from ....paging import PAGES
from ....records import EmbedTask
from ....request import RequestContext
from ....routing import Routes
from ....sources import Source, find_source
from ..tasks import PERIOD, show_task, tasks_of
from . import INPUTS, KIND, MODEL, embed, figures, input_of, origin

__all__ = ["routes"]

routes = Routes()


@routes(
    "POST",
    "/embed-v2/tasks",
    json={"input_type": needed(one_of("audio", "video")), "model_name": MODEL, **INPUTS},
    **KIND,
)
async def create_task(ctx: RequestContext) -> web.Response:
    """Begin to make embeddings of a sound or film."""
    kind, given = input_of(ctx)
    sandbox, now = ctx.sandbox, ctx.now
    source = await find_source(ctx, given["media_source"], f"{kind}.media_source")
    start = now if source.asset is None else max(now, source.asset.due)
    task = EmbedTask(
        id=sandbox.ids.new(),
        generation=2,
        kind=kind,
        model_name=ctx.body["model_name"],
        request={**given, "media_source": None},
        url=source.url,
        filename=source.filename,
        asset_id=None if source.asset is None else source.asset.id,
        key=source.key or None,
        created_at=now,
        updated_at=now,
        phases=[("processing", start + sandbox.timings.embedding)],
    )
    sandbox.repository.add(task)
    if source.asset is not None:
        sandbox.follow(task, source.asset)
    else:
        sandbox.lifecycle.start(task)
    ctx.changed()
    return ctx.reply({"_id": task.id, "status": "processing", "data": None}, 202)


@routes(
    "GET",
    "/embed-v2/tasks",
    query={**PAGES, **PERIOD, "status": optional(one_of("processing", "ready", "failed"))},
)
async def list_tasks(ctx: RequestContext) -> web.Response:
    """A page of tasks, newest first."""
    return await tasks_of(ctx, 2)


@routes("GET", "/embed-v2/tasks/{task_id}", shape="nested", unknown_id=404)
async def retrieve_task(ctx: RequestContext) -> web.Response:
    """One task, with its embeddings once it is ready."""
    identifier = ctx.part("task_id")
    task = ctx.sandbox.repository.embed_tasks.get(identifier)
    if task is None or task.generation != 2:
        raise not_there("tasks", identifier, ctx.sandbox.settings.unknown_id_status or 404)
    await ctx.sandbox.lifecycle.settle(task)
    shown = show_task(ctx, task)
    status, since = shown["status"], shown["updated_at"]
    answer: dict[str, Any] = {
        "_id": task.id,
        "status": status,
        "created_at": timestamp(task.created_at),
        "updated_at": since,
        "data": None,
    }
    if status == "ready" and task.key is not None:
        film = await ctx.sandbox.jobs.film(task.key)
        try:
            answer["data"] = await ctx.sandbox.jobs.media(embed, film, task.request)
            answer["metadata"] = {
                "input_type": task.kind,
                **origin(Source(task.key, task.url, task.filename)),
                **figures(film, task.kind, task.request),
            }
        except ApiError:
            answer["status"] = "failed"
    return ctx.reply(answer)
