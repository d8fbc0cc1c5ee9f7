"""No variable of a frame that an exception leaves shows the key, or the secret of a URL.

Crash reporters record the local variables of every frame of a traceback.
"""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import twelvelabs_async
from tests.support.pieces import Pieces
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, ok
from twelvelabs_async import (
    AsyncTwelveLabs,
    ConfigurationError,
    DecodeError,
    TwelveLabs,
    UnauthorizedError,
    UploadError,
)
from twelvelabs_async._runtime.secrets import SecretUrl
from twelvelabs_async.errors import WebhookSignatureError
from twelvelabs_async.options import Timeouts
from twelvelabs_async.webhooks import sign, unwrap

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(jumping: Any) -> Any:
    """Silences take no time, at least those that a client in this loop waits for."""
    return jumping


KEY = "tlk_THEKEY0123456789ABCDEFGHIJ"
SIGNATURE = "THESIGNATURE0123456789abcdefghij"
SIGNED = f"https://bucket.example/part?X-Amz-Signature={SIGNATURE}"
PARTS = (KEY[:14], SIGNATURE[:14])
OURS = str(Path(twelvelabs_async.__file__).parent)


def chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    more: list[Any] = [error.__cause__, error.__context__]
    more += getattr(error, "failed_chunks", {}).values()
    more += getattr(error, "exceptions", ())
    for other in more:
        if isinstance(other, BaseException):
            yield from chain(other, seen)


def shown(error: BaseException) -> list[str]:
    """Where the frames of ours show a secret."""
    found: list[str] = []
    for one in chain(error, set()):
        for frame, line in traceback.walk_tb(one.__traceback__):
            name = frame.f_code.co_filename
            if not name.startswith(OURS) and "aiohttp" not in name:
                continue
            for variable, value in dict(frame.f_locals).items():
                if any(part in text for part in PARTS for text in texts_of(value)):
                    found.append(f"{Path(name).name}:{line} {frame.f_code.co_name}.{variable}")
    return found


def texts_of(value: Any) -> Iterator[str]:
    """What a crash reporter records of a variable: of texts the characters, whatever their repr."""
    with suppress(AttributeError):  # of what is only half made
        yield repr(value)
        yield str(value)
    for item in (
        [*value, *value.values()]
        if isinstance(value, dict)
        else value
        if isinstance(value, (list, tuple, set))
        else ()
    ):
        yield from texts_of(item)


REPEATED = json.dumps({"code": "no", "message": f"{KEY} may not read {SIGNED}"}).encode()
PAGE_ROWS = [{"_id": "a1", "status": "ready", "url": SIGNED, "hls": {"video_url": SIGNED}}]
PAGE_INFO = {"page": 1, "limit_per_page": 1, "total_page": 9, "total_results": 9}
RESOURCE = {"_id": "a", "status": "failed", "error": {"message": f"{KEY} {SIGNED}"}}
EVENT = b'{"event_type": "text_generation", "text": "%s"}\n' % SIGNED.encode()

ANSWERS: dict[str, Answer] = {
    "a refusal": answer(400, REPEATED, {"X-Seen": KEY}),
    "an error with 200": answer(200, REPEATED),
    "no JSON": answer(200, REPEATED[:-1]),
    "a misfit": answer(200, json.dumps({"_id": 5, "data": 7, KEY: SIGNED}).encode()),
    "a page": answer(502, f"<a href='{SIGNED}'>{KEY}</a>".encode()),
    "a redirect": answer(302, b"", {"Location": SIGNED}),
    "a close": [b"", "close"],
    "a reset": [b"", "reset"],
    "half an answer": [b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + REPEATED, "close"],
    "a broken encoding": answer(200, REPEATED, {"Content-Encoding": "gzip"}),
    "no HTTP": [b"\x00" + REPEATED + b"\r\n\r\n", "close"],
    "silence": ["hang"],
    "an event, and a close": [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + EVENT,
        "close",
    ],
    "an event, and no JSON": answer(200, EVENT + KEY.encode() + b"\n"),
    "an event, and an error": answer(200, EVENT + REPEATED + b"\n"),
    "an event, and silence": [b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + EVENT, "hang"],
    "what has failed": ok(RESOURCE),
    "the same page again and again": ok({"data": PAGE_ROWS, "page_info": PAGE_INFO}),
}
ASYNC: dict[str, Callable[[AsyncTwelveLabs], Awaitable[object]]] = {}


def call(
    function: Callable[[AsyncTwelveLabs], Awaitable[object]],
) -> Callable[[AsyncTwelveLabs], Awaitable[object]]:
    ASYNC[function.__name__] = function
    return function


@call
async def read(client: AsyncTwelveLabs) -> object:
    return await client.indexes.retrieve("i1")


@call
async def raw(client: AsyncTwelveLabs) -> object:
    return await client.indexes.with_raw_response.retrieve("i1")


@call
async def raw_pages(client: AsyncTwelveLabs) -> object:
    return [row async for row in await client.assets.with_raw_response.list()]


@call
async def raw_stream(client: AsyncTwelveLabs) -> object:
    stream = client.with_raw_response.analyze_stream(video_id="v1", prompt="what?")
    async with stream as response:
        return [event async for event in response.data]


@call
async def pages(client: AsyncTwelveLabs) -> object:
    return [row async for row in client.assets.list()]


@call
async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


@call
async def opened(client: AsyncTwelveLabs) -> object:
    async with client.analyze_stream(video_id="v1", prompt="what?") as events:
        return [event async for event in events]


@call
async def texts(client: AsyncTwelveLabs) -> object:
    stream = client.analyze_stream(video_id="v1", prompt="what?")
    return [text async for text in stream.text_stream]


@call
async def final(client: AsyncTwelveLabs) -> object:
    return await client.analyze_stream(video_id="v1", prompt="what?").get_final()


@call
async def each_page(client: AsyncTwelveLabs) -> object:
    return [page async for page in client.assets.list().iter_pages()]


@call
async def table(client: AsyncTwelveLabs) -> object:
    return await client.assets.list().to_dicts()


@call
async def wait(client: AsyncTwelveLabs) -> object:
    return await client.assets.wait_until_ready("a", timeout=0.3, interval=0.1)


@call
async def with_headers(client: AsyncTwelveLabs) -> object:
    child = client.with_options(headers={"Authorization": f"Bearer {KEY}"})
    return await child.indexes.retrieve("i1")


@call
async def part(client: AsyncTwelveLabs) -> object:
    url = SecretUrl(f"{client._core.base_url}/part?X-Amz-Signature={SIGNATURE}")
    return await client._core.put(url, {}, Pieces(b"x" * 2_000_000))


SETTINGS: dict[str, Any] = {"timeout": Timeouts(total=0.3, read=0.2), "max_retries": 0}


@pytest.mark.parametrize("call", ASYNC)
@pytest.mark.parametrize("answered", ANSWERS)
async def test_no_frame_of_a_failure_shows_a_secret(answered: str, call: str) -> None:
    async with (
        ScriptedServer(ANSWERS[answered]) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, **SETTINGS) as client,
    ):
        try:
            async with asyncio.timeout(5):
                await ASYNC[call](client)
        except Exception as error:  # its frames are looked at
            found = shown(error)
        else:
            found = []
        assert found == []


@pytest.mark.parametrize("call", ASYNC)
async def test_no_frame_of_a_cancelled_call_shows_a_secret(call: str) -> None:
    async with (
        ScriptedServer(["hang"]) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url) as client,
    ):
        task = asyncio.ensure_future(ASYNC[call](client))
        while not scripted.received and not task.done():  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert shown(caught.value) == []


def opened_blocking(client: TwelveLabs) -> object:
    with client.analyze_stream(video_id="v1", prompt="what?") as events:
        return list(events)


BLOCKING: dict[str, Callable[[TwelveLabs], object]] = {
    "read": lambda client: client.indexes.retrieve("i1"),
    "pages": lambda client: list(client.assets.list()),
    "each_page": lambda client: list(client.assets.list().iter_pages()),
    "stream": lambda client: list(client.analyze_stream(video_id="v1", prompt="what?")),
    "opened": lambda client: opened_blocking(client),
    "texts": lambda client: list(client.analyze_stream(video_id="v1", prompt="what?").text_stream),
    "final": lambda client: client.analyze_stream(video_id="v1", prompt="what?").get_final(),
    "wait": lambda client: client.assets.wait_until_ready("a", timeout=0.3, interval=0.1),
    "with_headers": lambda client: client.with_options(
        headers={"Authorization": f"Bearer {KEY}"}
    ).indexes.retrieve("i1"),
}


@pytest.mark.parametrize("call", BLOCKING)
@pytest.mark.parametrize("answered", ANSWERS)
async def test_no_frame_of_a_blocking_failure_shows_a_secret(answered: str, call: str) -> None:
    async with ScriptedServer(ANSWERS[answered]) as scripted:
        for failure in await failures_of(scripted, BLOCKING[call]):
            assert shown(failure) == []


async def failures_of(
    scripted: ScriptedServer, call: Callable[[TwelveLabs], object]
) -> list[BaseException]:
    """What a blocking call raised, in a thread."""
    failures: list[BaseException] = []
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            with TwelveLabs(KEY, base_url=scripted.url, **SETTINGS) as client:
                try:
                    call(client)
                except Exception as error:  # its frames are looked at
                    failures.append(error)
        finally:
            loop.call_soon_threadsafe(ended.set)

    thread = threading.Thread(target=run)
    thread.start()
    await ended.wait()
    thread.join()
    return failures


# Failures of a later step: what came before it has secrets too

ROW = {
    **PAGE_ROWS[0],
    "status": "processing",
    "filename": f"{KEY}.mp4",
    "error": {"message": f"{KEY} {SIGNED}"},
    "user_metadata": {"from": SIGNED},
}
HITS = {
    "data": [{"video_id": "v1", "thumbnail_url": SIGNED, "user_metadata": {"from": KEY}}],
    "page_info": {"next_page_token": "t", "limit_per_page": 1},
}
LATER: dict[str, Answer] = {
    "a refusal": answer(400, REPEATED),
    "no JSON": answer(200, REPEATED[:-1]),
    "a misfit": ok({"data": [ROW, {"_id": 7, KEY: SIGNED}], "page_info": PAGE_INFO}),
    "a token that is none": ok({**HITS, "page_info": {"next_page_token": ".."}}),
    "a close": [b"", "close"],
    "the same again": ok({"data": [ROW], "page_info": PAGE_INFO}),
}


def stopped(_: object) -> None:
    raise ValueError("the program's own")


async def stepwise(pager: Any) -> None:
    page = await pager
    while page is not None:
        page = await page.next_page()


async def linked(pager: Any) -> None:
    async for page in pager.iter_pages():
        await page.next_page()


def stepwise_blocking(page: Any) -> None:
    while page is not None:
        page = page.next_page()


def linked_blocking(pager: Any) -> None:
    for page in pager.iter_pages():
        page.next_page()


HIT_SEARCH: Any = {"index_id": "i1", "query_text": "x", "search_options": ["visual"]}
QUICK: Any = {"timeout": 1.0, "interval": 0.01}
LONG: dict[str, tuple[Callable[[AsyncTwelveLabs], Any], Callable[[TwelveLabs], Any]]] = {
    "rows": (lambda c: c.assets.list().to_dicts(), lambda c: c.assets.list().to_dicts()),
    "table": (lambda c: c.assets.list().to_numpy("x"), lambda c: c.assets.list().to_numpy("x")),
    "for": (lambda c: pages(c), lambda c: [row.id for row in c.assets.list()]),
    "for pages": (lambda c: each_page(c), lambda c: list(c.assets.list().iter_pages())),
    "next": (lambda c: stepwise(c.assets.list()), lambda c: stepwise_blocking(c.assets.list())),
    "link": (lambda c: linked(c.assets.list()), lambda c: linked_blocking(c.assets.list())),
    "hits": (
        lambda c: c.search.query(**HIT_SEARCH).to_dicts(),
        lambda c: list(c.search.query(**HIT_SEARCH)),
    ),
    "wait": (
        lambda c: c.assets.wait_until_ready("a", **QUICK),
        lambda c: c.assets.wait_until_ready("a", **QUICK),
    ),
    "wait for many": (
        lambda c: c.assets.wait_until_all_ready(["a1", "a2"], **QUICK),
        lambda c: c.assets.wait_until_all_ready(["a1", "a2"], **QUICK),
    ),
    "a callback": (
        lambda c: c.assets.wait_until_all_ready(["a1"], on_update=stopped, **QUICK),
        lambda c: c.assets.wait_until_all_ready(["a1"], on_update=stopped, **QUICK),
    ),
    "many": (
        lambda c: c.indexes.indexed_assets.wait_until_all_ready("i1", ["a1", "a2"], **QUICK),
        lambda c: c.indexes.indexed_assets.wait_until_all_ready("i1", ["a1", "a2"], **QUICK),
    ),
}


def first_of(call: str) -> Answer:
    if call == "hits":
        return ok(HITS)
    return ok(ROW if call == "wait" else {"data": [ROW], "page_info": PAGE_INFO})


@pytest.mark.parametrize("call", LONG)
@pytest.mark.parametrize("later", LATER)
async def test_no_frame_of_a_later_failure_shows_a_secret(later: str, call: str) -> None:
    async with (
        ScriptedServer(first_of(call), LATER[later]) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, **SETTINGS) as client,
    ):
        with pytest.raises(Exception) as caught:  # its frames are looked at
            await LONG[call][0](client)
        assert shown(caught.value) == []


@pytest.mark.parametrize("call", LONG)
@pytest.mark.parametrize("later", LATER)
async def test_no_frame_of_a_later_blocking_failure_shows_a_secret(later: str, call: str) -> None:
    async with ScriptedServer(first_of(call), LATER[later]) as scripted:
        for failure in await failures_of(scripted, LONG[call][1]):
            assert shown(failure) == []


TAKEN = answer(200, b"", {"ETag": f'"{5:032x}"'})
CHUNKS: dict[str, Answer] = {  # what storage answers, after the first chunk
    "a refusal": answer(403, b"<Error><Message>" + SIGNED.encode() + b"</Message></Error>"),
    "no ETag": answer(200, b""),
    "an odd ETag": answer(200, b"", {"ETag": f"{SIGNATURE}\xe9"}),
    "a close": [b"", "close"],
    "silence": ["hang"],
}


class Uploads:
    """A session of two chunks, whose headers are secrets too."""

    def __init__(self, second: Answer, **others: Answer) -> None:
        self.second = second
        self.others = others
        self.puts = 0

    def __call__(self, received: Received) -> Answer:
        if received.method == "PUT":
            self.puts += 1
            return self.others.get("first", TAKEN) if self.puts == 1 else self.second
        url = f"http://{received.headers['host']}/part?X-Amz-Signature={SIGNATURE}"
        urls = [{"chunk_index": n, "url": url} for n in (1, 2)]
        if received.target.endswith("/multipart-uploads"):
            session = {"upload_id": "u", "asset_id": "a", "chunk_size": 100_000}
            headers = {self.others.get("header", "x-amz-secret"): SIGNATURE}
            return ok(
                {**session, "total_chunks": 2, "upload_urls": urls, "upload_headers": headers}
            )
        if received.target.endswith("/presigned-urls"):
            return ok({"upload_urls": urls})
        return self.others.get("report", answer(400, REPEATED))


@pytest.mark.parametrize(
    ("second", "others"),
    [
        *((second, {}) for second in CHUNKS.values()),
        *((second, {"first": second}) for second in CHUNKS.values()),
        (TAKEN, {}),
        (TAKEN, {"report": answer(200, REPEATED)}),
        (TAKEN, {"report": ok({"total_completed": 1, "url": SIGNED})}),
        (TAKEN, {"header": "no\nheader"}),
    ],
)
async def test_no_frame_of_a_failed_upload_shows_a_secret(
    second: Answer, others: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        ScriptedServer(Uploads(second, **others)) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, **SETTINGS) as client,
    ):
        with pytest.raises(UploadError) as caught:
            await client.multipart_upload.upload_file(
                b"x" * 150_000, filename="x.mp4", max_retries=0, checkpoint=tmp_path / "c"
            )
        assert shown(caught.value) == []

    async with ScriptedServer(Uploads(second, **others)) as scripted:
        failures = await failures_of(
            scripted,
            lambda client: client.multipart_upload.upload_file(
                b"x" * 150_000, filename="x.mp4", max_retries=0
            ),
        )
    assert [shown(failure) for failure in failures] == [[]]


async def test_no_frame_of_a_cancelled_upload_shows_a_secret(tmp_path: Path) -> None:
    async with (
        ScriptedServer(Uploads(["hang"])) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url) as client,
    ):
        task = asyncio.ensure_future(
            client.multipart_upload.upload_file(
                b"x" * 150_000, filename="x.mp4", checkpoint=tmp_path / "checkpoint"
            )
        )
        while scripted.methods.count("PUT") < 2:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert shown(caught.value) == []


REFUSED = answer(401, REPEATED)


@pytest.mark.parametrize("refused", ["POST /assets", "GET /assets", "POST /indexed", "none"])
async def test_no_frame_of_a_failed_ingestion_shows_a_secret(refused: str) -> None:
    def service(received: Received) -> Answer:
        method, path = received.method, received.target.partition("?")[0]
        if refused != "none":
            verb, _, end = refused.partition(" ")
            if method == verb and path.rpartition("/")[2].startswith(end[1:]):
                return REFUSED
        if path.endswith("/assets") and method == "GET":
            return ok({"data": [{**ROW, "status": "ready"}], "page_info": {"page": 1}})
        return ok(ROW if "/assets" in path else {"_id": "i1"})

    def sources() -> Iterator[str]:
        yield f"https://bucket.example/film.mp4?X-Amz-Signature={SIGNATURE}"
        if refused == "none":
            raise OSError("the program's own")

    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, **SETTINGS) as client,
    ):
        with pytest.raises((UnauthorizedError, OSError)) as caught:
            async for _ in client.ingest("i1", sources(), checks=False):
                pass
        assert shown(caught.value) == []


async def test_no_result_of_an_ingestion_repeats_a_secret(tmp_path: Path) -> None:
    def service(received: Received) -> Answer:
        failed = {**ROW, "status": "failed"}
        if "/assets?" in received.target:
            return ok({"data": [failed], "page_info": {"page": 1}})
        return ok(failed if "/assets" in received.target else {"_id": "i1"})

    journal = tmp_path / "journal.db"
    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url) as client,
    ):
        source = "https://bucket.example/film.mp4"
        (result,) = [
            each async for each in client.ingest("i1", [source], checks=False, journal=str(journal))
        ]
    assert result.reason == "asset_failed"
    assert not any(part in repr(result) for part in PARTS)
    assert not any(part.encode() in journal.read_bytes() for part in PARTS)


WRONG: list[dict[str, Any]] = [
    {"max_retries": -1},
    {"max_wait": -1},
    {"timeout": -1},
    {"headers": {"Authorization": f"Bearer {KEY}", "X": "two\nlines"}},
    {"api_key": f"{KEY}\x07"},
    {"proxy": f"socks5://user:{KEY}@proxy.example"},
    {"base_url": f"https://user:{KEY}@api.example"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_no_frame_of_a_wrong_setting_shows_a_secret(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", KEY)
    with pytest.raises(ConfigurationError) as caught:
        AsyncTwelveLabs(**wrong)
    assert shown(caught.value) == []
    with pytest.raises(ConfigurationError) as caught:
        TwelveLabs(**wrong)
    assert shown(caught.value) == []
    if not wrong.keys() & {"api_key", "proxy", "base_url", "max_wait"}:
        for kind in (AsyncTwelveLabs, TwelveLabs):
            client = kind(headers={"Authorization": f"Bearer {KEY}"})
            with pytest.raises(ConfigurationError) as caught:
                client.with_options(**wrong)
            assert shown(caught.value) == []


def test_no_frame_of_a_wrong_key_of_the_environment_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWELVE_LABS_API_KEY", f"{KEY}\x07")
    with pytest.raises(ConfigurationError) as caught:
        AsyncTwelveLabs()
    assert shown(caught.value) == []


EVENT_OF_NOTHING = b'{"type": "analyze.task.ready", "data": 5}'


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        (b"{}", None),
        (b"{}", b"[]"),
        (b"{", b"{"),
        (b"[]", b"[]"),
        (EVENT_OF_NOTHING, EVENT_OF_NOTHING),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_no_frame_of_a_refused_webhook_shows_its_secret(
    body: bytes, signed: bytes | None, late: bool
) -> None:
    given = "t=1" if signed is None else sign(signed, KEY, timestamp=5 if late else None)
    with pytest.raises((WebhookSignatureError, DecodeError)) as caught:
        unwrap(body, {"TL-Signature": given}, KEY)
    assert shown(caught.value) == []
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        # Nor what the right signature would have been.
        assert not {"expected", "signatures"} & set(frame.f_locals)
    with pytest.raises(ConfigurationError) as misused:
        sign(body, KEY, timestamp=float("nan"))
    assert shown(misused.value) == []


async def test_no_inner_frame_shows_what_was_passed() -> None:
    def bulk(client: Any) -> Any:
        return client.tasks.create_bulk(index_id="i1", video_urls=[SIGNED, SIGNED])

    def create(client: TwelveLabs) -> object:
        return client.assets.create(method="url", url=SIGNED)

    async with ScriptedServer(answer(400, REPEATED)) as scripted:
        async with AsyncTwelveLabs(KEY, base_url=scripted.url) as client:
            for failure in (await bulk(client)).failures:
                assert shown(failure.error) == []

        def blocking(client: TwelveLabs) -> None:
            for failure in bulk(client).failures:
                raise failure.error

        assert [shown(failure) for failure in await failures_of(scripted, blocking)] == [[]]
        (failure,) = await failures_of(scripted, create)
    (found,) = shown(failure)
    assert found.endswith(" create.url")  # what you pass to a method is in its own frame
    assert "sync" in [
        Path(frame.f_code.co_filename).parent.parent.name
        for frame, _ in traceback.walk_tb(failure.__traceback__)
        if "url" in frame.f_locals
    ]
