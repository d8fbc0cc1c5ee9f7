"""Connections to drives as the sandbox remembers them: plain records, kept as JSON between runs."""

from __future__ import annotations

from attrs import define, field

__all__ = ["Connection", "ConnectorRecords", "Consent", "DriveImport", "ImportItem", "RedirectUri"]


@define(kw_only=True)
class Consent:
    """A page at which a user may consent, until they do, or until it expires."""

    state: str
    provider: str
    redirect_uri: str
    custom_id: str | None
    expires_at: float


@define(kw_only=True)
class Connection:
    """A user's account at a provider."""

    id: str
    provider: str
    status: str
    custom_id: str | None
    connected_at: float
    last_used_at: float | None = None


@define(kw_only=True)
class RedirectUri:
    """An address that the consent page may lead back to."""

    id: str
    redirect_uri: str
    created_at: float


@define(kw_only=True)
class ImportItem:
    """A file of an import, and what was done with it."""

    source_id: str
    action: str
    asset_id: str | None = None
    error: tuple[str, str] | None = None


@define(kw_only=True)
class DriveImport:
    """Files that were imported together."""

    id: str
    connection_id: str
    created_at: float
    items: list[ImportItem]


@define
class ConnectorRecords:
    """All connections and what belongs to them, by their ids; consents by their states."""

    consents: dict[str, Consent] = field(factory=dict[str, Consent])
    connections: dict[str, Connection] = field(factory=dict[str, Connection])
    redirect_uris: dict[str, RedirectUri] = field(factory=dict[str, RedirectUri])
    imports: dict[str, dict[str, DriveImport]] = field(factory=dict[str, dict[str, DriveImport]])
    """By their connections."""
