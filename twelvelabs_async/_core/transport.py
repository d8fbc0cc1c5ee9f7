"""One attempt over aiohttp: the only module that imports its client.

Two sessions: one to the API, and one to storage, which never holds the key. What aiohttp and the
sockets raise becomes TransportError or one of its kinds at this border.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
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
    TwelveLabsError,
)
from ..options import Timeouts
from .files import STEP, Body, BytesBody
from .wire import Inflater

__all__ = ["Opened", "Reply", "Transport"]

Side = Literal["api", "storage"]
KEEPALIVE = 55.0  # seconds; load balancers commonly keep idle connections for 60 or more
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
    pieces: AsyncGenerator[bytes]
    body: bytes = b""  # the start of it, where the answer is a refusal


class _Broken(aiohttp.ClientError):
    """The connection broke; `__cause__` says how."""


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending again what it deems safe when a kept connection was closed.

    A single-use address does not survive that, and attempts are counted by `Core`
    (https://github.com/aio-libs/aiohttp/issues/10790).
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken from error


class _BodyPayload(Payload):
    """A body of ours as aiohttp takes it."""

    def __init__(self, body: Body, content_type: str, stall: float | None) -> None:
        super().__init__(body, content_type=content_type)
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
        async with aclosing(aiter(self._body)) as pieces:
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
    """The connections of a client in one event loop, the running one.

    `max_reply` bounds the bytes of one answer, decompressed. How many connections there are is
    bounded by the limiter, and by the uploads themselves.
    """

    def __init__(
        self,
        *,
        max_reply: int,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
    ) -> None:
        self._max_reply = max_reply
        self._ssl = ssl_context
        self._proxy = proxy
        self._trust_env = trust_env
        self._sessions: dict[Side, aiohttp.ClientSession] = {}
        self._loop = asyncio.get_running_loop()
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
    ) -> AsyncGenerator[Opened]:
        """The answer to a request sent once, with its body still to come."""
        async with (
            self._send(method, url, headers, body, timeouts, "api") as response,
            aclosing(self._stream(response, timeouts)) as pieces,
        ):
            yield Opened(response.status, response.headers, pieces)

    async def _stream(
        self, response: aiohttp.ClientResponse, timeouts: Timeouts
    ) -> AsyncGenerator[bytes]:
        # What strikes here strikes whoever reads the pieces: it is to be one of ours already.
        with _mapped(timeouts, None):
            async with aclosing(self._pieces(response)) as pieces:
                async for piece in pieces:
                    yield piece

    @asynccontextmanager
    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        side: Side,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        data: Any = body
        if body is not None and not (isinstance(body, bytes) and len(body) <= STEP):
            sized = BytesBody(body) if isinstance(body, bytes) else body
            data = _BodyPayload(sized, "application/octet-stream", timeouts.write)
        with _mapped(timeouts, data):
            async with self._session(side).request(
                method,
                URL(url, encoded=True),  # already encoded: yarl would undo a signature's %2F
                headers=headers,
                data=data,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(
                    # No wait for a connection is in it, since their number is not bounded here.
                    total=None,
                    connect=timeouts.connect,
                    sock_read=timeouts.read,
                ),
            ) as response:
                yield response

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if hdrs.CONTENT_ENCODING not in response.headers:
            declared = response.content_length
            if declared is not None and declared <= self._max_reply:
                return await response.read()
        whole = bytearray()
        async with aclosing(self._pieces(response)) as pieces:
            async for piece in pieces:
                whole += piece
                if len(whole) > self._max_reply:
                    raise DecodeError(f"the answer is longer than {self._max_reply} bytes")
        return bytes(whole)

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
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
        session = self._sessions.get(side)
        if session is None:
            session = self._sessions[side] = self._make_session(side)
        return session

    def _make_session(self, side: Side) -> aiohttp.ClientSession:
        api = side == "api"
        connector = aiohttp.TCPConnector(
            limit=0,
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
            # A content type is ours to give. Storage gets what its signature covers, and nothing
            # that could collide with it.
            skip_auto_headers=(hdrs.CONTENT_TYPE,)
            if api
            else (hdrs.CONTENT_TYPE, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT),
            middlewares=(_send_once,),
        )

    async def close(self) -> None:
        """Close every connection, also those in use."""
        sessions, self._sessions = self._sessions, {}
        async with AsyncExitStack() as stack:  # each, even when this is cancelled
            for session in sessions.values():
                stack.push_async_callback(session.close)

    def abandon(self) -> bool:
        """Let go of the connections from outside their loop; whether there were any."""
        sessions, self._sessions = self._sessions, {}
        foreign = self._loop.is_closed() or self._pid != os.getpid()
        for session in sessions.values():
            connector: Any = session.connector
            session.detach()
            if foreign:
                _drop_sockets(connector)
            elif self._loop.is_running():
                self._loop.call_soon_threadsafe(connector._close)
            else:
                connector._close()  # the public close() wants a running loop
        return bool(sessions)


def _drop_sockets(connector: Any) -> None:
    """Close a connector's descriptors, and nothing else.

    Its transports would ask a loop that is closed; after a fork they would take the parent's
    connections out of the selector that both processes share.
    """
    idle = (protocol for kept in connector._conns.values() for protocol, _ in kept)
    for protocol in (*idle, *connector._acquired):
        transport = protocol.transport
        tls = getattr(transport, "_ssl_protocol", None)
        if tls is not None:
            transport._closed = True  # no warning of its own
            transport = tls._transport
        sock = getattr(transport, "_sock", None)
        if sock is not None:
            sock.close()
            transport._sock = None
    connector._conns.clear()
    connector._acquired.clear()
    connector._closed = True


@contextmanager
def _mapped(timeouts: Timeouts, data: object) -> Generator[None]:
    """Foreign exceptions become ours; their texts are not taken over, since they show URLs."""
    try:
        yield
    except TwelveLabsError:
        raise  # some are OSErrors too
    except (aiohttp.ClientError, OSError, EOFError) as error:
        if isinstance(data, _BodyPayload) and data.failure is not None:
            raise data.failure from None
        if isinstance(data, _BodyPayload) and data.stalled:
            raise RequestTimeoutError(
                f"the peer took nothing for {timeouts.write} s", phase="write"
            ) from None
        raise _ours(error, timeouts) from None


def _ours(error: Exception, timeouts: Timeouts) -> TwelveLabsError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeoutError(f"no connection within {timeouts.connect} s", phase="connect")
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"the peer was silent for {timeouts.read} s", phase="read")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectError(f"cannot connect to {error.host}:{error.port}: {_reason(error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectError(f"the proxy refuses the connection: {error.status}")
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return ConfigurationError("not an http or https URL")
    return TransportError(_say(error.__cause__ if isinstance(error, _Broken) else error))


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(getattr(error.certificate_error, "verify_message", "")) or "its certificate"
    return error.os_error.strerror or type(error.os_error).__name__


def _say(error: BaseException | None) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the peer closed the connection without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer breaks off"
    if isinstance(error, aiohttp.ClientResponseError):
        return "the answer is not HTTP that can be read"
    reason = getattr(error, "strerror", None)
    return f"the connection broke ({reason or type(error).__name__})"
