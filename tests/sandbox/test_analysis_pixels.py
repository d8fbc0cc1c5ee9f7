"""How many pixels a video may have that is analysed; the service documents it since 2026-10."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.origins import origin
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings
from twelvelabs_async.sandbox.films import Scene, make_film

pytestmark = pytest.mark.anyio

PROMPT = "Which colours?"


async def outcome(client: Any, video: Any) -> tuple[str, str | None]:
    """The state that a task ends in, and the code of its error; or of its refusal."""
    try:
        made = await client.analyze_async.tasks.create(video=video, prompt=PROMPT)
    except BadRequestError as refusal:
        return "refused", refusal.code
    task = await client.analyze_async.tasks.retrieve(made.task_id)
    return task.status, task.error and task.error.code


@BOTH
async def test_a_small_video_is_not_analysed(kind: Kind, small_film: Path) -> None:
    low = "video_resolution_too_low"
    coded = base64.b64encode(small_film.read_bytes()).decode()
    async with (
        serving(settings=Settings(era="2026-10")) as api,
        client_of(api, kind) as client,
        origin({"a.mp4": small_film}, {"a.mp4": "video/mp4"}) as (url, _),
    ):
        asset = {"type": "asset_id", "asset_id": await api.asset(small_film)}
        ready = [asset, {"type": "base64_string", "base64_string": coded}]
        later = {"type": "url", "url": f"{url}/a.mp4"}
        for video in (*ready, later):
            with pytest.raises(BadRequestError, match="320x240") as caught:
                await client.analyze(video=video, prompt=PROMPT)
            assert caught.value.code == low
        for video in ready:
            assert await outcome(client, video) == ("refused", low)
        assert await outcome(client, later) == ("failed", low)
        batch = await client.analyze_async.batches.create(
            model_name="pegasus1.5",
            analysis_mode="general",
            requests=[{"video": asset, "prompt": {"input_text": PROMPT}}],
        )
        (item,) = [one async for one in client.analyze_async.batches.results(batch.batch_id)]
        assert (item.status, item.error.code) == ("failed", low)


async def asked(api: Api, film: Path) -> Any:
    video = {"type": "asset_id", "asset_id": await api.asset(film)}
    return {"video": video, "prompt": PROMPT, "stream": False}


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((1200, 400), "video_resolution_invalid_aspect_ratio"),
        ((400, 1200), "video_resolution_invalid_aspect_ratio"),
        ((360, 360), None),
        ((864, 360), None),
        ((360, 358), "video_resolution_too_low"),
    ],
)
async def test_the_limits_of_pixels(
    tmp_path: Path, size: tuple[int, int], code: str | None
) -> None:
    film = make_film(tmp_path / "film.mp4", [Scene(seconds=1)], size=size)
    async with serving(settings=Settings(era="2026-10")) as api:
        body = await asked(api, film)
        if code is None:
            await api("POST", "/analyze", json=body)
        else:
            await api.refused(code, 400, "POST", "/analyze", json=body)


async def test_in_any_era_such_an_analysis_is_marked(small_film: Path, film: Path) -> None:
    async with serving() as api:
        for given, marked in ((small_film, True), (film, False)):
            body = await asked(api, given)
            await api("POST", "/analyze", json=body)
            assert ("Deprecation" in api.headers) is marked
            del body["stream"]
            await api("POST", "/analyze/tasks", 202, json=body)
            assert ("Deprecation" in api.headers) is marked
    async with serving(settings=Settings(era="2026-07")) as api:
        await api("POST", "/analyze", json=await asked(api, small_film))
        assert "Deprecation" not in api.headers


async def test_the_limits_are_settings(small_film: Path) -> None:
    async with serving(settings=Settings(era="2026-10", min_side=(320, 240))) as api:
        await api("POST", "/analyze", json=await asked(api, small_film))
