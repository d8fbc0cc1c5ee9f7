"""What holds in every test: asyncio under anyio's plugin, no blocking call, nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import HealthCheck, settings
from hypothesis.errors import StopTest

from tests.support.clock import VirtualClock
from tests.support.loops import JumpLoop

# No test fails because a machine is slow.
settings.register_profile("any pace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any pace")

# A job that a shell started in the background ignores SIGINT, and so would the programs that tests
# start and interrupt: a handler of our own is not handed on, and they begin with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What these do is awaited in threads by whoever must not block.
_SYNCHRONOUS = ["twelvelabs_async.sandbox", "twelvelabs_async.cli.demo_films"]


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether it is none of the tasks in which Hypothesis broke off an example.

    anyio's plugin drops them unheard, and asyncio complains of them whenever they are collected.
    To show the traceback Python 3.11 parses its lines, and where it was parsing anything already,
    the two get into each other's way: SystemError, in whichever test that is.
    """
    return record.exc_info is None or not isinstance(record.exc_info[1], StopTest)


logging.getLogger("asyncio").addFilter(is_worth_telling)


@pytest.fixture(scope="session")
def anyio_backend() -> str | tuple[str, dict[str, Any]]:
    return "asyncio"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def jumping() -> tuple[str, dict[str, Any]]:
    """A backend for `anyio_backend` whose waits take no time."""
    return "asyncio", {"loop_factory": JumpLoop}


@pytest.fixture(autouse=True)
def watched(request: pytest.FixtureRequest) -> Iterator[None]:
    """No blocking call in the package's coroutines; no task, thread or socket left behind."""
    function = getattr(request.node, "obj", None)
    if not inspect.iscoroutinefunction(function):
        yield
        return
    request.getfixturevalue("_tasks")
    sockets, threads = _sockets(), set(threading.enumerate())
    with blockbuster_ctx("twelvelabs_async", excluded_modules=_SYNCHRONOUS):
        yield
    if _sockets() - sockets:
        gc.collect()  # costly, hence only where a cycle may hold one
    left = [
        thread
        for thread in set(threading.enumerate()) - threads
        # Kept for the next use, and ended with the loop, the interpreter, or the module's sandbox.
        if not thread.name.startswith(("AnyIO worker thread", "asyncio_", "sandbox-"))
    ]
    for thread in left:
        thread.join(timeout=5)
    assert not [thread for thread in left if thread.is_alive()], "threads were left behind"
    # A sandbox in this process closes its side of a connection in its own thread, a moment later.
    settle = threading.Event()
    for _ in range(500):
        if not _sockets() - sockets:
            return
        settle.wait(0.01)
    raise AssertionError("sockets were left open")


@pytest.fixture
async def _tasks() -> AsyncIterator[None]:
    before = _running()
    yield
    for _ in range(20):  # what is being cancelled may take a few turns to its end
        if not _running() - before:
            return
        await asyncio.sleep(0)
    assert not _running() - before, "tasks were left behind"


def _running() -> set[asyncio.Task[Any]]:
    """The tasks, but for those that the plugin runs tests in."""
    return {
        task
        for task in asyncio.all_tasks()
        if not getattr(task.get_coro(), "__qualname__", "").startswith("TestRunner.")
    }


def _sockets() -> set[str]:
    """The open connections: those of a loop to itself are not counted."""
    found: set[str] = set()
    try:
        descriptors = [path.name for path in Path("/proc/self/fd").iterdir()]
    except OSError:
        return found
    for name in descriptors:
        try:
            target = str(Path(f"/proc/self/fd/{name}").readlink())
            if target.startswith("socket:"):
                with socket.socket(fileno=os.dup(int(name))) as sock:
                    if sock.family in (socket.AF_INET, socket.AF_INET6):
                        found.add(target)
        except OSError:
            continue  # closed meanwhile
    return found
