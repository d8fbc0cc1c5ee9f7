"""How a body becomes events: NDJSON, server-sent events, JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from .convert import Hook, TypeForm, by_tag, hook
from .ndjson import LineDecoder, Lines
from .sse import EventDecoder, ServerEvent

if TYPE_CHECKING:
    from .model import Model

__all__ = ["DONE", "Decoder", "ErrorFrame", "StreamFormat", "json_lines", "ndjson", "sse"]

T = TypeVar("T")
DONE = b"[DONE]"


class Decoder(Protocol):
    """Cuts a body into frames, each of which holds one JSON value."""

    def feed(self, piece: bytes) -> Lines | list[bytes]:
        """The frames that this piece completes; empty ones mean nothing."""
        ...

    def end(self) -> bytes | None:
        """The frame that the end of the body completes."""
        ...


class StreamFormat(NamedTuple):
    """What is read from a body, and how."""

    into: Any
    """The type of an event."""
    decoder: Callable[[int], Decoder]
    """Makes the decoder; it takes the most bytes of one frame."""
    tag: str
    """The field whose value says how the event is made."""
    hooks: Mapping[str, Hook]
    """What makes an event, by the value of its tag; not the last events."""
    ends_with: frozenset[str] = frozenset()
    """The tags of the last events; without any, the end of the body is the end of the stream."""
    ends_with_done: bool = False
    """Whether ``[DONE]`` is an end, too."""
    skips_unknown: bool = False
    """Whether events of unknown types are left out."""
    then: Callable[[Any], Any] | None = None
    """What each event becomes; the hooks include it."""
    each: Hook | None = None
    """What makes every event, where no tag has a part in it."""


class ErrorFrame(bytes):
    """A frame that is marked as an error, whatever it holds."""


def ndjson(into: type[T] | TypeForm[T], ends_with: str) -> StreamFormat:
    """Objects in lines, a union distinguished by its tag, up to the one that ends the stream."""
    tag, hooks, _ = by_tag(into)
    usual = {name: made for name, made in hooks.items() if name != ends_with}
    return StreamFormat(into, LineDecoder, tag, usual, frozenset([ends_with]))


def sse(into: type[T] | TypeForm[T], *ends_with: str) -> StreamFormat:
    """Server-sent events whose data are objects; events of unknown types are skipped."""
    tag, hooks, _ = by_tag(into)
    usual = {name: made for name, made in hooks.items() if name not in ends_with}
    return StreamFormat(
        into,
        _EventFrames,
        tag,
        usual,
        frozenset(ends_with),
        ends_with_done=True,
        skips_unknown=True,
    )


def json_lines(
    into: type[Model], key: str, then: Callable[[Any], Any] | None = None
) -> StreamFormat:
    """Objects in lines, all of one type, up to the end of the body; each has the field `key`.

    `then` converts each.
    """
    made = hook(into)
    if then is None:
        return StreamFormat(into, LineDecoder, key, {}, each=made)

    def made_and_then(value: Any, _: Any) -> Any:
        return then(made(value, None))

    return StreamFormat(into, LineDecoder, key, {}, then=then, each=made_and_then)


class _EventFrames:
    """The data of server-sent events."""

    def __init__(self, limit: int) -> None:
        self._events = EventDecoder(limit)

    def feed(self, piece: bytes) -> list[bytes]:
        return [_frame(event) for event in self._events.feed(piece)]

    def end(self) -> bytes | None:
        event = self._events.end()
        return None if event is None else _frame(event)


def _frame(event: ServerEvent) -> bytes:
    return event.data if event.type != "error" else ErrorFrame(event.data)
