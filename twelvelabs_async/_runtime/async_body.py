"""Bodies that the event loop sends, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

__all__ = ["STEP", "Body", "BytesBody"]


STEP = 1024 * 1024
"""How much of a file is in memory at a time, in bytes."""


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
        self._view = memoryview(content).cast("B")

    @property
    def size(self) -> int | None:
        """The bytes in all."""
        return self._view.nbytes

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces, without a copy."""
        for start in range(0, self._view.nbytes, STEP):
            yield self._view[start : start + STEP]
