"""A real film into the sandbox, whose storage and addresses are those of its own design."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from anyio import to_thread

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs, UploadError
from twelvelabs_async.cli.demo_films import bigbuckbunny
from twelvelabs_async.sandbox import Sandbox, Settings, Timings


@pytest.fixture(scope="module")
def film() -> Path:
    return bigbuckbunny()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    settings = Settings(chunk_size=100_000, initial_urls=2)
    async with Sandbox(settings=settings, timings=Timings.none()) as running:
        yield running


async def test_a_film_becomes_an_asset_that_is_ready(sandbox: Sandbox, film: Path) -> None:
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        result = await client.multipart_upload.upload_file(film, verify=True)
        asset = await client.assets.wait_until_ready(result.asset_id)
    assert asset.size == film.stat().st_size
    assert asset.duration == pytest.approx(5.28, abs=0.1)


async def test_the_blocking_client_does_the_same(sandbox: Sandbox, film: Path) -> None:
    def run() -> str | None:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            result = client.multipart_upload.upload_file(film)
            return client.assets.wait_until_ready(result.asset_id).status

    assert await to_thread.run_sync(run) == "ready"


async def test_faults_of_its_storage_are_got_over(sandbox: Sandbox, film: Path) -> None:
    sandbox.faults.add("PUT", origin="storage", status=503, times=2)
    sandbox.faults.add("POST", ".*/presigned-urls", status=500, times=1)
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        result = await client.multipart_upload.upload_file(film, retry_delay=0.001)
        asset = await client.assets.wait_until_ready(result.asset_id)
    assert asset.size == film.stat().st_size


async def test_an_upload_that_broke_off_resumes(
    sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    sandbox.faults.add("PUT", ".*/7$", origin="storage", status=404, times=1)
    checkpoint = tmp_path / "checkpoint"
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
        assert list(caught.value.failed_chunks) == [7]
        result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
        asset = await client.assets.wait_until_ready(result.asset_id)
    assert result.asset_id == caught.value.asset_id
    assert asset.size == film.stat().st_size
