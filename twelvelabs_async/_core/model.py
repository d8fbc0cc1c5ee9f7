"""What all models share."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast, get_type_hints

import attrs
from attrs import define, field
from cattrs import override
from cattrs.gen._consts import AttributeOverride

from .wire import is_array, is_object, text

__all__ = [
    "Embedding",
    "Id",
    "Model",
    "Tagged",
    "Unknown",
    "WireField",
    "is_empty",
    "plain",
    "wire_fields",
]

Id = Annotated[str, override(rename="_id")]
"""The resource's identifier: `_id` on the wire, `id` here."""

Embedding = list[float]
"""A vector as the service sent it; its numbers are not touched one by one.

With `compact_vectors` it is an ``array("f")``, which is read like a list, takes an eighth of the
memory, and goes into numpy without a copy.
"""


class Tagged(NamedTuple):
    """Marks a union whose members are told apart by the value of one field."""

    tag: str


class WireField(NamedTuple):
    """A field of a model: its name in Python, its name on the wire, and its type."""

    name: str
    wire: str
    type: Any
    required: bool


@define(kw_only=True)
class Model:
    """The base of everything that the service sends or takes.

    Fields are named as on the wire (`_id` is `id`). What the service sent beside them is in
    `extra`, and readable as an attribute.
    """

    _raw: Mapping[str, Any] | None = field(default=None, init=False, repr=False, eq=False)

    @property
    def extra(self) -> dict[str, Any]:
        """The fields of the reply that this version of the package does not know, by name."""
        if self._raw is None:
            return {}
        known = {item.wire for item in wire_fields(type(self))}
        return {key: value for key, value in self._raw.items() if key not in known}

    if not TYPE_CHECKING:  # a checker would then accept any name at all

        def __getattr__(self, name: str) -> Any:
            # _raw itself is missing while an instance is being unpickled.
            if name != "_raw" and not name.startswith("__") and name in (extra := self.extra):
                return extra[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def model_dump(self) -> dict[str, Any]:
        """This as plain dicts and lists under the wire's names, what is None left out.

        Times are text, as in JSON.
        """
        dumped: dict[str, Any] = plain(self)
        return dumped | self.extra

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """This as JSON text; any `indent` gives two spaces a level."""
        import orjson

        option = orjson.OPT_INDENT_2 if indent else None
        return orjson.dumps(self.model_dump(), default=list, option=option).decode()


class Unknown(Model):
    """A member of a union whose tag this version of the package does not know.

    Everything it carries is in `extra`.
    """

    __slots__ = ()


_fields: dict[type, tuple[WireField, ...]] = {}


def wire_fields(cls: type) -> tuple[WireField, ...]:
    """The fields of a model in their order, with the types as written (Annotated kept)."""
    found = _fields.get(cls)
    if found is None:
        hints = get_type_hints(cls, include_extras=True)
        found = _fields[cls] = tuple(
            WireField(
                a.name, _renamed(hints[a.name]) or a.name, hints[a.name], a.default is attrs.NOTHING
            )
            for a in attrs.fields(cls)
            if a.name != "_raw"
        )
    return found


def _renamed(hint: Any) -> str | None:
    for item in getattr(hint, "__metadata__", ()):
        if isinstance(item, AttributeOverride) and item.rename:
            return item.rename
    return None


def is_empty(made: object) -> bool:
    """Whether this is a model of whose fields the reply had none."""
    if not isinstance(made, Model) or made._raw is None:
        return False
    return not any(item.wire in made._raw for item in wire_fields(type(made)))


_SCALARS = frozenset({bool, float, int, str})


def plain(value: Any) -> Any:
    """A value as JSON has it: models become dicts without their None fields, dicts keep nulls.

    Times become RFC 3339 text.
    """
    if value is None or value.__class__ in _SCALARS:
        return value
    if isinstance(value, Model):
        pairs = ((f.wire, getattr(value, f.name)) for f in wire_fields(type(value)))
        return {wire: plain(item) for wire, item in pairs if item is not None}
    if isinstance(value, datetime):
        return text(value)
    if is_object(value):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, array):
        return cast("array[float]", value).tolist()
    if is_array(value):
        # Vectors are millions of numbers, and hold nothing to convert.
        if value and value[0].__class__ is float:
            return value if isinstance(value, (list, tuple)) else list(value)
        return [plain(item) for item in value]
    return value
