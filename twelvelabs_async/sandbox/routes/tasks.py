"""``/tasks``, which upload and index at once, and ``/tasks/transfers``, which import."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from ..checks import (
    array,
    boolean,
    integer,
    metadata,
    needed,
    number,
    one_of,
    optional,
    text,
    web_address,
)
from ..clock import timestamp
from ..context import SandboxContext
from ..errors import ApiError, missing, not_there
from ..fetch import fetch, filename_of
from ..indexing import unindexed
from ..media.probe import MediaError
from ..records import Import, Index, IndexTask, Video
from ..request import (
    PAGES,
    RequestContext,
    Routes,
    UploadedFile,
    dated,
    metadata_of,
    sorting,
    times_of,
)
from ..settings import MIB
from ..work import problem_of
from .videos import show_stream

__all__ = ["routes"]

routes = Routes()

_STATES = ("ready", "uploading", "validating", "pending", "queued", "indexing", "failed")
_PHASES = ("validating", "pending", "queued")


@routes(
    "POST",
    "/tasks",
    form={
        "index_id": needed(text(1)),
        "video_url": optional(web_address),
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
    task = _begin(
        sandbox,
        index,
        filename[:255],
        now=ctx.now,
        key=None if file is None or url is not None else file.key,
        url=url,
        given=given,
        stream=body["enable_video_stream"],
    )
    ctx.changed()
    return ctx.reply({"_id": task.id, "video_id": task.video_id})


async def _accept(ctx: RequestContext, file: UploadedFile) -> None:
    """Keep an uploaded film that may be indexed."""
    sandbox = ctx.sandbox
    await ctx.keep(file.path, file.key)
    if sandbox.settings.unfit_films == "refused":
        await _require_fit(sandbox, file.key)


async def _require_fit(sandbox: SandboxContext, key: str) -> None:
    problem = problem_of(await sandbox.work.info(key), sandbox.settings)
    if problem is not None:
        raise problem


def _begin(
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
    phases = unindexed(sandbox.phases(now, *_PHASES))
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
        sandbox.work.fetch(_import(sandbox, task, video, url), task, video)
    else:
        sandbox.work.start_indexing(task)
    return task


async def _import(sandbox: SandboxContext, task: IndexTask, video: Video, url: str) -> None:
    try:
        fetched = await fetch(sandbox, url, sandbox.settings.max_task_size)
    except MediaError as error:
        task.error = video.error = (error.code, error.message)
    else:
        for item in (task, video):
            item.key = fetched.key
            sandbox.repository.use(item)
        await sandbox.give_back(fetched.key)
    sandbox.work.start_indexing(task)
    sandbox.dirty = True


def _show(ctx: RequestContext, task: IndexTask) -> dict[str, Any]:
    work = ctx.sandbox.work
    status, _ = work.status(task)
    figures: dict[str, Any] = {"filename": task.filename}
    info = work.info_of(task)
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
    outcome = work.outcome(task)
    if status == "failed" and not isinstance(outcome, bool):
        shown["error"] = {"code": outcome.code, "message": outcome.message}
    return shown


@routes(
    "GET",
    "/tasks",
    query={
        **PAGES,
        **sorting(),
        **dated(),
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
    filtered = ctx.filters(
        "index_id", "status", "filename", "duration", "width", "height", *dated()
    )
    return await ctx.page(
        ctx.sandbox.repository.tasks.values(),
        lambda task: _show(ctx, task),
        keep=_keep(ctx, query) if filtered else None,
        sort=ctx.ordered(),
    )


def _keep(ctx: RequestContext, query: dict[str, Any]) -> Callable[[IndexTask], bool]:
    work = ctx.sandbox.work

    def keep(task: IndexTask) -> bool:
        status, since = work.status(task)
        info = work.info_of(task)
        return (
            query["index_id"] in (None, task.index_id)
            and (query["status"] is None or status in query["status"])
            and query["filename"] in (None, task.filename)
            and ctx.since(task.created_at, since)
            and all(
                ctx.within(name, getattr(info, name, None))
                for name in ("duration", "width", "height")
            )
        )

    return keep


async def _task(ctx: RequestContext) -> IndexTask:
    task = ctx.find("tasks", ctx.sandbox.repository.tasks, ctx.part("task_id"))
    await ctx.sandbox.work.settle(task)
    return task


@routes("GET", "/tasks/{task_id}")
async def retrieve(ctx: RequestContext) -> web.Response:
    """One task."""
    task = await _task(ctx)
    shown = _show(ctx, task)
    stream = show_stream(ctx, task, enabled=task.stream)
    if stream is not None:
        shown["hls"] = stream
    return ctx.reply(shown)


@routes("DELETE", "/tasks/{task_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Delete a task that has failed, or whose video has been deleted."""
    task = await _task(ctx)
    repository = ctx.sandbox.repository
    status, _ = ctx.sandbox.work.status(task)
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
    ctx.changed()
    return ctx.empty()


@routes(
    "POST",
    "/tasks/transfers/import/{integration_id}",
    json={
        "index_id": needed(text(1)),
        "incremental_import": optional(boolean, True),
        "retry_failed": optional(boolean, False),
        "user_metadata": optional(metadata),
    },
    category="index",
)
async def import_videos(ctx: RequestContext) -> web.Response:
    """Begin to index the films of a connected store."""
    sandbox, integration = ctx.sandbox, _integration(ctx)
    index = ctx.index(ctx.body["index_id"])
    earlier = [run for run in _runs(ctx, integration) if run.index_id == index.id]
    known: set[str] = set() if not ctx.body["incremental_import"] else _imported(ctx, earlier)
    if ctx.body["retry_failed"]:
        known -= {name for run in earlier for name, _ in run.failed}
    begun: list[IndexTask] = []
    failed: list[tuple[str, str]] = []
    skipped: list[str] = []
    for path in sandbox.integrations[integration]:
        if path.name in known:
            skipped.append(path.name)
            continue
        try:
            key = await _copy_in(ctx, path)
            await _require_fit(sandbox, key)
        except MediaError as error:
            failed.append((path.name, error.message))
            continue
        given = dict(ctx.body["user_metadata"] or {})
        begun.append(
            _begin(
                sandbox, index, path.name, now=ctx.now, key=key, url=None, given=given, stream=False
            )
        )
    run = Import(
        id=sandbox.ids.new(),
        integration_id=integration,
        index_id=index.id,
        created_at=ctx.now,
        task_ids=[task.id for task in begun],
        failed=failed,
        not_imported=skipped,
    )
    sandbox.repository.imports[run.id] = run
    ctx.changed()
    return ctx.reply(
        {
            "videos": [{"video_id": task.video_id, "filename": task.filename} for task in begun],
            "failed_files": [_failed(name, why) for name, why in failed],
        },
        201,
    )


def _failed(name: str, why: str) -> dict[str, str]:
    return {"filename": name, "error_message": why}


def _integration(ctx: RequestContext) -> str:
    identifier = ctx.part("integration_id")
    if identifier not in ctx.sandbox.integrations and not _runs(ctx, identifier):
        raise not_there("integrations", identifier, ctx.sandbox.settings.unknown_id_status or 400)
    ctx.sandbox.integrations.setdefault(identifier, [])
    return identifier


def _runs(ctx: RequestContext, integration: str) -> list[Import]:
    runs = ctx.sandbox.repository.imports.values()
    return [run for run in runs if run.integration_id == integration]


def _imported(ctx: RequestContext, runs: list[Import]) -> set[str]:
    tasks = ctx.sandbox.repository.tasks
    names = {tasks[i].filename for run in runs for i in run.task_ids if i in tasks}
    return names | {name for run in runs for name, _ in run.failed}


async def _copy_in(ctx: RequestContext, path: Path) -> str:
    target = ctx.sandbox.work.scratch()

    def copy() -> str:
        digest = hashlib.sha256()
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            while piece := file.read(MIB):
                digest.update(piece)
        return digest.hexdigest()[:40]

    try:
        key = await ctx.sandbox.work.disk(copy)
    except OSError as error:
        raise MediaError("source_unavailable", "The file cannot be read.") from error
    await ctx.keep(target, key)
    return key


@routes(
    "GET",
    "/tasks/transfers/import/{integration_id}/status",
    query={"index_id": needed(text(1))},
)
async def import_status(ctx: RequestContext) -> web.Response:
    """The files of an integration by the state of their import into an index."""
    integration = _integration(ctx)
    index = ctx.index(ctx.query["index_id"])
    runs = [run for run in _runs(ctx, integration) if run.index_id == index.id]
    shown: dict[str, list[Any]] = {
        name: []
        for name in ("not_imported", "validating", "pending", "queued", "indexing", "ready")
    }
    shown["failed"] = [
        {**_failed(name, why), "created_at": timestamp(run.created_at)}
        for run in runs
        for name, why in run.failed
    ]
    for task in _tasks_of(ctx, runs):
        await ctx.sandbox.work.settle(task)
        status, _ = ctx.sandbox.work.status(task)
        entry = {"filename": task.filename, "created_at": timestamp(task.created_at)}
        if status == "failed":
            entry["error_message"] = _show(ctx, task)["error"]["message"]
        else:
            entry["video_id"] = task.video_id
        shown[status].append(entry)
    known = _imported(ctx, runs)
    files = ctx.sandbox.integrations[integration]
    shown["not_imported"] = [path.name for path in files if path.name not in known]
    return ctx.reply(shown)


def _tasks_of(ctx: RequestContext, runs: list[Import]) -> list[IndexTask]:
    tasks = ctx.sandbox.repository.tasks
    return [tasks[identifier] for run in runs for identifier in run.task_ids if identifier in tasks]


@routes("GET", "/tasks/transfers/import/{integration_id}/logs")
async def import_logs(ctx: RequestContext) -> web.Response:
    """The runs of an integration, oldest first."""
    indexes = ctx.sandbox.repository.indexes
    data: list[dict[str, Any]] = []
    for run in _runs(ctx, _integration(ctx)):
        counts: dict[str, int] = dict.fromkeys(
            ("ready", "validating", "pending", "queued", "indexing", "failed"), 0
        )
        counts["failed"] = len(run.failed)
        ended = run.created_at
        for task in _tasks_of(ctx, [run]):
            await ctx.sandbox.work.settle(task)
            status, since = ctx.sandbox.work.status(task)
            counts[status] += 1
            ended = max(ended, since)
        busy = sum(counts.values()) - counts["ready"] - counts["failed"]
        index = indexes.get(run.index_id)
        data.append(
            {
                "index_id": run.index_id,
                "index_name": index.name if index is not None else "",
                "created_at": timestamp(run.created_at),
                "ended_at": None if busy else timestamp(ended),
                "video_status": counts,
                "failed_files": [_failed(name, why) for name, why in run.failed],
            }
        )
    return ctx.reply({"data": data})
