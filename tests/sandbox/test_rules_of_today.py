"""Rules that many calls of today's API share, each with all the calls that it is for."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.drives import connect
from tests.sandbox.store_support import new_item, new_store, question
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import GatewayTimeoutError, ServiceUnavailableError
from twelvelabs_async.sandbox import Settings
from twelvelabs_async.sandbox.routes import AREAS

pytestmark = pytest.mark.anyio

NOWHERE = "0" * 24

Case = tuple[str, str, int, Any]
NESTED: list[Case] = [
    ("POST", "/analyze/tasks", 400, {}),
    ("GET", f"/analyze/tasks/{NOWHERE}", 404, None),
    ("DELETE", f"/analyze/tasks/{NOWHERE}", 404, None),
    ("POST", f"/analyze/tasks/{NOWHERE}/cancel", 404, None),
    ("POST", "/analyze/batches", 400, {}),
    ("GET", "/analyze/batches?status=none", 400, None),
    ("GET", f"/analyze/batches/{NOWHERE}", 404, None),
    ("DELETE", f"/analyze/batches/{NOWHERE}", 404, None),
    ("GET", f"/analyze/batches/{NOWHERE}/results", 404, None),
    ("POST", f"/analyze/batches/{NOWHERE}/cancel", 404, None),
    ("POST", "/embed-v2", 400, {}),
    ("POST", "/embed-v2/tasks", 400, {}),
    ("GET", f"/embed-v2/tasks/{NOWHERE}", 404, None),
]
FLAT: list[Case] = [
    ("GET", "/analyze/tasks?page=0", 400, None),
    ("GET", "/embed-v2/tasks?page=0", 400, None),
    ("POST", "/responses", 400, {}),
    ("POST", "/knowledge-stores", 400, {}),
    ("GET", "/knowledge-stores?page=0", 400, None),
    ("POST", "/connections:authorize", 400, {}),
    ("GET", f"/connections/{NOWHERE}", 404, None),
    ("GET", f"/connections/{NOWHERE}/imports", 404, None),
    ("POST", f"/connections/{NOWHERE}/picker-token", 404, None),
    ("POST", "/connections/redirect-uris", 422, {"redirect_uri": "http://example.com/"}),
    ("DELETE", f"/connections/redirect-uris/{NOWHERE}", 404, None),
    ("GET", "/assets?page=0", 400, None),
    ("GET", f"/assets/{NOWHERE}/transcription", 404, None),
    ("DELETE", f"/assets/{NOWHERE}/user-metadata", 404, None),
]


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "nested"),
    [(*call, True) for call in NESTED] + [(*call, False) for call in FLAT],
)
async def test_errors_have_the_shape_of_their_endpoint(
    api: Api, method: str, path: str, status: int, body: Any, nested: bool
) -> None:
    refused = await api(method, path, status, json=body)
    error = refused["error"] if nested else refused
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert ("error" in refused) is nested


async def test_a_wrong_key_is_refused_in_the_flat_shape_when_a_task_is_canceled(api: Api) -> None:
    headers = {"x-api-key": "tlk_other"}
    path = f"/analyze/tasks/{NOWHERE}/cancel"
    refused = await api("POST", path, 401, headers=headers)
    assert set(refused) == {"code", "message"}


@BOTH
@pytest.mark.parametrize(
    ("status", "error"), [(503, ServiceUnavailableError), (504, GatewayTimeoutError)]
)
async def test_a_batch_may_be_refused_for_a_while(
    api: Api, kind: Kind, film: Path, status: int, error: type[Exception]
) -> None:
    item = {"video": {"type": "asset_id", "asset_id": await api.asset(film)}}
    given = {
        "model_name": "pegasus1.5",
        "analysis_mode": "general",
        "requests": [item],
        "defaults": {"prompt": {"input_text": "Which colours?"}},
    }
    async with client_of(api, kind, max_retries=0) as client:
        api.sandbox.faults.add("POST", "/analyze/batches", status=status)
        with pytest.raises(error):
            await client.analyze_async.batches.create(**given)
        assert (await client.analyze_async.batches.create(**given)).total_items == 1


async def lists(api: Api, film: Path, picture: Path) -> dict[str, Callable[[int], Awaitable[Any]]]:
    """Each list, and how another element of it is made."""
    store = await new_store(api)
    connection, asset, image = await connect(api), await api.asset(film), await api.asset(picture)
    collection = (await api("POST", f"{store}/item-collections", 201, json={"name": "all"}))["_id"]
    entities = (await api("POST", "/entity-collections", 201, json={"name": "e"}))["_id"]
    members = f"{store}/item-collections/{collection}/items"

    async def new_member(_: int) -> Any:
        item = await new_item(api, store, film)
        return await api("POST", f"{members}/add", json={"item_ids": [item]})

    async def new_indexed(number: int) -> Any:
        index = await api.index(f"index {number}")
        body = {"asset_id": asset}
        return await api("POST", f"/indexes/{index}/indexed-assets", 202, json=body)

    def posted(
        path: str, status: int, body: Callable[[int], dict[str, Any]]
    ) -> Callable[[int], Awaitable[Any]]:
        return lambda number: api("POST", path, status, json=body(number))

    task = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "Which colours?"}
    item = {"video": task["video"], "prompt": {"input_text": "Which colours?"}}
    batch = {"model_name": "pegasus1.5", "analysis_mode": "general", "requests": [item]}
    uri = "https://example.com/{}"
    return {
        "/analyze/tasks": posted("/analyze/tasks", 202, lambda _: task),
        "/analyze/batches": posted("/analyze/batches", 201, lambda _: batch),
        "/knowledge-stores": posted("/knowledge-stores", 201, lambda n: {"name": f"{n}"}),
        f"{store}/items": lambda _: new_item(api, store, film),
        f"{store}/item-collections": posted(
            f"{store}/item-collections", 201, lambda n: {"name": f"{n}"}
        ),
        members: new_member,
        "/connections": lambda _: connect(api),
        "/connections/redirect-uris": posted(
            "/connections/redirect-uris", 201, lambda n: {"redirect_uri": uri.format(n)}
        ),
        f"/connections/{connection}/imports": posted(
            f"/connections/{connection}/imports", 202, lambda n: {"items": [{"source_id": f"{n}"}]}
        ),
        f"/assets/{image}/entities": posted(
            f"/entity-collections/{entities}/entities",
            201,
            lambda n: {"name": f"{n}", "asset_ids": [image]},
        ),
        f"/assets/{asset}/indexed-assets": new_indexed,
    }


async def test_lists_have_pages_of_10_newest_first(film: Path, picture: Path) -> None:
    settings = Settings(duplicate_items="accepted", active_batches=100)
    async with serving(settings=settings) as api:
        for path, make in (await lists(api, film, picture)).items():
            shown = await api("GET", path)
            before = shown["page_info"]["total_results"]
            assert shown["page_info"]["limit_per_page"] == 10, path
            for number in range(12):
                api.sandbox.advance(1)
                await make(number)
            first, second = [await api("GET", path, query={"page": n}) for n in ("1", "2")]
            assert len(first["data"]) == 10, path
            assert len(second["data"]) == before + 2, path
            assert first["page_info"]["total_page"] == 2, path
            every = (await api("GET", path, query={"page_limit": "50"}))["data"]
            assert every == first["data"] + second["data"], path
            times = [each["created_at"] for each in every if "created_at" in each]
            assert times == sorted(times, reverse=True), path
            for name, value in (("page", 0), ("page_limit", 0), ("page_limit", 51), ("page", "x")):
                refused = await api("GET", path, 400, query={name: value})
                assert name in str(refused), path


SORTED = ("created_at", "updated_at")


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("", SORTED),
        ("/{store}/items", SORTED),
        ("/{store}/item-collections", (*SORTED, "name")),
        ("/{store}/item-collections/{collection}/items", ()),
    ],
)
async def test_lists_of_stores_are_sorted_by_what_they_have(
    api: Api, path: str, taken: tuple[str, ...]
) -> None:
    store = await new_store(api)
    made = await api("POST", f"{store}/item-collections", 201, json={"name": "all"})
    places = {"store": store.rsplit("/", 1)[-1], "collection": made["_id"]}
    path = "/knowledge-stores" + path.format(**places)
    for name in ("created_at", "updated_at", "name", "size"):
        for option in ("asc", "desc"):
            query = {"sort_by": name, "sort_option": option}
            await api("GET", path, 200 if name in taken else 400, query=query)
    await api("GET", path, 400, query={"sort_option": "up"})


@pytest.mark.parametrize("setting", ["max_item_size", "max_image_size"])
async def test_items_have_a_size(api: Api, film: Path, picture: Path, setting: str) -> None:
    store = await new_store(api)
    file, other = (film, picture) if setting == "max_item_size" else (picture, film)
    ids = [await api.asset(file), await api.asset(other)]
    size = file.stat().st_size
    for most, status in ((size - 1, 400), (size, 202)):
        api.sandbox.configure(**{setting: most})
        shown = await api("POST", f"{store}/items", status, json={"asset_id": ids[0]})
        assert ("message" in shown) is (status == 400)
    await api("POST", f"{store}/items", 202, json={"asset_id": ids[1]})


FORMS: dict[str, list[str]] = {
    "/assets": ["method=direct", "file"],
    "/tasks": ["index_id", "video_file"],
    "/search": ["index_id", "search_options=visual", "query_text=red"],
    "/embed": ["model_name=marengo3.0", "text=red"],
    "/embed/tasks": ["model_name=marengo3.0", "video_file"],
}


@pytest.mark.parametrize("era", ["2026-10", "any"])
@pytest.mark.parametrize("path", FORMS)
async def test_an_empty_part_of_a_form_is_a_null(path: str, era: Any, film: Path) -> None:
    # So the vendor's SDK sends each None that a program gives.
    (route,) = [
        route
        for area in AREAS.values()
        for route in area
        if (route.method, route.path) == ("POST", path)
    ]
    async with serving(settings=Settings(era=era)) as api:
        given: dict[str, Any] = {"file": film, "video_file": film}
        given["index_id"] = (await api("POST", "/indexes", 201, json=INDEX))["_id"]
        form: list[tuple[str, Any]] = []
        for part in FORMS[path]:
            name, _, value = part.partition("=")
            form.append((name, value or given[name]))
        status = 201 if path == "/assets" else 200
        plain = await api("POST", path, status, form=form)
        assert route.form is not None
        form += [(name, "") for name in route.form if name not in dict(form)]
        again = await api("POST", path, status, form=form)
        assert again.keys() == plain.keys()
        assert "Deprecation" not in api.headers


INDEX = {
    "index_name": "films",
    "models": [{"model_name": "marengo3.0", "model_options": ["visual", "audio"]}],
}

TITLE = {"type": "object", "properties": {"title": {"type": "string"}}}


@BOTH
@pytest.mark.parametrize(
    "more",
    [
        {"oneOf": [{"required": ["title"]}]},
        {"properties": {"title": {"type": "string", "default": "none"}}},
        {"if": {"required": ["title"]}, "then": {"type": "object"}, "else": {"type": "object"}},
        {"not": {"required": ["other"]}},
        {"patternProperties": {"^x": {"type": "string"}}},
        {"properties": {"list": {"type": "array", "contains": {"type": "string"}}}},
        {"properties": {"list": {"type": "array", "prefixItems": [{"type": "string"}]}}},
    ],
    ids=lambda more: next(iter(more)),
)
async def test_responses_take_schemas_with_unsupported_keywords(
    api: Api, kind: Kind, film: Path, more: dict[str, Any]
) -> None:
    path = await new_store(api)
    await new_item(api, path, film)
    async with client_of(api, kind) as client:
        said: list[str] = []
        for strict in (None, False, True):
            form: dict[str, Any] = {"type": "json_schema", "name": "n", "schema": {**TITLE, **more}}
            if strict is not None:
                form |= {"strict": strict, "description": "A title."}
            body = question(path, "Describe it.", text={"format": form})
            response = await client.responses.create(**body)
            assert response.status == "completed"
            said.append(response.output_text)
        assert isinstance(json.loads(said[0]), dict)
        # Whether it is strict has no effect.
        assert len(set(said)) == 1
