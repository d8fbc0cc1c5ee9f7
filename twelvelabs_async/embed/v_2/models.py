"""Models of the second generation of embeddings, and of its tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from attrs import define

from ..._runtime.model import Embedding, Id, Model, Tagged, Unknown
from ..._runtime.pager import Page, PageInfo
from ..._runtime.tabular import TabularReply, Vector
from .. import MediaEmbeddingTask

__all__ = [
    "AsyncDocumentMetadata",
    "AsyncDocumentMetadataEmbeddingScopesItem",
    "AsyncImageMetadata",
    "AsyncImageMetadataEmbeddingScopesItem",
    "EmbeddingAudioMetadata",
    "EmbeddingAudioMetadataEmbeddingScopesItem",
    "EmbeddingData",
    "EmbeddingDataEmbeddingOption",
    "EmbeddingDataEmbeddingScope",
    "EmbeddingDataQuadrant",
    "EmbeddingDimension",
    "EmbeddingImageMetadata",
    "EmbeddingMediaMetadata",
    "EmbeddingMediaMetadata_Audio",
    "EmbeddingMediaMetadata_Image",
    "EmbeddingMediaMetadata_MultiInput",
    "EmbeddingMediaMetadata_TextImage",
    "EmbeddingMediaMetadata_Video",
    "EmbeddingMultiInputMetadata",
    "EmbeddingSuccessResponse",
    "EmbeddingTaskMediaMetadata",
    "EmbeddingTaskMediaMetadata_Audio",
    "EmbeddingTaskMediaMetadata_Document",
    "EmbeddingTaskMediaMetadata_Image",
    "EmbeddingTaskMediaMetadata_Video",
    "EmbeddingTaskResponse",
    "EmbeddingTaskResponseError",
    "EmbeddingTaskResponseStatus",
    "EmbeddingTextImageMetadata",
    "EmbeddingUsage",
    "EmbeddingUsageTruncationReason",
    "EmbeddingVideoMetadata",
    "EmbeddingVideoMetadataEmbeddingScopesItem",
    "TasksCreateResponse",
    "TasksCreateResponseMetadata",
    "TasksCreateResponseStatus",
    "TasksListResponse",
    "TasksListResponsePageInfo",
    "UnknownEmbeddingMediaMetadata",
]

EmbeddingDataEmbeddingOption = Literal["visual", "audio", "transcription", "text", "fused"] | str
EmbeddingDataEmbeddingScope = Literal["clip", "page", "chunk", "asset"] | str
EmbeddingDataQuadrant = Literal["top_left", "top_right", "bottom_left", "bottom_right"] | str
EmbeddingAudioMetadataEmbeddingScopesItem = Literal["clip", "local", "asset"] | str
EmbeddingVideoMetadataEmbeddingScopesItem = Literal["clip", "local", "asset"] | str
AsyncDocumentMetadataEmbeddingScopesItem = Literal["local", "asset"] | str
AsyncImageMetadataEmbeddingScopesItem = Literal["asset"] | str
TasksCreateResponseStatus = Literal["processing"] | str
EmbeddingUsageTruncationReason = Literal["model_context_window"] | str
EmbeddingDimension = int


@define(kw_only=True)
class EmbeddingData(Model, Vector):
    """A vector, and what it stands for.

    Times are seconds from the medium's beginning; pages count from 1, chunks from 0. What does
    not apply to the medium is ``None``.
    """

    embedding: Embedding | None = None
    embedding_uncertainty: Embedding | None = None
    embedding_option: EmbeddingDataEmbeddingOption | None = None
    embedding_scope: EmbeddingDataEmbeddingScope | None = None
    start_sec: float | None = None
    end_sec: float | None = None
    start_page_number: int | None = None
    end_page_number: int | None = None
    quadrant: EmbeddingDataQuadrant | None = None
    chunk_index: int | None = None


@define(kw_only=True)
class EmbeddingUsage(Model):
    """Tokens counted, by kind of content. Only newer models send this."""

    input_tokens: dict[str, int] | None = None
    truncated: bool | None = None
    truncation_reason: EmbeddingUsageTruncationReason | None = None


@define(kw_only=True)
class EmbeddingImageMetadata(Model):
    """Where an image came from."""

    input_type: Literal["image"] = "image"
    input_url: str | None = None
    input_filename: str | None = None


@define(kw_only=True)
class EmbeddingTextImageMetadata(Model):
    """Where the image beside a text came from."""

    input_type: Literal["text_image"] = "text_image"
    input_url: str | None = None
    input_filename: str | None = None


@define(kw_only=True)
class EmbeddingAudioMetadata(Model):
    """How a sound was cut. Times are in seconds."""

    input_type: Literal["audio"] = "audio"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[EmbeddingAudioMetadataEmbeddingScopesItem] | None = None
    duration: float | None = None
    start_offset_sec: float | None = None
    end_offset_sec: float | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class EmbeddingVideoMetadata(Model):
    """How a film was cut. Times are in seconds."""

    input_type: Literal["video"] = "video"
    input_url: str | None = None
    input_filename: str | None = None
    clip_length: int | None = None
    embedding_scopes: list[EmbeddingVideoMetadataEmbeddingScopesItem] | None = None
    embedding_options: list[str] | None = None
    duration: float | None = None
    start_offset_sec: float | None = None
    end_offset_sec: float | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class EmbeddingMultiInputMetadata(Model):
    """How several media were embedded together."""

    input_type: Literal["multi_input"] = "multi_input"
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class UnknownEmbeddingMediaMetadata(Unknown):
    """Of a kind of medium that is newer than this package; the rest is in ``extra``."""

    input_type: str


# The vendor's names for the same with their tag: here the tag is always set.
EmbeddingMediaMetadata_Image = EmbeddingImageMetadata
EmbeddingMediaMetadata_TextImage = EmbeddingTextImageMetadata
EmbeddingMediaMetadata_Audio = EmbeddingAudioMetadata
EmbeddingMediaMetadata_Video = EmbeddingVideoMetadata
EmbeddingMediaMetadata_MultiInput = EmbeddingMultiInputMetadata

EmbeddingMediaMetadata = Annotated[
    EmbeddingImageMetadata
    | EmbeddingTextImageMetadata
    | EmbeddingAudioMetadata
    | EmbeddingVideoMetadata
    | EmbeddingMultiInputMetadata
    | UnknownEmbeddingMediaMetadata,
    Tagged("input_type"),
]


@define(kw_only=True)
class EmbeddingSuccessResponse(Model, TabularReply):
    """The vectors, and how the medium was taken in."""

    data: list[EmbeddingData] | None = None
    usage: EmbeddingUsage | None = None
    metadata: EmbeddingMediaMetadata | None = None


EmbeddingTaskResponseStatus = Literal["processing", "ready", "failed"] | str
TasksListResponsePageInfo = PageInfo


@define(kw_only=True)
class AsyncDocumentMetadata(Model):
    """How a document was taken in."""

    input_type: Literal["document"] = "document"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[str] | None = None
    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class AsyncImageMetadata(Model):
    """How an image was taken in."""

    input_type: Literal["image"] = "image"
    input_url: str | None = None
    input_filename: str | None = None
    embedding_options: list[str] | None = None
    embedding_scopes: list[str] | None = None
    embedding_dimension: EmbeddingDimension | None = None


EmbeddingTaskMediaMetadata_Audio = EmbeddingAudioMetadata
EmbeddingTaskMediaMetadata_Video = EmbeddingVideoMetadata
EmbeddingTaskMediaMetadata_Document = AsyncDocumentMetadata
EmbeddingTaskMediaMetadata_Image = AsyncImageMetadata

EmbeddingTaskMediaMetadata = Annotated[
    EmbeddingAudioMetadata
    | EmbeddingVideoMetadata
    | AsyncDocumentMetadata
    | AsyncImageMetadata
    | UnknownEmbeddingMediaMetadata,
    Tagged("input_type"),
]


@define(kw_only=True)
class TasksCreateResponseMetadata(Model):
    """What the service chose for a new task."""

    embedding_dimension: EmbeddingDimension | None = None


@define(kw_only=True)
class TasksCreateResponse(Model):
    """A new task: its id, and no vectors yet."""

    id: Id
    status: EmbeddingTaskResponseStatus | None = None
    data: list[EmbeddingData] | None = None
    metadata: TasksCreateResponseMetadata | None = None


TasksListResponse = Page[MediaEmbeddingTask]


@define(kw_only=True)
class EmbeddingTaskResponseError(Model):
    """Why a task failed."""

    message: str | None = None


@define(kw_only=True)
class EmbeddingTaskResponse(Model, TabularReply):
    """A task, with its vectors once ``status`` is ``"ready"``. Times are aware datetimes."""

    id: Id
    status: EmbeddingTaskResponseStatus | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    data: list[EmbeddingData] | None = None
    usage: EmbeddingUsage | None = None
    metadata: EmbeddingTaskMediaMetadata | None = None
    error: EmbeddingTaskResponseError | None = None
