"""``/tasks`` and ``/tasks/transfers``."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.origins import served
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio


async def begin(api: Api, index: str, film: Path, *more: tuple[str, Any]) -> dict[str, str]:
    form = [("index_id", index), ("video_file", film), *more]
    made: dict[str, str] = await api("POST", "/tasks", form=form)
    return made


async def test_a_task_goes_through_its_states_and_is_deleted_after_its_video(film: Path) -> None:
    timings = Timings(validating=10, pending=10, queued=10, indexing=10, stream=10)
    async with serving(timings=timings, speed=0) as api:
        index = await api.index()
        made = await begin(api, index, film, ("user_metadata", '{"a": 1}'))
        path = f"/tasks/{made['_id']}"
        seen = []
        for _ in range(6):
            shown = await api("GET", path)
            seen.append((shown["status"], shown["hls"]["status"]))
            if shown["status"] != "ready":
                await api.refused("task_cannot_be_deleted", 400, "DELETE", path)
            api.sandbox.advance(10)
        assert [status for status, _ in seen] == [
            "validating",
            "pending",
            "queued",
            "indexing",
            "ready",
            "ready",
        ]
        assert seen[-2:] == [("ready", "PROCESSING"), ("ready", "COMPLETE")]
        assert shown["video_id"] == made["video_id"]
        assert shown["system_metadata"]["width"] == 640
        await api.refused("task_cannot_be_deleted", 400, "DELETE", path)
        video = await api("GET", f"/indexes/{index}/videos/{made['video_id']}")
        assert video["user_metadata"] == {"a": 1}
        await api("DELETE", f"/indexes/{index}/videos/{made['video_id']}", 204)
        await api("DELETE", path, 204)
        await api.refused("resource_not_exist", 400, "GET", path)


async def test_metadata_of_a_task_are_plain_values(api: Api, film: Path) -> None:
    index = await api.index()
    given = {"a": "x", "b": 2**53 - 1, "c": 1.5, "d": False, "e": ["p", "q"]}
    made = await begin(api, index, film, ("user_metadata", json.dumps(given)))
    video = await api("GET", f"/indexes/{index}/videos/{made['video_id']}")
    assert video["user_metadata"] == given
    for value in ({"b": 1}, [1], 2**53, 10**25):
        form = [("index_id", index), ("user_metadata", json.dumps({"a": value}))]
        await api.refused("parameter_invalid", 400, "POST", "/tasks", form=form)


async def test_a_task_and_its_video_have_one_id(api: Api, film: Path) -> None:
    index = await api.index()
    url = (await api("GET", f"/assets/{await api.asset(film)}"))["url"]
    by_url = await api("POST", "/tasks", form=[("index_id", index), ("video_url", url)])
    made = [await begin(api, index, film), by_url]
    store = api.sandbox.connect_store([film])
    imported = await api("POST", f"/tasks/transfers/import/{store}", 201, json={"index_id": index})
    ids = [each["video_id"] for each in [*made, *imported["videos"]]]
    assert [each["_id"] for each in made] == ids[:2]
    assert len(set(ids)) == 3
    for identifier in ids:
        task = await api("GET", f"/tasks/{identifier}")
        assert (task["_id"], task["video_id"]) == (identifier, identifier)
        assert (await api("GET", f"/indexes/{index}/videos/{identifier}"))["_id"] == identifier
        assert (await api("GET", f"/indexes/{index}/indexed-assets/{identifier}"))["_id"]
        body = {"video_id": identifier, "prompt": "What?", "stream": False}
        assert (await api("POST", "/analyze", json=body))["data"]
    assert sorted(t["_id"] for t in (await api("GET", "/tasks"))["data"]) == sorted(ids)


async def test_tasks_are_listed_and_filtered(api: Api, film: Path, other_film: Path) -> None:
    index, other = await api.index(), await api.index("other")
    first = (await begin(api, index, film))["_id"]
    second = (await begin(api, other, other_film))["_id"]

    async def found(*query: tuple[str, str]) -> list[str]:
        return [task["_id"] for task in (await api("GET", "/tasks", query=query))["data"]]

    assert await found() == [second, first]
    assert await found(("index_id", index)) == [first]
    assert await found(("status", "ready"), ("status", "validating")) == [second, first]
    assert await found(("status", "failed")) == []
    assert await found(("filename", film.name)) == [first]
    assert await found(("width", "640"), ("height", "360")) == [second, first]
    assert await found(("duration", "1")) == []
    assert await found(("sort_option", "asc")) == [first, second]
    bad = {"status": "done"}
    await api.refused("parameter_invalid", 400, "GET", "/tasks", query=bad)


async def test_an_unfit_film_is_refused_or_fails(small_film: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film" * 100)
    async with serving() as api:
        index = await api.index()
        form = [("index_id", index), ("video_file", small_film)]
        await api.refused("video_resolution_too_low", 400, "POST", "/tasks", form=form)
        await api("POST", "/tasks", 400, form=[("index_id", index), ("video_file", broken)])
        assert list((api.sandbox.data / "files").iterdir()) == []
    async with serving(settings=Settings(unfit_films="failed")) as api:
        index = await api.index()
        task = (await begin(api, index, small_film))["_id"]
        shown = await api("GET", f"/tasks/{task}")
        assert (shown["status"], shown["hls"]["status"]) == ("failed", "ERROR")
        assert shown["error"]["code"] == "video_resolution_too_low"
        await api("DELETE", f"/tasks/{task}", 204)
        assert list((api.sandbox.data / "files").iterdir()) == []


async def test_a_task_by_url(api: Api, film: Path) -> None:
    index = await api.index()
    url = (await api("GET", f"/assets/{await api.asset(film)}"))["url"]
    made = await api("POST", "/tasks", form=[("index_id", index), ("video_url", url)])
    shown = await api("GET", f"/tasks/{made['_id']}")
    assert shown["status"] == "ready"
    away = [("index_id", index), ("video_url", "http://127.0.0.1:9/away.mp4")]
    made = await api("POST", "/tasks", form=away)
    shown = await api("GET", f"/tasks/{made['_id']}")
    assert (shown["status"], shown["error"]["code"]) == ("failed", "source_unavailable")


async def test_a_video_that_is_deleted_before_its_film_has_come_holds_nothing(film: Path) -> None:
    sent = asyncio.Event()

    async def give(request: web.Request) -> web.FileResponse:
        await sent.wait()
        return web.FileResponse(film)

    timings = Timings(validating=10, pending=10, queued=10, indexing=10)
    async with (
        serving(timings=timings, speed=0) as api,
        served(web.get("/film.mp4", give)) as url,
    ):
        index = await api.index()
        form = [("index_id", index), ("video_url", f"{url}/film.mp4")]
        made = await api("POST", "/tasks", form=form)
        await api("DELETE", f"/indexes/{index}/videos/{made['video_id']}", 204)
        sent.set()
        api.sandbox.advance(100)
        assert (await api("GET", f"/tasks/{made['_id']}"))["status"] == "ready"
        assert len(list((api.sandbox.data / "files").iterdir())) == 1
        await api("DELETE", f"/tasks/{made['_id']}", 204)
        assert list((api.sandbox.data / "files").iterdir()) == []


async def test_a_task_needs_an_index_and_a_film(api: Api, film: Path) -> None:
    index = await api.index()
    form: list[tuple[str, Any]] = [("index_id", index)]
    await api.refused("parameter_not_provided", 400, "POST", "/tasks", form=form)
    form = [("video_file", film)]
    await api.refused("parameter_not_provided", 400, "POST", "/tasks", form=form)
    form = [("index_id", "nothing"), ("video_file", film)]
    await api.refused("resource_not_exist", 400, "POST", "/tasks", form=form)
    form = [("index_id", index), ("video_file", film), ("language", "en")]
    await api.refused("parameter_unknown", 400, "POST", "/tasks", form=form)


async def test_a_store_is_imported(
    api: Api, film: Path, other_film: Path, small_film: Path, tmp_path: Path
) -> None:
    index = await api.index()
    files = [film, small_film, tmp_path / "missing.mp4"]
    integration = api.sandbox.connect_store(files)
    path = f"/tasks/transfers/import/{integration}"
    query = {"index_id": index}
    before = await api("GET", f"{path}/status", query=query)
    assert before["not_imported"] == [file.name for file in files]
    made = await api("POST", path, 201, json={"index_id": index, "user_metadata": {"a": 1}})
    assert [video["filename"] for video in made["videos"]] == [film.name]
    assert [failed["filename"] for failed in made["failed_files"]] == ["small.mp4", "missing.mp4"]
    status = await api("GET", f"{path}/status", query=query)
    assert [video["filename"] for video in status["ready"]] == [film.name]
    assert [failed["filename"] for failed in status["failed"]] == ["small.mp4", "missing.mp4"]
    assert status["not_imported"] == []
    again = await api("POST", path, 201, json={"index_id": index})
    assert again == {"videos": [], "failed_files": []}
    retried = await api("POST", path, 201, json={"index_id": index, "retry_failed": True})
    assert [failed["filename"] for failed in retried["failed_files"]] == [
        "small.mp4",
        "missing.mp4",
    ]
    whole = await api("POST", path, 201, json={"index_id": index, "incremental_import": False})
    assert [video["filename"] for video in whole["videos"]] == [film.name]
    logs = (await api("GET", f"{path}/logs"))["data"]
    assert [log["video_status"]["ready"] for log in logs] == [1, 0, 0, 1]
    assert all(log["ended_at"] for log in logs)
    assert logs[0]["index_name"] == "films"
    await api.refused("parameter_not_provided", 400, "POST", path)
    await api.refused("parameter_not_provided", 400, "GET", f"{path}/status")
    unknown = "/tasks/transfers/import/nothing/logs"
    await api.refused("resource_not_exist", 400, "GET", unknown)


async def test_nothing_stays_of_a_stored_film_that_cannot_be_copied_whole(
    api: Api, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BreaksOff(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError("the disk is broken")
            return super().read(1000)

    whole, opened = film.read_bytes(), Path.open

    def break_off(path: Path, *how: Any, **more: Any) -> Any:
        return BreaksOff(whole) if path == film else opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", break_off)
    index = await api.index()
    path = f"/tasks/transfers/import/{api.sandbox.connect_store([film])}"
    made = await api("POST", path, 201, json={"index_id": index})
    assert [failed["filename"] for failed in made["failed_files"]] == [film.name]
    assert list((api.sandbox.data / "tmp").iterdir()) == []
