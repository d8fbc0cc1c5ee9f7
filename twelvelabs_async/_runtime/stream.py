"""Streams: events as they come, and never an error that looks like an end."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from copy import copy
from operator import length_hint
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast
from weakref import ref

import orjson

from ..errors import DecodeError, StreamError, TransportError, TwelveLabsError
from .convert import structure
from .frames import drop_locals
from .json_values import get_path
from .model import Unknown
from .ndjson import MAX_LINE, Lines
from .operation import Operation
from .redaction import Redactor
from .stream_formats import DONE, ErrorFrame, StreamFormat
from .tabular import AsyncTabular, all_rows
from .taskable import Taskable

if TYPE_CHECKING:
    from .transport import Opened

__all__ = ["Stream", "is_running"]

T = TypeVar("T")
KEPT = 4 * 1024 * 1024
"""The most bytes of a stream that are kept, for an error to show the events before it."""
_STEP = 16 * 1024  # bytes whose events are in memory together: of more, the caches hold too little
END_WAIT = 0.5  # seconds in which the body's end should follow its last event
_TRAILER = 1024  # bytes that may follow the last event
_LOOK = 4096  # bytes read of a line that is not JSON
_SHOWN = 80  # characters of it shown in an error


class Stream(AsyncTabular, Taskable["Stream[T]"], Generic[T]):
    """Events of the service as they come.

    ``async for event in stream`` gives them; leaving it early closes the connection.
    ``async with stream`` closes it when the block is left, even where something still refers to the
    stream. ``await stream`` opens it, so that a refusal is raised there; `asyncio.create_task`
    takes it, too. A stream is iterated once. StreamError is raised when the service sends an error,
    when an event cannot be read, and when the stream ends before its last event; it holds the last
    events that came, of at most 4 MiB.

    Example: ``async for event in client.analyze_stream(video=video, prompt="Describe it."): ...``
    """

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Opened]],
        form: StreamFormat,
        *,
        most: int | None = None,
        most_kept: int = MAX_LINE,
        redactor: Redactor | None = None,
        operation: Operation | None = None,
        kept: int = KEPT,
    ) -> None:
        self._opening = opening
        self._form = form
        self._most = most
        self._most_kept = most_kept  # bytes, of one event and of what is kept for an error
        self._redactor = redactor or Redactor()
        self._operation = operation or Operation()
        self._kept = _Kept(min(kept, most_kept))
        self._ended = False
        self._failure: TwelveLabsError | None = None
        self._connection: AbstractAsyncContextManager[Opened] | None = None
        self._opened: Opened | None = None
        self._running: AsyncGenerator[T] | None = None
        # The iterator of an `async for`: one that only the loop refers to ends with the loop.
        self._lent: Callable[[], AsyncGenerator[T] | None] = lambda: None
        self._is_opening = False
        self._iterated = False
        self._closed = False
        self._left = False

    @property
    def data(self) -> Self:
        """The stream itself: programs for the vendor's SDK iterate ``response.data``."""
        return self

    async def _table_rows(self) -> list[T]:
        return await all_rows(self)

    def _row_type(self) -> Any:
        return self._form.into

    async def _open(self) -> Opened:
        self._raise_failure()
        if self._closed:
            raise StreamError("the stream is closed")
        if self._opened is None:
            if self._is_opening:
                raise StreamError("another task opens the stream")
            self._is_opening = True
            connection = self._opening()
            self._operation.begin()
            try:
                with self._operation.active():
                    self._opened = await connection.__aenter__()
            except BaseException as error:  # also a cancellation ends the operation
                self._operation.end(error)
                self._keep_failure(error)
                drop_locals(error)
                raise
            self._connection = connection
        return self._opened

    def _keep_failure(self, failure: BaseException) -> None:
        """Have what reads on later fail too: to it, the failure would look like the end."""
        kept: TwelveLabsError = StreamError("the stream was left before its end")
        if isinstance(failure, TwelveLabsError):
            kept = copy(failure)  # without its traceback, whose frames hold the stream
            kept.__cause__ = failure.__cause__
        self._failure = kept

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise copy(self._failure) from self._failure.__cause__

    def _check_end(self, *, left: bool = False) -> None:
        """StreamError, or the failure that was raised before, where the last event did not come."""
        self._raise_failure()
        if left or not self._ended:
            raise StreamError("the stream was left before its end")

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

    def _leave(self) -> None:
        """Record that the reader has left: the cancellation that follows is not a failure."""
        self._left = True

    def close(self) -> None:
        """Give up a stream that was not opened: for asyncio. RuntimeError for an open one."""
        if self._connection is not None:
            raise RuntimeError("the stream is open: close it by `await stream.aclose()`")
        self._closed = True
        super().close()

    async def aclose(self) -> None:
        """Nothing; the stream's connection is closed. Closing twice does no harm.

        Example: ``await stream.aclose()``
        """
        self._closed = True
        reader, self._running = self._reader(), None
        connection, self._connection = self._connection, None
        # What another task waits in cannot be closed: that task sees the connection end.
        is_read = self._opened is not None and is_running(self._opened.pieces)
        try:
            if reader is not None and not is_running(reader):
                await reader.aclose()
        finally:
            if connection is not None:
                with suppress(*((RuntimeError,) if is_read else ())):
                    await connection.__aexit__(None, None, None)
            self._operation.end()

    def __aiter__(self) -> AsyncIterator[T]:
        if self._running is not None:
            return self
        return self._begin()

    def _begin(self) -> AsyncGenerator[T]:
        if self._iterated:
            raise StreamError("a stream is iterated once")
        self._iterated = True
        events = self._events()
        self._lent = ref(events)
        return events

    def _reader(self) -> AsyncGenerator[T] | None:
        """What reads the stream: held here, or by a loop that has not ended."""
        return self._running or self._lent()

    def _free_reader(self) -> AsyncGenerator[T] | None:
        """What reads the stream; StreamError while another task waits in it."""
        reader = self._reader()
        if reader is not None and is_running(reader):
            raise StreamError("another task reads the stream")
        return reader

    async def __anext__(self) -> T:
        reader = self._free_reader()
        if reader is None:
            if self._iterated:
                self._check_end()
                raise StopAsyncIteration
            self._iterated = True
            reader = self._running = self._events()
        try:
            return await anext(reader)
        except StopAsyncIteration:
            self._check_end()
            raise

    async def _events(self) -> AsyncGenerator[T]:
        try:
            opened = await self._open()
        except BaseException:  # also a cancellation ends the iteration
            self._running = None
            raise
        form = self._form
        loads, tag, hooks, each = orjson.loads, form.tag, form.hooks, form.each
        kept = self._kept
        decoder = form.decoder(min(MAX_LINE, self._most_kept))
        try:
            async with aclosing(self._pieces(opened)) as pieces:
                async for piece in pieces:
                    frames = decoder.feed(piece)
                    kept.add(frames)
                    values = frames.values() if isinstance(frames, Lines) else None
                    rest: Iterator[Any] = iter(frames if values is None else values)
                    for frame in rest:
                        try:
                            value = loads(frame) if values is None else frame
                            if each is None:
                                event = hooks[value[tag]](value, None)
                            else:
                                event = each(value, None)
                        except (ValueError, LookupError, TypeError):
                            # Unusual frames, step by step.
                            if values is not None:
                                frames = frames if isinstance(frames, list) else list(frames)
                                frame = frames[-1 - length_hint(rest)]
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
                    kept.add([tail])
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
            piece, frame, tail, value, event, values = b"", b"", None, None, None, None
            frames, rest, step = [], iter(()), _Step(())
            del opened
            if (failure := sys.exception()) is not None:
                left = self._left and isinstance(failure, asyncio.CancelledError)
                if not (left or isinstance(failure, GeneratorExit)):  # it was left early
                    self._operation.end(failure)
                    self._keep_failure(failure)
                if isinstance(failure, StreamError):
                    failure.__context__ = failure.__cause__  # a parser's error has the text
                drop_locals(failure)
            self._running = None
            await self.aclose()
            # The failure's traceback holds this frame, which would keep the frames alive.
            del self, failure, kept, decoder

    async def _pieces(self, opened: Opened) -> AsyncGenerator[bytes]:
        most = self._most or _STEP
        async for piece in opened.pieces:
            if len(piece) <= most:
                yield piece
            else:
                for start in range(0, len(piece), most):
                    yield piece[start : start + most]

    def _step(self, frame: bytes, kept: _Kept) -> _Step[T]:
        """What an unusual frame means: its event, no event, the end, or StreamError."""
        form = self._form
        if form.ends_with_done and frame.strip() == DONE:
            return _Step((), ends=True)
        value: Any = None
        with suppress(ValueError):
            value = orjson.loads(frame)
        if value.__class__ is not dict:
            text = frame[:_LOOK].decode("utf-8", "replace")
            start = self._redactor.cut_text(text, most=_SHOWN)
            raise self._error(f"an event of the stream is not a JSON object: {start!r}", kept)
        name = value.get(form.tag)
        known = name.__class__ is str and (name in form.hooks or name in form.ends_with)
        # The API documents no event for a failure: a frame with an error and no known tag is one,
        # and so is one whose tag ends with "error".
        failed = isinstance(frame, ErrorFrame) or "error" in value or "code" in value
        failed = failed or (isinstance(name, str) and name.endswith("error"))
        if failed and name is None:
            raise self._reported_error(value, kept)
        try:
            event = self._event(value)
        except DecodeError as error:
            misfit = error
        else:
            if isinstance(event, Unknown):
                if failed:
                    raise self._reported_error(value, kept)
                if form.skips_unknown:
                    return _Step(())
            ends = known and name in form.ends_with
            if ends:
                self._operation.done(event)
            return _Step((cast("T", event),), ends=ends)
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
        """The error that ended the stream, with the events before it."""
        frames = kept.read()
        # Only what has a secret is changed: a program may continue with the events.
        traces = self._redactor.traces_in(b"".join(frames))
        return StreamError(message, events=self._made(frames, traces), code=code, body=body)

    def _kept_events(self) -> list[T]:
        """Every event so far; StreamError when there were more than are kept."""
        if self._kept.forgot:
            raise StreamError("the stream has more than is kept: read its pieces as they come")
        return self._made(self._kept.read())

    def _made(self, frames: Sequence[bytes], traces: Sequence[bytes] = ()) -> list[T]:
        """The events in these frames, redacted where one has a trace of a secret."""
        events: list[Any] = []
        for frame in frames:
            with suppress(ValueError, DecodeError):  # skipped frames are not events
                value = orjson.loads(frame)
                if traces and any(trace in frame.lower() for trace in traces):
                    value = self._redactor.value(value)
                event = self._event(value)
                if not (self._form.skips_unknown and isinstance(event, Unknown)):
                    events.append(event)
        return events

    def _reported_error(self, value: dict[str, Any], kept: _Kept) -> StreamError:
        """The error for a stream that the service ended."""
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
    """The result of a frame: an event or None, and whether the stream ends with it."""

    __slots__ = ("ends", "events")

    def __init__(self, events: Sequence[T], *, ends: bool = False) -> None:
        self.events = events
        self.ends = ends


class _Kept:
    """The last frames of a stream, for an error to show them.

    Frames, since keeping events would cost more than decoding the frames again.
    """

    __slots__ = ("_frames", "_limit", "_size", "_sizes", "forgot", "unread")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[Lines | list[bytes]] = deque()
        self._sizes: deque[int] = deque()
        self._size = 0
        self.unread: int | None = 0
        """How many of the last frames were not given out; None: none of the last piece was."""
        self.forgot = False

    def add(self, frames: Lines | list[bytes]) -> None:
        """Keep the frames of a piece, and forget the oldest past the limit."""
        size = frames.size if isinstance(frames, Lines) else sum(map(len, frames))
        if not size:
            return  # of a long frame, whose end is still to come
        self._frames.append(frames)
        self._sizes.append(size)
        self._size += size
        self.unread = None
        while self._size > self._limit and len(self._sizes) > 1:
            self.forgot = True
            self._frames.popleft()
            self._size -= self._sizes.popleft()

    def read(self) -> list[bytes]:
        """The frames that were given out."""
        pieces = [list(each) for each in self._frames]
        unread = len(pieces[-1]) if self.unread is None else self.unread
        frames = [frame for each in pieces for frame in each]
        return frames[: len(frames) - unread]


def is_running(generator: object) -> bool:
    """Whether a task waits in an asynchronous generator; RuntimeError when it is closed then."""
    return bool(getattr(generator, "ag_running", False))


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    """Read the end of the body too, so that the connection can be reused; ignore failures."""
    left = _TRAILER
    try:
        async with asyncio.timeout(END_WAIT):
            async for piece in pieces:
                left -= len(piece)
                if left < 0:
                    return  # more than an end: the connection is closed instead
    except (TimeoutError, TransportError):
        pass  # every event has come: later failures of the connection do not matter
