"""A soak: mixed calls, streams and uploads against a sandbox behind a fault injector.

    python benchmarks/soak.py --seconds 60

64 tasks for the given time; of the requests 10 % are reset, 10 % get a 5xx, 5 % hang and 5 % get
garbage, half of each only after the call was carried out. At the end every create happened at most
once; what was reported done is there, once; what was said not to have happened has not; and
descriptors, threads, tasks and memory are back. Exit code 1 when one of these does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import ApiError, TwelveLabsError
from twelvelabs_async.options import Retry, Timeouts

TASKS = 64
RESETS, ERRORS, HANGS, GARBAGE = 0.10, 0.10, 0.05, 0.05
MEMORY = 24  # MB that the process may have grown by between the warm-up and the end
SETTLE = 10.0  # seconds; idle threads end a moment after their last work


# The sandbox, in a process of its own


def serve() -> None:
    """Run the sandbox: its address on stdout, then faults until a line comes in, then none."""
    from twelvelabs_async.sandbox import Sandbox, Settings, Timings
    from twelvelabs_async.sandbox.films import Scene, make_film
    from twelvelabs_async.sandbox.media.measure.render import frame

    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it logs each fault
    settings = Settings(chunk_size=32 * 1024)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(timings=Timings.none(), settings=settings, seed=1) as sandbox,
    ):
        scenes = [Scene(colour=colour, seconds=2) for colour in ("red", "green", "blue")]
        film = make_film(Path(folder) / "film.mp4", scenes)
        picture = Path(folder) / "picture.jpg"
        picture.write_bytes(frame(film, 3.0))
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        print(json.dumps({**given, "film": str(film), "picture": str(picture)}), flush=True)
        sys.stdin.readline()  # the client has prepared what it needs
        add_faults(sandbox.faults)
        sys.stdin.readline()  # the time is over
        sandbox.faults.clear()
        print(flush=True)
        sys.stdin.readline()


def add_faults(faults: Any) -> None:
    """The faults of the docstring; each is drawn when none before it was."""
    left = 1.0
    for after in (False, True):
        for share, fault in (
            (RESETS / 2, {"end": "reset" if after else "refuse", "share": None}),
            # The service refuses with a 503 what it has not carried out.
            (ERRORS / 2, {"status": 502 if after else 503}),
            (HANGS / 2, {"end": "hang", "share": None}),
            (GARBAGE / 2, {"end": "garbage"}),
        ):
            for origin in ("api", "storage"):
                faults.add(origin=origin, times=None, chance=share / left, after=after, **fault)
            left -= share


# The work


class Soak:
    """What the tasks did, and what came of it."""

    def __init__(self, client: AsyncTwelveLabs, given: dict[str, str], seconds: float) -> None:
        self.client = client
        self.film = given["film"]
        self.picture = Path(given["picture"]).read_bytes()
        self.index_id = self.video_id = ""
        self.ends = time.monotonic() + seconds
        self.numbers = itertools.count()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.done: dict[str, str] = {}
        self.doubtful: set[str] = set()
        self.refused: set[str] = set()
        self.deleted: set[str] = set()
        self.wrong: list[str] = []

    async def prepare(self) -> None:
        """An index with one film, before there are faults."""
        models = [
            {"model_name": "marengo3.0", "model_options": ["visual", "audio"]},
            {"model_name": "pegasus1.2", "model_options": ["visual", "audio"]},
        ]
        self.index_id = (await self.client.indexes.create(index_name="soak", models=models)).id
        up = await self.client.multipart_upload.upload_file(self.film)
        asset = await self.client.assets.wait_until_ready(up.asset_id)
        made = await self.client.indexes.indexed_assets.create(self.index_id, asset_id=asset.id)
        indexed = await self.client.indexes.indexed_assets.wait_until_ready(self.index_id, made.id)
        self.video_id = indexed.id

    async def task(self, chance: random.Random) -> None:
        """One task: call after call, until the time is over."""
        kinds: list[tuple[int, Callable[[], Awaitable[object]]]] = [
            (6, self.create_index),
            (6, self.create_asset),
            (1, self.upload),
            (4, self.delete),
            (10, self.read),
            (4, self.pages),
            (6, self.search),
            (6, self.stream),
            (3, self.leave_stream),
            (3, self.cancel),
        ]
        weights = [weight for weight, _ in kinds]
        while time.monotonic() < self.ends:
            (kind,) = chance.choices([call for _, call in kinds], weights)
            name = kind.__name__
            try:
                await kind()
            except TwelveLabsError as error:
                self.outcomes[name, type(error).__name__] += 1
            except Exception as foreign:  # none is to be raised
                self.wrong.append(f"{name} raised {foreign!r}")
            else:
                self.outcomes[name, "done"] += 1

    async def _created(self, name: str, call: Awaitable[Any], id_of: str = "id") -> None:
        try:
            made = await call
        except TwelveLabsError as error:
            # An upload's error holds that of its first call only as a cause.
            doubt = getattr(error, "maybe_done", True)
            (self.doubtful if doubt else self.refused).add(name)
            raise
        self.done[name] = getattr(made, id_of)

    async def create_index(self) -> None:
        name = f"index {next(self.numbers)}"
        models = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
        await self._created(name, self.client.indexes.create(index_name=name, models=models))

    async def create_asset(self) -> None:
        name = f"picture-{next(self.numbers)}.jpg"
        file = (name, self.picture)
        await self._created(name, self.client.assets.create(method="direct", file=file))

    async def upload(self) -> None:
        name = f"film-{next(self.numbers)}.mp4"
        call = self.client.multipart_upload.upload_file(self.film, filename=name)
        await self._created(name, call, "asset_id")

    async def delete(self) -> None:
        name = next((name for name in self.done if name.startswith("index")), None)
        if name is None:
            return
        id_ = self.done.pop(name)
        self.doubtful.add(name)
        try:
            await self.client.indexes.delete(id_)
        except ApiError as error:
            if error.status_code != 404 and not str(error.code).startswith("resource_not_exist"):
                raise
            if not error.maybe_done:  # else an attempt before this one has done it
                self.wrong.append(f"{name} was lost before it was deleted")
        self.doubtful.discard(name)
        self.deleted.add(name)

    async def read(self) -> None:
        if (await self.client.indexes.retrieve(self.index_id)).index_name != "soak":
            self.wrong.append("an answer went to another call")

    async def pages(self) -> None:
        seen = 0
        async for _ in self.client.indexes.list(page_limit=10):
            seen += 1
            if seen == 35:
                break

    async def search(self) -> None:
        options = ["visual"]
        query = self.client.search.query
        async for _ in query(index_id=self.index_id, search_options=options, query_text="red"):
            pass

    async def stream(self) -> None:
        stream = self.client.analyze_stream(video_id=self.video_id, prompt="colours?")
        events = [event async for event in stream]
        if not events or events[-1].event_type != "stream_end":
            self.wrong.append("a stream ended without its end")

    async def leave_stream(self) -> None:
        async for _ in self.client.analyze_stream(video_id=self.video_id, prompt="colours?"):
            break

    async def cancel(self) -> None:
        call = asyncio.ensure_future(self.client.indexes.retrieve(self.index_id))
        await asyncio.sleep(random.random() * 0.02)
        call.cancel()
        await asyncio.wait([call])

    async def check(self) -> None:
        """Compare what was said with what there is."""
        there: Counter[str] = Counter()
        ids: dict[str, str] = {}
        async for index in self.client.indexes.list(page_limit=50):
            there[str(index.index_name)] += 1
            ids[str(index.index_name)] = index.id
        async for asset in self.client.assets.list(page_limit=50):
            there[str(asset.filename)] += 1
            ids[str(asset.filename)] = asset.id
        for name, times in there.items():
            if times > 1 and name != "film.mp4":
                self.wrong.append(f"{name} was made {times} times")
        for name, id_ in self.done.items():
            if ids.get(name) != id_:
                self.wrong.append(f"{name} was reported done, and is not there")
        for name in (self.refused | self.deleted) & there.keys():
            self.wrong.append(f"{name} is there, and should not be")


# What must be back at the end


def memory() -> float:
    """MB in use by this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def held() -> dict[str, int]:
    """Descriptors, threads and tasks."""
    threads = [thread for thread in threading.enumerate() if "AnyIO" not in thread.name]
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len([thread for thread in threads if not thread.name.startswith("asyncio_")]),
        "tasks": len(asyncio.all_tasks()),
    }


async def soak(given: dict[str, str], say: Callable[[], str], seconds: float, seed: int) -> int:
    """Run it, print what came of it, and return the exit code."""
    before = held()
    attempts = Counter[str]()

    def count(exchange: Any) -> None:
        attempts["made"] += 1
        attempts["sent again"] += exchange.retry_in is not None

    client = AsyncTwelveLabs(
        given["api_key"],
        base_url=given["base_url"],
        timeout=Timeouts(connect=5.0, read=2.0, write=5.0, total=60.0),
        retry=Retry(max_retries=4, backoff=0.05, backoff_max=0.5),
        on_exchange=count,
    )
    work = Soak(client, given, seconds)
    await work.prepare()
    say()
    work.ends = time.monotonic() + seconds
    tasks = [asyncio.create_task(work.task(random.Random(seed + at))) for at in range(TASKS)]
    await asyncio.wait(tasks, timeout=seconds * 0.3)
    warm = memory()
    await asyncio.wait(tasks)
    say()
    grown = memory() - warm
    await work.check()
    await client.close()
    gc.collect()
    after = held()
    given_up = time.monotonic() + SETTLE
    while any(after[name] > before[name] for name in after) and time.monotonic() < given_up:
        await asyncio.sleep(0.1)
        after = held()
    for name, number in after.items():
        if number > before[name]:
            work.wrong.append(f"{number - before[name]} {name} were left behind")
    if after["threads"] > before["threads"]:
        work.wrong += [thread.name for thread in threading.enumerate()]
    if grown > MEMORY:
        work.wrong.append(f"memory grew by {grown:.0f} MB")
    report = {
        "seconds": seconds,
        "attempts": attempts,
        "memory grown, MB": round(grown, 1),
        "held before": before,
        "held after": after,
        "creates": {
            "done": len(work.done),
            "perhaps": len(work.doubtful),
            "not": len(work.refused),
            "deleted": len(work.deleted),
        },
        "outcomes": {
            name: {how: n for (which, how), n in sorted(work.outcomes.items()) if which == name}
            for name in sorted({which for which, _ in work.outcomes})
        },
        "wrong": work.wrong[:50],
    }
    print(json.dumps(report, indent=2))
    return 1 if work.wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return 0
    command = [sys.executable, __file__, "--serve"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        inbox, outbox = server.stdout, server.stdin
        given = json.loads(inbox.readline())
        announced = False

        def say() -> str:
            """Send the server one step on; its reply, when it has one."""
            nonlocal announced
            outbox.write("\n")
            outbox.flush()
            if not announced:
                announced = True
                return ""
            return inbox.readline()

        code = asyncio.run(soak(given, say, options.seconds, options.seed))
        outbox.write("\n")
        outbox.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
