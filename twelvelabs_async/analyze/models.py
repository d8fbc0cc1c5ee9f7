"""What analysis takes and gives. Imported on first use: the client itself has these methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict, TypeVar

from attrs import define, field
from cattrs import override

from .._runtime.model import Model, Tagged, Unknown, shown_url
from .._runtime.text_stream import TextReader
from .._runtime.typed_output import ParsedReply

__all__ = [
    "AnalyzeImageInput",
    "AnalyzeImageInputDict",
    "AnalyzePromptV2",
    "AnalyzePromptV2Dict",
    "AnalyzeRequestModelName",
    "AnalyzeStreamRequestModelName",
    "AnalyzeTaskError",
    "Chapter",
    "FinishReason",
    "GenerateResponse",
    "Gist",
    "GistRequestTypesItem",
    "Highlight",
    "NonStreamAnalyzeResponse",
    "One",
    "ParsedAnalyzeResponse",
    "ResponseFormat",
    "ResponseFormatDict",
    "SmeMediaSource",
    "SmeMediaSourceDict",
    "SmeMediaSourceMediaType",
    "StreamAnalyzeResponse",
    "StreamAnalyzeResponse_StreamEnd",
    "StreamAnalyzeResponse_StreamStart",
    "StreamAnalyzeResponse_TextGeneration",
    "StreamAnalyzeResponse_Unknown",
    "StreamEndResponse",
    "StreamEndResponseMetadata",
    "StreamStartResponse",
    "StreamStartResponseMetadata",
    "StreamTextResponse",
    "SummarizeChapterResult",
    "SummarizeChapterResultChaptersItem",
    "SummarizeChapterResultSummarizeType",
    "SummarizeHighlightResult",
    "SummarizeHighlightResultHighlightsItem",
    "SummarizeHighlightResultSummarizeType",
    "SummarizeRequestType",
    "SummarizeResponse",
    "SummarizeResponse_Chapter",
    "SummarizeResponse_Highlight",
    "SummarizeResponse_Summary",
    "SummarizeResponse_Unknown",
    "SummarizeSummaryResult",
    "SummarizeSummaryResultSummarizeType",
    "SyncResponseFormat",
    "SyncResponseFormatType",
    "TokenUsage",
    "Two",
    "Url",
    "VideoContext",
    "VideoContextDict",
    "VideoContext_AssetId",
    "VideoContext_Base64String",
    "VideoContext_Url",
]

T = TypeVar("T")

AnalyzeRequestModelName = Literal["pegasus1.2", "pegasus1.5", "pegasus1.6"] | str
AnalyzeStreamRequestModelName = AnalyzeRequestModelName
FinishReason = Literal["stop", "length"] | str
GistRequestTypesItem = Literal["title", "topic", "hashtag"] | str
SmeMediaSourceMediaType = Literal["image"] | str
SummarizeChapterResultSummarizeType = Literal["chapter"] | str
SummarizeHighlightResultSummarizeType = Literal["highlight"] | str
SummarizeSummaryResultSummarizeType = Literal["summary"] | str
SummarizeRequestType = Literal["summary", "chapter", "highlight"] | str
SyncResponseFormatType = Literal["json_schema"] | str


# What is taken


class ResponseFormatDict(TypedDict):
    """`ResponseFormat` as a plain dict."""

    type: SyncResponseFormatType
    json_schema: Mapping[str, Any]


@define(kw_only=True)
class ResponseFormat(Model):
    """The JSON schema (draft 2020-12) that the answer's text is to be valid under."""

    type: SyncResponseFormatType = "json_schema"
    json_schema: dict[str, Any]


SyncResponseFormat = ResponseFormat


class SmeMediaSourceDict(TypedDict):
    """`SmeMediaSource` as a plain dict."""

    name: str
    media_type: SmeMediaSourceMediaType
    url: NotRequired[str]
    asset_id: NotRequired[str]
    base64_string: NotRequired[str]


@define(kw_only=True)
class SmeMediaSource(Model):
    """An image that a prompt calls ``<@name>``: its https URL, its asset, or itself (30 MB)."""

    name: str
    media_type: SmeMediaSourceMediaType = "image"
    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None
    base_64_string: Annotated[str | None, override(rename="base64_string")] = field(
        default=None, repr=False
    )


class AnalyzePromptV2Dict(TypedDict):
    """`AnalyzePromptV2` as a plain dict."""

    input_text: str
    media_sources: NotRequired[Sequence[SmeMediaSource | SmeMediaSourceDict]]


@define(kw_only=True)
class AnalyzePromptV2(Model):
    """A prompt with up to four images, each called ``<@name>`` in the text."""

    input_text: str
    media_sources: list[SmeMediaSource] | None = None


class AnalyzeImageInputDict(TypedDict):
    """`AnalyzeImageInput` as a plain dict."""

    name: str
    url: NotRequired[str]
    asset_id: NotRequired[str]
    base64_string: NotRequired[str]


@define(kw_only=True)
class AnalyzeImageInput(Model):
    """An image to analyse: its https URL, its asset, or itself."""

    name: str
    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None
    base_64_string: Annotated[str | None, override(rename="base64_string")] = field(
        default=None, repr=False
    )


class VideoContextDict(TypedDict):
    """A `VideoContext` as a plain dict: ``type`` and the field that goes with it."""

    type: Literal["url", "asset_id", "base64_string"] | str
    url: NotRequired[str]
    asset_id: NotRequired[str]
    base64_string: NotRequired[str]


@define(kw_only=True)
class VideoContext_Url(Model):
    """A video by its public URL."""

    type: Literal["url"] = "url"
    url: str = field(repr=shown_url)


@define(kw_only=True)
class VideoContext_AssetId(Model):
    """A video that was uploaded, and is ``"ready"``."""

    type: Literal["asset_id"] = "asset_id"
    asset_id: str


@define(kw_only=True)
class VideoContext_Base64String(Model):
    """A video itself, in base64, up to 30 MB."""

    type: Literal["base64_string"] = "base64_string"
    base_64_string: Annotated[str, override(rename="base64_string")] = field(repr=False)


# The vendor's three without the tag.


@define(kw_only=True)
class Url(Model):
    """A video by its public URL."""

    url: str = field(repr=shown_url)


@define(kw_only=True)
class One(Model):
    """A video that was uploaded."""

    asset_id: str


@define(kw_only=True)
class Two(Model):
    """A video itself, in base64."""

    base_64_string: Annotated[str, override(rename="base64_string")] = field(repr=False)


VideoContext = Annotated[
    VideoContext_Url | VideoContext_AssetId | VideoContext_Base64String, Tagged("type")
]


# What is given


@define(kw_only=True)
class TokenUsage(Model):
    """How many tokens the answer has, and what it was made from."""

    output_tokens: int | None = None
    input_tokens: int | None = None


@define(kw_only=True)
class AnalyzeTaskError(Model):
    """Why an answer stops short. The text is for people: it may change."""

    code: str | None = None
    message: str | None = None


@define(kw_only=True)
class NonStreamAnalyzeResponse(Model):
    """A whole answer, in ``data``.

    With ``finish_reason`` ``"length"`` it stops short, and ``error`` says at which limit.
    """

    id: str | None = None
    data: str | None = None
    finish_reason: FinishReason | None = None
    usage: TokenUsage | None = None
    error: AnalyzeTaskError | None = None


class ParsedAnalyzeResponse(ParsedReply[T], NonStreamAnalyzeResponse):
    """An answer in the class that was asked for: `parsed`. `data` is its text."""

    __slots__ = ("_parsed",)


@define(kw_only=True)
class StreamStartResponseMetadata(Model):
    """The identifier of the answer that begins."""

    generation_id: str | None = None


@define(kw_only=True)
class StreamAnalyzeResponse_StreamStart(Model):
    """The first event of a stream."""

    event_type: Literal["stream_start"] = "stream_start"
    metadata: StreamStartResponseMetadata | None = None


@define(kw_only=True)
class StreamAnalyzeResponse_TextGeneration(Model):
    """A piece of the answer; pieces may end in the middle of a word."""

    event_type: Literal["text_generation"] = "text_generation"
    text: str | None = None


@define(kw_only=True)
class StreamEndResponseMetadata(Model):
    """The identifier of the answer that ends, and what it took."""

    generation_id: str | None = None
    usage: TokenUsage | None = None


@define(kw_only=True)
class StreamAnalyzeResponse_StreamEnd(Model):
    """The last event of a stream.

    With ``finish_reason`` ``"length"`` the answer stops short, and ``error`` says at which limit.
    """

    event_type: Literal["stream_end"] = "stream_end"
    finish_reason: FinishReason | None = None
    metadata: StreamEndResponseMetadata | None = None
    error: AnalyzeTaskError | None = None


@define(kw_only=True)
class StreamAnalyzeResponse_Unknown(Unknown):
    """An event of a kind that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        event_type: Literal["unknown"] = "unknown"
    else:
        event_type: str | None = None


StreamAnalyzeResponse = Annotated[
    StreamAnalyzeResponse_StreamStart
    | StreamAnalyzeResponse_TextGeneration
    | StreamAnalyzeResponse_StreamEnd
    | StreamAnalyzeResponse_Unknown,
    Tagged("event_type"),
]
StreamStartResponse = StreamAnalyzeResponse_StreamStart
StreamTextResponse = StreamAnalyzeResponse_TextGeneration
StreamEndResponse = StreamAnalyzeResponse_StreamEnd
GenerateResponse = StreamAnalyzeResponse | NonStreamAnalyzeResponse


@define(kw_only=True)
class Gist(Model):
    """A title, topics and hashtags: those that were asked for."""

    id: str | None = None
    title: str | None = None
    topics: list[str] | None = None
    hashtags: list[str] | None = None
    usage: TokenUsage | None = None


@define(kw_only=True)
class Chapter(Model):
    """A chapter of a video, numbered from 0; ``start_sec`` and ``end_sec`` are seconds.

    ``start`` and ``end``, in whole seconds, are deprecated by the service.
    """

    chapter_number: int | None = None
    start: int | None = None
    end: int | None = None
    start_sec: float | None = None
    end_sec: float | None = None
    chapter_title: str | None = None
    chapter_summary: str | None = None


@define(kw_only=True)
class Highlight(Model):
    """A stretch of a video that stands out; ``start_sec`` and ``end_sec`` are seconds.

    ``start`` and ``end``, in whole seconds, are deprecated by the service.
    """

    start: int | None = None
    end: int | None = None
    start_sec: float | None = None
    end_sec: float | None = None
    highlight: str | None = None
    highlight_summary: str | None = None


@define(kw_only=True)
class SummarizeResponse_Summary(Model):
    """A summary; JSON text when a ``response_format`` was given."""

    summarize_type: Literal["summary"] = "summary"
    id: str | None = None
    summary: str | None = None
    usage: TokenUsage | None = None


@define(kw_only=True)
class SummarizeResponse_Chapter(Model):
    """The chapters of a video, in their order."""

    summarize_type: Literal["chapter"] = "chapter"
    id: str | None = None
    chapters: list[Chapter] | None = None
    usage: TokenUsage | None = None


@define(kw_only=True)
class SummarizeResponse_Highlight(Model):
    """The highlights of a video, in their order."""

    summarize_type: Literal["highlight"] = "highlight"
    id: str | None = None
    highlights: list[Highlight] | None = None
    usage: TokenUsage | None = None


@define(kw_only=True)
class SummarizeResponse_Unknown(Unknown):
    """A summary of a kind that this version of the package does not know."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        summarize_type: Literal["unknown"] = "unknown"
    else:
        summarize_type: str | None = None


SummarizeResponse = Annotated[
    SummarizeResponse_Summary
    | SummarizeResponse_Chapter
    | SummarizeResponse_Highlight
    | SummarizeResponse_Unknown,
    Tagged("summarize_type"),
]
SummarizeSummaryResult = SummarizeResponse_Summary
SummarizeChapterResult = SummarizeResponse_Chapter
SummarizeHighlightResult = SummarizeResponse_Highlight
SummarizeChapterResultChaptersItem = Chapter
SummarizeHighlightResultHighlightsItem = Highlight


def _piece(event: StreamAnalyzeResponse) -> str | None:
    return event.text if event.event_type == "text_generation" else None


def _end(event: StreamAnalyzeResponse) -> tuple[str | None, Any] | None:
    if event.event_type != "stream_end":
        return None
    return event.finish_reason, None if event.metadata is None else event.metadata.usage


TEXT = TextReader(_piece, _end)
"""What the events of an analysis say of its text."""
