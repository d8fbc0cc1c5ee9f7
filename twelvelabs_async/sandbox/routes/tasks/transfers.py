"""``/tasks/transfers``, which import from connected stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from ...blobs import copy_hashed
from ...checks import (
    boolean,
    metadata,
    needed,
    optional,
    text,
)
from ...clock import timestamp
from ...errors import clean, not_there
from ...fitness import require_fit
from ...media.measure.probe import MediaError
from ...records import Import, IndexTask
from ...request import RequestContext
from ...routing import Routes
from . import begin, show

__all__ = ["routes"]

routes: Routes = Routes()


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
    for path in sandbox.integrations[integration]:
        name = clean(path.name)
        if name in known:
            continue
        try:
            key = await _copy_in(ctx, path)
            await require_fit(sandbox.jobs, key, sandbox.settings)
        except MediaError as error:
            failed.append((name, error.message))
            continue
        given = dict(ctx.body["user_metadata"] or {})
        begun.append(
            begin(sandbox, index, name, now=ctx.now, key=key, url=None, given=given, stream=False)
        )
    run = Import(
        id=sandbox.ids.new(),
        integration_id=integration,
        index_id=index.id,
        created_at=ctx.now,
        task_ids=[task.id for task in begun],
        failed=failed,
    )
    sandbox.repository.imports[run.id] = run
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
    target = ctx.sandbox.blobs.scratch()

    def copy() -> str:
        with path.open("rb") as file:
            return copy_hashed(file, target)[0]

    try:
        key = await ctx.sandbox.blobs.disk(copy)
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
        await ctx.sandbox.lifecycle.settle(task)
        status, _ = ctx.sandbox.lifecycle.status(task)
        entry = {"filename": task.filename, "created_at": timestamp(task.created_at)}
        if status == "failed":
            entry["error_message"] = show(ctx, task)["error"]["message"]
        else:
            entry["video_id"] = task.video_id
        shown[status].append(entry)
    known = _imported(ctx, runs)
    files = ctx.sandbox.integrations[integration]
    names = [clean(path.name) for path in files]
    shown["not_imported"] = [name for name in names if name not in known]
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
            await ctx.sandbox.lifecycle.settle(task)
            status, since = ctx.sandbox.lifecycle.status(task)
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
