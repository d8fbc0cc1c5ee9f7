"""Reads the ``state.json`` that sandboxes wrote before they had a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from .data_folder import DataFolderError
from .repository import Row

__all__ = ["read_state"]

# The tables by their places in the document, whose parts are joined by dots.
_TABLES: Final[Mapping[str, str]] = {
    "indexes": "index",
    "assets": "asset",
    "uploads": "upload",
    "tasks": "task",
    "collections": "collection",
    "entities": "entity",
    "embed_tasks": "embed_task",
    "imports": "import",
    "knowledge.stores": "knowledge_store",
    "knowledge.sessions": "session",
    "analyses": "analysis",
    "batches": "batch",
    "idempotent": "idempotent",
    "connectors.consents": "consent",
    "connectors.connections": "connection",
    "connectors.redirect_uris": "redirect_uri",
    "webhooks.webhooks": "webhook",
}
_OWNED: Final[Mapping[str, str]] = {
    "videos": "video",
    "knowledge.items": "knowledge_store_item",
    "knowledge.collections": "item_collection",
    "connectors.imports": "drive_import",
}


def read_state(path: Path) -> list[Row]:
    """The records of the file; raises ``DataFolderError`` for one that holds none."""
    try:
        document = orjson.loads(path.read_bytes())
        return list(_rows(document))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise DataFolderError(
            f"The state in {str(path)!r} is damaged: restore a copy of it, or remove it to begin "
            "anew."
        ) from error


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    identity = {name: document[name] for name in ("secret", "api_key", "runs") if name in document}
    yield _row("identity", "", "sandbox", identity)
    _number_turns(document)
    for place, kind in _TABLES.items():
        for key, body in _part(document, place).items():
            yield _row(kind, "", key, body)
    for upload, body in _part(document, "uploads").items():
        for number, chunk in body.get("chunks", {}).items():
            yield _row("chunk", upload, number, chunk)
    for place, kind in _OWNED.items():
        for owner, records in _part(document, place).items():
            for key, body in records.items():
                yield _row(kind, owner, key, body)
    for notice in document.get("webhooks", {}).get("notices", []):
        yield _row("notice", "", f"{notice['event']['id']} {notice['webhook']['id']}", notice)


def _number_turns(document: Mapping[str, Any]) -> None:
    """Give films their turns in the queue, which was kept as lists of their ids."""
    films = {
        **{
            key: film for films in _part(document, "videos").values() for key, film in films.items()
        },
        **_part(document, "tasks"),
    }
    queued = [*document.get("indexing", []), *document.get("waiting", [])]
    for number, identifier in enumerate(queued, 1):
        film = films[identifier]
        ends = [end for _, end in film["phases"] if end is not None]
        film["turn"] = (ends[-1] if ends else film["created_at"], number)


def _part(document: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = document
    for name in place.split("."):
        part = part.get(name, {})
    return part


def _row(kind: str, owner: str, key: str, body: Any) -> Row:
    return Row(kind, owner, str(key), orjson.dumps(body), True)
