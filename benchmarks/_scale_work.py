"""The contestants of `scale.py`: ours, and bare aiohttp and orjson as one writes them.

The work of each is given a size. It reports how many items that made, by which the costs are
divided, and other figures of them.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

Report = dict[str, float]
Work = Callable[[int], Awaitable[Report]]
Call = Callable[[], Awaitable[object]]
Contestant = Callable[[str], AbstractAsyncContextManager[Work]]

ID, ASSET = f"{1:024x}", f"{2:024x}"
CONNECTIONS = 64  # as many as a client has by default
FEWEST = 1_024  # calls for one figure
EVENTS = 100
MB = 1_000_000
UPLOADS = 256  # at least so many for one figure
BATCH = 64  # items that an ingestion enters in one step


# What both contestants do


def in_flight(call: Call, *, fewest: int = FEWEST) -> Work:
    """So many calls in flight, as long as there are some left."""

    async def work(size: int) -> Report:
        loop = asyncio.get_running_loop()
        total = max(size, fewest)
        begun = ended = late = timers = 0
        call_at = loop.call_at

        def counted(*args: Any, **options: Any) -> asyncio.TimerHandle:
            nonlocal timers
            timers += 1
            return call_at(*args, **options)

        async def lane(share: int) -> None:
            nonlocal begun, ended, late
            for _ in range(share):
                mine = begun
                begun += 1
                await call()
                late = max(late, ended - mine)
                ended += 1

        loop.call_at = counted  # type: ignore[method-assign, assignment]  # asyncio counts no timers
        try:
            async with asyncio.TaskGroup() as group:
                for at in range(size):
                    group.create_task(lane((total + at) // size))
        finally:
            del loop.call_at
        return {"items": total, "timers": timers / total, "late": late}

    return work


def waiting(call: Call) -> Work:
    """So many calls that wait while others have the connections: the memory of each."""

    async def begun(size: int) -> int:
        gc.collect()
        tracemalloc.start()
        try:
            calls = [asyncio.create_task(_finished(call)) for _ in range(size)]
            for _ in range(3):
                await asyncio.sleep(0)
            used = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        await asyncio.gather(*calls)
        return used

    async def work(size: int) -> Report:
        await begun(CONNECTIONS)  # connections
        under_way = await begun(CONNECTIONS)
        waits = await begun(CONNECTIONS + size) - under_way
        return {"items": size, "kilobytes": waits / size / 1024}

    return work


async def _finished(call: Call) -> None:
    await call()


def in_turn(read: Callable[[], Awaitable[object]]) -> Work:
    """So many, one after another."""

    async def work(size: int) -> Report:
        for _ in range(size):
            await read()
        return {"items": size}

    return work


# Calls


@asynccontextmanager
async def _ours(url: str, **options: Any) -> AsyncIterator[Any]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url, **options) as client:
        yield client


@asynccontextmanager
async def _floor(limit: int = CONNECTIONS) -> AsyncIterator[Any]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(headers={"x-api-key": "key"}, connector=connector) as session:
        yield session


def _ours_call(client: Any) -> Call:
    return lambda: client.indexes.indexed_assets.create(ID, asset_id=ASSET)


def _floor_call(session: Any, url: str) -> Call:
    import orjson

    async def call() -> object:
        to = f"{url}/indexes/{ID}/indexed-assets"
        async with session.post(to, json={"asset_id": ASSET}) as response:
            response.raise_for_status()
            return orjson.loads(await response.read())

    return call


def by_ours(work: Callable[..., Work], call: Callable[[Any], Call], **options: Any) -> Contestant:
    """Our client at work on a call; `options` are the client's."""

    @asynccontextmanager
    async def contestant(url: str) -> AsyncIterator[Work]:
        async with _ours(url, **options) as client:
            yield work(call(client))

    return contestant


def by_floor(
    work: Callable[..., Work], call: Callable[[Any, str], Call], limit: int = CONNECTIONS
) -> Contestant:
    """A session of aiohttp at work on a call, over `limit` connections (0: any number)."""

    @asynccontextmanager
    async def contestant(url: str) -> AsyncIterator[Work]:
        async with _floor(limit) as session:
            yield work(call(session, url))

    return contestant


many_in_flight = partial(in_flight, fewest=2 * FEWEST)

ours_in_flight = by_ours(in_flight, _ours_call)
floor_in_flight = by_floor(in_flight, _floor_call)
ours_waiting = by_ours(waiting, _ours_call)
floor_waiting = by_floor(waiting, _floor_call)
ours_connections = by_ours(many_in_flight, _ours_call, max_connections=100_000)
floor_connections = by_floor(many_in_flight, _floor_call, limit=0)


# Rows of a list


@asynccontextmanager
async def ours_rows(url: str) -> AsyncIterator[Work]:
    async with _ours(url) as client:

        async def work(size: int) -> Report:
            seen = 0
            async for _row in client.assets.list(filename=str(size), page_limit=50):
                seen += 1
            return {"items": seen}

        yield work


@asynccontextmanager
async def floor_rows(url: str) -> AsyncIterator[Work]:
    import orjson

    async with _floor() as session:

        async def work(size: int) -> Report:
            seen, page, pages = 0, 1, 1
            while page <= pages:
                query = {"filename": str(size), "page_limit": 50, "page": page}
                async with session.get(f"{url}/assets", params=query) as response:
                    response.raise_for_status()
                    found = orjson.loads(await response.read())
                seen += len(found["data"])
                page, pages = page + 1, found["page_info"]["total_page"]
            return {"items": seen}

        yield work


# Streams


def _ours_stream(client: Any) -> Call:
    async def read() -> None:
        seen = 0
        async for _event in client.analyze_stream(video_id=ID, prompt=str(EVENTS)):
            seen += 1
        assert seen == EVENTS

    return read


def _floor_stream(session: Any, url: str) -> Call:
    import orjson

    async def read() -> None:
        seen, tail = 0, b""
        body = {"video_id": ID, "prompt": str(EVENTS), "stream": True}
        async with session.post(f"{url}/analyze", json=body) as response:
            response.raise_for_status()
            async for piece in response.content.iter_any():
                *lines, tail = (tail + piece).split(b"\n")
                for line in lines:
                    orjson.loads(line)
                    seen += 1
        assert seen == EVENTS

    return read


ours_streams_in_turn = by_ours(in_turn, _ours_stream)
floor_streams_in_turn = by_floor(in_turn, _floor_stream)
ours_streams_concurrently = by_ours(in_flight, _ours_stream)
floor_streams_concurrently = by_floor(in_flight, _floor_stream, limit=0)


# Uploads


@asynccontextmanager
async def _film() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder, "film.mp4")
        await asyncio.to_thread(film.write_bytes, bytes(MB))
        yield film


@asynccontextmanager
async def ours_uploads(url: str) -> AsyncIterator[Work]:
    async with _film() as film, _ours(url) as client:
        upload = client.multipart_upload.upload_file
        yield in_flight(lambda: upload(film), fewest=UPLOADS)


@asynccontextmanager
async def floor_uploads(url: str) -> AsyncIterator[Work]:
    import orjson

    async with _film() as film, _floor() as session:
        uploads = f"{url}/assets/multipart-uploads"

        async def upload() -> None:
            data = await asyncio.to_thread(film.read_bytes)
            about = {"filename": film.name, "type": "video", "total_size": len(data)}
            async with session.post(uploads, json=about) as response:
                made = orjson.loads(await response.read())
            part = made["upload_urls"][0]
            async with session.put(part["url"], data=data) as response:
                response.raise_for_status()
                etag = response.headers["ETag"]
            chunk = {"chunk_index": 1, "proof": etag, "proof_type": "etag", "chunk_size": len(data)}
            to = f"{uploads}/{made['upload_id']}"
            async with session.post(to, json={"completed_chunks": [chunk]}) as response:
                assert "url" in orjson.loads(await response.read())

        yield in_flight(upload, fewest=UPLOADS)


# The limiter


@asynccontextmanager
async def ours_limiter(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async._runtime.clock import SystemClock
    from twelvelabs_async._runtime.limiter import Limiter

    async def work(size: int) -> Report:
        limiter = Limiter(SystemClock(), CONNECTIONS)

        async def call() -> None:
            async with limiter.acquire("index", 60.0):
                await asyncio.sleep(0)

        await asyncio.gather(*(call() for _ in range(size)))
        return {"items": size}

    yield work


@asynccontextmanager
async def floor_limiter(url: str) -> AsyncIterator[Work]:
    async def work(size: int) -> Report:
        limiter = asyncio.Semaphore(CONNECTIONS)

        async def call() -> None:
            async with limiter:
                await asyncio.sleep(0)

        await asyncio.gather(*(call() for _ in range(size)))
        return {"items": size}

    yield work


floor_windows = floor_limiter  # what so many tasks cost, without any window


class _FastClock:
    """A clock on which a wait is over immediately."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    def random(self) -> float:
        return 0.0


@asynccontextmanager
async def ours_windows(url: str) -> AsyncIterator[Work]:
    """The service takes 100 calls a minute, as its headers say."""
    from twelvelabs_async._runtime.limiter import Limiter
    from twelvelabs_async._runtime.rate_limits import RateLimit

    async def work(size: int) -> Report:
        clock = _FastClock()
        limiter = Limiter(clock, CONNECTIONS)
        taken: Counter[int] = Counter()

        async def call() -> None:
            async with limiter.acquire("index", 1e9) as permit:
                minute, past = divmod(clock.now, 60)
                taken[int(minute)] += 1
                limit = RateLimit(limit=100, remaining=100 - taken[int(minute)], reset=60 - past)
                await asyncio.sleep(0)
                permit.learn({"request": limit}, horizon=1e9)

        await asyncio.gather(*(call() for _ in range(size)))
        assert max(taken.values()) <= 100
        return {"items": size}

    yield work


# The journal


def _items(size: int) -> list[Any]:
    from twelvelabs_async.ingest.items import Item

    return [
        Item(
            key=f"{at * 2654435761 % 2**32:08x}{at:016x}",  # as hashes: in no order
            location=f"/films/film-{at}.mp4",
            filename=f"film-{at}.mp4",
            size=8_000_000 + at,
            content=f"{at:032x}",
            added=1e9 + at,
        )
        for at in range(size)
    ]


async def _entered(path: Path, size: int) -> tuple[Any, list[Any]]:
    """A journal with so many items, entered as an ingestion enters them."""
    from twelvelabs_async.ingest.journal import Journal

    journal = await Journal.open(path, ID)
    items = _items(size)
    for at in range(0, size, BATCH):
        await journal.claim(items[at : at + BATCH])
    return journal, items


@asynccontextmanager
async def ours_journal(url: str) -> AsyncIterator[Work]:
    """Every item from its entry to its end, 64 at a time."""

    async def work(size: int) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            journal, items = await _entered(Path(folder, "journal"), size)

            async def process(item: Any) -> None:
                await journal.save(item, state="uploading", attempts=1, upload_began=1e9)
                # The service's ids begin with the time.
                journal.note(item, state="processing", asset_id=f"a{item.key[8:]}", uploaded=1e9)
                journal.note(item, state="processed", processed=1e9)
                await journal.save(item, state="submitting", attempts=2, index_began=1e9)
                journal.note(item, state="indexing", indexed_asset_id=f"i{item.key[8:]}")
                await journal.save(item, state="ready", indexed=1e9, ended=1e9)

            for at in range(0, size, BATCH):
                await asyncio.gather(*(process(item) for item in items[at : at + BATCH]))
            assert journal.states["ready"] == size
            await journal.close()
        return {"items": size}

    yield work


@asynccontextmanager
async def floor_journal(url: str) -> AsyncIterator[Work]:
    """The same rows, changes and commits by sqlite3 alone."""
    from twelvelabs_async.ingest.journal import plain
    from twelvelabs_async.ingest.journal_file import COLUMNS, open_journal, transaction

    insert = f"insert into items ({', '.join(COLUMNS)}, run) values (?{', ?' * len(COLUMNS)})"
    steps = (
        ("state = 'uploading', attempts = 1, upload_began = 1e9",),
        (
            "state = 'processing', asset_id = 'a' || substr(key, 9), uploaded = 1e9",
            "state = 'processed', processed = 1e9",
            "state = 'submitting', attempts = 2, index_began = 1e9",
        ),
        (
            "state = 'indexing', indexed_asset_id = 'i' || substr(key, 9)",
            "state = 'ready', indexed = 1e9, ended = 1e9",
        ),
    )

    async def work(size: int) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            db, lock = open_journal(Path(folder, "journal"))
            items = _items(size)
            batches = [items[at : at + BATCH] for at in range(0, size, BATCH)]
            for batch in batches:
                rows = [[*(plain(n, getattr(item, n)) for n in COLUMNS), 1] for item in batch]
                with transaction(db):
                    db.executemany(insert, rows)
            for batch in batches:
                for step in steps:
                    with transaction(db):
                        for item in batch:
                            for change in step:
                                db.execute(f"update items set {change} where key = ?", [item.key])
            db.close()
            if lock is not None:
                lock.release()
        return {"items": size}

    yield work


@asynccontextmanager
async def ours_resumed(url: str) -> AsyncIterator[Work]:
    """A second run on a journal: every other item was in progress, and the others waited."""
    from twelvelabs_async.ingest.journal import Journal

    async def work(size: int) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "journal")
            journal, items = await _entered(path, size)
            for item in items[::2]:
                journal.note(item, state="processing", asset_id=f"a{item.key[8:]}")
            await journal.close()
            journal = await Journal.open(path, ID)
            found, after = len(await journal.in_progress()), 0
            while found < size:
                batch, after = await journal.pending(after, BATCH)
                found += len(await journal.claim(batch))
            assert found == size
            await journal.close()
        return {"items": size}

    yield work
