"""Counts what an upload has done, and reports it to a callback."""

from __future__ import annotations

import asyncio
from typing import Literal

from ..._runtime.callbacks import invoke_marked
from ..._runtime.clock import Clock
from ..models import ProgressCallback, UploadProgress
from .plan import Plan

__all__ = ["ProgressTracker"]

_INTERVAL = 0.1  # seconds between two events that report bytes only


class ProgressTracker:
    """Counts chunks and bytes, and calls a callback, one event at a time.

    The next event reports what happens while the callback runs, so that a slow callback delays no
    chunk. What the callback raises ends the upload, as CallbackError.
    """

    def __init__(self, filename: str, callback: ProgressCallback | None, clock: Clock) -> None:
        self._filename = filename
        self._callback = callback
        self._clock = clock
        self._changed = asyncio.Event()
        self._began = clock.monotonic()
        self._reported_at = float("-inf")
        self._plan = Plan(0, 1)
        self._chunks = 0
        self._sent = 0
        self._moved = 0
        self._resent = 0
        self._resending = False
        self._stopped = False

    def begin(self, plan: Plan, chunks: int, size: int) -> None:
        """Start in a session that has so many chunks, of so many bytes, already."""
        self._plan = plan
        if size < self._sent:
            self.rewind(self._sent - size)
        self._chunks = chunks
        self._sent = size
        self._changed.set()

    def sent(self, size: int) -> None:
        """Count bytes that were sent."""
        self._sent += size
        self._moved += size
        if self._callback is not None and self._clock.monotonic() - self._reported_at >= _INTERVAL:
            self._changed.set()

    def chunk_done(self) -> None:
        """Count a chunk that storage took."""
        self._chunks += 1
        self._changed.set()

    def rewind(self, size: int, chunks: int = 0) -> None:
        """Subtract bytes and chunks that must be sent again."""
        self._sent -= size
        self._resent += size
        self._chunks -= chunks
        self._resending = True
        self._changed.set()

    async def run(self) -> None:
        """Call the callback whenever something has changed, until stopped."""
        self._stopped = False
        while self._callback is not None:
            await self._changed.wait()
            self._changed.clear()
            if self._stopped:
                return
            await self._report("resending" if self._resending else "uploading")

    def stop(self) -> None:
        """Make `run` return, after a callback that is running."""
        self._stopped = True
        self._changed.set()

    async def complete(self) -> None:
        """Report the end."""
        self._chunks = self._plan.total
        self._sent = self._plan.size
        await self._report("completed")

    async def _report(self, status: Literal["uploading", "resending", "completed"]) -> None:
        if self._callback is None:
            return
        self._reported_at = self._clock.monotonic()
        self._resending = False
        seconds = self._reported_at - self._began
        await invoke_marked(
            self._callback,
            UploadProgress(
                filename=self._filename,
                total_chunks=self._plan.total,
                completed_chunks=self._chunks,
                percentage=100.0 * self._sent / self._plan.size if self._plan.size else 0.0,
                status=status,
                bytes_sent=self._sent,
                total_bytes=self._plan.size,
                bytes_resent=self._resent,
                bytes_per_second=self._moved / seconds if seconds > 0 else 0.0,
            ),
        )
