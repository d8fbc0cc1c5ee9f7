"""A reply with its HTTP side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from .rate_limits import RateLimit

__all__ = ["RawResponse", "ReplyHeaders", "captured", "capturing"]


T_co = TypeVar("T_co", covariant=True)
captured: ContextVar[list[tuple[int, Mapping[str, str]]] | None] = ContextVar(
    "twelvelabs_async_last_reply", default=None
)


@contextmanager
def capturing() -> Generator[list[tuple[int, Mapping[str, str]]]]:
    """The status and headers of each reply that comes to the calls made inside."""
    replies: list[tuple[int, Mapping[str, str]]] = []
    token = captured.set(replies)
    try:
        yield replies
    finally:
        captured.reset(token)


class ReplyHeaders(dict[str, str]):
    """The headers of a reply: names in lower case, looked up in any; repeated ones joined."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        for name, value in headers.items():
            key = name.lower()
            self[key] = f"{self[key]}, {value}" if key in self else value

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header, else the default."""
        return super().get(name.lower(), default)


class _Done:
    """What awaiting ``close()`` comes to where nothing is open."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class RawResponse(Generic[T_co]):
    """A reply with its HTTP side: `status_code`, `headers`, `rate_limits`, and `data`, parsed.

    The names of `headers` are in lower case, and are found in any case. ``with reply``, or with the
    asyncio client ``async with reply``, closes it at the end, as `close` does.

    Example: ``reply = await client.indexes.with_raw_response.retrieve(index.id)``
    """

    __slots__ = ("_close", "data", "headers", "rate_limits", "status_code")

    def __init__(
        self,
        data: T_co,
        status_code: int,
        headers: Mapping[str, str],
        rate_limits: Mapping[str, RateLimit],
        close: Callable[[], Any] | None = None,
    ) -> None:
        self.data: T_co = data
        self.status_code: int = status_code
        self.headers: dict[str, str] = ReplyHeaders(headers)
        self.rate_limits: Mapping[str, RateLimit] = rate_limits
        self._close = close or _Done

    def close(self) -> Awaitable[None]:
        """Nothing; the connection of a stream is closed. Any other reply has been read to its end.

        Await it with the asyncio client.

        Example: ``await response.close()``
        """
        closing: Awaitable[None] = self._close()
        return closing

    def __enter__(self) -> Self:
        if iscoroutinefunction(self._close):
            raise TypeError("a stream of the asyncio client is closed by 'async with'")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        # It may be half made.
        status, data = getattr(self, "status_code", None), getattr(self, "data", None)
        return f"{type(self).__name__}(status_code={status}, data={data!r})"
