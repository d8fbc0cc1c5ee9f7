"""Knowledge stores and responses by the vendor's SDK 1.3.6; run by test_vendor_stores.py.

Run it with an interpreter that has ``twelvelabs==1.3.6`` and nothing of ours: the arguments are the
sandbox's address, its key, a film and a picture. It prints each method that it has called.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from twelvelabs import (
    AssetTypeFilter,
    KnowledgeStoreSearchQuery,
    ResponseInputItem,
    ResponseSelection,
    SearchKnowledgeStoreFilter,
    SearchKnowledgeStoreOptions,
    TextParam,
    TextParamFormat_JsonSchema,
    TwelveLabs,
    VideoSearchOptions,
)
from twelvelabs.core import UniversalBaseModel
from twelvelabs.errors import BadRequestError, GoneError

WHICH = {
    "KnowledgeStoreItem": {"id", "asset_type", "asset_id", "status", "system_metadata", "metadata"},
    "KnowledgeStore": {"id", "name", "description", "item_count", "metadata", "created_at"},
    "KnowledgeStoreItemCollection": {"id", "knowledge_store_id", "name", "member_count"},
    "ResponseObject": {"id", "session_id", "knowledge_store_id", "type", "object", "status"},
}


def done(name: str, reply: Any = None) -> Any:
    """Note that a method was called, and check that its model knows all that came."""
    if isinstance(reply, UniversalBaseModel):
        known = type(reply).__name__
        assert not reply.model_extra, (known, reply.model_extra)
        for field in WHICH.get(known, ()):
            assert getattr(reply, field) is not None, (known, field)
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()
    return reply


def main(base_url: str, key: str, film: str, picture: str) -> None:
    client = TwelveLabs(api_key=key, base_url=base_url)
    store = done("knowledge_stores.create", client.knowledge_stores.create(name="films"))
    done("knowledge_stores.retrieve", client.knowledge_stores.retrieve(store.id))
    changed = client.knowledge_stores.update(store.id, metadata={"a": 1, "l": ["b"]})
    assert changed.metadata == {"a": 1, "l": ["b"]}
    done("knowledge_stores.update", changed)
    client.knowledge_stores.update(store.id)
    assert [one.id for one in client.knowledge_stores.list(sort_by="updated_at")] == [store.id]
    done("knowledge_stores.list")
    items = []
    for path in (film, picture):
        with Path(path).open("rb") as file:
            asset = client.assets.create(method="direct", file=file)
        item = client.knowledge_store_items.create(store.id, asset_id=asset.id)
        assert item.status == "queued"
        items.append(done("knowledge_store_items.create", item).id)
    for identifier, kind in zip(items, ("video", "image"), strict=True):
        item = client.knowledge_store_items.retrieve(store.id, identifier)
        assert (item.status, item.system_metadata.asset_type) == ("ready", kind)
        done("knowledge_store_items.retrieve", item)
    listed = client.knowledge_store_items.list(store.id, status=["ready", "failed"])
    assert [one.id for one in listed] == items[::-1]
    done("knowledge_store_items.list")
    area = client.knowledge_store_item_collections
    made = done("collections.create", area.create(store.id, name="c", metadata={"a": True}))
    done("collections.retrieve", area.retrieve(store.id, made.id))
    done("collections.update", area.update(store.id, made.id, name="d"))
    added = done("collections.add_items", area.add_items(store.id, made.id, item_ids=items))
    assert added.member_count == 2
    assert {one.id for one in area.list_items(store.id, made.id)} == set(items)
    done("collections.list_items")
    area.remove_items(store.id, made.id, item_ids=items[1:])
    done("collections.remove_items")
    assert [one.member_count for one in area.list(store.id, sort_by="name")] == [1]
    done("collections.list")
    search(client, store.id, items)
    respond(client, store.id, items, made.id)
    area.delete(store.id, made.id)
    done("collections.delete")
    client.knowledge_store_items.delete(store.id, items[1])
    done("knowledge_store_items.delete")
    client.knowledge_stores.delete(store.id)
    done("knowledge_stores.delete")


def search(client: TwelveLabs, store: str, items: list[str]) -> None:
    found = client.knowledge_stores.search(
        store,
        query=KnowledgeStoreSearchQuery(text="green"),
        filter=SearchKnowledgeStoreFilter(asset_type=AssetTypeFilter(in_=["video"])),
        search_options=SearchKnowledgeStoreOptions(video=VideoSearchOptions(modalities=["visual"])),
        page_size=1,
        include_metadata=True,
    )
    done("knowledge_stores.search", found)
    hit = found.data[0]
    assert (hit.asset_type, hit.rank, hit.item_id) == ("video", 1, items[0]), hit
    assert not hit.model_extra, hit.model_extra
    assert hit.metadata.system.duration > 0
    assert hit.matches[0].modalities == ["visual"]
    query = KnowledgeStoreSearchQuery(text="green")
    token = found.next_page_token
    following = client.knowledge_stores.search(store, query=query, page_token=token)
    assert following.data[0].rank == 2
    image = SearchKnowledgeStoreFilter(asset_type=AssetTypeFilter(eq="image"))
    pictures = client.knowledge_stores.search(store, query=query, filter=image, group_by="item")
    assert pictures.data[0].asset_type == "image"
    assert pictures.effective_search_options.video is None
    try:
        client.knowledge_stores.search(store, query=query, page_token="x")
    except BadRequestError:
        done("knowledge_stores.search, malformed")
    sys.stdout.write("expire\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        client.knowledge_stores.search(store, query=query, page_token=token)
    except GoneError as error:
        gone = error
    assert gone.body.code
    assert gone.body.message
    done("knowledge_stores.search, expired")


def respond(client: TwelveLabs, store: str, items: list[str], collection: str) -> None:
    asked = [ResponseInputItem(type="message", role="user", content="What is in {{sel:0}}?")]
    chosen = [
        ResponseSelection(kind="item", id=items[0]),
        ResponseSelection(kind="collection", id=collection),
    ]
    response = client.responses.create(
        knowledge_store_id=store,
        input=asked,
        session_id=None,
        selections=chosen,
        include=["intermediate_outputs"],
    )
    done("responses.create", response)
    assert response.status == "completed"
    assert response.incomplete_details is None
    for item in response.output:
        assert not item.model_extra, item.model_extra
    part = response.output[-1].content[0]
    for cited in part.annotations:
        assert not cited.model_extra, cited.model_extra
        assert part.text[cited.start_index] == "["
        assert part.text[cited.end_index] == "]"
    assert part.annotations[0].item_id == items[0]
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    events = list(
        client.responses.create_stream(
            knowledge_store_id=store,
            session_id=response.session_id,
            input=[ResponseInputItem(type="message", role="user", content="And in short?")],
            text=TextParam(format=TextParamFormat_JsonSchema(name="n", schema_=schema)),
            include=["intermediate_outputs"],
        )
    )
    for event in events:
        assert not event.model_extra, (event.type, event.model_extra)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].response.session_id == response.session_id
    last = events[-1]
    assert last.type == "response.completed"
    value = json.loads(last.response.output[-1].content[0].text)
    assert isinstance(value["title"], str)
    done("responses.create_stream")


if __name__ == "__main__":
    main(*sys.argv[1:])
