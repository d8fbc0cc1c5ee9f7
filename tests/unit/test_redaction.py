"""Texts without secrets: known values however they are escaped, then what has a secret's shape."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime.redaction import Redactor, redact

KEY = "tlk_0123+456/789=ABC'DEF\"GHI<JKL>MNO&PQR.STUVWXYZ"
PIECE = KEY[:20]

ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in Go's JSON": lambda text: (
        json.dumps(text)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c")
    ),
    "in JSON, all of it": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[1:-1],
    "in a URL": lambda text: quote(text, safe=""),
    "in a URL, slashes kept": quote,
    "in a form": quote_plus,
    "in a URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "in a URL, lower case": lambda text: quote(text, safe="").lower(),
    "in a URL, all of it": lambda text: "".join(f"%{ord(c):02X}" for c in text),
    "in a repr": lambda text: repr(text)[1:-1],
    "in HTML": html.escape,
    "in HTML, all of it": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in upper case": str.upper,
    "in lower case": str.lower,
    "with NULs": "\0".join,
}
AROUND = ["{}", "bad key {}", "x" * 5000 + "{}", "{}" + "x" * 5000, "key={}&a=b", "é{}é", "'{}'"]


@pytest.mark.parametrize("around", AROUND, ids=[text[:8] for text in AROUND])
@pytest.mark.parametrize("escape", ESCAPES)
def test_a_known_secret_is_found_however_it_is_escaped(escape: str, around: str) -> None:
    written = ESCAPES[escape](KEY)
    shown = Redactor(KEY).text(around.replace("{}", written))
    assert written not in shown
    assert written[: len(written) // 2] not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_known_secret_is_found_in_every_place_of_a_value(escape: str) -> None:
    written = ESCAPES[escape](KEY)
    value = {"a": [written, {written: [1, {"b": f"x{written}"}]}], "code": "some_code", "n": 1.5}
    shown = Redactor(KEY).value(value)
    assert written not in repr(shown)
    assert written[:25] not in repr(shown)
    assert (shown["code"], shown["n"]) == ("some_code", 1.5)


def test_a_key_of_digits_is_found_as_a_number() -> None:
    redactor = Redactor("1234567890123")
    assert redactor.value({"key": 1234567890123, "count": 87654321}) == {
        "key": "[redacted]",
        "count": 87654321,
    }


def test_the_start_of_a_secret_is_a_secret() -> None:
    redactor = Redactor(KEY)
    for size in range(len(PIECE), len(KEY)):
        assert PIECE not in redactor.text(f"a {KEY[:size]}... b")


@pytest.mark.parametrize("most", [1, 10, 40, 80, 4096])
def test_a_text_is_redacted_before_it_is_cut(most: int) -> None:
    redactor = Redactor(KEY)
    for before in (0, most // 2, most - 1, most):
        shown = redactor.text("x" * before + KEY, most=most)
        assert len(shown) <= most
        assert "tlk_0" not in shown


def test_a_text_that_was_cut_may_end_in_a_secret() -> None:
    redactor = Redactor(KEY)
    for size in range(4, len(KEY)):
        shown = redactor.cut_text("a page: " + KEY[:size])
        assert shown == "a page: [redacted]"
    assert redactor.cut_text("no key at all") == "no key at all"


def test_a_short_secret_is_a_word_of_its_own() -> None:
    redactor = Redactor("k", "abc")
    assert redactor.text("k abc book abcd") == "[redacted] [redacted] book abcd"
    assert Redactor("", " ").text("a b") == "a b"


SIGNED = {
    "plain": "https://b.test/film.mp4?X-Amz-Signature=THESIG",
    "no other query": "https://b.test/film.mp4?THESIG",
    "an apostrophe": "https://b.test/it's a film.mp4?X-Amz-Signature=THESIG",
    "a space": "https://b.test/a film.mp4?X-Amz-Signature=THESIG",
    "an angle bracket": "https://b.test/<film>.mp4?X-Amz-Signature=THESIG",
    "a quote": 'https://b.test/"film".mp4?X-Amz-Signature=THESIG',
    "an apostrophe in the query": "https://b.test/film?name=it's&X-Amz-Signature=THESIG",
    "a space in the query": "https://b.test/film?name=a film&X-Amz-Signature=THESIG",
    "a bracket in the query": "https://b.test/film?name=<a>&X-Amz-Signature=THESIG",
    "escaped slashes": r"https:\/\/b.test\/film.mp4?X-Amz-Signature=THESIG",
    "Go's JSON": r"https://b.test/film.mp4?a=b\u0026X-Amz-Signature=THESIG",
    "Java's JSON": r"https://b.test/film.mp4?a\u003db\u0026X-Amz-Signature\u003dTHESIG",
    "HTML": "https://b.test/film.mp4?a=b&amp;X-Amz-Signature=THESIG",
    "percent-encoded": "to=https%3A%2F%2Fb.test%2Ffilm%3Fa%3Db%26X-Amz-Signature%3DTHESIG",
    "encoded twice": "to=https%253A%252F%252Fb.test%252Ff%253Fa%253Db%2526sig%253DTHESIG",
    "s3": "s3://bucket/film.mp4?X-Amz-Signature=THESIG",
    "gs": "gs://bucket/film.mp4?X-Goog-Signature=THESIG",
    "ftp with a password": "ftp://user:THESIG@b.test/film.mp4",
    "a password": "https://user:THESIG@b.test/film.mp4",
    "a token as the user": "https://THESIG@b.test/film.mp4",
    "a password, escaped slashes": r"https:\/\/user:THESIG@b.test\/film.mp4",
    "a password, encoded": "https%3A%2F%2Fuser%3ATHESIG@b.test%2Ffilm.mp4",
    "Azure": "https://b.test/film.mp4?sv=2024&sig=THESIG%3D",
    "CloudFront": "https://b.test/film.mp4?Policy=THESIG&Key-Pair-Id=THESIG&Signature=THESIG",
    "upper case": "HTTPS://B.TEST/FILM.MP4?X-AMZ-SIGNATURE=THESIG",
    "no scheme": "//b.test/film.mp4?X-Amz-Signature=THESIG",
    "the query alone": "X-Amz-Signature=THESIG&X-Amz-Expires=60",
    "a fragment": "https://b.test/film.mp4#access_token=THESIG",
    "a header": "authorization: Bearer THESIG0123",
    "another's key": "x-api-key: tlk_0THESIG12345",
}


@pytest.mark.parametrize("around", ["{}", "cannot read {} (403)", '{{"url":"{}"}}', "['{}', 1]"])
@pytest.mark.parametrize("kind", SIGNED)
def test_what_has_the_shape_of_a_secret_goes(kind: str, around: str) -> None:
    text = around.format(SIGNED[kind])
    assert "THESIG" not in redact(text)
    assert "THESIG" not in Redactor("key").text(text)
    assert "THESIG" not in repr(Redactor("key").value({text: [text, {"a": text}]}))


@pytest.mark.parametrize(
    "text",
    [
        "what? no: why?",
        "Is it ready? It is not.",
        '{"query":"what?","x":1}',
        "no API key: give api_key=, or set TWELVE_LABS_API_KEY",
        "API key: missing",
        "max_tokens=5 is too few",
        "https://b.test/a@b/film.mp4",
        "mail a@b.test",
        "see https://docs.twelvelabs.io/v1.3/docs/get-started",
        "100% = all",
        "expected a str at $.data[3].start, found null",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text
    assert Redactor("tlk_KEY0123456789").value([text, {"a": text}]) == [text, {"a": text}]


@pytest.mark.parametrize("headers", [None, {"Accept": "application/json", "user-agent": "films/2"}])
async def test_what_a_client_says_of_itself_is_no_secret(headers: dict[str, str] | None) -> None:
    text = "TwelveLabs: see https://docs.twelvelabs.io/v1.3, application/json; films/2"
    async with AsyncTwelveLabs("tlk_KEY0123456789", headers=headers) as client:
        assert client._core.redactor.text(text) == text
        assert client._core.redactor.value({"docs_url": text}) == {"docs_url": text}


def test_presigned_urls_make_their_secrets_known() -> None:
    redactor = Redactor("key")
    redactor.add_url("https://u:THEPASSWORD@b.test/f?X-Amz-Signature=THESIG&token=THETOKEN&n=5")
    redactor.add_urls(b'{"url":"https://b.test/f?X-Amz-Signature=THEOTHER","n":"a?b"}')
    redactor.add_url("http://[no")
    shown = redactor.text("THESIG, THETOKEN and THEOTHER of THEPASSWORD, 5")
    assert "THE" not in shown
    assert shown.endswith("5")


def test_headers_make_their_secrets_known() -> None:
    redactor = Redactor("key")
    redactor.add_headers({"Authorization": "Bearer THEBEARER", "X-Env": "production"})
    redactor.add_headers({"X-Gateway": "THE-LONG-GATEWAY-SECRET"}, opaque=True)
    shown = redactor.text("THEBEARER in production with THE-LONG-GATEWAY-SECRET")
    assert shown == "[redacted] in production with [redacted]"


def test_headers_of_a_reply_are_redacted() -> None:
    shown = Redactor("THEKEY12").headers(
        {"THEKEY12": "a", "X-Seen": "b THEKEY12", "Set-Cookie": "session=THECOOKIE", "X-A": "b"}
    )
    assert "THE" not in repr(dict(shown))
    assert shown["x-a"] == "b"


def test_only_so_many_values_are_known_and_the_first_always() -> None:
    redactor = Redactor("THEKEY0123456789")
    for number in range(1000):
        redactor.add(f"THE-PASSING-SECRET-{number}")
    assert len(redactor._known) == 256
    assert "THE" not in redactor.text("THEKEY0123456789 and THE-PASSING-SECRET-999")


def test_a_deep_value_is_cut() -> None:
    value: Any = "x"
    for _ in range(100_000):
        value = [value]
    assert "..." in repr(Redactor("key").value(value))
