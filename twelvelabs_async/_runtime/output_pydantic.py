"""Answers in classes of pydantic: the schema, what reads a text, and what is wrong with one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, cast

from .json_values import is_array, is_object

__all__ = ["by_pydantic", "problem_of_pydantic"]

Json = dict[str, Any]


def by_pydantic(form: Any) -> tuple[Json, Callable[[str], Any]]:
    """The JSON Schema of a type, and what reads a JSON text; TypeError where there is none."""
    # It is imported already, since the type is one of its own, or has one of them.
    pydantic: Any = sys.modules["pydantic"]
    try:
        adapter = pydantic.TypeAdapter(form)
        return adapter.json_schema(), adapter.validate_json
    except pydantic.errors.PydanticUserError as error:
        raise TypeError(str(error)) from error


def problem_of_pydantic(error: ValueError, text: str) -> tuple[str, str | None]:
    """What is wrong with a text, and the JSON path to it; None where it is not JSON."""
    first = cast("Any", error).errors()[0]
    if first["type"] == "json_invalid" and not first["loc"]:
        return str(first["msg"]), None
    return str(first["msg"]), _path_in(text, first["loc"], missing=first["type"] == "missing")


def _path_in(text: str, steps: Sequence[str | int], *, missing: bool) -> str:
    """The JSON path of pydantic's steps, which also name the members of unions."""
    value: Any = json.loads(text)
    path = "$"
    for number, step in enumerate(steps, 1):
        if isinstance(step, int):
            path += f"[{step}]"
            value = value[step] if is_array(value) and step < len(value) else None
        elif is_object(value) and (step in value or (missing and number == len(steps))):
            path += f".{step}"
            value = value.get(step)
    return path
