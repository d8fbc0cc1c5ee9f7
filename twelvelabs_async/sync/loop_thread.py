"""The thread with the event loop on which a blocking client's calls run.

The loop is asyncio's own rather than an anyio portal's. A portal lives in one task group, which a
``sys.exit()`` in any child task ends for ever; it reaches the loop twice for each call; and it can
neither wait for what it cancels nor be left without a join.

A signal handler or a finalizer may make a call in any line of another call in the same thread.
Therefore nothing here holds a lock while it waits for the loop: sets and queues are changed by
single operations, which are atomic.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar, copy_context
from queue import Empty
from typing import Any, Final, Generic, TypeVar, cast

from .._runtime.frames import drop_locals
from .._runtime.native_threads import (
    Joinable,
    Mailbox,
    new_event_loop,
    new_mailbox,
    start_thread,
)
from .._runtime.threads import DaemonThreads, release_idle_threads
from ..errors import ClientClosedError, TwelveLabsError

__all__ = ["END", "Callback", "Job", "LoopThread", "LoopThreadError", "current_job"]

T = TypeVar("T")

_GRACE = 5.0
"""Seconds that cancelled work, or a close, may take before it is abandoned."""

_STEP = 0.1
"""Seconds until an interrupt is handled at the latest."""

_LOOK = 0.005
"""Seconds between looks at a mailbox where the loop has no thread of its own."""


class LoopThreadError(TwelveLabsError, RuntimeError):
    """A blocking call on a thread whose event loop it needs itself: it could never end."""


class Callback:
    """What a mailbox carries beside items: a function to call in the thread that reads it."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[[], object]) -> None:
        self.run: Callable[[], object] = run


END: Final = Callback(lambda: None)


class Job(Generic[T]):
    """A coroutine on the loop's thread, and the mailbox where another thread waits for it.

    Whatever the coroutine starts keeps its context, and so the job, for as long as it lasts: the
    timer of an idle connection does. So the job holds neither arguments nor, at last, results.
    """

    __slots__ = ("ended", "error", "mail", "task", "value")

    def __init__(self) -> None:
        self.mail: Mailbox = new_mailbox()
        self.task: asyncio.Task[None] | None = None
        self.value: T | None = None
        self.error: BaseException | None = None
        self.ended: bool = False

    async def run(self, func: Callable[[], Awaitable[T]], done: Callable[[Job[T]], None]) -> None:
        """Run the coroutine in the job's task, and keep its result."""
        try:
            running = func()
            del func  # it has the arguments, and a failure shows the variables of this frame
            self.value = await running
            self.error = None
        except asyncio.CancelledError as error:
            drop_locals(error)
            self.error = self.error or error
        except BaseException as error:  # also Ctrl-C: raised from a task, it would stop the loop
            drop_locals(error)  # the frame that the caller knows is that of the blocking method
            self.error = error
        finally:
            done(self)
            self.end()

    def end(self) -> None:
        """Let the waiting thread go."""
        if not self.ended:
            self.ended = True
            self.mail.put(END)

    def result(self) -> T:
        """What the coroutine returned or raised; it can be asked for once."""
        error, self.error = self.error, None
        value, self.value = self.value, None
        if error is None:
            return cast("T", value)
        try:
            raise error
        finally:
            del error  # else the traceback and this frame keep each other alive


current_job: ContextVar[Job[Any]] = ContextVar("twelvelabs_job")


class LoopThread:
    """The thread and its loop. It holds what it closes at its end, and never its `Bridge`.

    Where the interpreter starts no more threads, the threads that wait run the loop in turn.
    """

    def __init__(self, aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._aclose = aclose
        self.failure: Exception | None = None
        self.jobs: set[Job[Any]] = set()
        self.closing: bool = False
        self.exiting = False
        self._forgotten = False
        self._unused = False
        self._stopped = asyncio.Event()
        self._ident: int | None = None
        self._driver = threading.Lock()
        self._executor = DaemonThreads(8, "twelvelabs-loop-worker")
        self._thread: Joinable | None = None
        self.loop: asyncio.AbstractEventLoop = new_event_loop()
        try:
            self.loop.set_default_executor(self._executor)
            _live.add(self)
            with contextlib.suppress(RuntimeError):  # there may be no more threads
                self._thread = start_thread(self._serve, "twelvelabs-loop")
        except BaseException:  # also Ctrl-C: nothing else would close the loop
            self.discard()
            if self._thread is None and not self.loop.is_running():
                _live.discard(self)
                self.loop.close()
            raise

    def _serve(self) -> None:
        if self.loop.is_closed():  # an interrupt came before its start
            return
        self._ident = threading.get_ident()
        main = self.loop.create_task(self._main())
        main.add_done_callback(lambda _: self.loop.stop())
        try:
            while not main.done():  # a callback of the program's may stop the loop
                # A child task that raised one of these has kept it for its parent; the loop itself
                # has nothing to end for.
                with contextlib.suppress(KeyboardInterrupt, SystemExit):
                    self.loop.run_forever()
        finally:
            _live.discard(self)
            self.closing = True
            # Before the last check of the jobs: the loop refuses one that starts later.
            self.loop.close()
            for job in self._refuse():
                self.jobs.discard(job)  # else who takes its end would wait for another
                job.end()
            self._ident = None
            # Not by shutdown_default_executor(): it begins a thread, which an interpreter that is
            # about to end refuses.
            self._executor.shutdown()
            release_idle_threads()

    async def _main(self) -> None:
        await self._stopped.wait()
        self._refuse()
        # A task that is cancelled before its first step runs nothing of its coroutine, not even
        # what ends its job.
        await asyncio.sleep(0)
        await self._end_tasks()
        try:
            if not self._unused:
                async with asyncio.timeout(_GRACE):
                    await self._aclose()
        except Exception as error:  # whatever it is, close() raises it
            self.failure = error
        # What is left now are generators that nobody closed, if any. They are not closed either:
        # shutdown_asyncgens() does so immediately with those that one holds inside another, which
        # then complain.
        await self._end_tasks()

    async def _end_tasks(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=_GRACE)

    def _refuse(self) -> Sequence[Job[Any]]:
        """Have the jobs that are left fail, and take no more."""
        self.closing = True
        jobs = list(self.jobs)
        for job in jobs:
            self._fail(job)
        return jobs

    def _fail(self, job: Job[Any]) -> None:
        job.error = ClientClosedError("the client was closed during this call")
        # At the interpreter's exit only daemon threads wait. They are to print nothing more.
        job.ended = job.ended or self.exiting

    def begin(self, job: Job[T], func: Callable[[], Awaitable[T]]) -> None:
        """Have the job's coroutine run, in a copy of the caller's context."""
        if self._thread is None and asyncio.events._get_running_loop() is not None:
            raise LoopThreadError(
                "no thread can be started for the client's event loop, and this thread runs "
                "another loop: use AsyncTwelveLabs there"
            )
        if self.closing:
            raise ClientClosedError("the client is closed")
        self.jobs.add(job)
        try:
            self.loop.call_soon_threadsafe(self._create_task, job, func, context=copy_context())
        except RuntimeError:
            self.jobs.discard(job)
            if self.closing:
                raise ClientClosedError("the client is closed") from None
            raise

    def _create_task(self, job: Job[T], func: Callable[[], Awaitable[T]]) -> None:
        if self.closing:
            self.jobs.discard(job)
            self._fail(job)
            job.end()
            return
        current_job.set(job)
        if (sniffio := sys.modules.get("sniffio")) is not None:
            # anyio asks it which library runs; in the caller's context the answer may be trio.
            sniffio.current_async_library_cvar.set("asyncio")
        job.task = self.loop.create_task(job.run(func, self.jobs.discard))

    def take(self, job: Job[Any], deadline: float | None = None) -> Any:
        """The next thing in the job's mailbox; `Empty` at the deadline of ``time.monotonic()``.

        In steps: on Windows a wait cannot be interrupted, and elsewhere the system may hand Ctrl-C
        to another thread, as when one is just being started, which does not end this one's wait.
        """
        while True:
            if self._thread is None:
                self._drive(job, deadline)
            try:
                return job.mail.get(timeout=_STEP)
            except Empty:
                if self._forgotten:
                    raise ClientClosedError(
                        "this was begun before a fork, in the parent: begin it anew in the child"
                    ) from None
                if deadline is not None and time.monotonic() >= deadline:
                    raise

    def _drive(self, job: Job[Any], deadline: float | None) -> None:
        """Run the loop in this thread until the mailbox has something, unless another does."""

        async def look() -> None:
            while job.mail.empty() and (  # noqa: ASYNC110  # other threads put into it too
                deadline is None or time.monotonic() < deadline
            ):
                await asyncio.sleep(_LOOK)

        if self.loop.is_closed() or not self._driver.acquire(blocking=False):
            return
        try:
            self._ident = threading.get_ident()
            self.loop.run_until_complete(look())
        finally:
            self._ident = None
            self._driver.release()

    def cancel(self, job: Job[Any]) -> None:
        """Cancel the job, and wait until it has ended: nothing of it runs on in the background."""
        try:
            self._ask_to_cancel(job)
        except BaseException:  # the second Ctrl-C, or too deep a stack
            # No call below this one is deeper than those that `begin` has made, so that what could
            # begin can be cancelled.
            self._ask_to_cancel(job)
            raise
        if job not in self.jobs or self.is_current() or self._forgotten:
            return
        with contextlib.suppress(Empty):
            deadline = time.monotonic() + _GRACE
            while self.take(job, deadline) is not END:
                pass

    def _ask_to_cancel(self, job: Job[Any]) -> None:
        if job in self.jobs and not self.loop.is_closed():
            self.soon(self._cancel, job)

    def _cancel(self, job: Job[Any]) -> None:
        # One turn later than its creation, for the sake of its first step.
        if job.task is not None:
            self.loop.call_soon(job.task.cancel)
        else:  # an interrupt came before its coroutine was handed over
            self.jobs.discard(job)
            job.end()

    def soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Have the callback called on the thread, unless it has ended."""
        try:
            self.loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    def is_current(self) -> bool:
        """Whether the calling thread runs the loop."""
        return self._ident == threading.get_ident()

    def stop(self) -> None:
        """Have the thread close its client and end. Takes no lock: the collector calls it too."""
        self.soon(self._stopped.set)

    def discard(self) -> None:
        """End the thread without closing the client, which another thread serves."""
        self._unused = True
        self.stop()

    def join(self) -> None:
        """Wait for the end of the thread, unless it is the one that calls."""
        if self.is_current():
            return
        if self._thread is not None:
            self._thread.join(3 * _GRACE)
        elif self._driver.acquire(timeout=3 * _GRACE):
            try:
                if not self.loop.is_closed():
                    self._serve()
            finally:
                self._driver.release()

    def forget(self) -> None:
        """Give up the thread in a forked child, which has only its memory and its descriptors.

        The descriptors are closed while they are still the loop's: a daemon closes them all, and
        has others by these numbers later. Not by the loop, since what it takes out of its selector
        it takes out of the parent's too.
        """
        self._forgotten = True
        loop: Any = self.loop
        loop.set_exception_handler(_ignore)  # its tasks will never end
        for name in ("_selector", "_ssock", "_csock"):
            with contextlib.suppress(AttributeError):  # those of uvloop are closed by nobody
                getattr(loop, name).close()
        loop._closed = True
        _parents.append(self)


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log nothing."""


_live: set[LoopThread] = set()
_parents: list[LoopThread] = []
"""What a forked child has from its parent, and must neither use nor collect."""


@atexit.register
def _stop_all() -> None:
    threads = list(_live)
    for thread in threads:
        thread.exiting = True
        thread.stop()
    for thread in threads:
        thread.join()


def _after_fork() -> None:
    for thread in list(_live):
        thread.forget()
    _live.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
