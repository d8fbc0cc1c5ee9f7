"""Embeddings of the first generation: text, images and audio at once, films as tasks."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define

from .._core.files import File, FilePart
from .._core.model import Id, Model
from .._core.request import Resource
from .._lazy import lazy
from .._shared import BaseSegment, VideoSegment
from ..options import RequestOptions

if TYPE_CHECKING:
    from .tasks import (
        CreateEmbeddingsTaskVideoParams,
        EmbedTasks,
        TasksCreateRequestVideoEmbeddingScopeItem,
        TasksCreateResponse,
        TasksListResponse,
        TasksListResponsePageInfo,
        TasksRetrieveRequestEmbeddingOptionItem,
        TasksRetrieveResponse,
        TasksRetrieveResponseVideoEmbedding,
        TasksStatusResponse,
        TasksStatusResponseVideoEmbedding,
    )
    from .v_2 import CreateEmbeddingsRequestInputType, EmbedV2
else:
    # Programs for the vendor's SDK import these from here.
    __getattr__, __dir__ = lazy(
        __name__,
        {
            "embed.tasks": (
                "CreateEmbeddingsTaskVideoParams",
                "TasksCreateRequestVideoEmbeddingScopeItem",
                "TasksCreateResponse",
                "TasksListResponse",
                "TasksListResponsePageInfo",
                "TasksRetrieveRequestEmbeddingOptionItem",
                "TasksRetrieveResponse",
                "TasksRetrieveResponseVideoEmbedding",
                "TasksStatusResponse",
                "TasksStatusResponseVideoEmbedding",
            ),
            "embed.v_2": ("CreateEmbeddingsRequestInputType",),
        },
    )

__all__ = [
    "AudioEmbeddingMetadata",
    "AudioEmbeddingResult",
    "AudioSegment",
    "BaseEmbeddingMetadata",
    "BaseSegment",
    "CreateEmbeddingsRequestInputType",
    "CreateEmbeddingsTaskVideoParams",
    "DocumentEmbeddingMetadata",
    "Embed",
    "EmbeddingResponse",
    "ImageEmbeddingMetadata",
    "ImageEmbeddingResult",
    "MediaEmbeddingTask",
    "MediaEmbeddingTaskAudioEmbedding",
    "MediaEmbeddingTaskDocumentEmbedding",
    "MediaEmbeddingTaskImageEmbedding",
    "MediaEmbeddingTaskVideoEmbedding",
    "TasksCreateRequestVideoEmbeddingScopeItem",
    "TasksCreateResponse",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "TasksRetrieveRequestEmbeddingOptionItem",
    "TasksRetrieveResponse",
    "TasksRetrieveResponseVideoEmbedding",
    "TasksStatusResponse",
    "TasksStatusResponseVideoEmbedding",
    "TextEmbeddingResult",
    "VideoEmbeddingMetadata",
    "VideoSegment",
]


@define(kw_only=True)
class AudioSegment(BaseSegment):
    """The vector of a stretch of sound; offsets are seconds from its beginning."""

    start_offset_sec: float | None = None
    end_offset_sec: float | None = None


@define(kw_only=True)
class BaseEmbeddingMetadata(Model):
    """Where the medium came from: the one of the two that was sent is set."""

    input_url: str | None = None
    input_filename: str | None = None


@define(kw_only=True)
class VideoEmbeddingMetadata(BaseEmbeddingMetadata):
    """How a film was cut for embedding. Lengths are in seconds."""

    video_clip_length: float | None = None
    video_embedding_scope: list[str] | None = None
    video_embedding_option: list[str] | None = None
    duration: float | None = None


@define(kw_only=True)
class AudioEmbeddingMetadata(BaseEmbeddingMetadata):
    """How sound was cut for embedding. Lengths are in seconds.

    The API has called its two lists by the plural and, since, by the singular: whichever it
    sends is set.
    """

    audio_embedding_options: list[str] | None = None
    audio_embedding_scopes: list[str] | None = None
    audio_embedding_option: list[str] | None = None
    audio_embedding_scope: list[str] | None = None
    duration: float | None = None
    start_offset_sec: float | None = None
    end_offset_sec: float | None = None


@define(kw_only=True)
class ImageEmbeddingMetadata(BaseEmbeddingMetadata):
    """What was asked of an image's task."""

    image_embedding_option: list[str] | None = None
    image_embedding_scope: list[str] | None = None


@define(kw_only=True)
class DocumentEmbeddingMetadata(BaseEmbeddingMetadata):
    """What was asked of a document's task."""

    document_embedding_option: list[str] | None = None
    document_embedding_scope: list[str] | None = None


@define(kw_only=True)
class TextEmbeddingResult(Model):
    """The vectors of a text, or why there are none."""

    error_message: str | None = None
    segments: list[BaseSegment] | None = None


@define(kw_only=True)
class ImageEmbeddingResult(Model):
    """The vectors of an image, or why there are none."""

    error_message: str | None = None
    segments: list[BaseSegment] | None = None
    metadata: BaseEmbeddingMetadata | None = None


@define(kw_only=True)
class AudioEmbeddingResult(Model):
    """The vectors of a sound, or why there are none."""

    error_message: str | None = None
    segments: list[AudioSegment] | None = None
    metadata: BaseEmbeddingMetadata | None = None


@define(kw_only=True)
class EmbeddingResponse(Model):
    """A result for each of the media that were sent; the others are ``None``."""

    model_name: str | None = None
    text_embedding: TextEmbeddingResult | None = None
    image_embedding: ImageEmbeddingResult | None = None
    audio_embedding: AudioEmbeddingResult | None = None


@define(kw_only=True)
class MediaEmbeddingTaskVideoEmbedding(Model):
    """How a task's film was cut."""

    metadata: VideoEmbeddingMetadata | None = None


@define(kw_only=True)
class MediaEmbeddingTaskAudioEmbedding(Model):
    """How a task's sound was cut."""

    metadata: AudioEmbeddingMetadata | None = None


@define(kw_only=True)
class MediaEmbeddingTaskImageEmbedding(Model):
    """What was asked of a task's image."""

    metadata: ImageEmbeddingMetadata | None = None


@define(kw_only=True)
class MediaEmbeddingTaskDocumentEmbedding(Model):
    """What was asked of a task's document."""

    metadata: DocumentEmbeddingMetadata | None = None


@define(kw_only=True)
class MediaEmbeddingTask(Model):
    """A row in a list of embedding tasks: no vectors. Times are aware datetimes."""

    id: Id
    model_name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    video_embedding: MediaEmbeddingTaskVideoEmbedding | None = None
    audio_embedding: MediaEmbeddingTaskAudioEmbedding | None = None
    document_embedding: MediaEmbeddingTaskDocumentEmbedding | None = None
    image_embedding: MediaEmbeddingTaskImageEmbedding | None = None


class Embed(Resource):
    """Vectors of text, images and sound, in the space that searches use."""

    @cached_property
    def tasks(self) -> EmbedTasks:
        """Embedding tasks for films (first generation)."""
        from .tasks import EmbedTasks

        return EmbedTasks(self._core)

    @cached_property
    def v_2(self) -> EmbedV2:
        """The second generation: every medium, at once or as a task."""
        from .v_2 import EmbedV2

        return EmbedV2(self._core)

    async def create(
        self,
        *,
        model_name: str,
        text: str | None = None,
        text_truncate: str | None = None,
        image_url: str | None = None,
        image_file: File | None = None,
        audio_url: str | None = None,
        audio_file: File | None = None,
        audio_start_offset_sec: float | None = None,
        request_options: RequestOptions | None = None,
    ) -> EmbeddingResponse:
        """The vectors of a text, an image and a sound: send one or several.

        A medium that could not be embedded does not raise; its ``error_message`` says why.
        ``audio_start_offset_sec`` is in seconds, 0 when left out. ``text_truncate`` is
        ``"start"``, ``"end"`` (default) or ``"none"``; newer models ignore it. New programs
        should use ``embed.v_2``. ``POST /embed``
        """
        return await self._core.request(
            EmbeddingResponse,
            "POST",
            "/embed",
            form={
                "model_name": model_name,
                "text": text,
                "text_truncate": text_truncate,
                "image_url": image_url,
                "image_file": None if image_file is None else FilePart(image_file, media="image"),
                "audio_url": audio_url,
                "audio_file": None if audio_file is None else FilePart(audio_file, media="audio"),
                "audio_start_offset_sec": audio_start_offset_sec,
            },
            repeatable=True,
            category="embed",
            options=request_options,
        )
