"""Recordings: what is recorded once is replayed without a network, in both clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio import create_task_group, to_thread

from tests.support.both import CLIENTS, Kind
from twelvelabs_async import (
    BadRequestError,
    Cassette,
    CassetteMode,
    ConfigurationError,
    NotFoundError,
    RecordingError,
    StreamError,
    TwelveLabs,
)
from twelvelabs_async._runtime.recording import Scrubber
from twelvelabs_async.cli import demo_films
from twelvelabs_async.sandbox import Sandbox, Settings, Timings

pytestmark = pytest.mark.anyio
MODELS = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
NOWHERE = "http://127.0.0.1:9/v1.3"  # the port of "discard", where nothing listens


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    settings = Settings(chunk_size=100_000)
    with Sandbox(timings=Timings.none(), settings=settings) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "test.jsonl"


@pytest.fixture(params=CLIENTS)
def connected(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Makes either client, for ``async with``."""
    kind: Kind = request.param
    return CLIENTS[kind]


async def made(path: Path, mode: CassetteMode = "once") -> Cassette:
    return await to_thread.run_sync(Cassette, path, mode)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def job(client: Any) -> list[Any]:
    """What a program does: uploads, waits, lists, a search, a stream, and an error."""
    film = demo_films.bigbuckbunny()
    index = await client.indexes.create(index_name="films", models=MODELS)
    asset = await client.assets.create(method="direct", file=film)
    await client.assets.wait_until_ready(asset.id)
    sent = await client.multipart_upload.upload_file(film, max_workers=4)
    found = await client.assets.wait_until_ready(sent.asset_id)
    video = await client.indexes.indexed_assets.create(index.id, asset_id=asset.id)
    await client.indexes.indexed_assets.wait_until_ready(index.id, video.id)
    names = [each.index_name async for each in client.indexes.list(page_limit=1)]
    hits = [
        (hit.start, hit.end)
        async for hit in client.search.query(
            index_id=index.id, query_text="green", search_options=["visual"]
        )
    ]
    stream = client.analyze_stream(
        model_name="pegasus1.6", video={"type": "asset_id", "asset_id": asset.id}, prompt="What?"
    )
    async with stream as opened:
        text = [event.text async for event in opened if event.event_type == "text_generation"]
    with pytest.raises(BadRequestError) as caught:
        await client.indexes.retrieve("nothing")
    return [index.id, asset.id, sent.asset_id, found.duration, names, hits, text, str(caught.value)]


async def test_what_was_recorded_is_replayed_without_a_network(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    async with await made(path) as cassette:
        async with connected(sandbox.api_key, base_url=sandbox.base_url) as client:
            recorded = await job(client)
    assert not cassette.replays
    before = len(sandbox.requests)
    for other in CLIENTS.values():
        again = await made(path, "replay")
        async with other(cassette=again, base_url=NOWHERE) as client:
            assert await job(client) == recorded
        assert again.unused == []
    assert len(sandbox.requests) == before


async def test_a_recording_is_readable_and_has_no_secrets(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    cassette = await made(path)
    url = "https://user:pass@bucket.test/film.mp4?X-Amz-Signature=5ecre7&X-Amz-Expires=60&part=1"
    options = {"additional_headers": {"authorization": "Bearer 5ecre7-5ecre7-5ecre7"}}
    client = connected(sandbox.api_key, base_url=sandbox.base_url, cassette=cassette)
    async with client as client:
        await client.indexes.create(index_name=f"key {sandbox.api_key}", models=MODELS)
        body = {"event_type": "text_generation", "text": url}
        end = {"event_type": "stream_end"}
        sent = (json.dumps(body) + "\n" + json.dumps(end) + "\n").replace("&", "\\u0026")
        sandbox.faults.add("POST", "/analyze", status=200, body=sent)
        video = {"type": "url", "url": url}
        stream = client.analyze_stream(video=video, prompt="p", request_options=options)
        text = await (await stream).get_final_text()
        assert text == url
    kept = path.read_text()
    assert sandbox.api_key not in kept
    assert "5ecre7" not in kept
    assert "pass" not in kept
    head, create, analyze = lines(path)
    assert head.keys() == {"recording", "recorded_at"}
    assert create["request"]["json"]["index_name"] == "key REDACTED"
    assert analyze["request"]["json"]["video"]["url"] == (
        "https://bucket.test/film.mp4?X-Amz-Signature=REDACTED&X-Amz-Expires=REDACTED&part=1"
    )
    # With other signatures it is the same request.
    other = {"type": "url", "url": url.replace("5ecre7", "0ther5")}
    async with connected(cassette=await made(path), base_url=NOWHERE) as client:
        stream = client.analyze_stream(video=other, prompt="p")
        assert "bucket.test" in await (await stream).get_final_text()


async def test_a_request_that_is_not_in_it_names_the_nearest(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    async with connected(
        sandbox.api_key, base_url=sandbox.base_url, cassette=await made(path)
    ) as client:
        await client.indexes.create(index_name="films", models=MODELS)
        await client.indexes.list(page_limit=5)
    async with connected(cassette=await made(path), base_url=NOWHERE) as client:
        with pytest.raises(RecordingError) as caught:
            await client.indexes.create(index_name="movies", models=MODELS)
        first, near, *_ = str(caught.value).splitlines()
        assert first == f"POST /indexes is not in the recording {path}"
        assert near == '  near: POST /indexes: json.index_name is "movies", recorded "films"'
        with pytest.raises(RecordingError, match=r'query\[0\]\[1\] is "6", recorded "5"'):
            await client.indexes.list(page_limit=6)
        await client.indexes.list(page_limit=5)
        with pytest.raises(RecordingError, match="1 times, and all were replayed"):
            await client.indexes.list(page_limit=5)


@pytest.mark.parametrize("key", ["x", "dummy-key", None])
async def test_a_recording_is_replayed_with_any_key(
    connected: Any, sandbox: Sandbox, path: Path, key: str | None
) -> None:
    """Also where the key is a word of the requests, or was one when they were recorded."""
    names = ["box of dummy-key", f"key {sandbox.api_key}"]

    async def create(client: Any) -> list[str]:
        return [(await client.indexes.create(index_name=name, models=MODELS)).id for name in names]

    cassette = await made(path)
    async with connected(sandbox.api_key, base_url=sandbox.base_url, cassette=cassette) as client:
        recorded = await create(client)
    names[1] = f"key {key or sandbox.api_key}" if key != "x" else "key REDACTED"
    replayed = await made(path, "replay")
    async with connected(key or sandbox.api_key, base_url=NOWHERE, cassette=replayed) as client:
        assert await create(client) == recorded


async def test_a_file_is_matched_by_its_content(
    connected: Any, sandbox: Sandbox, path: Path, tmp_path: Path
) -> None:
    film = demo_films.bigbuckbunny()
    copied = tmp_path / film.name
    copied.write_bytes(film.read_bytes())
    async with connected(
        sandbox.api_key, base_url=sandbox.base_url, cassette=await made(path)
    ) as client:
        asset = await client.assets.create(method="direct", file=film)
    async with connected(cassette=await made(path), base_url=NOWHERE) as client:
        with pytest.raises(RecordingError, match="sha256"):
            await client.assets.create(method="direct", file=(film.name, b"other"))
        assert (await client.assets.create(method="direct", file=copied)).id == asset.id


class Clock:
    """A clock whose waits take no time."""

    def __init__(self, real: Any) -> None:
        self.time, self.monotonic, self.random = real.time, real.monotonic, real.random
        self.naps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)


async def test_a_resumed_upload_and_its_status_are_replayed(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    film = demo_films.bigbuckbunny()

    async def resumed(client: Any) -> list[Any]:
        uploads = client.multipart_upload
        session = await uploads.create(
            filename="film.mp4", type="video", total_size=film.stat().st_size
        )
        before = await uploads.get_status(session.upload_id)
        sent = await uploads.upload_file(film, upload_id=session.upload_id)
        after = await uploads.get_status(session.upload_id)
        return [before.status, sent.asset_id, after.status, len(after.items)]

    # A report that the service refused for a moment, and was sent again.
    sandbox.faults.add("POST", "/assets/multipart-uploads/[^/]+", status=503, body={"code": "busy"})
    cassette = await made(path)
    options = {"base_url": sandbox.base_url, "clock": Clock(cassette.clock())}
    async with connected(sandbox.api_key, cassette=cassette, **options) as client:
        recorded = await resumed(client)
    assert recorded[::2] == ["active", "completed"]
    again = await made(path, "replay")
    async with connected(cassette=again) as client:
        assert await resumed(client) == recorded
    assert again.unused == []


async def test_concurrent_calls_and_equal_ones_in_their_order(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    async def results(**options: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with connected(**options) as client:

            async def create(number: int) -> None:
                name = f"concurrent {path.parent.parent.name} {number}"
                found[name] = (await client.indexes.create(index_name=name, models=MODELS)).id

            async with create_task_group() as group:
                for number in range(8):
                    group.start_soon(create, number)
            name = next(iter(found))
            await client.indexes.update(found[name], index_name=f"{name}, renamed")
            found["first"] = (await client.indexes.retrieve(found[name])).index_name
            await client.indexes.update(found[name], index_name=name)
            found["second"] = (await client.indexes.retrieve(found[name])).index_name
        return found

    options = {"api_key": sandbox.api_key, "base_url": sandbox.base_url}
    recorded = await results(**options, cassette=await made(path))
    assert recorded["first"] == f"{recorded['second']}, renamed"
    del recorded["first"], recorded["second"]
    async with connected(cassette=await made(path)) as client:
        for name, index_id in reversed(recorded.items()):
            created = await client.indexes.create(index_name=name, models=MODELS)
            assert created.id == index_id


async def test_a_stream_comes_in_its_pieces_and_breaks_off_where_it_was_left(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    events = [{"event_type": "text_generation", "text": str(at)} for at in range(3)]
    body = "".join(json.dumps(event) + "\n" for event in events)
    sandbox.faults.add("POST", "/analyze", status=200, body=body)
    options = {"base_url": sandbox.base_url, "cassette": await made(path)}
    question: dict[str, Any] = {"video_id": "v", "prompt": "p"}
    async with connected(sandbox.api_key, **options) as client:
        with pytest.raises(StreamError, match="ended without"):
            await (await client.analyze_stream(**question)).get_final()
    kept = lines(path)[1]["reply"]
    assert "".join(kept["pieces"]).count("\n") == 3
    assert kept["whole"] is True
    text = path.read_text().replace('"whole":true', '"whole":false')
    path.write_text(text)
    async with connected(cassette=await made(path)) as client:
        with pytest.raises(StreamError, match="has no more of this stream") as caught:
            await (await client.analyze_stream(**question)).get_final()
        assert [event.text for event in caught.value.events] == ["0", "1", "2"]


async def test_an_error_and_its_retry_are_replayed_without_a_wait(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    fault = {"status": 429, "headers": {"Retry-After": "60"}, "body": {"code": "too_many_requests"}}
    sandbox.faults.add("GET", "/indexes", times=1, **fault)
    recording = await made(path)
    options = {"base_url": sandbox.base_url, "cassette": recording}
    clock = Clock(recording.clock())
    async with connected(sandbox.api_key, **options, clock=clock) as client:
        await client.indexes.list()
    assert clock.naps[0] >= 60
    assert [line["reply"]["status"] for line in lines(path)[1:]] == [429, 200]
    async with connected(cassette=await made(path)) as client:  # a real wait would hit the timeout
        await client.indexes.list()


def test_modes(path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match="there is no recording"):
        Cassette(path, mode="replay")
    with pytest.raises(ConfigurationError, match="mode must be"):
        Cassette(path, mode="new")
    account = {"api_key": sandbox.api_key, "base_url": sandbox.base_url}
    for _ in range(2):  # recorded anew
        with Cassette(path, mode="record") as cassette, TwelveLabs(**account) as client:
            client.indexes.list(page_limit=1)
        assert repr(cassette) == f"<Cassette {path} records 1 replies>"
        assert len(lines(path)) == 2
    assert [each.name for each in path.parent.iterdir()] == [path.name], "nothing half-written"


HEAD = {"recording": 1, "recorded_at": 0.0}
REQUEST = {"method": "GET", "path": "/indexes"}
WRONG_REPLIES: list[Any] = [
    *(None, {}, {"status": "200"}),
    {"status": 200, "headers": []},
    {"status": 200, "headers": {"a": 5}},
    {"status": 200, "text": 5},
    {"status": 200, "base64": "!"},
    {"status": 200, "pieces": [1]},
]
DAMAGED: list[Any] = [
    [{"no": "recording"}],
    [{"recording": 1}],
    [{"recording": 1, "recorded_at": "then"}],
    [HEAD, {"request": 5, "reply": {"status": 200}}],
    [HEAD, {"request": {"path": "/indexes"}, "reply": {"status": 200}}],
    *([HEAD, {"request": REQUEST, "reply": reply}] for reply in WRONG_REPLIES),
]


@pytest.mark.parametrize("damaged", DAMAGED, ids=str)
def test_a_damaged_recording_is_reported_before_it_is_used(path: Path, damaged: Any) -> None:
    path.parent.mkdir()
    path.write_text("".join(json.dumps(line) + "\n" for line in damaged))
    for mode in ("once", "replay"):
        with pytest.raises(ConfigurationError, match="is not a recording"):
            Cassette(path, mode)


async def test_a_recording_that_cannot_be_written_is_a_configuration_error(
    connected: Any, sandbox: Sandbox, path: Path
) -> None:
    path.parent.write_text("a file where the folder should be")
    cassette = await made(path)
    client = connected(sandbox.api_key, base_url=sandbox.base_url, cassette=cassette)
    with pytest.raises(ConfigurationError, match=f"cannot write the recording {path}: File exists"):
        async with client as opened:
            await opened.indexes.list()
    with pytest.raises(ConfigurationError, match="is a folder"):
        await made(path.parent.parent)


def test_an_id_of_another_recording_is_not_found(path: Path, sandbox: Sandbox) -> None:
    """A reply that is an error is replayed as that error."""
    with Cassette(path), TwelveLabs(sandbox.api_key, base_url=sandbox.base_url) as client:
        with pytest.raises(NotFoundError):
            client.analyze_async.tasks.retrieve("none")
    with Cassette(path), TwelveLabs() as client, pytest.raises(NotFoundError):
        client.analyze_async.tasks.retrieve("none")


def test_scrubbing_again_changes_nothing() -> None:
    scrubber = Scrubber()
    scrubber.add("the key/1")
    text = "a the key/1 b https://u:p@h/x?token=1&n=2&opaque=0123456789abcdef#f tlk_0123456789"
    once = scrubber.text(text)
    assert once == ("a REDACTED b https://h/x?token=REDACTED&n=2&opaque=REDACTED REDACTED")
    assert scrubber.text(once) == once
    assert scrubber.value(
        {"secret": "s", "upload_headers": {"x-amz-meta": "m"}, "n": [1, None]}
    ) == {"secret": "REDACTED", "upload_headers": {"x-amz-meta": "REDACTED"}, "n": [1, None]}
