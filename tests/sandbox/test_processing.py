"""Assets that are used while they are processing: by default that waits for them."""

from __future__ import annotations

import asyncio
import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox.lifecycle import Lifecycle
from twelvelabs_async.sandbox.records import Asset, Item

pytestmark = pytest.mark.anyio

SLOW = Timings(asset=100, pending=10, queued=10, indexing=10, embedding=10, entity=10)
NOWHERE = "http://127.0.0.1:9/away.mp4"


async def begin(api: Api, index: str, asset: str) -> str:
    path = f"/indexes/{index}/indexed-assets"
    made = await api("POST", path, 202, json={"asset_id": asset})
    return f"{path}/{made['_id']}"


async def by_url(api: Api, url: str) -> str:
    form = [("method", "url"), ("url", url)]
    return str((await api("POST", "/assets", 201, form=form))["_id"])


async def uploaded(api: Api, file: Path, kind: str = "video") -> str:
    """An asset that came in chunks."""
    content = file.read_bytes()
    body = {"filename": file.name, "type": kind, "total_size": len(content)}
    made = await api("POST", "/assets/multipart-uploads", 201, json=body)
    size, proofs = made["chunk_size"], []
    for each in made["upload_urls"]:
        start = (each["chunk_index"] - 1) * size
        chunk = content[start : start + size]
        put = api.session.put(each["url"], data=chunk, headers=made["upload_headers"])
        async with put as answer:
            proofs.append(
                {
                    "chunk_index": each["chunk_index"],
                    "proof": answer.headers["ETag"],
                    "proof_type": "etag",
                    "chunk_size": len(chunk),
                }
            )
    path = f"/assets/multipart-uploads/{made['upload_id']}"
    await api("POST", path, json={"completed_chunks": proofs})
    return str(made["asset_id"])


@pytest.mark.parametrize("way", ["direct", "chunks", "url"])
async def test_it_is_queued_until_its_asset_is_ready(film: Path, way: str) -> None:
    async with serving(timings=SLOW, speed=0) as api:
        index = await api.index()
        if way == "direct":
            asset = await api.asset(film)
        elif way == "chunks":
            asset = await uploaded(api, film)
        else:
            source = await api.asset(film)
            api.sandbox.advance(100)
            asset = await by_url(api, (await api("GET", f"/assets/{source}"))["url"])
        path = await begin(api, index, asset)
        seen: list[tuple[str, str]] = []
        for seconds in (0, 15, 84, 1, 10):
            api.sandbox.advance(seconds)
            states = [(await api("GET", each))["status"] for each in (f"/assets/{asset}", path)]
            seen.append((states[0], states[1]))
        assert seen == [
            ("processing", "pending"),
            ("processing", "queued"),
            ("processing", "queued"),
            ("ready", "indexing"),
            ("ready", "ready"),
        ]
        shown = await api("GET", path)
        assert shown["system_metadata"]["width"] == 640
        form = [("index_id", index), ("query_text", "red"), ("search_options", "visual")]
        assert (await api("POST", "/search", form=form))["data"]


@pytest.mark.parametrize("first_is_last", [False, True])
async def test_several_wait_in_their_order_up_to_the_limit(
    film: Path, first_is_last: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, calls = Lifecycle.finish, count()
    others_know, all_know = asyncio.Event(), threading.Event()  # in the sandbox's loop, and in ours

    async def finish_out_of_order(self: Lifecycle, item: Item) -> None:
        await finish(self, item)
        if isinstance(item, Asset):
            number = next(calls)
            if number == 0:
                await others_know.wait()
                all_know.set()
            elif number == 2:
                others_know.set()

    if first_is_last:
        monkeypatch.setattr(Lifecycle, "finish", finish_out_of_order)
    settings = Settings(concurrent_indexing=1)
    async with serving(timings=SLOW, speed=0, settings=settings) as api:
        index = await api.index()
        asset = await api.asset(film)
        paths = [await begin(api, index, asset) for _ in range(3)]
        if first_is_last:
            assert await asyncio.to_thread(all_know.wait, 60)
        seen: list[str] = []
        for seconds in (99, 1, 10, 10, 10):
            api.sandbox.advance(seconds)
            seen.append("".join([(await api("GET", path))["status"][0] for path in paths]))
        assert seen == ["qqq", "iqq", "riq", "rri", "rrr"]


@pytest.mark.parametrize("way", ["broken", "mistaken", "unreachable", "unfit"])
async def test_it_fails_as_its_asset_does(
    film: Path, small_film: Path, picture: Path, tmp_path: Path, way: str
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film" * 100)
    async with serving(timings=SLOW, speed=0) as api:
        index = await api.index()
        match way:
            case "broken":
                asset, code = await api.asset(broken), "unsupported_file_type"
            case "mistaken":
                asset, code = await uploaded(api, picture), "unsupported_media_type"
            case "unreachable":
                asset, code = await by_url(api, NOWHERE), "source_unavailable"
            case _:
                asset, code = await api.asset(small_film), "video_resolution_too_low"
        path = await begin(api, index, asset)
        assert (await api("GET", path))["status"] == "pending"
        api.sandbox.advance(1000)
        shown = await api("GET", path)
        assert (shown["status"], shown["error"]["code"]) == ("failed", code)
        assert api.sandbox.indexing.running == 0
        again = {"asset_id": asset}
        await api.refused(code, 400, "POST", f"/indexes/{index}/indexed-assets", json=again)


async def test_it_may_be_deleted_while_it_waits(film: Path) -> None:
    async with serving(timings=SLOW, speed=0) as api:
        index = await api.index()
        asset = await api.asset(film)
        gone, kept = await begin(api, index, asset), await begin(api, index, asset)
        await api("DELETE", gone, 204)
        await api.refused("asset_in_use", 409, "DELETE", f"/assets/{asset}")
        api.sandbox.advance(1000)
        assert (await api("GET", kept))["status"] == "ready"
        await api("DELETE", kept, 204)
        await api("DELETE", f"/assets/{asset}", 204)
        assert list((api.sandbox.data / "files").iterdir()) == []


async def test_waiting_resumes_after_a_restart(film: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"timings": SLOW, "speed": 0, "data": tmp_path}
    async with serving(**how) as api:
        index = await api.index()
        path = await begin(api, index, await api.asset(film))
    async with serving(**how) as api:
        assert (await api("GET", path))["status"] in ("pending", "queued")
        api.sandbox.advance(1000)
        assert (await api("GET", path))["status"] == "ready"


async def test_an_embedding_task_waits_for_its_asset(film: Path) -> None:
    async with serving(timings=SLOW, speed=0) as api:
        asset = await api.asset(film)
        source = {"media_source": {"asset_id": asset}}
        body = {"input_type": "video", "model_name": "marengo3.0", "video": source}
        path = f"/embed-v2/tasks/{(await api('POST', '/embed-v2/tasks', 202, json=body))['_id']}"
        seen: list[str] = []
        for seconds in (0, 100, 10):
            api.sandbox.advance(seconds)
            seen.append((await api("GET", path))["status"])
        assert seen == ["processing", "processing", "ready"]
        assert (await api("GET", path))["data"]
        lost = {"media_source": {"asset_id": await by_url(api, NOWHERE)}}
        body = {"input_type": "video", "model_name": "marengo3.0", "video": lost}
        path = f"/embed-v2/tasks/{(await api('POST', '/embed-v2/tasks', 202, json=body))['_id']}"
        api.sandbox.advance(1000)
        assert (await api("GET", path))["status"] == "failed"


async def test_an_entity_is_processing_until_its_assets_are_ready(picture: Path) -> None:
    async with serving(timings=SLOW, speed=0) as api:
        made = await api("POST", "/entity-collections", 201, json={"name": "animals"})
        path = f"/entity-collections/{made['_id']}/entities"
        first = await api.asset(picture)
        api.sandbox.advance(50)
        body = {"name": "frog", "asset_ids": [first, await api.asset(picture)]}
        path += f"/{(await api('POST', path, 201, json=body))['_id']}"
        seen: list[str] = []
        for seconds in (0, 50, 50, 10):
            api.sandbox.advance(seconds)
            seen.append((await api("GET", path))["status"])
        assert seen == ["processing", "processing", "processing", "ready"]
        more = {"asset_ids": [await api.asset(picture)]}
        await api("POST", f"{path}/assets", json=more)
        api.sandbox.advance(100)
        assert (await api("GET", path))["status"] == "processing"
        api.sandbox.advance(10)
        assert (await api("GET", path))["status"] == "ready"


async def test_calls_that_answer_now_take_its_content_as_soon_as_it_is_there(
    film: Path, picture: Path
) -> None:
    async with serving(timings=SLOW, speed=0) as api:
        video = {"type": "asset_id", "asset_id": await api.asset(film)}
        body = {"video": video, "prompt": "What?", "stream": False}
        assert (await api("POST", "/analyze", json=body))["data"]
        image = {"media_source": {"asset_id": await api.asset(picture)}}
        body = {"input_type": "image", "model_name": "marengo3.0", "image": image}
        assert (await api("POST", "/embed-v2", json=body))["data"]
        lost = {"type": "asset_id", "asset_id": await by_url(api, NOWHERE)}
        body = {"video": lost, "prompt": "What?", "stream": False}
        await api.refused("source_unavailable", 400, "POST", "/analyze", json=body)


async def test_a_setting_refuses_them_all(film: Path, picture: Path) -> None:
    settings = Settings(processing_assets="refused")
    async with serving(timings=SLOW, speed=0, settings=settings) as api:
        index, asset, image = await api.index(), await api.asset(film), await api.asset(picture)
        made = await api("POST", "/entity-collections", 201, json={"name": "animals"})
        source = {"media_source": {"asset_id": asset}}
        embed = {"input_type": "video", "model_name": "marengo3.0", "video": source}
        calls: list[tuple[str, dict[str, Any]]] = [
            (f"/indexes/{index}/indexed-assets", {"asset_id": asset}),
            (
                f"/entity-collections/{made['_id']}/entities",
                {"name": "frog", "asset_ids": [image]},
            ),
            ("/analyze", {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "What?"}),
        ]
        for path, body in calls:
            await api.refused("asset_not_ready", 400, "POST", path, json=body)
        for path in ("/embed-v2", "/embed-v2/tasks"):
            assert "error" in await api("POST", path, 400, json=embed)
        api.sandbox.advance(100)
        for path, body in calls[:2]:
            await api("POST", path, 202 if "indexes" in path else 201, json=body)
