"""The settings of a client: their defaults, and those that are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twelvelabs_async import ConfigurationError
from twelvelabs_async.options import Retry, Timeouts


def test_without_a_timeout_the_defaults_hold() -> None:
    assert Timeouts.of(None) == Timeouts() == Timeouts(10.0, 300.0, 60.0, 600.0)


@given(st.floats(min_value=0, exclude_min=True, allow_nan=False) | st.integers(1, 10**6))
def test_a_number_is_the_deadline_of_a_call(seconds: float) -> None:
    assert Timeouts.of(seconds) == Timeouts()._replace(total=float(seconds))


@pytest.mark.parametrize(
    "timeouts", [Timeouts(), Timeouts(None, None, None, None), Timeouts(0.001), Timeouts(total=1e9)]
)
def test_timeouts_are_taken_as_they_are(timeouts: Timeouts) -> None:
    assert Timeouts.of(timeouts) == timeouts


@pytest.mark.parametrize("seconds", [0, -1, -0.001, math.nan, -math.inf])
@pytest.mark.parametrize("name", Timeouts._fields)
def test_a_time_that_is_none_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be above 0"):
        Timeouts.of(Timeouts()._replace(**{name: seconds}))
    with pytest.raises(ConfigurationError, match="total must be above 0"):
        Timeouts.of(seconds)


@pytest.mark.parametrize("retry", [Retry(), Retry(0), Retry(50, 0, 0, 0), Retry(max_wait=math.inf)])
def test_retries_within_bounds_are_taken(retry: Retry) -> None:
    assert retry.checked() == retry


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_retries": -1},
        {"backoff": -0.1},
        {"backoff": math.nan},
        {"backoff_max": -1},
        {"max_wait": math.nan},
        {"max_wait": -1},
    ],
)
def test_retries_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="must be 0 or more"):
        Retry(**wrong).checked()
