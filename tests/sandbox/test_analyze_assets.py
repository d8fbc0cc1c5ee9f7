"""``/analyze`` of today: assets, URLs and pictures, in part or whole."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Settings

pytestmark = pytest.mark.anyio


def asked(asset: str, **more: Any) -> dict[str, Any]:
    video = {"type": "asset_id", "asset_id": asset}
    return {"video": video, "prompt": "Which colours?", "stream": False, **more}


async def test_a_window_bounds_what_is_seen(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    for start, end, colour in ((0, 3, "red"), (3.5, 5.5, "green"), (6.5, None, "blue")):
        body = asked(asset, start_time=start, end_time=end)
        data = (await api("POST", "/analyze", json=body))["data"]
        assert [each for each in ("red", "green", "blue") if each in data] == [colour]
    body = asked(asset, prompt="Which scenes are there?", start_time=1, end_time=5)
    data = (await api("POST", "/analyze", json=body))["data"]
    assert "From 1.0 s" in data
    assert "to 5.0 s" in data


async def test_a_schema_has_the_services_times(api: Api, film: Path) -> None:
    properties = {
        "title": {"type": "string"},
        "scenes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "start_time": {"type": "string"},
                    "end_time": {"type": "integer"},
                    "seen": {"type": "timestamp", "format": "seconds"},
                },
                "required": ["start_time", "end_time", "seen"],
            },
        },
    }
    schema = {"type": "object", "properties": properties, "required": ["title", "scenes"]}
    wanted = {"type": "json_schema", "json_schema": schema}
    body = asked(await api.asset(film), response_format=wanted, model_name="pegasus1.6")
    scenes = json.loads((await api("POST", "/analyze", json=body))["data"])["scenes"]
    assert [each["start_time"][:8] for each in scenes] == ["00:00:00", "00:00:03", "00:00:06"]
    assert [each["end_time"] for each in scenes] == [3, 6, 9]
    assert [each["seen"] for each in scenes] == pytest.approx([0, 3, 6], abs=0.1)
    closed = {"type": "json_schema", "json_schema": {**schema, "additionalProperties": False}}
    await api.refused(
        "parameter_invalid", 422, "POST", "/analyze", json={**body, "response_format": closed}
    )


async def test_pictures_in_one_call(api: Api, picture: Path) -> None:
    coded = base64.b64encode(picture.read_bytes()).decode()
    body = {
        "image": [{"name": "still", "base64_string": coded}],
        "prompt": "What colours has <@still>?",
        "model_name": "pegasus1.6",
        "stream": False,
    }
    assert "green" in (await api("POST", "/analyze", json=body))["data"]
    asset = await api.asset(picture)
    body["image"] = [{"name": "still", "asset_id": asset}]
    assert "green" in (await api("POST", "/analyze", json=body))["data"]
    await api("POST", "/analyze", 400, json={**body, "model_name": "pegasus1.5"})
    body["image"] = [{"name": f"n{number}", "asset_id": asset} for number in range(21)]
    await api("POST", "/analyze", 400, json={**body, "prompt": "What?"})


async def test_pictures_are_bounded(picture: Path, film: Path) -> None:
    coded = base64.b64encode(picture.read_bytes()).decode()
    image = [{"name": "a", "base64_string": coded}]
    body = {"image": image, "prompt": "What?", "model_name": "pegasus1.6", "stream": False}
    async with serving(settings=Settings(max_analysis_image_size=10)) as api:
        await api.refused("media_filesize_too_large", 400, "POST", "/analyze", json=body)
    # Those that a prompt refers to may have as many bytes as any image.
    reference = {**image[0], "media_type": "image"}
    prompt = {"input_text": "Like <@a>?", "media_sources": [reference]}
    encoded = base64.b64encode(film.read_bytes()).decode()
    video = {"type": "base64_string", "base64_string": encoded}
    other = {"prompt_v2": prompt, "video": video, "stream": False}
    async with serving(settings=Settings(max_image_size=10)) as api:
        await api.refused("media_filesize_too_large", 400, "POST", "/analyze", json=other)
    async with serving(settings=Settings(max_analysis_image_size=10)) as api:
        await api("POST", "/analyze", json=other)
    async with serving(settings=Settings(max_analysis_image_pixels=10)) as api:
        await api.refused("parameter_invalid", 400, "POST", "/analyze", json=body)


async def test_a_prompt_in_parts(api: Api, film: Path, picture: Path) -> None:
    asset = await api.asset(film)
    coded = base64.b64encode(picture.read_bytes()).decode()
    source = {"name": "still", "media_type": "image", "base64_string": coded}
    prompt = {"input_text": "When is <@still> seen?", "media_sources": [source]}
    body = {**asked(asset), "prompt": None, "prompt_v2": prompt}
    assert "still looks most like" in (await api("POST", "/analyze", json=body))["data"]
    await api("POST", "/analyze", 400, json={**body, "prompt": "What?"})
    many = {**prompt, "media_sources": [{**source, "name": f"n{n}"} for n in range(5)]}
    await api("POST", "/analyze", 400, json={**body, "prompt_v2": many})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"max_tokens": 511}, "parameter_invalid"),
        ({"max_tokens": 98_305}, "parameter_invalid"),
        ({"start_time": 4, "end_time": 4.5}, "video_duration_too_short"),
        ({"start_time": 4, "end_time": 3}, "parameter_invalid"),
        ({"end_time": 40}, "parameter_invalid"),
        ({"start_time": 40}, "parameter_invalid"),
        ({"video_id": "5"}, "parameter_invalid"),
        ({"image": [{"name": "a", "url": "https://example.com/a.jpg"}]}, "parameter_invalid"),
        ({"video": None}, "parameter_not_provided"),
        ({"model_name": "pegasus9"}, "parameter_invalid"),
        ({"response_format": {"type": "json_schema"}}, "parameter_not_provided"),
    ],
)
async def test_a_wrong_analysis_is_refused(
    api: Api, film: Path, change: dict[str, Any], code: str
) -> None:
    body = asked(await api.asset(film), **change)
    await api.refused(code, 400, "POST", "/analyze", json=body)


async def test_base64_is_bounded_before_it_is_decoded(film: Path) -> None:
    coded = base64.b64encode(film.read_bytes()).decode()
    async with serving(settings=Settings(max_base64_size=1000)) as api:
        body = asked("", video={"type": "base64_string", "base64_string": coded})
        await api.refused("media_filesize_too_large", 400, "POST", "/analyze", json=body)
        body["video"]["base64_string"] = coded[: 4 * 250]
        await api("POST", "/analyze", 400, json=body)
