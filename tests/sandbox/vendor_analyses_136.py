"""Analyses that run as jobs, by the vendor's SDK 1.3.6; run by test_http_vendor.py.

Run it with an interpreter that has ``twelvelabs==1.3.6`` and nothing of ours: the arguments are the
sandbox's address, its key, a film and a picture. It prints each state that it sees, and goes on at
a line on its standard input, before which the sandbox's clock is to be moved.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from twelvelabs import TwelveLabs
from twelvelabs.core.api_error import ApiError
from twelvelabs.errors import BadRequestError, ConflictError, NotFoundError
from twelvelabs.types import (
    AnalyzeImageInput,
    AnalyzePromptV2,
    AsyncResponseFormat,
    BatchDefaults,
    BatchItemRequest,
    BatchPrompt,
    BatchVideoContext,
    SegmentDefinition,
    SegmentField,
    SyncResponseFormat,
)
from twelvelabs.types.video_context import (
    VideoContext_AssetId,
    VideoContext_Base64String,
    VideoContext_Url,
)

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


def announce(state: str) -> None:
    sys.stdout.write(state + "\n")
    sys.stdout.flush()
    sys.stdin.readline()


def refused(kind: type[ApiError], status: int, call: Any) -> None:
    try:
        call()
    except kind as error:
        assert error.status_code == status, error  # noqa: PT017  # no pytest here
    else:
        raise AssertionError(kind)


def synchronous(client: TwelveLabs, film: Path, picture: Path, video: Any) -> None:
    answer = client.analyze(
        video=video,
        model_name="pegasus1.6",
        prompt="Which colours?",
        response_format=SyncResponseFormat(type="json_schema", json_schema=SCHEMA),
        start_time=0.0,
        end_time=4.0,
    )
    assert json.loads(answer.data)["title"]
    assert answer.usage.input_tokens
    coded = base64.b64encode(film.read_bytes()).decode()
    events = list(
        client.analyze_stream(
            video=VideoContext_Base64String(base_64_string=coded),
            prompt_v_2=AnalyzePromptV2(input_text="What happens?"),
        )
    )
    assert events[-1].metadata.usage.input_tokens
    coded = base64.b64encode(picture.read_bytes()).decode()
    image = AnalyzeImageInput(name="still", base_64_string=coded)
    assert client.analyze(image=[image], model_name="pegasus1.6", prompt="Which colours?").data


def single_tasks(client: TwelveLabs, video: Any, url: str) -> None:
    tasks = client.analyze_async.tasks
    made = tasks.create(video=video, prompt="Which colours are there?", custom_id="one")
    assert made.status == "queued"
    while (task := tasks.retrieve(made.task_id)).status not in ("ready", "failed"):
        announce(task.status)
    assert task.status == "ready"
    assert task.custom_id == "one"
    assert task.result.data
    assert task.completed_at
    assert task.video_source.system_metadata.duration > 5
    field = SegmentField(name="colour", type="string", description="The prevailing colour")
    definition = SegmentDefinition(id="scene", description="Each scene", fields=[field])
    segmented = tasks.create(
        video=VideoContext_Url(url=url),
        analysis_mode="time_based_metadata",
        response_format=AsyncResponseFormat(
            type="segment_definitions",
            segment_definitions=[definition],
            segment_time_format="hh:mm:ss",
        ),
        min_segment_duration=2,
        request_options={"additional_headers": {"Idempotency-Key": "once"}},
    )
    while (task := tasks.retrieve(segmented.task_id)).status not in ("ready", "failed"):
        announce(task.status)
    found = json.loads(task.result.data)["scene"]
    assert found[0]["start_time"] == "00:00:00"
    assert found[0]["metadata"]["colour"]
    assert task.request_params.response_format.segment_definitions[0].fields[0].name == "colour"
    canceled = tasks.create(video=video, prompt="What?")
    assert tasks.cancel(canceled.task_id).status == "canceled"
    refused(ConflictError, 409, lambda: tasks.cancel(made.task_id))
    refused(BadRequestError, 400, lambda: tasks.create(video=video))
    listed = tasks.list(page=1, page_limit=10)
    assert {each.status for each in listed.data} == {"ready", "canceled"}
    assert listed.page_info.total_results == 3
    assert [each.task_id for each in tasks.list(status="canceled").data] == [canceled.task_id]
    assert [each.task_id for each in tasks.list(video_url=url).data] == [segmented.task_id]
    tasks.delete(canceled.task_id)
    refused(NotFoundError, 404, lambda: tasks.retrieve(canceled.task_id))


def batches_of_tasks(client: TwelveLabs, asset_id: str) -> None:
    batches = client.analyze_async.batches
    video = BatchVideoContext(type="asset_id", asset_id=asset_id)
    requests = [
        BatchItemRequest(video=video, custom_id="a"),
        BatchItemRequest(video=video, prompt=BatchPrompt(input_text="How long is it?")),
    ]
    defaults = BatchDefaults(
        prompt=BatchPrompt(input_text="What?"),
        response_format=AsyncResponseFormat(type="json_schema", json_schema=SCHEMA),
    )
    given: dict[str, Any] = {"model_name": "pegasus1.5", "analysis_mode": "general"}
    made = batches.create(requests=requests, defaults=defaults, **given)
    assert [each.custom_id for each in made.items] == ["a", None]
    assert len(list(batches.results(made.batch_id))) == 2
    while (batch := batches.retrieve(made.batch_id)).status != "completed":
        announce(batch.status)
    assert batch.ready_items == 2
    results = list(batches.results(made.batch_id))
    assert [each.status for each in results] == ["ready", "ready"]
    assert json.loads(results[0].data.data)["title"]
    refused(ConflictError, 409, lambda: batches.cancel(made.batch_id))
    other = batches.create(requests=requests, defaults=defaults, **given)
    refused(ConflictError, 409, lambda: batches.delete(other.batch_id))
    assert batches.cancel(other.batch_id).status == "canceling"
    while (batch := batches.retrieve(other.batch_id)).status != "canceled":
        announce(batch.status)
    assert {each.batch_id for each in batches.list()} == {made.batch_id, other.batch_id}
    found = batches.list(status=["canceled", "expired"], analysis_mode=["general"])
    assert [each.batch_id for each in found] == [other.batch_id]
    batches.delete(made.batch_id)
    refused(NotFoundError, 404, lambda: list(batches.results(made.batch_id)))


def main(base_url: str, key: str, film: str, picture: str, url: str, asset_id: str) -> None:
    client = TwelveLabs(api_key=key, base_url=base_url)
    video = VideoContext_AssetId(asset_id=asset_id)
    synchronous(client, Path(film), Path(picture), video)
    single_tasks(client, video, url)
    batches_of_tasks(client, asset_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
