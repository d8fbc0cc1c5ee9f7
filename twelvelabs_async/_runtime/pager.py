"""Pages: awaited for the first, iterated for every item.

An iteration ends at the last page that the service tells of (`total_page`, or no token to go on
with), never by asking for one more; an error on any page is raised.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, Generic, TypeVar

from attrs import define, field

from ..errors import DecodeError
from .model import Model, shown_value
from .page_link import PageLink
from .tabular import AsyncTabular, Tabular
from .taskable import Taskable

__all__ = ["BasePage", "Cursor", "Page", "PageInfo", "Pager"]

T = TypeVar("T")
Cursor = int | str
"""What the next page is asked for by: its number, or a token."""


@define(kw_only=True)
class PageInfo(Model):
    """Where a page stands. Numbered lists fill `page` and `total_page`, searches the tokens."""

    page: int | None = None
    total_page: int | None = None
    total_results: int | None = None
    limit_per_page: int | None = None
    total_inner_matches: int | None = None
    page_expires_at: str | None = None
    next_page_token: str | None = None
    prev_page_token: str | None = None


@define(kw_only=True)
class BasePage(Model, Tabular, Generic[T]):
    """One page of a list: iterate it, or take `items`; `page_info` says where it stands.

    A page that came from a list leads to the page after it, as the vendor's pages do.
    """

    page_info: PageInfo | None = None

    @property
    @abstractmethod
    def items(self) -> list[T]:
        """The rows of this page."""
        raise NotImplementedError  # abstract: each kind of page names its rows its own way

    def _table_rows(self) -> list[T]:
        return self.items

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def keys(self) -> list[str]:
        """The names of its fields: ``dict(page)`` has these, and not the rows."""
        return [*self.__dict__, *self.extra]

    def __getitem__(self, key: Any) -> Any:
        """A row by its number, several by a slice, or a field by its name."""
        if isinstance(key, str):
            return getattr(self, key)
        rows: Any = self.items
        return rows[key]

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True  # an empty page is a page

    @property
    def has_next(self) -> bool:
        """Whether a page follows this one."""
        return next_cursor(self) is not None if self._link is None else self._link.has_next

    @property
    def next_page(self) -> Callable[[], Any]:
        """Fetches the page after this one, None after the last: ``await page.next_page()``.

        The blocking client needs no ``await``. RuntimeError for a page that came from no list,
        such as one that was pickled.
        """
        if self._link is None:
            raise RuntimeError("this page came from no list, so none follows it")
        next_page: Callable[[], Any] = self._link.next_page
        return next_page

    @property
    def get_next(self) -> Callable[[], Any] | None:
        """`next_page`, or None on the last page."""
        return self.next_page if self.has_next else None


@define(kw_only=True)
class Page(BasePage[T]):
    """One page of a list whose rows are in `data`."""

    data: list[T] = field(factory=list[T])

    @property
    def items(self) -> list[T]:
        """The rows of this page."""
        return self.data


def next_cursor(page: BasePage[Any]) -> Cursor | None:
    """What the page after this one is asked for by; None after the last."""
    info = page.page_info
    if info is None:
        return None
    token = info.next_page_token
    if token in (".", ".."):  # it goes back in a path
        raise DecodeError(f"the token of the next page cannot be one: {token!r}")
    if token:  # many services send an empty one with the last page
        return token
    if info.page is None or info.total_page is None or info.page >= info.total_page:
        return None
    return info.page + 1


class Pager(AsyncTabular, Taskable["Pager[T]"], Generic[T]):
    """A list that comes in pages.

    ``async for row in pager`` gives every row of every page from here on; ``await pager`` fetches
    the page that it stands at and returns the pager, whose `items` and `page_info` can then be
    read; `asyncio.create_task` takes it as well. While one page's rows are used, the next page is
    already asked for.
    """

    def __init__(
        self,
        fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]],
        cursor: Cursor | None = None,
    ) -> None:
        self._fetch = fetch
        self._cursor = cursor
        self._page: BasePage[T] | None = None

    @classmethod
    def _follow(cls, page: BasePage[T]) -> Cursor | None:
        """What the page after this one is asked for by; None after the last."""
        return next_cursor(page)

    @classmethod
    def _linked(
        cls, page: BasePage[T], fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]]
    ) -> BasePage[T]:
        cursor = cls._follow(page)
        # The link holds neither the page nor the pager, so that a page is free once nobody has it
        # and need not wait for the garbage collector.
        page._link = PageLink(partial(cls._page_at, fetch, cursor), has_next=cursor is not None)
        return page

    @classmethod
    async def _page_at(
        cls, fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]], cursor: Cursor | None
    ) -> BasePage[T] | None:
        return None if cursor is None else cls._linked(await fetch(cursor), fetch)

    async def _load(self) -> BasePage[T]:
        if self._page is None:
            self._page = self._linked(await self._fetch(self._cursor), self._fetch)
        return self._page

    async def _first(self) -> Any:
        await self._load()
        return self

    def __repr__(self) -> str:
        if self._page is None:
            return f"<{type(self).__name__}: await it, or iterate it>"
        return f"{type(self).__name__}({shown_value(self.items)}, has_next={self.has_next})"

    def __await__(self) -> Generator[Any, None, Pager[T]]:
        return self._first().__await__()

    @property
    def response(self) -> BasePage[T]:
        """The whole reply that this page came in; RuntimeError before the pager was awaited."""
        if self._page is None:
            raise RuntimeError("await the pager before you read its page")
        return self._page

    @property
    def items(self) -> list[T]:
        """The rows of this page; RuntimeError before the pager was awaited."""
        return self.response.items

    @property
    def data(self) -> list[T]:
        """`items`: where the vendor's SDK gives the plain reply, programs read its ``data``."""
        return self.items

    @property
    def page_info(self) -> PageInfo:
        """Where this page stands; RuntimeError before the pager was awaited."""
        return self.response.page_info or PageInfo()

    @property
    def has_next(self) -> bool:
        """Whether a page follows this one; RuntimeError before the pager was awaited."""
        return self._follow(self.response) is not None

    async def next_page(self) -> Pager[T] | None:
        """The pager at the page after this one, fetched; None after the last."""
        cursor = self._follow(await self._load())
        if cursor is None:
            return None
        following = type(self)(self._fetch, cursor)
        await following._load()
        return following

    @property
    def get_next(self) -> Callable[[], Awaitable[Pager[T] | None]] | None:
        """`next_page`, or None at the last page; RuntimeError before the pager was awaited."""
        return self.next_page if self.has_next else None

    async def iter_pages(self) -> AsyncGenerator[BasePage[T]]:
        """Every page from this one on."""
        page = await self._load()
        asked = {self._cursor}
        while True:
            cursor = self._follow(page)
            if cursor is None:
                yield page
                return
            if cursor in asked:
                yield page
                raise DecodeError(f"the list goes in circles: page {cursor} comes a second time")
            asked.add(cursor)
            ahead = asyncio.ensure_future(self._fetch(cursor))
            try:
                yield page
                page = self._linked(await ahead, self._fetch)
            finally:
                if not ahead.done():
                    from anyio import CancelScope  # here, since most programs never come by

                    ahead.cancel()
                    with CancelScope(shield=True):  # it has no other parent to wait for it
                        await asyncio.wait([ahead])
                if not ahead.cancelled():
                    ahead.exception()  # seen: one that nobody waits for is no one's error
                del ahead  # the error that it may hold has this frame in its traceback

    async def _table_rows(self) -> list[T]:
        return [row async for row in self]

    async def __aiter__(self) -> AsyncGenerator[T]:
        async with aclosing(self.iter_pages()) as pages:
            async for page in pages:
                for row in page.items:
                    yield row
