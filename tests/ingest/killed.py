"""Ingests a folder, and is killed soon after so many requests (0: never).

python killed.py BASE_URL API_KEY INDEX_ID FOLDER JOURNAL REQUESTS SEED
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import threading

from tests.ingest.scaled import FastClock
from twelvelabs_async import AsyncTwelveLabs


async def main(
    base_url: str, key: str, index_id: str, folder: str, journal: str, most: str, seed: str
) -> None:
    chance = random.Random(seed)
    left = int(most)

    def on_exchange(_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            # A little later, so that it may be anywhere, also between two steps of a commit.
            later = chance.random() * 0.02
            threading.Timer(later, os.kill, (os.getpid(), signal.SIGKILL)).start()

    async with AsyncTwelveLabs(
        key, base_url=base_url, clock=FastClock(), on_exchange=on_exchange
    ) as client:
        states = [r.status async for r in client.ingest(index_id, folder, journal=journal)]
    sys.stdout.write(f"{len(states)} {set(states)}\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
