"""Each method's raw form gives what the plain one gives, with its own reply: in both clients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.contract_paths import REPOSITORY
from tests.contract.operations import operations
from tests.contract.stub import Stub
from tests.contract.test_vendor_wire import vendor
from tests.contract.wire_calls import CALLS, Call, arguments, bound
from tests.contract.wire_calls_later import LATER_CALLS, NEWEST_CALLS
from twelvelabs_async import AsyncTwelveLabs, RawResponse, TwelveLabs

# One call of each method.
MADE: dict[str, Call] = {}
for made in (*CALLS, *LATER_CALLS, *NEWEST_CALLS):
    MADE.setdefault(made.method, made)
each_method = pytest.mark.parametrize("made", MADE.values(), ids=MADE)
PROGRAM = Path(__file__).with_name("raw_program.py")


def raw(method: str) -> str:
    way, _, name = method.rpartition(".")
    return f"{way}.with_raw_response.{name}".lstrip(".")


def test_every_method_has_a_call() -> None:
    assert MADE.keys() == {operation.method for operation in operations()}


@each_method
async def test_the_asyncio_clients(made: Call, stub: Stub) -> None:
    async def given(method: str) -> Any:
        """What a method gives: a stream's events, a list's first page."""
        result = bound(client, method)(
            *arguments("twelvelabs_async", made.arguments),
            **arguments("twelvelabs_async", made.named),
        )
        if not method.endswith(("analyze_stream", "create_stream", "results")):
            return await result
        async with result as opened:
            if isinstance(opened, RawResponse):
                events = [event async for event in opened.data]
                return RawResponse(events, opened.status_code, opened.headers, opened.rate_limits)
            return [event async for event in opened]

    async with AsyncTwelveLabs("key", base_url=stub.base_url, max_retries=0) as client:
        plain = await given(made.method)
        sent = len(stub.requests)
        check(plain, await given(raw(made.method)), sent, stub)


@each_method
def test_the_blocking_clients(made: Call, stub: Stub) -> None:
    def given(method: str) -> Any:
        result = bound(client, method)(
            *arguments("twelvelabs_async", made.arguments),
            **arguments("twelvelabs_async", made.named),
        )
        if not method.endswith(("analyze_stream", "create_stream", "results")):
            return result
        with result as opened:
            if isinstance(opened, RawResponse):
                events = list(opened.data)
                return RawResponse(events, opened.status_code, opened.headers, opened.rate_limits)
            return list(opened)

    with TwelveLabs("key", base_url=stub.base_url, max_retries=0) as client:
        plain = given(made.method)
        sent = len(stub.requests)
        check(plain, given(raw(made.method)), sent, stub)


def check(plain: Any, made: Any, sent: int, stub: Stub) -> None:
    assert isinstance(made, RawResponse)
    assert len(stub.requests) == sent + 1, "one request, as the plain method"
    assert type(made.data) is type(plain)
    if hasattr(plain, "iter_pages"):
        assert made.data.items == plain.items  # type: ignore[attr-defined]  # a pager
    else:
        assert made.data == plain
    assert 200 <= made.status_code < 300
    assert made.headers["x-request-id"] == str(sent + 1)
    before, after = stub.requests[-2:]
    assert (before.verb, before.path, before.query) == (after.verb, after.path, after.query)


def output(python: Path | str, program: str, *given: str) -> str:
    done = subprocess.run(
        [python, "-c", program, *given],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("version", ["1.1.0", "1.3.6"])
def test_a_program_for_the_vendors_sdk_prints_the_same(version: str, stub: Stub) -> None:
    program = PROGRAM.read_text("utf-8")
    theirs = output(vendor(version), program, stub.base_url, version)
    requests = [(r.verb, r.path, r.body) for r in stub.requests]
    stub.requests.clear()
    renamed = program.replace("twelvelabs", "twelvelabs_async")
    ours = output(sys.executable, renamed, stub.base_url, version)
    assert ours == theirs
    assert len(ours.splitlines()) > 20
    assert [r.path for r in stub.requests] == [path for _, path, _ in requests]
