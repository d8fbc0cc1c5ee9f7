"""A server that keeps every request and answers with what the document says of the reply."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from typing import Any, NamedTuple, Self

from aiohttp import web

from tests.contract.contract_paths import ORACLE

ALL: dict[str, Any] = json.loads(ORACLE.read_text(encoding="utf-8"))
FACTS: dict[str, Any] = {**ALL["later"], **ALL["operations"]}
PREFIX = "/v1.3"


def _object(**values: str) -> dict[str, Any]:
    """The fact of an object with these values."""
    return {
        "type": "object",
        "fields": {name: {"type": "string", "enum": [value]} for name, value in values.items()},
    }


# What the documents do not have, in their own way of saying it.
ELSEWHERE: dict[str, Any] = {
    "GET /entities": FACTS["GET /entity-collections/{entity_collection_id}/entities"],
    "POST /tasks/transfers/import/{id}": {"reply": {"status": 201, "type": None}},
    "GET /tasks/transfers/import/{id}/status": {"reply": {"status": 200, "type": None}},
    "GET /tasks/transfers/import/{id}/logs": {"reply": {"status": 200, "type": None}},
    "GET /assets/{id}/transcription": {"reply": {"status": 200, "type": _object(status="ready")}},
    "POST /analyze/tasks/{id}/cancel": {
        "reply": {"status": 200, "type": _object(task_id="1", status="canceled")}
    },
}
EVENTS: list[dict[str, Any]] = [
    {"event_type": "stream_start", "metadata": {"generation_id": "1"}},
    {"event_type": "text_generation", "text": "A car."},
    {"event_type": "stream_end", "metadata": {"generation_id": "1", "usage": {"output_tokens": 2}}},
]
SERVER_SENT = 'data: {"type": "keepalive", "sequence_number": 1}\n\ndata: [DONE]\n\n'
WHOLE = {"id": "1", "data": "A car.", "finish_reason": "stop", "usage": {"output_tokens": 2}}


class Request(NamedTuple):
    """One request as it came over the wire."""

    verb: str
    path: str
    """As sent, escapes and all, without the query."""
    query: str
    headers: dict[str, str]
    body: bytes


def sample(fact: dict[str, Any] | None, name: str = "") -> Any:
    """A value that the document allows, with every field."""
    match fact:
        case None | {"type": "any"}:
            return {} if fact is None else None
        case {"type": "object", "fields": fields}:
            return {key: sample(value, key) for key, value in fields.items()}
        case {"type": "union", "of": [first, *_], "tag": tag}:
            value = sample(first, name)
            return value | {tag: first["tags"][0]} if "tags" in first else value
        case {"type": "array", "items": items}:
            return [sample(items)]
        case {"enum": [first, *_]}:
            return first
    if name.endswith(("_at", "_expires")):
        return "2026-03-01T10:00:00Z"
    return {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "object": {}}[
        fact["type"]
    ]


class Stub:
    """The server, on a thread and a loop of its own; ``with`` starts and stops it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._routes = [
            (re.compile(re.sub(r"\{[^}]*\}", "[^/]+", key)), fact["reply"])
            for key, fact in {**FACTS, **ELSEWHERE}.items()
        ]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def settle(self) -> None:
        """Return when every client's connection is closed on this side, too."""
        asyncio.run_coroutine_threadsafe(self._closed(), self._loop).result(10)

    async def _closed(self) -> None:
        assert self._runner is not None
        server = self._runner.server
        assert server is not None
        while server.connections:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.on_response_prepare.append(self._number)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}{PREFIX}"

    async def _number(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say in a header which request it is."""
        response.headers["X-Request-Id"] = str(len(self.requests))

    async def _answer(self, request: web.Request) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        body = await request.read()
        kept = Request(
            request.method, path.removeprefix(PREFIX), query, dict(request.headers), body
        )
        self.requests.append(kept)
        if kept.path in ("/analyze", "/generate"):
            if json.loads(body).get("stream") is False:
                return web.json_response(WHOLE)
            return web.Response(text="".join(json.dumps(event) + "\n" for event in EVENTS))
        if kept.path == "/responses" and json.loads(body).get("stream"):
            return web.Response(text=SERVER_SENT, content_type="text/event-stream")
        # An id with a raw slash or mark in it leads nowhere: kept all the same.
        reply = next(
            (r for key, r in self._routes if key.fullmatch(f"{kept.verb} {kept.path}")),
            {"status": 404, "type": None},
        )
        if reply["status"] == 204:
            return web.Response(status=204)
        return web.json_response(sample(reply["type"]), status=reply["status"])
