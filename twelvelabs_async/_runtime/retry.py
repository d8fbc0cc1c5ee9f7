"""When a call is retried: one table, no I/O."""

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
"""The service refused the call: a create is retried too."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""Transient: what is safe to repeat is retried."""


def nothing_sent(error: BaseException) -> bool:
    """Whether the failure came before the request left."""
    return isinstance(error, ConnectError) or (
        isinstance(error, RequestTimeoutError) and error.phase == "connect"
    )


def is_retried(error: TwelveLabsError, repeatable: bool) -> bool:
    """Whether a call that failed so is retried.

    A call that is not repeatable (a create) is retried only if it cannot have been carried out. A
    409 is never retried, since the resource's state does not change by itself, nor is a reply that
    cannot be decoded, since the next one would be the same.
    """
    if isinstance(error, ApiError):
        return error.status_code in (TRANSIENT if repeatable else REFUSED)
    if isinstance(error, TransportError):
        return repeatable or nothing_sent(error)
    return False


def maybe_done(error: BaseException) -> bool:
    """Whether a write that failed so may still have been carried out."""
    if isinstance(error, ApiError):
        status = error.status_code or 0
        return status < 300 or status == 408 or (status >= 500 and status not in REFUSED)
    return not nothing_sent(error)


def delay(error: TwelveLabsError, attempt: int, retry: Retry, clock: Clock) -> float | None:
    """Seconds to wait after attempt number `attempt` (from 0); None: do not retry.

    A requested wait replaces the backoff; jitter is added, so that many clients do not return
    together. A wait beyond the bound is None: the error is raised.
    """
    asked = error.retry_after if isinstance(error, ApiError) else None
    # The exponent is bounded, since a patient caller's would overflow.
    most = min(retry.backoff_max, retry.backoff * 2.0 ** min(attempt, 64))
    jitter = clock.random() * most
    if asked is None:
        return jitter
    return asked + jitter if asked <= retry.max_wait else None
