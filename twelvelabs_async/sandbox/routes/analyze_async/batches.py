"""``/analyze/batches``: many analyses in one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from ...analysis_records import AnalysisTask, Batch, Picture
from ...analysis_requests import (
    ANSWER,
    MODES,
    PROMPT_V2,
    check_analysis,
    check_prompt_sources,
    custom_id,
)
from ...analysis_window import check_window, window_length
from ...checks import Fields, array, needed, obj, one_of, optional, text
from ...clock import timestamp
from ...errors import ApiError, invalid
from ...paging import PAGES, page
from ...records import Asset
from ...request import RequestContext
from ...routing import Routes
from . import check_schemas, params_of, references_of

__all__ = ["routes"]

routes: Routes = Routes()

_ANSWER: Final[Fields] = {"prompt": optional(PROMPT_V2), **ANSWER}
_REQUEST: Final[Fields] = {
    "video": needed(obj({"type": needed(one_of("asset_id")), "asset_id": needed(text(1))})),
    "custom_id": optional(custom_id),
    **_ANSWER,
}
_STATES: Final = ("pending", "processing", "canceling", "canceled", "completed", "expired")
_ITEM_STATES: Final = ("queued", "processing", "ready", "failed", "canceled")
_ENDED: Final = {"completed": "completed_at", "canceled": "canceled_at", "expired": "expired_at"}
_KIND: Final[Mapping[str, Any]] = {"shape": "nested_as_named", "unknown_id": 404}


@routes(
    "POST",
    "/analyze/batches",
    json={
        "model_name": needed(text(1)),
        "analysis_mode": needed(one_of(*MODES)),
        "requests": needed(array(obj(_REQUEST), 1)),
        "defaults": optional(obj(_ANSWER)),
    },
    category="analyze",
    **_KIND,
)
async def create(ctx: RequestContext) -> web.Response:
    """Begin a batch, or refuse it whole."""
    body, sandbox = ctx.body, ctx.sandbox
    settings, mode, model = sandbox.settings, body["analysis_mode"], body["model_name"]
    ctx.check_model(model, ("pegasus1.5",))
    if len(body["requests"]) > settings.batch_requests:
        raise invalid("requests", f"It must have at most {settings.batch_requests} items.")
    requests = [_with_defaults(each, body["defaults"] or {}) for each in body["requests"]]
    _check_ids(requests)
    for number, each in enumerate(requests):
        _check(each, mode, model, f"requests[{number}].", settings.max_analysis)
    await check_schemas(ctx, ((f"requests[{n}].", each) for n, each in enumerate(requests)))
    assets = [await _asset(ctx, each["video"]["asset_id"]) for each in requests]
    tasks: list[AnalysisTask] = []
    seconds = 0.0
    for number, (each, asset) in enumerate(zip(requests, assets, strict=True)):
        references = await references_of(ctx, each, f"requests[{number}].", "prompt")
        task, length = await _task(ctx, each, asset, references)
        tasks.append(task)
        seconds += length
    if seconds > settings.max_batch_duration:
        hours = settings.max_batch_duration / 3600
        raise invalid("requests", f"Together they cover more than {hours:g} hours.")
    await sandbox.analyses.settle()
    if sandbox.analyses.active() >= settings.active_batches:
        raise ApiError(
            "too_many_active_batches",
            f"The account has {settings.active_batches} active batches: wait until one has ended.",
            429,
        )
    batch = Batch(
        id=sandbox.ids.new(),
        created_at=ctx.now,
        mode=mode,
        model=model,
        task_ids=[task.id for task in tasks],
    )
    for task in tasks:
        task.batch_id, task.created_at = batch.id, batch.created_at
    sandbox.analyses.add_batch(batch, tasks)
    await sandbox.analyses.settle()
    return ctx.reply(
        {
            "batch_id": batch.id,
            "status": sandbox.analyses.state_of(batch, ctx.now),
            "total_items": len(tasks),
            "created_at": timestamp(batch.created_at),
            "expires_at": timestamp(batch.created_at + settings.batch_life),
            "items": [{"task_id": task.id, "custom_id": task.custom_id} for task in tasks],
        },
        201,
    )


def _with_defaults(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A request, whose fields win over the batch's; its prompt by the name of a single task's."""
    whole = {name: defaults.get(name) if given[name] is None else given[name] for name in _REQUEST}
    whole["prompt_v2"] = whole.pop("prompt")
    return whole


def _check_ids(requests: list[dict[str, Any]]) -> None:
    counts = Counter(each["custom_id"] for each in requests if each["custom_id"] is not None)
    for number, each in enumerate(requests):
        if counts[each["custom_id"]] > 1:
            raise invalid(f"requests[{number}].custom_id", "Another request has it.")


def _check(given: Mapping[str, Any], mode: str, model: str, prefix: str, longest: float) -> None:
    if mode != "general" and given["prompt_v2"] is not None:
        raise invalid(f"{prefix}prompt", f"The mode {mode} has no prompt.")
    check_analysis(given, mode, model, prefix)
    if given["prompt_v2"] is not None:
        prompt = given["prompt_v2"]
        path = f"{prefix}prompt.media_sources"
        check_prompt_sources(prompt["input_text"], prompt["media_sources"], path)
    try:
        check_window(given, longest, prefix)
    except ApiError as error:
        # A request that asks for too much fails alone.
        if error.code != "video_duration_too_long":
            raise


async def _asset(ctx: RequestContext, identifier: str) -> Asset:
    asset = await ctx.asset(identifier)
    if ctx.sandbox.lifecycle.status(asset)[0] != "ready" or asset.key is None:
        raise ApiError("asset_not_ready", f"Asset {asset.id} is not ready.", 409)
    return asset


async def _task(
    ctx: RequestContext, given: Mapping[str, Any], asset: Asset, references: list[Picture]
) -> tuple[AnalysisTask, float]:
    """A task, and how many seconds of film it covers; a request that cannot be done fails alone."""
    sandbox = ctx.sandbox
    assert asset.key is not None
    info = await sandbox.jobs.info(asset.key)
    task = AnalysisTask(
        id=sandbox.ids.new(),
        created_at=ctx.now,
        mode=ctx.body["analysis_mode"],
        model=ctx.body["model_name"],
        custom_id=given["custom_id"],
        params=params_of(given, ctx.body["analysis_mode"]),
        source={"type": "asset_id", "asset_id": asset.id},
        key=asset.key,
        duration=info.duration,
        references=references,
    )
    return task, max(0.0, window_length(given, info, sandbox.settings.rules))


@routes(
    "GET",
    "/analyze/batches",
    query={
        **PAGES,
        "status": optional(array(one_of(*_STATES)), many=True),
        "analysis_mode": optional(array(one_of(*MODES)), many=True),
    },
    **_KIND,
)
async def list_batches(ctx: RequestContext) -> web.Response:
    """A page of batches, newest first."""
    await ctx.sandbox.analyses.settle()
    states, modes = ctx.query["status"], ctx.query["analysis_mode"]

    def keep(batch: Batch) -> bool:
        state = ctx.sandbox.analyses.state_of(batch, ctx.now)
        return (not states or state in states) and (not modes or batch.mode in modes)

    batches = ctx.sandbox.repository.batches.values()
    return await page(ctx, batches, lambda batch: _show(ctx, batch), keep=keep)


def _show(ctx: RequestContext, batch: Batch) -> dict[str, Any]:
    analyses, settings = ctx.sandbox.analyses, ctx.sandbox.settings
    counts = Counter(task.state(ctx.now) for task in analyses.tasks_of(batch))
    shown: dict[str, Any] = {
        "batch_id": batch.id,
        "analysis_mode": batch.mode,
        "model_name": batch.model,
        "status": analyses.state_of(batch, ctx.now),
        "total_items": len(batch.task_ids),
        "created_at": timestamp(batch.created_at),
        "expires_at": timestamp(batch.created_at + settings.batch_life),
        **{f"{state}_items": counts[state] for state in _ITEM_STATES},
    }
    if batch.status is not None and batch.ended_at is not None:
        shown[_ENDED[batch.status]] = timestamp(batch.ended_at)
    deliveries = ctx.sandbox.notifier.deliveries(batch.id)
    if deliveries and batch.status is not None:
        shown["webhooks"] = deliveries
    return shown


async def _batch(ctx: RequestContext) -> Batch:
    await ctx.sandbox.analyses.settle()
    return ctx.find("batches", ctx.sandbox.repository.batches, ctx.part("batch_id"))


@routes("GET", "/analyze/batches/{batch_id}", **_KIND)
async def retrieve(ctx: RequestContext) -> web.Response:
    """One batch, with the states of its requests counted."""
    return ctx.reply(_show(ctx, await _batch(ctx)))


@routes("DELETE", "/analyze/batches/{batch_id}", **_KIND)
async def delete(ctx: RequestContext) -> web.Response:
    """Forget a batch that has ended, and its tasks."""
    batch = await _batch(ctx)
    if batch.status is None:
        state = ctx.sandbox.analyses.state_of(batch, ctx.now)
        raise ApiError("batch_not_terminal", f"The batch is {state}: cancel it first.", 409)
    await ctx.sandbox.forget(ctx.sandbox.analyses.remove_batch(batch))
    return ctx.empty()


@routes("POST", "/analyze/batches/{batch_id}/cancel", **_KIND)
async def cancel(ctx: RequestContext) -> web.Response:
    """Cancel a batch that has not ended."""
    batch = await _batch(ctx)
    if batch.status is not None:
        raise ApiError(f"batch_{batch.status}", f"The batch is {batch.status}.", 409)
    if batch.canceled_at is None:
        ctx.sandbox.analyses.cancel_batch(batch)
    return ctx.reply(_show(ctx, batch), 202)


@routes("GET", "/analyze/batches/{batch_id}/results", **_KIND)
async def results(ctx: RequestContext) -> web.StreamResponse:
    """What each request came to so far, in lines of JSON."""
    batch = await _batch(ctx)
    tasks = ctx.sandbox.analyses.tasks_of(batch)
    lines = b"".join(orjson.dumps(_line(ctx, task)) + b"\n" for task in tasks)
    return web.Response(body=lines, content_type="application/jsonl", charset="utf-8")


def _line(ctx: RequestContext, task: AnalysisTask) -> dict[str, Any]:
    state = task.state(ctx.now)
    line: dict[str, Any] = {"task_id": task.id, "custom_id": task.custom_id, "status": state}
    if task.status == "ready":
        line["data"] = task.result
    if task.status == "failed" and task.error is not None:
        line["error"] = task.error
    return line
