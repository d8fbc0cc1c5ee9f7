"""NDJSON streams: events as they come, and never an error that looks like an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import orjson

from ..errors import StreamError, TransportError, redact
from .convert import Mismatch, TypeForm, hook
from .lines import LineDecoder
from .model import Unknown

if TYPE_CHECKING:
    from .transport import Opened

__all__ = ["Stream"]

T = TypeVar("T")
END_WAIT = 0.5  # seconds in which the body's end should follow its last event


class Stream(Generic[T]):
    """Events of the service as they come.

    ``async for event in stream`` gives them; ``async with stream`` closes the connection also when
    you leave early; ``await stream`` opens it, so that a refusal is raised there. A stream is
    iterated once. StreamError is raised when the service sends an error line, when a line cannot be
    read, and when the stream ends before its last event; it holds the events that came.
    """

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Opened]],
        into: type[T] | TypeForm[T],
        *,
        ends_with: str,
        most: int | None = None,
    ) -> None:
        self._opening = opening
        self._into = into
        self._ends_with = ends_with
        self._most = most
        self._connection: AbstractAsyncContextManager[Opened] | None = None
        self._opened: Opened | None = None
        self._running: AsyncGenerator[T, None] | None = None
        self._closed = False

    @property
    def data(self) -> Self:
        """The stream itself: programs for the vendor's SDK iterate ``response.data``."""
        return self

    async def _open(self) -> Opened:
        if self._closed:
            raise StreamError("the stream is closed")
        if self._opened is None:
            connection = self._opening()
            self._opened = await connection.__aenter__()
            self._connection = connection
        return self._opened

    async def _ready(self) -> Self:
        await self._open()
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self._ready().__await__()

    async def __aenter__(self) -> Self:
        return await self._ready()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the stream's connection; nothing more comes. Closing twice does no harm."""
        self._closed = True
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.__aexit__(None, None, None)

    def __aiter__(self) -> AsyncIterator[T]:
        if self._running is None:
            self._running = self._events()
        return self._running

    async def __anext__(self) -> T:
        return await anext(aiter(self))

    async def _events(self) -> AsyncGenerator[T, None]:
        opened = await self._open()
        seen: list[T] = []
        try:
            lines = LineDecoder()
            structure = hook(self._into)
            ends_with = self._ends_with
            try:
                pieces = self._pieces(opened)
                async for piece in pieces:
                    for line in lines.feed(piece):
                        event, tag = self._event(line, structure, seen)
                        seen.append(event)
                        yield event
                        if tag == ends_with:
                            await _read_to_end(pieces)
                            return
            except TransportError as error:
                raise StreamError(f"the stream broke off: {error.args[0]}", events=seen) from error
            tail = lines.end()
            if tail is not None:
                event, tag = self._event(tail, structure, seen)
                seen.append(event)
                yield event
                if tag == ends_with:
                    return
            raise StreamError(f"the stream ended without {ends_with!r}", events=seen)
        finally:
            self._running = None
            await self.aclose()

    async def _pieces(self, opened: Opened) -> AsyncIterator[bytes]:
        async for piece in opened.pieces:
            if self._most is None or len(piece) <= self._most:
                yield piece
            else:
                for start in range(0, len(piece), self._most):
                    yield piece[start : start + self._most]

    def _event(
        self, line: bytes, structure: Callable[[Any, Any], T], seen: list[T]
    ) -> tuple[T, str | None]:
        try:
            value = orjson.loads(line)
        except ValueError:
            raise StreamError(
                f"a line of the stream is not JSON: {redact(line[:80].decode('latin-1'))!r}",
                events=seen,
            ) from None
        if value.__class__ is not dict:
            raise StreamError("a line of the stream is no JSON object", events=seen)
        tag = value.get("event_type")
        # The API documents no event for a failure: what names an error and no known event is one.
        if tag is None and ("error" in value or "code" in value):
            raise _stream_error(value, seen)
        try:
            event = structure(value, None)
        except Mismatch as error:
            raise StreamError(
                f"a line of the stream: expected {error.expected} at {error.path}, "
                f"found {error.found}",
                events=seen,
                body=value,
            ) from None
        if isinstance(event, Unknown) and ("error" in value or "code" in value):
            raise _stream_error(value, seen)
        return event, tag


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    """Take the end of the body too, so that the connection can be used again; never insist."""
    try:
        async with asyncio.timeout(END_WAIT):
            async for piece in pieces:
                if piece.strip():
                    return  # more than its end: the connection is closed instead
    except (TimeoutError, TransportError):
        pass  # every event has come: what the connection does now is no one's error


def _stream_error(value: dict[str, Any], seen: list[Any]) -> StreamError:
    found = value.get("error", value)
    found = found if isinstance(found, dict) else {"message": found}
    code = found.get("code", value.get("code"))
    message = redact(str(found.get("message") or value.get("message") or "no reason given"))
    what = f"{code}: {message}" if code else message
    return StreamError(
        f"the service ended the stream with an error: {what}",
        events=seen,
        code=None if code is None else str(code),
        body=value,
    )
