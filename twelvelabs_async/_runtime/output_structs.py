"""Structs of msgspec in place of the classes of an answer.

msgspec itself sets the fields of an object and calls no ``__init__``: converters would not run, nor
would fields that a class computes. So it reads an answer into structs, and the classes are called
with what those hold. A union that msgspec does not take, as of two dataclasses, is read by trying.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    LiteralString,
    NamedTuple,
    NotRequired,
    Required,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

import attrs
import msgspec

from .json_values import is_array, is_object
from .output_classes import has_fields, is_of_pydantic, is_typed_dict, type_hints
from .output_readers import (
    SPAN,
    Reader,
    is_enum,
    reader_of_enum,
    reader_of_literal,
    reader_of_pydantic,
)

__all__ = ["OutputStructs", "UnfitError"]

Json = dict[str, Any]

_REFERENCE: Final = "#/$defs/{name}"
# What annotated-types says of a value, by the names that msgspec has for it too.
_BOUNDS: Final = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length")
# JSON has them as text. Without a zone's being required, msgspec says of times only that much.
_FORMATS: Final[Mapping[Any, str | None]] = {
    datetime: "date-time",
    date: "date",
    time: "time",
    timedelta: "duration",
    UUID: "uuid",
    Decimal: None,
}


class UnfitError(ValueError):
    """A class refuses what an answer has for it, at this JSON path."""

    def __init__(self, problem: str, path: str) -> None:
        super().__init__(problem)
        self.path = path


class _Choice:
    """The object that a hook has read; a type of its own for each union and enumeration."""

    def __init__(self, value: object) -> None:
        self.value = value


class _Item(NamedTuple):
    """A field of a class: its names in JSON and here, its argument, and whether it has to be."""

    name: str
    field: str
    argument: str
    type: Any
    required: bool


class OutputStructs:
    """Structs for the classes that a type refers to, and the classes' objects of them.

    With `by_trying` the members of every union are tried, otherwise msgspec distinguishes them.
    """

    def __init__(self, form: Any, *, by_trying: bool) -> None:
        self._by_trying = by_trying
        self._structs: dict[Any, Any] = {}
        self._items: dict[Any, tuple[Any, list[_Item]]] = {}
        self._unions: dict[Any, tuple[Any, ...]] = {}
        self._readers: dict[Any, Reader] = {}
        self._known: dict[str, Any] = {}
        self.form = self._type_of(form, {})
        """The type that msgspec reads."""

    def schema(self) -> Json:
        """The JSON Schema of the type."""
        members = [member for union in self._unions.values() for member in union]
        schemas, definitions = msgspec.json.schema_components(
            [self.form, *members], schema_hook=self._schema_of, ref_template=_REFERENCE
        )
        made = iter(schemas)
        top = next(made)
        of_unions = {
            union.__name__: [next(made) for _ in types_] for union, types_ in self._unions.items()
        }
        for reader in self._readers.values():
            for name, definition in reader.schema.get("$defs", {}).items():
                if definitions.setdefault(name, definition) != definition:
                    raise TypeError(f"it has two classes of the name {name}")
        filled: Json = _filled({**top, "$defs": definitions}, of_unions)
        return filled

    def _schema_of(self, form: Any) -> Json:
        if form in self._readers:
            schema = self._readers[form].schema
            return {key: value for key, value in schema.items() if key != "$defs"}
        if form not in self._unions:
            raise TypeError(f"{getattr(form, '__name__', form)} has no form in JSON")
        return {"anyOf": form.__name__}

    def choose(self, union: Any, value: Any) -> Any:
        """The hook by which msgspec reads a union: the first member that fits."""
        if union in self._readers:
            return union(self._readers[union].read(value))
        if union not in self._unions:
            raise ValueError(f"{union.__name__} has no form in JSON")
        members = sorted(self._unions[union], key=lambda member: self._unlikeness(member, value))
        problem = ""
        for member in members:
            try:
                read = msgspec.convert(value, member, dec_hook=self.choose, str_keys=True)
                return union(self.objects(read))
            except UnfitError as error:
                problem = problem or f"{error} - at `{error.path}`"  # as msgspec says it
            except msgspec.ValidationError as error:
                problem = problem or str(error)
        raise ValueError(problem)

    def _unlikeness(self, member: Any, value: Any) -> tuple[int, int]:
        """How many choices of a member an object is none of, and how few of its fields it has."""
        if member not in self._items or not is_object(value):
            return 0, 0
        known = [item for item in self._items[member][1] if item.name in value]
        choices = [item for item in known if get_origin(item.type) is Literal]
        others = sum(value[item.name] not in get_args(item.type) for item in choices)
        return others, -len(known)

    def objects(self, value: Any, path: str = "$") -> Any:
        """What was read, with objects of the classes; UnfitError where one refuses its fields."""
        if type(value) in _PLAIN:
            return value
        if type(value) in self._items:
            return self._object(value, path)
        if isinstance(value, _Choice):
            return value.value
        if is_object(value):
            return {key: self.objects(item, f"{path}[...]") for key, item in value.items()}
        container = next((kind for kind in _CONTAINERS if type(value) is kind), None)
        if container is None:
            return value
        return container(self.objects(each, f"{path}[{at}]") for at, each in enumerate(value))

    def _object(self, value: Any, path: str) -> Any:
        cls, items = self._items[type(value)]
        given: dict[str, Any] = {}
        for number, item in enumerate(items):
            read = getattr(value, f"f{number}")
            if read is not _ABSENT:
                given[item.argument] = self.objects(read, f"{path}.{item.name}")
        try:
            return cls(**given)
        except (TypeError, ValueError, AssertionError) as error:
            # Those of attrs have more than a text.
            problem = str(error.args[0]) if error.args else f"{type(error).__name__} in its class"
            raise UnfitError(problem, path) from error

    # Types

    def _type_of(self, hint: Any, generics: Mapping[Any, Any]) -> Any:
        """A type with structs in place of classes."""
        if isinstance(hint, TypeVar):
            bound = hint.__bound__
            return generics.get(hint, Any if bound is None else self._type_of(bound, generics))
        if hint is Self:
            return generics.get(Self, Any)
        origin, inner = get_origin(hint), get_args(hint)
        if any(map(is_of_pydantic, (hint, *getattr(hint, "__metadata__", ())))):
            return self._read_by(reader_of_pydantic(hint))
        alias = origin if hasattr(origin, "__value__") else hint
        if hasattr(alias, "__value__"):  # type X = ...
            made = (self._type_of(each, generics) for each in inner)
            return self._type_of(
                alias.__value__, dict(zip(alias.__type_params__, made, strict=True))
            )
        if hasattr(hint, "__supertype__"):  # NewType
            return self._type_of(hint.__supertype__, generics)
        if origin is Annotated:
            about = [each for item in hint.__metadata__ for each in _metas(item)]
            made = self._type_of(inner[0], generics)
            return Annotated[(made, *about)] if about else made
        if origin is Literal:
            is_plain = not any(isinstance(each, Enum) for each in inner)
            return hint if is_plain else self._read_by(reader_of_literal(inner))
        if origin in (Union, types.UnionType):
            return self._union(tuple(self._type_of(each, generics) for each in inner))
        if origin in (Required, NotRequired) or getattr(origin, "_name", "") in _QUALIFIERS:
            return self._type_of(inner[0], generics)
        if has_fields(origin or hint):
            return self._struct(origin or hint, hint, generics)
        if hint in (datetime, time):
            return Annotated[hint, _of_format(_FORMATS[hint])]
        if hint is timedelta:
            return self._read_by(SPAN)
        if is_enum(hint) and {type(each.value) for each in hint} not in _ENUMS_OF_MSGSPEC:
            return self._read_by(reader_of_enum(hint))
        if not inner:
            return {object: Any, LiteralString: str}.get(hint, hint)
        of: Any = tuple(self._type_of(each, generics) for each in inner)
        return origin[of if len(of) > 1 else of[0]]

    def _union(self, members: tuple[Any, ...]) -> Any:
        if not self._by_trying or len({*members} - {type(None)}) < 2:
            return _union_of(members)
        union = type(f"Union{len(self._unions)}", (_Choice,), {})
        self._unions[union] = members
        return union

    def _read_by(self, reader: Reader) -> Any:
        made = type(f"Read{len(self._readers)}", (_Choice,), {})
        self._readers[made] = reader
        return made

    def _struct(self, cls: Any, hint: Any, generics: Mapping[Any, Any]) -> Any:
        given = tuple(self._type_of(each, generics) for each in get_args(hint))
        if (cls, given) in self._structs:
            return self._structs[cls, given]
        self._known.setdefault(cls.__name__, cls)
        hints = type_hints(cls, self._known)
        items = list(_items(cls, hints))
        config = getattr(cls, "__struct_config__", None)
        same = ("tag", "tag_field", "forbid_unknown_fields", "array_like")
        options: Any = {name: getattr(config, name) for name in same} if config else {}
        if any(struct.__name__ == cls.__name__ for struct in self._items):
            module = f"{cls.__module__}.{len(self._items)}"  # of a generic one, for its schema
        else:
            module = cls.__module__
        struct: Any = msgspec.defstruct(
            cls.__name__,
            [
                (f"f{at}", Any) if item.required else (f"f{at}", Any, _FIELD)
                for at, item in enumerate(items)
            ],
            rename={f"f{at}": item.name for at, item in enumerate(items)},
            namespace={"__doc__": _description(cls)},
            module=module,
            kw_only=True,
            frozen=True,
            **options,
        )
        self._structs[cls, given] = struct
        self._items[struct] = (cls, items)
        # Now that the struct can be referred to: msgspec looks at them when it first reads.
        bound = self._bound(cls, given)
        struct.__annotations__ = {
            f"f{at}": self._type_of(
                item.type, {**bound[_owner(cls, item.field, bound)], Self: struct}
            )
            for at, item in enumerate(items)
        }
        return struct

    def _bound(self, cls: Any, given: tuple[Any, ...]) -> dict[Any, dict[Any, Any]]:
        """What the variables of a class stand for, and those of each that it is derived from."""
        own: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), given, strict=False))
        bound = {cls: own}
        for base in getattr(cls, "__orig_bases__", ()):
            if hasattr(get_origin(base), "__parameters__"):
                args = tuple(self._type_of(each, own) for each in get_args(base))
                bound |= self._bound(get_origin(base), args)
        return bound


class _Absent:
    """What a struct has for a field that the answer leaves out."""


_ABSENT: Final = _Absent()
_FIELD: Final[Any] = msgspec.field(default_factory=lambda: _ABSENT)
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final[tuple[Any, ...]] = (list, tuple, set, frozenset)
_QUALIFIERS: Final = ("ReadOnly", "Final")
_ENUMS_OF_MSGSPEC: Final = ({str}, {int})


def _owner(cls: Any, field: str, bound: Mapping[Any, Any]) -> Any:
    """The class, of those that a class is derived from, whose variables a field's type has."""
    if len(bound) == 1:
        return cls
    owners = (each for each in cls.__mro__ if field in getattr(each, "__annotations__", ()))
    return next((each for each in owners if each in bound), cls)


def _union_of(members: tuple[Any, ...]) -> Any:
    union: Any = Union
    return union[members]


def _filled(schema: Any, unions: Mapping[str, list[Any]]) -> Any:
    """A schema with the members of the unions that are tried."""
    if is_object(schema):
        members = schema.get("anyOf")
        if isinstance(members, str):
            return {"anyOf": [_filled(member, unions) for member in unions[members]]}
        return {key: _filled(value, unions) for key, value in schema.items()}
    return [_filled(each, unions) for each in schema] if is_array(schema) else schema


def _description(cls: Any) -> str | None:
    """The text of a class; that which dataclasses make of their fields is none."""
    text: str | None = cls.__doc__
    return None if text and text.startswith(f"{cls.__name__}(") else text


def _of_format(name: str | None) -> Any:
    return msgspec.Meta(extra_json_schema={"format": name} if name else None)


def _metas(item: Any) -> Iterator[Any]:
    """What msgspec takes of a type's metadata; bounds of annotated-types are translated."""
    if isinstance(item, msgspec.Meta):
        yield item
    elif type(item).__module__ == "annotated_types":
        parts = cast("Iterable[Any]", item) if hasattr(item, "__iter__") else [item]
        for part in parts:
            bounds = {name: getattr(part, name) for name in _BOUNDS if hasattr(part, name)}
            if bounds:
                yield msgspec.Meta(**bounds)


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
        return _union_of(tuple(_as_text(each) for each in inner))
    if inner and origin not in (Annotated, Literal):
        return origin[tuple(_as_text(each) for each in inner)]
    if not isinstance(hint, type):
        return hint
    if hint in _FORMATS:
        return Annotated[str, _of_format(_FORMATS[hint])]
    if is_enum(hint):
        values: list[Any] = [each.value for each in hint]
        return Annotated[Any, msgspec.Meta(extra_json_schema={"enum": values})]
    return str if issubclass(hint, PurePath) else cast("Any", hint)


def _is_needed(hint: Any, by_class: bool) -> bool:
    """Whether a TypedDict has to have a field; its class knows no qualifier in a text."""
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return origin is Required
    if origin is Annotated or getattr(origin, "_name", "") in _QUALIFIERS:
        return _is_needed(get_args(hint)[0], by_class)
    return by_class


def _items(cls: Any, hints: Mapping[str, Any]) -> Iterator[_Item]:
    """The fields that an object of a class is made of."""
    if is_typed_dict(cls):
        for name, hint in hints.items():
            yield _Item(name, name, name, hint, _is_needed(hint, name in cls.__required_keys__))
    elif hasattr(cls, "__struct_fields__"):
        for struct_field in msgspec.structs.fields(cls):
            name = struct_field.name
            hint, needed = hints[name], struct_field.required
            yield _Item(struct_field.encode_name, name, name, hint, needed)
    elif hasattr(cls, "__attrs_attrs__"):
        for attribute in attrs.fields(cls):
            if attribute.init:
                hint = hints.get(attribute.name, attribute.type or Any)
                if attribute.converter is not None:
                    hint = _unconverted(cls, attribute, hint)
                needed = attribute.default is attrs.NOTHING
                argument = attribute.alias or attribute.name
                yield _Item(attribute.name, attribute.name, argument, hint, needed)
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
            yield _Item(field.name, field.name, field.name, hint, needed)
