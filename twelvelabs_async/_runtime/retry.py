"""When a call is sent again: one table, no I/O."""

from __future__ import annotations

from ..errors import (
    ApiError,
    ConnectError,
    RequestTimeoutError,
    TransportError,
    TwelveLabsError,
)
from ..options import Retry
from .clock import Clock

__all__ = ["REFUSED", "TRANSIENT", "delay", "is_retried", "maybe_done"]

REFUSED = frozenset({429, 503})
"""The service did not take the call on: also a create is sent again."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""May go away by itself: what is safe to repeat is sent again."""


def nothing_sent(error: BaseException) -> bool:
    """Whether the failure came before the request left."""
    return isinstance(error, ConnectError) or (
        isinstance(error, RequestTimeoutError) and error.phase == "connect"
    )


def is_retried(error: TwelveLabsError, repeatable: bool) -> bool:
    """Whether a call that failed so is sent again.

    A call that is not repeatable (a create) is sent again only where it cannot have been carried
    out. 409 never: the resource's state is as it is. An answer that cannot be read never: the next
    would be no better.
    """
    if isinstance(error, ApiError):
        return error.status_code in (TRANSIENT if repeatable else REFUSED)
    if isinstance(error, TransportError):
        return repeatable or nothing_sent(error)
    return False


def maybe_done(error: BaseException) -> bool:
    """Whether a write that failed so may have been carried out all the same."""
    if isinstance(error, ApiError):
        status = error.status_code or 0
        return status < 300 or status == 408 or (status >= 500 and status not in REFUSED)
    return not nothing_sent(error)


def delay(error: TwelveLabsError, attempt: int, retry: Retry, clock: Clock) -> float | None:
    """For how many seconds to wait after attempt number `attempt` (from 0); None: do not.

    What the service asks for is kept to, with the jitter on top so that many waiting clients do
    not return at once; a wait beyond the bound is not begun.
    """
    asked = error.retry_after if isinstance(error, ApiError) else None
    # The exponent is bounded, since a patient caller's would overflow.
    most = min(retry.backoff_max, retry.backoff * 2.0 ** min(attempt, 64))
    jitter = clock.random() * most
    if asked is None:
        return jitter
    return asked + jitter if asked <= retry.max_wait else None
