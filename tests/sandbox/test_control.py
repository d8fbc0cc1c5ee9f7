"""Control over HTTP: the clock, faults, limits and answers, as the Python objects have them."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control_api import Control
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Faults, Limits, Sandbox, Settings, Timings
from twelvelabs_async.sandbox.control import faults as fault_calls
from twelvelabs_async.sandbox.control.app import CALLS


@pytest.fixture
def control(api: Api) -> Control:
    return Control(api)


@pytest.fixture
async def still() -> AsyncIterator[Api]:
    """A sandbox whose clock only its user moves."""
    async with serving(speed=0, timings=Timings()) as api:
        yield api


async def test_health_needs_no_key(control: Control) -> None:
    found = await control("GET", "health")
    assert found["status"] == "ok"
    datetime.fromisoformat(found["time"])


async def test_the_clock_is_moved_set_and_given_a_speed(still: Api) -> None:
    control, sandbox = Control(still), still.sandbox
    before = await control("GET", "clock")
    assert before["speed"] == 0
    after = await control("POST", "clock", json={"advance": 60})
    assert after["seconds"] == before["seconds"] + 60 == sandbox.now()
    shown = datetime.fromisoformat(after["time"]).timestamp()
    assert shown == pytest.approx(after["seconds"], abs=0.001)
    later = "2035-01-31T12:00:00+01:00"
    assert (await control("POST", "clock", json={"set": later}))["time"].startswith("2035-01-31T11")
    seconds = datetime.fromisoformat("2036-01-01T00:00:00Z").timestamp()
    found = await control("POST", "clock", json={"set": seconds, "advance": 5, "speed": 1000})
    assert found["speed"] == sandbox.clock.speed == 1000
    assert found["time"].startswith("2036-01-01T00:00:0")
    assert found["seconds"] >= seconds + 5


ABSURD_CLOCKS: list[Any] = [
    {},
    {"advance": -1},
    {"advance": 1e300},
    {"advance": "60"},
    {"speed": 1e7},
    {"speed": -1},
    {"set": "yesterday"},
    {"set": "2000-01-01T00:00:00Z"},
    {"set": "2000-01-01T00:00:00"},
    {"set": 1e15},
    {"set": "2035-01-01T00:00:00Z", "advance": 1e12},
    {"later": 1},
    [],
    "60",
]


async def test_an_absurd_change_of_the_clock_changes_nothing(still: Api) -> None:
    control = Control(still)
    before = await control("GET", "clock")
    for body in ABSURD_CLOCKS:
        assert await control.refused(400, "POST", "clock", json=body)
    assert await control("GET", "clock") == before


def test_the_clock_is_set_in_python_too() -> None:
    from twelvelabs_async.sandbox import Clock

    clock = Clock(0)
    clock.set(datetime(2035, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2035, 1, 1, tzinfo=UTC).timestamp()
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2036, 1, 1))  # noqa: DTZ001  # that it has none is the point
    with pytest.raises(ValueError, match="can be set to a time from"):
        clock.set(0)
    clock.reset()
    assert clock.now() < datetime(2035, 1, 1, tzinfo=UTC).timestamp()
    assert not clock.controlled or clock.speed == 0


async def test_a_moved_clock_lets_work_be_done(still: Api, film: Path) -> None:
    control = Control(still)
    asset = await still.asset(film)
    assert (await still("GET", f"/assets/{asset}"))["status"] == "processing"
    await control("POST", "clock", json={"advance": 60})
    assert (await still("GET", f"/assets/{asset}"))["status"] == "ready"


async def test_a_fault_applies_to_the_calls_it_is_for(api: Api, control: Control) -> None:
    fault = {"method": "GET", "path": "/indexes", "status": 503, "body": {"code": "x"}, "times": 2}
    made = await control("POST", "faults", json=fault)
    await api("GET", "/assets")
    for _ in range(2):
        assert await api("GET", "/indexes", 503) == {"code": "x"}
    await api("GET", "/indexes")
    (shown,) = (await control("GET", "faults"))["faults"]
    assert (shown["id"], shown["hits"], shown["seen"]) == (made["id"], 2, 3)
    # What was asked for is what Python says of it.
    (own,) = api.sandbox.faults.all()
    assert (own.id, own.hits) == (made["id"], 2)
    await control("DELETE", f"faults/{made['id']}")
    assert await control.refused(404, "DELETE", f"faults/{made['id']}")
    assert (await control("GET", "faults"))["faults"] == []


async def test_a_faults_bytes_come_in_base64(api: Api, control: Control) -> None:
    raw = b"\x00\xff{"
    encoded = base64.b64encode(raw).decode()
    await control("POST", "faults", json={"path": "/indexes", "body_base64": encoded})
    url, headers = api.sandbox.base_url + "/indexes", {"x-api-key": api.sandbox.api_key}
    async with api.session.get(url, headers=headers) as reply:
        assert await reply.read() == raw
    await control("POST", "faults", json={"path": "/x", "line": 1, "put_base64": encoded})
    (_, fault) = api.sandbox.faults.all()
    assert getattr(fault, "put", None) == raw
    both = {"body": "a", "body_base64": encoded}
    assert "together" in await control.refused(400, "POST", "faults", json=both)
    assert "base64" in await control.refused(400, "POST", "faults", json={"put_base64": "?"})


async def test_jobs_are_held_and_failed(still: Api, film: Path) -> None:
    control = Control(still)
    await control(
        "POST", "faults", json={"hold": {"kind": "analyze.task", "state": "pending", "times": None}}
    )
    asset = await still.asset(film)
    await control("POST", "clock", json={"advance": 60})
    body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "What?"}

    async def made() -> str:
        task = await still("POST", "/analyze/tasks", 202, json=body)
        return f"/analyze/tasks/{task['task_id']}"

    held = await made()
    await control("POST", "clock", json={"advance": 3600})
    assert (await still("GET", held))["status"] == "pending"
    # Who takes the fault away lets the jobs go on that it holds.
    await control("DELETE", "faults")
    await control("POST", "clock", json={"advance": 60})
    assert (await still("GET", held))["status"] == "ready"
    fails = {"kind": "analyze.task", "code": "no_luck", "message": "No luck."}
    await control("POST", "faults", json={"fail": fails})
    failing = await made()
    await control("POST", "clock", json={"advance": 60})
    shown = await still("GET", failing)
    assert (shown["status"], shown["error"]) == (
        "failed",
        {"code": "no_luck", "message": "No luck."},
    )


async def test_webhooks_are_spoiled(api: Api, control: Control) -> None:
    await control("POST", "faults", json={"spoil_webhooks": {"kind": "late", "seconds": 60}})
    (shown,) = (await control("GET", "faults"))["faults"]
    assert (shown["type"], shown["kind"], shown["seconds"]) == ("webhook", "late", 60)
    assert api.sandbox.faults.match_webhook("any", late=True)


REFUSED_FAULTS: list[Any] = [
    {"nth": 0},
    {"nth": 1.5},
    {"times": -1},
    {"times": 1e300},
    {"chance": 1.01},
    {"delay": -1},
    {"delay": 1e9},
    {"status": 99},
    {"status": 1000},
    {"status": "503"},
    {"share": 2},
    {"line": -1},
    {"path": "("},
    {"path": "a" * 1001},
    {"path": None},
    {"end": "explode"},
    {"origin": "elsewhere"},
    {"headers": {"X-A": "a\r\nSet-Cookie: b"}},
    {"headers": {"X-A": "a\x7f"}},
    {"headers": {"X-A": "\x0b"}},
    {"headers": {"X A": "a"}},
    {"headers": {"X-A": 1}},
    {"after": "yes"},
    {"method": ""},
    {"method": "GET /search"},
    {"statsu": 503},
    {"hold": {"kind": "analyze.task"}},
    {"hold": {"kind": "analyze.task", "state": "in_progress"}},
    {"hold": {"kind": "nothing", "state": "queued"}},
    {"hold": {"kind": "analyze.task", "state": "queued"}, "status": 503},
    {"fail": {"kind": "analyze.task", "message": None}},
    {"spoil_webhooks": {"kind": "late", "seconds": -1}},
    {"spoil_webhooks": {"kind": "late"}, "fail": {"kind": "analyze.task"}},
    [],
    None,
]


async def test_what_is_no_fault_is_refused(control: Control) -> None:
    for body in REFUSED_FAULTS:
        raw = json.dumps(body).encode()
        how: Any = {"data": raw, "headers": {"Content-Type": "application/json"}}
        assert await control.refused(400, "POST", "faults", **how)
    assert (await control("GET", "faults"))["faults"] == []


NAN = float("nan")
ENDLESS: list[Any] = []
ENDLESS += [ENDLESS, ENDLESS]
DEEP = reduce(lambda inner, _: [inner], range(5_000), list[Any]())


@pytest.mark.parametrize(
    "wrong",
    [
        {"chance": NAN},
        {"delay": NAN},
        {"delay": float("inf")},
        {"share": NAN},
        {"nth": True},
        {"times": 1.0},
        {"body": {"a": NAN}},
        {"body": object()},
        {"headers": {"A": 1}},
        {"headers": {"A": "\ud800"}},
        {"path": "\ud800"},
        {"after": "no"},
        {"after": 1},
        {"headers": [("A", "b")]},
        {"body": ENDLESS},
        {"body": DEEP},
        {"body": [0] * 200_001},
        {"put": 5},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_python_refuses_absurd_faults_as_well(wrong: Any) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=next(iter(wrong))[:-1]):
        faults.add(**wrong)
    assert faults.all() == []


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("fail", {"kind": "analyze.task", "message": None}),
        ("fail", {"kind": "analyze.task", "code": "\ud800"}),
        ("fail", {"kind": "analyze.task", "message": "\ud800"}),
        ("hold", {"kind": "analyze.task", "state": "queued", "custom_id": "\ud800"}),
        ("spoil_webhooks", {"kind": "late", "event": "\ud800"}),
    ],
)
def test_python_refuses_texts_that_cannot_be_written(method: str, wrong: Any) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=f"{[*wrong][-1]} is .*must (not have halves|be a str)"):
        getattr(faults, method)(**wrong)
    assert faults.all() == []


def test_faults_by_http_have_the_keywords_of_python() -> None:
    (add,) = [call for call in fault_calls.calls if call.method == "POST"]
    assert add.body is not None
    properties = dict(add.body["properties"])
    for name in ("hold", "fail", "spoil_webhooks"):
        signature = inspect.signature(getattr(Faults, name))
        assert {"self", *properties.pop(name)["properties"]} == {*signature.parameters}
    extra = {"body_base64", "put_base64"}
    assert {"self", *properties} == {*inspect.signature(Faults.add).parameters} | extra


async def test_limits_are_set_shown_and_lifted(api: Api, control: Control) -> None:
    shown = await control(
        "PUT", "limits", json={"upload": {"requests": 1.0}, "all": {"requests": 3, "window": 10}}
    )
    assert shown["upload"] == {
        "requests": 1,
        "window": 60,
        "retry_after": True,
        "body": None,
        "used": 0,
    }
    await api("GET", "/indexes")
    assert (await control("GET", "limits"))["all"]["used"] == 1
    await api("GET", "/indexes")
    await api("GET", "/indexes")
    assert api.headers["X-RateLimit-Request-Remaining"] == "0"
    await api("GET", "/indexes", 429)
    assert "Retry-After" in api.headers
    # Control calls count nowhere, and a refusal changes nothing.
    assert await control.refused(400, "PUT", "limits", json={"serch": {"requests": 1}})
    await api("GET", "/indexes", 429)
    assert await control("PUT", "limits", json={}) == {}
    await api("GET", "/indexes")


NO_LIMITS: list[Any] = [
    {},
    {"requests": -1},
    {"requests": 1.5},
    {"requests": 1e300},
    {"requests": 1, "window": 0},
    {"requests": 1, "window": 1e300},
    {"requests": 1, "body": "long"},
    {"requests": 1, "retry_after": None},
    {"requests": 1, "retry_after": 1},
    {"requests": 1, "limit": 1},
    5,
    None,
]


async def test_what_is_no_limit_is_refused(api: Api, control: Control) -> None:
    good = {"requests": 5}
    for limit in NO_LIMITS:
        assert await control.refused(400, "PUT", "limits", json={"search": good, "embed": limit})
        with pytest.raises((ValueError, TypeError)):
            api.sandbox.limits.set({"search": good, "embed": limit})
        assert api.sandbox.limits.all() == {}
    for limits in (None, 5, [("search", good)]):
        with pytest.raises(ValueError, match="limits"):
            api.sandbox.limits.set(limits)  # type: ignore[arg-type]  # that it is none is the point


@pytest.mark.parametrize("wrong", [None, 5, "nothing"])
def test_what_is_not_there_is_not_removed(wrong: Any) -> None:
    sandbox = Sandbox()
    try:
        with pytest.raises(LookupError):
            sandbox.faults.remove(wrong)
        with pytest.raises(LookupError):
            sandbox.webhooks.delete(wrong)
    finally:
        sandbox.close()


@pytest.mark.parametrize("wrong", [{"settings": 5}, {"settings": 0}, {"timings": "none"}])
def test_what_is_no_settings_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sandbox(**wrong)


def test_limits_by_http_have_the_keywords_of_python() -> None:
    (put,) = [call for call in CALLS if (call.method, call.path) == ("PUT", "/limits")]
    assert put.body is not None
    names = {"self", "category", *put.body["additionalProperties"]["properties"]}
    assert names == {*inspect.signature(Limits.allow).parameters}


async def test_the_day_of_a_tier_is_a_limit_too() -> None:
    async with serving(settings=Settings(tier="free")) as api:
        control = Control(api)
        shown = await control("GET", "limits")
        assert shown["search, daily"]["requests"] == 3000
        given = {
            name: {key: value for key, value in limit.items() if key != "used"}
            for name, limit in shown.items()
        }
        assert await control("PUT", "limits", json=given) == shown
        assert api.sandbox.limits.all()["responses, daily"].code == "plan_limit_exceeded"


async def test_answers_are_set_by_pattern(api: Api, control: Control, film: Path) -> None:
    asset = await api.asset(film)
    answers = {"text": "Else.", "colou?rs": {"title": "Red"}}
    assert await control("PUT", "answers", json=answers) == answers
    assert await control("GET", "answers") == answers == api.sandbox.answers.all()
    body = {"video": {"type": "asset_id", "asset_id": asset}, "stream": False}
    for prompt, said in (("What?", "Else."), ("Which colours?", '{\n  "title": "Red"\n}')):
        assert (await api("POST", "/analyze", json={**body, "prompt": prompt}))["data"] == said
    refused: list[Any] = [{"(": "a"}, {"text": None}, {"a" * 1001: "a"}, [], "text"]
    for wrong in refused:
        assert await control.refused(400, "PUT", "answers", json=wrong)
    assert await control("GET", "answers") == answers
    assert await control("PUT", "answers", json={}) == {}
