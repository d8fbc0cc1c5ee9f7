"""A web service that streams what the API writes about a video, as it is written.

    TWELVE_LABS_API_KEY=... python examples/web_service.py
    curl -N 'http://localhost:8080/assets/ASSET_ID/describe?prompt=What+happens?'

One client serves all requests: its connections are opened once and closed at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from twelvelabs_async import ApiError, AsyncTwelveLabs, StreamError

CLIENT = web.AppKey("client", AsyncTwelveLabs)


async def describe(request: web.Request) -> web.StreamResponse:
    """Stream a text about the video; a browser shows it as it comes."""
    prompt = request.query.get("prompt", "Describe the video.")
    stream = request.app[CLIENT].analyze_stream(
        model_name="pegasus1.6",
        video={"type": "asset_id", "asset_id": request.match_info["asset_id"]},
        prompt=prompt,
    )
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    try:
        # Opened first: what the API refuses becomes a status, and not a broken reply.
        async with stream:
            await response.prepare(request)
            async for event in stream:
                if event.event_type == "text_generation" and event.text:
                    await response.write(event.text.encode())
            await response.write_eof()
    except StreamError as error:
        # The reply has started: HTTP can only report a failure by closing it early.
        request.app.logger.warning("the stream broke off after %d events", len(error.events))
        if request.transport is not None:
            request.transport.close()
    except ApiError as error:
        return web.json_response({"error": error.message}, status=error.status_code or 502)
    return response


async def the_client(app: web.Application) -> AsyncIterator[None]:
    """Open the client with the service, and close it with the service."""
    async with AsyncTwelveLabs() as client:
        app[CLIENT] = client
        yield


def make_app() -> web.Application:
    """The service."""
    app = web.Application()
    app.cleanup_ctx.append(the_client)
    app.router.add_get("/assets/{asset_id}/describe", describe)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), port=8080)
