"""A file object that keeps its reader waiting."""

from __future__ import annotations

import io
import threading

__all__ = ["Silent"]


class Silent(io.RawIOBase):
    """A file object that can seek, and of which one method never returns."""

    def __init__(self, method: str) -> None:
        self._method = method
        self.called = threading.Event()
        self.over = threading.Event()

    def _perhaps(self, method: str) -> None:
        if method == self._method:
            self.called.set()
            self.over.wait()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        self._perhaps("seekable")
        return True

    def seek(self, at: int, whence: int = 0) -> int:
        self._perhaps("seek")
        return 3_000_000 if whence else at

    def read(self, size: int = -1) -> bytes:
        self._perhaps("read")
        return bytes(size)
