"""What a program's callbacks and sources raise or wait for, through both clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from tests.support.both import Kind, both_kinds
from tests.support.upload_stub import KEY, Stub, reached
from twelvelabs_async import (
    AsyncTwelveLabs,
    ClientClosedError,
    ConfigurationError,
    TwelveLabs,
    UploadError,
)
from twelvelabs_async.multipart_upload import UploadedFile, UploadProgress

Outcome = list[UploadedFile] | BaseException

FILES: list[Any] = [bytes(3000), bytes(2000)]


class Own(BaseException):
    pass


async def outcome(stub: Stub, kind: Kind, sources: Callable[[Any], Any], **options: Any) -> Outcome:
    """What `upload_files` gives or raises; `upload_file`, where the source is no list."""

    def blocking() -> Outcome:
        with TwelveLabs(
            KEY, base_url=stub.base_url, clock=stub.clock, ssl_context=stub.client_tls
        ) as client:
            given = sources(client)
            try:
                if isinstance(given, bytes):
                    client.multipart_upload.upload_file(given, **options)
                    return []
                return list(client.multipart_upload.upload_files(given, **options))
            except BaseException as error:  # what the test is about
                return error

    if kind == "blocking":
        return await asyncio.to_thread(blocking)
    async with AsyncTwelveLabs(
        KEY, base_url=stub.base_url, clock=stub.clock, ssl_context=stub.client_tls
    ) as client:
        given = sources(client)
        try:
            if isinstance(given, bytes):
                await client.multipart_upload.upload_file(given, **options)
                return []
            return [one async for one in client.multipart_upload.upload_files(given, **options)]
        except BaseException as error:  # as above
            return error


@both_kinds
@pytest.mark.parametrize("many", [False, True], ids=["a file", "files"])
@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("mine"),
        OSError(28, "mine"),
        TimeoutError("mine"),
        ConfigurationError("mine"),
        UploadError("mine"),
        ExceptionGroup("mine", [ValueError()]),
        Own("mine"),
        asyncio.CancelledError("mine"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_a_callback_raises_is_raised_as_it_is(
    stub: Stub, kind: Kind, error: BaseException, many: bool
) -> None:
    def refuse(event: UploadProgress) -> None:
        raise error

    stub.put_fault = lambda put: "hold"  # a callback delays no chunk: else they might all be there
    given = FILES if many else FILES[0]
    assert await outcome(stub, kind, lambda _: given, progress_callback=refuse) is error
    await stub.let_go()
    assert not stub.assets


@pytest.mark.parametrize("kept", [False, True], ids=["no checkpoint", "a checkpoint"])
async def test_what_is_broken_off_when_all_was_sent_names_the_asset(
    stub: Stub, client: AsyncTwelveLabs, film: Path, checkpoint: Path, kept: bool
) -> None:
    options: dict[str, Any] = {"checkpoint": checkpoint} if kept else {}
    at_the_end = asyncio.Event()

    async def slow(event: UploadProgress) -> None:
        if event.status == "completed":
            at_the_end.set()
            await asyncio.Event().wait()

    uploading = asyncio.create_task(
        client.multipart_upload.upload_file(film, progress_callback=slow, **options)
    )
    await at_the_end.wait()
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await uploading
    (asset,) = stub.assets
    (note,) = caught.value.__notes__
    assert f"the service has all of it, as asset '{asset}'" in note
    if kept:
        sent = len(stub.puts)
        again = await client.multipart_upload.upload_file(film, **options)
        assert (again.asset_id, len(stub.puts)) == (asset, sent)


@pytest.mark.parametrize("at_the_end", [False, True])
async def test_a_time_limit_of_a_callbacks_own_is_raised(
    stub: Stub, client: AsyncTwelveLabs, at_the_end: bool
) -> None:
    async def slow(event: UploadProgress) -> None:
        while at_the_end and not stub.assets:  # noqa: ASYNC110  # a few turns
            await asyncio.sleep(0)
        for _ in range(100 * at_the_end):  # until its upload only waits for it
            await asyncio.sleep(0)
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError) as caught:
        await client.multipart_upload.upload_file(bytes(3000), timeout=60, progress_callback=slow)
    assert type(caught.value) is TimeoutError


async def test_a_timeout_error_of_a_source_is_named(stub: Stub, client: AsyncTwelveLabs) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(1500)
        raise TimeoutError

    with pytest.raises(UploadError, match="stopped: TimeoutError; upload_id="):
        await client.multipart_upload.upload_file(pieces(), size=5000, timeout=60)


async def test_an_error_of_a_source_of_any_class_is_raised_as_it_is(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(1500)
        raise Own

    with pytest.raises(Own):
        await client.multipart_upload.upload_file(pieces(), size=5000)


# The sources of many


@both_kinds
async def test_an_iterator_of_sources_may_call_the_client(stub: Stub, kind: Kind) -> None:
    def sources(client: Any) -> Iterator[bytes]:
        yield bytes(2000)
        if kind == "blocking":
            list(client.multipart_upload.list_incomplete_uploads())
        yield bytes(3000)

    found = await outcome(stub, kind, sources)
    assert isinstance(found, list)
    assert [one.error for one in found] == [None, None]


PLACE = ContextVar("PLACE", default="nowhere")


@both_kinds
async def test_an_iterator_of_sources_sees_the_callers_context(stub: Stub, kind: Kind) -> None:
    seen: list[str] = []

    def sources(_: Any) -> Iterator[Any]:
        seen.append(PLACE.get())
        yield None  # an item as any other
        yield bytes(1000)

    PLACE.set("here")
    found = await outcome(stub, kind, sources)
    assert isinstance(found, list)
    assert sorted((one.index, one.error is None) for one in found) == [(0, False), (1, True)]
    assert seen == ["here"]


async def test_an_iterator_of_sources_does_not_hold_up_the_loop(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    first_ended = threading.Event()

    def sources() -> Iterator[bytes]:
        yield bytes(1000)
        assert first_ended.wait(60)
        yield bytes(1000)

    count = 0
    async for one in client.multipart_upload.upload_files(sources()):
        assert one.error is None
        count += 1
        first_ended.set()
    assert count == 2


async def test_closing_the_client_ends_an_iteration_whose_sources_are_silent(
    stub: Stub, client: AsyncTwelveLabs
) -> None:
    release = threading.Event()

    def sources() -> Iterator[bytes]:
        yield bytes(1000)
        release.wait()

    stub.put_fault = lambda put: "hold"
    ends: list[UploadedFile] = []

    async def read() -> None:
        async for one in client.multipart_upload.upload_files(sources()):
            ends.append(one)  # noqa: PERF401  # kept when it raises

    reading = asyncio.create_task(read())
    await reached(stub, 1).wait()
    await client.close()
    try:
        with pytest.raises(ClientClosedError):
            await asyncio.wait_for(reading, 60)
    finally:
        release.set()
        stub.held.set()
    (one,) = ends
    assert isinstance(one.error, UploadError)
    assert one.error.resumable
