"""What all models share."""

from __future__ import annotations

import copy
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    cast,
    get_origin,
    get_type_hints,
)

import attrs
from attrs import define
from cattrs import override

from ..errors import ArgumentTypeError
from .json_values import dump_json, is_array, is_object, plain_number
from .redaction import redact
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
    "is_model",
    "json_text",
    "plain",
    "shown_url",
    "shown_value",
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

    @property
    def alias(self) -> str:
        """The name on the wire, as pydantic calls it."""
        return self.wire

    @property
    def annotation(self) -> Any:
        """The type, as pydantic calls it."""
        return self.type

    def is_required(self) -> bool:
        """Whether there is no default."""
        return self.required


class Given(dict[str, Any]):
    """The arguments of a model that none of its fields takes: they are sent as they are.

    `named` are the fields that were given.
    """

    __slots__ = ("named",)
    named: Collection[str]

    def __copy__(self) -> Given:
        copied = Given(self)
        copied.named = self.named
        return copied


class _ModelType(type):
    """Makes models of what programs give; see `lenient`. Replies are made another way."""

    if not TYPE_CHECKING:  # checkers know the arguments of each model

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
            # attrs writes a repr for each class that has none of its own.
            base = next((base for base in bases if isinstance(base, mcs)), None)
            if base is not None:
                body.setdefault("__repr__", base.__repr__)
            return super().__new__(mcs, name, bases, body)

        def __call__(cls, **given: Any) -> Any:
            from .lenient import arguments

            taken, extra = arguments(cls).sorted_out(given)
            made = super().__call__(**taken)
            made._raw = extra
            return made


class _Fields(metaclass=_ModelType):
    """Shows the fields, which are in slots, as the `__dict__` that vars() reads.

    What is beside them is no field of attrs: `_raw` is the reply, or what else a program gave, and
    `_link` leads from a page to the next.
    """

    __slots__ = ("_link", "_raw")
    _link: Any
    _raw: Mapping[str, Any] | None

    if not TYPE_CHECKING:

        @property
        def __dict__(self) -> dict[str, Any]:
            return {item.name: getattr(self, item.name) for item in wire_fields(type(self))}


Dump = dict[str, Any]
_SHOWN = 5  # entries of a list in a repr
_LONGEST = 1000  # characters of a text there


class _ModelFields:
    """The fields of a class of models, read from it or from a model."""

    def __get__(self, made: object, cls: type[Model]) -> dict[str, WireField]:
        return {item.name: item for item in wire_fields(cls)}


@define(kw_only=True)
class Model(_Fields):
    """The base of everything that the service sends or takes.

    Fields are named as on the wire (`_id` is `id`). What the service sent beside them is in
    `extra`, and readable as an attribute. As an argument a plain dict does for a model; arguments
    that no field takes are kept in `extra`, too, and are sent. ``dict(model)`` has its fields.
    """

    model_fields: ClassVar[_ModelFields] = _ModelFields()
    """The fields by their names here; each has `wire`, `type` and `required`."""

    @property
    def extra(self) -> Dump:
        """The fields of the reply that this version of the package does not know, by name."""
        if self._raw is None:
            return {}
        known = {item.wire for item in wire_fields(type(self))}
        return {key: value for key, value in self._raw.items() if key not in known}

    if not TYPE_CHECKING:  # a checker would then accept any name at all

        def __getattr__(self, name: str) -> Any:
            if name in ("_raw", "_link"):
                return None  # it was not set
            if not name.startswith("__") and name in (extra := self.extra):
                return extra[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        @property
        def __pydantic_serializer__(self) -> Any:
            # pydantic looks for it where it serializes a value of a type that it was not given.
            from .pydantic_hooks import serializer

            return serializer(type(self))

    def __repr__(self) -> str:
        """The fields that are not None, with long values cut."""
        shown: list[str] = []
        for each in attrs.fields(type(self)):
            value: Any = getattr(self, each.name)
            if value is not None and each.repr is not False:
                text = shown_value(value) if each.repr is True else each.repr(value)
                shown.append(f"{each.name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """What copies and pickles: the fields, and what is beside them. A page loses its link."""
        return _restored, (
            type(self),
            {f.name: getattr(self, f.name) for f in wire_fields(type(self))},
            self._raw,
        )

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
        include: Any = None,
        exclude: Any = None,
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> Dump:
        """This as plain dicts and lists, with what the service sent beside the fields.

        As pydantic has it: keys are the names here, or with `by_alias` those of the wire (`_id` for
        `id`); with `exclude_none` fields that are None are left out; times are `datetime`, in the
        mode "json" RFC 3339 text. `include` and `exclude` are sets of fields, or dicts of fields to
        what is meant within each; in lists, by number or ``"__all__"``. `exclude_unset` leaves out
        what was neither given nor set, `exclude_defaults` what is as by default.
        """
        form = _Form(
            mode == "json", by_alias, exclude_none, unset=exclude_unset, defaults=exclude_defaults
        )
        dumped: Dump = _plain(self, form)
        if include is not None or exclude is not None:
            dumped = _picked(self, dumped, form, include, exclude)
        return dumped

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        include: Any = None,
        exclude: Any = None,
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> str:
        """This as JSON text, `model_dump` otherwise; any `indent` gives two spaces a level."""
        import orjson

        dumped = self.model_dump(
            mode="json",
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )
        option = orjson.OPT_INDENT_2 if indent else None
        return orjson.dumps(dumped, default=list, option=option).decode()

    def dict(self, **options: Any) -> Dump:
        """`model_dump`, by its older name."""
        return self.model_dump(**options)

    def json(self, **options: Any) -> str:
        """`model_dump_json`, by its older name."""
        return self.model_dump_json(**options)

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """The model that a dict holds, by the names of the wire or those here; a model itself.

        Raises ArgumentTypeError, a ValueError, with the JSON path of what does not fit.
        """
        from .pydantic_hooks import validated

        return validated(cls, obj)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray) -> Self:
        """The model that JSON text holds; otherwise `model_validate`."""
        import orjson

        try:
            value = orjson.loads(json_data)
        except ValueError as error:
            problem = str(error)
        else:
            return cls.model_validate(value)
        raise ArgumentTypeError(f"{cls.__name__} is made of JSON: {problem}")

    @classmethod
    def model_json_schema(cls, by_alias: bool = True) -> Dump:
        """The JSON Schema of this class; by the names of the wire, or with False those here."""
        from .pydantic_hooks import json_schema

        return json_schema(cls, by_alias=by_alias)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with the values of `update` put in as they are; `deep` copies what is within."""
        copied: Any = copy.deepcopy(self) if deep else copy.copy(self)
        copied._raw = beside = Given() if copied._raw is None else copy.copy(copied._raw)
        names = {item.name for item in wire_fields(type(self))}
        for name, value in (update or {}).items():
            if name in names:
                setattr(copied, name, value)
            else:
                beside[name] = value
        return cast("Self", copied)

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given, or set since."""
        return {f.name for f in wire_fields(type(self)) if _is_set(self, f)}


class Unknown(Model):
    """A member of a union whose tag this version of the package does not know.

    Everything it carries is in `extra`.
    """

    __slots__ = ()


def shown_value(value: Any) -> str:
    """The repr of a value, short enough to read: vectors, long lists and long texts are cut."""
    kind = value.__class__
    if kind is array or (kind is list and len(value) > _SHOWN and value[0].__class__ is float):
        return f"<{len(value)} floats>"
    if kind is list:
        shown = [shown_value(row) for row in value[:_SHOWN]]
        more = len(value) - len(shown)
        return f"[{', '.join([*shown, f'<{more} more>'] if more else shown)}]"
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]!r}<{len(value) - _LONGEST} more>"
    return repr(value)


def shown_url(value: object) -> str:
    """The repr of an address, or of several, without the query: a presigned one's is a secret."""
    return redact(repr(value))


def is_model(form: Any) -> bool:
    """Whether this is a class of models, or a generic one with its types."""
    cls = get_origin(form) or form
    return isinstance(cls, type) and issubclass(cls, Model)


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


def _restored(cls: type[Model], fields: Mapping[str, Any], raw: Mapping[str, Any] | None) -> Model:
    made: Any = object.__new__(cls)
    for name, value in fields.items():
        setattr(made, name, value)
    made._raw = raw
    return cast("Model", made)


def _default(cls: type[Model], name: str) -> Any:
    default: Any = attrs.fields_dict(cls)[name].default
    factory = getattr(default, "factory", None)
    return default if factory is None else factory()


def _is_set(made: Model, item: WireField) -> bool:
    given = getattr(made._raw, "named", ()) if isinstance(made._raw, Given) else made._raw or ()
    known = item.name if isinstance(made._raw, Given) else item.wire
    return known in given or getattr(made, item.name) != _default(type(made), item.name)


def _picked(value: Any, dumped: Any, form: _Form, include: Any, exclude: Any) -> Any:
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
    made: dict[Any, Any] = {}
    for key, entry in entries.items():
        inside, outside = _below(include, names.get(key, key)), _below(exclude, names.get(key, key))
        if (include is None or inside is not None) and outside is not True:
            deeper = None if inside is True else inside
            made[key] = _picked(inner[key], entry, form, deeper, outside)
    return list(made.values()) if is_array(dumped) else made


def _below(chosen: Any, key: Any) -> Any:
    """What is chosen within an entry: True for all of it, None for nothing."""
    if chosen is None:
        return None
    names = [name for name in (key, "__all__") if name in chosen]
    if not names:
        return None
    found = chosen[names[0]] if is_object(chosen) else True
    return True if found is ... else found


_SCALARS = frozenset({bool, float, int, str})


class _Form(NamedTuple):
    """How a value is to look; see `Model.model_dump`."""

    as_json: bool
    by_alias: bool
    exclude_none: bool
    extras: bool = True
    unset: bool = False
    defaults: bool = False


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
        fields: Sequence[WireField] = wire_fields(type(value))
        if form.unset:
            fields = [f for f in fields if _is_set(value, f)]
        if form.defaults:
            cls = type(value)
            fields = [f for f in fields if getattr(value, f.name) != _default(cls, f.name)]
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
