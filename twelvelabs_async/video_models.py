"""What several areas say of a video: its segments, measures, streams and words."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import define, field
from cattrs import override

from ._runtime.model import Embedding, Model, shown_url
from ._runtime.tabular import TabularReply, Vector

__all__ = [
    "BaseSegment",
    "HlsObject",
    "HlsObjectStatus",
    "StoredEmbedding",
    "StoredVideoEmbedding",
    "SystemMetadata",
    "TranscriptionData",
    "TranscriptionDataItem",
    "VideoSegment",
]


HlsObjectStatus = Literal["PROCESSING", "COMPLETE", "CANCELED", "ERROR"] | str


@define(kw_only=True)
class SystemMetadata(Model):
    """What the service measured in a video: seconds, frames a second, pixels, bytes."""

    filename: str | None = None
    duration: float | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    size: float | None = None


@define(kw_only=True)
class HlsObject(Model):
    """Where a video can be streamed from by HLS, once ``status`` is ``"COMPLETE"``."""

    video_url: str | None = field(default=None, repr=shown_url)
    thumbnail_urls: list[str] | None = field(default=None, repr=shown_url)
    status: HlsObjectStatus | None = None
    updated_at: str | None = None


@define(kw_only=True)
class BaseSegment(Model, Vector):
    """A vector (``float`` on the wire)."""

    float_: Annotated[Embedding | None, override(rename="float")] = None


@define(kw_only=True)
class VideoSegment(BaseSegment):
    """The vector of a stretch of a video, and which one it is. Offsets are in seconds."""

    start_offset_sec: float | None = None
    end_offset_sec: float | None = None
    embedding_option: str | None = None
    embedding_scope: str | None = None


@define(kw_only=True)
class StoredVideoEmbedding(Model, TabularReply):
    """The vectors of a video, a segment each."""

    segments: list[VideoSegment] | None = None


@define(kw_only=True)
class StoredEmbedding(Model, TabularReply):
    """The vectors that an index keeps of a video, and the model that made them."""

    model_name: str | None = None
    video_embedding: StoredVideoEmbedding | None = None


@define(kw_only=True)
class TranscriptionDataItem(Model):
    """Words spoken from ``start`` to ``end``, in seconds."""

    start: float | None = None
    end: float | None = None
    value: str | None = None


TranscriptionData = list[TranscriptionDataItem]
