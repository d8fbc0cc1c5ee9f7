"""The same through lost answers, broken connections and rate limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import anyio
import pytest

from tests.ingest.test_pipeline import agree, collect, rows
from tests.support.clock import VirtualClock
from twelvelabs_async import AsyncTwelveLabs, TooManyRequestsError, UnauthorizedError
from twelvelabs_async.ingest import Concurrency
from twelvelabs_async.ingest import engine as engine_module
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

pytestmark = pytest.mark.anyio
Films = Callable[[int], Path]
UPLOAD, SUBMIT = "/assets", "/indexes/[^/]*/indexed-assets"


@pytest.mark.parametrize("path", [UPLOAD, SUBMIT], ids=["upload", "index"])
@pytest.mark.parametrize(
    "fault",
    [
        {"after": True, "status": 500},
        {"after": True, "status": 504, "body": "gateway"},
        {"after": True, "end": "reset", "share": None},
        {"after": True, "end": "cut", "share": 0.5},
        {"after": True, "body": b"{not JSON"},
        {"status": 500},
        {"end": "refuse"},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "900"}},
    ],
    ids=lambda fault: " ".join(f"{value}" for value in fault.values()),
)
async def test_a_create_whose_reply_is_lost_is_looked_up_and_not_made_twice(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path,
    path: str, fault: dict[str, Any],
) -> None:  # fmt: skip
    journal = tmp_path / "journal.db"
    put = sandbox.faults.add("POST", path, nth=2, times=2, **fault)

    results = await collect(client, index_id, films(4), journal=journal)

    assert put.hits == 2
    assert [result.status for result in results] == ["ready"] * 4
    await agree(client, index_id, journal)


async def test_three_hundred_films_through_five_percent_faults(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(300), tmp_path / "journal.db"
    (folder / "none.mp4").write_bytes(b"no film")
    share = 0.05 / 5
    faults: tuple[dict[str, Any], ...] = (
        {"after": True, "status": 500},
        {"after": True, "end": "reset", "share": None},
        {"status": 500},
        {"status": 503},
        {"end": "refuse"},
    )
    for fault in faults:
        sandbox.faults.add(None, ".*", times=None, chance=share, **fault)
    sandbox.requests.clear()

    results = await collect(client, index_id, folder, journal=journal)

    statuses = [result.status for result in results]
    assert (statuses.count("ready"), statuses.count("refused"), len(statuses)) == (300, 1, 301)
    lists = sandbox.requests.matching("GET", ".*")
    sandbox.faults.clear()
    await agree(client, index_id, journal)
    assert len(lists) < 300, "polling must cost pages, not items"


class _SharedClock(VirtualClock):
    """A clock whose sleeps move the sandbox's on as well."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    async def sleep(self, seconds: float) -> None:
        self._sandbox.advance(seconds)
        await super().sleep(seconds)


async def test_three_hundred_films_under_the_limits_of_the_developer_tier(
    films: Films, tmp_path: Path
) -> None:
    folder, journal = films(300), tmp_path / "journal.db"
    settings = Settings(concurrent_indexing=25)
    with Sandbox(timings=Timings.real(), settings=settings, seed=7) as sandbox:
        sandbox.limits.allow("upload", 60, 60)
        sandbox.limits.allow("index", 60, 60)
        async with AsyncTwelveLabs(
            sandbox.api_key, base_url=sandbox.base_url, clock=_SharedClock(sandbox)
        ) as client:
            index = await client.indexes.create(
                index_name="films",
                models=[{"model_name": "marengo3.0", "model_options": ["visual"]}],
            )
            assert index.id is not None
            sandbox.requests.clear()
            results = await collect(
                client, index.id, folder, journal=journal, concurrency=Concurrency(indexing=40)
            )
            assert [result.status for result in results] == ["ready"] * 300
            assert sandbox.indexing.most == 25
            await agree(client, index.id, journal)
            refused = [request for request in sandbox.requests if request.status == 429]
            assert len(refused) < 30, "limits are kept to, not run into"


async def test_a_rate_limit_is_waited_for(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path
) -> None:
    put = sandbox.faults.add("POST", UPLOAD, times=3, status=429, headers={"Retry-After": "1800"})

    results = await collect(client, index_id, films(2), journal=tmp_path / "journal.db")

    assert put.hits == 3
    assert [result.status for result in results] == ["ready"] * 2


async def test_a_limit_that_lasts_too_long_ends_the_run_and_fails_no_item(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path,
    clock: VirtualClock,
) -> None:  # fmt: skip
    folder, journal = films(3), tmp_path / "journal.db"
    put = sandbox.faults.add(
        "POST", UPLOAD, times=None, status=429, headers={"Retry-After": "86400"}
    )
    with pytest.raises(TooManyRequestsError) as caught:
        await collect(client, index_id, folder, journal=journal)
    assert caught.value.retry_after == pytest.approx(86400, abs=10)
    assert {item.state for item in await rows(journal)} <= {"waiting", "uploading"}

    sandbox.faults.remove(put)
    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url, clock=clock) as other:
        results = await collect(other, index_id, folder, journal=journal)
        assert {item.state for item in await rows(journal)} == {"ready"}
        await agree(other, index_id, journal)
    assert len(results) == 3


async def test_a_wrong_key_ends_the_run(
    sandbox: Sandbox, index_id: str, films: Films, tmp_path: Path
) -> None:
    async with AsyncTwelveLabs("wrong", base_url=sandbox.base_url) as client:
        with pytest.raises(UnauthorizedError):
            await collect(client, index_id, films(1), journal=tmp_path / "journal.db")


async def test_an_item_fails_when_its_call_fails_for_ever(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(1), tmp_path / "journal.db"
    put = sandbox.faults.add("POST", UPLOAD, times=None, status=500)
    (result,) = await collect(client, index_id, folder, journal=journal)
    assert (result.status, result.stage, result.reason) == ("failed", "uploading", "http_500")

    sandbox.faults.remove(put)
    (result,) = await collect(client, index_id, folder, journal=journal, retry_failed=True)
    assert (result.status, result.earlier) == ("ready", False)
    await agree(client, index_id, journal)


async def test_a_file_that_changed_while_in_doubt_is_sent_as_the_new_item(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, film: Path, tmp_path: Path,
    clock: VirtualClock,
) -> None:  # fmt: skip
    path, journal = tmp_path / "one.mp4", tmp_path / "journal.db"
    path.write_bytes(film.read_bytes())
    put = sandbox.faults.add(
        "POST", UPLOAD, times=None, status=429, headers={"Retry-After": "86400"}
    )
    with pytest.raises(TooManyRequestsError):
        await collect(client, index_id, path, journal=journal)
    assert [item.state for item in await rows(journal)] == ["uploading"]
    sandbox.faults.remove(put)
    path.write_bytes(film.read_bytes() + b"\0" * 8)

    async with AsyncTwelveLabs(sandbox.api_key, base_url=sandbox.base_url, clock=clock) as other:
        results = await collect(other, index_id, path, journal=journal)
        await agree(other, index_id, journal)

    assert [result.status for result in results] == ["ready"]
    assert sorted(item.state for item in await rows(journal)) == ["ready", "replaced"]


@pytest.mark.parametrize(
    ("path", "status", "stage"), [(UPLOAD, 201, "processing"), (SUBMIT, 202, "indexing")]
)
async def test_what_the_service_knows_nothing_of_has_failed_and_is_made_again(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path,
    path: str, status: int, stage: str,
) -> None:  # fmt: skip
    folder, journal = films(1), tmp_path / "journal.db"
    sandbox.faults.add("POST", path, status=status, body={"_id": "f" * 24, "status": "processing"})
    (result,) = await collect(client, index_id, folder, journal=journal)
    assert (result.status, result.reason, result.stage) == ("failed", "gone", stage)

    (result,) = await collect(client, index_id, folder, journal=journal, retry_failed=True)

    assert (result.status, result.earlier) == ("ready", False)
    await agree(client, index_id, journal)


async def test_what_the_service_is_too_slow_for_is_waited_for_again(
    client: AsyncTwelveLabs, index_id: str, sandbox: Sandbox, films: Films, tmp_path: Path
) -> None:
    folder, journal = films(1), tmp_path / "journal.db"
    row = {"_id": "f" * 24, "status": "indexing"}
    still = sandbox.faults.add("GET", f"{SUBMIT}.*", times=None, after=True, body={
        "data": [], "page_info": {"page": 1, "total_page": 1}, **row,
    })  # fmt: skip
    (result,) = await collect(client, index_id, folder, journal=journal, timeout=60)
    assert (result.status, result.reason, result.stage) == ("failed", "wait_timeout", "indexing")
    sandbox.faults.remove(still)

    (again,) = await collect(client, index_id, folder, journal=journal, retry_failed=True)

    assert (again.status, again.indexed_asset_id) == ("ready", result.indexed_asset_id)
    await agree(client, index_id, journal)


@pytest.mark.parametrize("how", ["looked at", "sent", "sent in chunks"])
async def test_a_store_that_breaks_fails_only_its_film(
    client: AsyncTwelveLabs, index_id: str, film: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, how: str,
) -> None:  # fmt: skip
    stores = pytest.importorskip("tests.ingest.stores", reason="needs the fsspec extra")
    if how == "sent in chunks":
        monkeypatch.setattr(engine_module, "DIRECT_MOST", 1000)
    journal, content = tmp_path / "journal.db", await anyio.Path(film).read_bytes()
    with stores.shaky_store(good=content, unreadable=content, unknown=content) as folder:
        sources = [f"{folder}/{name}.mp4" for name in ("unknown", "unreadable", "good")]
        results = await collect(
            client, index_id, [*sources, "nosuch://store/x.mp4"], journal=journal,
            checks=how == "looked at",
        )  # fmt: skip

    by_name = {PurePosixPath(result.source).stem: result for result in results}
    assert {name: result.status for name, result in by_name.items()} == {
        "good": "ready", "unreadable": "failed", "unknown": "refused", "x": "refused",
    }  # fmt: skip
    assert {by_name[name].reason for name in ("unreadable", "unknown", "x")} == {
        "source_unreadable"
    }
    assert by_name["unknown"].message == "StoreError: AccessDenied"
    assert "StoreError: SlowDown: reduce" in (by_name["unreadable"].message or "")
    assert "secret" not in (by_name["unreadable"].message or "")
    assert "nosuch" in (by_name["x"].message or "")
    await agree(client, index_id, journal)
