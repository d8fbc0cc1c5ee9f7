"""``/indexes/{index_id}/videos``: indexed assets under their older name."""

from __future__ import annotations

from aiohttp import web

from ...request import RequestContext
from ...routing import Routes
from .indexed_assets import LIST, RETRIEVE, UPDATE, delete, detail, page_of, show, update

__all__ = ["routes"]

routes: Routes = Routes()


@routes("GET", "/indexes/{index_id}/videos", query=LIST, any_query=True)
async def list_videos(ctx: RequestContext) -> web.Response:
    """A page of an index's videos."""
    return await page_of(ctx, show)


@routes("GET", "/indexes/{index_id}/videos/{video_id}", query=RETRIEVE, unknown_id=404)
async def retrieve_video(ctx: RequestContext) -> web.Response:
    """One video."""
    return await detail(ctx, show)


routes("PATCH", "/indexes/{index_id}/videos/{video_id}", json=UPDATE)(update)
routes("DELETE", "/indexes/{index_id}/videos/{video_id}")(delete)
