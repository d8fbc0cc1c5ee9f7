"""Connections to drives as the sandbox remembers them."""

from __future__ import annotations

from attrs import define

from .changes import Changes, Owned, Record, Table, note_change

__all__ = ["Connection", "ConnectorRecords", "Consent", "DriveImport", "ImportItem", "RedirectUri"]


@define(kw_only=True, on_setattr=note_change)
class Consent(Record):
    """A page at which a user may consent, until they do, or until it expires."""

    state: str
    provider: str
    redirect_uri: str
    custom_id: str | None
    expires_at: float


@define(kw_only=True, on_setattr=note_change)
class Connection(Record):
    """A user's account at a provider."""

    id: str
    provider: str
    status: str
    custom_id: str | None
    connected_at: float
    last_used_at: float | None = None


@define(kw_only=True, on_setattr=note_change)
class RedirectUri(Record):
    """A URL that the consent page may lead back to."""

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


@define(kw_only=True, on_setattr=note_change)
class DriveImport(Record):
    """Files that were imported together."""

    id: str
    connection_id: str
    created_at: float
    items: list[ImportItem]


class ConnectorRecords:
    """All connections and what belongs to them, by their ids; consents by their states."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self.consents: Table[str, Consent] = Table(changes, "consent")
        self.connections: Table[str, Connection] = Table(changes, "connection")
        self.redirect_uris: Table[str, RedirectUri] = Table(changes, "redirect_uri")
        self.imports: Owned[dict[str, DriveImport]] = Owned("connections")
        """By their connections."""

    def add_connection(self, connection: Connection) -> None:
        """Remember a new connection."""
        self.connections[connection.id] = connection
        self.open(connection.id)

    def open(self, connection_id: str) -> None:
        """Make place for the imports of a connection."""
        self.imports[connection_id] = Table(self._changes, "drive_import", connection_id)

    def remove_connection(self, connection: Connection) -> None:
        """Forget a connection and its imports."""
        for run in list(self.imports[connection.id]):
            del self.imports[connection.id][run]
        del self.connections[connection.id], self.imports[connection.id]
