"""What users note of their assets, and the three rules by which it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .checks import as_array, as_object, is_exact
from .errors import invalid

__all__ = ["merged", "replaced", "user_metadata"]


def user_metadata(value: Any, name: str, textual: bool) -> dict[str, Any]:
    """An object of strings, numbers, booleans, lists of strings, and nulls."""
    given = as_object(value)
    if given is None:
        raise invalid(name, "It must be an object.")
    for key, item in given.items():
        if not _is_value(item):
            raise invalid(
                f"{name}.{key}", "It must be a string, a number, a boolean or a list of strings."
            )
    return given


def _is_value(item: Any) -> bool:
    texts = as_array(item)
    if texts is not None:
        return all(isinstance(text, str) for text in texts)
    if isinstance(item, int | float):
        return is_exact(item)
    return item is None or isinstance(item, str)


def _is_empty(item: Any) -> bool:
    return item is None or item in ("", [])


def replaced(given: Mapping[str, Any]) -> dict[str, Any]:
    """The whole metadata anew; keys without a value are left out."""
    return {key: item for key, item in given.items() if not _is_empty(item)}


def merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata with some keys set; a null takes a key away, and other empty values do
    nothing.
    """
    after = {**before, **replaced(given)}
    for key, item in given.items():
        if item is None:
            after.pop(key, None)
    return after
