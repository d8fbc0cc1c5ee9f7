"""Waiting for the service: polls that adapt, are spread, and have a deadline."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar

from ..errors import FailedError, TwelveLabsError, WaitTimeoutError
from .callbacks import invoke_callback
from .convert import structure
from .frames import drop_locals, dropping_locals
from .model import Model
from .numbers import checked_number
from .operation import OperationContext, operation
from .pager import Pager
from .progress import Step, is_shown, shown_progress
from .redaction import Redactor

if TYPE_CHECKING:
    from .clock import Clock

__all__ = [
    "Progress",
    "State",
    "WaitContext",
    "poll_delays",
    "verdict",
    "wait_until",
    "wait_until_all",
]

T = TypeVar("T")

FIRST_DELAY = 0.25
GROWTH = 1.5
MAX_DELAY = 15.0
LAST_POLL = 5.0  # seconds that the poll at the deadline itself has
ROW_LIMIT = 50  # the most rows that a list gives on one page


class State(NamedTuple):
    """What a poll shows: still running, done, or failed with the service's message."""

    kind: Literal["going", "done", "failed"]
    message: str | None = None


GOING = State("going")
DONE = State("done")


def verdict(
    status: str | None,
    message: str | None = None,
    *,
    done: Sequence[str] = ("ready",),
    failed: Sequence[str] = ("failed",),
) -> State:
    """What a resource's `status` means for a wait; an unknown one is still running."""
    if status in done:
        return DONE
    if status in failed:
        return State("failed", message)
    return GOING


class _Shared(Protocol):
    def until_closed(
        self, limit: asyncio.Timeout, what: str
    ) -> AbstractAsyncContextManager[object]:
        """A block that ends when the client is closed."""
        ...


class WaitContext(OperationContext, Protocol):
    """What a wait takes of its client."""

    redactor: Redactor
    progress: bool | None

    @property
    def shared(self) -> _Shared:
        """What says that the client is closed."""
        ...


class Progress(NamedTuple):
    """The progress of a wait for many."""

    ready: int
    failed: int
    total: int


def poll_delays(interval: float | None) -> Callable[[int, float], float]:
    """The function (poll from 0, chance from 0 to 1) -> seconds to wait after it.

    A given `interval` is kept to. Without one the wait grows from 0.25 to 15 s. Either varies by 10
    %, so that many waiting clients do not poll together.
    """
    if interval is not None:
        interval = checked_number(interval, "the interval")

    def delay(poll: int, chance: float) -> float:
        # min() of the exponent: a wait of days would overflow it.
        base = interval or min(MAX_DELAY, FIRST_DELAY * GROWTH ** min(poll, 20))
        return base * (0.9 + 0.2 * chance)

    return delay


async def wait_until(
    fetch: Callable[[], Awaitable[T]],
    *,
    core: WaitContext,
    judge: Callable[[T], State],
    what: str,
    timeout: float | None,
    interval: float | None = None,
    on_update: Callable[[T], object] | None = None,
    progress: bool | None = None,
) -> T:
    """The resource once it is done.

    `fetch` is called until `judge` reports an end; `on_update` gets each state seen, and `progress`
    shows it. FailedError when the resource has failed; WaitTimeoutError when `timeout` seconds
    (None: no limit) have passed. Errors of `fetch` are raised: it has had its own retries. Errors
    hold no secret that the client's redactor knows: a service may repeat one in a state.
    """
    deadline = _deadline(core.clock, timeout)
    shown = is_shown(progress, core.progress)
    with (
        dropping_locals,
        operation(core, "wait", subject=what) as waiting,
        shown_progress(shown, what, core.clock.monotonic) as show,
    ):
        async with _until_closed(core, what):
            found = await _poll(
                fetch, core, judge, what, timeout, deadline, interval, on_update, show
            )
        waiting.done(found)
        return found


def _until_closed(core: WaitContext, what: str) -> AbstractAsyncContextManager[object]:
    return core.shared.until_closed(asyncio.timeout(None), f"the wait for {what}")


async def _poll(
    fetch: Callable[[], Awaitable[T]],
    core: WaitContext,
    judge: Callable[[T], State],
    what: str,
    timeout: float | None,
    deadline: float,
    interval: float | None,
    on_update: Callable[[T], object] | None,
    show: Callable[[Step], None],
) -> T:
    clock, redactor = core.clock, core.redactor
    delay = poll_delays(interval)
    poll = 0
    last: T | None = None
    while True:
        found = await _in_time(fetch(), deadline - clock.monotonic())
        if found is None:
            raise _too_late(what, timeout, last, redactor)
        (resource,) = found
        last = resource
        await invoke_callback(on_update, resource)
        state = judge(resource)
        if poll or state.kind != "done":  # what is done already needs no bar
            show(Step(note=str(getattr(resource, "status", state.kind))))
        if state.kind == "done":
            return resource
        if state.kind == "failed":
            raise _failed(what, state, resource, redactor)
        left = deadline - clock.monotonic()
        if left <= 0:
            raise _too_late(what, timeout, last, redactor)
        await clock.sleep(min(left, delay(poll, clock.random())))
        poll += 1


async def wait_until_all(
    ids: Iterable[str],
    fetch_rows: Callable[[set[str]], Awaitable[Mapping[str, T]]],
    *,
    core: WaitContext,
    judge: Callable[[T], State],
    what: str,
    timeout: float | None,
    interval: float | None = None,
    on_update: Callable[[Progress], object] | None = None,
    progress: bool | None = None,
) -> dict[str, T | TwelveLabsError]:
    """Each id with its resource once it is done, or with the error that it ended in.

    `fetch_rows` gives the current rows for the ids still waited for, by as few list requests as it
    can. After `timeout` seconds what is not done has a WaitTimeoutError; an id that no list ever
    shows as well. Errors of `fetch_rows` itself are raised.
    """
    order = list(dict.fromkeys(ids))
    deadline = _deadline(core.clock, timeout)
    ended: dict[str, T | TwelveLabsError] = {}
    title = f"{len(order)} x {what}"
    shown = is_shown(progress, core.progress)
    try:
        with (
            operation(core, "wait", subject=title),
            shown_progress(shown, title, core.clock.monotonic) as show,
        ):

            async def report() -> None:
                failed = sum(isinstance(end, TwelveLabsError) for end in ended.values())
                await invoke_callback(on_update, Progress(len(ended) - failed, failed, len(order)))
                show(Step(len(ended), len(order), f"{failed} failed" if failed else ""))

            async with _until_closed(core, title):
                await _poll_all(
                    order, ended, fetch_rows, core, judge, what, timeout, deadline, interval, report
                )
    except BaseException as error:  # of any kind: its frames are shown
        ended.clear()
        drop_locals(error)
        raise
    return {id_: ended[id_] for id_ in order}


async def _poll_all(
    order: Sequence[str],
    ended: dict[str, T | TwelveLabsError],
    fetch_rows: Callable[[set[str]], Awaitable[Mapping[str, T]]],
    core: WaitContext,
    judge: Callable[[T], State],
    what: str,
    timeout: float | None,
    deadline: float,
    interval: float | None,
    report: Callable[[], Awaitable[None]],
) -> None:
    clock, redactor = core.clock, core.redactor
    waiting = set(order)
    last: dict[str, T] = {}
    delay = poll_delays(interval)
    poll = 0
    while waiting:
        found = await _in_time(fetch_rows(waiting), deadline - clock.monotonic())
        (rows,) = found or ({},)
        for id_, row in rows.items():
            if id_ not in waiting:
                continue
            last[id_] = row
            state = judge(row)
            if state.kind == "going":
                continue
            waiting.discard(id_)
            ended[id_] = (
                row if state.kind == "done" else _failed(f"{what} {id_}", state, row, redactor)
            )
        await report()
        if not waiting:
            break
        left = deadline - clock.monotonic()
        if left <= 0:
            for id_ in waiting:
                ended[id_] = _too_late(f"{what} {id_}", timeout, last.get(id_), redactor)
            break
        await clock.sleep(min(left, delay(poll, clock.random())))
        poll += 1


def _failed(what: str, state: State, resource: object, redactor: Redactor) -> FailedError:
    text = redactor.text(f"{what} has failed: {state.message or 'the service gave no reason'}")
    return FailedError(text, resource=without_secrets(resource, redactor))


def _too_late(
    what: str, timeout: float | None, last: object, redactor: Redactor
) -> WaitTimeoutError:
    text = redactor.text(f"{what} is not done after {timeout} s")
    return WaitTimeoutError(text, last=without_secrets(last, redactor))


def without_secrets(resource: object, redactor: Redactor) -> object:
    """A resource as an error keeps it: a copy without secrets, if the reply had some.

    Of a pager it is the page: a pager does not leave its process, and errors do.
    """
    given: Any = resource  # not narrowed to a pager of unknown rows
    kept: object = given.response if isinstance(resource, Pager) else resource
    raw = kept.__raw__ if isinstance(kept, Model) else None
    if raw is None or (clean := redactor.value(raw)) == raw:
        return kept
    return structure(type(kept), clean)


async def _in_time(poll: Awaitable[T], left: float) -> tuple[T] | None:
    """The result of a poll, in a tuple; None when the deadline passes first."""
    limit = asyncio.timeout(None if left == math.inf else max(left, LAST_POLL))
    try:
        async with limit:
            return (await poll,)
    except TimeoutError:
        if not limit.expired():
            raise
        return None


def _deadline(clock: Clock, timeout: float | None) -> float:
    if timeout is None:
        return math.inf
    return clock.monotonic() + checked_number(timeout, "the timeout")
