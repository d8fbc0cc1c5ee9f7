"""Web servers that hand out films, HLS playlists and what they name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

VOD = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n{}#EXT-X-ENDLIST\n"


@asynccontextmanager
async def served(*routes: web.RouteDef) -> AsyncGenerator[str]:
    """The address of a web server with these routes."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def origin(
    files: Mapping[str, str | bytes | Path], types: Mapping[str, str] | None = None
) -> AsyncGenerator[tuple[str, list[str]]]:
    """The address of a web server with these files, and the list of the paths that were asked."""
    asked: list[str] = []

    async def give(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        asked.append(name)
        if name not in files:
            raise web.HTTPNotFound
        content = files[name]
        headers = {"Content-Type": (types or {}).get(name, "application/octet-stream")}
        if isinstance(content, Path):
            return web.FileResponse(content, headers=headers)
        body = content.encode() if isinstance(content, str) else content
        return web.Response(body=body, headers=headers)

    async with served(web.get("/{name:.*}", give)) as url:
        yield url, asked


def files_of(folder: Path, under: str = "") -> dict[str, str | bytes | Path]:
    return {f"{under}{path.name}": path for path in folder.iterdir()}
