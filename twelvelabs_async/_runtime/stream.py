"""Streams: events as they come, and never an error that looks like an end."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from copy import copy
from operator import length_hint
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

import orjson

from ..errors import DecodeError, StreamError, TransportError
from .convert import structure
from .frames import drop_locals
from .json_values import get_path
from .model import Unknown
from .ndjson import MAX_LINE
from .redaction import Redactor
from .stream_formats import DONE, ErrorFrame, StreamFormat
from .tabular import AsyncTabular
from .taskable import Taskable

if TYPE_CHECKING:
    from .transport import Opened

__all__ = ["Stream"]

T = TypeVar("T")
KEPT = 4 * 1024 * 1024
"""Bytes of a stream that are kept at the most, to show an error with the events before it."""
END_WAIT = 0.5  # seconds in which the body's end should follow its last event
_TRAILER = 1024  # bytes that may follow the last event
_LOOK = 4096  # bytes that are looked at of a line that is no JSON
_SHOWN = 80  # characters of it that are shown


class Stream(AsyncTabular, Taskable["Stream[T]"], Generic[T]):
    """Events of the service as they come.

    ``async for event in stream`` gives them; leaving it early closes the connection. With
    ``async with stream`` that is so at once, whatever still refers to the stream. ``await stream``
    opens it, so that a refusal is raised there; `asyncio.create_task` takes it, too. A stream is
    iterated once. StreamError is raised when the service sends an error, when an event cannot be
    read, and when the stream ends before its last event; it holds the last events that came, of
    4 MiB at the most.
    """

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Opened]],
        form: StreamFormat,
        *,
        most: int | None = None,
        most_kept: int = MAX_LINE,
        redactor: Redactor | None = None,
        kept: int = KEPT,
    ) -> None:
        self._opening = opening
        self._form = form
        self._most = most
        self._most_kept = most_kept  # bytes, of one event and of what is kept for an error
        self._redactor = redactor or Redactor()
        self._kept = _Kept(min(kept, most_kept))
        self._ended = False
        self._failure: StreamError | None = None
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

    async def _table_rows(self) -> list[T]:
        return [row async for row in self]

    async def _open(self) -> Opened:
        if self._closed:
            raise StreamError("the stream is closed")
        if self._opened is None:
            connection = self._opening()
            try:
                self._opened = await connection.__aenter__()
            except BaseException as error:
                drop_locals(error)
                raise
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
        return self._begin()

    def _begin(self) -> AsyncGenerator[T]:
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
        form = self._form
        loads, tag, hooks = orjson.loads, form.tag, form.hooks
        kept = self._kept
        decoder = form.decoder(min(MAX_LINE, self._most_kept))
        try:
            async with aclosing(self._pieces(opened)) as pieces:
                async for piece in pieces:
                    frames = decoder.feed(piece)
                    kept.add(frames, len(piece))
                    rest = iter(frames)
                    for frame in rest:
                        try:
                            value = loads(frame)
                            event = hooks[value[tag]](value, None)
                        except (ValueError, LookupError, TypeError):
                            # Not as usual: step by step.
                            if not frame.strip():
                                continue
                            kept.unread = length_hint(rest) + 1
                            step = self._step(frame, kept)
                            if step.ends:
                                kept.unread -= 1
                                self._ended = True
                                await _read_to_end(pieces)
                            for event in step.events:
                                yield event
                            if step.ends:
                                return
                            continue
                        yield event
                    kept.unread = 0
                if (tail := decoder.end()) is not None:
                    kept.add([tail], len(tail))
                    step = self._step(tail, kept)
                    kept.unread = 0
                    self._ended = step.ends
                    for event in step.events:
                        yield event
                    if step.ends:
                        return
            if form.ends_with:
                ends = " or ".join(map(repr, sorted(form.ends_with)))
                raise self._error(f"the stream ended without {ends}", kept)
            self._ended = True
        except (TransportError, DecodeError) as error:
            error.__context__ = None  # it holds the request
            drop_locals(error)
            raise self._error(f"the stream broke off: {error.args[0]}", kept) from error
        finally:
            # What came may hold secrets, and a failure shows the variables of this frame.
            piece, frame, tail, value, event = b"", b"", None, None, None
            frames, rest, step = [], iter(()), _Step(())
            del opened
            if (failure := sys.exception()) is not None:
                if isinstance(failure, StreamError):
                    # Without its traceback, whose frames hold the stream.
                    self._failure = copy(failure)
                    self._failure.__cause__ = failure.__cause__
                    failure.__context__ = failure.__cause__  # a parser's error has the text
                drop_locals(failure)
            self._running = None
            await self.aclose()
            # The failure's traceback holds this frame, and so would what came be held by itself.
            del self, failure, kept, decoder

    async def _pieces(self, opened: Opened) -> AsyncGenerator[bytes]:
        async for piece in opened.pieces:
            if self._most is None or len(piece) <= self._most:
                yield piece
            else:
                for start in range(0, len(piece), self._most):
                    yield piece[start : start + self._most]

    def _step(self, frame: bytes, kept: _Kept) -> _Step[T]:
        """What an unusual frame means: the event of it, none, the end, or StreamError."""
        form = self._form
        if form.ends_with_done and frame.strip() == DONE:
            return _Step((), ends=True)
        value: Any = None
        with suppress(ValueError):
            value = orjson.loads(frame)
        if value.__class__ is not dict:
            text = frame[:_LOOK].decode("utf-8", "replace")
            start = self._redactor.cut_text(text, most=_SHOWN)
            raise self._error(f"an event of the stream is no JSON object: {start!r}", kept)
        name = value.get(form.tag)
        known = name.__class__ is str and (name in form.hooks or name in form.ends_with)
        # The API documents no event for a failure: what names an error and no known event is one.
        failed = isinstance(frame, ErrorFrame) or "error" in value or "code" in value
        if failed and name is None:
            raise self._told(value, kept)
        try:
            event = self._event(value)
        except DecodeError as error:
            misfit = error
        else:
            if isinstance(event, Unknown):
                if failed:
                    raise self._told(value, kept)
                if form.skips_unknown:
                    return _Step(())
            return _Step((cast("T", event),), ends=known and name in form.ends_with)
        raise self._error(
            self._redactor.text(f"an event of the stream: {misfit.args[0]}"),
            kept,
            body=self._redactor.value(value),
        )

    def _event(self, value: Any) -> Any:
        """The event that a JSON value is."""
        event, then = structure(self._form.into, value), self._form.then
        return event if then is None or isinstance(event, Unknown) else then(event)

    def _error(
        self, message: str, kept: _Kept, *, code: str | None = None, body: object = None
    ) -> StreamError:
        """What ended the stream, with the events before it."""
        return StreamError(message, events=self._made(kept.read()), code=code, body=body)

    def _kept_events(self) -> list[T]:
        """Every event that came; StreamError when they were more than is kept."""
        if self._kept.forgot:
            raise StreamError("the stream has more than is kept: read its pieces as they come")
        return self._made(self._kept.read())

    def _made(self, frames: Sequence[bytes]) -> list[T]:
        events: list[Any] = []
        for frame in frames:
            with suppress(ValueError, DecodeError):  # what was skipped is no event
                event = self._event(orjson.loads(frame))
                if not (self._form.skips_unknown and isinstance(event, Unknown)):
                    events.append(event)
        return events

    def _told(self, value: dict[str, Any], kept: _Kept) -> StreamError:
        """What the service itself said has ended the stream."""
        value = self._redactor.value(value)
        found = value.get("error") or value
        code = get_path(found, "code") or value.get("code")
        message = (
            found if isinstance(found, str) else get_path(found, "message") or value.get("message")
        )
        text = str(message or "no reason given")
        return self._error(
            f"the service ended the stream with an error: {f'{code}: {text}' if code else text}",
            kept,
            code=None if code is None else str(code),
            body=value,
        )


class _Step(Generic[T]):
    """What comes of a frame: an event or none, and whether the stream ends with it."""

    __slots__ = ("ends", "events")

    def __init__(self, events: Sequence[T], *, ends: bool = False) -> None:
        self.events = events
        self.ends = ends


class _Kept:
    """The last frames of a stream, for an error to show them.

    Frames, since events cost more to keep than to make once again.
    """

    __slots__ = ("_frames", "_limit", "_size", "_sizes", "forgot", "unread")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[list[bytes]] = deque()
        self._sizes: deque[int] = deque()
        self._size = 0
        self.unread = 0
        """How many of the last frames were not given out."""
        self.forgot = False

    def add(self, frames: list[bytes], size: int) -> None:
        """Keep the frames of a piece of that size, and forget the oldest past the limit."""
        self._frames.append(frames)
        self._sizes.append(size)
        self._size += size
        self.unread = len(frames)
        while self._size > self._limit and len(self._sizes) > 1:
            self.forgot = True
            self._frames.popleft()
            self._size -= self._sizes.popleft()

    def read(self) -> list[bytes]:
        """The frames that were given out."""
        frames = [frame for each in self._frames for frame in each]
        return frames[: len(frames) - self.unread]


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    """Take the end of the body too, so that the connection can be used again; never insist."""
    left = _TRAILER
    try:
        async with asyncio.timeout(END_WAIT):
            async for piece in pieces:
                left -= len(piece)
                if left < 0:
                    return  # more than an end: the connection is closed instead
    except (TimeoutError, TransportError):
        pass  # every event has come: what the connection does now is no one's error
