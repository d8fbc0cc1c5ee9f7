"""``/_sandbox/faults``: faults of requests, of jobs and of webhooks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, get_args

from aiohttp import web

from ..errors import ApiError, invalid
from ..fault_checks import LONGEST_TEXT, MOST
from ..faults import End, Fault
from ..job_faults import JOB_STATES, JobFault
from ..webhook_faults import WebhookFault, WebhookFaultKind
from .call import Asked, Calls, nullable, obj
from .checking import argument_errors

__all__ = ["LIST", "calls", "show_all"]

calls: Calls = Calls()
_TEXT: Final = {"type": "string", "maxLength": LONGEST_TEXT}
_TIMES: Final = {
    **nullable({"type": "integer", "minimum": 0, "maximum": MOST}),
    "default": 1,
    "description": "How many it applies to; null for all.",
}
_BASE64: Final = {"type": "string", "contentEncoding": "base64"}
_ADD: Final = {
    "method": nullable(_TEXT),
    "path": {
        **_TEXT,
        "default": ".*",
        "description": "A regular expression of the whole path, without /v1.3.",
    },
    "origin": {"type": "string", "enum": ["api", "storage"], "default": "api"},
    "nth": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 1},
    "times": _TIMES,
    "chance": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
    "after": {
        "type": "boolean",
        "default": False,
        "description": "Whether the call is carried out first.",
    },
    "delay": {
        "type": "number",
        "minimum": 0,
        "maximum": 86_400,
        "default": 0,
        "description": "Real seconds before anything comes back.",
    },
    "status": nullable({"type": "integer", "minimum": 200, "maximum": 599}),
    "body": {"description": "Text as it is, or any other JSON value as JSON."},
    "headers": {
        **nullable({"type": "object"}),
        "additionalProperties": {"type": "string"},
    },
    "end": {"type": "string", "enum": [*get_args(End)], "default": "reply"},
    "share": {**nullable({"type": "number", "minimum": 0, "maximum": 1}), "default": 0.5},
    "line": nullable({"type": "integer", "minimum": 0, "maximum": MOST}),
    "put": nullable({"type": "string"}),
}
_BYTES: Final = {"body_base64": _BASE64, "put_base64": _BASE64}
_KIND: Final = {"type": "string", "enum": [*JOB_STATES]}
_HOLD: Final = obj(
    {
        "kind": _KIND,
        "state": {
            "type": "string",
            "enum": sorted({state for states in JOB_STATES.values() for state in states}),
        },
        "custom_id": nullable(_TEXT),
        "times": _TIMES,
    },
    "kind",
    "state",
)
_FAIL: Final = obj(
    {
        "kind": _KIND,
        "code": nullable(_TEXT),
        "message": _TEXT,
        "custom_id": nullable(_TEXT),
        "times": _TIMES,
    },
    "kind",
)
_SPOIL: Final = obj(
    {
        "kind": {"type": "string", "enum": [*get_args(WebhookFaultKind)]},
        "event": nullable(_TEXT),
        "seconds": {"type": "number", "minimum": 0, "maximum": 366 * 86_400},
        "times": _TIMES,
    },
    "kind",
)
_OTHERS: Final = {"hold": _HOLD, "fail": _FAIL, "spoil_webhooks": _SPOIL}
_BODY: Final = obj(
    {**_ADD, **_BYTES, **_OTHERS},
    description="The keywords of `faults.add`, for a fault of requests; or one of `hold`, `fail` "
    "and `spoil_webhooks` with those of that method, for a fault of jobs or of webhooks.",
)
_SHOWN: Final = {"type": "object", "required": ["id", "type", "hits"]}
LIST: Final = obj({"faults": {"type": "array", "items": _SHOWN}}, "faults")


@calls("GET", "/faults", "The faults in wait", reply=LIST)
async def show_all(asked: Asked) -> dict[str, Any]:
    """Show all faults, and how often each was applied."""
    return {"faults": [_shown(each) for each in asked.sandbox.faults.all()]}


@calls("POST", "/faults", "Put a fault in wait", body=_BODY, reply=_SHOWN, status=201)
async def add(asked: Asked) -> dict[str, Any]:
    """Put a fault in wait, as the methods of ``sandbox.faults`` do."""
    faults, given = asked.sandbox.faults, dict(asked.body)
    methods: dict[str, Callable[..., Fault | JobFault | WebhookFault]] = {
        "hold": faults.hold,
        "fail": faults.fail,
        "spoil_webhooks": faults.spoil_webhooks,
    }
    other = next((name for name in given if name in methods), None)
    if other is not None and len(given) > 1:
        raise ApiError("parameter_invalid", f"The body must have nothing besides {other}.")
    with argument_errors():
        if other is not None:
            return _shown(methods[other](**given[other]))
        for name in _BYTES:
            if name in given:
                _decode(given, name)
        return _shown(faults.add(**given))


def _decode(given: dict[str, Any], name: str) -> None:
    plain = name.removesuffix("_base64")
    if plain in given:
        raise invalid(name, f"It cannot be given together with {plain}.")
    try:
        given[plain] = base64.b64decode(given.pop(name), validate=True)
    except (binascii.Error, ValueError):
        raise invalid(name, "It must be base64.") from None


@calls("DELETE", "/faults", "Remove all faults", status=204)
async def clear(asked: Asked) -> web.Response:
    """Remove all faults; what they hold continues."""
    asked.sandbox.faults.clear()
    return web.Response(status=204)


@calls("DELETE", "/faults/{id}", "Take one fault away", status=204)
async def remove(asked: Asked) -> web.Response:
    """Take one fault away; what it holds continues."""
    with argument_errors():
        asked.sandbox.faults.remove(asked.request.match_info["id"])
    return web.Response(status=204)


def _shown(fault: Fault | JobFault | WebhookFault) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": fault.id, "type": fault.id.partition("-")[0]}
    if isinstance(fault, WebhookFault):
        shown |= {"kind": fault.kind, "event": fault.event, "seconds": fault.seconds}
    elif isinstance(fault, JobFault):
        shown |= {"kind": fault.kind, "state": fault.state, "custom_id": fault.custom_id}
        if fault.error is not None:
            code, message = fault.error
            shown |= {"code": code, "message": message}
    else:
        shown |= {name: getattr(fault, name) for name in (*_ADD, "seen")}
        shown |= {"path": fault.path.text, "headers": dict(fault.headers)}
        shown |= {"body": _text(fault.body), "put": _text(fault.put)}
    return {**shown, "times": fault.times, "hits": fault.hits}


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace")
