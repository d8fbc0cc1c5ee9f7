"""Streams of 100,000: an answer's NDJSON events, a response's server-sent events, JSON Lines.

The last are the results of a batch: read while they come, they take no more memory than one does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import _stub
from _measure import Case, Goal, Row, line, main, worker
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
        goals=(Goal("floor", 1.05), Goal("times", 400)),
        short="it is below the floor already, which makes an object of each event, too",
        uvloop=True,
    ),
    Case(
        "server-sent events, 100,000",
        "frames",
        {"vendor": 1_000, "floor": 100_000, "ours": 100_000},
        unit="event",
        goals=(Goal("times", 100),),
        uvloop=True,
    ),
    Case(
        "JSON Lines, 100,000 results",
        "results",
        {"vendor": 2_000, "floor": 100_000, "ours": 100_000},
        unit="result",
        goals=(Goal("times", 100),),
        short="bare aiohttp and orjson, which make no objects, are 88 to 116 times the vendor's: "
        "three objects a result leave 50 to 65",
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
            for text in lines:
                yield Event(**orjson.loads(text))

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


# Server-sent events of a response


@asynccontextmanager
async def ours_frames(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            seen = 0
            async for _event in client.responses.create_stream(
                knowledge_store_id="ks_1", input=[{"role": "user", "content": str(count)}]
            ):
                seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def floor_frames(url: str) -> AsyncIterator[Work]:
    """As one writes it: split at empty lines, orjson of the data, a dict an event."""
    import aiohttp
    import orjson

    async def events(response: aiohttp.ClientResponse) -> AsyncIterator[object]:
        tail = b""
        async for piece in response.content.iter_any():
            *frames, tail = (tail + piece).split(b"\n\n")
            for frame in frames:
                data = frame[frame.index(b"data: ") + 6 :]
                if data == b"[DONE]":
                    return
                yield orjson.loads(data)

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:

        async def work(count: int) -> None:
            seen = 0
            body = {"knowledge_store_id": "ks_1", "input": [{"content": str(count)}]}
            async with session.post(f"{url}/responses", json=body) as response:
                response.raise_for_status()
                async for _event in events(response):
                    seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def vendor_frames(url: str) -> AsyncIterator[Work]:
    from twelvelabs import AsyncTwelveLabs, ResponseInputItem

    client = AsyncTwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        seen = 0
        async for _event in client.responses.create_stream(
            knowledge_store_id="ks_1",
            input=[ResponseInputItem(type="message", role="user", content=str(count))],
        ):
            seen += 1
        checked(seen, count)

    yield work


# JSON Lines of a batch


@asynccontextmanager
async def ours_results(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            seen = 0
            async for _result in client.analyze_async.batches.results(str(count)):
                seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def floor_results(url: str) -> AsyncIterator[Work]:
    import aiohttp
    import orjson

    async with aiohttp.ClientSession(headers={"x-api-key": "key"}) as session:

        async def work(count: int) -> None:
            seen, tail = 0, b""
            async with session.get(f"{url}/analyze/batches/{count}/results") as response:
                response.raise_for_status()
                async for piece in response.content.iter_any():
                    *lines, tail = (tail + piece).split(b"\n")
                    for each in lines:
                        orjson.loads(each)
                        seen += 1
            checked(seen, count)

        yield work


@asynccontextmanager
async def vendor_results(url: str) -> AsyncIterator[Work]:
    from twelvelabs import AsyncTwelveLabs

    client = AsyncTwelveLabs(api_key="key", base_url=url)

    async def work(count: int) -> None:
        seen = 0
        async for _result in client.analyze_async.batches.results(str(count)):
            seen += 1
        checked(seen, count)

    yield work


def memory(rounds: int) -> Row:
    """The peak of memory in use above that before the 100,000 results: 40 MB of JSON Lines."""
    row = Row("JSON Lines, 100,000: memory", "file", {"floor": [], "ours": []}, quantity="MB")
    with _stub.running() as url:
        for _ in range(rounds):
            for who in row.samples:
                with worker("stream", who, "results", url) as ask:
                    ask(10_000)  # connections, imports and compiled hooks are not what is measured
                    row.samples[who].append(ask(100_000)["memory"] / 1e6)
    return row.judge([Goal("most", 8)])


def measure(*, quick: bool) -> list[Row]:
    rows = measure_cases("stream", CASES, quick=quick)
    rows.append(memory(1 if quick else 3))
    print(line(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main(measure)
