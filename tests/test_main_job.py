"""The main job on real films in the sandbox, by both clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from anyio import to_thread
from attrs import define, evolve

from tests.support.both import CLIENTS
from twelvelabs_async import FailedError
from twelvelabs_async.cli import demo_films
from twelvelabs_async.errors import ApiError
from twelvelabs_async.sandbox import Sandbox, Settings, Timings
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure.render import frame

pytestmark = pytest.mark.anyio

MARENGO = {"model_name": "marengo3.0", "model_options": ["visual", "audio"]}
# As programs of older versions make their indexes, to analyse what is in them.
MODELS = {"2025": [MARENGO, {**MARENGO, "model_name": "pegasus1.2"}], "today": [MARENGO]}


@define
class Job:
    """A client, its sandbox, and an index of films that are ready; `videos`, `assets` by film."""

    client: Any
    sandbox: Sandbox
    index_id: str
    videos: dict[Path, str]
    assets: dict[Path, str]
    generation: str

    def analysed(self, film: Path) -> dict[str, Any]:
        """What an analysis is asked about: the asset, or in older programs the indexed video."""
        if self.generation == "2025":
            return {"video_id": self.videos[film]}
        video = {"type": "asset_id", "asset_id": self.assets[film]}
        return {"model_name": "pegasus1.6", "video": video}

    async def hits(self, **query: Any) -> list[Any]:
        options = {"search_options": ["visual"], **query}
        return [hit async for hit in self.client.search.query(index_id=self.index_id, **options)]


still = cache(frame)  # to decode a film to there takes longer than to search for the image


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(
        tmp_path_factory.mktemp("films") / "colours.mp4",
        scenes=[
            Scene(colour="red", seconds=3),
            Scene(colour="blue", seconds=3, subtitle="A fine day at the harbour"),
            Scene(colour="green", seconds=3),
        ],
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    settings = Settings(chunk_size=128 * 1024, initial_urls=3)
    with Sandbox(timings=Timings.none(), settings=settings) as running:
        yield running


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Any]:
    make = CLIENTS[request.param]
    async with make(sandbox.api_key, base_url=sandbox.base_url) as ready:
        yield ready


@pytest.fixture(params=list(MODELS))
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def make_job(client: Any, sandbox: Sandbox, colours: Path, generation: str) -> Job:
    # The sandbox reads a film once, however often it is uploaded.
    index = await client.indexes.create(
        index_name=f"films {uuid4()}", models=MODELS[generation], addons=["thumbnail"]
    )
    sandbox.requests.clear()
    job = Job(client, sandbox, index.id, {}, {}, generation)
    for film in (demo_films.bigbuckbunny(), demo_films.bikes(), colours):
        seen: list[Any] = []
        sent = await client.multipart_upload.upload_file(film, progress_callback=seen.append)
        assert seen[-1].bytes_sent == seen[-1].total_bytes == film.stat().st_size
        await client.assets.wait_until_ready(sent.asset_id)
        item = await client.indexes.indexed_assets.create(index.id, asset_id=sent.asset_id)
        await client.indexes.indexed_assets.wait_until_ready(index.id, item.id)
        job.videos[film] = item.id
        job.assets[film] = sent.asset_id
    return job


@pytest.fixture(scope="module")
def jobs() -> dict[tuple[type, str], Job]:
    """The job of each client and generation, from the first test that needs it."""
    return {}


@pytest.fixture
async def job(
    jobs: dict[tuple[type, str], Job], client: Any, sandbox: Sandbox, colours: Path, generation: str
) -> Job:
    """For tests that change nothing in the index."""
    key = type(client), generation
    if key not in jobs:
        jobs[key] = await make_job(client, sandbox, colours, generation)
    return evolve(jobs[key], client=client)


@pytest.fixture
async def own_job(
    client: Any, sandbox: Sandbox, colours: Path, generation: str
) -> AsyncIterator[Job]:
    job = await make_job(client, sandbox, colours, generation)
    yield job
    await client.indexes.delete(job.index_id)


async def test_the_chunks_of_a_film_arrive_whole(own_job: Job) -> None:
    film = demo_films.bigbuckbunny()
    details = await own_job.client.indexes.indexed_assets.retrieve(
        own_job.index_id, own_job.videos[film]
    )
    assert details.system_metadata.size == film.stat().st_size
    assert details.system_metadata.width == 1280
    puts = own_job.sandbox.requests.matching("PUT", origin="storage")
    assert len(puts) > 8
    assert not any(put.has_key for put in puts)


@pytest.mark.parametrize("share", [0.07, 0.4, 0.66, 0.93])
async def test_an_image_finds_the_clip_it_was_cut_from(job: Job, share: float) -> None:
    for film in (demo_films.bigbuckbunny(), demo_films.bikes()):
        details = await job.client.indexes.indexed_assets.retrieve(job.index_id, job.videos[film])
        at = share * details.system_metadata.duration
        image = await to_thread.run_sync(still, film, at)
        found = await job.hits(
            query_media_type="image", query_media_file=("frame.jpg", image, "image/jpeg")
        )
        assert found[0].rank == 1
        assert found[0].video_id == job.videos[film]
        assert found[0].start <= at <= found[0].end


@pytest.mark.parametrize(("colour", "start"), [("red", 0), ("blue", 3), ("green", 6)])
async def test_a_colour_finds_the_clips_where_it_prevails(
    job: Job, colour: str, start: float
) -> None:
    made = next(film for film in job.videos if film.name == "colours.mp4")
    found = await job.hits(query_text=f"something {colour}")
    assert found[0].video_id == job.videos[made]
    assert start - 0.2 <= found[0].start < found[0].end <= start + 3.2


async def test_words_and_an_image_together_narrow_the_search(job: Job) -> None:
    made = next(film for film in job.videos if film.name == "colours.mp4")
    image = await to_thread.run_sync(still, made, 4.5)
    found = await job.hits(
        query_text="blue",
        query_media_type="image",
        query_media_file=("frame.jpg", image, "image/jpeg"),
    )
    assert (found[0].video_id, found[0].start <= 4.5 <= found[0].end) == (job.videos[made], True)


async def test_a_spoken_line_is_found(job: Job) -> None:
    made = next(film for film in job.videos if film.name == "colours.mp4")
    found = await job.hits(query_text="the harbour", search_options=["transcription"])
    assert found[0].video_id == job.videos[made]
    assert "harbour" in found[0].transcription


async def test_pages_of_hits_are_followed_to_the_last_and_no_further(job: Job) -> None:
    everything = await job.hits(query_text="red or blue or green or grey", page_limit=50)
    job.sandbox.requests.clear()
    again = await job.hits(query_text="red or blue or green or grey", page_limit=2)
    assert [(h.video_id, h.start) for h in again] == [(h.video_id, h.start) for h in everything]
    assert len(job.sandbox.requests.matching(path="/search.*")) == -(-len(everything) // 2)


async def test_a_filter_and_groups(job: Job) -> None:
    bunny = job.videos[demo_films.bigbuckbunny()]
    found = await job.hits(query_text="green", filter={"id": [bunny]})
    assert {hit.video_id for hit in found} == {bunny}
    grouped = await job.hits(query_text="green", group_by="video")
    assert len({hit.id for hit in grouped}) == len(grouped)
    assert all(hit.clips for hit in grouped)


async def test_an_analysis_streams_what_was_measured(job: Job) -> None:
    pieces: list[str] = []
    last: Any = None
    async with job.client.analyze_stream(
        **job.analysed(demo_films.bigbuckbunny()), prompt="Describe it: colours and length."
    ) as stream:
        async for event in stream:
            last = event
            if event.event_type == "text_generation":
                pieces.append(event.text)
    assert last.event_type == "stream_end"
    assert len(pieces) > 3
    assert "5.3 s" in "".join(pieces)
    assert "green" in "".join(pieces)


async def test_a_schema_is_filled(job: Job) -> None:
    import orjson

    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "duration": {"type": "number"},
        },
        "required": ["title", "keywords", "duration"],
    }
    reply = await job.client.analyze(
        **job.analysed(demo_films.bikes()),
        prompt="Fill it in.",
        response_format={"type": "json_schema", "json_schema": schema},
    )
    filled = orjson.loads(reply.data)
    assert filled["title"]
    assert len(filled["keywords"]) >= 1
    assert filled["duration"] == pytest.approx(10.0, abs=0.1)


async def test_a_film_that_is_too_small_fails_with_the_services_reason(own_job: Job) -> None:
    sent = await own_job.client.multipart_upload.upload_file(demo_films.carphone())

    async def index_it() -> None:
        await own_job.client.assets.wait_until_ready(sent.asset_id)
        item = await own_job.client.indexes.indexed_assets.create(
            own_job.index_id, asset_id=sent.asset_id
        )
        await own_job.client.indexes.indexed_assets.wait_until_ready(own_job.index_id, item.id)

    with pytest.raises((ApiError, FailedError), match="resolution"):
        await index_it()


async def test_what_was_made_can_be_deleted(own_job: Job) -> None:
    bikes = own_job.videos[demo_films.bikes()]
    await own_job.client.indexes.indexed_assets.update(
        own_job.index_id, bikes, user_metadata={"kind": "street", "takes": 3}
    )
    listed = [
        item.id
        async for item in own_job.client.indexes.indexed_assets.list(
            own_job.index_id, user_metadata={"kind": "street"}
        )
    ]
    assert listed == [bikes]
    await own_job.client.indexes.indexed_assets.delete(own_job.index_id, bikes)
    left = [item.id async for item in own_job.client.indexes.indexed_assets.list(own_job.index_id)]
    assert bikes not in left
    assert len(left) == 2
    other = await own_job.client.indexes.create(
        index_name=f"other {uuid4()}", models=MODELS["today"]
    )
    await own_job.client.indexes.delete(other.id)
    assert other.id not in [index.id async for index in own_job.client.indexes.list()]
