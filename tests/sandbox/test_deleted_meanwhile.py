"""Calls that wait, while others delete what they are about or do the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest

from tests.sandbox.store_support import new_item, new_store
from tests.support.sandbox_api import Api
from twelvelabs_async.sandbox.routes import knowledge_store_items, tasks
from twelvelabs_async.sandbox.routes.indexes import indexed_assets
from twelvelabs_async.sandbox.routes.knowledge_stores import search

pytestmark = pytest.mark.anyio


class Gate:
    """Lets calls into a function of the sandbox, and out of it once it is opened.

    The sandbox has a thread and a loop of its own.
    """

    def __init__(self, patch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self._inside = Semaphore(0)
        self._opened = Event()
        self._within = getattr(module, name)
        patch.setattr(module, name, self._call)

    async def _call(self, *given: Any, **named: Any) -> Any:
        self._inside.release()
        await asyncio.to_thread(self._opened.wait)
        return await self._within(*given, **named)

    async def reached(self, calls: int = 1) -> None:
        for _ in range(calls):
            await asyncio.to_thread(self._inside.acquire)

    def open(self) -> None:
        self._opened.set()


async def test_a_store_that_is_deleted_while_it_is_searched(
    api: Api, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await new_store(api)
    await new_item(api, store, small_film)
    gate = Gate(monkeypatch, search, "films_of")
    body = {"query": {"text": "red"}}
    found = asyncio.create_task(
        api.refused("resource_not_exist", 404, "POST", f"{store}/search", json=body)
    )
    await gate.reached()
    await api("DELETE", store, 204)
    gate.open()
    await found


async def test_a_store_that_is_deleted_while_it_gets_an_item(
    api: Api, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asset = await new_store(api), await api.asset(small_film)
    gate = Gate(monkeypatch, knowledge_store_items, "_type_of")
    made = asyncio.create_task(
        api.refused("resource_not_exist", 400, "POST", f"{store}/items", json={"asset_id": asset})
    )
    await gate.reached()
    await api("DELETE", store, 204)
    gate.open()
    await made


async def test_an_index_that_is_deleted_while_it_gets_a_film(
    api: Api, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = [("video_file", film)]
    for module, name, path, status in (
        (tasks, "_accept", "/tasks", 400),
        (indexed_assets, "usable_asset", "/indexes/{}/indexed-assets", 404),
    ):
        index, asset = await api.index(name), await api.asset(film)
        gate = Gate(monkeypatch, module, name)
        how: dict[str, Any] = (
            {"form": [("index_id", index), *form]}
            if module is tasks
            else {"json": {"asset_id": asset}}
        )
        made = asyncio.create_task(
            api.refused("resource_not_exist", status, "POST", path.format(index), **how)
        )
        await gate.reached()
        await api("DELETE", f"/indexes/{index}", 204)
        gate.open()
        await made


async def test_an_asset_that_is_added_twice_at_the_same_time(
    api: Api, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asset = await new_store(api), await api.asset(small_film)
    gate = Gate(monkeypatch, knowledge_store_items, "_type_of")
    url, headers = f"{api.sandbox.base_url}{store}/items", {"x-api-key": api.sandbox.api_key}

    async def add() -> int:
        async with api.session.post(url, json={"asset_id": asset}, headers=headers) as answer:
            return answer.status

    both = asyncio.gather(add(), add())
    await gate.reached(2)
    gate.open()
    assert sorted(await both) == [202, 400]
