"""Secrets are given to who asks for them, and shown nowhere."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from twelvelabs_async._runtime.secrets import SecretText, SecretUrl

SIGNED = "https://user:THEPASS@bucket.example:8443/a%2Fb/film.mp4?X-Amz-Signature=THESIGNATURE#x"


def test_a_secret_is_revealed_on_request_only() -> None:
    secret = SecretText("THEKEY")
    assert secret.reveal() == "THEKEY"
    for shown in (repr(secret), str(secret), f"{secret}", repr({"x-api-key": [secret]})):
        assert "THEKEY" not in shown
    assert not isinstance(secret, str)
    assert not hasattr(secret, "__dict__")


def test_a_presigned_url_shows_where_it_leads() -> None:
    url = SecretUrl(SIGNED)
    assert url.reveal() == SIGNED
    assert (url.origin, url.path) == ("https://bucket.example:8443", "/a%2Fb/film.mp4")
    assert str(url) == "https://bucket.example:8443/a%2Fb/film.mp4?[redacted]"


@pytest.mark.parametrize(
    ("url", "sendable"),
    [
        (SIGNED.replace("user:THEPASS@", ""), True),
        (SIGNED, False),
        ("http://host/a\nb?sig=S", False),
        ("http://host/a b?sig=S", False),
        (" http://host/a?sig=S", False),
        ("http://ho\tst/a?sig=S", False),
        ("http://host/\x00?sig=S", False),
        ("http://host/\ud800?sig=S", False),
        ("http://h\u00f6st/a?sig=S", False),
        ("http://host:0/a?sig=S", False),
        ("http://127.0.0.1:9/put", True),
        ("HTTPS://bucket.example/x", True),
        ("", False),
        ("put", False),
        ("/put?X-Amz-Signature=S", False),
        ("https://", False),
        ("https:///put?X-Amz-Signature=S", False),
        ("ftp://bucket.example/x", False),
        ("http://[::1/x?sig=S", False),
        ("http://host:port/x?sig=S", False),
        ("http://host:99999/x?sig=S", False),
    ],
)
def test_what_a_request_can_be_sent_to(url: str, sendable: bool) -> None:
    secret = SecretUrl(url)
    assert secret.is_http is sendable
    assert "sig=S" not in repr(secret)


def test_equal_secrets_are_equal() -> None:
    assert SecretText("a") == SecretText("a")
    assert len({SecretText("a"), SecretText("a"), SecretText("b")}) == 2
    assert SecretText("a") != "a"
    assert not SecretText("")


@pytest.mark.parametrize("value", [None, 5, b"key", ["key"]])
def test_a_secret_is_made_of_text(value: Any) -> None:
    with pytest.raises(TypeError, match="must be a str, not"):
        SecretText(value)


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_stays_in_its_process(way: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        way(SecretUrl(SIGNED))
