"""The connections of a sandbox, as its user sees and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import SandboxContext

__all__ = ["Connections"]


class Connections:
    """The connections that were made at the consent page."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    def ids(self) -> list[str]:
        """The ids of all connections, the oldest first."""
        return [*self._context.repository.connectors.connections]

    def status(self, connection_id: str) -> str:
        """The state of a connection: "active", "expired" or "revoked"."""
        try:
            return self._context.repository.connectors.connections[connection_id].status
        except KeyError:
            raise LookupError(f"there is no connection {connection_id!r}") from None

    def revoke(self, connection_id: str) -> None:
        """Have the user take their consent back; ``LookupError`` without such a connection."""
        self._set(connection_id, "revoked")

    def expire(self, connection_id: str) -> None:
        """Have the consent expire; ``LookupError`` without such a connection."""
        self._set(connection_id, "expired")

    def _set(self, connection_id: str, status: str) -> None:
        self.status(connection_id)
        self._context.repository.connectors.connections[connection_id].status = status
