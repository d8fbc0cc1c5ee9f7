"""Whatever happens, an upload ends whole, or in a state from which a second call makes it whole."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.clock import VirtualClock
from tests.support.upload_stub import KEY, Put, Stub
from twelvelabs_async import AsyncTwelveLabs, TwelveLabsError, UploadError

PUT_FAULTS = [
    "500",
    "503",
    "404",
    "reset",
    "lost",
    "no_etag",
    "expired403",
    "expired400",
    "redirect",
    "corrupt",
]
API_FAULTS = ["429", "500", "503", "lost"]
ROUTES = ["create", "urls", "report", "status", "list", "asset"]


class Schedule(NamedTuple):
    """One example."""

    size: int
    chunk_size: int
    initial_urls: int
    workers: int
    batch: int
    source: str
    resume: str
    put_faults: dict[tuple[int, int], str]
    api_faults: dict[tuple[str, int], str]
    cancel_at: int | None


schedules = st.builds(
    Schedule,
    size=st.integers(1, 3000),
    chunk_size=st.integers(40, 1500),
    initial_urls=st.integers(0, 12),
    workers=st.integers(1, 6),
    batch=st.integers(1, 50),
    source=st.sampled_from(["path", "bytes", "iterable"]),
    resume=st.sampled_from(["checkpoint", "upload_id"]),
    put_faults=st.dictionaries(
        st.tuples(st.integers(1, 40), st.integers(0, 2)), st.sampled_from(PUT_FAULTS), max_size=12
    ),
    api_faults=st.dictionaries(
        st.tuples(st.sampled_from(ROUTES), st.integers(0, 3)),
        st.sampled_from(API_FAULTS),
        max_size=5,
    ),
    cancel_at=st.none() | st.integers(1, 40),
)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 97):
        yield content[start : start + 97]


async def play(plan: Schedule, folder: Path) -> None:
    content = random.Random(plan.size).randbytes(plan.size)
    path = folder / "film.mp4"
    path.write_bytes(content)
    stub = Stub(VirtualClock(0.5))
    stub.chunk_size, stub.initial_urls = plan.chunk_size, plan.initial_urls
    stub.put_fault = lambda put: plan.put_faults.get((put.index, put.attempt))
    stub.api_fault = lambda route, n: plan.api_faults.get((route, n))
    checkpoint = folder / "checkpoint" if plan.resume == "checkpoint" else None

    async def call(client: AsyncTwelveLabs, upload_id: str | None) -> Any:
        source: Any = {"path": path, "bytes": content, "iterable": pieces(content)}[plan.source]
        return await client.multipart_upload.upload_file(
            source,
            filename="film.mp4",
            size=plan.size,
            max_workers=plan.workers,
            batch_size=plan.batch,
            max_retries=1,
            verify=True,
            checkpoint=checkpoint,
            upload_id=upload_id,
        )

    async with (
        stub.serve(),
        AsyncTwelveLabs(api_key=KEY, base_url=stub.base_url, clock=stub.clock) as client,
    ):
        task = asyncio.create_task(call(client, None))

        def cancel(put: Put) -> None:
            if len(stub.puts) == plan.cancel_at:
                task.cancel()

        stub.on_put = cancel
        upload_id = None
        end: Any
        (end,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(end, asyncio.CancelledError):
            upload_id = next(iter(stub.uploads))
        elif isinstance(end, UploadError):
            assert end.resumable
            assert end.upload_id in stub.uploads
            upload_id = end.upload_id
        elif isinstance(end, TwelveLabsError):
            assert not stub.puts  # before there was an upload
        else:
            assert not isinstance(end, BaseException), end
            assert stub.assets[end.asset_id] == content
            assert checkpoint is None or not checkpoint.exists()
            assert stub.violations == []
            return
        stub.put_fault = lambda put: None
        stub.api_fault = lambda route, n: None
        stub.on_put = lambda put: None
        known = set(stub.uploads[upload_id].reported) if upload_id else set[int]()
        if upload_id and len(known) == stub.uploads[upload_id].total:
            # All of it arrived, and only the answer was lost: the asset is there.
            assert stub.assets[stub.uploads[upload_id].asset_id] == content
            if checkpoint is None:
                return  # without a checkpoint nothing names the asset
        sent = len(stub.puts)
        result = await call(client, None if checkpoint else upload_id)
        assert stub.assets[result.asset_id] == content
        assert not {put.index for put in stub.puts[sent:]} & known
        assert stub.violations == []
        assert checkpoint is None or not checkpoint.exists()
        assert len([u for u in stub.uploads.values() if u.parts]) <= 1


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(schedules)
def test_an_upload_is_whole_or_can_be_made_whole(plan: Schedule) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(plan, Path(folder)))
