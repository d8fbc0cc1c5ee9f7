"""The bounds of the sandbox's clock."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.support.sandbox_api import serving
from twelvelabs_async.sandbox import Clock, Sandbox
from twelvelabs_async.sandbox.clock import http_date, timestamp

ABSURD = [math.nan, math.inf, -math.inf, -1, -1e-9, 1e12, 1e308, 10**400]
NO_NUMBERS: list[Any] = ["10", None, True, b"1", [1]]


@pytest.mark.parametrize("seconds", ABSURD)
def test_an_absurd_advance_is_refused_and_the_clock_stays(seconds: float) -> None:
    with Sandbox(speed=0) as sandbox:
        before = sandbox.now()
        with pytest.raises(ValueError, match="the clock"):
            sandbox.advance(seconds)
        assert sandbox.now() == before


@pytest.mark.parametrize("speed", ABSURD)
def test_an_absurd_speed_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Sandbox(speed=speed)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="number"):
        Clock(value)
    with pytest.raises(TypeError, match="number"):
        Clock(0).advance(value)


@pytest.mark.anyio
async def test_it_answers_at_the_end_of_time() -> None:
    async with serving(speed=0) as api:
        step = 100 * 365 * 86400.0
        for _ in range(69):
            api.sandbox.advance(step)
        with pytest.raises(ValueError, match="year 9000"):
            api.sandbox.advance(step)
        index = await api.index()
        assert (await api("GET", f"/indexes/{index}"))["created_at"].startswith("89")
        body = {"filename": "a.mp4", "type": "video", "total_size": 2000}
        await api("POST", "/assets/multipart-uploads", 201, json=body)


def test_a_fast_clock_stops_before_years_have_five_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1e6)
    passed = clock._line.started + 1e9  # thirty years later
    monkeypatch.setattr("time.monotonic", lambda: passed)
    assert timestamp(clock.now()) == "9000-01-01T00:00:00.000Z"


def test_times_past_the_last_year_are_written_as_its_end() -> None:
    assert timestamp(1e300).startswith("9999-12-31")
    assert http_date(math.inf).startswith("Fri, 31 Dec 9999")


def test_many_small_steps_lead_to_where_a_large_one_does() -> None:
    clock = Clock(0)
    start = clock.now()
    for _ in range(600):
        clock.advance(0.1)
    assert clock.now() == start + sum([0.1] * 600)
    clock.change(speed=1)
    clock.change(speed=0)
    assert start + 60 - 0.001 < clock.now() < start + 70
