"""HLS playlists as the URL of what is analysed or embedded."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.origins import VOD, files_of, origin
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings

pytestmark = pytest.mark.anyio

Call = Callable[[Any, Any], Awaitable[Any]]
PROMPT = "Which colours?"


async def analyzed(client: Any, source: Any) -> Any:
    return (await client.analyze(video=source, prompt=PROMPT)).data


async def streamed(client: Any, source: Any) -> Any:
    async with client.analyze_stream(video=source, prompt=PROMPT) as events:
        return "".join([event.text async for event in events if hasattr(event, "text")])


async def as_a_task(client: Any, source: Any) -> Any:
    made = await client.analyze_async.tasks.create(video=source, prompt=PROMPT)
    task = await client.analyze_async.tasks.retrieve(made.task_id)
    if task.status == "failed":
        raise RuntimeError(task.error.message)
    return task.result.data


def embedded(kind: str) -> Call:
    async def call(client: Any, source: Any) -> Any:
        given = {kind: {"media_source": media(source), "embedding_scope": ["asset"]}}
        made = await client.embed.v_2.create(input_type=kind, model_name="marengo3.0", **given)
        return [entry.embedding for entry in made.data]

    return call


def embedded_as_a_task(kind: str, model: str = "marengo3.0") -> Call:
    async def call(client: Any, source: Any) -> Any:
        tasks = client.embed.v_2.tasks
        given = {kind: {"media_source": media(source)}}
        made = await tasks.create(input_type=kind, model_name=model, **given)
        task = await tasks.retrieve(made.id)
        assert task.status == "ready"
        return [entry.embedding for entry in task.data]

    return call


def embedded_together(kind: str) -> Call:
    async def call(client: Any, source: Any) -> Any:
        together = {"media_sources": [{"media_type": kind, **media(source)}]}
        made = await client.embed.v_2.create(
            input_type="multi_input", model_name="marengo3.5", multi_input=together
        )
        return [entry.embedding for entry in made.data]

    return call


def media(source: Any) -> Any:
    return {name: value for name, value in source.items() if name != "type"}


# Each with the parameter that has the URL.
CALLS = [
    pytest.param(analyzed, "video.url", id="analyze"),
    pytest.param(streamed, "video.url", id="analyze_stream"),
    pytest.param(as_a_task, "video.url", id="analyze_async.tasks"),
    pytest.param(embedded("video"), "video.media_source.url", id="embed.v_2-video"),
    pytest.param(embedded("audio"), "audio.media_source.url", id="embed.v_2-audio"),
    pytest.param(embedded_together("video"), "multi_input.media_sources[0].url", id="multi-video"),
    pytest.param(embedded_together("audio"), "multi_input.media_sources[0].url", id="multi-audio"),
    pytest.param(embedded_as_a_task("video"), "video.media_source.url", id="embed.v_2.tasks-video"),
    pytest.param(embedded_as_a_task("audio"), "audio.media_source.url", id="embed.v_2.tasks-audio"),
    pytest.param(
        embedded_as_a_task("video", "marengo3.5"), "video.media_source.url", id="marengo3.5"
    ),
]


def at(url: str) -> dict[str, str]:
    return {"type": "url", "url": url}


@BOTH
@pytest.mark.parametrize(("call", "name"), CALLS)
async def test_a_playlist_stands_for_its_film(
    api: Api, kind: Kind, call: Call, name: str, stream: Path
) -> None:
    files = files_of(stream)
    files |= {"watch": files["index.m3u8"]}
    types = {"watch": "application/vnd.apple.mpegurl"}
    async with client_of(api, kind) as client, origin(files, types) as (url, _):
        asset = await api.asset(stream / "film.mp4")
        wanted = await call(client, {"type": "asset_id", "asset_id": asset})
        for path in ("index.m3u8", "watch"):
            found = await call(client, at(f"{url}/{path}"))
            if isinstance(wanted, str):
                assert "red" in found
                assert "blue" in found
                assert found.split()[:3] == wanted.split()[:3]
            else:
                assert len(found) == len(wanted)
                for one, other in zip(found, wanted, strict=True):
                    assert sum(a * b for a, b in zip(one, other, strict=True)) > 0.98


@BOTH
@pytest.mark.parametrize(("call", "name"), CALLS)
async def test_a_live_stream_is_refused(
    api: Api, kind: Kind, call: Call, name: str, stream: Path
) -> None:
    live = (stream / "index.m3u8").read_text().replace("#EXT-X-ENDLIST", "")
    files = {"live.m3u8": live, "watch": live}
    types = {"watch": "application/x-mpegurl"}
    async with client_of(api, kind) as client, origin(files, types) as (url, asked):
        for path in files:
            with pytest.raises(BadRequestError, match="live stream") as caught:
                await call(client, at(f"{url}/{path}"))
            assert f"The {name} parameter" in str(caught.value)
        assert set(asked) == set(files)


@BOTH
@pytest.mark.parametrize(("call", "name"), CALLS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VOD.format('#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\na.ts\n'), "encrypted"),
        (VOD.format("#EXTINF:4,\nmissing.ts\n"), "404"),
        (VOD.format("#EXTINF:4,\nhttp://192.0.2.1/a.ts\n"), "loopback"),
        (VOD.format("#EXTINF:4,\na.ts\n"), "not a film"),
    ],
)
async def test_what_cannot_be_taken_is_refused_or_fails_with_its_reason(
    api: Api, kind: Kind, call: Call, name: str, text: str, message: str
) -> None:
    async with client_of(api, kind) as client:
        async with origin({"index.m3u8": text, "a.ts": b"x"}) as (url, _):
            fails = RuntimeError if call is as_a_task else BadRequestError
            with pytest.raises(fails, match=message):
                await call(client, at(f"{url}/index.m3u8"))
        files = api.sandbox.data
        assert [*(files / "tmp").iterdir()] == []


async def test_pictures_are_no_playlists(api: Api, stream: Path) -> None:
    async with origin(files_of(stream)) as (url, _):
        picture = {"name": "a", "url": f"{url}/index.m3u8"}
        body = {"image": [picture], "prompt": "What?", "model_name": "pegasus1.6"}
        for path in ("/analyze", "/analyze/tasks"):
            refusal = await api("POST", path, 400, json=body)
            assert "image" in str(refusal)


async def test_earlier_eras_take_no_playlist(stream: Path) -> None:
    body = {"video": {"type": "url"}, "prompt": PROMPT, "stream": False}
    async with origin(files_of(stream)) as (url, _):
        body["video"] = at(f"{url}/index.m3u8")
        async with serving(settings=Settings(era="2026-07")) as api:
            await api.refused("unsupported_file_type", 400, "POST", "/analyze", json=body)
        async with serving(settings=Settings(era="2026-10", min_side=(0, 0))) as api:
            assert "red" in (await api("POST", "/analyze", json=body))["data"]


async def test_a_stream_and_a_film_in_base64_have_a_length_as_a_whole(stream: Path) -> None:
    film = stream / "film.mp4"
    part = {"prompt": PROMPT, "start_time": 1, "end_time": 4}
    coded = {"type": "base64_string", "base64_string": base64.b64encode(film.read_bytes()).decode()}
    for most, status in ((5.0, "failed"), (10.0, "ready")):
        async with serving(settings=Settings(max_analysis=most)) as api:
            async with origin(files_of(stream)) as (url, _):
                files = {"file": at(f"{url}/film.mp4"), "stream": at(f"{url}/index.m3u8")}
                found = {}
                for name, source in files.items():
                    made = await api("POST", "/analyze/tasks", 202, json={"video": source, **part})
                    found[name] = await api("GET", f"/analyze/tasks/{made['task_id']}")
            assert found["file"]["status"] == "ready"
            assert found["stream"]["status"] == status
            body = {"video": coded, **part}
            if status == "failed":
                assert found["stream"]["error"]["code"] == "video_duration_too_long"
                refusal = await api("POST", "/analyze/tasks", 400, json=body)
                assert refusal["error"]["code"] == "video_duration_too_long"
            else:
                await api("POST", "/analyze/tasks", 202, json=body)


@BOTH
async def test_the_asset_of_a_stream_is_analysed_in_a_batch(
    api: Api, kind: Kind, stream: Path
) -> None:
    async with client_of(api, kind) as client, origin(files_of(stream)) as (url, _):
        asset = await client.assets.create(method="url", url=f"{url}/index.m3u8")
        batches = client.analyze_async.batches
        batch = await batches.create(
            model_name="pegasus1.5",
            analysis_mode="general",
            requests=[{"video": {"type": "asset_id", "asset_id": asset.id}}],
            defaults={"prompt": {"input_text": PROMPT}},
        )
        (result,) = [one async for one in batches.results(batch.batch_id)]
        assert result.status == "ready"
        assert "red" in result.data.data
