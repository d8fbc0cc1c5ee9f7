"""``/_sandbox/clock``: the sandbox's time, which its user may move."""

from __future__ import annotations

from typing import Any

from ..clock import timestamp
from .call import Asked, Calls, obj
from .checking import argument_errors

__all__ = ["calls"]

calls: Calls = Calls()
_REPLY = obj(
    {
        "time": {"type": "string", "format": "date-time"},
        "seconds": {"type": "number", "description": "Since the epoch."},
        "speed": {"type": "number"},
    },
    "time",
    "seconds",
    "speed",
)


@calls("GET", "/clock", "The time of the sandbox, and how fast it passes", reply=_REPLY)
async def show(asked: Asked) -> dict[str, Any]:
    """Show the clock."""
    clock = asked.sandbox.clock
    now = clock.now()
    return {"time": timestamp(now), "seconds": now, "speed": clock.speed}


@calls(
    "POST",
    "/clock",
    "Move the clock, or have it run at another speed",
    body=obj(
        {
            "set": {
                "type": ["string", "number"],
                "description": "An RFC 3339 time, or seconds since the epoch; not before its own.",
            },
            "advance": {
                "type": "number",
                "minimum": 0,
                "description": "Seconds to skip. Calls then wait for the work that is due by then.",
            },
            "speed": {
                "type": "number",
                "minimum": 0,
                "maximum": 1_000_000,
                "description": "Its seconds in a real one; at 0 it moves only when it is moved.",
            },
        },
        minProperties=1,
    ),
    reply=_REPLY,
)
async def change(asked: Asked) -> dict[str, Any]:
    """Change the clock; several changes are made in the order of the schema."""
    with argument_errors():
        asked.sandbox.clock.change(**asked.body)
    return await show(asked)
