"""Server-sent events are read alike, however they are cut and their lines end."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import StreamError
from twelvelabs_async._runtime.sse import EventDecoder, ServerEvent

# Characters that end a line elsewhere, and none here.
NO_ENDS = "\u2028 \u2029 \x85 \x0b \x0c \x1c \x1d \x1e"
TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
EVENTS = st.lists(st.tuples(st.sampled_from(["", "a", "ü.b"]), st.lists(TEXT, min_size=1)))


def read(pieces: list[bytes]) -> list[ServerEvent]:
    decoder = EventDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    last = decoder.end()
    return [*events, last] if last is not None else events


def cut(body: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(bounds)]


def written(events: list[tuple[str, list[str]]], end: str, bom: bool) -> bytes:
    """The body with these events, comments and other fields between them."""
    lines: list[str] = []
    for kind, data in events:
        lines += [": a comment", "retry: 10", "id: 7", "unknown: field"]
        lines += [f"event: {kind}"] if kind else []
        lines += [f"data: {text}" for text in data]
        lines += [""]
    return (b"\xef\xbb\xbf" if bom else b"") + end.join([*lines, ""]).encode()


@given(EVENTS, st.sampled_from(["\n", "\r", "\r\n"]), st.booleans(), st.lists(st.integers(0)))
def test_any_cut_and_any_line_end_give_the_same_events(
    events: list[tuple[str, list[str]]], end: str, bom: bool, places: list[int]
) -> None:
    body = written(events, end, bom)
    expected = [ServerEvent(kind or "message", "\n".join(data).encode()) for kind, data in events]
    assert read(cut(body, places)) == expected
    assert read([bytes([byte]) for byte in body]) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data:x\n\n", [("message", b"x")]),
        (b"data:  x\n\n", [("message", b" x")]),
        (b"data\n\n", [("message", b"")]),
        (b"data\ndata\n\n", [("message", b"\n")]),
        (b"event: a\n\ndata: 1\n\n", [("message", b"1")]),
        (b"event: a\ndata: 1\n\ndata: 2\n\n", [("a", b"1"), ("message", b"2")]),
        (b":only a comment\n\n", []),
        (b"\n\n\n\ndata: 1\n\n\n\n", [("message", b"1")]),
        (b"Data: 1\n\n", []),
        (b"data: [DONE]", [("message", b"[DONE]")]),
        (b"event: a\ndata: 1", [("a", b"1")]),
        (b"event: a\ndata: 1\n", [("a", b"1")]),
        (b"event: a\r\ndata: 1\r\n", [("a", b"1")]),
        (b"data: 1\r\n\r\ndata: 2\r\r", [("message", b"1"), ("message", b"2")]),
        (b"", []),
        (b"\xef\xbb", []),
    ],
)
def test_events(body: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert read([body]) == [ServerEvent(*event) for event in expected]
    assert read([bytes([byte]) for byte in body]) == [ServerEvent(*event) for event in expected]


def test_characters_that_are_no_line_ends_stay() -> None:
    value = json.dumps({"delta": NO_ENDS}, ensure_ascii=False).encode()
    (event,) = read([b"data: " + value + b"\n\n"])
    assert json.loads(event.data) == {"delta": NO_ENDS}


@pytest.mark.parametrize(
    "line",
    [b"id: 1", b"id: a\0b", b"id", b"retry: 3000", b"retry: soon", b"retry: " + b"9" * 5_000],
)
def test_ids_and_reconnection_times_are_passed_over(line: bytes) -> None:
    assert read([line + b"\ndata: x\n\n"]) == [ServerEvent("message", b"x")]
    assert read([line + b"\n\n"]) == []


def test_an_event_in_many_pieces_costs_what_it_is_long() -> None:
    def seconds(count: int) -> float:
        decoder = EventDecoder()
        began = time.process_time()
        for _ in range(count):
            decoder.feed(b"data: " + b"x" * 50 + b"\n")
        decoder.feed(b"\n")
        return time.process_time() - began

    seconds(1_000)
    least = min(seconds(20_000) for _ in range(3))
    assert min(seconds(80_000) for _ in range(3)) < 12 * least  # four times as long, not sixteen


def test_an_event_without_end_is_refused() -> None:
    decoder = EventDecoder(limit=100)
    decoder.feed(b"data: " + b"x" * 90)
    with pytest.raises(StreamError, match="longer than 100 bytes"):
        decoder.feed(b"y" * 10)
