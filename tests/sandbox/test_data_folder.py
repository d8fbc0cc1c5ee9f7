"""The folder that keeps a sandbox's files."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.drives import RETURN
from tests.support.sandbox_api import MODELS, serving
from twelvelabs_async.sandbox import Sandbox, Settings
from twelvelabs_async.sandbox.data_folder import DataFolderError

PROGRAM = """
import os, sys
from twelvelabs_async.sandbox import Sandbox
with Sandbox(data=sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""
OCTETS = {"Content-Type": "application/octet-stream"}
posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def test_a_second_sandbox_on_one_folder_is_refused(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path) as sandbox:
        for _ in range(2):
            with pytest.raises(DataFolderError, match="Another sandbox uses"):
                Sandbox(data=tmp_path)
        # By another name it is the same folder.
        link = tmp_path.with_name("link")
        link.symlink_to(tmp_path, target_is_directory=True)
        with pytest.raises(DataFolderError):
            Sandbox(data=link)
        key = sandbox.api_key
    with Sandbox(data=tmp_path) as again:
        assert again.api_key == key


def test_a_sandbox_that_was_never_started_gives_its_folder_up(tmp_path: Path) -> None:
    Sandbox(data=tmp_path).close()
    Sandbox(data=tmp_path).close()


@pytest.mark.parametrize("part", ["files", "films", "streams", "tmp"])
def test_a_folder_with_files_of_others_is_refused_and_left_alone(part: str, tmp_path: Path) -> None:
    mine = tmp_path / part / "mine.mp4"
    mine.parent.mkdir()
    mine.touch()
    for _ in range(2):
        with pytest.raises(DataFolderError, match=f"files in '{part}': choose an empty folder"):
            Sandbox(data=tmp_path)
    assert [*tmp_path.rglob("*")] == [mine.parent, mine]
    mine.unlink()
    with Sandbox(data=tmp_path):
        pass


def test_a_state_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path):
        (tmp_path / "files" / "stored").touch()
    for path in tmp_path.glob("state.db*"):
        path.unlink()
    with Sandbox(data=tmp_path):
        assert not [*(tmp_path / "files").iterdir()]


@posix
def test_the_lock_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(DataFolderError):
            Sandbox(data=tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        Sandbox(data=tmp_path).close()


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"[]", b'{"indexes": 5}', b'{"indexes": {"a": {"id": 1}}}', b"\xff"]
)
def test_a_damaged_state_is_one_clear_error_and_is_left_alone(
    damaged: bytes, tmp_path: Path
) -> None:
    (tmp_path / "state.json").write_bytes(damaged)
    for _ in range(2):  # the lock is given up as well
        with pytest.raises(DataFolderError, match="damaged"):
            Sandbox(data=tmp_path)
    assert (tmp_path / "state.json").read_bytes() == damaged


@posix
@pytest.mark.anyio
async def test_only_the_owner_may_read_what_is_stored(film: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with serving(data=tmp_path / "data") as api:
            index = await api.index()
            await api.video(index, film)
            body = {"filename": "a.mp4", "type": "video", "total_size": 20}
            made = await api("POST", "/assets/multipart-uploads", 201, json=body)
            headers = {"Content-Type": "application/octet-stream"}
            url = made["upload_urls"][0]["url"]
            async with api.session.put(url, data=bytes(20), headers=headers) as answer:
                assert answer.status == 200
    finally:
        os.umask(before)
    found = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    open_to_others = [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []
    assert len([path for path in found if path.is_file()]) >= 5


SERVER = """
import sys
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
settings = Settings(chunk_size=1000)
with Sandbox(data=sys.argv[1], timings=Timings.none(), settings=settings) as sandbox:
    print(sandbox.base_url, sandbox.api_key, flush=True)
    sys.stdin.read()
"""


@posix
@pytest.mark.anyio
async def test_what_was_answered_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    names, etags = list[str](), dict[int, str]()
    upload = ""
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVER, str(tmp_path), stdin=PIPE, stdout=PIPE
        )
        try:
            assert process.stdout is not None
            base, key = (await process.stdout.readline()).decode().split()
            async with aiohttp.ClientSession(headers={"x-api-key": key}) as session:
                uploads = f"{base}/assets/multipart-uploads"
                if not upload:
                    body = {"filename": "a.mp4", "type": "video", "total_size": 3000}
                    async with session.post(uploads, json=body) as answer:
                        upload = (await answer.json())["upload_id"]
                path = f"{uploads}/{upload}/presigned-urls"
                wanted = {"start": len(etags) + 1, "count": 1}
                async with session.post(path, json=wanted) as answer:
                    url = (await answer.json())["upload_urls"][0]["url"]
                content = bytes([len(etags)]) * 1000
                async with session.put(url, data=content, headers=OCTETS) as answer:
                    assert answer.status == 200
                    etags[len(etags) + 1] = answer.headers["ETag"].strip('"')
                for _ in range(3):
                    names.append(f"index {len(names)}")
                    body = {"index_name": names[-1], "models": MODELS}
                    async with session.post(f"{base}/indexes", json=body) as answer:
                        assert answer.status == 201
        finally:
            process.kill()
            await process.wait()
    async with serving(data=tmp_path, settings=Settings(chunk_size=1000)) as api:
        found = [index["index_name"] for index in (await api("GET", "/indexes"))["data"]]
        assert sorted(found) == sorted(names)
        chunks = [
            {"chunk_index": number, "proof": etag, "proof_type": "etag", "chunk_size": 1000}
            for number, etag in etags.items()
        ]
        path = f"/assets/multipart-uploads/{upload}"
        reply = await api("POST", path, json={"completed_chunks": chunks})
        status, data = await api.fetch(reply["url"])
        assert status == 200
        assert data == bytes(1000) + b"\1" * 1000 + b"\2" * 1000


@pytest.mark.parametrize("module", ["twelvelabs_async", "twelvelabs_async.sandbox"])
def test_the_programs_say_in_one_line_why_a_folder_cannot_be_used(
    module: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    start = ["sandbox"] if module == "twelvelabs_async" else []
    with Sandbox(data=tmp_path / "data"):
        for folder, why in ((tmp_path / "data", "Another sandbox uses"), (file, "file")):
            command = [sys.executable, "-m", module, *start, "--data", str(folder), "--port", "0"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode in (1, 2)
            assert why in " ".join(done.stderr.split())
            assert "Traceback" not in done.stderr


@pytest.mark.anyio
async def test_a_full_disk_refuses_calls_until_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The sandbox also writes without a call: soon, so that it does while the disk is full.
    monkeypatch.setattr("twelvelabs_async.sandbox.server._SAVE_EVERY", 0.001)
    async with serving(data=tmp_path) as api:
        store = api.sandbox._context.store
        assert store is not None
        database = store._database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        names: list[str] = []
        reply: Any = {}
        while "message" not in reply:
            names.append(f"index {len(names)}")
            body = {"index_name": names[-1], "models": MODELS}
            key = {"x-api-key": api.sandbox.api_key}
            url = f"{api.sandbox.base_url}/indexes"
            async with api.session.post(url, json=body, headers=key) as response:
                reply = await response.json()
                assert response.status == (500 if "message" in reply else 201)
        assert reply["code"] == "internal_server_error"
        assert "disk is full" in reply["message"]
        assert reply["message"].endswith("The call may have been carried out.")
        # What comes after it is refused before anything is done.
        body = {"index_name": "refused", "models": MODELS}
        reply = await api("POST", "/indexes", 500, json=body)
        assert "disk is full" in reply["message"]
        assert reply["message"].endswith("The call was not carried out.")
        origin = api.sandbox.base_url.removesuffix("/v1.3")
        for _ in range(20):
            async with api.session.get(f"{origin}/_sandbox/health") as response:
                assert response.status == 500
                assert "disk is full" in (await response.json())["message"]
        # The log has a line for each, and one for all writes without a call.
        lines = [record for record in caplog.records if record.levelname == "ERROR"]
        assert all(record.exc_info is None for record in lines)
        assert len([line for line in lines if line.getMessage().startswith("The state")]) <= 1
        database.execute("PRAGMA max_page_count = 1000000")
        await api("GET", "/indexes")
    with Sandbox(data=tmp_path) as sandbox:
        assert [*sandbox.index_names] == names


@pytest.mark.anyio
async def test_each_origin_says_whether_a_call_that_was_not_written_was_carried_out(
    tmp_path: Path,
) -> None:
    async with serving(data=tmp_path, settings=Settings(chunk_size=1000)) as api:
        origin = api.sandbox.base_url.removesuffix("/v1.3")
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        upload = await api("POST", "/assets/multipart-uploads", 201, json=body)
        urls = [each["url"] for each in upload["upload_urls"]]
        body = {"provider": "google_drive", "redirect_uri": RETURN}
        page = (await api("POST", "/connections:authorize", json=body))["authorize_url"]
        store = api.sandbox._context.store
        assert store is not None

        async def put(url: str) -> str:
            async with api.session.put(url, data=bytes(1000), headers=OCTETS) as response:
                assert response.status == 500
                return await response.text()

        async def consent() -> str:
            form = {"decision": "allow"}
            async with api.session.post(page, data=form, allow_redirects=False) as response:
                assert (response.status, response.content_type) == (500, "text/html")
                return await response.text()

        async def register() -> str:
            json = {"url": "http://127.0.0.1:9/hook"}
            async with api.session.post(f"{origin}/_sandbox/webhooks", json=json) as response:
                assert response.status == 500
                return str((await response.json())["message"])

        store._database.execute("PRAGMA query_only = 1")
        assert "may have been carried out" in await put(urls[0])
        for text in (await put(urls[1]), await consent(), await register()):
            assert "was not carried out" in text
        store._database.execute("PRAGMA query_only = 0")
        assert api.sandbox.webhooks.list() == []
        await api("GET", "/indexes")
        store._database.execute("PRAGMA query_only = 1")
        assert "may have been carried out" in await consent()
        store._database.execute("PRAGMA query_only = 0")
        assert len(api.sandbox.connections.ids()) == 1
