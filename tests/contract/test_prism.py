"""Prism finds no fault with any request, and every reply of its is read, with both clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract import prism
from tests.contract.contract_paths import LATER_DOCUMENT, ORACLE, needs_shared
from tests.contract.operations import normal, operations
from tests.contract.wire_calls import CALLS, ID, Call, arguments, bound, call
from tests.contract.wire_calls_later import COLLECTION, ITEM, LATER_CALLS, STORE
from twelvelabs_async import AsyncTwelveLabs, AttemptResult, InternalServerError, TwelveLabs
from twelvelabs_async.sync.iterate import SyncPager, SyncStream

pytestmark = [
    needs_shared,
    pytest.mark.timeout(300),  # the first time it is installed
]

FACTS = json.loads(ORACLE.read_text(encoding="utf-8"))
FIRST = {normal(key) for key in FACTS["operations"]}
SECOND = {normal(key) for key in FACTS["later"]}
TEXT = {"input_text": "a"}
MEDIUM = {"media_source": {"asset_id": ID}}
# Each method with nothing that it can do without.
MINIMAL = (
    call("summarize", video_id=ID, type="summary"),
    call("gist", video_id=ID, types=["title"]),
    call("analyze_stream", video_id=ID, prompt="a"),
    call("analyze", video_id=ID, prompt="a"),
    call("tasks.list"),
    call("tasks.create", index_id=ID, video_url="https://example.com/a.mp4"),
    call("tasks.retrieve", ID),
    call("tasks.delete", ID),
    call("indexes.list"),
    call(
        "indexes.create",
        index_name="a",
        models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
    ),
    call("indexes.retrieve", ID),
    call("indexes.update", ID, index_name="b"),
    call("indexes.delete", ID),
    call("assets.list"),
    call("assets.create", method="url", url="https://example.com/a.mp4"),
    call("assets.retrieve", ID),
    call("assets.delete", ID),
    call("multipart_upload.list_incomplete_uploads"),
    call("multipart_upload.create", filename="a.mp4", total_size=1),
    call("multipart_upload.get_status", ID),
    call(
        "multipart_upload.report_chunk_batch",
        ID,
        completed_chunks=[{"chunk_index": 1, "proof": "d", "proof_type": "etag", "chunk_size": 1}],
    ),
    call("multipart_upload.get_additional_presigned_urls", ID, start=1, count=1),
    call("entity_collections.list"),
    call("entity_collections.create", name="a"),
    call("entity_collections.retrieve", ID),
    call("entity_collections.update", ID),
    call("entity_collections.delete", ID),
    call("entity_collections.entities.list", ID),
    call("entity_collections.entities.create", ID, name="a", asset_ids=[ID]),
    call(
        "entity_collections.entities.create_bulk", ID, entities=[{"name": "a", "asset_ids": [ID]}]
    ),
    call("entity_collections.entities.retrieve", ID, ID),
    call("entity_collections.entities.update", ID, ID),
    call("entity_collections.entities.delete", ID, ID),
    call("entity_collections.entities.create_assets", ID, ID, asset_ids=[ID]),
    call("entity_collections.entities.delete_assets", ID, ID, asset_ids=[ID]),
    call("embed.create", model_name="marengo3.0", text="a"),
    call("embed.tasks.list"),
    call("embed.tasks.create", model_name="marengo3.0", video_url="https://example.com/a.mp4"),
    call("embed.tasks.status", ID),
    call("embed.tasks.retrieve", ID),
    call("embed.v_2.create", input_type="text", model_name="marengo3.0", text=TEXT),
    call("embed.v_2.tasks.list"),
    call("embed.v_2.tasks.create", input_type="video", model_name="marengo3.0", video=MEDIUM),
    call("embed.v_2.tasks.retrieve", ID),
    call("search.create", index_id=ID, search_options=["visual"], query_text="a"),
    call("search.retrieve", "t-1"),
    call("indexes.indexed_assets.list", ID),
    call("indexes.indexed_assets.create", ID, asset_id=ID),
    call("indexes.indexed_assets.retrieve", ID, ID),
    call("indexes.indexed_assets.update", ID, ID, user_metadata={}),
    call("indexes.indexed_assets.delete", ID, ID),
    call("indexes.videos.list", ID),
    call("indexes.videos.retrieve", ID, ID),
    call("indexes.videos.update", ID, ID, user_metadata={}),
    call("indexes.videos.delete", ID, ID),
)


RESPONSE = {
    "knowledge_store_id": STORE,
    "input": [{"type": "message", "role": "user", "content": "a"}],
}
# The same for what only the later document has.
MINIMAL_LATER = (
    call("analyze_async.tasks.list"),
    call("analyze_async.tasks.create", video={"type": "asset_id", "asset_id": ID}, prompt="a"),
    call("analyze_async.tasks.retrieve", ID),
    call("analyze_async.tasks.delete", ID),
    call("analyze_async.batches.list"),
    call(
        "analyze_async.batches.create",
        model_name="pegasus1.5",
        analysis_mode="general",
        requests=[{"video": {"type": "asset_id", "asset_id": ID}}],
    ),
    call("analyze_async.batches.retrieve", ID),
    call("analyze_async.batches.delete", ID),
    call("analyze_async.batches.results", ID),
    call("analyze_async.batches.cancel", ID),
    call("responses.create_stream", **RESPONSE),
    call("knowledge_stores.list"),
    call("knowledge_stores.create", name="a"),
    call("knowledge_stores.retrieve", STORE),
    call("knowledge_stores.update", STORE, name="b"),
    call("knowledge_stores.delete", STORE),
    call("knowledge_stores.search", STORE, query={"text": "a"}),
    call("knowledge_store_items.list", STORE),
    call("knowledge_store_items.create", STORE, asset_id=ID, asset_type="video"),
    call("knowledge_store_items.retrieve", STORE, ITEM),
    call("knowledge_store_items.delete", STORE, ITEM),
    call("knowledge_store_item_collections.list", STORE),
    call("knowledge_store_item_collections.create", STORE, name="a"),
    call("knowledge_store_item_collections.retrieve", STORE, COLLECTION),
    call("knowledge_store_item_collections.update", STORE, COLLECTION, name="b"),
    call("knowledge_store_item_collections.delete", STORE, COLLECTION),
    call("knowledge_store_item_collections.list_items", STORE, COLLECTION),
    call("knowledge_store_item_collections.add_items", STORE, COLLECTION, item_ids=[ITEM]),
    call("knowledge_store_item_collections.remove_items", STORE, COLLECTION, item_ids=[ITEM]),
    call(
        "data_connectors.authorize_connection",
        provider="google_drive",
        redirect_uri="https://example.com/done",
    ),
    call("data_connectors.list_connections"),
    call("data_connectors.retrieve_connection", ID),
    call("data_connectors.delete_connection", ID),
    call("data_connectors.create_connection_picker_token", ID),
    call("data_connectors.list_redirect_uris"),
    call("data_connectors.create_redirect_uri", redirect_uri="https://example.com/done"),
    call("data_connectors.delete_redirect_uri", ID),
    call("imports.import_files", ID, items=[{"source_id": "a"}]),
    call("imports.list_imports", ID),
    call("imports.retrieve_import", ID, ID),
    call("assets.replace_user_metadata", ID, user_metadata={}),
    call("assets.update_user_metadata", ID, user_metadata={"a": 1}),
    call("assets.delete_user_metadata", ID),
    call("entity_collections.entities.list_by_asset", ID),
    call("indexes.indexed_assets.list_by_asset", ID),
)

# Why the others are not asked for: `UNDOCUMENTED` says it of each.
METHODS = {o.method for o in operations() if o.key in FIRST}
LATER = {o.method for o in operations() if o.key in SECOND} - {"responses.create"}  # only streams
RICH = tuple(made for made in CALLS if made.method in METHODS)
RICH_LATER = tuple(made for made in LATER_CALLS if made.method in LATER)
each_call = pytest.mark.parametrize(
    ("made", "document"),
    [
        *((made, "first") for made in (*MINIMAL, *RICH)),
        *((made, "later") for made in (*MINIMAL_LATER, *RICH_LATER)),
    ],
    ids=[f"minimal-{c.method}" for c in MINIMAL]
    + [f"rich-{number}-{c.method}" for number, c in enumerate(RICH)]
    + [f"minimal-{c.method}" for c in MINIMAL_LATER]
    + [f"rich-{number}-{c.method}" for number, c in enumerate(RICH_LATER)],
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with (
        prism.Prism(tmp_path_factory.mktemp("first")) as first,
        prism.Prism(tmp_path_factory.mktemp("later"), LATER_DOCUMENT) as later,
    ):
        yield {"first": first.base_url, "later": later.base_url}


@pytest.fixture
def base_url(servers: dict[str, str], document: str) -> str:
    return servers[document]


def faults(exchanges: list[AttemptResult]) -> list[object]:
    """What Prism says is wrong with the requests; with its own replies it is no concern of ours."""
    (exchange,) = exchanges
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    violations = json.loads(headers.get("sl-violations", "[]"))
    return [fault for fault in violations if fault["location"][0] == "request"]


@contextmanager
def streams(made: Call) -> Iterator[None]:
    """Prism has no server-sent events: that it refuses no request is what counts."""
    try:
        yield
    except InternalServerError:
        assert made.method == "responses.create_stream"


def test_every_method_of_the_documents_is_called_twice() -> None:
    assert {made.method for made in MINIMAL} == METHODS
    assert {made.method for made in RICH} == METHODS
    assert {made.method for made in MINIMAL_LATER} == LATER
    assert {made.method for made in RICH_LATER} == LATER


@each_call
async def test_awaited(made: Call, base_url: str) -> None:
    exchanges: list[AttemptResult] = []
    client = AsyncTwelveLabs("key", base_url=base_url, max_retries=0, on_exchange=exchanges.append)
    async with client:
        calling = bound(client, made.method)(
            *arguments("twelvelabs_async", made.arguments),
            **arguments("twelvelabs_async", made.named),
        )
        with streams(made):
            try:
                await calling
            finally:
                assert faults(exchanges) == []


@each_call
def test_blocking(made: Call, base_url: str) -> None:
    exchanges: list[AttemptResult] = []
    with (
        TwelveLabs("key", base_url=base_url, max_retries=0, on_exchange=exchanges.append) as client,
        streams(made),
    ):
        try:
            result = bound(client, made.method)(
                *arguments("twelvelabs_async", made.arguments),
                **arguments("twelvelabs_async", made.named),
            )
            if isinstance(result, SyncPager):
                assert result.items is not None
            elif isinstance(result, SyncStream):  # Prism has no streams: only the opening is asked
                with result:
                    pass
        finally:
            assert faults(exchanges) == []
