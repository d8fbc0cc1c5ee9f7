"""Calls: a search that finds 50 clips, a list of 50 indexes, the making of an index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from _measure import Case, Goal, Row, main
from _measure import measure as measure_cases

Work = Callable[[int], Awaitable[None]]
STORE_QUERY: dict[str, Any] = {
    "query": {"text": "a man with a red hat crosses the street"},
    "page_size": 50,
    "include_metadata": True,
}
QUERY: dict[str, Any] = {
    "index_id": f"{1:024x}",
    "search_options": ["visual", "audio"],
    "query_text": "a man with a red hat crosses the street",
    "page_limit": 50,
}
MODELS = [{"model_name": "marengo3.0", "model_options": ["visual", "audio"]}]
IN_FLIGHT = 64

CASES = [
    Case(
        "search, 50 clips, 64 in flight",
        "search_concurrently",
        {"vendor": 64, "floor": 1280, "ours": 1280},
        goals=(Goal("floor", 1.0), Goal("times", 30)),
        short="below the floor already: half is aiohttp and asyncio, a sixth our own steps",
        uvloop=True,
    ),
    Case(
        "search, 50 clips, one after another",
        "search_in_turn",
        {"vendor": 30, "floor": 500, "ours": 500},
        goals=(Goal("floor", 1.0), Goal("times", 25)),
        short="below the floor already: half is aiohttp and asyncio, a sixth our own steps",
        uvloop=True,
    ),
    Case(
        "list of 50 indexes",
        "list_in_turn",
        {"vendor": 30, "floor": 500, "ours": 500},
        goals=(Goal("floor", 1.2), Goal("times", 35)),
        short="150 typed objects cost 0.4 us each, in Python; the floor makes none, and without "
        "them it would be 1.3",
        uvloop=True,
    ),
    Case(
        "search of a knowledge store, 50 hits",
        "store_in_turn",
        {"vendor": 30, "floor": 500, "ours": 500},
        goals=(Goal("times", 30),),
    ),
    Case(
        "create of an index",
        "create_in_turn",
        {"vendor": 100, "floor": 500, "ours": 500},
        uvloop=True,
    ),
]


def in_turn(call: Callable[[], Awaitable[object]]) -> Work:
    async def work(count: int) -> None:
        for _ in range(count):
            await call()

    return work


def concurrently(call: Callable[[], Awaitable[object]]) -> Work:
    async def work(count: int) -> None:
        async def lane(share: int) -> None:
            for _ in range(share):
                await call()

        async with asyncio.TaskGroup() as group:
            for at in range(IN_FLIGHT):
                group.create_task(lane((count + at) // IN_FLIGHT))

    return work


# Ours


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Any]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url) as client:
        yield client


@asynccontextmanager
async def ours_search_in_turn(url: str) -> AsyncIterator[Work]:
    async with ours(url) as client:
        yield in_turn(lambda: client.search.create(**QUERY))


@asynccontextmanager
async def ours_search_concurrently(url: str) -> AsyncIterator[Work]:
    async with ours(url) as client:
        yield concurrently(lambda: client.search.create(**QUERY))


@asynccontextmanager
async def ours_list_in_turn(url: str) -> AsyncIterator[Work]:
    async with ours(url) as client:
        yield in_turn(lambda: client.indexes.list(page_limit=50))


@asynccontextmanager
async def ours_store_in_turn(url: str) -> AsyncIterator[Work]:
    async with ours(url) as client:
        yield in_turn(lambda: client.knowledge_stores.search("ks_1", **STORE_QUERY))


@asynccontextmanager
async def ours_create_in_turn(url: str) -> AsyncIterator[Work]:
    async with ours(url) as client:
        yield in_turn(lambda: client.indexes.create(index_name="films", models=MODELS))


# The floor: aiohttp and orjson as one writes them


@asynccontextmanager
async def floor(url: str) -> AsyncIterator[Any]:
    import aiohttp

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:
        yield session


@asynccontextmanager
async def floor_search_in_turn(url: str) -> AsyncIterator[Work]:
    async with floor(url) as session:
        yield in_turn(lambda: floor_search(session, url))


@asynccontextmanager
async def floor_search_concurrently(url: str) -> AsyncIterator[Work]:
    async with floor(url) as session:
        yield concurrently(lambda: floor_search(session, url))


async def floor_search(session: Any, url: str) -> object:
    import aiohttp
    import orjson

    # The API takes this form as multipart only.
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("index_id", QUERY["index_id"])
    for option in QUERY["search_options"]:
        form.add_field("search_options", option)
    form.add_field("query_text", QUERY["query_text"])
    form.add_field("page_limit", str(QUERY["page_limit"]))
    async with session.post(f"{url}/search", data=form) as response:
        response.raise_for_status()
        return orjson.loads(await response.read())


@asynccontextmanager
async def floor_list_in_turn(url: str) -> AsyncIterator[Work]:
    import orjson

    async with floor(url) as session:

        async def call() -> object:
            async with session.get(f"{url}/indexes", params={"page_limit": 50}) as response:
                response.raise_for_status()
                return orjson.loads(await response.read())

        yield in_turn(call)


@asynccontextmanager
async def floor_store_in_turn(url: str) -> AsyncIterator[Work]:
    async with floor(url) as session:
        to = f"{url}/knowledge-stores/ks_1/search"
        yield in_turn(lambda: floor_post(session, to, STORE_QUERY))


@asynccontextmanager
async def floor_create_in_turn(url: str) -> AsyncIterator[Work]:
    async with floor(url) as session:
        body = {"index_name": "films", "models": MODELS}
        yield in_turn(lambda: floor_post(session, f"{url}/indexes", body))


async def floor_post(session: Any, url: str, body: object) -> object:
    import orjson

    async with session.post(url, json=body) as response:
        response.raise_for_status()
        return orjson.loads(await response.read())


# The vendor's SDK


@asynccontextmanager
async def vendor(url: str) -> AsyncIterator[Any]:
    from twelvelabs import AsyncTwelveLabs

    yield AsyncTwelveLabs(api_key="key", base_url=url)


@asynccontextmanager
async def vendor_search_in_turn(url: str) -> AsyncIterator[Work]:
    async with vendor(url) as client:
        yield in_turn(lambda: client.search.create(**QUERY))


@asynccontextmanager
async def vendor_search_concurrently(url: str) -> AsyncIterator[Work]:
    async with vendor(url) as client:
        yield concurrently(lambda: client.search.create(**QUERY))


@asynccontextmanager
async def vendor_list_in_turn(url: str) -> AsyncIterator[Work]:
    async with vendor(url) as client:
        yield in_turn(lambda: client.indexes.list(page_limit=50))


@asynccontextmanager
async def vendor_store_in_turn(url: str) -> AsyncIterator[Work]:
    from twelvelabs import KnowledgeStoreSearchQuery

    query = {**STORE_QUERY, "query": KnowledgeStoreSearchQuery(**STORE_QUERY["query"])}
    async with vendor(url) as client:
        yield in_turn(lambda: client.knowledge_stores.search("ks_1", **query))


@asynccontextmanager
async def vendor_create_in_turn(url: str) -> AsyncIterator[Work]:
    async with vendor(url) as client:
        yield in_turn(lambda: client.indexes.create(index_name="films", models=MODELS))


def measure(*, quick: bool) -> list[Row]:
    return measure_cases("calls", CASES, quick=quick)


if __name__ == "__main__":
    main(measure)
