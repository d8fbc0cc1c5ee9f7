"""Against storage that nobody here wrote: ``rclone serve s3``, which checks each signature.

It takes the place of the sandbox's own storage; addresses are presigned by botocore. Both come from
packages of the test group.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs, UploadError
from twelvelabs_async.cli.demo_films import bigbuckbunny
from twelvelabs_async.sandbox import Sandbox, Settings, Storage, Timings, Upload

botocore_session: Any = import_module("botocore.session")
botocore_config: Any = import_module("botocore.config")
# Its wheel puts it beside the interpreter.
RCLONE = shutil.which(
    "rclone", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)
CHUNK = 200_000
BUCKET = "bucket"


class S3Storage(Storage):
    """The chunks of an upload are the parts of a multipart upload to an S3."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._ids: dict[str, str] = {}
        self.made: Counter[int] = Counter()
        """How many addresses were made for each chunk."""
        self.spoil: dict[tuple[int, int], str] = {}
        """What is wrong with the nth address of a chunk, both from 1: "expired" or "tampered"."""

    @property
    def upload_headers(self) -> Mapping[str, str]:
        return {"Content-Type": "application/octet-stream"}

    def _where(self, upload: Upload) -> dict[str, Any]:
        where = {"Bucket": BUCKET, "Key": upload.asset_id}
        if upload.id not in self._ids:
            self._ids[upload.id] = self._s3.create_multipart_upload(**where)["UploadId"]
        return where | {"UploadId": self._ids[upload.id]}

    async def url(self, upload: Upload, number: int, life: float) -> str:
        part = await asyncio.to_thread(self._where, upload) | {"PartNumber": number}
        self.made[number] += 1
        wrong = self.spoil.get((number, self.made[number]))
        with pytest.MonkeyPatch.context() as patch:
            if wrong == "expired":
                then = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=life + 60)
                patch.setattr("botocore.auth.get_current_datetime", lambda: then)
            url: str = self._s3.generate_presigned_url(
                "upload_part", Params=part, ExpiresIn=int(life)
            )
        if wrong == "tampered":
            url = url[:-1] + ("0" if url[-1] != "0" else "1")
        return url

    async def etags(self, upload: Upload, numbers: Sequence[int]) -> Mapping[int, str]:
        listed = await asyncio.to_thread(self._s3.list_parts, **self._where(upload))
        return {part["PartNumber"]: part["ETag"].strip('"') for part in listed.get("Parts", [])}

    async def assemble(self, upload: Upload, target: Path) -> None:
        def complete() -> None:
            parts = [{"PartNumber": n, "ETag": etag} for n, etag in upload.etags.items()]
            self._s3.complete_multipart_upload(
                **self._where(upload), MultipartUpload={"Parts": parts}
            )
            target.write_bytes(self.read(upload.asset_id))

        await asyncio.to_thread(complete)

    def read(self, asset_id: str) -> bytes:
        """The object."""
        return bytes(self._s3.get_object(Bucket=BUCKET, Key=asset_id)["Body"].read())


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    assert RCLONE is not None, "rclone is missing: run the tests through nox"
    folder = tmp_path_factory.mktemp("s3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [RCLONE, "serve", "s3", "--auth-key", "test,testtest", "--addr", address]
    with subprocess.Popen([*command, str(folder)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:  # it says when it listens
            if "Starting s3 server" in line or "Serving" in line or "serving" in line:
                break
        client = botocore_session.get_session().create_client(
            "s3",
            endpoint_url=f"http://{address}",
            aws_access_key_id="test",
            aws_secret_access_key="testtest",
            region_name="us-east-1",
            config=botocore_config.Config(
                signature_version="s3v4", s3={"addressing_style": "path"}
            ),
        )
        try:
            client.create_bucket(Bucket=BUCKET)
            yield client
        finally:
            client.close()
            process.terminate()


@pytest.fixture
def storage(s3: Any) -> S3Storage:
    return S3Storage(s3)


@pytest.fixture
async def sandbox(storage: S3Storage) -> AsyncIterator[Sandbox]:
    settings = Settings(chunk_size=CHUNK, initial_urls=3)
    async with Sandbox(storage=storage, settings=settings, timings=Timings.none()) as running:
        yield running
    assert not running.requests.matching("PUT", origin="storage")


@pytest.fixture(scope="module")
def film() -> Path:
    """A film of six chunks, the last of them smaller."""
    film = bigbuckbunny()
    assert 5 * CHUNK < film.stat().st_size < 6 * CHUNK
    return film


def client_of(sandbox: Sandbox) -> AsyncTwelveLabs:
    return AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url)


async def whole(
    sandbox: Sandbox, storage: S3Storage, client: AsyncTwelveLabs, asset_id: str, film: Path
) -> None:
    """The asset is that film: in the storage, as it is served, and as it is indexed."""
    content = film.read_bytes()
    assert await asyncio.to_thread(storage.read, asset_id) == content
    asset = await client.assets.wait_until_ready(asset_id)
    assert asset.size == len(content)
    assert asset.url is not None
    async with aiohttp.ClientSession() as session, session.get(asset.url) as answer:
        assert await answer.read() == content
    index = await client.indexes.create(
        index_name=asset_id, models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
    )
    assert index.id is not None
    made = await client.indexes.indexed_assets.create(index.id, asset_id=asset_id)
    assert made.id is not None
    indexed = await client.indexes.indexed_assets.wait_until_ready(index.id, made.id)
    assert indexed.system_metadata is not None
    assert indexed.system_metadata.duration == pytest.approx(5.28, abs=0.1)


@pytest.mark.parametrize("verify", [False, True])
async def test_a_film_goes_up_in_chunks_and_is_indexed(
    sandbox: Sandbox, storage: S3Storage, film: Path, verify: bool
) -> None:
    async with client_of(sandbox) as client:
        result = await client.multipart_upload.upload_file(film, verify=verify)
        await whole(sandbox, storage, client, result.asset_id, film)
    assert set(storage.made) == {1, 2, 3, 4, 5, 6}


async def test_the_blocking_client_does_the_same(
    sandbox: Sandbox, storage: S3Storage, film: Path
) -> None:
    def upload() -> str:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            return client.multipart_upload.upload_file(film).asset_id

    asset_id = await asyncio.to_thread(upload)
    async with client_of(sandbox) as client:
        await whole(sandbox, storage, client, asset_id, film)


@pytest.mark.parametrize("wrong", ["expired", "tampered"])
async def test_a_refused_url_is_recovered_from(
    sandbox: Sandbox, storage: S3Storage, film: Path, wrong: str
) -> None:
    storage.spoil = {(1, 1): wrong, (4, 1): wrong, (4, 2): wrong}
    async with client_of(sandbox) as client:
        result = await client.multipart_upload.upload_file(film, retry_delay=0)
        await whole(sandbox, storage, client, result.asset_id, film)
    assert storage.made[1] >= 2
    assert storage.made[4] >= 3


@pytest.mark.parametrize(("wrong", "status"), [("expired", 400), ("tampered", 403)])
async def test_the_storage_refuses_such_a_url(
    sandbox: Sandbox, storage: S3Storage, wrong: str, status: int
) -> None:
    storage.spoil = {(1, 1): wrong}
    body = {"filename": "film.mp4", "type": "video", "total_size": 2 * CHUNK}
    async with aiohttp.ClientSession() as session:
        async with session.post(
            sandbox.base_url + "/assets/multipart-uploads",
            json=body,
            headers={"x-api-key": sandbox.api_key},
        ) as answer:
            made = await answer.json()
        statuses: list[int] = []
        for row in made["upload_urls"]:
            async with session.put(
                row["url"], data=bytes(CHUNK), headers=made["upload_headers"]
            ) as answer:
                statuses.append(answer.status)
    assert statuses == [status, 200]


async def test_urls_that_are_always_refused_are_reported_without_their_secret(
    sandbox: Sandbox, storage: S3Storage, film: Path
) -> None:
    storage.spoil = {(2, attempt): "tampered" for attempt in range(20)}
    async with client_of(sandbox) as client:
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(film, retry_delay=0, max_retries=2)
    cause = caught.value.failed_chunks[2]
    assert getattr(cause, "status_code", None) == 403
    assert "Signature=" not in f"{caught.value} {cause!r} {vars(cause)}"


async def test_a_storage_that_fails_to_assemble_is_asked_again(
    sandbox: Sandbox, storage: S3Storage, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError("the storage is away")]
    assemble = storage.assemble

    async def fail_first(upload: Upload, target: Path) -> None:
        if failures:
            raise failures.pop()
        await assemble(upload, target)

    monkeypatch.setattr(storage, "assemble", fail_first)
    async with client_of(sandbox) as client:
        result = await client.multipart_upload.upload_file(film, retry_delay=0)
        await whole(sandbox, storage, client, result.asset_id, film)
    assert not failures
