"""``sandbox.answers``: what analyses and responses say when a test sets it."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.store_support import new_item, new_store, question
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import Answers, Settings

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "seconds": {"type": "number"},
        "parts": {
            "type": "object",
            "properties": {"count": {"type": "integer"}, "name": {"type": "string"}},
            "required": ["count", "name"],
        },
    },
    "required": ["title", "seconds", "parts"],
}
SEGMENTS = {
    "type": "segment_definitions",
    "segment_definitions": [{"id": "scene", "description": "Each scene of the film"}],
}


async def analyzed(api: Api, asset: str, prompt: str, **more: Any) -> Any:
    body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": prompt, "stream": False}
    return await api("POST", "/analyze", json={**body, **more})


async def done(api: Api, asset: str, **more: Any) -> Any:
    """The result of an analysis task."""
    body = {"video": {"type": "asset_id", "asset_id": asset}, **more}
    task = (await api("POST", "/analyze/tasks", 202, json=body))["task_id"]
    return (await api("GET", f"/analyze/tasks/{task}"))["result"]


async def test_a_set_text_is_what_every_analysis_says(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    api.sandbox.answers.set("A red car.")
    assert (await analyzed(api, asset, "What?"))["data"] == "A red car."
    url = f"{api.sandbox.base_url}/analyze"
    body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "What?"}
    async with api.session.post(
        url, json=body, headers={"x-api-key": api.sandbox.api_key}
    ) as reply:
        lines = [json.loads(line) for line in (await reply.read()).splitlines()]
    assert "".join(line.get("text", "") for line in lines) == "A red car."
    assert lines[-1]["finish_reason"] == "stop"
    assert (await done(api, asset, prompt="What?"))["data"] == "A red car."
    segmented = {"analysis_mode": "time_based_metadata", "response_format": SEGMENTS}
    assert (await done(api, asset, **segmented))["data"] == "A red car."
    item = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": {"input_text": "What?"}}
    made = await api(
        "POST",
        "/analyze/batches",
        201,
        json={"model_name": "pegasus1.5", "analysis_mode": "general", "requests": [item]},
    )
    batch = f"/analyze/batches/{made['batch_id']}"
    assert (await api("GET", batch))["status"] == "completed"
    assert (await api("GET", f"{batch}/results"))["data"]["data"] == "A red car."


async def test_a_set_answer_is_a_responses_too(api: Api, film: Path) -> None:
    store = await new_store(api)
    await new_item(api, store, film)
    api.sandbox.answers.set({"whales?": "A whale.", "report": {"title": "Sea"}})
    for asked, said in (("Are there WHALES?", "A whale."), ("A report.", '{\n  "title": "Sea"\n}')):
        reply = await api("POST", "/responses", json=question(store, asked))
        assert reply["status"] == "completed"
        (part,) = reply["output"][-1]["content"]
        assert (part["text"], part["annotations"]) == (said, [])
    reply = await api("POST", "/responses", json=question(store, "Which colours?"))
    assert "green" in reply["output"][-1]["content"][0]["text"]


async def test_the_first_pattern_that_is_found_counts_and_a_text_is_for_the_rest(
    api: Api, film: Path
) -> None:
    asset = await api.asset(film)
    answers = api.sandbox.answers
    own = (await analyzed(api, asset, "Which colours?"))["data"]
    answers.set({"text": "Else.", "colou?r": "Red.", "colours": "Green."})
    assert (await analyzed(api, asset, "Which COLOR?"))["data"] == "Red."
    assert (await analyzed(api, asset, "Which colours?"))["data"] == "Red."
    assert (await analyzed(api, asset, "What is heard?"))["data"] == "Else."
    assert answers.all() == {"text": "Else.", "colou?r": "Red.", "colours": "Green."}
    answers.set({"heard": "Nothing."})
    assert (await analyzed(api, asset, "Which colours?"))["data"] == own
    answers.set(text="All.")
    answers.clear()
    assert answers.all() == {}
    assert (await analyzed(api, asset, "Which colours?"))["data"] == own


@pytest.mark.parametrize("task", [False, True])
async def test_a_value_is_fit_to_the_schema_of_a_call(api: Api, film: Path, task: bool) -> None:
    asset = await api.asset(film)
    wanted = {"type": "json_schema", "json_schema": SCHEMA}

    async def said(answer: Any) -> Any:
        api.sandbox.answers.set(text=answer)
        if task:
            reply = await done(api, asset, prompt="A report.", response_format=wanted)
        else:
            reply = await analyzed(api, asset, "A report.", response_format=wanted)
        return reply["data"]

    whole = {"title": "Sea", "seconds": 1, "parts": {"count": 2, "name": "a"}}
    assert json.loads(await said(whole)) == whole
    fitted = json.loads(await said({"title": "Sea", "parts": {"count": 7}, "more": True}))
    assert list(fitted) == ["title", "seconds", "parts", "more"]
    assert (fitted["title"], fitted["parts"]["count"], fitted["more"]) == ("Sea", 7, True)
    assert isinstance(fitted["seconds"], int | float)
    assert isinstance(fitted["parts"]["name"], str)
    # What a test sets to be wrong stays wrong, and a text is nobody's to change.
    assert json.loads(await said({"title": 5}))["title"] == 5
    assert await said('```json\n{"title":') == '```json\n{"title":'


async def test_max_tokens_cuts_a_set_answer_off(api: Api, film: Path) -> None:
    asset = await api.asset(film)
    api.sandbox.answers.set("word " * 2000)
    reply = await analyzed(api, asset, "What?", max_tokens=512)
    assert (reply["finish_reason"], reply["usage"]["output_tokens"]) == ("length", 512)
    assert (await done(api, asset, prompt="What?", max_tokens=512))["finish_reason"] == "length"


async def test_a_set_answer_is_a_summary_too(film: Path) -> None:
    async with serving(settings=Settings(era="2025-12")) as api:
        video = await api.video(await api.index(), film)
        api.sandbox.answers.set("Short.")
        body = {"video_id": video, "type": "summary"}
        assert (await api("POST", "/summarize", json=body))["summary"] == "Short."


@pytest.mark.parametrize(
    "wrong",
    [
        {"(": "a"},
        {"a": None},
        {"a": float("nan")},
        {"a": [{"b": float("inf")}]},
        {"a": object()},
        {"a" * 1001: "a"},
        {"a": "b" * 1_000_001},
        {str(number): "a" for number in range(1001)},
        {1: "a"},
        {"text": [[]] * 200_001},
        {"text": reduce(lambda inner, _: [inner], range(5_000), list[Any]())},
        {"(?<=a+)b": "a"},
        {r"(a)\1": "a"},
    ],
)
def test_what_is_no_answer_is_refused_and_changes_nothing(wrong: Any) -> None:
    answers = Answers()
    answers.set("kept")
    with pytest.raises(ValueError, match=r"answer|pattern|regular expression"):
        answers.set(wrong)
    with pytest.raises(ValueError, match="give an answer"):
        answers.set()
    assert answers.all() == {"text": "kept"}


def test_a_set_value_is_copied() -> None:
    answers, value = Answers(), {"title": ["Sea"]}
    answers.set(text=value)
    value["title"].append("Land")
    assert answers.match("anything") == {"title": ["Sea"]}


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(VALUES)
def test_every_json_value_can_be_set(value: Any) -> None:
    answers = Answers()
    answers.set({"text": value})
    assert answers.match("") == value
