"""A server whose replies a test writes out: whole, half, wrong ones, and none."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self

__all__ = ["Answer", "Received", "ScriptedServer", "answer", "error", "ok"]

Step = bytes | Literal["close", "reset", "hang", "later", "nap", "unread"]
Answer = bytes | Sequence[Step]
"""Bytes; or steps: bytes, and how it goes on. Without one that ends it, the connection is kept.

"later" lets the client take what was sent; "nap" is ten seconds, for a loop that jumps;
"unread", first, leaves the request's body where it is.
"""


class Received(NamedTuple):
    """A request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def answer(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None, **more: str
) -> bytes:
    """An answer; headers by keyword too: `content_type="text/html"`."""
    fields = {"Content-Length": str(len(body)), **(headers or {})}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body


def ok(value: Any = None, **headers: str) -> bytes:
    """An answer with this JSON; without one, an index."""
    found = {"_id": "i1", "index_name": "films"} if value is None else value
    return answer(200, json.dumps(found).encode(), content_type="application/json", **headers)


def error(status: int, code: str = "some_code", **headers: str) -> bytes:
    """A refusal as the service words it."""
    body = json.dumps({"code": code, "message": f"it is {status}"}).encode()
    return answer(status, body, content_type="application/json", **headers)


class ScriptedServer:
    """Answers the n-th request with the n-th of `answers`, and all after with the last.

    An answer may be a function of the request.
    """

    def __init__(
        self, *answers: Answer | Callable[[Received], Answer], tls: ssl.SSLContext | None = None
    ) -> None:
        self.answers = answers
        self._tls = tls
        self.received: list[Received] = []
        self.connections = 0
        self._open: set[asyncio.Task[Any] | None] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=1 << 24, ssl=self._tls
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        # What was just being accepted is open only some turns later, and closed again after others.
        for _ in range(20):
            for task in filter(None, self._open):
                task.cancel()
            await asyncio.sleep(0)
        while self._open:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1.3"

    @property
    def open_connections(self) -> int:
        return len(self._open)

    @property
    def methods(self) -> list[str]:
        return [received.method for received in self.received]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        self._open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._open.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        found = self.answers[min(len(self.received), len(self.answers) - 1)]
        unread = not callable(found) and not isinstance(found, bytes) and found[:1] == ["unread"]
        if unread:
            reader._transport.pause_reading()  # type: ignore[attr-defined]  # it has no say itself
        body = b"" if unread else await _body(reader, headers)
        received = Received(method, target, headers, body)
        self.received.append(received)
        made = found(received) if callable(found) else found
        for step in [made] if isinstance(made, bytes) else made:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif step == "later":
                for _ in range(50):
                    await asyncio.sleep(0)
            elif step == "nap":
                await asyncio.sleep(10)
            elif step == "close":
                return False
            elif step == "reset":
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            elif step == "hang":
                await _gone(reader, unread)
                return False
        return True


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def _gone(reader: asyncio.StreamReader, unread: bool) -> None:
    """Wait for the peer to go; without taking what it sends, for ever."""
    while unread:  # noqa: ASYNC110  # for ever
        await asyncio.sleep(3600)
    while await reader.read(1 << 16):
        pass
