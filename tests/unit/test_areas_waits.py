from functools import partial
from typing import Any

import pytest

from tests.support.area_core import FakeCore, Sent
from twelvelabs_async._runtime.polling import Progress
from twelvelabs_async.assets import Assets
from twelvelabs_async.embed.tasks import EmbedTasks
from twelvelabs_async.errors import (
    FailedError,
    NotFoundError,
    UnauthorizedError,
    WaitTimeoutError,
)
from twelvelabs_async.indexes.indexed_assets import IndexedAsset, IndexedAssets
from twelvelabs_async.tasks import Tasks

MISSING = NotFoundError("no such thing", status_code=404, code="resource_not_exist")


def listing(rows: list[dict[str, Any]], sent: Sent) -> dict[str, Any]:
    """The page of a list that is asked for, by number."""
    query = dict(pair.split("=") for pair in sent.query.split("&"))
    number, size = int(query.get("page", 1)), int(query["page_limit"])
    pages = max(1, -(-len(rows) // size))
    return {
        "data": rows[(number - 1) * size : number * size],
        "page_info": {"page": number, "total_page": pages, "total_results": len(rows)},
    }


async def test_a_thousand_are_looked_at_by_twenty_requests_a_round():
    ids = [f"a{n}" for n in range(1000)]
    rounds = 0

    def answer(sent: Sent) -> Any:
        nonlocal rounds
        rounds += "page=" not in sent.query.replace("page_limit=", "")
        status = "ready" if rounds > 2 else "indexing"
        return listing([{"_id": id_, "status": status} for id_ in ids], sent)

    core = FakeCore(answer)
    seen: list[Progress] = []
    ends = await IndexedAssets(core).wait_until_all_ready("i", ids, on_update=seen.append)
    assert list(ends) == ids
    assert all(isinstance(end, IndexedAsset) for end in ends.values())
    assert len(core.sent) == 60
    assert seen == [Progress(0, 0, 1000), Progress(0, 0, 1000), Progress(1000, 0, 1000)]


async def test_a_list_is_read_no_further_than_needed():
    rows = [{"_id": f"a{n}", "status": "ready"} for n in range(500)]
    core = FakeCore(lambda sent: listing(rows, sent))
    assert set(await IndexedAssets(core).wait_until_all_ready("i", ["a3", "a70"])) == {"a3", "a70"}
    assert len(core.sent) == 2


async def test_assets_are_listed_by_their_ids():
    def answer(sent: Sent) -> Any:
        wanted = [
            p[len("asset_ids=") :] for p in sent.query.split("&") if p.startswith("asset_ids")
        ]
        assert len(wanted) <= 50
        return listing([{"_id": id_, "status": "ready"} for id_ in wanted], sent)

    core = FakeCore(answer)
    assert len(await Assets(core).wait_until_all_ready([f"a{n}" for n in range(120)])) == 120
    assert len(core.sent) == 3


async def test_each_end_is_distinguished():
    rows = [
        {"_id": "good", "status": "ready"},
        {"_id": "bad", "status": "failed", "error": {"message": "too short"}},
        {"_id": "slow", "status": "queued"},
    ]

    def answer(sent: Sent) -> Any:
        if sent.path == "/tasks":
            return listing(rows, sent)
        if sent.path == "/tasks/late":
            return {"_id": "late", "status": "ready"}
        raise MISSING

    core = FakeCore(answer)
    ends = await Tasks(core).wait_until_all_ready(
        ["good", "bad", "slow", "gone", "late"], timeout=60
    )
    kinds = {id_: type(end).__name__ for id_, end in ends.items()}
    assert kinds == {
        "good": "VideoIndexingTask",
        "bad": "FailedError",
        "slow": "WaitTimeoutError",
        "gone": "NotFoundError",
        "late": "TasksRetrieveResponse",
    }
    assert "too short" in str(ends["bad"])
    assert core.clock.now == 60
    asked = [sent.path for sent in core.sent]
    assert asked.count("/tasks/late") == 1
    assert asked.count("/tasks/gone") < asked.count("/tasks"), "a 404 is final after a while"


async def test_a_refusal_ends_a_wait_on_many_immediately():
    def answer(sent: Sent) -> Any:
        raise UnauthorizedError("bad key", status_code=401)

    core = FakeCore(answer)
    with pytest.raises(UnauthorizedError):
        await Tasks(core).wait_until_all_ready(["a"])
    assert len(core.sent) == 1


async def test_an_asset_may_be_unknown_for_a_moment():
    answers: list[Any] = [
        MISSING,
        {"_id": "a", "status": "processing"},
        {"_id": "a", "status": "ready"},
    ]

    def answer(_: Sent) -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    seen: list[str | None] = []
    asset = await Assets(FakeCore(answer)).wait_until_ready(
        "a", on_update=lambda asset: seen.append(asset.status)
    )
    assert asset.status == "ready"
    assert seen == [None, "processing", "ready"]


async def test_an_asset_that_stays_unknown_is_reported():
    def answer(_: Sent) -> Any:
        raise MISSING

    core = FakeCore(answer)
    with pytest.raises(NotFoundError):
        await Assets(core).wait_until_ready("a")
    assert 10 < core.clock.now < 30


async def test_an_asset_that_fails_raises_with_the_reason():
    failed = {"_id": "a", "status": "failed", "error": {"message": "no video stream"}}
    with pytest.raises(FailedError, match="no video stream") as raised:
        await Assets(FakeCore(lambda _: failed)).wait_until_ready("a")
    assert raised.value.resource.id == "a"


KINDS = pytest.mark.parametrize("kind", [Tasks, EmbedTasks])


def next_status(left: list[str], _: object) -> dict[str, str]:
    return {"_id": "t", "status": left.pop(0)}


def note_status(seen: list[str | None], task: Any) -> None:
    seen.append(task.status)


@KINDS
async def test_wait_for_done_returns_a_task_that_has_failed(kind: type[Tasks | EmbedTasks]) -> None:
    for end in ("failed", "ready"):
        answers = ["processing", "processing", end]
        core = FakeCore(partial(next_status, answers))
        seen: list[str | None] = []
        task = await kind(core).wait_for_done("t", callback=partial(note_status, seen))
        assert task.status == end
        assert seen == ["processing", "processing", end]
        assert core.clock.now == 10


@KINDS
async def test_wait_until_ready_raises_for_a_task_that_has_failed(
    kind: type[Tasks | EmbedTasks],
) -> None:
    answers = ["processing", "failed"]
    core = FakeCore(
        lambda _: {"_id": "t", "status": answers.pop(0), "error": {"message": "no sound"}}
    )
    with pytest.raises(FailedError, match="task t has failed: no sound") as raised:
        await kind(core).wait_until_ready("t")
    assert raised.value.resource.status == "failed"
    assert 0.2 < core.clock.now < 0.3


async def test_wait_for_done_calls_back_and_has_a_deadline():
    core = FakeCore(lambda _: {"_id": "t", "status": "a state of tomorrow"})
    seen: list[str | None] = []

    async def callback(task: Any) -> None:
        seen.append(task.status)

    with pytest.raises(WaitTimeoutError) as raised:
        await Tasks(core).wait_for_done("t", sleep_interval=10, callback=callback, timeout=25)
    assert len(seen) == 4  # at 0, 10, 20 and 25 seconds
    assert raised.value.last.id == "t"


@pytest.mark.parametrize("interval", [0, -1, float("nan")])
async def test_an_interval_that_is_none_is_refused(interval):
    core = FakeCore(lambda _: {"_id": "t", "status": "ready"})
    with pytest.raises(ValueError):
        await Tasks(core).wait_for_done("t", sleep_interval=interval)
    assert core.sent == []


@pytest.mark.parametrize(
    ("wait", "status"),
    [
        (lambda core: Tasks(core).wait_until_ready("t", timeout=9), "failed"),
        (lambda core: Tasks(core).wait_until_ready("t", timeout=9), "indexing"),
        (lambda core: Tasks(core).wait_for_done("t", timeout=9), "indexing"),
        (lambda core: EmbedTasks(core).wait_until_ready("t", timeout=9), "failed"),
        (lambda core: EmbedTasks(core).wait_until_ready("t", timeout=9), "processing"),
        (lambda core: EmbedTasks(core).wait_for_done("t", timeout=9), "processing"),
        (lambda core: Assets(core).wait_until_ready("a", timeout=9), "failed"),
        (lambda core: IndexedAssets(core).wait_until_ready("i", "a", timeout=9), "failed"),
    ],
)
async def test_no_wait_shows_a_secret_that_the_service_repeats(wait: Any, status: str) -> None:
    secret = "0f8e7d6c5b4a39281706"  # of no known form: only what knows it can hide it
    state = {"_id": "t", "status": status, "message": f"no quota for {secret}"}
    core = FakeCore(lambda sent: state)
    core.redactor.add(secret)
    with pytest.raises((FailedError, WaitTimeoutError)) as caught:
        await wait(core)
    error: Any = caught.value
    held = error.resource if isinstance(error, FailedError) else error.last
    assert held is not None
    assert secret not in f"{error} {error!r} {held!r} {held.model_dump()}"
