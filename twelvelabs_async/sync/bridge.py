"""How a blocking call reaches the asynchronous client: `Bridge` runs it on a loop's thread."""

from __future__ import annotations

import inspect
import os
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from importlib import import_module
from typing import Any, Generic, NoReturn, ParamSpec, Self, TypeVar, cast, overload

from .._runtime.resources import CLOSED
from .._warm_up import load_resources
from ..errors import ClientClosedError
from .loop_thread import END, Callback, Job, LoopThread, LoopThreadError, current_job
from .raw_access import RawAccess

__all__ = [
    "Bridge",
    "LoopThreadError",
    "SyncResource",
    "SyncWrapper",
    "awaited",
    "call_in_caller",
    "load_groups",
]

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")


@overload
def call_in_caller(callback: None) -> None: ...
@overload
def call_in_caller(callback: Callable[P, T]) -> Callable[P, T | None]: ...
def call_in_caller(callback: Callable[P, T] | None) -> Callable[P, T | None] | None:
    """A callback for the asynchronous side that has ``callback`` run in the thread that waits.

    So it may print, raise, be slow or call the client again, as in any blocking program. A
    coroutine function stays on the loop's thread; any other awaitable that the callback returns
    runs there while the caller waits.
    """
    if callback is None or inspect.iscoroutinefunction(callback):
        return cast("Callable[P, T] | None", callback)

    def post(*args: P.args, **kwargs: P.kwargs) -> T | None:
        job = current_job.get(None)
        if job is None or job.ended:  # it outlives the call, as the request for the next page does
            return callback(*args, **kwargs)
        job.mail.put(Callback(partial(callback, *args, **kwargs)))
        return None

    return post


class Bridge:
    """Blocking calls of coroutine functions, on a thread that the first of them begins.

    ``aclose`` closes what the calls have opened; it runs on the thread at its end, which `close`
    brings about, or the interpreter's exit, or the bridge's being dropped. ``reopen`` is called
    before a call that an exit function makes after that.
    """

    _thread: LoopThread | None = None

    def __init__(
        self,
        aclose: Callable[[], Coroutine[Any, Any, None]],
        reopen: Callable[[], object] = lambda: None,
    ) -> None:
        self._aclose = aclose
        self._reopen = reopen
        self._closed: str | None = None
        self._finalizer: weakref.finalize[[], Bridge] | None = None
        _bridges.add(self)

    def forked(self) -> None:
        """Begin anew in a forked child, where the thread is not."""
        self._forget()

    def _forget(self) -> None:
        self.__dict__.pop("_thread", None)
        if self._finalizer is not None:
            self._finalizer.detach()

    def thread(self) -> LoopThread:
        """The thread to run on, begun if need be."""
        if self._closed is not None:
            raise ClientClosedError(self._closed)
        thread = self._thread
        if thread is None or thread.exiting:
            thread = self._start()
        if thread.is_current():
            raise LoopThreadError(
                "a blocking call cannot be made on the client's own event loop thread, since that "
                "thread would wait for itself: use AsyncTwelveLabs there, or another thread"
            )
        return thread

    def _start(self) -> LoopThread:
        if self._thread is not None:  # it was stopped by the interpreter's exit
            self._forget()
            self._reopen()
        made: LoopThread | None = None
        try:
            made = LoopThread(self._aclose)
            # Another thread, or a signal handler in this one, may have been quicker.
            thread: LoopThread = self.__dict__.setdefault("_thread", made)
        except BaseException:  # also Ctrl-C: nothing else would close its loop
            if made is not None:
                made.discard()
            raise
        if thread is not made:
            made.discard()
            return thread
        self._finalizer = weakref.finalize(self, made.stop)
        self._finalizer.atexit = False  # at exit all threads are stopped, and waited for
        if self._closed is not None:
            made.stop()
            raise ClientClosedError(self._closed)
        return made

    def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the coroutine function returns or raises. An interrupt of the wait cancels it."""
        thread = self.thread()
        job: Job[T] = Job()
        try:
            thread.begin(job, partial(func, *args, **kwargs))
            del args, kwargs  # a failure shows the variables of this frame
            while (note := thread.take(job)) is not END:
                self.run(note)
        except BaseException:  # also Ctrl-C: nothing of the call runs on
            thread.cancel(job)
            raise
        return job.result()

    def run(self, note: Callback) -> None:
        """Run a callback, and what it returns if that is awaitable: on the loop's thread."""
        returned = note.run()
        if inspect.isawaitable(returned):
            self.call(awaited, returned)

    def close(self, reason: str = CLOSED) -> None:
        """Cancel what runs, close the client and end the thread.

        Calls after it raise ClientClosedError with the `reason` of the first close.
        """
        self._closed = self._closed or reason
        thread = self._thread
        if thread is not None:
            thread.stop()
            thread.join()
            failure, thread.failure = thread.failure, None
            if failure is not None:
                raise failure


async def awaited(source: Awaitable[T]) -> T:
    """What the awaitable returns: for `Bridge.call`, which takes functions."""
    return await source


class SyncWrapper(Generic[A]):
    """A blocking object: its methods call those of the asynchronous one it stands for."""

    def __init__(self, bridge: Bridge, source: A) -> None:
        self._bridge = bridge
        self._async = source

    def _beside(self, source: A) -> Self:
        """The wrapper of another such object, on the same bridge."""
        wrapper = object.__new__(type(self))
        wrapper._bridge, wrapper._async = self._bridge, source
        return wrapper

    def __repr__(self) -> str:
        made: object = getattr(self, "_async", None)  # not there while, or if, __init__ fails
        return f"<{type(self).__name__} {f'on {made!r}' if made is not None else 'not made'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled: make one in the process that uses it")


class SyncResource(SyncWrapper[A]):
    """The base of every group of methods of the blocking client."""

    with_raw_response: RawAccess = RawAccess()


def load_groups(client: SyncResource[Any]) -> None:
    """Import what the groups of methods of the blocking client are, besides the asynchronous ones.

    A signal handler cannot use a group while its thread imports that group.
    """
    import_module(".raw_methods", __package__)
    load_resources(client)


_bridges: weakref.WeakSet[Bridge] = weakref.WeakSet()


def _after_fork() -> None:
    for bridge in list(_bridges):
        bridge.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
