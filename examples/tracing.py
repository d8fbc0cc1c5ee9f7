"""Trace a search and an analysis with OpenTelemetry, and print the spans and the metrics.

    TWELVE_LABS_API_KEY=... python examples/tracing.py INDEX_ID "a red car"

Needs ``pip install 'twelvelabs-async[otel]' opentelemetry-sdk``. For a collector, put the exporters
of ``opentelemetry-exporter-otlp`` in the place of those for the console.
"""

from __future__ import annotations

import asyncio
import sys

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.otel import Tracing


async def main(index_id: str, words: str) -> None:
    """Find the best clip, and have its film described."""
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    meters = MeterProvider([PeriodicExportingMetricReader(ConsoleMetricExporter())])
    try:
        with tracers.get_tracer("example").start_as_current_span("find and describe"):
            async with AsyncTwelveLabs(hooks=[Tracing(tracers, meters)]) as client:
                found = await client.search.create(
                    index_id=index_id, query_text=words, search_options=["visual"], page_limit=1
                )
                for clip in found.items:
                    async with client.analyze_stream(
                        video_id=clip.video_id, prompt="Describe the film in a sentence."
                    ) as stream:
                        sys.stderr.write(await stream.get_final_text() + "\n")
    finally:
        tracers.shutdown()
        meters.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
