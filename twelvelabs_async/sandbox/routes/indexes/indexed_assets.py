"""``/indexes/{index_id}/indexed-assets``: assets that were indexed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from ... import paging
from ...checks import (
    Fields,
    array,
    boolean,
    needed,
    number,
    one_of,
    optional,
    text,
)
from ...clock import timestamp
from ...fitness import require_fit
from ...indexing import unindexed
from ...links import picture_url, stream_url
from ...media.language.vectors import clip_vector, film_vector
from ...media.measure.film import Film
from ...records import Index, IndexTask, Video, phases_of
from ...request import RequestContext, times_of
from ...routing import Routes
from ...sources import usable_asset
from ...user_metadata import replaced, user_metadata

__all__ = [
    "LIST",
    "RETRIEVE",
    "UPDATE",
    "delete",
    "detail",
    "page_of",
    "routes",
    "show",
    "show_stream",
    "update",
]

routes: Routes = Routes()

_FIGURES = ("duration", "fps", "width", "height", "size")
LIST: Fields = {
    **paging.PAGES,
    **paging.sorting(),
    **paging.dated(),
    "filename": optional(text()),
    **{key: field for name in _FIGURES for key, field in paging.ranged(name, number(0)).items()},
}
_STATES = ("ready", "pending", "queued", "indexing", "failed", "validating")
RETRIEVE: Fields = {
    "embedding_option": optional(
        array(one_of("visual", "audio", "transcription", "visual-text"), 1), many=True
    ),
    "transcription": optional(boolean, False),
}
UPDATE: Fields = {"user_metadata": optional(user_metadata)}


@routes(
    "POST",
    "/indexes/{index_id}/indexed-assets",
    json={
        "asset_id": needed(text(1)),
        "enable_video_stream": optional(boolean, False),
        "user_metadata": optional(user_metadata),
    },
    category="index",
    unknown_id=404,
)
async def create(ctx: RequestContext) -> web.Response:
    """Begin to index an asset."""
    index = ctx.index()
    asset = await usable_asset(ctx, ctx.body["asset_id"])
    settings = ctx.sandbox.settings
    lifecycle, jobs = ctx.sandbox.lifecycle, ctx.sandbox.jobs
    key = asset.key if lifecycle.status(asset)[0] == "ready" else None
    if key is not None and settings.unfit_films == "refused":
        await require_fit(jobs, key, settings)
    now = ctx.now
    timings = ctx.sandbox.timings
    phases = phases_of(now, pending=timings.pending, queued=timings.queued)
    if key is None:
        # It stays queued until its asset is ready.
        name, end = phases[-1]
        phases[-1] = (name, max(end or now, asset.due))
    video = Video(
        id=ctx.sandbox.ids.new(),
        index_id=index.id,
        asset_id=asset.id,
        filename=asset.filename,
        key=key,
        created_at=now,
        updated_at=now,
        phases=unindexed(phases),
        user_metadata=replaced(ctx.body["user_metadata"] or {}),
        stream=ctx.body["enable_video_stream"],
    )
    ctx.sandbox.repository.add(video)
    if key is None:
        ctx.sandbox.follow(video, asset)
    else:
        lifecycle.start_indexing(video)
    location = f"{ctx.sandbox.base_url}/indexes/{index.id}/indexed-assets/{video.id}"
    return ctx.reply({"_id": video.id, "asset_id": asset.id}, 202, headers={"Location": location})


@routes("GET", "/assets/{asset_id}/indexed-assets", query=paging.PAGES)
async def list_by_asset(ctx: RequestContext) -> web.Response:
    """A page of what was made of an asset in whichever index, newest first."""
    repository = ctx.sandbox.repository
    asset = ctx.find("assets", repository.assets, ctx.part("asset_id"))
    made = sorted(repository.made_of(asset, Video), key=lambda video: video.created_at)

    def summary(video: Video) -> dict[str, Any]:
        index = repository.indexes[video.index_id]
        return {"_id": video.id, "index": {"_id": index.id, "name": index.name}}

    return await paging.page(ctx, made, summary)


def show(ctx: RequestContext, video: Video) -> dict[str, Any]:
    """A video as the older endpoints show it."""
    lifecycle = ctx.sandbox.lifecycle
    status, _ = lifecycle.status(video)
    shown = {"_id": video.id, **times_of(ctx, video)}
    if status == "ready":
        shown["indexed_at"] = timestamp(video.due)
    if video.asset_id is not None:
        shown["asset_id"] = video.asset_id
    figures: dict[str, Any] = {"filename": video.filename}
    info = lifecycle.info_of(video)
    if info is not None:
        figures.update(
            duration=info.duration,
            fps=info.fps,
            width=info.width,
            height=info.height,
            size=info.size,
        )
    return {
        **shown,
        "system_metadata": figures,
        "user_metadata": video.user_metadata,
    }


def _show_indexed_asset(ctx: RequestContext, video: Video) -> dict[str, Any]:
    lifecycle = ctx.sandbox.lifecycle
    status, _ = lifecycle.status(video)
    shown = show(ctx, video)
    shown["status"] = _named(ctx, status)
    failure = lifecycle.failure(video)
    if failure is not None:
        shown["error"] = {"code": failure.code, "message": failure.message}
    return shown


def _passing(ctx: RequestContext) -> Callable[[Video], bool] | None:
    """What the query filters by; None when it does not."""
    query = ctx.query
    lifecycle = ctx.sandbox.lifecycle
    tests: list[Callable[[Video], bool]] = []
    if states := query.get("status"):
        tests.append(lambda video: _named(ctx, lifecycle.status(video)[0]) in states)
    if filename := query["filename"]:
        tests.append(lambda video: video.filename == filename)
    if paging.filters(ctx, *paging.dated()):
        tests.append(lambda video: paging.since(ctx, video.created_at, lifecycle.status(video)[1]))
    figures = [name for name in _FIGURES if paging.filters(ctx, name)]
    if figures:
        tests.append(
            lambda video: all(
                paging.within(ctx, name, getattr(lifecycle.info_of(video), name, None))
                for name in figures
            )
        )
    custom = {name: value for name, value in query.items() if name not in ctx.route.query}
    if custom:
        tests.append(
            lambda video: all(
                _as_text(video.user_metadata.get(name)) == value for name, value in custom.items()
            )
        )
    return (lambda video: all(test(video) for test in tests)) if tests else None


def _named(ctx: RequestContext, status: str) -> str:
    """A state as the era names it."""
    newer = ctx.sandbox.settings.rules.validating_assets
    return "pending" if status == "validating" and not newer else status


def _as_text(value: object) -> str | None:
    """A metadata value as a query writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


@routes(
    "GET",
    "/indexes/{index_id}/indexed-assets",
    query={**LIST, "status": optional(array(one_of(*_STATES), 1), many=True)},
    any_query=True,
)
async def list_indexed_assets(ctx: RequestContext) -> web.Response:
    """A page of an index's assets."""
    return await page_of(ctx, _show_indexed_asset)


async def page_of(
    ctx: RequestContext, show: Callable[[RequestContext, Video], dict[str, Any]]
) -> web.Response:
    """A page of the films of the index that the path names."""
    videos = ctx.sandbox.repository.videos[ctx.index().id]
    return await paging.page(
        ctx,
        videos.values(),
        lambda video: show(ctx, video),
        keep=_passing(ctx),
        sort=paging.ordered(ctx),
    )


async def _video(ctx: RequestContext) -> tuple[Index, Video]:
    index = ctx.index()
    videos = ctx.sandbox.repository.videos[index.id]
    name = "video_id" if "video_id" in ctx.request.match_info else "indexed_asset_id"
    video = ctx.find(f"index {index.id}", videos, ctx.part(name))
    await ctx.sandbox.lifecycle.settle(video)
    return index, video


async def detail(
    ctx: RequestContext, show: Callable[[RequestContext, Video], dict[str, Any]]
) -> web.Response:
    """The film that the path names, with what the query asks for beside it."""
    index, video = await _video(ctx)
    shown = show(ctx, video)
    shown["hls"] = show_stream(ctx, video, enabled=video.stream)
    options: list[str] = ctx.query["embedding_option"] or []
    if ctx.sandbox.lifecycle.status(video)[0] == "ready" and video.key is not None:
        film = await ctx.sandbox.jobs.film(video.key)
        if options:
            model = next(m for m in index.models if m["model_name"].startswith("marengo"))
            segments = await ctx.sandbox.jobs.media(_segments, film, options)
            shown["embedding"] = {
                "model_name": model["model_name"],
                "video_embedding": {"segments": segments},
            }
        if ctx.query["transcription"]:
            shown["transcription"] = [
                {"start": line.start, "end": line.end, "value": line.text}
                for line in _lines_of(film)
            ]
    if shown["hls"] is None:
        del shown["hls"]
    return ctx.reply(shown)


def _lines_of(film: Film) -> list[Any]:
    """A film's spoken lines, each once, in order."""
    lines = {line for clip in film.clips for line in clip.lines}
    return sorted(lines, key=lambda line: (line.start, line.end))


def _segments(film: Film, options: list[str]) -> list[dict[str, Any]]:
    segments: list[dict[str, Any]] = []
    for option in options:
        # The name of 2.7, whose pictures and texts shared one vector.
        kind = "visual" if option == "visual-text" else option
        segments += [
            {
                "float": clip_vector(film, clip, kind),
                "start_offset_sec": clip.start,
                "end_offset_sec": clip.end,
                "embedding_option": option,
                "embedding_scope": "clip",
            }
            for clip in film.clips
        ]
        segments.append(
            {
                "float": film_vector(film, kind),
                "start_offset_sec": 0.0,
                "end_offset_sec": film.info.duration,
                "embedding_option": option,
                "embedding_scope": "video",
            }
        )
    return segments


def show_stream(
    ctx: RequestContext, item: Video | IndexTask, *, enabled: bool
) -> dict[str, Any] | None:
    """The HLS object of an indexed film; None when it was not asked for."""
    if not enabled or item.key is None:
        return None
    status, since = ctx.sandbox.lifecycle.status(item)
    done = item.due + ctx.sandbox.timings.stream
    if status == "failed":
        return {"status": "ERROR", "updated_at": timestamp(since)}
    if status != "ready" or ctx.now < done:
        return {"status": "PROCESSING", "updated_at": timestamp(since)}
    return {
        "status": "COMPLETE",
        "video_url": stream_url(ctx.sandbox, item.key),
        "thumbnail_urls": [picture_url(ctx.sandbox, item.key, 0.0)],
        "updated_at": timestamp(done),
    }


@routes(
    "GET",
    "/indexes/{index_id}/indexed-assets/{indexed_asset_id}",
    query=RETRIEVE,
    unknown_id=404,
)
async def retrieve_indexed_asset(ctx: RequestContext) -> web.Response:
    """One indexed asset."""
    return await detail(ctx, _show_indexed_asset)


@routes("PATCH", "/indexes/{index_id}/indexed-assets/{indexed_asset_id}", json=UPDATE)
async def update(ctx: RequestContext) -> web.Response:
    """Set, change or (with null) remove user metadata."""
    _, video = await _video(ctx)
    given: dict[str, Any] = ctx.body["user_metadata"] or {}
    for name, value in given.items():
        if value is None:
            video.user_metadata.pop(name, None)
        else:
            video.user_metadata[name] = value
    video.updated_at = ctx.now
    return ctx.empty()


@routes("DELETE", "/indexes/{index_id}/indexed-assets/{indexed_asset_id}")
async def delete(ctx: RequestContext) -> web.Response:
    """Take a film out of its index."""
    _, video = await _video(ctx)
    ctx.sandbox.lifecycle.queue.release(video)
    await ctx.sandbox.forget(ctx.sandbox.repository.remove(video))
    return ctx.empty()
