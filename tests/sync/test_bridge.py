"""The bridge, with coroutines of the test's own on the other side."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
import traceback
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any, NoReturn

import anyio
import pytest

from twelvelabs_async.errors import ClientClosedError
from twelvelabs_async.sync import loop_thread as module
from twelvelabs_async.sync.bridge import Bridge, LoopThreadError, SyncWrapper, call_in_caller
from twelvelabs_async.sync.iterate import iterate


class Opened:
    """What a bridge closes at its end."""

    def __init__(self) -> None:
        self.closed: list[threading.Thread] = []

    async def close(self) -> None:
        self.closed.append(threading.current_thread())


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def bridge(opened: Opened) -> Iterator[Bridge]:
    bridge = Bridge(opened.close)
    yield bridge
    bridge.close()
    # Threads that make the first call together may each start a loop; an unused one ends by itself.
    for thread in loop_threads():
        thread.join(10)
    assert not loop_threads()


def loop_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("twelvelabs-loop")]


async def echo(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def fail(error: BaseException) -> NoReturn:
    raise error


async def stop() -> str:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    return "went on"


def test_a_program_that_stops_the_loop_does_not_end_its_thread(bridge: Bridge) -> None:
    assert [bridge.call(stop), bridge.call(echo, 5)] == ["went on", 5]


class Held:
    """A coroutine that waits to be cancelled, and takes a moment to end."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = False

    async def __call__(self, callback: Callable[[], object] | None = None) -> None:
        self.begun.set()
        if callback is not None:
            callback()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(100):
                await asyncio.sleep(0)
            self.ended = True


# Values and errors


def test_a_call_gives_what_the_coroutine_returns(bridge: Bridge) -> None:
    assert [bridge.call(echo, value=at) for at in range(100)] == list(range(100))


def test_the_loop_has_a_thread_of_its_own_that_the_first_call_begins(opened: Opened) -> None:
    bridge = Bridge(opened.close)
    assert not loop_threads()

    async def where() -> threading.Thread:
        return threading.current_thread()

    assert bridge.call(where) is bridge.call(where)
    assert [bridge.call(where)] == loop_threads()
    assert bridge.call(where).daemon
    bridge.close()
    assert not loop_threads()
    assert [thread.name for thread in opened.closed] == ["twelvelabs-loop"]


def test_an_error_shows_where_it_was_raised(bridge: Bridge) -> None:
    with pytest.raises(LookupError) as caught:
        bridge.call(fail, LookupError("x"))
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "fail"


class TrackedError(Exception):
    pass


@pytest.mark.usefixtures("nothing_collected")
def test_an_error_leaves_nothing_to_collect(bridge: Bridge) -> None:
    async def fail() -> NoReturn:
        raise TrackedError

    try:
        bridge.call(fail)
    except TrackedError as error:
        seen = weakref.ref(error)
    bridge.call(echo, 1)  # by its end the loop has let go of the task before
    assert seen() is None


def test_what_a_call_set_going_keeps_neither_arguments_nor_results(bridge: Bridge) -> None:
    class Tracked:
        pass

    async def set_going(argument: Tracked) -> Tracked:
        # As an idle connection's timer does, this keeps the context of the call.
        asyncio.get_running_loop().call_later(1000, print)
        return Tracked()

    argument = Tracked()
    result = bridge.call(set_going, argument)
    seen = weakref.ref(argument), weakref.ref(result)
    del argument, result
    bridge.call(echo, 1)
    gc.collect()
    assert [each() for each in seen] == [None, None]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, BaseException])
def test_an_exception_that_is_no_exception_is_carried_out(
    bridge: Bridge, kind: type[BaseException]
) -> None:
    with pytest.raises(kind):
        bridge.call(fail, kind("x"))
    assert bridge.call(echo, 1) == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("library", ["asyncio", "anyio"])
def test_an_exit_in_a_child_task_does_not_end_the_loop(
    bridge: Bridge, kind: type[BaseException], library: str
) -> None:
    async def parent() -> None:
        if library == "asyncio":
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(kind("x")))
        else:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fail, kind("x"))

    with pytest.raises((kind, BaseExceptionGroup)):
        bridge.call(parent)
    assert bridge.call(echo, 1) == 1


def test_many_threads_call_concurrently(bridge: Bridge) -> None:
    def work(thread: int) -> list[int]:
        return [bridge.call(echo, thread * 1000 + at) for at in range(200)]

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, range(16)))
    assert results == [[thread * 1000 + at for at in range(200)] for thread in range(16)]
    assert len(loop_threads()) == 1


def test_calls_of_several_threads_run_at_the_same_time(bridge: Bridge) -> None:
    meeting = asyncio.Barrier(8)

    async def meet() -> int:
        return await meeting.wait()

    with ThreadPoolExecutor(8) as pool:
        places = [pool.submit(bridge.call, meet) for _ in range(8)]
        assert sorted(place.result(30) for place in places) == list(range(8))


def test_a_call_inside_a_running_loop(bridge: Bridge) -> None:
    async def cell() -> int:
        return bridge.call(echo, 1)

    assert asyncio.run(cell()) == 1


def test_the_callers_context_goes_along(bridge: Bridge) -> None:
    trace: ContextVar[str] = ContextVar("trace", default="none")

    async def read() -> str:
        seen = trace.get()
        trace.set("changed")
        return seen

    token = trace.set("caller's")
    assert bridge.call(read) == "caller's"
    assert trace.get() == "caller's"
    trace.reset(token)
    assert bridge.call(read) == "none"


def test_a_call_from_the_loops_own_thread_is_refused(bridge: Bridge) -> None:
    async def again() -> None:
        bridge.call(echo, 1)

    with pytest.raises(LoopThreadError, match=r"own event loop thread.*AsyncTwelveLabs"):
        bridge.call(again)


def test_a_call_from_another_bridges_thread(bridge: Bridge, opened: Opened) -> None:
    other = Bridge(opened.close)

    async def across() -> int:
        return other.call(echo, 1)

    assert bridge.call(across) == 1
    other.close()


def test_anyio_works_though_the_caller_says_that_it_runs_trio(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    library: ContextVar[str | None] = ContextVar("library", default=None)

    class Sniffio:
        current_async_library_cvar = library

    monkeypatch.setitem(sys.modules, "sniffio", Sniffio)
    library.set("trio")

    async def seen() -> str | None:
        return library.get()

    assert bridge.call(seen) == "asyncio"
    assert library.get() == "trio"


# Interrupts. What is raised in the waiting thread by a callback comes as Ctrl-C does.


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, LookupError])
def test_an_interrupt_of_the_wait_ends_the_coroutine_first(
    bridge: Bridge, kind: type[BaseException]
) -> None:
    held = Held()

    def interrupt() -> NoReturn:
        raise kind

    with pytest.raises(kind):
        bridge.call(held, call_in_caller(interrupt))
    assert held.ended
    assert bridge.call(echo, 1) == 1


def test_an_interrupt_does_not_wait_for_what_will_not_end(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.01)
    release = asyncio.Event()

    async def stubborn(callback: Callable[[], object]) -> None:
        callback()
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bridge.call(stubborn, call_in_caller(interrupt))

    async def let_go() -> None:
        release.set()

    bridge.call(let_go)


# Callbacks


def test_a_callback_runs_in_the_thread_that_waits(bridge: Bridge) -> None:
    seen: list[tuple[int, threading.Thread]] = []

    async def count(callback: Callable[[int], object]) -> str:
        for at in range(3):
            callback(at)
            await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(callback, 3))
        return "done"

    def note(at: int) -> None:
        assert bridge.call(echo, at) == at  # the client can be called in it
        seen.append((at, threading.current_thread()))

    assert bridge.call(count, call_in_caller(note)) == "done"
    assert seen == [(at, threading.current_thread()) for at in range(4)]


def test_a_callback_of_what_outlives_the_call_still_runs(bridge: Bridge) -> None:
    seen: list[int] = []
    later: list[asyncio.Task[None]] = []

    async def begin(callback: Callable[[int], object]) -> None:
        async def after() -> None:
            await asyncio.sleep(0)
            callback(1)

        later.append(asyncio.create_task(after()))

    async def wait() -> None:
        await later[0]

    bridge.call(begin, call_in_caller(seen.append))
    bridge.call(wait)
    assert seen == [1]


def test_an_asynchronous_callback_runs_on_the_loop(bridge: Bridge) -> None:
    async def where() -> threading.Thread:
        return threading.current_thread()

    async def ask(callback: Callable[[], Any]) -> threading.Thread:
        return await callback()

    assert bridge.call(ask, call_in_caller(where)) in loop_threads()


async def current_thread() -> threading.Thread:
    return threading.current_thread()


class Asynchronous:
    """Callable, as a coroutine function is."""

    def __init__(self, seen: list[threading.Thread]) -> None:
        self.seen = seen

    async def __call__(self) -> None:
        self.seen.append(await current_thread())


@pytest.mark.parametrize("iterated", [False, True], ids=["a call", "an iteration"])
@pytest.mark.parametrize("form", [lambda made: made, lambda made: lambda: made(), partial])
def test_a_callback_that_returns_an_awaitable_is_awaited(
    bridge: Bridge, form: Callable[[Any], Callable[[], object]], iterated: bool
) -> None:
    seen: list[threading.Thread] = []

    async def ask(callback: Callable[[], object]) -> AsyncIterator[int]:
        callback()
        yield 1

    async def call(callback: Callable[[], object]) -> list[int]:
        return [item async for item in ask(callback)]

    callback = call_in_caller(form(Asynchronous(seen)))
    found = list(iterate(bridge, ask(callback))) if iterated else bridge.call(call, callback)
    assert found == [1]
    assert len(seen) == 1
    assert seen[0] in loop_threads()


def test_what_an_awaitable_of_a_callback_raises_is_raised(bridge: Bridge) -> None:
    async def refuse() -> NoReturn:
        raise ZeroDivisionError

    async def ask(callback: Callable[[], object]) -> None:
        callback()

    with pytest.raises(ZeroDivisionError):
        bridge.call(ask, call_in_caller(lambda: refuse()))


def test_no_callback_stays_none() -> None:
    assert call_in_caller(None) is None


# Ends


def test_close_can_be_called_again_and_before_anything(opened: Opened) -> None:
    bridge = Bridge(opened.close)
    bridge.close()
    bridge.close()
    with pytest.raises(ClientClosedError, match="the client is closed"):
        bridge.call(echo, 1)
    assert not opened.closed


def test_calls_after_close_are_refused(bridge: Bridge) -> None:
    bridge.call(echo, 1)
    bridge.close()
    for _ in range(2):
        with pytest.raises(ClientClosedError, match="the client is closed"):
            bridge.call(echo, 1)


def test_close_ends_the_calls_of_other_threads(bridge: Bridge) -> None:
    held = Held()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(bridge.call, held)
        assert held.begun.wait(30)
        bridge.close()
        assert held.ended
        with pytest.raises(ClientClosedError, match="closed during this call"):
            call.result(30)


def test_close_from_several_threads(bridge: Bridge, opened: Opened) -> None:
    bridge.call(echo, 1)
    with ThreadPoolExecutor(8) as pool:
        for end in [pool.submit(bridge.close) for _ in range(8)]:
            end.result(30)
    assert len(opened.closed) == 1


def test_close_from_the_loops_own_thread(bridge: Bridge, opened: Opened) -> None:
    async def close() -> None:
        bridge.close()
        await asyncio.Event().wait()

    with pytest.raises(ClientClosedError, match="closed during this call"):
        bridge.call(close)
    bridge.close()
    assert len(opened.closed) == 1


def test_close_raises_what_closing_raised() -> None:
    async def cannot() -> NoReturn:
        raise OSError("cannot")

    bridge = Bridge(cannot)
    bridge.call(echo, 1)
    with pytest.raises(OSError, match="cannot"):
        bridge.close()
    bridge.close()
    assert not loop_threads()


def test_close_does_not_wait_for_what_will_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.01)

    async def never() -> None:
        await asyncio.Event().wait()

    bridge = Bridge(never)
    bridge.call(echo, 1)
    with pytest.raises(TimeoutError):
        bridge.close()


def test_a_bridge_that_is_dropped_closes_what_it_opened(opened: Opened) -> None:
    bridge = Bridge(opened.close)
    bridge.call(echo, 1)
    (thread,) = loop_threads()
    del bridge
    gc.collect()
    thread.join(30)
    assert opened.closed == [thread]
    assert not thread.is_alive()


def test_a_wrapper_holds_its_bridge_and_says_what_it_is_on(bridge: Bridge) -> None:
    wrapper = SyncWrapper(bridge, "source")
    assert repr(wrapper) == "<SyncWrapper on 'source'>"
    assert repr(wrapper._beside("other")) == "<SyncWrapper on 'other'>"
    assert wrapper._beside("other")._bridge is bridge
