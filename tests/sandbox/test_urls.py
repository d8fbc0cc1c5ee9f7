"""URLs and hosts that callers give: what is a web server's, and what is this machine's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async.sandbox.addresses import is_everywhere
from twelvelabs_async.sandbox.fetch_rules import check_host
from twelvelabs_async.sandbox.media.measure.probe import MediaError
from twelvelabs_async.sandbox.urls import ip_address, is_web, split_url


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("http://a.example", True),
        ("HTTPS://A.example:8443/b?c#d", True),
        ("http://[::1]:80/", True),
        ("http://a.example:0", False),
        ("http://a.example:99999", False),
        ("http://a.example:x", False),
        ("http://[::1", False),
        ("http://", False),
        ("http:///path", False),
        ("ftp://a.example", False),
        ("a.example", False),
        ("", False),
    ],
)
def test_a_web_url_is_absolute_and_has_a_host(url: str, web: bool) -> None:
    assert is_web(split_url(url)) is web


@given(st.text() | st.from_regex(r"https?://[\[\]:@%0-9a-z./-]*", fullmatch=True))
def test_any_text_is_read(text: str) -> None:
    parts = split_url(text)
    assert parts is None or parts.port is None or 0 <= parts.port <= 65535
    assert ip_address(text) is None or str(ip_address(text))


@pytest.mark.parametrize(
    ("host", "everywhere"),
    [
        *[(host, True) for host in ("0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0")],
        *[(host, False) for host in ("127.0.0.1", "::1", "localhost", "0", "a.example")],
    ],
)
def test_the_addresses_on_which_all_of_them_are_listened_to(host: str, everywhere: bool) -> None:
    assert is_everywhere(host) is everywhere


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]", "named.example"]
)
def test_media_are_fetched_from_the_loopback_and_named_hosts(host: str) -> None:
    check_host(f"http://{host}:8000/a.mp4", ("named.example",), "")


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/a.mp4",
        "http://[::ffff:192.0.2.1]/a.mp4",
        "http://a.example/a.mp4",
        "http://0.0.0.0/a.mp4",
        "ftp://localhost/a.mp4",
        "http://localhost:0/a.mp4",
        "http://localhost:x/a.mp4",
        "http:///a.mp4",
        "http://[::1/a.mp4",
    ],
)
def test_media_are_fetched_from_nowhere_else(url: str) -> None:
    with pytest.raises(MediaError) as raised:
        check_host(url, ("named.example",), "http://storage.example:1")
    assert raised.value.code == "source_unavailable"
