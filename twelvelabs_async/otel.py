"""OpenTelemetry spans and metrics; needs ``opentelemetry-api``, the ``otel`` extra.

``AsyncTwelveLabs(hooks=[Tracing()])`` gives a span for each operation (a call, a stream to its last
event, an upload, a wait, an ingestion), a child of the span that is current where it begins. Within
it are those of its parts, and a client span for each attempt, whose context goes along in the
request's headers.

Operations of models have the attributes and the metrics of the conventions for generative AI
(https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), attempts those for HTTP clients
(https://opentelemetry.io/docs/specs/semconv/http/http-spans/). Prompts and answers are not
recorded, paths have no query, and nothing in a span is a secret.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.propagate import inject
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider

from ._runtime.hooks import LEFT, AttemptResult, Hooks, OperationInfo, RequestInfo

__all__ = ["Tracing"]

_SCOPE = "twelvelabs_async"
_PROVIDER = "twelvelabs"

# What the conventions call the operations of models, by the templates of their paths.
_MODEL_OPERATIONS = {
    "/analyze": "generate_content",
    "/embed": "embeddings",
    "/embed-v2": "embeddings",
    "/knowledge-stores/{knowledge_store_id}/search": "retrieval",
    "/responses": "chat",
    "/search": "retrieval",
}

# The buckets that the conventions advise: for seconds, and for tokens.
_SECONDS = [0.01 * 2**n for n in range(14)]
_TOKENS = [4**n for n in range(14)]


class Tracing(Hooks):
    """Hooks that make spans and metrics; the providers are the global ones by default."""

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="How long an operation of a model took.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="How many tokens an operation of a model read and wrote.",
            explicit_bucket_boundaries_advisory=_TOKENS,
        )
        self._spans: WeakKeyDictionary[RequestInfo, Span] = WeakKeyDictionary()
        self._operations: WeakKeyDictionary[OperationInfo, Span] = WeakKeyDictionary()

    # Operations

    def begin(self, operation: OperationInfo) -> None:
        """Start the operation's span."""
        attributes = _server(operation.base_url)
        name: str = operation.kind
        kind = SpanKind.INTERNAL
        if operation.template is not None and operation.method is not None:
            template = _template(operation.base_url, operation.template)
            attributes["http.request.method"] = operation.method
            attributes["url.template"] = template
            name = f"{operation.method} {template}"
        if model := _model_attributes(operation):
            attributes |= model
            kind = SpanKind.CLIENT
            name = " ".join(filter(None, (model["gen_ai.operation.name"], operation.model)))
        if operation.subject is not None:
            attributes["twelvelabs.subject"] = operation.subject
        if operation.size is not None:
            attributes["twelvelabs.upload.size"] = operation.size
        self._operations[operation] = self._tracer.start_span(
            name, kind=kind, attributes=attributes
        )

    def within(self, operation: OperationInfo) -> AbstractContextManager[Any]:
        """Make the operation's span the current one."""
        return trace.use_span(
            self._operations[operation], record_exception=False, set_status_on_exception=False
        )

    def end(self, operation: OperationInfo) -> None:
        """End the span with what came of the operation, and count it."""
        span = self._operations.pop(operation)
        usage = _usage(operation.result)
        for name, count in usage.items():
            span.set_attribute(f"gen_ai.usage.{name}_tokens", count)
        if reason := _within(operation.result, "finish_reason"):
            span.set_attribute("gen_ai.response.finish_reasons", [str(reason)])
        failure: dict[str, Any] = {}
        if operation.error is not None and not _left(operation.error):
            failure = {"error.type": _error_type(operation.error)}
            span.set_attributes(failure)
            span.set_status(StatusCode.ERROR)
        if model := _model_attributes(operation):
            counted = model | _server(operation.base_url)
            self._duration.record(operation.seconds, counted | failure)
            for name, count in usage.items():
                self._tokens.record(count, {**counted, "gen_ai.token.type": name})
        span.end()

    # Attempts

    def request(self, info: RequestInfo) -> None:
        """Start the span, and send its context along."""
        attributes = _server(info.base_url) | {
            "http.request.method": info.method,
            "url.full": info.base_url + info.path,
        }
        name = info.method
        if info.template is not None:
            attributes["url.template"] = template = _template(info.base_url, info.template)
            name = f"{info.method} {template}"
        if info.number:
            attributes["http.request.resend_count"] = info.number
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        self._spans[info] = span
        inject(info.headers, context=trace.set_span_in_context(span))

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """End the span with what came of the attempt."""
        span = self._spans.pop(info)
        if result.status is not None:
            span.set_attribute("http.response.status_code", result.status)
        if result.error is not None and not _left(result.error):
            refused = result.status is not None and result.status >= 400
            span.set_attribute(
                "error.type", str(result.status) if refused else _error_type(result.error)
            )
            span.set_status(StatusCode.ERROR)
        span.end()

    def retry(self, info: RequestInfo, result: AttemptResult) -> None:
        """A retry is seen by the next span's ``http.request.resend_count``."""


def _server(base_url: str) -> dict[str, Any]:
    address = urlsplit(base_url)
    return {
        "server.address": address.hostname or "",
        "server.port": address.port or (443 if address.scheme == "https" else 80),
    }


def _template(base_url: str, template: str) -> str:
    """The template of the whole path, with what the base URL has of it."""
    return urlsplit(base_url).path + template


def _left(error: BaseException) -> bool:
    """Whether this ended a page that was requested ahead, of a list that was left early."""
    return isinstance(error, CancelledError) and error.args == (LEFT,)


def _error_type(error: BaseException) -> str:
    return type(error).__qualname__


def _model_attributes(operation: OperationInfo) -> dict[str, Any]:
    """What the conventions say of an operation of a model; nothing of another."""
    if operation.method != "POST" or operation.template not in _MODEL_OPERATIONS:
        return {}
    attributes = {
        "gen_ai.operation.name": _MODEL_OPERATIONS[operation.template],
        "gen_ai.provider.name": _PROVIDER,
    }
    if operation.model is not None:
        attributes["gen_ai.request.model"] = operation.model
    return attributes


def _within(result: object, name: str) -> Any:
    """A field of a reply, or of where the last events of streams and finished tasks have it."""
    for place in (result, *(getattr(result, n, None) for n in ("metadata", "response", "result"))):
        if (found := getattr(place, name, None)) is not None:
            return found
    return None


def _usage(result: object) -> dict[str, int]:
    """The tokens that a reply counts, by ``"input"`` and ``"output"``."""
    usage = _within(result, "usage")
    made: dict[str, int] = {}
    for name in ("input", "output"):
        count: object = getattr(usage, f"{name}_tokens", None)
        if isinstance(count, Mapping):  # by kind of content
            count = sum(cast("Mapping[str, int]", count).values())
        if isinstance(count, int):
            made[name] = count
    return made
