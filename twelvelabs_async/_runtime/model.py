"""What all models share."""

from __future__ import annotations

import copy
from array import array
from collections.abc import Collection, Iterator, Mapping
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    get_origin,
    get_type_hints,
)

import attrs
from attrs import define
from cattrs import override

from ..errors import ArgumentTypeError
from .equality import has_the_numbers_of, hash_of
from .redaction import redact

__all__ = [
    "Dump",
    "Embedding",
    "Given",
    "Id",
    "Model",
    "Tagged",
    "Unknown",
    "WireField",
    "default_of",
    "is_empty",
    "is_model",
    "is_set",
    "recast",
    "shown_url",
    "shown_value",
    "wire_fields",
]

M = TypeVar("M", bound="Model")
Id = Annotated[str, override(rename="_id")]
"""The resource's identifier: `_id` on the wire, `id` here.

A reply must have it. A model that a program makes may do without: then it is None.
"""

Embedding = list[float]
"""A vector as the service sent it; its numbers are not touched one by one.

With `compact_vectors` it is an ``array("f")``, which is read like a list, takes an eighth of the
memory, and goes into numpy without a copy.
"""


class Tagged(NamedTuple):
    """Marks a union whose members are distinguished by the value of one field."""

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
    """Converts what programs pass to models; see `lenient`. `convert` makes models of replies."""

    if not TYPE_CHECKING:  # checkers know the arguments of each model

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
            # attrs writes these for each class that has none of its own: a third of its import.
            base = next((base for base in bases if isinstance(base, mcs)), None)
            if base is not None:
                for method in {"__repr__", "__eq__", "__hash__", "__replace__"} - body.keys():
                    body[method] = getattr(base, method)
            return super().__new__(mcs, name, bases, body)

        def __call__(cls, **given: Any) -> Any:
            from .lenient import arguments

            its = arguments(cls)
            taken, extra = its.sorted_out(given)
            made = super().__call__(**{**its.absent, **taken})
            made.__raw__ = extra
            return made


class _Fields(metaclass=_ModelType):
    """Shows the fields, which are in slots, as the `__dict__` that vars() reads.

    Two slots beside them are not fields of attrs, and no field of the API can have their names:
    `__raw__` is the reply, or the other arguments, and `__link__` leads from a page to the next.
    """

    __slots__ = ("__link__", "__raw__")
    __link__: Any
    __raw__: Mapping[str, Any] | None

    if not TYPE_CHECKING:

        @property
        def __dict__(self) -> dict[str, Any]:
            return {item.name: getattr(self, item.name) for item in wire_fields(type(self))}


Dump = dict[str, Any]


class DumpOptions(TypedDict, total=False):
    """What pydantic's dumps take besides; a dump of a model is the same with it."""

    context: Any
    exclude_computed_fields: bool
    fallback: Any
    polymorphic_serialization: bool | None
    round_trip: bool
    serialize_as_any: bool
    warnings: Any


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
    model_config: ClassVar[Dump] = {"extra": "allow"}
    __fields__: ClassVar[_ModelFields] = model_fields
    """`model_fields`, by its older name."""
    _beside: ClassVar[tuple[str, ...]] = ()  # attributes beside the fields, which copies keep

    @property
    def extra(self) -> Dump:
        """The fields of the reply that this version of the package does not know, by name."""
        if self.__raw__ is None:
            return {}
        known = {item.wire for item in wire_fields(type(self))}
        return {key: value for key, value in self.__raw__.items() if key not in known}

    if not TYPE_CHECKING:  # a checker would then accept any name at all

        def __getattr__(self, name: str) -> Any:
            if name in ("__raw__", "__link__"):
                return None  # it was not set
            if not name.startswith("__") and name in (extra := self.extra):
                return extra[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        @property
        def __pydantic_serializer__(self) -> Any:
            # pydantic looks for this when a value's type is not the one that it was to serialize.
            from .pydantic_hooks import serializer

            return serializer(type(self))

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same class, and its fields are equal.

        A compact vector is equal to a list of its numbers.
        """
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(
            (mine := getattr(self, item.name)) == (its := getattr(other, item.name))
            or has_the_numbers_of(mine, its)
            for item in attrs.fields(type(self))
            if item.eq
        )

    def __hash__(self) -> int:
        """A hash of the fields that have one, so that models may be in sets, as the vendor's.

        A model that is changed afterwards is not found there again.
        """
        values = [getattr(self, item.name) for item in attrs.fields(type(self)) if item.eq]
        return hash(tuple(map(hash_of, values)))  # a page is equal to one of another class

    def __repr__(self) -> str:
        """The fields that are not None, with long values cut."""
        shown: list[str] = []
        for each in attrs.fields(type(self)):
            value: Any = getattr(self, each.name, None)  # it may be half made
            if value is not None and each.repr is not False:
                text = shown_value(value) if each.repr is True else each.repr(value)
                shown.append(f"{each.name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .html import model_html

        return model_html(self)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """What copies and pickles: the fields, and what is beside them. A page loses its link."""
        return _restored, (
            type(self),
            {f.name: getattr(self, f.name) for f in wire_fields(type(self))}
            | {name: getattr(self, name) for name in self._beside if hasattr(self, name)},
            self.__raw__,
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
        from .pydantic_hooks import json_schema_by

        return json_schema_by(cls, handler)

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
        **options: Unpack[DumpOptions],
    ) -> Dump:
        """This as plain dicts and lists, with what the service sent beside the fields.

        As pydantic has it: keys are the names here, or with `by_alias` those of the wire (`_id` for
        `id`); with `exclude_none` fields that are None are left out; times are `datetime`, in the
        mode "json" RFC 3339 text. `include` and `exclude` are sets of fields, or dicts from a field
        to what is chosen within it; entries of lists go by number or ``"__all__"``. `exclude_unset`
        leaves out what was neither given nor set, `exclude_defaults` what equals its default. The
        other `options` of pydantic's are taken, and change nothing.
        """
        from .dump import DumpForm, dumped

        _check_options("model_dump", options)
        form = DumpForm(
            mode == "json", by_alias, exclude_none, unset=exclude_unset, defaults=exclude_defaults
        )
        return dumped(self, form, include, exclude)

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
        **options: Unpack[DumpOptions],
    ) -> str:
        """This as JSON text, as `model_dump` gives it; any `indent` gives two spaces a level."""
        import orjson

        plain = self.model_dump(
            mode="json",
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
            **options,
        )
        option = orjson.OPT_INDENT_2 if indent else None
        return orjson.dumps(plain, default=list, option=option).decode()

    def dict(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        include: Any = None,
        exclude: Any = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **options: Unpack[DumpOptions],
    ) -> Dump:
        """This by the names of the wire, without what is None and was neither given nor set.

        So the vendor's models have it, whatever `by_alias`, `exclude_unset` and `exclude_none` say;
        otherwise `model_dump`.
        """
        from .dump import DumpForm, dumped

        _check_options("dict", options)
        form = DumpForm(
            mode == "json",
            by_alias=True,
            exclude_none=False,
            defaults=exclude_defaults,
            absent=True,
        )
        return dumped(self, form, include, exclude)

    def json(self, **options: Any) -> str:
        """`model_dump_json`, by its older name."""
        return self.model_dump_json(**options)

    @classmethod
    def model_validate(cls, obj: Any, *, strict: bool | None = None, context: Any = None) -> Self:
        """The model that a dict holds, by the names of the wire or those here; a model itself.

        Types are those of JSON, with or without `strict`; no `context` is used. Raises
        ArgumentTypeError, a ValueError, with the JSON path of what does not fit.
        """
        from .pydantic_hooks import validated

        return validated(cls, obj)

    @classmethod
    def model_validate_json(
        cls, json_data: str | bytes | bytearray, *, strict: bool | None = None, context: Any = None
    ) -> Self:
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
    def parse_obj(cls, obj: Any) -> Self:
        """`model_validate`, by its older name."""
        return cls.model_validate(obj)

    @classmethod
    def parse_raw(cls, b: str | bytes | bytearray) -> Self:
        """`model_validate_json`, by its older name."""
        return cls.model_validate_json(b)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """A model of unchecked values by any names; a required field that is not given is None."""
        fields = wire_fields(cls)
        beside = Given(values)
        given = {
            f.name: beside.pop(name) for f in fields for name in (f.wire, f.name) if name in beside
        }
        beside.named = given.keys() if _fields_set is None else _fields_set
        absent = {f.name: default_of(cls, f.name) for f in fields}
        return cast("Self", _restored(cls, {**absent, **given}, beside))

    @classmethod
    def construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """`model_construct`, by its older name."""
        return cls.model_construct(_fields_set, **values)

    @classmethod
    def model_json_schema(cls, by_alias: bool = True) -> Dump:
        """The JSON Schema of this class; by the names of the wire, or with False those here."""
        from .pydantic_hooks import json_schema

        return json_schema(cls, by_alias=by_alias)

    schema = model_json_schema  # the older name

    @classmethod
    def model_rebuild(cls, **options: Any) -> None:
        """Nothing: the types of the fields are always known."""

    update_forward_refs = model_rebuild  # the older name

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with the values of `update` put in as they are; `deep` copies what is within."""
        from .lenient import arguments

        copied: Any = copy.deepcopy(self) if deep else copy.copy(self)
        copied.__raw__ = beside = Given() if copied.__raw__ is None else copy.copy(copied.__raw__)
        taken, extra = arguments(type(self)).by_field(update or {})
        for name, value in taken.items():
            setattr(copied, name, value)
        beside.update(extra)
        if isinstance(beside, Given):
            beside.named = {*getattr(beside, "named", ()), *taken, *extra}
        else:
            beside.update(
                {f.wire: taken[f.name] for f in wire_fields(type(self)) if f.name in taken}
            )
        return cast("Self", copied)

    def __replace__(self, **changes: Any) -> Self:
        """What ``copy.replace`` gives: a copy with other fields, converted as arguments are."""
        from .lenient import arguments

        taken, beside = arguments(type(self)).sorted_out(changes)
        return self.model_copy(update={**taken, **beside})

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """`model_copy`, by its older name."""
        return self.model_copy(update=update, deep=deep)

    @property
    def model_extra(self) -> Dump:
        """`extra`, by the name of pydantic."""
        return self.extra

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given, or set since, and of what is in `extra`."""
        named = self.__raw__.named if isinstance(self.__raw__, Given) else self.extra
        fields = {f.name for f in wire_fields(type(self)) if is_set(self, f)}
        return fields | {name for name in self.extra if name in named}

    __fields_set__ = model_fields_set  # the older name


def _check_options(method: str, options: Mapping[str, Any]) -> None:
    if unknown := options.keys() - DumpOptions.__annotations__.keys():
        raise TypeError(f"{method}() got an unexpected keyword argument {min(unknown)!r}")


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
    """The repr of one URL or several, without the query: that of a presigned URL is a secret."""
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
    """Whether this is a model, and the reply had none of its fields."""
    if not isinstance(made, Model) or made.__raw__ is None or isinstance(made.__raw__, Given):
        return False
    return not any(item.wire in made.__raw__ for item in wire_fields(type(made)))


def _restored(cls: type[Model], fields: Mapping[str, Any], raw: Mapping[str, Any] | None) -> Model:
    made: Any = object.__new__(cls)
    for name, value in fields.items():
        setattr(made, name, value)
    made.__raw__ = raw
    return cast("Model", made)


def recast(made: Model, cls: type[M]) -> M:
    """The model as one of a subclass of its class, with the same fields and extras."""
    fields = {f.name: getattr(made, f.name) for f in wire_fields(type(made))}
    return cast("M", _restored(cls, fields, made.__raw__))


def default_of(cls: type[Model], name: str) -> Any:
    """What a field has when it is not given: None for an id, which only replies must have."""
    default: Any = attrs.fields_dict(cls)[name].default
    factory = getattr(default, "factory", None)
    if factory is not None:
        return factory()
    return None if default is attrs.NOTHING else default


def is_set(made: Model, item: WireField) -> bool:
    raw = made.__raw__
    given, known = (raw.named, item.name) if isinstance(raw, Given) else (raw or (), item.wire)
    return known in given or getattr(made, item.name) != default_of(type(made), item.name)
