"""Checkpoints: damaged, shared, unwritable, and with ETags that the service refuses."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from tests.support.upload_stub import KEY, Put, Stub, fails_from, reached
from twelvelabs_async import ApiError, AsyncTwelveLabs, TwelveLabs, UploadError
from twelvelabs_async.errors import ConfigurationError
from twelvelabs_async.multipart_upload._engine.checkpoint_lock import LockedError, PathLock


async def stop_half_way(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> dict[str, Any]:
    """What the checkpoint holds of an upload that ended at chunk 7 of 13."""
    stub.put_fault = fails_from(7)
    with pytest.raises(UploadError):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_workers=1)
    stub.put_fault = lambda put: None
    held: dict[str, Any] = json.loads(checkpoint.read_text())
    return held


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Damaged


CHANGES: dict[str, dict[str, Any]] = {
    "another version": {"version": 2},
    "a version as text": {"version": "1"},
    "a version as a truth": {"version": True},
    "a version with a fraction": {"version": 1.0},
    "chunk_size 0": {"chunk_size": 0},
    "chunk_size below 0": {"chunk_size": -1000},
    "chunk_size beyond all": {"chunk_size": 2**70, "etags": {"1": "x"}},
    "chunk_size with a fraction": {"chunk_size": 1000.0},
    "chunk_size as text": {"chunk_size": "1000"},
    "chunk_size as a truth": {"chunk_size": True},
    "chunk_size null": {"chunk_size": None},
    "total_size 0": {"total_size": 0},
    "total_size below 0": {"total_size": -12345},
    "total_size of another file": {"total_size": 12344},
    "total_size beyond all": {"total_size": 10**30},
    "total_size null": {"total_size": None},
    "upload_id as a number": {"upload_id": 5},
    "upload_id empty": {"upload_id": ""},
    "upload_id ..": {"upload_id": ".."},
    "upload_id with a line break": {"upload_id": "a\nb"},
    "upload_id null": {"upload_id": None},
    "asset_id as a number": {"asset_id": 5},
    "asset_id empty": {"asset_id": ""},
    "asset_id half a pair": {"asset_id": "\ud800"},
    "upload_headers null": {"upload_headers": None},
    "upload_headers as a list": {"upload_headers": []},
    "a header as a number": {"upload_headers": {"x": 5}},
    "a header with a line break": {"upload_headers": {"x": "a\r\nb: c"}},
    "a header without a name": {"upload_headers": {"": "a"}},
    "etags as a list": {"etags": []},
    "etags null": {"etags": None},
    "an etag of no chunk": {"etags": {"14": "x"}},
    "an etag of chunk 0": {"etags": {"0": "x"}},
    "an etag of chunk -1": {"etags": {"-1": "x"}},
    "an etag of chunk 01": {"etags": {"01": "x"}},
    "an etag of a word": {"etags": {"one": "x"}},
    "an etag of another script's number": {"etags": {"\u0661": "x"}},
    "an etag as a number": {"etags": {"1": 5}},
    "an etag empty": {"etags": {"1": ""}},
    "an etag null": {"etags": {"1": None}},
    "an etag with a NUL": {"etags": {"1": "\0"}},
    "source null": {"source": None},
    "source empty": {"source": {}},
    "base_url as a number": {"base_url": 5},
    "base_url null": {"base_url": None},
}
SOURCES: dict[str, dict[str, Any]] = {
    "size as text": {"size": "12345"},
    "size with a fraction": {"size": 12345.0},
    "size null": {"size": None},
    "time as text": {"mtime_ns": "1"},
    "time with a fraction": {"mtime_ns": 1.5},
    "sample as a number": {"sample": 5},
    "sample that is no hash": {"sample": "x"},
}


def without(held: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in held.items() if key != name}


def damages(held: dict[str, Any]) -> dict[str, bytes]:
    """Every way to damage a checkpoint that we could think of."""
    good = json.dumps(held)
    made = {name: json.dumps(held | change) for name, change in CHANGES.items()}
    made |= {
        f"source: {name}": json.dumps(held | {"source": held["source"] | change})
        for name, change in SOURCES.items()
    }
    made |= {f"without {name}": json.dumps(without(held, name)) for name in held}
    made |= {
        f"source without {name}": json.dumps(held | {"source": without(held["source"], name)})
        for name in ("size", "mtime_ns", "sample")
    }
    made |= {
        "cut off": good[:-20],
        "doubled": good * 2,
        "a list": "[]",
        "null": "null",
        "a number": "7",
        "NaN": good.replace('"total_size": 12345', '"total_size": NaN'),
        "infinity": good.replace('"total_size": 12345', '"total_size": 1e999'),
        "a number of 5000 digits": good.replace("12345", "9" * 5000),
        "a name twice": good[:-1] + ', "chunk_size": 500}',
        "a chunk twice": good.replace('"etags": {', '"etags": {"1": "x", '),
        "deep": "[" * 100_000,
    }
    raw = {name: text.encode() for name, text in made.items()}
    assert not [name for name, text in raw.items() if text == good.encode()]
    return raw | {
        "empty": b"",
        "zeros": bytes(len(good)),
        "binary": bytes(range(256)),
        "UTF-16": good.encode("utf-16"),
        "a BOM": b"\xef\xbb\xbf" + good.encode(),
        "no UTF-8": good.replace('"base_url": "', '"base_url": "\xff').encode("latin-1"),
    }


async def test_a_damaged_checkpoint_is_refused_with_its_name_and_what_to_do(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    held = await stop_half_way(stub, client, film, checkpoint)
    calls, puts = stub.calls.total(), len(stub.puts)
    for name, text in damages(held).items():
        checkpoint.write_bytes(text)
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
        said = f"Cannot read checkpoint {checkpoint}: delete it to start over."
        assert caught.value.message.startswith(said), name
        assert caught.value.__cause__ is None
        assert checkpoint.read_bytes() == text
    assert (stub.calls.total(), len(stub.puts)) == (calls, puts)
    checkpoint.unlink()
    await client.multipart_upload.upload_file(film, checkpoint=checkpoint)


async def test_a_damaged_checkpoint_is_refused_by_the_blocking_client_too(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    held = await stop_half_way(stub, client, film, checkpoint)
    texts = list(damages(held).values())

    def work() -> None:
        with TwelveLabs(KEY, base_url=stub.base_url, ssl_context=stub.client_tls) as blocking:
            for text in texts:
                checkpoint.write_bytes(text)
                with pytest.raises(UploadError, match="Cannot read checkpoint"):
                    blocking.multipart_upload.upload_file(film, checkpoint=checkpoint)

    await to_thread.run_sync(work)


def folder(path: Path) -> None:
    path.mkdir()


def circle(path: Path) -> None:
    path.symlink_to(path)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def closed(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path.touch(0)


@pytest.mark.parametrize("make", [folder, circle, pipe, sparse, closed])
async def test_what_is_no_readable_file_is_refused_as_a_checkpoint(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    checkpoint: Path,
    make: Callable[[Path], None],
) -> None:
    make(checkpoint)
    with pytest.raises(UploadError, match=r"Cannot read checkpoint .*: delete it to start over"):
        async with asyncio.timeout(20):
            await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert not stub.calls


@pytest.mark.parametrize("way", ["path", "link", "object"])
async def test_a_checkpoint_that_is_the_film_is_refused_without_a_word_of_deleting(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, content: bytes, way: str
) -> None:
    if way == "link":
        checkpoint.symlink_to(film)
    with pytest.raises(ConfigurationError, match="is the file to upload") as caught:
        await client.multipart_upload.upload_file(
            io.BytesIO(content) if way == "object" else film,
            checkpoint=checkpoint if way == "link" else film,
        )
    assert "delete" not in str(caught.value)
    assert film.read_bytes() == content
    assert not stub.calls


async def test_a_checkpoint_of_another_upload_is_refused_by_its_size(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    held = await stop_half_way(stub, client, film, checkpoint)
    other = await client.multipart_upload.create(filename="x", total_size=77)
    checkpoint.write_text(json.dumps(held | {"upload_id": other.upload_id}))
    with pytest.raises(UploadError, match="is of 77 bytes"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)


# ETags that the service refuses


def wrong_once(*chunks: int) -> Callable[[Put], str | None]:
    return lambda put: "wrong_etag" if put.index in chunks and not put.attempt else None


@pytest.mark.parametrize("chunks", [(2,), (1, 13), (4, 5, 6), tuple(range(1, 14))])
@pytest.mark.parametrize("batch_size", [1, 5, 50])
async def test_a_chunk_whose_etag_is_refused_is_sent_again(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    content: bytes,
    chunks: tuple[int, ...],
    batch_size: int,
) -> None:
    stub.expects_wrong_proofs = True
    stub.put_fault = wrong_once(*chunks)
    result = await client.multipart_upload.upload_file(film, batch_size=batch_size)
    assert stub.assets[result.asset_id] == content
    sent = sorted(put.index for put in stub.puts if put.attempt)
    if len(chunks) < 10:  # beyond, a batch is not searched to its end
        assert sent == list(chunks)


async def test_a_count_of_all_chunks_does_not_hide_that_one_is_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes
) -> None:
    stub.expects_wrong_proofs = True
    stub.put_fault = wrong_once(2)
    stub.reported = lambda done: done | {"total_completed": 13}
    result = await client.multipart_upload.upload_file(film, batch_size=1)
    assert stub.assets[result.asset_id] == content
    assert [put.index for put in stub.puts if put.attempt] == [2]


async def test_a_refused_etag_in_a_checkpoint_costs_one_chunk(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    stub.expects_wrong_proofs = True
    stub.put_fault = lambda put: "404" if put.index == 13 else wrong_once(2)(put)
    with pytest.raises(UploadError):  # by one worker: the others have arrived when the last fails
        await client.multipart_upload.upload_file(
            film, checkpoint=checkpoint, max_retries=0, max_workers=1
        )
    held = json.loads(checkpoint.read_text())
    held["etags"]["3"] = "0" * 32  # as though the process had died before it heard of the refusal
    held["etags"]["2"] = "of a proxy"
    checkpoint.write_text(json.dumps(held))
    (upload,) = stub.uploads.values()
    upload.reported.pop(2, None)
    upload.reported.pop(3, None)
    stub.put_fault = lambda put: None
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert sorted({put.index for put in stub.puts[sent:]}) == [2, 3, 13]
    assert len(stub.puts) - sent == 3


async def test_without_retries_the_next_call_sends_the_refused_chunk_again(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    stub.expects_wrong_proofs = True
    stub.put_fault = wrong_once(2)
    with pytest.raises(UploadError, match="refuses the ETag of chunk 2") as caught:
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_retries=0)
    assert caught.value.resumable
    assert caught.value.chunk_index == 2
    assert isinstance(caught.value.original_error, ApiError)
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_retries=0)
    assert stub.assets[result.asset_id] == content
    assert [put.index for put in stub.puts[sent:]] == [2]


async def test_a_chunk_whose_etag_is_always_refused_ends_the_upload(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    stub.expects_wrong_proofs = True
    stub.put_fault = lambda put: "wrong_etag" if put.index == 2 else None
    with pytest.raises(UploadError, match="refuses the ETag of chunk 2") as caught:
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert [*caught.value.failed_chunks] == [2]
    assert sum(put.index == 2 for put in stub.puts) == 3
    assert "2" not in json.loads(checkpoint.read_text())["etags"]


async def test_an_etag_that_cannot_be_one_is_not_kept(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, checkpoint: Path
) -> None:
    stub.put_fault = lambda put: "long_etag" if put.index == 2 and put.attempt < 2 else None
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content


async def test_a_chunk_that_is_listed_as_failed_is_no_key_error(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    stub.put_fault = lambda put: "404" if put.index == 7 else None
    stub.listed = lambda rows: [row | {"status": "failed"} for row in rows]
    with pytest.raises(UploadError) as caught:
        await client.multipart_upload.upload_file(film, max_retries=0)
    assert caught.value.upload_id in stub.uploads
    assert caught.value.asset_id
    assert 7 in caught.value.failed_chunks


# One checkpoint for two


async def test_one_path_twice_goes_up_twice(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    ends = [
        one
        async for one in client.multipart_upload.upload_files(
            [film, str(film), film, {"source": film}], checkpoint_dir=kept
        )
    ]
    assert [one.error for one in ends] == [None] * 4
    assert list(stub.assets.values()) == [content] * 4
    assert names_in(kept) == set()


async def test_two_uploads_with_one_checkpoint_are_refused(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    stub.put_fault = lambda put: "hold"
    first = asyncio.create_task(client.multipart_upload.upload_file(film, checkpoint=checkpoint))
    await reached(stub, 1).wait()
    link = tmp_path / "link"
    link.symlink_to(checkpoint)
    for path in (checkpoint, str(checkpoint), link, tmp_path / "x" / ".." / checkpoint.name):
        with pytest.raises(UploadError, match="in use by another upload"):
            await client.multipart_upload.upload_file(film, checkpoint=path)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    stub.put_fault = lambda put: None
    stub.held.set()
    await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert not any(name.startswith(".") for name in names_in(tmp_path))


HOLDER = """
import sys
from twelvelabs_async.multipart_upload._engine.checkpoint_lock import PathLock
PathLock(sys.argv[1]).acquire()
print("held", flush=True)
sys.stdin.read()
"""


async def test_an_upload_of_another_process_keeps_its_checkpoint(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path
) -> None:
    lock = checkpoint.with_name(f".{checkpoint.name}.lock")
    holder = await to_thread.run_sync(
        lambda: subprocess.Popen(
            [sys.executable, "-c", HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    )
    assert holder.stdout is not None
    assert await to_thread.run_sync(holder.stdout.readline) == b"held\n"
    try:
        with pytest.raises(UploadError, match="in use by another upload"):
            await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
        assert not stub.calls
    finally:
        holder.kill()  # and so it leaves its lock file behind
        await to_thread.run_sync(holder.communicate)
    assert lock.exists()
    await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert not lock.exists()


def test_a_lock_is_exclusive_and_can_be_taken_again(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    one, other = PathLock(path), PathLock(path)
    one.release()  # nothing was held
    for _ in range(3):
        one.acquire()
        with pytest.raises(LockedError):
            other.acquire()
        other.release()
        one.release()
        other.acquire()
        other.release()
    assert names_in(tmp_path) == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_fork_does_not_hold_the_locks_of_its_parent(tmp_path: Path) -> None:
    program = """if 1:
        import os, signal, sys
        from twelvelabs_async.multipart_upload._engine.checkpoint_lock import PathLock
        lock = PathLock(sys.argv[1])
        lock.acquire()
        reading, writing = os.pipe()
        if not os.fork():
            lock.release()  # nothing is held here
            os.write(writing, b"forked")
            sys.stdin.read()  # until the test has seen it
            os._exit(0)
        os.read(reading, 6)
        print(os.path.exists(sys.argv[1]), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"True\n"
        parent.wait()
        lock = PathLock(str(path))
        lock.acquire()
        lock.release()


def test_where_the_file_system_has_no_locks_one_process_still_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    test_a_lock_is_exclusive_and_can_be_taken_again(tmp_path)


async def test_what_a_killed_process_was_writing_is_removed(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    (tmp_path / f".{checkpoint.name}.abc.new").write_text("half")
    (tmp_path / ".other.abc.new").write_text("of another")
    await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert names_in(tmp_path) == {film.name, ".other.abc.new"}


async def test_a_link_to_a_checkpoint_stays_one(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(checkpoint)
    await stop_half_way(stub, client, film, link)
    assert link.is_symlink()
    assert checkpoint.is_file()
    sent = len(stub.puts)
    await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert len(stub.puts) - sent == 7


# Checkpoints that cannot be written


async def test_a_checkpoint_that_cannot_be_written_is_refused_before_anything_is_sent(
    stub: Stub, client: AsyncTwelveLabs, film: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"the folder of .* does not exist"):
        await client.multipart_upload.upload_file(film, checkpoint=tmp_path / "none" / "kept")
    with pytest.raises(UploadError, match=r"Cannot write checkpoint .*kept: "):
        await client.multipart_upload.upload_file(film, checkpoint=film / "kept")
    with pytest.raises(UploadError, match="Cannot write checkpoint"):
        await client.multipart_upload.upload_file(film, checkpoint=tmp_path / ("n" * 255))
    with pytest.raises(ConfigurationError, match="cannot be a path"):
        await client.multipart_upload.upload_file(film, checkpoint="a\0b")
    assert not stub.calls


class TestTimePasses:
    """In a loop whose waits take no time."""

    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    @pytest.mark.parametrize("way", ["cancel", "the caller's timeout", "timeout="])
    async def test_a_checkpoint_that_cannot_be_written_does_not_hide_a_cancellation(
        self, stub: Stub, client: AsyncTwelveLabs, film: Path, tmp_path: Path, way: str
    ) -> None:
        place = tmp_path / "place"
        place.mkdir()
        stub.put_fault = lambda put: "hold"

        def remove(put: Put) -> None:
            shutil.rmtree(place, ignore_errors=True)

        stub.on_put = remove
        upload = client.multipart_upload.upload_file
        if way == "cancel":
            task = asyncio.create_task(upload(film, checkpoint=place / "kept"))
            while place.exists():  # noqa: ASYNC110  # a few turns
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        elif way == "timeout=":
            with pytest.raises(UploadError, match=r"not done within 30 s"):
                await upload(film, checkpoint=place / "kept", timeout=30)
        else:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(30):
                    await upload(film, checkpoint=place / "kept")
            assert not isinstance(caught.value, UploadError)
        stub.held.set()


async def test_a_cancellation_wins_over_a_write_that_fails_with_it(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from twelvelabs_async.multipart_upload._engine import checkpoint as module

    write = module._replace

    def fail(path: Path, text: bytes) -> None:
        if b'"etags":{}' in text:
            write(path, text)
            return
        loop.call_soon_threadsafe(task.cancel)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_replace", fail)
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(
        client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_workers=1)
    )
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_full_disk_ends_the_upload_with_the_checkpoints_name(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()

    def remove(put: Put) -> None:
        shutil.rmtree(place, ignore_errors=True)

    stub.on_put = remove
    with pytest.raises(
        UploadError, match=r"Cannot write checkpoint .*place.kept: No such"
    ) as caught:
        await client.multipart_upload.upload_file(film, checkpoint=place / "kept", max_workers=1)
    assert caught.value.resumable
    assert caught.value.upload_id
    assert isinstance(caught.value.original_error, OSError)
    assert ".new" not in str(caught.value)


async def test_an_upload_is_complete_though_its_checkpoint_cannot_be_deleted(
    stub: Stub, client: AsyncTwelveLabs, film: Path, content: bytes, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    checkpoint = place / "kept"

    def turn_into_a_folder() -> None:
        if len(stub.reports) == 1:
            checkpoint.unlink()
            checkpoint.mkdir()

    stub.on_report = turn_into_a_folder
    result = await client.multipart_upload.upload_file(
        film, checkpoint=checkpoint, max_workers=13, batch_size=50
    )
    assert stub.assets[result.asset_id] == content


# A file that is not what it was


def rename(film: Path) -> None:
    film.rename(film.with_name("elsewhere"))
    film.with_name("elsewhere").rename(film)


async def test_a_write_that_sets_the_time_back_is_seen_by_a_later_call(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path, checkpoint: Path
) -> None:
    film = tmp_path / "large"
    film.write_bytes(bytes(400_000))
    stub.chunk_size = 40_000
    stub.put_fault = fails_from(7)
    with pytest.raises(UploadError):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint, max_workers=1)
    stub.put_fault = lambda put: None
    times = film.stat()
    with film.open("r+b") as file:
        file.seek(100_000)  # in a chunk that was sent, and not in what is sampled
        file.write(b"other")
    os.utime(film, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UploadError, match="its time set back"):
        await client.multipart_upload.upload_file(film, checkpoint=checkpoint)


@pytest.mark.parametrize("change", [rename, lambda film: film.chmod(0o600)])
async def test_a_file_that_was_only_renamed_is_resumed(
    stub: Stub,
    client: AsyncTwelveLabs,
    film: Path,
    content: bytes,
    checkpoint: Path,
    change: Callable[[Path], None],
) -> None:
    await stop_half_way(stub, client, film, checkpoint)
    change(film)
    sent = len(stub.puts)
    result = await client.multipart_upload.upload_file(film, checkpoint=checkpoint)
    assert stub.assets[result.asset_id] == content
    assert len(stub.puts) - sent == 7
