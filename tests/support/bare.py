"""File objects that lack what most files have, and can still be read anywhere."""

from __future__ import annotations

import io
from typing import Self

__all__ = ["Bare", "Mute"]


class Bare:
    """A file that can seek and has no `seekable`, like an mmap before Python 3.13."""

    def __init__(self, content: bytes) -> None:
        self._inner = io.BytesIO(content)
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(size)

    def tell(self) -> int:
        return self._inner.tell()

    def seek(self, at: int, whence: int = 0) -> int | None:
        return self._inner.seek(at, whence)


class Mute(Bare):
    """A `Bare` whose `seek` returns None, like that of an mmap before Python 3.13."""

    def seek(self, at: int, whence: int = 0) -> None:
        super().seek(at, whence)
