"""``/tasks``, which upload and index at once, and ``/tasks/transfers``, which import."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from ..call import PAGES, Call, Routes, UploadedFile, dated, metadata_of, sorting, times_of
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
from ..fetch import fetch, filename_of
from ..indexing import unindexed
from ..media.probe import MediaError
from ..refusals import RefusedError, missing, not_there
from ..settings import MIB
from ..state import Import, Index, IndexTask, Video
from ..work import problem_of
from ..world import World
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
async def create(call: Call) -> web.Response:
    """Upload a film and begin to index it."""
    world, body, file = call.world, call.body, call.file("video_file")
    index = call.index(body["index_id"])
    given = metadata_of(body["user_metadata"])
    url: str | None = body["video_url"]
    if url is not None:
        filename = filename_of(url)
    elif file is not None:
        filename = file.filename
        await _accept(call, file)
    else:
        raise missing("video_file or video_url")
    task = _begin(
        world,
        index,
        filename[:255],
        now=call.now,
        key=None if file is None or url is not None else file.key,
        url=url,
        given=given,
        stream=body["enable_video_stream"],
    )
    call.changed()
    return call.reply({"_id": task.id, "video_id": task.video_id})


async def _accept(call: Call, file: UploadedFile) -> None:
    """Keep an uploaded film that may be indexed."""
    world = call.world
    await call.keep(file.path, file.key)
    if world.settings.unfit_films == "refused":
        await _require_fit(world, file.key)


async def _require_fit(world: World, key: str) -> None:
    problem = problem_of(await world.work.info(key), world.settings)
    if problem is not None:
        raise problem


def _begin(
    world: World,
    index: Index,
    filename: str,
    *,
    now: float,
    key: str | None,
    url: str | None,
    given: dict[str, Any],
    stream: bool,
) -> IndexTask:
    phases = unindexed(world.phases(now, *_PHASES))
    common: dict[str, Any] = {
        # A task and its video have one id, as in the service.
        "id": world.ids.new(),
        "index_id": index.id,
        "filename": filename,
        "key": key,
        "created_at": now,
        "updated_at": now,
        "stream": stream,
    }
    video = Video(phases=phases, user_metadata=given, **common)
    task = IndexTask(phases=phases, video_id=video.id, url=url, **common)
    world.state.add(video)
    world.state.add(task)
    if url is not None:
        world.work.fetch(_import(world, task, video, url), task, video)
    else:
        world.work.start_indexing(task)
    return task


async def _import(world: World, task: IndexTask, video: Video, url: str) -> None:
    try:
        fetched = await fetch(world, url, world.settings.max_task_size)
    except MediaError as error:
        task.error = video.error = (error.code, error.message)
    else:
        for item in (task, video):
            item.key = fetched.key
            world.state.use(item)
        await world.give_back(fetched.key)
    world.work.start_indexing(task)
    world.dirty = True


def _show(call: Call, task: IndexTask) -> dict[str, Any]:
    work = call.world.work
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
        **times_of(call, task),
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
async def list_tasks(call: Call) -> web.Response:
    """A page of tasks, newest first."""
    query = call.query
    filtered = call.filters(
        "index_id", "status", "filename", "duration", "width", "height", *dated()
    )
    return await call.page(
        call.world.state.tasks.values(),
        lambda task: _show(call, task),
        keep=_keep(call, query) if filtered else None,
        sort=call.ordered(),
    )


def _keep(call: Call, query: dict[str, Any]) -> Callable[[IndexTask], bool]:
    work = call.world.work

    def keep(task: IndexTask) -> bool:
        status, since = work.status(task)
        info = work.info_of(task)
        return (
            query["index_id"] in (None, task.index_id)
            and (query["status"] is None or status in query["status"])
            and query["filename"] in (None, task.filename)
            and call.since(task.created_at, since)
            and all(
                call.within(name, getattr(info, name, None))
                for name in ("duration", "width", "height")
            )
        )

    return keep


async def _task(call: Call) -> IndexTask:
    task = call.find("tasks", call.world.state.tasks, call.part("task_id"))
    await call.world.work.settle(task)
    return task


@routes("GET", "/tasks/{task_id}")
async def retrieve(call: Call) -> web.Response:
    """One task."""
    task = await _task(call)
    shown = _show(call, task)
    stream = show_stream(call, task, enabled=task.stream)
    if stream is not None:
        shown["hls"] = stream
    return call.reply(shown)


@routes("DELETE", "/tasks/{task_id}")
async def delete(call: Call) -> web.Response:
    """Delete a task that has failed, or whose video has been deleted."""
    task = await _task(call)
    state = call.world.state
    status, _ = call.world.work.status(task)
    if status not in ("ready", "failed"):
        raise RefusedError(
            "task_cannot_be_deleted", f"Task {task.id} is {status}; only ready or failed ones can."
        )
    if status == "ready" and state.video(task.video_id) is not None:
        raise RefusedError(
            "task_cannot_be_deleted", f"Delete video {task.video_id} before task {task.id}."
        )
    video = state.video(task.video_id)
    free = state.remove(task) + (state.remove(video) if video is not None else [])
    await call.world.forget(free)
    call.changed()
    return call.empty()


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
async def import_videos(call: Call) -> web.Response:
    """Begin to index the films of a connected store."""
    world, integration = call.world, _integration(call)
    index = call.index(call.body["index_id"])
    earlier = [run for run in _runs(call, integration) if run.index_id == index.id]
    known: set[str] = set() if not call.body["incremental_import"] else _imported(call, earlier)
    if call.body["retry_failed"]:
        known -= {name for run in earlier for name, _ in run.failed}
    begun: list[IndexTask] = []
    failed: list[tuple[str, str]] = []
    skipped: list[str] = []
    for path in world.integrations[integration]:
        if path.name in known:
            skipped.append(path.name)
            continue
        try:
            key = await _copy_in(call, path)
            await _require_fit(world, key)
        except MediaError as error:
            failed.append((path.name, error.message))
            continue
        given = dict(call.body["user_metadata"] or {})
        begun.append(
            _begin(
                world, index, path.name, now=call.now, key=key, url=None, given=given, stream=False
            )
        )
    run = Import(
        id=world.ids.new(),
        integration_id=integration,
        index_id=index.id,
        created_at=call.now,
        task_ids=[task.id for task in begun],
        failed=failed,
        not_imported=skipped,
    )
    world.state.imports[run.id] = run
    call.changed()
    return call.reply(
        {
            "videos": [{"video_id": task.video_id, "filename": task.filename} for task in begun],
            "failed_files": [_failed(name, why) for name, why in failed],
        },
        201,
    )


def _failed(name: str, why: str) -> dict[str, str]:
    return {"filename": name, "error_message": why}


def _integration(call: Call) -> str:
    identifier = call.part("integration_id")
    if identifier not in call.world.integrations and not _runs(call, identifier):
        raise not_there("integrations", identifier, call.world.settings.unknown_id_status or 400)
    call.world.integrations.setdefault(identifier, [])
    return identifier


def _runs(call: Call, integration: str) -> list[Import]:
    runs = call.world.state.imports.values()
    return [run for run in runs if run.integration_id == integration]


def _imported(call: Call, runs: list[Import]) -> set[str]:
    tasks = call.world.state.tasks
    names = {tasks[i].filename for run in runs for i in run.task_ids if i in tasks}
    return names | {name for run in runs for name, _ in run.failed}


async def _copy_in(call: Call, path: Path) -> str:
    target = call.world.work.scratch()

    def copy() -> str:
        digest = hashlib.sha256()
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            while piece := file.read(MIB):
                digest.update(piece)
        return digest.hexdigest()[:40]

    try:
        key = await call.world.work.disk(copy)
    except OSError as error:
        raise MediaError("source_unavailable", "The file cannot be read.") from error
    await call.keep(target, key)
    return key


@routes(
    "GET",
    "/tasks/transfers/import/{integration_id}/status",
    query={"index_id": needed(text(1))},
)
async def import_status(call: Call) -> web.Response:
    """The files of an integration by the state of their import into an index."""
    integration = _integration(call)
    index = call.index(call.query["index_id"])
    runs = [run for run in _runs(call, integration) if run.index_id == index.id]
    shown: dict[str, list[Any]] = {
        name: []
        for name in ("not_imported", "validating", "pending", "queued", "indexing", "ready")
    }
    shown["failed"] = [
        {**_failed(name, why), "created_at": timestamp(run.created_at)}
        for run in runs
        for name, why in run.failed
    ]
    for task in _tasks_of(call, runs):
        await call.world.work.settle(task)
        status, _ = call.world.work.status(task)
        entry = {"filename": task.filename, "created_at": timestamp(task.created_at)}
        if status == "failed":
            entry["error_message"] = _show(call, task)["error"]["message"]
        else:
            entry["video_id"] = task.video_id
        shown[status].append(entry)
    known = _imported(call, runs)
    files = call.world.integrations[integration]
    shown["not_imported"] = [path.name for path in files if path.name not in known]
    return call.reply(shown)


def _tasks_of(call: Call, runs: list[Import]) -> list[IndexTask]:
    tasks = call.world.state.tasks
    return [tasks[identifier] for run in runs for identifier in run.task_ids if identifier in tasks]


@routes("GET", "/tasks/transfers/import/{integration_id}/logs")
async def import_logs(call: Call) -> web.Response:
    """The runs of an integration, oldest first."""
    indexes = call.world.state.indexes
    data: list[dict[str, Any]] = []
    for run in _runs(call, _integration(call)):
        counts: dict[str, int] = dict.fromkeys(
            ("ready", "validating", "pending", "queued", "indexing", "failed"), 0
        )
        counts["failed"] = len(run.failed)
        ended = run.created_at
        for task in _tasks_of(call, [run]):
            await call.world.work.settle(task)
            status, since = call.world.work.status(task)
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
    return call.reply({"data": data})
