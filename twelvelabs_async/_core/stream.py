"""NDJSON streams: events as they come, and never an error that looks like an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from operator import length_hint
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import orjson

from ..errors import DecodeError, StreamError, TransportError
from .convert import TypeForm, by_tag, structure
from .lines import LineDecoder
from .model import Unknown
from .redaction import Redactor
from .taskable import Taskable
from .wire import at

if TYPE_CHECKING:
    from .transport import Opened

__all__ = ["Stream"]

T = TypeVar("T")
_LOOK = 4096  # bytes that are looked at of a line that is no JSON
_SHOWN = 80  # characters of it that are shown
END_WAIT = 0.5  # seconds in which the body's end should follow its last event


class Stream(Taskable["Stream[T]"], Generic[T]):
    """Events of the service as they come.

    ``async for event in stream`` gives them; leaving it early closes the connection. With
    ``async with stream`` that is so at once, whatever still refers to the stream. ``await stream``
    opens it, so that a refusal is raised there; `asyncio.create_task` takes it, too. A stream is
    iterated once. StreamError is raised
    when the service sends an error line, when a line cannot be read, and when the stream ends
    before its last event; it holds the events that came.
    """

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Opened]],
        into: type[T] | TypeForm[T],
        *,
        ends_with: str,
        most: int | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._opening = opening
        self._into = into
        self._ends_with = ends_with
        self._most = most
        self._redactor = redactor or Redactor()
        self._connection: AbstractAsyncContextManager[Opened] | None = None
        self._opened: Opened | None = None
        # Not the iterator of an `async for`: one that only the loop refers to ends with the loop.
        self._running: AsyncGenerator[T] | None = None
        self._iterated = False
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

    def close(self) -> None:
        """Give up a stream that was not opened: for asyncio. RuntimeError for an open one."""
        if self._connection is not None:
            raise RuntimeError("the stream is open: close it by `await stream.aclose()`")
        self._closed = True
        super().close()

    async def aclose(self) -> None:
        """Close the stream's connection; nothing more comes. Closing twice does no harm."""
        self._closed = True
        running, self._running = self._running, None
        connection, self._connection = self._connection, None
        # RuntimeError: another task waits for the next event. It sees the connection end.
        try:
            if running is not None:
                with suppress(RuntimeError):
                    await running.aclose()
        finally:
            if connection is not None:
                with suppress(RuntimeError):
                    await connection.__aexit__(None, None, None)

    def __aiter__(self) -> AsyncIterator[T]:
        if self._running is not None:
            return self
        if self._iterated:
            raise StreamError("a stream is iterated once")
        self._iterated = True
        return self._events()

    async def __anext__(self) -> T:
        if self._running is None:
            if self._iterated:
                raise StopAsyncIteration
            self._iterated = True
            self._running = self._events()
        return await anext(self._running)

    async def _events(self) -> AsyncGenerator[T]:
        opened = await self._open()
        seen = _Seen()
        loads = orjson.loads
        ends_with = self._ends_with
        tag, hooks, _ = by_tag(self._into)
        usual = {name: hook for name, hook in hooks.items() if name != ends_with}
        try:
            async with aclosing(self._pieces(opened)) as pieces:
                lines = LineDecoder()
                async for piece in pieces:
                    seen.pieces.append(piece)
                    before = seen.lines
                    whole = lines.feed(piece)
                    rest = iter(whole)
                    for line in rest:
                        try:
                            value = loads(line)
                            event = usual[value[tag]](value, None)
                        except (ValueError, LookupError, TypeError):
                            event = None
                        if event is None:  # not as usual: step by step
                            if not line.strip():
                                continue
                            seen.lines = before + len(whole) - length_hint(rest) - 1
                            event, name = self._event(line, seen)
                            if name == ends_with:
                                await _read_to_end(pieces)
                                yield event
                                return
                        yield event
                    seen.lines = before + len(whole)
                if (tail := lines.end()) is not None:
                    event, name = self._event(tail, seen)
                    yield event
                    if name == ends_with:
                        return
                    seen.lines += 1
            raise self._error(f"the stream ended without {ends_with!r}", seen)
        except (TransportError, DecodeError) as error:
            error.__context__ = None  # it holds the request
            raise self._error(f"the stream broke off: {error.args[0]}", seen) from error
        finally:
            self._running = None
            await self.aclose()

    async def _pieces(self, opened: Opened) -> AsyncGenerator[bytes]:
        async for piece in opened.pieces:
            if self._most is None or len(piece) <= self._most:
                yield piece
            else:
                for start in range(0, len(piece), self._most):
                    yield piece[start : start + self._most]

    def _event(self, line: bytes, seen: _Seen) -> tuple[T, str | None]:
        """The event of a line with its name, or StreamError for what it is instead."""
        value: Any = None
        with suppress(ValueError):
            value = orjson.loads(line)
        if value.__class__ is not dict:
            text = line[:_LOOK].decode("utf-8", "replace")
            start = self._redactor.cut_text(text, most=_SHOWN)
            raise self._error(f"a line of the stream is no JSON object: {start!r}", seen)
        name = value.get("event_type")
        # The API documents no event for a failure: what names an error and no known event is one.
        failed = "error" in value or "code" in value
        if name is None and failed:
            raise self._told(value, seen)
        try:
            event = structure(self._into, value)
        except DecodeError as error:
            misfit = error
        else:
            if isinstance(event, Unknown) and failed:
                raise self._told(value, seen)
            return event, name
        raise self._error(
            self._redactor.text(f"a line of the stream: {misfit.args[0]}"),
            seen,
            body=self._redactor.value(value),
        )

    def _error(
        self, message: str, seen: _Seen, *, code: str | None = None, body: object = None
    ) -> StreamError:
        """What ended the stream, with the events before it."""
        events = [structure(self._into, orjson.loads(line)) for line in seen.events()]
        return StreamError(message, events=events, code=code, body=body)

    def _told(self, value: dict[str, Any], seen: _Seen) -> StreamError:
        """What the service itself said has ended the stream."""
        value = self._redactor.value(value)
        found = value.get("error") or value
        code = at(found, "code") or value.get("code")
        message = found if isinstance(found, str) else at(found, "message") or value.get("message")
        text = str(message or "no reason given")
        return self._error(
            f"the service ended the stream with an error: {f'{code}: {text}' if code else text}",
            seen,
            code=None if code is None else str(code),
            body=value,
        )


class _Seen:
    """What came before an error, as it came.

    Kept as pieces, since a hundred thousand lines or objects cost more than to make them once
    again, should an error have to show them.
    """

    __slots__ = ("lines", "pieces")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.lines = 0
        """How many lines were given out, the empty ones among them."""

    def events(self) -> list[bytes]:
        """The lines that hold an event."""
        lines = b"".join(self.pieces).split(b"\n", self.lines)[: self.lines]
        return [line for line in lines if line.strip()]


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    """Take the end of the body too, so that the connection can be used again; never insist."""
    try:
        async with asyncio.timeout(END_WAIT):
            async for piece in pieces:
                if piece.strip():
                    return  # more than its end: the connection is closed instead
    except (TimeoutError, TransportError):
        pass  # every event has come: what the connection does now is no one's error
