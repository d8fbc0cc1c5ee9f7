"""Whom the control calls answer: programs on this machine, and the sandbox's own page.

The API's key does not count here. What decides is where a request comes from, the host by which it
names the sandbox, and for browsers the page that sends it.
"""

from __future__ import annotations

from aiohttp import web

from ..context import SandboxContext
from ..errors import ApiError
from ..urls import ip_address

__all__ = ["check_access", "is_local"]

_PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def is_local(request: web.Request) -> bool:
    """Whether a request comes from a program on this machine, and through no proxy on it."""
    peer = request.get_extra_info("peername")
    if not peer or any(name in request.headers for name in _PROXIED):
        return False
    address = ip_address(str(peer[0]).partition("%")[0])  # of a Unix socket, a path
    return address is not None and address.is_loopback


def check_access(
    sandbox: SandboxContext, request: web.Request, *, open_to_all: bool, is_page: bool = False
) -> None:
    """Raise ``ApiError`` for a request that may not control the sandbox.

    ``open_to_all`` lets in other machines. ``is_page`` is for what a browser shows as a page, to
    which other sites may link.
    """
    refused = sandbox.hosts.refusal(request)
    if refused is not None:
        status, message = refused
        raise ApiError("host_not_allowed", message, status)
    if not (open_to_all or sandbox.remote_control or is_local(request)):
        raise ApiError(
            "remote_control_not_allowed",
            "Only this machine controls the sandbox, unless it is started with "
            "--allow-remote-control.",
            403,
        )
    if _is_foreign(sandbox, request, is_page):
        raise ApiError(
            "cross_site_not_allowed", "Pages of other origins do not control the sandbox.", 403
        )


def _is_foreign(sandbox: SandboxContext, request: web.Request, is_page: bool) -> bool:
    """Whether a page that is not the sandbox's own sent the request.

    Programs send neither header; browsers send at least one with all that can change something.
    """
    own = {f"{scheme}://{request.headers.get('Host', '')}".lower() for scheme in ("http", "https")}
    own.add(sandbox.api_origin.lower())
    if any(origin.strip().lower() not in own for origin in request.headers.getall("Origin", [])):
        return True
    site = request.headers.get("Sec-Fetch-Site", "none")
    if is_page and request.headers.get("Sec-Fetch-Mode") == "navigate":
        return request.method not in ("GET", "HEAD")
    return site not in ("none", "same-origin")
