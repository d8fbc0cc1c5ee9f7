"""``/_sandbox/health``: whether it serves."""

from __future__ import annotations

from typing import Any

from ..clock import timestamp
from .call import Asked, Calls, obj

__all__ = ["calls"]

calls: Calls = Calls()


@calls(
    "GET",
    "/health",
    "Whether the sandbox serves",
    open_to_all=True,
    reply=obj(
        {"status": {"const": "ok"}, "time": {"type": "string", "format": "date-time"}},
        "status",
        "time",
    ),
)
async def health(asked: Asked) -> dict[str, Any]:
    """Answer once it serves."""
    return {"status": "ok", "time": timestamp(asked.sandbox.clock.now())}
