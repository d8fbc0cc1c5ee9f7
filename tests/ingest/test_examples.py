"""The examples of docs/ingest.md, run as they stand against the sandbox."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import pytest
from aiohttp import ClientPayloadError, ClientSession
from aiohttp.test_utils import TestServer

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest._lock import FileLock
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

ROOT = Path(__file__).parents[2]
Films = Callable[[int], Path]
Run = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]

pytestmark = pytest.mark.anyio


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    settings = Settings(era="2026-10")
    with Sandbox(timings=Timings.none(), settings=settings, seed=7) as running:
        yield running


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    async def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        def work() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-W", "error", f"examples/{name}.py", *map(str, arguments)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "TWELVE_LABS_API_KEY": sandbox.api_key,
                    "TWELVELABS_BASE_URL": sandbox.base_url,
                },
                capture_output=True,
                text=True,
                check=False,
            )

        return await anyio.to_thread.run_sync(work)

    return run


@pytest.fixture
async def service(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.base_url)
    make_app = runpy.run_path(str(ROOT / "examples/web_service.py"))["make_app"]
    async with TestServer(make_app()) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def full_index(sandbox: Sandbox) -> str:
    """An index that can be searched, as the service of today makes it."""
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        index = await client.indexes.create(
            index_name="full",
            models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
        )
        assert index.id is not None
        return index.id


async def test_a_web_service_streams_an_analysis(
    service: str, client: AsyncTwelveLabs, full_index: str, film: Path, sandbox: Sandbox
) -> None:
    (result,) = [result async for result in client.ingest(full_index, film)]
    where = f"{service}/assets/{result.asset_id}/describe"
    async with ClientSession() as session:
        async with session.get(where, params={"prompt": "Which colours are there?"}) as response:
            assert response.status == 200
            assert "red" in await response.text()
        async with session.get(f"{service}/assets/{'0' * 24}/describe") as response:
            assert response.status in (400, 404)
            assert "error" in await response.json()
        sandbox.faults.add("POST", "/analyze", line=2, end="cut", times=None)
        async with session.get(where) as response:
            with pytest.raises(ClientPayloadError):
                await response.read()


async def test_a_script_finds_moments(run: Run, full_index: str, films: Films) -> None:
    done = await run("script", full_index, films(3), "something red")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"(film-0000\d\.mp4 from [\d.]+ to [\d.]+ s\n)+", done.stdout)


async def test_a_worker_keeps_an_index_up_to_date(
    run: Run, index_id: str, films: Films, tmp_path: Path
) -> None:
    films(3)
    manifest = tmp_path / "films.jsonl"
    manifest.write_text(
        "".join(f'{{"path": "films/film-0000{at}.mp4", "shelf": {at}}}\n' for at in range(3))
    )
    first = await run("worker", index_id, manifest)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.count("ready: ") == 3
    assert "<b>3</b> of 3" in (tmp_path / "films.html").read_text()

    again = await run("worker", index_id, manifest)
    assert (again.returncode, again.stdout) == (0, "")

    lock = await anyio.to_thread.run_sync(FileLock, tmp_path / "films.db.lock")
    beside = await run("worker", index_id, manifest)
    lock.release()
    assert beside.returncode == 75
