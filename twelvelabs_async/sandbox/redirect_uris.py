"""Which URLs a consent page may lead back to, and how it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from .urls import ip_address, is_web, split_url

__all__ = ["form_target", "is_public", "is_redirectable", "with_parameters"]

_LONGEST: Final = 2048
# What a browser or an HTTP parser may read differently than ``urlsplit`` does.
_ODD: Final = re.compile(r"[^\x21-\x7e]|[\\<>\"^`{|}]")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{0,30}", re.IGNORECASE)
# These run or show something in the browser itself.
_NO_TARGETS: Final = ("javascript", "data", "vbscript", "file", "blob", "about", "view-source")
_PRIVATE_NAMES: Final = ("localhost", "local", "internal", "localdomain", "home.arpa")


def _split(uri: str) -> SplitResult | None:
    return None if len(uri) > _LONGEST or _ODD.search(uri) else split_url(uri)


def is_redirectable(uri: str) -> bool:
    """Whether a browser can be sent there: to a web address, or to an app by its scheme."""
    parts = _split(uri)
    if parts is None or not _SCHEME.fullmatch(parts.scheme):
        return False
    if parts.scheme in ("http", "https"):
        return is_web(parts) and parts.username is None
    return parts.scheme not in _NO_TARGETS and bool(parts.netloc or parts.path)


def is_public(uri: str) -> bool:
    """Whether it can be registered: https, a public host, no wildcard, no fragment."""
    parts = _split(uri)
    if not is_web(parts) or parts.scheme != "https":
        return False
    if parts.username is not None or "*" in uri or "#" in uri:
        return False
    return _is_public_host((parts.hostname or "").removesuffix("."))


def _is_public_host(host: str) -> bool:
    address = ip_address(host)
    if address is not None:
        return address.is_global and not address.is_multicast
    labels = host.split(".")
    # A last label of digits makes it an address to browsers, such as 127.1 or 0x7f.1.
    numeric = labels[-1][:1].isdigit()
    private = any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)
    whole = len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
    return whole and len(labels) > 1 and not numeric and not private


def with_parameters(uri: str, parameters: Mapping[str, str]) -> str:
    """The URL with more parameters in its query; what it has stays as it is."""
    parts = urlsplit(uri)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))


def form_target(uri: str) -> str:
    """What a content security policy calls the place of this URL.

    Browsers apply ``form-action`` also to where a form's answer redirects.
    """
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or ":" in (parts.hostname or ""):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
