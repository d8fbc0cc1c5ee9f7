"""Pages: awaited for the first, iterated for every item."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async._core.pager import Cursor, Page, PageInfo, Pager, Rows
from twelvelabs_async.errors import DecodeError, NotFoundError

pytestmark = pytest.mark.anyio


class Shelf:
    """Pages of numbers, by number or by token; counts what is asked for."""

    def __init__(self, pages: list[list[int]], *, tokens: bool = False, fails: int = 0) -> None:
        self.pages = pages
        self.tokens = tokens
        self.fails = fails
        self.asked: list[Cursor | None] = []

    async def fetch(self, cursor: Cursor | None) -> Rows[int]:
        self.asked.append(cursor)
        await asyncio.sleep(0)
        at = int(cursor or 1)
        if at == self.fails:
            raise NotFoundError("gone", status_code=404)
        last = at >= len(self.pages)
        info = (
            PageInfo(next_page_token=None if last else str(at + 1))
            if self.tokens
            else PageInfo(page=at, total_page=len(self.pages))
        )
        return Page(data=self.pages[at - 1] if self.pages else [], page_info=info)


@given(st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=5), st.booleans())
async def test_every_item_once_and_no_page_too_many(pages: list[list[int]], tokens: bool) -> None:
    shelf = Shelf(pages, tokens=tokens)
    assert [item async for item in Pager(shelf.fetch)] == [item for page in pages for item in page]
    assert len(shelf.asked) == len(pages)


async def test_the_first_page_is_kept() -> None:
    shelf = Shelf([[1], [2], [3]])
    pager = await Pager(shelf.fetch)
    assert (pager.items, pager.page_info.page, pager.has_next) == ([1], 1, True)
    assert await pager is pager
    second = await pager.next_page()
    assert second is not None
    assert [item async for item in second] == [2, 3]
    third = await second.next_page()
    assert third is not None
    assert (third.has_next, await third.next_page()) == (False, None)
    assert shelf.asked == [None, 2, 3, 3]


async def test_a_pager_is_read_after_it_was_awaited() -> None:
    pager: Pager[int] = Pager(Shelf([[1]]).fetch)
    for name in ("items", "page_info", "has_next", "response"):
        with pytest.raises(RuntimeError, match="await the pager"):
            getattr(pager, name)


async def test_the_next_page_is_on_its_way_while_one_is_used() -> None:
    shelf = Shelf([[1], [2], [3]])
    async for item in Pager(shelf.fetch):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(shelf.asked) == min(3, item + 1)


async def test_an_error_of_a_later_page_is_raised_where_it_is() -> None:
    seen: list[int] = []
    with pytest.raises(NotFoundError):
        async for item in Pager(Shelf([[1, 2], [3]], fails=2).fetch):
            seen.append(item)
    assert seen == [1, 2]


@pytest.mark.parametrize(
    "info",
    [None, PageInfo(), PageInfo(page=1), PageInfo(total_page=9), PageInfo(page=2, total_page=1)],
)
async def test_without_figures_there_is_one_page(info: PageInfo | None) -> None:
    async def fetch(cursor: Cursor | None) -> Rows[int]:
        assert cursor is None
        return Page(data=[1], page_info=info)

    assert [item async for item in Pager(fetch)] == [1]


async def test_the_same_token_again_is_an_error() -> None:
    async def fetch(cursor: Cursor | None) -> Rows[int]:
        return Page(data=[1], page_info=PageInfo(next_page_token="again"))

    seen: list[Any] = []
    with pytest.raises(DecodeError, match="circles"):
        async for item in Pager(fetch):
            seen.append(item)
    assert seen == [1, 1]


async def test_a_page_is_iterable_and_true() -> None:
    empty: Page[int] = Page(data=[])
    assert (list(Page(data=[1, 2])), len(empty), bool(empty)) == ([1, 2], 0, True)
