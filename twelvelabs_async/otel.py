"""OpenTelemetry spans for calls; needs ``opentelemetry-api``, the ``otel`` extra.

``AsyncTwelveLabs(hooks=[Tracing()])`` gives a client span for each attempt, a child of the span
that is current where the call is made, by the conventions for HTTP clients
(https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and sends the trace's context along
in the request's headers. Paths have no query, and nothing in a span is a secret.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.propagate import inject
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider

from ._runtime.hooks import AttemptResult, Hooks, RequestInfo

__all__ = ["Tracing"]


class Tracing(Hooks):
    """Hooks that make a span of each attempt; `tracer_provider` is the global one by default."""

    def __init__(self, tracer_provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("twelvelabs_async", tracer_provider=tracer_provider)
        self._spans: WeakKeyDictionary[RequestInfo, Span] = WeakKeyDictionary()

    def request(self, info: RequestInfo) -> None:
        """Start the span, and send its context along."""
        address = urlsplit(info.base_url)
        attributes: dict[str, Any] = {
            "http.request.method": info.method,
            "server.address": address.hostname or "",
            "server.port": address.port or (443 if address.scheme == "https" else 80),
            "url.full": info.base_url + info.path,
        }
        if info.number:
            attributes["http.request.resend_count"] = info.number
        span = self._tracer.start_span(info.method, kind=SpanKind.CLIENT, attributes=attributes)
        self._spans[info] = span
        inject(info.headers, context=trace.set_span_in_context(span))

    def response(self, info: RequestInfo, result: AttemptResult) -> None:
        """End the span with what came of the attempt."""
        span = self._spans.pop(info)
        if result.status is not None:
            span.set_attribute("http.response.status_code", result.status)
        if result.error is not None:
            refused = result.status is not None and result.status >= 400
            name = str(result.status) if refused else type(result.error).__qualname__
            span.set_attribute("error.type", name)
            span.set_status(StatusCode.ERROR)
        span.end()

    def retry(self, info: RequestInfo, result: AttemptResult) -> None:
        """A retry is seen by the next span's ``http.request.resend_count``."""
