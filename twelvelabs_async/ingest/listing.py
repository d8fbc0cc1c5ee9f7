"""Lists the films of a run into its journal, ahead of the stages that process them.

What the stages do not yet have room for stays in the journal, so that the number of films, and with
it the time left, is known long before the last one is sent.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from itertools import islice
from weakref import WeakValueDictionary

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
        reopened: Callable[[bool], None],
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
        self._unnamed: set[str] = set()  # keys of items in progress that no source has named yet
        # The items that the stages have: what is not among them is as the journal has it.
        self._live: WeakValueDictionary[str, Item] = WeakValueDictionary()
        self._loading = anyio.Lock()
        self._earlier: set[str] = set()  # keys of items that had ended before this run

    async def in_progress(self) -> list[Item]:
        """What an earlier run started, in the order in which it continues."""
        items = await self._journal.in_progress()
        for item in items:
            self._unnamed.add(item.key)
            self._live[item.key] = item
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
        again: list[Item] = []
        for given, item in zip(items, await self._journal.claim(items), strict=True):
            unlike = item is None or (item is not given and item.state != "refused")
            if unlike and given.reason == "metadata_invalid":
                await self._ended(given, False)  # its film goes on, without this metadata
            if item is None:
                if given.metadata is not None:
                    again.append(given)
            elif item.state in ENDS:
                if item is not given:
                    self._earlier.add(item.key)
                await self._ended(item, item is not given)
            else:
                self._began()
                self._live[item.key] = item
                claimed.append(item)
        if again:
            claimed += await self._describe(again)
        await self._progress()
        return claimed

    async def batches(self) -> AsyncGenerator[list[Item]]:
        """The listed items in their order, some at a time."""
        with self._listed:
            async for key in self._listed:
                keys = [key]
                while len(keys) < _BATCH and self._listed.statistics().current_buffer_used:
                    keys.append(self._listed.receive_nowait())
                async with self._loading:
                    items = await self._journal.load(keys)
                    self._live.update((item.key, item) for item in items)
                yield items

    async def _describe(self, again: Sequence[Item]) -> list[Item]:
        """Give items that this run has had the metadata of a further source.

        It returns those that were ready before: they get them, and a further result.
        """
        reopened: dict[str, Item] = {}
        async with self._loading:  # an item is either live, or in the journal
            known = dict(self._live.items())
            missing = {given.key for given in again} - known.keys()
            known |= {item.key: item for item in await self._journal.load([*missing])}
            for given in again:
                item = known[given.key]
                # As the service does it: so it is the same before and after the first were set.
                before = {} if given.key in self._unnamed else item.metadata or {}
                self._unnamed.discard(given.key)
                metadata = {**before, **(given.metadata or {})}
                if metadata == item.metadata:
                    continue
                if item.state != "ready":
                    self._journal.note(item, metadata=metadata)
                    continue
                self._reopened(item.key not in self._earlier)
                self._earlier.discard(item.key)
                item = item.copy()  # the result of the one that has ended is still to be sent
                self._journal.note(item, metadata=metadata, state="indexed", ended=None)
                known[item.key] = self._live[item.key] = reopened[item.key] = item
        return [*reopened.values()]


def source_of(item: Item) -> Source:
    """The source that an item of the journal stands for."""
    return Source(item.location, item.filename, item.metadata)
