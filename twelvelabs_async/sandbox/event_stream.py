"""Server-sent events as the service sends them, and what it sends while there is nothing to say."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from .faults import apply_stream_fault
from .media.language.writing import pieces
from .request import RequestContext

__all__ = ["EventStream", "item_events", "wait_for_answer"]

_LOOK_EVERY: Final = 0.02
_MOST_SIGNS: Final = 100


class EventStream:
    """Numbers events and writes each one immediately."""

    def __init__(self, ctx: RequestContext) -> None:
        self._ctx = ctx
        self._numbers = itertools.count()
        self._sent = 0
        self.response: web.StreamResponse = web.StreamResponse()

    async def open(self) -> None:
        """Send the head of the reply."""
        response = self.response
        response.content_type = "text/event-stream"
        response.headers["Cache-Control"] = "no-cache"
        response.headers.update(self._ctx.headers)
        response.enable_chunked_encoding()
        await response.prepare(self._ctx.request)

    async def send(self, kind: str, **fields: Any) -> bool:
        """Send an event; False when a fault ended the stream instead."""
        event = {"type": kind, "sequence_number": next(self._numbers), **fields}
        return await self._write(f"event: {kind}\ndata: ".encode() + orjson.dumps(event) + b"\n\n")

    async def close(self) -> None:
        """Send the end."""
        if await self._write(b"data: [DONE]\n\n"):
            await self.response.write_eof()

    async def _write(self, frame: bytes) -> bool:
        if await apply_stream_fault(self._ctx.request, self.response, self._sent):
            return False
        self._sent += 1
        await self.response.write(frame)
        return True


async def wait_for_answer(
    ctx: RequestContext,
    work: asyncio.Task[Any],
    held: Callable[[], bool],
    stream: EventStream | None,
    since: float,
) -> bool:
    """Wait until the work is done, its time from ``since`` on has passed, and nothing holds it.

    Meanwhile a stream has a keepalive for each so many seconds of silence. False when the stream
    was ended, or its reader has gone.
    """
    ready, pause = since + ctx.sandbox.timings.answer, ctx.sandbox.settings.keepalive
    sign = since + pause
    while True:
        now = ctx.now
        done = work.done() and now >= ready and not held()
        if stream is not None:
            # The clock may have been moved by a day, or run a million times as fast.
            sign = max(sign, min(now, math.inf if held() else ready) - _MOST_SIGNS * pause)
            while sign <= now and (held() or sign < ready or not done):
                if not await stream.send("keepalive"):
                    return False
                sign += pause
        if done:
            return True
        transport = ctx.request.transport
        if transport is None or transport.is_closing():
            return False
        if work.done():
            # The clock is moved, and a fault released, from other threads, without an event here.
            await asyncio.sleep(_LOOK_EVERY)
        else:
            await asyncio.wait([work], timeout=_LOOK_EVERY)


def item_events(place: int, item: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of one item of the output, without their numbers."""
    begun = {**item, "status": "in_progress"}
    whole = {"output_index": place, "item": item}
    about = {"item_id": item["id"], "output_index": place}
    if item["type"] == "message":
        (part,) = item["content"]
        empty: dict[str, Any] = {**part, "text": "", "annotations": []}
        about["content_index"] = 0
        yield "response.output_item.added", {**whole, "item": {**begun, "content": [empty]}}
        yield "response.content_part.added", {**about, "part": empty}
        for piece in pieces(part["text"]):
            yield "response.output_text.delta", {**about, "delta": piece}
        yield "response.output_text.done", {**about, "text": part["text"]}
        yield "response.content_part.done", {**about, "part": part}
    elif item["type"] == "function_call":
        yield "response.output_item.added", {**whole, "item": {**begun, "arguments": ""}}
        done = {**about, "arguments": item["arguments"]}
        yield "response.function_call_arguments.done", done
    else:
        yield "response.output_item.added", {**whole, "item": begun}
    yield "response.output_item.done", whole
