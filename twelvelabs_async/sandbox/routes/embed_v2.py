"""``/embed-v2``: embeddings of any medium, at once or as tasks."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..checks import Fields, array, as_object, integer, needed, number, obj, one_of, optional, text
from ..clock import timestamp
from ..errors import ApiError, invalid, missing, not_there
from ..media.film import Film
from ..media.vectors import (
    clip_vector,
    film_vector,
    image_vector,
    segments,
    text_image_vector,
    text_vector,
)
from ..media.writing import count_tokens
from ..records import EmbedTask
from ..request import PAGES, RequestContext, Routes
from ..sources import SOURCES, Source, find_source, open_source
from .embed import PERIOD, show_task, tasks_of

__all__ = ["routes"]

routes = Routes()

_SOURCE = needed(obj(SOURCES))
_TEXT = needed(text(1))
_FIXED = needed(obj({"duration_sec": needed(integer(2, 10))}))
_DYNAMIC = needed(obj({"min_duration_sec": needed(integer(2, 5))}))
_SCOPES = optional(array(one_of("clip", "asset"), 1, 2, unique=True), ["clip", "asset"])
_MOST_TOKENS = 500
_LEAST_SIDE = 128
_LONGEST_AT_ONCE = 600.0
_SHORTEST_TASK, _LONGEST_TASK = 4.0, 4 * 3600.0


def _segmentation(value: Any, name: str, textual: bool) -> dict[str, Any]:
    """Fixed or dynamic, by its ``strategy``."""
    strategy = (as_object(value) or {}).get("strategy")
    fields: Fields = {
        "strategy": needed(one_of("fixed", "dynamic")),
        **({"dynamic": _DYNAMIC} if strategy == "dynamic" else {"fixed": _FIXED}),
    }
    found: dict[str, Any] = obj(fields)(value, name, textual)
    return found


def _media(*options: str) -> Fields:
    return {
        "media_source": _SOURCE,
        "start_sec": optional(number(0), 0.0),
        "end_sec": optional(number(0)),
        "segmentation": optional(_segmentation),
        "embedding_option": optional(
            array(one_of(*options), 1, unique=True), [o for o in options if o != "fused"]
        ),
        "embedding_scope": _SCOPES,
    }


_INPUTS: Fields = {
    "audio": optional(obj(_media("audio", "transcription"))),
    "video": optional(obj(_media("visual", "audio", "transcription", "fused"))),
}
_MODEL = needed(one_of("marengo3.0"))
_KIND: dict[str, Any] = {"category": "embed", "shape": "nested"}


@routes(
    "POST",
    "/embed-v2",
    json={
        "input_type": needed(one_of("text", "image", "text_image", "audio", "video")),
        "model_name": _MODEL,
        "text": optional(obj({"input_text": _TEXT})),
        "image": optional(obj({"media_source": _SOURCE})),
        "text_image": optional(obj({"media_source": _SOURCE, "input_text": _TEXT})),
        **_INPUTS,
    },
    **_KIND,
)
async def create(ctx: RequestContext) -> web.Response:
    """The embeddings of a text, a picture, both, a sound or a short film."""
    kind, given = _input(ctx)
    media, words = ctx.sandbox.work.media, given.get("input_text")
    if words is not None and count_tokens(words) > _MOST_TOKENS:
        raise invalid(f"{kind}.input_text", f"It may have at most {_MOST_TOKENS} tokens.")
    if kind == "text":
        return ctx.reply({"data": [_point(await media(text_vector, words))]})
    source = await open_source(ctx, given["media_source"], f"{kind}.media_source")
    metadata = {"input_type": kind, **_origin(source)}
    if kind in ("image", "text_image"):
        picture = await _picture(ctx, source, kind)
        if kind == "image":
            vector = await media(image_vector, picture)
        else:
            vector = await media(text_image_vector, words, [picture])
        return ctx.reply({"data": [_point(vector)], "metadata": metadata})
    film = await _film(ctx, source, kind)
    if film.info.duration > _LONGEST_AT_ONCE:
        raise invalid(kind, f"It may be at most {_LONGEST_AT_ONCE:g} seconds long.")
    data = await media(_embed, film, given)
    return ctx.reply({"data": data, "metadata": {**metadata, **_figures(film, kind, given)}})


def _input(ctx: RequestContext) -> tuple[str, dict[str, Any]]:
    kind = ctx.body["input_type"]
    given: dict[str, Any] | None = ctx.body.get(kind)
    if given is None:
        raise missing(kind)
    return kind, given


def _point(vector: list[float]) -> dict[str, Any]:
    """An embedding that has no place in time."""
    return {
        "embedding": vector,
        "embedding_option": None,
        "embedding_scope": None,
        "start_sec": None,
        "end_sec": None,
    }


def _origin(source: Source) -> dict[str, str]:
    shown = {"input_url": source.url, "input_filename": source.filename}
    return {name: value for name, value in shown.items() if value is not None}


async def _picture(ctx: RequestContext, source: Source, kind: str) -> bytes:
    work = ctx.sandbox.work
    info = await work.info(source.key)
    if info.kind != "image":
        raise invalid(kind, "It must be an image.")
    if min(info.width, info.height) < _LEAST_SIDE:
        raise invalid(kind, f"It must have at least {_LEAST_SIDE}x{_LEAST_SIDE} pixels.")
    return await work.disk(work.path(source.key).read_bytes)


async def _film(ctx: RequestContext, source: Source, kind: str) -> Film:
    film = await ctx.sandbox.work.film(source.key)
    if film.info.kind != kind and not (kind == "audio" and film.info.has_audio):
        raise invalid(kind, f"It must be {'a video' if kind == 'video' else 'a sound'}.")
    return film


def _span(film: Film, given: dict[str, Any]) -> tuple[float, float]:
    start = float(given["start_sec"] or 0.0)
    end = min(given["end_sec"] or film.info.duration, film.info.duration)
    if start >= end:
        raise invalid("start_sec", f"The media are {film.info.duration:g} seconds long.")
    return start, end


def _cut(given: dict[str, Any]) -> dict[str, float]:
    """How ``segments`` is to cut."""
    segmentation = given["segmentation"]
    if segmentation is None:
        return {"fixed": 6.0}
    if segmentation["strategy"] == "fixed":
        return {"fixed": float(segmentation["fixed"]["duration_sec"])}
    return {"min_duration": float(segmentation["dynamic"]["min_duration_sec"])}


def _embed(film: Film, given: dict[str, Any]) -> list[dict[str, Any]]:
    start, end = _span(film, given)
    data: list[dict[str, Any]] = []
    for scope in given["embedding_scope"]:
        if scope == "clip":
            clips = [
                (c, c.start, c.end) for c in segments(film, start=start, end=end, **_cut(given))
            ]
        else:
            clips = [(film.clip(start, end), start, end)]
        for option in given["embedding_option"]:
            for clip, begins, ends in clips:
                whole = (begins, ends) == (0.0, film.info.duration)
                vector = film_vector(film, option) if whole else clip_vector(film, clip, option)
                data.append(
                    {
                        "embedding": vector,
                        "embedding_option": option,
                        "embedding_scope": scope,
                        "start_sec": begins,
                        "end_sec": ends,
                    }
                )
    return data


def _figures(film: Film, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    start, end = _span(film, given)
    figures: dict[str, Any] = {
        "embedding_options": given["embedding_option"],
        "embedding_scopes": given["embedding_scope"],
        "duration": film.info.duration,
        "start_offset_sec": start,
        "end_offset_sec": end,
    }
    cut = _cut(given)
    if kind == "video" and "fixed" in cut:
        figures["clip_length"] = int(cut["fixed"])
    return figures


@routes(
    "POST",
    "/embed-v2/tasks",
    json={"input_type": needed(one_of("audio", "video")), "model_name": _MODEL, **_INPUTS},
    **_KIND,
)
async def create_task(ctx: RequestContext) -> web.Response:
    """Begin to make embeddings of a sound or film."""
    kind, given = _input(ctx)
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
        sandbox.work.start(task)
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
    await ctx.sandbox.work.settle(task)
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
        film = await ctx.sandbox.work.film(task.key)
        try:
            answer["data"] = await ctx.sandbox.work.media(_embed, film, task.request)
            answer["metadata"] = {
                "input_type": task.kind,
                **_origin(Source(task.key, task.url, task.filename)),
                **_figures(film, task.kind, task.request),
            }
        except ApiError:
            answer["status"] = "failed"
    return ctx.reply(answer)
