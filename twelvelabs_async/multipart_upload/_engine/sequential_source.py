"""Sources that are read once, in order: pipes and iterables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from typing import Any

from ..._runtime.async_body import STEP, byte_view
from ..._runtime.async_files import AsyncReader
from ..._runtime.file_reader import FileReader
from ..._runtime.threads import DaemonThreads, finish
from ...errors import ConfigurationError, UploadError
from .source import PIECE, Source

__all__ = ["IterableSource", "PipeSource", "in_threads"]


class SequentialSource(Source):
    """A source that is read once, in order, and must have the size that the caller gave."""

    ranged = False

    def __init__(self, name: str | None, size: int) -> None:
        super().__init__(name, size)
        self._left = memoryview(b"")

    async def prepare(self) -> None:
        """ConfigurationError when it stands at its end."""
        self._left = byte_view(await self._next(min(PIECE, self.size)))
        if not self._left:
            raise ConfigurationError(
                f"{self.name or 'the source'} has nothing left to read and cannot be rewound: "
                "open it again, or give a path, bytes or a seekable file"
            )

    async def read(self, offset: int, length: int) -> memoryview:
        """The next `length` bytes, of any number."""
        buffer = bytearray(length)
        view = memoryview(buffer)
        filled = 0
        while filled < length:
            piece = await self._more(min(STEP, length - filled))
            if not piece:
                raise UploadError(
                    f"{self.name or 'the source'} ended {length - filled} bytes into what should "
                    f"have been {self.size} bytes: size= does not fit"
                )
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
            del piece  # a source may fill the same bytearray again, which it must not be of then
        return view

    async def finish(self) -> None:
        if await self._more(1):
            raise UploadError(
                f"{self.name or 'the source'} has more than the {self.size} bytes that size= says"
            )

    async def _more(self, length: int) -> memoryview:
        """Up to `length` bytes; none at the end."""
        if not self._left:
            self._left = memoryview(b"")
            self._left = byte_view(await self._next(length))
        piece, self._left = self._left[:length], self._left[length:]
        return piece

    @abstractmethod
    async def _next(self, length: int) -> bytes | memoryview:
        """What comes next, about `length` bytes; none at the end."""


class PipeSource(SequentialSource):
    """A pipe, or what is read like one."""

    def __init__(self, reader: FileReader | AsyncReader, name: str | None, size: int) -> None:
        super().__init__(name, size)
        self._reader = reader

    async def _next(self, length: int) -> bytes:
        return await self._reader.read(length)

    async def aclose(self) -> None:
        self._reader.close()


class IterableSource(SequentialSource):
    def __init__(self, pieces: AsyncIterable[bytes], size: int) -> None:
        self._pieces = aiter(pieces)
        super().__init__(None, size)

    async def _next(self, length: int) -> memoryview:
        while True:
            try:
                piece = byte_view(await anext(self._pieces))
            except StopAsyncIteration:
                return memoryview(b"")
            if piece:
                return piece

    async def aclose(self) -> None:
        aclose = getattr(self._pieces, "aclose", None)
        if aclose is not None:
            await finish(aclose())


_END: Any = object()


def _next(pieces: Iterator[bytes]) -> bytes:
    return next(pieces, _END)


async def in_threads(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The pieces of a plain iterable, which may take any time for each: nothing waits for it."""
    thread = DaemonThreads(1, "twelvelabs-read")
    try:
        while (piece := await thread.run(_next, pieces)) is not _END:
            yield piece
    finally:
        thread.shutdown(wait=False)
