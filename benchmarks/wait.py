"""Waiting until 1,000 tasks are ready: how many requests a round of looks takes, and what CPU."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from urllib.request import urlopen

import _stub
from _measure import Goal, Row, line, main, worker

Work = Callable[[int], Awaitable[None]]
IDS = [_stub.an_id(at) for at in range(_stub.TASKS)]
INTERVAL = 0.05  # seconds between looks: the machine's, not the service's, pace


@asynccontextmanager
async def ours_tasks(url: str) -> AsyncIterator[Work]:
    from twelvelabs_async import AsyncTwelveLabs

    async with AsyncTwelveLabs("key", base_url=url) as client:

        async def work(count: int) -> None:
            tasks = await client.tasks.wait_until_all_ready(IDS[:count], interval=INTERVAL)
            assert len(tasks) == count

        yield work


@asynccontextmanager
async def vendor_tasks(url: str) -> AsyncIterator[Work]:
    """The vendor's SDK waits for one task at a time: here for 64 of them concurrently.

    With all 1,000 concurrently its connection pool would be all that is measured.
    """
    from twelvelabs import AsyncTwelveLabs

    client = AsyncTwelveLabs(api_key="key", base_url=url, timeout=600)

    async def work(count: int) -> None:
        places = asyncio.Semaphore(64)

        async def one(id_: str) -> None:
            async with places:
                await client.tasks.wait_for_done(id_, sleep_interval=INTERVAL)

        await asyncio.gather(*(one(id_) for id_ in IDS[:count]))

    yield work


def measure(*, quick: bool) -> list[Row]:
    contestants = ("vendor", "ours")
    requests = Row(
        "wait for 1,000 tasks: requests a round",
        "round",
        {who: [] for who in contestants},
        "requests",
    )
    cpu = Row("wait for 1,000 tasks: CPU", "task", {who: [] for who in contestants})
    with ExitStack() as stack:
        url = stack.enter_context(_stub.running())
        asks = {who: stack.enter_context(worker("wait", who, "tasks", url)) for who in contestants}
        for _ in range(1 if quick else 3):
            for who, ask in asks.items():
                cost = ask(_stub.TASKS)
                with urlopen(f"{url}/asked") as answer:
                    asked = sum(json.load(answer).values())
                requests.samples[who].append(asked / _stub.ROUNDS)
                cpu.samples[who].append(cost["cpu"] / _stub.TASKS * 1e6)
    requests.judge([Goal("most", _stub.TASKS / 50), Goal("times", 50)])
    for row in (requests, cpu):
        print(line(row), flush=True)
    return [requests, cpu]


if __name__ == "__main__":
    main(measure)
