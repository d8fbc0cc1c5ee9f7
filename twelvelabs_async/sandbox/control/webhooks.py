"""``/_sandbox/webhooks``: where events are sent."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..fault_checks import LONGEST_TEXT
from ..webhooks import LONGEST_URL
from .call import Asked, Calls, obj
from .checking import argument_errors

__all__ = ["calls"]

calls: Calls = Calls()
_TEXT = {"type": "string"}
_WEBHOOK = obj({"id": _TEXT, "url": _TEXT}, "id", "url")


@calls(
    "GET",
    "/webhooks",
    "The webhooks, without their secrets",
    reply=obj({"webhooks": {"type": "array", "items": _WEBHOOK}}, "webhooks"),
)
async def show(asked: Asked) -> dict[str, Any]:
    """Show all webhooks."""
    webhooks = asked.sandbox.repository.webhooks.webhooks.values()
    redact = asked.sandbox.requests.redact
    return {"webhooks": [{"id": each.id, "url": redact(each.url)} for each in webhooks]}


@calls(
    "POST",
    "/webhooks",
    "Send events to a URL of this machine from now on",
    body=obj(
        {
            "url": {"type": "string", "minLength": 1, "maxLength": LONGEST_URL},
            "secret": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_TEXT,
                "description": "It signs the events; one is made where none is given.",
            },
        },
        "url",
    ),
    reply=obj({"id": _TEXT, "url": _TEXT, "secret": _TEXT}, "id", "url", "secret"),
    status=201,
)
async def register(asked: Asked) -> dict[str, Any]:
    """Register a webhook."""
    with argument_errors():
        webhook = asked.sandbox.notifier.register(asked.body["url"], asked.body.get("secret"))
    return {"id": webhook.id, "url": webhook.url, "secret": webhook.secret}


@calls("DELETE", "/webhooks/{id}", "Send nothing more to a webhook", status=204)
async def delete(asked: Asked) -> web.Response:
    """Delete a webhook."""
    with argument_errors():
        asked.sandbox.notifier.forget(asked.request.match_info["id"])
    return web.Response(status=204)
