"""Fills a JSON schema with what was measured in a film.

What goes in is asked for by the properties' names, as ``names`` reads them; what is not understood
gets a sentence, or the nearest number that is allowed. No value is handed out unchecked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from attrs import evolve

from ..language import names
from ..language.facts import whole
from ..language.names import Place
from ..measure.film import Film
from ..measure.processes import SCHEMA, WorkLimitError, run
from .parts import Schema, SchemaError, listed, mapped, resolve, same
from .pattern import PatternError, example
from .timed import time_value

__all__ = ["fill", "fill_within_limits", "within_limits"]

T = TypeVar("T")

# Below the first depth nothing optional is filled, so that recursive schemas come to an end.
_PLAIN: Final = 8
_DEEPEST: Final = 40
_LARGEST: Final = 10_000
# Of the values, and the thousands of characters, that are tried for one schema.
_MOST_TRIES: Final = 30_000
_MIDNIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)

_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def fill(schema: Mapping[str, object], film: Film, prompt: str = "") -> object:
    """A value that satisfies the schema, made of what was measured in the film.

    The ``prompt`` counts where the schema gives no name to go by. Raises ``SchemaError`` for a
    schema that no value satisfies, that is malformed, or whose pattern is not understood, and for
    one that asks for more than the sandbox writes.
    """
    try:
        return _Filler(schema, film).value(schema, Place(whole(film), names.words(prompt)))
    except _TooMuchError:
        raise SchemaError("The schema asks for more values than the sandbox writes.") from None
    except RecursionError:
        raise SchemaError("The schema refers to itself without end, or is too deep.") from None
    except ArithmeticError:
        raise SchemaError("The schema has a number that is out of range.") from None


def fill_within_limits(schema: Mapping[str, object], film: Film, prompt: str = "") -> object:
    """What :func:`fill` returns, made in another process with limits on its time and memory."""
    return within_limits(fill, schema, film, prompt)


def within_limits(function: Callable[..., T], *arguments: Any) -> T:
    """What the function returns, called in another process with limits on its time and memory.

    Raises what the function raises, and ``SchemaError`` where it goes beyond a limit.
    """
    from .validation import call

    try:
        result: T = run(SCHEMA, call, function, *arguments)
    except WorkLimitError:
        raise SchemaError("The schema, or a pattern in it, takes too long to satisfy.") from None
    return result


class _TooMuchError(Exception):
    """The schema asks for more than is written."""


class _Filler:
    """Fills the parts of one schema."""

    def __init__(self, root: Schema, film: Film) -> None:
        from .validation import Validator

        self._root = root
        self._validator = Validator(root)
        self._film = film
        self._tries = _MOST_TRIES

    def _spend(self, tries: int = 1) -> None:
        self._tries -= tries
        if self._tries < 0:
            raise _TooMuchError

    def value(self, schema: object, place: Place, but: Sequence[object] = ()) -> object:
        """A value for one part, none of ``but``; raises ``SchemaError`` where none is found."""
        self._spend()
        if place.depth > _DEEPEST:
            raise SchemaError("The schema refers to itself without end.")
        if schema is not True and not isinstance(schema, Mapping):
            raise SchemaError(f"{schema!r} is satisfied by nothing.")
        rules: Schema = {} if schema is True else cast("Schema", schema)
        for candidate in self._candidates(self._flat(rules), place, but):
            if self._validator.accepts(candidate, rules) and not _among(candidate, but):
                return candidate
        raise SchemaError(f"Nothing was found for {' '.join(sorted(place.words)) or 'the schema'}.")

    def _candidates(self, rules: Schema, place: Place, but: Sequence[object]) -> Iterator[object]:
        if "const" in rules:
            yield rules["const"]
        elif "enum" in rules:
            yield from sorted(
                listed(rules, "enum"), key=lambda one: -names.fact(self._film, place, one)
            )
        elif choices := next((key for key in ("anyOf", "oneOf") if key in rules), None):
            rest = {key: value for key, value in rules.items() if key != choices}
            options = listed(rules, choices)
            for option in sorted(options, key=_is_null):
                try:
                    deeper = evolve(place, depth=place.depth + 1)
                    yield self.value(_merged(rest, option), deeper, but)
                except SchemaError:
                    continue
        else:
            for name in sorted(_types(rules), key=lambda name: name == "null"):
                try:
                    yield from self._typed(name, rules, place)
                except SchemaError:
                    continue

    def _typed(self, name: str, rules: Schema, place: Place) -> Iterator[object]:
        match name:
            case "object":
                yield self._object(rules, place)
            case "array":
                yield self._array(rules, place)
            case "string":
                yield from self._strings(rules, place)
            case "integer" | "number":
                timed = "timestamp" in rules
                wanted = (names.seconds if timed else names.number)(self._film, place)
                yield from _numbers(rules, wanted, integral=name == "integer")
                # For lists whose items must differ.
                for other in (wanted + place.index, _bound(rules, "minimum", 0) + place.index):
                    yield from _numbers(rules, other, integral=name == "integer")
            case "boolean":
                truth = names.truth(self._film, place)
                yield truth
                yield not truth
            case "null":
                yield None
            case _:
                raise SchemaError(f"{name!r} is not a type.")

    def _flat(self, schema: Schema) -> Schema:
        """The schema with its references and its ``allOf`` merged into it."""
        seen = 0
        rules = schema
        while "$ref" in rules or "allOf" in rules:
            seen += 1
            if seen > _DEEPEST:
                raise SchemaError("The schema refers to itself without end.")
            parts = list(listed(rules, "allOf"))
            if "$ref" in rules:
                parts.append(resolve(rules["$ref"], self._root))
            rules = {key: value for key, value in rules.items() if key not in ("$ref", "allOf")}
            for part in parts:
                rules = _merged(rules, part)
        return rules

    def _object(self, rules: Schema, place: Place) -> dict[str, object]:
        properties = mapped(rules, "properties")
        required = [name for name in listed(rules, "required") if isinstance(name, str)]
        value: dict[str, object] = {}
        for name, schema in properties.items():
            if name not in required and place.depth >= _PLAIN:
                continue
            try:
                value[name] = self.value(schema, place.named(name))
            except SchemaError:
                if name in required:
                    raise
        for name in required:
            if name not in value:
                other = rules.get("additionalProperties", True)
                value[name] = self.value(other, place.named(name))
        return value

    def _array(self, rules: Schema, place: Place) -> list[object]:
        first, items = listed(rules, "prefixItems"), rules.get("items", True)
        least, most = _bound(rules, "minItems", 0), _bound(rules, "maxItems", math.inf)
        about, texts = names.stretches(self._film, place), names.texts(self._film, place)
        natural = len(about)
        if natural == 1 and (self._validator.accepts("a", items) or place.says(*names.COLOURS)):
            natural = len(texts)
        if place.depth >= _PLAIN:
            natural = 0
        count = int(min(most, max(_within_reason(least), natural, len(first))))
        values: list[object] = []
        for number in range(count):
            part = Place(
                clip=about[number] if number < len(about) else place.clip,
                words=place.words,
                depth=place.depth + 1,
                index=number,
                turn=number if len(about) == 1 else 0,
                within=place.words,
            )
            schema = first[number] if number < len(first) else items
            but = values if rules.get("uniqueItems") else []
            fitting = number < len(texts) and self._validator.accepts(texts[number], schema)
            if fitting and not _among(texts[number], but):
                values.append(texts[number])
                continue
            try:
                values.append(self.value(schema, part, but))
            except SchemaError:
                if number < least:
                    raise
                break
        return values

    def _strings(self, rules: Schema, place: Place) -> Iterator[str]:
        texts = [names.text(self._film, place), *names.texts(self._film, place)]
        pattern, named, timed = (rules.get(key) for key in ("pattern", "format", "timestamp"))
        if isinstance(timed, str):
            yield str(time_value(names.seconds(self._film, place), timed))
        if isinstance(named, str):
            texts = [*_formatted(named, place), *texts]
        yield from texts
        least = int(_within_reason(_bound(rules, "minLength", 0)))
        most = _bound(rules, "maxLength", math.inf)
        self._spend(least // 1_000)
        for text in texts:
            longer = text.ljust(least, ".")
            yield longer if len(longer) <= most else longer[: int(most)]
        if isinstance(pattern, str):
            try:
                found = example(pattern)
            except PatternError as error:
                raise SchemaError(str(error)) from error
            yield found
            yield found.ljust(least, found[-1:] or "a")
        # Where each must differ, a number makes the difference.
        yield f"{texts[0]} {place.index + 1}"


def _formatted(name: str, place: Place) -> Iterator[str]:
    # No film says when it was made: its times count from a midnight that is plainly not the film's.
    moment = _MIDNIGHT + timedelta(seconds=place.clip.start)
    match name:
        case "date-time":
            yield moment.isoformat()
        case "date":
            yield moment.date().isoformat()
        case "time":
            yield moment.timetz().isoformat()
        case "uuid":
            yield str(UUID(int=(place.depth << 64) + place.index + 1, version=4))
        case _:
            return


def _among(value: object, values: Sequence[object]) -> bool:
    return any(same(value, other) for other in values)


def _numbers(rules: Schema, wanted: float, *, integral: bool) -> Iterator[float]:
    low, high = _bound(rules, "minimum", -math.inf), _bound(rules, "maximum", math.inf)
    above, below = (
        _bound(rules, "exclusiveMinimum", -math.inf),
        _bound(rules, "exclusiveMaximum", math.inf),
    )
    step = _bound(rules, "multipleOf", 0.0)
    low, high = max(low, above), min(high, below)
    nearest = min(max(wanted, low), high)
    near = [nearest, low, high, (low + high) / 2, low + 1, high - 1, 0.0]
    grid = step or (1.0 if integral else 0.0)
    for value in near:
        if not math.isfinite(value):
            continue
        if not grid:
            yield value if isinstance(value, int) else round(value, 3)
            yield value
            yield math.nextafter(value, math.inf)
            yield math.nextafter(value, -math.inf)
            continue
        for times in (round(value / grid), math.floor(value / grid), math.ceil(value / grid)):
            for near_by in (times, times + 1, times - 1):
                number = near_by * grid
                yield int(number) if integral or float(number).is_integer() else number


def _types(rules: Schema) -> list[str]:
    named = rules.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list):
        return [name for name in cast("list[object]", named) if isinstance(name, str)]
    if "properties" in rules or "required" in rules:
        return ["object"]
    if "items" in rules or "prefixItems" in rules or "minItems" in rules:
        return ["array"]
    if "multipleOf" in rules or any(key in rules for key in (*_LEAST[:2], *_MOST[:2])):
        return ["number"]
    # Whatever is not excluded: "not" and the like say what a value may not be.
    return ["string", "number", "boolean", "null", "object", "array"]


def _merged(one: Schema, other: object) -> Schema:
    """A schema that asks for what both ask for, as far as two can be written as one.

    What cannot, a second pattern for one, is left out: what is found is checked against both.
    """
    if other is True:
        return one
    if not isinstance(other, Mapping):
        raise SchemaError(f"{other!r} is satisfied by nothing.")
    merged: dict[str, object] = dict(one)
    for key, value in cast("Schema", other).items():
        mine = merged.get(key)
        if key not in merged or same(mine, value):
            merged[key] = value
        elif key in ("properties", "$defs", "patternProperties"):
            merged[key] = _merged_properties(mapped(one, key), cast("Schema", value))
        elif key == "required":
            both = [*listed(one, key), *cast("list[object]", value)]
            merged[key] = list(dict.fromkeys(cast("list[str]", both)))
        elif key in _LEAST:
            merged[key] = max(_bound(one, key, 0), _bound(cast("Schema", other), key, 0))
        elif key in _MOST:
            merged[key] = min(_bound(one, key, 0), _bound(cast("Schema", other), key, 0))
        elif key == "type":
            types = _types(cast("Schema", other))
            merged[key] = [name for name in _types(one) if name in types]
        elif key == "enum":
            values = cast("list[object]", value)
            merged[key] = [a for a in listed(one, key) if any(same(a, b) for b in values)]
    return merged


def _merged_properties(one: Schema, other: Schema) -> Schema:
    merged: dict[str, object] = dict(one)
    for name, schema in other.items():
        mine = merged.get(name)
        merged[name] = (
            _merged(cast("Schema", mine), schema) if isinstance(mine, Mapping) else schema
        )
    return merged


def _within_reason(size: float) -> float:
    if size > _LARGEST:
        raise SchemaError(f"{size} items or characters are more than the sandbox writes.")
    return size


def _is_null(schema: object) -> bool:
    return isinstance(schema, Mapping) and cast("Schema", schema).get("type") == "null"


def _bound(rules: Schema, name: str, otherwise: float) -> float:
    value = rules.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(f"{name} is {value!r}, which is not a number.")
    return value
