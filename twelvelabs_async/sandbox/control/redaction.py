"""Takes secrets out of what is shown of requests: keys, signatures, tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..checks import as_array, as_object

__all__ = ["Redactor"]

_HIDDEN: Final = "***"
_LONGEST: Final = 10_000
_SECRET_HEADERS: Final = ("authorization", "proxy-authorization", "cookie", "x-api-key")
# At the end of a name, alone or after a separator. A token of a page is none.
_SECRET_NAME: Final = re.compile(
    r"(?<![^_-])(?:(?:api|secret|access|private)[_-]?key|secret|password|passwd|pwd|passphrase"
    r"|signature|credentials?|(?<!page[_-])token|auth|authorization|state)\Z",
    re.IGNORECASE,
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Signed URLs in texts, such as the film of an analysis.
_IN_URL: Final = re.compile(
    r"([?&;#](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|Signature|sig|api_?key|token"
    r"|access_token)=)[^&\s\"'<>]+",
    re.IGNORECASE,
)
_USER_IN_URL: Final = re.compile(r"(\w://)[^/?#\s]+@")
_CONSENT: Final = re.compile(r"(/oauth/consent/)[^/?\s]+")


class Redactor:
    """Redacts values, among them all places where one of ``secrets`` stands."""

    def __init__(self, secrets: list[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def text(self, text: str) -> str:
        """A text without secrets, cut off at 10,000 characters."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        text = _CONSENT.sub(rf"\1{_HIDDEN}", text)
        text = _USER_IN_URL.sub(rf"\1{_HIDDEN}@", _IN_URL.sub(rf"\1{_HIDDEN}", text))
        more = len(text) - _LONGEST
        return text if more <= 0 else f"{text[:_LONGEST]}… ({more} more characters)"

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers likewise; those that carry credentials without their values."""
        return {
            name: _HIDDEN if name in _SECRET_HEADERS or _is_secret(name) else self.text(value)
            for name, value in headers.items()
        }

    def value(self, value: Any) -> Any:
        """A JSON value likewise; properties that are named like secrets without their values."""
        if isinstance(value, str):
            return self.text(value)
        items, fields = as_array(value), as_object(value)
        if items is not None:
            return [self.value(each) for each in items]
        if fields is not None:
            return {self.text(name): self.named(name, each) for name, each in fields.items()}
        return value

    def named(self, name: str, value: Any) -> Any:
        """A value that goes by a name, likewise."""
        return _HIDDEN if value is not None and _is_secret(name) else self.value(value)


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(_HUMP.sub("_", name)) is not None
