"""The classes that users have for answers: of which kind they are, and what they refer to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from inspect import get_annotations
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

__all__ = [
    "has_fields",
    "is_named_tuple",
    "is_of_pydantic",
    "is_typed_dict",
    "is_unknown_to_pydantic",
    "parts",
    "type_hints",
]

_UNKNOWN_TO_PYDANTIC: Final = ("__attrs_attrs__", "__struct_fields__")
_FIELDS: Final = ("__dataclass_fields__", *_UNKNOWN_TO_PYDANTIC)
_PYDANTIC: Final = ("__pydantic_core_schema__", "__pydantic_validator__", "__pydantic_config__")


def has_fields(cls: Any) -> bool:
    """Whether this is a dataclass, an attrs class, a TypedDict, a NamedTuple or a struct."""
    return (
        is_typed_dict(cls)
        or is_named_tuple(cls)
        or (isinstance(cls, type) and any(hasattr(cls, name) for name in _FIELDS))
    )


def is_named_tuple(cls: Any) -> bool:
    """Whether this is a NamedTuple, or a class that `collections.namedtuple` made."""
    return hasattr(cls, "_field_defaults") and isinstance(cls, type) and issubclass(cls, tuple)


def is_typed_dict(cls: Any) -> bool:
    """Whether this is a TypedDict, of typing or of typing_extensions."""
    return isinstance(cls, type) and type(cls).__name__ == "_TypedDictMeta"


def type_hints(cls: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """The types of a class's fields; names that its module lacks may be those of known classes."""
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError:
        pass
    # Classes in a function, and before Python 3.13 the parameters of `class Box[T]`: each class
    # that this is derived from has its own.
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        own = {"__annotations__": get_annotations(base), "__module__": base.__module__}
        parameters = {each.__name__: each for each in getattr(base, "__type_params__", ())}
        names = {**known, **parameters}
        found |= get_type_hints(type("Own", (), own), localns=names, include_extras=True)
    return found


def is_of_pydantic(part: Any) -> bool:
    """Whether this is a class that pydantic reads, or a type or metadata of pydantic."""
    cls = part if isinstance(part, type) else type(part)
    return cls.__module__.partition(".")[0] == "pydantic" or any(
        hasattr(part, name) for name in _PYDANTIC
    )


def is_unknown_to_pydantic(part: Any) -> bool:
    """Whether pydantic does not read this: an attrs class, a struct, or metadata of msgspec."""
    if type(part).__module__.partition(".")[0] == "msgspec" and not isinstance(part, type):
        return True
    cls = get_origin(part) or part
    return isinstance(cls, type) and any(hasattr(cls, name) for name in _UNKNOWN_TO_PYDANTIC)


def parts(hint: Any) -> Iterator[Any]:
    """The classes that a type refers to and their metadata, as far as names can be resolved."""
    return _parts(hint, [], {})


def _parts(hint: Any, seen: list[Any], known: dict[str, Any]) -> Iterator[Any]:
    if get_origin(hint) is Annotated:
        yield from hint.__metadata__
        hint = hint.__origin__
    if hint in seen:
        return
    seen.append(hint)
    yield hint
    inner = [*get_args(hint)]
    if has_fields(cls := get_origin(hint) or hint):
        known.setdefault(cls.__name__, cls)
        with contextlib.suppress(NameError):
            inner += type_hints(cls, known).values()
    for each in inner:
        yield from _parts(each, seen, known)
