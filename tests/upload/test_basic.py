"""What goes up when nothing goes wrong: sources, addresses, reports, progress."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import VirtualClock
from tests.support.upload_stub import KEY, Stub
from twelvelabs_async import (
    ArgumentTypeError,
    AsyncTwelveLabs,
    ConfigurationError,
    UploadError,
)
from twelvelabs_async.multipart_upload import UploadProgress


async def pieces(content: bytes, size: int = 777) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Unseekable(io.RawIOBase):
    """A pipe, more or less: gives what it likes, up to what is asked for."""

    def __init__(self, content: bytes) -> None:
        self._inner = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._inner.readinto(memoryview(buffer)[:333])


def from_path(path: Path, content: bytes) -> Any:
    return path


def from_text(path: Path, content: bytes) -> Any:
    return str(path)


def from_bytes(path: Path, content: bytes) -> Any:
    return content


def from_view(path: Path, content: bytes) -> Any:
    return memoryview(bytearray(content))


def from_memory_file(path: Path, content: bytes) -> Any:
    file = io.BytesIO(content)
    file.seek(6)
    return file


def from_map(path: Path, content: bytes) -> Any:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    mapped.read(6)
    return mapped


def from_temporary_file(path: Path, content: bytes) -> Any:
    file = tempfile.NamedTemporaryFile(suffix=".mp4")  # noqa: SIM115  # the caller closes it
    file.write(content)
    file.seek(6)
    return file


def from_gzip(path: Path, content: bytes) -> Any:
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(content))
    return gzip.open(packed)


def from_pipe(path: Path, content: bytes) -> Any:
    return Unseekable(content)


def from_iterable(path: Path, content: bytes) -> Any:
    return pieces(content)


def from_plain_iterable(path: Path, content: bytes) -> Any:
    return (content[start : start + 1001] for start in range(0, len(content), 1001))


@pytest.mark.parametrize(
    "make",
    [
        from_path,
        from_text,
        from_bytes,
        from_view,
        from_memory_file,
        from_map,
        from_temporary_file,
        from_gzip,
        from_pipe,
        from_iterable,
        from_plain_iterable,
    ],
)
@pytest.mark.parametrize("verify", [False, True])
async def test_every_source_goes_up_whole(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    content: bytes,
    make: Callable[[Path, bytes], Any],
    verify: bool,
) -> None:
    source = make(film, content)
    result = await client.multipart_upload.upload_file(
        source, size=len(content), verify=verify, max_workers=3
    )
    if isinstance(source, io.IOBase) or hasattr(source, "closed"):
        assert not source.closed  # it is the caller's
        source.close()
    assert stub.assets[result.asset_id] == content
    assert result.asset_url == f"https://cdn.example/{result.asset_id}?token=sign-ed"
    assert "sign-ed" not in repr(result)
    assert [put.index for put in stub.puts if put.attempt] == []
    assert all(("Content-MD5" in put.headers) is verify for put in stub.puts)


async def test_a_buffered_file_stays_where_it_stands(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    with film.open("rb") as file:
        file.read(100)
        result = await client.multipart_upload.upload_file(file)
        assert file.tell() == 100
    assert stub.assets[result.asset_id] == content


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 2000])
async def test_sizes_around_a_chunk(stub: Stub, client: AsyncTwelveLabs, size: int) -> None:
    result = await client.multipart_upload.upload_file(bytes(size), filename="zeros")
    assert stub.assets[result.asset_id] == bytes(size)


async def test_many_chunks_request_urls_ahead_and_report_in_batches(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    stub.chunk_size = 10
    await client.multipart_upload.upload_file(bytes(3003), filename="x")
    assert len(stub.puts) == 301
    assert all(1 <= count <= 50 for _, count in stub.url_requests)
    assert len(stub.url_requests) <= 8
    assert sorted(index for report in stub.reports for index in report) == list(range(1, 302))
    assert len(stub.reports) <= 9  # 301 chunks, 50 in a report, and what was left at the end


async def test_batch_size_bounds_a_report(stub: Stub, client: AsyncTwelveLabs) -> None:
    stub.chunk_size = 10
    await client.multipart_upload.upload_file(bytes(500), filename="x", batch_size=7)
    assert max(map(len, stub.reports)) == 7
    stub.reports.clear()
    await client.multipart_upload.upload_file(bytes(1000), filename="x", batch_size=500)
    assert max(map(len, stub.reports)) <= 50


@pytest.mark.parametrize("workers", [1, 4])
async def test_the_bound_on_workers_is_kept(
    stub: Stub, client: AsyncTwelveLabs, workers: int
) -> None:
    await client.multipart_upload.upload_file(bytes(30_000), filename="x", max_workers=workers)
    assert 1 <= stub.most_under_way <= workers


async def test_a_url_that_is_about_to_expire_is_not_used(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    stub.initial_urls = 50
    stub.url_life = 600.0

    def pass_time(put: Any) -> None:
        if len(stub.puts) == 3:
            stub.clock.advance(545.0)  # within the last minute of their life

    stub.on_put = pass_time
    await client.multipart_upload.upload_file(bytes(20_000), filename="x", max_workers=1)
    assert stub.url_requests == [(4, 17)]
    assert len(stub.puts) == 20


@pytest.mark.parametrize("wrong", [-7200.0, 7200.0])
async def test_a_wrong_clock_on_this_side_does_no_harm(stub: Stub, wrong: float) -> None:
    class Wrong(VirtualClock):
        def time(self) -> float:
            return super().time() + wrong

    async with AsyncTwelveLabs(
        api_key=KEY, base_url=stub.base_url, clock=Wrong(), ssl_context=stub.client_tls
    ) as client:
        result = await client.multipart_upload.upload_file(bytes(20_000), filename="x")
    assert stub.assets[result.asset_id] == bytes(20_000)
    assert len(stub.puts) == 20


async def test_upload_headers_go_with_each_chunk(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    stub.upload_headers = {"content-type": "video/mp4", "x-amz-meta-a": "b%2Fc", "Host": "nowhere"}
    stub.unsent_headers = {"Host"}
    stub.put_fault = lambda put: "500" if put.index == 3 and not put.attempt else None
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


async def test_progress_counts_up_to_the_end(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    seen: list[UploadProgress] = []
    await client.multipart_upload.upload_file(film, progress_callback=seen.append)
    last = seen[-1]
    assert (last.status, last.percentage, last.completed_chunks) == ("completed", 100.0, 13)
    assert (last.bytes_sent, last.total_bytes, last.total_chunks) == (12_345, 12_345, 13)
    assert last.filename == "a film.mp4"
    assert {event.status for event in seen[:-1]} == {"uploading"}
    assert [e.bytes_sent for e in seen] == sorted(e.bytes_sent for e in seen)
    assert [e.completed_chunks for e in seen] == sorted(e.completed_chunks for e in seen)


async def test_an_asynchronous_callback_is_awaited_and_a_resend_is_said(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    seen: list[UploadProgress] = []

    async def on_progress(event: UploadProgress) -> None:
        seen.append(event)

    stub.put_fault = lambda put: "500" if put.index == 2 and put.attempt < 2 else None
    await client.multipart_upload.upload_file(
        bytes(5000), filename="x", progress_callback=on_progress, max_workers=1
    )
    for before, after in pairwise(seen):
        if after.bytes_sent < before.bytes_sent:
            assert after.status == "resending"
    assert seen[-1].bytes_resent == 2000
    assert "resending" in {event.status for event in seen}


async def test_what_a_callback_raises_ends_the_upload(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    def refuse(event: UploadProgress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.multipart_upload.upload_file(film, progress_callback=refuse)
    assert not stub.assets


async def test_what_is_shown_of_an_upload_has_no_secret(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    api = client.multipart_upload
    made = await api.create(filename="x", total_size=12_345)
    more = await api.get_additional_presigned_urls(made.upload_id, start=4, count=5)
    result = await api.upload_file(film)
    shown = f"{made!r} {made} {more!r} {result!r} {result}"
    assert len(stub.secrets) > 8
    assert not [secret for secret in (*stub.secrets, "sign-ed") if secret in shown]


async def test_an_empty_file_is_refused(stub: Stub, client: AsyncTwelveLabs) -> None:
    with pytest.raises(UploadError, match=r"empty\.mp4 is empty"):
        await client.multipart_upload.upload_file(b"", filename="empty.mp4")
    assert not stub.calls


@pytest.mark.parametrize(("file_type", "limit"), [("video", 10 << 30), ("image", 32 << 20)])
async def test_too_large_is_refused_before_a_byte_is_sent(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path, file_type: str, limit: int
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(limit + 1)
    with pytest.raises(UploadError, match=f"may have {limit}"):
        await client.multipart_upload.upload_file(path, file_type=file_type)
    assert not stub.calls


async def test_the_limit_can_be_set(stub: Stub, client: AsyncTwelveLabs) -> None:
    with pytest.raises(UploadError, match="may have 99"):
        await client.multipart_upload.upload_file(bytes(100), max_size=99)
    await client.multipart_upload.upload_file(bytes(100), max_size=100, file_type="other")


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_workers": 0},
        {"batch_size": 0},
        {"max_retries": -1},
        {"retry_delay": -1.0},
        {"timeout": 0},
        {"size": -1},
    ],
)
async def test_settings_out_of_bounds_are_refused(
    stub: Stub, client: AsyncTwelveLabs, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        await client.multipart_upload.upload_file(b"x", **wrong)
    assert not stub.calls


async def test_sources_that_cannot_be_uploaded_are_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, tmp_path: Path
) -> None:
    upload = client.multipart_upload.upload_file
    with pytest.raises(FileNotFoundError):
        await upload(tmp_path / "none")
    with pytest.raises(ConfigurationError, match="not a regular file"):
        await upload(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConfigurationError, match="not a regular file"):
        await upload(tmp_path / "fifo")
    with pytest.raises(ConfigurationError, match="size= is needed"):
        await upload(pieces(b"x"))
    with pytest.raises(ConfigurationError, match="size= is needed"):
        await upload(Unseekable(b"x"))
    with pytest.raises(TypeError, match="binary mode"):
        await upload(io.StringIO("x"))  # type: ignore[arg-type]  # text
    with pytest.raises(TypeError, match="not int"):
        await upload(7)  # type: ignore[arg-type]  # no source at all
    for given in (("film.mp4", io.BytesIO(b"x")), {"file": b"x"}):
        with pytest.raises(TypeError, match="its name goes in filename="):
            await upload(given, size=1)  # type: ignore[arg-type]  # as forms have files
    with pytest.raises(ArgumentTypeError, match="name of a file is a str, not int"):
        await upload(film, filename=5)  # type: ignore[arg-type]  # that is the test
    for texts in ((x for x in ["text"]), iter([None]), iter([])):
        with pytest.raises(ConfigurationError, match=r"must be bytes|nothing left"):
            await upload(texts, size=4)  # type: ignore[arg-type]  # that is the test
    assert not stub.calls
    with pytest.raises(UploadError, match="must be bytes, not NoneType"):
        await upload(iter([b"ab", None, b"c"]), size=2)  # type: ignore[list-item]  # likewise
    assert not stub.assets
    stub.calls.clear()
    assert await upload((b"ab", b"c"), size=3)
    stub.calls.clear()
    with pytest.raises(UploadError, match="has 12345 bytes, not 5"):
        await upload(film, size=5)
    assert not stub.calls


async def test_vendor_parameters_are_taken_by_name(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    result = await client.multipart_upload.upload_file(
        file_path=str(film),
        filename="my-video.mp4",
        file_type="video",
        batch_size=10,
        max_workers=5,
        progress_callback=lambda progress: None,
        max_retries=3,
        retry_delay=1.0,
        request_options={"timeout_in_seconds": 5},
    )
    assert stub.assets[result.asset_id] == content


async def test_ten_gigabytes_in_64_mebibyte_chunks_are_planned_without_reading_them(
    tmp_path: Path,
) -> None:
    from twelvelabs_async.multipart_upload._engine.open_source import open_source

    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    source = await open_source(path, None)
    assert (await source.fingerprint()).size == 10 << 30
    await source.aclose()
