"""Models of connections to other services, and of where their consent may lead."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define, field

from .._runtime.model import Id, Model
from .._runtime.pager import Page

__all__ = [
    "AuthorizeConnectionRequestProvider",
    "AuthorizeConnectionResponse",
    "Connection",
    "ConnectionAccount",
    "ConnectionProvider",
    "ConnectionStatus",
    "CreateConnectionPickerTokenResponse",
    "ListConnectionsResponse",
    "ListRedirectUrisResponse",
    "RedirectUri",
]

AuthorizeConnectionRequestProvider = Literal["google_drive"] | str
ConnectionProvider = Literal["google_drive"] | str
ConnectionStatus = Literal["active", "expired", "revoked"] | str


@define(kw_only=True)
class AuthorizeConnectionResponse(Model):
    """The page at which a user consents, and the state to compare when they come back."""

    authorize_url: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)


@define(kw_only=True)
class ConnectionAccount(Model):
    """The account at the provider."""

    external_id: str | None = None
    display_name: str | None = None


@define(kw_only=True)
class Connection(Model):
    """A user's account at a provider, from which files are imported. Times are aware datetimes."""

    id: Id
    provider: ConnectionProvider | None = None
    status: ConnectionStatus | None = None
    custom_id: str | None = None
    account: ConnectionAccount | None = None
    scopes: list[str] | None = None
    connected_at: datetime | None = None
    last_used_at: datetime | None = None


ListConnectionsResponse = Page[Connection]


@define(kw_only=True)
class CreateConnectionPickerTokenResponse(Model):
    """What a file picker of the provider needs in a browser; ``expires_in`` is in seconds."""

    access_token: str | None = field(default=None, repr=False)
    expires_in: int | None = None
    scope: str | None = None
    app_id: str | None = None
    developer_key: str | None = field(default=None, repr=False)


@define(kw_only=True)
class RedirectUri(Model):
    """A URL that the consent page may lead back to."""

    id: Id
    redirect_uri: str | None = None
    created_at: datetime | None = None


ListRedirectUrisResponse = Page[RedirectUri]
