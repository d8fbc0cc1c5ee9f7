"""A web server that receives webhooks and answers them as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web
from attrs import define, field

from twelvelabs_async import webhooks

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@define
class Receiver:
    """What came, in order, as bodies and headers; each answer but those given is a 204."""

    url: str = ""
    secret: str = ""
    came: list[tuple[bytes, Mapping[str, str]]] = field(factory=list[Any])
    answers: list[int | Answer] = field(factory=list[Any])
    _news: asyncio.Condition = field(factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        async with self._news:
            self.came.append((body, dict(request.headers)))
            self._news.notify_all()
        answer = self.answers.pop(0) if self.answers else 204
        return web.Response(status=answer) if isinstance(answer, int) else await answer(request)

    async def wait(self, count: int) -> None:
        """Until so many have come."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.came) >= count)

    @property
    def events(self) -> list[Any]:
        """The events that came, verified."""
        return [webhooks.unwrap(body, headers, self.secret) for body, headers in self.came]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What came, as JSON."""
        return [orjson.loads(body) for body, _ in self.came]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that serves."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
