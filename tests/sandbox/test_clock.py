"""The bounds of the sandbox's clock."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
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


@pytest.mark.anyio
@pytest.mark.parametrize(
    "move",
    [{"advance": 3 * 86_400}, {"set": "2040-01-01T00:00:00Z"}, {"speed": 1e6}, {"advance": 0}],
    ids=str,
)
@pytest.mark.parametrize("speed", [0, 1])
async def test_a_clock_never_runs_back_between_runs(
    move: dict[str, Any], speed: float, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("first", "killed", "reset")]
    last = 0.0
    for folder, following in pairwise(folders):
        async with serving(data=folder, speed=speed) as api:
            assert api.sandbox.now() >= last
            if not last:
                api.sandbox.clock.change(**move)
            made = await api("GET", f"/indexes/{await api.index(folder.name)}")
            last = datetime.fromisoformat(made["created_at"]).timestamp()
            # As if it were killed here.
            shutil.copytree(folder, following)
    async with serving(data=folders[-1]) as api:
        assert api.sandbox.now() >= last
        assert [each["index_name"] for each in (await api("GET", "/indexes"))["data"]] == [
            *("killed", "first")
        ]
        await asyncio.to_thread(api.sandbox.reset)
    with Sandbox(data=folders[-1]) as sandbox:
        assert sandbox.now() < time.time() + 10


def test_a_clock_that_nobody_moves_gains_nothing() -> None:
    clock = Clock()
    assert (clock.ahead, clock.controlled) == (0.0, False)
    clock.advance(60)
    clock.change(speed=2)
    clock.change(speed=1)
    gained = clock.ahead
    assert gained >= 60
    assert clock.ahead == gained
    clock.reset()
    assert clock.ahead == 0.0


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
