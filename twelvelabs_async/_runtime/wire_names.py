"""Plain dicts in the place of models: keys that are Python names become the wire's names.

A model says `base_64_string`, `in_` or `schema_` where the wire says `base64_string`, `in` and
`schema`. A dict may use either. Only dicts that stand for a model are changed: the keys of free
mappings, such as metadata and JSON schemas, are the user's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from .json_values import is_array, is_object
from .lenient import is_sequence, members_of
from .model import Model, is_model, wire_fields

__all__ = ["to_wire"]

_Convert = Callable[[Any], Any]
_converters: dict[Any, _Convert | None] = {}


def to_wire(form: Any, value: object) -> Any:
    """The value with the wire's names where a ``form`` is expected: a model, a list or a union.

    Keys that the model does not know stay, and so do other values: `encode_json`
    converts those.
    """
    convert = _converter(form)
    return value if convert is None else convert(value)


def _converter(form: Any) -> _Convert | None:
    """What renames the keys of a value; None where a value of the form has none to rename."""
    try:
        return _converters[form]
    except KeyError:
        found = _converters[form] = _new_converter(form)
        return found


def _new_converter(form: Any) -> _Convert | None:
    members = members_of(form)
    if models := tuple(member for member in members if is_model(member)):
        return _of_models(models)
    rows = next((member for member in members if is_sequence(member)), None)
    convert = None if rows is None else _converter(get_args(rows)[0])
    if convert is None:
        return None
    return lambda value: [convert(entry) for entry in value] if is_array(value) else value


def _of_models(models: tuple[type[Model], ...]) -> _Convert:
    """Converts dicts in the place of any of the models: their names do not contradict."""
    names: dict[str, str] | None = None
    inner: dict[str, _Convert] = {}

    def convert(value: Any) -> Any:
        nonlocal names
        if names is None:  # on first use, since models may hold each other
            fields = [item for model in models for item in wire_fields(model)]
            kinds = {item.wire: item.type for item in reversed(fields)}
            found = ((wire, _converter(kind)) for wire, kind in kinds.items())
            inner.update((wire, convert) for wire, convert in found if convert is not None)
            names = {item.name: item.wire for item in fields}
        if isinstance(value, Model) or not is_object(value):
            return value
        sent: dict[str, Any] = {}
        for key, entry in value.items():
            wire = names.get(key, key)
            deeper = inner.get(wire)
            sent[wire] = entry if deeper is None else deeper(entry)
        return sent

    return convert
