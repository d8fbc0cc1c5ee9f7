"""A model as plain dicts and lists: as it is sent, and as pydantic's dumps have it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from .json_values import dump_json, is_array, is_object
from .model import Dump, Given, Model, WireField, default_of, is_set, wire_fields
from .numbers import plain_number
from .urls import format_scalar

__all__ = ["DumpForm", "dumped", "json_text", "plain"]


_SCALARS = frozenset({bool, float, int, str})


class DumpForm(NamedTuple):
    """How a value is to look; see `Model.model_dump`."""

    as_json: bool
    by_alias: bool
    exclude_none: bool
    extras: bool = True
    unset: bool = False
    defaults: bool = False
    absent: bool = False
    """Whether what is None and not set is left out."""


_WIRE = DumpForm(as_json=True, by_alias=True, exclude_none=True, extras=False)


def dumped(model: Model, form: DumpForm, include: Any, exclude: Any) -> Dump:
    found: Dump = _plain(model, form)
    if include is not None or exclude is not None:
        found = _picked(model, found, form, include, exclude)
    return found


def _picked(value: Any, dumped: Any, form: DumpForm, include: Any, exclude: Any) -> Any:
    """What a dump has of the fields that are chosen."""
    if include is None and exclude is None:
        return dumped
    if isinstance(value, Model):
        fields = wire_fields(type(value))
        names: dict[Any, Any] = {f.wire if form.by_alias else f.name: f.name for f in fields}
        inner: Any = {key: getattr(value, names.get(key, key)) for key in dumped}
    elif is_object(value):
        names, inner = {}, value
    elif is_array(value):
        names, inner = {}, dict(enumerate(value))
    else:
        return dumped
    entries: dict[Any, Any] = dict(enumerate(dumped)) if is_array(dumped) else dumped
    if is_array(dumped):
        include, exclude = (_from_start(each, len(dumped)) for each in (include, exclude))
    made: dict[Any, Any] = {}
    for key, entry in entries.items():
        inside, outside = _below(include, names.get(key, key)), _below(exclude, names.get(key, key))
        if (include is None or inside is not None) and outside is not True:
            deeper = None if inside is True else inside
            made[key] = _picked(inner[key], entry, form, deeper, outside)
    return list(made.values()) if is_array(dumped) else made


def _from_start(chosen: Any, length: int) -> Any:
    """What is chosen of a list, with entries that were counted from its end counted from its start.

    None for nothing.
    """
    if chosen is None:
        return None
    return {
        (key + length if isinstance(key, int) and key < 0 else key): within
        for key, within in _chosen(chosen).items()
    }


def _chosen(names: Any) -> Mapping[Any, Any]:
    """What is chosen within each entry: of a set, all of it."""
    return names if is_object(names) else dict.fromkeys(names, True)


def _below(chosen: Any, key: Any) -> Any:
    """What is chosen within an entry: True for all of it, None for nothing."""
    if chosen is None:
        return None
    by_name = _chosen(chosen)
    found = [by_name[name] for name in (key, "__all__") if name in by_name]
    found = [True if each is ... else each for each in found]
    if len(found) > 1 and not any(isinstance(each, bool) for each in found):
        return _both(found[0], found[1])
    return found[0] if found else None


def _both(one: Any, other: Any) -> dict[Any, Any]:
    """What either of two choices has."""
    made = {**_chosen(other), **_chosen(one)}
    for name in _chosen(one).keys() & _chosen(other).keys():
        within = [_chosen(each)[name] for each in (one, other)]
        is_whole = any(isinstance(each, bool) or each is ... for each in within)
        made[name] = True if is_whole else _both(*within)
    return made


def plain(value: Any) -> Any:
    """A value as it is sent: models become dicts without their None fields, dicts keep nulls.

    Times become RFC 3339 text.
    """
    return _plain(value, _WIRE)


def _plain(value: Any, form: DumpForm) -> Any:
    if value is None or value.__class__ in _SCALARS:
        return value
    if isinstance(value, Model):
        fields: Sequence[WireField] = wire_fields(type(value))
        if form.unset:
            fields = [f for f in fields if is_set(value, f)]
        if form.absent:
            fields = [f for f in fields if getattr(value, f.name) is not None or is_set(value, f)]
        if form.defaults:
            cls = type(value)
            fields = [f for f in fields if getattr(value, f.name) != default_of(cls, f.name)]
        pairs = {f.wire if form.by_alias else f.name: getattr(value, f.name) for f in fields}
        if form.extras or isinstance(value.__raw__, Given):
            pairs = {**pairs, **value.extra, **pairs}
        return {
            name: _plain(item, form)
            for name, item in pairs.items()
            if not (form.exclude_none and item is None)
        }
    if isinstance(value, datetime):
        return format_scalar(value) if form.as_json else value
    if is_object(value):
        return {key: _plain(item, form) for key, item in value.items()}
    if isinstance(value, array):
        return cast("array[float]", value).tolist()
    if is_array(value):
        # Vectors are millions of numbers, and hold nothing to convert.
        if value and value[0].__class__ is float:
            return value if isinstance(value, (list, tuple)) else list(value)
        return [_plain(item, form) for item in value]
    return plain_number(value) if form.as_json else value


def json_text(value: str | Mapping[str, Any] | None) -> str | None:
    """A value for a form field that holds JSON; a string is taken to be JSON already."""
    if value is None or isinstance(value, str):
        return value
    return dump_json(plain(value), "a form's field").decode()
