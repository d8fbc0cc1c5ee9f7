"""Files that are read by awaiting, wherever a file is taken: whole, in pieces, again on a retry."""

from __future__ import annotations

import asyncio
import inspect
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiofiles
import anyio
import pytest
from fastapi import UploadFile as FastApiUpload
from starlette.datastructures import Headers, UploadFile

from tests.support.both import CLIENTS
from twelvelabs_async import ConfigurationError, Retry
from twelvelabs_async._runtime.async_body import STEP
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async.multipart_upload._engine.open_source import open_source
from twelvelabs_async.sandbox import Sandbox, Timings


def sound(samples: bytes) -> bytes:
    """A file with this sound, 16 bits a sample."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 48_000, 0, "NONE", ""))
        written.writeframes(samples)
    return file.getvalue()


CONTENT = sound(bytes(range(256)) * 10_000)


class Reader:
    """Nothing but an asynchronous `read`."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)
        self.most = 0

    async def read(self, size: int = -1) -> bytes:
        self.most = max(self.most, len(self._file.getbuffer()) if size < 0 else size)
        await asyncio.sleep(0)
        return self._file.read(size)


class Seekable(Reader):
    """One that can seek, as anyio's files can."""

    async def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)


class Returning(Reader):
    """One whose `read` is a plain function that gives a coroutine, as a decorator may make it."""

    def read(self, size: int = -1) -> Any:
        return super().read(size)


class Answering(Returning):
    """One that gives coroutines for all that is asked of it before it is read."""

    async def _yes(self) -> bool:
        return True

    def readable(self) -> Any:
        return self._yes()

    seekable = readable


class Half(Returning):
    """One of which only `read` is to be awaited."""

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)


class Whole(Half):
    """One whose `seek` gives a coroutine, too."""

    def seek(self, offset: int, whence: int = 0) -> Any:
        return just(super().seek(offset, whence))


class Called(Reader):
    """One whose `read` is an object that is called, as a compiler may make it."""

    class Method:
        def __init__(self, read: Callable[[int], Any]) -> None:
            self._read = read

        async def __call__(self, size: int = -1) -> Any:
            return await self._read(size)

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.read = self.Method(super().read)  # type: ignore[method-assign]  # that is the test


class Masked(UploadFile):
    """An upload whose `read` changes the bytes: those of the file within are others."""

    async def read(self, size: int = -1) -> bytes:
        return bytes(255 - each for each in await super().read(size))


def upload(kind: type[UploadFile], content: bytes) -> Any:
    headers = Headers({"content-type": "video/mp4"})
    return kind(io.BytesIO(content), filename="C:\\a.mp4", size=len(content), headers=headers)


async def fed(content: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(content)
    reader.feed_eof()
    return reader


async def opened(how: Callable[..., Any], path: Path) -> Any:
    path.write_bytes(CONTENT)
    return await how(str(path), "rb")


async def just(value: Any) -> Any:
    return value


MAKERS: dict[str, Callable[[Path], Awaitable[Any]]] = {
    "anyio": lambda path: opened(anyio.open_file, path),
    "aiofiles": lambda path: opened(aiofiles.open, path),
    "starlette": lambda _: just(upload(UploadFile, CONTENT)),
    "fastapi": lambda _: just(upload(FastApiUpload, CONTENT)),
    "seekable": lambda _: just(Seekable(CONTENT)),
    "half": lambda _: just(Half(CONTENT)),
    "whole": lambda _: just(Whole(CONTENT)),
    "subclass": lambda _: just(upload(Masked, bytes(255 - each for each in CONTENT))),
}
ONCE: dict[str, Callable[[Path], Awaitable[Any]]] = {
    "reader": lambda _: just(Reader(CONTENT)),
    "asyncio": lambda _: fed(CONTENT),
    "returning": lambda _: just(Returning(CONTENT)),
    "answering": lambda _: just(Answering(CONTENT)),
    "called": lambda _: just(Called(CONTENT)),
}
each = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
each_of_all = pytest.mark.parametrize("make", (MAKERS | ONCE).values(), ids=MAKERS | ONCE)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(timings=Timings.none()) as running:
        yield running


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Any]:
    make, retry = CLIENTS[request.param], Retry(backoff=0.001)
    async with make(sandbox.api_key, base_url=sandbox.base_url, retry=retry) as ready:
        yield ready


async def either(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def closed(file: Any) -> None:
    close = getattr(file, "aclose", None) or getattr(file, "close", None)
    if close is not None:
        await close()


async def test_an_asynchronous_file_is_sent_in_a_form(
    sandbox: Sandbox, client: Any, tmp_path: Path
) -> None:
    for make in MAKERS.values():
        file = await make(tmp_path / "x.wav")
        await either(file.seek(5))  # it is sent whole wherever it stands
        sandbox.faults.add("POST", "/assets", status=503, times=1)  # sent a second time, too
        asset = await client.assets.create(method="direct", file=("x.wav", file))
        assert (await client.assets.wait_until_ready(asset.id)).size == len(CONTENT)
        await closed(file)


async def test_an_asynchronous_file_is_uploaded(
    sandbox: Sandbox, client: Any, tmp_path: Path
) -> None:
    for make in MAKERS.values():
        file = await make(tmp_path / "x.wav")
        await either(file.seek(5))
        sandbox.faults.add("PUT", origin="storage", status=503, times=1)
        done = await client.multipart_upload.upload_file(
            file, filename="x.wav", file_type="audio", retry_delay=0.001
        )
        assert (await client.assets.wait_until_ready(done.asset_id)).size == len(CONTENT)
        await closed(file)


async def test_one_that_cannot_seek_is_uploaded_with_its_size(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="size="):
        await client.multipart_upload.upload_file(Reader(CONTENT), filename="x.wav")
    done = await client.multipart_upload.upload_file(
        Reader(CONTENT), filename="x.wav", file_type="audio", size=len(CONTENT)
    )
    assert (await client.assets.wait_until_ready(done.asset_id)).size == len(CONTENT)


async def whole(part: FilePart) -> bytes:
    return b"".join([bytes(piece) async for piece in await part.open()])


@each_of_all
async def test_the_bytes_are_those_of_the_file(make: Any, tmp_path: Path) -> None:
    file = await make(tmp_path / "x.wav")
    assert await whole(FilePart(file)) == CONTENT
    await closed(file)
    file = await make(tmp_path / "x.wav")
    source = await open_source(file, len(CONTENT))
    await source.prepare()
    assert bytes(await source.read(0, len(CONTENT))) == CONTENT
    await source.finish()
    await source.aclose()
    await closed(file)


@each
async def test_it_can_be_sent_twice_also_at_the_same_time(make: Any, tmp_path: Path) -> None:
    file = await make(tmp_path / "x.wav")
    part = FilePart(file)
    both = await asyncio.gather(whole(part), whole(FilePart(file)))
    assert [*both, await whole(part)] == [CONTENT] * 3
    assert part.spent is None
    await closed(file)


async def test_one_that_cannot_seek_is_sent_once_and_in_pieces() -> None:
    file = Reader(CONTENT)
    part = FilePart(("x.wav", file))
    assert await whole(part) == CONTENT
    assert 0 < file.most <= STEP
    assert "cannot be rewound" in (part.spent or "")
    with pytest.raises(ConfigurationError, match="nothing left"):
        await part.open()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("base", [Reader, Returning, Seekable, Half, io.BytesIO, object])
async def test_a_piece_may_be_of_any_kind_of_bytes(kind: type[Any], base: type[Any]) -> None:
    class Plain:
        def __init__(self, content: bytes) -> None:
            self._file = io.BytesIO(content)

        def read(self, size: int | None = -1, /) -> Any:
            return self._file.read(size)

    parent: Any = Plain if base is object else base

    class Kind(parent):  # type: ignore[misc]  # of several bases
        def read(self, size: int = -1) -> Any:
            piece = super().read(size)
            return awaited(piece) if inspect.isawaitable(piece) else kind(piece)

    async def awaited(piece: Any) -> Any:
        return kind(await piece)

    assert await whole(FilePart(Kind(CONTENT))) == CONTENT
    source = await open_source(Kind(CONTENT), len(CONTENT))
    await source.prepare()
    assert bytes(await source.read(0, len(CONTENT))) == CONTENT
    await source.aclose()


@pytest.mark.parametrize("base", [Returning, io.BytesIO])
async def test_an_upload_of_a_reader_that_gives_too_much_is_cut(base: Any) -> None:
    class Greedy(base):  # type: ignore[misc]  # of several bases
        def read(self, size: int = -1) -> Any:
            return super().read(-1)

        def seekable(self) -> bool:
            return False

        read1 = read

    source = await open_source(Greedy(CONTENT), len(CONTENT))
    await source.prepare()
    assert bytes(await source.read(0, 1000)) == CONTENT[:1000]
    assert bytes(await source.read(1000, len(CONTENT) - 1000)) == CONTENT[1000:]
    await source.finish()
    await source.aclose()


async def test_a_reader_that_gives_more_than_was_asked_for_is_cut() -> None:
    class Greedy(Reader):
        async def read(self, size: int = -1) -> bytes:
            return self._file.read()

    content = CONTENT * 2
    body = await FilePart(Greedy(content)).open()
    pieces = [bytes(piece) async for piece in body]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= STEP


async def test_name_and_type_of_an_upload_are_those_that_it_came_with() -> None:
    part = FilePart(upload(UploadFile, b"x"))
    assert (part.name, part.content_type) == ("C:\\a.mp4", "video/mp4")
    nameless: Any = UploadFile(io.BytesIO(b"x"), headers=Headers({"content-type": "audio/ogg"}))
    assert (FilePart(nameless).name, FilePart(nameless).content_type) == ("file", "audio/ogg")
    assert (await open_source(upload(UploadFile, b"x"), None)).name == "C:\\a.mp4"


async def test_an_asynchronous_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("text")
    for opening in (anyio.open_file, aiofiles.open):
        file: Any = await opening(str(path))
        with pytest.raises(TypeError, match="binary mode"):
            FilePart(file)
        with pytest.raises(TypeError, match="binary mode"):
            await open_source(file, 4)
        await closed(file)

    class Text:
        async def read(self, size: int = -1) -> str:
            return "text"

    class Returned(Text):
        def read(self, size: int = -1) -> Any:
            return super().read(size)

    for text in (Text(), Returned()):
        with pytest.raises(TypeError, match="binary mode"):
            await FilePart(text).open()  # type: ignore[arg-type]  # that is the test
