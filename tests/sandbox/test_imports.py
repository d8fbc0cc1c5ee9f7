"""``/connections/{id}/imports``: files of a drive become assets, and what does not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.drives import connect
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError, ConflictError, NotFoundError
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

pytestmark = pytest.mark.anyio
NOWHERE = "0" * 24
ODD = [
    "a film.mp4",
    "über/Größe ✓.mp4",
    "deep/er/still/film.mp4",
    "100%25 #1?.mp4",
    "..hidden.mp4",
    "-rf.mp4",
    'it\'s "quoted".mp4',
    "a\\b.mp4",
    "line\nbreak.mp4",
    " leading.mp4",
    ".mp4.mp4",
]


@pytest.fixture
def drive(tmp_path: Path, small_film: Path) -> Path:
    folder = tmp_path / "drive"
    for name in (*ODD, "film.mp4"):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(small_film, place)
    return folder


@pytest.fixture
async def drives(drive: Path) -> AsyncIterator[Api]:
    async with serving(drive=drive) as api:
        yield api


def items(*ids: str) -> dict[str, Any]:
    return {"items": [{"source_id": each} for each in ids]}


async def run(api: Api, connection: str, *ids: str) -> dict[str, Any]:
    """What an import of these files answers."""
    made: dict[str, Any] = await api(
        "POST", f"/connections/{connection}/imports", 202, json=items(*ids)
    )
    assert [each["source_id"] for each in made["items"]] == list(ids)
    rejected = [each for each in made["items"] if each["action"] == "rejected"]
    assert made["has_failures"] is bool(rejected)
    for each in rejected:
        assert each["error"]["message"]
        assert not each.keys() & {"asset_id", "status"}
    return made


async def code_of(api: Api, source_id: str) -> str:
    """Why a file is rejected."""
    (item,) = (await run(api, await connect(api), source_id))["items"]
    assert item["action"] == "rejected"
    return str(item["error"]["code"])


@BOTH
async def test_files_become_assets(drives: Api, kind: Kind, small_film: Path) -> None:
    connection = await connect(drives, custom_id="user-7")
    async with client_of(drives, kind) as client:
        made = await client.imports.import_files(
            connection, items=[{"source_id": "film.mp4"}, {"source_id": "nowhere.mp4"}]
        )
        good, bad = made.items
        assert (good.action, good.status, good.error) == ("created", "ready", None)
        assert (bad.action, bad.asset_id, bad.error.code) == (
            "rejected",
            None,
            "source_unavailable",
        )
        assert made.has_failures
        asset = await client.assets.retrieve(good.asset_id)
        assert (asset.method, asset.filename, asset.size) == (
            "connector",
            "film.mp4",
            small_film.stat().st_size,
        )
        assert asset.source.type == "connector"
        assert asset.source.details.provider == "google_drive"
        assert asset.source.details.source_id == "film.mp4"
        assert asset.source.details.original_filename == "film.mp4"
        again = await client.imports.import_files(connection, items=[{"source_id": "film.mp4"}])
        (skipped,) = again.items
        assert (skipped.action, skipped.asset_id, skipped.status) == (
            "skipped",
            good.asset_id,
            "ready",
        )
        listed = [each async for each in client.imports.list_imports(connection)]
        assert [(each.id, each.item_count, each.custom_id) for each in listed] == [
            (again.id, 1, "user-7"),
            (made.id, 2, "user-7"),
        ]
        detail = await client.imports.wait_until_done(connection, made.id)
        assert detail.provider == "google_drive"
        assert [(each.action, each.status) for each in detail.items] == [
            ("created", "ready"),
            ("rejected", None),
        ]
        await client.assets.delete(good.asset_id)
        detail = await client.imports.retrieve_import(connection, made.id)
        assert detail.item_count == 2
        assert [each.source_id for each in detail.items] == ["nowhere.mp4"]
        anew = await client.imports.import_files(connection, items=[{"source_id": "film.mp4"}])
        assert anew.items[0].action == "created"


async def test_odd_names_are_imported(drives: Api) -> None:
    made = await run(drives, await connect(drives), *ODD)
    assert {each["action"] for each in made["items"]} == {"created"}
    for name, item in zip(ODD, made["items"], strict=True):
        asset = await drives("GET", f"/assets/{item['asset_id']}")
        assert asset["status"] == "ready"
        assert asset["filename"] == name.rpartition("/")[2]


@pytest.mark.parametrize(
    "source_id",
    [
        "nowhere.mp4",
        "film.mp4/",
        "./film.mp4",
        "deep//er/still/film.mp4",
        "deep/../film.mp4",
        "../drive/film.mp4",
        "..",
        ".",
        "/etc/passwd",
        "/film.mp4",
        "//film.mp4",
        "film.mp4\x00",
        "x" * 300,
        "x/" * 2000,
        "film.mp4/film.mp4",
        "FILM.mp4.",
        "~/film.mp4",
        "file:///etc/passwd",
        "%2e%2e/film.mp4",
    ],
)
async def test_what_is_not_below_the_drive_is_not_there(drives: Api, source_id: str) -> None:
    assert await code_of(drives, source_id) == "source_unavailable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes as POSIX has them")
async def test_links_lead_within_the_drive_only(
    drives: Api, drive: Path, tmp_path: Path, small_film: Path
) -> None:
    (tmp_path / "drive-2").mkdir()
    secret = shutil.copy(small_film, tmp_path / "drive-2" / "secret.mp4")
    (drive / "out.mp4").symlink_to(secret)
    (drive / "outside").symlink_to(tmp_path / "drive-2")
    (drive / "up").symlink_to("..")
    (drive / "circle.mp4").symlink_to("circle.mp4")
    (drive / "broken.mp4").symlink_to("nowhere.mp4")
    (drive / "inside.mp4").symlink_to("deep/er/still/film.mp4")
    for name in ("out.mp4", "outside/secret.mp4", "up/drive-2/secret.mp4"):
        assert await code_of(drives, name) == "source_not_authorized"
    for name in ("circle.mp4", "broken.mp4"):
        assert await code_of(drives, name) == "source_unavailable"
    (item,) = (await run(drives, await connect(drives), "inside.mp4"))["items"]
    assert (item["action"], item["status"]) == ("created", "ready")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and sockets as POSIX has them")
async def test_only_files_are_imported(
    drives: Api, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(drive / "pipe.mp4")
    (drive / "folder.mp4").mkdir()
    (drive / "notes.txt").write_text("none")
    (drive / "paper.pdf").write_bytes(b"%PDF-1.7")
    (drive / "unknown").write_bytes(b"none")
    for name in ("pipe.mp4", "folder.mp4", "deep", "notes.txt", "paper.pdf", "unknown"):
        assert await code_of(drives, name) == "unsupported_media_type"
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(drive)  # such a path may have 107 bytes
        listening.bind("socket.mp4")
        assert await code_of(drives, "socket.mp4") == "unsupported_media_type"


async def test_a_film_without_a_suffix_is_known_by_its_content(
    drives: Api, drive: Path, small_film: Path
) -> None:
    shutil.copy(small_film, drive / "bare")
    (item,) = (await run(drives, await connect(drives), "bare"))["items"]
    assert (await drives("GET", f"/assets/{item['asset_id']}"))["file_type"] == "video/mp4"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads any file")
async def test_a_file_that_may_not_be_read_is_rejected(drives: Api, drive: Path) -> None:
    (drive / "film.mp4").chmod(0)
    assert await code_of(drives, "film.mp4") == "source_not_authorized"


async def test_files_have_sizes(drive: Path, picture: Path) -> None:
    shutil.copy(picture, drive / "frame.jpg")
    (drive / "tone.mp3").write_bytes(bytes(2000))
    settings = Settings(max_import_video_size=1000, max_import_audio_size=1000, max_image_size=1000)
    async with serving(drive=drive, settings=settings) as api:
        made = await run(api, await connect(api), "film.mp4", "tone.mp3", "frame.jpg")
        assert [each["error"]["code"] for each in made["items"]] == [
            "video_filesize_too_large",
            "audio_filesize_too_large",
            "media_filesize_too_large",
        ]


async def test_an_import_that_failed_is_retried(drives: Api, drive: Path, small_film: Path) -> None:
    (drive / "later.mp4").write_bytes(b"none")
    connection = await connect(drives)
    first = await run(drives, connection, "later.mp4")
    (item,) = first["items"]
    assert (item["action"], item["status"]) == ("created", "failed")
    assert item["error"]["code"]
    assert not first["has_failures"]
    shutil.copy(small_film, drive / "later.mp4")
    # Another connection of the same account knows it too.
    (again,) = (await run(drives, await connect(drives), "later.mp4"))["items"]
    assert (again["action"], again["asset_id"], again["status"]) == (
        "retried",
        item["asset_id"],
        "ready",
    )
    shown = await drives("GET", f"/connections/{connection}/imports/{first['_id']}")
    (live,) = shown["items"]
    assert (live["action"], live["status"]) == ("created", "ready")
    assert "error" not in live


async def test_an_asset_is_processing_for_its_time(drive: Path) -> None:
    async with serving(drive=drive, speed=0, timings=Timings(asset=5)) as api:
        connection = await connect(api)
        made = await run(api, connection, "film.mp4")
        (item,) = made["items"]
        assert (item["action"], item["status"]) == ("created", "processing")
        (again,) = (await run(api, connection, "film.mp4"))["items"]
        assert (again["action"], again["status"]) == ("skipped", "processing")
        api.sandbox.advance(5)
        path = f"/connections/{connection}/imports/{made['_id']}"
        assert (await api("GET", path))["items"][0]["status"] == "ready"


async def test_imports_are_held_and_fail_on_demand(drive: Path) -> None:
    async with serving(drive=drive, speed=0, timings=Timings(asset=1)) as api:
        connection = await connect(api)
        held = api.sandbox.faults.hold("import.item", "processing", custom_id="film.mp4")
        api.sandbox.faults.fail("import.item", code="source_unavailable", message="Gone.")
        made = await run(api, connection, "film.mp4", "a film.mp4", "-rf.mp4")
        api.sandbox.advance(10)
        path = f"/connections/{connection}/imports/{made['_id']}"
        shown = (await api("GET", path))["items"]
        assert [each["status"] for each in shown] == ["processing", "failed", "ready"]
        assert shown[1]["error"] == {"code": "source_unavailable", "message": "Gone."}
        held.release()
        api.sandbox.advance(10)
        assert (await api("GET", path))["items"][0]["status"] == "ready"


@BOTH
@pytest.mark.parametrize("ids", [[], ["film.mp4"] * 2, [f"{n}.mp4" for n in range(101)], [""]])
async def test_a_bad_list_of_files_is_refused(drives: Api, kind: Kind, ids: list[str]) -> None:
    connection = await connect(drives)
    async with client_of(drives, kind) as client:
        with pytest.raises(BadRequestError):
            await client.imports.import_files(connection, items=items(*ids)["items"])
        assert [each async for each in client.imports.list_imports(connection)] == []


async def test_a_hundred_files_are_taken(drives: Api) -> None:
    ids = [f"{number}.mp4" for number in range(100)]
    made = await run(drives, await connect(drives), *ids)
    assert {each["action"] for each in made["items"]} == {"rejected"}


@BOTH
async def test_only_active_connections_import(drives: Api, kind: Kind) -> None:
    connection, other = await connect(drives), await connect(drives)
    async with client_of(drives, kind) as client:
        given = items("film.mp4")["items"]
        made = await client.imports.import_files(connection, items=given)
        with pytest.raises(NotFoundError):
            await client.imports.retrieve_import(other, made.id)
        drives.sandbox.connections.revoke(connection)
        with pytest.raises(ConflictError):
            await client.imports.import_files(connection, items=given)
        assert (await client.imports.retrieve_import(connection, made.id)).items
        await client.data_connectors.delete_connection(connection)
        with pytest.raises(NotFoundError):
            await client.imports.import_files(connection, items=given)
        with pytest.raises(NotFoundError):
            await client.imports.retrieve_import(connection, made.id)
        assert (await client.assets.retrieve(made.items[0].asset_id)).status == "ready"


async def test_a_sandbox_without_a_drive_has_no_files(api: Api) -> None:
    assert await code_of(api, "film.mp4") == "source_unavailable"


def test_a_drive_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it must be a folder"):
        Sandbox(drive=tmp_path / "nowhere")


async def test_imports_outlive_the_sandbox(drive: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with serving(drive=drive, data=data) as api:
        connection = await connect(api)
        made = await run(api, connection, "film.mp4")
    async with serving(drive=drive, data=data) as api:
        path = f"/connections/{connection}/imports/{made['_id']}"
        shown = await api("GET", path)
        assert shown["items"][0]["action"] == "created"
        assert (await run(api, connection, "film.mp4"))["items"][0]["action"] == "skipped"
