"""Malformed replies: each gives one clear exception of ours, or does no harm."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
import re
import traceback
import zlib
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from anyio import to_thread

from tests.support.both import both_clients
from tests.support.clock import VirtualClock
from tests.support.pieces import Pieces
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import (
    ApiError,
    BadRequestError,
    DecodeError,
    RedirectError,
    StreamError,
    TransportError,
    TwelveLabsError,
    UploadError,
)

pytestmark = pytest.mark.anyio

GOOD = b'{"_id": "i1", "index_name": "films"}'
HTML = b"<html><title>Sign in</title></html>"
BOMB = gzip.compress(b" " * 5_000_000)


async def retrieve(*answers: Answer, **settings: Any) -> Any:
    """What comes of one call, and of a second that is answered well: nothing stays behind."""
    settings = {"clock": VirtualClock(), "max_retries": 0, **settings}
    async with (
        ScriptedServer(*answers, ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, **settings) as c,
    ):
        try:
            return await c.indexes.retrieve("i1")
        except TwelveLabsError as error:
            return error
        finally:
            assert (await c.indexes.retrieve("i1")).index_name == "films"


def raw(head: str, body: bytes = b"", *more: Any) -> Answer:
    return [head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body, *more]


MALFORMED: dict[str, tuple[Answer, type[TwelveLabsError], str]] = {
    "truncated JSON": (answer(200, GOOD[:-5]), DecodeError, "not JSON"),
    "HTML with 200": (answer(200, HTML, content_type="text/html"), DecodeError, "<html>"),
    "nothing": (answer(200), DecodeError, "empty"),
    "no content": (answer(204), DecodeError, "empty"),
    "another charset": (answer(200, GOOD.decode().encode("utf-16")), DecodeError, "not JSON"),
    "invalid UTF-8": (answer(200, GOOD.replace(b"films", b"\xff\xfe")), DecodeError, "not JSON"),
    "wrong shape": (answer(200, b"[1, 2]"), DecodeError, "expected an object at $"),
    "wrong type": (answer(200, b'{"_id": 7}'), DecodeError, "$._id"),
    "too deep": (answer(200, b"[" * 100_000), DecodeError, "not JSON"),
    "an error with 200": (
        answer(200, b'{"code": "busy", "message": "come again"}'),
        ApiError,
        "busy: come again",
    ),
    "a nested error with 200": (
        answer(200, b'{"error": {"code": "busy", "message": "come again"}}'),
        ApiError,
        "busy: come again",
    ),
    "gzip that is none": (answer(200, GOOD, content_encoding="gzip"), DecodeError, "decompressed"),
    "gzip cut short": (
        answer(200, gzip.compress(GOOD)[:-9], content_encoding="gzip"),
        DecodeError,
        "breaks off",
    ),
    "gzip and more": (
        answer(200, gzip.compress(GOOD) + b"more", content_encoding="gzip"),
        DecodeError,
        "continues after",
    ),
    "an encoding not asked for": (answer(200, GOOD, content_encoding="br"), DecodeError, "br"),
    "a bomb": (answer(200, BOMB, content_encoding="gzip"), DecodeError, "longer than 1000000"),
    "a long answer": (answer(200, b" " * 1_000_001), DecodeError, "longer than 1000000"),
    "a long answer without a length": (
        raw("HTTP/1.1 200 OK\nConnection: close", b" " * 2_000_000, "close"),
        DecodeError,
        "longer than 1000000",
    ),
    "shorter than its length": (
        raw("HTTP/1.1 200 OK\nContent-Length: 100", GOOD, "close"),
        TransportError,
        "breaks off",
    ),
    "longer than its length": (answer(200, GOOD) + b" and more", TransportError, "not valid HTTP"),
    "reset in its middle": (
        raw("HTTP/1.1 200 OK\nContent-Length: 100", GOOD, "reset"),
        TransportError,
        "",
    ),
    "chunks cut short": (
        raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"5\r\nabc", "close"),
        TransportError,
        "breaks off",
    ),
    "chunks that are none": (
        raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"zz\r\nabc\r\n", "close"),
        TransportError,
        "",
    ),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "close"], TransportError, "not valid HTTP"),
    "no status": ([b"HTTP/1.1 OK\r\n\r\n", "close"], TransportError, "not valid HTTP"),
    "a wrong length": (
        raw("HTTP/1.1 200 OK\nContent-Length: ten", GOOD, "close"),
        TransportError,
        "",
    ),
    "two lengths": (
        raw("HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 36", GOOD, "close"),
        TransportError,
        "",
    ),
    "a header without end": (
        raw("HTTP/1.1 200 OK\nContent-Length: 2\nX: " + "x" * 70_000, b"{}", "close"),
        TransportError,
        "not valid HTTP",
    ),
    "headers without end": (
        raw("HTTP/1.1 200 OK\nContent-Length: 2" + "\nX: x" * 5000, b"{}", "close"),
        TransportError,
        "",
    ),
    "a redirect": (
        answer(302, Location="https://elsewhere.example/in?token=SECRET"),
        RedirectError,
        "https://elsewhere.example,",
    ),
    "a redirect within": (answer(301, Location="/v2/indexes/i1"), RedirectError, "another URL"),
    "a redirect to nowhere": (answer(307), RedirectError, "another URL"),
    "a redirect to no address": (
        answer(302, Location="http://[x"),
        RedirectError,
        "cannot be read",
    ),
    "an upgrade": (
        raw(
            "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: upgrade",
            b"",
            "close",
        ),
        TwelveLabsError,
        "",
    ),
    "an error as text": (
        answer(502, b"<h1>Bad Gateway</h1>nginx"),
        ApiError,
        "502 Bad Gateway nginx",
    ),
    "an error as a list": (answer(400, b'["no"]'), ApiError, "400"),
    "an error with odd fields": (
        answer(400, b'{"code": 7, "message": {"a": 1}}'),
        ApiError,
        "400 7",
    ),
    **{
        f"an error {how}": (given, ApiError, "503")
        for how, given in {
            "not asked for": answer(503, GOOD, content_encoding="br"),
            "in gzip that is none": answer(503, GOOD, content_encoding="gzip"),
            "in gzip cut short": answer(503, gzip.compress(GOOD)[:-9], content_encoding="gzip"),
            "that is a bomb": answer(503, BOMB, content_encoding="gzip"),
            "that is long": answer(503, b" " * 2_000_000),
            "that is cut": raw("HTTP/1.1 503 X\nContent-Length: 100", GOOD, "close"),
            "that is reset": raw("HTTP/1.1 503 X\nContent-Length: 100", GOOD, "reset"),
            "longer than its length": raw("HTTP/1.1 503 X\nContent-Length: 3", GOOD, "close"),
            "in chunks that are none": raw(
                "HTTP/1.1 503 X\nTransfer-Encoding: chunked", b"zz\r\nabc\r\n", "close"
            ),
            "in chunks cut short": raw(
                "HTTP/1.1 503 X\nTransfer-Encoding: chunked", b"5\r\nabc", "close"
            ),
        }.items()
    },
    "an error after a byte order mark": (
        answer(400, BOM_UTF8 + b'{"code": "taken", "message": "the name is taken"}'),
        BadRequestError,
        "400 taken: the name is taken",
    ),
    "an error without a body": (answer(429), ApiError, "rate limit"),
    "an error in bytes": (answer(500, b"\xff\xfe\x00"), ApiError, "500"),
}


@pytest.mark.parametrize("how", MALFORMED)
async def test_a_malformed_reply_gives_one_clear_exception(how: str) -> None:
    given, kind, text = MALFORMED[how]
    found = await retrieve(given, max_reply_bytes=1_000_000)
    assert isinstance(found, kind)
    assert text in str(found)
    assert found.__context__ is None
    assert "SECRET" not in str(found)


HARMLESS: dict[str, Answer] = {
    "gzip": answer(200, gzip.compress(GOOD), content_encoding="gzip"),
    "x-gzip": answer(200, gzip.compress(GOOD), content_encoding="x-gzip"),
    "deflate": answer(200, zlib.compress(GOOD), content_encoding="deflate"),
    "deflate without its header": answer(
        200, zlib.compress(GOOD)[2:-4], content_encoding="deflate"
    ),
    "identity": answer(200, GOOD, content_encoding="identity"),
    "identity and gzip": answer(200, gzip.compress(GOOD), content_encoding="identity, gzip"),
    "gzip twice": answer(200, gzip.compress(gzip.compress(GOOD)), content_encoding="gzip, gzip"),
    "deflate in gzip": answer(
        200, gzip.compress(zlib.compress(GOOD)), content_encoding="deflate, gzip"
    ),
    "two headers": raw(
        f"HTTP/1.1 200 OK\nContent-Encoding: deflate\nContent-Encoding: gzip\n"
        f"Content-Length: {len(gzip.compress(zlib.compress(GOOD)))}",
        gzip.compress(zlib.compress(GOOD)),
    ),
    "gzip of two members": answer(
        200, gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:]), content_encoding="gzip"
    ),
    "gzip with padding": answer(200, gzip.compress(GOOD) + bytes(8), content_encoding="gzip"),
    "the encoding none": answer(200, GOOD, content_encoding="none"),
    "a charset as the encoding": answer(200, GOOD, content_encoding="utf-8"),
    "an empty encoding": raw(
        f"HTTP/1.1 200 OK\nContent-Encoding:\nContent-Length: {len(GOOD)}", GOOD
    ),
    "another type": answer(200, GOOD, content_type="text/html"),
    "a byte order mark": answer(200, BOM_UTF8 + GOOD),
    "a charset that is wrong": answer(200, GOOD, content_type="application/json; charset=klingon"),
    "HTTP/1.0": raw("HTTP/1.0 200 OK", GOOD, "close"),
    "chunks": raw(
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    ),
    "an informational answer first": [
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        answer(200, GOOD),
    ],
    "unknown fields": answer(200, b'{"_id": "i1", "index_name": "films", "new": [1]}'),
}


@pytest.mark.parametrize("harmless", HARMLESS)
async def test_an_odd_reply_that_can_be_read_is_read(harmless: str) -> None:
    assert (await retrieve(HARMLESS[harmless])).index_name == "films"


ADDRESSES = [
    "",
    "put?sig=SECRET",
    "/put?sig=SECRET",
    "ftp://127.0.0.1/put?sig=SECRET",
    "https:///put?sig=SECRET",
    "http://[::1/put?sig=SECRET",
    "http://127.0.0.1:port/put?sig=SECRET",
    "http://127.0.0.1:99999/put?sig=SECRET",
    "http://127.0.0.1:9/a b?sig=SECRET",
    "http://127.0.0.1:9/a\r\nX-Injected: 1\r\n\r\n?sig=SECRET",
    "http://user:SECRET@127.0.0.1:9/put",
    "http://2130706433/put?sig=SECRET",
]
NOT_SENDABLE: list[dict[str, Any]] = [
    {"X-A": "b\r\nX-B: SECRET"},
    {"X A": "b"},
    {"": "b"},
    {"Content-Length": "0"},
    {"Transfer-Encoding": "chunked"},
]


@pytest.mark.parametrize(
    ("address", "headers"),
    [(address, {}) for address in ADDRESSES] + [(None, headers) for headers in NOT_SENDABLE],
    ids=repr,
)
async def test_what_cannot_be_sent_to_storage_is_a_malformed_reply(
    address: str | None, headers: dict[str, str]
) -> None:
    async with (
        ScriptedServer(ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(DecodeError, match="the service gave") as caught:
            await client._core.put(
                f"{scripted.url}/put" if address is None else address, headers, Pieces(b"film")
            )
        assert not scripted.received
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("address", ADDRESSES, ids=repr)
async def test_a_malformed_url_ends_an_upload_in_one_error(address: str) -> None:
    made = {
        "upload_id": "u",
        "asset_id": "a",
        "chunk_size": 9,
        "total_chunks": 1,
        "upload_urls": [{"chunk_index": 1, "url": address}],
    }
    async with (
        ScriptedServer(answer(200, json.dumps(made).encode())) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(b"content", max_retries=0)
        assert "PUT" not in scripted.methods
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "after", [b"\x00 garbage", b'{"_id": "other"}', answer(200, b'{"_id": "poisoned"}')]
)
async def test_what_follows_a_reply_is_not_the_reply_to_the_next_call(after: bytes) -> None:
    for steps in ([answer(204) + after], [answer(204), "later", after]):
        async with (
            ScriptedServer(steps, ok()) as scripted,
            AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
        ):
            await client.indexes.delete("i1")
            for _ in range(100):
                await asyncio.sleep(0)
            assert (await client.indexes.create(index_name="films", models=[])).id == "i1"
            assert scripted.methods.count("POST") == 1


async def test_a_kept_connection_that_the_server_closes_costs_one_attempt() -> None:
    async with (
        ScriptedServer(ok(), ["close"], ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock()) as client,
    ):
        await client.indexes.retrieve("i1")
        await client.indexes.retrieve("i1")
        assert (len(scripted.received), scripted.connections) == (3, 2)


async def test_a_write_with_an_unreadable_reply_counts_as_maybe_done() -> None:
    async with (
        ScriptedServer(answer(201, HTML)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(DecodeError, match=r"POST /indexes: .*may have been carried") as caught:
            await client.indexes.create(index_name="films", models=[])
        assert caught.value.maybe_done
        assert len(scripted.received) == 1


async def test_a_write_that_gets_an_error_with_200_counts_as_maybe_done() -> None:
    async with (
        ScriptedServer(answer(200, b'{"code": "busy", "message": "come again"}')) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(ApiError, match="busy") as caught:
            await client.indexes.create(index_name="films", models=[])
        assert caught.value.maybe_done
        assert len(scripted.received) == 1


EVENT = b'{"event_type": "text_generation", "text": "a"}\n'
END = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'

CHUNK = b"%x\r\n%b\r\n" % (len(EVENT), EVENT)

STREAMS: dict[str, tuple[Answer, str]] = {
    "ended early": (answer(200, EVENT), "ended without 'stream_end'"),
    "cut": (raw("HTTP/1.1 200 OK\nContent-Length: 900", EVENT, "close"), "broke off"),
    "reset": (raw("HTTP/1.1 200 OK\nContent-Length: 900", EVENT, "reset"), "broke off"),
    "chunks that are none": (
        raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", CHUNK, "later", b"zz\r\n", "close"),
        "broke off",
    ),
    "no JSON": (answer(200, EVENT + b"<html>\n"), "not a JSON object: '<html>'"),
    "no object": (answer(200, EVENT + b"[1]\n"), "not a JSON object"),
    "half a line": (answer(200, EVENT + END[:20]), "not a JSON object"),
    "an error": (
        answer(200, EVENT + b'{"code": "busy", "message": "come again"}\n'),
        "busy: come again",
    ),
    "a nested error": (
        answer(200, EVENT + b'{"error": {"message": "come again"}}\n'),
        "come again",
    ),
    "an error in words": (answer(200, EVENT + b'{"error": "come again"}\n'), "come again"),
    "an unknown event with an error": (
        answer(200, EVENT + b'{"event_type": "failed", "error": {"message": "come again"}}\n'),
        "come again",
    ),
    "a wrong type": (
        answer(200, EVENT + b'{"event_type": "text_generation", "text": 7}\n'),
        "$.text",
    ),
    "an odd tag": (answer(200, EVENT + b'{"event_type": ["x"], "code": 1}\n'), "$.event_type"),
    "a bomb": (
        answer(200, gzip.compress(EVENT + b" " * 5_000_000), content_encoding="gzip"),
        "longer than 1000000",
    ),
    "gzip cut short": (
        answer(200, gzip.compress(EVENT, 0)[:-4], content_encoding="gzip"),
        "breaks off",
    ),
}


@pytest.mark.parametrize("how", STREAMS)
async def test_a_malformed_stream_ends_in_a_stream_error(how: str) -> None:
    given, text = STREAMS[how]
    async with ScriptedServer(given) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url, max_reply_bytes=1_000_000) as client:
            got: list[Any] = []
            with pytest.raises(StreamError) as caught:  # noqa: PT012  # what came before counts
                async for event in client.analyze_stream(video_id="v1", prompt="what?"):
                    got.append(event)  # noqa: PERF401  # kept when it raises
        assert text in str(caught.value)
        if how != "a bomb":
            assert [event.text for event in got] == ["a"]
        assert caught.value.events == got
        assert len(scripted.received) == 1
        assert caught.value.__context__ is caught.value.__cause__
        if caught.value.__cause__ is not None:
            assert isinstance(caught.value.__cause__, TwelveLabsError)
            assert caught.value.__cause__.__context__ is None


async def test_a_stream_that_is_refused_says_so_when_it_is_opened() -> None:
    async with (
        ScriptedServer(answer(400, b'{"code": "video_not_ready", "message": "wait"}')) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(ApiError, match="video_not_ready"):
            await client.analyze_stream(video_id="v1", prompt="what?")


PAGES_AT_MOST = 60  # where nothing else ends a walk in circles, this does


async def turned(turn: Callable[[], Any]) -> Any:
    """The page that a page leads to: one of the blocking client waits for it, so in a thread."""
    found = await to_thread.run_sync(turn)
    return await found if inspect.isawaitable(found) else found


def by_hand(way: str, *, of_reply: bool) -> Callable[[Any], Awaitable[None]]:
    """A walk from page to page by this attribute, of the pager or of the reply that it holds."""

    async def walk(pager: Any) -> None:
        page = await pager
        if of_reply:
            page = page.response
        for _ in range(PAGES_AT_MOST):
            page = await turned(getattr(page, way))

    return walk


async def row_by_row(pager: Any) -> None:
    rows = 0
    async for _ in pager:
        rows += 1
        if rows == PAGES_AT_MOST:
            break


walks = pytest.mark.parametrize(
    "read",
    [
        row_by_row,
        *(by_hand(way, of_reply=of) for way in ("next_page", "get_next") for of in (False, True)),
    ],
    ids=["rows", "next_page", "next_page of the reply", "get_next", "get_next of the reply"],
)


@both_clients
@walks
@pytest.mark.parametrize("info", [{"page": 1, "total_page": 9}, {"next_page_token": "t"}])
async def test_pages_that_go_in_circles_end_in_an_error(
    info: dict[str, Any], read: Callable[[Any], Awaitable[None]], make: Callable[..., Any]
) -> None:
    page = {"data": [{"_id": "i1"}], "page_info": info}
    async with (
        ScriptedServer(ok(page)) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(DecodeError, match="circles"):
            await read(client.indexes.list())
        assert len(scripted.received) == 2


@both_clients
@walks
@pytest.mark.parametrize("info", ["numbers", "tokens"])
@pytest.mark.parametrize(("before", "length"), [(0, 2), (0, 3), (1, 1), (2, 1), (2, 5), (5, 4)])
async def test_a_circle_of_many_pages_ends_in_an_error(
    before: int,
    length: int,
    info: str,
    read: Callable[[Any], Awaitable[None]],
    make: Callable[..., Any],
) -> None:
    """Page n leads to page n + 1, and the last of them back into their middle."""

    def page(received: Received) -> bytes:
        found = re.search(r"page=t?(\d+)", received.target)
        asked = int(found[1]) if found else 1
        following = before + 1 if asked >= before + length else asked + 1
        if info == "numbers":  # a page says that it is the one before the following
            where: Any = {"page": following - 1, "total_page": 99}
        else:
            where = {"next_page_token": f"t{following}"}
        return ok({"data": [{"_id": "i1"}], "page_info": where})

    async with (
        ScriptedServer(page) as scripted,
        make("k", base_url=scripted.url) as client,
    ):
        with pytest.raises(DecodeError, match="circles"):
            await read(client.indexes.list())
        # A page that leads to itself is not requested twice.
        most = before + 1 if length == 1 else 1 + 3 * (before + length)
        assert len(scripted.received) <= most
