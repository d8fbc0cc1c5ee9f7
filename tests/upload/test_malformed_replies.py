"""Malformed replies of the service: each ends in one clear error, or is skipped."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from tests.support.chains import holds_itself
from tests.support.upload_stub import KEY, Stub
from twelvelabs_async import ApiError, AsyncTwelveLabs, DecodeError, TwelveLabs, UploadError
from twelvelabs_async.errors import TwelveLabsError
from twelvelabs_async.multipart_upload import UploadProgress


def upload_by(kind: str, stub: Stub, client: AsyncTwelveLabs) -> Callable[..., Any]:
    """`upload_file` of the kind of client, to be awaited."""
    if kind == "async":
        return client.multipart_upload.upload_file

    async def upload(*args: Any, **named: Any) -> Any:
        def work() -> Any:
            with TwelveLabs(
                KEY, base_url=stub.base_url, clock=stub.clock, ssl_context=stub.client_tls
            ) as blocking:
                return blocking.multipart_upload.upload_file(*args, **named)

        return await to_thread.run_sync(work)

    return upload


CREATED: dict[str, dict[str, Any]] = {
    "an empty upload_id": {"upload_id": ""},
    "an upload_id of a dot": {"upload_id": "."},
    "an upload_id of two dots": {"upload_id": ".."},
    "an upload_id with a line break": {"upload_id": "a\nb"},
    "an upload_id with half a pair": {"upload_id": "\ud800"},
    "an endless upload_id": {"upload_id": "x" * 100_000},
    "an upload_id as a number": {"upload_id": 5},
    "no upload_id": {"upload_id": None},
    "an asset_id of two dots": {"asset_id": ".."},
    "an asset_id as a list": {"asset_id": ["a"]},
    "a chunk_size of 0": {"chunk_size": 0},
    "a chunk_size below 0": {"chunk_size": -1000},
    "a chunk_size with a fraction": {"chunk_size": 1000.5},
    "a chunk_size as text": {"chunk_size": "1000"},
    "no chunk_size": {"chunk_size": None},
    "another number of chunks": {"total_chunks": 14},
    "no chunks": {"total_chunks": 0},
    "a number of chunks below 0": {"total_chunks": -13},
    "headers as a list": {"upload_headers": []},
    "a header as a number": {"upload_headers": {"x": 5}},
    "a header with a line break": {"upload_headers": {"x": "a\r\ny: b"}},
    "a header without a name": {"upload_headers": {"": "a"}},
    "a header with a space in its name": {"upload_headers": {"a b": "a"}},
    "URLs as a text": {"upload_urls": "http://a"},
    "an expiry that is no date": {"upload_urls": [{"chunk_index": 1, "expires_at": "soon"}]},
}


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("change", CREATED.values(), ids=CREATED.keys())
async def test_an_upload_that_cannot_be_is_one_clear_error(
    stub: Stub, client: AsyncTwelveLabs, film: Path, change: dict[str, Any], kind: str
) -> None:
    stub.created = lambda made: made | change
    with pytest.raises((UploadError, DecodeError)) as caught:
        await upload_by(kind, stub, client)(film, max_retries=0)
    assert len(str(caught.value)) < 1000
    assert not stub.puts


async def test_more_chunks_than_there_can_be_are_refused(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    stub.created = lambda made: made | {"chunk_size": 1, "total_chunks": None}
    with pytest.raises(UploadError, match="more than 1000000 chunks"):
        await client.multipart_upload.upload_file(bytes(1_000_001))


@pytest.mark.parametrize("size", [12_345, 10**9, 2**62])
async def test_a_chunk_may_be_larger_than_the_file(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, size: int
) -> None:
    stub.chunk_size = size
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


async def test_headers_that_are_the_clients_own_are_left_out(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    own = {"Content-Length": "7", "HOST": "other", "Transfer-Encoding": "x", "Connection": "close"}
    stub.created = lambda made: made | {"upload_headers": stub.upload_headers | own}
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


URLS: dict[str, Any] = {
    "empty": "",
    "none": None,
    "a word": "film",
    "a path": "/chunks/1",
    "no scheme": "storage.example/1",
    "no host": "http:///1",
    "another scheme": "ftp://storage.example/1",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "a space": "http://storage.example/a b",
    "a line break": "http://storage.example/a\r\nb: c",
    "not ASCII": "http://storage.example/\u00e9",
    "half a pair": "http://storage.example/\ud800",
    "no port": "http://storage.example:port/1",
    "a port beyond all": "http://storage.example:99999/1",
    "half an address": "http://[::1/1",
    "an empty label": "http://storage..example/1",
    "an endless label": f"http://{'a' * 64}.example/1",
}


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
async def test_what_is_no_url_is_not_sent_to(
    stub: Stub, client: AsyncTwelveLabs, film: Path, url: Any, kind: str
) -> None:
    stub.given = lambda given: given | {"url": url}
    with pytest.raises((UploadError, DecodeError)) as caught:
        await upload_by(kind, stub, client)(film, max_retries=0)
    if isinstance(caught.value, UploadError):
        assert "no usable URL for chunk 1" in str(caught.value)
    assert not stub.puts
    assert stub.calls["urls"] <= 3


@pytest.mark.parametrize("bad", [*URLS.values()])
async def test_one_bad_url_costs_a_request_for_another(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, bad: Any
) -> None:
    if bad == URLS["half a pair"]:
        pytest.skip("such an answer cannot be read at all")
    made: list[int] = []

    def spoil(given: dict[str, Any]) -> dict[str, Any]:
        made.append(given["chunk_index"])
        first = given["chunk_index"] == 2 and made.count(2) == 1
        return given | {"url": bad} if first else given

    stub.given = spoil
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


@pytest.mark.parametrize(
    "expires",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        None,
    ],
)
async def test_absurd_expiry_dates(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, expires: str | None
) -> None:
    stub.given = lambda given: given | {"expires_at": expires}
    if expires is None or expires.startswith("9"):
        result = await client.multipart_upload.upload_file(film)
        assert stub.assets[result.asset_id] == content
    else:
        with pytest.raises(UploadError, match="it has expired"):
            await client.multipart_upload.upload_file(film)


async def test_urls_of_chunks_that_there_cannot_be_are_passed_over(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    odd = [{"chunk_index": i, "url": "http://a/1"} for i in (0, -1, 14, 10**12, None)]
    stub.created = lambda made: made | {"upload_urls": [*odd, *made["upload_urls"]]}
    result = await client.multipart_upload.upload_file(film)
    assert stub.assets[result.asset_id] == content


@pytest.mark.parametrize("total", [0, -1, 10**15])
async def test_an_absurd_number_of_completed_chunks_ends_nothing_early(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, total: int
) -> None:
    stub.reported = lambda done: done | {"total_completed": total}
    result = await client.multipart_upload.upload_file(film, batch_size=1, max_workers=1)
    assert stub.assets[result.asset_id] == content


@pytest.mark.parametrize("asset_id", [5, "", "..", ["a"], {"a": 1}, "a\nb", None])
async def test_an_asset_id_that_cannot_be_one_is_not_returned(
    stub: Stub, client: AsyncTwelveLabs, film: Path, asset_id: Any
) -> None:
    stub.created = lambda made: made | {"asset_id": ""}
    stub.reported = lambda done: done | {"asset_id": asset_id}
    with pytest.raises(TwelveLabsError, match=r"does not name its asset|asset_id"):
        await client.multipart_upload.upload_file(film, max_retries=0)


@pytest.mark.parametrize("chunk_size", [0, -5, 1])
async def test_a_named_upload_that_is_cut_absurdly_is_refused(
    stub: Stub, client: AsyncTwelveLabs, chunk_size: int
) -> None:
    made = await client.multipart_upload.create(filename="x", total_size=2_000_000)
    stub.uploads[made.upload_id].chunk_size = chunk_size or 1
    stub.listed = lambda rows: []
    stub.cut = chunk_size
    with pytest.raises(UploadError, match="cannot be resumed"):
        await client.multipart_upload.upload_file(bytes(2_000_000), upload_id=made.upload_id)
    assert not stub.puts


# What an error holds


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_an_upload_error_has_its_message_first_failed_chunk_and_cause(
    stub: Stub, client: AsyncTwelveLabs, film: Path, kind: str
) -> None:
    stub.put_fault = lambda put: "500" if put.index == 3 else None
    with pytest.raises(UploadError) as caught:
        await upload_by(kind, stub, client)(film, max_retries=0)
    error = caught.value
    assert error.message == str(error)
    assert error.chunk_index == 3
    assert isinstance(error.original_error, ApiError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.chunk_index) == (error.message, 3)
    assert isinstance(again.original_error, ApiError)
    assert not holds_itself(error)  # libraries pickle causes and contexts too: Dask does


def test_an_upload_error_without_a_chunk_has_none() -> None:
    error = UploadError("no")
    assert (error.message, error.chunk_index, error.original_error) == ("no", None, None)
    cause = OSError("full")
    error = UploadError("no", 4, cause)  # as the vendor's is made
    assert (str(error), error.chunk_index, error.original_error) == ("no", 4, cause)
    error = UploadError("no", failed_chunks={7: cause, 3: ValueError()})
    assert error.chunk_index == 3
    assert isinstance(error.original_error, ValueError)


def chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    others = [error.__cause__, error.__context__, *getattr(error, "failed_chunks", {}).values()]
    for other in others:
        yield from chain(other, seen)


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize(
    "fault", ["500", "404", "expired403", "expired400", "redirect", "reset", "early", "no_etag"]
)
async def test_no_frame_of_an_error_holds_a_presigned_url(
    stub: Stub, client: AsyncTwelveLabs, film: Path, fault: str, kind: str
) -> None:
    stub.put_fault = lambda put: fault
    stub.expects_wrong_proofs = True
    with pytest.raises(UploadError) as caught:
        await upload_by(kind, stub, client)(film, max_retries=1, retry_delay=0.0)
    signs = [secret for secret in stub.secrets if secret]
    assert signs
    for error in chain(caught.value, set()):
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "twelvelabs_async" not in frame.f_code.co_filename:
                continue
            for name, value in frame.f_locals.items():
                shown = repr(value) + (value if isinstance(value, str) else "")
                assert not any(sign in shown for sign in signs), (frame.f_code.co_name, name)


# Names that are no Unicode


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names there are Unicode")
async def test_names_that_are_no_unicode_are_shown_sent_and_kept(
    stub: Stub,
    client: AsyncTwelveLabs,
    content: bytes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xff"))
    folder.mkdir()
    film = folder / os.fsdecode(b"f\xfe.mp4")
    film.write_bytes(content)
    asked: list[Any] = []
    stub.on_create = asked.append
    seen: list[UploadProgress] = []
    checkpoint = folder / os.fsdecode(b"kept\xfd")
    stub.put_fault = lambda put: "404" if put.index == 7 else None
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(
            film, checkpoint=checkpoint, progress_callback=seen.append, max_workers=1
        )
    stub.put_fault = lambda put: None
    str(caught.value).encode()
    assert {event.filename for event in seen} == {"f?.mp4"}
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) - sent == 7
    checkpoint.write_bytes(b"damaged")
    with pytest.raises(UploadError, match="Cannot read checkpoint") as caught:
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    str(caught.value).encode()
    checkpoint.unlink()
    many = [film, {"source": film, "filename": os.fsdecode(b"g\xff")}]
    ends = [one async for one in client.multipart_upload.upload_files(many, checkpoint_dir=folder)]
    assert [one.error for one in ends] == [None, None]
    assert {one["filename"] for one in asked} == {"f?.mp4", "g?"}
    "".join(record.getMessage() for record in caplog.records).encode()
