"""Embeddings and entities: waits, many calls, and what goes into their requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.area_core import FakeCore, Sent
from twelvelabs_async._runtime.dump import plain
from twelvelabs_async._runtime.files import FilePart
from twelvelabs_async._runtime.polling import Progress
from twelvelabs_async.embed import Embed, MediaEmbeddingTask
from twelvelabs_async.embed.tasks import EmbedTasks, TasksStatusResponse
from twelvelabs_async.embed.v_2 import EmbedV2, MediaSource, VideoInputRequest
from twelvelabs_async.embed.v_2.tasks import EmbeddingTaskResponse, EmbedV2Tasks
from twelvelabs_async.entity_collections.entities import Entities
from twelvelabs_async.errors import (
    BadRequestError,
    FailedError,
    UnauthorizedError,
    WaitTimeoutError,
)


def states(*statuses: str) -> Any:
    """Answers with one state after another, the last for ever."""
    left = list(statuses)
    return lambda _: {"_id": "t", "status": left.pop(0) if len(left) > 1 else left[0]}


async def test_a_task_is_waited_for_at_the_vendors_pace() -> None:
    core = FakeCore(states("processing", "processing", "ready"))
    seen: list[str | None] = []
    done = await EmbedTasks(core).wait_for_done("t", callback=lambda task: seen.append(task.status))
    assert done == TasksStatusResponse(id="t", status="ready")
    assert seen == ["processing", "processing", "ready"]
    assert core.clock.now == 10.0
    assert {sent.path for sent in core.sent} == {"/embed/tasks/t/status"}


async def test_the_services_reason_is_reported() -> None:
    core = FakeCore(
        lambda _: {"_id": "t", "status": "failed", "error": {"message": "the sound is broken"}}
    )
    with pytest.raises(FailedError, match="the sound is broken"):
        await EmbedV2Tasks(core).wait_until_ready("t")


async def test_a_refusal_ends_the_wait_immediately() -> None:
    def answer(_: Sent) -> Any:
        raise UnauthorizedError("no such key", status_code=401)

    core = FakeCore(answer)
    with pytest.raises(UnauthorizedError):
        await EmbedTasks(core).wait_for_done("t")
    assert len(core.sent) == 1


async def test_a_deadline_is_kept() -> None:
    core = FakeCore(states("processing"))
    with pytest.raises(WaitTimeoutError) as caught:
        await EmbedV2Tasks(core).wait_until_ready("t", timeout=60)
    assert core.clock.now == 60.0
    assert caught.value.last == EmbeddingTaskResponse(id="t", status="processing")
    core = FakeCore(states("processing"))
    with pytest.raises(WaitTimeoutError):
        await Entities(core).wait_until_ready("c", "t", timeout=60)
    assert core.sent[0].path == "/entity-collections/c/entities/t"


WAITS = [
    pytest.param(lambda core, ids: EmbedTasks(core).wait_until_all_ready(ids), id="embed.tasks"),
    pytest.param(lambda core, ids: EmbedV2Tasks(core).wait_until_all_ready(ids), id="embed.v_2"),
    pytest.param(lambda core, ids: Entities(core).wait_until_all_ready("c", ids), id="entities"),
]


@pytest.mark.parametrize("wait", WAITS)
async def test_many_are_waited_for_by_pages(wait: Any) -> None:
    ids = [f"t{n}" for n in range(120)]

    def answer(sent: Sent) -> Any:
        query = dict(pair.split("=") for pair in sent.query.split("&"))
        assert query["page_limit"] == "50"
        page = int(query.get("page", 1))
        status = "ready" if core.clock.now else "processing"
        rows = [{"_id": id_, "status": status} for id_ in ids[(page - 1) * 50 : page * 50]]
        return {"data": rows, "page_info": {"page": page, "total_page": 3}}

    core = FakeCore(answer)
    ends = await wait(core, ids)
    assert [end.id for end in ends.values()] == ids
    assert len(core.sent) == 6


@pytest.mark.parametrize("wait", WAITS)
async def test_what_no_list_shows_is_looked_up(wait: Any) -> None:
    def answer(sent: Sent) -> Any:
        if "page_limit" in sent.query:
            return {"data": [], "page_info": {"page": 1, "total_page": 1}}
        return {"_id": "t", "status": "ready"}

    core = FakeCore(answer)
    ends = await wait(core, ["t"])
    assert ends["t"].status == "ready"
    assert isinstance(ends["t"], MediaEmbeddingTask) or "entities" in core.sent[0].path


async def test_progress_of_many_is_reported() -> None:
    core = FakeCore(
        lambda _: {
            "data": [{"_id": "a", "status": "ready"}, {"_id": "b", "status": "failed"}],
            "page_info": {"page": 1, "total_page": 1},
        }
    )
    updates: list[Progress] = []
    ends = await EmbedV2Tasks(core).wait_until_all_ready(["a", "b"], on_update=updates.append)
    assert isinstance(ends["b"], FailedError)
    assert updates == [Progress(1, 1, 2)]


async def test_many_films_are_begun_and_every_failure_is_kept() -> None:
    def answer(sent: Sent) -> Any:
        assert sent.form is not None
        if sent.form["video_url"] == "https://example.com/2.mp4":
            raise BadRequestError("too short", status_code=400, code="video_duration_too_short")
        return {"_id": sent.form["video_url"]}

    videos: Any = [{"video_url": f"https://example.com/{n}.mp4"} for n in range(5)]
    core = FakeCore(answer)
    begun = await EmbedTasks(core).create_bulk(model_name="marengo3.0", videos=videos)
    assert [task.id for task in begun] == [videos[n]["video_url"] for n in (0, 1, 3, 4)]
    (failure,) = begun.failures
    assert failure.source == videos[2]
    assert isinstance(failure.error, BadRequestError)


async def test_an_empty_file_is_a_file_all_the_same() -> None:
    core = FakeCore(lambda _: {"model_name": "m"})
    await Embed(core).create(model_name="m", image_file=b"", audio_file=("a.wav", b"..."))
    form = core.sent[0].form
    assert form is not None
    assert isinstance(form["image_file"], FilePart)
    assert form["audio_file"].content_type in ("audio/x-wav", "audio/wav")


async def test_models_and_plain_dicts_say_the_same() -> None:
    core = FakeCore(lambda _: {"data": []})
    source = {"url": "https://example.com/a.mp4"}
    for video in (
        VideoInputRequest(media_source=MediaSource(url="https://example.com/a.mp4"), end_sec=5),
        VideoInputRequest(media_source=source, end_sec=5),  # type: ignore[arg-type]  # as users do
        {"media_source": source, "end_sec": 5},
    ):
        created: Any = {"input_type": "video", "model_name": "marengo3.5", "video": video}
        await EmbedV2(core).create(**created, embedding_dimension=256)
    bodies = [plain(sent.json) for sent in core.sent if sent.json is not None]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["embedding_dimension"] == 256
