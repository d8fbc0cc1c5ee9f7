"""Pages of the blocking client lead to the next one without `await`."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from twelvelabs_async._runtime.pager import BasePage, Cursor, Page, PageInfo, Pager
from twelvelabs_async.errors import ClientClosedError, DecodeError
from twelvelabs_async.sync.bridge import Bridge
from twelvelabs_async.sync.iterate import SyncPager

PAGES = [[1, 2], [3], [4]]


async def fetch(cursor: Cursor | None) -> BasePage[int]:
    await asyncio.sleep(0)
    number = 1 if cursor is None else int(cursor)
    return Page(data=PAGES[number - 1], page_info=PageInfo(page=number, total_page=len(PAGES)))


def test_pages_lead_to_the_next(bridge: Bridge) -> None:
    pager = SyncPager(bridge, Pager(fetch))
    assert pager.data == pager.items == PAGES[0]
    pages = list(pager.iter_pages())
    assert [page.items for page in pages] == PAGES
    assert [page.has_next for page in pages] == [True, True, False]
    second = pages[0].next_page()
    assert (second.items, second.has_next) == ([3], True)
    assert second.next_page().items == [4]
    assert pages[2].next_page() is None
    assert pages[2].get_next is None
    assert pickle.loads(pickle.dumps(pages[0])).items == [1, 2]


def test_a_program_walks_by_pages_as_with_the_vendors_sdk(bridge: Bridge) -> None:
    pager = SyncPager(bridge, Pager(fetch))
    first: list[Any] = [pager, pager.response, next(pager.iter_pages())]
    for page in first:
        rows: list[int] = []
        while page is not None:
            rows += page.items
            page = page.get_next() if page.has_next else None
        assert rows == [1, 2, 3, 4]
    assert list(pager) == [1, 2, 3, 4]


def test_a_page_of_a_closed_client_says_that_it_is_closed(bridge: Bridge) -> None:
    page = SyncPager(bridge, Pager(fetch)).response
    bridge.close()
    with pytest.raises(ClientClosedError):
        page.next_page()


async def in_circles(cursor: Cursor | None) -> BasePage[int]:
    """The first page leads to a, and from there on it is b, c, b, c, and so on."""
    following = {None: "a", "a": "b", "b": "c", "c": "b"}[cursor]  # type: ignore[index]  # no number
    return Page(data=[1], page_info=PageInfo(next_page_token=following))


def pagers(pager: Any) -> Any:
    return pager


def links(pager: Any) -> Any:
    return pager.response


def pages_of_iteration(pager: Any) -> Any:
    return next(pager.iter_pages())


@pytest.mark.parametrize("begin", [pagers, links, pages_of_iteration])
def test_pages_by_hand_that_go_in_circles_end_in_an_error(bridge: Bridge, begin: Any) -> None:
    page = begin(SyncPager(bridge, Pager(in_circles)))
    with pytest.raises(DecodeError, match="circles"):  # noqa: PT012  # at which page is for the search to say
        for _ in range(20):
            page = page.get_next()


def test_a_page_may_be_left_more_than_once(bridge: Bridge) -> None:
    pager = SyncPager(bridge, Pager(fetch))
    assert [pager.response.next_page().items for _ in range(3)] == [[3]] * 3
    assert [page.items for page in (pager.next_page(), pager.next_page()) if page] == [[3]] * 2
