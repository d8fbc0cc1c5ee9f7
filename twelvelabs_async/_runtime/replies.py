"""A reply's body, parsed and made into a model."""

from __future__ import annotations

from typing import TypeVar

from .convert import TypeForm, loads, structure
from .error_replies import says_error
from .model import is_empty
from .vectors import BIG, loads_in_turns

__all__ = ["decoded"]

T = TypeVar("T")


async def decoded(
    into: type[T] | TypeForm[T], body: bytes | bytearray, status_code: int, *, compact: bool
) -> tuple[T, bool]:
    """What a body holds, and whether it is still an error; DecodeError when it is neither.

    Where all fields of a model may be missing, an error is a model too: an empty one.
    """
    if compact or len(body) >= BIG:
        value = await loads_in_turns(body, status_code, compact=compact)
    else:
        value = loads(body, status_code)
    made = structure(into, value, status_code)
    return made, says_error(value) and is_empty(made)
