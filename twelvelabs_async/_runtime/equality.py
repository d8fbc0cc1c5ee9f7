"""When the values of two models are equal, and what their hashes are."""

from __future__ import annotations

from array import array
from typing import Any

from .json_values import is_array

__all__ = ["has_the_numbers_of", "hash_of"]


def has_the_numbers_of(one: Any, other: Any) -> bool:
    """Whether values differ only in that vectors of one are compact, at any depth."""
    if array in (one.__class__, other.__class__):
        return is_array(one) and is_array(other) and [*one] == [*other]
    kinds = {one.__class__, other.__class__}
    if kinds == {dict}:
        keys: Any = one if one.keys() == other.keys() else None
    else:
        keys = range(len(one)) if kinds == {list} and len(one) == len(other) else None
    return keys is not None and all(
        one[key] == other[key] or has_the_numbers_of(one[key], other[key]) for key in keys
    )


def hash_of(value: Any) -> int:
    """The hash of a value; the same for all that have none."""
    try:
        return hash(value)
    except TypeError:  # a list or a mapping, or a tuple that has one
        return 0
