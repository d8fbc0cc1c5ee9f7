"""``/knowledge-stores/{knowledge_store_id}/search``: what words find in a store, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ...checks import (
    Check,
    Fields,
    anything,
    array,
    as_object,
    boolean,
    check_body,
    integer,
    needed,
    obj,
    one_of,
    optional,
    text,
)
from ...context import SandboxContext
from ...errors import ApiError, invalid
from ...knowledge_records import KnowledgeStore, KnowledgeStoreItem
from ...media.measure.film import Film
from ...page_tokens import read_token, write_token
from ...request import RequestContext
from ...routing import Routes
from ...store_search import MODALITIES, Match, find_matches, grouped
from . import store_of

__all__ = ["films_of", "ready_items", "routes"]

routes: Routes = Routes()

_LONGEST_QUERY = 10_000


def _operators(check: Check) -> Check:
    """One operator: equal to a value, or to one of several."""
    fields: Fields = {"eq": optional(check), "in": optional(array(check, 1))}

    def check_one(value: Any, name: str, textual: bool) -> list[Any]:
        given = obj(fields)(value, name, textual)
        if (given["eq"] is None) == (given["in"] is None):
            raise invalid(name, "It must have exactly one operator, eq or in.")
        return [given["eq"]] if given["in"] is None else list(given["in"])

    return check_one


_SEARCH: Fields = {
    "query": needed(obj({"text": needed(text(1, _LONGEST_QUERY))})),
    "filter": optional(
        obj(
            {
                "asset_type": optional(_operators(one_of("video", "image"))),
                "item_id": optional(_operators(text(1))),
            }
        )
    ),
    "search_options": optional(
        obj({"video": optional(obj({"modalities": needed(array(one_of(*MODALITIES), 1))}))})
    ),
    "group_by": optional(one_of("none", "item"), "none"),
    "page_size": optional(integer(1, 50), 10),
    "page_token": optional(text(1)),
    "include_metadata": optional(boolean, False),
}


@routes(
    "POST",
    "/knowledge-stores/{knowledge_store_id}/search",
    # Besides a token all is ignored, so that nothing is checked before that is known.
    json={name: optional(anything) for name in _SEARCH},
    category="knowledge_store_search",
    unknown_id=404,
    empty_429=True,
)
async def search(ctx: RequestContext) -> web.Response:
    """A page of what a search finds."""
    store = store_of(ctx)
    if ctx.body["page_token"] is not None:
        asked, after, place, since = _continued(ctx, store)
    else:
        asked, after, place, since = _first(ctx), None, 0, ctx.now
    found = await _matches(ctx, store, asked, since)
    results = grouped(found) if asked["group_by"] == "item" else [[match] for match in found]
    if after is not None:
        results = [result for result in results if result[0].place > after]
    shown = results[: asked["page_size"]]
    items = ctx.sandbox.repository.knowledge.items[store.id]
    body: dict[str, Any] = {
        "data": [
            _show(ctx, items[result[0].item_id], result, rank, metadata=asked["metadata"])
            for rank, result in enumerate(shown, place + 1)
        ],
        "effective_search_options": (
            {"video": {"modalities": asked["modalities"]}} if "video" in asked["types"] else {}
        ),
    }
    if len(results) > len(shown):
        value = {
            "asked": asked,
            "after": shown[-1][0].place,
            "place": place + len(shown),
            "since": since,
            "ends": ctx.now + ctx.sandbox.settings.store_page_token_life,
        }
        body["next_page_token"] = write_token(ctx.sandbox.repository.secret, store.id, value)
    return ctx.reply(body)


def _first(ctx: RequestContext) -> dict[str, Any]:
    """What a search that begins asks for."""
    body = check_body(ctx.body, _SEARCH)
    wanted: dict[str, Any] = body["filter"] or {}
    types: list[str] = wanted.get("asset_type") or ["video", "image"]
    search_options: dict[str, Any] = body["search_options"] or {}
    options: dict[str, list[str]] | None = search_options.get("video")
    if options is not None and "video" not in types:
        raise invalid("search_options.video", "The filter excludes videos.")
    modalities = options["modalities"] if options is not None else ["visual"]
    return {
        "text": body["query"]["text"],
        "types": types,
        "ids": wanted.get("item_id"),
        "modalities": list(dict.fromkeys(modalities)),
        "group_by": body["group_by"],
        "page_size": body["page_size"],
        "metadata": body["include_metadata"],
    }


def _continued(
    ctx: RequestContext, store: KnowledgeStore
) -> tuple[dict[str, Any], tuple[float, str, float], int, float]:
    """What the search of a token asks for, after which match its page begins, and its time."""
    token = ctx.body["page_token"]
    try:
        value = as_object(read_token(ctx.sandbox.repository.secret, store.id, str(token)))
    except ValueError as error:
        raise invalid("page_token", "It is malformed.") from error
    assert value is not None
    if ctx.now >= value["ends"]:
        raise ApiError("page_token_expired", "The page token has expired. Search again.", 410)
    score, item_id, start = value["after"]
    return value["asked"], (score, item_id, start), value["place"], value["since"]


async def ready_items(
    sandbox: SandboxContext, items: Iterable[KnowledgeStoreItem], since: float
) -> list[KnowledgeStoreItem]:
    """Those of the items that were ready at a time."""
    given = list(items)
    await sandbox.lifecycle.settle(*given)
    ready: list[KnowledgeStoreItem] = []
    for item in given:
        status, from_then = sandbox.lifecycle.status(item)
        if status == "ready" and from_then <= since:
            ready.append(item)
    return ready


async def films_of(sandbox: SandboxContext, items: Iterable[KnowledgeStoreItem]) -> dict[str, Film]:
    """What was measured of ready items, by their ids."""
    return {item.id: await sandbox.jobs.film(item.key) for item in items if item.key is not None}


async def _matches(
    ctx: RequestContext, store: KnowledgeStore, asked: dict[str, Any], since: float
) -> list[Match]:
    sandbox = ctx.sandbox
    ids: list[str] | None = asked["ids"]
    items = await ready_items(
        sandbox,
        (
            item
            for item in sandbox.repository.knowledge.items[store.id].values()
            if item.asset_type in asked["types"] and (ids is None or item.id in ids)
        ),
        since,
    )
    films = await films_of(sandbox, items)
    rank_all = sandbox.settings.unanswered_words == "ranked"
    found = await sandbox.jobs.media(_find, asked["text"], films, asked["modalities"], rank_all)
    # Films are read and ranked while other calls are answered: an item may be gone by now.
    held = sandbox.repository.knowledge.items.get(store.id, {})
    return [match for match in found if match.item_id in held]


def _find(words: str, films: dict[str, Film], modalities: list[str], rank_all: bool) -> list[Match]:
    return find_matches(words, films, modalities, rank_all=rank_all)


def _show(
    ctx: RequestContext,
    item: KnowledgeStoreItem,
    matches: list[Match],
    rank: int,
    *,
    metadata: bool,
) -> dict[str, Any]:
    shown: dict[str, Any] = {"asset_type": item.asset_type, "rank": rank, "item_id": item.id}
    if metadata:
        shown["metadata"] = {"system": _system(ctx, item), "user": item.metadata}
    if item.asset_type == "video":
        shown["matches"] = [_show_match(match) for match in matches]
    return shown


def _system(ctx: RequestContext, item: KnowledgeStoreItem) -> dict[str, Any]:
    info = ctx.sandbox.lifecycle.info_of(item)
    if info is None:
        return {}
    figures: dict[str, Any] = {"width": info.width, "height": info.height, "size": info.size}
    return figures if item.asset_type == "image" else {"duration": info.duration, **figures}


def _show_match(match: Match) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "start_sec": match.start,
        "end_sec": match.end,
        "modalities": list(match.modalities),
    }
    if match.transcription:
        shown["transcription"] = match.transcription
    return shown
