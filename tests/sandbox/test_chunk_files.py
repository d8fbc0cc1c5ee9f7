"""Chunks on the storage's origin: each PUT is taken as a whole, and the last one counts."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from attrs import define, field

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, chunk_files

pytestmark = pytest.mark.anyio
SIZE = 200_000
OCTETS = {"Content-Type": "application/octet-stream"}


@define
class Slow:
    """A PUT whose second half comes when it is let go."""

    half: asyncio.Event = field(factory=asyncio.Event)
    rest: asyncio.Event = field(factory=asyncio.Event)
    breaks: bool = False

    async def body(self, letter: bytes) -> AsyncIterator[bytes]:
        yield letter * (SIZE // 2)
        self.half.set()
        await self.rest.wait()
        if self.breaks:
            raise ConnectionResetError
        yield letter * (SIZE // 2)


@define
class Session:
    """An upload of three chunks, and what is sent to it."""

    api: Api
    upload_id: str
    asset_id: str
    halves: threading.Semaphore
    """One for each PUT of which the half is on disk."""

    async def url(self, number: int = 2) -> str:
        path = f"/assets/multipart-uploads/{self.upload_id}/presigned-urls"
        made = await self.api("POST", path, json={"start": number, "count": 1})
        return str(made["upload_urls"][0]["url"])

    async def put(self, body: Any, number: int = 2, **headers: str) -> str:
        wanted = {**OCTETS, "Content-Length": str(SIZE), **headers}
        url = await self.url(number)
        async with self.api.session.put(url, data=body, headers=wanted) as answer:
            assert answer.status == 200, await answer.text()
            return answer.headers["ETag"].strip('"')

    async def begin(self, slow: Slow, letter: bytes) -> asyncio.Task[str]:
        task = asyncio.create_task(self.put(slow.body(letter)))
        await slow.half.wait()
        assert await asyncio.to_thread(self.halves.acquire, timeout=120)
        return task

    async def finish(self, etag: str) -> bytes:
        """The whole file after chunk 2 was reported with this ETag."""
        etags = [await self.put(b"1" * SIZE, 1), etag, await self.put(b"3" * SIZE, 3)]
        chunks = [
            {"chunk_index": number, "proof": proof, "proof_type": "etag", "chunk_size": SIZE}
            for number, proof in enumerate(etags, 1)
        ]
        path = f"/assets/multipart-uploads/{self.upload_id}"
        reply = await self.api("POST", path, json={"completed_chunks": chunks})
        status, data = await self.api.fetch(reply["url"])
        assert status == 200
        assert data[:SIZE] == b"1" * SIZE
        assert data[2 * SIZE :] == b"3" * SIZE
        return data[SIZE : 2 * SIZE]


@asynccontextmanager
async def upload() -> AsyncIterator[Session]:
    halves = threading.Semaphore(0)

    def write(writer: Any, piece: bytes, digest: Any) -> None:
        before = writer.written
        real_write(writer, piece, digest)
        if before < SIZE // 2 == writer.written:
            halves.release()

    real_write = chunk_files._write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk_files, "_write", write)
        async with serving(settings=Settings(chunk_size=SIZE)) as api:
            body = {"filename": "a.mp4", "type": "video", "total_size": 3 * SIZE}
            made = await api("POST", "/assets/multipart-uploads", 201, json=body)
            yield Session(api, made["upload_id"], made["asset_id"], halves)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


async def test_of_two_puts_at_the_same_time_the_later_end_counts() -> None:
    async with upload() as session:
        slow = Slow()
        first = await session.begin(slow, b"a")
        assert await session.put(b"b" * SIZE) == md5(b"b" * SIZE)
        slow.rest.set()
        etag = await first
        assert etag == md5(b"a" * SIZE)
        assert await session.finish(etag) == b"a" * SIZE


async def test_a_put_that_breaks_off_leaves_the_one_that_ended_meanwhile() -> None:
    async with upload() as session:
        slow = Slow(breaks=True)
        first = await session.begin(slow, b"a")
        etag = await session.put(b"b" * SIZE)
        slow.rest.set()
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await first
        assert await session.finish(etag) == b"b" * SIZE


async def test_a_put_that_breaks_off_leaves_what_was_stored_before() -> None:
    async with upload() as session:
        etag = await session.put(b"b" * SIZE)
        slow = Slow(breaks=True)
        first = await session.begin(slow, b"a")
        slow.rest.set()
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await first
        assert await session.finish(etag) == b"b" * SIZE


async def test_a_put_with_a_wrong_digest_leaves_what_was_stored_before() -> None:
    async with upload() as session:
        etag = await session.put(b"b" * SIZE)
        wrong = {**OCTETS, "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
        url = await session.url()
        async with session.api.session.put(url, data=b"a" * SIZE, headers=wrong) as answer:
            assert answer.status == 400
            assert b"BadDigest" in await answer.read()
        assert await session.finish(etag) == b"b" * SIZE


async def test_three_puts_each_of_which_began_before_the_others_ended() -> None:
    async with upload() as session:
        slow = [Slow() for _ in range(3)]
        tasks = [
            await session.begin(one, letter)
            for one, letter in zip(slow, (b"a", b"b", b"c"), strict=True)
        ]
        etags = []
        for number in (1, 2, 0):
            slow[number].rest.set()
            etags.append(await tasks[number])
        assert etags == [md5(letter * SIZE) for letter in (b"b", b"c", b"a")]
        assert await session.finish(etags[-1]) == b"a" * SIZE


async def test_a_put_that_ends_after_its_upload_changes_nothing() -> None:
    async with upload() as session:
        slow = Slow()
        first = await session.begin(slow, b"a")
        etag = await session.put(b"b" * SIZE)
        assert await session.finish(etag) == b"b" * SIZE
        slow.rest.set()
        assert await first == md5(b"a" * SIZE)
        (whole,) = (session.api.sandbox.data / "files").iterdir()
        assert whole.read_bytes()[SIZE : 2 * SIZE] == b"b" * SIZE
        left = list((session.api.sandbox.data / "tmp").iterdir())
        assert left == []


async def test_a_mix_of_two_bodies_that_a_kill_left_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, killed = tmp_path / "data", tmp_path / "killed"
    copy = chunk_files._copy_into_place

    def half(writer: Any, path: Path, upload: Any, number: int) -> None:
        whole, writer.written = writer.written, SIZE // 2
        copy(writer, path, upload, number)
        shutil.copytree(data, killed)
        writer.written = whole
        copy(writer, path, upload, number)

    monkeypatch.setattr(chunk_files, "_copy_into_place", half)
    settings = Settings(chunk_size=SIZE)
    async with serving(data=data, settings=settings) as api:
        body = {"filename": "a.mp4", "type": "video", "total_size": SIZE}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        session = Session(api, made["upload_id"], made["asset_id"], threading.Semaphore(0))
        first = await session.put(b"a" * SIZE, 1)
        assert await session.put(b"b" * SIZE, 1) == md5(b"b" * SIZE)
    async with serving(data=killed, settings=settings) as api:
        chunk = {"chunk_index": 1, "proof": first, "proof_type": "etag", "chunk_size": SIZE}
        path = f"/assets/multipart-uploads/{session.upload_id}"
        refused = await api("POST", path, 400, json={"completed_chunks": [chunk]})
        assert "Chunk 1 was not stored" in refused["message"]


async def test_a_put_that_cannot_be_noted_leaves_what_was_stored_before(tmp_path: Path) -> None:
    async with serving(data=tmp_path, settings=Settings(chunk_size=SIZE)) as api:
        body = {"filename": "a.mp4", "type": "video", "total_size": SIZE}
        made = await api("POST", "/assets/multipart-uploads", 201, json=body)
        session = Session(api, made["upload_id"], made["asset_id"], threading.Semaphore(0))
        first = await session.put(b"a" * SIZE, 1)
        url = await session.url(1)
        store = api.sandbox._context.store
        assert store is not None
        store._database.execute("PRAGMA query_only = 1")
        async with api.session.put(url, data=b"b" * SIZE, headers=OCTETS) as answer:
            assert answer.status == 500
        store._database.execute("PRAGMA query_only = 0")
        chunk = {"chunk_index": 1, "proof": first, "proof_type": "etag", "chunk_size": SIZE}
        path = f"/assets/multipart-uploads/{session.upload_id}"
        reply = await api("POST", path, json={"completed_chunks": [chunk]})
        assert await api.fetch(reply["url"]) == (200, b"a" * SIZE)


async def test_a_body_is_kept_as_it_was_sent_whatever_its_encoding() -> None:
    async with upload() as session:
        packed = gzip.compress(bytes(50_000_000))
        packed += bytes(SIZE - len(packed))
        etag = await session.put(packed, **{"Content-Encoding": "gzip"})
        assert etag == md5(packed)
        assert await session.finish(etag) == packed
