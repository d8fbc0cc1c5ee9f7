"""Lines: the same wherever the bytes are cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import StreamError
from twelvelabs_async._runtime.ndjson import LineDecoder, Lines

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
    assert list(decoder.feed(b"a\nb")) == [b"a"]
    assert list(decoder.feed(b"\n")) == [b"b"]
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


# Parts of lines of which some are JSON together, and not each by itself.
PARTS = (
    b"1",
    b"[1",
    b"2]",
    b"1,2",
    b"{}",
    b'{"a":[{}',
    b"{}]},{}",
    b'"a',
    b'b"',
    b"",
    b" {} ",
    b"0",
)


def one_by_one(lines: Sequence[bytes]) -> list[object] | None:
    try:
        return [orjson.loads(line) for line in lines]
    except ValueError:
        return None


def test_lines_that_are_read_together_are_those_that_are_json_each() -> None:
    for lines in product(PARTS, repeat=3):
        found = Lines(b"".join(line + b"\n" for line in lines)).values()
        assert found == one_by_one(lines), lines


def test_a_single_line_and_long_ones_are_read_one_by_one() -> None:
    assert Lines(b"").values() is None
    assert Lines(b"{}\n").values() is None
    assert Lines(b'"%b"\n' % (b"x" * 200_000) * 2).values() is None


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
@pytest.mark.parametrize("body", [b"{}\n{}\n", b"{}", b"\n{}", b"", "{}\n\ufeff{}\n".encode()])
def test_a_byte_order_mark_at_the_start_is_no_part_of_the_line(body: bytes, size: int) -> None:
    marked = "\ufeff".encode() + body
    pieces = [marked[at : at + size] for at in range(0, len(marked), size)]
    assert lines_of(pieces) == lines_of([body])
