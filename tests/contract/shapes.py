"""JSON values that fit a type of ours, for Hypothesis, and the models that there are."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

import attrs
from hypothesis import strategies as st

from tools.areas import areas
from tools.generate_types import modules
from twelvelabs_async import types as public
from twelvelabs_async._runtime.model import Model, Tagged, Unknown, wire_fields

Json = Any
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=32)
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(timezones=st.just(UTC) | OFFSETS).map(
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def models() -> list[type[Model]]:
    """Every public model, those that share a name with another included."""
    found = {model for _, _, model in named_models()}
    return sorted(found, key=lambda model: (model.__module__, model.__name__))


def named_models() -> list[tuple[str, str, type[Model]]]:
    """Every public name of a model, with each area that it is in."""
    found: dict[tuple[str, str], type[Model]] = {}
    names: Any = public  # to a checker it has the public names alone
    for area in {*modules(), *names.NAMES}:
        module = import_module(f"twelvelabs_async.{area}")
        package = area if area in areas() else area.rpartition(".")[0]
        for name in module.__all__:
            if is_model(value := getattr(module, name)):
                found[package, name] = value
    return [
        (area, name, model)
        for (area, name), model in sorted(found.items(), key=lambda item: item[0])
    ]


def is_model(form: Any) -> bool:
    """Whether this is a concrete model's class."""
    return (
        isinstance(form, type)
        and issubclass(form, Model)
        and form not in (Model, Unknown)
        and not getattr(form, "__parameters__", ())
    )


@cache  # Hypothesis looks at each strategy once, and most models are parts of others
def values(form: Any) -> st.SearchStrategy[Json]:
    """JSON values of a type, as the service would send them."""
    if get_origin(form) is Annotated:
        tagged = [m for m in form.__metadata__ if isinstance(m, Tagged)]
        return values(get_args(form)[0]) if not tagged else _tagged(get_args(form)[0], tagged[0])
    origin, arguments = get_origin(form) or form, get_args(form)
    if origin in (Union, types.UnionType):
        members = [m for m in arguments if not is_typeddict(m) and not _is_unknown(m)]
        return st.one_of([values(m) for m in members])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (list, Sequence):
        return st.lists(values(arguments[0]), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(TEXT, values(arguments[1]), max_size=3)
    if isinstance(origin, type) and issubclass(origin, Model):
        free = getattr(origin, "__parameters__", ())
        return _object(origin, dict(zip(free, arguments, strict=False)))
    return {
        str: TEXT,
        int: st.integers(-(2**53), 2**53),
        float: NUMBER,
        bool: st.booleans(),
        datetime: TIMES,
        type(None): st.none(),
        Any: ANY,
        object: ANY,
    }[form]


def _is_unknown(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, Unknown)


def _object(model: type[Model], generics: Mapping[Any, Any]) -> st.SearchStrategy[Json]:
    fields = wire_fields(model)
    kinds = {f.wire: values(bound(f.type, generics)) for f in fields}
    given = {a.name for a in attrs.fields(model) if a.default is not None}
    wanted = {f.wire: kinds[f.wire] for f in fields if f.name in given}
    return st.fixed_dictionaries(
        wanted, optional={wire: kind for wire, kind in kinds.items() if wire not in wanted}
    )


def _tagged(union: Any, tagged: Tagged) -> st.SearchStrategy[Json]:
    # A member's tag has a default in Python; on the wire it is always there.
    members = [m for m in get_args(union) if not _is_unknown(m)]
    return st.one_of([_with_tag(member, tagged.tag) for member in members])


def _with_tag(member: Any, tag: str) -> st.SearchStrategy[Json]:
    kind = next(f.type for f in wire_fields(member) if f.wire == tag)
    return st.builds(lambda value, rest: {**rest, tag: value}, values(kind), values(member))


def bound(form: Any, generics: Mapping[Any, Any]) -> Any:
    """The type with the type variables of a generic class replaced."""
    if form in generics:
        return generics[form]
    free = getattr(form, "__parameters__", ())
    return form[tuple(generics[p] for p in free)] if free else form
