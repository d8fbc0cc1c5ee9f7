"""``/embed/tasks``: the first generation of embeddings of films, as jobs."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ... import paging
from ...checks import Fields, array, moment, needed, number, one_of, optional, text, web_url
from ...context import SandboxContext
from ...errors import ApiError, invalid, missing
from ...fetch import fetch, filename_of
from ...fitness import too_long
from ...media.language.vectors import clip_vector, film_vector, segments
from ...media.measure.film import Film
from ...media.measure.probe import MediaError
from ...records import EmbedTask, phases_of
from ...request import RequestContext, UploadedFile, times_of
from ...routing import Routes
from . import MODELS, sized

__all__ = ["PERIOD", "routes", "show_task", "task_of", "tasks_of"]

routes: Routes = Routes()

_CLIP = 6.0
_SHORTEST = 2.0
PERIOD: Fields = {"started_at": optional(moment), "ended_at": optional(moment)}


@routes(
    "POST",
    "/embed/tasks",
    form={
        "model_name": needed(text(1)),
        "video_url": optional(web_url),
        "video_start_offset_sec": optional(number(0)),
        "video_end_offset_sec": optional(number(0)),
        "video_clip_length": optional(number(_SHORTEST, 10), _CLIP),
        "video_embedding_scope": optional(
            array(one_of("clip", "video"), 1, 2, unique=True), ["clip"], many=True
        ),
    },
    files=("video_file",),
    category="embed",
)
async def create_task(ctx: RequestContext) -> web.Response:
    """Begin to make embeddings of a film."""
    sandbox, body, now = ctx.sandbox, ctx.body, ctx.now
    ctx.check_model(body["model_name"], MODELS)
    start, end = body["video_start_offset_sec"], body["video_end_offset_sec"]
    if (start is None) != (end is None):
        raise missing("video_start_offset_sec and video_end_offset_sec")
    if start is not None and end - start < body["video_clip_length"]:
        raise invalid("video_clip_length", "It is longer than what lies between the offsets.")
    file, url = ctx.file("video_file"), body["video_url"]
    if file is None and url is None:
        raise missing("video_file or video_url")
    task = EmbedTask(
        id=sandbox.ids.new(),
        generation=1,
        kind="video",
        model_name=body["model_name"],
        request={
            "start": start or 0.0,
            "end": end,
            "length": body["video_clip_length"],
            "scopes": body["video_embedding_scope"],
        },
        url=url,
        filename=filename_of(url) if url else (file.filename if file else None),
        created_at=now,
        updated_at=now,
        phases=phases_of(now, processing=sandbox.timings.embedding),
    )
    if url is None and file is not None:
        await _accept(ctx, task, file)
    sandbox.repository.add(task)
    if url is not None:
        sandbox.jobs.fetch(_import(sandbox, task, url), task)
    sandbox.lifecycle.start(task)
    return ctx.reply({"_id": task.id})


async def _accept(ctx: RequestContext, task: EmbedTask, file: UploadedFile) -> None:
    await ctx.keep(file.path, file.key)
    info = await ctx.sandbox.jobs.info(file.key)
    if info.kind != "video":
        raise invalid("video_file", "It must be a video.")
    if (problem := too_long(info, ctx.sandbox.settings)) is not None:
        raise problem
    end = task.request["end"]
    if end is not None and end > info.duration + 0.001:
        raise invalid("video_end_offset_sec", f"The video is {info.duration:g} seconds long.")
    task.key = file.key


async def _import(sandbox: SandboxContext, task: EmbedTask, url: str) -> None:
    try:
        fetched = await fetch(sandbox, url, sandbox.settings.max_task_size)
    except MediaError as error:
        task.error = (error.code, error.message)
    else:
        task.key = fetched.key
        sandbox.repository.use(task)
        sandbox.lifecycle.start(task)
        await sandbox.give_back(fetched.key)


@routes(
    "GET",
    "/embed/tasks",
    query={**paging.PAGES, **PERIOD, "status": optional(one_of("processing", "ready", "failed"))},
)
async def list_tasks(ctx: RequestContext) -> web.Response:
    """A page of tasks, newest first."""
    return await tasks_of(ctx, 1)


async def tasks_of(ctx: RequestContext, generation: int) -> web.Response:
    """A page of the tasks of one generation."""
    after, before, status = (ctx.query[name] for name in ("started_at", "ended_at", "status"))

    def keep(task: EmbedTask) -> bool:
        return (
            task.generation == generation
            and (after is None or task.created_at >= after)
            and (before is None or task.created_at <= before)
            and (status is None or ctx.sandbox.lifecycle.status(task)[0] == status)
        )

    tasks = ctx.sandbox.repository.embed_tasks.values()
    return await paging.page(ctx, tasks, lambda task: show_task(ctx, task), keep=keep)


def show_task(ctx: RequestContext, task: EmbedTask) -> dict[str, Any]:
    """A task without its embeddings."""
    info = ctx.sandbox.lifecycle.info_of(task)
    origin = {"input_url": task.url} if task.url else {"input_filename": task.filename or ""}
    metadata: dict[str, Any] = dict(origin)
    if info is not None and task.kind != "image":
        metadata["duration"] = info.duration
    if info is not None and task.kind == "audio":
        start, end = task.request["start_sec"], task.request["end_sec"]
        metadata["start_offset_sec"] = start
        metadata["end_offset_sec"] = info.duration if end is None else end
    if task.generation == 1:
        metadata["video_clip_length"] = task.request["length"]
        metadata["video_embedding_scope"] = task.request["scopes"]
        metadata["video_embedding_option"] = _options_of(task)
    else:
        for name in ("embedding_option", "embedding_scope"):
            metadata[f"{task.kind}_{name}"] = task.request[name]
            if task.kind == "audio":
                # As the service spelled it before.
                metadata[f"audio_{name}s"] = task.request[name]
    return {
        "_id": task.id,
        "model_name": task.model_name,
        "status": ctx.sandbox.lifecycle.status(task)[0],
        f"{task.kind}_embedding": {"metadata": metadata},
        **times_of(ctx, task),
    }


def _options_of(task: EmbedTask) -> list[str]:
    """What the task's model makes embeddings of."""
    newer = task.model_name == "marengo3.0"
    return ["visual", "audio", "transcription"] if newer else ["visual-text", "audio"]


async def task_of(ctx: RequestContext, generation: int) -> EmbedTask:
    """The task that the path names, if it is of this generation."""
    task = ctx.find("tasks", ctx.sandbox.repository.embed_tasks, ctx.part("task_id"))
    if task.generation != generation:
        raise ctx.unknown_id("tasks", task.id)
    await ctx.sandbox.lifecycle.settle(task)
    return task


@routes("GET", "/embed/tasks/{task_id}/status")
async def status(ctx: RequestContext) -> web.Response:
    """The state of a task."""
    shown = show_task(ctx, await task_of(ctx, 1))
    names = ("_id", "model_name", "status", "video_embedding")
    return ctx.reply({name: shown[name] for name in names})


@routes(
    "GET",
    "/embed/tasks/{task_id}",
    query={
        "embedding_option": optional(
            array(one_of("visual", "audio", "transcription", "visual-text"), 1), many=True
        )
    },
)
async def retrieve(ctx: RequestContext) -> web.Response:
    """A task with its embeddings, once it is ready."""
    task = await task_of(ctx, 1)
    shown = show_task(ctx, task)
    if shown["status"] == "ready" and task.key is not None:
        film = await ctx.sandbox.jobs.film(task.key)
        every = _options_of(task)
        options: list[str] = ctx.query["embedding_option"] or every
        if not set(options) <= set(every):
            raise ApiError("parameter_invalid", f"The model offers the options {', '.join(every)}.")
        found = await ctx.sandbox.jobs.media(_segments, film, task, options)
        shown["video_embedding"]["segments"] = found
    return ctx.reply(shown)


def _segments(film: Film, task: EmbedTask, options: list[str]) -> list[dict[str, Any]]:
    request = task.request
    clips = segments(film, start=request["start"], end=request["end"], fixed=request["length"])
    if len(clips) > 1 and clips[-1].end - clips[-1].start < _SHORTEST:
        clips = clips[:-1]
    found: list[dict[str, Any]] = []
    for scope in request["scopes"]:
        for option in options:
            kind = "visual" if option == "visual-text" else option
            spans = clips if scope == "clip" else [film.clip(clips[0].start, clips[-1].end)]
            found += [
                {
                    "float": sized(
                        clip_vector(film, clip, kind)
                        if scope == "clip"
                        else film_vector(film, kind),
                        task.model_name,
                    ),
                    "start_offset_sec": clip.start,
                    "end_offset_sec": clip.end,
                    "embedding_option": option,
                    "embedding_scope": scope,
                }
                for clip in spans
            ]
    return found
