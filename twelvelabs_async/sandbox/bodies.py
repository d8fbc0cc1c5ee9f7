"""Bounds on what a request may carry, checked before anything works on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, cast

import orjson
from attrs import define

from .errors import ApiError
from .settings import MIB

__all__ = ["FormBudget", "parse_json", "write_json"]

_MOST_VALUES = 200_000
_DEEPEST = 100
_MOST_PARTS = 1_000
_MOST_FILES = 20
_MOST_TEXT = 4 * MIB
_MOST_FIELD = MIB

# What one decoded JSON value takes in memory besides its text.
_VALUE = 80


def parse_json(raw: bytes | str, name: str = "The request body") -> tuple[Any, int]:
    """The value that ``raw`` is in JSON, and about how many bytes it takes in memory.

    Raises ``orjson.JSONDecodeError`` for what is not JSON, and ``ApiError`` for what has more
    than 200,000 values or is nested more than 100 levels deep.
    """
    # Each value but the first follows one of these. Counted before anything is decoded: 64 MB of
    # brackets take a gigabyte as lists.
    marks: tuple[Any, ...] = (",", "[", "{") if isinstance(raw, str) else (b",", b"[", b"{")
    values = sum(raw.count(mark) for mark in marks) + 1
    if values > _MOST_VALUES:
        raise ApiError("parameter_invalid", f"{name} has too many values.")
    value = orjson.loads(raw)
    for depth, _ in enumerate(_levels(value)):
        if depth > _DEEPEST:
            raise ApiError("parameter_invalid", f"{name} is nested too deeply.")
    return value, len(raw) + values * _VALUE


def write_json(value: object, name: str) -> bytes:
    """``value`` in JSON; ``ValueError``, which calls it ``name``, for what JSON does not have."""
    values = 0
    for depth, level in enumerate(_levels(value)):
        if depth > _DEEPEST:  # no deeper than what comes in; it may also hold itself
            raise ValueError(f"{name} is nested too deeply")
        values += len(level)
        if values > _MOST_VALUES:
            raise ValueError(f"{name} has too many values")
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise ValueError(f"{name} has a number that is not finite")  # orjson would write null
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"{name} is not a JSON value: {error}") from None


def _levels(value: object) -> Iterator[list[object]]:
    """The values at each depth, ``value`` itself first; without end where it holds itself."""
    level = [value]
    while level:
        yield level
        level = [part for whole in level for part in _parts(whole)]


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list | tuple) else ()


@define
class FormBudget:
    """What a form may still carry: so many parts, files, bytes of text and bytes of files."""

    file_bytes: int
    parts: int = _MOST_PARTS
    files: int = _MOST_FILES
    text: int = _MOST_TEXT

    def part(self, *, is_file: bool) -> None:
        """Count a part as it begins; raises ``ApiError`` when there are too many."""
        self.parts -= 1
        self.files -= is_file
        if self.parts < 0 or self.files < 0:
            what = "files" if self.files < 0 else "fields"
            raise ApiError("parameter_invalid", f"The form has too many {what}.")

    def text_piece(self, size: int, so_far: int) -> None:
        """Count a piece of a field, of which ``so_far`` bytes have come with it."""
        self.text -= size
        if so_far > _MOST_FIELD:
            raise ApiError("parameter_invalid", "A field of the form is too long.")
        if self.text < 0:
            raise ApiError("parameter_invalid", "The fields of the form are too long.")

    def file_piece(self, size: int, most: int) -> None:
        """Count a piece of a file; ``most`` is what all files may have, for the message."""
        self.file_bytes -= size
        if self.file_bytes < 0:
            raise ApiError("video_filesize_too_large", f"A file has at most {most} bytes.")
