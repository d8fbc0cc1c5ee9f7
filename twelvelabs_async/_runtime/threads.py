"""Blocking work in daemon threads, and work that is finished although its task is cancelled.

The threads are our own. Those of `concurrent.futures` take no work once the main thread has ended,
and the interpreter waits for each of them at exit, even for one that reads a silent pipe. No lock
is held here, since a signal handler or a finalizer may run at any line of a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty
from typing import Any, ParamSpec, TypeVar

from .native_threads import Joinable, Mailbox, native, start_thread

__all__ = [
    "DaemonThreads",
    "finish",
    "in_thread",
    "release_idle_threads",
    "run_blocking",
    "shared_threads",
]

P = ParamSpec("P")
T = TypeVar("T")

_SIZE = 32
_IDLE = 0.25
"""Seconds that a thread waits for more work before it ends."""


class _Worker:
    """One thread of a pool, and its queue of work."""

    def __init__(self, pool: DaemonThreads) -> None:
        self.inbox: Mailbox = native("queue", "SimpleQueue")()
        self._pool = pool
        self.thread: Joinable | None = None

    def main(self) -> None:
        pool = self._pool
        work = self.inbox.get()
        while work is not None:
            work()
            work = None  # what it holds is free while the thread waits
            work = pool.next_work(self)


class DaemonThreads(ThreadPoolExecutor):
    """Up to `size` daemon threads, which start when they are needed and end when they are idle.

    asyncio takes only a ThreadPoolExecutor as a loop's default, hence the base class. Work runs in
    the calling thread where no thread can be started.
    """

    def __init__(self, size: int, name: str) -> None:
        super().__init__(size)
        self._size = size
        self._name = name
        self._started = 0
        self._ended = False
        # The operations of these are atomic. Code that adds to one of them checks the others
        # afterwards, so that no work is left unnoticed.
        self._workers: set[_Worker] = set()
        self._free: deque[_Worker] = deque()
        self._backlog: deque[Callable[[], object]] = deque()

    def run(self, func: Callable[..., T], /, *args: object) -> asyncio.Future[T]:
        """What the function returns, for the running loop; it does not start once it is cancelled.

        RuntimeError after `shutdown`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        given = future

        def work() -> None:
            nonlocal future, func, args
            try:
                if future.cancelled():
                    return
                result = func(*args)
                del func, args  # before the loop goes on: it may want what they hold for itself
                answer(future.set_result, result)
            except StopIteration as stop:
                error = RuntimeError("the function raised StopIteration")
                error.__cause__ = stop
                answer(future.set_exception, error)
            except BaseException as failure:  # it is raised where the future is awaited
                answer(future.set_exception, failure)
            finally:
                del future  # it holds the failure, whose traceback holds this frame

        def answer(resolve: Callable[[Any], None], outcome: Any) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(_resolve, future, resolve, outcome)

        self._add(work)
        return given

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """What the function returns, as any executor gives it."""
        future: Future[T] = Future()
        given = future

        def work() -> None:
            nonlocal future
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # as an executor does
                future.set_exception(error)
            finally:
                del future  # as in `run`

        self._add(work)
        return given

    def _add(self, work: Callable[[], object]) -> None:
        if self._ended:
            raise RuntimeError("these threads take no more work")
        if self._hand_over(work) or (len(self._workers) < self._size and self._start(work)):
            return
        if not self._workers:
            work()
            return
        self._backlog.append(work)
        # A worker may have checked before, and be idle by now, or have ended.
        if (self._free or not self._workers) and (found := self._pull()) is not None:
            self._add(found)

    def _start(self, work: Callable[[], object]) -> bool:
        self._started += 1
        worker = _Worker(self)
        worker.inbox.put(work)
        self._workers.add(worker)
        try:
            worker.thread = start_thread(worker.main, f"{self._name}-{self._started}")
        except RuntimeError:
            self._workers.discard(worker)
            return False
        return True

    def _hand_over(self, work: Callable[[], object]) -> bool:
        try:
            worker = self._free.pop()
        except IndexError:
            return False
        worker.inbox.put(work)
        return True

    def _pull(self) -> Callable[[], object] | None:
        try:
            return self._backlog.popleft()
        except IndexError:
            return None

    def next_work(self, worker: _Worker) -> Callable[[], object] | None:
        """A worker's next work; None when it should end."""
        while True:
            work = self._pull() or self._wait(worker)
            if work is not None:
                return work
            self._workers.discard(worker)
            if not self._backlog:
                return None
            self._workers.add(worker)

    def _wait(self, worker: _Worker) -> Callable[[], object] | None:
        """The work for a free worker; None when it is released, or no work has come."""
        self._free.append(worker)
        pause = 0 if self._backlog or self._ended else _IDLE
        try:
            work: Callable[[], object] | None = worker.inbox.get(timeout=pause)
        except Empty:
            try:
                self._free.remove(worker)
            except ValueError:  # somebody is about to give it some
                work = worker.inbox.get()
            else:
                work = None
        return work

    def release_idle(self) -> list[Joinable]:
        """Stop the threads that have nothing to do; they are returned, to be joined."""
        released: list[Joinable] = []
        while True:
            try:
                worker = self._free.pop()
            except IndexError:
                return released
            worker.inbox.put(None)
            if worker.thread is not None:
                released.append(worker.thread)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; each thread ends after its work, or `wait` for them."""
        self._ended = True
        if cancel_futures:
            self._backlog.clear()
        threads = [worker.thread for worker in list(self._workers)]
        self.release_idle()
        if wait:
            for thread in threads:
                if thread is not None:
                    thread.join()


def _resolve(future: asyncio.Future[Any], resolve: Callable[[Any], None], outcome: Any) -> None:
    if not future.cancelled():
        resolve(outcome)


_shared = DaemonThreads(_SIZE, "twelvelabs-worker")


def _after_fork() -> None:
    global _shared
    _shared = DaemonThreads(_SIZE, "twelvelabs-worker")  # the threads stayed in the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def shared_threads() -> DaemonThreads:
    """The process's threads for work that always ends."""
    return _shared


def release_idle_threads() -> None:
    """Wait for the end of the shared threads that have nothing to do."""
    for thread in _shared.release_idle():
        thread.join()


def in_thread(func: Callable[..., T], *args: object) -> asyncio.Future[T]:
    """What a blocking function returns, run in one of the shared threads."""
    return _shared.run(func, *args)


async def run_blocking(func: Callable[..., T], *args: object) -> T:
    """What a blocking function returns; a cancellation is raised only after its end."""
    return await finish(in_thread(func, *args))


async def finish(work: Awaitable[T]) -> T:
    """The result of the work; a cancellation is raised only after its end.

    There may be several: anyio cancels in each step of the loop until a task ends.
    """
    task = asyncio.ensure_future(work)
    shield = asyncio.shield(task)
    try:
        await shield
        return task.result()
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        for future in (task, shield):
            if not future.cancelled():
                future.exception()  # asyncio would complain of an exception that nobody retrieves
        raise
    finally:
        del task, shield, work  # the error that they hold has this frame in its traceback
