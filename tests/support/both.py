"""One test body for both clients: the blocking one, worn as if it were the asyncio one.

Each call runs in a thread, as a blocking program's would, so that the test's own loop goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from types import TracebackType
from typing import Any, Self

from anyio import to_thread

from twelvelabs_async.sync.bridge import SyncWrapper
from twelvelabs_async.sync.iterate import SyncPager, SyncStream

__all__ = ["Worn"]

_END = object()


class Worn:
    """A blocking object whose methods are awaited; its plain attributes are passed through."""

    def __init__(self, blocking: Any) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        # Reading a property of a pager may fetch nothing, so it needs no thread.
        found = getattr(self._blocking, name)
        if callable(found) and not isinstance(found, type):
            return lambda *args, **kwargs: _Call(found, args, kwargs)
        return _worn(found)

    async def __aenter__(self) -> Self:
        await to_thread.run_sync(self._blocking.__enter__)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await to_thread.run_sync(self._blocking.__exit__, kind, error, trace)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _iterate(self._blocking)

    def __await__(self) -> Generator[Any, None, Worn]:
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
            self._made = _worn(await to_thread.run_sync(self._make))
        return self._made

    def __await__(self) -> Generator[Any, None, Any]:
        return self._result().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        made = await self._result()
        async for item in _iterate(made._blocking if isinstance(made, Worn) else made):
            yield item

    async def __aenter__(self) -> Any:
        return await (await self._result()).__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await (await self._result()).__aexit__(*error)


def _bare(values: Any) -> list[Any]:
    """Arguments as the blocking client takes them: methods of its own, unworn."""
    return [getattr(value, "_blocking", value) for value in values]


def _worn(value: Any) -> Any:
    return Worn(value) if isinstance(value, (SyncWrapper, SyncPager, SyncStream)) else value


async def _itself(worn: Worn) -> Worn:
    return worn


async def _iterate(blocking: Any) -> AsyncIterator[Any]:
    items: Iterator[Any] = iter(blocking)
    try:
        while (item := await to_thread.run_sync(next, items, _END)) is not _END:
            yield item
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            await to_thread.run_sync(close)
