"""The annotations of public methods, as frameworks that make tools or routes of them read them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import pytest

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs


def methods(thing: object, path: str = "client") -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(type(thing)):
        found = inspect.getattr_static(type(thing), name)
        if name.startswith("_"):
            continue
        if inspect.isfunction(found):
            yield f"{path}.{name}", found
        elif isinstance(found, cached_property):
            yield from methods(getattr(thing, name), f"{path}.{name}")


EVERY = {kind: dict(methods(kind("key"))) for kind in (AsyncTwelveLabs, TwelveLabs)}


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, found in EVERY.items() for path in found]
)
def test_the_annotations_of_a_method_resolve(kind: type, path: str) -> None:
    method = EVERY[kind][path]
    hints = typing.get_type_hints(method)
    annotated = inspect.signature(method).parameters.keys() - {"self"}
    assert hints.keys() == {*annotated, "return"}


def test_both_clients_have_the_same_methods() -> None:
    assert EVERY[AsyncTwelveLabs].keys() == EVERY[TwelveLabs].keys()
    assert len(EVERY[TwelveLabs]) > 100
