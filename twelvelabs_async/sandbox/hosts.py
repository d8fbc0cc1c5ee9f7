"""Whom the sandbox answers: requests that name it as a local program would, not as a web page may.

A page of a foreign site can have a browser connect to this machine: under the site's own name, when
its DNS answers with a local address (rebinding), or across sites. The Host header names the site in
the first case, and the Origin header in the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from .addresses import is_everywhere
from .urls import ip_address

__all__ = ["Hosts", "check_hosts", "is_host"]

_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:/@\[\]]+))(?::[0-9]{0,5})?"
)


class Hosts:
    """The hosts by which a sandbox may be addressed: loopback, those added, and its addresses."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._any_address = False

    def add(self, host: str) -> None:
        """Allow a name or an address: what it is bound to, or known by elsewhere.

        With the wildcard, which binds it to all addresses of the machine, every address is
        allowed, since no foreign site goes by one of them.
        """
        if is_everywhere(host):
            self._any_address = True
        self._names.add(_plain(host))

    def refusal(self, request: web.Request) -> tuple[int, str] | None:
        """The status and the message for a request that is not answered; None for all others."""
        given = request.headers.getall("Host", [])
        if len(given) != 1:
            if not given and request.version < (1, 1):
                return self._origin_refusal(request)  # no browser, then
            return 400, "A request must have one Host header."
        match = _AUTHORITY.fullmatch(given[0].strip())
        if match is None:
            return 400, "The Host header is malformed."
        if not self._allows(match["six"] or match["name"], request):
            return 403, (
                f"The sandbox does not go by the name {match['six'] or match['name']!r}. "
                "Use its address, or name the host when it is started."
            )
        return self._origin_refusal(request)

    def _origin_refusal(self, request: web.Request) -> tuple[int, str] | None:
        for origin in request.headers.getall("Origin", []):
            scheme, _, authority = origin.strip().partition("://")
            match = _AUTHORITY.fullmatch(authority)
            if (
                scheme.lower() not in ("http", "https")
                or match is None
                or not self._allows(match["six"] or match["name"], request)
            ):
                return 403, "The sandbox does not answer to pages of other sites."
        return None

    def _allows(self, host: str, request: web.Request) -> bool:
        name = _plain(host)
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        address = ip_address(name)
        if address is None:
            return False
        if self._any_address or address.is_loopback:
            return True
        local = request.get_extra_info("sockname")
        return bool(local) and name == _plain(str(local[0]))


def check_hosts(hosts: Sequence[str]) -> Sequence[str]:
    """The hosts; ``ValueError`` for what is neither a name nor an address, as with a port."""
    named = [hosts] if isinstance(hosts, str) else hosts
    for host in named:
        if not is_host(host):
            raise ValueError(f"{host!r} is not a host: give a name or an address, and no port")
    return named


def is_host(host: str) -> bool:
    """Whether this is a name or an address, without a port."""
    if ":" in host:
        return ip_address(host) is not None
    match = _AUTHORITY.fullmatch(host)
    # A client names one host: a pattern would never be found.
    return match is not None and match["name"] == host and "*" not in host


def _plain(host: str) -> str:
    """A name in lower case without its last dot, or an address in its shortest form."""
    name = host.lower().removesuffix(".")
    return str(ip_address(name) or name)
