"""HTTP as text and bytes."""

from __future__ import annotations

import gzip
import zlib
from email.utils import formatdate
from enum import Enum, IntEnum
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._core import wire
from twelvelabs_async._core.files import FilePart
from twelvelabs_async.errors import ApiError, ConfigurationError, DecodeError

NOW = 1_750_000_000.0
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_a_segment_is_one_segment_and_comes_back(value: str) -> None:
    if value in ("", ".", ".."):
        with pytest.raises(ValueError, match="cannot be an id"):
            wire.segment(value)
        return
    made = wire.segment(value)
    assert not set(made) & set("/?#% \\") - {"%"}
    assert made.isascii()
    assert unquote(made) == value


@pytest.mark.parametrize("value", [None, 7, b"a", ["a"]])
def test_a_segment_is_text(value: Any) -> None:
    with pytest.raises(TypeError, match="an id is a str"):
        wire.segment(value)


@given(st.dictionaries(TEXT.filter(bool), st.lists(TEXT, min_size=1), max_size=4))
def test_a_query_comes_back(values: dict[str, list[str]]) -> None:
    made = wire.encode_query(values)
    expected = [(name, item) for name, items in values.items() for item in items]
    assert parse_qsl(made, keep_blank_values=True) == expected


class Name(str, Enum):  # noqa: UP042  # as many programs have them
    A = "a"


class Number(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (3, "3"), (0.5, "0.5"), (Name.A, "a"), (Number.ONE, "1")],
)
def test_scalars_are_written_as_json_writes_them(value: Any, text: str) -> None:
    assert wire.encode_query({"a": value, "none": None}) == f"a={text}"
    (form,) = wire.encode_form({"a": value, "none": None}, "b")
    assert f'name="a"\r\n\r\n{text}\r\n'.encode() in form  # type: ignore[operator]


def test_what_is_no_scalar_is_refused() -> None:
    with pytest.raises(TypeError, match="text or a number"):
        wire.encode_query({"a": object()})
    with pytest.raises(TypeError, match="no JSON"):
        wire.encode_json({"a": object()})


def test_json_leaves_out_none_at_the_top_only() -> None:
    assert orjson.loads(wire.encode_json({"a": None, "b": {"c": None}})) == {"b": {"c": None}}


def test_a_form_names_its_files_safely() -> None:
    part = FilePart(('a"\r\nX: y.mp4', b"film"))
    head, file, end = wire.encode_form({"n": 1, "file": part}, "B")
    assert file is part
    assert b'filename="a%22%0D%0AX: y.mp4"\r\nContent-Type: video/mp4\r\n\r\n' in head  # type: ignore[operator]
    assert end == b"\r\n--B--\r\n"


@given(st.binary(max_size=5000), st.integers(0, 9), st.integers(1, 500), st.sampled_from("gdr"))
def test_inflating_undoes_deflating_in_any_pieces(
    data: bytes, level: int, step: int, how: str
) -> None:
    packed = gzip.compress(data, level) if how == "g" else zlib.compress(data, level)
    if how == "r":
        packed = packed[2:-4]
    machine = wire.Inflater("gzip" if how == "g" else "deflate", max(1, len(data)))
    out = b"".join(machine.feed(packed[at : at + step]) for at in range(0, len(packed), step))
    machine.end()
    assert out == data


@given(st.integers(1, 100_000), st.integers(1, 1000))
def test_no_bomb_gives_more_than_the_limit(size: int, limit: int) -> None:
    machine = wire.Inflater("gzip", limit)
    packed = gzip.compress(bytes(size))
    if size > limit:
        with pytest.raises(DecodeError, match="longer than"):
            machine.feed(packed)
    else:
        assert len(machine.feed(packed)) == size


@given(st.binary(max_size=100))
def test_any_bytes_are_inflated_or_refused(data: bytes) -> None:
    for encoding in ("gzip", "deflate"):
        machine = wire.Inflater(encoding, 1000)
        try:
            assert len(machine.feed(data)) <= 1000
            machine.end()
        except DecodeError:
            pass


@given(st.floats() | st.integers() | TEXT)
def test_retry_after_is_never_negative_and_never_raises(value: Any) -> None:
    found = wire.retry_after({"Retry-After": str(value)}, NOW)
    assert found is None or found >= 0


@given(st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date(seconds: int) -> None:
    header = {"Retry-After": formatdate(NOW + seconds, usegmt=True)}
    assert wire.retry_after(header, NOW) == max(0, seconds)


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from(["", "Request-", "Duration-"]))
def test_resets_are_read_as_epoch_and_as_seconds(reset: int, epoch: bool, dimension: str) -> None:
    headers = {
        f"x-ratelimit-{dimension}remaining": "0",
        f"X-RateLimit-{dimension}Reset": str(int(NOW) + reset if epoch else reset),
        f"X-RateLimit-{dimension}Limit": "60",
        "X-RateLimit-Odd-Reset": "soon",
    }
    found = wire.rate_limits(headers, NOW)
    assert found == {
        (dimension.lower().rstrip("-") or "request"): wire.RateLimit(60, 0, None, float(reset))
    }
    assert wire.retry_after(headers, NOW) == reset


@given(st.dictionaries(st.sampled_from(["X-RateLimit-Reset", "X-RateLimit-Remaining"]), TEXT))
def test_rate_limit_headers_never_raise(headers: dict[str, str]) -> None:
    for limit in wire.rate_limits(headers, NOW).values():
        assert limit.reset is None or limit.reset >= 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "message", "details", "x"]), inner)
    ),
)


@given(JSON | st.binary(), st.integers(300, 599))
def test_any_body_makes_an_error(body: Any, status: int) -> None:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    made = wire.api_error(status, {}, raw, method="GET", path="/x", now=NOW)
    assert isinstance(made, ApiError)
    assert str(made).startswith(f"GET /x: {status}")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"code": "a", "message": "b"}', "a", "b"),
        (b'{"error": {"code": "A", "message": "b"}}', "A", "b"),
        (b'{"error_code": 104, "message": "b"}', "104", "b"),
        (b'{"error": "b"}', None, "b"),
        (b"", None, "a rate limit is used up"),
        (b"<h1>b</h1>", None, "a rate limit is used up"),
    ],
)
def test_the_shapes_of_an_error(body: bytes, code: str | None, message: str) -> None:
    made = wire.api_error(429, {}, body, method="GET", path="/x", now=NOW)
    assert (made.code, made.message) == (code, message)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.b:8443/c?d", "https://a.b:8443"),
        ("https://u:p@a.b/c", "https://a.b"),
        ("https://[::", "an address that cannot be read"),
        ("https://a:x/", "an address that cannot be read"),
    ],
)
def test_an_origin_shows_nothing_else(url: str, shown: str) -> None:
    assert wire.origin(url) == shown


@given(TEXT, TEXT)
def test_headers_are_clean_or_refused(name: str, value: str) -> None:
    try:
        made = wire.checked_headers({name: value})
    except ConfigurationError:
        return
    assert made == {name.lower(): value}
    assert not set("\r\n\0:") & set(name)
    assert not set("\r\n\0") & set(value)
