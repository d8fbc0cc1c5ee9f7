"""``/_sandbox/settings``: the settings and timings, by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from attrs import Attribute, asdict, fields

from ..settings import Settings, Timings
from ..settings_change import changed_settings
from ..settings_reader import Bounds
from .call import Asked, Calls, Schema, nullable, obj
from .checking import argument_errors

__all__ = ["calls"]

calls: Calls = Calls()
_TYPES: Final = {int: "integer", float: "number", bool: "boolean", str: "string"}


def _schema_of(hint: Any, bounds: Bounds | None) -> dict[str, Any]:
    """The schema of a setting of this type, whose numbers are within bounds."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        plain = [each for each in arguments if each is not NoneType and not _is_call(each)]
        schema = _schema_of(plain[0], bounds)
        return nullable(schema) if NoneType in arguments else schema
    if origin is Literal:
        return {"type": "string", "enum": [*arguments]}
    if origin is tuple:
        items = [_schema_of(each, bounds) for each in arguments]
        count = len(items)
        return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}
    if origin is Sequence:
        return {"type": "array", "items": _schema_of(arguments[0], bounds)}
    schema = {"type": _TYPES[hint]}
    if bounds is None or hint not in (int, float):
        return schema
    return {**schema, "minimum": bounds.low, "maximum": bounds.high}


def _is_call(hint: Any) -> bool:
    return get_origin(hint) is Callable


def _schema(kind: type[Any]) -> Schema:
    hints = get_type_hints(kind)
    attributes: tuple[Attribute[Any], ...] = fields(kind)
    return obj(
        {
            each.name: _schema_of(
                hints[each.name], each.validator if isinstance(each.validator, Bounds) else None
            )
            for each in attributes
        }
    )


_SETTINGS: Final = _schema(Settings)
_BODY: Final = obj(
    {**_SETTINGS["properties"], "timings": _schema(Timings)},
    description="Settings by their names; `timings` has those of how long states last.",
)
# A chunk size that is a function is not JSON.
_CHUNK_SIZE: Final = nullable(_SETTINGS["properties"]["chunk_size"])
_REPLY: Final = {**_BODY, "properties": {**_BODY["properties"], "chunk_size": _CHUNK_SIZE}}


@calls("GET", "/settings", "The settings, by their names", reply=_REPLY)
async def show(asked: Asked) -> dict[str, Any]:
    """Show all settings."""
    shown: dict[str, Any] = asdict(asked.sandbox.settings, value_serializer=_plain)
    return {**shown, "timings": asdict(asked.sandbox.timings)}


def _plain(_: object, __: Attribute[Any], value: Any) -> Any:
    """A value as JSON has it."""
    return None if callable(value) else [*value] if isinstance(value, tuple) else value


@calls(
    "PUT",
    "/settings",
    "Change these settings; the others stay as they are",
    body=_BODY,
    reply=_REPLY,
)
async def put(asked: Asked) -> dict[str, Any]:
    """Change settings, all of them or none."""
    with argument_errors():
        asked.sandbox.configure(*changed_settings(asked.sandbox, asked.body))
    return await show(asked)
