"""Every fault that storage, the service or the file can have, and what comes of it."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.garbage import BrokenOff
from tests.support.upload_stub import KEY, Put, Stub
from twelvelabs_async import (
    ApiError,
    AsyncTwelveLabs,
    DecodeError,
    RedirectError,
    RequestTimeoutError,
    TransportError,
    UnauthorizedError,
    UploadError,
)
from twelvelabs_async.multipart_upload import UploadProgress
from twelvelabs_async.multipart_upload._engine.source import InMemory
from twelvelabs_async.options import RequestOptions, Timeouts

PASSING = ["500", "503", "reset", "lost", "no_etag", "expired403", "expired400", "redirect"]


@pytest.mark.parametrize("fault", [*PASSING, "corrupt"])
async def test_a_fault_that_passes_costs_a_new_url_and_nothing_else(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, fault: str
) -> None:
    stub.put_fault = lambda put: fault if put.index in (1, 5, 13) and put.attempt == 0 else None
    result = await client.multipart_upload.upload_file(film, verify=fault == "corrupt")
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) == 13 + 3


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("500", ApiError),
        ("503", ApiError),
        ("404", ApiError),
        ("reset", TransportError),
        ("lost", TransportError),
        ("no_etag", DecodeError),
        ("expired403", ApiError),
        ("expired400", ApiError),
        ("redirect", RedirectError),
    ],
)
async def test_a_fault_that_stays_ends_the_upload_with_its_cause(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, fault: str, cause: type
) -> None:
    stub.put_fault = lambda put: fault if put.index == 7 else None
    with pytest.raises(UploadError, match="chunk 7 failed") as caught:
        await client.multipart_upload.upload_file(film, max_retries=2)
    error = caught.value
    assert list(error.failed_chunks) == [7]
    assert isinstance(error.failed_chunks[7], cause)
    assert isinstance(error.__cause__, cause)
    (upload,) = stub.uploads.values()
    assert (error.upload_id, error.asset_id) == (upload.upload_id, upload.asset_id)
    assert error.resumable
    assert not stub.assets
    assert sum(put.index == 7 for put in stub.puts) == (1 if fault == "404" else 3)
    _no_secret(stub, error)

    stub.put_fault = lambda put: None
    before, known = len(stub.puts), len(upload.reported)
    again = await client.multipart_upload.upload_file(film, upload_id=error.upload_id)
    assert stub.assets[again.asset_id] == content
    assert len(stub.puts) - before == 13 - known


def _no_secret(stub: Stub, error: BaseException | None) -> None:
    while error is not None:
        shown = f"{error!s} {error!r} {vars(error)!r}"
        assert KEY not in shown
        assert not [secret for secret in stub.secrets if secret in shown]
        error = error.__cause__ or error.__context__


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("fault", ["none", "passes", "stays"])
async def test_the_callers_bytes_are_free_when_the_upload_has_ended(
    stub: Stub, client: AsyncTwelveLabs, content: bytes, fault: str
) -> None:
    """Without the garbage collector: a bytearray that something still views cannot be resized."""
    stub.put_fault = lambda put: (
        "500" if put.index == 3 and (fault == "stays" or not put.attempt) else None
    )
    if fault == "none":
        stub.put_fault = lambda put: None
    mine = bytearray(content)
    if fault == "stays":
        with pytest.raises(UploadError):
            await client.multipart_upload.upload_file(mine, max_retries=1)
    else:
        await client.multipart_upload.upload_file(mine)
    mine += b"more"


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("number", ["one", "several"])
async def test_the_callers_bytes_are_free_wherever_the_upload_is_cancelled(
    stub: Stub, client: AsyncTwelveLabs, content: bytes, number: str
) -> None:
    async def several(mine: bytearray) -> None:
        async for _ in client.multipart_upload.upload_files([mine, b"another" * 500]):
            pass

    turns = 0
    while True:
        turns += 1
        mine = bytearray(content)
        broken_off = BrokenOff()
        task = asyncio.create_task(
            client.multipart_upload.upload_file(mine) if number == "one" else several(mine)
        )
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task])
        del task
        assert await broken_off.left() == []
        mine += b"more"
    assert turns > 10
    await stub.let_go()


@pytest.mark.usefixtures("nothing_collected")
async def test_a_chunk_that_was_sent_twice_is_not_kept(
    stub: Stub, client: AsyncTwelveLabs, content: bytes
) -> None:
    """Without the garbage collector: a chunk that is read once is in memory as a whole."""
    stub.put_fault = lambda put: None if put.attempt else "500"

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    await client.multipart_upload.upload_file(pieces(), size=len(content))
    assert [it for it in gc.get_objects() if isinstance(it, InMemory)] == []


async def test_when_a_chunk_fails_for_good_the_others_stop(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    stub.put_fault = lambda put: "404" if put.index == 3 else "hold"
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(film)
    assert list(caught.value.failed_chunks) == [3]
    await stub.let_go()
    begun = len(stub.puts)
    assert begun <= 8
    stub.held.set()
    await asyncio.sleep(0)
    assert len(stub.puts) == begun


async def test_a_chunk_that_got_through_later_is_not_among_the_failed(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    def fault(put: Put) -> str | None:
        return "404" if put.index == 7 else "500" if put.index == 2 and not put.attempt else None

    stub.put_fault = fault
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(film, max_workers=1)
    assert list(caught.value.failed_chunks) == [7]


async def test_a_reset_in_the_middle_of_a_chunk_costs_what_was_sent_of_it(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    size = 32 << 20  # more than the kernel's buffers take
    stub.chunk_size = size
    stub.put_fault = lambda put: "reset" if put.attempt == 0 else None
    seen: list[UploadProgress] = []
    result = await client.multipart_upload.upload_file(
        bytes(size), filename="x", progress_callback=seen.append
    )
    assert stub.assets[result.asset_id] == bytes(size)
    assert len(stub.puts) == 2
    assert 0 < seen[-1].bytes_resent < size


async def test_a_reply_before_the_whole_chunk_was_sent_is_not_a_success(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    stub.chunk_size = 16 << 20
    stub.put_fault = lambda put: "early" if put.attempt == 0 else None
    result = await client.multipart_upload.upload_file(bytes(16 << 20), filename="x")
    assert stub.assets[result.asset_id] == bytes(16 << 20)
    assert len(stub.puts) == 2


@pytest.mark.parametrize("wait", ["503", "500"])
async def test_waits_double_and_end(
    stub: Stub, client: AsyncTwelveLabs, film: Path, wait: str
) -> None:
    stub.put_fault = lambda put: wait if put.index == 1 else None
    with pytest.raises(UploadError, match="chunk 1 failed 4 times"):
        await client.multipart_upload.upload_file(film, max_retries=3, retry_delay=2.0)
    assert stub.clock.naps == [1.0, 2.0, 4.0]  # half of 2, 4 and 8, since chance is 0.5


async def test_a_busy_storage_gets_fewer_concurrently(stub: Stub, client: AsyncTwelveLabs) -> None:
    stub.delay = 0.001

    def busy(put: Put) -> str | None:
        return "503" if stub.under_way > 2 else None

    stub.put_fault = busy
    await client.multipart_upload.upload_file(bytes(100_000), filename="x", max_retries=50)
    refused = len(stub.puts) - 100
    assert refused < 60  # eight workers that do not slow down are refused several times a chunk


async def test_as_many_as_before_are_sent_once_storage_is_quick_again(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    def fault(put: Put) -> str | None:
        if put.index < 50:
            return "503" if put.index == 1 and not put.attempt else None
        if stub.under_way == 8:
            stub.held.set()
        return "hold"

    stub.put_fault = fault
    async with asyncio.timeout(30):  # else it would wait for the eighth for ever
        await client.multipart_upload.upload_file(bytes(100_000), filename="x")
    assert stub.held.is_set()


async def test_the_status_is_requested_where_a_report_does_not_show_the_end(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    stub.totals_told = False
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content
    assert stub.calls["status"] == 1
    assert len(stub.puts) == 13


@pytest.mark.parametrize("lost", [None, 1])
async def test_a_service_that_never_ends_an_upload_is_reported(
    stub: Stub, client: AsyncTwelveLabs, film: Path, lost: int | None
) -> None:
    stub.totals_told = stub.completes = False
    stub.listed = lambda rows: [row for row in rows if row["index"] != lost]
    what = "complete the upload" if lost is None else r"keep chunks \[1\]"
    with pytest.raises(UploadError, match=f"does not {what}") as caught:
        await client.multipart_upload.upload_file(film, max_retries=2)
    assert caught.value.resumable
    assert len(stub.puts) == (13 if lost is None else 15)
    assert stub.calls["status"] == (1 if lost is None else 3)


class TestTimePasses:
    """In a loop whose waits take no time."""

    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    async def test_a_peer_that_stops_reading_is_given_up(
        self, stub: Stub, film: Path, tmp_path: Path
    ) -> None:
        large = tmp_path / "large"
        # A chunk is more than the kernel's buffers take on both sides: else it would seem sent.
        content = bytes((48 << 20) + 1)
        large.write_bytes(content)
        stub.chunk_size = 48 << 20
        stub.put_fault = lambda put: "stall" if put.index == 1 and put.attempt == 0 else None
        timeouts = Timeouts(write=20)
        async with AsyncTwelveLabs(
            api_key=KEY,
            base_url=stub.base_url,
            clock=stub.clock,
            ssl_context=stub.client_tls,
            timeout=timeouts,
        ) as client:
            result = await client.multipart_upload.upload_file(large)
            assert stub.assets[result.asset_id] == content
            assert [put.index for put in stub.puts].count(1) == 2
            stub.put_fault = lambda put: "stall"
            with pytest.raises(UploadError) as caught:
                await client.multipart_upload.upload_file(large, max_retries=0, max_workers=1)
            cause = caught.value.failed_chunks[1]
            assert isinstance(cause, RequestTimeoutError)
            assert cause.phase == "write"
            stub.held.set()
        assert not stub.violations

    @pytest.mark.parametrize("way", ["timeout=", "with_options", "request_options"])
    async def test_a_deadline_of_calls_ends_no_upload_that_moves(
        self, stub: Stub, film: Path, content: bytes, way: str
    ) -> None:
        stub.chunk_size = len(content)
        stub.delay = 120
        async with AsyncTwelveLabs(
            api_key=KEY,
            base_url=stub.base_url,
            ssl_context=stub.client_tls,
            timeout=100 if way == "timeout=" else None,
        ) as client:
            used = client.with_options(timeout=100) if way == "with_options" else client
            options: RequestOptions = (
                {"timeout_in_seconds": 100} if way == "request_options" else {}
            )
            result = await used.multipart_upload.upload_file(film, request_options=options)
        assert stub.assets[result.asset_id] == content
        assert len(stub.puts) == 1


@pytest.mark.parametrize("route", ["urls", "report", "status"])
@pytest.mark.parametrize("fault", ["500", "429", "lost"])
async def test_a_call_to_the_service_that_fails_is_made_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, route: str, fault: str
) -> None:
    stub.put_fault = lambda put: "404" if put.index == 9 and put.attempt == 0 else None
    stub.api_fault = lambda name, n: fault if name == route and n < 2 else None
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(film)
    result = await client.multipart_upload.upload_file(film, upload_id=caught.value.upload_id)
    assert stub.assets[result.asset_id] == content
    assert stub.calls[route] > 2
    if fault == "429":
        assert any(7.0 <= seconds <= 8.0 for seconds in stub.clock.naps)


async def test_the_asset_url_is_requested_when_the_reply_to_the_last_report_is_lost(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    stub.api_fault = lambda name, n: "lost" if name == "report" and n == 0 else None
    result = await client.multipart_upload.upload_file(b"12345", filename="x")
    assert stub.assets[result.asset_id] == b"12345"
    assert result.asset_url.startswith("https://cdn.example/")


@pytest.mark.parametrize("route", ["urls", "report"])
async def test_a_service_that_stays_broken_ends_the_upload_resumably(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, route: str
) -> None:
    stub.api_fault = lambda name, n: "500" if name == route else None
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(film, max_retries=1)
    assert isinstance(caught.value.__cause__, ApiError)
    assert caught.value.resumable
    stub.api_fault = lambda name, n: None
    result = await client.multipart_upload.upload_file(film, upload_id=caught.value.upload_id)
    assert stub.assets[result.asset_id] == content


async def test_a_wait_beyond_the_bound_is_not_begun(stub: Stub, film: Path) -> None:
    stub.api_fault = lambda name, n: "429" if name == "urls" else None
    async with AsyncTwelveLabs(
        api_key=KEY,
        base_url=stub.base_url,
        clock=stub.clock,
        ssl_context=stub.client_tls,
        max_wait=5.0,
    ) as client:
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(film)
    cause = caught.value.__cause__
    assert isinstance(cause, ApiError)
    assert cause.retry_after == 7.0
    assert not [seconds for seconds in stub.clock.naps if seconds >= 7]


async def test_an_error_before_there_is_an_upload_is_the_services_own(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    stub.api_fault = lambda name, n: "401"
    with pytest.raises(UnauthorizedError):
        await client.multipart_upload.upload_file(film)
    assert stub.calls["create"] == 1


async def test_an_expired_session_is_reported(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    stub.session_life = 100.0
    stub.on_put = lambda put: stub.clock.advance(60.0)
    with pytest.raises(UploadError, match="status is 'expired'") as caught:
        await client.multipart_upload.upload_file(film, max_workers=1)
    assert not caught.value.resumable
    with pytest.raises(UploadError, match="status is 'expired'"):
        await client.multipart_upload.upload_file(film, upload_id=caught.value.upload_id)


async def test_chunks_that_the_service_lost_are_sent_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    def forget() -> None:
        (upload,) = stub.uploads.values()
        if len(stub.reports) == 2:
            upload.reported.pop(1, None)
            upload.parts.pop(1, None)

    stub.on_report = forget
    result = await client.multipart_upload.upload_file(film, batch_size=12, max_workers=1)
    assert stub.assets[result.asset_id] == content
    assert [put.index for put in stub.puts].count(1) == 2


# The file


def truncate(path: Path) -> None:
    os.truncate(path, 5000)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    later = time.time_ns() + 5_000_000_000
    with path.open("r+b") as file:
        file.seek(9000)
        file.write(b"other")
    os.utime(path, ns=(later, later))


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("at", [1, 6, 13])
@pytest.mark.parametrize(
    ("change", "said"),
    [(truncate, "shorter"), (grow, "grew"), (rewrite, "written to"), (replace, "replaced")],
)
async def test_a_file_that_changes_meanwhile_is_no_asset(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    at: int,
    change: Callable[[Path], None],
    said: str,
) -> None:
    def strike(put: Put) -> None:
        if len(stub.puts) == at:
            change(film)

    stub.on_put = strike
    with pytest.raises(UploadError, match=said) as caught:
        await client.multipart_upload.upload_file(film, max_workers=1)
    assert not stub.assets
    assert not caught.value.resumable
    assert caught.value.upload_id in stub.uploads


async def test_a_file_that_is_removed_meanwhile_is_still_whole(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    stub.on_put = lambda put: film.unlink(missing_ok=True)
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


async def test_a_read_error_is_the_chunks_cause(
    stub: Stub, client: AsyncTwelveLabs, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pread = os.pread

    def broken(descriptor: int, length: int, offset: int) -> bytes:
        if offset == 6000:
            raise OSError(5, "Input/output error")
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", broken)
    with pytest.raises(UploadError, match="Input/output error") as caught:
        await client.multipart_upload.upload_file(film)
    assert isinstance(caught.value.failed_chunks[7], OSError)
    assert [put.index for put in stub.puts].count(7) <= 1
    assert not stub.assets


async def gives(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(("size", "said"), [(900, "more than the 900"), (1100, "ended 100 bytes")])
async def test_an_iterable_of_another_size_is_no_asset(
    stub: Stub, client: AsyncTwelveLabs, size: int, said: str
) -> None:
    stub.chunk_size = 100
    with pytest.raises(UploadError, match=said):
        await client.multipart_upload.upload_file(gives(bytes(1000)), filename="x", size=size)
    assert not stub.assets


async def test_what_an_iterable_raises_is_passed_on(stub: Stub, client: AsyncTwelveLabs) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(1500)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.multipart_upload.upload_file(broken(), filename="x", size=3000)
    assert not stub.assets


async def test_a_wrong_part_is_found_by_its_md5(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    stub.put_fault = lambda put: "corrupt" if put.index == 4 else None
    with pytest.raises(UploadError, match="other bytes"):
        await client.multipart_upload.upload_file(film, verify=True, max_retries=1)
    assert all("Content-MD5" in put.headers for put in stub.puts)


def test_an_etag_under_a_key_of_its_own_is_not_compared() -> None:
    from twelvelabs_async.multipart_upload._engine.transfer import _is_md5

    etag: Any = "0" * 32
    assert _is_md5(etag, {})
    assert not _is_md5(etag + "-2", {})
    assert not _is_md5(etag, {"x-amz-server-side-encryption": "aws:kms"})
    assert not _is_md5(etag, {"x-amz-server-side-encryption-customer-algorithm": "AES256"})


async def test_signatures_are_hidden_wherever_the_service_repeats_them(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    await client.multipart_upload.upload_file(film)
    assert len(stub.secrets) >= 13
    for secret in stub.secrets:
        assert secret not in client._core.redactor.text(f"{secret} does not match")
