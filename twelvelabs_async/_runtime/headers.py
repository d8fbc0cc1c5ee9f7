"""Header fields that are sent. No I/O.

https://www.rfc-editor.org/rfc/rfc9110#name-fields
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentTypeError, ConfigurationError

__all__ = ["Secret", "checked_headers"]


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_FRAMING = frozenset({"connection", "content-length", "host", "transfer-encoding"})


class Secret(str):
    """A value that is sent and never shown: not in a repr, nor by a debugger."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[redacted]'"


def checked_headers(headers: Mapping[Any, Any]) -> dict[str, str]:
    """The headers, named in lower case, their values not shown by a repr.

    ConfigurationError for one that could smuggle in another (by a line break, a NUL), and for those
    that say where a message ends; ArgumentTypeError for what is no mapping.
    """
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ArgumentTypeError(f"headers are a mapping, not {type(headers).__name__}")
    checked: dict[str, str] = {}
    for name, value in headers.items():
        # The value may be a secret: only the name is shown.
        if not isinstance(value, str):
            raise ConfigurationError(f"header {name!r} must be a str, not {type(value).__name__}")
        if not isinstance(name, str) or not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise ConfigurationError(f"{name!r} cannot be given as a header")
        if _UNSENDABLE.search(value):
            raise ConfigurationError(f"header {name!r} has a character that no header can have")
        checked[name.lower()] = Secret(value)
    return checked
