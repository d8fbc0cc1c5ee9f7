"""Content codings: undone under any cut, within a bound."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import DecodeError
from twelvelabs_async._runtime.inflate import Inflater

CONTENT = st.binary(max_size=2000) | st.binary(min_size=1, max_size=4).map(lambda b: b * 3000)


def raw_deflate(content: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(content) + machine.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    " GZip ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "identity, gzip": gzip.compress,
    "gzip, identity,": gzip.compress,
    "gzip, gzip": lambda content: gzip.compress(gzip.compress(content)),
    "deflate, gzip": lambda content: gzip.compress(zlib.compress(content)),
    "gzip, deflate": lambda content: zlib.compress(gzip.compress(content)),
    "none, gzip": gzip.compress,
}


def cut(data: st.DataObject, body: bytes) -> list[bytes]:
    """The bytes in pieces, some of them empty."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    return [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]


@given(data=st.data(), content=CONTENT, encoding=st.sampled_from(list(PACKERS)))
def test_what_was_packed_comes_back_under_any_cut(
    data: st.DataObject, content: bytes, encoding: str
) -> None:
    inflater = Inflater(encoding, len(content))
    assert b"".join(map(inflater.feed, cut(data, PACKERS[encoding](content)))) == content
    inflater.end()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "Deflate"])
def test_one_byte_at_a_time_is_enough(encoding: str) -> None:
    inflater = Inflater(encoding, 100)
    packed = PACKERS[encoding](b"some content")
    assert b"".join(inflater.feed(bytes([byte])) for byte in packed) == b"some content"
    inflater.end()


@given(data=st.data(), content=CONTENT.filter(bool), encoding=st.sampled_from(list(PACKERS)))
def test_never_more_than_the_bound(data: st.DataObject, content: bytes, encoding: str) -> None:
    limit = data.draw(st.integers(0, len(content) - 1))
    inflater = Inflater(encoding, limit)
    given_out = 0

    def feed_all() -> None:
        nonlocal given_out
        for piece in cut(data, PACKERS[encoding](content)):
            given_out += len(inflater.feed(piece))

    with pytest.raises(DecodeError, match=f"longer than {limit} bytes"):
        feed_all()
    assert given_out <= limit


@given(data=st.data(), encoding=st.sampled_from(list(PACKERS)))
def test_packed_data_that_stops_short_is_an_error(data: st.DataObject, encoding: str) -> None:
    packed = PACKERS[encoding](b"the whole of it" * 20)
    inflater = Inflater(encoding, 10_000)
    for piece in cut(data, packed[: data.draw(st.integers(0, len(packed) - 1))]):
        inflater.feed(piece)
    with pytest.raises(DecodeError, match="breaks off"):
        inflater.end()


@given(data=st.data(), encoding=st.sampled_from(list(PACKERS)))
def test_what_follows_packed_data_is_an_error(data: st.DataObject, encoding: str) -> None:
    inflater = Inflater(encoding, 10_000)
    pieces = cut(data, PACKERS[encoding](b"content") + b"more")
    with pytest.raises(DecodeError, match="continues after"):
        [inflater.feed(piece) for piece in pieces]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_was_not_packed_is_an_error(encoding: str) -> None:
    with pytest.raises(DecodeError, match="cannot be decompressed"):
        Inflater(encoding, 100).feed(b"\xff\xff plain text")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "BR", ",".join(["gzip"] * 5)])
def test_an_encoding_that_was_not_asked_for_is_an_error(encoding: str) -> None:
    with pytest.raises(DecodeError, match="not requested") as caught:
        Inflater(encoding, 100)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("encoding", ["", "identity", "none", "utf-8", ", ,", "UTF8", "x" * 500])
def test_what_names_no_coding_is_passed_over(encoding: str) -> None:
    inflater = Inflater(encoding, 3)
    assert inflater.feed(b"as it is") == b"as it is"
    inflater.end()


@given(data=st.data(), members=st.lists(CONTENT, min_size=1, max_size=4), zeros=st.integers(0, 9))
def test_gzip_may_have_several_members(
    data: st.DataObject, members: list[bytes], zeros: int
) -> None:
    packed = b"".join(map(gzip.compress, members)) + bytes(zeros)
    whole = b"".join(members)
    inflater = Inflater("gzip", len(whole))
    assert b"".join(map(inflater.feed, cut(data, packed))) == whole
    inflater.end()


def test_a_member_that_stops_short_is_an_error() -> None:
    inflater = Inflater("gzip", 100)
    inflater.feed(gzip.compress(b"one") + gzip.compress(b"two")[:-1])
    with pytest.raises(DecodeError, match="breaks off"):
        inflater.end()


def test_members_share_the_bound() -> None:
    inflater = Inflater("gzip", 100)
    with pytest.raises(DecodeError, match="longer than 100 bytes"):
        inflater.feed(gzip.compress(b"x" * 60) * 2)


def test_the_bound_may_hold_for_what_follows_alone() -> None:
    pieces = [gzip.compress(b"x" * 60) for _ in range(3)]
    inflater = Inflater("gzip", 100)
    for piece in pieces:
        assert inflater.feed(piece) == b"x" * 60
        inflater.count_anew()
    with pytest.raises(DecodeError, match="longer than 100 bytes"):
        inflater.feed(pieces[0] * 2)


def test_a_bomb_in_a_bomb_is_within_the_bound() -> None:
    bomb = gzip.compress(gzip.compress(bytes(100_000_000)))
    with pytest.raises(DecodeError, match="longer than"):
        Inflater("gzip, gzip", 1000).feed(bomb)


def test_many_members_cost_no_copy_of_all_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What zlib copies at the end of each member is bounded, however much has come together."""
    longest = 0
    make = zlib.decompressobj

    class Watched:
        def __init__(self, wbits: int) -> None:
            self._machine = make(wbits=wbits)

        def decompress(self, piece: bytes, limit: int) -> bytes:
            nonlocal longest
            longest = max(longest, len(piece))
            return self._machine.decompress(piece, limit)

        def __getattr__(self, name: str) -> object:
            return getattr(self._machine, name)

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    inflater = Inflater("gzip", 10_000)
    assert inflater.feed(gzip.compress(b"x") * 10_000) == b"x" * 10_000
    assert longest <= 16 * 1024
