"""What all models share."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, cast, get_type_hints

import attrs
from attrs import define, field
from cattrs import override

from ..errors import redact
from .json_values import dump_json, is_array, is_object, plain_number
from .urls import format_scalar

__all__ = [
    "Embedding",
    "Given",
    "Id",
    "Model",
    "Tagged",
    "Unknown",
    "WireField",
    "is_empty",
    "json_text",
    "plain",
    "shown_url",
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


class Given(dict[str, Any]):
    """The arguments of a model that none of its fields takes: they are sent as they are."""

    __slots__ = ()


class _ModelType(type):
    """Makes models of what programs give; see `lenient`. Replies are made another way."""

    if not TYPE_CHECKING:  # checkers know the arguments of each model

        def __call__(cls, **given: Any) -> Any:
            from .lenient import arguments

            taken, extra = arguments(cls).sorted_out(given)
            made = super().__call__(**taken)
            if extra is not None:
                made._raw = extra
            return made


class _Fields(metaclass=_ModelType):
    """Shows the fields, which are in slots, as the `__dict__` that vars() reads."""

    __slots__ = ()

    if not TYPE_CHECKING:

        @property
        def __dict__(self) -> dict[str, Any]:
            return {item.name: getattr(self, item.name) for item in wire_fields(type(self))}


@define(kw_only=True)
class Model(_Fields):
    """The base of everything that the service sends or takes.

    Fields are named as on the wire (`_id` is `id`). What the service sent beside them is in
    `extra`, and readable as an attribute. As an argument a plain dict does for a model; arguments
    that no field takes are kept in `extra`, too, and are sent. ``dict(model)`` has its fields.
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

        @property
        def __pydantic_serializer__(self) -> Any:
            # pydantic looks for it where it serializes a value of a type that it was not given.
            from .pydantic_hooks import serializer

            return serializer(type(self))

    def __iter__(self) -> Iterator[Any]:
        """The fields and what is beside them, as pairs of a name and a value."""
        fields = {item.name: getattr(self, item.name) for item in wire_fields(type(self))}
        return iter({**self.extra, **fields}.items())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """The schema by which pydantic takes this class for a field of its models."""
        from .pydantic_hooks import core_schema

        return core_schema(source)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """The JSON Schema of this class, by the names of the wire."""
        from .pydantic_hooks import json_schema

        return json_schema(cls)

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        by_alias: bool = False,
        exclude_none: bool = False,
    ) -> dict[str, Any]:
        """This as plain dicts and lists, with what the service sent beside the fields.

        As pydantic has it: keys are the names here, or with `by_alias` those of the wire (`_id` for
        `id`); with `exclude_none` fields that are None are left out; times are `datetime`, in the
        mode "json" RFC 3339 text.
        """
        dumped: dict[str, Any] = _plain(self, _Form(mode == "json", by_alias, exclude_none))
        return dumped

    def model_dump_json(
        self, *, indent: int | None = None, by_alias: bool = False, exclude_none: bool = False
    ) -> str:
        """This as JSON text, `model_dump` otherwise; any `indent` gives two spaces a level."""
        import orjson

        dumped = self.model_dump(mode="json", by_alias=by_alias, exclude_none=exclude_none)
        option = orjson.OPT_INDENT_2 if indent else None
        return orjson.dumps(dumped, default=list, option=option).decode()


class Unknown(Model):
    """A member of a union whose tag this version of the package does not know.

    Everything it carries is in `extra`.
    """

    __slots__ = ()


def shown_url(value: object) -> str:
    """The repr of an address, or of several, without the query: a presigned one's is a secret."""
    return redact(repr(value))


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
            if not a.name.startswith("_")
        )
    return found


_Override = type(override())


def _renamed(hint: Any) -> str | None:
    for item in getattr(hint, "__metadata__", ()):
        if isinstance(item, _Override) and item.rename:
            return item.rename
    return None


def is_empty(made: object) -> bool:
    """Whether this is a model of whose fields the reply had none."""
    if not isinstance(made, Model) or made._raw is None or isinstance(made._raw, Given):
        return False
    return not any(item.wire in made._raw for item in wire_fields(type(made)))


_SCALARS = frozenset({bool, float, int, str})


class _Form(NamedTuple):
    """How a value is to look; see `Model.model_dump`."""

    as_json: bool
    by_alias: bool
    exclude_none: bool
    extras: bool = True


_WIRE = _Form(as_json=True, by_alias=True, exclude_none=True, extras=False)


def plain(value: Any) -> Any:
    """A value as it is sent: models become dicts without their None fields, dicts keep nulls.

    Times become RFC 3339 text.
    """
    return _plain(value, _WIRE)


def _plain(value: Any, form: _Form) -> Any:
    if value is None or value.__class__ in _SCALARS:
        return value
    if isinstance(value, Model):
        fields = wire_fields(type(value))
        pairs = {f.wire if form.by_alias else f.name: getattr(value, f.name) for f in fields}
        if form.extras or isinstance(value._raw, Given):
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
