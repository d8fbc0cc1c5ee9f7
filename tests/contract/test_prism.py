"""Prism finds no fault with any request, and every reply of its is read, with both clients."""

from __future__ import annotations

import json
from collections.abc import Iterator

import prism
import pytest
from contract_paths import needs_shared
from operations import UNDOCUMENTED, operations
from wire_calls import CALLS, ID, Call, arguments, bound, call

from twelvelabs_async import AsyncTwelveLabs, Exchange, TwelveLabs
from twelvelabs_async.sync.iterate import SyncPager, SyncStream

pytestmark = [
    needs_shared,
    pytest.mark.timeout(300),  # the first time it is installed
]

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


# Why the others are not asked for: `UNDOCUMENTED` says it of each.
METHODS = {o.method for o in operations() if o.key not in UNDOCUMENTED}
RICH = tuple(made for made in CALLS if made.method in METHODS)
each_call = pytest.mark.parametrize(
    "made",
    [*MINIMAL, *RICH],
    ids=[f"minimal-{c.method}" for c in MINIMAL]
    + [f"rich-{number}-{c.method}" for number, c in enumerate(RICH)],
)


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prism.Prism(tmp_path_factory.mktemp("prism")) as server:
        yield server.base_url


def faults(exchanges: list[Exchange]) -> list[object]:
    """What Prism says is wrong with the requests; with its own replies it is no concern of ours."""
    (exchange,) = exchanges
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    told = json.loads(headers.get("sl-violations", "[]"))
    return [fault for fault in told if fault["location"][0] == "request"]


def test_every_method_of_the_document_is_called_twice() -> None:
    assert {made.method for made in MINIMAL} == METHODS
    assert {made.method for made in RICH} == METHODS


@each_call
async def test_awaited(made: Call, base_url: str) -> None:
    exchanges: list[Exchange] = []
    client = AsyncTwelveLabs("key", base_url=base_url, max_retries=0, on_exchange=exchanges.append)
    async with client:
        calling = bound(client, made.method)(
            *arguments("twelvelabs_async", made.arguments),
            **arguments("twelvelabs_async", made.named),
        )
        try:
            await calling
        finally:
            assert faults(exchanges) == []


@each_call
def test_blocking(made: Call, base_url: str) -> None:
    exchanges: list[Exchange] = []
    with TwelveLabs(
        "key", base_url=base_url, max_retries=0, on_exchange=exchanges.append
    ) as client:
        try:
            result = bound(client, made.method)(
                *arguments("twelvelabs_async", made.arguments),
                **arguments("twelvelabs_async", made.named),
            )
            if isinstance(result, SyncPager):
                assert result.items is not None
            elif isinstance(result, SyncStream):  # Prism has no NDJSON: only its opening is asked
                with result:
                    pass
        finally:
            assert faults(exchanges) == []
