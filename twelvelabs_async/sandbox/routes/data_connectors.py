"""``/connections``: users' drives, and where their consent may lead back to."""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp import web

from .. import paging
from ..checks import Fields, needed, one_of, optional, text
from ..clock import timestamp
from ..connector_records import Connection, Consent, RedirectUri
from ..consent import consent_url
from ..errors import ApiError, invalid
from ..redirect_uris import is_public, is_redirectable
from ..request import RequestContext
from ..routing import Routes

__all__ = ["active", "connection_of", "routes"]

routes: Routes = Routes()

_SCOPES = ["https://www.googleapis.com/auth/drive.file"]
_URI: Fields = {"redirect_uri": needed(text(1))}


@routes(
    "POST",
    "/connections:authorize",
    json={
        "provider": needed(one_of("google_drive")),
        **_URI,
        "custom_id": optional(text(1, 255)),
    },
)
async def authorize_connection(ctx: RequestContext) -> web.Response:
    """The page at which a user consents."""
    records, body = ctx.sandbox.repository.connectors, ctx.body
    uri = body["redirect_uri"]
    if not is_redirectable(uri):
        raise invalid("redirect_uri", "It must be an absolute URL that browsers can go to.")
    registered = {each.redirect_uri for each in records.redirect_uris.values()}
    if registered and uri not in registered:
        raise invalid("redirect_uri", "It must be one of the registered redirect URIs.")
    now = ctx.now
    for consent in [each for each in records.consents.values() if each.expires_at <= now]:
        del records.consents[consent.state]
    consent = Consent(
        state=ctx.sandbox.ids.secret(),
        provider=body["provider"],
        redirect_uri=uri,
        custom_id=body["custom_id"],
        expires_at=now + ctx.sandbox.settings.consent_life,
    )
    records.consents[consent.state] = consent
    origin = ctx.sandbox.api_origin
    return ctx.reply({"authorize_url": consent_url(origin, consent.state), "state": consent.state})


@routes("GET", "/connections/redirect-uris", query=paging.PAGES)
async def list_redirect_uris(ctx: RequestContext) -> web.Response:
    """A page of redirect URIs, newest first."""
    uris = ctx.sandbox.repository.connectors.redirect_uris
    return await paging.page(ctx, uris.values(), _show_uri)


def _show_uri(uri: RedirectUri) -> dict[str, Any]:
    return {
        "_id": uri.id,
        "redirect_uri": uri.redirect_uri,
        "created_at": timestamp(uri.created_at),
    }


@routes("POST", "/connections/redirect-uris", json=_URI)
async def create_redirect_uri(ctx: RequestContext) -> web.Response:
    """Register a URL that consent may lead back to."""
    uris, given = ctx.sandbox.repository.connectors.redirect_uris, ctx.body["redirect_uri"]
    if not is_public(given):
        raise ApiError(
            "redirect_uri_invalid",
            "A redirect URI must use https and a public host, without a wildcard.",
            422,
        )
    if any(each.redirect_uri == given for each in uris.values()):
        raise ApiError("redirect_uri_already_exists", "The redirect URI is registered.", 409)
    most = ctx.sandbox.settings.redirect_uri_limit
    if len(uris) >= most:
        raise ApiError(
            "redirect_uri_limit_exceeded", f"At most {most} redirect URIs can be registered.", 422
        )
    uri = RedirectUri(id=ctx.sandbox.ids.new(), redirect_uri=given, created_at=ctx.now)
    uris[uri.id] = uri
    return ctx.reply(_show_uri(uri), 201)


@routes("DELETE", "/connections/redirect-uris/{redirect_uri_id}", unknown_id=404)
async def delete_redirect_uri(ctx: RequestContext) -> web.Response:
    """Take a redirect URI back."""
    uris = ctx.sandbox.repository.connectors.redirect_uris
    del uris[ctx.find("redirect URIs", uris, ctx.part("redirect_uri_id")).id]
    return ctx.empty()


@routes("GET", "/connections", query=paging.PAGES)
async def list_connections(ctx: RequestContext) -> web.Response:
    """A page of connections, newest first."""
    connections = ctx.sandbox.repository.connectors.connections
    return await paging.page(ctx, connections.values(), lambda each: _show(ctx, each))


def _show(ctx: RequestContext, connection: Connection) -> dict[str, Any]:
    drive = ctx.sandbox.drive
    name = "Sandbox drive" if drive is None else drive.folder.name or "Sandbox drive"
    shown: dict[str, Any] = {
        "_id": connection.id,
        "provider": connection.provider,
        "status": connection.status,
        "account": {
            "external_id": hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:21],
            "display_name": name.encode("utf-8", "replace").decode(),
        },
        "scopes": _SCOPES,
        "connected_at": timestamp(connection.connected_at),
    }
    if connection.custom_id is not None:
        shown["custom_id"] = connection.custom_id
    if connection.last_used_at is not None:
        shown["last_used_at"] = timestamp(connection.last_used_at)
    return shown


def connection_of(ctx: RequestContext) -> Connection:
    """The connection that the path names."""
    connections = ctx.sandbox.repository.connectors.connections
    return ctx.find("connections", connections, ctx.part("connection_id"))


def active(ctx: RequestContext) -> Connection:
    """The connection that the path names, used now; refused unless it is active."""
    connection = connection_of(ctx)
    if connection.status != "active":
        raise ApiError(
            "connection_not_active", f"Connection {connection.id} is {connection.status}.", 409
        )
    connection.last_used_at = ctx.now
    return connection


@routes("GET", "/connections/{connection_id}", unknown_id=404)
async def retrieve_connection(ctx: RequestContext) -> web.Response:
    """One connection."""
    return ctx.reply(_show(ctx, connection_of(ctx)))


@routes("DELETE", "/connections/{connection_id}", unknown_id=404)
async def delete_connection(ctx: RequestContext) -> web.Response:
    """Delete a connection and its imports; the assets stay."""
    records = ctx.sandbox.repository.connectors
    connection = connection_of(ctx)
    records.remove_connection(connection)
    return ctx.empty()


@routes("POST", "/connections/{connection_id}/picker-token", unknown_id=404)
async def create_connection_picker_token(ctx: RequestContext) -> web.Response:
    """A token for the provider's file picker."""
    active(ctx)
    return ctx.reply(
        {
            "access_token": f"sandbox-picker-{ctx.sandbox.ids.secret()}",
            "expires_in": int(ctx.sandbox.settings.picker_token_life),
            "scope": " ".join(_SCOPES),
            "app_id": "sandbox",
            "developer_key": "sandbox-developer-key",
        }
    )
