"""Schemas with the service's own type ``timestamp``, as schemas that JSON Schema knows.

A property called ``start_time`` or ``end_time`` that is a plain string is a time of day too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, cast

__all__ = ["TIMES", "is_time_format", "standard", "time_value"]

_CLOCK: Final = r"^\d{2,}:[0-5]\d:[0-5]\d$"
_FINE: Final = r"^\d{2,}:[0-5]\d:[0-5]\d\.\d{3}$"
TIMES: Final[Mapping[str, Mapping[str, object]]] = {
    "seconds": {"type": "number", "minimum": 0},
    "hh:mm:ss": {"type": "string", "pattern": _CLOCK},
    "hh:mm:ss.fff": {"type": "string", "pattern": _FINE},
}
"""The formats of times, and what JSON Schema says of each."""

_Schema = Mapping[str, object]
_NAMED: Final = ("properties", "$defs")
_RESERVED: Final = ("start_time", "end_time")


def is_time_format(name: object) -> bool:
    """Whether this is the name of a format of times."""
    return isinstance(name, str) and name in TIMES


def time_value(seconds: float, name: str) -> float | str:
    """A time in a format: a number of seconds, or hours, minutes and seconds as text."""
    if name == "seconds":
        return round(float(seconds), 3)
    if name == "hh:mm:ss":
        whole = max(0, math.floor(seconds + 0.5))
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    thousandths = max(0, round(seconds * 1000))
    whole = thousandths // 1000
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths % 1000:03}"


def standard(schema: _Schema) -> dict[str, object]:
    """The schema in JSON Schema's own types; ``timestamp`` names the format of a time.

    A required property comes first in each object, as the service has it.
    """
    return cast("dict[str, object]", _standard(schema, ""))


def _standard(schema: object, name: str) -> object:
    if isinstance(schema, list):
        return [_standard(each, "") for each in cast("list[object]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    given = cast("_Schema", schema)
    if given.get("type") == "timestamp":
        return _time(str(given.get("format")))
    if name in _RESERVED and given.get("type") == "string":
        return _time("hh:mm:ss.fff")
    made: dict[str, object] = {}
    for key, value in given.items():
        if key in _NAMED and isinstance(value, Mapping):
            parts = cast("_Schema", value)
            named = key == "properties"
            made[key] = {each: _standard(parts[each], each if named else "") for each in parts}
        elif key in ("items", "anyOf"):
            made[key] = _standard(value, "")
        else:
            made[key] = value
    properties, required = made.get("properties"), made.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        names = cast("dict[str, object]", properties)
        first = next((each for each in names if each in required), None)
        if first is not None:
            made["properties"] = {first: names[first], **names}
    return made


def _time(name: str) -> dict[str, object]:
    return {**TIMES.get(name, TIMES["seconds"]), "timestamp": name}
