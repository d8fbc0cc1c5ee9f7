"""What models accept from programs: dicts for models, other names, unknown fields, numbers as text.

`convert` reads replies, strictly and faster.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin

from ..errors import ArgumentTypeError
from .json_values import is_array, is_object
from .model import (
    Given,
    Id,
    Model,
    Tagged,
    Unknown,
    WireField,
    is_model,
    shown_value,
    wire_fields,
)

__all__ = ["Arguments", "accept", "arguments", "is_sequence", "members_of"]

Accept = Callable[[Any], Any]


class Arguments(NamedTuple):
    """How a class of models takes its arguments."""

    names: Mapping[str, str]
    """The field of each argument: its name in Python and the one on the wire."""
    accept: Mapping[str, Accept]
    """The function that converts the value of a field, where one is needed."""
    absent: Mapping[str, None]
    """The fields that replies have, and programs may leave out: the id."""

    def sorted_out(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Given]:
        """The arguments of the fields, converted, and those that no field takes."""
        taken, extra = self.by_field(given)
        for field, value in taken.items():
            its = self.accept.get(field)
            if its is not None and value is not None:
                taken[field] = its(value)
        return taken, extra

    def by_field(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Given]:
        """The arguments of the fields as they are, and those that no field takes."""
        taken: dict[str, Any] = {}
        extra = Given()
        for name, value in given.items():
            field = self.names.get(name)
            # The name in Python comes first where both are given.
            if field is None or (field in given and field != name):
                extra[name] = value
            else:
                taken[field] = value
        extra.named = frozenset((*taken, *extra))
        return taken, extra


_arguments: dict[type[Model], Arguments] = {}


def arguments(cls: type[Model]) -> Arguments:
    """How a class takes its arguments; made on first use, since models may hold each other."""
    found = _arguments.get(cls)
    if found is None:
        fields = wire_fields(cls)
        names = {field.wire: field.name for field in fields} | {f.name: f.name for f in fields}
        absent = dict.fromkeys(f.name for f in fields if f.required and f.type == Id)
        its = {f.name: each for f in fields if (each := accept(f.type)) is not None}
        its |= {f.name: _tag(cls, f) for f in fields if _is_tag(f)}
        found = Arguments(names, its, absent)
        _arguments[cls] = found
    return found


def _is_tag(field: WireField) -> bool:
    """True if the field's type is a ``Literal`` of one value, such as ``Literal["url"]``.

    A union distinguishes its classes by such a field.
    """
    return get_origin(field.type) is Literal and len(get_args(field.type)) == 1


def _tag(cls: type[Model], field: WireField) -> Accept:
    (only,) = get_args(field.type)

    def tag(value: Any) -> Any:
        if value != only:
            text = f"the {field.name} of a {cls.__name__} is {only!r}, not {shown_value(value)}"
            raise ArgumentTypeError(text)
        return value

    return tag


def accept(form: Any) -> Accept | None:
    """The function that converts what a program gives to a type; None: no conversion is needed."""
    members, tag = _members(form)
    models = [m for m in members if is_model(m)]
    rows = [m for m in members if is_sequence(m)]
    entries = [m for m in members if _is_mapping(m)]
    steps = [
        _number(members),
        _time if datetime in members and str not in members else None,
        _of_models(models, tag) if models else None,
        _each(rows[0]) if rows else None,
        _values(entries[0]) if entries and not models else None,
    ]
    needed = [step for step in steps if step is not None]
    if len(needed) < 2:
        return needed[0] if needed else None

    def each_step(value: Any) -> Any:
        for step in needed:
            value = step(value)
        return value

    return each_step


def _members(form: Any) -> tuple[list[Any], str | None]:
    """The members of a union, or the type itself; and the tag that distinguishes them."""
    tag: str | None = None
    if get_origin(form) is Annotated:
        tag = next((m.tag for m in form.__metadata__ if isinstance(m, Tagged)), None)
        form = get_args(form)[0]
    if get_origin(form) not in (Union, types.UnionType):
        return [form], tag
    found: list[Any] = []
    for member in get_args(form):
        inner, its = _members(member)
        found += inner
        tag = tag or its
    return found, tag


def members_of(form: Any) -> list[Any]:
    """The members of a union, those of unions within it, too; else the type itself."""
    return _members(form)[0]


def is_sequence(form: Any) -> bool:
    """Whether this is a generic type of a sequence, such as ``list[X]`` or ``Sequence[X]``."""
    origin = get_origin(form)
    rows = isinstance(origin, type) and len(get_args(form)) == 1
    return rows and not is_model(form) and not issubclass(origin, Mapping)


def _is_mapping(form: Any) -> bool:
    origin = get_origin(form)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _number(members: list[Any]) -> Accept | None:
    """Converts text to numbers or booleans, where the field takes no text."""
    if str in members or not {int, float, bool} & {m for m in members if isinstance(m, type)}:
        return None
    kind = next(k for k in (int, float, bool) if k in members)
    if float in members:
        kind = float

    def number(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if kind is bool:
            return {"true": True, "false": False}.get(value.strip().lower(), value)
        try:
            return kind(value)
        except ValueError:
            return value  # the service says what is wrong

    return number


def _time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        return value


def _of_models(members: list[Any], tag: str | None) -> Accept:
    models: list[type[Model]] = [get_origin(m) or m for m in members]

    def model(value: Any) -> Any:
        if isinstance(value, Model) or not is_object(value):
            return value
        cls = models[0] if len(models) == 1 else _fitting(models, tag, value)
        if cls is None or any(key.__class__ is not str for key in value):
            return value
        missing = {f.name for f in wire_fields(cls) if f.required}
        missing -= {arguments(cls).names.get(key) for key in value} | arguments(cls).absent.keys()
        # A value that lacks a field is sent as it is: the service reports what is missing. So is
        # one of another kind, which a later version of the service may have.
        return value if missing or _is_unlike(cls, value) else cls(**value)

    return model


def _fitting(
    models: list[type[Model]], tag: str | None, value: Mapping[str, Any]
) -> type[Model] | None:
    """The member of a union that fits a dict: by its tag, else by its keys."""
    if tag is not None:
        for cls in models:
            kinds = (field.type for field in wire_fields(cls) if field.wire == tag)
            if any(value.get(tag) in get_args(kind) for kind in kinds):
                return cls
        return next((cls for cls in models if issubclass(cls, Unknown)), None)

    def fit(cls: type[Model]) -> tuple[bool, int, int]:
        names = arguments(cls).names
        has = {names.get(key) for key in value} - {None}
        needs = {field.name for field in wire_fields(cls) if field.required}
        return needs <= has and not _is_unlike(cls, value), len(has), -len(names)

    best = max(models, key=fit)
    return best if fit(best)[0] else None


def _is_unlike(cls: type[Model], value: Mapping[str, Any]) -> bool:
    """Whether a dict has a value that a field of the class cannot have."""
    return any(
        value[f.wire] not in get_args(f.type)
        for f in wire_fields(cls)
        if f.wire in value and get_origin(f.type) is Literal
    )


def _each(form: Any) -> Accept | None:
    its = accept(get_args(form)[0])
    if its is None:
        return None

    def each(value: Any) -> Any:
        # Vectors are millions of numbers, and hold nothing to convert.
        if not is_array(value) or (value and value[0].__class__ is float):
            return value
        return [None if item is None else its(item) for item in cast("list[Any]", value)]

    return each


def _values(form: Any) -> Accept | None:
    its = accept(get_args(form)[1])
    if its is None:
        return None

    def values(value: Any) -> Any:
        if not is_object(value):
            return value
        return {key: None if item is None else its(item) for key, item in value.items()}

    return values
