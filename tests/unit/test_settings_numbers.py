"""Settings that are numbers: seconds and counts, of every kind, in every place that takes them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.support.both import both_clients
from tests.support.scripted_server import ScriptedServer, ok
from twelvelabs_async import (
    AsyncTwelveLabs,
    ConfigurationError,
    DecodeError,
    Retry,
    Timeouts,
    TwelveLabs,
)
from twelvelabs_async._runtime.bulk import create_all
from twelvelabs_async._runtime.call import build_call
from twelvelabs_async._runtime.polling import poll_delays
from twelvelabs_async.assets import Asset
from twelvelabs_async.ingest.items import Concurrency
from twelvelabs_async.multipart_upload._engine.settings import UploadSettings
from twelvelabs_async.webhooks import sign, unwrap

pytestmark = pytest.mark.anyio


def core(**settings: Any) -> Any:
    return AsyncTwelveLabs("k", **settings)._core


def call(**options: Any) -> Any:
    return build_call(core(), "GET", "/", None, None, None, None, None, options)  # type: ignore[arg-type]  # of any kind


def in_upload(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(UploadSettings(**{name: value}), name)


def in_ingestion(name: str) -> Callable[[Any], Any]:
    def place(value: Any) -> Any:
        results: Any = AsyncTwelveLabs("k").ingest("i1", (), **{name: value})
        return getattr(results.ag_frame.f_locals["self"], f"_{name}")

    return place


def in_retry(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(Retry(**{name: value}).checked(), name)


def in_timeouts(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(Timeouts.of(Timeouts()._replace(**{name: value})), name)


def in_concurrency(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(Concurrency(**{name: value}), name)


def bulk(value: Any) -> Any:
    asyncio.run(create_all([], value))


def tolerance(value: Any) -> None:
    with pytest.raises(DecodeError):  # it is no event, but what counts comes before
        unwrap(b"", {"TL-Signature": sign(b"", "s")}, "s", tolerance=value)


def of_stream(value: Any) -> Any:
    options: Any = {"chunk_size": value}
    return core().rows(Asset, "GET", "/", key="id", options=options)._most


SECONDS: dict[str, Callable[[Any], Any]] = {
    "timeout of AsyncTwelveLabs": lambda value: core(timeout=value).timeouts.total,
    "timeout of TwelveLabs": lambda value: TwelveLabs("k", timeout=value)._async._core.timeouts[-1],
    "with_options": lambda value: (
        AsyncTwelveLabs("k").with_options(timeout=value)._core.timeouts.total
    ),
    **{name: in_timeouts(name) for name in Timeouts._fields},
    **{name: in_retry(name) for name in Retry._fields[1:]},
    "timeout_in_seconds": lambda value: call(timeout_in_seconds=value).timeouts.total,
    "interval": lambda value: poll_delays(value)(0, 0.5),
    "timeout of an upload": in_upload("timeout"),
    "retry_delay": in_upload("retry_delay"),
    "timeout of an ingestion": in_ingestion("timeout"),
    "max_wait of an ingestion": in_ingestion("max_wait"),
    "timestamp": lambda value: float(sign(b"", "s", timestamp=value)[2:].partition(",")[0]),
}
COUNTS: dict[str, Callable[[Any], Any]] = {
    "retries of AsyncTwelveLabs": lambda value: core(max_retries=value).retry.max_retries,
    "retries of one call": lambda value: call(max_retries=value).retry.max_retries,
    "retries of with_options": lambda value: (
        AsyncTwelveLabs("k").with_options(max_retries=value)._core.retry.max_retries
    ),
    "max_reply_bytes": lambda value: core(max_reply_bytes=value).max_reply_bytes,
    "chunk_size": of_stream,
    **{
        f"{name} of an upload": in_upload(name)
        for name in ("max_workers", "batch_size", "max_retries", "size", "max_size")
    },
    "uploads": in_concurrency("uploads"),
    "chunks": in_concurrency("chunks"),
}
SILENT: dict[str, Callable[[Any], Any]] = {  # what they take shows nowhere
    "tolerance": tolerance,
    "max_connections": lambda value: core(max_connections=value),
    "max_workers of create_bulk": bulk,
}
NO_NUMBERS: list[Any] = [
    math.nan,
    Decimal("NaN"),
    Decimal("sNaN"),
    np.float32("nan"),
    -1,
    Decimal(-1),
    -math.inf,
    10**400,
    -(10**400),
    1j,
    "5",
    b"5",
    [5],
    np.array([5.0]),
    np.array([1, 2]),
    np.timedelta64(5, "s"),
    object(),
]


@pytest.mark.parametrize("place", SECONDS.values(), ids=SECONDS)
def test_seconds_may_be_of_any_kind_of_number(place: Callable[[Any], Any]) -> None:
    kinds: list[Any] = [5, 5.0, np.float64(5), np.float32(5), np.int64(5), np.array(5), Decimal(5)]
    for given in (*kinds, np.longdouble(5), Fraction(5), Decimal("5.0")):
        assert place(given) == 5
        assert type(place(given)) in (int, float)


@pytest.mark.parametrize("place", COUNTS.values(), ids=COUNTS)
def test_counts_may_be_of_any_kind_of_number(place: Callable[[Any], Any]) -> None:
    for given in (5, np.int64(5), np.uint8(5), np.array(5), Decimal(5), Decimal("5.0")):
        assert place(given) == 5
        assert type(place(given)) is int


@pytest.mark.parametrize("place", SILENT.values(), ids=SILENT)
def test_so_may_be_settings_that_are_only_compared(place: Callable[[Any], Any]) -> None:
    for given in (5, 5.0, np.float32(5), np.int64(5), Decimal(5)):
        place(given)


ALL = SECONDS | COUNTS | SILENT


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_what_is_no_number_is_refused_by_its_name(place: Callable[[Any], Any]) -> None:
    for given in NO_NUMBERS:
        with pytest.raises(ConfigurationError, match=r"\w+ must be (above 0|[01] or more)"):
            place(given)


@pytest.mark.parametrize("place", COUNTS.values(), ids=COUNTS)
def test_a_count_is_whole(place: Callable[[Any], Any]) -> None:
    for given in (2.5, Decimal("2.5"), np.float32(2.5)):
        with pytest.raises(ConfigurationError, match=r"whole number|1 or more, and at most"):
            place(given)


def test_infinity_is_no_limit() -> None:
    assert Timeouts.of(math.inf).total == math.inf
    assert core(max_retries=math.inf).retry.max_retries > 10**18


@pytest.mark.parametrize("given", [5, np.float32(5), Decimal(5)], ids=repr)
def test_a_deadline_leaves_the_other_limits_as_they_are(given: Any) -> None:
    client = AsyncTwelveLabs("k", timeout=Timeouts(read=7.0)).with_options(timeout=given)
    assert client._core.timeouts == Timeouts(read=7.0, total=5.0)


@both_clients
async def test_a_time_without_end_is_no_limit(make: Callable[..., Any]) -> None:
    endless = Timeouts(math.inf, math.inf, math.inf, math.inf)
    async with (
        ScriptedServer(ok()) as scripted,
        make("k", base_url=scripted.url, timeout=endless) as client,
    ):
        assert (await client.indexes.retrieve("i1")).id == "i1"


@both_clients
async def test_no_number_ends_a_client(make: Callable[..., Any]) -> None:
    calls: list[Callable[[Any, Any], Any]] = [
        lambda client, value: client.assets.wait_until_ready("a1", timeout=value),
        lambda client, value: client.assets.wait_until_ready("a1", interval=value),
        lambda client, value: client.assets.wait_until_all_ready(["a1"], timeout=value),
        lambda client, value: client.tasks.wait_for_done("a1", sleep_interval=value),
        lambda client, value: client.assets.retrieve(
            "a1", request_options={"timeout_in_seconds": value}
        ),
        lambda client, value: client.assets.retrieve("a1", request_options={"max_retries": value}),
        lambda client, value: client.multipart_upload.upload_file(b"x", timeout=value),
    ]
    row = {"_id": "a1", "status": "ready"}
    ready = ok({**row, "data": [row], "page_info": {"page": 1, "total_page": 1}})
    async with (
        ScriptedServer(ready) as scripted,
        make("k", base_url=scripted.url, max_retries=0) as client,
    ):
        for call in calls:
            for given in NO_NUMBERS:
                with pytest.raises(ConfigurationError, match="must be"):
                    await call(client, given)
        assert scripted.received == []
        for call in calls[:-1]:
            for given in (Decimal(5), np.float32(5), np.int64(5)):
                assert await call(client, given)
        assert (await client.assets.retrieve("a1")).id == "a1"
