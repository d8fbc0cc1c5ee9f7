"""Where the sandbox may connect to: the loopback, and the hosts that its settings name."""

from __future__ import annotations

from .media.measure.probe import MediaError
from .urls import ip_address, is_web, split_url

__all__ = ["check_host"]


def check_host(url: str, allowed: tuple[str, ...], own: str) -> None:
    """Refuse a URL elsewhere with ``MediaError``; ``own`` is the origin of its storage."""
    parts = split_url(url)
    if parts is None:
        raise MediaError("source_unavailable", "The URL is malformed.")
    if not is_web(parts):
        raise MediaError("source_unavailable", "The URL must begin with http:// or https://.")
    host = parts.hostname or ""
    if host == "localhost" or host in allowed:
        return
    if own and url.startswith(f"{own}/"):
        return
    address = ip_address(host)
    if address is not None and address.is_loopback:
        return
    raise MediaError(
        "source_unavailable", "The media could not be fetched: this sandbox fetches from loopback."
    )
