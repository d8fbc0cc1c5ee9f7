"""One category of rate limits: what is known of its window, and which call may go."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from itertools import takewhile

from ..errors import TooManyRequestsError
from .clock import Clock
from .rate_limits import RateLimit
from .semaphores import PrioritySemaphore

__all__ = ["CategoryWindow"]


_SPAN = 60.0  # seconds: limits are by the minute
_MOST_PASSES = 10_000
_SETTLED = 1.0  # seconds in which a service refuses
_RAMPED = 256  # concurrent calls at which a ramp ends
_SAME_WINDOW = 2.0  # seconds by which two replies may differ on when one window ends


class CategoryWindow:
    """What is known of one category's limit, on this side's monotonic clock.

    A call may go while `remaining`, the least that a reply of this window gave, is above the number
    of calls without a reply yet: the service may or may not have counted those. A call that waits
    for a connection after that asks again when it has one, since more may be known by then.

    Where no header gives a limit, calls continue after the wait that a refusal requests: a few
    first, and twice as many with each reply, since one refusal says little. When the service
    refuses again, the limit is guessed: as many calls as went well, in as many seconds as the
    service asked to wait. A guess never holds a call for longer than that, doubles with every
    window in which nothing is refused, and is forgotten after one in which nothing was sent. It
    fails no call; and what is more than went well before is tried by calls that were never refused,
    since the others have few attempts left.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = PrioritySemaphore(1)
        self._nap: asyncio.Timeout | None = None
        self._limit: int | None = None
        self._remaining: int | None = None
        self._ends: float | None = None
        self._blocked_until = -math.inf
        self._pending = 0
        """How many calls were admitted and have no reply yet."""
        self._sent = 0
        """How many of those are sent; the others wait for a connection."""
        self._guessed: float | None = None
        """The length of the guessed window in seconds; None where the limit is known or unknown."""
        self._proven = 0
        """The part of a guessed limit that went well before."""
        self._began = -math.inf
        self._refused = False
        self._passes: deque[float] = deque(maxlen=_MOST_PASSES)
        self._asked = 0.0
        # After a refusal that no header explains.
        self._ramp: int | None = None
        """How many calls may run; None for no bound."""
        self._ramp_grows = -math.inf
        self._watched_until = -math.inf

    def next_order(self) -> int:
        """The order of a call that comes now, for `admit`."""
        return self._turn.next_order()

    async def admit(self, category: str, max_wait: float, rank: int, order: int) -> None:
        """Wait until one call may go, and count it; `confirm` or `withdraw` follows."""
        self._wake()  # the call at the head may have to let it pass
        await self._turn.take(-rank, order=order)  # the call that was refused most goes first
        holds = True
        try:
            while True:
                now = self._clock.monotonic()
                wait, is_guess = self._closed_for(now)
                if wait > max_wait and not is_guess:
                    raise TooManyRequestsError(
                        f"held back: the limit of the category {category!r} is used up "
                        f"for another {wait:.0f} s",
                        status_code=429,
                        code="too_many_requests",
                        retry_after=wait,
                    )
                if wait <= 0:
                    wait = self._crowded_for(now, rank)
                    if wait <= 0:
                        break
                await self._wait(wait)
                if self._turn.next_rank < -rank:
                    self._turn.give()
                    holds = False
                    await self._turn.take(-rank, order=order)
                    holds = True
            self._pending += 1
        finally:
            if holds:
                self._turn.give()

    def confirm(self) -> bool:
        """Whether an admitted call may still go, now that it has its connection.

        If not, it is no longer admitted.
        """
        closed, _ = self._closed_for(self._clock.monotonic())
        known = self._remaining if self._ends is not None else None
        if closed > 0 or (known is not None and known <= self._sent):
            self._pending -= 1
            return False
        self._sent += 1
        return True

    def withdraw(self) -> None:
        """Forget an admitted call that is not sent."""
        self._pending -= 1
        self._wake()

    def leave(self, *, counted: bool) -> None:
        """Record the end of a call that was sent; `counted`: its reply said how many remain."""
        self._pending -= 1
        self._sent -= 1
        if not counted and self._remaining is not None:
            self._remaining -= 1
        self._wake()

    def learn(
        self, limits: Mapping[str, RateLimit], asked: float | None, *, refused: bool, horizon: float
    ) -> bool:
        """Learn from a reply; whether it said how many requests remain.

        `asked` is the wait in seconds that a refusal requested. A wait beyond `horizon` is not
        held: no caller would wait that long, so each call asks the service, which refuses it.
        """
        now = self._clock.monotonic()
        own = limits.get("request", RateLimit())
        known = own.remaining is not None and (own.reset is None or own.reset <= horizon)
        if known:
            self._learn_requests(own, now)
        for dimension, other in limits.items():
            if dimension != "request" and other.remaining is not None and other.remaining <= 0:
                self._block(other.reset, now, horizon)
        self._block(asked, now, horizon)
        if not refused:
            if not limits:
                self._passes.append(now)
            self._grow(1)
        elif not known and asked is not None and 0 < asked <= horizon:
            self._refuse(now, asked)
        self._wake()
        return known

    def _block(self, seconds: float | None, now: float, horizon: float) -> None:
        if seconds is not None and seconds <= horizon:
            self._blocked_until = max(self._blocked_until, now + seconds)

    def _learn_requests(self, own: RateLimit, now: float) -> None:
        assert own.remaining is not None
        ends = None if own.reset is None else now + own.reset
        if ends is not None and self._ends is not None and ends < self._ends - _SAME_WINDOW:
            return  # a late reply of the window before
        same = self._ends is not None and (ends is None or ends <= self._ends + _SAME_WINDOW)
        if not same or self._remaining is None or own.remaining < self._remaining:
            self._remaining = own.remaining
        self._ends = ends if ends is not None else self._ends
        self._guessed = self._ramp = None
        # Without its header, the limit is at least what remained before this call.
        self._limit = own.limit or max(self._limit or 0, own.remaining + 1)

    def _refuse(self, now: float, asked: float) -> None:
        """Learn from a refusal without figures."""
        passed = self._passed_since(now - max(asked, _SPAN))
        if not self._refused:
            self._asked = asked
            again = self._guessed is not None or now < self._watched_until
            self._guessed = asked if again and (passed or self._limit) else None
        self._refused = True
        self._ramp = None
        if self._guessed is not None:
            self._limit = passed or self._limit
            self._proven = self._limit or 0
            self._remaining = 0
            self._ends = now + asked

    def _passed_since(self, since: float) -> int:
        return sum(1 for _ in takewhile(lambda at: at > since, reversed(self._passes)))

    def _closed_for(self, now: float) -> tuple[float, bool]:
        """Seconds for which the service would refuse every call, and whether that is a guess.

        0 or less: none that is known.
        """
        if self._ends is not None and now >= self._ends:
            self._begin_window(now)
        elif self._refused and self._guessed is None and now >= self._blocked_until:
            self._go_on(now)
        wait = self._blocked_until - now
        if self._remaining is not None and self._remaining <= 0 and self._ends is not None:
            left = self._ends - now
            if left > wait:
                return left, self._guessed is not None
        return wait, False

    def _begin_window(self, now: float) -> None:
        assert self._ends is not None
        if self._guessed is not None and now >= self._ends + self._guessed:
            self._guessed = self._limit = None  # a whole window long nothing was sent
        if self._guessed is not None and self._limit is not None and not self._refused:
            self._proven = max(self._proven, self._passed_since(self._began))
            self._limit *= 2  # nothing was refused: the guess was too low, or is out of date
        self._began = now
        self._ends = None if self._guessed is None else now + self._guessed
        self._remaining = self._limit
        self._refused = False

    def _go_on(self, now: float) -> None:
        """Start again after the wait that one refusal requested."""
        self._refused = False
        if now < self._blocked_until + self._asked:
            self._watched_until = self._blocked_until + 2 * self._asked
            self._ramp = self._pending + 1
            self._ramp_grows = now + min(self._asked, _SETTLED)

    def _grow(self, by: int) -> None:
        if self._ramp is not None:
            self._ramp = self._ramp + by if self._ramp < _RAMPED else None

    def _crowded_for(self, now: float, rank: int) -> float:
        """Seconds for which the service may accept no more than the running calls."""
        if self._ramp is not None and now >= self._ramp_grows:  # a refusal would have come by now
            self._ramp_grows = now + min(self._asked, _SETTLED)
            self._grow(self._ramp)
        if self._ramp is not None and self._pending >= self._ramp:
            return self._ramp_grows - now
        if self._remaining is None:
            return 0.0
        spare = self._remaining - self._pending
        unproven = (self._limit or 0) - self._proven if self._guessed is not None and rank else 0
        if spare > unproven or (self._pending == 0 and not unproven):
            return 0.0
        return math.inf if self._ends is None else self._ends - now

    async def _wait(self, seconds: float) -> None:
        """Return after so many seconds, or when something was learned."""
        try:
            async with asyncio.timeout(None) as self._nap:
                if seconds == math.inf:
                    await asyncio.get_running_loop().create_future()
                else:
                    await self._clock.sleep(seconds)
        except TimeoutError:
            pass  # woken
        finally:
            self._nap = None

    def _wake(self) -> None:
        nap, self._nap = self._nap, None
        if nap is not None:
            nap.reschedule(asyncio.get_running_loop().time())
