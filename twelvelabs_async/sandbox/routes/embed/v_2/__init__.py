"""``/embed-v2``: embeddings of any medium, in the reply."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ....checks import (
    Fields,
    array,
    as_object,
    integer,
    needed,
    number,
    obj,
    one_of,
    optional,
    text,
)
from ....errors import invalid, missing
from ....media.language.vectors import (
    clip_vector,
    film_vector,
    image_vector,
    segments,
    text_image_vector,
    text_vector,
)
from ....media.language.writing import count_tokens
from ....media.measure.film import Film
from ....request import RequestContext
from ....routing import Routes
from ....sources import SOURCES, Source, open_source

__all__ = ["INPUTS", "KIND", "MODEL", "embed", "figures", "input_of", "origin", "routes"]

routes = Routes()

_SOURCE = needed(obj(SOURCES))
_TEXT = needed(text(1))
_FIXED = needed(obj({"duration_sec": needed(integer(2, 10))}))
_DYNAMIC = needed(obj({"min_duration_sec": needed(integer(2, 5))}))
_SCOPES = optional(array(one_of("clip", "asset"), 1, 2, unique=True), ["clip", "asset"])
_MOST_TOKENS = 500
_LEAST_SIDE = 128
_LONGEST_AT_ONCE = 600.0


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


INPUTS: Fields = {
    "audio": optional(obj(_media("audio", "transcription"))),
    "video": optional(obj(_media("visual", "audio", "transcription", "fused"))),
}
MODEL = needed(one_of("marengo3.0"))
KIND: dict[str, Any] = {"category": "embed", "shape": "nested"}


@routes(
    "POST",
    "/embed-v2",
    json={
        "input_type": needed(one_of("text", "image", "text_image", "audio", "video")),
        "model_name": MODEL,
        "text": optional(obj({"input_text": _TEXT})),
        "image": optional(obj({"media_source": _SOURCE})),
        "text_image": optional(obj({"media_source": _SOURCE, "input_text": _TEXT})),
        **INPUTS,
    },
    **KIND,
)
async def create(ctx: RequestContext) -> web.Response:
    """The embeddings of a text, a picture, both, a sound or a short film."""
    kind, given = input_of(ctx)
    media, words = ctx.sandbox.jobs.media, given.get("input_text")
    if words is not None and count_tokens(words) > _MOST_TOKENS:
        raise invalid(f"{kind}.input_text", f"It may have at most {_MOST_TOKENS} tokens.")
    if kind == "text":
        return ctx.reply({"data": [_point(await media(text_vector, words))]})
    source = await open_source(ctx, given["media_source"], f"{kind}.media_source")
    metadata = {"input_type": kind, **origin(source)}
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
    data = await media(embed, film, given)
    return ctx.reply({"data": data, "metadata": {**metadata, **figures(film, kind, given)}})


def input_of(ctx: RequestContext) -> tuple[str, dict[str, Any]]:
    """The kind of input, and what was sent of it."""
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


def origin(source: Source) -> dict[str, str]:
    """Where the input came from, as replies show it."""
    shown = {"input_url": source.url, "input_filename": source.filename}
    return {name: value for name, value in shown.items() if value is not None}


async def _picture(ctx: RequestContext, source: Source, kind: str) -> bytes:
    jobs, blobs = ctx.sandbox.jobs, ctx.sandbox.blobs
    info = await jobs.info(source.key)
    if info.kind != "image":
        raise invalid(kind, "It must be an image.")
    if min(info.width, info.height) < _LEAST_SIDE:
        raise invalid(kind, f"It must have at least {_LEAST_SIDE}x{_LEAST_SIDE} pixels.")
    return await blobs.disk(blobs.path(source.key).read_bytes)


async def _film(ctx: RequestContext, source: Source, kind: str) -> Film:
    film = await ctx.sandbox.jobs.film(source.key)
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


def embed(film: Film, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The embeddings of a sound or film that were asked for."""
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


def figures(film: Film, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The metadata beside them."""
    start, end = _span(film, given)
    shown: dict[str, Any] = {
        "embedding_options": given["embedding_option"],
        "embedding_scopes": given["embedding_scope"],
        "duration": film.info.duration,
        "start_offset_sec": start,
        "end_offset_sec": end,
    }
    cut = _cut(given)
    if kind == "video" and "fixed" in cut:
        shown["clip_length"] = int(cut["fixed"])
    return shown
