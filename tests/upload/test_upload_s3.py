"""Against storage that nobody here wrote: ``rclone serve s3``, which checks each signature.

Addresses are presigned by botocore. Both come from packages of the test group.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from upload_stub import KEY, Stub, Upload

from twelvelabs_async import AsyncTwelveLabs, UploadError

botocore_session = pytest.importorskip("botocore.session", reason="botocore is not installed")
# Its wheel puts it beside the interpreter.
RCLONE = shutil.which(
    "rclone", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)
needs_rclone = pytest.mark.skipif(RCLONE is None, reason="rclone is not installed")
MIB = 1 << 20


class S3Stub(Stub):
    """The service as ever; its chunks go to an S3 as parts of a multipart upload there."""

    def __init__(self, s3: Any) -> None:
        super().__init__()
        self.s3 = s3
        self.clock = Clock()
        self.parts: dict[str, str] = {}
        self.spoil: dict[tuple[int, int], str] = {}
        self.made: dict[int, int] = {}
        self.url_life = 3600.0

    def _issue(self, upload: Upload, index: int) -> dict[str, Any]:
        known = self.parts.get(upload.upload_id)
        if known is None:
            made = self.s3.create_multipart_upload(Bucket="bucket", Key=upload.asset_id)
            known = self.parts[upload.upload_id] = made["UploadId"]
        attempt = self.made[index] = self.made.get(index, -1) + 1
        spoiled = self.spoil.get((index, attempt))
        part = {
            "Bucket": "bucket",
            "Key": upload.asset_id,
            "UploadId": known,
            "PartNumber": index,
        }
        with pytest.MonkeyPatch.context() as patch:
            if spoiled == "expired":
                then = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
                patch.setattr("botocore.auth.get_current_datetime", lambda: then)
            url: str = self.s3.generate_presigned_url("upload_part", Params=part, ExpiresIn=3600)
        if spoiled == "tampered":
            url = url[:-1] + ("0" if url[-1] != "0" else "1")
        row = super()._issue(upload, index)
        return row | {"url": url}

    def complete(self, upload: Upload) -> None:
        self.s3.complete_multipart_upload(
            Bucket="bucket",
            Key=upload.asset_id,
            UploadId=self.parts[upload.upload_id],
            MultipartUpload={
                "Parts": [
                    {"PartNumber": index, "ETag": f'"{etag}"'}
                    for index, etag in sorted(upload.reported.items())
                ]
            },
        )

    def _is_wrong(self, upload: Upload, chunk: dict[str, Any]) -> bool:
        return False  # the storage says so when it completes

    def _content(self, upload: Upload) -> bytes:
        self.complete(upload)
        body = self.s3.get_object(Bucket="bucket", Key=upload.asset_id)["Body"]
        return bytes(body.read())


class Clock:
    def time(self) -> float:
        return dt.datetime.now(dt.UTC).timestamp()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("s3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [str(RCLONE), "serve", "s3", "--auth-key", "test,testtest", "--addr", address]
    with subprocess.Popen([*command, str(folder)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:  # it says when it listens
            if "Starting s3 server" in line or "Serving" in line or "serving" in line:
                break
        from botocore.config import Config

        client = botocore_session.get_session().create_client(
            "s3",
            endpoint_url=f"http://{address}",
            aws_access_key_id="test",
            aws_secret_access_key="testtest",
            region_name="us-east-1",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        try:
            client.create_bucket(Bucket="bucket")
            yield client
        finally:
            client.close()
            process.terminate()


@pytest.fixture
async def service(s3: Any) -> AsyncIterator[S3Stub]:
    stub = S3Stub(s3)
    stub.chunk_size = 5 * MIB
    async with stub.serve():
        yield stub
    assert stub.violations == []


@pytest.fixture
def film(tmp_path: Path) -> Path:
    import random

    path = tmp_path / "film.mp4"
    path.write_bytes(random.Random(7).randbytes(23 * MIB + 17))
    return path


@needs_rclone
@pytest.mark.parametrize("verify", [False, True])
async def test_the_object_read_back_is_the_file(service: S3Stub, film: Path, verify: bool) -> None:
    async with AsyncTwelveLabs(api_key=KEY, base_url=service.base_url) as client:
        result = await client.multipart_upload.upload_file(film, verify=verify)
    assert service.assets[result.asset_id] == film.read_bytes()


@needs_rclone
@pytest.mark.parametrize("wrong", ["expired", "tampered"])
async def test_a_refused_address_is_recovered_from(service: S3Stub, film: Path, wrong: str) -> None:
    service.spoil = {(1, 0): wrong, (4, 0): wrong, (4, 1): wrong}
    async with AsyncTwelveLabs(api_key=KEY, base_url=service.base_url) as client:
        result = await client.multipart_upload.upload_file(film, retry_delay=0)
    assert service.assets[result.asset_id] == film.read_bytes()
    assert service.made[1] >= 1
    assert service.made[4] >= 2


@needs_rclone
async def test_addresses_that_are_always_refused_are_told_without_their_secret(
    service: S3Stub, film: Path
) -> None:
    service.spoil = {(2, attempt): "tampered" for attempt in range(20)}
    async with AsyncTwelveLabs(api_key=KEY, base_url=service.base_url) as client:
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(film, retry_delay=0, max_retries=2)
    cause = caught.value.failed_chunks[2]
    assert getattr(cause, "status_code", None) == 403
    assert "Signature=" not in f"{caught.value} {cause!r} {vars(cause)}"
