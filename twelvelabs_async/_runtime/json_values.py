"""JSON values: their kinds, a look inside, text to value and back. No I/O."""

from __future__ import annotations

import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from ..errors import ArgumentTypeError, ConfigurationError
from .numbers import plain_number

__all__ = [
    "NOT_FINITE",
    "NO_UNICODE",
    "dump_json",
    "get_path",
    "is_array",
    "is_object",
    "parsed",
    "unsendable",
    "without_bom",
]


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is what JSON has as an object."""
    # As in `is_array`: the plain kind first.
    return isinstance(value, (dict, Mapping))


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether this is a sequence of values, and no text or bytes."""
    # The plain kinds first: an abstract class's instance check costs as much as writing the value.
    if isinstance(value, (list, tuple)):
        return True
    return isinstance(value, Sequence) and not isinstance(
        value, (str, bytes, bytearray, memoryview)
    )


def get_path(value: object, *keys: str) -> Any:
    """The value below these keys; None when one of them is missing."""
    for key in keys:
        if not is_object(value):
            return None
        value = value.get(key)
    return value


def parsed(body: bytes | bytearray) -> Any:
    """The JSON value of a body, or its text when it is not JSON."""
    import orjson

    if not body:
        return None
    try:
        return orjson.loads(without_bom(body))
    except ValueError:
        return body.decode("utf-8", "replace")


def without_bom(body: bytes | bytearray) -> bytes | bytearray:
    """The body without a byte order mark, which some proxies put before it."""
    # A bytearray would always be copied.
    return body.removeprefix(BOM_UTF8) if body.startswith(BOM_UTF8) else body


NOT_FINITE = "is not a finite number, which JSON does not have: leave it out, or give None"
NO_UNICODE = "has half of a surrogate pair, which UTF-8 cannot encode"
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def dump_json(value: Any, what: str, plain: Callable[[Any], Any] = plain_number) -> bytes:
    """The value as JSON; ArgumentTypeError, naming the field, for what JSON cannot hold.

    `plain` makes plain values, all the way down, of what orjson does not know. Numbers may be of
    numpy or Decimal. ConfigurationError for an infinite number and NaN.
    """
    import orjson

    def known(item: Any) -> Any:
        made = plain(item)
        if made is item:
            raise TypeError
        return made

    try:
        text = orjson.dumps(value, known, orjson.OPT_UTC_Z)
    except TypeError as error:
        reason = str(error)
        value = plain(value)
    else:
        # orjson writes these numbers as null, which would delete the key instead of setting it.
        if b"null" in text and (path := _not_finite(plain(value))) is not None:
            raise ConfigurationError(f"{path or 'a number'!r} in {what} {NOT_FINITE}")
        # A copy: orjson's own bytes keep a buffer of 4 KB or more, as long as a call waits.
        return bytes(memoryview(text))
    wrong = unsendable(value) if is_object(value) else None
    raise ArgumentTypeError(
        f"{what} is not JSON: {reason if wrong is None else f'{wrong!r} {NO_UNICODE}'}"
    )


def _not_finite(value: Any, path: str = "") -> str | None:
    """The path of a number that JSON does not have, as ``a.b[0]``; None when there is none."""
    if is_object(value):
        pairs: Iterable[tuple[Any, str]] = (
            (item, f"{path}.{key}" if path else str(key)) for key, item in value.items()
        )
    elif is_array(value):
        pairs = ((item, f"{path}[{at}]") for at, item in enumerate(value))
    else:
        number = plain_number(value)
        return path if isinstance(number, float) and not math.isfinite(number) else None
    return next((found for item, at in pairs if (found := _not_finite(item, at)) is not None), None)


def unsendable(values: Mapping[Any, Any]) -> str | None:
    """The first name whose value, or which itself, has a text that cannot be encoded."""
    return next((str(name) for name in values if _is_in([name, values[name]])), None)


def _is_in(value: Any, depth: int = 64) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if not depth:
        return False  # a parser goes deeper than Python's own stack
    if is_object(value):
        return any(_is_in([*pair], depth - 1) for pair in value.items())
    return is_array(value) and any(_is_in(item, depth - 1) for item in value)
