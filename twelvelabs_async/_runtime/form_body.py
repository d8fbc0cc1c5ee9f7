"""A form with files, as a body in pieces."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from .async_body import Body
from .files import FilePart

__all__ = ["FormBody"]


class FormBody:
    """A multipart form with files, in pieces; made by `open` once for each attempt."""

    def __init__(self, parts: Sequence[bytes | Body]) -> None:
        self._parts = parts

    @classmethod
    async def open(cls, pieces: Sequence[bytes | FilePart]) -> FormBody:
        """The body, with each of its files opened or measured."""
        return cls([p if isinstance(p, bytes) else await p.open() for p in pieces])

    @property
    def size(self) -> int | None:
        """The bytes in all; None when a file's length cannot be known beforehand."""
        total = 0
        for part in self._parts:
            size = len(part) if isinstance(part, bytes) else part.size
            if size is None:
                return None
            total += size
        return total

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces in their order."""
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                async with aclosing(aiter(part)) as pieces:
                    async for piece in pieces:
                        yield piece
