"""Pages: awaited for the first, iterated for every item.

An iteration ends at the last page that the service names (`total_page`, or no token), without
requesting one more; an error on any page is raised.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from attrs import define, field

from ..errors import DecodeError
from .frames import dropping_locals
from .hooks import LEFT
from .json_values import is_array
from .model import Model, shown_value
from .page_link import PageLink
from .redaction import redact
from .tabular import AsyncTabular, Tabular, all_rows, tables
from .taskable import Taskable

__all__ = ["BasePage", "Cursor", "Page", "PageInfo", "Pager"]

T = TypeVar("T")
Cursor = int | str
"""What requests the next page: its number, or a token."""


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

    Example: ``async for page in client.tasks.list().iter_pages(): print(len(page.items))``
    """

    page_info: PageInfo | None = None

    @property
    @abstractmethod
    def items(self) -> list[T]:
        """The rows of this page."""
        raise NotImplementedError  # abstract: each kind of page names its rows its own way

    def _table_rows(self) -> list[T]:
        return self.items

    def _row_type(self) -> Any:
        return tables().row_type_of(type(self))

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def keys(self) -> list[str]:
        """The names of its fields: ``dict(page)`` has these, and not the rows.

        Example: ``names = list(page.keys())``
        """
        return [*self.__dict__, *self.extra]

    def __getitem__(self, key: Any) -> Any:
        """A row by its number, several by a slice, or a field by its name."""
        if isinstance(key, str):
            return getattr(self, key)
        rows: Any = self.items
        return rows[key]

    def _repr_html_(self) -> str:
        """What a notebook shows: the rows, and how many there are."""
        from .html import rows_html

        if not is_array(self.items):  # the page was made of unchecked values
            return super()._repr_html_()
        return rows_html(self.items, self._note())

    def _note(self) -> str:
        info = self.page_info
        if not isinstance(info, PageInfo) or info.total_results is None:
            try:
                return "more pages follow" if self.has_next else ""
            except (AttributeError, DecodeError, TypeError):  # unchecked values, a malformed token
                return ""
        pages = f", page {info.page} of {info.total_page}" if info.page and info.total_page else ""
        return f"{len(self.items)} of {info.total_results} results{pages}"

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True  # an empty page is a page

    @property
    def has_next(self) -> bool:
        """Whether a page follows this one."""
        return next_cursor(self) is not None if self.__link__ is None else self.__link__.has_next

    @property
    def next_page(self) -> Callable[[], Any]:
        """Fetches the page after this one, None after the last.

        The blocking client needs no ``await``. RuntimeError for a page that came from no list, such
        as one that was pickled.

        Example: ``following = await page.next_page()``
        """
        if self.__link__ is None:
            raise RuntimeError("this page came from no list, so none follows it")
        next_page: Callable[[], Any] = self.__link__.next_page
        return next_page

    @property
    def get_next(self) -> Callable[[], Any] | None:
        """`next_page`, or None on the last page."""
        return self.next_page if self.has_next else None


@define(kw_only=True)
class Page(BasePage[T]):
    """One page of a list whose rows are in `data`.

    ``Page[Asset]`` is a class of its own, whose pages know what their rows are.

    Example: ``page = Page[Asset].model_validate(found)``
    """

    _row: ClassVar[Any] = None
    data: list[T] = field(factory=list[T])

    if not TYPE_CHECKING:  # to a checker it is generic, and no more

        def __class_getitem__(cls, row: Any) -> Any:
            if cls is not Page or isinstance(row, TypeVar) or getattr(row, "__parameters__", ()):
                return super().__class_getitem__(row)
            return _page_class(row)

    @property
    def items(self) -> list[T]:
        """The rows of this page."""
        return self.data

    def __eq__(self, other: object) -> bool:
        """Whether the other is a page with equal fields, with or without a class for its rows."""
        return self.__dict__ == other.__dict__ if isinstance(other, Page) else NotImplemented

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """What copies and pickles: the fields, and what is beside them, without the link."""
        restore, (cls, *kept) = super().__reduce_ex__(protocol)
        if _page_classes.get(self._row) is not cls:
            return restore, (cls, *kept)
        return _restored_page, (self._row, restore, *kept)


_page_classes: dict[Any, type[Page[Any]]] = {}


def _page_class(row: Any) -> type[Page[Any]]:
    """The class of the pages with such rows, made once."""
    made = _page_classes.get(row)
    if made is None:
        generic: Any = Page
        name = f"Page[{getattr(row, '__name__', row)}]"
        body = {"__module__": __name__, "__slots__": (), "_row": row}
        made = _page_classes[row] = type(generic)(name, (generic,), body)
        made.__annotations__ = {"data": list[row]}
    return made


def _restored_page(row: Any, restore: Callable[..., Any], *kept: Any) -> Any:
    # Its class has no name in a module by which pickle could find it.
    return restore(_page_class(row), *kept)


def next_cursor(page: BasePage[Any]) -> Cursor | None:
    """What requests the page after this one; None after the last."""
    info = page.page_info
    if info is None:
        return None
    token = info.next_page_token
    if token in (".", ".."):  # it goes back in a path
        raise DecodeError(f"the token of the next page is malformed: {token!r}")
    if token:  # many services send an empty one with the last page
        return token
    if info.page is None or info.total_page is None or info.page >= info.total_page:
        return None
    return info.page + 1


class _Asked:
    """The pages that were asked for. Numbers only rise, so of those the last is enough."""

    def __init__(self, first: Cursor | None) -> None:
        self._number = first if isinstance(first, int) else 0
        self._tokens = {first} if isinstance(first, str) else set[str]()

    def before(self, cursor: Cursor) -> bool:
        """Whether it was asked for before; if not, it is now."""
        if isinstance(cursor, int):
            again = cursor <= self._number
            self._number = cursor
        else:
            again = cursor in self._tokens
            self._tokens.add(cursor)
        return again


class _Trail(NamedTuple):
    """The way to a page that is reached by hand, of which it keeps two cursors at most.

    Each page has a trail of its own, since it may be left more than once. `kept` stays for a number
    of steps that doubles (Brent's algorithm), so that a circle of any length comes back to it.
    """

    at: Cursor | None
    kept: Cursor | None = None
    steps: int = 1
    left: int = 1

    def to(self, cursor: Cursor) -> _Trail:
        """The trail of the page after this one; DecodeError where pages go in circles."""
        falls = isinstance(cursor, int) and isinstance(self.at, int) and cursor < self.at
        if falls or cursor in (self.at, self.kept):
            raise _circles(cursor)
        if self.left > 1:
            return _Trail(cursor, self.kept, self.steps, self.left - 1)
        return _Trail(cursor, cursor, 2 * self.steps, 2 * self.steps)


def _circles(cursor: Cursor) -> DecodeError:
    return DecodeError(f"the list goes in circles: page {cursor} comes twice")


class Pager(AsyncTabular, Taskable["Pager[T]"], Generic[T]):
    """A list that comes in pages.

    ``async for row in pager`` gives every row of every page from here on; ``await pager`` fetches
    the page that it stands at and returns the pager, whose `items` and `page_info` can then be
    read; `asyncio.create_task` takes it as well. The next page is requested while the rows of one
    are used.

    Example: ``page = await client.tasks.list(); print(page.page_info.total_results)``
    """

    _page: BasePage[T] | None = None

    def __init__(
        self,
        fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]],
        cursor: Cursor | None = None,
    ) -> None:
        self._fetch = fetch
        self._trail = _Trail(cursor)
        self._page = None

    @classmethod
    def _follow(cls, page: BasePage[T]) -> Cursor | None:
        """What requests the page after this one; None after the last."""
        return next_cursor(page)

    @classmethod
    def _linked(
        cls,
        page: BasePage[T],
        fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]],
        trail: _Trail,
    ) -> BasePage[T]:
        cursor = cls._follow(page)
        # The link holds neither the page nor the pager, so that a page is freed with its last
        # reference, and need not wait for the garbage collector.
        page.__link__ = PageLink(
            partial(cls._page_after, fetch, trail, cursor), has_next=cursor is not None
        )
        return page

    @classmethod
    async def _page_after(
        cls,
        fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]],
        trail: _Trail,
        cursor: Cursor | None,
    ) -> BasePage[T] | None:
        return None if cursor is None else await cls._fetched(fetch, trail.to(cursor))

    @classmethod
    async def _fetched(
        cls, fetch: Callable[[Cursor | None], Awaitable[BasePage[T]]], trail: _Trail
    ) -> BasePage[T]:
        with dropping_locals:
            return cls._linked(await fetch(trail.at), fetch, trail)

    async def _load(self) -> BasePage[T]:
        if self._page is None:
            self._page = await self._fetched(self._fetch, self._trail)
        return self._page

    async def _first(self) -> Self:
        await self._load()
        return self

    def __repr__(self) -> str:
        if self._page is None:
            return f"<{type(self).__name__}: await it, or iterate it>"
        # Redacted, since the frames that a failure leaves show the pager.
        return f"{type(self).__name__}({redact(shown_value(self.items))}, has_next={self.has_next})"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: the page, once there is one."""
        page: Any = self._page  # not narrowed: to a checker the notebooks' name is a private one
        return None if page is None else page._repr_html_()

    def __await__(self) -> Generator[Any, None, Self]:
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

    async def next_page(self) -> Self | None:
        """The pager at the page after this one, fetched; None after the last.

        Example: ``following = await page.next_page()``
        """
        cls, fetch, trail = type(self), self._fetch, self._trail
        cursor = cls._follow(await self._load())
        del self  # a failure shows the variables of this frame
        if cursor is None:
            return None
        following = cls(fetch)
        following._trail = trail.to(cursor)
        await following._load()
        return following

    @property
    def get_next(self) -> Callable[[], Awaitable[Self | None]] | None:
        """`next_page`, or None at the last page; RuntimeError before the pager was awaited."""
        return self.next_page if self.has_next else None

    async def iter_pages(self) -> AsyncGenerator[BasePage[T]]:
        """Every page from this one on.

        Example: ``async for page in client.tasks.list().iter_pages(): print(len(page.items))``
        """
        page = await self._load()
        cls, fetch, trail = type(self), self._fetch, self._trail
        asked = _Asked(trail.at)
        del self  # a failure shows the variables of this frame
        while True:
            cursor = cls._follow(page)
            if cursor is None:
                yield page
                return
            if asked.before(cursor):
                yield page
                del page  # as above
                raise _circles(cursor)
            trail = trail.to(cursor)
            ahead = asyncio.ensure_future(cls._fetched(fetch, trail))
            try:
                yield page
                del page  # as above
                page = await ahead
            finally:
                if not ahead.done():
                    from anyio import CancelScope  # here, since most programs never come by

                    ahead.cancel(LEFT)
                    with CancelScope(shield=True):  # it has no other parent to wait for it
                        await asyncio.wait([ahead])
                if not ahead.cancelled():
                    ahead.exception()  # retrieved: the error of an unused page is not raised
                del ahead  # the error that it may hold has this frame in its traceback

    async def _table_rows(self) -> list[T]:
        return await all_rows(self)

    def _row_type(self) -> Any:
        page: Any = self._page  # not narrowed: to a checker the method is a private one
        return None if page is None else page._row_type()

    async def __aiter__(self) -> AsyncGenerator[T]:
        async with aclosing(self.iter_pages()) as pages:
            del self  # a failure shows the variables of this frame
            async for page in pages:
                for row in page.items:
                    yield row
                    del row  # as above
                del page  # as above
