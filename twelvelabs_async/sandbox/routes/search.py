"""``/search``: clips that words or pictures find, page by page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import orjson
from aiohttp import web

from ..bodies import parse_json
from ..checks import (
    array,
    as_array,
    as_object,
    boolean,
    integer,
    needed,
    number,
    one_of,
    optional,
    text,
    web_url,
)
from ..clock import timestamp
from ..context import SandboxContext
from ..errors import ApiError, clean, invalid, missing, not_there
from ..fitness import asset_is
from ..lifecycle import Lifecycle
from ..links import picture_url
from ..media.language.clip_table import Clips
from ..media.language.query import Query, Ranking, rank_clips
from ..media.measure.likeness import Paths
from ..records import Index, Video
from ..request import RequestContext
from ..routing import Routes
from ..search_results import SearchResults

__all__ = ["routes"]

routes: Routes = Routes()

_TRANSCRIPTION_OPTIONS = ("lexical", "semantic")
_MOST_OPTIONS = 10
_TOKEN = re.compile(r"([0-9a-f-]{36})-([0-9]{1,9})", re.ASCII)
_ENTITY = re.compile(r"<@([^<>\s]+)>")
_MOST_IMAGES = 10
_TOKENS = {"marengo2.7": 77, "marengo3.0": 500}
_WITHOUT_TRANSCRIPTION = ("marengo2.7",)
_LEVELS = ("high", "medium", "low", "none")
_LEAST_SCORES = {"high": 80.0, "medium": 60.0}
_FIGURES = ("duration", "width", "height", "size", "fps")


@routes(
    "POST",
    "/search",
    form={
        "index_id": needed(text(1)),
        "search_options": needed(array(text(1), 1, _MOST_OPTIONS), many=True),
        "transcription_options": optional(array(one_of(*_TRANSCRIPTION_OPTIONS), 1, 2), many=True),
        "query_media_type": optional(one_of("image")),
        "query_media_url": optional(array(web_url, 1, _MOST_IMAGES), many=True),
        "query_text": optional(text(1)),
        "adjust_confidence_level": optional(number(0, 1), 0.5),
        "threshold": optional(one_of(*_LEVELS), "low"),
        "group_by": optional(one_of("video", "clip"), "clip"),
        "sort_option": optional(one_of("score", "clip_count"), "score"),
        "operator": optional(one_of("or", "and"), "or"),
        "page_limit": optional(integer(1, 50), 10),
        "filter": optional(text()),
        "include_user_metadata": optional(boolean, False),
    },
    files=("query_media_file",),
    category="search",
    unknown_id=404,
    empty_429=True,
)
async def create(ctx: RequestContext) -> web.Response:
    """Search an index; the first page of what was found."""
    body, sandbox = ctx.body, ctx.sandbox
    index = ctx.index(body["index_id"])
    options = list(dict.fromkeys(body["search_options"]))
    _check_options(index, options)
    if body["sort_option"] == "clip_count" and body["group_by"] != "video":
        raise ApiError(
            "search_option_combination_not_supported",
            "sort_option can be clip_count only when group_by is video.",
        )
    videos = sandbox.repository.videos[index.id]
    passes = _filter(body["filter"], videos)
    query = await _query(ctx, index, options)
    lifecycle, jobs = sandbox.lifecycle, sandbox.jobs
    searched = sandbox.search_pool(index.id)
    ready, clips = await searched.update(videos, lifecycle, jobs)
    pool = ready
    if passes is not None:
        pool = {key: video for key, video in ready.items() if passes(lifecycle, video)}
    rank_all = sandbox.settings.unanswered_words == "ranked"
    paths = await searched.paths(clips, jobs) if query.pictured else None

    allowed = None if passes is None else pool.keys()
    hits = await jobs.media(_rank, query, clips, paths, allowed, options, body, rank_all)
    results = SearchResults(
        index=index,
        hits=hits,
        videos=pool,
        by_video=body["group_by"] == "video",
        sort_by_count=body["sort_option"] == "clip_count",
        limit=body["page_limit"],
        metadata=body["include_user_metadata"],
        scored=index.model("marengo") == "marengo2.7",
        expires_at=ctx.now + sandbox.settings.page_token_life,
        pool={
            "index_id": index.id,
            "total_count": len(pool),
            "total_duration": round(
                sum(table.duration for key, table in clips.tables.items() if key in pool), 3
            ),
        },
    )
    kept = ctx.sandbox.repository.searches
    for token in [token for token, old in kept.items() if old.expires_at < ctx.now - 3600]:
        del kept[token]
    token = sandbox.ids.uuid()
    kept[token] = results
    return _page(ctx, results, token, 1, later=False)


def _rank(
    query: Query,
    clips: Clips,
    paths: Paths | None,
    allowed: Collection[str] | None,
    options: list[str],
    body: Any,
    rank_all: bool,
) -> Ranking:
    hits = rank_clips(
        query,
        clips,
        paths,
        allowed=allowed,
        options=options,
        operator=body["operator"],
        transcription_options=body["transcription_options"] or _TRANSCRIPTION_OPTIONS,
        rank_all=rank_all,
    )
    return hits.above(_LEAST_SCORES.get(body["threshold"], 0.0))


def _check_options(index: Index, options: list[str]) -> None:
    offered = index.options("marengo")
    if offered is None:
        raise ApiError(
            "index_not_supported_for_search", f"Index {index.id} has no model that searches."
        )
    # Speech is heard: an index that was given the sound has its words, but not with Marengo 2.7.
    if "audio" in offered and index.model("marengo") not in _WITHOUT_TRANSCRIPTION:
        offered.append("transcription")
    for option in options:
        if option not in offered:
            raise ApiError(
                "search_option_not_supported",
                f"The search option {option} is not enabled in index {index.id}.",
            )


async def _query(ctx: RequestContext, index: Index, options: list[str]) -> Query:
    body, files = ctx.body, ctx.files.get("query_media_file", [])
    urls: list[str] = body["query_media_url"] or []
    words: str | None = body["query_text"]
    if files or urls:
        if body["query_media_type"] is None:
            raise missing("query_media_type")
        _check_image_query(options, body["transcription_options"])
    elif body["query_media_type"] is not None:
        raise missing("query_media_url or query_media_file")
    elif words is None:
        raise missing("query_text or query_media_type")
    if len(files) + len(urls) > _MOST_IMAGES:
        raise invalid("query_media_file", f"There may be at most {_MOST_IMAGES} images.")
    limit = max((_TOKENS.get(model["model_name"], 0) for model in index.models), default=500)
    if words is not None and len(words.split()) > (limit or 500):
        raise invalid("query_text", f"It may have at most {limit or 500} tokens.")
    blobs = ctx.sandbox.blobs
    images: list[bytes] = []
    for file in files:
        if file.size > ctx.sandbox.settings.max_image_size:
            raise invalid("query_media_file", "The image is too large.")
        images.append(await blobs.disk(file.path.read_bytes))
    for url in urls:
        fetched = await ctx.fetch(url, ctx.sandbox.settings.max_image_size)
        images.append(await blobs.disk(blobs.path(fetched.key).read_bytes))
    words, faces = await _entities(ctx.sandbox, ctx, words)
    return Query(text=words, images=tuple(images), entity_images=tuple(faces))


async def _entities(
    sandbox: SandboxContext, ctx: RequestContext, words: str | None
) -> tuple[str | None, list[bytes]]:
    """The words without the entities they name, and the pictures of those."""
    pictures: list[bytes] = []
    for identifier in _ENTITY.findall(words or ""):
        entity = sandbox.repository.entities.get(identifier)
        if entity is None:
            # 404 is for the index, which this call is about.
            raise not_there(
                "entities", clean(identifier), sandbox.settings.unknown_id_status or 400
            )
        for asset_id in entity.asset_ids:
            asset = sandbox.repository.assets.get(asset_id)
            if asset is not None and asset.key is not None and asset_is(asset, "image"):
                pictures.append(await sandbox.blobs.disk(sandbox.blobs.path(asset.key).read_bytes))
    if words is not None and pictures:
        words = _ENTITY.sub(" ", words).strip() or None
    return words, pictures


def _check_image_query(options: list[str], transcription_options: list[str] | None) -> None:
    if "visual" not in options:
        raise ApiError(
            "search_option_combination_not_supported",
            "A query with images needs visual among its search_options.",
        )
    if transcription_options is not None:
        raise invalid("transcription_options", "It is for queries without images.")


def _filter(
    given: str | None, videos: Collection[str]
) -> Callable[[Lifecycle, Video], bool] | None:
    """What the ``filter`` parameter lets pass, of the videos with these ids; None without it."""
    if given is None:
        return None
    try:
        wanted = as_object(parse_json(given, "The filter parameter")[0])
    except orjson.JSONDecodeError as error:
        raise _bad_filter("It must be a JSON object in text.") from error
    if wanted is None:
        raise _bad_filter("It must be a JSON object in text.")
    for name, rule in wanted.items():
        _check_rule(name, rule)
    ids = as_array(wanted.get("id"))
    for identifier in [wanted["id"]] if ids is None and "id" in wanted else ids or []:
        if identifier not in videos:
            raise ApiError(
                "search_video_not_in_same_index",
                f"The filter names video {clean(str(identifier))}, which is not in this index.",
            )

    def passes(lifecycle: Lifecycle, video: Video) -> bool:
        info = lifecycle.info_of(video)
        for name, rule in wanted.items():
            value: Any = video.user_metadata.get(name)
            if name == "id":
                value = video.id
            elif name == "filename":
                value = video.filename
            elif name in _FIGURES:
                value = getattr(info, name, None)
            if not _matches(value, rule):
                return False
        return True

    return passes


def _bad_filter(why: str) -> ApiError:
    return ApiError("search_filter_invalid", f"The filter parameter is invalid. {why}")


def _check_rule(name: str, rule: Any) -> None:
    bounds, choices = as_object(rule), as_array(rule)
    if bounds is not None:
        if name in ("id", "filename"):
            raise _bad_filter(f"{name} has no range.")
        if not bounds or not set(bounds) <= {"gte", "lte"}:
            raise _bad_filter(f"The operators of {name} are gte and lte.")
        if any(isinstance(v, bool) or not isinstance(v, int | float) for v in bounds.values()):
            raise _bad_filter(f"The bounds of {name} must be numbers.")
    elif choices is not None:
        if name != "id" or not all(isinstance(value, str) for value in choices):
            raise _bad_filter(f"{name} cannot be compared to an array.")
    elif rule is None:
        raise _bad_filter(f"{name} cannot be compared to null.")
    elif name == "id" and not isinstance(rule, str):
        raise _bad_filter("id must be a string or an array of strings.")
    elif name in _FIGURES and (isinstance(rule, bool) or not isinstance(rule, int | float)):
        raise _bad_filter(f"{name} must be a number, or gte and lte.")


def _matches(value: Any, rule: Any) -> bool:
    bounds = as_object(rule)
    if isinstance(rule, list):
        return value in rule
    if isinstance(value, bool) or isinstance(rule, bool):
        return value is rule
    if not isinstance(value, int | float):
        return bool(value == rule)
    if bounds is not None:
        low, high = bounds.get("gte", -math.inf), bounds.get("lte", math.inf)
        return bool(low <= value <= high)
    return isinstance(rule, int | float) and math.isclose(value, rule, abs_tol=1e-6)


def _page(
    ctx: RequestContext,
    results: SearchResults,
    token: str,
    page: int,
    *,
    later: bool,
    metadata: bool = False,
) -> web.Response:
    sandbox, metadata = ctx.sandbox, metadata or results.metadata
    start = (page - 1) * results.limit
    groups: Sequence[Sequence[int]] = results.groups() if results.by_video else ()
    found = len(groups) if results.by_video else len(results.hits)
    data: list[dict[str, Any]]
    if results.by_video:
        data = []
        for group in groups[start : start + results.limit]:
            clips = [_show(sandbox, results, place, metadata=metadata) for place in group]
            entry: dict[str, Any] = {"id": clips[0]["video_id"], "clips": clips}
            if metadata:
                entry["user_metadata"] = results.videos[entry["id"]].user_metadata
            data.append(entry)
    else:
        places = range(start, min(start + results.limit, found))
        data = [_show(sandbox, results, place, metadata=metadata) for place in places]
    info: dict[str, Any] = {
        "limit_per_page": results.limit,
        "total_results": found,
        "page_expires_at": timestamp(results.expires_at),
    }
    if results.by_video:
        info["total_inner_matches"] = len(results.hits)
    if start + results.limit < found:
        info["next_page_token"] = f"{token}-{page + 1}"
    if later and page > 1:
        info["prev_page_token"] = f"{token}-{page - 1}"
    return ctx.reply({"data": data, "page_info": info, "search_pool": results.pool})


def _show(
    sandbox: SandboxContext, results: SearchResults, place: int, *, metadata: bool
) -> dict[str, Any]:
    hit = results.hits[place]
    video = results.videos[hit.key]
    shown: dict[str, Any] = {
        "rank": place + 1,
        "start": hit.start,
        "end": hit.end,
        "video_id": video.id,
    }
    if results.scored:  # 3.0 gives ranks alone
        score = round(100 * min(1.0, max(0.0, hit.score)), 2)
        shown.update(score=score, confidence=_confidence(score))
    if hit.transcription:
        shown["transcription"] = hit.transcription
    if "thumbnail" in results.index.addons and video.key is not None:
        shown["thumbnail_url"] = picture_url(sandbox, video.key, hit.thumbnail_at)
    if metadata:
        shown["user_metadata"] = video.user_metadata
    return shown


def _confidence(score: float) -> str:
    return next((level for level, least in _LEAST_SCORES.items() if score > least), "low")


@routes(
    "GET",
    "/search/{page_token}",
    query={"include_user_metadata": optional(boolean, False)},
    shape="legacy",
)
async def retrieve(ctx: RequestContext) -> web.Response:
    """A later page of a search."""
    match = _TOKEN.fullmatch(ctx.part("page_token"))
    results = ctx.sandbox.repository.searches.get(match[1]) if match else None
    if match is None or results is None:
        raise ApiError("resource_not_exist", "The page token is invalid.")
    if ctx.now >= results.expires_at:
        raise ApiError("search_page_token_expired", "The page token has expired.")
    page = int(match[2])
    found = len(results.groups()) if results.by_video else len(results.hits)
    if not 1 <= page <= max(1, math.ceil(found / results.limit)):
        raise ApiError("resource_not_exist", "The page token is invalid.")
    metadata = ctx.query["include_user_metadata"]
    return _page(ctx, results, match[1], page, later=True, metadata=metadata)
