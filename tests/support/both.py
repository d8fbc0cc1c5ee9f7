"""One test body for both clients: the methods of the blocking one are awaited as the other's are.

Each call runs in a thread, as a blocking program's would, so that the test's own loop goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from types import TracebackType
from typing import Any, Literal

import pytest
from anyio import to_thread

from twelvelabs_async import AsyncTwelveLabs, RawResponse, TwelveLabs
from twelvelabs_async.sync.bridge import SyncWrapper
from twelvelabs_async.sync.iterate import SyncPager, SyncStream
from twelvelabs_async.sync.raw_methods import SyncRawStream

__all__ = ["CLIENTS", "AsyncFacade", "Kind", "both_clients", "both_kinds"]

_END = object()
BLOCKING = (SyncWrapper, SyncPager, SyncStream, SyncRawStream, RawResponse)


class AsyncFacade:
    """A blocking object whose methods are awaited; its plain attributes are passed through."""

    def __init__(self, blocking: Any) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        # Reading a property of a pager may fetch nothing, so it needs no thread.
        found = getattr(self._blocking, name)
        is_method = callable(found) and not isinstance(found, type)
        return AsyncFacade(found) if is_method else _facade(found)

    def __call__(self, *args: Any, **kwargs: Any) -> _Call:
        return _Call(self._blocking, args, kwargs)

    async def __aenter__(self) -> AsyncFacade:  # noqa: PYI034  # a reply, for a raw stream
        return _facade(await to_thread.run_sync(self._blocking.__enter__))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await to_thread.run_sync(self._blocking.__exit__, kind, error, trace)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _iterate(self._blocking)

    def __await__(self) -> Generator[Any, None, AsyncFacade]:
        return _itself(self).__await__()


class _Call:
    """A call that is made when it is awaited, entered or iterated, as the asyncio client's is."""

    def __init__(
        self, method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._make = lambda: method(
            *_bare(args), **dict(zip(kwargs, _bare(kwargs.values()), strict=True))
        )
        self._made: Any = _END

    async def _result(self) -> Any:
        if self._made is _END:
            self._made = _facade(await to_thread.run_sync(self._make))
        return self._made

    def __await__(self) -> Generator[Any, None, Any]:
        return self._result().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        made = await self._result()
        async for item in _iterate(made._blocking if isinstance(made, AsyncFacade) else made):
            yield item

    async def __aenter__(self) -> Any:
        return await (await self._result()).__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await (await self._result()).__aexit__(*error)


def _bare(values: Any) -> list[Any]:
    """Arguments as the blocking client takes them: methods of its own, as they are."""
    return [getattr(value, "_blocking", value) for value in values]


def _facade(value: Any) -> Any:
    return AsyncFacade(value) if isinstance(value, BLOCKING) else value


async def _itself(facade: AsyncFacade) -> AsyncFacade:
    return facade


async def _iterate(blocking: Any) -> AsyncIterator[Any]:
    items: Iterator[Any] = iter(blocking)
    try:
        while (item := await to_thread.run_sync(next, items, _END)) is not _END:
            yield item
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            await to_thread.run_sync(close)


def _blocking(*args: Any, **kwargs: Any) -> AsyncFacade:
    return AsyncFacade(TwelveLabs(*args, **kwargs))


Kind = Literal["asyncio", "blocking"]
CLIENTS: dict[Kind, Callable[..., Any]] = {"asyncio": AsyncTwelveLabs, "blocking": _blocking}
"""Makes a client of each kind, for ``async with``."""
both_kinds = pytest.mark.parametrize("kind", CLIENTS)
"""Runs a test with each kind of client."""
both_clients = pytest.mark.parametrize("make", CLIENTS.values(), ids=CLIENTS)
"""Runs a test with each client, which ``make`` creates."""
