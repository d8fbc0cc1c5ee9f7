"""Files as users have them, sent piece by piece and anew for each attempt."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twelvelabs_async._core.files import STEP, BytesBody, FilePart, FormBody
from twelvelabs_async.errors import TransportError

pytestmark = pytest.mark.anyio


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


async def content(body: Any) -> bytes:
    return b"".join([bytes(piece) async for piece in body])


@pytest.mark.parametrize("size", [0, 1, STEP, STEP + 1, 3 * STEP])
@pytest.mark.parametrize("how", ["path", "text path", "bytes", "memoryview", "file", "buffer"])
async def test_a_file_is_sent_whole_each_time(how: str, size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    path = tmp_path / "film.mp4"
    path.write_bytes(b"before" + data if how == "file" else data)
    with path.open("rb") as file:
        file.read(6)
        given_: Any = {
            "path": path,
            "text path": str(path),
            "bytes": data,
            "memoryview": memoryview(data),
            "file": file,
            "buffer": io.BytesIO(data),
        }[how]
        part = FilePart(given_)
        for _ in range(2):
            assert part.spent is None
            body = await part.open()
            assert body.size == size
            assert await content(body) == data


async def test_a_pipe_is_sent_once() -> None:
    read, write = os.pipe()
    os.write(write, b"film")
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        part = FilePart(pipe)
        body = await part.open()
        assert body.size is None
        assert await content(body) == b"film"
        assert "cannot be rewound" in str(part.spent)


async def test_a_file_that_shrinks_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * 100)
    body = await FilePart(path).open()
    path.write_bytes(b"x" * 50)
    with pytest.raises(TransportError, match="shorter"):
        await content(body)
    buffer = io.BytesIO(b"x" * 100)
    body = await FilePart(buffer).open()
    buffer.truncate(50)
    with pytest.raises(TransportError, match="shorter"):
        await content(body)


async def test_a_file_that_grows_is_sent_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * 100)
    body = await FilePart(path).open()
    path.write_bytes(b"x" * 150)
    assert len(await content(body)) == 100


async def test_a_body_that_is_left_closes_its_file(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * 3 * STEP)
    before = descriptors()
    pieces = aiter(await FormBody.open([b"head", FilePart(path), b"end"]))
    assert await anext(pieces) == b"head"
    assert len(await anext(pieces)) == STEP
    await pieces.aclose()
    assert descriptors() == before


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [
        (b"", "file", "application/octet-stream"),
        (("a.mp4", b""), "a.mp4", "video/mp4"),
        (("a.MOV", b""), "a.MOV", "video/quicktime"),
        (("a.mp4", b"", "video/x-own"), "a.mp4", "video/x-own"),
        ((None, b""), "file", "application/octet-stream"),
        (Path("/films/b.webm"), "b.webm", "video/webm"),
        ("/films/c.jpg", "c.jpg", "image/jpeg"),
        (("d", b"", None), "d", "application/octet-stream"),
    ],
    ids=repr,
)
def test_names_and_types(file: Any, name: str, kind: str) -> None:
    part = FilePart(file)
    assert (part.name, part.content_type) == (name, kind)


@pytest.mark.parametrize("wrong", [io.StringIO("a"), 7, None, ["a"]])
def test_what_is_no_file_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        FilePart(wrong)


async def test_a_missing_file_and_a_directory_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await FilePart(tmp_path / "none.mp4").open()
    with pytest.raises(ValueError, match="regular file"):
        await FilePart(tmp_path).open()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100), st.binary(max_size=100))
async def test_a_form_is_its_parts(head: bytes, file: bytes) -> None:
    body = await FormBody.open([head, FilePart(file), b"end"])
    whole = await content(body)
    assert whole == head + file + b"end"
    assert body.size == len(whole)
    assert await content(BytesBody(file)) == file
