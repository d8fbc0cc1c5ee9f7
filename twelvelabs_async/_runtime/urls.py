"""Paths and queries of URLs. No I/O.

https://www.rfc-editor.org/rfc/rfc3986
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from ..errors import ArgumentTypeError, ConfigurationError
from .json_values import NO_UNICODE, NOT_FINITE, is_array
from .numbers import plain_number

__all__ = [
    "Path",
    "encode_query",
    "expand_path",
    "format_scalar",
    "iter_params",
    "path_segment",
    "proxy_url",
]


def path_segment(value: str) -> str:
    """One path segment with everything but letters, digits and ``-._~`` percent-encoded.

    The empty string and the dot segments would address another resource: ConfigurationError.
    """
    if value.__class__ is not str:
        raise ArgumentTypeError(f"an id is a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ConfigurationError(f"{value!r} cannot be an id in a path")
    return value if value.isalnum() and value.isascii() else _percent(value, "")


_NAME = re.compile(r"\{\w+\}")


class Path(str):
    """A path, and the template that it comes from."""

    __slots__ = ("template",)
    template: str


def expand_path(template: str, *ids: str) -> Path:
    """The path of a template such as ``/indexes/{index_id}``, with an id for each of its names.

    https://www.rfc-editor.org/rfc/rfc6570#section-3.2.2
    """
    path = Path(_format(template) % tuple(map(path_segment, ids)))
    path.template = template
    return path


@lru_cache(256)  # there are as many as methods
def _format(template: str) -> str:
    return _NAME.sub("%s", template)


def proxy_url(given: str, source: str) -> str:
    """The URL of an HTTP proxy; one without a scheme is of http, as elsewhere.

    ConfigurationError, which names the source and not the password, for another value.
    """
    url = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port or IPv6 address
        fits = False
    if not fits or not url.isprintable():
        raise ConfigurationError(
            f"{source} must be the URL of an HTTP proxy, as http://proxy.example:8080: "
            "no other kind is supported, such as SOCKS"
        )
    return url


def format_scalar(value: Any) -> str:
    """A scalar as a query or a form carries it: true, false, and numbers as JSON writes them.

    ConfigurationError for an infinite number and NaN.
    """
    if value is True:
        return "true"
    if value is False:
        return "false"
    # By the base's own methods: those of enums, which are such values too, give their names.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ConfigurationError(f"{float(value)} {NOT_FINITE}")
        return float.__repr__(value)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        written = str(isoformat())
        return f"{written[:-6]}Z" if written.endswith("+00:00") else written
    number = plain_number(value)
    if number is not value:
        return format_scalar(number)
    raise ArgumentTypeError(
        f"a query or form value is text or a number, not {type(value).__name__}"
    )


def iter_params(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names and values with lists taken apart (the name is repeated) and None left out."""
    for name, value in values.items():
        if value is None:
            continue
        if value.__class__ is not str and is_array(value):
            for item in value:
                yield name, item
        else:
            yield name, value


def encode_query(values: Mapping[str, Any]) -> str:
    """The query string, without its question mark; "" when nothing is given."""
    return "&".join(
        [
            f"{_query_name(name)}={_query_value(format_scalar(value))}"
            for name, value in iter_params(values)
        ]
    )


@lru_cache(256)  # parameters have few names, and each its own many values
def _query_name(name: str) -> str:
    return _percent(name, "[]")


def _query_value(value: str) -> str:
    return value if value.isalnum() and value.isascii() else _percent(value, "")


def _percent(value: str, safe: str) -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise ConfigurationError(f"{value!r:.100} {NO_UNICODE}") from None
