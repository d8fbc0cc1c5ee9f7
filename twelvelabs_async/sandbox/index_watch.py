"""Watches films that are indexed, so that an event says when each has ended."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from .lifecycle import Lifecycle
from .records import IndexTask, Item, Video
from .repository import Repository
from .webhook_events import index_data
from .webhooks import Notifier

__all__ = ["IndexWatch"]

# Real seconds between two looks at the states, which the clock and the work change.
_LOOK: Final = 0.05


class IndexWatch:
    """Announces "index.task.ready" and "index.task.failed", each once."""

    def __init__(self, lifecycle: Lifecycle, repository: Repository, notifier: Notifier) -> None:
        self._lifecycle = lifecycle
        self._repository = repository
        self._notifier = notifier
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to watch, also what the last run left; what has ended by now is not announced."""
        self._lifecycle.queue.take_done()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def begin(self) -> None:
        """Watch films whose indexing begins."""
        self._begun.set()

    async def _run(self) -> None:
        queue = self._lifecycle.queue
        while True:
            self._begun.clear()
            for item in queue.take_done():
                self._announce(item)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if queue.idle else _LOOK):
                    await self._begun.wait()

    def _announce(self, item: Item) -> None:
        status, _ = self._lifecycle.status(item)
        if isinstance(item, IndexTask | Video) and self._repository.holds(item):
            index = self._repository.indexes.get(item.index_id)
            data = index_data(item, status, index, self._lifecycle.info_of(item))
            self._notifier.announce(f"index.task.{status}", item.id, data)
