"""A client's life: made, moved, shared, forked, closed, or never closed."""

from __future__ import annotations

import asyncio
import copy
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, Self

import pytest

from tests.support.both import CLIENTS
from tests.support.clock import StoppedClock
from tests.support.loops import LoopClock
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async.errors import (
    ClientClosedError,
    ConfigurationError,
    StreamError,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b'2f\r\n{"event_type": "text_generation", "text": "a"}\n\r\n'

Call = Callable[[AsyncTwelveLabs], Awaitable[object]]


async def read(client: AsyncTwelveLabs) -> object:
    return await client.indexes.retrieve("i1")


async def listing(client: AsyncTwelveLabs) -> object:
    return await client.indexes.list()


async def create(client: AsyncTwelveLabs) -> object:
    return await client.indexes.create(index_name="films", models=[])


async def stream(client: AsyncTwelveLabs) -> object:
    return [event async for event in client.analyze_stream(video_id="v1", prompt="what?")]


async def settle(turns: int = 100) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.mark.anyio
@pytest.mark.parametrize("call", [read, listing, create, stream])
async def test_used_after_close(call: Call) -> None:
    async with ScriptedServer(ok()) as scripted:
        for use_it in (True, False):
            client = AsyncTwelveLabs("k", base_url=scripted.url)
            if use_it:
                await read(client)
            await client.close()
            with pytest.raises(ClientClosedError, match="the client is closed"):
                await call(client)
            with pytest.raises(ClientClosedError):
                await call(client.with_options(timeout=5))
        assert len(scripted.received) == 1


@pytest.mark.anyio
async def test_a_call_after_the_with_block_names_the_block() -> None:
    async with ScriptedServer(ok()) as scripted:
        for make in CLIENTS.values():
            async with make("k", base_url=scripted.url) as client:
                assert (await client.indexes.retrieve("i1")).id
            await client.close()
            for call in (client.indexes.retrieve, client.assets.retrieve):
                with pytest.raises(ClientClosedError, match="its `with` block has ended"):
                    await call("i1")


@pytest.mark.anyio
async def test_closed_twice_and_by_two_tasks() -> None:
    async with ScriptedServer(ok()) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url)
        await read(client)
        await asyncio.gather(client.close(), client.close())
        await client.close()
        async with client:
            pass
        await settle()
        assert scripted.open_connections == 0


@pytest.mark.anyio
async def test_closing_a_child_closes_its_parent() -> None:
    async with ScriptedServer(ok()) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url)
        async with client.with_options(max_retries=0) as child:
            await read(child)
            await read(client)
            assert scripted.connections == 1
        with pytest.raises(ClientClosedError):
            await read(client)


def hangs(received: Received) -> Answer:
    return [CHUNKED, PIECE, "hang"] if "analyze" in received.target else ["hang"]


@pytest.mark.anyio
@pytest.mark.parametrize("call", [read, listing, create, stream])
async def test_closed_while_a_call_is_under_way(call: Call) -> None:
    async with ScriptedServer(hangs) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url)
        calls = [asyncio.ensure_future(call(client)) for _ in range(3)]
        while len(scripted.received) < 3:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        await settle()
        await client.close()
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(outcome, StreamError if call is stream else ClientClosedError)
            assert getattr(outcome, "maybe_done", False) == (call is create)
        await settle()
        assert scripted.open_connections == 0


@pytest.mark.anyio
async def test_closed_while_calls_wait_for_a_permit() -> None:
    async with ScriptedServer(["hang"]) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url, max_connections=1)
        calls = [asyncio.ensure_future(create(client)) for _ in range(3)]
        while not scripted.received:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        await client.close()
        outcomes: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(found) for found in outcomes} == {ClientClosedError}, outcomes
        assert sorted(found.maybe_done for found in outcomes) == [False, False, True]


@pytest.mark.anyio
async def test_a_waiting_call_takes_little_memory() -> None:
    """A call is built, and no more: each coroutine, closure or dict more would be in it."""
    count = 256
    async with ScriptedServer(["hang"]) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url, max_connections=1)
        calls = [asyncio.ensure_future(create(client))]
        while not scripted.received:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        tracemalloc.start()
        try:
            calls += [asyncio.ensure_future(create(client)) for _ in range(count)]
            for _ in range(3):
                await asyncio.sleep(0)
            used, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        await client.close()
        await asyncio.gather(*calls, return_exceptions=True)
    assert used / count < 4_500


class TestWaits:
    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    @pytest.mark.anyio
    async def test_closed_while_a_call_waits_to_be_sent_again(self) -> None:
        async with ScriptedServer(answer(503, b"", {"Retry-After": "60"})) as scripted:
            client = AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock())
            call = asyncio.ensure_future(create(client))
            await asyncio.sleep(10)
            began = asyncio.get_running_loop().time()
            await client.close()
            with pytest.raises(ClientClosedError) as caught:
                await call
            assert not caught.value.maybe_done
            assert asyncio.get_running_loop().time() - began < 5


@pytest.mark.anyio
async def test_a_close_that_is_cancelled_closes_all_the_same() -> None:
    import anyio

    async with ScriptedServer(ok()) as scripted:
        client = AsyncTwelveLabs("k", base_url=scripted.url)
        await read(client)
        with anyio.CancelScope() as scope:
            scope.cancel()
            async with client:
                pass
        await settle()
        assert scripted.open_connections == 0


class Threaded:
    """A server in another thread, for tests that run loops of their own."""

    def __init__(self, reply: Answer | None = None) -> None:
        self.reply = reply or ok()

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.scripted = self.run(ScriptedServer(self.reply).__aenter__())
        self.url = self.scripted.url
        return self

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def __exit__(self, *exc: object) -> None:
        self.run(self.scripted.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def gone(self) -> bool:
        """Whether no connection is open, after what is on its way has come."""

        async def look() -> bool:
            for _ in range(2000):
                if not self.scripted.open_connections:
                    return True
                await asyncio.sleep(0.005)
            return False

        return bool(self.run(look()))


def test_two_loops_one_after_another() -> None:
    with Threaded() as server:
        client = AsyncTwelveLabs("k", base_url=server.url)  # outside of any loop
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert asyncio.run(read(client)) == asyncio.run(read(client))
            gc.collect()
            asyncio.run(client.close())
        assert server.scripted.connections == 2
        assert server.gone()


def test_two_loops_at_the_same_time_are_refused() -> None:
    with Threaded() as server:
        client = AsyncTwelveLabs("k", base_url=server.url)
        with asyncio.Runner() as one, asyncio.Runner() as other:
            one.run(read(client))
            with pytest.raises(ConfigurationError, match="another event loop"):
                other.run(read(client))
            one.run(client.close())
        assert server.gone()


def test_closed_in_another_loop() -> None:
    with Threaded() as server:
        client = AsyncTwelveLabs("k", base_url=server.url)
        with asyncio.Runner() as one:
            one.run(read(client))
            asyncio.run_coroutine_threadsafe(client.close(), server.loop).result(20)
            one.run(asyncio.sleep(0))
            assert server.gone()
            with pytest.raises(ClientClosedError):
                one.run(read(client))


async def hang(_: object) -> None:
    await asyncio.Event().wait()


WAITS: dict[str, Call] = {
    "of one": lambda client: client.tasks.wait_for_done("t"),
    "until ready": lambda client: client.assets.wait_until_ready("a"),
    "of many": lambda client: client.assets.wait_until_all_ready(["a", "b"]),
    "of an upload": lambda client: client.multipart_upload.wait_for_upload_completion("u"),
    "a callback": lambda client: client.assets.wait_until_ready("a", on_update=hang),
    "a retry": create,
}


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in its loop", "from another thread"])
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_closed_while_it_waits(wait: Call, elsewhere: bool) -> None:
    clock = StoppedClock()
    going = {"_id": "a", "upload_id": "u", "status": "active", "data": []}
    reply = answer(503, b"", {"Retry-After": "60"}) if wait is create else ok(going)
    with Threaded(reply) as server:
        client = AsyncTwelveLabs("k", base_url=server.url, clock=clock)

        async def use() -> None:
            waiting = asyncio.ensure_future(wait(client))
            if wait is WAITS["a callback"]:
                while not server.scripted.received:  # noqa: ASYNC110  # another thread's
                    await asyncio.sleep(0)
                await settle(1000)
            else:
                await asyncio.to_thread(clock.slept.wait)
            if elsewhere:
                await asyncio.wrap_future(
                    asyncio.run_coroutine_threadsafe(client.close(), server.loop)
                )
            else:
                await client.close()
            with pytest.raises(ClientClosedError, match="the client was closed during") as caught:
                await waiting
            assert not caught.value.maybe_done

        asyncio.run(asyncio.wait_for(use(), 60))


@pytest.mark.parametrize("when", ["in its loop", "after its loop", "between", "by a resource"])
def test_never_closed_is_one_warning_and_no_leak(when: str) -> None:
    with Threaded() as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")

        async def use() -> Any:
            client = AsyncTwelveLabs("k", base_url=server.url)
            indexes = client.indexes
            if when == "by a resource":
                del client
                await indexes.retrieve("i1")
                assert not caught  # the resource is still in use
                return None
            await read(client)
            if when == "in its loop":
                del client, indexes
                gc.collect()
                await settle()
                return None
            return client

        if when == "between":
            loop = asyncio.new_event_loop()
            client = loop.run_until_complete(use())
            del client
            gc.collect()
            loop.run_until_complete(settle())
            loop.close()
        else:
            client = asyncio.run(use())
            del client
        gc.collect()
        assert server.gone()
        assert [
            str(warning.message) for warning in caught if warning.category is ResourceWarning
        ] == [f"AsyncTwelveLabs of {server.url} was never closed"]


def test_a_client_that_made_no_call_needs_no_close() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AsyncTwelveLabs("k").with_options(timeout=5)
        gc.collect()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("part", ["client", "resource", "core"])
def test_pickling_is_refused_clearly(copied: Callable[[Any], Any], part: str) -> None:
    client = AsyncTwelveLabs("tlk_SECRET")
    thing = {"client": client, "resource": client.indexes, "core": client._core}[part]
    if part == "resource" and copied is copy.copy:
        return  # shares the client, as any other resource does
    with pytest.raises(TypeError, match="cannot be pickled: make one in the process") as caught:
        copied(thing)
    assert "SECRET" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_fork_leaves_the_parents_connections_alone() -> None:
    """As gunicorn's preload does: the child makes its own, and closes nothing of its parent's."""
    program = """
        import asyncio, gc, os, sys, warnings
        from twelvelabs_async import AsyncTwelveLabs
        warnings.simplefilter("error")

        client = AsyncTwelveLabs("k", base_url=sys.argv[1])
        loop = asyncio.new_event_loop()
        loop.run_until_complete(client.indexes.retrieve("parent"))
        child = os.fork()
        if not child:
            async def work():
                await client.indexes.retrieve("child")
                await client.close()
            asyncio.run(work())
            gc.collect()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        loop.run_until_complete(client.indexes.retrieve("parent again"))
        loop.run_until_complete(client.close())
        loop.close()
    """
    with Threaded() as server:
        run(program, server.url)
        assert server.scripted.connections == 2
        assert [received.target.rpartition("/")[2] for received in server.scripted.received] == [
            "parent",
            "child",
            "parent%20again",
        ]
        assert server.gone()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_child_may_drop_its_parents_client_unused() -> None:
    program = """
        import asyncio, gc, os, sys
        from twelvelabs_async import AsyncTwelveLabs

        client = AsyncTwelveLabs("k", base_url=sys.argv[1])
        loop = asyncio.new_event_loop()
        loop.run_until_complete(client.indexes.retrieve("parent"))
        child = os.fork()
        if not child:
            del client
            gc.collect()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        loop.run_until_complete(client.indexes.retrieve("parent"))
        loop.run_until_complete(client.close())
        loop.close()
    """
    with Threaded() as server:
        run(program, server.url)
        assert server.scripted.connections == 1


def work_in_child(url: str, results: Any) -> None:
    async def work() -> str:
        async with AsyncTwelveLabs("k", base_url=url) as client:
            return (await client.indexes.retrieve("i1")).id

    results.put(asyncio.run(work()))


def test_a_spawned_process_makes_its_own() -> None:
    context = multiprocessing.get_context("spawn")
    with Threaded() as server:
        results = context.Queue()
        process = context.Process(target=work_in_child, args=(server.url, results))
        process.start()
        assert results.get(timeout=60) == "i1"
        process.join(60)
        results.close()
        results.join_thread()


@pytest.mark.parametrize("end", ["closed", "never closed", "interrupted"])
def test_the_interpreter_exits_without_warnings(end: str) -> None:
    program = f"""
        import asyncio, os, signal, sys
        from twelvelabs_async import AsyncTwelveLabs

        client = AsyncTwelveLabs("k", base_url=sys.argv[1])
        async def main():
            await client.indexes.retrieve("i1")
            if {end!r} == "closed":
                await client.close()
            if {end!r} == "interrupted":
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(5)
        asyncio.run(main())
    """
    with Threaded() as server:
        complaints = run(program, server.url, fails=end == "interrupted")
        if end == "closed":
            assert "Warning" not in complaints
        if end == "never closed":
            assert complaints.count("ResourceWarning") == 1
            assert "was never closed" in complaints
        if end == "interrupted":
            assert "KeyboardInterrupt" in complaints
        assert "Exception ignored" not in complaints.replace("ResourceWarning", "")


def run(program: str, *arguments: str, fails: bool = False) -> str:
    """What a program of its own complains of, in development mode."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert bool(done.returncode) == fails, done.stderr
    if fails:
        assert done.returncode in (-signal.SIGINT, 130, 1)
    return done.stderr
