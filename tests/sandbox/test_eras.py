"""The eras: what each takes, and how the sandbox marks what today's service refuses."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import MODELS, serving
from twelvelabs_async.sandbox import Settings

pytestmark = pytest.mark.anyio

TODAY = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
RETIRED = [
    ("POST", "/generate", "@1771113600"),
    ("POST", "/summarize", "@1771113600"),
    ("POST", "/gist", "@1771113600"),
    ("GET", "/entities", "@1771113600"),
    ("GET", "/tasks/transfers/import/5/logs", "@1771113600"),
]

LATER = {
    "2026-03": [
        ("GET", "/analyze/tasks"),
        ("POST", "/analyze/tasks"),
        ("GET", "/analyze/tasks/5"),
        ("GET", "/analyze/batches"),
        ("GET", "/analyze/batches/5/results"),
    ],
    "2026-07": [("POST", "/analyze/tasks/5/cancel")],
}


def era(name: Any) -> Settings:
    return Settings(era=name)


@pytest.mark.parametrize(("method", "path", "date"), RETIRED)
async def test_a_retired_call_is_gone_today_and_marked_in_any_era(
    method: str, path: str, date: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(settings=era("2026-10")) as api:
        await api.refused("not_found", 404, method, path)
        assert "Deprecation" not in api.headers
    async with serving(settings=era("2025-12")) as api:
        headers = {"x-api-key": api.sandbox.api_key}
        url = api.sandbox.base_url + path
        async with api.session.request(method, url, headers=headers) as answer:
            body = await answer.json()
            assert body.get("code") != "not_found"
            assert "Deprecation" not in answer.headers
        assert api.sandbox.requests[-1].deprecated is None
    with caplog.at_level(logging.WARNING, "twelvelabs_async.sandbox.server"):
        async with serving() as api:
            url = api.sandbox.base_url + path
            headers = {"x-api-key": api.sandbox.api_key}
            async with api.session.request(method, url, headers=headers) as answer:
                assert answer.headers["Deprecation"] == date
            marked = api.sandbox.requests[-1].deprecated
    assert marked is not None
    assert "use" in marked
    assert marked in caplog.text


@pytest.mark.parametrize("model", ["pegasus1.2", "marengo2.7"])
async def test_a_retired_model_makes_no_index_today(model: str) -> None:
    body = {"index_name": "a", "models": [{"model_name": model, "model_options": ["visual"]}]}
    async with serving(settings=era("2026-10")) as api:
        refusal = await api.refused("parameter_invalid", 400, "POST", "/indexes", json=body)
        assert model in refusal["message"]
        await api("POST", "/indexes", 201, json={**body, "models": TODAY})
    async with serving() as api:
        await api("POST", "/indexes", 201, json=body)
        assert api.headers["Deprecation"].startswith("@")
        assert model in str(api.sandbox.requests[-1].deprecated)
        await api("POST", "/indexes", 201, json={"index_name": "b", "models": TODAY})
        assert "Deprecation" not in api.headers
        assert api.sandbox.requests[-1].deprecated is None


async def test_the_status_of_a_retired_model_is_a_setting() -> None:
    body = {"index_name": "a", "models": MODELS[1:]}
    async with serving(settings=Settings(era="2026-10", retired_status=410)) as api:
        await api.refused("parameter_invalid", 410, "POST", "/indexes", json=body)


async def test_models_leave_and_come_with_their_eras() -> None:
    marengo = {"models": [{"model_name": "marengo2.7", "model_options": ["visual"]}]}
    pegasus = {"models": MODELS[1:]}
    for name, refused in (
        ("2026-03", ()),
        ("2026-07", (marengo,)),
        ("2026-10", (marengo, pegasus)),
    ):
        async with serving(settings=era(name)) as api:
            for number, models in enumerate((marengo, pegasus)):
                body = {"index_name": f"films {number}", **models}
                await api("POST", "/indexes", 400 if models in refused else 201, json=body)
                assert "Deprecation" not in api.headers
    body = {"prompt": "What?", "video_id": "5", "model_name": "pegasus1.6"}
    async with serving(settings=era("2026-07")) as api:
        await api.refused("parameter_invalid", 400, "POST", "/analyze", json=body)


@pytest.mark.parametrize(
    ("name", "of_indexes", "of_analyses"),
    [
        ("2026-03", "marengo2.7, marengo3.0, pegasus1.2, pegasus1.5", None),
        ("2026-07", "marengo3.0, pegasus1.2, pegasus1.5", "pegasus1.2, pegasus1.5"),
        ("2026-10", "marengo3.0", "pegasus1.5, pegasus1.6"),
        (
            "any",
            "marengo2.7, marengo3.0, pegasus1.2, pegasus1.5",
            "pegasus1.2, pegasus1.5, pegasus1.6",
        ),
    ],
)
async def test_an_unknown_model_is_refused_with_those_of_the_era(
    name: str, of_indexes: str, of_analyses: str | None
) -> None:
    async with serving(settings=era(name)) as api:
        models = [{"model_name": "palomar1.0", "model_options": ["visual"]}]
        body: dict[str, Any] = {"index_name": "a", "models": models}
        refusal = await api.refused("parameter_invalid", 400, "POST", "/indexes", json=body)
        assert refusal["message"].endswith(f" It must be one of: {of_indexes}.")
        if of_analyses is not None:
            body = {"prompt": "What?", "video_id": "5", "model_name": "palomar1.0"}
            refusal = await api.refused("parameter_invalid", 400, "POST", "/analyze", json=body)
            assert refusal["message"].endswith(f" It must be one of: {of_analyses}.")


@pytest.mark.parametrize("name", ["2025-12", "2026-03", "2026-07", "2026-10", "any"])
async def test_a_video_is_analysed_by_its_id_in_every_era(name: str, film: Path) -> None:
    async with serving(settings=era(name)) as api:
        models = TODAY if name in ("2026-10", "any") else MODELS
        made = await api("POST", "/indexes", 201, json={"index_name": "a", "models": models})
        video = await api.video(made["_id"], film)
        body = {"video_id": video, "prompt": "Which colours?", "stream": False}
        assert "green" in (await api("POST", "/analyze", json=body))["data"]
        assert "Deprecation" not in api.headers


@pytest.mark.parametrize("name", LATER)
async def test_a_call_that_did_not_exist_yet_is_not_found(name: str) -> None:
    async with serving(settings=era(name)) as api:
        for method, path in LATER[name]:
            await api.refused("not_found", 404, method, path)
    async with serving(settings=era("2026-10")) as api:
        for method, path in LATER[name]:
            url = api.sandbox.base_url + path
            headers = {"x-api-key": api.sandbox.api_key}
            async with api.session.request(method, url, headers=headers) as answer:
                assert (await answer.json()).get("code") != "not_found"


async def test_a_deprecated_stream_is_marked_too(film: Path) -> None:
    async with serving() as api:
        video = await api.video(await api.index(), film)
        url, headers = api.sandbox.base_url + "/generate", {"x-api-key": api.sandbox.api_key}
        body = {"video_id": video, "prompt": "What?"}
        async with api.session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Deprecation"].startswith("@")
            assert b"stream_end" in await answer.read()


async def test_the_main_job_of_today_in_the_era_of_today(film: Path) -> None:
    async with serving(settings=era("2026-10")) as api:
        made = await api("POST", "/indexes", 201, json={"index_name": "a", "models": TODAY})
        asset = await api.asset(film)
        indexed = {"asset_id": asset}
        item = await api("POST", f"/indexes/{made['_id']}/indexed-assets", 202, json=indexed)
        form = [("index_id", made["_id"]), ("query_text", "green"), ("search_options", "visual")]
        found = await api("POST", "/search", form=form)
        assert found["data"][0]["video_id"] == item["_id"]
        body = {
            "video": {"type": "asset_id", "asset_id": asset},
            "model_name": "pegasus1.6",
            "prompt": "Which colours?",
            "start_time": 3.5,
            "end_time": 5.5,
            "stream": False,
        }
        answer = await api("POST", "/analyze", json=body)
        assert "green" in answer["data"]
        assert "red" not in answer["data"]
        assert not [record for record in api.sandbox.requests if record.deprecated]
