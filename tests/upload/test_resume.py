"""Stopping and going on: checkpoints, named uploads, cancellation, deadlines."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.clock import StoppedClock
from tests.support.descriptors import open_on
from tests.support.silent import Silent
from tests.support.upload_stub import KEY, Put, Stub, fails_from, reached
from twelvelabs_async import (
    ApiError,
    AsyncTwelveLabs,
    ClientClosedError,
    NotFoundError,
    UploadError,
    WaitTimeoutError,
)
from twelvelabs_async.multipart_upload import UploadProgress, UploadStatus


async def stop_half_way(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, **more: Any
) -> UploadError:
    """An upload that ends at chunk 7 of 13, with a checkpoint."""
    stub.put_fault = fails_from(7)
    with pytest.raises(UploadError, match="the same call resumes it from 6 of 13") as caught:
        await client.multipart_upload.upload_file(
            film, checkpoint=checkpoint, max_workers=1, **more
        )
    stub.put_fault = lambda put: None
    return caught.value


async def stop_at_the_report(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, fault: str
) -> None:
    """An upload whose chunks are all sent, and whose reports fail, with a checkpoint."""
    stub.api_fault = lambda name, n: fault if name == "report" else None
    with pytest.raises(UploadError):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_retries=0)
    stub.api_fault = lambda name, n: None


async def test_the_same_call_resumes_and_removes_its_checkpoint(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    stub.upload_headers = {"Content-Type": "video/mp4", "x-amz-meta-a": "1"}
    error = await stop_half_way(stub, client, film, checkpoint)
    assert error.resumable
    saved = json.loads(checkpoint.read_text())
    assert saved["upload_id"] == error.upload_id
    assert len(saved["etags"]) == 6
    assert checkpoint.stat().st_mode & 0o777 == 0o600
    assert not [secret for secret in (*stub.secrets, KEY) if secret in checkpoint.read_text()]
    assert [path.name for path in checkpoint.parent.iterdir() if "new" in path.name] == []

    sent = len(stub.puts)
    seen: list[UploadProgress] = []
    result = await client.multipart_upload.upload_file(
        film, checkpoint=checkpoint, progress_callback=seen.append
    )
    assert stub.assets[result.asset_id] == content
    assert result.asset_id == error.asset_id
    assert sorted(put.index for put in stub.puts[sent:]) == [7, 8, 9, 10, 11, 12, 13]
    assert seen[0].completed_chunks == 6
    assert seen[0].bytes_sent >= 6000
    assert not checkpoint.exists()
    assert stub.calls["create"] == 1


async def test_chunks_that_were_not_reported_are_not_sent_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    await stop_at_the_report(stub, client, film, checkpoint, "500")
    stored = {put.index for put in stub.puts}
    assert stored == set(range(1, 14))
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) == 13


async def test_an_upload_that_was_completed_unnoticed_is_found_complete(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    # The last report is carried out, and its answer never comes.
    await stop_at_the_report(stub, client, film, checkpoint, "lost")
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) == 13
    assert not checkpoint.exists()


async def test_an_upload_that_is_all_reported_and_not_complete_is_reported_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    await stop_at_the_report(stub, client, film, checkpoint, "lost")
    (upload,) = stub.uploads.values()
    upload.status = "active"
    del stub.assets[upload.asset_id]
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) == 13
    assert len(stub.reports[-1]) == 1


async def test_a_chunk_that_the_service_found_bad_is_sent_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    (upload,) = stub.uploads.values()
    del upload.reported[2]
    stub.listed = lambda rows: [
        {**row, "status": "failed"} if row["index"] == 2 else row for row in rows
    ]
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert sorted(put.index for put in stub.puts[sent:]) == [2, 7, 8, 9, 10, 11, 12, 13]


async def test_chunks_that_there_cannot_be_are_not_counted(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    done = [{"index": index, "status": "completed"} for index in (0, 14, None)]
    stub.listed = lambda rows: [*rows, *done]
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: os.truncate(path, 100), "had 12345 bytes and has 100"),
        (lambda path: os.utime(path, ns=(1, 1)), "written to"),
    ],
)
async def test_a_changed_file_is_refused_with_the_reason(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    checkpoint: Path,
    change: Callable[[Path], None],
    said: str,
) -> None:
    error = await stop_half_way(stub, client, film, checkpoint)
    change(film)
    calls = stub.calls.total()
    with pytest.raises(UploadError, match=said) as caught:
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert caught.value.upload_id == error.upload_id
    assert stub.calls.total() == calls
    assert checkpoint.exists()


async def test_other_content_of_the_same_size_and_time_is_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    times = film.stat()
    film.write_bytes(bytes(12_345))
    os.utime(film, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UploadError, match="other content"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"version": 2}', "null"])
async def test_a_checkpoint_that_is_none_is_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, text: str
) -> None:
    checkpoint.write_text(text)
    with pytest.raises(UploadError, match=r"Cannot read checkpoint .*: delete it to start over"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert checkpoint.read_text() == text
    assert not stub.calls


async def test_a_checkpoint_of_another_service_is_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    held = json.loads(checkpoint.read_text())
    checkpoint.write_text(json.dumps(held | {"base_url": "https://other.example/v1.3"}))
    with pytest.raises(UploadError, match=r"belongs to https://other\.example"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)


async def test_an_expired_session_begins_anew(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    error = await stop_half_way(stub, client, film, checkpoint)
    stub.clock.advance(90_000)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert result.asset_id != error.asset_id
    assert stub.calls["create"] == 2
    assert not checkpoint.exists()


async def test_a_session_that_is_forgotten_begins_anew(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    stub.uploads.clear()
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content


async def test_a_session_that_expires_under_way_begins_anew_and_says_so(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    stub.session_life = 100.0

    def pass_time(put: Put) -> None:
        if len(stub.puts) == 8:
            stub.clock.advance(200.0)

    stub.on_put = pass_time
    seen: list[UploadProgress] = []
    result = await client.multipart_upload.upload_file(
        film, checkpoint=checkpoint, progress_callback=seen.append, max_workers=1
    )
    assert stub.assets[result.asset_id] == content
    assert stub.calls["create"] == 2
    assert "resending" in {event.status for event in seen}
    assert seen[-1].bytes_resent >= 7000


async def test_a_session_that_storage_forgot_begins_anew(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    def forget(put: Put) -> str | None:
        if stub.calls["create"] == 1 and put.index >= 7:
            next(iter(stub.uploads.values())).status = "expired"
            return "404"
        return None

    stub.put_fault = forget
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert stub.calls["create"] == 2


async def test_sessions_that_keep_expiring_end_the_call(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    stub.session_life = 0.0
    with pytest.raises(UploadError, match="the session has ended"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.calls["create"] == 3


async def test_a_stream_continues_from_its_beginning(
    stub: Stub, client: AsyncTwelveLabs, content: bytes, checkpoint: Path
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 700):
            yield content[start : start + 700]

    stub.put_fault = fails_from(7)
    with pytest.raises(UploadError):
        await client.multipart_upload.upload_file(
            pieces(), filename="x", size=len(content), checkpoint=checkpoint, max_workers=2
        )
    stub.put_fault = lambda put: None
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(
        pieces(), filename="x", size=len(content), checkpoint=checkpoint
    )
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) - sent <= 8


# Without a checkpoint


async def test_a_named_upload_resumes(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    error = await stop_half_way(stub, client, film, checkpoint)
    checkpoint.unlink()
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, upload_id=error.upload_id)
    assert stub.assets[result.asset_id] == content
    assert result.asset_id == error.asset_id
    assert len(stub.puts) - sent == 7


async def test_a_named_upload_is_found_on_any_page_of_the_list(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    for _ in range(120):
        await client.multipart_upload.create(filename="x", total_size=5)
    made = await client.multipart_upload.create(filename="x", total_size=12_345)
    result = await client.multipart_upload.upload_file(film, upload_id=made.upload_id)
    assert stub.assets[result.asset_id] == content


async def test_a_named_upload_that_does_not_fit_is_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    upload = client.multipart_upload.upload_file
    with pytest.raises(UploadError, match="knows no upload 'none'") as caught:
        await upload(film, upload_id="none")
    assert isinstance(caught.value.__cause__, NotFoundError)
    made = await client.multipart_upload.create(filename="x", total_size=5)
    with pytest.raises(UploadError, match=r"is of 5 bytes; a film\.mp4 has 12345"):
        await upload(film, upload_id=made.upload_id)
    error = await stop_half_way(stub, client, film, checkpoint)
    with pytest.raises(UploadError, match="of another upload"):
        await upload(film, checkpoint=checkpoint, upload_id=made.upload_id)
    await upload(film, checkpoint=checkpoint, upload_id=error.upload_id)
    with pytest.raises(UploadError, match="its status is 'completed'"):
        await upload(film, upload_id=error.upload_id)


# Being stopped


@pytest.mark.parametrize("how", ["asyncio", "anyio"])
async def test_a_cancelled_upload_leaves_nothing_running(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    content: bytes,
    checkpoint: Path,
    how: str,
) -> None:
    stub.put_fault = lambda put: "hold" if put.index > 5 else None

    async def upload() -> None:
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_workers=3)

    if how == "asyncio":
        task = asyncio.create_task(upload())
        await reached(stub, 8).wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        (note,) = caught.value.__notes__
        assert "resumes it from 5 of 13 chunks" in note
    else:
        async with anyio.create_task_group() as group:
            group.start_soon(upload)
            await reached(stub, 8).wait()
            group.cancel_scope.cancel()
    await stub.let_go()
    assert not open_on(film)
    assert len(json.loads(checkpoint.read_text())["etags"]) == 5
    stub.put_fault = lambda put: None
    stub.held.set()
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert {put.index for put in stub.puts[sent:]} == set(range(6, 14))
    await client.close()
    threads = [t for t in threading.enumerate() if t.name.startswith("twelvelabs")]
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
    assert not any(thread.is_alive() for thread in threads)


async def test_a_pipe_that_falls_silent_is_abandoned(stub: Stub, client: AsyncTwelveLabs) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb", buffering=0) as into:
        into.write(bytes(1500))
        task = asyncio.create_task(
            client.multipart_upload.upload_file(pipe, filename="x", size=5000)
        )
        await reached(stub, 1).wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        into.write(b"later")
        assert pipe.read1(100).endswith(b"later")


class TestTimePasses:
    """In a loop whose waits take no time."""

    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    async def test_a_deadline_ends_it_with_what_is_needed_to_resume(
        self, stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
    ) -> None:
        stub.put_fault = lambda put: "hold" if put.index > 5 else None
        with pytest.raises(UploadError, match=r"not done within 30 s; upload_id=") as caught:
            await client.multipart_upload.upload_file(film, timeout=30, batch_size=1)
        assert caught.value.resumable
        await stub.let_go()
        stub.put_fault = lambda put: None
        stub.held.set()
        result = await client.multipart_upload.upload_file(film, upload_id=caught.value.upload_id)
        assert stub.assets[result.asset_id] == content

    @pytest.mark.parametrize("method", ["seekable", "seek"])
    async def test_a_deadline_covers_the_opening_of_the_source(
        self, stub: Stub, client: AsyncTwelveLabs, method: str
    ) -> None:
        silent = Silent(method)
        try:
            with pytest.raises(UploadError, match=r"x\.mp4 stopped: not done within 30 s$"):
                await client.multipart_upload.upload_file(silent, filename="x.mp4", timeout=30)
        finally:
            silent.over.set()
        assert not stub.calls

    async def test_a_deadline_of_the_callers_is_the_callers(
        self, stub: Stub, client: AsyncTwelveLabs, film: Path
    ) -> None:
        stub.put_fault = lambda put: "hold"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20):
                await client.multipart_upload.upload_file(film)
        stub.held.set()


async def test_closing_the_client_ends_it(stub: Stub, client: AsyncTwelveLabs, film: Path) -> None:
    stub.put_fault = lambda put: "hold"
    task = asyncio.create_task(client.multipart_upload.upload_file(film, max_retries=0))
    await reached(stub, 3).wait()
    await client.close()
    with pytest.raises(UploadError) as caught:
        await task
    assert caught.value.resumable
    stub.held.set()


async def stall(_: object = None) -> None:
    await asyncio.Event().wait()


async def silent_pieces(size: int) -> AsyncIterator[bytes]:
    yield bytes(size)
    await stall()


class SilentReader:
    """An asynchronous file that gives so many pieces and falls silent."""

    def __init__(self, left: int) -> None:
        self.left = left

    async def read(self, size: int = -1) -> bytes:
        if not self.left:
            await stall()
        self.left -= 1
        return bytes(min(size, 1500))


STALLED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "an iterable": lambda _: {"file_path": silent_pieces(0)},
    "an iterable midway": lambda _: {"file_path": silent_pieces(1500)},
    "a reader": lambda _: {"file_path": SilentReader(0)},
    "a reader midway": lambda _: {"file_path": SilentReader(2)},
    "a pipe": lambda pipe: {"file_path": pipe},
    "a seek": lambda _: {"file_path": Silent("seek")},
    "a callback": lambda _: {"file_path": bytes(5000), "progress_callback": stall},
    "a retry": lambda _: {"file_path": bytes(5000)},
}


@pytest.mark.parametrize("what", STALLED)
async def test_closing_the_client_ends_an_upload_that_waits(stub: Stub, what: str) -> None:
    reading, writing = os.pipe()
    clock = StoppedClock() if what == "a retry" else stub.clock
    stub.put_fault = lambda put: "500" if what == "a retry" else None
    client = AsyncTwelveLabs(KEY, base_url=stub.base_url, clock=clock, ssl_context=stub.client_tls)
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb"):
        given = {"size": 5000, "filename": "x", **STALLED[what](pipe)}
        if isinstance(silent := given["file_path"], Silent):
            given["size"] = 3_000_000
        task = asyncio.create_task(client.multipart_upload.upload_file(**given))
        for _ in range(1000):  # until it is there
            await asyncio.sleep(0)
        if isinstance(silent, Silent):
            await asyncio.to_thread(silent.called.wait)
        elif "midway" in what:
            while not stub.puts:  # noqa: ASYNC110  # a few turns
                await asyncio.sleep(0)
        elif isinstance(clock, StoppedClock):
            await asyncio.to_thread(clock.slept.wait)
        await client.close()
        with pytest.raises((UploadError, ClientClosedError)) as caught:
            await asyncio.wait_for(task, 60)
        if isinstance(silent, Silent):
            silent.over.set()
    assert "the client was closed" in str(caught.value)
    error: Any = caught.value  # not narrowed: each class has its own attributes
    if isinstance(caught.value, UploadError):
        assert error.resumable is (error.asset_id not in stub.assets)  # else there is nothing left
        assert error.upload_id in stub.uploads
    else:
        assert error.maybe_done == bool(stub.calls)


# Waiting for another's upload


async def test_waiting_reports_each_poll_and_ends_with_the_upload(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    error = await stop_half_way(stub, client, film, checkpoint)
    assert error.upload_id
    seen: list[UploadStatus] = []

    async def look(status: UploadStatus) -> None:
        seen.append(status)
        if len(seen) == 3:
            await client.multipart_upload.upload_file(film, checkpoint=checkpoint)

    last = await client.multipart_upload.wait_for_upload_completion(
        error.upload_id, sleep_interval=5.0, callback=look
    )
    assert (last.status, last.completed_chunks, last.total_chunks) == ("completed", 13, 13)
    assert [status.status for status in seen] == ["in_progress"] * 3 + ["completed"]
    assert (seen[0].completed_chunks, seen[0].total_chunks) == (6, 13)


async def test_waiting_has_a_deadline_and_reports_the_end(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    error = await stop_half_way(stub, client, film, checkpoint)
    wait = client.multipart_upload.wait_for_upload_completion
    assert error.upload_id
    with pytest.raises(WaitTimeoutError) as late:
        await wait(error.upload_id, max_wait_time=12.0)
    assert isinstance(late.value, UploadError)  # as in the vendor's SDK
    assert (late.value.upload_id, late.value.resumable) == (error.upload_id, True)
    assert late.value.message == str(late.value)
    assert isinstance(late.value.last, UploadStatus)
    assert late.value.last.completed_chunks == 6
    stub.clock.advance(90_000)
    with pytest.raises(UploadError, match="'expired'") as expired:
        await wait(error.upload_id)
    assert not isinstance(expired.value, WaitTimeoutError)
    with pytest.raises(NotFoundError):
        await wait("none")
    with pytest.raises(ValueError, match="interval"):
        await wait(error.upload_id, sleep_interval=0)
    stub.api_fault = lambda name, n: "401"
    with pytest.raises(ApiError):
        await wait(error.upload_id)
