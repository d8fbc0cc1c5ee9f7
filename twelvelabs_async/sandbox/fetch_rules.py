"""Where the sandbox may connect to: the loopback, and the hosts that its settings name."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from .media.measure.probe import MediaError

__all__ = ["check_host"]


def check_host(url: str, allowed: tuple[str, ...], own: str) -> None:
    """Refuse a URL elsewhere with ``MediaError``; ``own`` is the origin of its storage."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # a ValueError where it is not a port
    except ValueError as error:
        raise MediaError("source_unavailable", "The URL is malformed.") from error
    if parts.scheme not in ("http", "https"):
        raise MediaError("source_unavailable", "The URL must begin with http:// or https://.")
    if host == "localhost" or host in allowed:
        return
    if own and url.startswith(f"{own}/"):
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise MediaError(
        "source_unavailable", "The media could not be fetched: this sandbox fetches from loopback."
    )
