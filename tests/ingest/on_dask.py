"""Ingests on a Dask cluster, and prints the results.

python on_dask.py kill|blocking|share BASE_URL API_KEY INDEX_ID FOLDER JOURNAL

kill: four processes, one of which is killed in the middle; blocking: with the blocking clients;
share: two submitters, with the folders FOLDER/0 and FOLDER/1, and all workers are killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from unittest.mock import patch

from distributed import Client, LocalCluster, semaphore

from tests.ingest.scaled import FastClock
from twelvelabs_async import AsyncTwelveLabs, ConfigurationError, TwelveLabs
from twelvelabs_async.ingest import IngestResult
from twelvelabs_async.ingest.dask import DaskEngine
from twelvelabs_async.ingest.items import Concurrency, IngestProgress

STEP = 0.05


def write_states(results: Sequence[IngestResult], **more: object) -> None:
    states = [result.status for result in results]
    sys.stdout.write(f"{json.dumps({'states': states, **more})}\n")


async def kill(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    async with (
        LocalCluster(
            n_workers=4, threads_per_worker=2, dashboard_address=":0", asynchronous=True
        ) as local,
        Client(local, asynchronous=True) as cluster,
        # What the killed worker has sent must be on the service when the client looks for it there,
        # ten seconds later by this clock.
        AsyncTwelveLabs(key, base_url=base_url, clock=FastClock(5.0)) as client,
    ):
        pids: dict[str, int] = await cluster.run(os.getpid)
        addresses = sorted(pids)
        victim = addresses[0]
        killed = False

        def near(location: str) -> list[str]:
            """Half of the films lie where the victim is."""
            return addresses[:2] if int(location[-5]) % 2 else addresses[2:]

        def on_progress(news: IngestProgress) -> None:
            nonlocal killed
            if not killed and news.items - news.states.get("waiting", 0) >= 30:
                killed = True
                os.kill(pids[victim], signal.SIGKILL)

        results = [
            result
            async for result in client.ingest(
                index_id,
                folder,
                journal=journal,
                concurrency=Concurrency(uploads=8),
                on_progress=on_progress,
                engine=DaskEngine(cluster, near=near),
            )
        ]
    write_states(results, killed=killed)


@asynccontextmanager
async def turns() -> AsyncGenerator[None]:
    """Time for leases: that of this loop's turns.

    On a busy machine this process may stand still for longer than a lease lasts. Its scheduler
    would then find the leases of its own submitters timed out before it hears of their renewal.
    """
    now = 0.0

    async def turn() -> None:
        nonlocal now
        while True:
            await asyncio.sleep(STEP)
            now += STEP

    turning = asyncio.create_task(turn())
    with patch.object(semaphore, "time", lambda: now):
        yield
    turning.cancel()


async def share(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    inside = most = 0
    pids: list[int] = []

    class Counting(DaskEngine):
        @asynccontextmanager
        async def indexing(self) -> AsyncGenerator[None]:
            nonlocal inside, most
            async with super().indexing():
                inside += 1
                most = max(most, inside)
                try:
                    yield
                finally:
                    inside -= 1

    def on_progress(news: IngestProgress) -> None:
        # With one place for uploads, whoever is killed had it or was waiting for it.
        while news.ended >= 3 and pids:
            os.kill(pids.pop(), signal.SIGKILL)

    async def submit(number: int) -> list[IngestResult]:
        async with (
            Client(local.scheduler_address, asynchronous=True) as cluster,
            AsyncTwelveLabs(key, base_url=base_url, clock=FastClock()) as client,
        ):
            return [
                result
                async for result in client.ingest(
                    index_id,
                    f"{folder}/{number}",
                    journal=f"{journal}-{number}",
                    concurrency=Concurrency(uploads=1, indexing=2),
                    on_progress=on_progress,
                    engine=Counting(cluster),
                )
            ]

    async with (
        turns(),
        LocalCluster(
            n_workers=2, threads_per_worker=2, dashboard_address=":0", asynchronous=True
        ) as local,
        Client(local, asynchronous=True) as cluster,
        AsyncTwelveLabs(key, base_url=base_url) as client,
    ):
        pids.extend((await cluster.run(os.getpid)).values())
        results = await asyncio.gather(submit(0), submit(1))
        try:
            others = Concurrency(uploads=1, indexing=3)
            async for _ in client.ingest(
                index_id, [], concurrency=others, engine=DaskEngine(cluster)
            ):
                raise AssertionError
        except ConfigurationError as error:
            said = str(error)
        write_states([*results[0], *results[1]], killed=not pids, most=most, said=said)


def blocking(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0") as local,
        Client(local) as cluster,
        TwelveLabs(key, base_url=base_url, clock=FastClock()) as client,
    ):
        write_states(
            list(client.ingest(index_id, folder, journal=journal, engine=DaskEngine(cluster)))
        )


if __name__ == "__main__":
    if sys.argv[1] == "blocking":
        blocking(*sys.argv[2:])
    else:
        asyncio.run((kill if sys.argv[1] == "kill" else share)(*sys.argv[2:]))
