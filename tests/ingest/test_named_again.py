"""A film that several sources of a run name is sent once, with the metadata of all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from twelvelabs_async import AsyncTwelveLabs, TwelveLabs
from twelvelabs_async.ingest import IngestProgress, IngestResult, Source
from twelvelabs_async.sandbox import Sandbox

pytestmark = pytest.mark.anyio
Films = Callable[[int], Path]


async def collect(client: AsyncTwelveLabs, *given: Any, **options: Any) -> list[IngestResult]:
    return [result async for result in client.ingest(*given, **options)]


async def in_index(client: AsyncTwelveLabs, index_id: str) -> list[Any]:
    rows: Any = client.indexes.indexed_assets.list(index_id, page_limit=50)
    return [row.user_metadata async for row in rows]


FILM = "films/film-00000.mp4"
TITLE = {"title": "one"}
TWO = {"title": "two", "year": "1999"}
ORDERS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "a folder and a manifest": (["films/", "more.csv"], TITLE),
    "a manifest and a folder": (["more.csv", "films/"], TITLE),
    "a pattern and a manifest": (["films/*.mp4", "more.csv"], TITLE),
    "a path and a source": ([FILM, Source(FILM, None, TITLE)], TITLE),
    "rows of one manifest": (["twice.csv"], TWO),
    "two manifests": (["twice.csv", "more.csv"], {"title": "one", "year": "1999"}),
    "two manifests in the other order": (["more.csv", "twice.csv"], TWO),
}  # fmt: skip


def lay(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("more.csv").write_text(f"source,title\n{FILM},one\n")
    Path("twice.csv").write_text(f"source,title,year\n{FILM},zero,1999\n{FILM},two,\n")


@pytest.mark.parametrize("order", ORDERS)
async def test_a_film_gets_the_metadata_of_each_source_that_names_it(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path, sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch, order: str,
) -> None:  # fmt: skip
    films(1)
    lay(tmp_path, monkeypatch)
    sources, metadata = ORDERS[order]
    (result,) = await collect(client, index_id, sources)
    assert (result.status, result.user_metadata) == ("ready", metadata)
    assert await in_index(client, index_id) == [metadata]
    assert len(sandbox.requests.matching("POST", "/assets")) == 1


async def test_the_same_on_the_blocking_client(
    sandbox: Sandbox, films: Films, tmp_path: Path, index_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    films(1)
    lay(tmp_path, monkeypatch)

    def work() -> list[Any]:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            results = client.ingest(index_id, ["films/", "more.csv"])
            return [result.user_metadata for result in results]

    assert await anyio.to_thread.run_sync(work) == [TITLE]


async def test_films_get_their_metadata_in_whatever_stage_they_are(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    # More than is listed in one step: some are sent, and some ready, before they are named again.
    paths = sorted(films(80).iterdir())
    sources = [*paths, *(Source(path, None, {"name": path.name}) for path in paths)]
    results = await collect(client, index_id, sources, journal=tmp_path / "journal.db")
    last = {result.source: result.user_metadata for result in results}
    assert last == {str(path): {"name": path.name} for path in paths}
    names = sorted(row["name"] for row in await in_index(client, index_id))
    assert names == [path.name for path in paths]


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("before", [None, {"shelf": 1, "row": 1}])
async def test_a_film_that_is_ready_when_it_is_named_again_gets_a_further_result(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path, earlier: bool,
    before: dict[str, Any] | None,
) -> None:  # fmt: skip
    (path,) = films(1).iterdir()
    journal = tmp_path / "journal.db"
    if earlier:
        await collect(client, index_id, Source(path, None, before), journal=journal)
    is_ready = threading.Event()

    def late() -> Iterator[Source]:
        yield Source(path, None, before)
        yield from map(Source, ["missing.mp4"] * 63)  # the rest of a step
        assert is_ready.wait(60)
        yield Source(path, None, {"shelf": 2})

    given: list[IngestResult] = []
    news: list[IngestProgress] = []
    async for result in client.ingest(index_id, late(), journal=journal, on_progress=news.append):
        if result.status == "ready":
            given.append(result)
            is_ready.set()

    after = {**(before or {}), "shelf": 2}
    assert [(result.earlier, result.user_metadata) for result in given] == [
        (earlier, before),
        (False, after),
    ]
    assert await in_index(client, index_id) == [after]
    assert min(each.ended for each in news) >= 0
    assert news[-1].ended == 2  # the film, and the one that is missing


async def test_the_next_run_of_the_same_sources_changes_nothing(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    sources = [Source(film, None, {"shelf": 1}), Source(film, None, {"row": 2})]
    journal = tmp_path / "journal.db"
    await collect(client, index_id, sources, journal=journal)
    sandbox.requests.clear()
    (again,) = await collect(client, index_id, sources, journal=journal)
    assert (again.earlier, again.user_metadata) == (True, {"shelf": 1, "row": 2})
    assert [record.method for record in sandbox.requests] == ["GET"]


@pytest.mark.parametrize("earlier", [False, True])
async def test_metadata_that_cannot_be_sent_is_reported_though_the_film_is_sent(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path, earlier: bool
) -> None:
    journal, bad = tmp_path / "journal.db", Source(film, None, {"shelf": {"row": 1}})
    if earlier:
        await collect(client, index_id, film, journal=journal)
    results = await collect(client, index_id, [bad] if earlier else [film, bad], journal=journal)
    assert {(result.status, result.reason) for result in results} == {
        ("ready", None),
        ("refused", "metadata_invalid"),
    }
