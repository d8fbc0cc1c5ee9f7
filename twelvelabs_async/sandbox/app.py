"""The API's origin: finds the call, checks the key, keeps the limits, and words the refusals."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Iterable

import orjson
from aiohttp import web

from .addresses import note_host
from .bodies import parse_json
from .changes import MissingError
from .clock import timestamp
from .consent import CONSENT_PATH, answer_consent, error_page
from .context import CONTEXT, PREFIX, SandboxContext
from .control.app import CONTROL_PATH, control_app, is_control
from .errors import ApiError, Shape, error_body
from .faults import apply_fault
from .limits import Limit
from .recorder import Record
from .refusals import refusal_of
from .request import DEPRECATION, RequestContext, json_response
from .routes import AREAS
from .routing import Route
from .settings import MIB

__all__ = ["api_app"]

ROUTE = web.RequestKey("route", Route)
RECORD = web.RequestKey("record", Record)
# Base64 in JSON may carry 36 MB of media, and grows by a third.
_LARGEST_JSON = 64 * MIB

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def api_app(sandbox: SandboxContext) -> web.Application:
    """The application that serves ``/v1.3``."""
    app = web.Application(middlewares=[_middleware], client_max_size=_LARGEST_JSON)
    app[CONTEXT] = sandbox
    app.on_response_prepare.append(_mark)
    for route in _specific_first(route for area in AREAS.values() for route in area):
        app.router.add_route(route.method, PREFIX + route.path, _served(route), expect_handler=None)
    app.add_subapp(CONTROL_PATH, control_app(sandbox))
    return app


def _specific_first(routes: Iterable[Route]) -> list[Route]:
    """``/assets/multipart-uploads`` before ``/assets/{asset_id}``."""
    return sorted(routes, key=lambda route: (route.path.count("{"), route.path))


def _served(route: Route) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.app[CONTEXT].settings.rules.lacks(route.path):
            raise web.HTTPNotFound
        request[ROUTE] = route
        return await _carry_out(route, request)

    return handle


async def _mark(request: web.Request, response: web.StreamResponse) -> None:
    sandbox, record = request.app[CONTEXT], request.get(RECORD)
    await sandbox.date(request, response)
    response.headers.setdefault("X-Api-Version", sandbox.settings.api_version)
    deprecation = request.get(DEPRECATION)
    if deprecation is not None:
        response.headers.setdefault("Deprecation", deprecation)
    if record is not None:
        response.headers.setdefault("X-Request-Id", record.request_id)
        record.status = response.status


@web.middleware
async def _middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
    sandbox = request.app[CONTEXT]
    if is_control(request.path):
        return await handler(request)
    path = request.path.removeprefix(PREFIX) or "/"
    record = request[RECORD] = sandbox.requests.begin(
        request, "api", path, sandbox.clock.now(), sandbox.ids.uuid()
    )

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(request, handler, sandbox, record)

    task = asyncio.current_task()
    sandbox.calls.add(task)
    try:
        refused = sandbox.hosts.refusal(request)
        if refused is not None:
            record.status, message = refused
            return json_response({"code": "host_not_allowed", "message": message}, record.status)
        note_host(request)
        if request.path.startswith(CONSENT_PATH):
            return await _consent(request, sandbox, record)
        fault = sandbox.faults.match("api", request.method, record.path)
        if fault is not None:
            if fault.replaces and request.content_type == "application/json":
                # The call is perhaps not carried out, but was sent all the same.
                with contextlib.suppress(orjson.JSONDecodeError, ApiError):
                    sandbox.requests.note_body(record, *parse_json(await request.read()))
            record.fault = fault.id
            return await apply_fault(fault, request, answer)
        return await answer(request)
    finally:
        sandbox.calls.discard(task)
        sandbox.requests.end(record, request)


async def _consent(
    request: web.Request, sandbox: SandboxContext, record: Record
) -> web.StreamResponse:
    try:
        await sandbox.persist_earlier()
        response = await answer_consent(sandbox, request)
        await sandbox.persist()
    except web.HTTPException as error:  # a form that is too large
        response = error_page(error.status, error.reason)
    except OSError as error:
        refusal = refusal_of(error, f"{request.method} {CONSENT_PATH}")  # without the secret state
        response = error_page(500, refusal.message)
    record.status = response.status
    return response


async def _answer(
    request: web.Request, handler: _Handler, sandbox: SandboxContext, record: Record
) -> web.StreamResponse:
    shape: Shape = "flat"
    allowed: str | None = None
    try:
        given = request.headers.get("x-api-key", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, sandbox.repository.api_key.encode()):
            raise ApiError("api_key_invalid", "The API key is invalid or has expired.", 401)
        await sandbox.persist_earlier()
        response = await handler(request)
        try:
            await sandbox.persist()
        except OSError:
            if not response.prepared:
                raise
        return response
    except web.HTTPException as error:
        refusal, allowed = _http_refusal(error), error.headers.get("Allow")
    except web.RequestPayloadError:
        refusal = ApiError("parameter_invalid", "The request body cannot be decoded.")
    except Exception as error:  # a fault of the sandbox's own, too: its client gets a 500
        refusal = refusal_of(error, f"{request.method} {record.path}")
    with contextlib.suppress(OSError):  # the next call writes it
        await sandbox.persist()  # a refused call has changed something, too
    route = request.get(ROUTE)
    if route is not None:
        shape = route.shape
    body = error_body(refusal, shape, record.request_id)
    response = json_response(body, refusal.status, {"Allow": allowed} if allowed else None)
    record.status = refusal.status
    return response


def _http_refusal(error: web.HTTPException) -> ApiError:
    if error.status == 404:
        return ApiError("not_found", "The requested path does not exist.", 404)
    if error.status == 405:
        return ApiError("method_not_allowed", "The path does not have this method.", 405)
    if error.status == 413:
        return ApiError("parameter_invalid", "The request body is too large.", 413)
    return ApiError("parameter_invalid", error.reason, error.status)


async def _carry_out(route: Route, request: web.Request) -> web.StreamResponse:
    sandbox = request.app[CONTEXT]
    record = request[RECORD]
    limit, headers = sandbox.limits.take(route.category)
    if limit is not None:
        return _too_many(route, limit, headers, record)
    ctx = RequestContext(sandbox, route, request, record, headers=headers)
    retired = sandbox.settings.rules.retired(route.path)
    if retired is not None:
        ctx.deprecate(f"{route.method} {route.path}", retired)
    try:
        await ctx.read()
        response = await route.handler(ctx)
    except MissingError as error:
        raise ctx.unknown_id(error.kind, error.key) from error
    finally:
        await ctx.discard()
    if not response.prepared:
        response.headers.update(headers)
        record.status = response.status
    return response


def _too_many(route: Route, limit: Limit, headers: dict[str, str], record: Record) -> web.Response:
    body = limit.body or ("empty" if route.empty_429 else route.shape)
    record.status = 429
    if body == "empty":
        return web.Response(status=429, headers=headers)
    retry = headers.get("Retry-After", "")
    rate = f"{limit.requests} requests per {limit.window:g} seconds"
    refusal = ApiError(
        limit.code,
        f"The rate limit of {rate} was exceeded. Try again in {retry or 'a few'} seconds, "
        f"at {timestamp(limit.started + limit.window)}.",
        429,
        retryAfter=retry,
        currentLimit=rate,
    )
    shape: Shape = "flat" if body == "flat" else route.shape if body != "nested" else "nested"
    return json_response(error_body(refusal, shape, record.request_id), 429, headers)
