import inspect
from typing import Any

import pytest

from tests.support.area_core import FakeCore
from twelvelabs_async._runtime.convert import TypeForm, structure
from twelvelabs_async._runtime.dump import plain
from twelvelabs_async.analyze import Analyze
from twelvelabs_async.analyze.models import (
    AnalyzePromptV2,
    NonStreamAnalyzeResponse,
    ResponseFormat,
    SmeMediaSource,
    StreamAnalyzeResponse,
    StreamAnalyzeResponse_StreamEnd,
    StreamAnalyzeResponse_Unknown,
    SummarizeResponse,
    SummarizeResponse_Chapter,
    VideoContext_Base64String,
)


async def test_a_whole_answer_is_asked_for_as_such():
    core = FakeCore(lambda _: {"id": "g", "data": "text", "finish_reason": "stop"})
    analyze = Analyze(core)
    assert (await analyze.analyze(video_id="v", prompt="p")).data == "text"
    whole = analyze.generate(video_id="v", prompt="p", stream=False)
    assert inspect.iscoroutine(whole)
    assert isinstance(await whole, NonStreamAnalyzeResponse)
    assert [(sent.path, (sent.json or {})["stream"]) for sent in core.sent] == [
        ("/analyze", False),
        ("/generate", False),
    ]


async def test_the_kind_of_a_summary_is_chosen_by_its_tag():
    chapter = {"chapter_number": 0, "start_sec": 0, "end_sec": 4.5, "chapter_title": "A"}
    core = FakeCore(lambda _: {"summarize_type": "chapter", "id": "s", "chapters": [chapter]})
    summary = await Analyze(core).summarize(video_id="v", type="chapter")
    assert isinstance(summary, SummarizeResponse_Chapter)
    assert summary.chapters is not None
    assert summary.chapters[0].end_sec == 4.5


@pytest.mark.parametrize(
    ("form", "tag"), [(StreamAnalyzeResponse, "event_type"), (SummarizeResponse, "summarize_type")]
)
def test_an_unknown_kind_is_kept_whole(form, tag):
    found: Any = structure(TypeForm(form), {tag: "of tomorrow", "new": [1]})
    assert getattr(found, tag) == "of tomorrow"
    assert found.extra["new"] == [1]


def test_a_truncation_is_no_failure():
    event = structure(
        TypeForm[StreamAnalyzeResponse](StreamAnalyzeResponse),
        {"event_type": "stream_end", "finish_reason": "length", "error": {"message": "cut"}},
    )
    assert isinstance(event, StreamAnalyzeResponse_StreamEnd)
    assert not isinstance(event, StreamAnalyzeResponse_Unknown)
    assert event.error is not None
    assert event.error.message == "cut"


def test_what_is_sent_has_the_wires_names():
    assert plain(VideoContext_Base64String(base_64_string="AAAA")) == {
        "type": "base64_string",
        "base64_string": "AAAA",
    }
    source = SmeMediaSource(name="tiger", asset_id="a")
    assert plain(AnalyzePromptV2(input_text="<@tiger>?", media_sources=[source])) == {
        "input_text": "<@tiger>?",
        "media_sources": [{"name": "tiger", "media_type": "image", "asset_id": "a"}],
    }
    schema = {"type": "object", "default": None}
    assert plain(ResponseFormat(json_schema=schema)) == {
        "type": "json_schema",
        "json_schema": schema,
    }


def test_a_film_in_base64_is_not_shown():
    assert "AAAA" not in repr(VideoContext_Base64String(base_64_string="AAAA"))
