"""Lists the films of a run into its journal, ahead of the stages that process them.

What the stages do not yet have room for stays in the journal, so that the number of films, and with
it the time left, is known long before the last one is sent.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from itertools import islice

import anyio

from .._runtime.clock import Clock
from .._runtime.threads import run_blocking
from .discovery import Resolved, scan
from .file_identity import identify
from .items import ENDS, Item, Source, Sources
from .journal import Journal

__all__ = ["Listing", "source_of"]

_BATCH = 64  # sources that are read, and entered into the journal, in one step

Ended = Callable[[Item, bool], Awaitable[None]]


class Listing:
    """The work of a run: first what an earlier run started, then what sources name."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        *,
        stopping: Callable[[], bool],
        began: Callable[[], None],
        reopened: Callable[[], None],
        ended: Ended,
        progress: Callable[[], Awaitable[None]],
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._stopping = stopping
        self._began = began
        self._reopened = reopened
        self._ended = ended
        self._progress = progress
        self._keys, self._listed = anyio.create_memory_object_stream[str](math.inf)
        self._in_progress: dict[str, Item] = {}  # that no source has named yet

    async def in_progress(self) -> list[Item]:
        """What an earlier run started, in the order in which it continues."""
        items = await self._journal.in_progress()
        for item in items:
            self._in_progress[item.key] = item
            self._began()
        # Each film that may be in the index has a permit of the account's: others may not take it.
        return sorted(items, key=lambda item: item.state not in ("submitting", "indexing"))

    async def read(self, sources: Sources) -> None:
        """Enter what the sources name into the journal, and what waits in it."""
        with self._keys:
            found = scan(sources)
            while not self._stopping() and (
                some := await run_blocking(lambda: list(islice(found, _BATCH)))
            ):
                resolved = [one.location for one in some if isinstance(one, Resolved)]
                if resolved:
                    await self._journal.supersede(resolved)
                for item in await self.claim([one for one in some if isinstance(one, Source)]):
                    self._keys.send_nowait(item.key)
            # After the sources, which may have new metadata for them.
            after = 0
            while not self._stopping():
                batch, after = await self._journal.pending(after, _BATCH)
                if not batch:
                    break
                for item in await self.claim([source_of(item) for item in batch]):
                    self._keys.send_nowait(item.key)

    async def claim(self, sources: Sequence[Source]) -> list[Item]:
        """The items of the sources that this run has to process."""
        now = self._clock.time()
        items = await run_blocking(lambda: [identify(source, now) for source in sources])
        claimed: list[Item] = []
        for given, item in zip(items, await self._journal.claim(items), strict=True):
            if item is None:
                if (reopened := self._describe(given)) is not None:
                    self._reopened()
                    claimed.append(reopened)
            elif item.state in ENDS:
                await self._ended(item, item is not given)
            else:
                self._began()
                claimed.append(item)
        await self._progress()
        return claimed

    async def batches(self) -> AsyncGenerator[list[Item]]:
        """The listed items in their order, some at a time."""
        with self._listed:
            async for key in self._listed:
                keys = [key]
                while len(keys) < _BATCH and self._listed.statistics().current_buffer_used:
                    keys.append(self._listed.receive_nowait())
                yield await self._journal.load(keys)

    def _describe(self, given: Item) -> Item | None:
        """Give an item of an earlier run the metadata that its source has now.

        The item when it was ready before its source was read: it gets them, and a further result.
        """
        item = self._in_progress.pop(given.key, None)
        if item is None or given.metadata is None or given.metadata == item.metadata:
            return None
        if item.state == "ready":
            self._journal.note(item, metadata=given.metadata, state="indexed", ended=None)
            return item
        if item.state not in ENDS:
            self._journal.note(item, metadata=given.metadata)
        return None


def source_of(item: Item) -> Source:
    """The source that an item of the journal stands for."""
    return Source(item.location, item.filename, item.metadata)
