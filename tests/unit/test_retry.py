"""The retry table as a function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import VirtualClock
from twelvelabs_async._runtime.retry import REFUSED, TRANSIENT, delay, is_retried, maybe_done
from twelvelabs_async.errors import (
    ApiError,
    ConfigurationError,
    ConnectError,
    DecodeError,
    RequestTimeoutError,
    TransportError,
    TwelveLabsError,
    error_class,
)
from twelvelabs_async.options import Retry


def api(status: int, retry_after: float | None = None) -> ApiError:
    return error_class(status)("no", status_code=status, retry_after=retry_after)


@given(st.integers(300, 599))
def test_a_create_is_sent_again_only_when_it_was_refused(status: int) -> None:
    assert is_retried(api(status), False) == (status in REFUSED)
    assert is_retried(api(status), True) == (status in TRANSIENT)
    # Never is one sent again that may have been carried out.
    assert not (is_retried(api(status), False) and maybe_done(api(status)))


@pytest.mark.parametrize(
    ("error", "create", "repeatable", "doubt"),
    [
        (ConnectError("no"), True, True, False),
        (RequestTimeoutError("no", phase="connect"), True, True, False),
        (RequestTimeoutError("no", phase="read"), False, True, True),
        (RequestTimeoutError("no", phase="write"), False, True, True),
        (TransportError("no"), False, True, True),
        (DecodeError("no"), False, False, True),
    ],
    ids=repr,
)
def test_failures(error: TwelveLabsError, create: bool, repeatable: bool, doubt: bool) -> None:
    assert is_retried(error, False) == create
    assert is_retried(error, True) == repeatable
    assert maybe_done(error) == doubt


@given(
    st.integers(0, 100_000),
    st.floats(0, 1),
    st.none() | st.floats(0, 1e12),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0, 1e6),
)
def test_a_wait_is_within_its_bounds(
    attempt: int, chance: float, asked: float | None, backoff: float, most: float, max_wait: float
) -> None:
    retry = Retry(backoff=backoff, backoff_max=most, max_wait=max_wait)
    wait = delay(api(429, asked), attempt, retry, VirtualClock(chance))
    if asked is not None and asked > max_wait:
        assert wait is None
    else:
        assert wait is not None
        assert (asked or 0) <= wait <= (asked or 0) + most


@pytest.mark.parametrize(
    "wrong",
    [Retry(max_retries=-1), Retry(backoff=-1), Retry(backoff_max=float("nan")), Retry(max_wait=-1)],
)
def test_settings_out_of_bounds_are_refused(wrong: Retry) -> None:
    with pytest.raises(ConfigurationError):
        wrong.checked()
