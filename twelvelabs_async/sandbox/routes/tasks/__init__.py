"""``/tasks``, which upload and index in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from ... import paging
from ...checks import (
    array,
    boolean,
    integer,
    needed,
    number,
    one_of,
    optional,
    text,
    web_url,
)
from ...context import SandboxContext
from ...errors import ApiError, missing
from ...fetch import fetch, filename_of
from ...fitness import require_fit
from ...indexing import unindexed
from ...media.measure.probe import MediaError
from ...records import Index, IndexTask, Video, phases_of
from ...request import RequestContext, UploadedFile, metadata_of, times_of
from ...routing import Routes
from ..indexes.indexed_assets import show_stream

__all__ = ["begin", "routes", "show"]

routes: Routes = Routes()

_STATES = ("ready", "uploading", "validating", "pending", "queued", "indexing", "failed")


@routes(
    "POST",
    "/tasks",
    form={
        "index_id": needed(text(1)),
        "video_url": optional(web_url),
        "enable_video_stream": optional(boolean, True),
        "user_metadata": optional(text()),
    },
    files=("video_file",),
    category="index",
)
async def create(ctx: RequestContext) -> web.Response:
    """Upload a film and begin to index it."""
    sandbox, body, file = ctx.sandbox, ctx.body, ctx.file("video_file")
    index = ctx.index(body["index_id"])
    given = metadata_of(body["user_metadata"])
    url: str | None = body["video_url"]
    if url is not None:
        filename = filename_of(url)
    elif file is not None:
        filename = file.filename
        await _accept(ctx, file)
    else:
        raise missing("video_file or video_url")
    task = begin(
        sandbox,
        index,
        filename[:255],
        now=ctx.now,
        key=None if file is None or url is not None else file.key,
        url=url,
        given=given,
        stream=body["enable_video_stream"],
    )
    return ctx.reply({"_id": task.id, "video_id": task.video_id})


async def _accept(ctx: RequestContext, file: UploadedFile) -> None:
    """Keep an uploaded film that may be indexed."""
    sandbox = ctx.sandbox
    await ctx.keep(file.path, file.key)
    if sandbox.settings.unfit_films == "refused":
        await require_fit(sandbox.jobs, file.key, sandbox.settings)


def begin(
    sandbox: SandboxContext,
    index: Index,
    filename: str,
    *,
    now: float,
    key: str | None,
    url: str | None,
    given: dict[str, Any],
    stream: bool,
) -> IndexTask:
    """Begin to index a film: its task, and the video of the same id."""
    timings = sandbox.timings
    phases = unindexed(
        phases_of(
            now,
            validating=timings.validating,
            pending=timings.pending,
            queued=timings.queued,
        )
    )
    common: dict[str, Any] = {
        # A task and its video have one id, as in the service.
        "id": sandbox.ids.new(),
        "index_id": index.id,
        "filename": filename,
        "key": key,
        "created_at": now,
        "updated_at": now,
        "stream": stream,
    }
    video = Video(phases=phases, user_metadata=given, **common)
    task = IndexTask(phases=phases, video_id=video.id, url=url, **common)
    sandbox.repository.add(video)
    sandbox.repository.add(task)
    if url is not None:
        number = sandbox.lifecycle.queue.number()
        sandbox.jobs.fetch(_import(sandbox, task, video, url, number), task, video)
    else:
        sandbox.lifecycle.start_indexing(task)
    return task


async def _import(
    sandbox: SandboxContext, task: IndexTask, video: Video, url: str, number: int
) -> None:
    try:
        fetched = await fetch(sandbox, url, sandbox.settings.max_task_size)
    except MediaError as error:
        task.error = video.error = (error.code, error.message)
    else:
        for item in (task, video):
            item.key = fetched.key
            if sandbox.repository.holds(item):  # else it was deleted meanwhile
                sandbox.repository.use(item)
        await sandbox.give_back(fetched.key)
    sandbox.lifecycle.start_indexing(task, number)


def show(ctx: RequestContext, task: IndexTask) -> dict[str, Any]:
    """A task as the API shows it."""
    lifecycle = ctx.sandbox.lifecycle
    status, _ = lifecycle.status(task)
    figures: dict[str, Any] = {"filename": task.filename}
    info = lifecycle.info_of(task)
    if info is not None:
        figures.update(duration=info.duration, width=info.width, height=info.height)
    shown: dict[str, Any] = {
        "_id": task.id,
        "video_id": task.video_id,
        "index_id": task.index_id,
        "status": "uploading" if task.url and task.key is None and not task.error else status,
        "system_metadata": figures,
        **times_of(ctx, task),
    }
    failure = lifecycle.failure(task)
    if failure is not None:
        shown["error"] = {"code": failure.code, "message": failure.message}
    return shown


@routes(
    "GET",
    "/tasks",
    query={
        **paging.PAGES,
        **paging.sorting(),
        **paging.dated(),
        "index_id": optional(text(1)),
        "status": optional(array(one_of(*_STATES), 1), many=True),
        "filename": optional(text()),
        "duration": optional(number(0)),
        "width": optional(integer(0)),
        "height": optional(integer(0)),
    },
)
async def list_tasks(ctx: RequestContext) -> web.Response:
    """A page of tasks, newest first."""
    query = ctx.query
    filtered = paging.filters(
        ctx, "index_id", "status", "filename", "duration", "width", "height", *paging.dated()
    )
    return await paging.page(
        ctx,
        ctx.sandbox.repository.tasks.values(),
        lambda task: show(ctx, task),
        keep=_keep(ctx, query) if filtered else None,
        sort=paging.ordered(ctx),
    )


def _keep(ctx: RequestContext, query: dict[str, Any]) -> Callable[[IndexTask], bool]:
    lifecycle = ctx.sandbox.lifecycle

    def keep(task: IndexTask) -> bool:
        status, since = lifecycle.status(task)
        info = lifecycle.info_of(task)
        return (
            query["index_id"] in (None, task.index_id)
            and (query["status"] is None or status in query["status"])
            and query["filename"] in (None, task.filename)
            and paging.since(ctx, task.created_at, since)
            and all(
                paging.within(ctx, name, getattr(info, name, None))
                for name in ("duration", "width", "height")
            )
        )

    return keep


async def _task(ctx: RequestContext) -> IndexTask:
    task = ctx.find("tasks", ctx.sandbox.repository.tasks, ctx.part("task_id"))
    await ctx.sandbox.lifecycle.settle(task)
    return task


@routes("GET", "/tasks/{task_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One task."""
    task = await _task(ctx)
    shown = show(ctx, task)
    stream = show_stream(ctx, task, enabled=task.stream)
    if stream is not None:
        shown["hls"] = stream
    return ctx.reply(shown)


@routes("DELETE", "/tasks/{task_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Delete a task that has failed, or whose video has been deleted."""
    task = await _task(ctx)
    repository = ctx.sandbox.repository
    status, _ = ctx.sandbox.lifecycle.status(task)
    if status not in ("ready", "failed"):
        raise ApiError(
            "task_cannot_be_deleted", f"Task {task.id} is {status}; only ready or failed ones can."
        )
    if status == "ready" and repository.video(task.video_id) is not None:
        raise ApiError(
            "task_cannot_be_deleted", f"Delete video {task.video_id} before task {task.id}."
        )
    video = repository.video(task.video_id)
    free = repository.remove(task) + (repository.remove(video) if video is not None else [])
    await ctx.sandbox.forget(free)
    return ctx.empty()
