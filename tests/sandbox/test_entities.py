"""Entity collections, entities, and searches that name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Timings

pytestmark = pytest.mark.anyio


async def collection(api: Api, name: str = "people") -> str:
    made = await api("POST", "/entity-collections", 201, json={"name": name})
    return f"/entity-collections/{made['_id']}"


async def test_collections_are_made_changed_listed_and_deleted(api: Api) -> None:
    path, other = await collection(api), await collection(api, "animals")
    shown = await api("GET", path)
    assert (shown["name"], shown["description"]) == ("people", "")
    changed = await api("PATCH", path, json={"description": "all of them"})
    assert changed["description"] == "all of them"
    by_name = await api("GET", "/entity-collections", query={"sort_by": "name"})
    assert [each["name"] for each in by_name["data"]] == ["people", "animals"]
    found = await api("GET", "/entity-collections", query={"name": "animals"})
    assert [each["_id"] for each in found["data"]] == [other.rsplit("/", 1)[1]]
    await api.refused("parameter_not_provided", 400, "PATCH", path, json={})
    await api.refused("parameter_invalid", 400, "PATCH", path, json={"name": ""})
    await api("DELETE", path, 204)
    await api.refused("resource_not_exist", 400, "GET", path)


async def test_an_entity_keeps_its_last_asset(api: Api, picture: Path) -> None:
    path = await collection(api)
    first, second = await api.asset(picture), await api.asset(picture)
    body = {"name": "frog", "asset_ids": [first], "metadata": {"size": 2.5, "green": True}}
    made = await api("POST", f"{path}/entities", 201, json=body)
    entity = f"{path}/entities/{made['_id']}"
    assert made["metadata"] == body["metadata"]
    more = await api("POST", f"{entity}/assets", json={"asset_ids": [second, first]})
    assert more["asset_ids"] == [first, second]
    both = {"asset_ids": [first, second]}
    await api.refused("parameter_invalid", 400, "DELETE", f"{entity}/assets", json=both)
    left = await api("DELETE", f"{entity}/assets", json={"asset_ids": [first]})
    assert left["asset_ids"] == [second]
    await api("DELETE", f"/assets/{first}", 204)
    gone = {"asset_ids": [first]}
    await api.refused("resource_not_exist", 400, "DELETE", f"{entity}/assets", json=gone)
    renamed = await api("PATCH", entity, json={"name": "toad", "metadata": {"size": 3}})
    assert (renamed["name"], renamed["metadata"]) == ("toad", {"size": 3})
    await api("DELETE", entity, 204)
    await api.refused("resource_not_exist", 400, "GET", entity)
    await api("DELETE", f"/assets/{second}", 204)


async def test_an_entity_is_processed_first(picture: Path) -> None:
    async with serving(timings=Timings(asset=0, entity=5), speed=0) as api:
        path = await collection(api)
        body = {"name": "frog", "asset_ids": [await api.asset(picture)]}
        made = await api("POST", f"{path}/entities", 201, json=body)
        assert made["status"] == "processing"
        assert (await api("GET", f"{path}/entities", query={"status": "ready"}))["data"] == []
        api.sandbox.advance(5)
        assert (await api("GET", f"{path}/entities/{made['_id']}"))["status"] == "ready"


async def test_many_entities_together_and_over_all_collections(api: Api, picture: Path) -> None:
    path, other = await collection(api), await collection(api, "animals")
    asset = await api.asset(picture)
    entities = [
        {"name": "a", "asset_ids": [asset]},
        {"name": "b", "asset_ids": ["0" * 24]},
        {"name": "c", "asset_ids": [asset]},
    ]
    done = await api("POST", f"{path}/entities/bulk", 201, json={"entities": entities})
    assert (done["success_count"], done["failed_count"]) == (2, 1)
    assert [entity["name"] for entity in done["entities"]] == ["a", "c"]
    (error,) = done["errors"]
    assert (error["entity_index"], error["entity_name"]) == (1, "b")
    assert "does not exist" in error["error_reason"]
    await api("POST", f"{other}/entities", 201, json={"name": "d", "asset_ids": [asset]})
    listed = await api("GET", "/entities", query={"sort_by": "name", "sort_option": "asc"})
    assert [entity["name"] for entity in listed["data"]] == ["a", "c", "d"]
    assert listed["data"][2]["entity_collection_name"] == "animals"
    assert await api.fetch(listed["data"][0]["asset_urls"][0]) == (200, picture.read_bytes())
    within = await api("GET", f"{path}/entities", query={"name": "c"})
    assert [entity["name"] for entity in within["data"]] == ["c"]
    await api("DELETE", path, 204)
    assert (await api("GET", "/entities"))["page_info"]["total_results"] == 1


async def test_wrong_entities_are_refused(api: Api, picture: Path, film: Path) -> None:
    path = f"{await collection(api)}/entities"
    asset, movie = await api.asset(picture), await api.asset(film)
    for body, code in (
        ({"name": "a"}, "parameter_not_provided"),
        ({"name": "a", "asset_ids": []}, "parameter_invalid"),
        ({"name": "a", "asset_ids": [asset, asset]}, "parameter_invalid"),
        ({"name": "a", "asset_ids": [movie]}, "parameter_invalid"),
        ({"name": "a", "asset_ids": ["0" * 24]}, "resource_not_exist"),
        ({"name": "a", "asset_ids": [asset], "metadata": {"x": []}}, "parameter_invalid"),
        ({"name": "a", "asset_ids": [asset], "age": 5}, "parameter_unknown"),
    ):
        await api.refused(code, 400, "POST", path, json=body)


async def test_a_search_may_name_an_entity(api: Api, film: Path, picture: Path) -> None:
    index = await api.index()
    await api.video(index, film)
    path = await collection(api)
    body = {"name": "frog", "asset_ids": [await api.asset(picture)]}
    entity = (await api("POST", f"{path}/entities", 201, json=body))["_id"]
    form = [("index_id", index), ("search_options", "visual")]
    found = await api("POST", "/search", form=[*form, ("query_text", f"<@{entity}>")])
    assert found["data"][0]["start"] <= 4.5 < found["data"][0]["end"]
    form.append(("query_text", "<@nobody> walks"))
    await api.refused("resource_not_exist", 400, "POST", "/search", form=form)
