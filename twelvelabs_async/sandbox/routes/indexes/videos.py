"""``/indexes/{index_id}/videos``: indexed assets under their older name."""

from __future__ import annotations

from aiohttp import web

from ... import paging
from ...request import RequestContext
from ...routing import Routes
from .indexed_assets import LIST, RETRIEVE, UPDATE, delete, detail, passing, show, update

__all__ = ["routes"]

routes = Routes()


@routes("GET", "/indexes/{index_id}/videos", query=LIST, any_query=True)
async def list_videos(ctx: RequestContext) -> web.Response:
    """A page of an index's videos."""
    videos = ctx.sandbox.repository.videos[ctx.index().id]
    return await paging.page(
        ctx,
        videos.values(),
        lambda video: show(ctx, video),
        keep=passing(ctx),
        sort=paging.ordered(ctx),
    )


@routes("GET", "/indexes/{index_id}/videos/{video_id}", query=RETRIEVE, unknown_id=404)
async def retrieve_video(ctx: RequestContext) -> web.Response:
    """One video."""
    return await detail(ctx, show)


routes("PATCH", "/indexes/{index_id}/videos/{video_id}", json=UPDATE)(update)
routes("DELETE", "/indexes/{index_id}/videos/{video_id}")(delete)
