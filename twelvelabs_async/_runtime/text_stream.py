"""Streams of text: their pieces, and the whole answer at the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from attrs import frozen

from .operation import Operation
from .redaction import Redactor
from .stream import Stream, is_running
from .stream_formats import StreamFormat

if TYPE_CHECKING:
    from .transport import Opened
    from .typed_output import OutputType

__all__ = ["FinalAnswer", "TextReader", "TextStream"]

T = TypeVar("T")
P = TypeVar("P")
KEPT_OF_TEXT = 32 * 1024 * 1024
"""The most bytes of a stream of text that are kept, for its whole answer."""


class TextReader(NamedTuple):
    """What the events of a stream say of its text."""

    piece: Callable[[Any], str | None]
    """The text of an event, where it has some."""
    end: Callable[[Any], tuple[str | None, Any] | None]
    """Why the answer ended, and its usage: of the last event; None of the others."""


@frozen
class FinalAnswer(Generic[P]):
    """The whole answer of a stream.

    `finish_reason` is ``"stop"``, or ``"length"`` where the answer was cut off; `usage` counts its
    tokens. `parsed` is the answer in the class that was requested, None without one.
    """

    text: str
    finish_reason: str | None
    usage: Any
    parsed: P


class TextStream(Stream[T], Generic[T, P]):
    """Events of an answer as they come, its text in pieces, and the whole of it at the end.

    ``async for event in stream`` gives the events, ``async for text in stream.text_stream`` the
    text in pieces. ``await stream.get_final_text()`` and ``await stream.get_final()`` read what has
    not been read yet; after that they request nothing. All of them raise the errors of the stream,
    and `get_final` also those of an answer that does not fit the requested class.

    Example: ``async for text in client.analyze_stream(video=video, prompt="Describe
    it.").text_stream: ...``
    """

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Opened]],
        form: StreamFormat,
        *,
        reader: TextReader,
        output: OutputType[P] | None = None,
        most: int | None = None,
        most_kept: int = KEPT_OF_TEXT,
        redactor: Redactor | None = None,
        operation: Operation | None = None,
    ) -> None:
        super().__init__(
            opening,
            form,
            most=most,
            most_kept=most_kept,
            redactor=redactor,
            operation=operation,
            kept=KEPT_OF_TEXT,
        )
        self.reader = reader
        """What its events say of the text."""
        self._output = output

    @property
    def text_stream(self) -> AsyncGenerator[str]:
        """The text in pieces, as it comes; a stream is iterated once."""
        return self._texts()

    async def _texts(self) -> AsyncGenerator[str]:
        piece = self.reader.piece
        events = self._running or self._begin()
        try:
            async for event in events:
                if text := piece(event):
                    yield text
                del event, text  # a failure shows the variables of this frame
        finally:
            if not is_running(events):  # else what still reads it ends it
                await events.aclose()

    async def until_done(self) -> None:
        """Nothing, once the stream has ended. Raises what the stream raises.

        Example: ``await stream.until_done()``
        """
        reader = self._free_reader()
        if reader is not None or not self._iterated:
            async for event in reader or self._begin():
                del event  # a failure shows the variables of this frame
        self._check_end()

    async def get_final_text(self) -> str:
        """The whole text of the answer. Raises what the stream raises.

        StreamError too for a stream that was left before its end, or has more than 32 MiB.

        Example: ``text = await stream.get_final_text()``
        """
        return self._text_of(await self._whole())

    async def get_final(self) -> FinalAnswer[P]:
        """The whole answer: its text, why it ended, its usage, and it in the requested class.

        Raises what the stream raises; `OutputTruncatedError` for an answer that was cut off and
        `OutputInvalidError` for one that does not fit, if a class was requested.

        Example: ``answer = await stream.get_final(); print(answer.finish_reason)``
        """
        events = await self._whole()
        text = self._text_of(events)
        reason: str | None = None
        usage: Any = None
        for event in events:
            if (found := self.reader.end(event)) is not None:
                reason, usage = found
        parsed: Any = None if self._output is None else self._output.parse(text, reason)
        return FinalAnswer(text, reason, usage, parsed)

    async def _whole(self) -> list[T]:
        await self.until_done()
        return self._kept_events()

    def _text_of(self, events: list[T]) -> str:
        return "".join(filter(None, map(self.reader.piece, events)))
