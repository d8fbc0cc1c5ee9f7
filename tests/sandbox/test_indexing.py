"""How many films are indexed concurrently: the others queue, and start in order."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Clock, Settings, Timings
from twelvelabs_async.sandbox.clock import parse_time
from twelvelabs_async.sandbox.indexing import IndexingQueue, unindexed
from twelvelabs_async.sandbox.records import Item

TIMINGS = Timings(asset=0, validating=0, pending=10, queued=10, indexing=30)
TWO = Settings(concurrent_indexing=2)


async def begin(api: Api, index: str, asset: str, count: int) -> list[str]:
    """The ids of so many indexed assets, a second apart."""
    made: list[str] = []
    for _ in range(count):
        body = {"asset_id": asset}
        answer = await api("POST", f"/indexes/{index}/indexed-assets", 202, json=body)
        made.append(answer["_id"])
        api.sandbox.advance(1)
    return made


async def states(api: Api, index: str) -> str:
    """The first letters of the states of an index's films, in the order of their making."""
    query = {"sort_option": "asc", "page_limit": "50"}
    rows = (await api("GET", f"/indexes/{index}/indexed-assets", query=query))["data"]
    return "".join(row["status"][0] for row in rows)


@pytest.mark.anyio
async def test_films_queue_and_start_in_order(film: Path) -> None:
    async with serving(timings=TIMINGS, settings=TWO, speed=0) as api:
        index = await api.index()
        made = await begin(api, index, await api.asset(film), 5)
        start = api.sandbox.now() - 5
        seen = [await states(api, index)]
        for second in (10, 21, 22, 49, 50, 51, 79, 80, 81, 109, 110):
            api.sandbox.advance(start + second - api.sandbox.now())
            seen.append(await states(api, index))
            assert api.sandbox.indexing.running == seen[-1].count("i") <= 2
            assert api.sandbox.indexing.waiting == seen[-1].count("q") + seen[-1].count("p")
        assert seen == [
            "ppppp",
            "qpppp",
            "iiqqq",
            "iiqqq",
            "iiqqq",
            "riiqq",
            "rriiq",
            "rriiq",
            "rrrii",
            "rrrri",
            "rrrri",
            "rrrrr",
        ]
        assert api.sandbox.indexing.most == api.sandbox.indexing.limit == 2
        path = f"/indexes/{index}/indexed-assets"
        shown = [await api("GET", f"{path}/{video}") for video in made]
        assert [row["status"] for row in shown] == ["ready"] * 5


@pytest.mark.anyio
async def test_a_look_after_a_long_time_finds_what_many_looks_find(film: Path) -> None:
    async with serving(timings=TIMINGS, settings=TWO, speed=0) as api:
        index = await api.index()
        made = await begin(api, index, await api.asset(film), 5)
        api.sandbox.advance(1000)
        path = f"/indexes/{index}/indexed-assets"
        last = await api("GET", f"{path}/{made[-1]}")
        first = await api("GET", f"{path}/{made[0]}")
        assert (first["status"], last["status"]) == ("ready", "ready")
        assert api.sandbox.indexing.most == 2
        # The first and the fifth had the same permit, with another between them.
        assert parse_time(last["indexed_at"]) - parse_time(first["indexed_at"]) == 60


@pytest.mark.anyio
async def test_a_failure_and_a_delete_start_the_next_film(film: Path, small_film: Path) -> None:
    settings = Settings(concurrent_indexing=1, unfit_films="failed")
    timings = Timings(asset=0, pending=0, queued=0, indexing=30)
    async with serving(timings=timings, settings=settings, speed=0) as api:
        index, other = await api.index(), await api.index("other")
        good, bad = await api.asset(film), await api.asset(small_film)
        (failing,) = await begin(api, index, bad, 1)
        deleted, passed_over, third = await begin(api, index, good, 3)
        (elsewhere,) = await begin(api, other, good, 1)
        (last,) = await begin(api, index, good, 1)

        async def state(identifier: str) -> Any:
            place = other if identifier == elsewhere else index
            return (await api("GET", f"/indexes/{place}/indexed-assets/{identifier}"))["status"]

        assert [await state(i) for i in (failing, deleted)] == ["indexing", "queued"]
        api.sandbox.advance(25)
        assert [await state(i) for i in (failing, deleted)] == ["failed", "indexing"]
        # One that only waits frees nothing.
        await api("DELETE", f"/indexes/{index}/indexed-assets/{passed_over}", 204)
        assert [await state(i) for i in (deleted, third)] == ["indexing", "queued"]
        await api("DELETE", f"/indexes/{index}/indexed-assets/{deleted}", 204)
        assert [await state(i) for i in (third, elsewhere)] == ["indexing", "queued"]
        api.sandbox.advance(30)
        assert [await state(i) for i in (third, elsewhere, last)] == [
            "ready",
            "indexing",
            "queued",
        ]
        await api("DELETE", f"/indexes/{other}", 204)
        assert await state(last) == "indexing"
        assert api.sandbox.indexing.most == 1


@pytest.mark.anyio
async def test_tasks_count_too_once_their_film_is_there(film: Path) -> None:
    settings = Settings(concurrent_indexing=1)
    timings = Timings(asset=0, validating=0, pending=0, queued=0, indexing=30)
    async with serving(timings=timings, settings=settings, speed=0) as api:
        index = await api.index()
        asset = await api.asset(film)
        url = (await api("GET", f"/assets/{asset}"))["url"]
        form = [("index_id", index), ("video_file", film)]
        first = await api("POST", "/tasks", form=form)
        away = [("index_id", index), ("video_url", "http://127.0.0.1:9/away.mp4")]
        failing = await api("POST", "/tasks", form=away)
        api.sandbox.advance(1)
        second = await api("POST", "/tasks", form=[("index_id", index), ("video_url", url)])

        async def found() -> list[str]:
            tasks = [(await api("GET", f"/tasks/{t['_id']}")) for t in (first, failing, second)]
            return [task["status"] for task in tasks]

        assert await found() == ["indexing", "queued", "queued"]
        api.sandbox.advance(1)
        await begin(api, index, asset, 1)
        assert await states(api, index) == "iqqq"
        api.sandbox.advance(30)
        assert await found() == ["ready", "indexing", "queued"]
        api.sandbox.advance(30)
        assert await found() == ["ready", "failed", "indexing"]
        # A task continues without its video, and keeps its permit until it has ended.
        await api("DELETE", f"/indexes/{index}/videos/{second['video_id']}", 204)
        assert await found() == ["ready", "failed", "indexing"]
        assert await states(api, index) == "rfq"
        api.sandbox.advance(30)
        assert await found() == ["ready", "failed", "ready"]
        assert await states(api, index) == "rfi"
        assert api.sandbox.indexing.most == 1


@pytest.mark.anyio
async def test_states_that_take_no_time_are_over_in_the_reply(film: Path) -> None:
    async with serving(settings=Settings(concurrent_indexing=1)) as api:
        index = await api.index()
        url = (await api("GET", f"/assets/{await api.asset(film)}"))["url"]
        for form in ([("video_file", film)], [("video_url", url)]):
            for _ in range(2):
                made = await api("POST", "/tasks", form=[("index_id", index), *form])
                assert (await api("GET", f"/tasks/{made['_id']}"))["status"] == "ready"
        assert await states(api, index) == "rrrr"
        assert api.sandbox.indexing.running == 0


@pytest.mark.anyio
async def test_running_films_and_the_queue_are_there_again_after_a_restart(
    film: Path, tmp_path: Path
) -> None:
    timings = Timings(asset=0, validating=0, pending=0, queued=0, indexing=3600)
    how: dict[str, Any] = {"timings": timings, "settings": TWO, "speed": 0, "data": tmp_path}
    async with serving(**how) as api:
        index = await api.index()
        form = [("index_id", index), ("video_file", film)]
        *_, task = [await api("POST", "/tasks", form=form) for _ in range(4)]
        ids = {each["_id"] for each in (await api("GET", "/tasks"))["data"]}
        assert await states(api, index) == "iiqq"
    async with serving(**how) as api:
        assert await states(api, index) == "iiqq"
        assert (api.sandbox.indexing.running, api.sandbox.indexing.waiting) == (2, 2)
        # The same seed gives no id twice on one data folder.
        assert ids.isdisjoint(await begin(api, index, await api.asset(film), 1))
        api.sandbox.advance(3600)
        assert await states(api, index) == "rriiq"
        assert (await api("GET", f"/tasks/{task['_id']}"))["status"] == "indexing"
        api.sandbox.advance(3600)
        assert await states(api, index) == "rrrri"
        assert (await api("GET", f"/tasks/{task['_id']}"))["status"] == "ready"
        assert api.sandbox.indexing.most == 2


@pytest.mark.anyio
async def test_without_a_limit_all_are_indexed_concurrently(film: Path) -> None:
    async with serving(timings=TIMINGS, speed=0) as api:
        index = await api.index()
        await begin(api, index, await api.asset(film), 5)
        api.sandbox.advance(21)
        assert await states(api, index) == "iiiii"
        api.sandbox.advance(28)
        assert await states(api, index) == "rrrrr"  # waits for the reading of the film, too
        await begin(api, index, await api.asset(film), 1)
        api.sandbox.advance(50)
        assert await states(api, index) == "rrrrrr"
        look = api.sandbox.indexing
        assert (look.limit, look.running, look.waiting, look.most) == (None, 0, 0, 5)


def test_a_limit_is_one_or_more() -> None:
    with pytest.raises(ValueError, match="concurrent_indexing"):
        IndexingQueue(Clock(0), 1.0, 0, lambda item: item.due, lambda: 0)


def queued(clock: Clock, number: int, wait: float) -> Item:
    now = clock.now()
    phases = unindexed([("queued", now + wait)])
    return Item(id=str(number), created_at=now, updated_at=now, phases=phases)


def test_a_late_film_keeps_its_permit() -> None:
    clock, done = Clock(0), dict[str, float]()
    queue = IndexingQueue(clock, 10.0, 1, lambda item: done.get(item.id), lambda: len(done))
    items = [queued(clock, number, 0.0) for number in range(2)]
    for item in items:
        queue.enqueue(item, item.planned)
    clock.advance(50)
    assert queue.late() is items[0]
    assert items[1].waits
    done["0"] = clock.now()
    assert queue.late() is None
    assert items[1].due == clock.now() + 10
    assert queue.snapshot().most == 1


def test_late_work_is_looked_at_again_only_when_some_was_done() -> None:
    clock, done, looks = Clock(0), dict[str, float](), list[str]()

    def ended(item: Item) -> float | None:
        looks.append(item.id)
        return done.get(item.id)

    queue = IndexingQueue(clock, 0.0, None, ended, lambda: len(done))
    items = [queued(clock, number, 0.0) for number in range(100)]
    for item in items:
        queue.enqueue(item, item.planned)
    for _ in range(50):
        assert queue.take_done() == []
    assert len(looks) == len(items)
    done["7"] = clock.now()
    assert queue.take_done() == [items[7]]
    assert len(looks) == 2 * len(items)
    assert not queue.idle
    done |= {item.id: clock.now() for item in items}
    assert queue.take_done() == [*items[:7], *items[8:]]
    assert queue.idle


Steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 20)),
        st.tuples(st.just("advance"), st.integers(0, 40)),
        st.tuples(st.just("leave"), st.integers(0, 30)),
        st.tuples(st.just("look"), st.just(0)),
    ),
    max_size=60,
)


@given(st.integers(1, 4), Steps)
def test_films_run_in_order_up_to_the_limit_and_no_fewer(
    limit: int, steps: list[tuple[str, int]]
) -> None:
    clock = Clock(0)
    queue = IndexingQueue(clock, 10.0, limit, lambda item: item.due, lambda: 0)
    items: list[Item] = []
    asked: dict[str, float] = {}
    left: dict[str, float] = {}
    for what, value in steps:
        if what == "ask":
            items.append(queued(clock, len(items), float(value)))
            asked[items[-1].id] = items[-1].planned
            queue.enqueue(items[-1], items[-1].planned)
        elif what == "advance":
            clock.advance(value)
        elif what == "leave" and value < len(items) and items[value].id not in left:
            queue.release(items[value])
            left[items[value].id] = clock.now()
        elif what == "look":
            queue.catch_up()
            assert queue.snapshot().running <= limit
    clock.advance(10_000)
    assert queue.snapshot().waiting == 0
    # Those that left while they waited never began.
    begun = [item for item in items if not item.waits]
    assert {item.id for item in items if item.waits} <= set(left)
    begins = {item.id: item.phases[0][1] or 0.0 for item in begun}
    ends = {item.id: min(item.due, left.get(item.id, item.due)) for item in begun}
    held = [
        sum(begins[other] <= start < ends[other] for other in begins) for start in begins.values()
    ]
    assert max(held, default=0) <= limit
    assert queue.snapshot().most <= limit
    wanted = sorted(begun, key=lambda item: (asked[item.id], int(item.id)))
    assert all(begins[a.id] <= begins[b.id] for a, b in itertools.pairwise(wanted))
    for item in begun:
        start = begins[item.id]
        assert start == asked[item.id] or start in ends.values()
