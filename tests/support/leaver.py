"""A server in a thread of its own that leaves its connections when it is asked to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

from anyio.from_thread import start_blocking_portal

__all__ = ["Farewell", "Leaver"]

Farewell = Literal["close", "reset", "unasked"]
"""How it leaves: with an end, with a reset, or by saying something that nobody asked for."""


class Leaver:
    """Gives `answer` to each request, and is left by `leave`, which blocks the caller's loop.

    So a client in that loop cannot have seen it when it makes its next call.
    """

    def __init__(self, answer: bytes, farewell: Farewell, tls: ssl.SSLContext | None) -> None:
        self._answer = answer
        self._farewell = farewell
        self._tls = tls
        self._open: list[asyncio.StreamWriter] = []
        self._left: list[asyncio.StreamWriter] = []
        self.methods: list[str] = []
        self.connections = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve meanwhile."""
        with (
            start_blocking_portal() as self._portal,
            self._portal.wrap_async_context_manager(self.serving()),
        ):
            yield

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1.3"

    def leave(self) -> None:
        """Leave every connection."""
        self._portal.call(self._leave)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = server.sockets[0].getsockname()[1]
        yield
        server.close()
        # What was just being accepted is open only some turns later, and closed again after others.
        for _ in range(20):
            for writer in self._open + self._left:
                writer.transport.abort()
            await asyncio.sleep(0)
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                self.methods.append(head.split(b" ")[0].decode().upper())
                for line in head.split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line.split(b":")[1]))
                writer.write(self._answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()

    async def _leave(self) -> None:
        left, self._open = self._open, []
        self._left += left
        for writer in left:
            if self._farewell == "unasked":
                writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            elif self._farewell == "reset":
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()
        for _ in range(5):  # sockets are closed a turn later
            await asyncio.sleep(0)
