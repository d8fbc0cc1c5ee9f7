"""TLS on a connected socket, with the handshake in threads."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from .sender_pool import SenderPool
from .threads import finish

__all__ = ["encrypted"]


async def encrypted(
    sock: socket.socket, context: ssl.SSLContext, server_hostname: str | None, senders: SenderPool
) -> ssl.SSLSocket:
    """The connected socket under TLS, its handshake made in threads; closed when that fails.

    Checking the peer's certificates of a dozen connections would block the loop.
    """
    loop = asyncio.get_running_loop()
    tls = context.wrap_socket(sock, server_hostname=server_hostname, do_handshake_on_connect=False)
    try:
        while True:
            try:
                await finish(senders.run(tls.do_handshake))
            except ssl.SSLWantReadError:
                await _ready(tls, loop.add_reader, loop.remove_reader)
            except ssl.SSLWantWriteError:
                await _ready(tls, loop.add_writer, loop.remove_writer)
            else:
                return tls
    except BaseException:  # also a cancellation: nothing else would close it
        tls.close()
        raise


async def _ready(
    sock: socket.socket, add: Callable[..., object], remove: Callable[[socket.socket], object]
) -> None:
    ready = asyncio.Event()
    add(sock, ready.set)
    try:
        await ready.wait()
    finally:
        remove(sock)
