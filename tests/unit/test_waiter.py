"""Waits, by a clock that moves only when they sleep."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.area_core import Open
from tests.support.clock import VirtualClock
from twelvelabs_async import ConfigurationError, FailedError, NotFoundError, WaitTimeoutError
from twelvelabs_async._runtime.polling import (
    Progress,
    State,
    poll_delays,
    verdict,
    wait_until,
    wait_until_all,
)
from twelvelabs_async._runtime.redaction import Redactor

# Verdicts and delays


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("ready", "done"),
        ("failed", "failed"),
        ("indexing", "going"),
        ("a_new_one", "going"),
        ("READY", "going"),
        ("", "going"),
        (None, "going"),
    ],
)
def test_a_status_that_is_not_known_is_still_going(status: str | None, kind: str) -> None:
    assert verdict(status, "why").kind == kind


def test_a_verdict_has_the_reason_of_a_failure_alone() -> None:
    assert verdict("failed", "too short") == State("failed", "too short")
    assert verdict("ready", "fine").message is None


def test_what_is_done_and_failed_can_be_said() -> None:
    for status, kind in (("completed", "done"), ("expired", "failed"), ("ready", "going")):
        assert verdict(status, done=("completed",), failed=("aborted", "expired")).kind == kind


CHANCES = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10**9), CHANCES)
def test_a_wait_grows_and_stays_within_its_bounds(poll: int, chance: float) -> None:
    delay = poll_delays(None)
    assert 0.25 * 0.9 <= delay(poll, chance) <= 15 * 1.1
    assert delay(poll, chance) <= delay(poll + 1, chance) <= delay(poll, chance) * 1.5 + 1e-9


def test_a_wait_begins_short_and_comes_to_its_bound() -> None:
    delay = poll_delays(None)
    assert delay(0, 0.5) == pytest.approx(0.25)
    assert delay(1, 0.5) == pytest.approx(0.375)
    assert delay(11, 0.5) == delay(1000, 0.5) == pytest.approx(15)


@given(st.floats(0.001, 1e6), st.integers(0, 10**9), CHANCES)
def test_an_interval_is_kept_but_for_the_spread(interval: float, poll: int, chance: float) -> None:
    waits = poll_delays(interval)(poll, chance)
    assert interval * 0.899 <= waits <= interval * 1.101


@given(CHANCES, CHANCES)
def test_two_clients_wait_for_different_times(one: float, other: float) -> None:
    delay = poll_delays(10.0)
    if abs(one - other) > 1e-6:
        assert delay(0, one) != delay(0, other)


@pytest.mark.parametrize("interval", [0, -1, math.nan])
def test_an_interval_that_is_none_is_refused(interval: float) -> None:
    with pytest.raises(ConfigurationError, match="interval must be above 0"):
        poll_delays(interval)


# One


class Waiting:
    """What a wait takes of its client."""

    def __init__(self, clock: VirtualClock) -> None:
        self.shared = Open()
        self.clock = clock
        self.redactor = Redactor()
        self.progress: bool | None = None
        self.base_url = ""
        self.hooks = ()


class Source:
    """Gives one status after another, and the last for ever; an exception is raised."""

    def __init__(self, *statuses: str | Exception | None) -> None:
        self.statuses = list(statuses)
        self.polls = 0

    async def fetch(self) -> str | None:
        self.polls += 1
        found = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(found, Exception):
            raise found
        return found


async def wait(source: Source, clock: VirtualClock, **options: Any) -> str | None:
    given = {"timeout": None, "judge": lambda status: verdict(status, "too short"), **options}
    return await wait_until(source.fetch, core=Waiting(clock), what="video v1", **given)


async def test_what_is_done_immediately_is_asked_for_once(clock: VirtualClock) -> None:
    source = Source("ready")
    assert await wait(source, clock, timeout=1) == "ready"
    assert source.polls == 1
    assert clock.naps == []


async def test_polls_continue_until_it_is_done(clock: VirtualClock) -> None:
    source = Source("queued", None, "a_new_one", "ready")
    assert await wait(source, clock) == "ready"
    assert clock.naps == pytest.approx([0.275, 0.4125, 0.61875])


async def test_a_failure_is_reported_with_the_reason_and_the_resource(clock: VirtualClock) -> None:
    with pytest.raises(FailedError, match=r"^video v1 has failed: too short$") as caught:
        await wait(Source("queued", "failed"), clock)
    assert caught.value.resource == "failed"


async def test_a_failure_without_a_reason_says_so(clock: VirtualClock) -> None:
    with pytest.raises(FailedError, match="the service gave no reason"):
        await wait(Source("failed"), clock, judge=verdict)


async def test_the_deadline_is_kept_with_a_last_look_at_it(clock: VirtualClock) -> None:
    source = Source("queued")
    with pytest.raises(WaitTimeoutError, match=r"^video v1 is not done after 25 s$") as caught:
        await wait(source, clock, timeout=25, interval=10)
    assert caught.value.last == "queued"
    assert isinstance(caught.value, TimeoutError)
    assert clock.naps == pytest.approx([11, 11, 3])
    assert source.polls == 4


async def test_what_is_done_at_the_deadline_is_done(clock: VirtualClock) -> None:
    assert await wait(Source("queued", "ready"), clock, timeout=3, interval=10) == "ready"
    assert clock.naps == [3]


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
async def test_a_deadline_that_is_none_is_refused_before_anything_is_asked(
    clock: VirtualClock, timeout: float
) -> None:
    source = Source("ready")
    with pytest.raises(ConfigurationError, match="timeout must be above 0"):
        await wait(source, clock, timeout=timeout)
    assert source.polls == 0


async def test_an_error_of_a_poll_is_raised(clock: VirtualClock) -> None:
    gone = NotFoundError("gone", status_code=404)
    with pytest.raises(NotFoundError) as caught:
        await wait(Source("queued", gone), clock)
    assert caught.value is gone


async def test_a_timeout_of_the_polls_own_is_no_deadline(clock: VirtualClock) -> None:
    with pytest.raises(TimeoutError, match="its own") as caught:
        await wait(Source(TimeoutError("its own")), clock, timeout=60)
    assert not isinstance(caught.value, WaitTimeoutError)


@pytest.mark.parametrize("is_async", [False, True])
async def test_each_state_is_reported(clock: VirtualClock, is_async: bool) -> None:
    updates: list[str | None] = []

    async def collect(status: str | None) -> None:
        updates.append(status)

    await wait(
        Source("queued", "indexing", "ready"),
        clock,
        on_update=collect if is_async else updates.append,
    )
    assert updates == ["queued", "indexing", "ready"]


async def test_a_failure_is_reported_before_it_is_raised(clock: VirtualClock) -> None:
    updates: list[str | None] = []
    with pytest.raises(FailedError):
        await wait(Source("queued", "failed"), clock, on_update=updates.append)
    assert updates == ["queued", "failed"]


async def test_an_error_of_the_callback_ends_the_wait(clock: VirtualClock) -> None:
    def refuse(status: str | None) -> None:
        raise KeyError(status)

    source = Source("queued")
    with pytest.raises(KeyError):
        await wait(source, clock, on_update=refuse)
    assert source.polls == 1


# Many

Rows = Mapping[str, str]


class Lists:
    """Gives one page of statuses after another, and the last for ever."""

    def __init__(self, *pages: Rows | Exception) -> None:
        self.pages = list(pages)
        self.asked: list[set[str]] = []

    async def fetch(self, ids: set[str]) -> Rows:
        self.asked.append(set(ids))
        found = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(found, Exception):
            raise found
        return found


async def wait_all(
    ids: Iterable[str], lists: Lists, clock: VirtualClock, **options: Any
) -> dict[str, Any]:
    fetch: Callable[[set[str]], Awaitable[Rows]] = lists.fetch
    given = {"timeout": None, "judge": lambda status: verdict(status, "too short"), **options}
    return await wait_until_all(ids, fetch, core=Waiting(clock), what="video", **given)


async def test_only_what_is_not_done_is_asked_for_again(clock: VirtualClock) -> None:
    lists = Lists(
        {"a": "queued", "b": "ready", "c": "queued"}, {"a": "ready", "c": "going"}, {"c": "ready"}
    )
    ended = await wait_all(["c", "a", "b"], lists, clock)
    assert ended == {"c": "ready", "a": "ready", "b": "ready"}
    assert list(ended) == ["c", "a", "b"]
    assert lists.asked == [{"a", "b", "c"}, {"a", "c"}, {"c"}]


async def test_one_that_fails_does_not_end_the_wait_on_others(clock: VirtualClock) -> None:
    ended = await wait_all("ab", Lists({"a": "failed"}, {"b": "ready"}), clock)
    assert isinstance(ended["a"], FailedError)
    assert str(ended["a"]) == "video a has failed: too short"
    assert ended["a"].resource == "failed"
    assert ended["b"] == "ready"


async def test_none_is_nothing_to_wait_for(clock: VirtualClock) -> None:
    lists = Lists({})
    assert await wait_all([], lists, clock) == {}
    assert lists.asked == []


async def test_one_that_is_named_twice_is_one(clock: VirtualClock) -> None:
    updates: list[Progress] = []
    ended = await wait_all(
        iter(["a", "b", "a"]), Lists({"a": "ready", "b": "ready"}), clock, on_update=updates.append
    )
    assert list(ended) == ["a", "b"]
    assert updates == [Progress(ready=2, failed=0, total=2)]


async def test_what_was_not_asked_for_is_left_alone(clock: VirtualClock) -> None:
    lists = Lists({"x": "ready", "a": "going"}, {"a": "ready", "x": "failed"})
    assert await wait_all("a", lists, clock) == {"a": "ready"}


async def test_a_state_that_came_first_is_kept(clock: VirtualClock) -> None:
    lists = Lists({"a": "ready"}, {"a": "failed", "b": "ready"})
    assert await wait_all("ab", lists, clock) == {"a": "ready", "b": "ready"}


async def test_at_the_deadline_each_has_what_was_last_seen_of_it(clock: VirtualClock) -> None:
    lists = Lists({"a": "ready", "b": "queued"}, {"b": "indexing"})
    ended = await wait_all("abc", lists, clock, timeout=25, interval=10)
    assert ended["a"] == "ready"
    assert isinstance(ended["b"], WaitTimeoutError)
    assert ended["b"].last == "indexing"
    assert str(ended["b"]) == "video b is not done after 25 s"
    assert isinstance(ended["c"], WaitTimeoutError)  # no list ever showed it
    assert ended["c"].last is None
    assert list(ended) == ["a", "b", "c"]
    assert clock.naps == pytest.approx([11, 11, 3])


@pytest.mark.parametrize("is_async", [False, True])
async def test_progress_is_reported_after_each_round(clock: VirtualClock, is_async: bool) -> None:
    updates: list[Progress] = []

    async def collect(progress: Progress) -> None:
        updates.append(progress)

    lists = Lists({}, {"a": "ready", "b": "failed"}, {"c": "ready"})
    await wait_all("abc", lists, clock, on_update=collect if is_async else updates.append)
    assert updates == [Progress(0, 0, 3), Progress(1, 1, 3), Progress(2, 1, 3)]


async def test_an_error_of_a_list_is_raised(clock: VirtualClock) -> None:
    gone = NotFoundError("gone", status_code=404)
    with pytest.raises(NotFoundError) as caught:
        await wait_all("ab", Lists({"a": "ready"}, gone), clock)
    assert caught.value is gone


async def test_settings_are_looked_at_before_anything_is_asked(clock: VirtualClock) -> None:
    lists = Lists({"a": "ready"})
    for wrong in ({"timeout": 0}, {"interval": -1}):
        with pytest.raises(ConfigurationError):
            await wait_all("a", lists, clock, **wrong)
    assert lists.asked == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 6)), st.randoms())
async def test_each_ends_when_its_time_has_come(ends: dict[str, int], random: Any) -> None:
    """Whatever the order: all are waited for, each to its own end, in as many rounds as needed."""
    ids = list(ends)
    random.shuffle(ids)
    rounds = [
        {id_: "ready" if at >= end else "going" for id_, end in ends.items()} for at in range(7)
    ]
    lists = Lists(*rounds)
    ended = await wait_all(ids, lists, VirtualClock())
    assert list(ended) == ids
    assert set(ended.values()) <= {"ready"}
    assert len(lists.asked) == max(ends.values(), default=-1) + 1
