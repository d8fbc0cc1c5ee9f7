"""Structs of msgspec in place of the classes of an answer.

msgspec itself sets the fields of an object and calls no ``__init__``: converters would not run, nor
would fields that a class computes. So it reads an answer into structs, and the classes are called
with what those hold. A union that msgspec does not take, as of two dataclasses, is read by trying.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from enum import Enum
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    LiteralString,
    NotRequired,
    Required,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec

from .json_values import is_array, is_object
from .output_bounds import (
    Bound,
    bounds_and_descriptions,
    check_bounds,
    is_bound_of,
    native_bound,
)
from .output_classes import (
    has_fields,
    is_named_tuple,
    is_of_pydantic,
    type_hints,
)
from .output_fields import Item, is_qualifier, items, members_of_union, of_format, union_of
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


class UnfitError(ValueError):
    """A class refuses what an answer has for it, at this JSON path."""

    def __init__(self, problem: str, path: str) -> None:
        super().__init__(problem)
        self.path = path


class _FieldError(TypeError):
    """The type of a field cannot be read."""


class _Choice:
    """The object that a hook has read; a type of its own for each union and enumeration."""

    def __init__(self, value: object) -> None:
        self.value = value


class _Recursive(_Choice):
    """A `type X = ...` that refers to itself: a union of one, which its schema refers to."""


class OutputStructs:
    """Structs for the classes that a type refers to, and the classes' objects of them.

    With `by_trying` the members of every union are tried, otherwise msgspec distinguishes them.
    """

    def __init__(self, form: Any, *, by_trying: bool) -> None:
        self._by_trying = by_trying
        self._structs: dict[Any, Any] = {}
        # Of each struct the class, its fields, and how they are written in JSON paths.
        self._items: dict[Any, tuple[Any, list[Item], list[str]]] = {}
        # The hooks: unions, those whose objects are checked, readers, and what keys are read by.
        self._unions: dict[Any, tuple[Any, ...]] = {}
        self._bounds: dict[Any, list[Bound]] = {}
        self._readers: dict[Any, Reader] = {}
        self._keys: dict[Any, Any] = {}
        self._aliases: dict[Any, Any] = {}
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
        more = [
            (union.__name__, of_unions[union.__name__][0])
            for union in self._unions
            if issubclass(union, _Recursive)
        ]
        for reader in self._readers.values():
            more += reader.schema.get("$defs", {}).items()
        for name, definition in more:
            if definitions.setdefault(name, definition) != definition:
                raise TypeError(f"it has two classes of the name {name}")
        filled: Json = _filled({**top, "$defs": definitions}, of_unions)
        return filled

    def _schema_of(self, form: Any) -> Json:
        form = self._keys.get(form, form)
        if form in self._readers:
            schema = self._readers[form].schema
            return {key: value for key, value in schema.items() if key != "$defs"}
        if form not in self._unions:
            raise TypeError(f"{getattr(form, '__name__', form)} has no form in JSON")
        if issubclass(form, _Recursive):
            return {"$ref": _REFERENCE.format(name=form.__name__)}
        return {"anyOf": form.__name__}

    def choose(self, hook: Any, value: Any) -> Any:
        """The hook by which msgspec reads what it does not know."""
        if hook not in self._keys:
            return hook(self._chosen(hook, value))
        try:
            return hook(self._chosen(self._keys[hook], value))
        except ValueError:
            # A key of JSON is a text, also of what is a number elsewhere.
            with contextlib.suppress(ValueError):
                value = msgspec.json.decode(value)
            return hook(self._chosen(self._keys[hook], value))

    def _chosen(self, union: Any, value: Any) -> Any:
        """What a reader reads, or of a union the first member that fits."""
        if union in self._readers:
            return self._readers[union].read(value)
        if union not in self._unions:
            raise ValueError(f"{union.__name__} has no form in JSON")
        members = sorted(self._unions[union], key=lambda member: self._unlikeness(member, value))
        problem = ""
        # As JSON again: before 0.23 msgspec converts no keys of classes that it does not know.
        text = msgspec.json.encode(value)
        for member in members:
            try:
                read = msgspec.json.decode(text, type=member, dec_hook=self.choose)
                made = self.objects(read)
                check_bounds(made, self._bounds.get(union, ()))
                return made
            except UnfitError as error:
                problem = problem or f"{error} - at `{error.path}`"  # as msgspec says it
            except ValueError as error:
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
        try:
            if is_object(value):
                return {
                    key.value if isinstance(key, _Choice) else key: self.objects(
                        item, f"{path}[...]"
                    )
                    for key, item in value.items()
                }
            container = next((kind for kind in _CONTAINERS if type(value) is kind), None)
            if container is None:
                return value
            return container(self.objects(each, f"{path}[{at}]") for at, each in enumerate(value))
        except TypeError as error:  # a key, or one of a set, cannot be hashed
            raise UnfitError(str(error), path) from error

    def _object(self, value: Any, path: str) -> Any:
        cls, items, steps = self._items[type(value)]
        given: dict[str, Any] = {}
        for number, item in enumerate(items):
            read = getattr(value, f"f{number}")
            if read is not _ABSENT:
                given[item.argument] = self.objects(read, path + steps[number])
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
            return self._aliased(alias, tuple(self._type_of(each, generics) for each in inner))
        if hasattr(hint, "__supertype__"):  # NewType
            return self._type_of(hint.__supertype__, generics)
        if origin is Annotated:
            bounds, descriptions = bounds_and_descriptions(hint.__metadata__)
            made = self._bounded(self._type_of(inner[0], generics), bounds, hint)
            return Annotated[(made, *descriptions)] if descriptions else made
        if origin is Literal:
            is_plain = not any(isinstance(each, Enum) for each in inner)
            return hint if is_plain else self._read_by(reader_of_literal(inner))
        if origin in (Union, types.UnionType):
            return self._union(tuple(self._type_of(each, generics) for each in inner))
        if origin in (Required, NotRequired) or is_qualifier(origin):
            return self._type_of(inner[0], generics)
        if has_fields(origin or hint):
            return self._struct(origin or hint, hint, generics)
        if hint in (datetime, time):
            return Annotated[hint, of_format(hint)]
        if hint is timedelta:
            return self._read_by(SPAN)
        if is_enum(hint) and {type(each.value) for each in hint} not in _ENUMS_OF_MSGSPEC:
            return self._read_by(reader_of_enum(hint))
        if not inner:
            return {object: Any, LiteralString: str}.get(hint, hint)
        of: Any = tuple(self._type_of(each, generics) for each in inner)
        if _is_subclass(origin, Mapping):
            of = (self._key(of[0]), *of[1:])
        return origin[of if len(of) > 1 else of[0]]

    def _union(self, members: tuple[Any, ...]) -> Any:
        if not self._by_trying or len({*members} - {type(None)}) < 2:
            return union_of(members)
        return self._tried(members)

    def _tried(self, members: tuple[Any, ...]) -> Any:
        union = type(f"Union{len(self._unions)}", (_Choice,), {})
        self._unions[union] = members
        return union

    def _aliased(self, alias: Any, given: tuple[Any, ...]) -> Any:
        """The type of a `type X = ...`, which may refer to itself."""
        if (alias, given) not in self._aliases:
            within = type(f"{alias.__name__}{len(self._aliases)}", (_Recursive,), {})
            self._aliases[alias, given] = within
            generics = dict(zip(alias.__type_params__, given, strict=True))
            made = self._aliases[alias, given] = self._type_of(alias.__value__, generics)
            if within in self._unions:
                self._unions[within] = (made,)
            return made
        made = self._aliases[alias, given]
        if _is_subclass(made, _Recursive):
            self._unions.setdefault(made, ())
        return made

    def _key(self, made: Any) -> Any:
        """The type for keys, which JSON has as texts alone."""
        if _is_subclass(made, _Choice):
            key = type(f"{made.__name__}Key{len(self._keys)}", (_Choice,), {})
            self._keys[key] = made
            return key
        if get_origin(made) is Annotated:
            return Annotated[(self._key(made.__origin__), *made.__metadata__)]
        members = members_of_union(made)
        return union_of(tuple(map(self._key, members))) if members else made

    def _bounded(self, made: Any, bounds: list[Bound], hint: Any) -> Any:
        """A type with bounds; of a union they are those of the members that they apply to."""
        if not bounds:
            return made
        members = [*self._leaves(made)]
        kinds = [self._kind(member) for member in members]
        for bound in bounds:
            if not any(is_bound_of(kind, bound) for kind in kinds):
                of = hint.__origin__
                raise TypeError(
                    f"{bound.name}={bound.value!r} does not apply to "
                    f"{of.__name__ if isinstance(of, type) else of}: leave it out, and check the "
                    "value in the class"
                )
        bounded: list[Any] = []
        for member, kind in zip(members, kinds, strict=True):
            checked: list[Bound] = []
            within = member
            for bound in bounds:
                if is_bound_of(kind, bound):
                    meta = None if self._is_hook(within) else native_bound(kind, within, bound)
                    if meta is None:
                        checked.append(bound)
                    else:
                        within = Annotated[within, meta]
            if checked:
                within = self._tried((within,))
                self._bounds[within] = checked
            bounded.append(within)
        return self._union(tuple(bounded)) if len(bounded) > 1 else bounded[0]

    def _read_by(self, reader: Reader) -> Any:
        made = type(f"Read{len(self._readers)}", (_Choice,), {})
        self._readers[made] = reader
        return made

    def _leaves(self, made: Any) -> Iterator[Any]:
        """The members of a type, and of unions within it."""
        plain = _unannotated(made)
        tried = () if plain in self._bounds else self._unions.get(plain, ())
        members = members_of_union(plain) or tried
        for member in members:
            yield from self._leaves(member)
        if not members:
            yield made

    def _kind(self, made: Any) -> Any:
        """The class of a type's values, as far as bounds depend on it."""
        plain = _unannotated(made)
        if plain in self._bounds:
            return self._kind(self._unions[plain][0])
        if plain in self._readers:
            return timedelta if self._readers[plain] is SPAN else None
        return get_origin(plain) or plain

    def _is_hook(self, made: Any) -> bool:
        return _unannotated(made) in self._readers or _unannotated(made) in self._bounds

    def _struct(self, cls: Any, hint: Any, generics: Mapping[Any, Any]) -> Any:
        given = tuple(self._type_of(each, generics) for each in get_args(hint))
        if (cls, given) in self._structs:
            return self._structs[cls, given]
        self._known.setdefault(cls.__name__, cls)
        hints = type_hints(cls, self._known)
        fields = list(items(cls, hints))
        config = getattr(cls, "__struct_config__", None)
        same = ("tag", "tag_field", "forbid_unknown_fields", "array_like")
        options: Any = {name: getattr(config, name) for name in same} if config else {}
        if is_named_tuple(cls):
            options = {"array_like": True, "forbid_unknown_fields": True}
        if any(struct.__name__ == cls.__name__ for struct in self._items):
            module = f"{cls.__module__}.{len(self._items)}"  # of a generic one, for its schema
        else:
            module = cls.__module__
        struct: Any = msgspec.defstruct(
            cls.__name__,
            [
                (f"f{at}", Any) if item.required else (f"f{at}", Any, _FIELD)
                for at, item in enumerate(fields)
            ],
            rename={f"f{at}": item.name for at, item in enumerate(fields)},
            namespace={"__doc__": _description(cls)},
            module=module,
            kw_only=True,
            frozen=True,
            **options,
        )
        self._structs[cls, given] = struct
        as_array = struct.__struct_config__.array_like
        steps = [f"[{at}]" if as_array else f".{each.name}" for at, each in enumerate(fields)]
        self._items[struct] = (cls, fields, steps)
        # Now that the struct can be referred to: msgspec looks at them when it first reads.
        bound = self._bound(cls, given)
        annotations: dict[str, Any] = {}
        for at, item in enumerate(fields):
            variables = {**bound[_owner(cls, item.field, bound)], Self: struct}
            try:
                annotations[f"f{at}"] = self._type_of(item.type, variables)
            except _FieldError:
                raise
            except (TypeError, ValueError) as error:
                raise _FieldError(f"{cls.__name__}.{item.field}: {error}") from error
        struct.__annotations__ = annotations
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
_ENUMS_OF_MSGSPEC: Final = ({str}, {int})


def _owner(cls: Any, field: str, bound: Mapping[Any, Any]) -> Any:
    """The class, of those that a class is derived from, whose variables a field's type has."""
    if len(bound) == 1:
        return cls
    owners = (each for each in cls.__mro__ if field in getattr(each, "__annotations__", ()))
    return next((each for each in owners if each in bound), cls)


def _is_subclass(made: Any, cls: type) -> bool:
    """Whether a type is a class that is derived from this one."""
    return isinstance(made, type) and issubclass(made, cls)


def _unannotated(made: Any) -> Any:
    return made.__origin__ if get_origin(made) is Annotated else made


def _filled(schema: Any, unions: Mapping[str, list[Any]]) -> Any:
    """A schema with the members of the unions that are tried."""
    if is_object(schema):
        members = schema.get("anyOf")
        if isinstance(members, str):
            filled = [_filled(member, unions) for member in unions[members]]
            more = {key: value for key, value in schema.items() if key != "anyOf"}
            return {**(filled[0] if len(filled) == 1 else {"anyOf": filled}), **more}
        return {key: _filled(value, unions) for key, value in schema.items()}
    return [_filled(each, unions) for each in schema] if is_array(schema) else schema


def _description(cls: Any) -> str | None:
    """The text of a class; that which dataclasses make of their fields is none."""
    text: str | None = cls.__doc__
    return None if text and text.startswith(f"{cls.__name__}(") else text
