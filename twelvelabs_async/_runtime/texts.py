"""Texts that cannot be sent: half of a surrogate pair has no form in UTF-8. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..errors import ArgumentTypeError

__all__ = ["NO_UNICODE", "dump_json", "unsendable"]

NO_UNICODE = "has half of a surrogate pair, which UTF-8 does not have: it cannot be sent"

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def dump_json(value: Any, what: str) -> bytes:
    """The value as JSON; ArgumentTypeError, naming the field, for what JSON cannot hold."""
    import orjson

    try:
        return orjson.dumps(value)
    except TypeError as error:
        reason = str(error)
    is_object = isinstance(value, Mapping)
    wrong = unsendable(cast("Mapping[Any, Any]", value)) if is_object else None
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
    if isinstance(value, Mapping):
        fields: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]  # any JSON
        return any(_is_in([*pair], depth - 1) for pair in fields.items())
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        items: Sequence[Any] = value  # pyright: ignore[reportUnknownVariableType]  # any JSON
        return any(_is_in(item, depth - 1) for item in items)
    return False
