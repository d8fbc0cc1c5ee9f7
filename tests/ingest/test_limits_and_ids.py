"""A resumed run keeps to its limits, and what is odd in an answer fails that film only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.ingest.test_pipeline import agree, collect, rows
from tests.support.clock import VirtualClock
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.ingest import Concurrency, IngestProgress
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

pytestmark = pytest.mark.anyio
Films = Callable[[int], Path]
LIMIT = 5
INDEX: dict[str, Any] = {
    "index_name": "x",
    "models": [{"model_name": "marengo3.0", "model_options": ["visual"]}],
}


class _SandboxClock(VirtualClock):
    """A clock whose sleeps move the sandbox's on as well, and that counts what is not ready."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    async def sleep(self, seconds: float) -> None:
        self._sandbox.advance(seconds)
        await super().sleep(seconds)


@pytest.fixture
async def slow() -> AsyncIterator[tuple[Sandbox, AsyncTwelveLabs, str]]:
    """A service that takes its time to index, and has room for many films."""
    with Sandbox(timings=Timings.real(), settings=Settings(concurrent_indexing=50)) as sandbox:
        async with AsyncTwelveLabs(
            sandbox.api_key, base_url=sandbox.base_url, clock=_SandboxClock(sandbox)
        ) as client:
            index = await client.indexes.create(**INDEX)
            assert index.id is not None
            yield sandbox, client, index.id


@pytest.mark.parametrize("then", [LIMIT, 2, 1])
async def test_a_resumed_run_keeps_to_the_limit_of_indexing(
    slow: tuple[Sandbox, AsyncTwelveLabs, str], films: Films, tmp_path: Path, then: int
) -> None:
    sandbox, client, index_id = slow
    folder, journal = films(30), tmp_path / "journal.db"

    begun = anyio.Event()

    def on_progress(news: IngestProgress) -> None:
        if news.states.get("indexing", 0) >= LIMIT and news.states.get("processed", 0) >= 3:
            begun.set()

    async def first() -> None:
        await collect(
            client, index_id, folder, journal=journal,
            concurrency=Concurrency(indexing=LIMIT), on_progress=on_progress,
        )  # fmt: skip

    async with anyio.create_task_group() as group:
        group.start_soon(first)
        await begun.wait()
        group.cancel_scope.cancel()
    assert sandbox.indexing.running + sandbox.indexing.waiting == LIMIT
    before = {item.key for item in await rows(journal) if item.state == "indexing"}
    assert len(before) == LIMIT

    most = 0

    async def watch(news: IngestProgress) -> None:
        nonlocal most
        states = {item.key: item.state for item in await rows(journal)}
        held = [key for key, state in states.items() if state in ("submitting", "indexing")]
        if any(key not in before for key in held):
            most = max(most, len(held))

    results = await collect(
        client, index_id, folder, journal=journal, concurrency=Concurrency(indexing=then),
        on_progress=watch,
    )  # fmt: skip

    assert [result.status for result in results] == ["ready"] * 30
    assert most == then
    assert sandbox.indexing.most == LIMIT
    await agree(client, index_id, journal)


ODD: dict[str, Any] = {"empty": "", "a dot": ".", "dots": "..", "a number": 5, "a list": ["x"]}


@pytest.mark.parametrize("path", ["/assets", "/indexes/[^/]*/indexed-assets"])
@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_id_fails_only_its_film_and_nothing_is_made_twice(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path,
    path: str, kind: str,
) -> None:  # fmt: skip
    journal = tmp_path / "journal.db"
    sandbox.faults.add(
        "POST", path, nth=2, times=1, status=201, body={"_id": ODD[kind], "status": "processing"}
    )

    results = await collect(client, index_id, films(4), journal=journal)

    # An answer that cannot be read leaves it open whether something was made, so that is looked
    # for; nothing was.
    failed = [result for result in results if result.status != "ready"]
    assert len(results) == 4
    assert [result.reason for result in failed] in ([], ["malformed_response"])
    assert len(sandbox.requests.matching("POST", path)) <= 5


@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_row_in_a_list_holds_up_no_other_film(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path,
    kind: str,
) -> None:  # fmt: skip
    journal = tmp_path / "journal.db"
    row = {"_id": ODD[kind], "status": "ready", "created_at": 7}
    page = {"page": 1, "total_page": 1, "total_results": 1, "limit_per_page": 50}
    for path in ("/assets", "/indexes/[^/]*/indexed-assets"):
        sandbox.faults.add("GET", path, times=None, body={"data": [row], "page_info": page})

    results = await collect(client, index_id, films(4), journal=journal)

    assert [result.status for result in results] == ["ready"] * 4
    sandbox.faults.clear()
    await agree(client, index_id, journal)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_look_up_that_is_refused_fails_only_its_film(
    slow: tuple[Sandbox, AsyncTwelveLabs, str], films: Films, status: int
) -> None:
    sandbox, client, index_id = slow
    page = {"page": 1, "total_page": 1, "total_results": 0, "limit_per_page": 50}
    sandbox.faults.add("GET", "/assets", times=None, body={"data": [], "page_info": page})
    refused = sandbox.faults.add("GET", "/assets/[^/]+", nth=1, times=1, status=status)

    results = await collect(client, index_id, films(4))

    assert refused.hits == 1
    failed = [result.status for result in results if result.status != "ready"]
    # What is missing may be there a moment later.
    assert failed == ([] if status == 404 else ["failed"])
