"""Files as users have them, and the bodies that are made of them."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bare import Bare, Mute
from tests.support.descriptors import open_on, where_listed
from twelvelabs_async import ArgumentTypeError, ConfigurationError, TransportError
from twelvelabs_async._runtime.async_body import STEP, Body, BytesBody
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async._runtime.form_body import FormBody

LONG = bytes(range(256)) * (STEP // 256) + b"and more"


class Pipe(io.RawIOBase):
    """A file object that is read once, in pieces of its own choice."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


async def read(body: Body) -> bytes:
    pieces = [bytes(piece) async for piece in body]
    assert all(0 < len(piece) <= STEP for piece in pieces)
    whole = b"".join(pieces)
    assert body.size in (None, len(whole))
    return whole


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(LONG)
    return path


@pytest.fixture
def opened(film: Path) -> Iterator[IO[bytes]]:
    with film.open("rb") as file:
        yield file


# What a file is called


@pytest.mark.parametrize(
    ("file", "name", "content_type"),
    [
        ("/films/Bikes.MP4", "Bikes.MP4", "video/mp4"),
        (Path("films/a.mov"), "a.mov", "video/quicktime"),
        ("noending", "noending", "application/octet-stream"),
        ("archive.tar.xyz", "archive.tar.xyz", "application/octet-stream"),
        (b"x", "file", "application/octet-stream"),
        (io.BytesIO(b"x"), "file", "application/octet-stream"),
        (("b.png", b"x"), "b.png", "image/png"),
        (("b.png", Path("a.mp4")), "b.png", "image/png"),
        ((None, Path("films/a.mp4")), "a.mp4", "video/mp4"),
        (("", b"x"), "file", "application/octet-stream"),
        (("a.mp4", b"x", "video/x-own"), "a.mp4", "video/x-own"),
        (("a.mp4", b"x", None), "a.mp4", "video/mp4"),
        ((None, b"x", "image/png"), "file", "image/png"),
    ],
)
def test_a_file_has_a_name_and_a_type(file: Any, name: str, content_type: str) -> None:
    part = FilePart(file)
    assert (part.name, part.content_type) == (name, content_type)
    assert repr(part) == f"FilePart({name!r}, {content_type!r})"


def test_an_open_file_has_its_own_name(opened: IO[bytes]) -> None:
    part = FilePart(opened)
    assert (part.name, part.content_type) == ("film.mp4", "video/mp4")


def test_a_file_that_was_opened_by_its_number_has_none(film: Path) -> None:
    with os.fdopen(os.open(film, os.O_RDONLY), "rb") as file:
        assert FilePart(file).name == "file"


@pytest.mark.parametrize(
    ("media", "expected"),
    [("image/png", "image/png"), ("video", "application/octet-stream")],
)
def test_the_type_for_want_of_an_ending(media: str, expected: str) -> None:
    assert FilePart(b"x", media).content_type == expected
    assert FilePart(("a.mp4", b"x"), media).content_type == "video/mp4"


@pytest.mark.parametrize(
    "wrong", [io.StringIO("x"), 5, None, object(), ["a"], ("a", 5), ("a", None)]
)
def test_what_is_no_file_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"a file is a path|binary mode"):
        FilePart(wrong)


def test_a_file_in_text_mode_is_refused(film: Path) -> None:
    with film.open(encoding="latin-1") as file, pytest.raises(TypeError, match="binary mode"):
        FilePart(cast("Any", file))


@pytest.mark.parametrize(
    "opening",
    [tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile, tempfile.TemporaryFile],
)
def test_a_temporary_file_in_text_mode_is_refused(opening: Any) -> None:
    with opening(mode="w+") as file, pytest.raises(TypeError, match="binary mode"):
        FilePart(file)


async def test_a_file_whose_pieces_are_texts_is_refused_when_it_is_read() -> None:
    class Texts(io.BytesIO):
        def read(self, size: int | None = -1, /) -> Any:
            return super().read(size).decode()

    body = await FilePart(Texts(b"abc")).open()
    with pytest.raises(TypeError, match="binary mode"):
        await read(body)


@pytest.mark.parametrize("as_tuple", [True, False])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, as_tuple: bool) -> None:
    with (tmp_path / "new").open("wb") as file:
        with pytest.raises(ConfigurationError, match="not opened for reading"):
            FilePart(("n", file) if as_tuple else file)
    with pytest.raises(ConfigurationError, match="is closed"):
        FilePart(("n", file) if as_tuple else file)


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        (b"x",),
        ("a.mp4", b"x", "video/mp4", {"X-A": "b"}),
        (5, b"x"),
        (b"a.mp4", b"x"),
        (Path("a.mp4"), b"x"),
        ("a.mp4", b"x", 5),
        ("a.mp4", b"x", b"video/mp4"),
    ],
)
def test_a_tuple_that_is_no_file_is_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=r"as a tuple is|is a str, not"):
        FilePart(wrong)


def test_a_type_that_would_add_a_header_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        FilePart(("a", b"", "a/b\r\nX: y"))


# What a file holds


@pytest.mark.parametrize("content", [b"", b"x", LONG])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_bytes_are_sent_each_time(content: bytes, kind: type[Any]) -> None:
    part = FilePart(kind(content))
    for _ in range(2):
        body = await part.open()
        assert body.size == len(content)
        assert await read(body) == content
        assert part.spent is None


async def test_the_size_of_wide_items_is_in_bytes() -> None:
    from array import array

    wide = memoryview(array("I", [1, 2, 3]))
    assert BytesBody(wide).size == 12
    assert await read(BytesBody(wide)) == wide.tobytes()


async def test_a_view_in_several_pieces_is_sent() -> None:
    part = FilePart(memoryview(LONG)[::2])
    assert await read(await part.open()) == LONG[::2]


async def test_a_view_that_was_released_is_refused() -> None:
    view = memoryview(LONG)
    view.release()
    with pytest.raises(ConfigurationError, match="released"):
        await FilePart(view).open()


async def test_a_file_that_gives_more_than_was_asked_for_is_as_long_as_it_was() -> None:
    class Greedy(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read()

    file = Greedy(LONG)
    body = await FilePart(file).open()
    file.seek(0, io.SEEK_END)
    file.write(b"later")
    assert await read(body) == LONG


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_path_is_read_each_time(film: Path, as_text: bool) -> None:
    part = FilePart(str(film) if as_text else film)
    for _ in range(2):
        body = await part.open()
        assert body.size == len(LONG)
        assert await read(body) == LONG
        assert part.spent is None


async def test_a_relative_path_is_of_the_folder_in_which_it_was_given(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(film.parent)
    part = FilePart(film.name)
    bodies = [await part.open()]
    other = film.parent / "other"
    other.mkdir()
    (other / film.name).write_bytes(b"other")
    monkeypatch.chdir(other)
    bodies.append(await part.open())
    assert [await read(body) for body in bodies] == [LONG, LONG]


def spooled(content: bytes, most: int) -> Any:
    file = tempfile.SpooledTemporaryFile(most)  # noqa: SIM115  # a test closes it
    file.write(content)
    return file


@pytest.mark.parametrize(
    "opening",
    [
        lambda film: film.open("rb"),
        lambda film: film.open("rb", buffering=0),
        lambda film: film.open("r+b"),
        lambda film: io.BytesIO(film.read_bytes()),
        lambda film: spooled(film.read_bytes(), 1 << 30),
        lambda film: spooled(film.read_bytes(), 1),
        lambda film: Bare(film.read_bytes()),
        lambda film: Mute(film.read_bytes()),
    ],
)
@pytest.mark.parametrize("stands", [0, 100, len(LONG), len(LONG) + 10])
@pytest.mark.parametrize("as_tuple", [True, False])
async def test_an_open_file_is_sent_whole_wherever_it_stands(
    film: Path, opening: Any, stands: int, as_tuple: bool
) -> None:
    with opening(film) as file:
        file.seek(stands)
        part = FilePart(("n.mp4", file, "video/mp4") if as_tuple else file)
        for _ in range(2):
            body = await part.open()
            assert body.size == len(LONG)
            assert await read(body) == LONG
            assert part.spent is None
        assert not file.closed


@pytest.mark.parametrize(
    "opening", [lambda film: film.open("rb"), lambda film: Bare(film.read_bytes())]
)
async def test_one_open_file_is_sent_twice_at_the_same_time(film: Path, opening: Any) -> None:
    with opening(film) as file:
        bodies = [await FilePart(file).open() for _ in range(3)]
        assert await asyncio.gather(*map(read, bodies)) == [LONG] * 3


async def test_one_open_file_in_two_parts_of_a_form_is_sent_whole_in_both(
    opened: IO[bytes],
) -> None:
    form = await FormBody.open([FilePart(opened), b"|", FilePart(opened)])
    assert await read(form) == LONG + b"|" + LONG


async def test_what_has_nothing_left_and_cannot_be_rewound_is_refused() -> None:
    pipe = Pipe(b"abc")
    assert pipe.read() == b"abc"
    part = FilePart(("a.mp4", cast("IO[bytes]", pipe)))
    with pytest.raises(ConfigurationError, match=r"'a\.mp4' has nothing left to read"):
        await part.open()


async def test_the_end_of_a_pipe_is_refused() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        with pytest.raises(ConfigurationError, match="nothing left to read"):
            await FilePart(pipe).open()


async def test_an_attempt_that_was_broken_off_does_not_shorten_the_next(opened: IO[bytes]) -> None:
    part = FilePart(opened)
    pieces = aiter(await part.open())
    await anext(pieces)
    await pieces.aclose()
    assert await read(await part.open()) == LONG


async def test_what_cannot_be_rewound_is_sent_once() -> None:
    part = FilePart(cast("IO[bytes]", Pipe(b"a", b"bc")))
    before, body = part.spent, await part.open()
    assert before is None
    assert body.size is None
    assert await read(body) == b"abc"
    assert part.spent is not None
    assert "'file' cannot be rewound" in part.spent


async def test_it_is_spent_by_an_attempt_that_took_nothing() -> None:
    part = FilePart(cast("IO[bytes]", Pipe(b"a")))
    await part.open()
    assert part.spent is not None


@pytest.mark.parametrize("left", [0, 1, STEP])
async def test_a_path_that_shrinks_while_it_is_sent_is_an_error(film: Path, left: int) -> None:
    body = await FilePart(film).open()
    os.truncate(film, left)
    with pytest.raises(TransportError, match="became shorter"):
        await read(body)


async def test_a_file_object_that_shrinks_while_it_is_sent_is_an_error() -> None:
    file = io.BytesIO(b"abcdef")
    body = await FilePart(file).open()
    file.truncate(3)
    with pytest.raises(TransportError, match="became shorter"):
        await read(body)


async def test_a_file_that_grows_is_sent_as_long_as_it_was(film: Path) -> None:
    body = await FilePart(film).open()
    with film.open("ab") as file:
        file.write(b"later")
    assert await read(body) == LONG


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a regular file"):
        await FilePart(tmp_path).open()


async def test_a_path_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await FilePart(tmp_path / "gone.mp4").open()


# Forms


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=20)), max_size=6))
async def test_a_form_is_its_pieces_in_order(pieces: list[tuple[bool, bytes]]) -> None:
    form = await FormBody.open([FilePart(p) if is_file else p for is_file, p in pieces])
    whole = b"".join(piece for _, piece in pieces)
    assert form.size == len(whole)
    assert b"".join([bytes(piece) async for piece in form]) == whole


async def test_a_form_is_made_anew_for_each_attempt(film: Path) -> None:
    file = io.BytesIO(b"abc")
    file.seek(1)
    pieces: list[bytes | FilePart] = [b"<", FilePart(film), b"|", FilePart(file), b">"]
    for _ in range(2):
        form = await FormBody.open(pieces)
        assert await read(form) == b"<" + LONG + b"|abc>"


async def test_the_size_of_a_form_is_unknown_with_a_file_of_unknown_size() -> None:
    form = await FormBody.open([b"<", FilePart(cast("IO[bytes]", Pipe(b"ab"))), b">"])
    assert form.size is None
    assert await read(form) == b"<ab>"


@where_listed
async def test_a_form_that_is_broken_off_closes_its_file(film: Path) -> None:
    pieces = aiter(await FormBody.open([FilePart(film)]))
    await anext(pieces)
    assert len(open_on(film)) == 1
    await pieces.aclose()
    assert open_on(film) == []


@pytest.mark.anyio
async def test_a_file_that_was_being_opened_when_the_call_was_cancelled_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    body = await FilePart(path).open()
    opened: list[IO[bytes]] = []
    asked, go_on = threading.Event(), threading.Event()

    def slow_open(*args: Any, **kwargs: Any) -> IO[bytes]:
        asked.set()
        assert go_on.wait(10)
        opened.append(open(*args, **kwargs))  # noqa: PTH123, SIM115  # for it to close
        return opened[0]

    monkeypatch.setattr("twelvelabs_async._runtime.files.open", slow_open, raising=False)
    reading = asyncio.ensure_future(anext(aiter(body)))
    await to_thread.run_sync(asked.wait, 10)
    reading.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [file.closed for file in opened] == [True]


async def test_a_slow_pipe_is_sent_as_it_comes() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", buffering=0) as end:
        end.write(b"one")
        body = await FilePart(("film.mp4", file)).open()
        pieces = aiter(body)
        assert bytes(await anext(pieces)) == b"one"
        end.write(b"two")
        assert bytes(await anext(pieces)) == b"two"
        end.close()
        assert [bytes(piece) async for piece in pieces] == []
