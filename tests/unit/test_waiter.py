"""Waits: polls that adapt, spread out, and end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import VirtualClock
from twelvelabs_async._core.waiter import (
    MAX_DELAY,
    Progress,
    State,
    poll_delays,
    verdict,
    wait_until,
    wait_until_all,
)
from twelvelabs_async.errors import (
    ConfigurationError,
    FailedError,
    NotFoundError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio


def states(*told: str) -> Any:
    left = list(told)

    async def fetch() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    return fetch


def judge(status: str) -> State:
    return verdict(status, "too small")


@given(st.integers(0, 10**6), st.floats(0, 1), st.none() | st.floats(0.01, 1e6))
def test_delays_are_spread_by_a_tenth(poll: int, chance: float, interval: float | None) -> None:
    wait = poll_delays(interval)(poll, chance)
    most = interval or MAX_DELAY
    assert 0 < wait <= 1.1 * most * (1 + 1e-9)
    if interval is not None:
        assert wait >= 0.9 * interval * (1 - 1e-9)


@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
async def test_an_interval_and_a_deadline_are_above_zero(wrong: float) -> None:
    with pytest.raises(ConfigurationError):
        poll_delays(wrong)
    with pytest.raises(ConfigurationError):
        await wait_until(
            states("ready"), clock=VirtualClock(), judge=judge, what="it", timeout=wrong
        )


async def test_polls_until_it_is_done(clock: VirtualClock) -> None:
    seen: list[str] = []
    found = await wait_until(
        states("queued", "new state", "ready"),
        clock=clock,
        judge=judge,
        what="the asset a1",
        timeout=100,
        interval=10,
        on_update=seen.append,
    )
    assert (found, seen) == ("ready", ["queued", "new state", "ready"])
    assert clock.naps == [11.0, 11.0]


async def test_updates_may_be_async(clock: VirtualClock) -> None:
    seen: list[str] = []

    async def note(state: str) -> None:
        seen.append(state)

    await wait_until(
        states("ready"), clock=clock, judge=judge, what="it", timeout=None, on_update=note
    )
    assert seen == ["ready"]


async def test_a_failure_is_raised_with_the_services_reason(clock: VirtualClock) -> None:
    with pytest.raises(FailedError, match="the asset a1 has failed: too small") as caught:
        await wait_until(
            states("queued", "failed"), clock=clock, judge=judge, what="the asset a1", timeout=99
        )
    assert caught.value.resource == "failed"


async def test_a_deadline_is_kept_with_a_last_look_at_it(clock: VirtualClock) -> None:
    with pytest.raises(WaitTimeoutError, match="not done after 25") as caught:
        await wait_until(
            states("queued"), clock=clock, judge=judge, what="it", timeout=25, interval=10
        )
    assert caught.value.last == "queued"
    assert isinstance(caught.value, TimeoutError)
    assert clock.naps == [11.0, 11.0, 3.0]


async def test_errors_of_a_poll_are_raised(clock: VirtualClock) -> None:
    async def fetch() -> str:
        raise NotFoundError("gone", status_code=404)

    with pytest.raises(NotFoundError):
        await wait_until(fetch, clock=clock, judge=judge, what="it", timeout=9)


async def test_many_end_each_in_its_own_way(clock: VirtualClock) -> None:
    polls = 0
    news: list[Progress] = []

    async def rows(waiting: set[str]) -> dict[str, str]:
        nonlocal polls
        polls += 1
        told = {"a": "ready", "b": "failed" if polls > 1 else "queued", "c": "queued"}
        return {"other": "ready", **{id_: told[id_] for id_ in waiting if id_ in told}}

    ended = await wait_until_all(
        ["c", "a", "b", "never", "a"],
        rows,
        clock=clock,
        judge=judge,
        what="the asset",
        timeout=30,
        interval=10,
        on_update=news.append,
    )
    assert list(ended) == ["c", "a", "b", "never"]
    assert ended["a"] == "ready"
    assert isinstance(ended["b"], FailedError)
    assert isinstance(ended["c"], WaitTimeoutError)
    assert isinstance(ended["never"], WaitTimeoutError)
    assert (ended["c"].last, ended["never"].last) == ("queued", None)
    assert news[0] == Progress(1, 0, 4)
    assert news[-1] == Progress(1, 1, 4)


async def test_none_to_wait_for_asks_nothing(clock: VirtualClock) -> None:
    async def rows(waiting: set[str]) -> dict[str, str]:
        raise AssertionError("asked")

    assert await wait_until_all([], rows, clock=clock, judge=judge, what="it", timeout=None) == {}
