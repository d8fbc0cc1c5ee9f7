"""A form with files, as a body in pieces."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from .async_body import Body
from .files import FilePart

__all__ = ["FormBody"]


class FormBody:
    """A multipart form with files, in pieces; made by `open` once for each attempt."""

    def __init__(
        self, parts: Sequence[bytes | Body], report: Callable[[int, int | None], None] | None = None
    ) -> None:
        self.parts: Sequence[bytes | Body] = parts
        """Its text, and the files that stand in it."""
        if report is not None:
            self.parts = _Reported(report).bodies(parts)

    @classmethod
    async def open(
        cls,
        pieces: Sequence[bytes | FilePart],
        report: Callable[[int, int | None], None] | None = None,
    ) -> FormBody:
        """The body, with each of its files opened or measured.

        `report` gets the bytes of its files that the connection has taken, and those in all (None:
        not known), at the start and after each piece.
        """
        return cls([p if isinstance(p, bytes) else await p.open() for p in pieces], report)

    @property
    def size(self) -> int | None:
        """The bytes in all; None when a file's length cannot be known beforehand."""
        total = 0
        for part in self.parts:
            size = len(part) if isinstance(part, bytes) else part.size
            if size is None:
                return None
            total += size
        return total

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces in their order."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                async with aclosing(aiter(part)) as pieces:
                    async for piece in pieces:
                        yield piece


class _Reported:
    """The files of a form, of which each piece is reported when the connection has taken it."""

    def __init__(self, report: Callable[[int, int | None], None]) -> None:
        self._report = report
        self._sent = 0
        self._total: int | None = 0

    def bodies(self, parts: Sequence[bytes | Body]) -> Sequence[bytes | Body]:
        """The parts, with their files replaced."""
        made = [part if isinstance(part, bytes) else _ReportedFile(part, self) for part in parts]
        sizes = [part.size for part in made if not isinstance(part, bytes)]
        known = [size for size in sizes if size is not None]
        self._total = sum(known) if len(known) == len(sizes) else None
        self.add(0)
        return made

    def add(self, size: int) -> None:
        """Count so many bytes more as sent."""
        self._sent += size
        self._report(self._sent, self._total)


class _ReportedFile:
    """A file of a form."""

    def __init__(self, body: Body, reported: _Reported) -> None:
        self._body = body
        self._reported = reported

    @property
    def size(self) -> int | None:
        """The bytes in all."""
        return self._body.size

    async def __aiter__(self) -> AsyncGenerator[bytes | memoryview]:
        """The pieces in their order."""
        async with aclosing(aiter(self._body)) as pieces:
            async for piece in pieces:
                yield piece
                self._reported.add(len(piece))  # the next one is wanted: this one was written
