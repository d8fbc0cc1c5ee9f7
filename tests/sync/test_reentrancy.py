"""Calls in the middle of calls: what a signal handler or a finalizer may do in any line.

A trace function stands for the handler: it runs in the thread that calls, between two lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from twelvelabs_async.errors import ClientClosedError
from twelvelabs_async.sync import loop_thread
from twelvelabs_async.sync.bridge import Bridge
from twelvelabs_async.sync.iterate import iterate


async def nothing() -> None:
    pass


async def echo(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def count(to: int) -> AsyncIterator[int]:
    for at in range(to):
        yield at


class Interrupted:
    """Runs something, with a handler called before one line of the package."""

    def __init__(self, line: int, handler: Callable[[], object]) -> None:
        self.left = line
        self._handler = handler

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if "/twelvelabs_async/sync/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            self.left -= 1
            if self.left == -1:
                self._handler()
        return self._trace

    def run(self, work: Callable[[], object]) -> object:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            return work()
        finally:
            sys.settrace(before)


def each_line(begin: Callable[[Bridge], Callable[[], object]], handler: Any, check: Any) -> None:
    """Interrupt a piece of work before each of its lines, on a bridge of its own each time."""
    line = 0
    while True:
        bridge = Bridge(nothing)
        interrupted = Interrupted(line, lambda: handler(bridge))  # noqa: B023  # used in this turn
        check(bridge, lambda: interrupted.run(begin(bridge)))  # noqa: B023  # as above
        bridge.close()
        if interrupted.left >= 0:
            assert line > 10
            return
        line += 1


WORK = {
    "first call": lambda bridge: lambda: bridge.call(echo, 1),
    "calls": lambda bridge: lambda: [bridge.call(echo, 1), bridge.call(echo, 1)][0],
    "iteration": lambda bridge: lambda: len([*iterate(bridge, count(3))]) - 2,
}


@pytest.mark.parametrize("work", WORK)
def test_a_call_in_any_line_of_a_call_works(work: str) -> None:
    answers: list[int] = []

    def check(_: Bridge, run: Callable[[], object]) -> None:
        assert run() == 1

    each_line(WORK[work], lambda bridge: answers.append(bridge.call(echo, 2)), check)
    assert set(answers) == {2}


@pytest.mark.parametrize("work", WORK)
def test_a_close_in_any_line_of_a_call_ends_it(work: str) -> None:
    def check(bridge: Bridge, run: Callable[[], object]) -> None:
        with contextlib.suppress(ClientClosedError):
            assert run() == 1
        bridge.close()
        with pytest.raises(ClientClosedError):
            bridge.call(echo, 1)

    each_line(WORK[work], lambda bridge: bridge.close(), check)


@pytest.mark.parametrize("work", WORK)
def test_an_interrupt_in_any_line_of_a_call_leaves_no_job_behind(work: str) -> None:
    def interrupt(_: Bridge) -> None:
        raise KeyboardInterrupt

    def check(bridge: Bridge, run: Callable[[], object]) -> None:
        bridge.call(echo, 1)  # the thread is there
        with contextlib.suppress(KeyboardInterrupt):
            run()
        assert bridge.call(echo, 1) == 1
        assert bridge._thread is not None
        assert not bridge._thread.jobs

    each_line(WORK[work], interrupt, check)


def test_a_stack_that_is_too_deep_leaves_no_job_behind(bridge: Bridge) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    def deeper(left: int, work: Callable[[], object]) -> object:
        return deeper(left - 1, work) if left else work()

    bridge.call(echo, 1)
    thread = bridge._thread
    assert thread is not None
    here = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        here, frame = here + 1, frame.f_back
    failed = 0
    for room in range(1, 40):
        depth = sys.getrecursionlimit() - here - room
        try:
            assert deeper(depth, lambda: bridge.call(echo, 1)) == 1
        except RecursionError:
            failed += 1
        assert bridge.call(echo, 1) == 1
        assert not thread.jobs
    assert 0 < failed < 39


def test_what_has_just_begun_ends_immediately_when_the_client_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop_thread, "_GRACE", 10_000.0)
    for _ in range(20):
        bridge = Bridge(nothing)
        bridge.call(echo, 1)
        going = threading.Barrier(9)

        def work(bridge: Bridge = bridge, going: threading.Barrier = going) -> str:
            going.wait(30)
            try:
                while True:
                    list(iterate(bridge, count(3)))
            except ClientClosedError as error:
                return str(error)

        with ThreadPoolExecutor(8) as pool:
            ends = [pool.submit(work) for _ in range(8)]
            going.wait(30)
            bridge.close()
            assert all("closed" in end.result(60) for end in ends)


def test_what_begins_as_the_loop_ends_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_thread, "_GRACE", 60.0)
    bridge = Bridge(nothing)
    bridge.call(echo, 1)
    thread = bridge.thread()
    call, close = thread.loop.call_soon_threadsafe, thread.loop.close
    begun, ended, handed_over = threading.Event(), threading.Event(), threading.Event()

    def call_at_the_end(callback: Any, *args: Any, **named: Any) -> Any:
        begins = callback == thread._create_task
        if begins:
            begun.set()
            assert ended.wait(30)
        handle = call(callback, *args, **named)
        if begins:
            handed_over.set()
        return handle

    def close_after_it() -> None:
        ended.set()
        assert handed_over.wait(30)
        close()

    monkeypatch.setattr(thread.loop, "call_soon_threadsafe", call_at_the_end)
    monkeypatch.setattr(thread.loop, "close", close_after_it)
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(lambda: list(iterate(bridge, count(3))))
        assert begun.wait(30)
        bridge.close()
        with pytest.raises(ClientClosedError):
            end.result(30)
