"""Rate limits: what the limiter learns, and that its waiting is short, fair and never for ever."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import anyio
import pytest

from tests.support.clock import EPOCH, VirtualClock
from tests.support.loops import JumpLoop, LoopClock, StandingLoop
from tests.support.scripted_server import Answer, Received, ScriptedServer, answer, ok
from twelvelabs_async import AsyncTwelveLabs
from twelvelabs_async._runtime.limiter import Limiter
from twelvelabs_async._runtime.rate_limits import RateLimit
from twelvelabs_async.errors import TooManyRequestsError
from twelvelabs_async.sandbox.limits import Limits

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(jumping: Any) -> Any:
    return jumping


class Service:
    """The sandbox's own limits, on the clock of the loop."""

    def __init__(self, requests: int, headers: str = "both", *, retry_after: bool = True) -> None:
        self.limits = Limits(self, headers)  # type: ignore[arg-type]  # all it asks is the time
        self.limits.allow("search", requests, retry_after=retry_after)
        self.outcomes: Counter[int] = Counter()

    def now(self) -> float:
        return LoopClock().time()

    def __call__(self, received: Received) -> Answer:
        refused, headers = self.limits.take("search")
        self.outcomes[429 if refused else 200] += 1
        if refused:
            return answer(429, b"", headers)
        return answer(200, b'{"data": [], "page_info": {}}', headers)


async def search(client: AsyncTwelveLabs) -> None:
    await client.search.create(index_id="i1", search_options=["visual"], query_text="whales")


async def work(service: Service, tasks: int, calls: int, **settings: Any) -> float:
    """How many seconds so many tasks took for so many calls each."""

    async def task() -> None:
        for _ in range(calls):
            await search(client)

    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock(0.5), **settings) as client,
    ):
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(task())
        return asyncio.get_running_loop().time() - began


@pytest.mark.parametrize("headers", ["1", "2", "both", "none"])
async def test_64_tasks_share_60_calls_a_minute_without_loss(headers: str) -> None:
    service = Service(60, headers)
    seconds = await work(service, 64, 5)
    least = 5 * 60  # 320 calls: 60 immediately, and so on with each minute
    assert seconds <= 1.1 * least
    assert service.outcomes[200] == 320
    if headers != "none":
        # Nothing is known before the first answers; after that the service refuses nothing.
        assert service.outcomes[429] <= 4


@pytest.mark.parametrize("headers", ["1", "both"])
async def test_calls_that_wait_for_a_connection_heed_what_the_first_replies_say(
    headers: str,
) -> None:
    service = Service(60, headers)
    seconds = await work(service, 400, 1)
    assert service.outcomes[200] == 400
    assert service.outcomes[429] <= 4  # of the 64 that were sent before the first reply
    assert seconds <= 1.1 * 6 * 60


@pytest.mark.parametrize(("requests", "tasks"), [(1, 8), (10, 64), (25, 64), (600, 64)])
async def test_no_limit_is_too_small(requests: int, tasks: int) -> None:
    service = Service(requests, "none")
    await work(service, tasks, 2)
    assert service.outcomes[200] == 2 * tasks


async def test_children_of_a_client_share_its_limits() -> None:
    service = Service(10)
    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock(0.5)) as client,
    ):
        children = [client.with_options(timeout=500.0) for _ in range(3)]
        await search(client)
        async with asyncio.TaskGroup() as group:
            for at in range(30):
                group.create_task(search(children[at % 3]))
    assert service.outcomes == {200: 31}


class Bench:
    """A limiter on a loop whose waits take no time."""

    def __init__(self, concurrency: int = 64) -> None:
        self.clock = LoopClock()
        self.limiter = Limiter(self.clock, concurrency)
        self.order: list[Any] = []

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def jumped(self) -> float:
        """The seconds that were waited for, without those that the machine took."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpLoop)
        return loop.jumped

    async def call(
        self,
        name: Any,
        *,
        limits: Any = None,
        seconds: float = 0.0,
        rank: int = 0,
        max_wait: float = 90.0,
        asked: float | None = None,
        refused: bool = False,
    ) -> None:
        async with self.limiter.acquire("search", max_wait, rank=rank) as permit:
            self.order.append(name)
            await asyncio.sleep(seconds)
            known = {} if limits is None else {"request": RateLimit(*limits)}
            permit.learn(known, asked, refused=refused, horizon=max_wait)


async def test_first_come_first_served() -> None:
    bench = Bench()
    await bench.call("first", limits=(5, 0, 5, 30.0))
    began = bench.now()
    async with asyncio.TaskGroup() as group:
        for at in range(20):
            group.create_task(bench.call(at, limits=(5, 4 - at % 5, None, None)))
            await asyncio.sleep(0)
    assert bench.order == ["first", *range(20)]
    assert bench.now() - began >= 30


async def test_a_call_that_was_refused_goes_before_those_that_were_not_sent() -> None:
    bench = Bench()
    await bench.call("first", limits=(5, 0, 5, 30.0))
    async with asyncio.TaskGroup() as group:
        for name, rank in (("a", 0), ("b", 0), ("c", 1), ("d", 2), ("e", 1)):
            group.create_task(bench.call(name, rank=rank))
            await asyncio.sleep(0)
    assert bench.order == ["first", "d", "c", "e", "a", "b"]


async def test_a_cancelled_call_releases_its_permit() -> None:
    bench = Bench()
    await bench.call("first", limits=(5, 0, 5, 30.0))
    tasks = [asyncio.create_task(bench.call(at)) for at in range(6)]
    await asyncio.sleep(0)
    for at in (0, 2, 5):
        tasks[at].cancel()
        await asyncio.sleep(0)
    await asyncio.wait(tasks)
    assert bench.order == ["first", 1, 3, 4]


async def test_a_permit_that_comes_with_its_cancellation_is_passed_on() -> None:
    bench = Bench(concurrency=1)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: bench.call("holds", seconds=5.0))
        await asyncio.sleep(1)
        waits = asyncio.create_task(bench.call("waits"))
        last = asyncio.create_task(bench.call("last"))
        await asyncio.sleep(4)
        for _ in range(20):  # at some turn the place is given, and the task has not run yet
            if waits.done():
                break
            waits.cancel()
            await asyncio.sleep(0)
    await asyncio.wait([waits, last])
    assert bench.order[0] == "holds"
    assert bench.order[-1] == "last"
    async with bench.limiter.acquire(None, 90.0):
        pass  # the place is free again


async def test_an_open_stream_holds_no_permit() -> None:
    """Else tasks that each read a stream and make calls meanwhile would wait for one another."""
    piece = b'{"event_type": "text_generation", "text": "a"}\n'
    end = b'{"event_type": "stream_end", "finish_reason": "stop"}\n'
    async with (
        ScriptedServer(
            lambda received: answer(200, piece + end) if "analyze" in received.target else ok()
        ) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, max_connections=2) as client,
    ):

        async def task() -> None:
            async for _ in client.analyze_stream(video_id="v1", prompt="what?"):
                await client.indexes.retrieve("i1")

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(task())


async def test_a_limit_that_is_used_up_for_long_is_raised_immediately() -> None:
    bench = Bench()
    await bench.call("first", limits=(5, 0, 5, 80.0))
    jumped = bench.jumped()
    with pytest.raises(TooManyRequestsError, match="held back") as caught:
        await bench.call("second", max_wait=10.0)
    assert caught.value.retry_after == pytest.approx(80, abs=20)
    assert bench.jumped() == jumped
    await bench.call("third")
    assert bench.order == ["first", "third"]


async def test_a_wait_beyond_the_bound_holds_nothing_back() -> None:
    """An absurd header, or a daily quota: each call is sent, and gets its own error."""
    async with (
        ScriptedServer(answer(429, b"", {"Retry-After": "86400"}), ok({"data": []})) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock()) as client,
    ):
        with pytest.raises(TooManyRequestsError) as caught:
            await search(client)
        assert caught.value.retry_after == 86400
        await search(client)


async def test_other_dimensions_hold_calls_back_too() -> None:
    clock = LoopClock()
    used_up = {"X-RateLimit-Duration-Remaining": "0", "X-RateLimit-Duration-Reset": "40"}
    async with (
        ScriptedServer(answer(200, b'{"data": []}', used_up)) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=clock) as client,
    ):
        began = clock.monotonic()
        await search(client)
        assert clock.monotonic() - began < 20
        await search(client)
        assert clock.monotonic() - began >= 40


async def test_a_late_reply_of_the_last_window_changes_nothing() -> None:
    bench = Bench()
    await bench.call("first", limits=(5, 4, 1, 60.0))
    await bench.call("late", limits=(5, 0, 5, 10.0))
    began = bench.now()
    await bench.call("next", limits=(5, 3, 2, 60.0))
    assert bench.now() - began < 5


async def test_a_call_without_a_reply_blocks_no_other_for_ever() -> None:
    bench = Bench()
    await bench.call("first", limits=(2, 1, 1, 60.0))
    hangs = asyncio.create_task(bench.call("hangs", seconds=1e6))
    await asyncio.sleep(1)
    began = bench.now()
    await bench.call("next", limits=(2, 1, 1, 60.0))  # when the window is over
    assert bench.now() - began <= 62
    hangs.cancel()
    await asyncio.wait([hangs])


async def test_the_clock_of_the_reply_is_trusted_more_than_our_own() -> None:
    """Ours is a year off."""
    date = "Mon, 22 Nov 2027 08:00:00 GMT"
    headers = {
        "Date": date,
        "X-Ratelimit-Remaining": "0",
        "X-Ratelimit-Reset": "1826870410",  # ten seconds after that date
    }
    clock = VirtualClock(chance=0.0)
    assert abs(1826870400 - EPOCH) > 1e7
    async with (
        ScriptedServer(answer(429, b"", headers), ok()) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=clock) as client,
    ):
        await client.indexes.retrieve("i1")
    assert clock.naps == [10]


def test_the_loop_jumps() -> None:
    async def nap() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - began

    with asyncio.Runner(loop_factory=JumpLoop) as runner:
        assert 3600 <= runner.run(nap()) < 3700


# What is not known is guessed, and a guess must do no harm


class Schedule:
    """Refuses the requests whose numbers, from 0, are given; no header has its limits."""

    def __init__(self, refused: Callable[[int], bool], retry_after: str | None) -> None:
        self._refused = refused
        self._headers = {} if retry_after is None else {"Retry-After": retry_after}
        self.outcomes: Counter[int] = Counter()

    def __call__(self, received: Received) -> Answer:
        refused = self._refused(self.outcomes.total())
        self.outcomes[429 if refused else 200] += 1
        return answer(429, b"", self._headers) if refused else ok({"data": []})


SCHEDULES: dict[str, tuple[Callable[[int], bool], str | None, float]] = {
    # Which are refused, what they are asked to wait, and the seconds that 50 calls may take.
    "one, the first": (lambda n: n == 0, "1", 2),
    "one, the second": (lambda n: n == 1, "1", 3),
    "one, late": (lambda n: n == 30, "1", 3),
    "one, that asks for long": (lambda n: n == 0, "30", 33),
    "one, the second, that asks for long": (lambda n: n == 1, "30", 33),
    "one, late, that asks for long": (lambda n: n == 30, "30", 33),
    "one that asks for nothing": (lambda n: n == 3, None, 2),
    "one that asks for no time": (lambda n: n == 3, "0", 2),
    "a storm at the start": (lambda n: n < 20, "1", 20 * 10),
    "a storm later": (lambda n: 10 <= n < 30, "1", 20 * 10),
    "every second": (lambda n: n % 2 == 0, "1", 50 * 3),
    "every second, that asks for nothing": (lambda n: n % 2 == 0, None, 50 * 2),
    "every tenth": (lambda n: n % 10 == 9, "1", 6 * 5),
}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("schedule", SCHEDULES)
async def test_calls_continue_when_they_are_accepted_again(schedule: str, together: bool) -> None:
    refused, retry_after, most = SCHEDULES[schedule]
    service = Schedule(refused, retry_after)
    tasks, calls = (50, 1) if together else (1, 50)
    seconds = await work(service, tasks, calls, max_retries=60, max_wait=31.0)
    assert service.outcomes[200] == 50
    assert seconds <= most


@pytest.mark.parametrize("schedule", SCHEDULES)
async def test_a_guess_fails_no_call(schedule: str) -> None:
    refused, retry_after, _ = SCHEDULES[schedule]
    service = Schedule(refused, retry_after)
    failed: list[TooManyRequestsError] = []
    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs(
            "k", base_url=scripted.url, clock=LoopClock(0.5), max_wait=1.0, max_retries=0
        ) as client,
    ):
        for _ in range(50):
            try:
                await search(client)
            except TooManyRequestsError as error:
                failed.append(error)
    assert len(failed) == service.outcomes[429]  # the service refused each of them itself
    assert service.outcomes.total() == 50


@pytest.mark.parametrize("seed", range(6))
async def test_no_guess_holds_a_call_for_longer_than_the_service_asked(seed: int) -> None:
    random = Random(seed)
    bench = Bench()
    asked = 0.0
    for _ in range(60):
        before = bench.now()
        refused = random.random() < random.choice((0.02, 0.3, 0.8))
        wait = random.choice((0.5, 1.0, 7.0, 40.0)) if refused else None
        await bench.call("a", refused=refused, asked=wait, limits=None)
        assert bench.now() - before <= asked + 0.2  # the loop's clock goes on a little
        asked = asked if wait is None else wait
        await asyncio.sleep(random.choice((0.0, 0.3, 20.0)))


class Window:
    """So many calls in a window, which begins with its first one, or at each full minute.

    `asked` is what a refusal asks to wait, given what is left of the window.
    """

    def __init__(
        self,
        asked: Callable[[float], float] = lambda left: max(1, math.ceil(left)),
        began: float = -math.inf,
    ) -> None:
        self._asked = asked
        self._began = began
        self._used = 0

    def take(self, now: float) -> float | None:
        if now >= self._began + 60:
            self._began, self._used = now, 0
        self._used += 1
        return self._asked(self._began + 60 - now) if self._used > 60 else None


class SlidingWindow:
    """60 calls in any 60 seconds; `counts_all`: what is refused counts as well."""

    def __init__(self, *, counts_all: bool) -> None:
        self._counts_all = counts_all
        self._counted: deque[float] = deque()

    def take(self, now: float) -> float | None:
        while self._counted and self._counted[0] <= now - 60:
            self._counted.popleft()
        refused = len(self._counted) >= 60
        if self._counts_all or not refused:
            self._counted.append(now)
        return max(1, math.ceil(self._counted[0] + 60 - now)) if refused else None


class Bucket:
    """One call a second, and after a pause several without a wait."""

    def __init__(self, burst: int) -> None:
        self._burst = self._tokens = float(burst)
        self._filled = 0.0

    def take(self, now: float) -> float | None:
        self._tokens = min(self._burst, self._tokens + now - self._filled)
        self._filled = now
        if self._tokens < 1:
            return max(1, math.ceil(1 - self._tokens))
        self._tokens -= 1
        return None


# How a service limits calls to 60 a minute, with nothing but Retry-After; and the seconds that 200
# calls take at least.
LIMITED: dict[str, tuple[Callable[[], Any], float]] = {
    "a window": (Window, 180),
    "a window that has begun": (lambda: Window(began=-25), 180 - 25),
    "a window, whole seconds left": (lambda: Window(math.floor), 180),
    "a window, half of what is left": (lambda: Window(lambda left: max(1, left / 2)), 180),
    "a window, a second each time": (lambda: Window(lambda left: 1), 180),
    "a window, ten seconds each time": (lambda: Window(lambda left: 10), 180),
    "a window, a minute each time": (lambda: Window(lambda left: 60), 180),
    "any 60 seconds": (lambda: SlidingWindow(counts_all=False), 180),
    "any 60 seconds, refusals count": (lambda: SlidingWindow(counts_all=True), 180),
    "a bucket": (lambda: Bucket(60), 140),
    "a small bucket": (lambda: Bucket(10), 190),
    "one a second": (lambda: Bucket(1), 199),
}


@pytest.mark.parametrize("tasks", [1, 16, 200])
@pytest.mark.parametrize("name", LIMITED)
def test_calls_take_about_as_long_as_the_limit_demands(name: str, tasks: int) -> None:
    make, least = LIMITED[name]
    service, random = make(), Random(1)
    refusals = 0
    began = 0.0

    async def call(bench: Bench) -> None:
        nonlocal refusals
        for rank in count():
            async with bench.limiter.acquire("search", 90.0, rank=rank) as permit:
                await asyncio.sleep(0.1)
                asked = service.take(bench.now() - began)
                await asyncio.sleep(0.1)
                permit.learn({}, asked, refused=asked is not None, horizon=90.0)
            if asked is None:
                return
            refusals += 1
            await asyncio.sleep(asked + random.random() * 0.5)

    async def task(bench: Bench, calls: Iterator[int]) -> None:
        for _ in calls:
            await call(bench)

    async def all_calls() -> float:
        nonlocal began
        bench, calls = Bench(), iter(range(200))
        began = bench.now()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(task(bench, calls))
        return bench.now() - began

    with asyncio.Runner(loop_factory=StandingLoop) as runner:
        seconds = runner.run(all_calls())
    # A tenth for jitter, what the service asks beyond its window, and the way there and back.
    more = {"a window, a minute each time": 60, "one a second": 200 * 0.25}.get(name, 0)
    more = 70 if "refusals count" in name else more
    assert seconds <= 1.1 * least + more
    assert refusals <= 350  # of 200 calls: it was up to 3,800


async def test_a_guess_is_soon_forgotten() -> None:
    bench = Bench()
    for _ in range(3):
        await bench.call("good")
    await bench.call("refused", refused=True, asked=2.0)
    began = bench.now()
    for _ in range(1000):
        await bench.call("good")
    assert bench.now() - began <= 2 + 10 * 2  # 3, 6, 12 and so on in two seconds each
    await asyncio.sleep(4)
    jumped = bench.jumped()
    async with asyncio.TaskGroup() as group:
        for at in range(1000):
            group.create_task(bench.call(at))
    assert bench.jumped() - jumped < 1


async def test_a_daily_quota_holds_no_call_back() -> None:
    service = Schedule(lambda n: n < 30, "86400")
    async with (
        ScriptedServer(service) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, clock=LoopClock(0.5)) as client,
    ):
        for _ in range(30):
            with pytest.raises(TooManyRequestsError) as caught:
                await search(client)
            assert caught.value.retry_after == 86400
        await search(client)
    assert service.outcomes == {429: 30, 200: 1}
