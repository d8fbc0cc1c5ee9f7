"""The areas of the client: the modules that have its methods, read from the client class itself.

A resource is an attribute of the client when `AsyncTwelveLabs`, or a resource of it, has a
`cached_property` whose annotation is the resource's class. What the blocking facade is generated
from, the table of types, the layers and the contract tests all come from here, so that a new area
is entered once: in `client.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .sync_source import Module, head, path_of

__all__ = ["CLIENT", "PACKAGE", "areas", "model_modules", "source"]

PACKAGE = Path(__file__).resolve().parents[1] / "twelvelabs_async"
CLIENT = "AsyncTwelveLabs"


@cache
def source(name: str) -> Module:
    """A module of the package, parsed."""
    path, is_package = path_of(PACKAGE, name)
    return Module(name, is_package, path.read_text("utf-8"))


@cache
def areas() -> tuple[str, ...]:
    """The modules of the client's resources, each after the one that it is an attribute of.

    The client's own methods come first.
    """
    return tuple(dict.fromkeys(_below("client", CLIENT)))


def _below(module: str, name: str) -> Iterator[str]:
    tree = source(module)
    (cls,) = (n for n in tree.tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    its_own = [base for base in cls.bases if head(base) != "Resource"] if name == CLIENT else []
    attributes = [
        item.returns
        for item in cls.body
        if isinstance(item, ast.FunctionDef)
        and item.returns is not None
        and "cached_property" in map(tree.source, item.decorator_list)
    ]
    for annotation in [*its_own, *attributes]:
        where, original = tree.origins[head(annotation)]
        yield where[1:]
        yield from _below(where[1:], original)


def model_modules(area: str) -> list[str]:
    """The modules of an area's models: ``models``, and what its package takes all names of."""
    found = source(area)
    if not found.is_package:
        return []
    modules = [star[1:] for star in found.stars]
    models = f"{area}.models"
    if models not in modules and PACKAGE.joinpath(*models.split(".")).with_suffix(".py").is_file():
        modules.append(models)
    return modules
