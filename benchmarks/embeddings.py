"""The embeddings of six hours of film: 3,600 vectors of 512 numbers, 39 MB of JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import _stub
from _measure import Case, Goal, Row, line, main, worker
from _measure import measure as measure_cases
from _stub import NUMBERS, VECTORS

Work = Callable[[int], Awaitable[object]]
TASK = f"{1:024x}"

CASES = [
    Case(
        "embeddings, 3,600 x 512",
        "lists",
        {"vendor": 1, "floor": 1, "ours": 1},
        unit="reply",
        goals=(Goal("floor", 1.10), Goal("times", 35)),
        short="all but a hundredth is orjson and the reading of 39 MB, as in the floor",
    ),
    Case("embeddings, compact vectors", "compact", {"floor": 1, "ours": 1}, unit="reply"),
]


def checked(segments: Any, get: Callable[[Any], Any]) -> None:
    if len(segments) != VECTORS or len(get(segments[-1])) != NUMBERS:
        raise SystemExit("these are not all vectors")


@asynccontextmanager
async def ours(url: str, *, compact: bool) -> AsyncIterator[Work]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url, compact_vectors=compact) as client:
        await client.indexes.list()  # connections and imports are not what is measured

        async def work(count: int) -> None:
            for _ in range(count):
                task = await client.embed.tasks.retrieve(TASK)
                checked(task.video_embedding.segments, lambda segment: segment.float_)

        yield work


def ours_lists(url: str) -> Any:
    return ours(url, compact=False)


def ours_compact(url: str) -> Any:
    return ours(url, compact=True)


@asynccontextmanager
async def floor_lists(url: str) -> AsyncIterator[Work]:
    import aiohttp
    import orjson

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:

        async def work(count: int) -> int:
            body = b""
            for _ in range(count):
                async with session.get(f"{url}/embed/tasks/{TASK}") as response:
                    response.raise_for_status()
                    body = await response.read()
                    task = orjson.loads(body)
                checked(task["video_embedding"]["segments"], lambda segment: segment["float"])
            return len(body)

        await (await session.get(f"{url}/indexes")).read()
        yield work


floor_compact = floor_lists


@asynccontextmanager
async def vendor_lists(url: str) -> AsyncIterator[Work]:
    from twelvelabs import AsyncTwelveLabs

    client = AsyncTwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        for _ in range(count):
            task = await client.embed.tasks.retrieve(TASK)
            checked(task.video_embedding.segments, lambda segment: segment.float_)

    yield work


def memory(rounds: int) -> Row:
    """The memory in use at its peak above that before the call and the body, both for the client.

    Each time in a new process: one that has worked before has memory of its own in store.
    """
    row = Row(
        "embeddings, compact: memory above body", "reply", {"floor": [], "ours": []}, quantity="MB"
    )
    with _stub.running() as url:
        for _ in range(rounds):
            body = 0
            for who in row.samples:
                with worker("embeddings", who, "compact", url) as ask:
                    cost = ask(1)
                body = cost["found"] or body  # the floor's says how long the body is
                row.samples[who].append((cost["memory"] - body) / 1e6)
    return row.judge([Goal("most", 20)])


def measure(*, quick: bool) -> list[Row]:
    rows = measure_cases("embeddings", CASES, quick=quick)
    rows.append(memory(1 if quick else 3))
    print(line(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main(measure)
