"""Sources one by one: what they read, when they notice a change, what they close."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import gzip
import io
import itertools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.bare import Bare, Mute
from tests.support.descriptors import descriptors, where_listed
from tests.support.silent import Silent
from twelvelabs_async import ConfigurationError, UploadError
from twelvelabs_async._runtime.threads import finish, run_blocking
from twelvelabs_async.multipart_upload._engine import sequential_source
from twelvelabs_async.multipart_upload._engine import source as source_module
from twelvelabs_async.multipart_upload._engine.open_source import open_source
from twelvelabs_async.multipart_upload._engine.source import FileSource, SeekableSource

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
    assert type(source) is SeekableSource
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
            assert type(source) is FileSource
            await source.aclose()

    class Odd(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size).swapcase()

    with Odd(path.open("rb", buffering=0)) as odd:
        source = await open_source(odd, None)
        assert type(source) is SeekableSource
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


async def test_fingerprints_distinguish_contents(path: Path) -> None:
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
    fingerprint = await source.fingerprint()
    assert fingerprint.mtime_ns == path.stat().st_mtime_ns
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
    monkeypatch.setattr(source_module, "PIECE", 100)
    for given in (path, CONTENT, io.BytesIO(CONTENT)):
        source = await open_source(given, None)
        pieces: list[bytes] = await run_blocking(list, map(bytes, source.pieces(50, 230)))
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
    loop.set_exception_handler(lambda _, context: complaints.append(context))

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


# A file that is not what it was


def write_and_set_back(path: Path) -> None:
    times = path.stat()
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def copy_over(path: Path) -> None:
    """As ``cp -p`` does, of a file with the same size and time."""
    times = path.stat()
    other = path.with_name("other")
    other.write_bytes(bytes(len(CONTENT)))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    shutil.copyfile(other, path)
    shutil.copystat(other, path)


def replace_with_its_time(path: Path) -> None:
    other = path.with_name("other")
    shutil.copy2(path, other)
    other.replace(path)


def link(path: Path) -> None:
    path.with_name("link").hardlink_to(path)


def rename(path: Path) -> None:
    path.rename(path.with_name("renamed"))


def pass_time(path: Path) -> None:
    """Let the clock of the file system go on: its steps are some milliseconds."""
    mark = path.with_name("mark")
    mark.touch()
    while mark.stat().st_ctime_ns <= path.stat().st_ctime_ns:
        mark.touch()


async def let(change: Callable[[Path], Any], path: Path) -> None:
    """Change the file at a later time, in a thread: it blocks."""
    await asyncio.to_thread(pass_time, path)
    await asyncio.to_thread(change, path)


async def opened(path: Path, way: str) -> tuple[Any, Any]:
    """A source, and what is to be closed after it."""
    if way == "path":
        return await open_source(path, None), contextlib.nullcontext()
    file = path.open("rb", buffering=0 if way == "raw file" else -1)
    return await open_source(file, None), file


WAYS = ["path", "open file", "raw file"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", [write_and_set_back, copy_over])
async def test_a_change_that_sets_the_time_back_is_seen(
    path: Path, change: Callable[[Path], None], way: str
) -> None:
    source, held = await opened(path, way)
    with held:
        await let(change, path)
        with pytest.raises(UploadError, match="its time set back"):
            await source.finish()
        with pytest.raises(UploadError, match="its time set back"):
            await asyncio.to_thread(list, source.pieces(0, 10))
        await source.aclose()


async def test_a_replacement_that_has_the_same_time_is_seen(path: Path) -> None:
    source = await open_source(path, None)
    await let(replace_with_its_time, path)
    with pytest.raises(UploadError, match="replaced by another file"):
        await source.finish()
    await source.aclose()


async def test_an_open_file_is_sent_though_its_path_leads_elsewhere(path: Path) -> None:
    with path.open("rb") as file:
        source = await open_source(file, None)
        await let(replace_with_its_time, path)
        await source.finish()
        await source.aclose()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "change", [link, rename, Path.unlink, lambda path: path.chmod(0o600), lambda path: None]
)
async def test_what_leaves_the_content_alone_is_no_change(
    path: Path, change: Callable[[Path], None], way: str
) -> None:
    source, held = await opened(path, way)
    with held:
        await let(change, path)
        for _ in range(2):
            await source.finish()
            assert (
                b"".join(await asyncio.to_thread(list, source.pieces(0, len(CONTENT)))) == CONTENT
            )
        await source.aclose()


@pytest.mark.parametrize("instead", [Path.touch, lambda folder: folder.symlink_to(folder)])
async def test_a_file_whose_folder_is_none_any_more_is_whole(
    tmp_path: Path, instead: Callable[[Path], None]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "film").write_bytes(CONTENT)
    source = await open_source(folder / "film", None)
    folder.rename(tmp_path / "gone")
    instead(folder)
    await source.finish()
    assert await source.read(0, len(CONTENT)) == CONTENT
    await source.aclose()


async def test_a_relative_path_is_of_the_folder_in_which_it_was_given(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    source = await open_source("film", None)
    other = path.parent / "other"
    other.mkdir()
    (other / "film").write_bytes(CONTENT[::-1])
    monkeypatch.chdir(other)
    await source.finish()
    (other / "film").replace(path)
    with pytest.raises(UploadError, match="replaced by another file"):
        await source.finish()
    await source.aclose()


def unstable(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Number the file anew at each look, as some network mounts do."""
    real, numbers = os.stat, itertools.count(10**6)

    def stat(where: Any, *args: Any, **named: Any) -> Any:
        found = real(where, *args, **named)
        if where != str(path):
            return found
        fields = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
        return SimpleNamespace(**fields | {"st_ino": next(numbers)})

    monkeypatch.setattr(os, "stat", stat)


async def test_a_file_whose_number_changes_is_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unstable(monkeypatch, path)
    source = await open_source(path, None)
    for _ in range(3):
        await source.finish()
    await let(write_and_set_back, path)
    with pytest.raises(UploadError, match="its time set back"):
        await source.finish()
    await source.aclose()


async def test_a_file_that_is_replaced_is_seen_though_numbers_change(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unstable(monkeypatch, path)
    source = await open_source(path, None)
    other = path.with_name("other")
    other.write_bytes(CONTENT + b"more")
    other.replace(path)
    with pytest.raises(UploadError, match="replaced by another file"):
        await source.finish()
    await source.aclose()


# Open files


def in_memory(path: Path) -> Any:
    return io.BytesIO(path.read_bytes())


def in_a_spool(path: Path) -> Any:
    file = tempfile.SpooledTemporaryFile(1 << 30)  # noqa: SIM115  # a test closes it
    file.write(path.read_bytes())
    return file


def rolled_over(path: Path) -> Any:
    file = in_a_spool(path)
    file.rollover()
    return file


def temporary(path: Path) -> Any:
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115  # a test closes it
    file.write(path.read_bytes())
    return file


def packed(path: Path) -> Any:
    other = path.with_suffix(".gz")
    other.write_bytes(gzip.compress(path.read_bytes()))
    return gzip.open(other)


FILES: list[Callable[[Path], Any]] = [
    lambda path: path.open("rb"),
    lambda path: path.open("r+b"),
    lambda path: path.open("rb", buffering=0),
    in_memory,
    in_a_spool,
    rolled_over,
    temporary,
    packed,
    lambda path: Bare(path.read_bytes()),
    lambda path: Mute(path.read_bytes()),
]


@pytest.mark.parametrize("make", FILES)
@pytest.mark.parametrize("stands", [0, 1, len(CONTENT), len(CONTENT) + 10])
async def test_an_open_file_is_whole_wherever_it_stands(
    path: Path, make: Callable[[Path], Any], stands: int
) -> None:
    with make(path) as file:
        file.seek(stands)
        for _ in range(2):
            source = await open_source(file, None)
            assert source.size == len(CONTENT)
            assert await source.read(0, source.size) == CONTENT
            await source.finish()
            await source.aclose()


@pytest.mark.parametrize("error", [io.UnsupportedOperation, ValueError])
async def test_a_file_that_cannot_say_whether_it_seeks_is_read_in_order(
    error: type[Exception],
) -> None:
    class Odd(io.BytesIO):
        def seekable(self) -> bool:
            raise error

    source = await open_source(Odd(CONTENT), len(CONTENT))
    assert not source.ranged
    await source.prepare()
    assert await source.read(0, len(CONTENT)) == CONTENT
    await source.aclose()


async def test_two_sources_of_one_file_object_do_not_disturb_each_other(path: Path) -> None:
    with in_memory(path) as file:
        one, other = await open_source(file, None), await open_source(file, None)
        reads = [source.read(at, 10) for at in range(0, 2000, 10) for source in (one, other)]
        pieces = await asyncio.gather(*reads)
        assert b"".join(pieces[::2]) == b"".join(pieces[1::2]) == CONTENT[:2000]


async def test_a_file_that_cannot_be_read_is_refused(path: Path) -> None:
    with path.open() as text, pytest.raises(TypeError, match="binary mode"):
        await open_source(cast("Any", text), None)
    with tempfile.SpooledTemporaryFile(mode="w+") as text, pytest.raises(TypeError, match="binary"):
        await open_source(cast("Any", text), None)
    with path.open("ab") as file, pytest.raises(ConfigurationError, match="not opened for reading"):
        await open_source(file, None)
    with pytest.raises(ConfigurationError, match="is closed"):
        await open_source(file, None)
    with pytest.raises(ConfigurationError, match="cannot be a path"):
        await open_source("a\0b", None)


async def test_what_has_nothing_left_and_cannot_be_rewound_is_refused() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        source = await open_source(pipe, 5)
        with pytest.raises(ConfigurationError, match="nothing left to read"):
            await source.prepare()
        await source.aclose()
    used = iter([b"abcde"])
    assert [*used] == [b"abcde"]
    source = await open_source(used, 5)
    with pytest.raises(ConfigurationError, match="nothing left to read"):
        await source.prepare()
    await source.aclose()


# What gives other things than was asked for


async def awaited(pieces: Iterable[Any]) -> AsyncIterator[Any]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize("kind", [iter, awaited])
@pytest.mark.parametrize("wrong", ["text", 5, None, [1, 2]])
async def test_pieces_that_are_no_bytes_are_refused(kind: Any, wrong: Any) -> None:
    source = await open_source(kind([wrong]), 5)
    with pytest.raises(TypeError, match=f"must be bytes, not {type(wrong).__name__}"):
        await source.prepare()
    await source.aclose()
    source = await open_source(kind([b"", b"abcde", wrong, b"more"]), 5)
    await source.prepare()
    assert await source.read(0, 5) == b"abcde"
    with pytest.raises(TypeError, match="must be bytes"):
        await source.finish()
    await source.aclose()


@pytest.mark.parametrize("kind", [iter, awaited])
async def test_pieces_may_be_views_and_one_buffer_that_is_filled_again(kind: Any) -> None:
    def pieces() -> Iterator[bytes]:
        yield cast("bytes", memoryview(CONTENT)[::2])
        buffer = bytearray()
        for at in range(1, len(CONTENT), 256):
            buffer.clear()  # BufferError while anything views it
            buffer += CONTENT[at : at + 256 : 2]
            yield cast("bytes", buffer)

    expected = CONTENT[::2] + CONTENT[1::2]
    source = await open_source(kind(pieces()), len(CONTENT))
    await source.prepare()
    got = [bytes(await source.read(at, 100)) for at in range(0, 2500, 100)]
    assert b"".join([*got, bytes(await source.read(2500, len(CONTENT) - 2500))]) == expected
    await source.finish()
    await source.aclose()


class Greedy(io.BytesIO):
    """Gives a few bytes more than was asked for, as a reader that decompresses may."""

    seeks = True

    def seekable(self) -> bool:
        return self.seeks

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None or size < 0 else size + 7)

    read1 = read


class GreedyPipe(Greedy):
    seeks = False


@pytest.mark.parametrize("kind", [Greedy, GreedyPipe])
async def test_what_gives_more_than_was_asked_for_is_whole(
    kind: type[Greedy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequential_source, "PIECE", 90)
    source = await open_source(kind(CONTENT), len(CONTENT))
    await source.prepare()
    got = [bytes(await source.read(at, 100)) for at in range(0, 2500, 100)]
    assert {len(piece) for piece in got} == {100}
    assert b"".join([*got, bytes(await source.read(2500, len(CONTENT) - 2500))]) == CONTENT
    await source.finish()
    await source.aclose()


@pytest.mark.parametrize("seeks", [True, False])
async def test_a_file_whose_pieces_are_texts_is_refused_before_it_is_sent(seeks: bool) -> None:
    class Texts(io.BytesIO):
        def seekable(self) -> bool:
            return seeks

        def read(self, size: int | None = -1, /) -> Any:
            return super().read(size).decode("latin-1")

        read1 = read

    source = await open_source(Texts(CONTENT), len(CONTENT))
    with pytest.raises(TypeError, match="binary mode"):
        await source.prepare()
    await source.aclose()


def shapes() -> list[memoryview]:
    square = memoryview(CONTENT).cast("B", (10, 256))
    numbers = (ctypes.c_int * (len(CONTENT) // 4)).from_buffer_copy(CONTENT)
    return [memoryview(CONTENT + CONTENT)[::2], square, memoryview(numbers)]


@pytest.mark.parametrize("number", range(3))
async def test_views_of_any_shape_are_sent(number: int) -> None:
    view = shapes()[number]
    source = await open_source(view, None)
    assert source.size == len(CONTENT)
    assert await source.read(0, source.size) == view.tobytes()


async def test_a_view_that_was_released_is_refused() -> None:
    view = memoryview(CONTENT)
    view.release()
    with pytest.raises(ConfigurationError, match="released"):
        await open_source(view, None)


# Cancelled while a thread opens


@where_listed
@pytest.mark.parametrize("name", ["open", "dup"])
async def test_a_source_that_is_opened_when_its_upload_is_cancelled_is_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = getattr(os, name)

    def slow(*args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            assert go_on.wait(20)
        return found

    await asyncio.to_thread(int)  # its thread, and what it needs
    with path.open("rb") as file:
        given: Any = {"open": path, "dup": file}[name]
        before = descriptors()
        monkeypatch.setattr(os, name, slow)
        for _ in range(3):
            begun.clear()
            go_on.clear()
            task = asyncio.create_task(open_source(given, len(CONTENT)))
            await asyncio.to_thread(begun.wait, 20)
            task.cancel()
            await asyncio.sleep(0)
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task
        monkeypatch.undo()
        assert descriptors() == before


async def test_pieces_that_are_long_in_coming_are_empty_meanwhile() -> None:
    file = Silent("read")
    source = await open_source(file, None)
    pieces = source.pieces(0, 1000)
    first = await asyncio.to_thread(next, pieces)
    file.over.set()
    assert first == b""
    assert b"".join(await asyncio.to_thread(list, pieces)) == bytes(1000)
    await source.aclose()
