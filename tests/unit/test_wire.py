"""HTTP as text and bytes: read back by parsers that are not ours."""

from __future__ import annotations

import enum
import math
import tracemalloc
from array import array
from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.support.clock import EPOCH
from twelvelabs_async import (
    ApiError,
    ArgumentTypeError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InternalServerError,
    MediaSource,
    NotFoundError,
    RedirectError,
    ServiceUnavailableError,
    TooManyRequestsError,
    VideoInputRequest,
)
from twelvelabs_async._runtime.bodies import encode_form, encode_json
from twelvelabs_async._runtime.error_replies import api_error, says_error, storage_error
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async._runtime.form_body import FormBody
from twelvelabs_async._runtime.headers import Secret, checked_headers
from twelvelabs_async._runtime.json_values import get_path
from twelvelabs_async._runtime.rate_limits import RateLimit, rate_limits, retry_after
from twelvelabs_async._runtime.redaction import Redactor, redact
from twelvelabs_async._runtime.secrets import origin
from twelvelabs_async._runtime.urls import encode_query, expand_path, format_scalar, path_segment
from twelvelabs_async.errors import wait_in_body

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
SCALARS = TEXT | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


def as_text(value: Any) -> str:
    """What a peer reads for a scalar, said without the code under test."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs that a mapping is to become."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        items = value if isinstance(value, (list, tuple)) else [value]
        found += [(name, as_text(item)) for item in items if value is not None]
    return found


VALUES = st.dictionaries(NAMES, st.none() | SCALARS | st.lists(SCALARS, max_size=3), max_size=5)


class Kind(enum.StrEnum):
    VISUAL = "visual"


class Level(enum.IntEnum):
    HIGH = 3


class Pair(NamedTuple):
    one: str
    other: str | None


SOURCE = MediaSource(url="u")


# Paths and queries


@given(TEXT.filter(lambda value: value not in ("", ".", "..")))
def test_a_segment_is_one_segment_and_comes_back(value: str) -> None:
    path = urlsplit(f"https://api.test/v1/{path_segment(value)}/x").path
    assert path.count("/") == 3
    assert unquote(path.split("/")[2]) == value


@given(TEXT.filter(bool), TEXT.filter(bool))
def test_a_path_is_that_of_its_template(one: str, two: str) -> None:
    assume({one, two}.isdisjoint({".", ".."}))
    path = expand_path("/indexes/{index_id}/videos/{video_id}", one, two)
    assert path == f"/indexes/{path_segment(one)}/videos/{path_segment(two)}"
    assert path.template == "/indexes/{index_id}/videos/{video_id}"


def test_a_path_has_an_id_for_each_name() -> None:
    for ids in ((), ("a", "b")):
        with pytest.raises(TypeError):
            expand_path("/indexes/{index_id}", *ids)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_that_would_address_another_resource_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be an id"):
        path_segment(value)


@pytest.mark.parametrize("value", [None, 5, b"a", ["a"]])
def test_an_id_is_text(value: Any) -> None:
    with pytest.raises(TypeError, match="an id is a str"):
        path_segment(value)


@given(VALUES)
def test_a_query_comes_back(values: dict[str, Any]) -> None:
    query = encode_query(values)
    assert query.isascii()
    assert parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)) == flat(values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ("", ""),
        ("a b&c", "a b&c"),
        (Kind.VISUAL, "visual"),
        (Level.HIGH, "3"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00Z"),
    ],
)
def test_scalars_are_written_as_the_service_reads_them(value: Any, expected: str) -> None:
    assert format_scalar(value) == expected
    assert parse_qsl(encode_query({"v": value}), keep_blank_values=True) == [("v", expected)]


@pytest.mark.parametrize("value", [b"x", {"a": 1}, object(), [None]])
def test_what_is_no_scalar_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="text or a number"):
        encode_query({"v": value})


def test_brackets_of_a_name_stay_readable() -> None:
    assert encode_query({"created_at[gte]": 1}) == "created_at[gte]=1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.test/v1?key=1", "https://api.test"),
        ("https://user:word@api.test:8443/v1", "https://api.test:8443"),
        ("http://[::1]:80/", "http://::1:80"),
        ("https://[half", "a URL that cannot be read"),
        ("https://api.test:none/", "a URL that cannot be read"),
    ],
)
def test_the_origin_is_all_that_is_shown_of_a_url(url: str, expected: str) -> None:
    assert origin(url) == expected


# Headers


def test_headers_are_named_in_lower_case_and_not_shown() -> None:
    checked = checked_headers({"X-Trace": "abc", "AUTHORIZATION": "tab\tis fine"})
    assert checked == {"x-trace": "abc", "authorization": "tab\tis fine"}
    assert "abc" not in repr(checked)
    assert "fine" not in repr(checked)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-C: d"},
        {"X-A": "b\nc"},
        {"X-A": "b\0"},
        {"X-A": "\x7f"},
        {"X-A": "half a pair \ud800"},
        {"X-A\r\nX-B": "c"},
        {"X A": "b"},
        {"": "b"},
        {"Ä": "b"},
        {5: "b"},
        [("X-A", "b")],
        "X-A: b",
        {"X-A": 5},
        {"X-A": b"b"},
        {"X-A": None},
        {"Content-Length": "5"},
        {"host": "elsewhere"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
    ],
)
def test_headers_that_cannot_be_sent_are_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        checked_headers(headers)


def test_a_refused_header_does_not_show_its_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_headers({"X-Key": "tlk_secret\n"})
    assert "tlk_secret" not in str(caught.value)


def test_a_secret_is_text_that_no_repr_shows() -> None:
    secret = Secret("tlk_1")
    assert secret == "tlk_1"
    assert f"{secret}" == "tlk_1"
    assert "tlk_1" not in repr(secret)
    assert "tlk_1" not in repr({"key": [secret]})


# Bodies


@given(st.dictionaries(NAMES, st.none() | st.booleans() | TEXT | st.lists(TEXT), max_size=5))
def test_a_json_body_leaves_out_what_is_not_given(values: dict[str, Any]) -> None:
    sent = orjson.loads(encode_json(values))
    assert sent == {name: value for name, value in values.items() if value is not None}


def test_a_null_inside_a_dict_goes_out() -> None:
    body = encode_json({"user_metadata": {"season": None}, "page": None})
    assert body == b'{"user_metadata":{"season":null}}'


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Kind.VISUAL, "visual"),
        (Level.HIGH, 3),
        (Secret("a"), "a"),
        (Pair("a", None), ["a", None]),
        (deque([1, 2]), [1, 2]),
        (range(2), [0, 1]),
        (array("d", [0.5]), [0.5]),
        (MappingProxyType({"a": None}), {"a": None}),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))), "2026-01-02T03:00:00+01:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (SOURCE, {"url": "u"}),
        (MappingProxyType({"a": (SOURCE,)}), {"a": [{"url": "u"}]}),
    ],
    ids=repr,
)
def test_a_value_of_any_depth_is_written_as_the_service_reads_it(value: Any, sent: Any) -> None:
    body = encode_json({"top": value, "deep": {"list": [value]}})
    assert orjson.loads(body) == {"top": sent, "deep": {"list": [sent]}}


def test_what_json_cannot_say_is_named_by_its_place_also_within_a_model() -> None:
    with pytest.raises(ConfigurationError, match=r"'inputs\[0\].start_sec'"):
        encode_json({"inputs": [VideoInputRequest(media_source=SOURCE, start_sec=math.nan)]})
    with pytest.raises(ArgumentTypeError, match="'inputs' has half of a surrogate pair"):
        encode_json({"inputs": [MediaSource(url="\ud800")]})


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", 2**70, "\ud800"])
def test_what_json_cannot_say_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="not JSON"):
        encode_json({"v": value})


def parts_of(body: bytes, boundary: str) -> list[tuple[str, str | None, str, bytes]]:
    """A form's parts (name, file's name, type, content) as the standard library reads them."""
    head = f"MIME-Version: 1.0\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n\r\n"
    message = message_from_bytes(head.encode() + body, policy=policy.HTTP)
    assert not message.defects
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            part.get_content_type(),
            cast("bytes", part.get_payload(decode=True)),
        )
        for part in cast("list[EmailMessage]", message.get_payload())
    ]


PLAIN = st.text("abcdefgh-_ .0123456789[]", min_size=1, max_size=10).map(str.strip).filter(bool)


@given(st.dictionaries(PLAIN, st.lists(PLAIN | st.integers() | st.booleans()), max_size=4))
def test_a_form_without_files_is_one_piece_that_comes_back(values: dict[str, Any]) -> None:
    pieces = encode_form(values, "a-boundary")
    assert len(pieces) == 1
    assert isinstance(pieces[0], bytes)
    if flat(values):
        read = parts_of(pieces[0], "a-boundary")
        assert [(name, content.decode()) for name, _, _, content in read] == flat(values)
    else:
        assert pieces[0] == b"--a-boundary--\r\n"


def test_files_stand_between_the_pieces_of_a_form() -> None:
    film = FilePart(("film.mp4", b"\0\r\n--\xff"))
    image = FilePart((None, b"x"), "image/png")
    pieces = encode_form({"a": 1, "film": film, "b": None, "image": image, "c": [2, 3]}, "bd")
    files = {film: b"\0\r\n--\xff", image: b"x"}
    body = b"".join(p if isinstance(p, bytes) else files[p] for p in pieces)
    assert parts_of(body, "bd") == [
        ("a", None, "text/plain", b"1"),
        ("film", "film.mp4", "video/mp4", b"\0\r\n--\xff"),
        ("image", "file", "image/png", b"x"),
        ("c", None, "text/plain", b"2"),
        ("c", None, "text/plain", b"3"),
    ]


@given(name=TEXT, field=NAMES)
async def test_no_name_breaks_out_of_its_header(name: str, field: str) -> None:
    pieces = encode_form({field: FilePart((name, b"content"))}, "bd")
    body = b"".join([bytes(piece) async for piece in await FormBody.open(pieces)])
    head, content, tail = body.partition(b"\r\n\r\n")
    assert head.count(b"\r") == head.count(b"\n") == 2
    assert head.count(b'"') == 4
    assert content + tail == b"\r\n\r\ncontent\r\n--bd--\r\n"


def test_a_name_that_is_not_utf_8_on_disk_can_be_sent() -> None:
    piece = encode_form({"file": FilePart(("caf\udce9.mp4", b""))}, "bd")[0]
    assert isinstance(piece, bytes)
    assert 'filename="caf?.mp4"' in piece.decode()


@pytest.mark.parametrize(
    "content_type", ["video/mp4\r\nX-Evil: 1", "a/b\n", "a/\0", "a/\ud800", "a/é"]
)
def test_a_content_type_that_is_none_is_refused(content_type: str) -> None:
    with pytest.raises(ValueError, match="content type"):
        FilePart(("a.mp4", b"", content_type))


# Rate limits and waits


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def test_both_generations_of_headers_are_read() -> None:
    old = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "60"}
    new = {
        "X-RateLimit-Request-Limit": "60",
        "x-ratelimit-request-remaining": "0",
        "X-Ratelimit-Request-Used": "60",
    }
    expected = RateLimit(limit=60, remaining=0, used=60, reset=30.0)
    reset = str(EPOCH + 30)
    assert rate_limits({**old, "X-RateLimit-Reset": reset}, EPOCH) == {"request": expected}
    assert rate_limits({**new, "X-RateLimit-Request-Reset": reset}, EPOCH) == {"request": expected}


def test_each_dimension_is_its_own() -> None:
    headers = {"X-RateLimit-Duration-Remaining": "12.5", "X-RateLimit-Remaining": "3"}
    assert rate_limits(headers, EPOCH) == {
        "duration": RateLimit(remaining=12),
        "request": RateLimit(remaining=3),
    }


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        (EPOCH + 60, 60.0),
        (EPOCH - 60, 0.0),  # past
        (45, 45.0),  # seconds, not a moment
        (0, 0.0),
        (-5, 0.0),
        (0.25, 0.25),
    ],
)
def test_a_reset_is_a_moment_or_a_number_of_seconds(reset: float, expected: float) -> None:
    assert rate_limits({"X-RateLimit-Reset": str(reset)}, EPOCH)["request"].reset == expected


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "-inf", "1e999", "0x10", "1,5"])
def test_a_limit_that_is_no_number_is_not_there(value: str) -> None:
    assert rate_limits({"X-RateLimit-Remaining": value}, EPOCH) == {}


@given(st.dictionaries(NAMES, TEXT, max_size=4))
def test_other_headers_have_no_limits(headers: dict[str, str]) -> None:
    assert rate_limits(headers, EPOCH) == {}


@pytest.mark.parametrize("skew", [-86_400, -600, 0, 600, 86_400])
def test_a_wrong_clock_here_does_not_lengthen_a_wait(skew: int) -> None:
    here = {"Date": http_date(EPOCH)}
    assert rate_limits({**here, "X-RateLimit-Reset": str(EPOCH + 60)}, EPOCH + skew) == {
        "request": RateLimit(reset=60.0)
    }
    assert retry_after({**here, "Retry-After": http_date(EPOCH + 30)}, EPOCH + skew) == 30.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("-3", 0.0),
        (http_date(EPOCH + 90), 90.0),
        (http_date(EPOCH - 90), 0.0),
        ("Sunday, 15-Jun-25 15:08:00 GMT", 80.0),  # as RFC 850 had it
        ("Sun Jun 15 15:08:00 2025", 80.0),  # as asctime() writes it
        ("31536000000", 31_536_000_000.0),  # absurd, but said: whoever waits has a bound
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Wed, 99 Foo 20000000 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None) -> None:
    assert retry_after({"Retry-After": value}, EPOCH) == expected


DATE_WORDS = ["Wed,", "Wed", "21", "Oct", "2015", "07:28:00", "GMT", "+0000", "-0000", "+99999999"]
DATE_WORDS += [":", "::", ",", "-", "9" * 30, "0", "-1", "a.b.c", "21-Oct-2015", "25:61:61"]


@given(
    st.text(max_size=20)
    | st.builds(str.join, st.sampled_from(["", " ", ","]), st.lists(st.sampled_from(DATE_WORDS)))
)
def test_no_text_makes_retry_after_raise(value: str) -> None:
    seconds = retry_after({"Retry-After": value, "Date": value}, EPOCH)
    assert seconds is None or 0.0 <= seconds < math.inf


@pytest.mark.parametrize(
    ("said", "expected"),
    [(12, 12.0), ("12", 12.0), (-1, 0.0), (None, None), ("soon", None), ([1], None), ({}, None)],
)
def test_a_nested_body_asks_for_a_wait(said: object, expected: float | None) -> None:
    body = {"error": {"code": "too_many_requests", "details": {"retryAfter": said}}}
    assert retry_after({}, EPOCH, wait_in_body(body)) == expected


@pytest.mark.parametrize("body", [None, [], "x", {"error": None}, {"error": {"details": [1]}}])
def test_other_bodies_ask_for_none(body: object) -> None:
    assert retry_after({}, EPOCH, wait_in_body(body)) is None


def test_the_header_is_believed_before_the_body_and_the_body_before_the_limits() -> None:
    body = {"error": {"details": {"retryAfter": 20}}}
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}
    assert retry_after({"Retry-After": "10", **limits}, EPOCH, wait_in_body(body)) == 10.0
    assert retry_after(limits, EPOCH, wait_in_body(body)) == 20.0
    assert retry_after(limits, EPOCH) == 30.0


def test_of_the_limits_only_those_that_are_used_up_are_waited_for() -> None:
    headers = {
        "X-RateLimit-Request-Remaining": "5",
        "X-RateLimit-Request-Reset": "600",
        "X-RateLimit-Duration-Remaining": "0",
        "X-RateLimit-Duration-Reset": "40",
        "X-RateLimit-Token-Remaining": "0",
        "X-RateLimit-Token-Reset": "20",
    }
    assert retry_after(headers, EPOCH) == 40.0


# Errors


def error_of(
    body: bytes, status: int = 400, headers: Mapping[str, str] | None = None, secret: str = ""
) -> ApiError:
    return api_error(
        status,
        CIMultiDict(headers or {}),
        body,
        method="GET",
        path="/indexes",
        now=EPOCH,
        redactor=Redactor(secret),
    )


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"code": "index_not_found", "message": "no such index"}, "index_not_found", None),
        ({"error": {"code": "a", "message": "no such index"}}, "a", None),
        ({"error_code": "a", "message": "no such index"}, "a", None),
        ({"error": "no such index"}, None, None),
        ({"error": "no such index", "code": "a"}, "a", None),
        ({"code": 7, "message": "no such index"}, "7", None),
        ({"message": "no such index"}, None, None),
        ({"code": "a", "message": ["no"]}, "a", "the service gave no message"),
        ({"error": None}, None, "the service gave no message"),
        ({"error": []}, None, "the service gave no message"),
        ({}, None, "the service gave no message"),
        ([], None, "the service gave no message"),
        (None, None, "the service gave no message"),
        (5, None, "the service gave no message"),
    ],
)
def test_each_shape_of_an_error_is_read(
    body: object, code: str | None, message: str | None
) -> None:
    error = error_of(orjson.dumps(body))
    assert type(error) is BadRequestError
    assert error.code == code
    assert error.message == (message or "no such index")
    assert error.body == body
    assert (error.method, error.path, error.status_code) == ("GET", "/indexes", 400)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the service gave no message"),
        (b"  \n ", "the service gave no message"),
        (b"upstream  timed\nout", "upstream timed out"),
        (b"<html><h1>502</h1>\n<p>Bad Gateway</p></html>", "502 Bad Gateway"),
        (b"caf\xe9", "caf\ufffd"),
        (b"x" * 100_000, "x" * 200),
        (b'{"code": "half', '{"code": "half'),
    ],
)
def test_a_body_that_is_no_json_still_says_something(body: bytes, message: str) -> None:
    error = error_of(body, 502)
    assert type(error) is InternalServerError
    assert error.message == message
    assert error.code is None
    assert len(error.body or "") <= 4096


@given(
    st.binary(max_size=300) | st.recursive(SCALARS | st.none(), st.lists).map(repr).map(str.encode)
)
def test_no_body_makes_an_error_raise_another(body: bytes) -> None:
    assert isinstance(error_of(body), BadRequestError)


@pytest.mark.parametrize("depth", [10, 300, 1000, 100_000])
def test_a_body_of_any_depth_is_an_error_all_the_same(depth: int) -> None:
    inner = b'{"code":"a","message":"' + b"m" + b'","d":' + b"[" * depth + b"]" * depth + b"}"
    assert isinstance(error_of(inner), BadRequestError)
    # Deeper than the parser goes, the text itself is what there is.
    assert error_of(inner).message is not None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, RedirectError),
        (404, NotFoundError),
        (409, ConflictError),
        (418, ApiError),
        (429, TooManyRequestsError),
        (500, InternalServerError),
        (599, InternalServerError),
    ],
)
def test_the_class_follows_the_status(status: int, kind: type[ApiError]) -> None:
    assert type(error_of(b"", status)) is kind


def test_a_redirect_shows_no_more_than_where_it_leads() -> None:
    error = error_of(b"", 302, {"Location": "https://u:p@else.test/a?key=tlk_1"})
    assert error.message == "a redirect to https://else.test, which is not followed"
    assert "tlk_1" not in repr(vars(error))
    assert "another URL" in str(error_of(b"", 307, {"Location": "/v1.3/"}))


def test_a_429_without_a_body_has_a_message() -> None:
    error = error_of(b"", 429, {"Retry-After": "7"})
    assert error.message == "a rate limit is used up"
    assert error.retry_after == 7.0


@pytest.mark.parametrize("name", ["X-Request-Id", "x-amzn-RequestId", "CF-Ray"])
def test_the_request_id_is_found(name: str) -> None:
    error = error_of(b"{}", headers={name: "r-1"})
    assert error.request_id == "r-1"
    assert "r-1" in str(error)


def test_neither_the_key_nor_a_presigned_url_is_kept() -> None:
    signed = "https://bucket.test/part?X-Amz-Signature=abcdef&partNumber=1"
    body = {
        "code": "a",
        "message": f"tlk_1 may not read '{signed}'",
        "tlk_1": [{"url": signed}, {signed: 1}],
    }
    error = error_of(
        orjson.dumps(body), headers={"X-Url": signed, "X-Key": "tlk_1"}, secret="tlk_1"
    )
    shown = repr(vars(error)) + str(error)
    assert "abcdef" not in shown
    assert "tlk_1" not in shown
    assert "https://bucket.test/part?[redacted]' " not in str(error)
    assert "'https://bucket.test/part?[redacted]'" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://a.test/b", "see https://a.test/b"),
        ("what? no: why?", "what? no: why?"),
        ("https://a.test/b?c=d&e=f.", "https://a.test/b?[redacted]"),
        ('"https://a.test/b?c=d" and', '"https://a.test/b?[redacted]" and'),
        ("<a href='http://a.test?c'>", "<a href='http://a.test?[redacted]'>"),
        (r"https:\/\/a.test\/b?c=d", r"https:\/\/a.test\/b?[redacted]"),
        ("HTTPS://A.TEST/b?c=d", "HTTPS://A.TEST/b?[redacted]"),
        ("https://user:word@a.test/b", "https://a.test/b"),
        ("https://user:w@rd@a.test/b", "https://a.test/b"),
        (r"https:\/\/user:word@a.test\/b", r"https:\/\/a.test\/b"),
        ("https://a.test/b@c", "https://a.test/b@c"),
        ("mail a@b.test", "mail a@b.test"),
    ],
)
def test_urls_are_shown_without_their_secrets(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"error": {"code": "a"}}, True),
        ({"code": "a", "message": "b"}, True),
        ({"error_code": "a", "message": "b"}, True),
        ({"message": "b"}, False),
        ({"code": "a"}, False),
        ({}, False),
        (["error"], False),
        ("error", False),
        (None, False),
    ],
)
def test_what_has_the_shape_of_an_error(value: object, expected: bool) -> None:
    assert says_error(value) is expected


def test_the_end_of_a_way_through_objects() -> None:
    value = {"a": {"b": [1]}}
    assert get_path(value, "a", "b") == [1]
    assert get_path(value) is value
    for keys in (("a", "c"), ("a", "b", "c"), ("x", "y")):
        assert get_path(value, *keys) is None


S3_REFUSAL = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match https://b.test/k?sig=1
</Message><StringToSign>AWS4-HMAC secret-to-sign</StringToSign></Error>"""


def test_storage_is_quoted_by_its_code_and_message_alone() -> None:
    error = storage_error(403, {"x-amz-request-id": "r"}, S3_REFUSAL, "a chunk", EPOCH, Redactor())
    assert error.code == "SignatureDoesNotMatch"
    assert error.request_id == "r"
    assert "sig=1" not in str(error)
    assert "secret-to-sign" not in repr(vars(error))


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"<Code></Code>" * 5000])
def test_storage_that_says_nothing_is_an_error_too(body: bytes) -> None:
    error = storage_error(503, {"Retry-After": "2"}, body, "a chunk", EPOCH, Redactor())
    assert type(error) is ServiceUnavailableError
    assert error.code is None
    assert error.retry_after == 2.0


async def test_a_form_is_read_by_aiohttp_as_it_was_meant() -> None:
    import asyncio

    from aiohttp import MultipartReader, StreamReader
    from aiohttp.base_protocol import BaseProtocol

    form = {"n": 5, "ids": ["a", "é"], "film": FilePart(("à b.mp4", b"\r\n--bd\r\nnot yet" * 9))}
    body = await FormBody.open(encode_form(form, "another-boundary"))
    stream = StreamReader(BaseProtocol(asyncio.get_running_loop()), 1 << 16)
    async for piece in body:
        stream.feed_data(bytes(piece))
    stream.feed_eof()
    headers = CIMultiDict({"Content-Type": "multipart/form-data; boundary=another-boundary"})
    found: list[tuple[str | None, str | None, bytes]] = []
    async for part in cast("AsyncIterator[Any]", MultipartReader(headers, stream)):
        found.append((part.name, part.filename, bytes(await part.read())))  # noqa: PERF401  # an async one
    assert found == [
        ("n", None, b"5"),
        ("ids", None, b"a"),
        ("ids", None, "é".encode()),
        ("film", "à b.mp4", b"\r\n--bd\r\nnot yet" * 9),
    ]


def test_a_body_takes_no_more_memory_than_its_text_while_its_call_waits() -> None:
    encode_json({"at": 0})  # what it imports is not of the bodies
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        waiting = [encode_json({"asset_id": "0" * 24, "at": at}) for at in range(1_000)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / len(waiting) < len(waiting[0]) + 100  # orjson's buffer is of 4 KB
