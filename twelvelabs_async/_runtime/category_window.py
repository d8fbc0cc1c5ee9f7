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
_UNTRIED = 3  # windows after which calls that were refused try what no other call does
_SAME_WINDOW = 2.0  # seconds by which two replies may differ on when one window ends


class CategoryWindow:
    """What is known of one category's limit, on this side's monotonic clock.

    A call may go while `remaining`, the least that a reply of this window gave, is above the number
    of calls without a reply yet: the service may or may not have counted those. A call that waits
    for a connection after that asks again when it has one, since more may be known by then.

    Where no header gives a limit, calls continue after the wait that a refusal requests: one
    first, and twice as many with each reply, since one refusal says little. When the service
    refuses again although something went well, the limit is guessed: as many calls as went well
    lately in as many seconds as the service asked to wait, and fewer when a guess was refused. A
    guess never holds a call for longer than that, doubles with every window in which nothing is
    refused, and is forgotten after one in which nothing was sent. When what it was doubled to is
    refused, more windows must pass before the next time. It fails no call; and what is more than
    went well before is tried by calls that were never refused, since the others have few attempts
    left.
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
        self._refused = False
        self._refused_at = -math.inf
        self._asked = 0.0
        self._passes: deque[float] = deque(maxlen=_MOST_PASSES)
        self._first_pass = math.inf
        self._passed = 0
        """How many calls went well since the window began, or since the requested wait."""
        # A guess
        self._guessed: float | None = None
        """The length of the guessed window in seconds; None where the limit is known or unknown."""
        self._is_dated = False
        """Whether a reply has shown that the guessed window has begun on the service's side."""
        self._most = math.inf
        """What the next guess must not exceed, since more was refused."""
        self._proven = 0
        """The part of a guessed limit that went well before."""
        self._raised = False
        """Whether the guessed limit is above that."""
        self._patience = 1
        """How many windows without a refusal precede the next doubling."""
        self._clean = 0
        """How many there were."""
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
                self._pass(now)
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

    def _pass(self, now: float) -> None:
        """Learn from a success without figures."""
        self._first_pass = min(self._first_pass, now)
        self._passes.append(now)
        self._passed += 1
        if self._guessed is not None and not self._refused and not self._is_dated:
            # The service's window began between this call's start and now. What is sent a moment
            # too early is refused, so now counts.
            self._ends = now + self._guessed
            self._is_dated = True

    def _refuse(self, now: float, asked: float) -> None:
        """Learn from a refusal without figures."""
        if not self._refused:
            self._asked = asked
            self._refused_at = now
            before, self._guessed = self._guessed, None
            if not self._passed:  # the service refuses everything for now: that is no rate
                if before is not None:
                    self._limit = self._remaining = self._ends = None
            elif before is not None:
                self._guessed = asked
                kept = self._proven if self._raised else max(self._passed, self._proven / 4)
                self._most = kept * asked / before
            elif now < self._watched_until:
                self._guessed = asked
                self._most = math.inf
        self._refused = True
        self._ramp = None
        if self._guessed is not None:
            self._remaining = 0
            self._ends = now + asked

    def _guess(self, seconds: float) -> None:
        """Guess how many calls go well in so many seconds, now that more were refused."""
        since = max(self._first_pass, self._refused_at - max(4 * seconds, _SPAN))
        share = min(1.0, seconds / max(self._refused_at - since, _SETTLED))
        if self._raised:
            self._patience = max(1, min(2 * self._patience, int(_SPAN / seconds)))
        guess = min(self._passed_since(since) * share, self._most)
        self._limit = self._proven = max(1, math.ceil(guess))
        self._raised, self._clean = False, 0

    def _raise(self, limit: int) -> None:
        """Double the guess, unless it was too high of late."""
        self._clean += 1
        if self._raised and self._passed <= self._proven and self._clean < _UNTRIED:
            return  # what was added is not tried yet: only calls that were refused are waiting
        if self._raised:
            self._patience = 1
        if self._raised or self._clean >= self._patience:
            self._proven, self._limit = limit, 2 * limit
            self._raised, self._clean = True, 0

    def _passed_since(self, since: float) -> int:
        return sum(1 for _ in takewhile(lambda at: at >= since, reversed(self._passes)))

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
        if self._guessed is not None:
            if self._refused or self._limit is None:
                self._guess(self._guessed)
            else:
                self._raise(self._limit)
        self._passed = 0
        self._is_dated = False
        self._ends = None if self._guessed is None else now + self._guessed
        self._remaining = self._limit
        self._refused = False

    def _go_on(self, now: float) -> None:
        """Start again after the wait that one refusal requested."""
        self._refused = False
        self._passed = 0
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
