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
        self._items: dict[str, IndexTask | Video] = {}
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to watch, also what the last run left."""
        tasks = self._repository.tasks
        self._items.update(tasks)
        for videos in self._repository.videos.values():
            self._items.update((key, video) for key, video in videos.items() if key not in tasks)
        for item in list(self._items.values()):
            if self._end_of(item) is not None:
                del self._items[item.id]
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def begin(self, item: Item) -> None:
        """Watch a film whose indexing begins."""
        if isinstance(item, IndexTask | Video):
            self._items[item.id] = item
            self._begun.set()

    async def _run(self) -> None:
        while True:
            self._begun.clear()
            self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK if self._items else None):
                    await self._begun.wait()

    def _look(self) -> None:
        for item in list(self._items.values()):
            if not self._repository.holds(item):
                del self._items[item.id]
                continue
            status = self._end_of(item)
            if status is not None:
                del self._items[item.id]
                index = self._repository.indexes.get(item.index_id)
                data = index_data(item, status, index, self._lifecycle.info_of(item))
                self._notifier.announce(f"index.task.{status}", item.id, data)

    def _end_of(self, item: IndexTask | Video) -> str | None:
        status, _ = self._lifecycle.status(item)
        return status if status in ("ready", "failed") else None
