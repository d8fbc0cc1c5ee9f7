"""``/analyze``, ``/generate``, ``/summarize`` and ``/gist``."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import MODELS, Api, serving
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio


async def ready(api: Api, film: Path) -> str:
    return await api.video(await api.index(), film)


async def events(api: Api, body: Any, path: str = "/analyze") -> list[dict[str, Any]]:
    headers = {"x-api-key": api.sandbox.api_key}
    async with api.session.post(api.sandbox.base_url + path, json=body, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Transfer-Encoding"] == "chunked"
        api.headers = answer.headers
        return [json.loads(line) async for line in answer.content]


async def test_a_stream_says_what_the_whole_answer_says(api: Api, film: Path) -> None:
    body = {"video_id": await ready(api, film), "prompt": "Which colours are there?"}
    found = await events(api, body)
    assert found[0]["event_type"] == "stream_start"
    assert found[-1]["event_type"] == "stream_end"
    assert {event["event_type"] for event in found[1:-1]} == {"text_generation"}
    assert len(found) > 5
    end = found[-1]
    assert end["finish_reason"] == "stop"
    assert end["metadata"]["generation_id"] == found[0]["metadata"]["generation_id"]
    whole = await api("POST", "/analyze", json={**body, "stream": False})
    assert whole["data"] == "".join(event["text"] for event in found[1:-1])
    assert whole["usage"] == end["metadata"]["usage"]
    assert whole["usage"]["output_tokens"] > 10
    for colour in ("red", "green", "blue"):
        assert colour in whole["data"]


async def test_events_arrive_one_by_one(film: Path) -> None:
    timings = Timings(asset=0, pending=0, queued=0, indexing=0, piece=0.01)
    async with serving(timings=timings) as api:
        body = {"video_id": await ready(api, film), "prompt": "What happens?"}
        headers = {"x-api-key": api.sandbox.api_key}
        url = api.sandbox.base_url + "/analyze"
        async with api.session.post(url, json=body, headers=headers) as answer:
            pieces = [b""]
            async for piece, ended in answer.content.iter_chunks():
                pieces[-1] += piece
                if ended:
                    pieces.append(b"")
            pieces = [piece for piece in pieces if piece]
        assert len(pieces) > 5
        assert [piece.count(b"\n") for piece in pieces] == [1] * len(pieces)


async def test_the_content_type_of_streams_can_be_set(film: Path) -> None:
    async with serving(settings=Settings(stream_content_type="application/x-ndjson")) as api:
        await events(api, {"video_id": await ready(api, film), "prompt": "What?"})
        assert api.headers["Content-Type"] == "application/x-ndjson"


async def test_a_token_limit_ends_the_text_early(api: Api, film: Path) -> None:
    body = {"video_id": await ready(api, film), "prompt": "What?", "max_tokens": 5}
    whole = await api("POST", "/analyze", json={**body, "stream": False})
    assert whole["finish_reason"] == "length"
    assert whole["usage"]["output_tokens"] <= 5
    assert whole["error"]["message"]
    end = (await events(api, body))[-1]
    assert (end["finish_reason"], end["error"]) == ("length", whole["error"])


async def test_a_schema_is_filled(api: Api, film: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "colours": {"type": "array", "items": {"type": "string"}},
            "seconds": {"type": "number"},
        },
        "required": ["title", "colours", "seconds"],
    }
    body = {
        "video_id": await ready(api, film),
        "prompt": "Which colours?",
        "stream": False,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    value = json.loads((await api("POST", "/analyze", json=body))["data"])
    assert set(value) >= {"title", "colours", "seconds"}
    assert isinstance(value["colours"], list)
    body["response_format"] = {"type": "json_schema", "json_schema": {"type": "poem"}}
    await api.refused("parameter_invalid", 400, "POST", "/analyze", json=body)
    body["response_format"] = {"type": "json_schema"}
    await api.refused("parameter_not_provided", 400, "POST", "/analyze", json=body)


@pytest.mark.parametrize("fences", ["never", "always"])
async def test_a_prompt_that_asks_for_json_gets_it(film: Path, fences: Any) -> None:
    async with serving(settings=Settings(json_fences=fences)) as api:
        prompt = "Return ONLY a JSON array of objects with the keys start, end and title."
        body: dict[str, Any] = {"video_id": await ready(api, film), "prompt": prompt}
        text = (await api("POST", "/analyze", json={**body, "stream": False}))["data"]
        sent = [event.get("text", "") for event in await events(api, body)]
        assert "".join(sent) == text
        older = await api("POST", "/generate", json={**body, "stream": False})
        short = await api("POST", "/summarize", json={**body, "type": "summary"})
        assert older["data"] == short["summary"] == text
        assert text.startswith("```json\n") == (fences == "always")
        chapters = json.loads(text.removeprefix("```json\n").removesuffix("\n```"))
        assert [list(chapter) for chapter in chapters] == [["start", "end", "title"]] * 3
        schema = {"type": "object", "properties": {"n": {"const": 5}}, "required": ["n"]}
        wanted = {"type": "json_schema", "json_schema": schema}
        body |= {"response_format": wanted, "stream": False}
        assert json.loads((await api("POST", "/analyze", json=body))["data"]) == {"n": 5}


async def test_newer_clients_name_an_asset_a_url_or_send_the_film(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    url = (await api("GET", f"/assets/{asset}"))["url"]
    answers = []
    for source in (
        {"type": "asset_id", "asset_id": asset},
        {"type": "url", "url": url},
        {"type": "base64_string", "base64_string": base64.b64encode(film.read_bytes()).decode()},
    ):
        body = {"video": source, "prompt": "What?", "stream": False}
        answers.append((await api("POST", "/analyze", json=body))["data"])
    assert answers[0] == answers[1] == answers[2]
    for source, code in (
        ({"type": "asset_id"}, "parameter_not_provided"),
        ({"type": "asset_id", "asset_id": "x", "url": url}, "parameter_invalid"),
        ({"type": "base64_string", "base64_string": "?"}, "parameter_invalid"),
        ({"type": "url", "url": "http://127.0.0.1:9/x.mp4"}, "source_unavailable"),
    ):
        body = {"video": source, "prompt": "What?", "stream": False}
        await api.refused(code, 400, "POST", "/analyze", json=body)


async def test_a_film_must_be_ready_and_its_index_able(film: Path) -> None:
    era = Settings(era="2026-03")
    async with serving(timings=Timings(asset=0, pending=9), speed=0, settings=era) as api:
        body = {"video_id": await ready(api, film), "prompt": "What?", "types": ["title"]}
        for path in ("/analyze", "/generate"):
            sent = {"video_id": body["video_id"], "prompt": "What?"}
            await api.refused("video_not_ready", 400, "POST", path, json=sent)
        sent = {"video_id": body["video_id"], "types": ["title"]}
        await api.refused("video_not_ready", 400, "POST", "/gist", json=sent)
        made = await api("POST", "/indexes", 201, json={"index_name": "m", "models": MODELS[:1]})
        body = {"video_id": await api.video(made["_id"], film), "prompt": "What?"}
        code = "index_not_supported_for_generate"
        await api.refused(code, 400, "POST", "/analyze", json=body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"prompt": None}, "parameter_not_provided"),
        ({"prompt": ""}, "parameter_invalid"),
        ({"video_id": None}, "parameter_not_provided"),
        ({"video_id": 5}, "parameter_invalid"),
        ({"temperature": 1.1}, "parameter_invalid"),
        ({"stream": "yes"}, "parameter_invalid"),
        ({"max_tokens": 0}, "parameter_invalid"),
        ({"prompt": "word " * 3000}, "token_limit_exceeded"),
        ({"humour": 1}, "parameter_unknown"),
    ],
)
async def test_wrong_requests_are_refused(
    api: Api, film: Path, change: dict[str, Any], code: str
) -> None:
    body = {"video_id": "0" * 24, "prompt": "What?", **change}
    await api.refused(code, 400, "POST", "/analyze", json=body)


async def test_generate_streams_too(api: Api, film: Path) -> None:
    body = {"video_id": await ready(api, film), "prompt": "What?"}
    assert (await events(api, body, "/generate"))[-1]["event_type"] == "stream_end"
    assert (await api("POST", "/generate", json={**body, "stream": False}))["data"]


async def test_summaries_chapters_and_highlights(api: Api, film: Path) -> None:
    body = {"video_id": await ready(api, film), "type": "summary"}
    whole = await api("POST", "/summarize", json=body)
    assert (whole["summarize_type"], bool(whole["summary"])) == ("summary", True)
    assert whole["usage"]["output_tokens"] > 0
    chapters = (await api("POST", "/summarize", json={**body, "type": "chapter"}))["chapters"]
    assert [chapter["chapter_number"] for chapter in chapters] == list(range(len(chapters)))
    assert chapters[0]["start_sec"] == 0
    assert all(c["chapter_title"] and c["chapter_summary"] for c in chapters)
    found = (await api("POST", "/summarize", json={**body, "type": "highlight"}))["highlights"]
    assert all(h["highlight"] and h["start_sec"] < h["end_sec"] for h in found)
    assert all(h["start"] == int(h["start_sec"]) for h in found)
    schema = {"type": "object", "properties": {"about": {"type": "string"}}, "required": ["about"]}
    form = {"type": "json_schema", "json_schema": schema}
    filled = await api("POST", "/summarize", json={**body, "response_format": form})
    assert json.loads(filled["summary"])["about"]
    wrong = {**body, "type": "chapter", "response_format": form}
    await api.refused("parameter_invalid", 400, "POST", "/summarize", json=wrong)
    await api.refused("parameter_invalid", 400, "POST", "/summarize", json={**body, "type": "x"})


async def test_a_gist_has_what_was_asked_for(api: Api, film: Path) -> None:
    video = await ready(api, film)
    gist = await api("POST", "/gist", json={"video_id": video, "types": ["title", "hashtag"]})
    assert gist["title"]
    assert all(tag.startswith("#") for tag in gist["hashtags"])
    assert "topics" not in gist
    for types in ([], ["poem"], "title"):
        sent = {"video_id": video, "types": types}
        await api.refused("parameter_invalid", 400, "POST", "/gist", json=sent)
