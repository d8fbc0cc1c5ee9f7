"""Values that are sent and never shown: API keys, header values, presigned URLs.

They are no `str`: crash reporters record the local variables of a traceback's frames, and of a
string they record the characters, even if its repr hides them.
"""

from __future__ import annotations

import re
from typing import NoReturn, cast

__all__ = ["SecretText", "SecretUrl", "origin"]

HIDDEN = "[redacted]"
_URL = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


class SecretText:
    """A text that only `reveal` gives; every way to show it gives ``[redacted]``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        given = cast("object", value)  # a program may give what the type forbids
        if not isinstance(given, str):
            raise TypeError(f"a secret must be a str, not {type(given).__name__}")
        self._value = given

    def reveal(self) -> str:
        """The text itself. Use it in the expression that calls this, and do not keep it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")


class SecretUrl(SecretText):
    """A presigned URL: its scheme, host and path may be shown, its query and user name never."""

    __slots__ = ()

    @property
    def origin(self) -> str:
        """The scheme, host and port."""
        return origin(self._value)

    @property
    def path(self) -> str:
        """The path, still encoded; "" where the URL cannot be read."""
        from urllib.parse import urlsplit  # here: the package must cost nothing to import

        try:
            return urlsplit(self._value).path
        except ValueError:
            return ""

    @property
    def is_http(self) -> bool:
        """Whether a request can be sent to it: an absolute http or https URL with a host.

        It has no user name, which would become an Authorization header beside the signature.
        """
        from urllib.parse import urlsplit  # here: the package must cost nothing to import

        if not _URL.fullmatch(self._value):  # urlsplit passes over control characters
            return False
        try:
            parts = urlsplit(self._value)
            return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        except ValueError:
            return False

    def __repr__(self) -> str:
        made = hasattr(self, "_value")  # else it is only being made
        return f"{self.origin}{self.path}?{HIDDEN}" if made else HIDDEN


def origin(url: str) -> str:
    """The scheme, host and port of a URL."""
    from urllib.parse import urlsplit  # here: the package must cost nothing to import

    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "a URL that cannot be read"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
