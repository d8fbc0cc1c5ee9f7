"""What a client imports on first use, imported in a thread: the loop serves others meanwhile.

aiohttp with its TLS contexts, attrs, cattrs and orjson take 150 ms and more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from concurrent.futures import Future
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from ._runtime.threads import run_blocking, shared_threads

if TYPE_CHECKING:
    from ._runtime.core import Resource

__all__ = ["load_all", "load_resources", "load_runtime"]

_EVERY_CALL = (
    "_runtime.limiter",
    "_runtime.transport",
    "_runtime.replies",
    "_runtime.pager",
    "analyze.models",  # of the client's own methods
)
_SOME_CALLS = (
    "_runtime.form_body",
    "_runtime.polling",
    "_runtime.raw_methods",
    "multipart_upload._service",
    "multipart_upload._engine.uploader",
)

_loaded = False
_loading: Future[None] | None = None


async def load_runtime() -> None:
    """Import what every call and the client's own methods need.

    Calls that begin meanwhile wait for the same import.
    """
    global _loading
    if _loaded:
        return
    loading = _loading
    if loading is None or loading.done():  # one that is done here has failed: try again
        _loading = loading = shared_threads().submit(_load)
    # A call that is cancelled does not take the import from the others.
    await asyncio.shield(asyncio.wrap_future(loading))


def _load() -> None:
    global _loaded
    _import(_EVERY_CALL)
    _loaded = True


async def load_all(client: Resource) -> None:
    """Import what any call of the client needs."""
    await load_runtime()
    await run_blocking(_load_all, client)


def _load_all(client: Resource) -> None:
    import_module("html.entities")  # an upload's redaction needs it
    _import(_SOME_CALLS)
    load_resources(client)


def _import(names: Iterable[str]) -> None:
    for name in names:
        import_module(f".{name}", __package__)


def load_resources(resource: object) -> None:
    """The resources below this one are made, which imports them and their models."""
    for cls in type(resource).__mro__:
        for name, attribute in vars(cls).items():
            if isinstance(attribute, cached_property):
                load_resources(getattr(resource, name))


def _after_fork() -> None:
    global _loading
    _loading = None  # its thread stayed in the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
