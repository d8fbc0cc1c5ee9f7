"""One attempt over aiohttp: the only module that imports its client.

Two sessions: one to the API, and one to storage, which never holds the key. What aiohttp and the
sockets raise becomes TransportError or one of its kinds at this border.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import (
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    contextmanager,
)
from functools import lru_cache, partial
from ssl import CertificateError
from typing import Any, Literal, NamedTuple

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import StreamWriter
from aiohttp.payload import Payload
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
from .connection import Senders, ThreadedTransport, Turn, encrypted
from .files import STEP, Body, BytesBody, Feed
from .threads import finish, run_blocking
from .vectors import BIG
from .wire import Inflater

__all__ = ["Opened", "Reply", "Transport"]

Side = Literal["api", "storage"]
KEEPALIVE = 55.0  # seconds; load balancers commonly keep idle connections for 60 or more
DNS_TTL = 300
ACCEPT = "gzip, deflate"
_BINARY = "application/octet-stream"


class Reply(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Opened(NamedTuple):
    """An answer whose body is still on its way; `pieces` gives it decompressed, as it comes."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncGenerator[bytes]
    body: bytes = b""  # the start of it, where the answer is a refusal


class _BrokenError(aiohttp.ClientError):
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
        raise _BrokenError from error


class _StaleError(aiohttp.ClientError):
    """A kept connection on which the peer has spoken without being asked."""


class _Request(aiohttp.ClientRequest):
    """A request that is not sent where an answer already waits: it would be taken for its own.

    A body of bytes leaves together with the head, in one write: aiohttp makes a payload and a task
    for it, which is a fifth of what a call costs.
    """

    # Were aiohttp to rename what is overridden here, its own way would be taken again.
    _whole = b""

    def update_body_from_data(self, body: Any, _stacklevel: int = 3) -> None:
        """Keep a body of bytes as it is."""
        if type(body) is not bytes or hdrs.EXPECT in self.headers:
            super().update_body_from_data(body, _stacklevel)
            return
        self._whole = body
        self.headers[hdrs.CONTENT_LENGTH] = str(len(body))

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send it, and give its answer."""
        protocol = conn.protocol
        if protocol is not None and protocol.should_close:
            raise _StaleError  # aiohttp closes the connection
        if protocol is None or self._body is not None or hdrs.EXPECT in self.headers:
            return await super().send(conn)
        writer = StreamWriter(protocol, self.loop)
        proxied = self.proxy is not None and not self.is_ssl()
        target = str(self.url) if proxied else self.url.raw_path_qs
        await writer.write_headers(f"{self.method} {target} HTTP/1.1", self.headers)
        await writer.write_eof(self._whole)
        protocol.start_timeout()
        return self.response_class(
            self.method,
            self.original_url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=self._traces,
            loop=self.loop,
            session=self.session,
            stream_writer=writer,
        )


class _Protocol(ResponseHandler):
    """A connection that is closed at once.

    As asyncio closes it, it waits under TLS for the peer to close it too, up to half a minute, and
    in plain text for the peer to take what was written. Nobody knows of it any more by then.
    """

    def close(self) -> None:
        """Close it now."""
        self.abort()


class _Connector(aiohttp.TCPConnector):
    """Makes connections on which threads send the bodies.

    Were aiohttp to rename what is overridden here, the event loop would send them.
    """

    senders: Senders

    async def _wrap_create_connection(
        self,
        *args: Any,
        req: aiohttp.ClientRequest,
        ssl: Any = None,
        server_hostname: str | None = None,
        client_error: Any = aiohttp.ClientConnectorError,
        **options: Any,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        factory: Callable[[], ResponseHandler] = args[0]
        connect: Any = getattr(super(), "_wrap_create_connection")  # noqa: B009  # not public
        plain, _ = await connect(asyncio.Protocol, req=req, client_error=client_error, **options)
        # What uvloop has there has no dup() of its own.
        sock = socket.socket(fileno=os.dup(plain.get_extra_info("socket").fileno()))
        plain.abort()
        try:
            sock.setblocking(False)
            if ssl is not None:
                sock = await encrypted(sock, ssl, server_hostname, self.senders)
            protocol = factory()
            return ThreadedTransport(sock, protocol, self.senders), protocol
        except CertificateError as error:
            raise aiohttp.ClientConnectorCertificateError(req.connection_key, error) from error
        except OSError as error:
            raise client_error(req.connection_key, error) from error


class _BodyPayload(Payload):
    """A body of ours as aiohttp takes it."""

    def __init__(self, body: Body | Feed, content_type: str, stall: float | None) -> None:
        super().__init__(body, content_type=content_type)
        self._body = body
        self._size = body.size
        self._stall = stall
        self._writing = False
        self._in_use: asyncio.Event | None = None
        self.turn: Turn | None = None
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
        body, connection = self._body, _transport_of(writer)
        self._in_use = asyncio.Event()
        try:
            async with asyncio.timeout(None) as limit:
                if isinstance(body, Feed) and isinstance(connection, ThreadedTransport):
                    await self._have_sent(body, connection, writer, limit)
                else:
                    with self._watched(limit, lambda: self._state(writer, connection)):
                        await self._write_pieces(writer)
        finally:
            self._in_use.set()

    async def let_go(self) -> None:
        """Return when nobody reads the body any more: aiohttp cancels, and does not wait."""
        if self._in_use is not None and not self._in_use.is_set():
            await finish(self._in_use.wait())

    async def _have_sent(
        self,
        feed: Feed,
        connection: ThreadedTransport,
        writer: AbstractStreamWriter,
        limit: asyncio.Timeout,
    ) -> None:
        assert self.turn is not None
        connection.hold()
        writer.send_headers()
        with self._watched(limit, lambda: (connection.blocked, connection.taken)):
            await connection.send(self._guarded(feed), feed.went, self.turn)

    def _guarded(self, feed: Feed) -> Iterator[bytes | memoryview]:
        try:
            yield from feed
        except Exception as error:
            self.failure = error
            raise

    async def _write_pieces(self, writer: AbstractStreamWriter) -> None:
        body = self._body
        pieces = _read_in_threads(body) if isinstance(body, Feed) else aiter(body)
        async with aclosing(pieces):
            while True:
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except Exception as error:
                    self.failure = error
                    raise
                self._writing = True
                await writer.write(piece)
                self._writing = False
                if isinstance(body, Feed):
                    body.went(len(piece))
                del piece  # its memory is to be free before the next one is read

    def _state(
        self, writer: AbstractStreamWriter, connection: asyncio.WriteTransport | None
    ) -> tuple[bool, tuple[int, int]]:
        waiting = 0 if connection is None else connection.get_write_buffer_size()
        return self._writing, (writer.output_size, waiting)

    @contextmanager
    def _watched(
        self, limit: asyncio.Timeout, state: Callable[[], tuple[bool, object]]
    ) -> Generator[None]:
        watch = None if self._stall is None else _Watch(self, self._stall, limit, state)
        try:
            yield
        finally:
            if watch is not None:
                watch.end()


async def _read_in_threads(feed: Feed) -> AsyncGenerator[bytes | memoryview]:
    pieces = iter(feed)

    def read() -> bytes | memoryview | None:
        return next(pieces, None)

    while (piece := await run_blocking(read)) is not None:
        yield piece


def _transport_of(writer: AbstractStreamWriter) -> asyncio.WriteTransport | None:
    # Not declared by the abstract class; None once the connection is lost.
    return getattr(writer, "transport", None)


class _Watch:
    """Looks now and then whether a peer still takes what is sent, and ends a body that stands.

    A peer has stalled when it took nothing for `seconds`, however little: on a slow line one piece
    may take longer than that. Looked at from beside, since a timer for each piece costs more.
    `state` tells whether the peer is waited for, and what changes whenever it takes something.
    """

    LOOKS = 4  # in that time

    def __init__(
        self,
        payload: _BodyPayload,
        seconds: float,
        limit: asyncio.Timeout,
        state: Callable[[], tuple[bool, object]],
    ) -> None:
        self._payload = payload
        self._interval = seconds / self.LOOKS
        self._limit = limit
        self._state = state
        self._seen: object = None
        self._same = 0
        self._look()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        waits, now = self._state()
        self._same = self._same + 1 if waits and now == self._seen else 0
        self._seen = now
        if self._same >= self.LOOKS:
            self._payload.stalled = True
            self._limit.reschedule(loop.time())
        else:
            self._handle = loop.call_later(self._interval, self._look)

    def end(self) -> None:
        self._handle.cancel()


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
        self._senders = Senders()
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
    ) -> Reply:
        """The whole answer to a request sent once to the API."""
        data = _payload(body, timeouts)
        async with self._exchange(method, url, headers, data, timeouts, "api") as response:
            return await self._reply(response)

    async def put(
        self, url: str, headers: Mapping[str, str], feed: Feed, timeouts: Timeouts
    ) -> Reply:
        """Storage's answer to a body that is sent once, as soon as its turn has come.

        Nobody reads from `feed` any more when this returns or raises.
        """
        data = _BodyPayload(feed, _BINARY, timeouts.write)
        async with Turn(self._senders) as data.turn:
            try:
                async with self._exchange(
                    "PUT", url, headers, data, timeouts, "storage"
                ) as response:
                    return await self._reply(response)
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
        """The answer to a request sent once, with its body still to come."""
        data = _payload(body, timeouts)
        async with (
            self._exchange(method, url, headers, data, timeouts, "api") as response,
            aclosing(self._stream(response, timeouts)) as pieces,
        ):
            yield Opened(response.status, response.headers, pieces)

    async def _stream(
        self, response: aiohttp.ClientResponse, timeouts: Timeouts
    ) -> AsyncGenerator[bytes]:
        # What strikes here strikes whoever reads the pieces: it is to be one of ours already.
        with _Mapped(timeouts, None):
            async with aclosing(self._pieces(response)) as pieces:
                async for piece in pieces:
                    yield piece

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: bytes | _BodyPayload | None,
        timeouts: Timeouts,
        side: Side,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The start of the answer to a request sent once; what breaks it is raised as ours."""
        with _Mapped(timeouts, data):
            async with self._session(side).request(
                method,
                URL(url, encoded=True),  # already encoded: yarl would undo a signature's %2F
                headers=headers,
                data=data,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=_client_timeout(timeouts.connect, timeouts.read),
            ) as response:
                with _told_of_the_end(response):
                    yield response

    async def _reply(self, response: aiohttp.ClientResponse) -> Reply:
        return Reply(response.status, response.headers, await self._read(response))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | bytearray:
        if hdrs.CONTENT_ENCODING not in response.headers:
            declared = response.content_length
            # aiohttp keeps the pieces and joins them: a big body would be in memory twice.
            if declared is not None and declared <= min(BIG, self._max_reply):
                return await response.read()
        whole = bytearray()
        async with aclosing(self._pieces(response)) as pieces:
            async for piece in pieces:
                whole += piece
                if len(whole) > self._max_reply:
                    raise DecodeError(f"the answer is longer than {self._max_reply} bytes")
        return whole

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
        if self._closed:  # while a chunk waited for its turn
            raise ClientClosedError("the client is closed")
        session = self._sessions.get(side)
        if session is None:
            session = self._sessions[side] = self._make_session(side)
        return session

    def _make_session(self, side: Side) -> aiohttp.ClientSession:
        api = side == "api"
        # The tunnel through a proxy is asyncio's to make, and on Windows it tells of no sockets.
        plain = api or self._proxy is not None or self._trust_env or sys.platform == "win32"
        connector = (aiohttp.TCPConnector if plain else _Connector)(
            limit=0,
            keepalive_timeout=KEEPALIVE,
            ttl_dns_cache=DNS_TTL,
            ssl=self._ssl if self._ssl is not None else True,
        )
        if isinstance(connector, _Connector):
            connector.senders = self._senders
        inner: Any = connector  # were aiohttp to rename this, connections would be closed its way
        inner._factory = partial(_Protocol, loop=self._loop)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # done here, with a bound
            trust_env=self._trust_env,
            headers={hdrs.ACCEPT_ENCODING: ACCEPT} if api else None,
            # Storage gets what its signature covers, and nothing that could collide with it.
            skip_auto_headers=None
            if api
            else (hdrs.CONTENT_TYPE, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT),
            middlewares=(_send_once,),
            request_class=_Request,
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
        """Let go of the connections from outside their loop; whether there were any."""
        self._closed = True
        sessions, self._sessions = self._sessions, {}
        self._senders.close()
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
def _told_of_the_end(response: aiohttp.ClientResponse) -> Generator[None]:
    """Have whoever waits for the body hear that the connection is gone.

    Where what came could not be parsed, aiohttp closes the connection and leaves him waiting, with
    no read timeout either.
    """
    connection = response.connection
    protocol = None if connection is None else connection.protocol
    closed = None if protocol is None else protocol.closed
    if closed is None:  # the whole answer has come
        yield
        return

    def tell(_: object) -> None:
        body = response.content
        if not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError())

    closed.remove_done_callback(_hear)  # a kept connection needs one
    closed.add_done_callback(_hear)
    closed.add_done_callback(tell)
    try:
        yield
    finally:
        closed.remove_done_callback(tell)


def _hear(closed: asyncio.Future[Any]) -> None:
    """Take note of a future's exception, so that asyncio does not complain of it."""
    if not closed.cancelled():
        closed.exception()


def _payload(body: bytes | Body | None, timeouts: Timeouts) -> bytes | _BodyPayload | None:
    """A body as aiohttp takes it."""
    if body is None or (isinstance(body, bytes) and len(body) <= STEP):
        return body
    sized = BytesBody(body) if isinstance(body, bytes) else body
    return _BodyPayload(sized, _BINARY, timeouts.write)


@lru_cache(32)
def _client_timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    # No wait for a connection is in `connect`, since their number is not bounded here.
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


class _Mapped:
    """Foreign exceptions become ours; their texts are not taken over, since they show URLs.

    A class, since the generator of a context manager costs each call a microsecond.
    """

    __slots__ = ("_data", "_timeouts")

    def __init__(self, timeouts: Timeouts, data: object) -> None:
        self._timeouts = timeouts
        self._data = data

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Some of ours are OSErrors too.
        if isinstance(error, TwelveLabsError) or not isinstance(
            error, (aiohttp.ClientError, OSError, EOFError)
        ):
            return
        data = self._data
        if isinstance(data, _BodyPayload) and data.failure is not None:
            raise data.failure from None
        if isinstance(data, _BodyPayload) and data.stalled:
            raise RequestTimeoutError(
                f"the peer took nothing for {self._timeouts.write} s", phase="write"
            ) from None
        raise _ours(error, self._timeouts) from None


def _ours(error: Exception, timeouts: Timeouts) -> TwelveLabsError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeoutError(f"no connection within {timeouts.connect} s", phase="connect")
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"the peer was silent for {timeouts.read} s", phase="read")
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectError(f"cannot connect to {error.host}:{error.port}: {_reason(error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectError(f"the proxy refuses the connection: {error.status}")
    if isinstance(error, _StaleError):
        return ConnectError("the kept connection has an answer nobody asked for")
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        return ConfigurationError("not an http or https URL")
    return TransportError(_say(error.__cause__ if isinstance(error, _BrokenError) else error))


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
