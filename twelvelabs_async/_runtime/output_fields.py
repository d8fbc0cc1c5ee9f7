"""The fields of the classes of an answer: their names, their types and what JSON has for them."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

import attrs
import msgspec

from .output_classes import is_named_tuple, is_typed_dict
from .output_readers import is_enum

__all__ = ["Item", "is_qualifier", "items", "members_of_union", "of_format", "union_of"]

# JSON has them as text. Without a zone's being required, msgspec says of times only that much.
_FORMATS: Final[Mapping[Any, str | None]] = {
    datetime: "date-time",
    date: "date",
    time: "time",
    timedelta: "duration",
    UUID: "uuid",
    Decimal: None,
}
_QUALIFIERS: Final = ("ReadOnly", "Final")


class Item(NamedTuple):
    """A field of a class: its names in JSON and here, its argument, and whether it has to be."""

    name: str
    field: str
    argument: str
    type: Any
    required: bool


def members_of_union(made: Any) -> tuple[Any, ...]:
    """The members of a union."""
    return get_args(made) if get_origin(made) in (Union, types.UnionType) else ()


def union_of(members: tuple[Any, ...]) -> Any:
    """The union of these members."""
    union: Any = Union
    return union[members]


def of_format(kind: Any) -> Any:
    """What msgspec's schema says of a type that JSON has as text."""
    name = _FORMATS[kind]
    return msgspec.Meta(extra_json_schema={"format": name} if name else None)


def is_qualifier(origin: Any) -> bool:
    """Whether this is `Final` or `ReadOnly`, of typing or of typing_extensions."""
    return getattr(origin, "_name", "") in _QUALIFIERS


def _is_needed(hint: Any, by_class: bool) -> bool:
    """Whether a TypedDict has to have a field; its class knows no qualifier in a text."""
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return origin is Required
    if origin is Annotated or is_qualifier(origin):
        return _is_needed(get_args(hint)[0], by_class)
    return by_class


def items(cls: Any, hints: Mapping[str, Any]) -> Iterator[Item]:
    """The fields that an object of a class is made of."""
    if is_typed_dict(cls):
        for name, hint in hints.items():
            yield Item(name, name, name, hint, _is_needed(hint, name in cls.__required_keys__))
    elif is_named_tuple(cls):
        for name in cls._fields:
            needed = name not in cls._field_defaults
            yield Item(name, name, name, hints.get(name, Any), needed)
    elif hasattr(cls, "__struct_fields__"):
        for struct_field in msgspec.structs.fields(cls):
            name = struct_field.name
            hint, needed = hints[name], struct_field.required
            yield Item(struct_field.encode_name, name, name, hint, needed)
    elif hasattr(cls, "__attrs_attrs__"):
        for attribute in attrs.fields(cls):
            if attribute.init:
                hint = hints.get(attribute.name, attribute.type or Any)
                if attribute.converter is not None:
                    hint = _unconverted(cls, attribute, hint)
                needed = attribute.default is attrs.NOTHING
                argument = attribute.alias or attribute.name
                yield Item(attribute.name, attribute.name, argument, hint, needed)
    else:
        missing = dataclasses.MISSING
        kept = {field.name for field in dataclasses.fields(cls)}
        for field in cls.__dataclass_fields__.values():
            hint = hints[field.name]
            if type(hint).__name__ == "InitVar":
                hint = hint.type
            elif field.name not in kept or not field.init:  # of the class, or computed
                continue
            needed = field.default is missing and field.default_factory is missing
            yield Item(field.name, field.name, field.name, hint, needed)


def _unconverted(cls: Any, attribute: Any, hint: Any) -> Any:
    """What an attribute's converter takes: what it says, else the attribute's type, as in JSON."""
    taken = cls.__init__.__annotations__.get(attribute.alias)
    if isinstance(taken, str):
        names = getattr(attribute.converter, "__globals__", {})
        holder = types.SimpleNamespace(__annotations__={"taken": taken})
        taken = get_type_hints(holder, names, include_extras=True)["taken"]
    return _as_text(hint) if taken in (None, Any, object) else taken


def _as_text(hint: Any) -> Any:
    """A type with plain values for those that JSON has as text, and for enumerations."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return union_of(tuple(_as_text(each) for each in inner))
    if inner and origin not in (Annotated, Literal):
        return origin[tuple(_as_text(each) for each in inner)]
    if not isinstance(hint, type):
        return hint
    if hint in _FORMATS:
        return Annotated[str, of_format(hint)]
    if is_enum(hint):
        values: list[Any] = [each.value for each in hint]
        return Annotated[Any, msgspec.Meta(extra_json_schema={"enum": values})]
    return str if issubclass(hint, PurePath) else cast("Any", hint)
