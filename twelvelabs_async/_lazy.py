"""Names that are imported on first use (PEP 562)."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module

__all__ = ["LazyModule", "lazy"]


class LazyModule:
    """A module of this package that is imported when a name of it is used.

    It stands in annotations, so that ``typing.get_type_hints`` resolves them though the module
    that has them does without the import.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        package = __package__ or __name__.partition(".")[0]
        value: object = getattr(import_module(f"{package}.{self._name}"), name)
        self.__dict__[name] = value
        return value


def lazy(
    module: str,
    names: Mapping[str, Sequence[str]],
    *,
    modules: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a module whose names are those of other modules.

    ``names`` gives, for each module of this package, the names that come from it; ``"A as B"`` has
    the name B here. ``modules`` are modules below this one that are attributes before anybody
    imports them. ``renamed`` gives the new name of each that has changed: the old one works for one
    release, with a DeprecationWarning. A class costs half a millisecond to make, and most programs
    use a few of the hundreds.
    """
    package = __package__ or __name__.partition(".")[0]
    origin: dict[str, tuple[str, str]] = {}
    for source, its in names.items():
        for name in its:
            there, _, here = name.partition(" as ")
            origin[here or there] = (source, there)
    below = frozenset(modules)
    old_names = renamed or {}
    namespace = sys.modules[module].__dict__

    def getattr_(name: str) -> object:
        if name in old_names:
            new = old_names[name]
            warnings.warn(f"{name} is now {new}", DeprecationWarning, stacklevel=2)
            return namespace[new] if new in namespace else getattr_(new)
        if name in origin:
            source, there = origin[name]
            value: object = getattr(import_module(f"{package}.{source}"), there)
        elif name in below:
            value = import_module(f"{module}.{name}")
        else:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        namespace[name] = value
        return value

    def dir_() -> list[str]:
        return sorted({*namespace, *origin, *below})

    return getattr_, dir_
