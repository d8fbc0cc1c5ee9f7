"""Ingests on a cluster of four processes and kills one of them in the middle.

python on_dask.py BASE_URL API_KEY INDEX_ID FOLDER JOURNAL
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from distributed import Client, LocalCluster
from scaled import FastClock

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest.dask import DaskEngine
from twelvelabs_async.ingest.items import Concurrency, IngestProgress


async def main(base_url: str, key: str, index_id: str, folder: str, journal: str) -> None:
    async with (
        LocalCluster(
            n_workers=4, threads_per_worker=2, dashboard_address=":0", asynchronous=True
        ) as local,
        Client(local, asynchronous=True) as cluster,
        AsyncTwelveLabs(key, base_url=base_url, clock=FastClock()) as client,
    ):
        pids: dict[str, int] = await cluster.run(os.getpid)
        victim = min(pids.values())
        killed = False

        def on_progress(news: IngestProgress) -> None:
            nonlocal killed
            if not killed and news.items - news.states.get("waiting", 0) >= 80:
                killed = True
                os.kill(victim, signal.SIGKILL)

        results = [
            result
            async for result in client.ingest(
                index_id,
                folder,
                journal=journal,
                concurrency=Concurrency(uploads=8),
                on_progress=on_progress,
                engine=DaskEngine(cluster),
            )
        ]
    states = [result.status for result in results]
    attempts = max(result.attempts for result in results)
    told = {"killed": killed, "states": states, "attempts": attempts}
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
