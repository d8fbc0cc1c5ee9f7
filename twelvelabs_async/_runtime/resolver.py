"""Host names, looked up in the package's own threads."""

from __future__ import annotations

import socket
from typing import Any

from .native_threads import native
from .threads import in_thread

__all__ = ["Resolver"]


class Resolver:
    """aiohttp's source of addresses.

    Its own asks the loop, whose threads take no work once the main thread has ended.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[dict[str, Any]]:
        """The addresses of a host, as aiohttp takes them; OSError when there are none."""
        return await in_thread(_look_up, host, port, family)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[dict[str, Any]]:
    found = native("socket", "getaddrinfo")(
        host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    addresses: list[dict[str, Any]] = []
    for kind, _, protocol, _, address in found:
        numeric = address[0]
        if kind == socket.AF_INET6:
            if len(address) < 4:  # this Python has no IPv6
                continue
            if address[3]:  # the name of a link-local address ends with its interface
                numeric, _ = native("socket", "getnameinfo")(address, socket.NI_NUMERICHOST)
        addresses.append(
            {
                "hostname": host,
                "host": numeric,
                "port": address[1],
                "family": kind,
                "proto": protocol,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
        )
    return addresses
