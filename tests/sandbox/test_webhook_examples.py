"""The examples that receive webhooks, run against a sandbox that sends them."""

from __future__ import annotations

import asyncio
import runpy
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from aiohttp import web

from tests.support.sandbox_api import serving
from twelvelabs_async import webhooks
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
EXAMPLES = Path(__file__).parents[2] / "examples"


def make_app(name: str) -> Callable[[str], Any]:
    make: Callable[[str], Any] = runpy.run_path(str(EXAMPLES / name))["make_app"]
    return make


@asynccontextmanager
async def on_aiohttp(secret: str, port: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(make_app("webhook_aiohttp.py")(secret), access_log=None)
    await runner.setup()
    await web.SockSite(runner, port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def on_fastapi(secret: str, port: socket.socket) -> AsyncIterator[None]:
    app = make_app("webhook_fastapi.py")(secret)
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    # Not `serve`, which takes the process's signals.
    task = asyncio.create_task(server._serve(sockets=[port]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


@pytest.mark.parametrize("serve", [on_aiohttp, on_fastapi])
async def test_an_example_receives_verifies_and_takes_each_event_once(
    serve: Any, small_film: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(webhook_retries=[0.0])
    with socket.create_server(("127.0.0.1", 0)) as port:
        url = f"http://127.0.0.1:{port.getsockname()[1]}/webhooks"
        async with serving(settings=settings, timings=Timings.none()) as api:
            secret = api.sandbox.webhooks.register(url).secret
            async with serve(secret, port):
                await _exercise(api, small_film, caplog)


async def _exercise(api: Any, film: Path, caplog: pytest.LogCaptureFixture) -> None:
    sandbox: Sandbox = api.sandbox
    asset = await api.asset(film)

    async def analyze() -> str:
        body = {
            "video": {"type": "asset_id", "asset_id": asset},
            "model_name": "pegasus1.6",
            "prompt": "What happens?",
        }
        return str((await api("POST", "/analyze/tasks", 202, json=body))["task_id"])

    async def statuses(count: int) -> list[int | None]:
        async with asyncio.timeout(60):
            while len(sandbox.webhooks.deliveries) < count:  # noqa: ASYNC110  # another thread's
                await asyncio.sleep(0.01)
        return [each.status for each in sandbox.webhooks.deliveries]

    def said(task: str) -> int:
        return caplog.text.count(f"analysis {task} is ready")

    first = await analyze()
    assert await statuses(1) == [204]
    sandbox.faults.spoil_webhooks("duplicate")
    second = await analyze()
    assert (await statuses(3))[1:] == [204, 204]
    # What is wrong is refused, and comes again as it should be.
    sandbox.faults.spoil_webhooks("wrong_signature")
    third = await analyze()
    assert (await statuses(5))[3:] == [401, 204]
    sandbox.faults.spoil_webhooks("garbage")
    fourth = await analyze()
    assert (await statuses(7))[5:] == [400, 204]
    sandbox.faults.spoil_webhooks("unknown_type")
    fifth = await analyze()
    assert (await statuses(8))[7:] == [204]
    async with asyncio.timeout(60):
        while not said(fourth):  # noqa: ASYNC110  # a log is no event
            await asyncio.sleep(0.01)
    assert [said(each) for each in (first, second, third, fourth, fifth)] == [1, 1, 1, 1, 0]
    assert webhooks.SIGNATURE_HEADER not in caplog.text
