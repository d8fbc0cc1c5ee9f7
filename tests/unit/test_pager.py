"""Pages: what is requested, when, and what it gives."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import chain
from typing import Any, cast

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import DecodeError, InternalServerError
from twelvelabs_async._runtime.pager import BasePage, Cursor, Page, PageInfo, Pager

Fetch = Callable[[Cursor | None], Awaitable[BasePage[int]]]


async def never() -> BasePage[int]:
    return cast("BasePage[int]", await asyncio.get_running_loop().create_future())


class Numbered:
    """A list in numbered pages, as the service gives it; `fails_at` is a page that it refuses."""

    def __init__(self, *pages: list[int], fails_at: int | None = None) -> None:
        self.pages = pages
        self.fails_at = fails_at
        self.asked: list[Cursor | None] = []

    async def fetch(self, cursor: Cursor | None) -> BasePage[int]:
        self.asked.append(cursor)
        number = 1 if cursor is None else int(cursor)
        await asyncio.sleep(0)
        if number == self.fails_at:
            raise InternalServerError("no", status_code=500)
        info = PageInfo(page=number, total_page=len(self.pages))
        return Page(data=self.pages[number - 1], page_info=info)


class Tokens:
    """A list whose pages are named by tokens: None is the first, "t1" the next."""

    def __init__(self, *pages: list[int]) -> None:
        self.pages = pages
        self.asked: list[Cursor | None] = []

    async def fetch(self, cursor: Cursor | None) -> BasePage[int]:
        self.asked.append(cursor)
        at = 0 if cursor is None else int(str(cursor)[1:])
        token = f"t{at + 1}" if at + 1 < len(self.pages) else None
        return Page(data=self.pages[at], page_info=PageInfo(next_page_token=token))


@pytest.mark.parametrize("kind", [Numbered, Tokens])
@given(pages=st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=5))
async def test_every_row_comes_once_and_no_page_too_many(kind: Any, pages: list[list[int]]) -> None:
    source = kind(*pages)
    assert [row async for row in Pager[int](source.fetch)] == list(chain(*pages))
    assert len(source.asked) == len(pages)


async def test_an_awaited_pager_stands_at_its_first_page() -> None:
    source = Numbered([1, 2], [3])
    pager = await Pager(source.fetch)
    assert pager.items == pager.data == [1, 2]
    assert pager.response == pager.response
    assert list(pager.response) == [1, 2]
    assert (pager.page_info.page, pager.page_info.total_page) == (1, 2)
    assert pager.has_next
    assert source.asked == [None]


async def test_awaiting_twice_asks_once() -> None:
    source = Numbered([1])
    pager = Pager(source.fetch)
    assert await pager is pager
    await pager
    assert [row async for row in pager] == [1]
    assert source.asked == [None]


async def test_an_awaited_pager_continues_from_the_page_it_has() -> None:
    source = Numbered([1], [2], [3])
    pager = await Pager(source.fetch, 2)
    assert [row async for row in pager] == [2, 3]
    assert source.asked == [2, 3]


@pytest.mark.parametrize("name", ["items", "page_info", "has_next", "response"])
async def test_a_pager_that_was_not_awaited_has_no_page(name: str) -> None:
    with pytest.raises(RuntimeError, match="await the pager"):
        getattr(Pager(Numbered([1]).fetch), name)


async def test_pages_can_be_turned_one_by_one() -> None:
    source = Numbered([1], [2])
    first = Pager(source.fetch)
    second = await first.next_page()
    assert second is not None
    assert second.items == [2]
    assert not second.has_next
    assert await second.next_page() is None
    assert first.items == [1]
    assert source.asked == [None, 2]


async def test_a_subclass_turns_to_its_own_kind() -> None:
    class Own(Pager[int]):
        pass

    second = await Own(Numbered([1], [2]).fetch).next_page()
    assert type(second) is Own


async def test_pages_come_whole() -> None:
    pages = [page async for page in Pager(Numbered([1, 2], [], [3]).fetch).iter_pages()]
    assert [page.items for page in pages] == [[1, 2], [], [3]]
    assert [len(page) for page in pages] == [2, 0, 1]
    assert all(pages)  # one without rows is a page too


@pytest.mark.parametrize(
    "info",
    [
        None,
        PageInfo(),
        PageInfo(page=1),
        PageInfo(total_page=5),
        PageInfo(page=1, total_page=1),
        PageInfo(page=1, total_page=0),
        PageInfo(page=7, total_page=5),
    ],
)
async def test_a_list_ends_where_nothing_says_that_it_continues(info: PageInfo | None) -> None:
    asked: list[Cursor | None] = []

    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        asked.append(cursor)
        return Page(data=[1], page_info=info)

    assert [row async for row in Pager(fetch)] == [1]
    pager = await Pager(fetch)
    assert not pager.has_next
    assert pager.page_info == (info or PageInfo())
    assert asked == [None, None]


@define(kw_only=True)
class Hits(BasePage[int]):
    hits: list[int] | None = None

    @property
    def items(self) -> list[int]:
        return self.hits or []


async def test_rows_may_have_another_name() -> None:
    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        return Hits(hits=[1, 2])

    assert [row async for row in Pager(fetch)] == [1, 2]


# The page ahead


async def test_the_next_page_is_asked_for_while_one_is_used() -> None:
    source = Numbered([1], [2], [3])
    seen: list[list[Cursor | None]] = []
    async for _ in Pager(source.fetch):
        await asyncio.sleep(0)  # the row is used
        seen.append(list(source.asked))
    assert seen == [[None, 2], [None, 2, 3], [None, 2, 3]]


async def test_leaving_early_ends_the_look_ahead() -> None:
    ended = asyncio.Event()

    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        if cursor is None:
            return Page(data=[1, 2], page_info=PageInfo(page=1, total_page=2))
        try:
            return await never()
        finally:
            ended.set()

    async with aclosing(aiter(Pager(fetch))) as rows:
        async for _ in rows:
            await asyncio.sleep(0)
            break
    assert ended.is_set()


async def test_an_error_of_a_page_that_nobody_came_to_is_not_raised() -> None:
    source = Numbered([1], [2], fails_at=2)
    async with aclosing(aiter(Pager(source.fetch))) as rows:
        async for _ in rows:
            for _ in range(5):
                await asyncio.sleep(0)
            break
    assert source.asked == [None, 2]
    # Warnings are errors: an exception that was never retrieved would be one.


async def test_an_error_of_a_later_page_is_raised_after_the_rows_before_it() -> None:
    source = Numbered([1, 2], [3], [4], fails_at=2)
    rows: list[int] = []

    async def read() -> None:
        async for row in Pager(source.fetch):
            rows.append(row)  # noqa: PERF401  # what came before the error is the point

    with pytest.raises(InternalServerError):
        await read()
    assert rows == [1, 2]
    assert source.asked == [None, 2]


async def test_an_error_of_the_first_page_is_raised_and_asked_for_again() -> None:
    source = Numbered([1], fails_at=1)
    pager = Pager(source.fetch)
    with pytest.raises(InternalServerError):
        await pager
    source.fails_at = None
    assert (await pager).items == [1]


async def test_a_reader_that_is_cancelled_takes_the_look_ahead_with_it() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        if cursor is None:
            return Page(data=[1], page_info=PageInfo(page=1, total_page=2))
        begun.set()
        try:
            return await never()
        finally:
            ended.set()

    async def read() -> list[int]:
        return [row async for row in Pager(fetch)]

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_tokens_that_go_in_circles_end_in_an_error(length: int) -> None:
    asked: list[Cursor | None] = []

    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        asked.append(cursor)
        token = f"t{len(asked) % length}"
        return Page(data=[len(asked)], page_info=PageInfo(next_page_token=token))

    async def read() -> None:
        async for row in Pager(fetch):
            assert row < 10, "it goes on for ever"

    with pytest.raises(DecodeError, match="in circles"):
        await read()
    assert len(set(asked)) == len(asked)


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize("kind", [Numbered, Tokens])
async def test_pages_are_free_without_the_garbage_collector(kind: Any) -> None:
    def held() -> int:
        return sum(isinstance(value, Pager | BasePage) for value in gc.get_objects())

    source = kind([1, 2], [3], [4])
    before = held()
    pager = await Pager(source.fetch)
    assert held() > before, "it is seen while somebody has it"
    following = await pager.next_page()
    assert following is not None
    assert [row async for row in following] == [3, 4]
    del pager, following
    await asyncio.sleep(0)  # the loop itself lets go of the last task
    assert held() == before


async def memory_of_pages(count: int) -> int:
    """The bytes that an iteration holds at its last of so many numbered pages."""

    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        return Page(data=[1], page_info=PageInfo(page=int(cursor or 1), total_page=count))

    used = 0
    tracemalloc.start()
    try:
        async for page in Pager(fetch).iter_pages():
            if page.page_info is not None and page.page_info.page == count:
                used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return used


async def test_a_long_list_takes_no_more_memory_than_a_short_one() -> None:
    await memory_of_pages(10)  # imports
    assert await memory_of_pages(5_000) <= await memory_of_pages(50) + 10_000
