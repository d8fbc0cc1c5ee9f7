"""``/_sandbox/requests``: what clients sent to the API and the storage, and live as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from ..clock import timestamp
from ..context import SandboxContext
from ..errors import invalid
from ..fault_checks import path_pattern
from ..recorder import FormFile, Record
from .call import Asked, Calls, Parameter
from .checking import argument_errors
from .redaction import Redactor

__all__ = ["calls"]

calls: Calls = Calls()
_MOST_SHOWN: Final = 50_000
_SHOWN: Final = 1_000
_MOST_WAITING: Final = 10_000
# Real seconds: how soon a reader that left is noticed, and how often it hears of the connection.
_LOOK: Final = 0.5
_SIGN: Final = 15.0
_TEXT: Final = {"type": "string", "maxLength": 1_000}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_QUERY: Final = (
    Parameter(name="method", description="Only those of this method.", schema=_TEXT),
    Parameter(
        name="path",
        description="Only those whose whole path this regular expression matches.",
        schema=_TEXT,
    ),
    Parameter(
        name="status",
        description="Only those of this status; 0 for those that were never answered.",
        schema={"type": "integer", "minimum": 0, "maximum": 599},
    ),
    Parameter(
        name="origin",
        description="Only those to the API, or to the storage.",
        schema={"type": "string", "enum": ["api", "storage"]},
    ),
    Parameter(
        name="after",
        description="Only those after this number; 0 for all. With `follow`, of those that have "
        "already ended.",
        schema=_NUMBER,
    ),
    Parameter(
        name="limit",
        description=f"At most so many of the last ones; {_SHOWN:,} without it. With `follow`, of "
        "those that have already ended; all without it.",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST_SHOWN},
    ),
    Parameter(
        name="follow",
        description="1 for server-sent events: one for each request once it has ended, and before "
        "these, with `after` or `Last-Event-ID`, those that have already.",
        schema={"type": "string", "enum": ["0", "1"]},
    ),
)
_REPLY: Final = {
    "type": "object",
    "properties": {
        "requests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "number": {"type": "integer"},
                    "id": {"type": "string"},
                    "origin": {"enum": ["api", "storage"]},
                    "method": {"type": "string"},
                    "path": {"type": "string"},
                    "query": {"type": "object"},
                    "headers": {"type": "object"},
                    "has_key": {"type": "boolean"},
                    "time": {"type": "string", "format": "date-time"},
                    "status": {"type": ["integer", "null"]},
                    "seconds": {"type": ["number", "null"]},
                    "fault": {"type": ["string", "null"]},
                    "body": {},
                    "form": {"type": ["object", "null"]},
                    "dropped": {"type": "boolean"},
                    "deprecated": {"type": ["string", "null"]},
                },
                "required": ["number", "id", "method", "path", "status", "time"],
            },
        },
        "total": {"type": "integer", "description": "How many match, also beyond the limit."},
    },
    "required": ["requests", "total"],
}


@calls("GET", "/requests", "The requests of clients, oldest first", query=_QUERY, reply=_REPLY)
async def show(asked: Asked) -> Any:
    """Show requests, or follow them."""
    sandbox, query = asked.sandbox, asked.query
    with argument_errors():
        path_pattern("path", query.get("path", ""))
    if query.get("follow") == "1":
        return await _follow(asked)
    found = _matching(sandbox, query, _after(asked) or 0)
    shown = found[-int(query.get("limit", _SHOWN)) :]
    redactor = sandbox.redactor()
    return {"requests": [_shown(each, redactor) for each in shown], "total": len(found)}


@calls("DELETE", "/requests", "Forget the requests", status=204)
async def clear(asked: Asked) -> web.Response:
    """Forget all requests."""
    asked.sandbox.requests.clear()
    return web.Response(status=204)


def _after(asked: Asked) -> int | None:
    text = asked.query.get("after")
    if text is None and asked.query.get("follow") == "1":
        text = asked.request.headers.get("Last-Event-ID")
        if text is not None and not (text.isascii() and text.isdigit() and len(text) < 16):
            raise invalid("Last-Event-ID", "It must be the number of a request.")
    return None if text is None else int(text)


def _matching(sandbox: SandboxContext, query: Mapping[str, str], after: int) -> list[Record]:
    status = query.get("status")
    found = sandbox.requests.matching(
        query["method"].upper() if "method" in query else None,
        query.get("path", ""),
        origin=query.get("origin"),
        status=None if status is None else int(status),
    )
    return [record for record in found if record.number > after]


def _shown(record: Record, redactor: Redactor) -> dict[str, Any]:
    query: dict[str, list[str]] = {}
    for name, value in record.query:
        query.setdefault(redactor.text(name), []).append(redactor.named(name, value))
    form = {
        name: [_part(name, each, redactor) for each in values]
        for name, values in record.fields().items()
    }
    return {
        "number": record.number,
        "id": record.request_id,
        "origin": record.origin,
        "method": record.method,
        "path": redactor.text(record.path),
        "query": query,
        "headers": redactor.headers(record.headers),
        "has_key": record.has_key,
        "time": timestamp(record.time),
        "status": record.status,
        "seconds": record.seconds,
        "fault": record.fault,
        "body": redactor.value(record.body),
        "form": form or None,
        "dropped": record.dropped,
        "deprecated": record.deprecated,
    }


def _part(name: str, value: str | FormFile, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.named(name, value)
    return {
        "filename": redactor.text(value.filename),
        "content_type": redactor.text(value.content_type),
        "size": value.size,
    }


async def _follow(asked: Asked) -> web.StreamResponse:
    sandbox, request, after = asked.sandbox, asked.request, _after(asked)
    waiting: asyncio.Queue[Record] = asyncio.Queue(_MOST_WAITING)
    stop = sandbox.requests.listen(partial(_put, waiting))
    try:
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        await response.write(b": the requests that have ended\n\n")
        await _send_all(asked, response, waiting, after)
        return response
    except ConnectionError:
        return web.Response()  # the reader has left
    finally:
        stop()


def _put(waiting: asyncio.Queue[Record], record: Record) -> None:
    if waiting.full():  # the reader is slow, and the newest count
        waiting.get_nowait()
    waiting.put_nowait(record)


async def _send_all(
    asked: Asked, response: web.StreamResponse, waiting: asyncio.Queue[Record], after: int | None
) -> None:
    sandbox, request = asked.sandbox, asked.request
    earlier = [] if after is None else _matching(sandbox, asked.query, after)
    earlier = [record for record in earlier if record.seconds is not None]
    if "limit" in asked.query:
        earlier = earlier[-int(asked.query["limit"]) :]
    for record in earlier:
        await response.write(_event(sandbox, record))
    sent = {id(record) for record in earlier}
    loop = asyncio.get_running_loop()
    last = loop.time()
    # The end of its connection does not cancel a handler, so it is looked at from time to time.
    while request.transport is not None and not request.transport.is_closing():
        try:
            async with asyncio.timeout(_LOOK):
                record = await waiting.get()
        except TimeoutError:
            if loop.time() - last >= _SIGN:
                await response.write(b": still here\n\n")
                last = loop.time()
            continue
        # Whatever its number: a reader may continue after one of an earlier run.
        if id(record) not in sent and _fits(record, asked.query):
            await response.write(_event(sandbox, record))
            last = loop.time()


def _fits(record: Record, query: Mapping[str, str]) -> bool:
    return (
        query.get("method", record.method).upper() == record.method
        and query.get("origin", record.origin) == record.origin
        and int(query.get("status", record.status or 0)) == (record.status or 0)
        and (not query.get("path") or path_pattern("path", query["path"]).matches(record.path))
    )


def _event(sandbox: SandboxContext, record: Record) -> bytes:
    data = orjson.dumps(_shown(record, sandbox.redactor()))
    return b"id: %d\nevent: request\ndata: %b\n\n" % (record.number, data)
