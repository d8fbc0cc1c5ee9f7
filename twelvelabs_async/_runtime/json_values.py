"""JSON values: their kinds, a look inside, text to value and back. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from ..errors import ArgumentTypeError

__all__ = ["NO_UNICODE", "dump_json", "get_path", "is_array", "is_object", "parsed", "unsendable"]


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is what JSON has as an object."""
    return isinstance(value, Mapping)


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
    """The JSON value of a body, or its text when it is none."""
    import orjson

    if not body:
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


NO_UNICODE = "has half of a surrogate pair, which UTF-8 does not have: it cannot be sent"
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def dump_json(value: Any, what: str) -> bytes:
    """The value as JSON; ArgumentTypeError, naming the field, for what JSON cannot hold."""
    import orjson

    try:
        return orjson.dumps(value)
    except TypeError as error:
        reason = str(error)
    wrong = unsendable(value) if is_object(value) else None
    raise ArgumentTypeError(
        f"{what} is no JSON: {reason if wrong is None else f'{wrong!r} {NO_UNICODE}'}"
    )


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
