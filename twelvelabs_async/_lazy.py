"""Names that are imported when they are first asked for (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__all__ = ["lazy"]


def lazy(
    module: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a module whose names are those of other modules.

    ``names`` gives, for each module of this package, the names that come from it. A class costs
    half a millisecond to make, and most programs use a few of the hundreds.
    """
    package = __package__ or __name__.partition(".")[0]
    origin = {name: source for source, its in names.items() for name in its}
    here = sys.modules[module].__dict__

    def getattr_(name: str) -> object:
        source = origin.get(name)
        if source is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        value: object = getattr(import_module(f"{package}.{source}"), name)
        here[name] = value
        return value

    def dir_() -> list[str]:
        return sorted({*here, *origin})

    return getattr_, dir_
