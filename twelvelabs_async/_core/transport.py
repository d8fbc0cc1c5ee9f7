"""One attempt over aiohttp: the only module that imports its client.

Two sessions: one to the API, and one to storage, which never holds the key. What aiohttp and the
sockets raise becomes TransportError or one of its kinds at this border.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, NamedTuple

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from yarl import URL

from ..errors import (
    ConfigurationError,
    ConnectError,
    DecodeError,
    RequestTimeoutError,
    TransportError,
)
from ..options import Timeouts
from .files import STEP, Body, BytesBody
from .wire import Inflater

__all__ = ["Opened", "Reply", "Transport"]

Side = Literal["api", "storage"]
KEEPALIVE = 75.0  # seconds; load balancers commonly keep idle connections for 60 to 120
DNS_TTL = 300
ACCEPT = "gzip, deflate"


class Reply(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Opened(NamedTuple):
    """An answer whose body is still on its way; `pieces` gives it decompressed, as it comes."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class _BodyPayload(Payload):
    """A body of ours as aiohttp takes it.

    It is marked consumed from the start: aiohttp sends PUT, GET and DELETE again by itself when a
    kept connection turns out to be closed, which a single-use URL does not survive
    (https://github.com/aio-libs/aiohttp/issues/10790).
    """

    def __init__(self, body: Body, content_type: str, stall: float | None) -> None:
        super().__init__(body, content_type=content_type)
        self._consumed = True
        self._body = body
        self._size = body.size
        self._stall = stall
        self.stalled = False
        self.failure: Exception | None = None  # what the body itself raised

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Bodies are files: there is no text to show."""
        return f"<{self._size} bytes>"

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the pieces, waiting for the peer after each."""
        await self.write_with_length(writer, None)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Send the pieces, waiting for the peer after each."""
        pieces = aiter(self._body)
        while True:
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except Exception as error:
                self.failure = error
                raise
            await self._write_piece(writer, piece)

    async def _write_piece(self, writer: AbstractStreamWriter, piece: bytes | memoryview) -> None:
        """Send one piece; a peer that takes nothing of it for the allowed time has stalled.

        The time runs anew whenever the buffer has shrunk: on a slow line a piece may take long.
        """
        stall = self._stall
        if stall is None:
            await writer.write(piece)
            return
        loop = asyncio.get_running_loop()
        transport: asyncio.WriteTransport = getattr(writer, "transport")  # noqa: B009  # not declared by the abstract class
        left = transport.get_write_buffer_size() + len(piece)
        async with asyncio.timeout(None) as limit:
            handle: asyncio.TimerHandle

            def look() -> None:
                nonlocal left, handle
                size = transport.get_write_buffer_size()
                if size < left:
                    left = size
                    handle = loop.call_later(stall, look)
                else:
                    self.stalled = True
                    limit.reschedule(loop.time())

            handle = loop.call_later(stall, look)
            try:
                await writer.write(piece)
            finally:
                handle.cancel()


class Transport:
    """The connections of a client, made in the loop that first asks for them.

    `limit` bounds the open connections to the API; `max_reply` the bytes of one answer,
    decompressed.
    """

    def __init__(
        self,
        *,
        limit: int,
        max_reply: int,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
    ) -> None:
        self._limit = limit
        self._max_reply = max_reply
        self._ssl = ssl_context
        self._proxy = proxy
        self._trust_env = trust_env
        self._sessions: dict[Side, aiohttp.ClientSession] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()

    async def attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        *,
        side: Side = "api",
    ) -> Reply:
        """The whole answer to a request sent once."""
        async with self._send(method, url, headers, body, timeouts, side) as response:
            content = await self._read(response)
            return Reply(response.status, response.headers, content)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
    ) -> AsyncIterator[Opened]:
        """The answer to a request sent once, with its body still to come."""
        async with self._send(method, url, headers, body, timeouts, "api") as response:
            pieces = self._pieces(response)
            try:
                yield Opened(response.status, response.headers, pieces)
            finally:
                await pieces.aclose()

    @asynccontextmanager
    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        side: Side,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        data: Any = body
        if body is not None and not (isinstance(body, bytes) and len(body) <= STEP):
            content_type = headers.get("Content-Type", "application/octet-stream")
            sized = BytesBody(body) if isinstance(body, bytes) else body
            data = _BodyPayload(sized, content_type, timeouts.write)
        with _mapped(timeouts, data):
            async with self._session(side).request(
                method,
                URL(url, encoded=True),  # already encoded: yarl would undo a signature's %2F
                headers=headers,
                data=data,
                allow_redirects=False,
                proxy=self._proxy,
                skip_auto_headers=(hdrs.CONTENT_TYPE,) if body is None else None,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=timeouts.connect, sock_read=timeouts.read
                ),
            ) as response:
                yield response

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if hdrs.CONTENT_ENCODING not in response.headers:
            declared = response.content_length
            if declared is not None and declared <= self._max_reply:
                return await response.read()
        pieces = bytearray()
        async for piece in self._pieces(response):
            pieces += piece
            if len(pieces) > self._max_reply:
                raise DecodeError(f"the answer is longer than {self._max_reply} bytes")
        return bytes(pieces)

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        encoding = response.headers.get(hdrs.CONTENT_ENCODING, "identity")
        if encoding.lower() == "identity":
            async for piece in response.content.iter_any():
                yield piece
            return
        inflater = Inflater(encoding, self._max_reply)
        empty = True
        async for piece in response.content.iter_any():
            empty = False
            yield inflater.feed(piece)
        if not empty:
            inflater.end()

    def _session(self, side: Side) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if loop is not self._loop or os.getpid() != self._pid:
            self._move_to(loop)
        session = self._sessions.get(side)
        if session is None:
            session = self._sessions[side] = self._make_session(side)
        return session

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin anew in another loop, when the one before is over."""
        forked = os.getpid() != self._pid
        if self._loop is not None and not self._loop.is_closed() and not forked:
            raise ConfigurationError(
                "this client serves another event loop that is still open: "
                "make one client for each loop, or close it there first"
            )
        self.abandon()
        self._loop = loop
        self._pid = os.getpid()

    def _make_session(self, side: Side) -> aiohttp.ClientSession:
        api = side == "api"
        connector = aiohttp.TCPConnector(
            limit=self._limit if api else 0,  # uploads bound themselves
            keepalive_timeout=KEEPALIVE,
            ttl_dns_cache=DNS_TTL,
            ssl=self._ssl if self._ssl is not None else True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # done here, with a bound
            trust_env=self._trust_env,
            headers={hdrs.ACCEPT_ENCODING: ACCEPT} if api else None,
            # Storage gets what its signature covers, and nothing that could collide with it.
            skip_auto_headers=None if api else (hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT),
        )

    async def close(self) -> None:
        """Close every connection, also those in use."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def abandon(self) -> bool:
        """Let go of the connections without a loop to close them in; whether there were any.

        After a fork the sockets are the parent's: they are forgotten, not shut down.
        """
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            connector = session.connector
            session.detach()
            if connector is not None:
                with warnings.catch_warnings():
                    # One warning for a client that was never closed is enough, and it is ours.
                    warnings.simplefilter("ignore", ResourceWarning)
                    connector._close()  # the public close() wants a loop
        return bool(sessions)


@contextmanager
def _mapped(timeouts: Timeouts, data: object) -> Iterator[None]:
    """Foreign exceptions become ours; their texts are not taken over, since they show URLs."""
    try:
        yield
    except (aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError) as error:
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            raise RequestTimeoutError(
                f"no connection within {timeouts.connect} s", phase="connect"
            ) from None
        raise RequestTimeoutError(
            f"the peer was silent for {timeouts.read} s", phase="read"
        ) from None
    except aiohttp.ClientConnectorError as error:
        reason = error.os_error.strerror or type(error.os_error).__name__
        raise ConnectError(f"cannot connect to {error.host}:{error.port}: {reason}") from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        raise ConfigurationError("not an http or https URL") from None
    except (aiohttp.ClientError, OSError, EOFError) as error:
        if isinstance(data, _BodyPayload) and data.stalled:
            raise RequestTimeoutError(
                f"the peer took nothing for {timeouts.write} s", phase="write"
            ) from None
        if isinstance(data, _BodyPayload) and data.failure is not None:
            raise data.failure from None
        raise TransportError(_say(error)) from None


def _say(error: BaseException) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the peer closed the connection without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer breaks off"
    if isinstance(error, aiohttp.ClientResponseError):
        return "the answer is not HTTP that can be read"
    reason = getattr(error, "strerror", None)
    return f"the connection broke ({reason or type(error).__name__})"
