"""``/analyze/tasks``: one analysis as a job."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web
from attrs import frozen

from ...analyses import Content
from ...analysis_records import AnalysisTask, Idempotent
from ...analysis_requests import (
    ANSWER,
    IMAGES,
    MODES,
    PEGASUS,
    PROMPT_V2,
    VIDEO,
    check_analysis,
    check_images,
    check_prompt_sources,
    custom_id,
    one_of_sources,
)
from ...analysis_window import check_film_window, check_window
from ...checks import Fields, one_of, optional, text
from ...context import SandboxContext
from ...errors import ApiError, invalid, missing
from ...fetch import Fetch, begin_fetch
from ...media.measure.probe import MediaError, MediaInfo
from ...paging import PAGES, page
from ...pictures import open_pictures
from ...request import RequestContext
from ...routing import Routes
from ...sources import check_base64, find_source
from ..analyze import check_pixels, film_of_video
from . import check_schemas, params_of, references_of, show_in_list, show_task

__all__ = ["routes"]

routes: Routes = Routes()

_STATES: Final = ("queued", "pending", "processing", "ready", "failed", "canceled")
_LONGEST_KEY: Final = 255
_CREATE: Final[Fields] = {
    "model_name": optional(text(1), "pegasus1.5"),
    "custom_id": optional(custom_id),
    "video": optional(VIDEO),
    "video_id": optional(text(1)),
    "image": optional(IMAGES),
    "prompt": optional(text(1)),
    "prompt_v2": optional(PROMPT_V2),
    "analysis_mode": optional(one_of(*MODES), "general"),
    **ANSWER,
}
_KIND: Final[Mapping[str, Any]] = {"shape": "nested_as_named", "unknown_id": 404}


@frozen
class _Film:
    """The film of a task: where it comes from, and its content or how to wait for that.

    ``start`` is when its content is promised, 0 if no clock says so.
    """

    source: dict[str, Any]
    key: str | None
    start: float
    content: Content | None = None
    info: MediaInfo | None = None
    fetch: Fetch | None = None
    """What ``content`` fetches."""


@routes("POST", "/analyze/tasks", json=_CREATE, category="analyze", **_KIND)
async def create(ctx: RequestContext) -> web.Response:
    """Begin an analysis, or repeat the reply to the same request."""
    key = ctx.request.headers.get("Idempotency-Key")
    if key is None:
        return ctx.reply(await _create(ctx), 202)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise invalid("Idempotency-Key", f"It must have 1 to {_LONGEST_KEY} characters.")
    async with ctx.sandbox.creating.setdefault(key, asyncio.Lock()):
        return ctx.reply(await _once(ctx, key), 202)


async def _once(ctx: RequestContext, key: str) -> dict[str, Any]:
    kept, settings = ctx.sandbox.repository.idempotent, ctx.sandbox.settings
    for old in [k for k, v in kept.items() if ctx.now >= v.created_at + settings.idempotency_life]:
        del kept[old]
    sent = orjson.dumps(ctx.body, option=orjson.OPT_SORT_KEYS)
    body = hashlib.sha256(sent).hexdigest()
    before = kept.get(key)
    if before is None:
        reply = await _create(ctx)
        kept[key] = Idempotent(body=body, created_at=ctx.now, reply=reply)
        return reply
    if before.body != body:
        status, code = settings.idempotency_refusal
        raise ApiError(code, "The Idempotency-Key was used with another body.", status)
    return before.reply


async def _create(ctx: RequestContext) -> dict[str, Any]:
    body, sandbox = ctx.body, ctx.sandbox
    model, mode = body["model_name"], body["analysis_mode"]
    ctx.check_model(model, PEGASUS)
    one_of_sources(body, "video", "video_id", "image")
    images = body["image"]
    if images is not None:
        check_images(body, model)
        if mode != "general":
            raise invalid("image", "It is for the mode general only.")
    check_analysis(body, mode, model, images=images is not None)
    if body["prompt_v2"] is not None:
        given = body["prompt_v2"]
        check_prompt_sources(given["input_text"], given["media_sources"], "prompt_v2.media_sources")
    film = None
    if images is None:
        check_window(body, sandbox.settings.max_analysis)
    await check_schemas(ctx, [("", body)])
    pictures = await open_pictures(ctx, images or (), "image")
    references = await references_of(ctx, body)
    if images is None:
        # Last, since a URL is asked for here: no refusal may leave it open.
        film = await _film(ctx)
        if film.info is not None:
            check_film_window(
                body, film.info, sandbox.settings.rules, sandbox.settings.max_analysis
            )
    now = ctx.now
    task = AnalysisTask(
        id=sandbox.ids.new(),
        created_at=now,
        mode=mode,
        model=model,
        custom_id=body["custom_id"],
        params=params_of(body, mode),
        images=pictures,
        references=references,
    )
    start, content = now, None
    if film is not None:
        task.source, task.key = film.source, film.key
        task.duration = None if film.info is None else film.info.duration
        start, content = max(start, film.start), film.content
    sandbox.analyses.add(task, start, content)
    if task.outcome is not None and film is not None and film.fetch is not None:
        film.fetch.close()  # a fault has failed it
    await sandbox.analyses.settle()
    return {"task_id": task.id, "status": task.state(ctx.now)}


async def _film(ctx: RequestContext) -> _Film:
    body, sandbox = ctx.body, ctx.sandbox
    if body["video_id"] is not None:
        video, film = await film_of_video(
            ctx, body["video_id"], any_index=not sandbox.settings.rules.index_writes
        )
        source = {"type": "video_id", "video_id": video.id, "index_id": video.index_id}
        return _Film(source, video.key, 0.0, info=film.info)
    given = body["video"]
    kind = given["type"]
    if given[kind] is None:
        raise missing(f"video.{kind}")
    if kind == "url":
        url = given["url"]
        fetch = await begin_fetch(sandbox, url, "video.url")
        content = partial(_download, sandbox, fetch)
        return _Film({"type": "url", "url": url}, None, 0.0, content, fetch=fetch)
    if kind == "base64_string":
        check_base64(given[kind], sandbox.settings.max_base64_size, "video.base64_string")
    found = await find_source(ctx, given, "video")
    shown = {"type": kind} if kind == "base64_string" else {"type": kind, kind: given[kind]}
    if found.asset is not None:
        content = partial(sandbox.content_of, found.asset)
        return _Film(shown, None, found.asset.due, content)
    info = await sandbox.jobs.info(found.key)
    if info.kind == "image":
        raise ApiError("unsupported_file_type", "An image is not a video.")
    check_pixels(ctx, info)
    if kind == "base64_string":
        _check_whole(sandbox, info.duration)
    return _Film(shown, found.key, 0.0, info=info)


async def _download(sandbox: SandboxContext, fetch: Fetch) -> str:
    fetched = await fetch.save(sandbox.settings.max_url_size)
    if fetched.streamed:
        try:
            _check_whole(sandbox, (await sandbox.jobs.info(fetched.key)).duration)
        except (ApiError, MediaError):
            await sandbox.give_back(fetched.key)
            raise
    return fetched.key


def _check_whole(sandbox: SandboxContext, duration: float) -> None:
    """Refuse a film that is too long as a whole, whichever part of it is to be analysed."""
    most = sandbox.settings.max_analysis
    if duration > most:
        raise ApiError(
            "video_duration_too_long",
            f"A video in base64 or of an HLS playlist lasts at most {most:g} seconds.",
        )


@routes(
    "GET",
    "/analyze/tasks",
    query={
        **PAGES,
        "status": optional(one_of(*_STATES)),
        "video_url": optional(text()),
        "asset_id": optional(text()),
        "video_id": optional(text()),
        "analysis_mode": optional(one_of(*MODES)),
    },
)
async def list_tasks(ctx: RequestContext) -> web.Response:
    """A page of tasks, newest first."""
    await ctx.sandbox.analyses.settle()
    query = ctx.query
    wanted = {"url": query["video_url"], **{n: query[n] for n in ("asset_id", "video_id")}}

    def keep(task: AnalysisTask) -> bool:
        source = task.source or {}
        return (
            query["status"] in (None, task.state(ctx.now))
            and query["analysis_mode"] in (None, task.mode)
            and all(value in (None, source.get(name)) for name, value in wanted.items())
        )

    tasks = ctx.sandbox.repository.analyses.values()
    return await page(ctx, tasks, lambda task: show_in_list(ctx, task), keep=keep)


async def _task(ctx: RequestContext) -> AnalysisTask:
    await ctx.sandbox.analyses.settle()
    return ctx.find("tasks", ctx.sandbox.repository.analyses, ctx.part("task_id"))


@routes("GET", "/analyze/tasks/{task_id}", **_KIND)
async def retrieve(ctx: RequestContext) -> web.Response:
    """One task, with its result once it is ready."""
    return ctx.reply(show_task(ctx, await _task(ctx)))


@routes("DELETE", "/analyze/tasks/{task_id}", **_KIND)
async def delete(ctx: RequestContext) -> web.Response:
    """Forget a task that is not being processed."""
    task = await _task(ctx)
    _refuse_batch(ctx, task)
    if task.state(ctx.now) == "processing":
        raise ApiError("task_processing", "A task cannot be deleted while it is processed.", 409)
    await ctx.sandbox.forget(ctx.sandbox.analyses.remove(task))
    return ctx.empty()


@routes("POST", "/analyze/tasks/{task_id}/cancel", **_KIND)
async def cancel(ctx: RequestContext) -> web.Response:
    """Cancel a task that has not ended."""
    task = await _task(ctx)
    _refuse_batch(ctx, task)
    if task.status in ("ready", "failed"):
        raise ApiError(f"task_{task.status}", f"The task is {task.status}.", 409)
    if task.status is None:
        ctx.sandbox.analyses.cancel(task)
    return ctx.reply({"task_id": task.id, "status": "canceled"})


def _refuse_batch(ctx: RequestContext, task: AnalysisTask) -> None:
    if task.batch_id is not None:
        status, code = ctx.sandbox.settings.batch_task_refusal
        raise ApiError(code, f"The task belongs to batch {task.batch_id}.", status)
