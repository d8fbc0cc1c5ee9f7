"""A drive with films, and a user who consents at the sandbox's page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.support.sandbox_api import Api

RETURN = "http://127.0.0.1:9/back"


async def decide(api: Api, page: str, decision: str = "allow") -> dict[str, str]:
    """What the application hears once the user has pressed a button of the consent page."""
    async with api.session.get(page) as reply:
        assert reply.status == 200
        html = await reply.text()
    (form,) = re.findall(r'<form method="post" action="([^"]*)">', html)
    buttons = dict(re.findall(r'name="decision" value="(\w+)">(\w+)<', html))
    assert buttons == {"allow": "Allow", "deny": "Deny"}
    target = urljoin(page, unescape(form))
    origin = f"{urlsplit(page).scheme}://{urlsplit(page).netloc}"
    async with api.session.post(
        target,
        data={"decision": decision},
        headers={"Origin": origin},
        allow_redirects=False,
    ) as reply:
        assert reply.status in (302, 303)
        return dict(parse_qsl(urlsplit(reply.headers["Location"]).query, strict_parsing=True))


async def connect(api: Api, **more: str) -> str:
    """The id of a new connection."""
    body = {"provider": "google_drive", "redirect_uri": RETURN, **more}
    page = await api("POST", "/connections:authorize", json=body)
    heard = await decide(api, page["authorize_url"])
    assert (heard["status"], heard["state"]) == ("ok", page["state"])
    return heard["connection_id"]
