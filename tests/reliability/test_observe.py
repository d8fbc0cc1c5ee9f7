"""What can be seen of a call: its log, its hooks, its spans."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.clock import VirtualClock
from tests.support.scripted_server import ScriptedServer, answer, error, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime.hooks import AttemptResult, Hooks, OperationInfo, RequestInfo
from twelvelabs_async._runtime.log import log, log_as_asked
from twelvelabs_async.errors import (
    ApiError,
    ConfigurationError,
    ServiceUnavailableError,
    TransportError,
)

pytestmark = pytest.mark.anyio


async def retrieve(*answers: Any, **settings: Any) -> ScriptedServer:
    async with (
        ScriptedServer(*answers) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=VirtualClock(), **settings) as client,
    ):
        await client.indexes.retrieve("i1")
        return scripted


async def test_a_line_for_each_attempt_and_a_warning_for_each_retry(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "twelvelabs_async")
    await retrieve(error(503), [b"", "close"], ok())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "GET /indexes/i1: 503 in 0 ms, attempt 1"),
        ("WARNING", "GET /indexes/i1: 503, attempt 2 of 3 in 0.5 s"),
        ("DEBUG", "GET /indexes/i1: TransportError in 0 ms, attempt 2"),
        ("WARNING", "GET /indexes/i1: TransportError, attempt 3 of 3 in 1.0 s"),
        ("DEBUG", "GET /indexes/i1: 200 in 0 ms, attempt 3"),
    ]
    assert {record.name for record in caplog.records} == {"twelvelabs_async"}


def test_the_environment_asks_for_the_log() -> None:
    program = (
        "import logging, twelvelabs_async as t\n"
        "for _ in range(3): t.AsyncTwelveLabs('k')\n"
        "logging.getLogger('twelvelabs_async').debug('seen')\n"
        "logging.getLogger('another').debug('not seen')\n"
    )
    for level, lines in (("debug", 1), ("WARNING", 0), ("", 0)):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"TWELVELABS_LOG": level, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr.count("DEBUG twelvelabs_async: seen") == lines
        assert "not seen" not in done.stderr


def test_a_level_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWELVELABS_LOG", "loud")
    with pytest.raises(ConfigurationError, match="TWELVELABS_LOG"):
        AsyncTwelveLabs("k")
    monkeypatch.delenv("TWELVELABS_LOG")
    log_as_asked()
    assert log.level == logging.NOTSET


class Noting(Hooks):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def request(self, info: RequestInfo) -> None:
        self.seen.append(("request", info.number))
        info.headers["X-Trace"] = f"t{info.number}"

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        self.seen.append(("response", info.number, result.status, type(result.error)))

    def retry(self, info: RequestInfo, result: AttemptResult) -> None:
        self.seen.append(("retry", info.number, result.retry_in))


async def test_hooks_for_request_response_and_retry() -> None:
    noting = Noting()
    scripted = await retrieve(error(503), [b"", "close"], ok(), hooks=[noting])
    assert noting.seen == [
        ("request", 0),
        ("response", 0, 503, ServiceUnavailableError),
        ("retry", 0, 0.5),
        ("request", 1),
        ("response", 1, None, TransportError),
        ("retry", 1, 1.0),
        ("request", 2),
        ("response", 2, 200, type(None)),
    ]
    assert [received.headers["x-trace"] for received in scripted.received] == ["t0", "t1", "t2"]


async def test_on_exchange_gets_each_attempt() -> None:
    seen: list[AttemptResult] = []
    await retrieve(error(429), answer(200, b'{"_id": "i1"}', {"X-A": "b"}), on_exchange=seen.append)
    first, last = seen
    assert (first.method, first.path, first.attempt, first.status) == ("GET", "/indexes/i1", 0, 429)
    assert isinstance(first.error, ApiError)
    assert first.retry_in == 0.5
    assert (last.attempt, last.status, last.error, last.retry_in) == (1, 200, None, None)
    assert last.headers["x-a"] == "b"


async def test_a_result_has_the_rate_limit_that_counts_the_call() -> None:
    seen: list[AttemptResult] = []
    video = answer(200, b'{"_id": "a1"}')
    rows = answer(200, b'{"data": [], "page_info": {}}')
    async with (
        ScriptedServer(video, video, rows) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, on_exchange=seen.append) as client,
    ):
        await client.assets.create(method="url", url="https://films.test/a.mp4")
        await client.indexes.retrieve("i1")
        await client.search.create(index_id="i1", search_options=["visual"], query_text="red")
    assert [result.category for result in seen] == ["upload", None, "search"]


async def test_hooks_of_a_child_are_called_after_its_parents() -> None:
    names: list[str] = []
    async with (
        ScriptedServer(ok()) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, on_exchange=lambda _: names.append("parent")
        ) as client,
    ):
        child = client.with_options(on_exchange=lambda _: names.append("child"))
        await child.indexes.retrieve("i1")
        await client.indexes.retrieve("i1")
    assert names == ["parent", "child", "parent"]


async def test_a_fault_in_a_hook_does_the_call_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Hooks):
        def request(self, info: RequestInfo) -> None:
            raise KeyError("a fault")

        response = retry = request  # type: ignore[assignment]  # one body for all

    scripted = await retrieve(error(503), ok(), hooks=[Faulty()])
    assert len(scripted.received) == 2
    assert caplog.text.count("a hook failed") == 5


async def test_hooks_for_operations_are_around_those_of_their_attempts() -> None:
    seen: list[Any] = []

    class Watching(Noting):
        def begin(self, operation: OperationInfo) -> None:
            seen.append((operation.kind, operation.method, operation.template))

        @contextmanager
        def within(self, operation: OperationInfo) -> Iterator[None]:
            seen.append("in")
            yield
            seen.append("out")

        def end(self, operation: OperationInfo) -> None:
            seen.append((operation.result.id, operation.error, operation.seconds))

    watching = Watching()
    watching.seen = seen
    await retrieve(error(503), ok(), hooks=[watching])
    kinds = [each[0] if each[0] in ("request", "response", "retry") else each for each in seen]
    assert kinds == [
        ("call", "GET", "/indexes/{index_id}"),
        *("in", "request", "response", "retry", "request", "response", "out"),
        ("i1", None, 0.5),
    ]


@pytest.mark.parametrize("leaving", [False, True])
async def test_a_fault_in_a_hook_for_operations_does_the_call_no_harm(
    leaving: bool, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(Hooks):
        def begin(self, operation: OperationInfo) -> None:
            raise KeyError("a fault")

        end = begin

        @contextmanager
        def within(self, operation: OperationInfo) -> Iterator[None]:
            if leaving:
                yield
            raise KeyError("a fault")

    await retrieve(ok(), hooks=[Faulty()])
    assert caplog.text.count("a hook failed") == 3


async def test_a_hook_hears_of_a_cancelled_attempt() -> None:
    noting = Noting()
    async with (
        ScriptedServer(["hang"]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, hooks=[noting]) as client,
    ):
        call = asyncio.create_task(client.indexes.retrieve("i1"))
        while not scripted.received:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    assert noting.seen == [("request", 0), ("response", 0, None, asyncio.CancelledError)]


def test_spans_are_free_when_not_installed() -> None:
    program = (
        "import sys, twelvelabs_async as t\n"
        "t.AsyncTwelveLabs('k').indexes\n"
        "assert not any(name.startswith('opentelemetry') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
