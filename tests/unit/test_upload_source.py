"""Sources one by one: what they read, when they notice a change, what they close."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twelvelabs_async import UploadError
from twelvelabs_async._core.threads import finish, run_blocking
from twelvelabs_async.multipart_upload._engine import source as module
from twelvelabs_async.multipart_upload._engine.source import open_source

CONTENT = bytes(range(256)) * 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(CONTENT)
    return path


async def test_a_path_without_positioned_reads_is_read_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    source = await open_source(path, None)
    assert type(source) is module._Seekable
    assert source.name == "film"
    assert await source.read(100, 50) == CONTENT[100:150]
    await source.finish()
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(UploadError, match="grew"):
        await source.finish()
    await source.aclose()
    assert source._file.closed


async def test_only_a_plain_file_gets_a_descriptor_of_its_own(path: Path) -> None:
    with path.open("r+b") as plain, path.open("rb", buffering=0) as raw:
        for file in (plain, raw):
            source = await open_source(file, None)
            assert type(source) is module._File
            await source.aclose()

    class Odd(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size).swapcase()

    with Odd(path.open("rb", buffering=0)) as odd:
        source = await open_source(odd, None)
        assert type(source) is module._Seekable
        assert await source.read(65, 1) == b"a"
        await source.aclose()
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(CONTENT)
        spooled.seek(0)
        source = await open_source(spooled, None)
        assert await source.read(0, len(CONTENT)) == CONTENT
        await source.aclose()


async def test_what_was_written_but_not_flushed_goes_along(tmp_path: Path) -> None:
    with (tmp_path / "new").open("w+b") as file:
        file.write(CONTENT)
        file.seek(10)
        source = await open_source(file, None)
        assert source.size == len(CONTENT)
        assert await source.read(0, 20) == CONTENT[:20]
        await source.aclose()


async def test_fingerprints_tell_contents_apart(path: Path) -> None:
    prints = set()
    for at in (None, 0, 1200, len(CONTENT) - 1):
        changed = bytearray(CONTENT)
        if at is not None:
            changed[at] ^= 1
        source = await open_source(bytes(changed), None)
        prints.add((await source.fingerprint()).sample)
        await source.aclose()
    assert len(prints) == 4
    source = await open_source(path, None)
    told = await source.fingerprint()
    assert told.mtime_ns == path.stat().st_mtime_ns
    await source.aclose()


async def test_short_reads_are_put_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, n, at: pread(fd, min(n, 7), at))
    source = await open_source(path, None)
    assert await source.read(3, 100) == CONTENT[3:103]
    await source.aclose()


async def test_a_cancelled_read_comes_back_only_when_nobody_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, read = threading.Event(), threading.Event(), list[int]()
    pread = os.pread

    def slow(fd: int, length: int, offset: int) -> bytes:
        begun.set()
        go_on.wait(10)
        read.append(length)
        return pread(fd, length, offset)

    source = await open_source(path, None)
    monkeypatch.setattr(os, "pread", slow)
    reading = asyncio.ensure_future(source.read(0, 10))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    for _ in range(3):
        reading.cancel()
        await asyncio.sleep(0)
    assert not reading.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert read == [10]
    await source.aclose()


async def test_pieces_are_what_was_asked_for_and_of_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PIECE", 100)
    for given in (path, CONTENT, io.BytesIO(CONTENT)):
        source = await open_source(given, None)
        pieces = [bytes(piece) for piece in await run_blocking(list, source.pieces(50, 230))]
        assert [len(piece) for piece in pieces] == [100, 100, 30]
        assert b"".join(pieces) == CONTENT[50:280]
        assert await run_blocking(list, source.pieces(2550, 10)) == [CONTENT[2550:]]
        await source.aclose()
    source = await open_source(path, None)
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(UploadError, match="grew"):
        await run_blocking(list, source.pieces(0, 10))
    await source.aclose()


async def test_finishing_outlasts_repeated_cancellation() -> None:
    go_on, ended = asyncio.Event(), list[int]()

    async def work() -> int:
        await go_on.wait()
        ended.append(1)
        return 7

    task = asyncio.create_task(finish(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]
    assert await finish(work()) == 7


@pytest.mark.parametrize("fails", range(4))
@pytest.mark.parametrize("cancelled", range(4))
async def test_what_fails_about_the_time_of_a_cancellation_is_not_complained_of(
    fails: int, cancelled: int
) -> None:
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, told: complaints.append(told))

    def after(turns: int, func: Callable[..., object], *args: object) -> None:
        if turns:
            loop.call_soon(after, turns - 1, func, *args)
        else:
            func(*args)

    work = loop.create_future()
    task = asyncio.create_task(finish(work))
    await asyncio.sleep(0)
    after(fails, work.set_exception, ZeroDivisionError())
    after(cancelled, task.cancel)
    expected = ZeroDivisionError if cancelled > fails + 1 else asyncio.CancelledError
    with pytest.raises(expected):
        await task
    del work, task
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def test_what_blocking_work_raises_is_raised() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_blocking(broken)
