"""The sandbox with many films in one index: how long it takes to start, list, search and create.

By the clock, since a reader of the page or a test waits for it. The floor is a bare aiohttp server
in a process of its own, which answers the same bytes. "First" is the first search after a start,
which reads the numbers that it compares; the first search with an image reads the films.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median

import aiohttp
from _cores import LAST, on_core
from _measure import Goal, Row, environment, line, main
from _sandbox_films import KEY, Data, make

SIZES = (100, 1_000, 10_000)
LIST, SEARCH, START = 50e3, 200e3, 2e6  # microseconds
GOALS = {
    "start": START,
    "list": LIST,
    "filtered list": LIST,
    "search": SEARCH,
    "image search": SEARCH,
    "create": LIST,
}
PEER = """
import asyncio, json, sys
from pathlib import Path
from aiohttp import web

FOLDER = Path(sys.argv[1])

async def answer(request):
    await request.read()
    body = (FOLDER / request.headers["X-Call"]).read_bytes()
    status = 202 if request.headers["X-Call"] == "create" else 200
    return web.Response(body=body, status=status, content_type="application/json")

async def main():
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = "http://127.0.0.1:%d/v1.3" % runner.addresses[0][1]
    print(json.dumps({"base_url": url}), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
Call = Callable[[], Awaitable[bytes]]


class Calls:
    """The calls that are measured, to one server. ``X-Call`` names each to the floor."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, data: Data) -> None:
        self._session, self._base_url, self._data = session, base_url, data

    def by_name(self) -> dict[str, Call]:
        """The calls by the names of their rows."""
        return {
            "list": self.list,
            "filtered list": partial(
                self.list, "filtered list", f"&number={len(self._data.video_ids)}"
            ),
            "search": partial(self.search, "search", query_text="red, and a whale at night"),
            "image search": partial(
                self.search,
                "image search",
                query_media_type="image",
                query_media_file=self._data.picture,
            ),
            "create": self.create,
        }

    async def list(self, name: str = "list", query: str = "") -> bytes:
        path = f"/indexes/{self._data.index_id}/indexed-assets?page_limit=50{query}"
        async with self._session.get(self._base_url + path, headers={"X-Call": name}) as answer:
            assert answer.status == 200
            return await answer.read()

    async def search(self, name: str, **query: str | bytes) -> bytes:
        form = aiohttp.FormData(default_to_multipart=True)
        fields = {"index_id": self._data.index_id, "page_limit": "50", **query}
        for field, value in fields.items():
            form.add_field(field, value, filename=None if isinstance(value, str) else "a.jpg")
        for option in ("visual", "audio", "transcription"):
            form.add_field("search_options", option)
        headers = {"X-Call": name}
        url = f"{self._base_url}/search"
        async with self._session.post(url, data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    async def create(self) -> bytes:
        url = f"{self._base_url}/indexes/{self._data.index_id}/indexed-assets"
        body = {"asset_id": self._data.asset_id}
        async with self._session.post(url, json=body, headers={"X-Call": "create"}) as answer:
            assert answer.status == 202, await answer.text()
            return await answer.read()

    async def delete(self, reply: bytes) -> None:
        """Delete what ``create`` made, so that all rounds have as many films."""
        path = f"/indexes/{self._data.index_id}/indexed-assets/{json.loads(reply)['_id']}"
        async with self._session.delete(self._base_url + path) as answer:
            assert answer.status == 204, await answer.text()


@asynccontextmanager
async def serving(command: Sequence[str], data: Data) -> AsyncGenerator[tuple[Calls, float]]:
    """A server: calls to it, and microseconds from its start to its first answer."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=subprocess.PIPE,
        env=environment(),
        preexec_fn=on_core(LAST),
    )
    try:
        assert process.stdout is not None
        facts = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession(headers={"x-api-key": KEY}) as session:
            calls = Calls(session, facts["base_url"], data)
            await calls.list()
            yield calls, (time.perf_counter() - began) * 1e6
    finally:
        process.terminate()
        await process.wait()


async def timed(call: Call, times: int, after: Callable[[bytes], Awaitable[None]] | None) -> float:
    """Microseconds of a call, the median of so many; ``after`` each, its reply goes to that."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        reply = await call()
        taken.append(time.perf_counter() - began)
        if after is not None:
            await after(reply)
    return median(taken) * 1e6


async def measured(data: Data, count: int, *, rounds: int, times: int) -> list[Row]:
    """The rows of one size."""
    rows = {
        name: Row(
            f"sandbox of {count} films: {name}",
            "process" if name == "start" else "call",
            {"floor": [], "ours": []},
        )
        for name in GOALS
    }
    first = {
        name: Row(f"sandbox of {count} films: first {name}", "call", {"ours": []})
        for name in ("search", "image search")
    }
    with tempfile.TemporaryDirectory() as folder:
        sandbox = ["-m", "twelvelabs_async.sandbox", "--json", "--quiet"]
        sandbox += ["--data", str(data.folder)]
        for _ in range(rounds):
            async with serving(sandbox, data) as (ours, ready):
                rows["start"].samples["ours"].append(ready)
                calls = ours.by_name()
                for name, row in first.items():
                    row.samples["ours"].append(await timed(calls[name], 1, None))
                for name, call in calls.items():
                    reply = await call()
                    await asyncio.to_thread(Path(folder, name).write_bytes, reply)
                    if name == "create":
                        await ours.delete(reply)
                async with serving(["-c", PEER, folder], data) as (floor, ready):
                    rows["start"].samples["floor"].append(ready)
                    for name, call in calls.items():
                        samples, after = rows[name].samples, None
                        samples["floor"].append(await timed(floor.by_name()[name], times, None))
                        if name == "create":
                            after = ours.delete
                        samples["ours"].append(await timed(call, times, after))
    for name, row in rows.items():
        row.judge([Goal("most", GOALS[name])] if count == SIZES[-1] else [])
    return [*rows.values(), *first.values()]


def measure(*, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for count in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            data = make(Path(folder), count)
            found = asyncio.run(
                measured(data, count, rounds=1 if quick else 5, times=5 if quick else 20)
            )
        for row in found:
            print(line(row), flush=True)
        rows += found
    return rows


if __name__ == "__main__":
    main(measure)
