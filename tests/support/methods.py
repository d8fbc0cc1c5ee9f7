"""The public methods of a client, by their way from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs

__all__ = ["METHODS"]


def _methods(thing: object, path: str = "client") -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(type(thing)):
        found = inspect.getattr_static(type(thing), name)
        if name.startswith("_"):
            continue
        if inspect.isfunction(found):
            yield f"{path}.{name}", found
        elif isinstance(found, cached_property):
            yield from _methods(getattr(thing, name), f"{path}.{name}")


METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    kind: dict(_methods(kind("key"))) for kind in (AsyncTwelveLabs, TwelveLabs)
}
"""The methods of each client, by names such as ``client.embed.v_2.tasks.create``."""
