"""Drives a sandbox through every method of the vendor's SDK 1.1.0; run by test_vendor.py.

Run it with an interpreter that has ``twelvelabs==1.1.0`` and nothing of ours: the arguments are the
sandbox's address, its key, a film, a picture cut from it, and an integration that has the film. It
prints the methods it called, one a line.
"""

# ruff: noqa: PT017, PT018 - there is no pytest in the vendor's environment

from __future__ import annotations

import math
import sys
import urllib.request
from pathlib import Path
from typing import Any

from twelvelabs import ResponseFormat, TwelveLabs
from twelvelabs.core.api_error import ApiError
from twelvelabs.entity_collections.entities import EntitiesCreateBulkRequestEntitiesItem
from twelvelabs.errors import BadRequestError, NotFoundError
from twelvelabs.indexes import IndexesCreateRequestModelsItem
from twelvelabs.types import (
    AudioInputRequest,
    CompletedChunk,
    ImageInputRequest,
    MediaSource,
    TextImageInputRequest,
    TextInputRequest,
    VideoInputRequest,
    VideoSegmentation_Dynamic,
    VideoSegmentation_Fixed,
    VideoSegmentationDynamicDynamic,
    VideoSegmentationFixedFixed,
)

OPTIONS = ["visual", "audio"]


class Scenario:
    def __init__(self, base_url: str, key: str, film: str, picture: str, integration: str) -> None:
        self.client = TwelveLabs(api_key=key, base_url=base_url)
        self.base_url, self.integration = base_url, integration
        self.film, self.picture = Path(film), Path(picture)
        self.called: set[str] = set()

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        self.called.add(name)
        method: Any = self.client
        for part in name.split("."):
            method = getattr(method, part)
        return method(*args, **kwargs)

    def refused(
        self, kind: type[ApiError], code: str | int, name: str, /, *args: Any, **kwargs: Any
    ) -> None:
        try:
            found = self.call(name, *args, **kwargs)
            if name.endswith("stream"):
                list(found)
        except ApiError as error:
            assert type(error) is kind, (name, type(error))
            body: Any = error.body
            if not isinstance(body, dict):
                body = body.__dict__
            assert body.get("code", body.get("error_code")) == code, (name, body)
        else:
            raise AssertionError(f"{name} was not refused")

    def run(self) -> None:
        self.indexes()
        self.upload()
        self.index_asset()
        self.search()
        self.analyze()
        self.tasks()
        self.transfers()
        self.embed()
        self.embed_v2()
        self.entities()
        self.deletes()
        self.refusals()

    def indexes(self) -> None:
        models = [
            IndexesCreateRequestModelsItem(model_name=name, model_options=OPTIONS)
            for name in ("marengo3.0", "pegasus1.2")
        ]
        made = self.call("indexes.create", index_name="films", models=models, addons=["thumbnail"])
        self.index_id = made.id
        assert self.call("indexes.retrieve", self.index_id).index_name == "films"
        self.call("indexes.update", self.index_id, index_name="reels")
        listed = list(self.call("indexes.list", index_name="reels", model_family="marengo"))
        assert [index.id for index in listed] == [self.index_id]
        self.refused(
            ApiError,
            "index_name_already_exists",
            "indexes.create",
            index_name="reels",
            models=models,
        )

    def upload(self) -> None:
        content = self.film.read_bytes()
        made = self.call(
            "multipart_upload.create",
            filename=self.film.name,
            total_size=len(content),
        )
        assert made.total_chunks == math.ceil(len(content) / made.chunk_size)
        listed = self.call("multipart_upload.list_incomplete_uploads")
        assert [upload.upload_id for upload in listed] == [made.upload_id]
        more = self.call(
            "multipart_upload.get_additional_presigned_urls",
            made.upload_id,
            start=1,
            count=made.total_chunks,
        )
        chunks = []
        for url in more.upload_urls:
            start = (url.chunk_index - 1) * made.chunk_size
            piece = content[start : start + made.chunk_size]
            request = urllib.request.Request(
                url.url, piece, headers=made.upload_headers, method="PUT"
            )
            with urllib.request.urlopen(request) as answer:
                etag = answer.headers["ETag"].strip('"')
            chunks.append(
                CompletedChunk(
                    chunk_index=url.chunk_index,
                    proof=etag,
                    proof_type="etag",
                    chunk_size=len(piece),
                )
            )
        done = self.call(
            "multipart_upload.report_chunk_batch", made.upload_id, completed_chunks=chunks
        )
        assert done.total_completed == made.total_chunks
        self.film_url = done.url
        status = list(self.call("multipart_upload.get_status", made.upload_id))
        assert {chunk.status for chunk in status} == {"completed"}
        self.asset_id = done.asset_id
        assert self.call("assets.retrieve", self.asset_id).status == "ready"
        with self.picture.open("rb") as file:
            image = self.call("assets.create", method="direct", file=file, filename="frame.jpg")
        self.image_id = image.id
        other = self.call("assets.create", method="url", url=self.film_url, filename="again.mp4")
        self.other_id = other.id
        images = list(self.call("assets.list", asset_types=["image"]))
        assert [asset.id for asset in images] == [self.image_id]

    def index_asset(self) -> None:
        made = self.call(
            "indexes.indexed_assets.create",
            self.index_id,
            asset_id=self.asset_id,
            enable_video_stream=True,
        )
        self.video_id = made.id
        name = "indexes.indexed_assets"
        found = self.call(
            f"{name}.retrieve",
            self.index_id,
            self.video_id,
            embedding_option=["visual"],
            transcription=True,
        )
        assert found.status == "ready"
        assert len(found.embedding.video_embedding.segments[0].float_) == 512
        assert found.hls.status == "COMPLETE"
        with urllib.request.urlopen(found.hls.video_url) as answer:
            assert answer.read().startswith(b"#EXTM3U")
        self.call(f"{name}.update", self.index_id, self.video_id, user_metadata={"reel": 5})
        listed = list(self.call(f"{name}.list", self.index_id, status=["ready", "failed"]))
        assert [item.id for item in listed] == [self.video_id]
        self.refused(
            NotFoundError, "resource_not_exist", f"{name}.retrieve", self.index_id, "0" * 24
        )
        name = "indexes.videos"
        video = self.call(f"{name}.retrieve", self.index_id, self.video_id)
        assert video.user_metadata == {"reel": 5}
        self.call(f"{name}.update", self.index_id, self.video_id, user_metadata={"kind": "cartoon"})
        listed = list(self.call(f"{name}.list", self.index_id, filename=self.film.name))
        assert [item.id for item in listed] == [self.video_id]

    def search(self) -> None:
        words = self.call(
            "search.create",
            index_id=self.index_id,
            search_options=["visual", "audio"],
            query_text="green",
            page_limit=1,
            include_user_metadata=True,
            filter='{"reel": 5}',
        )
        assert words.search_pool.total_count == 1
        assert words.data[0].user_metadata == {"reel": 5, "kind": "cartoon"}
        with urllib.request.urlopen(words.data[0].thumbnail_url) as answer:
            assert answer.read(2) == b"\xff\xd8"
        token = words.page_info.next_page_token
        assert token, "one clip is too few to page"
        later = self.call("search.retrieve", token)
        assert later.data[0].rank == 2
        assert (
            len(
                list(
                    self.client.search.query(
                        index_id=self.index_id,
                        search_options=["visual"],
                        query_text="green",
                        page_limit=1,
                    )
                )
            )
            == words.page_info.total_results
        )
        with self.picture.open("rb") as file:
            by_image = self.call(
                "search.create",
                index_id=self.index_id,
                search_options=["visual"],
                query_media_type="image",
                query_media_file=file,
                group_by="video",
            )
        assert by_image.data[0].id == self.video_id
        self.refused(BadRequestError, 104, "search.retrieve", "no-token")

    def analyze(self) -> None:
        video = {"video_id": self.video_id}
        whole = self.call("analyze", **video, prompt="What happens?", temperature=0.1)
        assert whole.data and whole.finish_reason == "stop"
        events = list(self.call("analyze_stream", **video, prompt="What happens?"))
        assert [events[0].event_type, events[-1].event_type] == ["stream_start", "stream_end"]
        streamed = "".join(e.text for e in events if e.event_type == "text_generation")
        assert streamed == whole.data
        short = self.call("analyze", **video, prompt="What happens?", max_tokens=3)
        assert short.finish_reason == "length"
        schema = {"type": "object", "properties": {"title": {"type": "string"}}}
        self.call(
            "analyze", **video, prompt="Title?", response_format=ResponseFormat(json_schema=schema)
        )
        assert self.call("generate", **video, prompt="What?", stream=False)
        gist = self.call("gist", **video, types=["title", "topic", "hashtag"])
        assert gist.title and gist.topics and gist.hashtags
        assert self.call("summarize", **video, type="summary").summary
        assert self.call("summarize", **video, type="chapter").chapters[0].chapter_number == 0
        assert self.call("summarize", **video, type="highlight").highlights[0].highlight
        self.refused(BadRequestError, "parameter_invalid", "gist", **video, types=["title", "poem"])

    def tasks(self) -> None:
        with self.film.open("rb") as file:
            made = self.call(
                "tasks.create", index_id=self.index_id, video_file=file, user_metadata='{"n": 1}'
            )
        task = self.call("tasks.retrieve", made.id)
        assert task.status == "ready" and task.hls.status == "COMPLETE"
        listed = list(self.call("tasks.list", index_id=self.index_id, status=["ready"]))
        assert [item.id for item in listed] == [made.id]
        self.refused(BadRequestError, "task_cannot_be_deleted", "tasks.delete", made.id)
        self.call("indexes.videos.delete", self.index_id, made.video_id)
        self.call("tasks.delete", made.id)
        by_url = self.call("tasks.create", index_id=self.index_id, video_url=self.film_url)
        assert self.call("tasks.retrieve", by_url.id).status == "ready"

    def transfers(self) -> None:
        name = "tasks.transfers"
        index = {"index_id": self.index_id}
        self.call(
            f"{name}.create",
            self.integration,
            request_options={"additional_body_parameters": index},
        )
        self.call(
            f"{name}.get_status",
            self.integration,
            request_options={"additional_query_parameters": index},
        )
        self.call(f"{name}.get_logs", self.integration)
        try:
            self.call(f"{name}.create", self.integration)
        except ApiError as error:
            assert error.body["code"] == "parameter_not_provided"
        else:
            raise AssertionError("transfers.create needs an index")

    def embed(self) -> None:
        words = self.call("embed.create", model_name="marengo3.0", text="a green field")
        assert len(words.text_embedding.segments[0].float_) == 512
        with self.picture.open("rb") as file:
            picture = self.call("embed.create", model_name="marengo3.0", image_file=file)
        assert len(picture.image_embedding.segments[0].float_) == 512
        with self.film.open("rb") as file:
            made = self.call(
                "embed.tasks.create",
                model_name="marengo3.0",
                video_file=file,
                video_clip_length=2,
                video_embedding_scope=["clip", "video"],
            )
        assert self.call("embed.tasks.status", made.id).status == "ready"
        found = self.call("embed.tasks.retrieve", made.id, embedding_option=["visual"])
        scopes = {segment.embedding_scope for segment in found.video_embedding.segments}
        assert scopes == {"clip", "video"}
        assert [task.id for task in self.call("embed.tasks.list", status="ready")] == [made.id]

    def embed_v2(self) -> None:
        asset, image = MediaSource(asset_id=self.asset_id), MediaSource(asset_id=self.image_id)
        model = {"model_name": "marengo3.0"}
        create = "embed.v_2.create"
        text = TextInputRequest(input_text="a green field")
        assert (
            len(self.call(create, input_type="text", **model, text=text).data[0].embedding) == 512
        )
        picture = ImageInputRequest(media_source=image)
        assert self.call(create, input_type="image", **model, image=picture).data
        both = TextImageInputRequest(media_source=image, input_text="green")
        assert self.call(create, input_type="text_image", **model, text_image=both).data
        fixed = VideoSegmentation_Fixed(fixed=VideoSegmentationFixedFixed(duration_sec=2))
        film = VideoInputRequest(
            media_source=asset,
            segmentation=fixed,
            embedding_option=["visual"],
            embedding_scope=["clip"],
        )
        clips = self.call(create, input_type="video", **model, video=film).data
        assert clips[0].start_sec == 0 and clips[1].start_sec == 2
        sound = AudioInputRequest(media_source=asset, embedding_option=["audio"])
        assert self.call(create, input_type="audio", **model, audio=sound).data
        dynamic = VideoSegmentation_Dynamic(
            dynamic=VideoSegmentationDynamicDynamic(min_duration_sec=4)
        )
        film = VideoInputRequest(media_source=asset, segmentation=dynamic)
        made = self.call("embed.v_2.tasks.create", input_type="video", **model, video=film)
        found = self.call("embed.v_2.tasks.retrieve", made.id)
        assert found.status == "ready" and found.data
        assert [task.id for task in self.call("embed.v_2.tasks.list")] == [made.id]

    def entities(self) -> None:
        made = self.call("entity_collections.create", name="people", description="who is there")
        self.collection_id = made.id
        assert self.call("entity_collections.retrieve", made.id).name == "people"
        assert self.call("entity_collections.update", made.id, name="folk").name == "folk"
        listed = list(self.call("entity_collections.list", name="folk"))
        assert [collection.id for collection in listed] == [made.id]
        name = "entity_collections.entities"
        with self.picture.open("rb") as file:
            second = self.call("assets.create", method="direct", file=file, filename="b.jpg")
        one = self.call(
            f"{name}.create",
            made.id,
            name="rabbit",
            asset_ids=[self.image_id],
            metadata={"size": 2, "kind": "big", "real": False},
        )
        item = EntitiesCreateBulkRequestEntitiesItem(name="bird", asset_ids=["0" * 24])
        bulk = self.call(f"{name}.create_bulk", made.id, entities=[item])
        assert (bulk.success_count, bulk.failed_count) == (0, 1)
        assert self.call(f"{name}.retrieve", made.id, one.id).status == "ready"
        assert self.call(f"{name}.update", made.id, one.id, name="hare").name == "hare"
        more = self.call(f"{name}.create_assets", made.id, one.id, asset_ids=[second.id])
        assert more.asset_ids == [self.image_id, second.id]
        left = self.call(f"{name}.delete_assets", made.id, one.id, asset_ids=[second.id])
        assert left.asset_ids == [self.image_id]
        self.refused(
            BadRequestError,
            "parameter_invalid",
            f"{name}.delete_assets",
            made.id,
            one.id,
            asset_ids=[self.image_id],
        )
        assert len(list(self.call(f"{name}.list", made.id, status="ready", sort_by="name"))) == 1
        listed = self.call("manage_entities.list_all_entities").data
        assert listed[0].entity_collection_name == "folk"
        found = self.call(
            "search.create",
            index_id=self.index_id,
            search_options=["visual"],
            query_text=f"<@{one.id}> runs",
        )
        assert found.data
        self.call(f"{name}.delete", made.id, one.id)

    def deletes(self) -> None:
        self.call("entity_collections.delete", self.collection_id)
        try:
            self.call("assets.delete", self.asset_id)
        except ApiError as error:
            assert error.status_code == 409
        else:
            raise AssertionError("an asset that is indexed was deleted")
        self.call("assets.delete", self.other_id)
        self.call("indexes.indexed_assets.delete", self.index_id, self.video_id)
        self.call("assets.delete", self.asset_id)
        self.refused(BadRequestError, "resource_not_exist", "assets.retrieve", self.asset_id)
        self.call("indexes.delete", self.index_id)

    def refusals(self) -> None:
        self.refused(BadRequestError, "resource_not_exist", "indexes.retrieve", self.index_id)
        self.refused(BadRequestError, "resource_not_exist", "tasks.retrieve", "nothing")
        self.refused(BadRequestError, "parameter_invalid", "assets.list", page=0)
        self.client = TwelveLabs(api_key="wrong", base_url=self.base_url)
        self.refused(ApiError, "api_key_invalid", "indexes.retrieve", self.index_id)


if __name__ == "__main__":
    scenario = Scenario(*sys.argv[1:])
    scenario.run()
    print("\n".join(sorted(scenario.called)))  # noqa: T201  # a program
