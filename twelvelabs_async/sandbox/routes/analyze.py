"""``/analyze`` and its forerunners ``/generate``, ``/summarize`` and ``/gist``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import orjson
from aiohttp import web

from ..analysis_answers import compose
from ..analysis_requests import (
    GENERAL_TOKENS,
    IMAGES,
    PEGASUS,
    PROMPT_V2,
    SYNC_FORMAT,
    VIDEO,
    check_images,
    check_prompt,
    check_prompt_sources,
    one_of_sources,
)
from ..analysis_schema import check_output_schema
from ..analysis_window import check_film_window, check_window, on_clock
from ..checks import (
    Fields,
    array,
    boolean,
    integer,
    needed,
    number,
    one_of,
    optional,
    text,
)
from ..eras import retired_on
from ..errors import ApiError, invalid, missing
from ..faults import apply_stream_fault
from ..fitness import pixel_problem
from ..media.json_schema import SchemaError
from ..media.language.writing import (
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
from ..media.measure.probe import MediaInfo
from ..pictures import open_pictures
from ..records import Video
from ..request import RequestContext
from ..routing import Routes
from ..sources import check_base64, open_source

__all__ = ["check_pixels", "film_of_video", "routes"]

T = TypeVar("T")

routes: Routes = Routes()

_DEFAULT_TOKENS = 4096
# The first document that names the limits is of that day.
_MEASURED = retired_on("2026-10-06", "a video within the limits of pixels")


_TEMPERATURE = optional(number(0, 1), 0.2)
_ANALYZE: Fields = {
    "video_id": optional(text(1)),
    "video": optional(VIDEO),
    "image": optional(IMAGES),
    "model_name": optional(text(1)),
    "prompt": optional(text(1)),
    "prompt_v2": optional(PROMPT_V2),
    "temperature": _TEMPERATURE,
    "stream": optional(boolean, True),
    "response_format": optional(SYNC_FORMAT),
    "max_tokens": optional(integer(1, GENERAL_TOKENS[1])),
    "start_time": optional(number(0)),
    "end_time": optional(number(0)),
}
_KIND: Mapping[str, Any] = {"category": "analyze", "empty_429": True}


@routes("POST", "/analyze", json=_ANALYZE, unknown_id=404, **_KIND)
async def analyze(ctx: RequestContext) -> web.StreamResponse:
    """Text about a film or pictures, streamed unless asked otherwise."""
    body, sandbox = ctx.body, ctx.sandbox
    _check_together(ctx)
    pictures = {}
    references = {}
    film: Film | None = None
    if body["image"] is not None:
        opened = await open_pictures(ctx, body["image"], "image")
        pictures = {each.name: await sandbox.jobs.film(each.key) for each in opened}
    elif body["video_id"] is not None:
        any_index = not sandbox.settings.rules.index_writes
        _, film = await film_of_video(ctx, body["video_id"], any_index=any_index)
    else:
        film = await _film_of_source(ctx)
    if film is not None:
        rules = sandbox.settings.rules
        check_film_window(body, film.info, rules, sandbox.settings.max_sync_analysis)
        film = on_clock(film, rules).window(body["start_time"], body["end_time"])
    if body["prompt_v2"] is not None:
        given = body["prompt_v2"]["media_sources"] or ()
        opened = await open_pictures(ctx, given, "prompt_v2.media_sources")
        references = {each.name: await sandbox.jobs.film(each.key) for each in opened}
    return await _text(ctx, film, _prompt(body), pictures, references)


def _check_together(ctx: RequestContext) -> None:
    body = ctx.body
    if body["prompt"] is not None and body["prompt_v2"] is not None:
        raise invalid("prompt_v2", "It cannot be given together with prompt.")
    if body["prompt"] is None and (body["prompt_v2"] is None or body["image"] is not None):
        raise missing("prompt")
    check_prompt(_prompt(body))
    source = one_of_sources(body, "video_id", "video", "image")
    model = body["model_name"]
    if model is not None:
        ctx.check_model(model, PEGASUS)
    if body["image"] is not None:
        check_images(body, model or "pegasus1.5")
    if body["prompt_v2"] is not None:
        given = body["prompt_v2"]
        check_prompt_sources(given["input_text"], given["media_sources"], "prompt_v2.media_sources")
    # The older model and its videos have a wider range, and take any schema.
    if source != "video_id" and model != "pegasus1.2":
        if body["max_tokens"] is not None:
            integer(*GENERAL_TOKENS)(body["max_tokens"], "max_tokens", False)
        if body["response_format"] is not None:
            schema = body["response_format"]["json_schema"]
            check_output_schema(schema, "response_format.json_schema")
    check_window(body, ctx.sandbox.settings.max_sync_analysis)


def _prompt(body: Mapping[str, Any]) -> str:
    return str(body["prompt"] or body["prompt_v2"]["input_text"])


async def _film_of_source(ctx: RequestContext) -> Film:
    given, settings = ctx.body["video"], ctx.sandbox.settings
    if given["type"] == "base64_string" and given["base64_string"] is not None:
        check_base64(given["base64_string"], settings.max_base64_size, "video.base64_string")
    source = await open_source(ctx, given, "video", streams=True)
    film = await ctx.sandbox.jobs.film(source.key)
    if film.info.kind == "image":
        raise ApiError("unsupported_file_type", "An image is not a video.")
    check_pixels(ctx, film.info)
    return film


def check_pixels(ctx: RequestContext, info: MediaInfo) -> None:
    """Refuse a film outside the limits of pixels in eras that do, or mark that today's does."""
    rules = ctx.sandbox.settings.rules
    problem = pixel_problem(info, ctx.sandbox.settings) if rules.measured_analyses else None
    if problem is not None and rules.strict:
        raise problem
    if problem is not None:
        ctx.deprecate(f"to analyse {info.width}x{info.height} pixels", _MEASURED)


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
    check_prompt(ctx.body["prompt"])
    _, film = await film_of_video(ctx, ctx.body["video_id"])
    return await _text(ctx, film, ctx.body["prompt"])


async def film_of_video(
    ctx: RequestContext, video_id: str, *, any_index: bool = False
) -> tuple[Video, Film]:
    """A video that is ready, in an index with a model that writes or in any, and its film."""
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
    return video, await jobs.film(video.key)


async def _text(
    ctx: RequestContext,
    film: Film | None,
    prompt: str,
    images: Mapping[str, Film] | None = None,
    references: Mapping[str, Film] | None = None,
) -> web.StreamResponse:
    wanted = ctx.body.get("response_format")
    most = ctx.body.get("max_tokens") or _DEFAULT_TOKENS
    schema = wanted["json_schema"] if wanted else None
    fences, preset = ctx.sandbox.settings.json_fences, ctx.sandbox.answers.match(prompt)
    answer = await _composed(
        ctx, compose, film, images or {}, references or {}, prompt, schema, most, fences, preset
    )
    tokens = {"output_tokens": answer.output_tokens, "input_tokens": count_tokens(prompt)}
    end: dict[str, Any] = {"finish_reason": answer.finish_reason}
    if answer.finish_reason == "length":
        end["error"] = {"message": f"The text was cut off at {answer.output_tokens} tokens."}
    identifier = ctx.sandbox.ids.uuid()
    if not ctx.body["stream"]:
        return ctx.reply({"id": identifier, "data": answer.text, "usage": tokens, **end})
    return await _stream(ctx, _events(identifier, answer.text, tokens, end))


async def _composed(ctx: RequestContext, function: Callable[..., T], *asked: Any) -> T:
    """``function(*asked)``; a schema that it cannot follow is refused."""
    try:
        return await ctx.sandbox.jobs.compose(function, *asked)
    except SchemaError as error:
        raise invalid("response_format.json_schema", str(error)) from error


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
        await response.write(orjson.dumps(ctx.in_era(event)) + b"\n")
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
        "response_format": optional(SYNC_FORMAT),
        "max_tokens": optional(integer(1, 4096)),
    },
    **_KIND,
)
async def summarize(ctx: RequestContext) -> web.Response:
    """A summary, chapters or highlights."""
    kind, prompt = ctx.body["type"], ctx.body["prompt"] or ""
    if ctx.body["response_format"] is not None and kind != "summary":
        raise invalid("response_format", "It is for the type summary only.")
    check_prompt(prompt)
    _, film = await film_of_video(ctx, ctx.body["video_id"])
    fences = ctx.sandbox.settings.json_fences
    preset = ctx.sandbox.answers.match(prompt)
    shown = await _composed(ctx, _summarize, film, kind, prompt, ctx.body, fences, preset)
    usage = {"output_tokens": count_tokens(orjson.dumps(shown).decode())}
    return ctx.reply(
        {"summarize_type": kind, "id": ctx.sandbox.ids.uuid(), **shown, "usage": usage}
    )


def _summarize(
    film: Film, kind: str, prompt: str, body: dict[str, Any], fences: str, preset: Any
) -> dict[str, Any]:
    if kind == "summary":
        wanted, most = body["response_format"], body["max_tokens"]
        if wanted is not None or preset is not None:
            schema = wanted["json_schema"] if wanted else None
            return {"summary": compose(film, {}, {}, prompt, schema, most, fences, preset).text}
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
    _, film = await film_of_video(ctx, ctx.body["video_id"])
    found = await ctx.sandbox.jobs.media(gist, film)
    shown: dict[str, Any] = {
        name: value
        for kind, name, value in (
            ("title", "title", found.title),
            ("topic", "topics", found.topics),
            ("hashtag", "hashtags", found.hashtags),
        )
        if kind in ctx.body["types"]
    }
    usage = {"output_tokens": count_tokens(orjson.dumps(shown).decode())}
    return ctx.reply({"id": ctx.sandbox.ids.uuid(), **shown, "usage": usage})
