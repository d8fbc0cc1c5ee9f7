"""The results of films: each is on the service once, and reported as it is."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.support.chains import holds_itself
from twelvelabs_async import (
    AsyncTwelveLabs,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    NotFoundError,
    TwelveLabs,
    UnauthorizedError,
)
from twelvelabs_async.ingest import (
    Concurrency,
    IngestProgress,
    IngestResult,
    JournalError,
    JournalInUseError,
    Source,
)
from twelvelabs_async.ingest import engine as engine_module
from twelvelabs_async.ingest import journal as journal_module
from twelvelabs_async.ingest.items import MARK, Item
from twelvelabs_async.ingest.journal import read_items
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.films import Scene, make_film

pytestmark = pytest.mark.anyio
Films = Callable[[int], Path]


async def collect(client: AsyncTwelveLabs, *given: Any, **options: Any) -> list[IngestResult]:
    return [result async for result in client.ingest(*given, **options)]


async def rows(journal: Path) -> list[Item]:
    return await anyio.to_thread.run_sync(lambda: list(read_items(journal)))


async def on_server(client: AsyncTwelveLabs, index_id: str) -> tuple[dict[str, str], list[Any]]:
    """Each item's asset, and what is in the index. No item may have two assets."""
    assets: dict[str, str] = {}
    async for asset in client.assets.list(page_limit=50):
        key = (asset.user_metadata or {})[MARK]
        assert key not in assets, f"{asset.filename} was uploaded twice"
        assets[key] = asset.id
    indexed = [row async for row in client.indexes.indexed_assets.list(index_id, page_limit=50)]
    once = Counter(row.asset_id for row in indexed)
    assert not [asset_id for asset_id, count in once.items() if count > 1]
    return assets, indexed


async def agree(client: AsyncTwelveLabs, index_id: str, journal: Path) -> None:
    """The journal and the server say the same of every item."""
    assets, indexed = await on_server(client, index_id)
    items = await rows(journal)
    assert {item.key: item.asset_id for item in items if item.asset_id} == assets
    assert {item.indexed_asset_id: item.asset_id for item in items if item.indexed_asset_id} == {
        row.id: row.asset_id for row in indexed
    }
    ready = {row.id for row in indexed if row.status == "ready"}
    assert {item.indexed_asset_id for item in items if item.state == "ready"} == ready


async def test_films_become_ready_and_get_their_metadata(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder = films(3)
    sources = [
        Source(path, user_metadata={"number": number, "good": True})
        for number, path in enumerate(sorted(folder.iterdir()))
    ]
    journal = tmp_path / "journal.db"

    results = await collect(client, index_id, sources, journal=journal)

    assert [result.status for result in results] == ["ready"] * 3
    assert {result.source for result in results} == {source.location for source in sources}
    for result in results:
        assert result.indexed_asset_id is not None
        item = await client.indexes.indexed_assets.retrieve(index_id, result.indexed_asset_id)
        assert item.asset_id == result.asset_id
        assert item.user_metadata == result.user_metadata
    await agree(client, index_id, journal)


async def test_what_the_service_would_not_take_is_never_sent(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    make_film(tmp_path / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    make_film(tmp_path / "short.mp4", [Scene(seconds=2)], size=(360, 360), fps=5)
    make_film(tmp_path / "wide.mp4", [Scene(seconds=5)], size=(1000, 360), fps=5)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no film")
    names = ["small", "short", "wide", "empty", "text", "missing"]

    results = await collect(client, index_id, [tmp_path / f"{name}.mp4" for name in names])

    assert {Path(result.source).stem: (result.status, result.reason) for result in results} == {
        "small": ("refused", "video_resolution_too_low"),
        "short": ("refused", "video_duration_too_short"),
        "wide": ("refused", "video_resolution_invalid_aspect_ratio"),
        "empty": ("refused", "video_file_broken"),
        "text": ("refused", "unsupported_file_type"),
        "missing": ("refused", "source_missing"),
    }
    assert all(result.message for result in results)
    assert sandbox.requests.matching("POST", "/assets") == []


async def test_what_the_service_refuses_has_failed_with_its_reason(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path
) -> None:
    make_film(tmp_path / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    (tmp_path / "text.mp4").write_text("this is no film")

    results = await collect(
        client, index_id, [tmp_path / "small.mp4", tmp_path / "text.mp4", film], checks=False
    )

    by_name = {Path(result.source).name: result for result in results}
    assert by_name["small.mp4"].reason == "video_resolution_too_low"
    assert (by_name["small.mp4"].status, by_name["small.mp4"].stage) == ("failed", "submitting")
    assert by_name["text.mp4"].reason == "asset_failed"
    assert by_name["film.mp4"].status == "ready"


async def test_a_second_run_makes_nothing_and_reports_all_again(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(5), tmp_path / "journal.db"
    first = await collect(client, index_id, folder, journal=journal)
    sandbox.requests.clear()

    again = await collect(client, index_id, [folder, folder / "*.mp4"], journal=journal)

    assert [(record.method, record.path) for record in sandbox.requests] == [
        ("GET", f"/indexes/{index_id}")
    ]
    assert all(result.earlier for result in again)
    assert not any(result.earlier for result in first)
    assert {r.source: r.indexed_asset_id for r in again} == {
        r.source: r.indexed_asset_id for r in first
    }


async def test_a_changed_file_is_a_new_item(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path
) -> None:
    path, journal = tmp_path / "one.mp4", tmp_path / "journal.db"
    path.write_bytes(film.read_bytes())
    await collect(client, index_id, path, journal=journal)
    path.write_bytes(film.read_bytes() + b"\0" * 8)

    (result,) = await collect(client, index_id, path, journal=journal)

    assert (result.status, result.earlier) == ("ready", False)
    assert [item.state for item in await rows(journal)] == ["ready", "ready"]
    await agree(client, index_id, journal)


async def test_a_film_that_was_missing_takes_its_own_place(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path
) -> None:
    path, journal = tmp_path / "late.mp4", tmp_path / "journal.db"
    await collect(client, index_id, path, journal=journal)
    os.link(film, path)

    (result,) = await collect(client, index_id, path, journal=journal)

    assert result.status == "ready"
    assert sorted(item.state for item in await rows(journal)) == ["ready", "replaced"]


async def test_new_metadata_of_a_film_that_is_ready_is_set(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.db"
    await collect(client, index_id, Source(film, None, {"shelf": 1}), journal=journal)
    sandbox.requests.clear()

    (result,) = await collect(client, index_id, Source(film, None, {"shelf": 2}), journal=journal)

    assert (result.status, result.user_metadata) == ("ready", {"shelf": 2})
    assert result.indexed_asset_id is not None
    assert [r.method for r in sandbox.requests] == ["GET", "PATCH"]
    item = await client.indexes.indexed_assets.retrieve(index_id, result.indexed_asset_id)
    assert item.user_metadata == {"shelf": 2}


async def test_dates_in_metadata_are_text_and_no_news_to_the_next_run(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    journal, source = tmp_path / "journal.db", Source(film, None, {"day": date(2026, 1, 2)})
    (result,) = await collect(client, index_id, source, journal=journal)
    assert (result.status, result.user_metadata) == ("ready", {"day": "2026-01-02"})
    sandbox.requests.clear()
    await collect(client, index_id, source, journal=journal)
    assert [record.method for record in sandbox.requests] == ["GET"]


async def test_a_url_is_fetched_by_the_service(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path
) -> None:
    await collect(client, index_id, film)
    asset = (await client.assets.list()).items[0]
    assert asset.url is not None
    secret = asset.url.partition("?")[2]

    (result,) = await collect(client, index_id, asset.url)

    assert (result.status, result.source) == ("ready", asset.url)
    assert secret
    assert secret not in repr(result)
    fields = sandbox.requests.matching("POST", "/assets")[-1].fields()
    assert fields["method"] == ["url"]


async def test_a_large_file_goes_up_in_chunks(
    sandbox: Sandbox, client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(engine_module, "DIRECT_MOST", 1000)
    journal = tmp_path / "journal.db"
    seen: list[IngestProgress] = []

    (result,) = await collect(client, index_id, film, journal=journal, on_progress=seen.append)

    assert result.status == "ready"
    assert sandbox.requests.matching("POST", "/assets") == []
    assert len(sandbox.requests.matching("POST", "/assets/multipart-uploads")) == 1
    assert seen[-1].bytes_sent == film.stat().st_size
    await agree(client, index_id, journal)


async def test_an_upload_in_chunks_resumes_where_it_was(
    tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "DIRECT_MOST", 1000)
    path, journal = tmp_path / "large.mp4", tmp_path / "journal.db"
    with Sandbox(timings=Timings.none(), settings=Settings(chunk_size=500)) as small_chunks:
        os.link(film, path)
        hanging = small_chunks.faults.add(
            "PUT", origin="storage", nth=4, times=None, end="hang", share=None, status=200
        )
        async with AsyncTwelveLabs(small_chunks.api_key, base_url=small_chunks.base_url) as one:
            index = await one.indexes.create(
                index_name="x", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
            )
            assert index.id is not None
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: collect(one, index.id, path, journal=journal))
                while not small_chunks.requests.matching("PUT", origin="storage")[4:]:
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
            small_chunks.faults.remove(hanging)

            (result,) = await collect(one, index.id, path, journal=journal)

            assert result.status == "ready"
            await agree(one, index.id, journal)
            assert len(small_chunks.requests.matching("POST", "/assets/multipart-uploads")) == 1
    assert not list(tmp_path.glob("journal.db-uploads/*"))


async def test_a_source_that_fsspec_opens_is_streamed(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path,
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fsspec = pytest.importorskip("fsspec", reason="needs the fsspec extra")
    content = await anyio.Path(film).read_bytes()
    system = fsspec.filesystem("memory")
    system.pipe("/store/one.mp4", content)
    system.pipe("/store/two.mp4", content)
    journal = tmp_path / "journal.db"

    results = await collect(client, index_id, "memory://store/one.mp4", journal=journal)
    monkeypatch.setattr(engine_module, "DIRECT_MOST", 1000)  # and the other in chunks
    results += await collect(client, index_id, "memory://store/t*.mp4", journal=journal)

    assert [(result.status, result.size) for result in results] == [("ready", len(content))] * 2
    assert len(sandbox.requests.matching("POST", "/assets")) == 1
    assert len(sandbox.requests.matching("POST", "/assets/multipart-uploads")) == 1
    await agree(client, index_id, journal)


async def test_the_same_on_the_blocking_client(sandbox: Sandbox, films: Films) -> None:
    def work() -> list[str]:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
            index = client.indexes.create(
                index_name="b", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
            )
            assert index.id is not None
            return [result.status for result in client.ingest(index.id, films(3))]

    assert await anyio.to_thread.run_sync(work) == ["ready"] * 3


@pytest.mark.parametrize("wrong", [{"uploads": 1}, {}, 5])
async def test_concurrency_is_of_its_type(
    client: AsyncTwelveLabs, sandbox: Sandbox, wrong: Any
) -> None:
    with pytest.raises(ConfigurationError, match="concurrency is a Concurrency, not a "):
        await collect(client, "index", "a.mp4", concurrency=wrong)

    def work() -> None:
        with TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as blocking:
            list(blocking.ingest("index", "a.mp4", concurrency=wrong))

    with pytest.raises(ConfigurationError, match="concurrency is a Concurrency, not a "):
        await anyio.to_thread.run_sync(work)


async def test_there_must_be_such_an_index(client: AsyncTwelveLabs, tmp_path: Path) -> None:
    with pytest.raises((NotFoundError, BadRequestError)):
        await collect(client, "0" * 24, "*.mp4", journal=tmp_path / "journal.db")
    assert not (tmp_path / "journal.db").exists()


async def test_a_journal_is_of_one_run_and_of_one_index(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(12), tmp_path / "journal.db"
    one_by_one = Concurrency(uploads=1, indexing=1)  # so that there is work left after the first
    run = client.ingest(index_id, folder, journal=journal, concurrency=one_by_one)
    async with aclosing(run) as results:
        await anext(results)
        with pytest.raises(JournalInUseError, match=f"in use by process {os.getpid()}"):
            await collect(client, index_id, folder, journal=journal)
    other = await client.indexes.create(
        index_name="other", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
    )
    assert other.id is not None
    with pytest.raises(ConfigurationError, match=f"is of index {index_id}, not {other.id}"):
        await collect(client, other.id, folder, journal=journal)


async def test_leaving_early_and_coming_back_loses_and_doubles_nothing(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(12), tmp_path / "journal.db"
    for count in (1, 4, 7):
        async with aclosing(client.ingest(index_id, folder, journal=journal)) as results:
            for _ in range(count):
                await anext(results)

    ended = await collect(client, index_id, folder, journal=journal)

    assert [result.status for result in ended] == ["ready"] * 12
    await agree(client, index_id, journal)


async def test_a_stop_finishes_the_current_files(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder, journal, stop = films(120), tmp_path / "journal.db", threading.Event()
    ended = []
    async for result in client.ingest(
        index_id, folder, journal=journal, stop=stop, concurrency=Concurrency(uploads=1)
    ):
        ended.append(result)
        stop.set()

    states = Counter(item.state for item in await rows(journal))
    assert set(states) == {"ready", "waiting"}
    assert states["ready"] == len(ended) < 60
    await collect(client, index_id, folder, journal=journal)
    assert {item.state for item in await rows(journal)} == {"ready"}
    await agree(client, index_id, journal)


async def test_waiting_items_are_resumed_though_no_source_names_them(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    folder, journal, stop = films(80), tmp_path / "journal.db", threading.Event()
    async for _ in client.ingest(index_id, folder, journal=journal, stop=stop):
        stop.set()
    (folder / "film-00079.mp4").unlink()

    await collect(client, index_id, [], journal=journal)

    known = Counter(item.state for item in await rows(journal))
    assert known.keys() <= {"ready", "replaced", "refused"}
    assert known["refused"] == known["replaced"] <= 1


async def test_waiting_items_get_the_metadata_that_their_source_has_now(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path, sandbox: Sandbox
) -> None:
    journal = tmp_path / "journal.db"
    paths = sorted(films(40).iterdir())
    put = sandbox.faults.add("POST", ".*/indexed-assets", times=None, status=401)
    with pytest.raises(UnauthorizedError):
        await collect(
            client, index_id, [Source(path, None, {"shelf": 1}) for path in paths],
            journal=journal, concurrency=Concurrency(uploads=1, indexing=1),
        )  # fmt: skip
    assert {"waiting", "submitting"} <= {item.state for item in await rows(journal)}
    sandbox.faults.remove(put)

    results = await collect(
        client, index_id, [Source(path, None, {"shelf": 2}) for path in paths], journal=journal
    )

    # One that is ready before its source is read has two results.
    last = {result.source: result.user_metadata for result in results}
    assert list(last.values()) == [{"shelf": 2}] * 40
    _, indexed = await on_server(client, index_id)
    assert [row.user_metadata for row in indexed] == [{"shelf": 2}] * 40


@pytest.mark.parametrize("before", [None, {"shelf": 1}])
async def test_an_item_that_is_ready_before_its_source_is_read_gets_its_metadata_all_the_same(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path, sandbox: Sandbox,
    before: dict[str, Any] | None,
) -> None:  # fmt: skip
    journal = tmp_path / "journal.db"
    (path,) = films(1).iterdir()
    put = sandbox.faults.add("POST", ".*/indexed-assets", times=None, status=401)
    with pytest.raises(UnauthorizedError) as caught:
        await collect(client, index_id, [Source(path, None, before)], journal=journal)
    assert not holds_itself(caught.value)
    sandbox.faults.remove(put)
    is_ready = threading.Event()

    def late() -> Iterator[Source]:
        assert is_ready.wait(60)
        yield Source(path, None, {"shelf": 2})

    given: list[IngestResult] = []
    counts: list[tuple[int, int]] = []
    async for result in client.ingest(
        index_id,
        late(),
        journal=journal,
        on_progress=lambda progress: counts.append((progress.ended, progress.items)),
    ):
        given.append(result)
        is_ready.set()

    assert [(result.status, result.user_metadata) for result in given] == [
        ("ready", before),
        ("ready", {"shelf": 2}),
    ]
    _, (row,) = await on_server(client, index_id)
    assert row.user_metadata == {"shelf": 2}
    assert counts[-1] == (1, 1)
    (item,) = await rows(journal)
    assert (item.state, item.metadata) == ("ready", {"shelf": 2})


async def test_a_file_is_one_item_however_it_is_named(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder, journal = films(2), tmp_path / "journal.db"
    monkeypatch.chdir(tmp_path)
    named = ["films", "./films/*.mp4", folder, "films/../films/film-00000.mp4"]
    results = await collect(client, index_id, named, journal=journal)
    monkeypatch.chdir(folder)
    again = await collect(client, index_id, ".", journal=journal)

    assert sorted(result.source for result in results) == sorted(map(str, folder.iterdir()))
    assert [result.earlier for result in again] == [True] * 2
    await agree(client, index_id, journal)


async def test_a_full_disk_ends_the_run_and_loses_nothing(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder, journal = films(120), tmp_path / "journal.db"
    begin = journal_module._begin

    def begin_on_a_small_disk(db: sqlite3.Connection, *given: Any) -> int:
        run = begin(db, *given)
        db.execute("pragma max_page_count = 18")
        return run

    with monkeypatch.context() as patched:
        patched.setattr(journal_module, "_begin", begin_on_a_small_disk)
        with pytest.raises(JournalError, match="cannot be written: database or disk is full"):
            await collect(client, index_id, folder, journal=journal)
    assert await rows(journal)

    await collect(client, index_id, folder, journal=journal)
    assert Counter(item.state for item in await rows(journal)) == {"ready": 120}
    await agree(client, index_id, journal)


async def test_what_cannot_be_sent_is_refused_again_when_it_is_tried_again(
    client: AsyncTwelveLabs, index_id: str, tmp_path: Path
) -> None:
    folder, journal = tmp_path / "films", tmp_path / "journal.db"
    folder.mkdir()
    os.mkfifo(folder / "pipe.mp4")
    for options in ({}, {"retry_failed": True}):
        (result,) = await collect(client, index_id, folder, journal=journal, **options)
        assert (result.status, result.reason) == ("refused", "source_unreadable")
        assert not result.earlier
    (again,) = await collect(client, index_id, folder, journal=journal)
    assert again.earlier
    assert len(await rows(journal)) == 1


async def test_progress_counts_what_there_is(
    client: AsyncTwelveLabs, index_id: str, films: Films
) -> None:
    seen: list[IngestProgress] = []

    async def on_progress(news: IngestProgress) -> None:
        seen.append(news)

    await collect(client, index_id, [films(4), "nowhere.mp4"], on_progress=on_progress)

    last = seen[-1]
    assert last.states == {"ready": 4, "refused": 1}
    assert last.failures == {"source_missing": 1}
    assert (last.items, last.listed, last.ended, last.left) == (5, True, 5, 0)
    assert last.seconds_left == 0.0
    assert all(a.ended <= b.ended for a, b in pairwise(seen))


class Own(BaseException):
    pass


@pytest.mark.parametrize("kind", [LookupError, BrokenPipeError, Own, asyncio.CancelledError])
async def test_what_the_callback_raises_ends_the_run_and_fails_no_item(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path, kind: type[BaseException]
) -> None:
    def on_progress(_: IngestProgress) -> None:
        raise kind("mine")

    journal = tmp_path / "journal.db"
    with pytest.raises(kind, match="mine") as caught:
        await collect(client, index_id, films(3), journal=journal, on_progress=on_progress)
    assert not holds_itself(caught.value)
    assert not {"failed", "refused"} & {item.state for item in await rows(journal)}


async def test_closing_the_client_ends_the_run(
    client: AsyncTwelveLabs, index_id: str, films: Films, tmp_path: Path
) -> None:
    called = asyncio.Event()

    async def on_progress(_: IngestProgress) -> None:
        called.set()
        await asyncio.Event().wait()

    journal = tmp_path / "journal.db"
    run = asyncio.ensure_future(
        collect(client, index_id, films(3), journal=journal, on_progress=on_progress)
    )
    await called.wait()
    await client.close()
    with pytest.raises(ClientClosedError, match="the client was closed during the ingestion"):
        await run
    assert not {"failed", "refused"} & {item.state for item in await rows(journal)}


async def test_what_the_service_failed_is_made_anew_and_there_once(
    clock: Any, films: Films, tmp_path: Path
) -> None:
    folder, journal = tmp_path / "small", tmp_path / "journal.db"
    folder.mkdir()
    small = make_film(folder / "small.mp4", [Scene(seconds=5)], size=(320, 240), fps=5)
    settings = Settings(unfit_films="failed")
    with Sandbox(timings=Timings.none(), settings=settings) as sandbox:
        async with AsyncTwelveLabs(
            sandbox.api_key, base_url=sandbox.base_url, clock=clock
        ) as client:
            index = await client.indexes.create(
                index_name="f", models=[{"model_name": "marengo3.0", "model_options": ["visual"]}]
            )
            assert index.id is not None
            results = await collect(client, index.id, small, journal=journal, checks=False)
            assert (results[0].status, results[0].reason) == ("failed", "indexing_failed")
            assert "resolution" in (results[0].message or "")

            (same,) = await collect(client, index.id, small, journal=journal, checks=False)
            assert (same.status, same.earlier) == ("failed", True)

            (again,) = await collect(
                client, index.id, small, journal=journal, checks=False, retry_failed=True
            )
            assert (again.status, again.earlier, again.asset_id) == (
                "failed", False, results[0].asset_id,
            )  # fmt: skip
            assert again.indexed_asset_id != results[0].indexed_asset_id
            await agree(client, index.id, journal)


async def test_progress_is_shown_on_one_line_for_all_films(
    client: AsyncTwelveLabs,
    index_id: str,
    films: Films,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = films(3)
    assert len(await collect(client, index_id, folder)) == 3
    assert capsys.readouterr().err == ""
    assert len(await collect(client, index_id, folder, progress=True)) == 3
    lines = capsys.readouterr().err.splitlines()
    assert {line.partition(":")[0] for line in lines} == {"ingestion"}  # and no upload by itself
    assert lines[-1] == "ingestion: 3 of 3, 3 ready"
