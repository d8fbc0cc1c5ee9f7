"""The blocking client: a search that finds 50 clips, and a stream of 100,000 events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from _measure import Case, Goal, Row, main
from _measure import measure as measure_cases
from calls import QUERY, floor_search_in_turn
from stream import VIDEO, checked, floor_events

Work = Callable[[int], Awaitable[None]]

CASES = [
    Case(
        "blocking: search, 50 clips",
        "search",
        {"vendor": 30, "floor": 500, "ours": 500},
        goals=(Goal("floor", 1.5), Goal("times", 25)),
        short="the same call in asyncio is 19 to 30 times the vendor's; handing it over to the "
        "loop's thread and back adds 50 to 100 us",
        uvloop=True,
    ),
    Case(
        "blocking: NDJSON, 100,000 events",
        "events",
        {"vendor": 4_000, "floor": 100_000, "ours": 100_000},
        unit="event",
        goals=(Goal("floor", 2.0), Goal("times", 120)),
        uvloop=True,
    ),
]


@asynccontextmanager
async def ours_search(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import TwelveLabs

    with TwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            for _ in range(count):
                client.search.create(**QUERY)

        yield work


@asynccontextmanager
async def ours_events(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import TwelveLabs

    with TwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            stream = client.analyze_stream(video_id=VIDEO, prompt=str(count))
            checked(sum(1 for _event in stream), count)

        yield work


# aiohttp has no blocking client: what the blocking one adds is seen beside the same floor
floor_search = floor_search_in_turn


@asynccontextmanager
async def vendor_search(url: str) -> AsyncIterator[Work]:
    from twelvelabs import TwelveLabs

    client = TwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        for _ in range(count):
            client.search.create(**QUERY)

    yield work


@asynccontextmanager
async def vendor_events(url: str) -> AsyncIterator[Work]:
    from twelvelabs import TwelveLabs
    from twelvelabs.types import VideoContext_AssetId

    video = VideoContext_AssetId(asset_id=VIDEO)
    client = TwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        stream = client.analyze_stream(video=video, prompt=str(count))
        checked(sum(1 for _event in stream), count)

    yield work


__all__ = ["floor_events", "floor_search"]


def measure(*, quick: bool) -> list[Row]:
    return measure_cases("sync", CASES, quick=quick)


if __name__ == "__main__":
    main(measure)
