"""Everything that depends on private parts of aiohttp and asyncio.

Each states why it is there, and what happens if a later aiohttp has renamed the part: aiohttp's own
code runs. `tests/unit/test_aiohttp_patches.py` asserts that each is really in use, and that calls
work without the ones that are there for speed.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ssl import CertificateError
from typing import Any

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, StreamWriter

from .sender_pool import SenderPool
from .threaded_transport import ThreadedTransport
from .tls import encrypted

__all__ = [
    "BrokenError",
    "Connector",
    "Protocol",
    "Request",
    "close_connector",
    "drop_sockets",
    "keepalive_socket",
    "report_disconnect",
    "restart_read_timeout",
    "send_once",
    "transport_of",
    "use_protocol",
]


MOST_INTERIM = 256
"""The most interim replies (1xx) before the final one."""

_Address = tuple[int, int, int, str, tuple[Any, ...]]  # as socket.getaddrinfo gives it


class BrokenError(aiohttp.ClientError):
    """The connection broke; `__cause__` says how."""


async def send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending again what it deems safe when a kept connection was closed.

    A single-use URL does not survive that, and attempts are counted by `Core`
    (https://github.com/aio-libs/aiohttp/issues/10790).
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenError from error


class Request(aiohttp.ClientRequest):
    """A request whose body of bytes leaves together with the head, in one write.

    aiohttp makes a payload and a task for it, which is a fifth of what a call costs. Both overrides
    are used together or not at all: one alone would lose the body.
    """

    is_whole = all(
        hasattr(aiohttp.ClientRequest, name) for name in ("update_body_from_data", "send")
    )
    _whole = b""

    def update_body_from_data(self, body: Any, _stacklevel: int = 3) -> None:
        """Keep a body of bytes as it is."""
        if not self.is_whole or type(body) is not bytes:
            super().update_body_from_data(body, _stacklevel)
            return
        self._whole = body
        self.headers[hdrs.CONTENT_LENGTH] = str(len(body))

    def update_expect_continue(self, expect: bool = False) -> None:
        """Send `Expect: 100-continue`, and the body without waiting for the reply.

        aiohttp waits for it without a limit. RFC 9110, section 10.1.1, requires no wait, and a
        refusal is also read while the body is sent.
        """

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send it, and return its reply."""
        protocol = conn.protocol
        if protocol is None or self._body is not None or not self.is_whole:
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


class Protocol(ResponseHandler):
    """A connection that is closed immediately, and not used again once the peer has closed it.

    As asyncio closes it, it waits under TLS for the peer to close it too, up to half a minute, and
    in plain text for the peer to take what was written. By then nothing refers to it.
    """

    _interim = 0

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Read the head of a reply; fail after too many interim ones (1xx).

        aiohttp waits for the final one as long as interim ones come, and each restarts its read
        timeout.
        """
        code = data[0].code
        if not 100 <= code < 200 or code == 101:
            self._interim = 0
        elif self._interim >= MOST_INTERIM:
            self.set_exception(HttpProcessingError(code=code, message="too many interim replies"))
            self.abort()
            return
        else:
            self._interim += 1
        super().feed_data(data, size)

    def close(self) -> None:
        """Close it now."""
        self.abort()

    def data_received(self, data: bytes) -> None:
        """Parse what has come; the head of a refusal by itself.

        Its status counts even if the rest cannot be parsed, which would lose the head.
        """
        if data[:5] == b"HTTP/" and data[9:10] in (b"3", b"4", b"5"):
            head, end, data = data.partition(b"\r\n\r\n")
            super().data_received(head + end)
            if not data or self.exception() is not None:
                return
        super().data_received(data)

    def is_connected(self) -> bool:
        """Whether the connector may use it for another request.

        An idle connection expects nothing: data there is its end, or an unsolicited reply. A busy
        event loop has not read it yet, so the socket is checked.
        """
        transport = self.transport
        if transport is None or transport.is_closing() or self.should_close:
            return False
        sock: socket.socket | None = transport.get_extra_info("socket")
        return sock is None or not _has_arrived(sock.fileno())


def _has_arrived(fd: int) -> bool:
    """Whether data, an end or an error waits in a socket."""
    if fd < 0:
        return True
    if sys.platform == "win32":
        return bool(select.select([fd], [], [], 0)[0])
    poll = select.poll()  # select.select fails above descriptor 1023
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


# Seconds of silence before the system asks whether the peer is still there, and between the next
# questions: load balancers forget a connection that was silent for 350 seconds, or for 60 where
# they are strict.
_KEEPALIVE = {"TCP_KEEPIDLE": 45, "TCP_KEEPALIVE": 45, "TCP_KEEPINTVL": 45}


def keepalive_socket(address: _Address) -> socket.socket:
    """A socket on which the system keeps a silent connection alive."""
    family, kind, protocol, _, _ = address
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in _KEEPALIVE.items():
        option = getattr(socket, name, None)  # TCP_KEEPALIVE is what macOS calls the first
        if option is not None:
            with suppress(OSError):  # not every system lets it be set
                sock.setsockopt(socket.IPPROTO_TCP, option, seconds)
    return sock


class Connector(aiohttp.TCPConnector):
    """Makes connections on which threads send the bodies.

    Were aiohttp to rename what is overridden here, the event loop would send them.
    """

    senders: SenderPool

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


def use_protocol(connector: aiohttp.BaseConnector, loop: asyncio.AbstractEventLoop) -> None:
    """Make a connector use our `Protocol`; there is no public way."""
    private: Any = connector
    private._factory = partial(Protocol, loop=loop)


def close_connector(connector: aiohttp.BaseConnector | None) -> None:
    """Close a connector without its loop running, which the public ``close()`` needs."""
    private: Any = connector
    private._close()


def drop_sockets(connector: Any) -> None:
    """Close a connector's descriptors, and nothing else: for a closed loop, and after a fork.

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


def report_disconnect(response: aiohttp.ClientResponse) -> None:
    """Wake the reader of the body when the connection is lost, until all of it has come.

    After data that it cannot parse, aiohttp closes the connection without waking the reader, and
    its read timeout is off.
    """
    connection = response.connection
    protocol = None if connection is None else connection.protocol
    closed = None if protocol is None else protocol.closed
    if closed is None:  # the whole reply has come
        return

    def wake(_: object) -> None:
        body = response.content
        if not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError())

    def forget() -> None:
        closed.remove_done_callback(wake)

    closed.remove_done_callback(_retrieve)  # a kept connection needs one
    closed.add_done_callback(_retrieve)
    closed.add_done_callback(wake)
    response.content.on_eof(forget)


def _retrieve(closed: asyncio.Future[Any]) -> None:
    """Retrieve a future's exception, so that asyncio does not warn."""
    if not closed.cancelled():
        closed.exception()


def transport_of(writer: AbstractStreamWriter) -> asyncio.WriteTransport | None:
    """The transport below a writer, which the abstract class does not declare.

    None once the connection is lost.
    """
    return getattr(writer, "transport", None)


def restart_read_timeout(writer: AbstractStreamWriter) -> None:
    """Restart the silence that `read` bounds: the peer still accepts data."""
    protocol: ResponseHandler | None = getattr(writer, "protocol", None)
    if protocol is not None:
        protocol.start_timeout()
