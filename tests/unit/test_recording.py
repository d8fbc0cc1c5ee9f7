"""What recordings keep, without secrets, and uploads that are answered from a recording."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from twelvelabs_async._runtime.recorded_uploads import reply_to_upload
from twelvelabs_async._runtime.recording import (
    Digest,
    Scrubber,
    differences,
    kept_headers,
    parse_form,
    query_of,
    read_body,
    shortened,
    show_body,
    show_lines,
)

KEY = "tlk_ABCDEFGH12345678"


@pytest.fixture
def scrubber() -> Scrubber:
    made = Scrubber()
    made.add("my secret")
    made.add(" ")  # no secret: every text has blanks
    return made


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("a my secret b", "a REDACTED b"),
        ("a my%20secret b", "a REDACTED b"),
        (f"key {KEY}.", "key REDACTED."),
        ("https://me:pw@h.example/a?x=1", "https://h.example/a?x=1"),
        ("https://h.example/a?sig=ab&page=2", "https://h.example/a?sig=REDACTED&page=2"),
        ("https://h.example/a?x=0123456789abcdef", "https://h.example/a?x=REDACTED"),
        ("see https://[h/a?sig=1 now", "see REDACTED now"),
        ("nothing", "nothing"),
    ],
)
def test_secrets_go_and_stay_gone(text: str, scrubbed: str, scrubber: Scrubber) -> None:
    assert scrubber.text(text) == scrubbed
    assert scrubber.text(scrubbed) == scrubbed


def test_values_are_scrubbed_by_their_names_too(scrubber: Scrubber) -> None:
    value = {
        "api_key": "short",
        "rows": [{"password": "p", "n": 1, "next_page_token": "t"}],
        "vector": [0.5, 1.5],
        "signing_secret": "s",
        "id_token": "t",
    }
    assert scrubber.value(value) == {
        "api_key": "REDACTED",
        "rows": [{"password": "REDACTED", "n": 1, "next_page_token": "t"}],
        "vector": [0.5, 1.5],
        "signing_secret": "REDACTED",
        "id_token": "REDACTED",
    }


def test_the_key_of_a_test_is_no_secret() -> None:
    scrubber = Scrubber()
    scrubber.add("test")
    assert scrubber.text("a test") == "a test"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", {}),
        (b'{"a":[1,"my secret"]}', {"json": {"a": [1, "REDACTED"]}}),
        ("é my secret".encode(), {"text": "é REDACTED"}),
        (b"\xff\x00", {"base64": "/wA="}),
    ],
)
def test_a_body_is_kept_as_what_it_is(body: bytes, kept: Any, scrubber: Scrubber) -> None:
    assert show_body(body, scrubber) == kept
    assert read_body(kept) == body.replace(b"my secret", b"REDACTED")


def test_lines_of_a_stream_keep_their_form(scrubber: Scrubber) -> None:
    lines = b'event: x\ndata: {"api_key": "k"}\r\n\n{"a": "my secret"}\nnot JSON my secret'
    assert show_lines(lines, scrubber) == (
        'event: x\ndata: {"api_key":"REDACTED"}\r\n\n{"a":"REDACTED"}\nnot JSON REDACTED'
    )


def test_a_form_is_its_fields_and_the_hash_of_its_file() -> None:
    digest = Digest()
    digest.add(b"film")
    pieces = [
        b'--b\r\nContent-Disposition: form-data; name="method"\r\n\r\ndirect\r\n--b\r\n',
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n',
        digest,
        b"\r\n--b--\r\n",
    ]
    file = {"sha256": hashlib.sha256(b"film").hexdigest(), "bytes": 4}
    assert parse_form(pieces, b"b") == [
        {"name": "method", "value": "direct"},
        {"name": "file", "filename": "a.mp4", **file},
    ]


def test_headers_that_mean_something_are_kept(scrubber: Scrubber) -> None:
    headers = {"ETag": '"e"', "Date": "today", "X-RateLimit-Limit": "5", "Location": "my secret"}
    assert kept_headers(headers, scrubber) == {
        "etag": '"e"',
        "x-ratelimit-limit": "5",
        "location": "REDACTED",
    }


def test_a_long_text_of_a_request_is_kept_as_its_hash() -> None:
    text = "é" * 5000
    kept = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "bytes": 10_000}
    assert shortened({"a": [text, "short", 1]}) == {"a": [kept, "short", 1]}


def test_the_order_of_a_query_means_nothing() -> None:
    assert query_of("https://h.example/?b=2&a=1&b=") == [["a", "1"], ["b", ""], ["b", "2"]]


def test_differences_name_their_place() -> None:
    one = {"a": [1, {"b": 2}], "c": "x" * 100, "same": 0}
    other = {"a": [1, {"b": 3}], "same": 0, "d": [1]}
    assert list(differences(one, other)) == [
        "a[1].b is 2, recorded 3",
        f'c is "{"x" * 56}..., recorded null',
        "d is null, recorded [1]",
    ]


UPLOAD = "/assets/multipart-uploads/u1"


def report(*chunks: int, proof: str = "e", path: str = UPLOAD) -> dict[str, Any]:
    completed = [{"chunk_index": chunk, "proof": f"{proof}{chunk}"} for chunk in chunks]
    return {"method": "POST", "path": path, "json": {"completed_chunks": completed}}


def replied(**body: Any) -> dict[str, Any]:
    return {"status": 200, "headers": {}, "json": body}


RECORDED = [
    (
        {"method": "POST", "path": "/assets/multipart-uploads", "json": {"total_size": 3}},
        replied(upload_id="u1", upload_urls=[{"chunk_index": 1, "url": "one"}]),
    ),
    (
        {"method": "POST", "path": f"{UPLOAD}/presigned-urls", "json": {"start": 2, "count": 2}},
        replied(
            upload_id="u1",
            upload_urls=[{"chunk_index": 2, "url": "two"}, {"chunk_index": 3, "url": "three"}],
        ),
    ),
    (report(1), {"status": 500, "json": {"code": "internal_server_error"}}),
    (report(1, 2), replied(total_completed=2)),
    (report(3), replied(total_completed=3, url="done")),
    ({"method": "GET", "path": UPLOAD}, replied(status="completed")),
]


def test_reports_are_answered_however_they_are_cut() -> None:
    reported: dict[str, set[int]] = {}
    first = reply_to_upload(report(3, 1), RECORDED, reported)
    assert first is not None
    counts = ("processed_chunks", "duplicate_chunks", "total_completed")
    assert [first["json"][name] for name in counts] == [2, 0, 2]
    assert "url" not in first["json"]
    last = reply_to_upload(report(1, 2), RECORDED, reported)
    assert last is not None
    assert [last["json"][name] for name in counts] == [1, 1, 3]
    assert last["json"]["url"] == "done"


@pytest.mark.parametrize(
    "request_",
    [
        report(1, proof="other"),
        report(1, path="/assets/multipart-uploads/u2"),
        {"method": "GET", "path": UPLOAD},
        {"method": "POST", "path": "/search", "json": {"completed_chunks": []}},
        {"method": "POST", "path": f"{UPLOAD}/presigned-urls", "json": {"start": 3, "count": 2}},
        {"method": "POST", "path": f"{UPLOAD}/presigned-urls"},
    ],
)
def test_what_was_not_recorded_is_not_answered(request_: dict[str, Any]) -> None:
    assert reply_to_upload(request_, RECORDED, {}) is None


def test_addresses_are_answered_however_they_are_asked_for() -> None:
    asked = {"method": "POST", "path": f"{UPLOAD}/presigned-urls", "json": {"start": 1, "count": 3}}
    reply = reply_to_upload(asked, RECORDED, {})
    assert reply is not None
    assert [each["url"] for each in reply["json"]["upload_urls"]] == ["one", "two", "three"]
    assert (reply["json"]["start_index"], reply["json"]["count"]) == (1, 3)
