"""Whether a value satisfies a JSON schema (Draft 2020-12, the keywords that describe values).

Small, and only here so that nothing is handed out that was not checked: the sandbox needs no
messages, and no schemas but the caller's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final, cast
from uuid import UUID

from .pattern import PatternError, found

__all__ = ["SchemaError", "listed", "mapped", "resolve", "same", "satisfies"]

Schema = Mapping[str, object]

_DEEPEST: Final = 64


class SchemaError(ValueError):
    """A schema that no value was found for, or that is none; the message says where."""


def resolve(reference: object, root: object) -> object:
    """The schema that a ``$ref`` within the document names."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise SchemaError(f"$ref {reference!r} does not name a part of the schema itself.")
    part = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(part, Mapping) and name in part:
            part = cast("Schema", part)[name]
        elif isinstance(part, list) and name in map(str, range(len(cast("list[object]", part)))):
            part = cast("list[object]", part)[int(name)]
        else:
            raise SchemaError(f"$ref {reference!r} names nothing.")
    return part


def mapped(schema: Schema, name: str) -> Schema:
    """The mapping at a keyword, such as ``properties``; an empty one where there is none."""
    value = schema.get(name)
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def listed(schema: Schema, name: str) -> list[object]:
    """The list at a keyword, such as ``anyOf`` or ``enum``; an empty one where there is none."""
    value = schema.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        left, right = cast("Schema", one), cast("Schema", other)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(one, list) and isinstance(other, list):
        ones, others = cast("list[object]", one), cast("list[object]", other)
        return len(ones) == len(others) and all(map(same, ones, others))
    return one == other


def satisfies(value: object, schema: object, root: object, depth: int = 0) -> bool:
    """Whether the value satisfies the schema, whose ``$ref`` are looked up in ``root``."""
    if depth > _DEEPEST:
        raise SchemaError("The schema refers to itself without end.")
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        raise SchemaError(f"{schema!r} is no schema.")
    rules = cast("Schema", schema)

    def holds(candidate: object, of: object) -> bool:
        return satisfies(candidate, of, root, depth + 1)

    if "$ref" in rules and not holds(value, resolve(rules["$ref"], root)):
        return False
    return (
        _is_one_of_types(value, rules)
        and ("const" not in rules or same(value, rules["const"]))
        and ("enum" not in rules or any(same(value, one) for one in listed(rules, "enum")))
        and _combined(value, rules, holds)
        and _sized(value, rules)
        and _shaped(value, rules, holds)
    )


Holds = Callable[[object, object], bool]


def _combined(value: object, rules: Schema, holds: Holds) -> bool:
    if not all(holds(value, one) for one in listed(rules, "allOf")):
        return False
    if "anyOf" in rules and not any(holds(value, one) for one in listed(rules, "anyOf")):
        return False
    if "oneOf" in rules and sum(holds(value, one) for one in listed(rules, "oneOf")) != 1:
        return False
    if "not" in rules and holds(value, rules["not"]):
        return False
    if "if" in rules:
        branch = "then" if holds(value, rules["if"]) else "else"
        return branch not in rules or holds(value, rules[branch])
    return True


def _sized(value: object, rules: Schema) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        step = _number(rules, "multipleOf", 0)
        return (
            value >= _number(rules, "minimum", -math.inf)
            and value <= _number(rules, "maximum", math.inf)
            and value > _number(rules, "exclusiveMinimum", -math.inf)
            and value < _number(rules, "exclusiveMaximum", math.inf)
            and (not step or _is_multiple(value, step))
        )
    if isinstance(value, str):
        pattern, named = rules.get("pattern"), rules.get("format")
        return (
            _number(rules, "minLength", 0) <= len(value) <= _number(rules, "maxLength", math.inf)
            and (not isinstance(pattern, str) or _matches(pattern, value))
            and (not isinstance(named, str) or _has_format(named, value))
        )
    return True


def _shaped(value: object, rules: Schema, holds: Holds) -> bool:
    if isinstance(value, list):
        return _listed(cast("list[object]", value), rules, holds)
    if isinstance(value, Mapping):
        return _keyed(cast("Schema", value), rules, holds)
    return True


def _listed(values: Sequence[object], rules: Schema, holds: Holds) -> bool:
    first = listed(rules, "prefixItems")
    rest = rules.get("items", True)
    unique = rules.get("uniqueItems") is True
    return (
        _number(rules, "minItems", 0) <= len(values) <= _number(rules, "maxItems", math.inf)
        and all(holds(value, one) for value, one in zip(values, first, strict=False))
        and all(holds(value, rest) for value in values[len(first) :])
        and ("contains" not in rules or any(holds(value, rules["contains"]) for value in values))
        and not (unique and any(same(a, b) for n, a in enumerate(values) for b in values[:n]))
    )


def _keyed(value: Schema, rules: Schema, holds: Holds) -> bool:
    named, patterns = mapped(rules, "properties"), mapped(rules, "patternProperties")
    if not all(name in value for name in listed(rules, "required")):
        return False
    if (
        not _number(rules, "minProperties", 0)
        <= len(value)
        <= _number(rules, "maxProperties", math.inf)
    ):
        return False
    for name, one in value.items():
        of = [patterns[pattern] for pattern in patterns if _matches(pattern, name)]
        if name in named:
            of.append(named[name])
        if not all(holds(one, each) for each in of or [rules.get("additionalProperties", True)]):
            return False
    return True


def _is_one_of_types(value: object, rules: Schema) -> bool:
    if "type" not in rules:
        return True
    return any(_is_type(value, name) for name in listed(rules, "type") or [rules["type"]])


def _is_type(value: object, name: object) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    match name:
        case "null":
            return value is None
        case "integer":
            return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        case "number":
            return isinstance(value, int | float)
        case "string":
            return isinstance(value, str)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, Mapping)
        case "boolean":
            return False
        case _:
            raise SchemaError(f"{name!r} is no type.")


def _number(rules: Schema, name: str, otherwise: float) -> float:
    value = rules.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(f"{name} is {value!r}, which is no number.")
    return value


def _is_multiple(value: float, step: float) -> bool:
    times = value / step
    return math.isfinite(times) and math.isclose(times, round(times), abs_tol=1e-9)


def _matches(pattern: str, text: str) -> bool:
    try:
        return found(pattern, text)
    except PatternError as error:
        raise SchemaError(str(error)) from error


def _has_format(name: str, text: str) -> bool:
    reader = _FORMATS.get(name)
    if reader is None:
        return True
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None or "T" not in text.upper():
        raise ValueError(text)


def _time(text: str) -> None:
    if time.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


_FORMATS: Final[Mapping[str, Callable[[str], object]]] = {
    "uuid": UUID,
    "date-time": _moment,
    "date": date.fromisoformat,
    "time": _time,
}
