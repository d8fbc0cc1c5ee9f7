"""What the blocking client's calls are to a type checker. ``# is`` says the type revealed."""
# ruff: noqa: B018, E501  # expressions, each with its type beside it
# fmt: off

from __future__ import annotations

from typing import reveal_type

from twelvelabs_async import TwelveLabs


def kinds_of_calls(client: TwelveLabs) -> None:
    # A resource, a creation, nothing
    reveal_type(client.indexes.retrieve("i"))  # is IndexSchema
    reveal_type(client.indexes.create(index_name="n", models=[]))  # is IndexesCreateResponse
    reveal_type(client.indexes.delete("i"))  # is None
    # Lists: as a whole, page by page
    reveal_type(client.indexes.list())  # is SyncPager[IndexSchema]
    for index in client.indexes.list():
        reveal_type(index)  # is IndexSchema
    for page in client.entity_collections.entities.list("c").iter_pages():
        reveal_type(page.items)  # is list[Entity]
    # Streams
    with client.analyze_stream(video_id="v", prompt="p") as stream:
        for event in stream:
            if event.event_type == "text_generation":
                reveal_type(event.text)  # is str | None
    # Overloads
    reveal_type(client.generate(video_id="v", prompt="p", stream=False))  # is NonStreamAnalyzeResponse
    # Unions by their tag
    summary = client.summarize(video_id="v", type="chapter")
    if summary.summarize_type == "chapter":
        reveal_type(summary.chapters)  # is list[Chapter] | None
    # Waits, for many as well
    reveal_type(client.embed.v_2.tasks.wait_until_ready("t"))  # is EmbeddingTaskResponse
    reveal_type(client.embed.tasks.wait_for_done("t", callback=print))  # is TasksStatusResponse
    reveal_type(client.assets.wait_until_all_ready(["a"]))  # is dict[str, Asset | TwelveLabsError]
    # Raw access
    reveal_type(client.with_raw_response(client.indexes.retrieve, "i"))  # is RawResponse[IndexSchema]
    reveal_type(client.indexes.with_raw_response.retrieve("i"))  # is RawResponse[IndexSchema]
    reveal_type(client.indexes.with_raw_response.delete("i"))  # is RawResponse[None]
    reveal_type(client.analyze_async.tasks.with_raw_response.cancel("t"))  # is RawResponse[CancelAnalyzeTaskResponse]
    reveal_type(client.with_raw_response.analyze(video_id="v", prompt="p"))  # is RawResponse[NonStreamAnalyzeResponse]
    rows = client.indexes.with_raw_response.list()
    reveal_type(rows)  # is SyncRawPager[SyncPager[IndexSchema]]
    reveal_type(rows.items)  # is list[IndexSchema]
    reveal_type(rows.next_page())  # is SyncRawPager[SyncPager[IndexSchema]] | None
    for listed in rows:
        reveal_type(listed)  # is IndexSchema
    reveal_type(client.multipart_upload.with_raw_response.get_status("u").data.status)  # is str | None
    with client.analyze_async.batches.with_raw_response.results("b") as response:
        reveal_type(response)  # is RawResponse[SyncStream[BatchResultItem]]
        for result in response.data:
            reveal_type(result)  # is BatchResultItem
    reveal_type(client.with_raw_response.generate(video_id="v", prompt="p", stream=False))  # is RawResponse[NonStreamAnalyzeResponse]
    reveal_type(client.with_options(max_retries=0))  # is TwelveLabs


def values_that_are_refused(client: TwelveLabs) -> None:
    client.indexes.retrieve(1)  # wrong
    client.indexes.retrieve()  # wrong
    client.indexes.create(index_name="n", models=[{"model_name": "marengo3.0"}])  # wrong
    client.indexes.list(page="1")  # wrong
    client.indexes.list(pages=1)  # wrong
    client.embed.v_2.create(input_type="text", model_name="m", text={"text": "t"})  # wrong
    client.assets.create(method="direct", file=1)  # wrong
    client.indices  # wrong
    client.indexes.with_raw_response.retrieve(1)  # wrong
    client.indexes.with_raw_response.list(pages=1)  # wrong
    client.indexes.with_raw_response.analyze  # wrong
    client.indexes.list().with_raw_response  # wrong
