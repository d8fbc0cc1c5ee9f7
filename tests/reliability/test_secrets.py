"""The key and presigned URLs are in nothing that is shown, logged, raised or sent elsewhere."""

from __future__ import annotations

import io
import json
import logging
import pickle
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support.clock import VirtualClock
from tests.support.pieces import Pieces
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime.headers import Secret
from twelvelabs_async._runtime.redaction import Redactor
from twelvelabs_async.errors import ConfigurationError, RedirectError, TwelveLabsError
from twelvelabs_async.options import Timeouts

pytestmark = pytest.mark.anyio

KEY = "tlk_THEKEY"
SIGNED = "https://bucket.example/part?X-Amz-Signature=THESIGNATURE&X-Amz-Credential=THECREDENTIAL"
QUERY = "/part?X-Amz-Signature=THESIGNATURE"
PART_HEADERS = {"x-signed": "THECREDENTIAL"}
SECRETS = ("THEKEY", "THESIGNATURE", "THECREDENTIAL", "THEGATEWAY")


def reachable(thing: object, seen: set[int]) -> Iterator[object]:
    """Everything that hangs on an exception: attributes, causes, contexts, notes, arguments."""
    if id(thing) in seen or isinstance(thing, type):
        return
    seen.add(id(thing))
    yield thing
    parts: list[Any] = []
    if isinstance(thing, dict):
        parts = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set):
        parts = list(thing)
    elif isinstance(thing, BaseException):
        parts = [thing.args, thing.__dict__, thing.__cause__, thing.__context__]
    elif hasattr(thing, "__dict__") and not callable(thing):
        parts = [vars(thing)]
    for part in parts:
        yield from reachable(part, seen)


def assert_silent(error: BaseException, *, repeated: bool = False) -> None:
    shown = [
        str(error),
        repr(error),
        "".join(traceback.format_exception(error)),
        *(repr(part) for part in reachable(error, set())),
        *(part for part in reachable(error, set()) if isinstance(part, str)),
    ]
    if isinstance(error, TwelveLabsError):
        shown.append(repr(pickle.dumps(error)))
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), type(again)) == (str(error), type(error))
        assert vars(again).keys() == vars(error).keys()
    for text in shown:
        for secret in SECRETS:
            assert secret not in text, text
    # Some tools show the variables of each frame: what the caller gave is there, and not the key.
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if not repeated and "/twelvelabs_async/" in frame.f_code.co_filename:
            assert "THEKEY" not in repr(frame.f_locals)
            assert "THEGATEWAY" not in repr(frame.f_locals)


REPEATS = (
    f'{{"code": "no", "message": "bad key {KEY} for {SIGNED}", "seen": ["{SIGNED}"]}}'.encode()
)
ESCAPED = REPEATS.replace(b"/", b"\\/")

ANSWERS: dict[str, Answer] = {
    "an error that repeats them": answer(400, REPEATS, {"X-Request-Id": KEY, "X-Seen": SIGNED}),
    "an error that escapes them": answer(500, ESCAPED),
    "a page that repeats them": answer(502, f"<a href='{SIGNED}'>{KEY}</a>".encode()),
    "a redirect to them": answer(302, b"", {"Location": SIGNED}),
    "an error with 200": answer(200, REPEATS),
    "no JSON": answer(200, f'["{SIGNED}'.encode()),
    "the key alone": answer(200, KEY.encode()),
    "an endless header": [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "close"],
    "no HTTP": [b"\x00\x01\r\n\r\n", "close"],
    "a reset": [b"", "reset"],
    "a close": [b"", "close"],
    "half an answer": [b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", "close"],
    "an event that repeats them": [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"
        + json.dumps({"event_type": "text_generation", "text": f"{KEY} {SIGNED}"}).encode()
        + b"\n",
        "close",
    ],
    "half chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "close"],
}


async def read(client: AsyncTwelveLabs) -> object:
    return await client.indexes.retrieve("i1")


async def create(client: AsyncTwelveLabs) -> object:
    return await client.assets.create(method="url", url=SIGNED)


async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


async def part(client: AsyncTwelveLabs) -> object:
    signed = client._core.base_url + QUERY
    return await client._core.put(signed, PART_HEADERS, Pieces(b"x" * 2_000_000))


@pytest.mark.parametrize("call", [read, create, stream, part])
@pytest.mark.parametrize("name", ANSWERS)
async def test_no_exception_has_them(
    name: str, call: Callable[[AsyncTwelveLabs], Awaitable[object]]
) -> None:
    settings: Any = {"clock": VirtualClock(), "headers": {"Authorization": "THEGATEWAY"}}
    answers = ANSWERS[name]
    if call is part and isinstance(answers, bytes):
        answers = answers.replace(b"THEKEY", b"ANYKEY")  # storage never gets it
    async with (
        ScriptedServer(answers) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, **settings) as client,
    ):
        try:
            await call(client)
        except TwelveLabsError as error:
            assert_silent(error, repeated="THEKEY" in repr(ANSWERS[name]))
        else:
            assert call is part  # a part's answer is not read
            assert "200" in str(ANSWERS[name])


async def test_no_exception_of_a_connection_has_them() -> None:
    settings: Any = {"timeout": Timeouts(connect=5.0), "max_retries": 0}
    for url in ("http://127.0.0.1:9/v1.3", "https://127.0.0.1:9/v1.3"):
        async with AsyncTwelveLabs(KEY, base_url=url, **settings) as client:
            for call in (read, create, stream, part):
                with pytest.raises(TwelveLabsError) as caught:
                    await call(client)
                assert_silent(caught.value)


async def test_no_log_at_any_level_has_them(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for answers in ANSWERS.values():
        async with (
            ScriptedServer(answers) as scripted,
            AsyncTwelveLabs(KEY, base_url=scripted.url, clock=VirtualClock()) as client,
        ):
            for call in (read, create, stream, part):
                try:
                    await call(client)
                except TwelveLabsError:
                    continue
    assert "twelvelabs_async" in {record.name for record in caplog.records}
    for record in caplog.records:
        text = record.getMessage() + repr(record.__dict__)
        assert not any(secret in text for secret in SECRETS), text


async def test_no_repr_has_them() -> None:
    async with (
        ScriptedServer(answer(200, b'{"_id": "i1"}')) as scripted,
        AsyncTwelveLabs(KEY, base_url=scripted.url, headers={"X": "THEGATEWAY"}) as client,
    ):
        raw = await client.with_raw_response(client.indexes.retrieve, "i1")
        things = [
            client,
            client._core,
            vars(client._core),
            client.indexes,
            client.indexes.list(),
            client.analyze_stream(video_id="v", prompt="p"),
            raw,
            client.indexes.with_raw_response,
            client.with_raw_response.analyze_stream(video_id="v", prompt="p"),
            client.with_options(headers={"Y": "THEGATEWAY"}),
        ]
        for thing in things:
            assert not any(secret in repr(thing) + str(thing) for secret in SECRETS)


async def test_the_key_goes_to_the_api_only() -> None:
    def elsewhere(received: Received) -> Answer:
        return answer(200, b"")

    async with ScriptedServer(elsewhere) as storage:
        redirect = answer(307, b"", {"Location": f"{storage.url}/in"})
        async with (
            ScriptedServer(redirect) as api,
            AsyncTwelveLabs(KEY, base_url=api.url) as client,
        ):
            for call in (read, create, stream):
                with pytest.raises(RedirectError, match=f"127.0.0.1:{storage.port}"):
                    await call(client)
            assert not storage.received
            await client._core.put(f"{storage.url}/part?sig=1", {"x-amz-a": "b"}, Pieces(b"x"))
            assert all(received.headers["x-api-key"] == KEY for received in api.received)
        (put,) = storage.received
        assert set(put.headers) <= {"host", "accept", "content-length", "x-amz-a"}
        assert put.target.endswith("/part?sig=1")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-B: c"},
        {"X-A": "b\nc"},
        {"X-A": "b\0c"},
        {"X-A\r\nX-B": "c"},
        {"X A": "b"},
        {"X-A:": "b"},
        {"": "b"},
        {"X-A": 7},
        {"X-A": None},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"Host": "elsewhere.example"},
    ],
    ids=repr,
)
async def test_headers_that_could_carry_another_are_refused(headers: Any) -> None:
    with pytest.raises(ConfigurationError):
        AsyncTwelveLabs("k", headers=headers)
    async with ScriptedServer(answer(200, b'{"_id": "i1"}')) as scripted:
        async with AsyncTwelveLabs("k", base_url=scripted.url) as client:
            with pytest.raises(ConfigurationError) as caught:
                await client.indexes.retrieve("i1", request_options={"additional_headers": headers})
            assert "X-B: c" not in str(caught.value)
            with pytest.raises(ConfigurationError):
                client.with_options(headers=headers)
        assert not scripted.received


@pytest.mark.parametrize(
    "key", ["", " ", "tlk_THEKEY\n", "tlk THEKEY\x7f", "tlk_THEKÉY", 7, b"tlk_THEKEY"]
)
def test_a_key_that_cannot_be_sent_is_refused_unseen(
    key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWELVE_LABS_API_KEY", raising=False)
    monkeypatch.delenv("TWELVELABS_API_KEY", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        AsyncTwelveLabs(key)
    assert "THE" not in str(caught.value)


def test_a_name_and_a_password_in_the_url_are_refused_unseen() -> None:
    with pytest.raises(ConfigurationError) as caught:
        AsyncTwelveLabs("k", base_url="https://user:THEKEY@host/v1.3")
    assert "THE" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.b/c?d=e now", "see https://a.b/c?[redacted] now"),
        ('{"url":"https://a.b/c?d=e","x":1}', '{"url":"https://a.b/c?[redacted]","x":1}'),
        ("https:\\/\\/a.b\\/c?d=e", "https:\\/\\/a.b\\/c?[redacted]"),
        ("https://u:p@a.b/c", "https://a.b/c"),
        ("what? no", "what? no"),
        ("a KEY b", "a [redacted] b"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert Redactor("KEY").text(text) == shown


def test_a_secret_is_text_but_for_its_repr() -> None:
    secret = Secret("abc")
    assert (secret, f"{secret}", str(secret), repr(secret)) == ("abc", "abc", "abc", "'[redacted]'")
    out = io.StringIO()
    print({"x-api-key": secret}, file=out)
    assert "abc" not in out.getvalue()
