"""``/connections``: consent pages, redirect URIs, connections and picker tokens."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.drives import RETURN, connect, decide
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
)
from twelvelabs_async.sandbox import Settings

pytestmark = pytest.mark.anyio
NOWHERE = "0" * 24


@BOTH
async def test_a_user_consents_and_the_connection_lives_and_ends(api: Api, kind: Kind) -> None:
    async with client_of(api, kind) as client:
        page = await client.data_connectors.authorize_connection(
            provider="google_drive", redirect_uri=f"{RETURN}?from=here", custom_id="user-7"
        )
        heard = await decide(api, page.authorize_url)
        identifier = heard.pop("connection_id")
        assert heard == {
            "from": "here",
            "status": "ok",
            "custom_id": "user-7",
            "state": page.state,
        }
        assert re.fullmatch("[0-9a-f]{24}", identifier)
        shown = await client.data_connectors.retrieve_connection(identifier)
        assert (shown.provider, shown.status, shown.custom_id) == (
            "google_drive",
            "active",
            "user-7",
        )
        assert shown.account.external_id
        assert shown.scopes
        assert shown.last_used_at is None
        token = await client.data_connectors.create_connection_picker_token(identifier)
        assert token.access_token
        assert token.expires_in == 3600
        assert token.scope == " ".join(shown.scopes)
        used = await client.data_connectors.retrieve_connection(identifier)
        assert used.last_used_at >= used.connected_at
        await client.data_connectors.delete_connection(identifier)
        for call in (
            client.data_connectors.retrieve_connection,
            client.data_connectors.delete_connection,
            client.data_connectors.create_connection_picker_token,
        ):
            with pytest.raises(NotFoundError):
                await call(identifier)


@BOTH
async def test_a_user_denies(api: Api, kind: Kind) -> None:
    async with client_of(api, kind) as client:
        page = await client.data_connectors.authorize_connection(
            provider="google_drive", redirect_uri=RETURN, custom_id="user 7"
        )
        # An error comes instead of all else.
        assert await decide(api, page.authorize_url, "deny") == {
            "error": "access_denied",
            "state": page.state,
        }
        assert [each async for each in client.data_connectors.list_connections()] == []


@BOTH
async def test_revoked_and_expired_connections_give_no_tokens(api: Api, kind: Kind) -> None:
    revoked, expired = await connect(api), await connect(api)
    api.sandbox.connections.revoke(revoked)
    api.sandbox.connections.expire(expired)
    assert api.sandbox.connections.ids() == [revoked, expired]
    assert api.sandbox.connections.status(expired) == "expired"
    async with client_of(api, kind) as client:
        found = [each async for each in client.data_connectors.list_connections()]
        assert [(each.id, each.status) for each in found] == [
            (expired, "expired"),
            (revoked, "revoked"),
        ]
        for identifier in (revoked, expired):
            with pytest.raises(ConflictError):
                await client.data_connectors.create_connection_picker_token(identifier)


async def test_only_connections_that_exist_are_ended(api: Api) -> None:
    for end in (api.sandbox.connections.revoke, api.sandbox.connections.expire):
        with pytest.raises(LookupError, match=NOWHERE):
            end(NOWHERE)


@BOTH
async def test_redirect_uris_are_registered_and_taken_back(api: Api, kind: Kind) -> None:
    async with client_of(api, kind) as client:
        first = await client.data_connectors.create_redirect_uri(redirect_uri="https://a.com/x")
        second = await client.data_connectors.create_redirect_uri(redirect_uri="https://a.com/y?z")
        with pytest.raises(ConflictError):
            await client.data_connectors.create_redirect_uri(redirect_uri="https://a.com/x")
        found = [each.id async for each in client.data_connectors.list_redirect_uris()]
        assert found == [second.id, first.id]
        page = await client.data_connectors.list_redirect_uris(page_limit=1)
        assert [each.redirect_uri for each in page.items] == ["https://a.com/y?z"]
        assert page.page_info.total_results == 2
        for near in ("https://a.com/x/", "https://a.com/X", "https://a.com/x?a", RETURN):
            with pytest.raises(BadRequestError):
                await client.data_connectors.authorize_connection(
                    provider="google_drive", redirect_uri=near
                )
        page = await client.data_connectors.authorize_connection(
            provider="google_drive", redirect_uri="https://a.com/y?z"
        )
        assert page.authorize_url
        await client.data_connectors.delete_redirect_uri(first.id)
        with pytest.raises(NotFoundError):
            await client.data_connectors.delete_redirect_uri(first.id)
        await client.data_connectors.delete_redirect_uri(second.id)
        assert await connect(api)


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.com/x",
        "ftp://example.com/x",
        "https://localhost/x",
        "https://app.localhost/x",
        "https://LOCALHOST./x",
        "https://printer.local/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f.0.0.1/x",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://169.254.169.254/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1]/x",
        "https://*.example.com/x",
        "https://example.com/*",
        "https://intranet/x",
        "https://user:pass@example.com/x",
        "https://user@example.com/x",
        "https://example.com/x#part",
        "https://example.com:99999/x",
        "https://exa mple.com/x",
        "https://example.com\\@evil.com/x",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://ex_ample..com/x",
        "https:///x",
        "https://",
        "//example.com/x",
        "example.com",
        "x",
        "javascript:alert(1)",
        f"https://example.com/{'x' * 3000}",
    ],
)
async def test_a_redirect_uri_is_a_public_https_url(api: Api, uri: str) -> None:
    await api.refused(
        "redirect_uri_invalid",
        422,
        "POST",
        "/connections/redirect-uris",
        json={"redirect_uri": uri},
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com",
        "https://example.com:8443/a/b?c=d",
        "https://sub.example.co.uk/cb",
        "https://xn--bcher-kva.example/cb",
        "https://8.8.8.8/cb",
        "https://[2606:4700::1111]/cb",
    ],
)
async def test_public_https_urls_are_registered(api: Api, uri: str) -> None:
    made = await api("POST", "/connections/redirect-uris", 201, json={"redirect_uri": uri})
    assert made["redirect_uri"] == uri


async def test_redirect_uris_have_a_limit() -> None:
    async with serving(settings=Settings(redirect_uri_limit=2)) as api:
        path = "/connections/redirect-uris"
        for name in "ab":
            await api("POST", path, 201, json={"redirect_uri": f"https://{name}.com/"})
        body = {"redirect_uri": "https://c.com/"}
        await api.refused("redirect_uri_limit_exceeded", 422, "POST", path, json=body)


@BOTH
async def test_the_client_has_a_class_for_a_bad_redirect_uri(api: Api, kind: Kind) -> None:
    async with client_of(api, kind) as client:
        with pytest.raises(UnprocessableEntityError) as raised:
            await client.data_connectors.create_redirect_uri(redirect_uri="http://x.com")
        assert raised.value.code == "redirect_uri_invalid"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"provider": "google_drive"},
        {"redirect_uri": RETURN},
        {"provider": "dropbox", "redirect_uri": RETURN},
        {"provider": "google_drive", "redirect_uri": ""},
        {"provider": "google_drive", "redirect_uri": 7},
        {"provider": "google_drive", "redirect_uri": "back"},
        {"provider": "google_drive", "redirect_uri": "javascript:alert(1)"},
        {"provider": "google_drive", "redirect_uri": "data:text/html,x"},
        {"provider": "google_drive", "redirect_uri": "https://a.com/\r\nX: y"},
        {"provider": "google_drive", "redirect_uri": "https://a.com/ x"},
        {"provider": "google_drive", "redirect_uri": RETURN, "custom_id": ""},
        {"provider": "google_drive", "redirect_uri": RETURN, "other": 1},
    ],
)
async def test_a_bad_authorization_is_refused(api: Api, body: dict[str, Any]) -> None:
    refused = await api("POST", "/connections:authorize", 400, json=body)
    assert refused["code"].startswith("parameter_")


async def test_nulls_are_left_out_of_an_authorization(api: Api) -> None:
    body = {"provider": "google_drive", "redirect_uri": RETURN, "custom_id": None}
    page = await api("POST", "/connections:authorize", json=body)
    assert "custom_id" not in await decide(api, page["authorize_url"])


class Tags(HTMLParser):
    """The tags of a page, and the attributes of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def test_the_consent_page_is_plain_and_escapes_what_it_shows(api: Api) -> None:
    evil = '"><script>alert(1)</script>&lt;'
    uri = "https://app.example/cb?a='b'&c=%3Cscript%3E"
    body = {"provider": "google_drive", "redirect_uri": uri, "custom_id": evil}
    made = await api("POST", "/connections:authorize", json=body)
    async with api.session.get(made["authorize_url"]) as reply:
        page = await reply.text()
        policy = reply.headers["Content-Security-Policy"]
        assert reply.content_type == "text/html"
        assert reply.headers["Cache-Control"] == "no-store"
    tags = Tags(page).found
    assert not [tag for tag, _ in tags if tag in ("script", "img", "iframe", "link", "style")]
    assert not [name for _, names in tags for name in names if name.startswith("on")]
    assert [tag for tag, _ in tags].count("form") == 1
    assert [tag for tag, _ in tags].count("button") == 2
    assert evil not in page
    assert evil in unescape(page)
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://app.example;" in policy
    assert "frame-ancestors 'none'" in policy
    heard = await decide(api, made["authorize_url"])
    assert heard["custom_id"] == evil
    assert heard["a"] == "'b'"


async def test_a_consent_page_is_answered_once(api: Api) -> None:
    body = {"provider": "google_drive", "redirect_uri": RETURN}
    page = (await api("POST", "/connections:authorize", json=body))["authorize_url"]
    await decide(api, page)
    for decision in ("allow", "deny"):
        async with api.session.post(
            page, data={"decision": decision}, allow_redirects=False
        ) as reply:
            assert reply.status == 404
    assert len(api.sandbox.connections.ids()) == 1


async def test_a_consent_page_expires() -> None:
    async with serving(speed=0, settings=Settings(consent_life=60)) as api:
        body = {"provider": "google_drive", "redirect_uri": RETURN}
        page = (await api("POST", "/connections:authorize", json=body))["authorize_url"]
        api.sandbox.advance(59)
        assert (await api.fetch(page))[0] == 200
        api.sandbox.advance(1)
        assert (await api.fetch(page))[0] == 404
        async with api.session.post(page, data={"decision": "allow"}) as reply:
            assert reply.status == 404
        assert api.sandbox.connections.ids() == []


async def test_an_answer_that_is_none_changes_nothing(api: Api) -> None:
    body = {"provider": "google_drive", "redirect_uri": RETURN}
    page = (await api("POST", "/connections:authorize", json=body))["authorize_url"]
    for data in ({}, {"decision": "maybe"}, {"decision": ""}):
        async with api.session.post(page, data=data, allow_redirects=False) as reply:
            assert reply.status == 400
    async with api.session.put(page) as reply:
        assert reply.status == 405
    foreign = {"Origin": "https://evil.example"}
    async with api.session.post(
        page, data={"decision": "allow"}, headers=foreign, allow_redirects=False
    ) as reply:
        assert reply.status == 403
    assert api.sandbox.connections.ids() == []
    assert (await decide(api, page))["status"] == "ok"


async def test_the_consent_page_of_another_state_is_not_there(api: Api) -> None:
    origin = api.sandbox.base_url.removesuffix("/v1.3")
    for state in ("", NOWHERE, "..%2F..", "a/b", "%00"):
        assert (await api.fetch(f"{origin}/oauth/consent/{state}"))[0] == 404


async def test_unknown_ids_are_not_found(api: Api) -> None:
    for method, path in (
        ("GET", f"/connections/{NOWHERE}"),
        ("DELETE", f"/connections/{NOWHERE}"),
        ("POST", f"/connections/{NOWHERE}/picker-token"),
        ("DELETE", f"/connections/redirect-uris/{NOWHERE}"),
        ("GET", f"/connections/{NOWHERE}/imports"),
        ("GET", f"/connections/{NOWHERE}/imports/{NOWHERE}"),
    ):
        await api.refused("resource_not_exist", 404, method, path)


async def test_connections_outlive_the_sandbox(tmp_path: Path) -> None:
    async with serving(data=tmp_path / "data") as api:
        identifier = await connect(api, custom_id="kept")
        await api(
            "POST", "/connections/redirect-uris", 201, json={"redirect_uri": "https://a.com/"}
        )
        api.sandbox.connections.expire(identifier)
    async with serving(data=tmp_path / "data") as api:
        shown = await api("GET", f"/connections/{identifier}")
        assert (shown["status"], shown["custom_id"]) == ("expired", "kept")
        uris = await api("GET", "/connections/redirect-uris")
        assert [each["redirect_uri"] for each in uris["data"]] == ["https://a.com/"]
