"""Bytes in, lines and events out: the same wherever the pieces end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._core.lines import EventDecoder, LineDecoder, ServerSentEvent
from twelvelabs_async.errors import StreamError

BYTES = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b" ", b"a", b"data: x", b"\xc3\xa9"])).map(
    b"".join
)
CUTS = st.lists(st.integers(1, 7))


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for size in cuts:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def lines(pieces: list[bytes], limit: int = 1000) -> list[bytes]:
    decoder = LineDecoder(limit)
    found = [line for piece in pieces for line in decoder.feed(piece)]
    tail = decoder.end()
    return found if tail is None else [*found, tail]


@given(BYTES, CUTS)
def test_lines_do_not_depend_on_the_pieces(data: bytes, cuts: list[int]) -> None:
    assert lines(cut(data, cuts)) == [line for line in data.split(b"\n") if line.strip()]


@given(BYTES, CUTS, st.integers(1, 20))
def test_no_line_is_longer_than_the_limit(data: bytes, cuts: list[int], limit: int) -> None:
    longest = max(map(len, data.split(b"\n")))
    if longest > limit:
        with pytest.raises(StreamError, match="longer than"):
            lines(cut(data, cuts), limit)
    else:
        lines(cut(data, cuts), limit)


def events(pieces: list[bytes]) -> list[ServerSentEvent]:
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


FIELDS = st.lists(
    st.sampled_from(
        [
            "data: a",
            "data:a",
            "data",
            "data:",
            "data: é\u2028",
            "event: tick",
            "event",
            "id: 7",
            "id: \0",
            ": a comment",
            "unknown: x",
            "retry: 5",
            "",
        ]
    )
)


@given(FIELDS, st.sampled_from(["\n", "\r", "\r\n"]), CUTS, st.booleans())
def test_events_do_not_depend_on_the_pieces_nor_on_the_line_ends(
    fields: list[str], end: str, cuts: list[int], bom: bool
) -> None:
    plain = "".join(f"{field}\n" for field in fields).encode()
    data = ("\ufeff" * bom + "".join(f"{field}{end}" for field in fields)).encode()
    assert events(cut(data, cuts)) == events([plain])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: a\n\n", [("message", "a", None)]),
        (b"data: a\ndata: b\n\n", [("message", "a\nb", None)]),
        (b"event: e\nid: 1\ndata: a\n\ndata: b\n\n", [("e", "a", "1"), ("message", "b", "1")]),
        (b"event: e\n\ndata: b\n\n", [("message", "b", None)]),
        (b"data\n\n", [("message", "", None)]),
        (b"data: cut off", []),
        (b"data:  two\n\n", [("message", " two", None)]),
    ],
)
def test_events_as_the_standard_says(data: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert events([data]) == expected


def test_a_line_without_end_is_refused() -> None:
    decoder = EventDecoder(limit=10)
    with pytest.raises(StreamError, match="longer than 10"):
        decoder.feed(b"data: 0123456789")
