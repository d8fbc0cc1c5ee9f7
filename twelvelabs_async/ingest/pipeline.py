"""The stages of an ingestion: check, upload, wait, index, wait, set metadata.

    sources -> check -> upload -> processing -> index -> metadata -> results

Each arrow is a bounded stream and each stage has workers of its own, so that none starves another;
a full stream holds up the stage before it. Items only go forward. The journal records each step,
and an item that an earlier run began enters at the stage where that run left it.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from .._runtime.callbacks import CallbackError
from .._runtime.core import Core
from .._runtime.frames import dropping_locals
from .._runtime.list_polling import is_missing
from .._runtime.numbers import checked_number
from .._runtime.operation import operation
from .._runtime.progress import is_shown, shown_progress
from .._runtime.threads import run_blocking
from ..assets import Asset, Assets
from ..errors import ApiError, ArgumentTypeError, TooManyRequestsError
from ..indexes import Indexes
from ..indexes.indexed_assets import IndexedAsset, IndexedAssets
from .batch_poller import BatchPoller, list_assets, list_indexed_assets
from .engine import Engine, LocalEngine, UploadedAsset, goes_in_chunks
from .error_policy import (
    in_doubt,
    is_fatal,
    is_passing,
    pause,
    reason_of,
    require_id,
    wait_asked,
)
from .file_identity import identify
from .items import Concurrency, IngestProgress, IngestResult, Item, Sources, State
from .journal import Journal
from .listing import Listing, source_of
from .locations import reading
from .media_check import Refusal
from .progress_tracker import ProgressTracker
from .reconcile import Reconciler

__all__ = ["Ingestion"]

T = TypeVar("T")
Stage = Callable[[Item], Awaitable[None]]

ATTEMPTS = 6
"""How often a call is made, beyond the client's own retries, before its item fails."""
_ROOM = 16  # items between two stages

_ENTRY: dict[State, str] = {
    "waiting": "check",
    "uploading": "upload",
    "processing": "processing",
    "processed": "index",
    "submitting": "index",
    "indexing": "index",
    "indexed": "metadata",
}


class Ingestion:
    """One run."""

    def __init__(
        self,
        core: Core,
        index_id: str,
        sources: Sources,
        *,
        journal: str | None,
        concurrency: Concurrency,
        on_progress: Callable[[IngestProgress], object] | None,
        progress: bool | None,
        retry_failed: bool,
        checks: bool,
        enable_video_stream: bool | None,
        timeout: float | None,
        max_wait: float,
        stop: Event | None,
        engine: Engine | None,
    ) -> None:
        if not isinstance(concurrency, Concurrency):  # pyright: ignore[reportUnnecessaryIsInstance]  # of any program
            raise ArgumentTypeError(
                f"concurrency is a Concurrency, not a {type(concurrency).__name__}"
            )
        self._clock = core.clock
        self._tracker = ProgressTracker(core.clock, on_progress)
        self._core = core.with_options(
            timeouts=None, retry=None, headers=None, hooks=[self._tracker], progress=False
        )
        self._progress = is_shown(progress, core.progress)
        self._index_id = index_id
        self._sources = sources
        self._path = journal
        self._limits = concurrency
        self._retry_failed = retry_failed
        self._checks = checks
        self._video_stream = enable_video_stream
        self._timeout = None if timeout is None else checked_number(timeout, "the timeout")
        self._max_wait = checked_number(max_wait, "max_wait", 0)
        self._stop = stop
        self._engine = engine or LocalEngine()
        self._wait_idle = _wait_idle_of(self._engine)
        self._assets = Assets(self._core)
        self._indexed = IndexedAssets(self._core)
        self._streams: dict[str, MemoryObjectSendStream[Item]] = {}
        self._results: MemoryObjectSendStream[IngestResult]
        self._journal: Journal
        self._began: float
        self._reconciler: Reconciler
        self._asset_poller: BatchPoller[Asset]
        self._index_poller: BatchPoller[IndexedAsset]
        self._workers: TaskGroup
        self._listing: Listing
        self._open = 1  # items on their way, and one for the sources that are still to be read

    async def results(self) -> AsyncGenerator[IngestResult, None]:
        """The result of each item, as they end."""
        self._results, ended = anyio.create_memory_object_stream[IngestResult](_ROOM)
        scope = anyio.CancelScope()
        # Not a task group: an asynchronous generator must not yield from inside of one.
        run = asyncio.create_task(self._run(scope))
        try:
            with dropping_locals:
                async for result in ended:
                    yield result
                await run
        finally:
            ended.close()
            # Not run.cancel(): that would cut short the closing of the journal, too.
            scope.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([run])
            if not run.cancelled():
                run.exception()  # retrieved: the caller has left the loop early
            del run  # it holds what it ended in, and that this frame

    async def _run(self, scope: anyio.CancelScope) -> None:
        with (
            scope,
            operation(self._core, "ingest", subject=self._index_id),
            shown_progress(self._progress, "ingestion", self._clock.monotonic) as show,
        ):
            if self._progress:
                self._tracker.show = show
            async with self._core.shared.until_closed(asyncio.timeout(None), "the ingestion"):
                await self._run_to_the_end()

    async def _run_to_the_end(self) -> None:
        failure: BaseException | None = None
        try:
            # A wrong id or key would fail every item: fail before the first.
            await Indexes(self._core).retrieve(self._index_id)
            self._journal = await Journal.open(
                self._path, self._index_id, retry_failed=self._retry_failed
            )
            # All that an earlier run sent was sent before now: it has released its lock.
            self._began = self._clock.monotonic()
            try:
                await self._engine.start(self._core, self._limits)
                try:
                    await self._work()
                finally:
                    with anyio.CancelScope(shield=True):
                        await self._engine.stop()
                await self._tracker.report(self._journal, force=True)
            finally:
                await self._journal.close()
        except (BaseExceptionGroup, CallbackError) as error:
            failure = _first(error)
        finally:
            self._results.close()
        try:
            if failure is not None:
                # Not within `except`: its context would be the group, which holds it.
                raise failure
        finally:
            failure = None  # it holds this frame

    async def _work(self) -> None:
        self._reconciler = Reconciler(
            self._assets, self._indexed, self._index_id, self._journal, self._clock
        )
        self._listing = Listing(
            self._journal,
            self._clock,
            stopping=self._stopping,
            began=self._count_open,
            reopened=self._count_reopened,
            ended=self._report_ended,
            progress=self._report,
        )
        self._asset_poller = BatchPoller(
            list_assets(self._assets),
            self._assets.retrieve,
            self._clock,
            what="asset",
            share=0.4,
            timeout=self._timeout,
            on_round=self._round,
        )
        self._index_poller = BatchPoller(
            list_indexed_assets(self._indexed, self._index_id),
            lambda id_: self._indexed.retrieve(self._index_id, id_),
            self._clock,
            what="indexed asset",
            share=0.1,  # smaller: each holds one of the account's few permits until it is seen
            timeout=self._timeout,
            on_round=self._round,
        )
        stages: dict[str, tuple[Stage, int]] = {
            "check": (self._check, self._limits.checks),
            "upload": (self._upload, self._limits.uploads),
            "processing": (self._processing, self._limits.processing),
            "index": (self._index, self._limits.indexing),
            "metadata": (self._metadata, self._limits.metadata),
        }
        with ExitStack() as ends:
            async with anyio.create_task_group() as pollers:
                pollers.start_soon(self._asset_poller.run)
                pollers.start_soon(self._index_poller.run)
                pollers.start_soon(self._tracker.run, self._journal)
                async with anyio.create_task_group() as workers:
                    self._workers = workers
                    for name, (stage, count) in stages.items():
                        send, receive = anyio.create_memory_object_stream[Item](_ROOM)
                        ends.callback(send.close)
                        ends.callback(receive.close)
                        self._streams[name] = send
                        for _ in range(count):
                            workers.start_soon(self._worker, stage, receive)
                    workers.start_soon(self._feed)
                pollers.cancel_scope.cancel()

    async def _worker(self, stage: Stage, items: MemoryObjectReceiveStream[Item]) -> None:
        async for item in items:
            try:
                await stage(item)
            except Exception as error:  # an error of no single item is raised
                if is_fatal(error) or wait_asked(error) > self._max_wait:
                    raise
                reason, message = reason_of(error)
                await self._end(item, "failed", reason, message)

    # From the listing to the first stage

    async def _feed(self) -> None:
        begun = await self._listing.in_progress()
        self._workers.start_soon(self._list)
        # Items in progress are nearest to their end, and those being indexed hold permits already:
        # nothing else is in the stages yet.
        for item in begun:
            await self._enter(item)
        async for items in self._listing.batches():
            for item in items:
                if self._stopping():
                    self._left()  # it stays in the journal for the next run
                else:
                    await self._enter(item)

    async def _list(self) -> None:
        await self._listing.read(self._sources)
        self._tracker.listed = not self._stopping()
        await self._tracker.report(self._journal, force=True)  # now the time left is known
        self._left()

    async def _report_ended(self, item: Item, earlier: bool) -> None:
        self._tracker.ended += not earlier
        await self._results.send(item.result(earlier=earlier))

    def _count_open(self) -> None:
        self._open += 1

    def _count_reopened(self, ended_now: bool) -> None:
        self._open += 1
        self._tracker.ended -= ended_now

    async def _enter(self, item: Item) -> None:
        await self._streams[_ENTRY[item.state]].send(item)

    def _left(self) -> None:
        """One item fewer on its way; after the last, nothing more will come."""
        self._open -= 1
        if not self._open:
            for stream in self._streams.values():
                stream.close()

    def _stopping(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    async def _report(self) -> None:
        await self._tracker.report(self._journal)

    # The stages

    async def _check(self, item: Item) -> None:
        refusal = None
        if self._checks and not self._stopping():
            with reading():  # an engine may be the program's own, and stores have errors of theirs
                refusal = await self._engine.check(item)
        if refusal is not None:
            await self._end(item, "refused", refusal.reason, refusal.message)
        else:
            await self._streams["upload"].send(item)

    async def _upload(self, item: Item) -> None:
        if item.state == "waiting" and self._stopping():
            self._left()  # it stays in the journal for the next run
            return
        checkpoint = self._checkpoint(item)
        self._tracker.bytes_known += item.size or 0
        if item.asset_id is not None:
            await self._delete(item, self._assets.delete, item.asset_id)
            self._journal.note(item, asset_id=None)

        async def look(since: float) -> UploadedAsset | None:
            if checkpoint is not None and await run_blocking(checkpoint.exists):
                return None  # the upload resumes from there, and creates nothing twice
            await self._wait_idle(item)
            asset = await self._reconciler.asset(item, since)
            return None if asset is None else UploadedAsset(asset.id, asset.status)

        async def send() -> UploadedAsset | Refusal:
            await self._note_attempt(item, state="uploading", upload_began=self._clock.time())
            with reading():  # as above: a store is read as long as its film is sent
                return await self._engine.upload(item, checkpoint, self._tracker.sent)

        sent: UploadedAsset | Refusal | None = None
        if item.state == "uploading":
            sent = await self._persist(lambda: look(self._began))
            if sent is None and await self._has_changed(item):
                return
        if sent is None:
            sent = await self._persist(send, look)
        if isinstance(sent, Refusal):
            await self._end(item, "refused", sent.reason, sent.message)
            return
        asset_id = require_id(sent.asset_id, "asset")
        now = self._clock.time()
        if sent.status == "ready":
            self._journal.note(
                item, state="processed", asset_id=asset_id, uploaded=now, processed=now
            )
        else:
            self._journal.note(item, state="processing", asset_id=asset_id, uploaded=now)
        await self._go_on(item)

    async def _has_changed(self, item: Item) -> bool:
        """Whether the file has changed, so that another item replaces this one."""
        source = source_of(item)
        now = await run_blocking(identify, source, self._clock.time())
        if now.key == item.key:
            return False
        self._open += 1  # for the one that comes

        async def take() -> None:
            for new in await self._listing.claim([source]):
                await self._enter(new)
            self._left()

        # Not awaited: the stage before this one may be waiting for this one.
        self._workers.start_soon(take)
        await self._end(item, "replaced")
        return True

    async def _processing(self, item: Item) -> None:
        asset, state = await self._asset_poller.wait_for(require_id(item.asset_id, "asset"))
        if state.kind == "failed":
            await self._end(item, "failed", "asset_failed" if asset else "gone", state.message)
            return
        self._journal.note(item, state="processed", processed=self._clock.time())
        await self._go_on(item)

    async def _index(self, item: Item) -> None:
        async with self._engine.indexing():
            if item.state != "indexing":
                await self._submit(item)
            row, state = await self._index_poller.wait_for(
                require_id(item.indexed_asset_id, "indexed asset")
            )
        if state.kind == "failed":
            await self._end(item, "failed", "indexing_failed" if row else "gone", state.message)
            return
        self._journal.note(item, state="indexed", indexed=self._clock.time())
        if item.metadata:
            await self._go_on(item)
        else:
            await self._end(item, "ready")

    async def _submit(self, item: Item) -> None:
        asset_id = require_id(item.asset_id, "asset")
        if item.indexed_asset_id is not None:
            await self._delete(
                item, lambda id_: self._indexed.delete(self._index_id, id_), item.indexed_asset_id
            )
            self._journal.note(item, indexed_asset_id=None)

        async def look(since: float) -> str | None:
            row = await self._reconciler.indexed_asset(item, since)
            return None if row is None else row.id

        async def send() -> str:
            await self._note_attempt(item, state="submitting", index_began=self._clock.time())
            made = await self._indexed.create(
                self._index_id, asset_id=asset_id, enable_video_stream=self._video_stream
            )
            return made.id

        made: str | None = None
        if item.state == "submitting":
            made = await self._persist(lambda: look(self._began))
        if made is None:
            made = await self._persist(send, look)
        self._journal.note(
            item,
            state="indexing",
            indexed_asset_id=require_id(made, "indexed asset"),
            submitted=self._clock.time(),
        )
        await self._report()

    async def _metadata(self, item: Item) -> None:
        was_set = None
        while item.metadata and item.metadata != was_set:  # its source may be read meanwhile
            was_set = item.metadata
            indexed_asset_id = require_id(item.indexed_asset_id, "indexed asset")
            update = partial(self._indexed.update, self._index_id, indexed_asset_id)
            await self._persist(partial(update, user_metadata=was_set))
        await self._end(item, "ready")

    # What they share

    async def _go_on(self, item: Item) -> None:
        await self._report()
        await self._enter(item)

    async def _end(
        self, item: Item, state: State, reason: str | None = None, message: str | None = None
    ) -> None:
        stage = None if state == "ready" else item.state
        if message is not None:  # the service's words may repeat a secret, and go into the journal
            message = self._core.redactor.text(message)
        await self._journal.save(
            item,
            state=state,
            stage=stage,
            reason=reason,
            message=message,
            ended=self._clock.time(),
        )
        self._tracker.ended += state != "replaced"
        await self._report()
        if state != "replaced":
            await self._results.send(item.result())
        self._left()

    async def _note_attempt(self, item: Item, *, state: State, **began: float) -> None:
        """Record on disk that something is about to be made."""
        # The first record counts: a look-up then goes back far enough for all later attempts.
        if item.state == state:
            began = {}
        await self._journal.save(item, state=state, attempts=item.attempts + 1, **began)

    async def _persist(
        self,
        send: Callable[[], Awaitable[T]],
        look: Callable[[float], Awaitable[T | None]] | None = None,
    ) -> T:
        """The result of a call, which is retried after a transient failure.

        When it may have been carried out anyway, `look` finds what it made before it is retried.
        """
        failures = 0
        while True:
            try:
                return await send()
            except Exception as error:  # `is_fatal` and `is_passing` classify it
                since = self._clock.monotonic()
                asked = wait_asked(error)
                if is_fatal(error) or asked > self._max_wait:
                    raise
                if look is not None and in_doubt(error):
                    found = await self._persist(lambda: look(since))  # noqa: B023  # awaited here
                    if found is not None:
                        return found
                failures += not isinstance(error, TooManyRequestsError)
                if failures >= ATTEMPTS or not is_passing(error):
                    raise
                await self._clock.sleep(asked or pause(failures, self._clock.random()))

    async def _delete(self, item: Item, delete: Callable[[str], Awaitable[None]], id_: str) -> None:
        """Delete what has failed on the service, so that its successor is there once."""

        async def once() -> None:
            try:
                await delete(id_)
            except ApiError as error:
                if not is_missing(error):
                    raise

        await self._persist(once)

    async def _round(self) -> None:
        """After each round of polls: write what is noted, and call the callback."""
        await self._journal.write()
        await self._report()

    def _checkpoint(self, item: Item) -> Path | None:
        if self._path is None or not goes_in_chunks(item):
            return None
        folder = Path(f"{self._path}-uploads")
        return folder / f"{item.key}.json"


def _wait_idle_of(engine: Engine) -> Callable[[Item], Awaitable[None]]:
    """The engine's `wait_idle`, which was `settled` before."""
    if not hasattr(engine, "wait_idle") and hasattr(engine, "settled"):
        warnings.warn("Engine.settled is now Engine.wait_idle", DeprecationWarning, stacklevel=2)
        old: Any = engine
        settled: Callable[[Item], Awaitable[None]] = old.settled
        return settled
    return engine.wait_idle


def _first(error: BaseException) -> BaseException:
    """One exception of a group: those of workers come together only by chance."""
    if isinstance(error, CallbackError):
        return error.error
    group: Any = error
    return _first(group.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
