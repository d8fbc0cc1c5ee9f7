"""Lists, searches and streams where asyncio wants coroutines, and the pages of lists."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import sys
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from twelvelabs_async import DecodeError, NotFoundError, StreamAnalyzeResponse, StreamError
from twelvelabs_async._runtime.convert import TypeForm, structure
from twelvelabs_async._runtime.pager import BasePage, Cursor, Page, PageInfo, Pager
from twelvelabs_async._runtime.stream import Stream
from twelvelabs_async._runtime.stream_formats import ndjson


def pager(*pages: list[int], kind: type[Pager[int]] = Pager) -> Pager[int]:
    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        await asyncio.sleep(0)
        number = 1 if cursor is None else int(cursor)
        if not pages:
            raise NotFoundError("no such list", status_code=404)
        return structure(
            Page[int],
            {"data": pages[number - 1], "page_info": {"page": number, "total_page": len(pages)}},
        )

    return kind(fetch)


class Opened:
    def __init__(self, lines: bytes) -> None:
        self.lines = lines

    @property
    async def pieces(self) -> AsyncGenerator[bytes]:
        yield self.lines


def stream() -> Stream[Any]:
    @asynccontextmanager
    async def opening() -> AsyncGenerator[Any]:
        await asyncio.sleep(0)
        yield Opened(b'{"event_type":"text_generation","text":"a"}\n{"event_type":"stream_end"}\n')

    return Stream(opening, ndjson(TypeForm[Any](StreamAnalyzeResponse), "stream_end"))


async def in_a_task(made: Any) -> Any:
    return await asyncio.create_task(made)


async def in_a_group(made: Any) -> Any:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made)
    return task.result()


async def in_gather(made: Any) -> Any:
    return (await asyncio.gather(made, asyncio.sleep(0)))[0]


async def in_time(made: Any) -> Any:
    return await asyncio.wait_for(made, 60)


async def in_a_shield(made: Any) -> Any:
    return await asyncio.shield(made)


async def in_the_loop(made: Any) -> Any:
    return await asyncio.get_running_loop().create_task(made, name="a list")


async def as_completed(made: Any) -> Any:
    return await next(iter(asyncio.as_completed([made])))


WAYS = [in_a_task, in_a_group, in_gather, in_time, in_a_shield, in_the_loop, as_completed]
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@each_way
async def test_a_list_is_taken_wherever_a_coroutine_is(
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    made = pager([1, 2], [3])
    assert asyncio.iscoroutine(made)
    assert isinstance(made, Coroutine)
    assert await way(made) is made
    assert made.items == [1, 2]
    assert [row async for row in made] == [1, 2, 3]
    assert await way(made) is made, "it can be taken once more"


@each_way
async def test_a_stream_is_taken_wherever_a_coroutine_is(
    way: Callable[[Any], Awaitable[Any]],
) -> None:
    made = stream()
    assert await way(made) is made
    assert [type(event).__name__ async for event in made] == [
        "StreamAnalyzeResponse_TextGeneration",
        "StreamAnalyzeResponse_StreamEnd",
    ]


@each_way
async def test_an_error_comes_out_of_the_task(way: Callable[[Any], Awaitable[Any]]) -> None:
    made = pager()
    with pytest.raises((NotFoundError, ExceptionGroup)) as caught:
        await way(made)
    error = caught.value
    assert isinstance(
        error.exceptions[0] if isinstance(error, ExceptionGroup) else error, NotFoundError
    )


def test_a_list_is_what_a_program_runs() -> None:
    async def main() -> list[int]:
        return [row async for row in pager([1], [2])]

    assert asyncio.run(cast("Any", pager([7]))).items == [7]
    assert asyncio.run(main()) == [1, 2]
    with asyncio.Runner() as runner:
        assert runner.run(cast("Any", pager([8]))).items == [8]


async def test_a_task_that_is_cancelled_cancels_the_call() -> None:
    ended: list[BaseException] = []

    async def fetch(_: Cursor | None) -> BasePage[int]:
        try:
            await asyncio.get_running_loop().create_future()
        except BaseException as error:  # a CancelledError is expected
            ended.append(error)
            raise
        raise AssertionError

    for rounds in (0, 1, 3):  # before its first step, too
        made = Pager[int](fetch)
        task = asyncio.create_task(cast("Any", made))
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [type(error) for error in ended] == [asyncio.CancelledError] * 2


async def test_two_tasks_do_not_take_one_list_at_a_time() -> None:
    made = pager([1])
    first, second = asyncio.create_task(cast("Any", made)), asyncio.create_task(cast("Any", made))
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert results[0] is made
    assert isinstance(results[1], RuntimeError)
    assert "another task" in str(results[1])


def test_what_nobody_awaits_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for made in (pager([1]), stream()):
            made.close()
            made.close()
        pager([1])
        stream()
        gc.collect()


async def test_a_group_that_is_ending_gives_a_list_up_without_a_warning() -> None:
    made = pager([1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with asyncio.TaskGroup() as group:
            pass
        with pytest.raises(RuntimeError):
            group.create_task(cast("Any", made))
        gc.collect()
    if sys.version_info >= (3, 13):
        assert (await made).items == [1]


async def test_an_open_stream_is_not_closed_by_halves() -> None:
    made = await stream()
    with pytest.raises(RuntimeError, match="aclose"):
        made.close()
    await made.aclose()
    given_up = stream()
    given_up.close()
    with pytest.raises(StreamError, match="closed"):
        await given_up


# Pages


async def test_pages_lead_to_the_next() -> None:
    pages = [page async for page in pager([1, 2], [3], [4]).iter_pages()]
    assert [page.items for page in pages] == [[1, 2], [3], [4]]
    assert [page.has_next for page in pages] == [True, True, False]
    second = await pages[0].next_page()
    assert (second.items, second.has_next) == ([3], True)
    assert (await (second.get_next or pytest.fail)()).items == [4]
    assert await pages[2].next_page() is None
    assert pages[2].get_next is None


async def test_a_program_walks_by_pages_as_with_the_vendors_sdk() -> None:
    page: Any = await pager([1, 2], [3], [4])
    rows: list[int] = []
    while page is not None:
        rows += page.items
        if not page.has_next:
            break
        page = await page.get_next()
    assert rows == [1, 2, 3, 4]
    page, rows = (await pager([1, 2], [3])).response, []
    while page:
        rows += page
        page = await page.next_page()
    assert rows == [1, 2, 3]


async def test_a_pagers_get_next_is_none_at_its_end() -> None:
    made = await pager([1], [2])
    assert made.get_next is not None
    following = await made.get_next()
    assert following is not None
    assert (following.items, following.has_next, following.get_next) == ([2], False, None)


async def test_a_copy_of_a_page_is_data_only() -> None:
    (page, _) = [page async for page in pager([1], [2]).iter_pages()]
    for copied in (pickle.loads(pickle.dumps(page)), copy.deepcopy(page)):
        assert copied == page
        assert copied.items == [1]
        assert copied.has_next is True
        with pytest.raises(RuntimeError, match="came from no list"):
            copied.next_page()
    assert "__link__" not in repr(page) + str(page.model_dump())
    assert page.extra == {}


def test_a_page_that_came_from_no_list_knows_whether_one_follows() -> None:
    for info, follows in (
        (None, False),
        (PageInfo(page=1, total_page=1), False),
        (PageInfo(page=1, total_page=2), True),
        (PageInfo(next_page_token="t"), True),
    ):
        page = Page[int](data=[1], page_info=info)
        assert page.has_next is follows
        if not follows:
            assert page.get_next is None


async def test_an_error_on_the_next_page_is_raised() -> None:
    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        if cursor is not None:
            raise DecodeError("no list")
        return Page(data=[1], page_info=PageInfo(page=1, total_page=2))

    page = (await Pager(fetch)).response
    with pytest.raises(DecodeError):
        await page.next_page()
