"""Arithmetic of the uploader: chunks, runs of URLs, expiry, permits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._runtime.clock import timestamp
from twelvelabs_async._runtime.semaphores import PrioritySemaphore
from twelvelabs_async.multipart_upload._engine.plan import Plan, next_run, usable_until
from twelvelabs_async.multipart_upload.limits import MAX_URLS, max_size

NOW = 1_800_000_000.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds)


@given(size=st.integers(1, 10**12), chunk_size=st.integers(1, 10**9))
def test_the_first_and_the_last_chunk_end_where_the_file_does(size: int, chunk_size: int) -> None:
    plan = Plan(size, chunk_size)
    assert plan.offset(1) == 0
    assert plan.offset(plan.total) + plan.length(plan.total) == size
    assert 1 <= plan.length(plan.total) <= chunk_size


@given(size=st.integers(1, 5000), chunk_size=st.integers(1, 700))
def test_chunks_cover_the_file_once(size: int, chunk_size: int) -> None:
    plan = Plan(size, chunk_size)
    end = 0
    for index in range(1, plan.total + 1):
        assert plan.offset(index) == end
        end += plan.length(index)
    assert end == size == plan.bytes_of(range(1, plan.total + 1))


@given(
    wanted=st.lists(st.integers(1, 300), unique=True, max_size=200),
    have=st.sets(st.integers(1, 300)),
)
def test_a_run_begins_at_the_most_urgent_and_names_only_what_lacks(
    wanted: list[int], have: set[int]
) -> None:
    lacking = [index for index in wanted if index not in have]
    run = next_run(wanted, have)
    if run is None:
        assert not lacking
        return
    start, count = run
    assert start == lacking[0]
    assert 1 <= count <= MAX_URLS
    assert set(range(start, start + count)) <= set(lacking)
    assert count == MAX_URLS or start + count not in lacking


@pytest.mark.parametrize(
    ("expires", "generated", "until"),
    [
        (at(3600), None, NOW + 3540),
        (at(3600), at(0), NOW + 3540),
        # This side's clock is two hours early, or late: the service's own times count.
        (at(3600 - 7200), at(-7200), NOW + 3540),
        (at(3600 + 7200), at(7200), NOW + 3540),
        (at(100), at(0), NOW + 90),
        (None, None, NOW + 3540),
        (None, at(-7200), NOW + 3540),
    ],
)
def test_how_long_a_url_is_used(
    expires: datetime | None, generated: datetime | None, until: float
) -> None:
    assert usable_until(expires, generated, NOW) == pytest.approx(until)


@given(st.integers(-10_000, 10_000))
def test_an_expired_url_is_never_used(ago: int) -> None:
    if ago <= 0:
        assert usable_until(at(ago), at(0), NOW) <= NOW
    else:
        assert NOW < usable_until(at(ago), at(0), NOW) < NOW + ago


def test_times_are_read_with_and_without_a_zone() -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    assert timestamp(moment) == timestamp(moment.replace(tzinfo=None)) == NOW
    assert timestamp(moment.astimezone(timezone(timedelta(hours=2)))) == NOW


def test_the_limits_are_the_services() -> None:
    assert max_size("video") == max_size("audio") == 10 * 1024**3
    assert max_size("image") == 32 * 1024**2
    assert max_size("hologram") is None


# Permits


async def hold(permits: PrioritySemaphore, rank: int, order: list[int], end: asyncio.Event) -> None:
    async with permits.acquire(rank):
        order.append(rank)
        await end.wait()


async def test_permits_go_to_the_file_that_was_begun_first() -> None:
    permits, order, ends = PrioritySemaphore(1), list[int](), [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(hold(permits, rank, order, ends[rank])) for rank in (3, 1, 2, 0)]
    for _ in range(4):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ends[order[-1]].set()
    await asyncio.gather(*tasks)
    assert order == [3, 0, 1, 2]
    await permits.wait_idle()


async def test_a_permit_that_comes_with_a_cancellation_is_passed_on() -> None:
    permits, order, ends = PrioritySemaphore(1), list[int](), [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(hold(permits, rank, order, ends[rank])) for rank in range(3)]
    await asyncio.sleep(0)
    ends[0].set()
    await tasks[0]
    tasks[1].cancel()
    ends[2].set()
    await tasks[2]
    assert tasks[1].cancelled() or order == [0, 1, 2]
    async with asyncio.timeout(60):
        await permits.wait_idle()


async def test_the_permits_are_halved_once_and_return_one_by_one() -> None:
    permits = PrioritySemaphore(8)
    epoch = permits.epoch
    for _ in range(5):
        permits.shrink(epoch)  # five refusals of chunks that were under way together
    assert permits.allowed == 4
    permits.shrink(permits.epoch)
    assert permits.allowed == 2
    permits.shrink(permits.epoch)
    permits.shrink(permits.epoch)
    assert permits.allowed == 1
    for _ in range(1 + 2 + 3):
        permits.grow()
    assert permits.allowed == 4
    for _ in range(100):
        permits.grow()
    assert permits.allowed == 8
