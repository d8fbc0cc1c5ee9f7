"""Films whose own clock does not begin at 0, as those of cameras and broadcasts."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings
from twelvelabs_async.sandbox.films import Scene, make_film

pytestmark = pytest.mark.anyio

LATE = 100
PROMPT = "Which colours?"
SCENES: dict[str, Any] = {"id": "scenes", "description": "Scenes", "fields": []}


@pytest.fixture(scope="module", params=["ts", "mp4"])
def late_film(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Three seconds each of red, green and blue, from 100 seconds on."""
    folder = tmp_path_factory.mktemp("late")
    scenes = [Scene(colour=each, seconds=3, motion=1) for each in ("red", "green", "blue")]
    path = folder / f"late.{request.param}"
    with av.open(str(make_film(folder / "film.mp4", scenes))) as source, av.open(path, "w") as late:
        track = source.streams.video[0]
        assert track.time_base is not None
        later = int(LATE / track.time_base)
        copy = late.add_stream_from_template(track)
        for packet in source.demux(track):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts += later
            packet.dts += later
            packet.stream = copy
            late.mux_one(packet)
    return path


async def segments(client: Any, video: Any, **definition: Any) -> list[Any]:
    made = await client.analyze_async.tasks.create(
        video=video,
        analysis_mode="time_based_metadata",
        response_format={
            "type": "segment_definitions",
            "segment_definitions": [{**SCENES, **definition}],
        },
    )
    task = await client.analyze_async.tasks.retrieve(made.task_id)
    return list(json.loads(task.result.data)["scenes"])


@BOTH
async def test_times_are_those_of_the_films_own_clock(kind: Kind, late_film: Path) -> None:
    async with (
        serving(settings=Settings(era="2026-10")) as api,
        client_of(api, kind) as client,
    ):
        video = {"type": "asset_id", "asset_id": await api.asset(late_film)}
        window = {"start_time": LATE + 3.5, "end_time": LATE + 5.5}
        said = (await client.analyze(video=video, prompt=PROMPT, **window)).data
        assert "green" in said
        assert "red" not in said
        assert "blue" not in said
        made = await client.analyze_async.tasks.create(video=video, prompt=PROMPT, **window)
        task = await client.analyze_async.tasks.retrieve(made.task_id)
        assert task.result.data == said
        assert task.request_params.start_time == window["start_time"]
        batch = await client.analyze_async.batches.create(
            model_name="pegasus1.5",
            analysis_mode="general",
            requests=[{"video": {"type": "asset_id", "asset_id": video["asset_id"]}}],
            defaults={"prompt": {"input_text": PROMPT}, **window},
        )
        (item,) = [one async for one in client.analyze_async.batches.results(batch.batch_id)]
        assert item.data.data == said

        found = await segments(client, video)
        times = [(each["start_time"], each["end_time"]) for each in found]
        assert [start for start, _ in times] == pytest.approx([100, 103, 106], abs=0.2)
        assert times[-1][1] == pytest.approx(109, abs=0.2)
        ranges = [{"start_time": LATE + 4, "end_time": LATE + 6}]
        (part,) = await segments(client, video, time_ranges=ranges)
        assert (part["start_time"], part["end_time"]) == (LATE + 4, LATE + 6)


@BOTH
@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"start_time": 1, "end_time": 5}, "begins"),
        ({"end_time": 9}, "begins"),
        ({"start_time": LATE + 10}, "end at"),
        ({"end_time": LATE + 20}, "end at"),
        ({"start_time": LATE - 1, "end_time": LATE + 0.5}, "at least 1 second"),
    ],
)
async def test_a_window_that_the_film_does_not_have_is_refused(
    kind: Kind, late_film: Path, window: Any, message: str
) -> None:
    async with serving() as api, client_of(api, kind) as client:
        video = {"type": "asset_id", "asset_id": await api.asset(late_film)}
        for call in (client.analyze, client.analyze_async.tasks.create):
            with pytest.raises(BadRequestError, match=message):
                await call(video=video, prompt=PROMPT, **window)


async def test_a_late_end_alone_is_no_long_window(late_film: Path) -> None:
    settings = Settings(max_analysis=50, max_sync_analysis=50)
    async with serving(settings=settings) as api:
        video = {"type": "asset_id", "asset_id": await api.asset(late_film)}
        body = {"video": video, "prompt": PROMPT, "end_time": LATE + 2, "stream": False}
        assert "red" in (await api("POST", "/analyze", json=body))["data"]


async def test_earlier_eras_count_from_0(late_film: Path) -> None:
    async with serving(settings=Settings(era="2026-07")) as api:
        video = {"type": "asset_id", "asset_id": await api.asset(late_film)}
        body = {"video": video, "prompt": PROMPT, "start_time": 3.5, "end_time": 5.5}
        said = (await api("POST", "/analyze", json={**body, "stream": False}))["data"]
        assert "green" in said
        assert "red" not in said
