"""The 60 calls of the vendor's method reference, as its programs write them.

Only the package's name and the two prompts are other than there.
"""
# ruff: noqa: UP028  # the loops are those of the reference

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twelvelabs_async import (
    CompletedChunk,
    MediaSource,
    ResponseFormat,
    TextInputRequest,
    TwelveLabs,
    VideoInputRequest,
    VideoSegmentation_Dynamic,
    VideoSegmentationDynamicDynamic,
)
from twelvelabs_async.entity_collections.entities import EntitiesCreateBulkRequestEntitiesItem
from twelvelabs_async.indexes import IndexesCreateRequestModelsItem


def summarize(client: TwelveLabs) -> None:
    client.summarize(
        video_id="6298d673f1090f1100476d4c",
        type="summary",
        prompt="Say in two sentences what happens.",
        temperature=0.2,
    )


def gist(client: TwelveLabs) -> None:
    client.gist(video_id="6298d673f1090f1100476d4c", types=["title", "topic"])


def generate(client: TwelveLabs) -> None:
    client.generate(
        video_id="6298d673f1090f1100476d4c",
        prompt="A title, then three sentences about what happens.",
        temperature=0.2,
        stream=True,
    )


def analyze_stream(client: TwelveLabs) -> Iterator[Any]:
    response = client.analyze_stream(
        video_id="6298d673f1090f1100476d4c",
        prompt="A title, then three sentences about what happens.",
        temperature=0.2,
        response_format=ResponseFormat(
            json_schema={
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "summary": {"type": "string"},
                    "keywords": {"type": "array", "items": {"type": "string"}},
                },
            }
        ),
        max_tokens=2000,
    )
    for chunk in response.data:
        yield chunk


def analyze(client: TwelveLabs) -> None:
    client.analyze(
        video_id="6298d673f1090f1100476d4c",
        prompt="A title, then three sentences about what happens.",
        temperature=0.2,
        response_format=ResponseFormat(
            json_schema={
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "summary": {"type": "string"},
                    "keywords": {"type": "array", "items": {"type": "string"}},
                },
            }
        ),
        max_tokens=2000,
    )


def tasks_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.tasks.list(
        page=1,
        page_limit=10,
        sort_by="created_at",
        sort_option="desc",
        index_id="630aff993fcee0532cb809d0",
        filename="01.mp4",
        duration=531.998133,
        width=640,
        height=360,
        created_at="2024-03-01T00:00:00Z",
        updated_at="2024-03-01T00:00:00Z",
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def tasks_create(client: TwelveLabs) -> None:
    client.tasks.create(index_id="index_id")


def tasks_retrieve(client: TwelveLabs) -> None:
    client.tasks.retrieve(task_id="6298d673f1090f1100476d4c")


def tasks_delete(client: TwelveLabs) -> None:
    client.tasks.delete(task_id="6298d673f1090f1100476d4c")


def indexes_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.indexes.list(
        page=1,
        page_limit=10,
        sort_by="created_at",
        sort_option="desc",
        index_name="myIndex",
        model_options="visual,audio",
        model_family="marengo",
        created_at="2024-08-16T16:53:59Z",
        updated_at="2024-08-16T16:55:59Z",
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def indexes_create(client: TwelveLabs) -> None:
    client.indexes.create(
        index_name="myIndex",
        models=[
            IndexesCreateRequestModelsItem(
                model_name="marengo3.0", model_options=["visual", "audio"]
            ),
            IndexesCreateRequestModelsItem(
                model_name="pegasus1.2", model_options=["visual", "audio"]
            ),
        ],
        addons=["thumbnail"],
    )


def indexes_retrieve(client: TwelveLabs) -> None:
    client.indexes.retrieve(index_id="6298d673f1090f1100476d4c")


def indexes_update(client: TwelveLabs) -> None:
    client.indexes.update(index_id="6298d673f1090f1100476d4c", index_name="myIndex")


def indexes_delete(client: TwelveLabs) -> None:
    client.indexes.delete(index_id="6298d673f1090f1100476d4c")


def assets_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.assets.list(page=1, page_limit=10)
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def assets_create(client: TwelveLabs) -> None:
    client.assets.create(method="direct")


def assets_retrieve(client: TwelveLabs) -> None:
    client.assets.retrieve(asset_id="6298d673f1090f1100476d4c")


def assets_delete(client: TwelveLabs) -> None:
    client.assets.delete(asset_id="6298d673f1090f1100476d4c")


def multipart_upload_list_incomplete_uploads(client: TwelveLabs) -> Iterator[Any]:
    response = client.multipart_upload.list_incomplete_uploads(page=1, page_limit=10)
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def multipart_upload_create(client: TwelveLabs) -> None:
    client.multipart_upload.create(filename="my-video.mp4", total_size=104857600)


def multipart_upload_get_status(client: TwelveLabs) -> Iterator[Any]:
    response = client.multipart_upload.get_status(
        upload_id="507f1f77bcf86cd799439011", page=1, page_limit=10
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def multipart_upload_report_chunk_batch(client: TwelveLabs) -> None:
    client.multipart_upload.report_chunk_batch(
        upload_id="507f1f77bcf86cd799439011",
        completed_chunks=[
            CompletedChunk(
                chunk_index=1, proof="d41d8cd98f00b204e9800998ecf8427e", chunk_size=5242880
            )
        ],
    )


def multipart_upload_get_additional_presigned_urls(client: TwelveLabs) -> None:
    client.multipart_upload.get_additional_presigned_urls(
        upload_id="507f1f77bcf86cd799439011", start=1, count=10
    )


def entity_collections_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.entity_collections.list(
        page=1, page_limit=10, name="My entity collection", sort_by="created_at", sort_option="desc"
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def entity_collections_create(client: TwelveLabs) -> None:
    client.entity_collections.create(name="My entity collection")


def entity_collections_retrieve(client: TwelveLabs) -> None:
    client.entity_collections.retrieve(entity_collection_id="6298d673f1090f1100476d4c")


def entity_collections_delete(client: TwelveLabs) -> None:
    client.entity_collections.delete(entity_collection_id="6298d673f1090f1100476d4c")


def entity_collections_update(client: TwelveLabs) -> None:
    client.entity_collections.update(entity_collection_id="6298d673f1090f1100476d4c")


def manage_entities_list_all_entities(client: TwelveLabs) -> None:
    client.manage_entities.list_all_entities(
        page=1,
        page_limit=10,
        name="foo",
        status="processing",
        sort_by="created_at",
        sort_option="desc",
    )


def embed_create(client: TwelveLabs) -> None:
    client.embed.create(model_name="model_name")


def search_create(client: TwelveLabs) -> None:
    client.search.create(index_id="index_id", search_options=["visual"])


def search_retrieve(client: TwelveLabs) -> None:
    client.search.retrieve(page_token="1234567890", include_user_metadata=True)


def embed_tasks_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.embed.tasks.list(
        started_at="2024-03-01T00:00:00Z",
        ended_at="2024-03-01T00:00:00Z",
        status="processing",
        page=1,
        page_limit=10,
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def embed_tasks_create(client: TwelveLabs) -> None:
    client.embed.tasks.create(model_name="model_name")


def embed_tasks_status(client: TwelveLabs) -> None:
    client.embed.tasks.status(task_id="663da73b31cdd0c1f638a8e6")


def embed_tasks_retrieve(client: TwelveLabs) -> None:
    client.embed.tasks.retrieve(task_id="663da73b31cdd0c1f638a8e6")


def embed_v_2_create(client: TwelveLabs) -> None:
    client.embed.v_2.create(
        input_type="text",
        model_name="marengo3.0",
        text=TextInputRequest(input_text="man walking a dog"),
    )


def embed_v_2_tasks_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.embed.v_2.tasks.list(
        started_at="2024-03-01T00:00:00Z",
        ended_at="2024-03-01T00:00:00Z",
        status="processing",
        page=1,
        page_limit=10,
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def embed_v_2_tasks_create(client: TwelveLabs) -> None:
    client.embed.v_2.tasks.create(
        input_type="video",
        model_name="marengo3.0",
        video=VideoInputRequest(
            media_source=MediaSource(url="https://user-bucket.com/video/long-video.mp4"),
            start_sec=0.0,
            end_sec=7200.0,
            segmentation=VideoSegmentation_Dynamic(
                dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=4)
            ),
            embedding_option=["visual", "audio", "transcription"],
            embedding_scope=["clip", "asset"],
        ),
    )


def embed_v_2_tasks_retrieve(client: TwelveLabs) -> None:
    client.embed.v_2.tasks.retrieve(task_id="64f8d2c7e4a1b37f8a9c5d12")


def entity_collections_entities_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.entity_collections.entities.list(
        entity_collection_id="6298d673f1090f1100476d4c",
        page=1,
        page_limit=10,
        name="My entity",
        status="processing",
        sort_by="created_at",
        sort_option="desc",
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def entity_collections_entities_create(client: TwelveLabs) -> None:
    client.entity_collections.entities.create(
        entity_collection_id="6298d673f1090f1100476d4c",
        name="My entity",
        asset_ids=["6298d673f1090f1100476d4c", "6298d673f1090f1100476d4d"],
    )


def entity_collections_entities_create_bulk(client: TwelveLabs) -> None:
    client.entity_collections.entities.create_bulk(
        entity_collection_id="6298d673f1090f1100476d4c",
        entities=[
            EntitiesCreateBulkRequestEntitiesItem(
                name="My entity", asset_ids=["6298d673f1090f1100476d4c", "6298d673f1090f1100476d4d"]
            )
        ],
    )


def entity_collections_entities_retrieve(client: TwelveLabs) -> None:
    client.entity_collections.entities.retrieve(
        entity_collection_id="6298d673f1090f1100476d4c", entity_id="6298d673f1090f1100476d4c"
    )


def entity_collections_entities_delete(client: TwelveLabs) -> None:
    client.entity_collections.entities.delete(
        entity_collection_id="6298d673f1090f1100476d4c", entity_id="6298d673f1090f1100476d4c"
    )


def entity_collections_entities_update(client: TwelveLabs) -> None:
    client.entity_collections.entities.update(
        entity_collection_id="6298d673f1090f1100476d4c", entity_id="6298d673f1090f1100476d4c"
    )


def entity_collections_entities_create_assets(client: TwelveLabs) -> None:
    client.entity_collections.entities.create_assets(
        entity_collection_id="6298d673f1090f1100476d4c",
        entity_id="6298d673f1090f1100476d4c",
        asset_ids=["6298d673f1090f1100476d4c", "6298d673f1090f1100476d4d"],
    )


def entity_collections_entities_delete_assets(client: TwelveLabs) -> None:
    client.entity_collections.entities.delete_assets(
        entity_collection_id="6298d673f1090f1100476d4c",
        entity_id="6298d673f1090f1100476d4c",
        asset_ids=["6298d673f1090f1100476d4e", "6298d673f1090f1100476d4f"],
    )


def indexes_indexed_assets_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.indexes.indexed_assets.list(
        index_id="6298d673f1090f1100476d4c",
        page=1,
        page_limit=10,
        sort_by="created_at",
        sort_option="desc",
        filename="01.mp4",
        duration=1.1,
        fps=1.1,
        width=1.1,
        height=1,
        size=1.1,
        created_at="2024-08-16T16:53:59Z",
        updated_at="2024-08-16T16:53:59Z",
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def indexes_indexed_assets_create(client: TwelveLabs) -> None:
    client.indexes.indexed_assets.create(
        index_id="6298d673f1090f1100476d4c", asset_id="6298d673f1090f1100476d4c"
    )


def indexes_indexed_assets_retrieve(client: TwelveLabs) -> None:
    client.indexes.indexed_assets.retrieve(
        index_id="6298d673f1090f1100476d4c",
        indexed_asset_id="6298d673f1090f1100476d4c",
        transcription=True,
    )


def indexes_indexed_assets_delete(client: TwelveLabs) -> None:
    client.indexes.indexed_assets.delete(
        index_id="6298d673f1090f1100476d4c", indexed_asset_id="6298d673f1090f1100476d4c"
    )


def indexes_indexed_assets_update(client: TwelveLabs) -> None:
    client.indexes.indexed_assets.update(
        index_id="6298d673f1090f1100476d4c",
        indexed_asset_id="6298d673f1090f1100476d4c",
        user_metadata={
            "category": "recentlyAdded",
            "batchNumber": 5,
            "rating": 9.3,
            "needsReview": True,
        },
    )


def indexes_videos_list(client: TwelveLabs) -> Iterator[Any]:
    response = client.indexes.videos.list(
        index_id="6298d673f1090f1100476d4c",
        page=1,
        page_limit=10,
        sort_by="created_at",
        sort_option="desc",
        filename="01.mp4",
        duration=1.1,
        fps=1.1,
        width=1.1,
        height=1,
        size=1.1,
        created_at="2024-08-16T16:53:59Z",
        updated_at="2024-08-16T16:53:59Z",
    )
    for item in response:
        yield item
    for page in response.iter_pages():
        yield page


def indexes_videos_retrieve(client: TwelveLabs) -> None:
    client.indexes.videos.retrieve(
        index_id="6298d673f1090f1100476d4c", video_id="6298d673f1090f1100476d4c", transcription=True
    )


def indexes_videos_delete(client: TwelveLabs) -> None:
    client.indexes.videos.delete(
        index_id="6298d673f1090f1100476d4c", video_id="6298d673f1090f1100476d4c"
    )


def indexes_videos_update(client: TwelveLabs) -> None:
    client.indexes.videos.update(
        index_id="6298d673f1090f1100476d4c",
        video_id="6298d673f1090f1100476d4c",
        user_metadata={
            "category": "recentlyAdded",
            "batchNumber": 5,
            "rating": 9.3,
            "needsReview": True,
        },
    )


def tasks_transfers_create(client: TwelveLabs) -> None:
    client.tasks.transfers.create(integration_id="integration-id")


def tasks_transfers_get_status(client: TwelveLabs) -> None:
    client.tasks.transfers.get_status(integration_id="integration-id")


def tasks_transfers_get_logs(client: TwelveLabs) -> None:
    client.tasks.transfers.get_logs(integration_id="integration-id")
