"""The table of an area's calls: what each takes, and who answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from aiohttp import web
from attrs import field, frozen

from .checks import Field, Fields
from .errors import Shape

__all__ = ["Handler", "Route", "Routes"]

# Called with the ``RequestContext``, whose module knows this one.
Handler = Callable[[Any], Awaitable[web.StreamResponse]]


@frozen(kw_only=True)
class Route:
    """A call of the API and what it takes. ``unknown_id`` is the status its documents have."""

    method: str
    path: str
    handler: Handler
    query: Fields = field(factory=dict[str, Field])
    any_query: bool = False
    json: Fields | None = None
    form: Fields | None = None
    files: Collection[str] = ()
    category: str | None = None
    shape: Shape = "flat"
    unknown_id: int = 400
    empty_429: bool = False


class Routes(list[Route]):
    """The calls of one area."""

    def __call__(self, method: str, path: str, **table: Any) -> Callable[[Handler], Handler]:
        """Make a function the handler of a call."""

        def register(handler: Handler) -> Handler:
            self.append(Route(method=method, path=path, handler=handler, **table))
            return handler

        return register
