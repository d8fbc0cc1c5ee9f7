"""Real threads, and the mailboxes between them, also where gevent has patched the process.

gevent replaces threads by greenlets of one thread, in which one event loop alone can run: the
package needs real ones there, and mailboxes in which a waiting greenlet lets others run.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from collections.abc import Callable
from importlib import import_module
from queue import Empty
from typing import Any, Protocol
from weakref import WeakKeyDictionary

__all__ = [
    "Joinable",
    "Mailbox",
    "native",
    "new_event_loop",
    "new_mailbox",
    "start_thread",
]


class Mailbox(Protocol):
    """A queue between threads."""

    def put(self, item: Any) -> None:
        """Add an item; safe in a signal handler and a finalizer."""
        ...

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next item; `Empty` when none has come in `timeout` seconds."""
        ...

    def empty(self) -> bool:
        """Whether there is no item at the moment."""
        ...


class Joinable(Protocol):
    """A thread that was started."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...


def _is_patched() -> bool:
    """Whether gevent has replaced this process's threads."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def native(module: str, name: str) -> Any:
    """A name of the standard library as it is without gevent."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None:
        return monkey.get_original(module, name)
    return getattr(import_module(module), name)


class _NativeThread:
    """A real thread in a process that gevent has patched."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._run = run
        self._running = native("_thread", "allocate_lock")()
        self._running.acquire()
        native("_thread", "start_new_thread")(self._main, ())

    def _main(self) -> None:
        try:
            self._run()
        finally:
            self._running.release()

    def join(self, timeout: float | None = None) -> None:
        if self._running.acquire(True, -1 if timeout is None else timeout):
            self._running.release()


class _Waker:
    """Wakes the greenlets of one hub from other threads."""

    def __init__(self, hub: Any) -> None:
        self.waiting: set[_GreenMailbox] = set()
        # It is never closed: only the hub's own thread may do that. Nor does it keep the hub going.
        watcher = hub.loop.async_(ref=False)
        watcher.start(self._wake)
        self.send: Callable[[], object] = watcher.send

    def _wake(self) -> None:
        for mailbox in list(self.waiting):
            if not mailbox.empty():
                mailbox.arrived.set()


class _GreenMailbox:
    """A mailbox whose reader is a greenlet: to wait for an item lets the others run."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waker: _Waker | None = None
        self.arrived: Any = sys.modules["gevent.event"].Event()

    def put(self, item: Any) -> None:
        self._items.append(item)
        if (waker := self._waker) is not None:
            waker.send()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if not self._items and block:
            hub = sys.modules["gevent"].get_hub()
            waker = self._waker = _wakers.get(hub) or _wakers.setdefault(hub, _Waker(hub))
            waker.waiting.add(self)
            try:
                if not self._items:  # one may have come before there was a waker
                    self.arrived.wait(timeout)
            finally:
                waker.waiting.discard(self)
                self.arrived.clear()
        try:
            return self._items.popleft()
        except IndexError:
            raise Empty from None

    def empty(self) -> bool:
        return not self._items


_wakers: WeakKeyDictionary[Any, _Waker] = WeakKeyDictionary()


def new_mailbox() -> Mailbox:
    """A mailbox that the calling thread will read."""
    if _is_patched():
        import_module("gevent.event")
        return _GreenMailbox()
    mailbox: Mailbox = native("queue", "SimpleQueue")()
    return mailbox


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop for a thread that `start_thread` starts."""
    if _is_patched():
        return asyncio.SelectorEventLoop(native("selectors", "DefaultSelector")())
    return asyncio.new_event_loop()


def start_thread(run: Callable[[], object], name: str) -> Joinable:
    """A daemon thread that runs the function.

    RuntimeError where the system or the interpreter allows no more threads: Python 3.12 starts none
    once the main thread has ended.
    """
    if _is_patched():
        return _NativeThread(run)
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
