"""What a failure leaves: nothing of ours that only the garbage collector could free.

A request's body, a chunk or a page would otherwise stay in memory until it next runs.
"""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.clock import VirtualClock
from twelvelabs_async import AsyncTwelveLabs, Retry, TwelveLabsError
from twelvelabs_async._runtime.file_reader import or_leave
from twelvelabs_async._runtime.pager import BasePage, Cursor, Page, PageInfo, Pager
from twelvelabs_async._runtime.threads import in_thread, run_blocking, shared_threads
from twelvelabs_async.options import RequestOptions

OURS = ("twelvelabs_async", "aiohttp")


async def cyclic(work: Callable[[], Awaitable[Any]]) -> list[str]:
    """What of ours is left in reference cycles each time that the work has failed."""
    await failed(work)  # what is imported and made once leaves cycles of its own
    left: list[str] = []
    for _ in range(3):  # what an earlier test left may become garbage meanwhile, once
        if not (left := await _left_by(work)):
            break
    return left


async def _left_by(work: Callable[[], Awaitable[Any]]) -> list[str]:
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            await failed(work)
        for _ in range(5):
            await asyncio.sleep(0)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return [name for value in gc.garbage if (name := whose(value)).startswith(OURS)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def failed(work: Callable[[], Awaitable[Any]]) -> None:
    """Let it fail in a task, which keeps the error that it ends in."""

    async def run() -> None:
        await work()

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    assert isinstance(task.exception(), OSError | TwelveLabsError)


def whose(value: object) -> str:
    if isinstance(value, types.FrameType):
        return f"{value.f_globals.get('__name__')}.{value.f_code.co_qualname}"
    return f"{type(value).__module__}.{type(value).__qualname__}"


def fails() -> None:
    raise OSError("no")


@pytest.mark.parametrize(
    "work",
    [
        lambda: run_blocking(fails),
        lambda: in_thread(fails),
        lambda: or_leave(in_thread(fails)),
        lambda: asyncio.wrap_future(shared_threads().submit(fails)),
    ],
)
async def test_an_error_of_a_thread(work: Callable[[], Awaitable[Any]]) -> None:
    assert await cyclic(work) == []


async def test_a_page_that_fails_ahead() -> None:
    async def fetch(cursor: Cursor | None) -> BasePage[int]:
        await asyncio.sleep(0)
        if cursor is not None:
            raise OSError("no")
        return Page(data=[1], page_info=PageInfo(page=1, total_page=2))

    async def read() -> None:
        async for _ in Pager(fetch):
            pass

    assert await cyclic(read) == []


class Resets(asyncio.Protocol):
    """Answers no request: it closes the connection instead, or says that it is overloaded."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Resets.count += 1
        if Resets.count % 2:
            self.transport.abort()
        else:
            self.transport.write(b"HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n")


async def test_a_call_that_is_sent_again() -> None:
    server = await asyncio.get_running_loop().create_server(Resets, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    async with (
        server,
        AsyncTwelveLabs(
            "tlk_KEY0123456789",
            base_url=f"http://127.0.0.1:{address[1]}/v1.3",
            clock=VirtualClock(0.5),
            retry=Retry(max_retries=3),
        ) as client,
    ):
        assert await cyclic(lambda: client.indexes.retrieve("a")) == []
        assert await cyclic(lambda: client.indexes.create(index_name="a", models=[])) == []


class Silent(asyncio.Protocol):
    """Answers nothing."""


@asynccontextmanager
async def waiting() -> AsyncIterator[AsyncTwelveLabs]:
    """A client whose service answers nothing."""
    server = await asyncio.get_running_loop().create_server(Silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        AsyncTwelveLabs("tlk_KEY0123456789", base_url=f"http://127.0.0.1:{port}/v1.3") as client,
    ):
        yield client


class TestTimePasses:
    """In a loop whose waits take no time."""

    @pytest.fixture
    def anyio_backend(self, jumping: Any) -> Any:
        return jumping

    async def test_what_is_not_done_in_time(self) -> None:
        soon: RequestOptions = {"timeout_in_seconds": 5, "max_retries": 0}
        async with waiting() as client:
            works: list[Callable[[], Awaitable[Any]]] = [
                lambda: client.indexes.retrieve("a", request_options=soon),
                lambda: client.tasks.wait_for_done("a", timeout=5),
                lambda: client.multipart_upload.upload_file(b"film", filename="a.mp4", timeout=5),
            ]
            for work in works:
                assert await cyclic(work) == [], works.index(work)
