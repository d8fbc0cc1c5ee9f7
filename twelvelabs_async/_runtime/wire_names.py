"""Plain dicts in the place of models: keys that are Python names become the wire's names.

A model says `base_64_string`, `in_` or `schema_` where the wire says `base64_string`, `in` and
`schema`. A dict may use either. Only dicts that stand for a model are changed: the keys of free
mappings, such as metadata and JSON schemas, are the user's own.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from .json_values import is_array, is_object
from .model import Model, plain, wire_fields

__all__ = ["to_wire"]

_Convert = Callable[[Any], Any]
_converters: dict[Any, _Convert] = {}


def to_wire(form: Any, value: object) -> Any:
    """The value as it is sent where a ``form`` is expected: a model, a list or a union of them.

    Keys that the model does not know are sent as they are.
    """
    convert = _converters.get(form)
    if convert is None:
        convert = _converters[form] = _converter(form)
    return convert(value)


def _converter(form: Any) -> _Convert:
    if get_origin(form) is Annotated:
        form = get_args(form)[0]
    if isinstance(form, type) and issubclass(form, Model):
        return _of_models((form,))
    if get_origin(form) in (Union, types.UnionType):
        members = list(_members(form))
        models = tuple(m for m in members if isinstance(m, type) and issubclass(m, Model))
        rows = [m for m in members if is_sequence(m)]
        if models:
            return _of_models(models)
        return _converter(rows[0]) if rows else plain
    if is_sequence(form):
        item = get_args(form)[0]

        def each(value: Any) -> Any:
            return [to_wire(item, entry) for entry in value] if is_array(value) else plain(value)

        return each
    return plain


def _members(form: Any) -> Iterator[Any]:
    """The members of a union, and those of the unions in it that are annotated."""
    if get_origin(form) is Annotated:
        form = get_args(form)[0]
    if get_origin(form) in (Union, types.UnionType):
        for member in get_args(form):
            yield from _members(member)
    else:
        yield form


def is_sequence(form: Any) -> bool:
    """Whether this is a generic type of a sequence, such as ``list[X]`` or ``Sequence[X]``."""
    origin = get_origin(form)
    return isinstance(origin, type) and len(get_args(form)) == 1 and not issubclass(origin, Mapping)


def _of_models(models: tuple[type[Model], ...]) -> _Convert:
    """Converts dicts in the place of any of the models: their names do not contradict."""
    names: dict[str, str] | None = None
    kinds: dict[str, Any] = {}

    def convert(value: Any) -> Any:
        nonlocal names
        if names is None:  # on first use, since models may hold each other
            fields = [item for model in models for item in wire_fields(model)]
            kinds.update((item.wire, item.type) for item in reversed(fields))
            names = {item.name: item.wire for item in fields}
        if isinstance(value, Model) or not is_object(value):
            return plain(value)
        found: dict[str, Any] = {}
        for key, entry in value.items():
            wire = names.get(key, key)
            found[wire] = to_wire(kinds[wire], entry) if wire in kinds else plain(entry)
        return found

    return convert
