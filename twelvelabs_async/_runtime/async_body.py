"""Bodies that the event loop sends, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Protocol

from ..errors import ArgumentTypeError, ConfigurationError

__all__ = ["STEP", "Body", "BytesBody", "byte_view"]


STEP = 1024 * 1024
"""How much of a file is in memory at a time, in bytes."""


def byte_view(content: Any) -> memoryview:
    """The bytes of an object, without a copy where they are in one piece.

    ArgumentTypeError when it has none, ConfigurationError when it was released.
    """
    try:
        view = memoryview(content)
    except TypeError:
        raise ArgumentTypeError(f"there must be bytes, not {type(content).__name__}") from None
    except ValueError as error:
        raise ConfigurationError(f"the {type(content).__name__} cannot be read: {error}") from None
    try:
        return view.cast("B")
    except (TypeError, ValueError):  # not in one piece, or of items that it does not know
        return memoryview(view.tobytes())


class Body(Protocol):
    """What is sent: its size in bytes (None when that is not known), and its pieces."""

    @property
    def size(self) -> int | None:
        """The bytes in all, sent as Content-Length."""
        ...

    def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces, none larger than `STEP`."""
        ...


class BytesBody:
    """A body that is in memory already, sent in steps."""

    __slots__ = ("_view",)

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._view = byte_view(content)

    @property
    def size(self) -> int | None:
        """The bytes in all."""
        return self._view.nbytes

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces, without a copy."""
        for start in range(0, self._view.nbytes, STEP):
            yield self._view[start : start + STEP]
