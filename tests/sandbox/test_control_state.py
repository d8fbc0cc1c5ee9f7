"""Settings, seeds, webhooks and the reset of a sandbox, over HTTP and in Python."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.control_api import Control
from tests.sandbox.receivers import receiving
from tests.sandbox.store_support import new_item, new_store
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Sandbox, Settings, SettingsError, Timings, seeding
from twelvelabs_async.sandbox.control.app import CALLS

# Names of files are text there.
not_windows = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text")


@pytest.fixture
def control(api: Api) -> Control:
    return Control(api)


async def test_settings_are_shown_and_changed(api: Api, control: Control) -> None:
    shown = await control("GET", "settings")
    assert {*shown} == {each.name for each in fields(Settings)} | {"timings"}
    assert {*shown["timings"]} == {each.name for each in fields(Timings)}
    changed = await control("PUT", "settings", json={"json_fences": "always", "url_life": 5})
    assert changed == {**shown, "json_fences": "always", "url_life": 5.0}
    # The others stay as they are.
    again = await control("PUT", "settings", json={"timings": {"asset": 60}, "chunk_size": 1000.0})
    assert (again["json_fences"], again["timings"]["asset"]) == ("always", 60)
    assert again["timings"]["queued"] == 0
    assert api.sandbox.settings.chunk_size == 1000
    assert api.sandbox.settings.url_life == 5
    # What is shown can be put back.
    assert await control("PUT", "settings", json=shown) == shown


async def test_a_changed_setting_holds_for_the_next_call(api: Api, control: Control) -> None:
    await control("PUT", "settings", json={"unknown_id_status": 418})
    await api("GET", "/indexes/none", 418)
    await control("PUT", "settings", json={"rate_limit_headers": "none", "tier": "free"})
    await api("GET", "/indexes")
    assert not [name for name in api.headers if "ratelimit" in name.lower()]
    assert (await control("GET", "limits"))["search"]["requests"] == 600
    assert api.sandbox.indexing.limit == 5
    await control("PUT", "settings", json={"tier": "unlimited", "concurrent_indexing": 2})
    assert await control("GET", "limits") == {}
    assert api.sandbox.indexing.limit == 2


async def test_a_lower_limit_holds_once_films_have_ended(film: Path) -> None:
    timings = evolve(Timings.none(), indexing=100.0)
    async with serving(speed=0, timings=timings, settings=Settings(concurrent_indexing=3)) as api:
        index = await api.index()
        videos = [await api.video(index, film) for _ in range(6)]
        sandbox = api.sandbox
        assert sandbox.indexing.running == 3
        sandbox.configure(concurrent_indexing=1)
        assert (sandbox.indexing.running, sandbox.indexing.limit) == (3, 1)
        running: list[int] = []
        for _ in range(5):
            sandbox.advance(100)
            for video in videos:
                await api("GET", f"/indexes/{index}/indexed-assets/{video}")
            running.append(sandbox.indexing.running)
        assert running == [1, 1, 1, 0, 0]
        sandbox.configure(concurrent_indexing=4)
        for _ in range(5):
            await api.video(index, film)
        assert sandbox.indexing.running == 4


REFUSED: list[Any] = [
    {"json_fences": "perhaps"},
    {"json_fenses": "always"},
    {"url_life": -1},
    {"url_life": 1e300},
    {"url_life": "5"},
    {"reuse_urls": 1},
    {"chunk_size": 0},
    {"chunk_size": None},
    {"bad_chunk": [400]},
    {"bad_chunk": [200, "a"]},
    {"min_side": [1, 2, 3]},
    {"fetch_hosts": "media.test"},
    {"era": "2020-01"},
    # A header that cannot be sent would leave no reply at all, of the control calls neither.
    *(
        {name: f"a{mark}b"}
        for name in ("api_version", "stream_content_type")
        for mark in "\0\n\x1b"
    ),
    {"timings": {"asset": -1}},
    {"timings": {"assets": 1}},
    {"timings": 5},
    [],
]


async def test_what_is_no_setting_is_refused_and_changes_nothing(control: Control) -> None:
    before = await control("GET", "settings")
    for wrong in REFUSED:
        body: Any = {"json_fences": "always", **wrong} if wrong else wrong
        assert await control.refused(400, "PUT", "settings", json=body), wrong
    assert await control("GET", "settings") == before


def test_python_changes_settings_alike() -> None:
    with Sandbox() as sandbox:
        changed = sandbox.configure({"url_life": 5}, json_fences="always", timings=Timings.none())
        assert (changed.url_life, changed.json_fences) == (5.0, "always")
        assert changed is sandbox.settings
        wrongs: list[Any] = [{"url_life": math.nan}, {"url_live": 5}, {"timings": 5}]
        for wrong in wrongs:
            with pytest.raises(SettingsError, match=r"url_li|timings"):
                sandbox.configure(wrong)
        assert sandbox.settings is changed


(PUT,) = [call for call in CALLS if (call.method, call.path) == ("PUT", "/settings")]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["any", "free", "failed", "", "2026-10", "always"])
    | st.lists(st.integers(-5, 700) | st.text(max_size=3), max_size=3)
)


@given(st.sampled_from([each.name for each in fields(Settings)]), VALUES)
def test_the_schema_of_settings_says_what_python_takes(name: str, value: Any) -> None:
    validator: Any = jsonschema.Draft202012Validator(PUT.body or {})
    fits = validator.is_valid({name: value})
    if isinstance(value, float) and value.is_integer() and name != "chunk_size":
        # JSON Schema takes 1.0 as an integer, and the call makes one of it.
        value = int(value)
    if name == "chunk_size" and isinstance(value, float):
        return
    try:
        Settings.from_mapping({name: value})
        taken = True
    except SettingsError:
        taken = False
    # A few have to fit together as well, such as a status and a code.
    assert taken == fits or (fits and not taken and isinstance(value, list))


async def test_films_are_made_and_indexed(api: Api, control: Control) -> None:
    seeded = await control("POST", "seed", json={"films": 2})
    index = seeded["index_id"]
    assert len({each["video_id"] for each in seeded["films"]}) == 2
    for each in seeded["films"]:
        found = await api("GET", f"/indexes/{index}/indexed-assets/{each['video_id']}")
        assert found["status"] == "ready"
        assert found["system_metadata"]["filename"] == each["filename"]
        assert (await api("GET", f"/assets/{each['asset_id']}"))["status"] == "ready"
    first, second = (each["filename"].removesuffix(".mp4").split("-") for each in seeded["films"])
    assert first[1:] != second[1:]
    form = [("index_id", index), ("query_text", first[1]), ("search_options", "visual")]
    hits = (await api("POST", "/search", form=form))["data"]
    assert hits[0]["video_id"] == seeded["films"][0]["video_id"]
    assert len(api.sandbox.requests.matching("POST", "/assets")) == 0
    # More of them go into the same index, or into another one.
    assert (await control("POST", "seed", json={"films": 0}))["index_id"] == index
    other = await control("POST", "seed", json={"films": 0, "index_name": "more"})
    assert other["index_id"] != index


async def test_films_are_given(api: Api, control: Control, film: Path, tmp_path: Path) -> None:
    before = film.read_bytes()
    seeded = await control("POST", "seed", json={"paths": [str(film)]})
    ((one),) = seeded["films"]
    assert one["filename"] == film.name
    assert film.read_bytes() == before
    (tmp_path / "no_film.mp4").write_bytes(b"nothing")
    count = len(api.sandbox._context.repository.users)
    for wrong in (tmp_path / "no_film.mp4", tmp_path / "absent.mp4", tmp_path):
        paths = [str(film), str(wrong)]
        assert str(wrong) in await control.refused(400, "POST", "seed", json={"paths": paths})
    assert len(api.sandbox._context.repository.users) == count
    listed = await api("GET", f"/indexes/{seeded['index_id']}/indexed-assets")
    assert listed["page_info"]["total_results"] == 1


@not_windows
async def test_a_file_whose_name_is_no_text_is_indexed(film: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    shutil.copy(film, odd)
    async with serving(data=tmp_path / "data") as api:
        seeded = await asyncio.to_thread(api.sandbox.seed, paths=[odd])
        assert [each.filename for each in seeded.films] == ["caf?.mp4"]
        path = f"/tasks/transfers/import/{api.sandbox.connect_store([odd])}"
        query = {"index_id": seeded.index_id}
        assert (await api("GET", f"{path}/status", query=query))["not_imported"] == ["caf?.mp4"]
        made = await api("POST", path, 201, json={**query, "incremental_import": True})
        assert [each["filename"] for each in made["videos"]] == ["caf?.mp4"]
        assert (await api("POST", path, 201, json=query))["videos"] == []
        broken = tmp_path / os.fsdecode(b"\xff.mp4")
        broken.write_bytes(b"no film")
        path = f"/tasks/transfers/import/{api.sandbox.connect_store([broken])}"
        made = await api("POST", path, 201, json=query)
        assert [each["filename"] for each in made["failed_files"]] == ["?.mp4"]
    async with serving(data=tmp_path / "data") as api:
        listed = await api("GET", f"/indexes/{seeded.index_id}/indexed-assets")
        assert listed["page_info"]["total_results"] == 2


@pytest.mark.parametrize("era", ["2025-12", "2026-10"])
async def test_seeded_films_fit_the_era(era: Any) -> None:
    async with serving(settings=Settings(era=era)) as api:
        seeded = await asyncio.to_thread(api.sandbox.seed, 1)
        models = (await api("GET", f"/indexes/{seeded.index_id}"))["models"]
        names = [each["model_name"] for each in models]
        assert names == (["marengo3.0", "pegasus1.2"] if era == "2025-12" else ["marengo3.0"])


async def test_what_is_no_seed_is_refused(control: Control) -> None:
    wrongs: list[Any] = [
        {},
        {"films": -1},
        {"films": 101},
        {"films": 1.5},
        {"films": "3"},
        {"paths": "a.mp4"},
        {"paths": [""]},
        {"films": 1, "index_name": ""},
        {"film": 1},
    ]
    for wrong in wrongs:
        assert await control.refused(400, "POST", "seed", json=wrong)


async def test_an_index_name_that_cannot_be_written_is_refused(api: Api) -> None:
    with pytest.raises(ValueError, match="index_name"):
        await asyncio.to_thread(api.sandbox.seed, 1, index_name="\ud800")
    assert (await api("GET", "/indexes"))["data"] == []


async def test_other_machines_name_no_files_of_this_one(film: Path) -> None:
    async with serving(allow_remote_control=True) as api:
        # A proxy on this machine stands for those behind it.
        headers = {"X-Forwarded-For": "192.0.2.7"}
        refused = await Control(api)(
            "POST", "seed", 403, json={"paths": [str(film)]}, headers=headers
        )
        assert refused["code"] == "paths_not_allowed"
        await Control(api)("POST", "seed", json={"films": 0}, headers=headers)


async def test_webhooks_are_registered(api: Api, control: Control, film: Path) -> None:
    async with receiving() as receiver:
        made = await control("POST", "webhooks", json={"url": receiver.url})
        assert made["secret"].startswith("whsec_")
        listed = await control("GET", "webhooks")
        assert listed == {"webhooks": [{"id": made["id"], "url": receiver.url}]}
        same = {"url": receiver.url, "secret": "mine"}
        assert (await control("POST", "webhooks", json=same))["secret"] == "mine"
        await api.video(await api.index(), film)
        await receiver.wait(1)
        await control("DELETE", f"webhooks/{made['id']}")
        assert await control("GET", "webhooks") == {"webhooks": []}
        await control("DELETE", f"webhooks/{made['id']}", 404)
    urls = (
        "http://127.0.0.1/ok\n",
        "http://media.test/",
        "",
        "http://127.0.0.1:70000/",
        "http://127.0.0.1:p/",
        "//[::1",
    )
    for wrong in (*({"url": url} for url in urls), {"url": "a", "secret": ""}, {}):
        assert await control.refused(400, "POST", "webhooks", json=wrong)


async def test_a_reset_leads_back_to_the_start(film: Path, tmp_path: Path) -> None:
    settings = Settings(tier="free", json_fences="sometimes")
    url = "http://127.0.0.1:9/first"
    async with serving(data=tmp_path, settings=settings, webhooks=[url], speed=0) as api:
        control, sandbox = Control(api), api.sandbox
        before = [await control("GET", path) for path in ("settings", "limits", "webhooks")]
        (first,) = sandbox.webhooks.list()
        index = await api.index()
        video = await api.video(index, film)
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        await api("POST", "/assets/multipart-uploads", 201, json=body)
        await new_item(api, await new_store(api), film)
        asset = await api.asset(film)
        task = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "What?"}
        await api("POST", "/analyze/tasks", 202, json=task)
        sandbox.faults.add("GET", "/never")
        sandbox.faults.hold("response", "in_progress")
        sandbox.limits.allow("search", 1)
        sandbox.answers.set("Hello.")
        sandbox.webhooks.register("http://127.0.0.1:9/later")
        sandbox.configure(json_fences="always", timings={"asset": 5})
        sandbox.advance(10**6)
        await control("POST", "reset")
        assert [await control("GET", path) for path in ("settings", "limits")] == before[:2]
        assert [(each.url, each.secret) for each in sandbox.webhooks.list()] == [
            (url, first.secret)
        ]
        assert (await control("GET", "faults"))["faults"] == []
        assert await control("GET", "answers") == {}
        assert len(sandbox.requests) == 0
        assert sandbox.now() < time.time() + 10
        for path in ("/indexes", "/assets", "/analyze/tasks", "/knowledge-stores"):
            assert (await api("GET", path))["data"] == []
        await api("GET", f"/indexes/{index}/indexed-assets/{video}", 404)
        assert [*(tmp_path / "files").iterdir()] == []
        # It works as before, with the same key and the same film.
        await api("GET", f"/indexes/{await api.index()}/indexed-assets")
        video = await api.video(await api.index("again"), film)
        await control("POST", "reset", json={})
        await control("POST", "reset", data=b"")
        index = await api.index("kept")
    async with serving(data=tmp_path) as api:
        assert [each["index_name"] for each in (await api("GET", "/indexes"))["data"]] == ["kept"]


async def test_a_reset_cuts_off_what_is_being_answered(api: Api, film: Path) -> None:
    control = Control(api)
    asset = await api.asset(film)
    await control("POST", "faults", json={"path": "/indexes", "end": "hang"})
    await control("PUT", "settings", json={"timings": {"piece": 30}})
    hanging = asyncio.create_task(api.index())
    body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "What?"}
    url, headers = f"{api.sandbox.base_url}/analyze", {"x-api-key": api.sandbox.api_key}
    async with api.session.post(url, json=body, headers=headers) as stream:
        assert await stream.content.readline()
        async with asyncio.timeout(120):
            # No event says that the sandbox has the request.
            while len(api.sandbox.requests.matching("POST", "/indexes")) < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await control("POST", "reset")
            with pytest.raises(aiohttp.ClientError):
                await hanging
            with pytest.raises(aiohttp.ClientError):
                await stream.read()
    assert (await api("GET", "/assets"))["data"] == []


@pytest.mark.parametrize("over_http", [True, False])
async def test_a_reset_cuts_off_a_seed(
    over_http: bool, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    indexed, control = seeding._indexed, Control(api)

    async def slow(*arguments: Any) -> Any:
        made = await indexed(*arguments)
        loop.call_soon_threadsafe(begun.set)
        # The sandbox has a loop of its own.
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(going_on.wait(), loop))
        return made

    monkeypatch.setattr(seeding, "_indexed", slow)
    work = control("POST", "seed", json={"films": 2})
    if not over_http:
        work.close()
        work = asyncio.to_thread(api.sandbox.seed, 2)
    seed = asyncio.create_task(work)
    await begun.wait()
    await control("POST", "reset")
    going_on.set()
    with pytest.raises(aiohttp.ClientError if over_http else RuntimeError):
        await seed
    for path in ("/assets", "/indexes"):
        assert (await api("GET", path))["data"] == []
    assert [*(api.sandbox.data / "files").iterdir()] == []


async def test_a_film_that_was_being_read_can_be_read_again(film: Path) -> None:
    async with serving(timings=Timings()) as api:
        for _ in range(3):
            video = await api.video(index := await api.index(), film)
            await asyncio.to_thread(api.sandbox.reset)
        video = await api.video(index := await api.index(), film)
        async with asyncio.timeout(120):
            while True:
                found = await api("GET", f"/indexes/{index}/indexed-assets/{video}")
                if found["status"] == "ready":
                    break
                assert found["status"] != "failed", found
                await asyncio.sleep(0.1)


def test_what_is_not_served_is_not_reset() -> None:
    sandbox = Sandbox()
    try:
        with pytest.raises(RuntimeError, match="not being served"):
            sandbox.reset()
    finally:
        sandbox.close()
    with Sandbox() as sandbox:
        pass
    with pytest.raises(RuntimeError, match="not being served"):
        sandbox.seed(1)
