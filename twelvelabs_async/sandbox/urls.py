"""URLs and hosts as callers give them, which may be any text: read without an exception."""

from __future__ import annotations

import ipaddress
from typing import TypeGuard
from urllib.parse import SplitResult, urlsplit

__all__ = ["ip_address", "is_web", "split_url"]


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL; None where they cannot be read."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # a ValueError where it is not a port
    except ValueError:
        return None
    return parts


def is_web(parts: SplitResult | None) -> TypeGuard[SplitResult]:
    """Whether these are the parts of an absolute http or https URL."""
    if parts is None or parts.scheme not in ("http", "https"):
        return False
    return bool(parts.hostname) and parts.port != 0


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, None for a name; of an IPv4 address in IPv6 the former."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    four = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return four or address
