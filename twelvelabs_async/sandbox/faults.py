"""Faults on demand: wrong answers, late ones, half ones and none."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, get_args

from aiohttp import web
from attrs import define, field

from .bodies import write_json
from .fault_checks import (
    check_choice,
    check_count,
    check_flag,
    check_headers,
    check_kind,
    check_method,
    check_number,
    path_pattern,
)
from .job_faults import JobFault, JobFaults
from .patterns import Pattern
from .webhook_faults import WebhookFault, WebhookFaults

__all__ = ["DATED", "FAULT", "Fault", "Faults", "apply_fault", "apply_stream_fault"]

End = Literal["reply", "refuse", "reset", "cut", "hang", "garbage", "close"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Endings that need no reply, so that the call need not be carried out.
_SILENT = ("reset", "cut", "hang", "garbage")


@define(kw_only=True, eq=False)
class Fault:
    """A fault that waits for its requests; :meth:`Faults.add` says what its fields mean."""

    id: str
    method: str | None = None
    path: Pattern
    origin: str = "api"
    nth: int = 1
    times: int | None = 1
    chance: float = 1.0
    after: bool = False
    delay: float = 0.0
    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(factory=dict[str, str])
    end: End = "reply"
    share: float | None = 0.5
    line: int | None = None
    put: bytes | None = None
    seen: int = 0
    """How many requests it matched."""
    hits: int = 0
    """How many of them it was applied to."""

    @property
    def replaces(self) -> bool:
        """Whether it puts another reply in the place of the call's own."""
        return self.status is not None or self.body is not None

    def matches(self, origin: str, method: str, path: str) -> bool:
        """Whether it applies to a request."""
        return origin == self.origin and self.method in (None, method) and self.path.matches(path)

    def due(self, chance: float) -> bool:
        """Count a request that matches; whether the fault applies to it."""
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.hits >= self.times):
            return False
        if chance >= self.chance:
            return False
        self.hits += 1
        return True


class Faults(JobFaults, WebhookFaults):
    """The faults in wait, in the order they were put."""

    def __init__(self, seed: int | None = None, now: Callable[[], float] = time.time) -> None:
        JobFaults.__init__(self, now)
        WebhookFaults.__init__(self)
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)  # noqa: S311  # which request fails is not a secret

    def add(
        self,
        method: str | None = None,
        path: str = ".*",
        *,
        origin: Literal["api", "storage"] = "api",
        nth: int = 1,
        times: int | None = 1,
        chance: float = 1.0,
        after: bool = False,
        delay: float = 0.0,
        status: int | None = None,
        body: bytes | str | object = None,
        headers: Mapping[str, str] | None = None,
        end: End = "reply",
        share: float | None = 0.5,
        line: int | None = None,
        put: bytes | str | None = None,
    ) -> Fault:
        """Apply to requests of ``method`` whose whole path ``path`` matches.

        The path may be written with ``/v1.3`` or without. It applies from the ``nth`` such request
        on, to ``times`` of them (None: all), each with ``chance``.
        ``after``: only after the call was carried out, so that the client cannot know. ``delay``:
        real seconds before anything comes back. ``status``, ``body`` (anything but bytes and text
        becomes JSON) and ``headers`` replace the reply; without them it is the call's own.

        ``end`` says how it ends. "reply": with the whole reply. "refuse": the connection is reset
        before the request's body is read. "reset": it is reset after ``share`` of the reply's body
        (None: before its first byte); "cut": closed there, as if that were the end; "hang": silent
        from there on. When there is no reply yet, as neither ``after`` nor another reply was
        asked for, these three happen after ``share`` of the *request's* body was read, and the call
        is not carried out. "garbage": bytes that are not HTTP. "close": the whole reply, and then
        the connection is closed unannounced.

        In a streamed reply, ``line`` is how many events go out before ``end`` happens, and ``put``
        a line that goes out there.

        Raises ``ValueError`` for what no request or reply can be, such as a ``status`` outside 200
        to 599, a ``chance`` outside 0 to 1 or a ``delay`` above a day, and for a ``path`` with
        look-around or back-references.
        """
        check_method(method)
        check_choice("origin", origin, ("api", "storage"))
        check_choice("end", end, get_args(End))
        check_count("nth", nth, 1)
        check_number("chance", chance, 0, 1)
        check_flag("after", after)
        check_number("delay", delay, 0, 86_400)
        if times is not None:
            check_count("times", times, 0)
        if status is not None:
            check_count("status", status, 200, 599)
        if share is not None:
            check_number("share", share, 0, 1)
        if line is not None:
            check_count("line", line, 0)
        check_headers(headers or {})
        if put is not None:
            check_kind("put", put, bytes if isinstance(put, bytes) else str)
        fault = Fault(
            id=f"request-{next(self._numbers)}",
            method=method and method.upper(),
            path=path_pattern("path", path),
            origin=origin,
            nth=nth,
            times=times,
            chance=chance,
            after=after,
            delay=delay,
            status=status,
            body=_bytes(body, "body"),
            headers=dict(headers or {}),
            end=end,
            share=share,
            line=line,
            put=_bytes(put, "put"),
        )
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault | JobFault | WebhookFault]:
        """All faults in wait: those of requests, of jobs, and of webhooks."""
        return [*self._faults, *self._job_faults, *self._webhook_faults]

    def remove(self, fault: Fault | JobFault | WebhookFault | str) -> None:
        """Take one fault, or the one of this id, away; it lets go of what it holds.

        Raises ``LookupError`` where it does not wait.
        """
        identifier = getattr(fault, "id", fault)
        for faults in (self._faults, self._job_faults, self._webhook_faults):
            for each in faults:
                if each.id == identifier:
                    faults.remove(each)  # type: ignore[arg-type]  # it comes from this list
                    if isinstance(each, JobFault):
                        each.release()
                    return
        raise LookupError(f"there is no fault {identifier!r}")

    def clear(self) -> None:
        """Remove all faults, and release what they hold."""
        self._faults.clear()
        for fault in self._job_faults:
            fault.release()
        self._job_faults.clear()
        self._webhook_faults.clear()

    def match(self, origin: str, method: str, path: str) -> Fault | None:
        """The fault of this request, if any."""
        for fault in list(self._faults):
            if fault.matches(origin, method, path) and fault.due(self._random.random()):
                return fault
        return None


def _bytes(value: object, name: str) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else write_json(value, name)


FAULT = web.RequestKey("fault", Fault)
DATED = web.RequestKey("dated", bool)
"""Set where a fault has a date of its own."""


async def apply_fault(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request as a fault says."""
    if fault.end == "refuse":
        return _reset(request)
    request[DATED] = any(name.lower() == "date" for name in fault.headers)
    if fault.line is not None or fault.put is not None:
        request[FAULT] = fault
        return await handler(request)
    reply: web.StreamResponse | None = None
    if fault.after or not (fault.replaces or fault.end in _SILENT):
        reply = await handler(request)
    else:
        await _read(request, 1.0 if fault.replaces or fault.share is None else fault.share)
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.replaces:
        reply = web.Response(
            status=fault.status or 200, body=fault.body or b"", headers=_typed(fault)
        )
    elif reply is not None and fault.headers and not reply.prepared:
        reply.headers.update(fault.headers)
    if reply is not None and (fault.end == "reply" or reply.prepared):
        return reply
    return await _end(fault, request, reply)


async def _read(request: web.Request, share: float) -> None:
    """Read this much of the request's body, and no more."""
    left = (request.content_length or 0) * share
    while left > 0 or share == 1.0:
        piece = await request.content.readany()
        left -= len(piece)
        if not piece:
            return


def _typed(fault: Fault) -> dict[str, str]:
    headers = dict(fault.headers)
    if fault.body and not any(name.lower() == "content-type" for name in headers):
        plausible = fault.body.lstrip()[:1] in (b"{", b"[")
        headers["Content-Type"] = "application/json" if plausible else "text/plain; charset=utf-8"
    return headers


async def _end(
    fault: Fault, request: web.Request, reply: web.StreamResponse | None
) -> web.StreamResponse:
    transport = request.transport
    if fault.end == "garbage":
        if transport is not None:
            transport.write(fault.body or b"\x00\x01this is not HTTP\r\n\r\n")
            transport.close()
        return web.Response()
    if reply is not None and (fault.share is not None or fault.end == "close"):
        body = reply.body if isinstance(reply, web.Response) else None
        raw = bytes(body) if isinstance(body, bytes | bytearray) else b""
        await _send_part(request, reply, raw, 1.0 if fault.end == "close" else fault.share or 0.0)
    if fault.end == "reset":
        return _reset(request)
    if fault.end == "hang":
        await _forever(request)
    elif transport is not None:
        transport.close()
    return reply or web.Response()


async def _send_part(
    request: web.Request, reply: web.StreamResponse, raw: bytes, share: float
) -> None:
    part = web.StreamResponse(status=reply.status, headers=reply.headers)
    part.content_length = len(raw)
    await part.prepare(request)
    sent = raw[: int(len(raw) * share)]
    if sent:
        await part.write(sent)
    else:
        part.force_close()
    if share == 1.0:
        await part.write_eof()


async def apply_stream_fault(request: web.Request, response: web.StreamResponse, sent: int) -> bool:
    """Apply the fault to a stream after ``sent`` events; whether it ends here."""
    fault: Fault | None = request.get(FAULT)
    if fault is None or sent != (fault.line or 0):
        return False
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.put is not None:
        await response.write(fault.put)
    if fault.end == "reset":
        _reset(request)
    elif fault.end == "hang":
        await _forever(request)
    elif fault.end == "cut" and request.transport is not None:
        # Without the last, empty chunk: the client sees a body that is not whole.
        request.transport.close()
    return fault.end != "reply"


def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _forever(request: web.Request) -> None:
    # The connection's end does not cancel a handler, so it is looked at from time to time.
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  # no event
        await asyncio.sleep(0.05)
