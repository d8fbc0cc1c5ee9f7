"""What holds in every test: asyncio under anyio's plugin, no blocking call, nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings
from hypothesis.errors import StopTest

from tests.support.clock import VirtualClock
from tests.support.descriptors import connections
from tests.support.garbage import collect, collecting_nothing
from tests.support.loops import JumpLoop
from tests.support.measured import measure_once
from twelvelabs_async._runtime.threads import release_idle_threads

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
def nothing_collected() -> Iterator[None]:
    """What is in a reference cycle stays in memory."""
    with collecting_nothing():
        yield


@pytest.fixture
def jumping() -> tuple[str, dict[str, Any]]:
    """A backend for `anyio_backend` whose waits take no time."""
    return "asyncio", {"loop_factory": JumpLoop}


@pytest.fixture(scope="session")
def _blocking() -> BlockBuster:
    return BlockBuster("twelvelabs_async", excluded_modules=_SYNCHRONOUS)


@pytest.fixture(autouse=True)
def watched(request: pytest.FixtureRequest, _blocking: BlockBuster) -> Iterator[None]:
    """No blocking call in the package's coroutines; no task, thread or socket left behind."""
    function = getattr(request.node, "obj", None)
    if not inspect.iscoroutinefunction(function):
        yield
        return
    request.getfixturevalue("_tasks")
    sockets, threads = connections().keys(), set(threading.enumerate())
    _blocking.activate()
    yield
    _blocking.deactivate()
    if connections().keys() - sockets:
        gc.collect()  # costly, hence only where a cycle may hold one
    release_idle_threads()  # else each test would wait until they end by themselves
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
        if not connections().keys() - sockets:
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


# Their few tests take long. Begun last, one of them would be at work when all others are done.
LONG = {
    "cli/test_program.py",
    "contract/test_prism.py",
    "contract/test_vendor_models.py",
    "ingest/test_faults.py",
    "ingest/test_killed.py",
    "ingest/test_limits_and_ids.py",
    "ingest/test_pipeline.py",
    "ingest/test_reconcile.py",
    "reliability/test_cancellation.py",
    "sandbox/test_access_log.py",
    "sandbox/test_console_browser.py",
    "sandbox/test_javascript.py",
    "sandbox/test_media_schema_bounds.py",
    "sandbox/test_media_vectors.py",
    "sandbox/test_page_of_docs.py",
    "sandbox/test_state.py",
    "sandbox/test_vendor.py",
    "sync/test_environments.py",
    "sync/test_programs.py",
    "sync/test_silent_sources.py",
    "sync/test_warm_up.py",
    "test_docs_programs.py",
    "test_main_job.py",
    "test_notebook.py",
    "test_pytest_plugin.py",
    "test_readme.py",
    "typing/test_typing.py",
    "upload/test_killed.py",
    "upload/test_memory.py",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes, put the files first that take longest."""
    if hasattr(config, "workerinput"):
        tests = Path(__file__).parent
        count = Counter(item.path for item in items)
        long = {tests / name for name in LONG}
        items.sort(key=lambda item: (item.path not in long, -count[item.path]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected, and later never look at what is there then.

    Some hundred tests collect garbage to see that nothing is left; modules and collected tests are
    a million objects, which took each of these half a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _films_are_measured_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        measure_once(monkeypatch)
        yield


@pytest.fixture(autouse=True, scope="module")
def _little_to_look_at() -> None:
    """Nor at what the files before imported, and let nothing keep what they made."""
    collect()
    gc.freeze()
