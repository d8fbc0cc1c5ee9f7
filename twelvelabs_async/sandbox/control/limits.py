"""``/_sandbox/limits``: rate limits by category."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from ..limits import CATEGORIES, Limit
from .call import Asked, Calls, Schema, nullable, obj
from .checking import argument_errors

__all__ = ["REPLY", "calls", "show"]

calls: Calls = Calls()
_LIMIT = {
    "requests": {"type": "integer", "minimum": 0, "maximum": 10**9},
    "window": {
        "type": "number",
        "minimum": 0.001,
        "maximum": 10 * 366 * 86_400,
        "default": 60,
        "description": "Seconds, from the first request that counts.",
    },
    "retry_after": {
        "type": "boolean",
        "default": True,
        "description": "Whether a 429 has the header Retry-After.",
    },
    "body": {
        **nullable({"type": "string", "enum": ["empty", "flat", "nested"]}),
        "default": None,
        "description": "What a 429 says; null for what the call documents.",
    },
}


def _by_category(schema: Schema) -> Schema:
    names = {"enum": [*CATEGORIES]}
    return {"type": "object", "propertyNames": names, "additionalProperties": schema}


_BODY = _by_category(obj(_LIMIT, "requests"))
_USE = {"used": {"type": "integer", "description": "In the window that runs, or ran last."}}
REPLY = _by_category(obj({**_LIMIT, **_USE}, *_LIMIT, *_USE))
_SHOWN = (*_LIMIT, *_USE)


def _shown(limit: Limit) -> dict[str, Any]:
    return {name: value for name, value in asdict(limit).items() if name in _SHOWN}


@calls("GET", "/limits", "The limits in force, by category", reply=REPLY)
async def show(asked: Asked) -> dict[str, Any]:
    """Show all limits."""
    return {name: _shown(limit) for name, limit in asked.sandbox.limits.all().items()}


@calls(
    "PUT",
    "/limits",
    "Set these limits and lift all others; {} lifts all",
    body=_BODY,
    reply=REPLY,
)
async def put(asked: Asked) -> dict[str, Any]:
    """Replace all limits."""
    with argument_errors():
        asked.sandbox.limits.set(asked.body)
    return await show(asked)
