"""Connectors, imports, transcriptions and metadata by the vendor's SDK 1.3.6.

Run by test_http_vendor.py with an interpreter that has ``twelvelabs==1.3.6`` and nothing of ours:
the arguments are the sandbox's address, its key, a connection's id, and the ids of an asset that is
indexed and of one that an entity has. ``authorize_connection`` of that version sends nothing, so it
is not called here. Prints the name of each method that it called.
"""

from __future__ import annotations

import sys

from twelvelabs import TwelveLabs
from twelvelabs.errors import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
)

NOWHERE = "0" * 24


def announce(method: str) -> None:
    sys.stdout.write(method + "\n")
    sys.stdout.flush()


def refused(error: type[BaseException], call, *args, **kwargs) -> None:
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"not refused: {call}")


def connectors(client: TwelveLabs, connection: str) -> None:
    api = client.data_connectors
    listed = api.list_connections(page=1, page_limit=5)
    assert [each.id for each in listed.data] == [connection]
    assert listed.page_info.total_results == 1
    announce("list_connections")
    shown = api.retrieve_connection(connection)
    assert (shown.provider, shown.status, shown.custom_id) == ("google_drive", "active", "user-7")
    assert shown.account.external_id
    assert shown.connected_at.tzinfo is not None
    refused(NotFoundError, api.retrieve_connection, NOWHERE)
    announce("retrieve_connection")
    token = api.create_connection_picker_token(connection)
    assert token.access_token
    assert token.expires_in > 0
    assert token.scope.split() == shown.scopes
    refused(NotFoundError, api.create_connection_picker_token, NOWHERE)
    announce("create_connection_picker_token")
    uri = api.create_redirect_uri(redirect_uri="https://example.com/back")
    refused(ConflictError, api.create_redirect_uri, redirect_uri="https://example.com/back")
    refused(UnprocessableEntityError, api.create_redirect_uri, redirect_uri="http://example.com/")
    announce("create_redirect_uri")
    (listed_uri,) = api.list_redirect_uris().data
    assert listed_uri == uri
    announce("list_redirect_uris")
    api.delete_redirect_uri(uri.id)
    refused(NotFoundError, api.delete_redirect_uri, uri.id)
    announce("delete_redirect_uri")


def imports(client: TwelveLabs, connection: str) -> str:
    from twelvelabs.imports import ImportFilesRequestItemsItem

    items = [ImportFilesRequestItemsItem(source_id=name) for name in ("film.mp4", "none.mp4")]
    made = client.imports.import_files(connection, items=items)
    good, bad = made.items
    assert made.has_failures
    assert (good.action, good.status) == ("created", "ready")
    assert (bad.action, bad.error.code) == ("rejected", "source_unavailable")
    refused(BadRequestError, client.imports.import_files, connection, items=items[:1] * 2)
    refused(NotFoundError, client.imports.import_files, NOWHERE, items=items)
    announce("import_files")
    (listed,) = client.imports.list_imports(connection).data
    assert (listed.id, listed.item_count, listed.custom_id) == (made.id, 2, "user-7")
    announce("list_imports")
    detail = client.imports.retrieve_import(connection, made.id)
    assert [each.source_id for each in detail.items] == ["film.mp4", "none.mp4"]
    assert detail.items[0].status == "ready"
    announce("retrieve_import")
    return good.asset_id


def assets(client: TwelveLabs, imported: str, indexed: str, pictured: str) -> None:
    asset = client.assets.retrieve(imported)
    assert (asset.method, asset.status) == ("connector", "ready")
    assert asset.source.details.source_id == "film.mp4"
    said = client.assets.retrieve_transcription(
        imported, include=["words", "sentences", "utterances"]
    )
    assert said.status == "ready"
    assert said.words[0].start <= said.words[-1].end
    assert said.sentences[0].value
    assert said.utterances[0].value
    refused(NotFoundError, client.assets.retrieve_transcription, pictured)
    announce("retrieve_transcription")
    client.assets.replace_user_metadata(imported, user_metadata={"a": 1, "b": ["x"], "c": "y"})
    announce("replace_user_metadata")
    client.assets.update_user_metadata(imported, user_metadata={"a": None, "b": [], "d": True})
    assert client.assets.retrieve(imported).user_metadata == {"b": ["x"], "c": "y", "d": True}
    announce("update_user_metadata")
    client.assets.delete_user_metadata(imported)
    assert not client.assets.retrieve(imported).user_metadata
    refused(NotFoundError, client.assets.delete_user_metadata, NOWHERE)
    announce("delete_user_metadata")
    (entity,) = client.entity_collections.entities.list_by_asset(pictured)
    assert entity.entity_collection_id
    announce("entities.list_by_asset")
    (used,) = client.indexes.indexed_assets.list_by_asset(indexed)
    assert used.index.name == "films"
    refused(ConflictError, client.assets.delete, indexed)
    client.assets.delete(indexed, force=True)
    announce("indexed_assets.list_by_asset")


def main(base_url: str, key: str, connection: str, indexed: str, pictured: str) -> None:
    client = TwelveLabs(api_key=key, base_url=base_url)
    connectors(client, connection)
    imported = imports(client, connection)
    assets(client, imported, indexed, pictured)
    client.data_connectors.delete_connection(connection)
    refused(NotFoundError, client.data_connectors.delete_connection, connection)
    announce("delete_connection")


if __name__ == "__main__":
    main(*sys.argv[1:])
