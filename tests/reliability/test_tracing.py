"""OpenTelemetry: the spans of operations and attempts, and the metrics, in both clients."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.operations import normal, operations
from tests.support.both import CLIENTS, Kind
from tests.support.clock import VirtualClock
from tests.support.scripted_server import ScriptedServer, answer, error, ok
from twelvelabs_async.errors import FailedError, InternalServerError, NotFoundError, StreamError
from twelvelabs_async.sandbox import Sandbox, Timings
from twelvelabs_async.sandbox.films import Scene, make_film

pytest.importorskip("opentelemetry.sdk", reason="the otel extra is not installed")

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from twelvelabs_async import otel
from twelvelabs_async.otel import Tracing

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]


class Recorder:
    """Keeps the spans and the metrics of the clients that have its hooks."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = tracers.get_tracer("test")
        self._meters = MeterProvider([self._reader])
        self.hooks = Tracing(tracers, self._meters)

    def close(self) -> None:
        self._meters.shutdown()

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans in the order of their beginnings."""
        spans = self._exporter.get_finished_spans()
        return sorted(spans, key=lambda span: (span.start_time, span.context.span_id))

    def tree(self) -> list[Any]:
        """The names of the spans: a name, or a name and those within it."""
        spans = self.spans

        def below(parent: int | None) -> list[Any]:
            made: list[Any] = []
            for span in spans:
                if (span.parent.span_id if span.parent else None) == parent:
                    inner = below(span.context.span_id)
                    made.append((span.name, inner) if inner else span.name)
            return made

        return below(None)

    def named(self, name: str) -> ReadableSpan:
        (span,) = [span for span in self.spans if span.name == name]
        return span

    def points(self) -> dict[str, list[Any]]:
        """The points of each metric."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


@pytest.fixture(params=CLIENTS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@asynccontextmanager
async def served(
    kind: Kind, recorder: Recorder, *answers: Any, **settings: Any
) -> AsyncIterator[tuple[Any, ScriptedServer]]:
    """A client with the recorder's hooks, of a server with these answers."""
    settings = {"clock": VirtualClock(), "hooks": [recorder.hooks], **settings}
    async with ScriptedServer(*answers) as scripted:
        async with CLIENTS[kind]("secret-key", base_url=scripted.url, **settings) as client:
            yield client, scripted


def reply(value: Mapping[str, Any]) -> Any:
    return answer(200, json.dumps(value).encode())


def lines(*events: Mapping[str, Any]) -> Any:
    return answer(200, b"".join(json.dumps(event).encode() + b"\n" for event in events))


START = {"event_type": "stream_start", "metadata": {"generation_id": "g1"}}
TEXT = {"event_type": "text_generation", "text": "a film"}
END = {
    "event_type": "stream_end",
    "finish_reason": "stop",
    "metadata": {"generation_id": "g1", "usage": {"output_tokens": 5, "input_tokens": 70}},
}


async def test_spans_by_the_conventions_for_http_clients(kind: Kind, recorder: Recorder) -> None:
    broken = [b"", "close"]
    async with served(kind, recorder, error(503), broken, ok()) as (client, scripted):
        with recorder.tracer.start_as_current_span("mine"):
            await client.indexes.retrieve("i1")
    name = "GET /v1.3/indexes/{index_id}"
    assert recorder.tree() == [("mine", [(name, [name] * 3)])]
    _, operation, *attempts = recorder.spans
    assert operation.kind is SpanKind.INTERNAL
    assert dict(operation.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": "/v1.3/indexes/{index_id}",
        "server.address": "127.0.0.1",
        "server.port": scripted.port,
    }
    for number, span in enumerate(attempts):
        assert span.kind is SpanKind.CLIENT
        attributes = dict(span.attributes or {})
        assert attributes["http.request.method"] == "GET"
        assert attributes["url.template"] == "/v1.3/indexes/{index_id}"
        assert attributes["server.address"] == "127.0.0.1"
        assert attributes["server.port"] == scripted.port
        assert attributes["url.full"] == f"http://127.0.0.1:{scripted.port}/v1.3/indexes/i1"
        assert attributes.get("http.request.resend_count", 0) == number
        trace_id = f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
        assert trace_id in scripted.received[number].headers["traceparent"]
    codes = [dict(span.attributes or {}).get("http.response.status_code") for span in attempts]
    errors = [dict(span.attributes or {}).get("error.type") for span in attempts]
    assert (codes, errors) == ([503, None, 200], ["503", "TransportError", None])
    assert [span.status.status_code.name for span in attempts] == ["ERROR", "ERROR", "UNSET"]
    assert operation.status.status_code.name == "UNSET"


async def test_an_analysis_has_its_model_its_tokens_and_its_metrics(
    kind: Kind, recorder: Recorder
) -> None:
    done = {
        "id": "g1",
        "data": "a film",
        "finish_reason": "stop",
        "usage": {"output_tokens": 12, "input_tokens": 340},
    }
    async with served(kind, recorder, reply(done)) as (client, scripted):
        await client.analyze(
            model_name="pegasus1.5",
            video={"type": "asset_id", "asset_id": "a1"},
            prompt="the prompt",
        )
    span = recorder.named("generate_content pegasus1.5")
    assert span.kind is SpanKind.CLIENT
    attributes = dict(span.attributes or {})
    assert attributes == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "twelvelabs",
        "gen_ai.request.model": "pegasus1.5",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 340,
        "gen_ai.usage.output_tokens": 12,
        "http.request.method": "POST",
        "url.template": "/v1.3/analyze",
        "server.address": "127.0.0.1",
        "server.port": scripted.port,
    }
    points = recorder.points()
    (duration,) = points["gen_ai.client.operation.duration"]
    counted = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "twelvelabs",
        "gen_ai.request.model": "pegasus1.5",
        "server.address": "127.0.0.1",
        "server.port": scripted.port,
    }
    assert dict(duration.attributes) == counted
    assert duration.count == 1
    assert list(duration.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    tokens = {p.attributes["gen_ai.token.type"]: p for p in points["gen_ai.client.token.usage"]}
    assert {name: point.sum for name, point in tokens.items()} == {"input": 340, "output": 12}
    assert list(tokens["input"].explicit_bounds)[:3] == [1, 4, 16]
    # Neither what was asked nor what was answered, and no key.
    for each in recorder.spans:
        assert not any(
            word in str(dict(each.attributes or {})) for word in ("the prompt", "film", "secret")
        )


async def test_a_stream_lasts_to_its_last_event(kind: Kind, recorder: Recorder) -> None:
    async with served(kind, recorder, lines(START, TEXT, END)) as (client, _):
        seen: list[int] = []
        stream = client.analyze_stream(video_id="v1", prompt="p")
        async for _event in stream:
            seen.append(len(recorder.spans))
            inside = trace.get_current_span()
            assert not inside.get_span_context().is_valid
    if kind == "asyncio":  # the blocking client reads ahead
        assert seen == [1, 1, 1]  # the attempt, whose answer has begun
    assert recorder.tree() == [("generate_content", ["POST /v1.3/analyze"])]
    attributes = recorder.named("generate_content").attributes or {}
    assert attributes["gen_ai.usage.input_tokens"] == 70
    assert attributes["gen_ai.usage.output_tokens"] == 5
    assert attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert len(recorder.points()["gen_ai.client.token.usage"]) == 2


async def test_a_stream_that_breaks_off_is_an_error(kind: Kind, recorder: Recorder) -> None:
    async with served(kind, recorder, lines(START, TEXT)) as (client, _):
        with pytest.raises(StreamError):
            async for _event in client.analyze_stream(video_id="v1", prompt="p"):
                pass
    span = recorder.named("generate_content")
    assert (span.attributes or {})["error.type"] == "StreamError"
    assert span.status.status_code.name == "ERROR"


async def test_a_stream_that_is_refused_or_left_ends_its_span(
    kind: Kind, recorder: Recorder
) -> None:
    # What follows is still to come when it is left.
    silent = [lines(START, TEXT, END)[:-20], "hang"]
    async with served(kind, recorder, error(404), silent) as (client, _):
        with pytest.raises(NotFoundError):
            async for _event in client.analyze_stream(video_id="v1", prompt="p"):
                pass
        async with client.analyze_stream(video_id="v1", prompt="p") as stream:
            async for _event in stream:
                break
    refused, left = [span for span in recorder.spans if span.name == "generate_content"]
    assert (refused.attributes or {})["error.type"] == "NotFoundError"
    assert "error.type" not in (left.attributes or {})
    assert left.status.status_code.name == "UNSET"


async def test_embeddings_count_the_tokens_of_each_kind(kind: Kind, recorder: Recorder) -> None:
    made = {"data": [], "usage": {"input_tokens": {"text": 3, "image": 40}, "truncated": False}}
    async with served(kind, recorder, reply(made)) as (client, _):
        await client.embed.v_2.create(
            input_type="text", model_name="marengo3.5", text={"input_text": "x"}
        )
    attributes = recorder.named("embeddings marengo3.5").attributes or {}
    assert attributes["gen_ai.usage.input_tokens"] == 43
    assert "gen_ai.usage.output_tokens" not in attributes


async def test_a_search_is_a_retrieval_and_each_page_a_call(kind: Kind, recorder: Recorder) -> None:
    first = {"data": [], "page_info": {"next_page_token": "t2"}}
    async with served(kind, recorder, reply(first), reply({"data": []})) as (client, _):
        hits = client.search.query(index_id="i1", search_options=["visual"], query_text="x")
        assert [hit async for hit in hits] == []
    page = "GET /v1.3/search/{page_token}"
    assert recorder.tree() == [("retrieval", ["POST /v1.3/search"]), (page, [page])]


async def test_an_error_is_that_of_the_operation_and_of_its_last_attempt(
    kind: Kind, recorder: Recorder
) -> None:
    async with served(kind, recorder, *[error(500)] * 3) as (client, _):
        with pytest.raises(InternalServerError):
            await client.search.create(index_id="i1", search_options=["visual"], query_text="x")
    span = recorder.named("retrieval")
    assert (span.attributes or {})["error.type"] == "InternalServerError"
    assert span.status.status_code.name == "ERROR"
    assert not span.events  # no traceback, whose text may hold what was sent
    (point,) = recorder.points()["gen_ai.client.operation.duration"]
    assert point.attributes["error.type"] == "InternalServerError"


@pytest.mark.parametrize("status", ["ready", "failed"])
async def test_a_wait_has_its_polls_within(kind: Kind, recorder: Recorder, status: str) -> None:
    states = [reply({"_id": "t1", "status": state}) for state in ("indexing", status)]
    async with served(kind, recorder, *states) as (client, _):
        if status == "failed":
            with pytest.raises(FailedError):
                await client.tasks.wait_until_ready("t1")
        else:
            await client.tasks.wait_until_ready("t1")
    poll = "GET /v1.3/tasks/{task_id}"
    assert recorder.tree() == [("wait", [(poll, [poll])] * 2)]
    wait = recorder.named("wait")
    assert (wait.attributes or {})["twelvelabs.subject"] == "task t1"
    assert (wait.attributes or {}).get("error.type") == (
        "FailedError" if status == "failed" else None
    )


async def test_an_upload_and_an_ingestion_have_their_parts_within(
    kind: Kind, recorder: Recorder, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "a.mp4", [Scene(seconds=4.2)], size=(360, 360), fps=5)
    with Sandbox(timings=Timings.none()) as sandbox:
        async with CLIENTS[kind](
            sandbox.api_key, base_url=sandbox.base_url, hooks=[recorder.hooks]
        ) as client:
            with recorder.tracer.start_as_current_span("mine"):
                await client.multipart_upload.upload_file(b"x" * 1000, filename="a.mp4")
            index = await client.indexes.create(
                index_name="x",
                models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
            )
            rows = [row async for row in client.ingest(index.id, film)]
        assert [row.status for row in rows] == ["ready"]
    (name, (upload,)), _, (ingest, parts) = recorder.tree()
    assert (name, upload[0], ingest) == ("mine", "upload", "ingest")
    parts_of_upload: dict[Any, Any] = dict(
        part if isinstance(part, tuple) else (part, []) for part in upload[1]
    )
    sent = "POST /v1.3/assets/multipart-uploads"
    assert parts_of_upload[sent] == [sent]
    assert "PUT" in parts_of_upload  # storage's path is no template, and is not named
    assert parts[0] == ("GET /v1.3/indexes/{index_id}", ["GET /v1.3/indexes/{index_id}"])
    # The tasks of its stages, too, are within it.
    calls = {part if isinstance(part, str) else part[0] for part in parts}
    indexed = "POST /v1.3/indexes/{index_id}/indexed-assets"
    assert {"POST /v1.3/assets", indexed} <= calls
    span = recorder.named("upload")
    assert (span.attributes or {})["twelvelabs.upload.size"] == 1000
    put = recorder.named("PUT")
    assert "url.template" not in (put.attributes or {})
    assert "?" not in str((put.attributes or {})["url.full"])


async def test_concurrent_calls_have_the_parent_that_their_task_was_made_in(
    recorder: Recorder,
) -> None:
    async with served("asyncio", recorder, *[ok()] * 4) as (client, _):

        async def work(name: str) -> None:
            with recorder.tracer.start_as_current_span(name):
                await asyncio.gather(*(client.indexes.retrieve("i1") for _ in range(2)))

        await asyncio.gather(*(asyncio.create_task(work(name)) for name in ("one", "two")))
        assert not trace.get_current_span().get_span_context().is_valid
    call = "GET /v1.3/indexes/{index_id}"
    assert sorted(recorder.tree()) == [(name, [(call, [call])] * 2) for name in ("one", "two")]


async def test_a_cancelled_call_ends_its_spans(recorder: Recorder) -> None:
    async with served("asyncio", recorder, ["hang"]) as (client, scripted):
        call = asyncio.create_task(client.indexes.retrieve("i1"))
        while not scripted.received:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    assert [(span.attributes or {})["error.type"] for span in recorder.spans] == [
        "CancelledError"
    ] * 2


async def test_a_page_that_was_requested_ahead_and_not_used_is_no_error(
    kind: Any, recorder: Recorder
) -> None:
    first = {"data": [{"_id": "i1"}], "page_info": {"page": 1, "total_page": 2}}
    async with served(kind, recorder, reply(first), "hang") as (client, scripted):
        rows = aiter(await client.indexes.list())
        assert (await anext(rows)).id == "i1"
        while len(scripted.received) < 2:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        await rows.aclose()
    page, ahead = [span for span in recorder.spans if span.parent is None]
    assert page.name == ahead.name == "GET /v1.3/indexes"
    for span in recorder.spans:
        assert "error.type" not in (span.attributes or {})
        assert span.status.status_code.name == "UNSET"


def test_the_operations_of_models_are_calls_of_the_package() -> None:
    known: Sequence[str] = [f"{operation.verb} {operation.path}" for operation in operations()]
    for template in otel._MODEL_OPERATIONS:
        assert normal(f"POST {template}") in known


async def test_the_example_prints_its_spans_and_metrics() -> None:
    found = {"data": [{"video_id": "v1", "start": 0.0, "end": 1.0, "rank": 1}]}
    async with ScriptedServer(reply(found), lines(START, TEXT, END)) as scripted:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", str(ROOT / "examples/tracing.py"), "i1", "a red car"),
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TWELVE_LABS_API_KEY": "k",
                "TWELVELABS_BASE_URL": scripted.url,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await program.communicate()
    assert (program.returncode, err.decode()) == (0, "a film\n")
    for name in ("find and describe", "retrieval", "generate_content", "gen_ai.client.token.usage"):
        assert f'"name": "{name}"' in out.decode()
