"""What several areas of the API have in common: models, and how filters go into a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict

import orjson
from attrs import define, field
from cattrs import override

from ._core.model import Embedding, Model, plain
from .errors import redact

__all__ = [
    "BaseSegment",
    "HlsObject",
    "HlsObjectStatus",
    "MetadataFilter",
    "Range",
    "RangeDict",
    "StoredEmbedding",
    "StoredVideoEmbedding",
    "SystemMetadata",
    "TranscriptionData",
    "TranscriptionDataItem",
    "UserMetadata",
    "VideoSegment",
    "json_text",
    "metadata_filters",
    "ranges",
    "shown_url",
]


def shown_url(value: object) -> str:
    """The repr of an address, or of several, without the query: a presigned one's is a secret."""
    return redact(repr(value))


HlsObjectStatus = Literal["PROCESSING", "COMPLETE", "CANCELED", "ERROR"] | str

UserMetadata = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Your own keys beside a resource. In an update, ``None`` as a value deletes that key."""

MetadataFilter = Mapping[str, str | int | float | bool | None]
"""Keys of `UserMetadata` and the values they must have."""


class RangeDict(TypedDict, total=False):
    """`Range` as a plain dict."""

    gte: float
    lte: float


@define(kw_only=True)
class Range(Model):
    """From ``gte`` to ``lte``, both included; either may be left open."""

    gte: float | None = None
    lte: float | None = None


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
class BaseSegment(Model):
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
class StoredVideoEmbedding(Model):
    """The vectors of a video, a segment each."""

    segments: list[VideoSegment] | None = None


@define(kw_only=True)
class StoredEmbedding(Model):
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

# A filter by user metadata is a query key of its own, so it cannot be named like one of these.
# fmt: off
_LIST_PARAMETERS = frozenset({
    "page", "page_limit", "sort_by", "sort_option", "status", "filename", "duration", "fps",
    "width", "height", "size", "created_at", "updated_at",
})
# fmt: on


def metadata_filters(metadata: MetadataFilter | None) -> MetadataFilter:
    """The query keys of a filter by user metadata. ValueError for a key the list has itself."""
    for key in metadata or ():
        if key.partition("[")[0] in _LIST_PARAMETERS:
            raise ValueError(f"user_metadata: the list has a parameter of its own named {key!r}")
    return metadata or {}


def ranges(**filters: float | Range | RangeDict | None) -> dict[str, float | None]:
    """The query keys of filters by number: ``x=5`` as it is, a range as ``x[gte]=1&x[lte]=9``."""
    query: dict[str, float | None] = {}
    for name, value in filters.items():
        if isinstance(value, Range):
            query |= {f"{name}[gte]": value.gte, f"{name}[lte]": value.lte}
        elif isinstance(value, Mapping):
            if unknown := value.keys() - {"gte", "lte"}:
                raise ValueError(f"{name}: a range has gte and lte, not {sorted(unknown)}")
            query |= {f"{name}[gte]": value.get("gte"), f"{name}[lte]": value.get("lte")}
        else:
            query[name] = value
    return query


def json_text(value: str | Mapping[str, Any] | None) -> str | None:
    """A value for a form field that holds JSON; a string is taken to be JSON already."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(plain(value)).decode()
