"""Ingestion beyond one machine: the workers of a Dask cluster send the files.

``client.ingest(index_id, sources, journal=..., engine=DaskEngine(cluster))`` is the same call: the
submitter keeps the journal, puts assets into the index and waits for them, which is light work; the
workers check the files and send them, which is the heavy part, and near the data.

Semaphores of the cluster limit what the account does concurrently, for all that work on it.
A lease that is held is renewed by the event loop of its holder's process, and one whose holder has
died is free again after Dask's ``distributed.scheduler.locks.lease-timeout`` (30 s).

Dask runs a task again when its worker was lost, also one whose result was lost with it, and an
upload must not be made twice. So the submitter leaves one permit for each upload on the scheduler;
the task takes it before it sends anything, and one that finds none gives up immediately. The
submitter then looks on the service for what the lost worker has done, as after any lost reply.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
from attrs import define, evolve, field, frozen

from .._runtime.core import Core
from .._runtime.optional import needed
from ..errors import ConfigurationError, UploadInDoubtError
from ..options import Retry, Timeouts
from .engine import LocalEngine, UploadedAsset
from .items import Concurrency, Item
from .locations import reading
from .media_check import Refusal, check_media

__all__ = ["DaskEngine"]

_LOOK_EVERY = 1.0  # seconds, while a worker may still be sending an item in doubt
_CLEARING = 1.0  # seconds that a cancelled upload may take to clear its permit


@frozen(kw_only=True)
class _Connection:
    """What a worker needs to reach the service."""

    api_key: str = field(repr=False)
    base_url: str
    timeouts: Timeouts
    retry: Retry
    concurrency: Concurrency


@frozen(kw_only=True)
class _Job:
    connection: _Connection
    item: Item
    token: str
    checkpoint: Path | None


@define
class DaskEngine:
    """Sends the files of an ingestion from the workers of a Dask cluster.

    ``cluster`` is a `distributed.Client`, asynchronous or not. At most
    ``Concurrency.uploads`` uploads run concurrently, at most ``Concurrency.indexing`` films are in
    the index and not yet ready, on all workers and for all submitters that name the same
    ``account``: these are the account's bounds, kept by a `distributed.Semaphore` each, and all
    submitters must give the same ones. Name accounts apart where one cluster works for several.

    The workers must see each source by the same name as the submitter: on a shared file system, or
    as a URL that fsspec opens.
    ``near`` names the workers that hold a source (addresses, as Dask's ``workers=`` takes them;
    None for any); others take it when those are gone. ``checkpoints`` is a folder that all workers
    see, where large uploads leave checkpoints that another worker resumes. With ``checks`` a worker
    looks at each file before it sends it.

    The workers need the same version of this package. The API key goes to them with each task, over
    Dask's own connections: use TLS (``distributed.comm.require-encryption``) where the network is
    not yours. A run begins with a ConfigurationError when distributed is not installed, when the
    client is closed, and when another submitter has set other bounds; it ends with one when the
    scheduler is lost.
    """

    cluster: Any
    near: Callable[[str], Sequence[str] | None] | None = None
    account: str = "twelvelabs"
    checkpoints: str | os.PathLike[str] | None = None
    checks: bool = True
    _connection: _Connection | None = field(default=None, init=False, repr=False)
    _places: Any = field(default=None, init=False, repr=False)
    _distributed: Any = field(default=None, init=False, repr=False)

    async def start(self, core: Core, concurrency: Concurrency) -> None:
        """Create the shared semaphores."""
        self._distributed = needed("distributed", "DaskEngine", "dask")
        self._connection = _Connection(
            api_key=core.api_key,
            base_url=core.base_url,
            timeouts=core.timeouts,
            retry=core.retry,
            concurrency=concurrency,
        )
        if self.cluster.status != "running":
            raise ConfigurationError(f"the Dask client is {self.cluster.status}")
        await self._bound("uploads", concurrency.uploads)
        self._places = await self._bound("indexing", concurrency.indexing)

    async def _bound(self, stage: str, most: int) -> Any:
        name = _name(self.account, stage)
        made = self._distributed.Semaphore(
            most, name, scheduler_rpc=self.cluster.scheduler, loop=self.cluster.loop
        )
        try:
            await self._call(made.register)
        except ValueError as error:
            raise ConfigurationError(
                f"the account's submitters must agree on Concurrency.{stage}; the cluster says of "
                f"its semaphore {name!r}: {error}"
            ) from error
        return made

    async def check(self, item: Item) -> Refusal | None:
        """Nothing here: the worker that sends the file checks it."""
        return None

    async def wait_idle(self, item: Item) -> None:
        """Return once no worker is still sending the item, for an earlier submitter perhaps."""
        while True:
            sending = await self._call(self.cluster.run, _at_work)
            if not any(item.key in keys for keys in sending.values()):
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def upload(
        self, item: Item, checkpoint: Path | None, moved: Callable[[int], None]
    ) -> UploadedAsset | Refusal:
        """Send it from a worker."""
        assert self._connection is not None
        token = f"twelvelabs-upload-{item.key}-{uuid4().hex[:12]}"
        if checkpoint is not None:
            checkpoint = None if self.checkpoints is None else self._checkpoint(item)
        job = _Job(
            connection=self._connection,
            item=evolve(item, metadata=None),
            token=token,
            checkpoint=checkpoint,
        )
        workers = None if self.near is None else self.near(item.location)
        permit = self._distributed.Event(token, client=self.cluster)
        await self._call(permit.set)
        future = self.cluster.submit(
            _send,
            job,
            self.account,
            self.checks,
            key=token,
            pure=False,
            retries=0,
            workers=workers,
            allow_other_workers=True if workers else None,
        )
        taken = False
        try:
            outcome: UploadedAsset | Refusal | Exception = await self._outcome(future)
            taken = isinstance(outcome, UploadedAsset)
        finally:
            future.release()
            if not taken:
                with anyio.move_on_after(_CLEARING, shield=True):
                    await self._call(permit.clear)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, UploadedAsset):
            moved(item.size or 0)
        return outcome

    def _checkpoint(self, item: Item) -> Path:
        assert self.checkpoints is not None
        return Path(self.checkpoints) / f"{item.key}.json"

    async def _outcome(self, future: Any) -> Any:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def wake(_: object) -> None:
            loop.call_soon_threadsafe(ended.set)

        future.add_done_callback(wake)
        await ended.wait()
        if future.status == "finished":
            return await self._call(future.result)
        # The worker was lost more often than Dask allows, or the cluster was restarted; also
        # where the task could not be started at all, nobody here can know that.
        return UploadInDoubtError(f"the upload's worker was lost: {future.status}")

    @asynccontextmanager
    async def indexing(self) -> AsyncGenerator[None]:
        """One of the account's permits, shared by all submitters."""
        await self._call(self._places.acquire)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self._call(self._places.release)  # raises nothing: a lease may also time out

    async def _call(self, method: Callable[..., Any], *args: Any) -> Any:
        """What a method of Dask's returns, awaited on the loop of its client. Threads would not do:
        waits for leases could take them all, and a release needs one.
        """

        async def call() -> Any:
            return await method(*args)

        loop: asyncio.AbstractEventLoop = self.cluster.loop.asyncio_loop
        try:
            if loop is asyncio.get_running_loop():
                return await call()
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), loop))
        except OSError as error:  # no film's fault, and the same for all
            raise ConfigurationError(f"the Dask scheduler does not answer: {error}") from error

    async def stop(self) -> None:
        """Nothing to release: the cluster is its owner's, and tasks end with their futures."""


# What runs on the workers

_working: set[str] = set()
_senders: dict[tuple[int, _Connection], _Sender] = {}
_semaphores: dict[tuple[str, str, int], Any] = {}
_lock = threading.Lock()


class _Sender:
    """A client on a worker, kept for all its tasks."""

    def __init__(self, connection: _Connection) -> None:
        from ..client import AsyncTwelveLabs

        client = AsyncTwelveLabs(
            connection.api_key,
            base_url=connection.base_url,
            timeout=connection.timeouts,
            retry=connection.retry,
        )
        self._engine = LocalEngine()
        self._engine.use(client.assets, client.multipart_upload, connection.concurrency)
        # Not the worker's own loop, which must answer the scheduler meanwhile.
        self._loop = asyncio.new_event_loop()
        threading.Thread(
            target=self._loop.run_forever, name="twelvelabs-upload", daemon=True
        ).start()

    def send(self, job: _Job) -> UploadedAsset | Refusal:
        upload = self._engine.upload(job.item, job.checkpoint, lambda _size: None)
        return asyncio.run_coroutine_threadsafe(upload, self._loop).result()


def _sender(connection: _Connection) -> _Sender:
    with _lock:
        name = (os.getpid(), connection)
        if name not in _senders:
            _senders[name] = _Sender(connection)
        return _senders[name]


def _name(account: str, stage: str) -> str:
    return f"{account}-{stage}"


def _semaphore(account: str, most: int) -> Any:
    """The one semaphore of all tasks of a worker: each would renew its leases as long as there is a
    loop, even when it is no longer used.
    """
    distributed = needed("distributed", "a worker", "dask")
    name = _name(account, "uploads")
    with _lock:
        where = (distributed.get_worker().address, name, most)
        if where not in _semaphores:
            _semaphores[where] = distributed.Semaphore(most, name)
        return _semaphores[where]


def _send(job: _Job, account: str, checks: bool) -> UploadedAsset | Refusal | Exception:
    """Check and send a file. An error is returned, not raised: Dask would log it with its job."""
    distributed = needed("distributed", "a worker", "dask")
    _working.add(job.item.key)
    try:
        with reading():  # what a store raises need not be known where it is unpickled
            refusal = check_media(job.item) if checks else None
        if refusal is not None:
            return refusal
        with _semaphore(account, job.connection.concurrency.uploads):
            permit = distributed.Event(job.token)
            if not permit.is_set():
                return UploadInDoubtError("the worker that had begun the upload was lost")
            permit.clear()
            with reading():
                return _sender(job.connection).send(job)
    except Exception as error:  # of a store, the check or the upload: the caller raises it
        return error
    finally:
        _working.discard(job.item.key)


def _at_work() -> list[str]:
    return list(_working)
