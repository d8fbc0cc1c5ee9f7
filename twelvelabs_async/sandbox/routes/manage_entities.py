"""``/entities``: the entities of all collections."""

from __future__ import annotations

from aiohttp import web

from ..request import RequestContext
from ..routing import Routes
from .entity_collections import LIST
from .entity_collections.entities import STATUS, page_of

__all__ = ["routes"]

routes: Routes = Routes()


@routes("GET", "/entities", query={**LIST, **STATUS})
async def list_all(ctx: RequestContext) -> web.Response:
    """A page of the entities of all collections."""
    return await page_of(ctx, ctx.sandbox.repository.entities, everywhere=True)
