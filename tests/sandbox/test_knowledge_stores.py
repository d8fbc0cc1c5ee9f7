"""Knowledge stores, their items and their collections: what they take, show and refuse."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.store_support import STORES, new_item, new_store
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError, FailedError
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox.eras import EraName

pytestmark = pytest.mark.anyio

SECONDS = Timings(asset=0, queued=10, pending=10, item=10)


@BOTH
async def test_stores_are_made_changed_listed_and_deleted(kind: Kind) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        store = await client.knowledge_stores.create(name="films", metadata={"a": ["b"], "n": 1})
        assert store.id.startswith("ks_")
        assert (store.name, store.description, store.item_count) == ("films", "", 0)
        assert store.metadata == {"a": ["b"], "n": 1}
        changed = await client.knowledge_stores.update(
            store.id, name="reels", metadata={"only": True}
        )
        assert (changed.name, changed.metadata) == ("reels", {"only": True})
        assert changed.updated_at >= store.updated_at
        assert (await client.knowledge_stores.update(store.id)).name == "reels"
        other = await client.knowledge_stores.create(name="films")
        listed = [one.id async for one in client.knowledge_stores.list()]
        assert listed == [other.id, store.id]
        oldest = [one.id async for one in client.knowledge_stores.list(sort_option="asc")]
        assert oldest == [store.id, other.id]
        assert (await client.knowledge_stores.retrieve(store.id)).created_at == store.created_at
        await client.knowledge_stores.delete(store.id)
        assert [one.id async for one in client.knowledge_stores.list()] == [other.id]


async def test_changes_replace_metadata_as_a_whole_and_read_null_as_absent(api: Api) -> None:
    store = await new_store(api, description="d", metadata={"a": "1", "b": 2.5})
    kept = await api("PATCH", store, json={"name": None, "metadata": None, "description": None})
    assert (kept["name"], kept["description"]) == ("films", "d")
    assert kept["metadata"] == {"a": "1", "b": 2.5}
    assert (await api("PATCH", store))["updated_at"] == kept["updated_at"]
    assert (await api("PATCH", store, json={"metadata": {}}))["metadata"] == {}
    assert (await api("PATCH", store, json={"description": ""}))["description"] == ""
    body: dict[str, Any]
    for body in ({"ingestion_config": {}}, {"name": ""}, {"name": 5}, {"item_count": 3}):
        await api("PATCH", store, 400, json=body)


MOST = 2**53 - 1


@pytest.mark.parametrize("where", ["store", "collection", "item"])
async def test_metadata_has_bounds_and_types(api: Api, film: Path, where: str) -> None:
    pairs, length = (50, 8192) if where == "item" else (10, 2048)
    store = await new_store(api)
    asset = await api.asset(film)

    async def make(metadata: Any, status: int | None = None) -> Any:
        bodies = {
            "store": (STORES, {"name": "s"}, 201),
            "collection": (f"{store}/item-collections", {"name": f"c{make.n}"}, 201),  # type: ignore[attr-defined]  # a count of calls
            "item": (f"{store}/items", {"asset_id": asset}, 202),
        }
        make.n += 1  # type: ignore[attr-defined]  # likewise
        path, body, done = bodies[where]
        made = await api("POST", path, status or done, json={**body, "metadata": metadata})
        if where == "item" and status is None:
            await api("DELETE", f"{path}/{made['_id']}", 204)
        return made

    make.n = 0  # type: ignore[attr-defined]  # likewise
    good = {"text": "x" * length, "k" * 128: -MOST, "n": MOST, "f": 0.5, "b": False, "l": ["a", ""]}
    assert (await make(good))["metadata"] == good
    full = {str(n): n for n in range(pairs)}
    assert (await make(full))["metadata"] == full
    bad: list[Any] = [
        {**full, "more": 1},
        {"k" * 129: 1},
        {"": 1},
        {"text": "x" * (length + 1)},
        {"list": ["x" * (length + 1)]},
        {"n": MOST + 1},
        {"n": -MOST - 1},
        {"n": 10**25},
        {"null": None},
        {"nested": {"a": 1}},
        {"list": [1]},
        {"list": ["a", None]},
        {"list": [["a"]]},
        ["a"],
        "text",
    ]
    for metadata in bad:
        body = await make(metadata, 400)
        assert body["code"] == "parameter_invalid"


@BOTH
@pytest.mark.parametrize("era", ["2026-07", "2026-10", "any"])
async def test_a_null_in_changed_metadata_of_a_store_was_an_empty_string(
    kind: Kind, film: Path, era: EraName
) -> None:
    async with serving(settings=Settings(era=era)) as api, client_of(api, kind) as client:
        stores, collections = client.knowledge_stores, client.knowledge_store_item_collections
        store = (await stores.create(name="films", metadata={"a": "1", "b": "2"})).id
        collection = (await collections.create(store, name="best", metadata={"a": "1"})).id
        asset, null = await api.asset(film), {"a": None, "c": "3"}
        if era == "2026-10":
            with pytest.raises(BadRequestError, match=r"metadata\.a"):
                await stores.update(store, metadata=null)
            assert (await stores.retrieve(store)).metadata == {"a": "1", "b": "2"}
        else:
            assert (await stores.update(store, metadata=null)).metadata == {"a": "", "c": "3"}
            assert (await stores.retrieve(store)).metadata == {"a": "", "c": "3"}
            (changed,) = api.sandbox.requests.matching("PATCH")
            assert (changed.deprecated is not None) is (era == "any")
        # Nowhere else, in no era.
        for call in (
            partial(stores.create, name="reels", metadata=null),
            partial(collections.create, store, name="worst", metadata=null),
            partial(collections.update, store, collection, metadata=null),
            partial(client.knowledge_store_items.create, store, asset_id=asset, metadata=null),
        ):
            with pytest.raises(BadRequestError, match=r"metadata\.a"):
                await call()


@BOTH
@pytest.mark.parametrize("era", ["2026-07", "2026-10", "any"])
async def test_metadata_held_strings_alone_once(kind: Kind, film: Path, era: EraName) -> None:
    settings = Settings(era=era, duplicate_items="accepted")
    async with serving(settings=settings) as api, client_of(api, kind) as client:
        stores, items = client.knowledge_stores, client.knowledge_store_items
        collections = client.knowledge_store_item_collections
        asset = await api.asset(film)
        store = (await stores.create(name="films", metadata={"a": "1"})).id
        collection = (await collections.create(store, name="best", metadata={"a": "1"})).id
        for value in (1, 0.5, False, ["a"]):
            given = {"a": "1", "b": value}
            for call in (
                partial(stores.create, name="reels", metadata=given),
                partial(stores.update, store, metadata=given),
                partial(collections.create, store, name=f"c{value}", metadata=given),
                partial(collections.update, store, collection, metadata=given),
                partial(items.create, store, asset_id=asset, metadata=given),
            ):
                if era == "2026-07":
                    with pytest.raises(BadRequestError, match=r"metadata\.b"):
                        await call()
                else:
                    assert (await call()).metadata["b"] == value
        kept = (await stores.retrieve(store)).metadata
        assert (kept == {"a": "1"}) is (era == "2026-07")


def schema(**properties: Any) -> dict[str, Any]:
    rules = {"type": "object", "properties": properties}
    return {"enrichment_config": {"type": "json_schema", "json_schema": rules}}


TEXT = {"type": "string", "description": "d"}


async def test_ingestion_configs_are_kept_as_they_were_given(api: Api) -> None:
    nested = {
        "type": "object",
        "description": "d",
        "properties": {"tags": {"type": "array", "items": {"type": "string"}, "description": "d"}},
        "required": ["tags"],
        "additionalProperties": False,
    }
    number = {"type": "number", "minimum": 0, "maximum": 1.5, "description": "d", "title": "t"}
    pair = {"type": "array", "prefixItems": [{"type": "integer"}], "minItems": 1, "maxItems": 2}
    for config in (
        schema(a=TEXT, nested=nested, number=number, pair={**pair, "description": "d"}),
        schema(a={"enum": ["x", "y"], "description": "d"}, b={**TEXT, "format": "date"}),
        {"enrichment_config": {"type": "description", "description": "Who speaks?"}},
    ):
        store = await new_store(api, ingestion_config=config)
        assert (await api("GET", store))["ingestion_config"] == config
        await api("PATCH", store, 400, json={"ingestion_config": config})
    assert "ingestion_config" not in await api("GET", await new_store(api))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "string"},
        {"type": "string", "description": " "},
        *({**TEXT, word: value} for word, value in (
            ("pattern", "a"), ("minLength", 1), ("maxLength", 1), ("const", "a"), ("default", "a"),
            ("nullable", True), ("examples", []), ("readOnly", True), ("$ref", "#"), ("$defs", {}),
            ("anyOf", []), ("oneOf", []), ("allOf", []), ("not", {}), ("if", {}),
            ("uniqueItems", 1),
            ("exclusiveMinimum", 1), ("multipleOf", 2), ("minProperties", 1), ("x-more", 1),
        )),
        {"type": ["string", "null"], "description": "d"},
        {"type": "null", "description": "d"},
        {"type": "object", "description": "d", "properties": {"inner": {"type": "string"}}},
        {"type": "object", "description": "d", "properties": {}, "additionalProperties": {}},
        {"type": "array", "description": "d", "items": {"type": "string", "pattern": "a"}},
        {"type": "array", "description": "d", "prefixItems": [{"$ref": "#"}]},
        {"description": "d", "enum": ["a", None]},
        {"description": "d", "enum": []},
        True,
    ],
)  # fmt: skip
async def test_schemas_outside_the_subset_are_unprocessable(api: Api, part: Any) -> None:
    body = await api("POST", STORES, 422, json={"name": "s", "ingestion_config": schema(a=part)})
    assert set(body) == {"code", "message", "docs_url"}


async def test_ingestion_configs_without_form_are_refused(api: Api) -> None:
    roots = [{"type": "array"}, {"type": "object"}, {"properties": {}}, {"type": "object", "a": 1}]
    config: dict[str, Any]
    for root in roots:
        config = {"enrichment_config": {"type": "json_schema", "json_schema": root}}
        await api("POST", STORES, 422, json={"name": "s", "ingestion_config": config})
    for config in (
        {},
        {"enrichment_config": {}},
        {"enrichment_config": {"type": "other"}},
        {"enrichment_config": {"type": "json_schema"}},
        {"enrichment_config": {"type": "json_schema", "json_schema": 5}},
        {"enrichment_config": {"type": "description"}},
        {"enrichment_config": {"type": "description", "description": "d", "json_schema": {}}},
    ):
        await api("POST", STORES, 400, json={"name": "s", "ingestion_config": config})


@BOTH
async def test_items_go_through_their_states_by_the_clock(kind: Kind, film: Path) -> None:
    async with (
        serving(timings=SECONDS, speed=0) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        store = await client.knowledge_stores.create(name="films")
        asset = await api.asset(film)
        items = client.knowledge_store_items
        item = await items.create(store.id, asset_id=asset, metadata={"title": "Whale"})
        assert (item.status, item.asset_type, item.metadata) == (
            "queued",
            "video",
            {"title": "Whale"},
        )
        seen = []
        for _ in range(4):
            seen.append((await items.retrieve(store.id, item.id)).status)
            api.sandbox.advance(10)
        assert seen == ["queued", "pending", "processing", "ready"]
        ready = await items.retrieve(store.id, item.id)
        assert ready.asset_id == asset
        assert ready.system_metadata.asset_type == "video"
        assert ready.system_metadata.duration == pytest.approx(9, abs=0.1)
        assert (ready.system_metadata.width, ready.system_metadata.height) == (640, 360)
        assert (ready.system_metadata.fps, ready.system_metadata.filename) == (25, film.name)
        assert (ready.system_metadata.codec_name, ready.system_metadata.size) == (
            "h264",
            film.stat().st_size,
        )
        assert (await client.knowledge_stores.retrieve(store.id)).item_count == 1
        assert [one.id async for one in items.list(store.id, status=["ready"])] == [item.id]
        assert [one async for one in items.list(store.id, status=["queued", "failed"])] == []
        await items.delete(store.id, item.id)
        assert (await client.knowledge_stores.retrieve(store.id)).item_count == 0
        assert (await client.assets.retrieve(asset)).status == "ready"


async def test_no_state_of_an_item_is_passed_over_by_default() -> None:
    timings = Timings()
    assert min(timings.queued, timings.pending, timings.item) > 0


@BOTH
@pytest.mark.parametrize("state", ["queued", "pending", "processing"])
async def test_an_item_is_held_in_a_state_until_it_is_released(
    kind: Kind, film: Path, state: str
) -> None:
    async with (
        serving(timings=SECONDS, speed=0) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        store = (await new_store(api)).rsplit("/", 1)[-1]
        fault = api.sandbox.faults.hold("knowledge_store.item", state)
        held = await client.knowledge_store_items.create(store, asset_id=await api.asset(film))
        api.sandbox.advance(86_400)
        item = await client.knowledge_store_items.retrieve(store, held.id)
        assert item.status == state
        fault.release()
        item = await client.knowledge_store_items.retrieve(store, held.id)
        following = {"queued": "pending", "pending": "processing", "processing": "ready"}
        assert item.status == following[state]
        api.sandbox.advance(20)
        item = await client.knowledge_store_items.retrieve(store, held.id)
        assert item.status == "ready"


@BOTH
async def test_an_item_fails_on_demand_and_the_next_one_does_not(kind: Kind, film: Path) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        api.sandbox.faults.fail("knowledge_store.item", message="no")
        store, asset = (await new_store(api)).rsplit("/", 1)[-1], await api.asset(film)
        items = client.knowledge_store_items
        failed = await items.create(store, asset_id=asset)
        with pytest.raises(FailedError):
            await items.wait_until_ready(store, failed.id, interval=0.01)
        await items.delete(store, failed.id)
        fine = await items.create(store, asset_id=asset)
        await items.wait_until_ready(store, fine.id, interval=0.01)


async def test_broken_assets_make_items_that_fail(api: Api, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 100)
    store = await new_store(api)
    item = await new_item(api, store, broken)
    shown = await api("GET", f"{store}/items/{item}")
    assert (shown["status"], shown["asset_type"]) == ("failed", "video")
    found = await api("POST", f"{store}/search", json={"query": {"text": "film"}})
    assert found["data"] == []
    async with serving(settings=Settings(broken_item_assets="refused")) as other:
        store = await new_store(other)
        body = {"asset_id": await other.asset(broken)}
        await other.refused("unsupported_file_type", 400, "POST", f"{store}/items", json=body)


async def test_an_asset_that_is_not_ready_is_waited_for_or_refused(
    film: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 100)
    timings = Timings(asset=100, queued=1, pending=1, item=1)
    async with serving(timings=timings, speed=0) as api:
        store = await new_store(api)
        item, bad = await new_item(api, store, film), await new_item(api, store, broken)
        api.sandbox.advance(50)
        for one in (item, bad):
            assert (await api("GET", f"{store}/items/{one}"))["status"] == "queued"
        api.sandbox.advance(60)
        assert (await api("GET", f"{store}/items/{item}"))["status"] == "ready"
        assert (await api("GET", f"{store}/items/{bad}"))["status"] == "failed"
    settings = Settings(processing_assets="refused")
    async with serving(timings=timings, speed=0, settings=settings) as api:
        store = await new_store(api)
        body = {"asset_id": await api.asset(film)}
        await api.refused("asset_not_ready", 400, "POST", f"{store}/items", json=body)


async def test_the_type_of_an_item_is_its_assets(
    api: Api, film: Path, picture: Path, tmp_path: Path
) -> None:
    from twelvelabs_async.sandbox.films import Scene, make_film

    store = await new_store(api)
    asset, image = await api.asset(film), await api.asset(picture)
    for body in (
        {"asset_id": asset, "asset_type": "image"},
        {"asset_id": image, "asset_type": "video"},
        {"asset_id": image, "asset_type": "audio"},
    ):
        await api("POST", f"{store}/items", 400, json=body)
    made = await api("POST", f"{store}/items", 202, json={"asset_id": image, "asset_type": "image"})
    shown = await api("GET", f"{store}/items/{made['_id']}")
    assert (shown["asset_type"], shown["status"]) == ("image", "ready")
    assert shown["system_metadata"] == {
        "asset_type": "image",
        "filename": picture.name,
        "width": 640,
        "height": 360,
        "codec_name": "mjpeg",
        "size": picture.stat().st_size,
    }
    misnamed = tmp_path / "film.jpg"
    misnamed.write_bytes(film.read_bytes())
    item = await new_item(api, store, misnamed)
    assert (await api("GET", f"{store}/items/{item}"))["asset_type"] == "video"
    small = make_film(tmp_path / "small.mp4", [Scene(seconds=1)], size=(64, 64))
    item = await new_item(api, store, small)
    assert (await api("GET", f"{store}/items/{item}"))["status"] == "ready"


@pytest.mark.parametrize("rule", ["refused", "accepted", "same"])
async def test_an_asset_that_is_already_in_the_store(
    film: Path, rule: Literal["refused", "accepted", "same"]
) -> None:
    async with serving(settings=Settings(duplicate_items=rule, taken_status=409)) as api:
        store, other = await new_store(api), await new_store(api)
        body = {"asset_id": await api.asset(film)}
        first = await api("POST", f"{store}/items", 202, json=body)
        assert (await api("POST", f"{other}/items", 202, json=body))["_id"] != first["_id"]
        if rule == "refused":
            await api.refused("item_already_exists", 409, "POST", f"{store}/items", json=body)
            return
        second = await api("POST", f"{store}/items", 202, json=body)
        assert (second["_id"] == first["_id"]) == (rule == "same")


@pytest.mark.parametrize("rule", ["kept", "refused", "failed", "removed"])
async def test_an_asset_of_an_item_is_deleted(
    film: Path, rule: Literal["kept", "refused", "failed", "removed"]
) -> None:
    async with serving(settings=Settings(deleted_item_assets=rule)) as api:
        store = await new_store(api)
        item = await new_item(api, store, film)
        path = f"{store}/items/{item}"
        assert (await api("GET", path))["status"] == "ready"
        asset = (await api("GET", path))["asset_id"]
        if rule == "refused":
            await api.refused("asset_in_use", 409, "DELETE", f"/assets/{asset}")
        await api("DELETE", f"/assets/{asset}", 204, query={"force": "true"})
        if rule == "removed":
            await api("GET", path, 400)
            assert (await api("GET", store))["item_count"] == 0
            return
        expected = "failed" if rule == "failed" else "ready"
        assert (await api("GET", path))["status"] == expected
        found = await api("POST", f"{store}/search", json={"query": {"text": "red"}})
        assert bool(found["data"]) == (expected == "ready")


@BOTH
async def test_collections_hold_items_of_their_store(
    kind: Kind, film: Path, other_film: Path
) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        store = path.rsplit("/", 1)[-1]
        first, second = await new_item(api, path, film), await new_item(api, path, other_film)
        foreign = await new_item(api, await new_store(api), film)
        area = client.knowledge_store_item_collections
        made = await area.create(store, name="b", description="d", metadata={"a": "b"})
        assert made.id.startswith("ksic_")
        assert (made.knowledge_store_id, made.member_count) == (store, 0)
        added = await area.add_items(store, made.id, item_ids=[first, first, second])
        assert added.member_count == 2
        again = await area.add_items(store, made.id, item_ids=[second])
        assert (again.member_count, again.updated_at) == (2, added.updated_at)
        other = await area.create(store, name="a")
        await api.refused(
            "resource_not_exist", 400, "POST",
            f"{path}/item-collections/{other.id}/items/add", json={"item_ids": [first, foreign]},
        )  # fmt: skip
        assert (await area.retrieve(store, other.id)).member_count == 0
        listed = [one.id async for one in area.list_items(store, made.id)]
        assert listed == [second, first]
        named = [one.name async for one in area.list(store, sort_by="name", sort_option="asc")]
        assert named == ["a", "b"]
        newest = [one.name async for one in area.list(store)]
        assert newest == ["a", "b"]
        await area.remove_items(store, made.id, item_ids=[first, foreign, "nothing"])
        assert [one.id async for one in area.list_items(store, made.id)] == [second]
        await client.knowledge_store_items.delete(store, second)
        assert (await area.retrieve(store, made.id)).member_count == 0
        changed = await area.update(store, made.id, name="c", metadata={})
        assert (changed.name, changed.description, changed.metadata) == ("c", "d", {})
        await area.delete(store, made.id)
        assert (await client.knowledge_store_items.retrieve(store, first)).status == "ready"


@pytest.mark.parametrize("status", [400, 409])
async def test_names_of_collections_are_unique_in_their_store(status: int) -> None:
    async with serving(settings=Settings(taken_status=status)) as api:
        store, other = await new_store(api), await new_store(api)
        made = await api("POST", f"{store}/item-collections", 201, json={"name": "n"})
        await api("POST", f"{other}/item-collections", 201, json={"name": "n"})
        code = "item_collection_name_already_exists"
        path = f"{store}/item-collections"
        await api.refused(code, status, "POST", path, json={"name": "n"})
        mine = await api("POST", path, 201, json={"name": "m"})
        await api.refused(code, status, "PATCH", f"{path}/{mine['_id']}", json={"name": "n"})
        await api("PATCH", f"{path}/{made['_id']}", json={"name": "n"})


async def test_500_items_are_added_at_most(api: Api, film: Path) -> None:
    store = await new_store(api)
    item = await new_item(api, store, film)
    made = await api("POST", f"{store}/item-collections", 201, json={"name": "n"})
    path = f"{store}/item-collections/{made['_id']}/items"
    assert (await api("POST", f"{path}/add", json={"item_ids": [item] * 500}))["member_count"] == 1
    for verb in ("add", "remove"):
        for ids in ([item] * 501, [], "x", [5], None):
            await api("POST", f"{path}/{verb}", 400, json={"item_ids": ids})


@pytest.mark.parametrize("status", [None, 400, 404])
async def test_unknown_ids_are_400_or_404_as_the_settings_say(
    film: Path, status: int | None
) -> None:
    async with serving(settings=Settings(unknown_id_status=status)) as api:
        store = await new_store(api)
        item = await new_item(api, store, film)
        made = await api("POST", f"{store}/item-collections", 201, json={"name": "n"})
        collection, other = made["_id"], await new_store(api)
        body: Any
        for method, path, body in (
            ("GET", f"{STORES}/ks_0", None),
            ("PATCH", f"{STORES}/ks_0", {}),
            ("DELETE", f"{STORES}/ks_0", None),
            ("GET", f"{STORES}/ks_0/items", None),
            ("POST", f"{STORES}/ks_0/items", {"asset_id": "a"}),
            ("POST", f"{store}/items", {"asset_id": "a"}),
            ("GET", f"{other}/items/{item}", None),
            ("DELETE", f"{other}/items/{item}", None),
            ("GET", f"{other}/item-collections/{collection}", None),
            ("GET", f"{store}/item-collections/ksic_0/items", None),
            ("POST", f"{store}/item-collections/{collection}/items/add", {"item_ids": ["ksi_0"]}),
        ):
            wanted = status or 400
            await api.refused("resource_not_exist", wanted, method, path, json=body)
        search = f"{STORES}/ks_0/search"
        body = {"query": {"text": "red"}}
        await api.refused("resource_not_exist", status or 404, "POST", search, json=body)


async def test_a_deleted_store_takes_its_items_and_collections_with_it(
    api: Api, film: Path
) -> None:
    store = await new_store(api)
    item = await new_item(api, store, film)
    made = await api("POST", f"{store}/item-collections", 201, json={"name": "n"})
    await api("DELETE", store, 204)
    await api("GET", f"{store}/items/{item}", 400)
    await api("GET", f"{store}/item-collections/{made['_id']}", 400)
    assert (await api("GET", "/assets"))["data"][0]["status"] == "ready"


async def test_stores_outlive_their_sandbox(film: Path, tmp_path: Path) -> None:
    async with serving(data=tmp_path / "data") as api:
        store = await new_store(api, metadata={"n": 1, "l": ["a"]})
        item = await new_item(api, store, film, metadata={"title": "t"})
        made = await api("POST", f"{store}/item-collections", 201, json={"name": "n"})
        collection = f"{store}/item-collections/{made['_id']}"
        await api("POST", f"{collection}/items/add", json={"item_ids": [item]})
        body = {"query": {"text": "green"}, "page_size": 1}
        page = await api("POST", f"{store}/search", json=body)
        shown = [await api("GET", path) for path in (store, collection, f"{store}/items/{item}")]
    async with serving(data=tmp_path / "data") as api:
        again = [await api("GET", path) for path in (store, collection, f"{store}/items/{item}")]
        assert again == shown
        token = page["next_page_token"]
        following = await api("POST", f"{store}/search", json={"page_token": token})
        assert following["data"][0]["rank"] == 2
        assert (await api("POST", f"{store}/search", json=body))["data"] == page["data"]
