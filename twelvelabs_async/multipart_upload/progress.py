"""Counts what an upload has done, and tells of it."""

from __future__ import annotations

import asyncio
import inspect
from typing import Literal

from .._core.clock import Clock
from .models import ProgressCallback, UploadProgress
from .plan import Plan

__all__ = ["Meter"]

_EVERY = 0.1  # seconds between two events that tell of bytes only


class Meter:
    """Counts chunks and bytes, and tells a callback, one event at a time.

    What happens while the callback runs is told by the next event, so that a slow callback delays
    no chunk. What the callback raises ends the upload.
    """

    def __init__(self, filename: str, callback: ProgressCallback | None, clock: Clock) -> None:
        self._filename = filename
        self._callback = callback
        self._clock = clock
        self._news = asyncio.Event()
        self._began = clock.monotonic()
        self._told = float("-inf")
        self._plan = Plan(0, 1)
        self._chunks = 0
        self._sent = 0
        self._passed = 0
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
        self._news.set()

    def sent(self, size: int) -> None:
        """So many bytes more went out."""
        self._sent += size
        self._passed += size
        if self._callback is not None and self._clock.monotonic() - self._told >= _EVERY:
            self._news.set()

    def taken(self) -> None:
        """A chunk more was taken."""
        self._chunks += 1
        self._news.set()

    def rewind(self, size: int, chunks: int = 0) -> None:
        """So many bytes, and chunks that had been counted, must be sent again."""
        self._sent -= size
        self._resent += size
        self._chunks -= chunks
        self._resending = True
        self._news.set()

    async def run(self) -> None:
        """Tell the callback whenever there is news, until stopped."""
        self._stopped = False
        while self._callback is not None:
            await self._news.wait()
            self._news.clear()
            if self._stopped:
                return
            await self._tell("resending" if self._resending else "uploading")

    def stop(self) -> None:
        """Have `run` return, after the callback that it may be in."""
        self._stopped = True
        self._news.set()

    async def complete(self) -> None:
        """Tell the end."""
        self._chunks = self._plan.total
        self._sent = self._plan.size
        await self._tell("completed")

    async def _tell(self, status: Literal["uploading", "resending", "completed"]) -> None:
        if self._callback is None:
            return
        self._told = self._clock.monotonic()
        self._resending = False
        seconds = self._told - self._began
        told = self._callback(
            UploadProgress(
                filename=self._filename,
                total_chunks=self._plan.total,
                completed_chunks=self._chunks,
                percentage=100.0 * self._sent / self._plan.size if self._plan.size else 0.0,
                status=status,
                bytes_sent=self._sent,
                total_bytes=self._plan.size,
                bytes_resent=self._resent,
                bytes_per_second=self._passed / seconds if seconds > 0 else 0.0,
            )
        )
        if inspect.isawaitable(told):
            await told
