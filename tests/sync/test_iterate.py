"""Iterations across the bridge: bounded, prompt, and closed however they are left."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from twelvelabs_async._runtime.pager import Cursor, Page, PageInfo, Pager
from twelvelabs_async.errors import ClientClosedError
from twelvelabs_async.sync.bridge import Bridge, call_in_caller
from twelvelabs_async.sync.iterate import SyncPager, _close, _closing, iterate

MANY = 100_000


class Source:
    """Counts up, and remembers how far it came and how it was left."""

    def __init__(self, count: int, *, yields: int = 0, error: Exception | None = None) -> None:
        self.count = count
        self.yields = yields
        self.error = error
        self.made = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[int]:
        try:
            for at in range(self.count):
                if self.yields and not at % self.yields:
                    await asyncio.sleep(0)
                self.made += 1
                yield at
            if self.error is not None:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.closed = True


async def nothing() -> None:
    pass


@pytest.mark.parametrize("ahead", [1, 2, 3, 16, 1024])
@pytest.mark.parametrize("yields", [0, 1, 7])
def test_every_item_comes_once_and_in_order(bridge: Bridge, ahead: int, yields: int) -> None:
    source = Source(2000, yields=yields)
    assert list(iterate(bridge, source, ahead=ahead)) == list(range(2000))
    assert source.closed


def test_a_fast_reader_of_many(bridge: Bridge) -> None:
    source = Source(MANY, yields=1)
    assert sum(iterate(bridge, source, ahead=1024)) == sum(range(MANY))


def test_a_slow_reader_of_many_keeps_few_waiting(bridge: Bridge) -> None:
    source = Source(MANY)
    most = 0
    for at in iterate(bridge, source, ahead=1024):
        if not at % 500:
            bridge.call(nothing)  # by its end the source has gone on for as long as it may
        most = max(most, source.made - at)
    assert at == MANY - 1
    assert 512 < most <= 1025


def test_ahead_of_one_makes_an_item_when_it_is_asked_for(bridge: Bridge) -> None:
    source = Source(50)
    for at in iterate(bridge, source):
        bridge.call(nothing)
        assert source.made == at + 1


def test_nothing_runs_before_the_first_item_is_asked_for(bridge: Bridge) -> None:
    source = Source(5)
    items = iterate(bridge, source)
    bridge.call(nothing)
    assert not source.made
    items.close()


def test_leaving_early_closes_the_source(bridge: Bridge) -> None:
    source = Source(MANY)
    for _ in iterate(bridge, source, ahead=16):
        break
    assert source.closed
    assert source.made <= 16


def test_an_error_in_the_loop_closes_the_source(bridge: Bridge) -> None:
    source = Source(MANY)

    def read() -> None:
        for _ in iterate(bridge, source):
            raise LookupError

    with pytest.raises(LookupError):
        read()
    assert source.closed


def test_an_error_of_the_source_comes_after_its_items(bridge: Bridge) -> None:
    items = iterate(bridge, Source(3, error=LookupError("x")), ahead=1024)
    assert [next(items), next(items), next(items)] == [0, 1, 2]
    with pytest.raises(LookupError, match="x"):
        next(items)
    assert list(items) == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exit_in_the_source(bridge: Bridge, kind: type[BaseException]) -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        raise kind

    seen: list[int] = []
    with pytest.raises(kind):
        seen.extend(iterate(bridge, source()))
    assert seen == [1]
    bridge.call(nothing)


def test_an_iterable_that_cannot_be_closed(bridge: Bridge) -> None:
    class Plain:
        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> int:
            return 1

    items = iterate(bridge, Plain())
    assert next(items) == 1
    items.close()


def test_a_task_group_may_stay_open_between_items(bridge: Bridge) -> None:
    async def source() -> AsyncIterator[int]:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
            yield 1
            yield 2

    assert list(iterate(bridge, source())) == [1, 2]


def test_callbacks_run_between_items_in_the_readers_thread(bridge: Bridge) -> None:
    seen: list[Any] = []

    async def source(callback: Callable[[int], object]) -> AsyncIterator[str]:
        for at in range(3):
            callback(at)
            yield f"item {at}"

    def note(at: int) -> None:
        seen.append((at, threading.current_thread() is threading.main_thread()))

    seen.extend(iterate(bridge, source(call_in_caller(note))))
    assert seen == [(0, True), "item 0", (1, True), "item 1", (2, True), "item 2"]


def test_an_iteration_that_is_dropped_in_the_loops_thread_does_not_wait(bridge: Bridge) -> None:
    source = Source(MANY)
    held = [iterate(bridge, source)]
    next(held[0])

    async def drop() -> None:
        held.clear()  # as the collector would

    bridge.call(drop)
    while not source.closed:
        bridge.call(nothing)


def test_close_ends_an_iteration(bridge: Bridge) -> None:
    begun = threading.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        begun.set()
        await asyncio.Event().wait()

    def read() -> None:
        for _ in iterate(bridge, source()):
            pass

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert begun.wait(30)
        bridge.close()
        with pytest.raises(ClientClosedError):
            reading.result(30)


def test_items_that_another_thread_waits_for_can_be_closed(bridge: Bridge) -> None:
    """As `stream.close()` does while a loop over the stream waits, or is being left."""
    waits = threading.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        waits.set()
        await asyncio.get_running_loop().create_future()

    items = iterate(bridge, source())
    loop = _closing(items)
    assert next(loop) == 1
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, loop)
        assert waits.wait(30)
        _close(items)
        bridge.close()
        with pytest.raises(ClientClosedError):
            waiting.result(30)
    _close(items)


def test_an_iteration_of_a_closed_client_can_be_left(bridge: Bridge) -> None:
    items = iterate(bridge, Source(5))
    next(items)
    bridge.close()
    items.close()


# Pages


class Pages:
    """Three numbered pages of two; remembers which were asked for."""

    def __init__(self, failing: int = 0) -> None:
        self.failing = failing
        self.asked: list[Cursor] = []

    async def fetch(self, cursor: Cursor | None) -> Page[str]:
        page = int(cursor or 1)
        self.asked.append(page)
        await asyncio.sleep(0)
        if page == self.failing:
            raise LookupError(page)
        return Page(
            data=[f"{page}a", f"{page}b"],
            page_info=PageInfo(page=page, total_page=3, total_results=6),
        )

    def pager(self, bridge: Bridge) -> SyncPager[str]:
        return SyncPager(bridge, Pager(self.fetch))


def test_a_pager_has_fetched_its_first_page(bridge: Bridge) -> None:
    pages = Pages()
    pager = pages.pager(bridge)
    assert pages.asked == [1]
    assert pager.items == pager.response.items == ["1a", "1b"]
    assert pager.page_info.total_results == 6
    assert pager.has_next


def test_a_pager_gives_every_item_and_asks_for_each_page_once(bridge: Bridge) -> None:
    pages = Pages()
    assert list(pages.pager(bridge)) == ["1a", "1b", "2a", "2b", "3a", "3b"]
    assert pages.asked == [1, 2, 3]


def test_a_pager_looks_one_page_ahead_and_no_further(bridge: Bridge) -> None:
    pages = Pages()
    for page in pages.pager(bridge).iter_pages():
        for _ in range(10):
            bridge.call(nothing)
        assert pages.asked == list(range(1, min((page.page_info or PageInfo()).page or 0, 2) + 2))


def test_a_pager_goes_from_page_to_page(bridge: Bridge) -> None:
    pager = Pages().pager(bridge)
    second = pager.next_page()
    assert second is not None
    assert (second.items, second.has_next) == (["2a", "2b"], True)
    third = second.next_page()
    assert third is not None
    assert (third.items, third.has_next, third.next_page()) == (["3a", "3b"], False, None)
    assert list(second) == ["2a", "2b", "3a", "3b"]


def test_an_error_on_a_later_page_is_raised(bridge: Bridge) -> None:
    seen: list[str] = []
    with pytest.raises(LookupError):
        seen.extend(Pages(failing=2).pager(bridge))
    assert seen == ["1a", "1b"]


def test_a_loop_over_pages_that_is_left_leaves_no_task(bridge: Bridge) -> None:
    async def tasks() -> int:
        return len(asyncio.all_tasks())

    idle = bridge.call(tasks)
    for _ in Pages().pager(bridge):
        break
    with contextlib.suppress(LookupError):
        for _ in Pages().pager(bridge):
            raise LookupError
    assert bridge.call(tasks) == idle
