"""Every method of the vendor's SDK 1.1.0 with every parameter, in a form that JSON can carry.

Both SDKs make these calls: ``{"$type": name, ...}`` stands for a model of that name, ``{"$file":
[name, text, content type]}`` for a file.
"""

from __future__ import annotations

import base64
import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

Json = Any


class Call(NamedTuple):
    """A method by its way from the client, and its arguments."""

    method: str
    arguments: list[Json]
    named: dict[str, Json]


def model(name: str, /, **fields: Json) -> Json:
    return {"$type": name, **fields}


def file(name: str, content: bytes, content_type: str) -> Json:
    return {"$file": [name, base64.b64encode(content).decode(), content_type]}


def call(method: str, /, *arguments: Json, **named: Json) -> Call:
    return Call(method, list(arguments), named)


ID = "6298d673f1090f1100476d4c"
FILM = file("Łódź 1.mp4", bytes(range(256)) * 8, "video/mp4")
IMAGE = file("a b.png", b"\x89PNG\r\n--x\r\n", "image/png")
SOUND = file("tone.wav", b"RIFF", "audio/wav")
METADATA = {"category": "Kraków & Łódź", "count": 5, "rating": 9.25, "good": True, "gone": None}
FILTER = {"category": "a b/ü", "count": 5, "rating": 9.25, "good": True}
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
FORMAT = model("ResponseFormat", json_schema=SCHEMA)
PROMPT = "Was geschieht? “Zitat” 🎬\n100 % & more"
PAGED = {"page": 2, "page_limit": 50}
SORTED = {**PAGED, "sort_by": "created_at", "sort_option": "asc"}
TIMES = {"created_at": "2024-08-16T16:53:59Z", "updated_at": "2024-08-16T16:53:59+02:00"}
SIZES = {"filename": "ü 01.mp4", "duration": 531.998133, "width": 640, "height": 360}
MEASURES = {**SIZES, "fps": 29.97, "size": 1.5e6}
SOURCE = model("MediaSource", url="https://example.com/%C3%BC?a=1&b=2")
EMBEDDED = {
    "media_source": SOURCE,
    "start_sec": 0.5,
    "end_sec": 7200.25,
    "embedding_scope": ["clip", "asset"],
}
DYNAMIC = model(
    "VideoSegmentation_Dynamic",
    dynamic=model("VideoSegmentationDynamicDynamic", min_duration_sec=4),
)
FIXED = model("VideoSegmentation_Fixed", fixed=model("VideoSegmentationFixedFixed", duration_sec=6))
VIDEO = model(
    "VideoInputRequest",
    **EMBEDDED,
    segmentation=DYNAMIC,
    embedding_option=["visual", "audio", "transcription"],
)
AUDIO = model(
    "AudioInputRequest",
    **{**EMBEDDED, "media_source": model("MediaSource", base_64_string="AAECAw==")},
    segmentation=model("AudioSegmentation", fixed=model("AudioSegmentationFixed", duration_sec=6)),
    embedding_option=["audio", "transcription"],
)

CALLS = (
    call(
        "summarize",
        video_id=ID,
        type="summary",
        prompt=PROMPT,
        temperature=0.2,
        response_format=FORMAT,
        max_tokens=2000,
    ),
    call("gist", video_id=ID, types=["title", "topic", "hashtag"]),
    call("generate", video_id=ID, prompt=PROMPT, temperature=0.0, stream=False),
    call(
        "analyze_stream",
        video_id=ID,
        prompt=PROMPT,
        temperature=1,
        response_format=FORMAT,
        max_tokens=1,
    ),
    call(
        "analyze",
        video_id=ID,
        prompt=PROMPT,
        temperature=0.2,
        response_format=FORMAT,
        max_tokens=2000,
    ),
    call("tasks.list", **SORTED, index_id=ID, status=["ready", "failed"], **SIZES, **TIMES),
    call("tasks.list", status="ready"),
    call(
        "tasks.create",
        index_id=ID,
        video_file=FILM,
        video_url="https://example.com/a?b=c&d",
        enable_video_stream=False,
        user_metadata='{"a": "ü"}',
    ),
    call("tasks.create", index_id=ID, video_url="https://example.com/%C3%BC.mp4"),
    call("tasks.retrieve", ID),
    call("tasks.delete", ID),
    call(
        "indexes.list",
        **SORTED,
        index_name="Łódź & co",
        model_options="visual,audio",
        model_family="marengo",
        **TIMES,
    ),
    call(
        "indexes.create",
        index_name="Łódź",
        models=[
            model(
                "indexes.IndexesCreateRequestModelsItem",
                model_name="marengo3.0",
                model_options=["visual", "audio"],
            )
        ],
        addons=["thumbnail"],
    ),
    call("indexes.retrieve", ID),
    call("indexes.update", ID, index_name="neu"),
    call("indexes.delete", ID),
    call("assets.list", **PAGED, asset_ids=[ID, "x"], asset_types=["video", "image"]),
    call("assets.create", method="direct", file=FILM, filename="ü.mp4"),
    call("assets.create", method="url", url="https://example.com/%C3%BC.mp4"),
    call("assets.retrieve", ID),
    call("assets.delete", ID),
    call("multipart_upload.list_incomplete_uploads", **PAGED),
    call("multipart_upload.create", filename="ü.mp4", total_size=104857600),
    call("multipart_upload.get_status", ID, **PAGED),
    call(
        "multipart_upload.report_chunk_batch",
        ID,
        completed_chunks=[
            model("CompletedChunk", chunk_index=1, proof="d41d8cd9", chunk_size=5242880)
        ],
    ),
    call("multipart_upload.get_additional_presigned_urls", ID, start=1, count=10),
    call("entity_collections.list", **SORTED, name="Łódź & co"),
    call("entity_collections.create", name="Łódź", description="ü"),
    call("entity_collections.retrieve", ID),
    call("entity_collections.update", ID, name="neu", description=""),
    call("entity_collections.delete", ID),
    call("entity_collections.entities.list", ID, **SORTED, name="Łódź", status="ready"),
    call(
        "entity_collections.entities.create",
        ID,
        name="Łódź",
        asset_ids=[ID, "x"],
        description="ü",
        metadata=METADATA,
    ),
    call(
        "entity_collections.entities.create_bulk",
        ID,
        entities=[
            model(
                "entity_collections.entities.EntitiesCreateBulkRequestEntitiesItem",
                name="Łódź",
                asset_ids=[ID],
                description="ü",
                metadata={"a": 1.5, "b": False},
            )
        ],
    ),
    call("entity_collections.entities.retrieve", ID, "x"),
    call(
        "entity_collections.entities.update", ID, "x", name="n", description="d", metadata=METADATA
    ),
    call("entity_collections.entities.delete", ID, "x"),
    call("entity_collections.entities.create_assets", ID, "x", asset_ids=["a", "b"]),
    call("entity_collections.entities.delete_assets", ID, "x", asset_ids=["a", "b"]),
    call("manage_entities.list_all_entities", **SORTED, name="Łódź", status="processing"),
    call(
        "embed.create",
        model_name="marengo3.0",
        text=PROMPT,
        text_truncate="end",
        image_url="https://example.com/a.png?x=1&y=2",
        image_file=IMAGE,
        audio_url="https://example.com/a.wav?x=1&y=2",
        audio_file=SOUND,
        audio_start_offset_sec=1.5,
    ),
    call("embed.create", model_name="marengo3.0", text=PROMPT),
    call("embed.tasks.list", started_at="2024-03-01T00:00:00Z", status="processing", **PAGED),
    call(
        "embed.tasks.create",
        model_name="marengo3.0",
        video_file=FILM,
        video_url="https://example.com/%C3%BC.mp4",
        video_start_offset_sec=0.5,
        video_end_offset_sec=10.25,
        video_clip_length=2.5,
        video_embedding_scope=["clip", "video"],
    ),
    call("embed.tasks.status", ID),
    call("embed.tasks.retrieve", ID, embedding_option=["visual", "audio"]),
    call("embed.tasks.retrieve", ID, embedding_option="audio"),
    call(
        "embed.v_2.create",
        input_type="text",
        model_name="marengo3.0",
        text=model("TextInputRequest", input_text=PROMPT),
    ),
    call(
        "embed.v_2.create",
        input_type="image",
        model_name="marengo3.0",
        image=model("ImageInputRequest", media_source=SOURCE),
        text_image=model("TextImageInputRequest", media_source=SOURCE, input_text=PROMPT),
        video=VIDEO,
    ),
    call("embed.v_2.tasks.list", ended_at="2024-03-01T00:00:00Z", status="ready", **PAGED),
    call("embed.v_2.tasks.create", input_type="video", model_name="marengo3.0", video=VIDEO),
    call("embed.v_2.tasks.create", input_type="audio", model_name="marengo3.0", audio=AUDIO),
    call(
        "embed.v_2.tasks.create",
        input_type="video",
        model_name="marengo3.0",
        video=model("VideoInputRequest", media_source=SOURCE, segmentation=FIXED),
    ),
    call("embed.v_2.tasks.retrieve", ID),
    call(
        "search.create",
        index_id=ID,
        search_options=["visual", "audio", "transcription"],
        query_media_type="image",
        query_media_url="https://example.com/%C3%BC.png",
        query_media_file=IMAGE,
        query_text="Łódź & ü “x”",
        transcription_options=["lexical", "semantic"],
        adjust_confidence_level=0.5,
        group_by="video",
        threshold="low",
        sort_option="clip_count",
        operator="and",
        page_limit=50,
        filter='{"duration": {"gte": 1.5}}',
        include_user_metadata=True,
    ),
    call("search.create", index_id=ID, search_options=["visual"], query_text="a"),
    call("search.retrieve", "t-1", include_user_metadata=False),
    call("indexes.indexed_assets.list", ID, **SORTED, status=["ready", "failed"], **MEASURES),
    call("indexes.indexed_assets.list", ID, user_metadata=FILTER, **TIMES),
    call("indexes.indexed_assets.create", ID, asset_id="x", enable_video_stream=True),
    call(
        "indexes.indexed_assets.retrieve",
        ID,
        "x",
        embedding_option=["visual", "audio"],
        transcription=True,
    ),
    call("indexes.indexed_assets.update", ID, "x", user_metadata=METADATA),
    call("indexes.indexed_assets.delete", ID, "x"),
    call("indexes.videos.list", ID, **SORTED, **MEASURES, **TIMES),
    call("indexes.videos.list", ID, user_metadata=FILTER),
    call("indexes.videos.retrieve", ID, "x", embedding_option="visual", transcription=False),
    call("indexes.videos.update", ID, "x", user_metadata=METADATA),
    call("indexes.videos.delete", ID, "x"),
    call("tasks.transfers.create", "aws-1"),
    call("tasks.transfers.get_status", "aws-1"),
    call("tasks.transfers.get_logs", "aws-1"),
    # Identifiers that are no plain path segments
    call("indexes.retrieve", "a/b?c#d%20e"),
    call("assets.delete", "ü x"),
    call("entity_collections.entities.retrieve", "a/../b", "c?d=e"),
)


def arguments(package: str, value: Json) -> Any:
    """The arguments that a JSON form stands for, with the models of a package."""
    if isinstance(value, Mapping):
        if "$file" in value:
            name, content, content_type = value["$file"]
            return (name, base64.b64decode(content), content_type)
        made = {key: arguments(package, v) for key, v in value.items() if key != "$type"}
        if "$type" not in value:
            return made
        module, _, name = f"{package}.{value['$type']}".rpartition(".")
        return getattr(importlib.import_module(module), name)(**made)
    return [arguments(package, item) for item in value] if isinstance(value, list) else value


def bound(client: Any, method: str) -> Any:
    """A client's method by its way."""
    for step in method.split("."):
        client = getattr(client, step)
    return client
