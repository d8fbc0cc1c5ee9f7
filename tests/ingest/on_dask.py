"""Ingests on a Dask cluster, and prints what became of it.

python on_dask.py kill|blocking BASE_URL API_KEY INDEX_ID FOLDER JOURNAL

kill: four processes, one of which is killed in the middle; blocking: with the blocking clients.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence

from distributed import Client, LocalCluster
from scaled import FastClock

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async.ingest import IngestResult
from twelvelabs_async.ingest.dask import DaskEngine
from twelvelabs_async.ingest.items import Concurrency, IngestProgress


def tell(results: Sequence[IngestResult], **more: object) -> None:
    states = [result.status for result in results]
    sys.stdout.write(f"{json.dumps({'states': states, **more})}\n")


async def kill(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    async with (
        LocalCluster(
            n_workers=4, threads_per_worker=2, dashboard_address=":0", asynchronous=True
        ) as local,
        Client(local, asynchronous=True) as cluster,
        AsyncTwelveLabs(key, base_url=base_url, clock=FastClock()) as client,
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
            if not killed and news.items - news.states.get("waiting", 0) >= 80:
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
    tell(results, killed=killed)


def blocking(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0") as local,
        Client(local) as cluster,
        TwelveLabs(key, base_url=base_url, clock=FastClock()) as client,
    ):
        tell(list(client.ingest(index_id, folder, journal=journal, engine=DaskEngine(cluster))))


if __name__ == "__main__":
    if sys.argv[1] == "kill":
        asyncio.run(kill(*sys.argv[2:]))
    else:
        blocking(*sys.argv[2:])
