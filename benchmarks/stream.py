"""A stream of 100,000 NDJSON events, as an answer about a video comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from _measure import Case, Goal, Row, main
from _measure import measure as measure_cases

Work = Callable[[int], Awaitable[None]]
VIDEO = f"{1:024x}"

CASES = [
    Case(
        "NDJSON, 100,000 events",
        "events",
        # The vendor's SDK needs half a minute for as many.
        {"vendor": 4_000, "floor": 100_000, "ours": 100_000},
        unit="event",
        goals=(Goal("floor", 1.1), Goal("times", 400)),
        short="the types of all fields are checked, and what came is kept to be told with an error",
    ),
]


def checked(seen: int, wanted: int) -> None:
    if seen != wanted:
        raise SystemExit(f"{seen} events instead of {wanted}")


@asynccontextmanager
async def ours_events(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            seen = 0
            async for _event in client.analyze_stream(video_id=VIDEO, prompt=str(count)):
                seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def floor_events(url: str) -> AsyncIterator[Work]:
    """As one writes it: `iter_any`, split, orjson, an attrs object an event."""
    import aiohttp
    import orjson
    from attrs import define

    @define
    class Event:
        event_type: str
        text: str | None = None
        metadata: dict[str, object] | None = None
        finish_reason: str | None = None

    async def events(response: aiohttp.ClientResponse) -> AsyncIterator[Event]:
        tail = b""
        async for piece in response.content.iter_any():
            *lines, tail = (tail + piece).split(b"\n")
            for line in lines:
                yield Event(**orjson.loads(line))

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:

        async def work(count: int) -> None:
            seen = 0
            body = {"video_id": VIDEO, "prompt": str(count), "stream": True}
            async with session.post(f"{url}/analyze", json=body) as response:
                response.raise_for_status()
                async for _event in events(response):
                    seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def vendor_events(url: str) -> AsyncIterator[Work]:
    from twelvelabs import AsyncTwelveLabs
    from twelvelabs.types import VideoContext_AssetId

    video = VideoContext_AssetId(asset_id=VIDEO)
    client = AsyncTwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        seen = 0
        async for _event in client.analyze_stream(video=video, prompt=str(count)):
            seen += 1
        checked(seen, count)

    yield work


def measure(*, quick: bool) -> list[Row]:
    return measure_cases("stream", CASES, quick=quick)


if __name__ == "__main__":
    main(measure)
