"""No variable of a frame that an exception leaves shows the key, or the secret of a URL.

Crash reporters record the local variables of every frame of a traceback.
"""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import twelvelabs_async
from tests.support.liar import Answer, Heard, Liar, answer, ok
from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async._runtime.async_body import BytesBody
from twelvelabs_async._runtime.secrets import SecretUrl
from twelvelabs_async.options import Timeouts

pytestmark = pytest.mark.anyio

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
                # A text is recorded as it is, also one whose repr hides it.
                texts = [repr(value), str(value)]
                if isinstance(value, dict):
                    texts += [str(item) for item in value.values()]
                if any(part in text for part in PARTS for text in texts):
                    found.append(f"{Path(name).name}:{line} {frame.f_code.co_name}.{variable}")
    return found


REPEATED = json.dumps({"code": "no", "message": f"{KEY} may not read {SIGNED}"}).encode()
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
async def pages(client: AsyncTwelveLabs) -> object:
    return [row async for row in client.indexes.list()]


@call
async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


@call
async def opened(client: AsyncTwelveLabs) -> object:
    async with client.analyze_stream(video_id="v1", prompt="what?") as events:
        return [event async for event in events]


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
    return await client._core.put(url, {}, BytesBody(b"x" * 2_000_000))


SETTINGS: dict[str, Any] = {"timeout": Timeouts(total=0.3, read=0.2), "max_retries": 0}


@pytest.mark.parametrize("call", ASYNC)
@pytest.mark.parametrize("answered", ANSWERS)
async def test_no_frame_of_a_failure_shows_a_secret(answered: str, call: str) -> None:
    async with (
        Liar(ANSWERS[answered]) as liar,
        AsyncTwelveLabs(KEY, base_url=liar.url, **SETTINGS) as client,
    ):
        try:
            async with asyncio.timeout(5):
                await ASYNC[call](client)
        except Exception as error:
            found = shown(error)
        else:
            found = []
        assert found == []


@pytest.mark.parametrize("call", ASYNC)
async def test_no_frame_of_a_cancelled_call_shows_a_secret(call: str) -> None:
    async with Liar(["hang"]) as liar, AsyncTwelveLabs(KEY, base_url=liar.url) as client:
        task = asyncio.ensure_future(ASYNC[call](client))
        while not liar.heard and not task.done():  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert shown(caught.value) == []


BLOCKING: dict[str, Callable[[TwelveLabs], object]] = {
    "read": lambda client: client.indexes.retrieve("i1"),
    "pages": lambda client: list(client.indexes.list()),
    "stream": lambda client: list(client.analyze_stream(video_id="v1", prompt="what?")),
    "wait": lambda client: client.assets.wait_until_ready("a", timeout=0.3, interval=0.1),
    "with_headers": lambda client: client.with_options(
        headers={"Authorization": f"Bearer {KEY}"}
    ).indexes.retrieve("i1"),
}


@pytest.mark.parametrize("call", BLOCKING)
@pytest.mark.parametrize("answered", ANSWERS)
async def test_no_frame_of_a_blocking_failure_shows_a_secret(answered: str, call: str) -> None:
    async with Liar(ANSWERS[answered]) as liar:
        failures: list[BaseException] = []

        def run() -> None:
            with TwelveLabs(KEY, base_url=liar.url, **SETTINGS) as client:
                try:
                    BLOCKING[call](client)
                except Exception as error:
                    failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        while thread.is_alive():  # noqa: ASYNC110  # it is no task
            await asyncio.sleep(0.005)
        for failure in failures:
            assert shown(failure) == []


def uploads(heard: Heard) -> Answer:
    """A session whose storage refuses every chunk."""
    if heard.method == "PUT":
        return answer(403, b"<Error><Code>Denied</Code><Message>" + SIGNED.encode() + b"</Message>")
    if heard.method == "POST" and heard.target.endswith("/multipart-uploads"):
        url = f"http://{heard.headers['host']}/part?X-Amz-Signature={SIGNATURE}"
        urls = [{"chunk_index": n, "url": url} for n in (1, 2)]
        session = {"upload_id": "u", "asset_id": "a", "chunk_size": 5_242_880, "total_chunks": 2}
        return ok({**session, "upload_urls": urls})
    return answer(400, REPEATED)


@pytest.mark.parametrize("size", [10, 6_000_000])
async def test_no_frame_of_a_failed_upload_shows_a_secret(size: int) -> None:
    async with Liar(uploads) as liar, AsyncTwelveLabs(KEY, base_url=liar.url) as client:
        with pytest.raises(Exception) as caught:  # whichever it is
            await client.multipart_upload.upload_file(
                b"x" * size, filename="x.mp4", max_retries=0, request_options={"max_retries": 0}
            )
        assert shown(caught.value) == []
