"""``/embed`` and ``/embed-v2``: vectors that are near for what is alike, and their tasks."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio

MODEL = {"model_name": "marengo3.0"}


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def source(asset: str) -> dict[str, Any]:
    return {"media_source": {"asset_id": asset}}


async def test_a_text_a_picture_and_a_sound_together(api: Api, film: Path, picture: Path) -> None:
    form = [("model_name", "marengo3.0"), ("text", "a red wall"), ("image_file", picture)]
    form += [("audio_file", film), ("audio_start_offset_sec", "1")]
    found = await api("POST", "/embed", form=form)
    vectors = [
        found["text_embedding"]["segments"][0]["float"],
        found["image_embedding"]["segments"][0]["float"],
        found["audio_embedding"]["segments"][0]["float"],
    ]
    for vector in vectors:
        assert len(vector) == 512
        assert math.hypot(*vector) == pytest.approx(1)
    assert found["audio_embedding"]["segments"][0]["start_offset_sec"] == 1
    assert found["image_embedding"]["metadata"]["input_filename"] == picture.name
    assert await api("POST", "/embed", form=form[:2]) == {
        "model_name": "marengo3.0",
        "text_embedding": found["text_embedding"],
    }
    old = [("model_name", "Marengo-retrieval-2.7"), ("text", "a red wall")]
    vector = (await api("POST", "/embed", form=old))["text_embedding"]["segments"][0]["float"]
    assert len(vector) == 1024
    assert math.hypot(*vector) == pytest.approx(1)


async def test_wrong_requests_for_embeddings_are_refused(api: Api, picture: Path) -> None:
    model = ("model_name", "marengo3.0")
    long = ("text", " ".join(["word"] * 600))
    for form, code in (
        ([("text", "a")], "parameter_not_provided"),
        ([model], "parameter_not_provided"),
        ([("model_name", "hal9000"), ("text", "a")], "parameter_invalid"),
        ([model, long, ("text_truncate", "none")], "parameter_invalid"),
        ([model, ("image_url", "http://127.0.0.1:9/x.png")], "source_unavailable"),
    ):
        await api.refused(code, 400, "POST", "/embed", form=form)
    await api("POST", "/embed", form=[model, long])
    body = await api("POST", "/embed", 400, form=[model, ("image_file", Path(__file__))])
    assert body["message"]


async def test_an_embedding_task_of_the_first_generation(film: Path) -> None:
    async with serving(timings=Timings(embedding=5), speed=0) as api:
        form = [("model_name", "marengo3.0"), ("video_file", film), ("video_clip_length", "4")]
        form += [("video_embedding_scope", "clip"), ("video_embedding_scope", "video")]
        task = (await api("POST", "/embed/tasks", form=form))["_id"]
        assert (await api("GET", f"/embed/tasks/{task}/status"))["status"] == "processing"
        assert "segments" not in (await api("GET", f"/embed/tasks/{task}"))["video_embedding"]
        api.sandbox.advance(5)
        status = await api("GET", f"/embed/tasks/{task}/status")
        assert status["status"] == "ready"
        assert status["video_embedding"]["metadata"]["video_clip_length"] == 4
        query = {"embedding_option": "visual"}
        shown = await api("GET", f"/embed/tasks/{task}", query=query)
        segments = shown["video_embedding"]["segments"]
        # 9 seconds by 4: the last clip, of one second, is dropped.
        spans = [(s["start_offset_sec"], s["end_offset_sec"]) for s in segments]
        assert spans[:2] == [(0, 4), (4, 8)]
        assert [s["embedding_scope"] for s in segments] == ["clip", "clip", "video"]
        listed = await api("GET", "/embed/tasks", query={"status": "ready"})
        assert [each["_id"] for each in listed["data"]] == [task]
        late = {"started_at": "2999-01-01T00:00:00Z"}
        assert (await api("GET", "/embed/tasks", query=late))["data"] == []
        assert (await api("GET", "/embed-v2/tasks"))["data"] == []
        await api("GET", f"/embed-v2/tasks/{task}", 404)


async def test_wrong_embedding_tasks_are_refused(api: Api, film: Path, picture: Path) -> None:
    form: list[tuple[str, Any]] = [("model_name", "marengo3.0"), ("video_file", film)]
    for more, code in (
        ([("video_start_offset_sec", "1")], "parameter_not_provided"),
        (
            [("video_start_offset_sec", "1"), ("video_end_offset_sec", "3")],
            "parameter_invalid",
        ),
        (
            [("video_start_offset_sec", "0"), ("video_end_offset_sec", "99")],
            "parameter_invalid",
        ),
        ([("video_clip_length", "1")], "parameter_invalid"),
        ([("video_embedding_scope", "scene")], "parameter_invalid"),
    ):
        await api.refused(code, 400, "POST", "/embed/tasks", form=[*form, *more])
    await api.refused("parameter_not_provided", 400, "POST", "/embed/tasks", form=form[:1])
    wrong = [form[0], ("video_file", picture)]
    await api.refused("parameter_invalid", 400, "POST", "/embed/tasks", form=wrong)


async def test_like_things_are_near(api: Api, film: Path, picture: Path) -> None:
    movie, image = await api.asset(film), await api.asset(picture)
    body = {"input_type": "image", **MODEL, "image": source(image)}
    (point,) = (await api("POST", "/embed-v2", json=body))["data"]
    assert point["embedding_scope"] is None
    video = {
        **source(movie),
        "segmentation": {"strategy": "fixed", "fixed": {"duration_sec": 3}},
        "embedding_option": ["visual"],
        "embedding_scope": ["clip"],
    }
    answer = await api("POST", "/embed-v2", json={"input_type": "video", **MODEL, "video": video})
    clips = answer["data"]
    assert [clip["start_sec"] for clip in clips] == [0, 3, 6]
    near = [cosine(point["embedding"], clip["embedding"]) for clip in clips]
    assert max(near) == near[1]
    metadata = answer["metadata"]
    assert metadata["input_type"] == "video"
    assert metadata["clip_length"] == 3
    assert metadata["duration"] == pytest.approx(9, abs=0.2)
    encoded = base64.b64encode(picture.read_bytes()).decode()
    body["image"] = {"media_source": {"base64_string": encoded}}
    (same,) = (await api("POST", "/embed-v2", json=body))["data"]
    assert same["embedding"] == point["embedding"]
    both = {"input_text": "green", **source(image)}
    body = {"input_type": "text_image", **MODEL, "text_image": both}
    (mixed,) = (await api("POST", "/embed-v2", json=body))["data"]
    assert cosine(mixed["embedding"], point["embedding"]) > 0.5


async def test_refusals_of_the_second_generation_are_nested(api: Api, picture: Path) -> None:
    async def refused(body: Any, path: str = "/embed-v2") -> dict[str, Any]:
        answer = await api("POST", path, 400, json=body)
        assert set(answer) == {"error"}
        error: dict[str, Any] = answer["error"]
        return error

    text = {"input_type": "text", **MODEL}
    assert (await refused(text))["code"] == "VALIDATION_ERROR"
    error = await refused({**text, "input_type": "smell"})
    assert error["details"]["field"] == "input_type"
    await refused({**text, "text": {"input_text": " ".join(["word"] * 501)}})
    await refused({**text, "text": {}})
    await refused({**text, "model_name": "marengo2.7", "text": {"input_text": "a"}})
    tiny = {"media_source": {"base64_string": "aGVsbG8="}}
    await refused({"input_type": "image", **MODEL, "image": tiny})
    movie = {"media_source": {"asset_id": await api.asset(picture)}}
    await refused({"input_type": "video", **MODEL, "video": movie})
    await refused({"input_type": "video", **MODEL, "video": {"media_source": {}}})
    cut = {"strategy": "fixed", "fixed": {"duration_sec": 1}}
    await refused({"input_type": "video", **MODEL, "video": {**movie, "segmentation": cut}})
    cut = {"strategy": "random"}
    await refused({"input_type": "video", **MODEL, "video": {**movie, "segmentation": cut}})
    await refused({"input_type": "text", **MODEL}, "/embed-v2/tasks")
    answer = await api("GET", "/embed-v2/tasks/nothing", 404)
    assert answer["error"]["code"] == "resource_not_exist"
    query = {"page": 0}
    await api.refused("parameter_invalid", 400, "GET", "/embed-v2/tasks", query=query)


async def test_a_task_of_the_second_generation(film: Path) -> None:
    async with serving(timings=Timings(asset=0, embedding=5), speed=0) as api:
        video = {
            **source(await api.asset(film)),
            "start_sec": 3,
            "segmentation": {"strategy": "dynamic", "dynamic": {"min_duration_sec": 2}},
        }
        body = {"input_type": "video", **MODEL, "video": video}
        made = await api("POST", "/embed-v2/tasks", 202, json=body)
        assert (made["status"], made["data"]) == ("processing", None)
        path = f"/embed-v2/tasks/{made['_id']}"
        assert (await api("GET", path))["data"] is None
        api.sandbox.advance(5)
        shown = await api("GET", path)
        assert shown["status"] == "ready"
        clips = [point for point in shown["data"] if point["embedding_scope"] == "clip"]
        options = [clip["embedding_option"] for clip in clips]
        assert set(options) == {"visual", "audio", "transcription"}
        assert min(clip["start_sec"] for clip in clips) == 3
        assert shown["metadata"]["embedding_scopes"] == ["clip", "asset"]
        listed = await api("GET", "/embed-v2/tasks")
        assert listed["data"][0]["video_embedding"]["metadata"]["duration"]
        sound = {**source(video["media_source"]["asset_id"]), "embedding_option": ["audio"]}
        body = {"input_type": "audio", **MODEL, "audio": sound}
        assert (await api("POST", "/embed-v2", json=body))["metadata"]["input_type"] == "audio"


async def test_a_retired_model_embeds_no_more() -> None:
    async with serving(settings=Settings(retired_models=["marengo2.7"])) as api:
        form = [("model_name", "marengo2.7"), ("text", "a")]
        await api.refused("parameter_invalid", 400, "POST", "/embed", form=form)
