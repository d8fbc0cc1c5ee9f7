"""The uploader through the blocking client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from tests.support.upload_stub import KEY, Stub
from twelvelabs_async import TwelveLabs, UploadError, WaitTimeoutError
from twelvelabs_async.multipart_upload import UploadedFile, UploadProgress, UploadStatus


async def with_client(stub: Stub, work: Callable[[TwelveLabs], Any]) -> Any:
    def run() -> Any:
        with TwelveLabs(
            api_key=KEY, base_url=stub.base_url, clock=stub.clock, ssl_context=stub.client_tls
        ) as client:
            return work(client)

    return await to_thread.run_sync(run)


async def test_a_file_is_uploaded_and_reported(stub: Stub, film: Path, content: bytes) -> None:
    seen: list[UploadProgress] = []
    result = await with_client(
        stub,
        lambda client: client.multipart_upload.upload_file(film, progress_callback=seen.append),
    )
    assert stub.assets[result.asset_id] == content
    assert seen[-1].status == "completed"
    assert seen[-1].percentage == 100.0


async def test_what_a_callback_raises_is_raised_here(stub: Stub, film: Path) -> None:
    def refuse(progress: UploadProgress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await with_client(
            stub, lambda client: client.multipart_upload.upload_file(film, progress_callback=refuse)
        )


async def test_many_files_are_iterated_as_they_end(stub: Stub, film: Path) -> None:
    def work(client: TwelveLabs) -> list[UploadedFile]:
        return list(client.multipart_upload.upload_files([film, film.parent / "none", b"12"]))

    done = {one.index: one for one in await with_client(stub, work)}
    assert done[0].result is not None
    assert isinstance(done[1].error, FileNotFoundError)
    assert stub.assets[done[2].result.asset_id] == b"12"


async def test_errors_and_waits_are_the_same(stub: Stub, film: Path) -> None:
    stub.put_fault = lambda put: "404" if put.index == 7 else None
    seen: list[UploadStatus] = []

    def work(client: TwelveLabs) -> UploadStatus:
        with pytest.raises(UploadError) as caught:
            client.multipart_upload.upload_file(film)
        stub.put_fault = lambda put: None
        upload_id = caught.value.upload_id
        assert upload_id
        with pytest.raises(UploadError) as late:
            client.multipart_upload.wait_for_upload_completion(upload_id, max_wait_time=12)
        assert isinstance(late.value, WaitTimeoutError)
        client.multipart_upload.upload_file(film, upload_id=upload_id)
        return client.multipart_upload.wait_for_upload_completion(upload_id, callback=seen.append)

    last = await with_client(stub, work)
    assert last.status == "completed"
    assert seen == [last]
