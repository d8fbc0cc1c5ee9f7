"""``/_sandbox/reset``: everything as at the start."""

from __future__ import annotations

from aiohttp import web

from .call import Asked, Calls, obj

__all__ = ["calls"]

calls: Calls = Calls()


@calls(
    "POST",
    "/reset",
    "Forget everything that was made, set or recorded",
    body=obj({}),
    optional_body=True,
    status=204,
)
async def reset(asked: Asked) -> web.Response:
    """Be as at the start; calls that are being answered are cut off."""
    await asked.sandbox.reset()
    return web.Response(status=204)
