"""The addresses that a sandbox hands out, such that its clients can reach them."""

from __future__ import annotations

from contextvars import ContextVar
from urllib.parse import urlsplit

from aiohttp import web

from .urls import ip_address

__all__ = ["Addresses", "is_everywhere", "note_host"]

_ASKED: ContextVar[str | None] = ContextVar("asked", default=None)


def note_host(request: web.Request) -> None:
    """Remember for the rest of a request by which host its client reaches the sandbox."""
    _ASKED.set(request.url.host)


class Addresses:
    """The origins of the API and of the storage.

    A sandbox that listens on one address hands out that one. One that listens on all hands out the
    host that the client asked for: no other is known to lead back. ``public`` is the API's origin
    where something between the two makes it another, such as a port that a container publishes.
    """

    def __init__(self, host: str, api_port: int, storage_port: int, public: str | None) -> None:
        self._host = host
        self._ports = api_port, storage_port
        self._public = None if public is None else urlsplit(public.rstrip("/"))

    @property
    def api(self) -> str:
        """The API's origin."""
        if self._public is not None:
            return self._public.geturl()
        return self._origin("http", self._reached, self._ports[0])

    @property
    def storage(self) -> str:
        """The storage's origin."""
        if self._public is not None:
            return self._origin(self._public.scheme, self._public.hostname or "", self._ports[1])
        return self._origin("http", self._reached, self._ports[1])

    @property
    def _reached(self) -> str:
        return (_ASKED.get() if is_everywhere(self._host) else None) or self._host

    @staticmethod
    def _origin(scheme: str, host: str, port: int) -> str:
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def is_everywhere(host: str) -> bool:
    """Whether a server that listens here does so on all addresses."""
    address = ip_address(host)
    return address is not None and address.is_unspecified
