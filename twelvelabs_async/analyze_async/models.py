"""Models of analysis tasks and of batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NotRequired,
    Self,
    TypedDict,
    TypeVar,
)

from attrs import define, field
from cattrs import override

from .._runtime.model import Model, recast, shown_url
from .._runtime.pager import Page
from .._runtime.typed_output import OutputType, ParsedReply
from ..analyze.models import (
    AnalyzeTaskError,
    FinishReason,
    SmeMediaSource,
    SmeMediaSourceDict,
)
from ..errors import FailedError
from .response_formats import (
    AnalyzeTimeRange,
    AsyncResponseFormat,
    AsyncResponseFormatDict,
    AsyncResponseFormatType,
    SegmentFieldFormat,
    SegmentTimeFormat,
)

__all__ = [
    "AnalyzeBatchStatusResponse",
    "AnalyzeBatchSummary",
    "AnalyzeBatchSummaryAnalysisMode",
    "AnalyzeTaskMediaSource",
    "AnalyzeTaskResponse",
    "AnalyzeTaskResponseRequestParams",
    "AnalyzeTaskResponseRequestParamsAnalysisMode",
    "AnalyzeTaskResponseRequestParamsMaxTokens",
    "AnalyzeTaskResponseRequestParamsMaxTokensOne",
    "AnalyzeTaskResponseRequestParamsPromptV2",
    "AnalyzeTaskResponseRequestParamsResponseFormat",
    "AnalyzeTaskResponseRequestParamsResponseFormatSegmentDefinitionsItem",
    "AnalyzeTaskResponseRequestParamsResponseFormatSegmentTimeFormat",
    "AnalyzeTaskResponseRequestParamsResponseFormatType",
    "AnalyzeTaskResponseVideoSource",
    "AnalyzeTaskResponseVideoSourceSystemMetadata",
    "AnalyzeTaskResponseVideoSourceType",
    "AnalyzeTaskResult",
    "AnalyzeTaskResultUsage",
    "AnalyzeTaskSegmentField",
    "AnalyzeTaskSegmentFieldFormat",
    "AnalyzeTaskSegmentFieldItems",
    "AnalyzeTaskStatus",
    "AnalyzeTaskTimeArrayItemField",
    "AnalyzeTaskTimeArrayItemFieldItems",
    "AnalyzeTaskWebhookInfo",
    "BatchDefaults",
    "BatchDefaultsDict",
    "BatchItemError",
    "BatchItemRequest",
    "BatchItemRequestDict",
    "BatchItemStatus",
    "BatchPrompt",
    "BatchPromptDict",
    "BatchResultItem",
    "BatchStatus",
    "BatchVideoContext",
    "BatchVideoContextDict",
    "BatchVideoContextType",
    "BatchesListRequestAnalysisModeItem",
    "BatchesListResponse",
    "CancelAnalyzeTaskResponse",
    "CancelAnalyzeTaskResponseStatus",
    "CreateAnalyzeBatchRequestAnalysisMode",
    "CreateAnalyzeBatchRequestModelName",
    "CreateAnalyzeBatchResponse",
    "CreateAnalyzeTaskResponse",
    "CreateAsyncAnalyzeRequestAnalysisMode",
    "CreateAsyncAnalyzeRequestMaxTokens",
    "CreateAsyncAnalyzeRequestMaxTokensOne",
    "CreateAsyncAnalyzeRequestModelName",
    "CreatedBatchItem",
    "ParsedAnalyzeTaskResponse",
    "ParsedBatchResultItem",
    "TasksListRequestAnalysisMode",
    "TasksListResponse",
]

T = TypeVar("T")

AnalysisMode = Literal["general", "time_based_metadata"] | str
MaxTokens = int | Literal["unlimited"]

AnalyzeTaskStatus = Literal["queued", "pending", "processing", "ready", "failed", "canceled"] | str
BatchStatus = (
    Literal["pending", "processing", "canceling", "canceled", "completed", "expired"] | str
)
BatchItemStatus = Literal["queued", "processing", "ready", "failed", "canceled"] | str
BatchVideoContextType = Literal["asset_id"] | str
CancelAnalyzeTaskResponseStatus = Literal["canceled"] | str
CreateAnalyzeBatchRequestModelName = Literal["pegasus1.5"] | str
CreateAsyncAnalyzeRequestModelName = Literal["pegasus1.6", "pegasus1.5"] | str
AnalyzeTaskResponseVideoSourceType = Literal["url", "base64_string", "asset_id", "video_id"] | str

# The vendor has a name for each place where such a value is used; here they are one.
AnalyzeBatchSummaryAnalysisMode = AnalysisMode
AnalyzeTaskResponseRequestParamsAnalysisMode = AnalysisMode
BatchesListRequestAnalysisModeItem = AnalysisMode
CreateAnalyzeBatchRequestAnalysisMode = AnalysisMode
CreateAsyncAnalyzeRequestAnalysisMode = AnalysisMode
TasksListRequestAnalysisMode = AnalysisMode
AnalyzeTaskResponseRequestParamsResponseFormatSegmentTimeFormat = SegmentTimeFormat
AnalyzeTaskSegmentFieldFormat = SegmentTimeFormat
AnalyzeTaskResponseRequestParamsMaxTokens = MaxTokens
AnalyzeTaskResponseRequestParamsMaxTokensOne = Literal["unlimited"]
CreateAsyncAnalyzeRequestMaxTokens = MaxTokens
CreateAsyncAnalyzeRequestMaxTokensOne = Literal["unlimited"]
AnalyzeTaskResponseRequestParamsResponseFormatType = AsyncResponseFormatType


# What is sent


@define(kw_only=True)
class BatchVideoContext(Model):
    """The video of a request in a batch: an asset that is ready."""

    type: BatchVideoContextType = "asset_id"
    asset_id: str


class BatchVideoContextDict(TypedDict):
    """`BatchVideoContext` as a plain dict."""

    type: BatchVideoContextType
    asset_id: str


@define(kw_only=True)
class BatchPrompt(Model):
    """A prompt with up to four images, each called ``<@name>`` in the text."""

    input_text: str
    media_sources: list[SmeMediaSource] | None = None


class BatchPromptDict(TypedDict):
    """`BatchPrompt` as a plain dict."""

    input_text: str
    media_sources: NotRequired[Sequence[SmeMediaSource | SmeMediaSourceDict]]


if TYPE_CHECKING:
    _RequestedFormat = AsyncResponseFormat | type[Any]
else:
    # A class of the program's is kept as it is: `batches.create` sends its schema.
    _RequestedFormat = AsyncResponseFormat


@define(kw_only=True)
class BatchDefaults(Model):
    """What requests of a batch have where they do not say otherwise, field by field."""

    prompt: BatchPrompt | None = None
    response_format: _RequestedFormat | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    min_segment_duration: float | None = None
    max_segment_duration: float | None = None
    start_time: float | None = None
    end_time: float | None = None


class BatchDefaultsDict(TypedDict, total=False):
    """`BatchDefaults` as a plain dict."""

    prompt: BatchPrompt | BatchPromptDict
    response_format: AsyncResponseFormat | AsyncResponseFormatDict | type[Any]
    temperature: float
    max_tokens: int
    min_segment_duration: float
    max_segment_duration: float
    start_time: float
    end_time: float


@define(kw_only=True)
class BatchItemRequest(Model):
    """One analysis of a batch; ``custom_id`` is an id of yours, each at most once."""

    video: BatchVideoContext
    custom_id: str | None = None
    prompt: BatchPrompt | None = None
    response_format: _RequestedFormat | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    min_segment_duration: float | None = None
    max_segment_duration: float | None = None
    start_time: float | None = None
    end_time: float | None = None


class BatchItemRequestDict(TypedDict):
    """`BatchItemRequest` as a plain dict."""

    video: BatchVideoContext | BatchVideoContextDict
    custom_id: NotRequired[str]
    prompt: NotRequired[BatchPrompt | BatchPromptDict]
    response_format: NotRequired[AsyncResponseFormat | AsyncResponseFormatDict | type[Any]]
    temperature: NotRequired[float]
    max_tokens: NotRequired[int]
    min_segment_duration: NotRequired[float]
    max_segment_duration: NotRequired[float]
    start_time: NotRequired[float]
    end_time: NotRequired[float]


# What comes back


@define(kw_only=True)
class CreateAnalyzeTaskResponse(Model):
    """The id of the new task, and its state."""

    task_id: str
    status: AnalyzeTaskStatus


@define(kw_only=True)
class CancelAnalyzeTaskResponse(Model):
    """The id of the canceled task, and its state."""

    task_id: str
    status: CancelAnalyzeTaskResponseStatus


@define(kw_only=True)
class AnalyzeTaskMediaSource(Model):
    """An image that the task was given; what was sent in base64 is not repeated."""

    name: str
    media_type: str | None = None
    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None


@define(kw_only=True)
class AnalyzeTaskTimeArrayItemFieldItems(Model):
    """The type of the values in an array, as the task was given it."""

    type: str


@define(kw_only=True)
class AnalyzeTaskTimeArrayItemField(Model):
    """A value of each event in a ``time_array``, as the task was given it."""

    name: str
    type: str
    description: str | None = None
    enum: list[str] | None = None
    items: AnalyzeTaskTimeArrayItemFieldItems | None = None


@define(kw_only=True)
class AnalyzeTaskSegmentFieldItems(Model):
    """What is in an array, as the task was given it."""

    type: str
    fields: list[AnalyzeTaskTimeArrayItemField] | None = None


@define(kw_only=True)
class AnalyzeTaskSegmentField(Model):
    """A value of each segment, as the task was given it."""

    name: str
    type: str
    description: str | None = None
    format: AnalyzeTaskSegmentFieldFormat | None = None
    enum: list[str] | None = None
    items: AnalyzeTaskSegmentFieldItems | None = None


@define(kw_only=True)
class AnalyzeTaskResponseRequestParamsResponseFormatSegmentDefinitionsItem(Model):
    """A kind of segment, as the task was given it."""

    id: str
    description: str
    fields: list[AnalyzeTaskSegmentField] | None = None
    media_sources: list[AnalyzeTaskMediaSource] | None = None
    time_ranges: list[AnalyzeTimeRange] | None = None


@define(kw_only=True)
class AnalyzeTaskResponseRequestParamsResponseFormat(Model):
    """The shape of the answer, as the task was given it; lists show it in part."""

    type: AsyncResponseFormatType | None = None
    json_schema: dict[str, Any] | None = None
    segment_time_format: SegmentFieldFormat | None = None
    segment_definitions: (
        list[AnalyzeTaskResponseRequestParamsResponseFormatSegmentDefinitionsItem] | None
    ) = None


@define(kw_only=True)
class AnalyzeTaskResponseRequestParamsPromptV2(Model):
    """The prompt with images, as the task was given it; lists cut its text."""

    input_text: str | None = None
    media_sources: list[AnalyzeTaskMediaSource] | None = None


@define(kw_only=True)
class AnalyzeTaskResponseRequestParams(Model):
    """What the task was given; in a list, ``prompt`` is cut to 30 characters."""

    analysis_mode: AnalyzeTaskResponseRequestParamsAnalysisMode | None = None
    prompt: str | None = None
    prompt_v_2: Annotated[
        AnalyzeTaskResponseRequestParamsPromptV2 | None, override(rename="prompt_v2")
    ] = None
    image: list[AnalyzeTaskMediaSource] | None = None
    response_format: AnalyzeTaskResponseRequestParamsResponseFormat | None = None
    temperature: float | None = None
    max_tokens: int | str | None = None
    min_segment_duration: float | None = None
    max_segment_duration: float | None = None
    start_time: float | None = None
    end_time: float | None = None


@define(kw_only=True)
class AnalyzeTaskResponseVideoSourceSystemMetadata(Model):
    """The video's duration in seconds."""

    duration: float | None = None


@define(kw_only=True)
class AnalyzeTaskResponseVideoSource(Model):
    """The video that was analysed."""

    type: AnalyzeTaskResponseVideoSourceType | None = None
    url: str | None = field(default=None, repr=shown_url)
    asset_id: str | None = None
    video_id: str | None = None
    index_id: str | None = None
    system_metadata: AnalyzeTaskResponseVideoSourceSystemMetadata | None = None


@define(kw_only=True)
class AnalyzeTaskResultUsage(Model):
    """How many tokens the answer has, and what it was made from."""

    output_tokens: int
    input_tokens: int | None = None


@define(kw_only=True)
class AnalyzeTaskResult(Model):
    """The answer: ``data`` is its text, or JSON text in the shape that was asked for."""

    generation_id: str
    data: str
    finish_reason: FinishReason
    usage: AnalyzeTaskResultUsage


@define(kw_only=True)
class AnalyzeTaskWebhookInfo(Model):
    """Whether a webhook was delivered, and after how many attempts."""

    url: str = field(repr=shown_url)
    delivered: bool
    attempts: int
    last_error: str | None = None


@define(kw_only=True)
class AnalyzeTaskResponse(Model):
    """An analysis task. ``result`` is there once ``status`` is ``"ready"``.

    ``error`` says why the task failed or was canceled; beside a result it is a warning. Times are
    aware datetimes.
    """

    task_id: str
    custom_id: str | None = None
    batch_id: str | None = None
    video_source: AnalyzeTaskResponseVideoSource | None = None
    request_params: AnalyzeTaskResponseRequestParams | None = None
    status: AnalyzeTaskStatus
    created_at: datetime
    completed_at: datetime | None = None
    result: AnalyzeTaskResult | None = None
    error: AnalyzeTaskError | None = None
    webhooks: list[AnalyzeTaskWebhookInfo] | None = None


class ParsedAnalyzeTaskResponse(ParsedReply[T], AnalyzeTaskResponse):
    """A task whose answer is in the class that was asked for: `parsed`."""

    __slots__ = ("_parsed",)


TasksListResponse = Page[AnalyzeTaskResponse]


@define(kw_only=True)
class CreatedBatchItem(Model):
    """The task of one request, in the order of the requests."""

    task_id: str
    custom_id: str | None = None


@define(kw_only=True)
class CreateAnalyzeBatchResponse(Model):
    """The new batch; it expires after 24 hours."""

    batch_id: str
    status: BatchStatus
    total_items: int
    created_at: datetime
    expires_at: datetime
    items: list[CreatedBatchItem]


@define(kw_only=True)
class AnalyzeBatchSummary(Model):
    """A batch of analyses. ``"completed"`` means that each has ended, not that all succeeded."""

    batch_id: str
    analysis_mode: AnalyzeBatchSummaryAnalysisMode
    model_name: str
    status: BatchStatus
    total_items: int
    created_at: datetime
    expires_at: datetime
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    expired_at: datetime | None = None


@define(kw_only=True)
class AnalyzeBatchStatusResponse(AnalyzeBatchSummary):
    """A batch with the number of its analyses in each state."""

    queued_items: int
    processing_items: int
    ready_items: int
    failed_items: int
    canceled_items: int
    webhooks: list[AnalyzeTaskWebhookInfo] | None = None


BatchesListResponse = Page[AnalyzeBatchStatusResponse]


@define(kw_only=True)
class BatchItemError(Model):
    """Why an analysis of a batch failed."""

    code: str | None = None
    message: str


@define(kw_only=True)
class BatchResultItem(Model):
    """The result of one analysis: ``data`` when it is ready, ``error`` when it failed."""

    task_id: str
    custom_id: str | None = None
    status: BatchItemStatus
    data: AnalyzeTaskResult | None = None
    error: BatchItemError | None = None


class ParsedBatchResultItem(BatchResultItem, Generic[T]):
    """The result of one analysis, with its answer in the requested class: `parsed`."""

    __slots__ = ("_output",)
    _beside: ClassVar[tuple[str, ...]] = ("_output",)
    _output: OutputType[T]

    @property
    def parsed(self) -> T:
        """The answer as an object of the requested class.

        FailedError when the analysis has no answer, `OutputTruncatedError` and `OutputInvalidError`
        when it is not of the class.
        """
        if self.data is None:
            reason = "" if self.error is None else f": {self.error.message}"
            raise FailedError(f"analysis {self.task_id} is {self.status}{reason}", resource=None)
        return self._output.parse(self.data.data, self.data.finish_reason)

    @classmethod
    def of(cls, output: OutputType[T], item: BatchResultItem) -> Self:
        """The row, whose answers become objects of a class."""
        made = recast(item, cls)
        made._output = output
        return made
