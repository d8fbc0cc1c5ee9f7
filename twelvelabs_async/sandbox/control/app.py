"""Serves the control calls as an application below the API's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from ..console import overview
from ..console.page import add_page
from ..context import CONTEXT, SandboxContext
from ..errors import ApiError, error_body
from ..refusals import refusal_of
from ..request import json_response
from ..server_log import log_access
from . import (
    answers,
    clock,
    faults,
    health,
    limits,
    requests,
    reset,
    seed,
    settings,
    webhooks,
)
from .access import check_access, is_local
from .call import Asked, Call
from .checking import read_body, read_query
from .openapi import document

__all__ = ["CALLS", "CONTROL_PATH", "control_app", "is_control"]

CONTROL_PATH: Final = "/_sandbox"


def is_control(path: str) -> bool:
    """Whether a path is one of the control calls, and not of the API."""
    return path == CONTROL_PATH or path.startswith(f"{CONTROL_PATH}/")


CALLS: Final[list[Call]] = [
    *health.calls,
    *reset.calls,
    *seed.calls,
    *settings.calls,
    *webhooks.calls,
    *faults.calls,
    *limits.calls,
    *clock.calls,
    *answers.calls,
    *requests.calls,
    *overview.calls,
]
"""All calls; a new subject is a module and a line here."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def control_app(sandbox: SandboxContext) -> web.Application:
    """The application that serves ``/_sandbox/``."""
    app = web.Application(middlewares=[_middleware])
    app[CONTEXT] = sandbox
    for call in CALLS:
        for method in ("GET", "HEAD") if call.method == "GET" else (call.method,):
            app.router.add_route(method, call.path, _served(call))
    app.router.add_get("/schema", _schema)
    add_page(app)
    return app


def _served(call: Call) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        sandbox = request.app[CONTEXT]
        check_access(sandbox, request, open_to_all=call.open_to_all)
        asked = Asked(
            sandbox=sandbox,
            request=request,
            local=is_local(request),
            query=read_query(request, call.query),
            body=await read_body(request, call),
        )
        await sandbox.persist_earlier()
        found = await call.handler(asked)
        if isinstance(found, web.StreamResponse):
            return found
        await sandbox.persist()
        return json_response(found, call.status, {"Cache-Control": "no-store"})

    return handle


async def _schema(request: web.Request) -> web.Response:
    check_access(request.app[CONTEXT], request, open_to_all=False)
    return json_response(document(CALLS, CONTROL_PATH))


@web.middleware
async def _middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
    response: web.StreamResponse | None = None
    begun = time.monotonic()
    try:
        response = await _answer(request, handler)
        return response
    finally:
        if request.path != f"{CONTROL_PATH}/overview":  # the page asks for it each second
            status = 0 if response is None else response.status
            redact = request.app[CONTEXT].requests.redact
            log_access(request, status, time.monotonic() - begun, redact)


async def _answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
    allowed: dict[str, str] = {}
    try:
        return await handler(request)
    except web.HTTPException as error:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status, "parameter_invalid")
        refusal = ApiError(code, error.reason, error.status)
        allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    except web.RequestPayloadError:
        refusal = ApiError("parameter_invalid", "The body cannot be decoded.")
    except Exception as error:  # a fault of the sandbox's own, too: its client gets a 500
        refusal = refusal_of(error, f"{request.method} {request.path}")
    body = error_body(refusal, "flat", "")
    body.pop("docs_url", None)
    return json_response(body, refusal.status, allowed)
