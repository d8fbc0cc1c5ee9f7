"""The sandbox's own consent page, at which a user allows or denies a connection.

It is plain HTML with one form. It takes no API key: who has its URL, with a secret state, may
answer it, as at a provider. It is answered once, and expires.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from aiohttp import web

from .connector_records import Connection, Consent
from .redirect_uris import form_target, with_parameters

if TYPE_CHECKING:
    from .context import SandboxContext

__all__ = ["CONSENT_PATH", "answer_consent", "consent_url", "error_page"]

CONSENT_PATH: Final = "/oauth/consent/"
_NAMES: Final = {"google_drive": "Google Drive"}
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_FORM: Final = """<p>An application asks to read files of this sandbox's drive, which stands for
{provider}.</p>
<dl>
<dt>It continues at</dt><dd>{redirect_uri}</dd>
<dt>Its id for you</dt><dd>{custom_id}</dd>
</dl>
<form method="post" action="{action}">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</form>"""
_LARGEST: Final = 64 * 1024


def consent_url(origin: str, state: str) -> str:
    """The page's URL."""
    return f"{origin}{CONSENT_PATH}{state}"


async def answer_consent(sandbox: SandboxContext, request: web.Request) -> web.Response:
    """Show the page, or take the user's answer and lead back to the application."""
    records = sandbox.repository.connectors
    state = request.path.removeprefix(CONSENT_PATH)
    consent = records.consents.get(state)
    if consent is None or sandbox.clock.now() >= consent.expires_at:
        gone = "It was answered before, it has expired, or it never existed."
        return _page(404, "This page is not available", f"<p>{gone}</p>")
    if request.method in ("GET", "HEAD"):
        return _form(consent)
    if request.method != "POST":
        reply = _page(405, "This page has no such method", "<p>Use the buttons.</p>")
        reply.headers["Allow"] = "GET, HEAD, POST"
        return reply
    if (request.content_length or 0) > _LARGEST:
        return _page(413, "This answer is too large", "<p>Use one of the buttons.</p>")
    try:
        decision = (await request.post()).get("decision")
    except ValueError:
        decision = None
    if decision not in ("allow", "deny"):
        return _page(400, "This answer is not understood", "<p>Use one of the buttons.</p>")
    # Two answers at the same time: the first one counts.
    if records.consents.pop(state, None) is None:
        return _page(404, "This page is not available", "<p>It was answered before.</p>")
    found = {"error": "access_denied"} if decision == "deny" else _connect(sandbox, consent)
    target = with_parameters(consent.redirect_uri, {**found, "state": state})
    return _secured(web.Response(status=303, headers={"Location": target}), "'none'")


def error_page(status: int, reason: str) -> web.Response:
    """The page that says what went wrong."""
    return _page(status, "An error occurred", f"<p>{html.escape(reason)}</p>")


def _connect(sandbox: SandboxContext, consent: Consent) -> dict[str, str]:
    records = sandbox.repository.connectors
    connection = Connection(
        id=sandbox.ids.new(),
        provider=consent.provider,
        status="active",
        custom_id=consent.custom_id,
        connected_at=sandbox.clock.now(),
    )
    records.add_connection(connection)
    found = {"connection_id": connection.id, "status": "ok"}
    return found if consent.custom_id is None else {**found, "custom_id": consent.custom_id}


def _form(consent: Consent) -> web.Response:
    body = _FORM.format(
        provider=html.escape(_NAMES.get(consent.provider, consent.provider)),
        redirect_uri=html.escape(consent.redirect_uri),
        custom_id=html.escape(consent.custom_id or "none"),
        action=html.escape(f"{CONSENT_PATH}{consent.state}"),
    )
    allowed = f"'self' {form_target(consent.redirect_uri)}"
    return _secured(_page(200, "Connect a drive", body), allowed)


def _page(status: int, title: str, body: str) -> web.Response:
    text = _PAGE.format(title=html.escape(title), body=body)
    response = web.Response(status=status, text=text, content_type="text/html", charset="utf-8")
    return _secured(response, "'none'")


def _secured(response: web.Response, forms: str) -> web.Response:
    response.headers.update(
        {
            "Content-Security-Policy": (
                f"default-src 'none'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
            ),
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            # With "no-referrer", browsers would hide the form's origin, which the sandbox checks.
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
    )
    return response
