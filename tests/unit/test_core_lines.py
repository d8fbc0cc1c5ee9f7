"""Lines and events: the same wherever the bytes are cut."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twelvelabs_async import StreamError
from twelvelabs_async._core.lines import EventDecoder, LineDecoder, ServerSentEvent

BODIES = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b" ", b"\t", b"{}", b'{"a":"', "é".encode(), b"\xff", b"x" * 9]
    )
).map(b"".join)


@st.composite
def cut(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    """Bytes, and the same in pieces, some of them empty."""
    body = draw(bodies)
    at = sorted(draw(st.lists(st.integers(0, len(body)), max_size=12)))
    return body, [body[a:b] for a, b in zip([0, *at], [*at, len(body)], strict=True)]


def lines_of(pieces: Sequence[bytes], limit: int = 1000) -> list[bytes]:
    decoder = LineDecoder(limit)
    found = [line for piece in pieces for line in decoder.feed(piece)]
    tail = decoder.end()
    return found if tail is None else [*found, tail]


@given(cut(BODIES))
def test_any_cut_gives_the_same_lines(given: tuple[bytes, list[bytes]]) -> None:
    body, pieces = given
    *lines, tail = body.split(b"\n")
    assert lines_of(pieces) == (lines if not tail.strip() else [*lines, tail])


@given(cut(BODIES), st.integers(0, 12))
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


# Server-sent events

WORDS = ["\n", "\r", "\r\n", "data", "data:", "data: x", "event:", "event: e", "id: 7", "id:\0"]
WORDS += ["id", ": note", "retry: 9", "other: y", " ", ":", "é", "\ufeff", "\u2028", "\x85"]
EVENT_BODIES = st.lists(st.sampled_from(WORDS)).map(lambda words: "".join(words).encode())


def events_of(pieces: Sequence[bytes], limit: int = 1000) -> list[ServerSentEvent]:
    decoder = EventDecoder(limit)
    return [event for piece in pieces for event in decoder.feed(piece)]


def reference(body: bytes) -> list[ServerSentEvent]:
    """The standard's algorithm on the whole text, with its buffers as it names them."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    *lines, _ = re.split("\r\n|\r|\n", text)
    found: list[ServerSentEvent] = []
    data = kind = ""
    last_id: str | None = None
    for line in lines:
        if not line:
            if data:
                found.append(ServerSentEvent(kind or "message", data.removesuffix("\n"), last_id))
            data = kind = ""
            continue
        match = re.fullmatch("([^:]*)(?:: ?(.*))?", line, re.DOTALL)
        assert match is not None
        name, value = match[1], match[2] or ""
        if name == "data":
            data += value + "\n"
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return found


@given(cut(EVENT_BODIES))
@example((b"data: a\r\n\r\n", [b"data: a\r", b"\n", b"\r", b"\n"]))
@example((b"data: a\r\rdata: b\n\n", [b"data: a\r", b"\r", b"data: b\n\n"]))
@example((b"\xef\xbb\xbfdata: a\n\n", [b"\xef", b"\xbb", b"\xbfdata: a\n\n"]))
def test_any_cut_gives_the_same_events(given: tuple[bytes, list[bytes]]) -> None:
    body, pieces = given
    assert events_of(pieces) == events_of([body]) == reference(body)


def test_one_byte_at_a_time_is_enough() -> None:
    body = "\ufeffid: 1\r\nevent: häppening\r\ndata: a\r\ndata:  b\r\n\r\ndata\r\n\r\n".encode()
    assert events_of([bytes([byte]) for byte in body]) == [
        ServerSentEvent("häppening", "a\n b", "1"),
        ServerSentEvent("message", "", "1"),
    ]


def test_an_event_that_breaks_off_is_none() -> None:
    assert events_of([b"data: a\n\ndata: b\n"]) == [ServerSentEvent("message", "a", None)]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 95],
        [b"data: " + b"x" * 95 + b"\n\n"],
        [b"data: ", b"x" * 50, b"x" * 45],
        [b"data: " + b"x" * 40 + b"\n"] * 3,  # lines that never become an event
    ],
)
def test_an_event_past_the_bound_is_refused(pieces: list[bytes]) -> None:
    with pytest.raises(StreamError, match="longer than 100 bytes"):
        events_of(pieces, limit=100)


def test_the_bound_is_on_one_event_and_not_on_all() -> None:
    assert len(events_of([b"data: " + b"x" * 80 + b"\n\n"] * 5, limit=100)) == 5
