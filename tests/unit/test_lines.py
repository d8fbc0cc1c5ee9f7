"""Lines: the same wherever the bytes are cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import StreamError
from twelvelabs_async._runtime.ndjson import LineDecoder

BODIES = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b" ", b"\t", b"{}", b'{"a":"', "é".encode(), b"\xff", b"x" * 9]
    )
).map(b"".join)


@st.composite
def cut(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Bytes, and the same in pieces, some of them empty."""
    body = draw(BODIES)
    at = sorted(draw(st.lists(st.integers(0, len(body)), max_size=12)))
    return body, [body[a:b] for a, b in zip([0, *at], [*at, len(body)], strict=True)]


def lines_of(pieces: Sequence[bytes], limit: int = 1000) -> list[bytes]:
    decoder = LineDecoder(limit)
    found = [line for piece in pieces for line in decoder.feed(piece)]
    tail = decoder.end()
    return found if tail is None else [*found, tail]


@given(cut())
def test_any_cut_gives_the_same_lines(given: tuple[bytes, list[bytes]]) -> None:
    body, pieces = given
    *lines, tail = body.split(b"\n")
    assert lines_of(pieces) == (lines if not tail.strip() else [*lines, tail])


@given(cut(), st.integers(0, 12))
def test_a_line_past_the_bound_ends_it_under_any_cut(
    given: tuple[bytes, list[bytes]], limit: int
) -> None:
    body, pieces = given
    if max(map(len, body.split(b"\n"))) <= limit:
        assert lines_of(pieces, limit) == lines_of([body])
    else:
        with pytest.raises(StreamError, match=f"longer than {limit} bytes"):
            lines_of(pieces, limit)


def test_a_line_without_end_is_refused_before_it_is_whole() -> None:
    decoder = LineDecoder(limit=100)
    decoder.feed(b"x" * 100)
    with pytest.raises(StreamError, match="longer than 100 bytes"):
        decoder.feed(b"x")


def test_a_line_is_given_as_soon_as_it_is_whole() -> None:
    decoder = LineDecoder()
    assert decoder.feed(b"a\nb") == [b"a"]
    assert decoder.feed(b"\n") == [b"b"]
    assert decoder.end() is None


def test_the_last_line_is_given_once() -> None:
    decoder = LineDecoder()
    decoder.feed(b"a")
    assert decoder.end() == b"a"
    assert decoder.end() is None


@pytest.mark.parametrize("tail", [b"", b" ", b"\r", b"\t \r"])
def test_an_empty_tail_is_no_line(tail: bytes) -> None:
    decoder = LineDecoder()
    decoder.feed(b"a\n" + tail)
    assert decoder.end() is None
