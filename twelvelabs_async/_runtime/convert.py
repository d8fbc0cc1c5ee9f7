"""JSON to models: the one cattrs converter.

What differs from cattrs' own rules, each to be stricter or faster:

* scalars are strict: cattrs calls ``str(None)`` and ``int(3.7)``; here both are DecodeErrors;
* Optional, lists, dicts of Any and vectors have hooks of their own, which do not dispatch a value
  at a time, and pass through what needs no change;
* each class of models gets a generated function (fields set one by one, no ``__init__``); what
  does not fit there goes through plain steps, field by field, which say why;
* a value of the wrong type is named by its JSON path;
* unknown fields stay reachable (`Model.extra`), unknown tags become the union's Unknown… member.
"""

from __future__ import annotations

import types
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import attrs
import orjson
from cattrs import Converter

from ..errors import DecodeError
from .json_values import without_bom
from .model import Model, Tagged, Unknown, is_model, wire_fields

__all__ = [
    "TypeForm",
    "bound_type",
    "by_tag",
    "field_by_field",
    "hook",
    "loads",
    "structure",
]

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
_SCALARS = (str, int, float, bool)
_DEEPEST = 3  # levels of models in one function
_MISSING = object()


class TypeForm(Generic[T]):
    """A type that ``type[T]`` cannot say, such as a union: ``TypeForm[A | B](A | B)``."""

    __slots__ = ("form",)

    def __init__(self, form: object) -> None:
        self.form: object = form

    # By the type: hooks are kept by it, and a method makes a new one of these for each call.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeForm) and self.form == other.form

    def __hash__(self) -> int:
        return hash(self.form)


class Mismatch(ValueError):  # noqa: N818  # no error yet: it gathers its path on the way up
    """A value of the wrong type, and its path, innermost step first."""

    def __init__(self, expected: str, value: object, *steps: str | int) -> None:
        self.expected = expected
        self.found = "null" if value is None else type(value).__name__
        self.steps: list[str | int] = list(steps)
        super().__init__(expected)

    @property
    def path(self) -> str:
        """The JSON path, such as ``$.data[3].start``."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps[::-1])
        return "$" + "".join(parts)


def loads(
    body: bytes | bytearray, status_code: int | None = None, *, what: str = "the reply"
) -> Any:
    """The JSON value of a body; DecodeError, which names `what` it is, when it is not JSON."""
    try:
        return orjson.loads(without_bom(body))
    except ValueError as error:
        # The exception, which holds the whole body, is not to be the context of ours.
        problem = f"{what} is not JSON ({error})"
    raise DecodeError(problem if body else f"{what} is empty", status_code=status_code)


def structure(into: type[T] | TypeForm[T], value: Any, status_code: int | None = None) -> T:
    """The model of a JSON value; DecodeError, with the JSON path, when it does not fit."""
    try:
        return cast("T", hook(into)(value, None))
    except Mismatch as error:
        raise DecodeError(
            f"expected {error.expected} at {error.path}, found {error.found}",
            path=error.path,
            status_code=status_code,
        ) from None


_hooks: dict[object, Hook] = {}


def hook(into: object) -> Hook:
    """The function that structures values of a type; made on first use."""
    # By the form itself: a TypeForm is made for each call, and would leave an entry each time.
    form: Any = into.form if isinstance(into, TypeForm) else into
    # A dict of ours before cattrs' dispatch: one look-up, where that makes several.
    found = _hooks.get(form)
    if found is None:
        found = _hooks[form] = converter.get_structure_hook(form)
    return found


def _scalar(kind: type) -> Hook:
    name = {str: "str", int: "int", float: "float", bool: "bool"}[kind]

    def strict(value: Any, _: Any) -> Any:
        if value.__class__ is kind:
            return value
        if kind is float and value.__class__ is int:
            return float(value)
        raise Mismatch(name, value)

    return strict


def _datetime(value: Any, _: Any) -> datetime:
    if value.__class__ is str:
        try:
            # RFC 3339 allows its T and Z in lower case, and fromisoformat does not.
            return datetime.fromisoformat(value.upper())
        except ValueError:
            pass
    raise Mismatch("an RFC 3339 time", value)


def _as_it_is(value: Any, _: Any) -> Any:
    return value


def _strip(form: Any) -> Any:
    return get_args(form)[0] if get_origin(form) is Annotated else form


def _members(form: Any) -> tuple[Any, ...] | None:
    form = _strip(form)
    return get_args(form) if get_origin(form) in (Union, types.UnionType) else None


def _is_open_literal(form: Any) -> bool:
    """Whether this is Literal[...] or Literal[...] | str: any value of the type will do."""
    members = _members(form) or (form,)
    return all(m is str or get_origin(_strip(m)) is Literal for m in members)


def _literal(form: Any) -> Hook:
    kinds: set[type] = {
        type(value)
        for member in _members(form) or (form,)
        if get_origin(_strip(member)) is Literal
        for value in get_args(_strip(member))
    }
    return _scalar(kinds.pop() if len(kinds) == 1 else str)


def _optional(form: Any) -> Hook:
    members = tuple(m for m in cast("tuple[Any, ...]", _members(form)) if m is not type(None))
    inner = hook(Union[members])  # noqa: UP007  # members are values here

    def optional(value: Any, _: Any) -> Any:
        return None if value is None else inner(value, None)

    return optional


def _scalar_union(form: Any) -> Hook:
    members = cast("tuple[Any, ...]", _members(form))
    allowed: set[Any] = {*members, int} if float in members else {*members}
    expected = " or ".join(m.__name__ for m in members)

    def scalar_union(value: Any, _: Any) -> Any:
        if value.__class__ not in allowed:
            raise Mismatch(expected, value)
        return value

    return scalar_union


def _shape_union(form: Any) -> Hook:
    """A union without a tag: the first member that the value fits, the richest models first."""
    members = cast("tuple[Any, ...]", _members(form))
    hooks = [hook(member) for member in members]
    expected = " or ".join(getattr(m, "__name__", str(m)) for m in members)

    def shape_union(value: Any, _: Any) -> Any:
        for structure_member in hooks:
            try:
                return structure_member(value, None)
            except Mismatch:
                continue
        raise Mismatch(expected, value)

    return shape_union


def by_tag(into: object) -> tuple[str, Mapping[str, Hook], Hook | None]:
    """The tag of a tagged union, the hook for each of its values, and the one for all others."""
    form: Any = into.form if isinstance(into, TypeForm) else into
    tag = next(m.tag for m in form.__metadata__ if isinstance(m, Tagged))
    by_value: dict[str, Hook] = {}
    unknown: Hook | None = None
    for member in cast("tuple[Any, ...]", _members(form)):
        if issubclass(member, Unknown):
            unknown = hook(member)
            continue
        kind = next(f.type for f in wire_fields(member) if f.wire == tag)
        by_value.update((value, hook(member)) for value in get_args(kind))
    return tag, by_value, unknown


def _tagged(form: Any) -> Hook:
    tag, by_value, unknown = by_tag(form)

    def tagged(value: Any, _: Any) -> Any:
        if value.__class__ is not dict:
            raise Mismatch("an object", value)
        name = value.get(tag)
        found = (by_value.get(name) if name.__class__ is str else None) or unknown
        if found is None:
            raise Mismatch(f"one of {sorted(by_value)}", name, tag)
        return found(value, None)

    return tagged


def _list(form: Any) -> Hook:
    (item,) = get_args(form)
    if item is Any or item is float:  # a vector: millions of numbers, already numbers

        def vector(value: Any, _: Any) -> Any:
            if value.__class__ is not list and value.__class__ is not array:
                raise Mismatch("an array", value)
            return value

        return vector
    inner = hook(item)

    def rows(value: Any, _: Any) -> Any:
        if value.__class__ is not list:
            raise Mismatch("an array", value)
        made: list[Any] = []
        try:
            for row in value:
                made.append(inner(row, None))  # noqa: PERF401  # its length says which row failed
        except Mismatch as error:
            error.steps.append(len(made))
            raise
        return made

    return rows


def _dict(form: Any) -> Hook:
    _, item = get_args(form) or (str, Any)
    if item is Any or item is object:

        def anything(value: Any, _: Any) -> Any:
            if value.__class__ is not dict:
                raise Mismatch("an object", value)
            return value

        return anything
    inner = hook(item)

    def mapping(value: Any, _: Any) -> Any:
        if value.__class__ is not dict:
            raise Mismatch("an object", value)
        result: dict[str, Any] = {}
        for key, entry in value.items():
            try:
                result[key] = inner(entry, None)
            except Mismatch as error:
                error.steps.append(key)
                raise
        return result

    return mapping


_MISFIT = " except (KeyError, TypeError, ValueError): pass"
_LEAVE = "return whole(o0, None)"


def _model(form: Any) -> Hook:
    """Writes the function that makes one class of models from a dict, and compiles it.

    It has no words for what does not fit: then the whole value is looked at again, field by field.
    """
    scope: dict[str, Any] = {"whole": field_by_field(form)}
    body = (f"  {line}" for line in _object(form, scope, 0, ()))
    lines = ["def model(o0, _):", " try:", *body, "  return s0", _MISFIT, f" {_LEAVE}"]
    exec("\n".join(lines), scope)  # noqa: S102  # our own text: names of fields, no input
    return cast("Hook", scope["model"])


def field_by_field(form: Any) -> Hook:
    """Makes a model in plain steps; Mismatch says which field does not fit."""
    cls: type[Model] = get_origin(form) or form
    generics = dict(zip(getattr(cls, "__parameters__", ()), get_args(form), strict=False))
    defaults = {a.name: a.default for a in attrs.fields(cls)}

    def whole(value: Any, _: Any) -> Any:
        if value.__class__ is not dict:
            raise Mismatch("an object", value)
        made: Any = object.__new__(cls)
        made.__raw__ = value
        for name in defaults:
            if name[0] == "_":  # not on the wire, such as where a page leads
                setattr(made, name, None)
        for name, wire, kind, required in wire_fields(cls):
            if required and wire not in value:
                raise Mismatch("a value", None, wire)
            found, default = value.get(wire), defaults[name]
            if wire not in value or (found is None and _makes_list(default)):
                factory = getattr(default, "factory", None)
                found = default if factory is None else factory()
            else:
                try:
                    found = hook(_bound(kind, generics))(found, None)
                except Mismatch as error:
                    error.steps.append(wire)
                    raise
            setattr(made, name, found)
        return made

    return whole


def _makes_list(default: object) -> bool:
    """Whether the default is an empty list, which services written in Go send as null."""
    made_by = getattr(default, "factory", None)
    return (get_origin(made_by) or made_by) is list  # `list[T]` too


def _object(form: Any, scope: dict[str, Any], depth: int, above: Sequence[Any]) -> list[str]:
    """The lines that make a model `s…` from the value `o…`, the dots being how deep it lies."""
    cls: type[Model] = get_origin(form) or form
    generics = dict(zip(getattr(cls, "__parameters__", ()), get_args(form), strict=False))
    defaults = {a.name: a.default for a in attrs.fields(cls)}
    made, raw = f"s{depth}", f"o{depth}"
    lines = [
        f"if type({raw}) is not dict: {_LEAVE}",
        f"{made} = {_kept(scope, partial(object.__new__, cls))}(); {made}.__raw__ = {raw}",
        # What is not on the wire, such as where a page leads.
        *(f"{made}.{name} = None" for name in defaults if name[0] == "_"),
    ]
    for name, wire, kind, required in wire_fields(cls):
        default = defaults[name]
        field = _field(_bound(kind, generics), scope, depth, (*above, cls))
        if required:
            lines += [f"v = {raw}[{wire!r}]", *field]
        elif default is None:  # one look-up: `in` and then the value would be two
            lines += [f"v = {raw}.get({wire!r})", *field]
        else:
            factory = getattr(default, "factory", None)
            made_anew = f"{_kept(scope, factory or default)}{'()' if factory else ''}"
            absent = "None" if _makes_list(default) else _kept(scope, _MISSING)
            lines += [
                f"v = {raw}.get({wire!r}, {absent})",
                f"if v is {absent}: v = {made_anew}",
                "else:",
                *(f" {line}" for line in field or ["pass"]),
            ]
        lines.append(f"{made}.{name} = v")
    return lines


def _bound(kind: Any, generics: Mapping[Any, Any]) -> Any:
    """The type of a field, without what is noted beside it other than the tag of a union."""
    return bound_type(kind if _is_tagged(kind) else _strip(kind), generics)


def _kept(scope: dict[str, Any], value: object) -> str:
    """The name under which a generated function finds a value."""
    name = f"k{len(scope)}"
    scope[name] = value
    return name


def _field(form: Any, scope: dict[str, Any], depth: int, above: Sequence[Any]) -> list[str]:
    """The lines that check the value `v` of one field, and structure it where there is need."""
    form, nullable = _without_none(form)
    given = " and v is not None" if nullable else ""
    scalar = form if form in _SCALARS else str if _is_open_str(form) else None
    if form is Any or form is object:
        return []
    if scalar is float:
        # JSON has one kind of number: 5 may stand for 5.0.
        return [
            f"if type(v) is not float{given}:",
            f" if type(v) is not int: {_LEAVE}",
            " v = float(v)",
        ]
    if scalar is not None:
        return [f"if type(v) is not {scalar.__name__}{given}: {_LEAVE}"]
    lines = _compound(form, scope, depth, above)
    return ["if v is not None:", *(f" {line}" for line in lines)] if nullable else lines


def _compound(form: Any, scope: dict[str, Any], depth: int, above: Sequence[Any]) -> list[str]:
    """The lines for a value that is not a scalar, and not None.

    Models are made within the function of the model that has them, since a call costs a sixth of
    making one; but not without end, and no model within itself.
    """
    below = depth + 1

    def is_inlined(item: Any) -> bool:
        return is_model(item) and depth < _DEEPEST and (get_origin(item) or item) not in above

    if form is datetime:
        return [f"v = {_kept(scope, datetime.fromisoformat)}(v)"]
    if is_inlined(form):
        return [f"o{below} = v", *_object(form, scope, below, above), f"v = s{below}"]
    item = _strip(get_args(form)[0]) if get_origin(form) is list else None
    if item is not None and is_model(item):
        if is_inlined(item):
            making, row = _object(item, scope, below, above), f"s{below}"
        else:
            making, row = [], f"{_late(item, scope)}(o{below}, None)"
        return [
            f"if type(v) is not list: {_LEAVE}",
            f"rows{depth} = []",
            f"for o{below} in v:",
            *(f" {line}" for line in making),
            f" rows{depth}.append({row})",
            f"v = rows{depth}",
        ]
    if item is str or item is int or (item is not None and _is_open_str(item)):
        return [
            f"if type(v) is not list: {_LEAVE}",
            "for x in v:",
            f" if type(x) is not {'int' if item is int else 'str'}: {_LEAVE}",
        ]
    return [f"v = {_late(form, scope)}(v, None)"]


def bound_type(form: Any, generics: Mapping[Any, Any]) -> Any:
    """The type with the class's type variables replaced: list[T] of Page[Index] is list[Index]."""
    if form in generics:
        return generics[form]
    free = getattr(form, "__parameters__", ())
    return form[tuple(generics.get(p, Any) for p in free)] if free else form


def _without_none(form: Any) -> tuple[Any, bool]:
    # The tag of a union stays with it, so only the members below Annotated are replaced.
    members = _members(form)
    if members is None or type(None) not in members:
        return form, form is type(None)
    rest = tuple(m for m in members if m is not type(None))
    return (rest[0] if len(rest) == 1 else Union[rest]), True  # noqa: UP007  # of any number


def _is_open_str(form: Any) -> bool:
    values = [v for m in (_members(form) or (form,)) for v in get_args(_strip(m))]
    return _is_open_literal(form) and all(isinstance(v, str) for v in values)


def _late(form: Any, scope: dict[str, Any]) -> str:
    """The name of a type's hook, which is looked up at its first value: models may hold each other.

    It then takes the place of what looks it up.
    """

    def late(value: Any, _: Any) -> Any:
        scope[name] = hook(form)
        return scope[name](value, None)

    name = _kept(scope, late)
    return name


def _is_tagged(form: Any) -> bool:
    return any(isinstance(m, Tagged) for m in getattr(form, "__metadata__", ()))


def _has_none(form: Any) -> bool:
    members = _members(form)
    return members is not None and type(None) in members


def _is_scalar_union(form: Any) -> bool:
    members = _members(form)
    return members is not None and all(m in _SCALARS for m in members)


def make_converter() -> Converter:
    """A cattrs converter with the rules of this module."""
    made = Converter(detailed_validation=False, prefer_attrib_converters=False)
    # The last registered is asked first.
    factories: Sequence[tuple[Callable[[Any], bool], Callable[[Any], Hook]]] = (
        (lambda form: _members(form) is not None, _shape_union),
        (_is_scalar_union, _scalar_union),
        (_is_open_literal, _literal),
        (_has_none, _optional),
        (lambda form: get_origin(form) is list, _list),
        (lambda form: (get_origin(form) or form) in (dict, Mapping), _dict),
        (is_model, _model),
        (lambda form: get_origin(form) is Annotated, lambda form: hook(_strip(form))),
        (_is_tagged, _tagged),
    )
    for matches, factory in factories:
        made.register_structure_hook_factory(matches, factory)
    # Not by a factory: cattrs asks its own hooks for the plain types first.
    for kind in _SCALARS:
        made.register_structure_hook(kind, _scalar(kind))
    made.register_structure_hook(datetime, _datetime)
    made.register_structure_hook_func(lambda form: form is Any or form is object, _as_it_is)
    return made


converter = make_converter()
