"""The shape of an analysis task's answer: a JSON Schema, or the segments to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from attrs import define

from .._runtime.model import Model
from ..analyze.models import SmeMediaSource, SmeMediaSourceDict

__all__ = [
    "AnalyzeTimeRange",
    "AnalyzeTimeRangeDict",
    "AsyncResponseFormat",
    "AsyncResponseFormatDict",
    "AsyncResponseFormatSegmentTimeFormat",
    "AsyncResponseFormatType",
    "SegmentDefinition",
    "SegmentDefinitionDict",
    "SegmentField",
    "SegmentFieldDict",
    "SegmentFieldFormat",
    "SegmentFieldItems",
    "SegmentFieldItemsDict",
    "SegmentFieldItemsType",
    "SegmentFieldType",
    "TimeArrayItemField",
    "TimeArrayItemFieldDict",
    "TimeArrayItemFieldItems",
    "TimeArrayItemFieldItemsDict",
    "TimeArrayItemFieldItemsType",
    "TimeArrayItemFieldType",
]

SegmentTimeFormat = Literal["seconds", "hh:mm:ss", "hh:mm:ss.fff"] | str
AsyncResponseFormatType = Literal["json_schema", "segment_definitions"] | str
SegmentFieldType = (
    Literal["string", "boolean", "number", "integer", "array", "timestamp", "time_array"] | str
)
SegmentFieldItemsType = Literal["string", "number", "boolean", "integer", "object"] | str
TimeArrayItemFieldType = Literal["string", "boolean", "number", "integer", "array"] | str
TimeArrayItemFieldItemsType = Literal["string", "number", "boolean", "integer"] | str
AsyncResponseFormatSegmentTimeFormat = SegmentTimeFormat
SegmentFieldFormat = SegmentTimeFormat


@define(kw_only=True)
class AnalyzeTimeRange(Model):
    """A part of a video, in seconds from its start; at least 2 seconds long."""

    start_time: float
    end_time: float


class AnalyzeTimeRangeDict(TypedDict):
    """`AnalyzeTimeRange` as a plain dict."""

    start_time: float
    end_time: float


@define(kw_only=True)
class TimeArrayItemFieldItems(Model):
    """The type of the values in an array."""

    type: TimeArrayItemFieldItemsType


class TimeArrayItemFieldItemsDict(TypedDict):
    """`TimeArrayItemFieldItems` as a plain dict."""

    type: TimeArrayItemFieldItemsType


@define(kw_only=True)
class TimeArrayItemField(Model):
    """A value of each event in a ``time_array``; ``enum`` limits the texts of a string."""

    name: str
    type: TimeArrayItemFieldType
    description: str
    enum: list[str] | None = None
    items: TimeArrayItemFieldItems | None = None


class TimeArrayItemFieldDict(TypedDict):
    """`TimeArrayItemField` as a plain dict."""

    name: str
    type: TimeArrayItemFieldType
    description: str
    enum: NotRequired[Sequence[str]]
    items: NotRequired[TimeArrayItemFieldItems | TimeArrayItemFieldItemsDict]


@define(kw_only=True)
class SegmentFieldItems(Model):
    """What is in an array: values of a type, or for a ``time_array`` objects with ``fields``."""

    type: SegmentFieldItemsType
    fields: list[TimeArrayItemField] | None = None


class SegmentFieldItemsDict(TypedDict):
    """`SegmentFieldItems` as a plain dict."""

    type: SegmentFieldItemsType
    fields: NotRequired[Sequence[TimeArrayItemField | TimeArrayItemFieldDict]]


@define(kw_only=True)
class SegmentField(Model):
    """A value that each segment is to have.

    A ``"timestamp"`` needs ``format``, an ``"array"`` and a ``"time_array"`` need ``items``.
    ``enum`` has at most 100 texts. ``start_time``, ``end_time`` and ``metadata`` are
    reserved names. A ``"time_array"`` needs pegasus1.6.
    """

    name: str
    type: SegmentFieldType
    description: str
    format: SegmentFieldFormat | None = None
    enum: list[str] | None = None
    items: SegmentFieldItems | None = None


class SegmentFieldDict(TypedDict):
    """`SegmentField` as a plain dict."""

    name: str
    type: SegmentFieldType
    description: str
    format: NotRequired[SegmentFieldFormat]
    enum: NotRequired[Sequence[str]]
    items: NotRequired[SegmentFieldItems | SegmentFieldItemsDict]


@define(kw_only=True)
class SegmentDefinition(Model):
    """A kind of segment to find, with up to four images that its description may name.

    ``time_ranges`` limit it to parts of the video that do not overlap.
    """

    id: str
    description: str
    fields: list[SegmentField] | None = None
    media_sources: list[SmeMediaSource] | None = None
    time_ranges: list[AnalyzeTimeRange] | None = None


class SegmentDefinitionDict(TypedDict):
    """`SegmentDefinition` as a plain dict."""

    id: str
    description: str
    fields: NotRequired[Sequence[SegmentField | SegmentFieldDict]]
    media_sources: NotRequired[Sequence[SmeMediaSource | SmeMediaSourceDict]]
    time_ranges: NotRequired[Sequence[AnalyzeTimeRange | AnalyzeTimeRangeDict]]


@define(kw_only=True)
class AsyncResponseFormat(Model):
    """The shape of the answer: a JSON Schema, or 1 to 20 kinds of segments.

    ``segment_time_format`` is how segments write their times, by default ``"seconds"``.
    """

    type: AsyncResponseFormatType
    json_schema: dict[str, Any] | None = None
    segment_definitions: list[SegmentDefinition] | None = None
    segment_time_format: AsyncResponseFormatSegmentTimeFormat | None = None


class AsyncResponseFormatDict(TypedDict):
    """`AsyncResponseFormat` as a plain dict."""

    type: AsyncResponseFormatType
    json_schema: NotRequired[Mapping[str, Any]]
    segment_definitions: NotRequired[Sequence[SegmentDefinition | SegmentDefinitionDict]]
    segment_time_format: NotRequired[AsyncResponseFormatSegmentTimeFormat]
