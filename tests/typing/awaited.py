"""What the asyncio client's calls are to a type checker. ``# is`` says the type revealed."""
# ruff: noqa: B018, E501  # expressions, each with its type beside it
# fmt: off

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import reveal_type

import twelvelabs_async
from twelvelabs_async import AsyncTwelveLabs


@dataclass
class Answer:
    title: str


async def kinds_of_calls(client: AsyncTwelveLabs) -> None:
    # A resource, a creation, nothing
    reveal_type(await client.indexes.retrieve("i"))  # is IndexSchema
    reveal_type(await client.indexes.create(index_name="n", models=[]))  # is IndexesCreateResponse
    reveal_type(await client.indexes.delete("i"))  # is None
    reveal_type((await client.indexes.retrieve("i")).id)  # is str
    reveal_type((await client.indexes.retrieve("i")).video_count)  # is float | None
    # Lists: awaited, iterated, page by page
    reveal_type(client.indexes.list())  # is Pager[IndexSchema]
    reveal_type(await client.indexes.list())  # is Pager[IndexSchema]
    async for index in client.indexes.list():
        reveal_type(index)  # is IndexSchema
    async for index in await client.indexes.list():
        reveal_type(index)  # is IndexSchema
    async for page in client.entity_collections.entities.list("c").iter_pages():
        reveal_type(page)  # is BasePage[Entity]
        reveal_type(page.items)  # is list[Entity]
    reveal_type(await (await client.tasks.list()).next_page())  # is Pager[VideoIndexingTask] | None
    reveal_type((await client.multipart_upload.get_status("u")).status)  # is str | None
    # Streams
    stream = client.analyze_stream(video_id="v", prompt="p")
    async with stream:
        async for event in stream:
            if event.event_type == "text_generation":
                reveal_type(event.text)  # is str | None
    # Overloads
    reveal_type(await client.generate(video_id="v", prompt="p", stream=False))  # is NonStreamAnalyzeResponse
    # Unions by their tag
    summary = await client.summarize(video_id="v", type="chapter")
    if summary.summarize_type == "chapter":
        reveal_type(summary.chapters)  # is list[Chapter] | None
    # Waits, for many as well
    reveal_type(await client.embed.v_2.tasks.wait_until_ready("t"))  # is EmbeddingTaskResponse
    reveal_type(await client.assets.wait_until_all_ready(["a"]))  # is dict[str, Asset | TwelveLabsError]
    reveal_type(await client.embed.tasks.create_bulk(model_name="m", videos=[{"video_url": "u"}]))  # is BulkResult[TasksCreateResponse]
    # Vectors
    embedded = await client.embed.v_2.create(
        input_type="text", model_name="m", text={"input_text": "t"}
    )
    for row in embedded.data or ():
        reveal_type(row.embedding)  # is list[float] | None
    # Raw access
    raw = await client.with_raw_response(client.indexes.retrieve, "i")
    reveal_type(raw)  # is RawResponse[IndexSchema]
    reveal_type(raw.data.index_name)  # is str | None
    reveal_type(await client.indexes.with_raw_response.retrieve("i"))  # is RawResponse[IndexSchema]
    reveal_type(await client.indexes.with_raw_response.delete("i"))  # is RawResponse[None]
    reveal_type(await client.embed.v_2.tasks.with_raw_response.retrieve("t"))  # is RawResponse[EmbeddingTaskResponse]
    reveal_type(await client.analyze_async.tasks.with_raw_response.cancel("t"))  # is RawResponse[CancelAnalyzeTaskResponse]
    reveal_type(await client.with_raw_response.analyze(video_id="v", prompt="p"))  # is RawResponse[NonStreamAnalyzeResponse]
    reveal_type(await client.with_raw_response.analyze(video_id="v", prompt="p", response_format=Answer))  # is RawResponse[ParsedAnalyzeResponse[Answer]]
    rows = await client.indexes.with_raw_response.list()
    reveal_type(rows)  # is RawPager[Pager[IndexSchema]]
    reveal_type(rows.items)  # is list[IndexSchema]
    reveal_type(await rows.next_page())  # is RawPager[Pager[IndexSchema]] | None
    async for listed in rows:
        reveal_type(listed)  # is IndexSchema
    upload = await client.multipart_upload.with_raw_response.get_status("u")
    reveal_type(upload.data.status)  # is str | None
    async with client.analyze_async.batches.with_raw_response.results("b") as response:
        reveal_type(response)  # is RawResponse[Stream[BatchResultItem]]
        async for result in response.data:
            reveal_type(result)  # is BatchResultItem
    reveal_type(await client.with_raw_response.generate(video_id="v", prompt="p", stream=False))  # is RawResponse[NonStreamAnalyzeResponse]
    reveal_type(client.with_options(max_retries=0))  # is AsyncTwelveLabs


async def values_that_are_taken(client: AsyncTwelveLabs) -> None:
    await client.indexes.create(
        index_name="n",
        models=[
            {"model_name": "marengo3.0", "model_options": ["visual"]},
            twelvelabs_async.IndexesCreateRequestModelsItem(
                model_name="pegasus1.2", model_options=["audio"]
            ),
        ],
    )
    await client.embed.v_2.tasks.create(
        input_type="video",
        model_name="marengo3.0",
        video={
            "media_source": {"url": "https://example.com/a.mp4"},
            "segmentation": {"strategy": "dynamic", "dynamic": {"min_duration_sec": 4}},
        },
        request_options={"timeout_in_seconds": 5, "max_retries": 0},
    )
    with Path("a.mp4").open("rb") as file:
        await client.assets.create(method="direct", file=file)
    for content in ("a.mp4", Path("a.mp4"), b"...", ("a.mp4", b"..."), ("a", b"...", "video/mp4")):
        await client.assets.create(method="direct", file=content)
    await client.tasks.list(status=["ready", "a state of next year"])


async def values_that_are_refused(client: AsyncTwelveLabs) -> None:
    await client.indexes.retrieve(1)  # wrong
    await client.indexes.retrieve()  # wrong
    await client.indexes.retrieve("i", "j")  # wrong
    await client.indexes.create(index_name="n", models=[{"model_name": "marengo3.0"}])  # wrong
    await client.indexes.list(page="1")  # wrong
    await client.indexes.list(pages=1)  # wrong
    await client.entity_collections.entities.create("c", name="n", asset_ids=1)  # wrong
    await client.embed.v_2.create(input_type="text", model_name="m", text={"text": "t"})  # wrong
    await client.assets.create(method="direct", file=1)  # wrong
    await client.assets.create(method="direct", request_options={"timeout": 1})  # wrong
    await client.search.create(search_options=["visual"])  # wrong
    await client.indexes.with_raw_response.retrieve(1)  # wrong
    await client.indexes.with_raw_response.retrieve()  # wrong
    await client.indexes.with_raw_response.list(pages=1)  # wrong
    client.indexes.with_raw_response.analyze  # wrong
    client.indexes.list().with_raw_response  # wrong
    client.indices  # wrong
    twelvelabs_async.VideoSegmentation_Dynamic(dynamic=4)  # wrong
    twelvelabs_async.NoSuchModel  # wrong
    for _ in client.indexes.list():  # wrong
        pass
