"""Bulk ingestion: ten thousand films through faults and limits, and beside the loop of today.

``python benchmarks/ingest.py --items 10000`` ingests so many films into a sandbox in another
process, which keeps the Developer tier's limits (60 uploads and 60 indexings a minute, 25 films
indexed concurrently) on a clock that runs 100 times as fast, and spoils 5 % of the calls. Our
side sends more films than that, so that they queue there. Then the journal is
compared with the service row by row.

``python benchmarks/ingest.py --beside`` counts items a minute beside the loop that users write with
the vendor's SDK (its interpreter in TWELVELABS_VENDOR_136): threads that upload, wait, index and
wait again, at 1, 8 and 32 in flight, with 50 ms a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SPEED = 100.0
AT_ONCE = 25  # films that the Developer tier indexes
HANDED_IN = 40  # films that we have in the index and not ready, those that queue among them
FAULTS: tuple[dict[str, Any], ...] = (
    {"after": True, "status": 500},
    {"after": True, "end": "reset", "share": None},
    {"status": 500},
    {"status": 503},
    {"end": "refuse"},
)
FLIGHTS = (1, 8, 32)
MOST = 960  # films for a row, so that its start and end weigh little
MODELS = [{"model_name": "marengo3.0", "model_options": ["visual"]}]

VENDOR = """
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from twelvelabs import TwelveLabs

url, key, index, threads, interval, *films = sys.argv[1:]
interval = float(interval)
client = TwelveLabs(api_key=key, base_url=url)

def one(film):
    asset = client.multipart_upload.upload_file(film)
    while client.assets.retrieve(asset.asset_id).status not in ("ready", "failed"):
        time.sleep(interval)
    item = client.indexes.indexed_assets.create(index, asset_id=asset.asset_id)
    while client.indexes.indexed_assets.retrieve(index, item.id).status not in ("ready", "failed"):
        time.sleep(interval)

began = time.perf_counter()
with ThreadPoolExecutor(int(threads)) as pool:
    list(pool.map(one, films))
print(time.perf_counter() - began)
"""


class FastClock:
    """A clock that runs as fast as the sandbox's."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    def random(self) -> float:
        return int.from_bytes(os.urandom(4)) / 2**32


def serve(kind: str) -> None:
    """A sandbox, until standard input ends; each line of it has the faults taken away."""
    from twelvelabs_async.sandbox import Sandbox, Settings, Timings

    if kind == "limits":
        settings = Settings(concurrent_indexing=AT_ONCE)
        sandbox = Sandbox(speed=SPEED, timings=Timings.real(), settings=settings)
        sandbox.limits.allow("upload", 60, 60)
        sandbox.limits.allow("index", 60, 60)
        for fault in FAULTS:
            sandbox.faults.add(None, ".*", times=None, chance=0.05 / len(FAULTS), **fault)
    else:
        sandbox = Sandbox()
        sandbox.faults.add(None, ".*", times=None, delay=0.05)
        sandbox.faults.add(None, ".*", origin="storage", times=None, delay=0.05)
    with sandbox:
        print(json.dumps([sandbox.base_url, sandbox.api_key]), flush=True)
        for _ in sys.stdin:
            sandbox.faults.clear()
            counts = Counter(
                f"{r.method} {'/'.join(p if len(p) < 20 else '*' for p in r.path.split('/'))} "
                f"{r.status}"
                for r in sandbox.requests
            )
            print(json.dumps([counts, sandbox.indexing.most]), flush=True)


@contextmanager
def sandbox(kind: str) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    url, key = json.loads(server.stdout.readline())
    try:
        yield url, key, server
    finally:
        server.communicate()


def make_films(folder: Path, count: int, small: int = 0) -> None:
    """So many films: one film's bytes under many names, each changed at another time."""
    from twelvelabs_async.sandbox.films import Scene, make_film

    film = make_film(folder.parent / "film.mp4", [Scene(seconds=4.2)], size=(360, 360), fps=5)
    tiny = make_film(folder.parent / "tiny.mp4", [Scene(seconds=4.2)], size=(320, 180), fps=5)
    for number in range(count):
        source = tiny if number < small else film
        path = folder / f"film-{number:05}.mp4"
        path.write_bytes(source.read_bytes())
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def resident() -> float:
    """MB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def many(items: int, journal: Path, folder: Path) -> None:
    from twelvelabs_async import AsyncTwelveLabs
    from twelvelabs_async.ingest.items import Concurrency, IngestProgress

    with sandbox("limits") as (url, key, server):
        async with AsyncTwelveLabs(key, base_url=url, clock=FastClock(), max_retries=3) as client:
            index = await client.indexes.create(index_name="many", models=MODELS)
            assert index.id is not None
            at_import = peak = resident()
            last: IngestProgress | None = None
            logged = time.monotonic()

            def on_progress(news: IngestProgress) -> None:
                nonlocal last, peak, logged
                last, peak = news, max(peak, resident())
                if time.monotonic() - logged > 15:
                    logged = time.monotonic()
                    print(dict(news.states), f"{peak - at_import:.0f} MB", flush=True)

            began = time.perf_counter()
            statuses: Counter[str] = Counter()
            async for result in client.ingest(
                index.id,
                folder,
                journal=journal,
                concurrency=Concurrency(uploads=16, indexing=HANDED_IN),
                on_progress=on_progress,
            ):
                statuses[result.status] += 1
            seconds = time.perf_counter() - began
            assert last is not None
            print(
                f"{items} items in {seconds:.0f} s ({seconds * SPEED / 60:.0f} min of the "
                f"service's time): {dict(statuses)} {dict(last.failures)}; memory "
                f"{peak - at_import:.1f} MB above import ({at_import:.0f} MB); "
                f"{last.requests} requests, {last.refusals} of them refused by limits"
            )
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write("clear\n")
            server.stdin.flush()
            counts, most = json.loads(server.stdout.readline())
            assert most <= AT_ONCE
            print(f"{most} films indexed concurrently at most, by the service's count")
            for what, count in sorted(counts.items(), key=lambda pair: -pair[1])[:12]:
                print(f"  {count:6} {what}")
            await compare(client, index.id, journal)


async def compare(client: Any, index_id: str, journal: Path) -> None:
    """The journal and the service, row by row; each item once."""
    from twelvelabs_async.ingest.items import MARK
    from twelvelabs_async.ingest.journal import read_items

    items = list(read_items(journal))
    assets = [row async for row in client.assets.list(page_limit=50)]
    indexed = [row async for row in client.indexes.indexed_assets.list(index_id, page_limit=50)]
    marks = Counter(row.user_metadata[MARK] for row in assets)
    twice = [mark for mark, count in marks.items() if count > 1]
    again = [i for i, count in Counter(row.asset_id for row in indexed).items() if count > 1]
    assert not twice, f"{len(twice)} uploaded twice"
    assert not again, f"{len(again)} indexed twice"
    assert {i.key: i.asset_id for i in items if i.asset_id} == {
        row.user_metadata[MARK]: row.id for row in assets
    }
    ready = {i.indexed_asset_id: i.asset_id for i in items if i.state == "ready"}
    assert ready == {row.id: row.asset_id for row in indexed if row.status == "ready"}
    print(f"the journal and the service agree: {len(assets)} assets, {len(ready)} ready, each once")


async def ours(url: str, key: str, index_id: str, folder: Path, **places: int) -> float:
    from twelvelabs_async import AsyncTwelveLabs
    from twelvelabs_async.ingest.items import Concurrency

    async with AsyncTwelveLabs(key, base_url=url) as client:
        began = time.perf_counter()
        async for result in client.ingest(
            index_id,
            folder,
            journal=folder.parent / f"{time.time_ns()}.db",
            concurrency=Concurrency(**places),
        ):
            assert result.status == "ready", result
        return time.perf_counter() - began


def vendor(
    python: str, url: str, key: str, index_id: str, films: list[str], threads: int, interval: float
) -> float:
    given = map(str, (url, key, index_id, threads, interval, *films))
    done = subprocess.run(
        [python, "-c", VENDOR, *given], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])


async def new_index(url: str, key: str) -> str:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs(key, base_url=url) as client:
        index = await client.indexes.create(index_name=f"{time.time_ns()}", models=MODELS)
        assert index.id is not None
        return index.id


def beside(folder: Path) -> None:
    python = os.environ.get("TWELVELABS_VENDOR_136")
    if not python:
        raise SystemExit("TWELVELABS_VENDOR_136 must name the interpreter with twelvelabs 1.3.6")
    rows: dict[str, dict[int, float]] = {}
    cpu: dict[str, float] = {}
    with sandbox("slow") as (url, key, _):
        for flight in FLIGHTS:
            for interval in (5.0, 1.0):
                count = {1: 3, 8: 24, 32: 96}[flight]
                films = sorted(str(path) for path in folder.iterdir())[:count]
                index_id = asyncio.run(new_index(url, key))
                seconds = vendor(python, url, key, index_id, films, flight, interval)
                name = f"the vendor's, polls every {interval:g} s"
                rows.setdefault(name, {})[flight] = 60 * count / seconds
            count = {1: 20, 8: 80, 32: MOST}[flight]
            some = folder.parent / f"some-{flight}"
            some.mkdir()
            for path in sorted(folder.iterdir())[:count]:
                os.link(path, some / path.name)
            for places in (flight, 25, 100, 200):
                index_id = asyncio.run(new_index(url, key))
                began = time.process_time()
                seconds = asyncio.run(
                    ours(url, key, index_id, some, uploads=flight, indexing=places)
                )
                as_many = places == flight
                name = f"ours, {'as many' if as_many else places} in the index"
                rows.setdefault(name, {})[flight] = 60 * count / seconds
                cpu[name] = (time.process_time() - began) / count * 1e3
    print(f"{'items a minute, in flight:':34}" + "".join(f"{flight:>8}" for flight in FLIGHTS))
    for name, figures in rows.items():
        spent = f"{cpu[name]:10.1f} ms CPU a film at {FLIGHTS[-1]}" if name in cpu else ""
        print(f"{name:34}" + "".join(f"{figures[flight]:8.0f}" for flight in FLIGHTS) + spent)
    for theirs, best in ((name, max(rows[name].values())) for name in rows if name not in cpu):
        times = (f"{max(rows[name].values()) / best:.1f} ({name})" for name in cpu)
        print(f"times the best of {theirs} ({best:.0f}): {', '.join(times)}")
    print("no more than places in the index by the seconds that indexing takes can be done")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--serve", choices=["limits", "slow"])
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "films"
        folder.mkdir()
        if given.beside:
            make_films(folder, MOST)
            beside(folder)
        else:
            make_films(folder, given.items, small=given.items // 100)
            asyncio.run(many(given.items, Path(temporary) / "journal.db", folder))


if __name__ == "__main__":
    main()
