"""How a blocking call reaches the asynchronous client: a thread of its own, with an event loop.

The loop is asyncio's own rather than an anyio portal's. A portal lives in one task group, which a
``sys.exit()`` in any child task ends for ever; it reaches the loop twice for each call; and it can
neither wait for what it cancels nor be left without a join.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import inspect
import os
import sys
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, NoReturn, ParamSpec, Self, TypeVar, cast, overload

from ..errors import ClientClosedError, TwelveLabsError

__all__ = [
    "END",
    "Bridge",
    "Job",
    "LoopThreadError",
    "Note",
    "Twin",
    "at_once",
    "in_this_thread",
    "relay",
    "take",
]

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

_GRACE = 5.0
"""Seconds that what was cancelled, or is being closed, may take before it is left to itself."""

_STEP = 0.1
"""Seconds after which an interrupt is heard at the latest."""


class LoopThreadError(TwelveLabsError, RuntimeError):
    """A blocking call made on the client's own event loop thread: it could never end."""


class Note:
    """What a mailbox carries beside items: something to do in the thread that reads it."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[[], object]) -> None:
        self.run = run


END = Note(lambda: None)


class Job(Generic[T]):
    """A coroutine on the loop's thread, and the mailbox where another thread waits for it.

    Whatever the coroutine set going keeps its context, and so the job, for as long as it lasts:
    the timer of an idle connection does. So the job holds neither arguments nor, at last, results.
    """

    __slots__ = ("ended", "error", "mail", "task", "value")

    def __init__(self) -> None:
        self.mail: SimpleQueue[Any] = SimpleQueue()
        self.task: asyncio.Task[None] | None = None
        self.value: T | None = None
        self.error: BaseException | None = None
        self.ended = False

    async def run(self, func: Callable[[], Awaitable[T]], done: Callable[[Job[T]], None]) -> None:
        """What the task does."""
        try:
            self.value = await func()
            self.error = None
        except asyncio.CancelledError as error:
            self.error = self.error or error
        except BaseException as error:
            # KeyboardInterrupt and SystemExit too: raised from a task they would stop the loop.
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
        """What came of it, to be asked once."""
        error, self.error = self.error, None
        value, self.value = self.value, None
        if error is None:
            return cast("T", value)
        try:
            raise error
        finally:
            del error  # else the traceback and this frame keep each other alive


_job: ContextVar[Job[Any]] = ContextVar("twelvelabs_job")


def take(mail: SimpleQueue[Any]) -> Any:
    """The next thing in the mailbox.

    In steps: on Windows a wait cannot be interrupted, and elsewhere the system may hand Ctrl-C to
    another thread, as when one is just being begun, which does not end this one's wait.
    """
    while True:
        try:
            return mail.get(timeout=_STEP)
        except Empty:
            continue


@overload
def relay(callback: None) -> None: ...
@overload
def relay(callback: Callable[P, object]) -> Callable[P, None]: ...
def relay(callback: Callable[P, object] | None) -> Callable[P, None] | None:
    """A callback for the asynchronous side that has ``callback`` run in the thread that waits.

    So it may print, raise, be slow or call the client again, as in any blocking program. A
    coroutine function stays on the loop's thread.
    """
    if callback is None or inspect.iscoroutinefunction(callback):
        return cast("Callable[P, None] | None", callback)

    def post(*args: P.args, **kwargs: P.kwargs) -> None:
        job = _job.get(None)
        if job is None or job.ended:  # it goes on afterwards, as the look at the next page does
            callback(*args, **kwargs)
        else:
            job.mail.put(Note(partial(callback, *args, **kwargs)))

    return post


class LoopThread:
    """The thread and its loop. It holds what it closes at its end, and never its `Bridge`."""

    def __init__(self, aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.aclose = aclose
        self.failure: Exception | None = None
        self.jobs: set[Job[Any]] = set()
        self.lock = threading.Lock()
        self.closing = False
        self.exiting = False
        self.stopped = asyncio.Event()
        self.loop = asyncio.new_event_loop()
        self.executor = ThreadPoolExecutor(thread_name_prefix="twelvelabs-loop")
        self.loop.set_default_executor(self.executor)
        self.thread = threading.Thread(target=self._serve, name="twelvelabs-loop", daemon=True)
        try:
            self.thread.start()
        except BaseException:
            self.loop.close()
            raise
        _live.add(self)

    def _serve(self) -> None:
        main = self.loop.create_task(self._main())
        try:
            while not main.done():
                # A child task that raised one of these has kept it for its parent; the loop itself
                # has nothing to end for.
                with contextlib.suppress(KeyboardInterrupt, SystemExit):
                    self.loop.run_until_complete(main)
        finally:
            _live.discard(self)
            for job in self._refuse():
                job.end()
            self.loop.close()
            # Not by shutdown_default_executor(): it begins a thread, which an interpreter that is
            # about to end refuses.
            self.executor.shutdown()

    async def _main(self) -> None:
        await self.stopped.wait()
        self._refuse()
        await self._end_tasks()
        try:
            async with asyncio.timeout(_GRACE):
                await self.aclose()
        except Exception as error:
            self.failure = error
        # What is left now are generators that nobody closed, if any. They are not closed either:
        # shutdown_asyncgens() does so at once with those that one holds inside another, which
        # then complain.
        await self._end_tasks()

    async def _end_tasks(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=_GRACE)

    def _refuse(self) -> Sequence[Job[Any]]:
        """The jobs that are left, told why they will fail; there will be no more of them."""
        with self.lock:
            self.closing = True
            jobs = list(self.jobs)
        for job in jobs:
            job.error = ClientClosedError("the client was closed during this call")
            # At the interpreter's exit only daemon threads wait. They have no more to say.
            job.ended = job.ended or self.exiting
        return jobs

    def begin(self, job: Job[T], func: Callable[[], Awaitable[T]]) -> None:
        """Have the job's coroutine run, in a copy of the caller's context."""
        with self.lock:
            if self.closing:
                raise ClientClosedError("the client is closed")
            self.jobs.add(job)
            self.loop.call_soon_threadsafe(self._create_task, job, func, context=copy_context())

    def _create_task(self, job: Job[T], func: Callable[[], Awaitable[T]]) -> None:
        if self.closing:
            return  # answered at the thread's end
        _job.set(job)
        if (sniffio := sys.modules.get("sniffio")) is not None:
            # anyio asks it which library runs; in the caller's context the answer may be trio.
            sniffio.current_async_library_cvar.set("asyncio")
        job.task = self.loop.create_task(job.run(func, self.jobs.discard))

    def cancel(self, job: Job[Any]) -> None:
        """Cancel the job, and wait until it has ended: nothing of it goes on in the background."""

        def cancel() -> None:
            if job.task is not None:
                job.task.cancel()

        if job not in self.jobs:
            return
        # One turn later than its creation: a task cancelled before its first step runs nothing of
        # its coroutine, not even what ends the job.
        self.soon(self.loop.call_soon, cancel)
        if self.is_current():
            return
        end = time.monotonic() + _GRACE
        with contextlib.suppress(Empty):
            while job.mail.get(timeout=max(0.0, end - time.monotonic())) is not END:
                pass

    def soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Have the callback called on the thread, unless it has ended."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(callback, *args)

    def is_current(self) -> bool:
        """Whether this is the thread that calls."""
        return threading.current_thread() is self.thread

    def stop(self) -> None:
        """Have the thread close its client and end. Takes no lock: the collector calls it too."""
        self.soon(self.stopped.set)

    def join(self) -> None:
        """Wait for the end of the thread, unless it is the one that calls."""
        if not self.is_current():
            self.thread.join(3 * _GRACE)


class Bridge:
    """Blocking calls of coroutine functions, on a thread that the first of them begins.

    ``aclose`` closes what the calls have opened; it runs on the thread at its end, which `close`
    brings about, or the interpreter's exit, or the bridge's being dropped.
    """

    def __init__(self, aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._aclose = aclose
        self._closed = False
        self._forget()
        _bridges.add(self)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._finalizer: weakref.finalize[[], Bridge] | None = None

    def forked(self) -> None:
        """Begin anew in a forked child, where the thread is not and its lock may be held."""
        if self._finalizer is not None:
            self._finalizer.detach()
        self._forget()

    def thread(self) -> LoopThread:
        """The thread to run on, begun if need be."""
        thread = self._thread or self._start()
        if thread.is_current():
            raise LoopThreadError(
                "a blocking call cannot be made on the client's own event loop thread, since that "
                "thread would wait for itself: use AsyncTwelveLabs there, or another thread"
            )
        return thread

    def _start(self) -> LoopThread:
        with self._lock:
            if self._closed:
                raise ClientClosedError("the client is closed")
            if self._thread is None:
                self._thread = LoopThread(self._aclose)
                self._finalizer = weakref.finalize(self, self._thread.stop)
                self._finalizer.atexit = False  # _stop_all() does that, and waits
            return self._thread

    def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the coroutine function returns or raises. An interrupt of the wait cancels it."""
        job: Job[T] = Job()
        thread = self.thread()
        try:
            thread.begin(job, partial(func, *args, **kwargs))
            while (note := take(job.mail)) is not END:
                note.run()
        except BaseException:
            thread.cancel(job)
            raise
        return job.result()

    def close(self) -> None:
        """Cancel what runs, close the client and end the thread. Calls after it are refused."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.stop()
            thread.join()
            failure, thread.failure = thread.failure, None
            if failure is not None:
                raise failure


class Twin(Generic[A]):
    """A blocking object: its methods call those of the asynchronous one it stands for."""

    def __init__(self, bridge: Bridge, source: A) -> None:
        self._bridge = bridge
        self._async = source

    def _beside(self, source: A) -> Self:
        """The twin of another such object, on the same bridge."""
        twin = object.__new__(type(self))
        twin._bridge, twin._async = self._bridge, source
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {self._async!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled: make one in the process that uses it")


def in_this_thread(method: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A coroutine function that does no more than call the blocking method."""

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return method(*args, **kwargs)

    return call


def at_once(func: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What a coroutine function that waits for nothing returns, run in this thread."""
    try:
        func(*args, **kwargs).send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    raise AssertionError("it waited")


_live: set[LoopThread] = set()
_bridges: weakref.WeakSet[Bridge] = weakref.WeakSet()
_parents: list[LoopThread] = []
"""What a forked child has from its parent, and must neither use nor close nor collect: both share
the epoll of the loop."""


@atexit.register
def _stop_all() -> None:
    threads = list(_live)
    for thread in threads:
        thread.exiting = True
        thread.stop()
    for thread in threads:
        thread.join()


def _after_fork() -> None:
    _parents.extend(_live)
    _live.clear()
    for bridge in list(_bridges):
        bridge.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
