"""Models of the first generation of embeddings, and of its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict

from attrs import define

from .._runtime.files import File
from .._runtime.model import Id, Model
from .._runtime.pager import Page, PageInfo
from .._runtime.tabular import TabularReply
from ..video_models import BaseSegment, VideoSegment

__all__ = [
    "AudioEmbeddingMetadata",
    "AudioEmbeddingResult",
    "AudioSegment",
    "BaseEmbeddingMetadata",
    "CreateEmbeddingsTaskVideoParams",
    "DocumentEmbeddingMetadata",
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
    "VideoEmbeddingTask",
    "VideoEmbeddingTaskVideoEmbedding",
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
class TextEmbeddingResult(Model, TabularReply):
    """The vectors of a text, or why there are none."""

    error_message: str | None = None
    segments: list[BaseSegment] | None = None


@define(kw_only=True)
class ImageEmbeddingResult(Model, TabularReply):
    """The vectors of an image, or why there are none."""

    error_message: str | None = None
    segments: list[BaseSegment] | None = None
    metadata: BaseEmbeddingMetadata | None = None


@define(kw_only=True)
class AudioEmbeddingResult(Model, TabularReply):
    """The vectors of a sound, or why there are none."""

    error_message: str | None = None
    segments: list[AudioSegment] | None = None
    metadata: BaseEmbeddingMetadata | None = None


@define(kw_only=True)
class EmbeddingResponse(Model, TabularReply):
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


TasksCreateRequestVideoEmbeddingScopeItem = Literal["clip", "video"] | str
TasksRetrieveRequestEmbeddingOptionItem = (
    Literal["visual", "audio", "transcription", "visual-text"] | str
)
TasksListResponsePageInfo = PageInfo


class CreateEmbeddingsTaskVideoParams(TypedDict, total=False):
    """One film for `EmbedTasks.create_bulk`: a file or a URL, and how to cut it."""

    video_file: File | None
    video_url: str | None
    video_start_offset_sec: float | None
    video_end_offset_sec: float | None
    video_clip_length: float | None
    video_embedding_scope: Sequence[TasksCreateRequestVideoEmbeddingScopeItem] | None


@define(kw_only=True)
class TasksCreateResponse(Model):
    """The id of a new task."""

    id: Id


TasksListResponse = Page[MediaEmbeddingTask]


@define(kw_only=True)
class TasksStatusResponseVideoEmbedding(Model):
    """How the film was cut."""

    metadata: VideoEmbeddingMetadata | None = None


@define(kw_only=True)
class TasksStatusResponse(Model):
    """How far a task is: ``"processing"``, ``"ready"`` or ``"failed"``."""

    id: Id
    status: str | None = None
    model_name: str | None = None
    video_embedding: TasksStatusResponseVideoEmbedding | None = None


@define(kw_only=True)
class TasksRetrieveResponseVideoEmbedding(Model, TabularReply):
    """The vectors of a film's clips, and of the whole if that was asked for."""

    metadata: VideoEmbeddingMetadata | None = None
    segments: list[VideoSegment] | None = None


@define(kw_only=True)
class TasksRetrieveResponse(Model, TabularReply):
    """A task with its vectors. Times are aware datetimes."""

    id: Id
    model_name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    video_embedding: TasksRetrieveResponseVideoEmbedding | None = None


@define(kw_only=True)
class VideoEmbeddingTaskVideoEmbedding(Model):
    """How the film was cut."""

    metadata: VideoEmbeddingMetadata | None = None


@define(kw_only=True)
class VideoEmbeddingTask(Model):
    """A task for a film, without its vectors. Times are aware datetimes."""

    id: Id
    model_name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    video_embedding: VideoEmbeddingTaskVideoEmbedding | None = None
