"""Bodies that threads read and send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

__all__ = ["BlockingBody"]


class BlockingBody(ABC):
    """A body that is read by threads; `size` is in bytes, sent as Content-Length."""

    size: int

    @abstractmethod
    def __iter__(self) -> Iterator[bytes | memoryview]:
        """The pieces; to get one may block."""

    @abstractmethod
    def on_sent(self, size: int) -> None:
        """Count so many bytes more as sent; called in the event loop."""
