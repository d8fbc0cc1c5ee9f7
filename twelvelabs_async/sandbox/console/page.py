"""Serves the page, and the pictures and films that it shows, on the API's origin."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from ..context import CONTEXT
from ..control.access import check_access
from ..errors import ApiError
from ..records import Item

__all__ = ["add_page"]

_FILES: Final = {
    "": ("index.html", "text/html"),
    "console.css": ("console.css", "text/css"),
    "console.js": ("console.js", "text/javascript"),
    "clips.js": ("clips.js", "text/javascript"),
    "dom.js": ("dom.js", "text/javascript"),
}
# Nothing but the page's own files runs, and no other site shows it in a frame.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_page(app: web.Application) -> None:
    """Have the application serve the page below its own path."""
    app.router.add_get("", _to_page)
    for path, (name, kind) in _FILES.items():
        app.router.add_get(f"/{path}", _file(name, kind))
    app.router.add_get("/thumbnails/{item_id}/{at}.jpg", _thumbnail)
    app.router.add_get("/films/{item_id}", _film)


async def _to_page(request: web.Request) -> web.StreamResponse:
    """A redirect to the page, whose files are named relative to the path with its last slash."""
    check_access(request.app[CONTEXT], request, open_to_all=False, is_page=True)
    return web.Response(status=308, headers={"Location": "_sandbox/"})


def _file(name: str, kind: str) -> _Handler:
    body = Path(__file__).with_name(name).read_bytes()

    async def handle(request: web.Request) -> web.StreamResponse:
        check_access(request.app[CONTEXT], request, open_to_all=False, is_page=True)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)

    return handle


async def _content(request: web.Request) -> str:
    """The key of the content that a path names by a film or an asset."""
    sandbox = request.app[CONTEXT]
    check_access(sandbox, request, open_to_all=False)
    item_id = request.match_info["item_id"]
    item: Item | None = sandbox.repository.video(item_id) or sandbox.repository.assets.get(item_id)
    if item is not None:
        await sandbox.lifecycle.settle(item)
    if item is None or item.key is None or item.key not in sandbox.repository.users:
        raise ApiError("not_found", "There is no film with this id.", 404)
    return item.key


async def _thumbnail(request: web.Request) -> web.StreamResponse:
    key = await _content(request)
    at = 0.0
    with contextlib.suppress(ValueError):
        at = float(request.match_info["at"])
    if not 0 <= at < 1e6:  # neither does nan
        raise ApiError("not_found", "There is no frame at this time.", 404)
    picture = await request.app[CONTEXT].jobs.picture(key, at)
    return web.Response(
        body=picture, content_type="image/jpeg", headers={"Cache-Control": "max-age=3600"}
    )


async def _film(request: web.Request) -> web.StreamResponse:
    """The stored file, or a range of it."""
    sandbox = request.app[CONTEXT]
    key = await _content(request)
    kind = "application/octet-stream"
    for asset in sandbox.repository.assets.values():
        if asset.key == key:
            kind = asset.file_type
            break
    path = sandbox.blobs.path(key)
    if not await sandbox.blobs.disk(path.is_file):
        raise ApiError("not_found", "There is no film with this id.", 404)
    # What a user sent is shown as nothing that could run.
    if kind.partition("/")[0] not in ("video", "audio", "image"):
        kind = "application/octet-stream"
    return web.FileResponse(
        path, headers={"Content-Type": kind, **_HEADERS, "Cache-Control": "private"}
    )
