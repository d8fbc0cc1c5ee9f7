"""Webhooks: what is sent when a job ends, how it is signed, and how often."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.receivers import Receiver, receiving
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import DecodeError, WebhookSignatureError, webhooks
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.settings import RETRY_SCHEDULE

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
STOPPED = Timings(queued=1, pending=1, analysis=1, batch=1)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def register(api: Api, receiver: Receiver, **more: Any) -> str:
    """The secret that signs what the receiver gets."""
    receiver.secret = api.sandbox.webhooks.register(receiver.url, **more).secret
    return receiver.secret


async def analyze(api: Api, asset: str, **more: Any) -> str:
    """The id of a new analysis."""
    body = {
        "video": {"type": "asset_id", "asset_id": asset},
        "model_name": "pegasus1.6",
        "prompt": "What happens?",
        **more,
    }
    return str((await api("POST", "/analyze/tasks", 202, json=body))["task_id"])


async def settled(api: Api, task: str, path: str = "/analyze/tasks") -> list[dict[str, Any]]:
    """The deliveries that a job shows once none of them is on its way."""
    async with asyncio.timeout(60):
        while True:
            shown: list[dict[str, Any]] = (await api("GET", f"{path}/{task}")).get("webhooks", [])
            if shown and all(each["attempts"] for each in shown):
                return shown
            await all_sent(api)


async def attempts(api: Api, count: int) -> None:
    """Until so many attempts have ended."""
    async with asyncio.timeout(60):
        while len(api.sandbox.webhooks.deliveries) < count:
            await all_sent(api)


async def all_sent(api: Api) -> None:
    """Until the sandbox has sent what is due by its clock, and has heard what became of it."""
    notifier, loop = api.sandbox._context.notifier, api.sandbox._loop
    assert loop is not None

    async def look() -> None:
        notifier._woken.set()
        while notifier._woken.is_set():  # noqa: ASYNC110  # it is cleared before each look
            await asyncio.sleep(0)
        await asyncio.gather(*notifier._sending.values())

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(look(), loop))


@BOTH
async def test_an_analysis_sends_an_event_and_shows_it(
    api: Api, kind: Kind, receiver: Receiver, small_film: Path
) -> None:
    asset = await api.asset(small_film)
    register(api, receiver)
    task = await analyze(api, asset, custom_id="mine-1")
    await receiver.wait(1)
    (event,) = receiver.events
    assert isinstance(event, webhooks.AnalyzeTaskReadyWebhookEvent)
    assert re.fullmatch(r"whe_[0-9a-f-]{36}", event.id)
    assert (event.data.id, event.data.custom_id, event.data.status) == (task, "mine-1", "ready")
    assert event.data.video_source is not None
    assert event.data.video_source.asset_id == asset
    assert event.data.video_source.system_metadata is not None
    assert event.data.video_source.system_metadata.duration == pytest.approx(5, abs=0.2)
    assert receiver.bodies[0]["data"].keys() == {
        *("id", "custom_id", "created_at", "status", "video_source"),
    }
    assert await settled(api, task) == [{"url": receiver.url, "delivered": True, "attempts": 1}]
    async with client_of(api, kind) as client:
        (shown,) = (await client.analyze_async.tasks.retrieve(task)).webhooks
        assert (shown.url, shown.delivered, shown.attempts, shown.last_error) == (
            *(receiver.url, True, 1),
            None,
        )


async def test_the_signature_is_of_the_present(receiver: Receiver, small_film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(small_film)
        api.sandbox.advance(10 * 86_400)
        register(api, receiver, secret="a secret of mine")
        assert receiver.secret == "a secret of mine"
        before = int(time.time())
        await analyze(api, asset)
        await receiver.wait(1)
        _, headers = receiver.came[0]
        found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["TL-Signature"])
        assert found is not None
        assert before <= int(found[1]) <= time.time()
        assert headers["Content-Type"] == "application/json"
        assert "x-api-key" not in {name.lower() for name in headers}
        with pytest.raises(WebhookSignatureError):
            webhooks.unwrap(*receiver.came[0], "another secret")


async def test_a_failed_and_a_canceled_analysis_send_their_events(
    receiver: Receiver, small_film: Path
) -> None:
    async with serving(speed=0, timings=STOPPED) as api:
        asset = await api.asset(small_film)
        api.sandbox.advance(1)
        register(api, receiver)
        api.sandbox.faults.fail("analyze.task", code="internal", message="It broke.")
        failed = await analyze(api, asset)
        canceled = await analyze(api, asset)
        await api("POST", f"/analyze/tasks/{canceled}/cancel")
        await receiver.wait(1)
        api.sandbox.advance(60)
        await receiver.wait(2)
        by_id = {each["data"]["id"]: each for each in receiver.bodies}
        assert by_id[canceled]["type"] == "analyze.task.canceled"
        assert "error" not in by_id[canceled]["data"]
        assert by_id[failed]["type"] == "analyze.task.failed"
        assert by_id[failed]["data"]["error"] == {"message": "It broke."}
        assert {type(each) for each in receiver.events} == {
            webhooks.AnalyzeTaskCanceledWebhookEvent,
            webhooks.AnalyzeTaskFailedWebhookEvent,
        }


async def test_a_batch_sends_one_event(receiver: Receiver, small_film: Path) -> None:
    async with serving() as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        body = {
            "model_name": "pegasus1.5",
            "analysis_mode": "general",
            "defaults": {"prompt": {"input_text": "What happens?"}},
            "requests": [{"video": {"type": "asset_id", "asset_id": asset}} for _ in range(3)],
        }
        batch = (await api("POST", "/analyze/batches", 201, json=body))["batch_id"]
        await receiver.wait(1)
        (event,) = receiver.events
        assert isinstance(event, webhooks.AnalyzeBatchWebhookEvent)
        assert event.type == "analyze.batch.completed"
        assert event.data["id"] == batch
        (shown,) = await settled(api, batch, "/analyze/batches")
        assert shown == {"url": receiver.url, "delivered": True, "attempts": 1}
        await analyze(api, asset)
        await receiver.wait(2)
        assert [each["type"] for each in receiver.bodies] == [
            "analyze.batch.completed",
            "analyze.task.ready",
        ]


async def test_indexing_sends_events(receiver: Receiver, film: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(100))
    async with serving(settings=Settings(unfit_films="failed")) as api:
        index = await api.index()
        register(api, receiver)
        form = [("index_id", index), ("video_file", film)]
        task = (await api("POST", "/tasks", form=form))["_id"]
        await receiver.wait(1)
        video = await api.video(index, film)
        await receiver.wait(2)
        failing = [("index_id", index), ("video_file", broken)]
        bad = (await api("POST", "/tasks", form=failing))["_id"]
        await receiver.wait(3)
        ready, indexed, failed = receiver.events
        assert isinstance(ready, webhooks.IndexTaskReadyWebhookEvent)
        assert isinstance(failed, webhooks.IndexTaskFailedWebhookEvent)
        assert (ready.data.id, indexed.data.id, failed.data.id) == (task, video, bad)
        assert ready.data.metadata is not None
        assert ready.data.metadata.duration == pytest.approx(9, abs=0.2)
        assert ready.data.models is not None
        assert [(m.name, m.options) for m in ready.data.models] == [
            ("marengo3.0", ["visual", "audio"]),
            ("pegasus1.2", ["visual", "audio"]),
        ]
        assert (ready.data.tags, failed.data.status) == ([], "failed")


async def test_a_delivery_that_fails_is_tried_again_by_the_schedule(
    receiver: Receiver, small_film: Path
) -> None:
    async with serving(speed=0, timings=Timings.none()) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [500, 301, 404]
        task = await analyze(api, asset)
        for number, wait in enumerate(RETRY_SCHEDULE[:3], 1):
            await attempts(api, number)
            (shown,) = await settled(api, task)
            assert (shown["delivered"], shown["attempts"]) == (False, number)
            assert shown["last_error"]
            api.sandbox.advance(wait - 0.01)
            await all_sent(api)
            assert len(receiver.came) == number
            api.sandbox.advance(0.02)
            await receiver.wait(number + 1)
        await attempts(api, 4)
        (shown,) = await settled(api, task)
        assert shown == {"url": receiver.url, "delivered": True, "attempts": 4}
        assert len({each["id"] for each in receiver.bodies}) == 1
        api.sandbox.advance(30 * 86_400)
        await all_sent(api)
        assert len(receiver.came) == 4


async def test_a_delivery_is_given_up_after_the_last_retry(
    receiver: Receiver, small_film: Path
) -> None:
    settings = Settings(webhook_retries=[0.0, 0.0])
    async with serving(settings=settings) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [503] * 9
        task = await analyze(api, asset)
        await attempts(api, 3)
        await all_sent(api)
        assert len(receiver.came) == 3
        (shown,) = await settled(api, task)
        assert shown == {
            "url": receiver.url,
            "delivered": False,
            "attempts": 3,
            "last_error": "The webhook answered 503.",
        }


async def test_redirects_are_not_followed(receiver: Receiver, small_film: Path) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url.with_path("/other"))})

    async with serving(settings=Settings(webhook_retries=[])) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [elsewhere]
        task = await analyze(api, asset)
        (shown,) = await settled(api, task)
        assert (shown["delivered"], shown["last_error"]) == (False, "The webhook answered 307.")
        assert len(receiver.came) == 1


async def test_a_receiver_that_hangs_or_is_gone_holds_up_no_other(
    receiver: Receiver, small_film: Path
) -> None:
    over = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    settings = Settings(webhook_retries=[], webhook_timeout=600)
    async with receiving() as other, serving(settings=settings) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        register(api, other)
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))  # and does not listen
            api.sandbox.webhooks.register(f"http://127.0.0.1:{deaf.getsockname()[1]}/gone")
            receiver.answers = [hang]
            task = await analyze(api, asset)
            await other.wait(1)
            await receiver.wait(1)
            over.set()
            shown = await settled(api, task)
        assert [each["delivered"] for each in shown] == [True, True, False]
        assert "could not be reached" in shown[2]["last_error"]
        (one, two) = receiver.bodies[0], other.bodies[0]
        assert one["id"] == two["id"]


async def test_a_receiver_has_so_long_to_answer(receiver: Receiver, small_film: Path) -> None:
    over = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    async with serving(settings=Settings(webhook_retries=[], webhook_timeout=0.05)) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [hang]
        (shown,) = await settled(api, await analyze(api, asset))
        assert not shown["delivered"]
        assert shown["last_error"] == "The webhook did not answer in time."
        over.set()


async def test_a_2xx_ends_a_delivery_whatever_its_body_does(
    receiver: Receiver, small_film: Path
) -> None:
    over = asyncio.Event()

    async def begin(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(status=202)
        reply.content_length = 10
        await reply.prepare(request)
        await over.wait()
        return reply

    async with serving(settings=Settings(webhook_retries=[0.0], webhook_timeout=600)) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [begin]
        task = await analyze(api, asset)
        assert (await settled(api, task))[0]["delivered"]
        await all_sent(api)
        assert len(receiver.came) == 1
        over.set()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://10.0.0.1/hook",
        "http://169.254.169.254/latest",
        "ftp://127.0.0.1/hook",
        "127.0.0.1/hook",
        "http://[bad/hook",
        "",
    ],
)
def test_webhooks_go_to_the_loopback(url: str) -> None:
    sandbox = Sandbox()
    try:
        with pytest.raises(ValueError, match="webhooks go to the loopback"):
            sandbox.webhooks.register(url)
        assert sandbox.webhooks.list() == []
    finally:
        sandbox.close()


def test_webhooks_are_listed_changed_and_deleted() -> None:
    sandbox = Sandbox(settings=Settings(fetch_hosts=["hooks.test"]))
    try:
        first = sandbox.webhooks.register("http://localhost:1/a")
        second = sandbox.webhooks.register("https://hooks.test/b", secret="s")
        assert sandbox.webhooks.list() == [first, second]
        assert first.secret != second.secret == "s"
        assert sandbox.webhooks.register(second.url) == second
        assert sandbox.webhooks.register(second.url, secret="t").id == second.id
        with pytest.raises(ValueError, match="empty"):
            sandbox.webhooks.register("http://localhost:1/c", secret="")
        for secret in ("\ud800", "a" * 1_001, 5, b"a"):
            with pytest.raises(ValueError, match="secret"):
                sandbox.webhooks.register("http://localhost:1/c", secret=secret)  # type: ignore[arg-type]  # that it is none is the point
        with pytest.raises(ValueError, match="url"):
            sandbox.webhooks.register(None)  # type: ignore[arg-type]  # as above
        for path in ("\ud800", "\n", "\t", "\x00", "a" * 2_000):
            with pytest.raises(ValueError, match="url"):
                sandbox.webhooks.register(f"http://localhost:1/{path}")
        assert "secret" not in repr(first)
        sandbox.webhooks.delete(first)
        sandbox.webhooks.delete(second.id)
        assert sandbox.webhooks.list() == []
        with pytest.raises(LookupError):
            sandbox.webhooks.delete(first)
    finally:
        sandbox.close()


async def test_a_deleted_webhook_gets_nothing_more(receiver: Receiver, small_film: Path) -> None:
    async with serving(speed=0, timings=Timings.none()) as api:
        asset = await api.asset(small_film)
        assert "webhooks" not in await api("GET", f"/analyze/tasks/{await analyze(api, asset)}")
        register(api, receiver)
        receiver.answers = [500]
        await analyze(api, asset)
        await attempts(api, 1)
        api.sandbox.webhooks.delete(api.sandbox.webhooks.list()[0])
        api.sandbox.advance(86_400)
        task = await analyze(api, asset)
        assert (await api("GET", f"/analyze/tasks/{task}"))["status"] == "ready"
        await all_sent(api)
        assert len(receiver.came) == 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong_signature", "mismatch"),
        ("unsigned", "missing"),
        ("old_signature", "too_old"),
        ("future_signature", "in_future"),
        ("altered_body", "mismatch"),
    ],
)
async def test_a_spoiled_delivery_is_refused_by_its_reader(
    receiver: Receiver, small_film: Path, kind: Any, reason: str
) -> None:
    async with serving(settings=Settings(webhook_retries=[0.0])) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        api.sandbox.faults.spoil_webhooks(kind, event="analyze.task.failed", times=None)
        fault = api.sandbox.faults.spoil_webhooks(kind)
        receiver.answers = [401]
        await analyze(api, asset)
        await receiver.wait(2)
        with pytest.raises(WebhookSignatureError) as raised:
            webhooks.unwrap(*receiver.came[0], receiver.secret)
        assert raised.value.reason == reason
        assert webhooks.unwrap(*receiver.came[1], receiver.secret).type == "analyze.task.ready"
        assert fault.hits == 1


async def test_deliveries_are_lost_repeated_and_odd_on_demand(
    receiver: Receiver, small_film: Path
) -> None:
    async with serving(settings=Settings(webhook_retries=[0.0])) as api:
        faults = api.sandbox.faults
        asset = await api.asset(small_film)
        register(api, receiver)
        faults.spoil_webhooks("dropped")
        task = await analyze(api, asset)
        await receiver.wait(1)
        assert (await settled(api, task))[0]["attempts"] in (1, 2)
        faults.spoil_webhooks("duplicate")
        await analyze(api, asset)
        await receiver.wait(3)
        _, one, two = receiver.bodies
        assert one == two
        faults.spoil_webhooks("garbage")
        await analyze(api, asset)
        await receiver.wait(4)
        with pytest.raises(DecodeError):
            webhooks.unwrap(*receiver.came[3], receiver.secret)
        faults.spoil_webhooks("unknown_type")
        await analyze(api, asset)
        await receiver.wait(5)
        assert isinstance(
            webhooks.unwrap(*receiver.came[4], receiver.secret), webhooks.WebhookEvent_Unknown
        )
        faults.spoil_webhooks("unsigned", times=None)
        faults.clear()
        await analyze(api, asset)
        await receiver.wait(6)
        assert webhooks.unwrap(*receiver.came[5], receiver.secret)


async def test_an_event_is_late_on_demand(receiver: Receiver, small_film: Path) -> None:
    async with serving(speed=0, timings=Timings.none()) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        api.sandbox.faults.spoil_webhooks("late", seconds=60)
        task = await analyze(api, asset)
        (shown,) = (await api("GET", f"/analyze/tasks/{task}"))["webhooks"]
        assert shown == {"url": receiver.url, "delivered": False, "attempts": 0}
        await all_sent(api)
        assert receiver.came == []
        api.sandbox.advance(60)
        await receiver.wait(1)
        assert receiver.events


async def test_what_was_not_delivered_is_delivered_by_the_next_run(
    receiver: Receiver, small_film: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with serving(speed=0, timings=Timings.none(), data=data) as api:
        asset = await api.asset(small_film)
        register(api, receiver)
        receiver.answers = [500]
        task = await analyze(api, asset)
        await attempts(api, 1)
    async with serving(speed=0, timings=Timings.none(), data=data) as api:
        assert [each.url for each in api.sandbox.webhooks.list()] == [receiver.url]
        api.sandbox.advance(86_400)
        await receiver.wait(2)
        await attempts(api, 1)
        (shown,) = await settled(api, task)
        assert (shown["delivered"], shown["attempts"]) == (True, 2)
        one, two = receiver.events
        assert one.id == two.id
