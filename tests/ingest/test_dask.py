"""What a worker of a cluster does with an upload whose result was lost, without a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import UploadInDoubtError
from twelvelabs_async.ingest import dask
from twelvelabs_async.ingest.dask import DaskEngine
from twelvelabs_async.ingest.engine import UploadedAsset
from twelvelabs_async.ingest.items import Concurrency, Item

pytestmark = pytest.mark.anyio


class Scheduler:
    """As much of a Dask cluster as an upload takes: one worker, the events, the semaphores."""

    status = "running"
    scheduler = None

    def __init__(self) -> None:
        self.loop = SimpleNamespace(asyncio_loop=asyncio.get_running_loop())
        self.events: set[str] = set()
        self.futures: list[Future] = []
        self.sent = 0
        self.lose: Callable[[], object] = lambda: None  # before each run
        outer = self

        class Event:
            """Of a worker it blocks, of an asynchronous client it is awaited."""

            def __init__(self, name: str, client: object = None) -> None:
                self.name, self.asynchronous = name, client is not None

            def _done(self, value: bool = True) -> Any:
                async def done() -> bool:
                    return value

                return done() if self.asynchronous else value

            def set(self) -> Any:
                outer.events.add(self.name)
                return self._done()

            def clear(self) -> Any:
                outer.events.discard(self.name)
                return self._done()

            def is_set(self) -> Any:
                return self._done(self.name in outer.events)

        class Semaphore:
            def __init__(self, *_: object, **__: object) -> None:
                pass

            async def register(self) -> None:
                pass

            def __enter__(self) -> None:
                pass

            def __exit__(self, *_: object) -> None:
                pass

        self.Event, self.Semaphore = Event, Semaphore

    def get_worker(self) -> Any:
        return SimpleNamespace(address=str(id(self)))

    def send(self, _: object) -> UploadedAsset:
        """As a worker's client does."""
        self.sent += 1
        return UploadedAsset(f"asset-{self.sent}")

    def submit(self, function: Callable[..., Any], *args: Any, **_: object) -> Future:
        self.futures.append(Future(self, function, args))
        return self.futures[-1]


class Future:
    status = "pending"

    def __init__(self, cluster: Scheduler, function: Callable[..., Any], args: Any) -> None:
        self.cluster, self.function, self.args = cluster, function, args
        self.released = False
        self.done: Callable[[object], object] = lambda _: None
        self.task = asyncio.ensure_future(self.run())

    async def run(self) -> Any:
        """Run the task: once, and again by whoever lost its result."""
        await anyio.to_thread.run_sync(self.cluster.lose)
        self.outcome = await anyio.to_thread.run_sync(self.function, *self.args)
        self.status = "finished"
        self.done(self)
        return self.outcome

    def add_done_callback(self, done: Callable[[object], object]) -> None:
        self.done = done

    async def result(self) -> Any:
        return self.outcome

    def release(self) -> None:
        self.released = True


@pytest.fixture
async def cluster(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    made = Scheduler()
    monkeypatch.setattr(dask, "needed", lambda *_: made)
    monkeypatch.setattr(dask, "_sender", lambda _: made)
    return made


@pytest.fixture
async def engine(client: AsyncTwelveLabs, cluster: Scheduler) -> DaskEngine:
    made = DaskEngine(cluster, checks=False)
    await made.start(client._core, Concurrency())
    return made


@pytest.fixture
def item(film: Path) -> Item:
    size = film.stat().st_size
    return Item(key="one", location=str(film), filename="film.mp4", size=size, content="c")


async def test_a_result_that_is_lost_at_any_time_is_not_sent_again(
    engine: DaskEngine, cluster: Scheduler, item: Item
) -> None:
    await engine.upload(item, None, lambda _: None)
    (future,) = cluster.futures
    assert cluster.sent == 1
    assert future.released
    # The worker is lost before the scheduler hears that the result is no longer wanted.
    assert isinstance(await future.run(), UploadInDoubtError)
    assert cluster.sent == 1
    assert not cluster.events


async def test_a_task_that_was_lost_before_it_began_is_sent_once(
    engine: DaskEngine, cluster: Scheduler, item: Item
) -> None:
    losses: list[int] = []
    cluster.lose = lambda: losses.append(len(cluster.events))
    await engine.upload(item, None, lambda _: None)
    assert losses == [1]  # its permit was there before it ran, on whichever worker
    assert cluster.sent == 1


async def test_a_task_that_has_lost_its_permit_is_in_doubt(
    engine: DaskEngine, cluster: Scheduler, item: Item
) -> None:
    cluster.lose = cluster.events.clear  # as another worker does that begins
    with pytest.raises(UploadInDoubtError, match="was lost"):
        await engine.upload(item, None, lambda _: None)
    assert cluster.sent == 0


async def test_no_permit_is_left_of_an_upload_that_was_cancelled(
    engine: DaskEngine, cluster: Scheduler, item: Item
) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await engine.upload(item, None, lambda _: None)
    assert not cluster.events
    assert all(future.released for future in cluster.futures)
    for future in cluster.futures:
        future.task.cancel()
