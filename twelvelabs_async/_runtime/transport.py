"""One attempt over aiohttp.

Two sessions: one to the API, and one to storage, which never holds the key. Exceptions of aiohttp
and sockets become TransportError, or a subclass, here.
"""

from __future__ import annotations

import asyncio
import math
import os
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import (
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    suppress,
)
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    DecodeError,
    RequestTimeoutError,
    TransportError,
    TwelveLabsError,
)
from ..options import Timeouts
from .aiohttp_patches import (
    BrokenError,
    Connector,
    Request,
    close_connector,
    drop_sockets,
    keepalive_socket,
    report_disconnect,
    send_once,
    use_protocol,
)
from .async_body import STEP, Body, BytesBody
from .blocking_body import BlockingBody
from .inflate import Inflater
from .payload import BodyPayload
from .resolver import Resolver
from .sender_pool import SenderPool, SendPermit
from .threads import run_blocking
from .urls import proxy_url
from .vectors import BIG

__all__ = ["Opened", "Reply", "Transport"]

Side = Literal["api", "storage"]
KEEPALIVE = 55.0  # seconds; load balancers commonly keep idle connections for 60 or more
DNS_TTL = 300
ACCEPT = "gzip, deflate"
_BINARY = "application/octet-stream"
_REFUSAL = 1024 * 1024  # bytes that are read of an error's body
_STORAGE_REFUSAL = 8 * 1024
_REFUSAL_TIME = 10.0  # seconds in which they are to come


class Reply(NamedTuple):
    """A whole reply."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Opened(NamedTuple):
    """A reply whose body is still to come; `pieces` gives it decompressed."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncGenerator[bytes]
    body: bytes = b""  # the start of it, for an error status


class Transport:
    """The connections of a client in one event loop, the running one.

    `max_reply` bounds the bytes of one reply, decompressed. How many connections there are is
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
        self._proxies: dict[tuple[str, str], str | None] = {}
        self._sessions: dict[Side, aiohttp.ClientSession] = {}
        self._senders = SenderPool()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()

    async def attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
        moved: Callable[[], object] | None = None,
    ) -> Reply:
        """The whole reply to a request sent once to the API.

        `moved` is called now and then while a large body is sent, and at its end. Of the body of an
        error status as much is read as possible.
        """
        data = _payload(body, timeouts, moved)
        with _Mapped(timeouts, data):
            async with await self._send(method, url, headers, data, timeouts, "api") as response:
                if 200 <= response.status < 300:
                    whole = await self._read(response)
                else:
                    whole = await self._start(response, _REFUSAL)
                return Reply(response.status, response.headers, whole)

    async def put(
        self, url: str, headers: Mapping[str, str], body: BlockingBody, timeouts: Timeouts
    ) -> Reply:
        """Storage's reply to a body that is sent once, as soon as it has a permit.

        Of the reply's body no more is read than is used. Nobody reads from `body` any more when
        this returns or raises.
        """
        data = BodyPayload(body, _BINARY, timeouts)
        async with SendPermit(self._senders) as data.permit:
            try:
                with _Mapped(timeouts, data):
                    async with await self._send(
                        "PUT", url, headers, data, timeouts, "storage"
                    ) as response:
                        start = await self._start(response, _STORAGE_REFUSAL)
                        return Reply(response.status, response.headers, start)
            finally:
                await data.let_go()

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None,
        timeouts: Timeouts,
    ) -> AsyncGenerator[Opened]:
        """The reply to a request sent once, with its body still to come.

        An error status has no pieces, but its `body`, as far as it can be read.
        """
        data = _payload(body, timeouts, None)
        with _Mapped(timeouts, data):
            async with (
                await self._send(method, url, headers, data, timeouts, "api") as response,
                aclosing(self._stream(response, timeouts)) as pieces,
            ):
                good = 200 <= response.status < 300
                start = b"" if good else await self._start(response, _REFUSAL)
                yield Opened(response.status, response.headers, pieces, start)

    async def _stream(
        self, response: aiohttp.ClientResponse, timeouts: Timeouts
    ) -> AsyncGenerator[bytes]:
        # Errors here reach the reader of the pieces, so map them first.
        with _Mapped(timeouts, None):
            async with aclosing(self._pieces(response, self._max_reply, each=True)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: bytes | BodyPayload | None,
        timeouts: Timeouts,
        side: Side,
    ) -> aiohttp.ClientResponse:
        """The start of the reply to a request sent once, to be used within `_Mapped`."""
        proxy = await self._proxy_for(url) if self._trust_env else self._proxy
        response = await self._session(side).request(
            method,
            URL(url, encoded=True),  # already encoded: yarl would undo a signature's %2F
            # What records requests takes plain text alone, and none of our `Secret`.
            headers={name: str(value) for name, value in headers.items()},
            data=data,
            allow_redirects=False,
            proxy=proxy,
            timeout=_client_timeout(timeouts.connect, timeouts.read),
        )
        if isinstance(data, BodyPayload):
            data.end_watch()
        report_disconnect(response)
        return response

    async def _proxy_for(self, url: str) -> str | None:
        """The proxy that was given, or else the environment's.

        aiohttp would read it too, and with it .netrc: an Authorization header breaks a presigned
        URL, and the API does not use it.
        """
        if self._proxy is not None:
            return self._proxy
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc
        if key not in self._proxies:
            self._proxies[key] = await run_blocking(_environment_proxy, *key)
        return self._proxies[key]

    async def _start(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        """The readable part of a body that is not needed for its status, up to `most` bytes."""
        start = bytearray()
        with suppress(DecodeError, aiohttp.ClientError, OSError, EOFError):
            async with (
                asyncio.timeout(_REFUSAL_TIME),
                aclosing(self._pieces(response, most)) as pieces,
            ):
                async for piece in pieces:
                    start += piece
                    if len(start) > most:
                        break
        return bytes(start[:most])

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | bytearray:
        if hdrs.CONTENT_ENCODING not in response.headers:
            declared = response.content_length
            # aiohttp keeps the pieces and joins them: a big body would be in memory twice.
            if declared is not None and declared <= min(BIG, self._max_reply):
                return await response.read()
        whole = bytearray()
        async with aclosing(self._pieces(response, self._max_reply)) as pieces:
            async for piece in pieces:
                whole += piece
                if len(whole) > self._max_reply:
                    raise DecodeError(f"the reply is longer than {self._max_reply} bytes")
        return whole

    async def _pieces(
        self, response: aiohttp.ClientResponse, limit: int, *, each: bool = False
    ) -> AsyncGenerator[bytes]:
        """A body as it comes; DecodeError where it is longer than `limit` when decompressed.

        `each`: where a piece is.
        """
        inflater = Inflater(",".join(response.headers.getall(hdrs.CONTENT_ENCODING, ())), limit)
        empty = True
        async for piece in response.content.iter_any():
            empty = False
            yield inflater.feed(piece)
            if each:
                inflater.count_anew()
        if not empty:
            inflater.end()

    def _session(self, side: Side) -> aiohttp.ClientSession:
        if self._closed:  # while a chunk waited for its turn
            raise ClientClosedError("the client is closed")
        session = self._sessions.get(side)
        if session is None:
            session = self._sessions[side] = self._make_session(side)
        return session

    def _make_session(self, side: Side) -> aiohttp.ClientSession:
        api = side == "api"
        # asyncio makes the tunnel through a proxy, and on Windows does not expose its socket.
        plain = api or self._proxy is not None or self._trust_env or sys.platform == "win32"
        connector = (aiohttp.TCPConnector if plain else Connector)(
            limit=0,
            keepalive_timeout=KEEPALIVE,
            ttl_dns_cache=DNS_TTL,
            ssl=self._ssl if self._ssl is not None else True,
            socket_factory=keepalive_socket,
            resolver=cast("Any", Resolver()),  # no subclass: this module alone knows aiohttp
        )
        if isinstance(connector, Connector):
            connector.senders = self._senders
        use_protocol(connector, self._loop)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # done here, with a bound
            headers={hdrs.ACCEPT_ENCODING: ACCEPT} if api else None,
            # Storage gets what its signature covers, and nothing that could collide with it.
            skip_auto_headers=None
            if api
            else (hdrs.CONTENT_TYPE, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT),
            middlewares=(send_once,),
            request_class=Request,
        )

    async def close(self) -> None:
        """Close every connection, also those in use."""
        self._closed = True
        sessions, self._sessions = self._sessions, {}
        async with AsyncExitStack() as stack:  # each, even when this is cancelled
            stack.push_async_callback(self._senders.aclose)
            for session in sessions.values():
                stack.push_async_callback(session.close)

    def abandon(self) -> bool:
        """Drop the connections from outside their loop; whether there were any."""
        self._closed = True
        sessions, self._sessions = self._sessions, {}
        self._senders.close()
        foreign = self._loop.is_closed() or self._pid != os.getpid()
        for session in sessions.values():
            connector = session.connector
            session.detach()
            if foreign:
                drop_sockets(connector)
            elif self._loop.is_running():
                self._loop.call_soon_threadsafe(close_connector, connector)
            else:
                close_connector(connector)
        return bool(sessions)


def _environment_proxy(scheme: str, host: str) -> str | None:
    """What the environment, or the system's settings, have as the proxy for this host."""
    from urllib.request import getproxies, proxy_bypass  # not with the client: few need it

    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    return proxy_url(proxy, f"{scheme.upper()}_PROXY") if proxy else None


def _payload(
    body: bytes | Body | None, timeouts: Timeouts, moved: Callable[[], object] | None
) -> bytes | BodyPayload | None:
    """A body as aiohttp takes it."""
    if body is None or (isinstance(body, bytes) and len(body) <= STEP):
        return body
    sized = BytesBody(body) if isinstance(body, bytes) else body
    return BodyPayload(sized, _BINARY, timeouts, moved)


@lru_cache(32)
def _client_timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    # No wait for a connection is in `connect`, since their number is not bounded here.
    # aiohttp rounds times, and cannot round infinity.
    connect = None if connect == math.inf else connect
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


class _Mapped:
    """An exchange of a request and its reply: foreign exceptions in it become ours.

    Their texts go, since they show URLs. At its end nobody watches the body any more. A class,
    since the generator of a context manager costs each call two microseconds.
    """

    __slots__ = ("_data", "_timeouts")

    def __init__(self, timeouts: Timeouts, data: object) -> None:
        self._timeouts = timeouts
        self._data = data

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(self._data, BodyPayload):
            self._data.end_watch()
        if error is None:
            return
        made = self._ours(error)
        # A foreign error holds the request with its headers, and some tools show these variables.
        del kind, error, trace
        try:
            if made is not None:
                raise made from None
        finally:
            del made  # its traceback holds this frame

    def _ours(self, error: BaseException) -> Exception | None:
        # Some of ours are OSErrors too.
        if isinstance(error, TwelveLabsError) or not isinstance(
            error, (aiohttp.ClientError, OSError, EOFError, UnicodeError)
        ):
            return None
        data = self._data
        if isinstance(data, BodyPayload) and data.failure is not None:
            return data.failure
        if isinstance(data, BodyPayload) and data.stalled:
            return RequestTimeoutError(
                f"the peer accepted no bytes for {self._timeouts.write} s", phase="write"
            )
        return _ours(error, self._timeouts)


def _ours(error: Exception, timeouts: Timeouts) -> TwelveLabsError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeoutError(f"no connection within {timeouts.connect} s", phase="connect")
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"the peer was silent for {timeouts.read} s", phase="read")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectError(f"cannot connect to {error.host}:{error.port}: {_reason(error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectError(f"the proxy refuses the connection: {error.status}")
    if isinstance(error, UnicodeError):
        return ConnectError("the host's name is none that can be looked up")
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return ConfigurationError("not an http or https URL")
    return TransportError(_say(error.__cause__ if isinstance(error, BrokenError) else error))


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(getattr(error.certificate_error, "verify_message", "")) or "its certificate"
    return error.os_error.strerror or type(error.os_error).__name__


def _say(error: BaseException | None) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the peer closed the connection without a reply"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the reply breaks off"
    if isinstance(error, aiohttp.ClientResponseError):
        return "the reply is not valid HTTP"
    reason = getattr(error, "strerror", None)
    return f"the connection broke ({reason or type(error).__name__})"
