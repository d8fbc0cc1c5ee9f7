"""What a fault may not be: never, for ever, or no HTTP."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from .errors import clean
from .patterns import Pattern, PatternError

__all__ = [
    "check_choice",
    "check_count",
    "check_flag",
    "check_headers",
    "check_kind",
    "check_method",
    "check_number",
    "check_text",
    "is_header_value",
    "path_pattern",
    "pattern",
]

MOST: Final = 10**9
LONGEST_TEXT: Final = 1_000
# Control characters but the tab, and halves of characters.
_NO_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_PREFIX: Final = re.compile(r"\A\^?/v1\\?\.3(?=/)")


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise ``ValueError`` for what is not a finite number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} is {value!r}; it must be from {low:g} to {high:g}")


def check_count(name: str, value: object, low: int, high: int = MOST) -> None:
    """Raise ``ValueError`` for what is not a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; it must be a whole number from {low} to {high}")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ``ValueError`` for what is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of: {', '.join(choices)}")


def check_flag(name: str, value: object) -> None:
    """Raise ``ValueError`` for what is neither True nor False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be one of: True, False")


def check_kind(name: str, value: object, kind: type) -> None:
    """Raise ``ValueError`` for what is not of a class."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}; it must be a {kind.__name__}")


def check_text(name: str, value: object, longest: int = LONGEST_TEXT) -> None:
    """Raise ``ValueError`` for what is neither None nor a text of at most so many characters."""
    if value is None:
        return
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{name} must be text of at most {longest:,} characters")
    if clean(value) != value:
        raise ValueError(f"{name} is {value!r}; it must not have halves of characters")


def check_method(method: str | None) -> None:
    """Raise ``ValueError`` for what no request has as its method."""
    check_text("method", method)
    if method is not None and not _NAME.fullmatch(method):
        raise ValueError(f"method is {method!r}; it must be one such as GET")


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ``ValueError`` for headers that HTTP does not allow."""
    check_kind("headers", headers, Mapping)
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a name of a header")
        if not is_header_value(value):
            raise ValueError(f"the value of the header {name} must be text in one line")


def is_header_value(value: object) -> bool:
    """Whether HTTP can carry it as the value of a header."""
    return isinstance(value, str) and not _NO_VALUE.search(value)


def pattern(name: str, text: str) -> Pattern:
    """A regular expression for whole texts; ``ValueError`` for what is none."""
    check_text(name, text)
    try:
        return Pattern.of(text, whole=True)
    except PatternError as error:
        raise ValueError(f"{name} is not a regular expression, {text!r}: {error}") from None


def path_pattern(name: str, text: str) -> Pattern:
    """A regular expression for whole paths, which may begin with ``/v1.3``; else as `pattern`."""
    check_text(name, text)
    return pattern(name, _PREFIX.sub("", text))
