"""Many files in one call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.support.silent import Silent
from tests.support.upload_stub import Put, Stub
from twelvelabs_async import (
    ArgumentTypeError,
    AsyncTwelveLabs,
    ConfigurationError,
    UploadError,
)
from twelvelabs_async.multipart_upload import UploadedFile, UploadFileDict


def films(folder: Path, sizes: list[int]) -> list[Path]:
    paths = []
    for at, size in enumerate(sizes):
        path = folder / f"film {at}.mp4"
        path.write_bytes(bytes([at % 251]) * size)
        paths.append(path)
    return paths


async def all_of(uploads: AsyncIterator[UploadedFile]) -> list[UploadedFile]:
    return [one async for one in uploads]


async def test_all_go_up_on_one_bound(stub: Stub, client: AsyncTwelveLabs, tmp_path: Path) -> None:
    paths = films(tmp_path, [5500, 1, 900, 12_000, 3000] * 4)
    done = await all_of(client.multipart_upload.upload_files(paths, max_workers=4))
    assert sorted(one.index for one in done) == list(range(20))
    for one in done:
        assert one.source is paths[one.index]
        assert one.result is not None
        assert stub.assets[one.result.asset_id] == paths[one.index].read_bytes()
    assert stub.most_under_way <= 4


async def test_a_file_is_reported_as_soon_as_it_ends(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path
) -> None:
    stub.put_fault = lambda put: "hold" if put.index > 1 else None
    ends: list[int] = []
    async for one in client.multipart_upload.upload_files(films(tmp_path, [5000, 500, 400])):
        assert one.error is None
        ends.append(one.index)
        if len(ends) == 2:
            stub.held.set()
    assert sorted(ends[:2]) == [1, 2]
    assert ends[2] == 0


async def test_files_that_are_read_once_share_one_bound_on_memory(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    read = most = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read, most
        for _ in range(6):
            read += 1
            most = max(most, read - sum(put.stored for put in stub.puts))
            yield bytes(1000)

    sources: list[UploadFileDict] = [
        {"source": pieces(), "filename": "x", "size": 6000} for _ in range(8)
    ]
    done = await all_of(client.multipart_upload.upload_files(sources, max_workers=3))
    assert [one.error for one in done] == [None] * 8
    assert 1 < most <= 3 + 3  # their chunks, and the first piece of each file that begins


async def test_one_bad_file_does_not_stop_the_rest(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path
) -> None:
    good = films(tmp_path, [2500, 2500])
    odd = [{"sorce": good[0]}, {"source": good[0], "filname": "a"}, {}]
    sources: list[Any] = [good[0], tmp_path / "none", b"", 7, good[1], *odd]
    stub.put_fault = lambda put: None
    done = {one.index: one for one in await all_of(client.multipart_upload.upload_files(sources))}
    assert done[0].error is None
    assert done[4].error is None
    assert isinstance(done[1].error, FileNotFoundError)
    assert isinstance(done[2].error, UploadError)
    assert [type(done[at].error) for at in (3, 5, 6, 7)] == [ArgumentTypeError] * 4
    assert ["sorce" in str(done[5].error), "filname" in str(done[6].error)] == [True, True]


async def test_a_file_may_have_settings_of_its_own(
    stub: Stub, client: AsyncTwelveLabs, film: Path, tmp_path: Path
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(1500)

    created: list[Any] = []
    stub.on_create = created.append
    uploads = client.multipart_upload.upload_files(
        [
            {"source": film, "filename": "other.mp4", "user_metadata": {"a": 1}},
            {"source": pieces(), "filename": "piped", "size": 1500, "file_type": "audio"},
        ]
    )
    assert all(one.error is None for one in await all_of(uploads))
    assert sorted((asked["filename"], asked["type"]) for asked in created) == [
        ("other.mp4", "video"),
        ("piped", "audio"),
    ]


async def test_checkpoints_are_kept_in_a_folder(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path
) -> None:
    paths = films(tmp_path, [3000, 3000])
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    stub.put_fault = lambda put: "404" if put.index == 3 else None
    first = await all_of(client.multipart_upload.upload_files(paths, checkpoint_dir=folder))
    assert [type(one.error) for one in first] == [UploadError] * 2
    assert len(list(folder.iterdir())) == 2
    stub.put_fault = lambda put: None
    again = await all_of(client.multipart_upload.upload_files(paths, checkpoint_dir=folder))
    assert all(one.error is None for one in again)
    assert stub.calls["create"] == 2
    assert not list(folder.iterdir())


async def test_leaving_early_ends_what_is_under_way(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path
) -> None:
    paths = films(tmp_path, [500] + [5000] * 20)
    stub.put_fault = lambda put: "hold" if put.index > 1 else None
    async with aclosing(client.multipart_upload.upload_files(paths)) as uploads:
        async for one in uploads:
            assert one.index == 0
            break
    assert {task for task in asyncio.all_tasks() if "upload" in repr(task.get_coro())} <= {
        asyncio.current_task()
    }
    stub.held.set()


async def test_files_are_started_as_workers_become_idle(
    stub: Stub, client: AsyncTwelveLabs, tmp_path: Path
) -> None:
    taken: list[int] = []
    paths = films(tmp_path, [30_000] * 6)

    def sources() -> Iterator[Path]:
        for at, path in enumerate(paths):
            taken.append(at)
            yield path

    begun_at: list[int] = []

    def note(put: Put) -> None:
        begun_at.append(len(taken))

    stub.on_put = note
    done = await all_of(client.multipart_upload.upload_files(sources(), max_workers=2))
    assert len(done) == 6
    assert max(begun_at[:20]) <= 3  # not all six concurrently


async def test_what_the_iterable_raises_is_raised(
    stub: Stub, client: AsyncTwelveLabs, film: Path
) -> None:
    def sources() -> Iterator[Path]:
        yield film
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await all_of(client.multipart_upload.upload_files(sources()))


async def test_no_files_are_no_results(stub: Stub, client: AsyncTwelveLabs) -> None:
    assert await all_of(client.multipart_upload.upload_files([])) == []
    with pytest.raises(ConfigurationError):
        client.multipart_upload.upload_files([], max_workers=0)


@pytest.mark.parametrize("method", ["seekable", "seek", "read"])
async def test_a_seekable_object_that_never_answers_is_left_alone(
    method: str, client: AsyncTwelveLabs
) -> None:
    file = Silent(method)
    upload = asyncio.create_task(
        client.multipart_upload.upload_file(file, filename="a.mp4", file_type="video")
    )
    await asyncio.to_thread(file.called.wait)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    file.over.set()
