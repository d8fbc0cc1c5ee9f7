"""``/analyze`` and its forerunners ``/generate``, ``/summarize`` and ``/gist``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from aiohttp import web

from ..checks import (
    Fields,
    anything,
    array,
    as_object,
    boolean,
    integer,
    needed,
    number,
    obj,
    one_of,
    optional,
    text,
)
from ..errors import ApiError, invalid, missing
from ..faults import apply_stream_fault
from ..media.json_schema import SchemaError, fill_within_limits
from ..media.language.writing import (
    Answer,
    chapters,
    count_tokens,
    gist,
    highlights,
    limit,
    pieces,
    respond,
    summary,
)
from ..media.measure.film import Film
from ..records import Video
from ..request import RequestContext
from ..routing import Routes
from ..sources import SOURCES, open_source

__all__ = ["routes"]

routes = Routes()

_PROMPT_TOKENS = 2000
_MOST_TOKENS = 98_304
_MODELS = ("pegasus1.2", "pegasus1.5", "pegasus1.6")


def _schema(value: Any, name: str, textual: bool) -> Any:
    if as_object(value) is None:
        raise invalid(name, "It must be a JSON schema.")
    return value


_FORMAT = obj(
    {"type": optional(one_of("json_schema"), "json_schema"), "json_schema": needed(_schema)}
)
_TEMPERATURE = optional(number(0, 1), 0.2)
_ANALYZE: Fields = {
    "video_id": optional(text(1)),
    "video": optional(obj({"type": needed(one_of(*SOURCES)), **SOURCES})),
    "model_name": optional(one_of(*_MODELS)),
    "prompt": optional(text(1)),
    "prompt_v2": optional(
        obj({"input_text": needed(text(1)), "media_sources": optional(array(anything))})
    ),
    "temperature": _TEMPERATURE,
    "stream": optional(boolean, True),
    "response_format": optional(_FORMAT),
    "max_tokens": optional(integer(1, _MOST_TOKENS)),
    "start_time": optional(number(0)),
    "end_time": optional(number(0)),
}
_KIND: Mapping[str, Any] = {"category": "analyze", "empty_429": True}


@routes("POST", "/analyze", json=_ANALYZE, unknown_id=404, **_KIND)
async def analyze(ctx: RequestContext) -> web.StreamResponse:
    """Text about a film, streamed unless asked otherwise."""
    body = ctx.body
    prompt: str | None = body["prompt"] or (
        body["prompt_v2"]["input_text"] if body["prompt_v2"] else None
    )
    if prompt is None:
        raise missing("prompt")
    _check_prompt(prompt)
    if body["model_name"] is not None:
        ctx.check_model(body["model_name"])
    if (body["video_id"] is None) == (body["video"] is None):
        raise (
            missing("video_id or video")
            if body["video"] is None
            else invalid("video", "It cannot be given together with video_id.")
        )
    if body["video_id"] is not None:
        film = await _film(
            ctx, body["video_id"], any_index=not ctx.sandbox.settings.rules.index_writes
        )
    else:
        source = await open_source(ctx, body["video"], "video")
        film = await ctx.sandbox.jobs.film(source.key)
    return await _text(ctx, film, prompt)


@routes(
    "POST",
    "/generate",
    json={
        "video_id": needed(text(1)),
        "prompt": needed(text(1)),
        "temperature": _TEMPERATURE,
        "stream": optional(boolean, True),
    },
    **_KIND,
)
async def generate(ctx: RequestContext) -> web.StreamResponse:
    """The same under its first name."""
    _check_prompt(ctx.body["prompt"])
    return await _text(ctx, await _film(ctx, ctx.body["video_id"]), ctx.body["prompt"])


def _check_prompt(prompt: str) -> None:
    if count_tokens(prompt) > _PROMPT_TOKENS:
        raise ApiError("token_limit_exceeded", f"The prompt has more than {_PROMPT_TOKENS} tokens.")


async def _film(ctx: RequestContext, video_id: str, *, any_index: bool = False) -> Film:
    """The film of a video that is ready, in an index with a model that writes, or in any."""
    repository = ctx.sandbox.repository
    lifecycle, jobs = ctx.sandbox.lifecycle, ctx.sandbox.jobs
    video: Video | None = repository.video(video_id)
    if video is None:
        raise ctx.unknown_id("videos", video_id)
    index = repository.indexes[video.index_id]
    if index.options("pegasus") is None and not any_index:
        raise ApiError(
            "index_not_supported_for_generate", f"Index {index.id} has no model that writes."
        )
    await lifecycle.settle(video)
    if lifecycle.status(video)[0] != "ready" or video.key is None:
        raise ApiError("video_not_ready", f"Video {video_id} is still being indexed.")
    return await jobs.film(video.key)


def _compose(
    film: Film, prompt: str, schema: Mapping[str, Any] | None, most: int | None, fences: str
) -> Answer:
    if schema is None:
        return limit(respond(film, prompt, fences=fences), most)
    try:
        value = fill_within_limits(schema, film, prompt)
    except SchemaError as error:
        raise invalid("response_format.json_schema", str(error)) from error
    return limit(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), most)


async def _text(ctx: RequestContext, film: Film, prompt: str) -> web.StreamResponse:
    wanted = ctx.body.get("response_format")
    most = ctx.body.get("max_tokens")
    schema = wanted["json_schema"] if wanted else None
    fences = ctx.sandbox.settings.json_fences
    answer = await ctx.sandbox.jobs.compose(_compose, film, prompt, schema, most, fences)
    tokens = {"output_tokens": answer.output_tokens, "input_tokens": count_tokens(prompt)}
    end: dict[str, Any] = {"finish_reason": answer.finish_reason}
    if answer.finish_reason == "length":
        end["error"] = {"message": f"The text was cut off at {answer.output_tokens} tokens."}
    identifier = ctx.sandbox.ids.uuid()
    if not ctx.body["stream"]:
        return ctx.reply({"id": identifier, "data": answer.text, "usage": tokens, **end})
    return await _stream(ctx, _events(identifier, answer.text, tokens, end))


def _events(
    identifier: str, answer: str, tokens: dict[str, int], end: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    yield {"event_type": "stream_start", "metadata": {"generation_id": identifier}}
    for piece in pieces(answer):
        yield {"event_type": "text_generation", "text": piece}
    metadata = {"generation_id": identifier, "usage": tokens}
    yield {"event_type": "stream_end", **end, "metadata": metadata}


async def _stream(ctx: RequestContext, events: Iterator[dict[str, Any]]) -> web.StreamResponse:
    """Events as lines, each in a write of its own so that they arrive as they are made."""
    response = web.StreamResponse()
    response.content_type = ctx.sandbox.settings.stream_content_type
    response.headers.update(ctx.headers)
    response.enable_chunked_encoding()
    await response.prepare(ctx.request)
    for sent, event in enumerate(events):
        if await apply_stream_fault(ctx.request, response, sent):
            return response
        await response.write(orjson.dumps(event) + b"\n")
        await asyncio.sleep(ctx.sandbox.timings.piece)
    await response.write_eof()
    return response


@routes(
    "POST",
    "/summarize",
    json={
        "video_id": needed(text(1)),
        "type": needed(one_of("summary", "chapter", "highlight")),
        "prompt": optional(text(1)),
        "temperature": _TEMPERATURE,
        "response_format": optional(_FORMAT),
        "max_tokens": optional(integer(1, 4096)),
    },
    **_KIND,
)
async def summarize(ctx: RequestContext) -> web.Response:
    """A summary, chapters or highlights."""
    kind, prompt = ctx.body["type"], ctx.body["prompt"] or ""
    if ctx.body["response_format"] is not None and kind != "summary":
        raise invalid("response_format", "It is for the type summary only.")
    _check_prompt(prompt)
    film = await _film(ctx, ctx.body["video_id"])
    fences = ctx.sandbox.settings.json_fences
    told = await ctx.sandbox.jobs.compose(_summarize, film, kind, prompt, ctx.body, fences)
    usage = {"output_tokens": count_tokens(orjson.dumps(told).decode())}
    return ctx.reply({"summarize_type": kind, "id": ctx.sandbox.ids.uuid(), **told, "usage": usage})


def _summarize(
    film: Film, kind: str, prompt: str, body: dict[str, Any], fences: str
) -> dict[str, Any]:
    if kind == "summary":
        wanted, most = body["response_format"], body["max_tokens"]
        if wanted is not None:
            return {"summary": _compose(film, prompt, wanted["json_schema"], most, fences).text}
        return {"summary": limit(respond(film, prompt, fences=fences, prose=summary), most).text}
    if kind == "chapter":
        return {
            "chapters": [
                {
                    "chapter_number": chapter.number,
                    **_span(chapter.start, chapter.end),
                    "chapter_title": chapter.title,
                    "chapter_summary": chapter.summary,
                }
                for chapter in chapters(film, prompt)
            ]
        }
    return {
        "highlights": [
            {
                **_span(highlight.start, highlight.end),
                "highlight": highlight.title,
                "highlight_summary": highlight.summary,
            }
            for highlight in highlights(film, prompt)
        ]
    }


def _span(start: float, end: float) -> dict[str, float]:
    """Times, and the whole seconds that older clients read."""
    return {"start": int(start), "end": int(end), "start_sec": start, "end_sec": end}


@routes(
    "POST",
    "/gist",
    json={
        "video_id": needed(text(1)),
        "types": needed(array(one_of("title", "topic", "hashtag"), 1, 3)),
    },
    **_KIND,
)
async def make_gist(ctx: RequestContext) -> web.Response:
    """A title, topics and hashtags."""
    film = await _film(ctx, ctx.body["video_id"])
    found = await ctx.sandbox.jobs.media(gist, film)
    told: dict[str, Any] = {
        name: value
        for kind, name, value in (
            ("title", "title", found.title),
            ("topic", "topics", found.topics),
            ("hashtag", "hashtags", found.hashtags),
        )
        if kind in ctx.body["types"]
    }
    usage = {"output_tokens": count_tokens(orjson.dumps(told).decode())}
    return ctx.reply({"id": ctx.sandbox.ids.uuid(), **told, "usage": usage})
