"""The page's files and what it shows, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import av
import pytest

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.sandbox import Sandbox

FILES = ["", "console.css", "console.js", "clips.js", "dom.js"]
ODD = "<img src=x onerror=alert(1)>.mp4"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(speed=0) as sandbox:
        yield sandbox


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    origin = sandbox.base_url.removesuffix("/v1.3")
    async with aiohttp.ClientSession(f"{origin}/_sandbox/") as session:
        yield session


async def indexed(sandbox: Sandbox, film: Path) -> tuple[str, str]:
    """The ids of an index and of its film, whose name is odd."""
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = await client.indexes.create(
            index_name="<b>films</b>",
            models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
        )
        asset = await client.assets.create(method="direct", file=(ODD, film.read_bytes()))
        item = await client.indexes.indexed_assets.create(index.id or "", asset_id=asset.id or "")
    return index.id or "", item.id or ""


async def test_the_files_are_small_and_run_nothing_of_others(
    browser: aiohttp.ClientSession,
) -> None:
    size = 0
    for name in FILES:
        async with browser.get(name) as response:
            body = await response.text()
            assert response.status == 200
        size += len(body)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        # Names are put in as text alone.
        assert not any(way in body for way in ("innerHTML", "insertAdjacent", "document.write"))
        assert "https://" not in body
    assert size < 150_000


async def test_the_overview_shows_films_and_their_states(
    sandbox: Sandbox, browser: aiohttp.ClientSession, film: Path
) -> None:
    index_id, film_id = await indexed(sandbox, film)
    async with browser.get("overview") as response:
        before = await response.json()
    (index,) = before["indexes"]
    assert (index["id"], index["name"], index["film_count"]) == (index_id, "<b>films</b>", 1)
    (shown,) = index["films"]
    assert (shown["id"], shown["name"], shown["kind"]) == (film_id, ODD, "video")
    assert shown["status"] != "ready"
    assert before["asset_count"] == len(before["assets"]) == 1
    await browser.post("clock", json={"advance": 3600})
    async with browser.get("overview?limit=1") as response:
        (index,) = (await response.json())["indexes"]
    (shown,) = index["films"]
    assert (shown["status"], shown["duration"], shown["width"]) == ("ready", 9.0, 640)
    assert not sandbox.requests.matching(path="/overview")
    async with browser.get(f"videos/{film_id}") as response:
        assert await response.json() == shown
    async with browser.get("videos/none") as response:
        assert response.status == 404


async def test_the_overview_shows_what_spoils_and_limits_calls(
    sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    sandbox.faults.add("POST", "/search", status=503)
    sandbox.limits.allow("search", 5)
    async with browser.get("overview") as response:
        shown = await response.json()
    for name in ("faults", "limits"):
        async with browser.get(name) as response:
            found = await response.json()
        assert shown[name] == (found["faults"] if name == "faults" else found)
        assert len(shown[name]) == 1


async def test_what_is_no_film_cannot_be_played(
    sandbox: Sandbox, browser: aiohttp.ClientSession, film: Path, tmp_path: Path
) -> None:
    sound = tmp_path / "sound.mp4"
    with av.open(str(film)) as source, av.open(str(sound), "w") as target:
        taken = source.streams.audio[0]
        track = target.add_stream_from_template(taken)
        for packet in source.demux(taken):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        await client.assets.create(method="direct", file=("no film.mp4", b"no film"))
        await client.assets.create(method="direct", file=sound)
    sandbox.advance(3600)
    async with browser.get("overview") as response:
        heard, broken = (await response.json())["assets"]
    assert (broken["status"], broken["playable"]) == ("failed", False)
    # Its type says video, but it has no picture to ask for.
    assert (heard["kind"], heard["playable"]) == ("audio", True)


async def test_a_film_comes_whole_or_by_ranges_with_its_type(
    sandbox: Sandbox, browser: aiohttp.ClientSession, film: Path
) -> None:
    _, film_id = await indexed(sandbox, film)
    await browser.post("clock", json={"advance": 3600})
    content = film.read_bytes()
    async with browser.get(f"films/{film_id}") as response:
        assert (response.status, await response.read()) == (200, content)
        assert response.content_type == "video/mp4"
    async with browser.get(f"films/{film_id}", headers={"Range": "bytes=10-19"}) as response:
        assert (response.status, await response.read()) == (206, content[10:20])
    async with browser.get(f"thumbnails/{film_id}/1.500.jpg") as response:
        assert (await response.read())[:2] == b"\xff\xd8"
    for wrong in ("films/none", "thumbnails/none/1.jpg", f"thumbnails/{film_id}/nan.jpg"):
        async with browser.get(wrong) as response:
            assert response.status == 404, wrong


@pytest.mark.parametrize("path", ["overview", "connection", "films/any", "thumbnails/any/1.jpg"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Host": "evil.example"},
    ],
)
async def test_pages_of_others_see_nothing(
    browser: aiohttp.ClientSession, path: str, headers: dict[str, str]
) -> None:
    async with browser.get(path, headers=headers) as response:
        assert response.status in (403, 421)
        assert "api_key" not in await response.text()


async def test_a_link_from_elsewhere_leads_to_the_page(browser: aiohttp.ClientSession) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with browser.get("", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/html"


async def test_the_path_without_its_last_slash_leads_to_the_page(
    sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    origin = sandbox.base_url.removesuffix("/v1.3")
    async with browser.get(f"{origin}/_sandbox") as response:
        assert str(response.url) == f"{origin}/_sandbox/"
        assert response.content_type == "text/html"


async def test_the_connection_is_what_a_client_needs(
    sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("connection") as response:
        assert await response.json() == {
            "base_url": sandbox.base_url,
            "api_key": sandbox.api_key,
        }
        assert response.headers["Cache-Control"] == "no-store"
