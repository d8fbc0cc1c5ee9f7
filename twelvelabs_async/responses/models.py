"""Models of responses: answers about a knowledge store, whole or as events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict, TypeVar

from attrs import define, field
from cattrs import override

from .._runtime.model import Model, Tagged, Unknown, shown_url
from .._runtime.text_stream import TextReader
from .._runtime.typed_output import ParsedReply

__all__ = [
    "ParsedResponse",
    "ResponseAnnotation",
    "ResponseAnnotationType",
    "ResponseCreateRequest",
    "ResponseCreateRequestIncludeItem",
    "ResponseIncompleteDetails",
    "ResponseInputItem",
    "ResponseInputItemDict",
    "ResponseInputItemRole",
    "ResponseInputItemType",
    "ResponseObject",
    "ResponseObjectObject",
    "ResponseObjectType",
    "ResponseOutputContentPart",
    "ResponseOutputContentPartType",
    "ResponseOutputItem",
    "ResponseOutputItemRole",
    "ResponseOutputItemType",
    "ResponseSelection",
    "ResponseSelectionDict",
    "ResponseSelectionKind",
    "ResponseStatus",
    "ResponseStreamContentPartAddedEvent",
    "ResponseStreamContentPartDoneEvent",
    "ResponseStreamEvent",
    "ResponseStreamEventBase",
    "ResponseStreamEvent_Keepalive",
    "ResponseStreamEvent_ResponseCompleted",
    "ResponseStreamEvent_ResponseContentPartAdded",
    "ResponseStreamEvent_ResponseContentPartDone",
    "ResponseStreamEvent_ResponseCreated",
    "ResponseStreamEvent_ResponseFailed",
    "ResponseStreamEvent_ResponseFunctionCallArgumentsDone",
    "ResponseStreamEvent_ResponseInProgress",
    "ResponseStreamEvent_ResponseOutputItemAdded",
    "ResponseStreamEvent_ResponseOutputItemDone",
    "ResponseStreamEvent_ResponseOutputTextDelta",
    "ResponseStreamEvent_ResponseOutputTextDone",
    "ResponseStreamEvent_Unknown",
    "ResponseStreamFuncCallArgsDoneEvent",
    "ResponseStreamKeepAliveEvent",
    "ResponseStreamOutputItemAddedEvent",
    "ResponseStreamOutputItemDoneEvent",
    "ResponseStreamOutputTextDeltaEvent",
    "ResponseStreamOutputTextDoneEvent",
    "ResponseStreamResponseEvent",
    "ResponseUsage",
    "ResponsesCreateRequestIncludeItem",
    "ResponsesCreateStreamRequestIncludeItem",
    "TextParam",
    "TextParamDict",
    "TextParamFormat",
    "TextParamFormatJsonSchemaDict",
    "TextParamFormatTextDict",
    "TextParamFormat_JsonSchema",
    "TextParamFormat_Text",
    "TextResponseFormatJsonSchema",
    "TextResponseFormatText",
]

T = TypeVar("T")

ResponseAnnotationType = Literal["video_citation", "image_citation", "collection_citation"] | str
ResponseCreateRequestIncludeItem = Literal["intermediate_outputs"] | str
ResponsesCreateRequestIncludeItem = ResponseCreateRequestIncludeItem
ResponsesCreateStreamRequestIncludeItem = ResponseCreateRequestIncludeItem
ResponseInputItemRole = Literal["user"] | str
ResponseInputItemType = Literal["message"] | str
ResponseObjectObject = Literal["response"] | str
ResponseObjectType = Literal["response"] | str
ResponseOutputContentPartType = Literal["output_text"] | str
ResponseOutputItemRole = Literal["assistant"] | str
ResponseOutputItemType = Literal["message", "function_call", "function_call_output"] | str
ResponseSelectionKind = Literal["item", "collection"] | str
ResponseStatus = Literal["completed", "failed", "in_progress", "incomplete"] | str


# What is sent


@define(kw_only=True)
class ResponseInputItem(Model):
    """What the user says, 1 to 10,000 characters; ``{{sel:0}}`` stands for the first selection."""

    type: ResponseInputItemType = "message"
    role: ResponseInputItemRole = "user"
    content: str


class ResponseInputItemDict(TypedDict):
    """`ResponseInputItem` as a plain dict."""

    type: ResponseInputItemType
    role: ResponseInputItemRole
    content: str


@define(kw_only=True)
class ResponseSelection(Model):
    """An item or a collection that the answer should prefer."""

    kind: ResponseSelectionKind
    id: str


class ResponseSelectionDict(TypedDict):
    """`ResponseSelection` as a plain dict."""

    kind: ResponseSelectionKind
    id: str


@define(kw_only=True)
class TextParamFormat_Text(Model):
    """The answer is plain text."""

    type: Literal["text"] = "text"


@define(kw_only=True)
class TextParamFormat_JsonSchema(Model):
    """The answer is JSON text that fits a schema; the service makes all properties required."""

    type: Literal["json_schema"] = "json_schema"
    name: str
    description: str | None = None
    schema_: Annotated[dict[str, Any], override(rename="schema")]
    strict: bool | None = None


class TextParamFormatTextDict(TypedDict):
    """`TextParamFormat_Text` as a plain dict."""

    type: Literal["text"]


class TextParamFormatJsonSchemaDict(TypedDict):
    """`TextParamFormat_JsonSchema` as a plain dict; ``schema`` and ``schema_`` mean the same."""

    type: Literal["json_schema"]
    name: str
    description: NotRequired[str]
    schema: NotRequired[Mapping[str, Any]]
    schema_: NotRequired[Mapping[str, Any]]
    strict: NotRequired[bool]


# The vendor has the members of the union a second time, without their tag.
TextResponseFormatText = TextParamFormat_Text
TextResponseFormatJsonSchema = TextParamFormat_JsonSchema
TextParamFormat = Annotated[TextParamFormat_Text | TextParamFormat_JsonSchema, Tagged("type")]


@define(kw_only=True)
class TextParam(Model):
    """The shape of the answer's text."""

    format: TextParamFormat | None = None


class TextParamDict(TypedDict):
    """`TextParam` as a plain dict."""

    format: NotRequired[
        TextParamFormat_Text
        | TextParamFormat_JsonSchema
        | TextParamFormatTextDict
        | TextParamFormatJsonSchemaDict
    ]


@define(kw_only=True)
class ResponseCreateRequest(Model):
    """The body of a request for a response."""

    knowledge_store_id: str
    input: list[ResponseInputItem]
    session_id: str | None = None
    instructions: str | None = None
    include: list[ResponseCreateRequestIncludeItem] | None = None
    stream: bool | None = None
    selections: list[ResponseSelection] | None = None
    text: TextParam | None = None


# What comes back


@define(kw_only=True)
class ResponseAnnotation(Model):
    """A citation: ``text[start_index:end_index + 1]`` is its marker.

    The indices count code points, and the end is inclusive. ``start_sec`` and ``end_sec`` are
    seconds of a video; without them the whole video is cited. The URLs expire.
    """

    type: ResponseAnnotationType
    start_index: int
    end_index: int
    item_id: str | None = None
    collection_id: str | None = None
    start_sec: float | None = None
    end_sec: float | None = None
    title: str | None = None
    thumbnail_url: str | None = field(default=None, repr=shown_url)
    hls_url: str | None = field(default=None, repr=shown_url)


@define(kw_only=True)
class ResponseOutputContentPart(Model):
    """A part of a message: its text, and what it cites."""

    type: ResponseOutputContentPartType
    text: str
    annotations: list[ResponseAnnotation] = field(factory=list[ResponseAnnotation])


@define(kw_only=True)
class ResponseOutputItem(Model):
    """A message, a call of a function, or a function's output.

    A message without ``phase``, or with ``"final_answer"``, is the answer; ``"commentary"`` comes
    before it. ``arguments`` is JSON text.
    """

    type: ResponseOutputItemType
    id: str
    status: ResponseStatus | None = None
    role: ResponseOutputItemRole | None = None
    phase: str | None = None
    content: list[ResponseOutputContentPart] | None = None
    name: str | None = None
    call_id: str | None = None
    arguments: str | None = None
    output: str | None = None


@define(kw_only=True)
class ResponseUsage(Model):
    """How many tokens were read and written."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@define(kw_only=True)
class ResponseIncompleteDetails(Model):
    """Why a response is incomplete, for example ``"max_output_tokens"``."""

    reason: str


@define(kw_only=True)
class ResponseObject(Model):
    """A response. Its ``status`` may be ``"failed"`` or ``"incomplete"``: that raises no error."""

    id: str | None = None
    knowledge_store_id: str | None = None
    session_id: str | None = None
    type: ResponseObjectType | None = None
    object: ResponseObjectObject | None = None
    status: ResponseStatus | None = None
    incomplete_details: ResponseIncompleteDetails | None = None
    output: list[ResponseOutputItem] | None = None
    usage: ResponseUsage | None = None
    created_at: datetime | None = None

    @property
    def output_text(self) -> str:
        """The text of the answer: of all messages that are not commentary, joined."""
        return "".join(
            part.text
            for item in self.output or ()
            if item.type == "message" and item.phase in (None, "final_answer")
            for part in item.content or ()
            if part.type == "output_text"
        )


class ParsedResponse(ParsedReply[T], ResponseObject):
    """A response whose answer is in the class that was asked for: `parsed`."""

    __slots__ = ("_parsed",)


def finish_reason_of(response: ResponseObject) -> str | None:
    """Why a response ended, as analyses say it: ``"length"`` where it was cut off."""
    details = response.incomplete_details
    if response.status != "incomplete":
        return "stop" if response.status == "completed" else response.status
    cut = details is None or details.reason == "max_output_tokens"
    return "length" if cut else details.reason if details else None


@define(kw_only=True)
class ResponseStreamEventBase(Model):
    """What every event has; numbers rise, and gaps between them are normal."""

    sequence_number: int


@define(kw_only=True)
class ResponseStreamEvent_ResponseCreated(ResponseStreamEventBase):
    """The response has started; its ``output`` is empty."""

    type: Literal["response.created"] = "response.created"
    response: ResponseObject | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseInProgress(ResponseStreamEventBase):
    """The response is being made."""

    type: Literal["response.in_progress"] = "response.in_progress"
    response: ResponseObject | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseCompleted(ResponseStreamEventBase):
    """The response is complete; its ``status`` may still be ``"incomplete"``."""

    type: Literal["response.completed"] = "response.completed"
    response: ResponseObject | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseFailed(ResponseStreamEventBase):
    """The response has failed."""

    type: Literal["response.failed"] = "response.failed"
    response: ResponseObject | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseOutputItemAdded(ResponseStreamEventBase):
    """An item of the output begins."""

    type: Literal["response.output_item.added"] = "response.output_item.added"
    output_index: int | None = None
    item: ResponseOutputItem | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseOutputItemDone(ResponseStreamEventBase):
    """An item of the output is complete."""

    type: Literal["response.output_item.done"] = "response.output_item.done"
    output_index: int | None = None
    item: ResponseOutputItem | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseContentPartAdded(ResponseStreamEventBase):
    """A part of a message begins."""

    type: Literal["response.content_part.added"] = "response.content_part.added"
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    part: ResponseOutputContentPart | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseContentPartDone(ResponseStreamEventBase):
    """A part of a message is complete, with its citations."""

    type: Literal["response.content_part.done"] = "response.content_part.done"
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    part: ResponseOutputContentPart | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseOutputTextDelta(ResponseStreamEventBase):
    """A piece of text, ``delta``."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    delta: str | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseOutputTextDone(ResponseStreamEventBase):
    """The whole text of a part."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    text: str | None = None


@define(kw_only=True)
class ResponseStreamEvent_ResponseFunctionCallArgumentsDone(ResponseStreamEventBase):
    """The whole arguments of a function's call, as JSON text."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    item_id: str | None = None
    output_index: int | None = None
    arguments: str | None = None


@define(kw_only=True)
class ResponseStreamEvent_Keepalive(ResponseStreamEventBase):
    """A sign of life, after some 10 seconds of silence."""

    type: Literal["keepalive"] = "keepalive"


@define(kw_only=True)
class ResponseStreamEvent_Unknown(Unknown):
    """An event of a type that this version of the package does not know; streams skip it."""

    if TYPE_CHECKING:  # a tag of its own: then to compare a tag narrows the union
        type: Literal["unknown"] = "unknown"
    else:
        type: str | None = None


# The vendor has the members of the union a second time, without their tag.
ResponseStreamResponseEvent = ResponseStreamEvent_ResponseCompleted
ResponseStreamOutputItemAddedEvent = ResponseStreamEvent_ResponseOutputItemAdded
ResponseStreamOutputItemDoneEvent = ResponseStreamEvent_ResponseOutputItemDone
ResponseStreamContentPartAddedEvent = ResponseStreamEvent_ResponseContentPartAdded
ResponseStreamContentPartDoneEvent = ResponseStreamEvent_ResponseContentPartDone
ResponseStreamOutputTextDeltaEvent = ResponseStreamEvent_ResponseOutputTextDelta
ResponseStreamOutputTextDoneEvent = ResponseStreamEvent_ResponseOutputTextDone
ResponseStreamFuncCallArgsDoneEvent = ResponseStreamEvent_ResponseFunctionCallArgumentsDone
ResponseStreamKeepAliveEvent = ResponseStreamEvent_Keepalive
ResponseStreamEvent = Annotated[
    ResponseStreamEvent_ResponseCreated
    | ResponseStreamEvent_ResponseInProgress
    | ResponseStreamEvent_ResponseCompleted
    | ResponseStreamEvent_ResponseFailed
    | ResponseStreamEvent_ResponseOutputItemAdded
    | ResponseStreamEvent_ResponseOutputItemDone
    | ResponseStreamEvent_ResponseContentPartAdded
    | ResponseStreamEvent_ResponseContentPartDone
    | ResponseStreamEvent_ResponseOutputTextDelta
    | ResponseStreamEvent_ResponseOutputTextDone
    | ResponseStreamEvent_ResponseFunctionCallArgumentsDone
    | ResponseStreamEvent_Keepalive
    | ResponseStreamEvent_Unknown,
    Tagged("type"),
]


def _piece(event: ResponseStreamEvent) -> str | None:
    return event.delta if event.type == "response.output_text.delta" else None


def _end(event: ResponseStreamEvent) -> tuple[str | None, Any] | None:
    if event.type == "response.completed" or event.type == "response.failed":
        response = event.response
        return None if response is None else (finish_reason_of(response), response.usage)
    return None


TEXT = TextReader(_piece, _end)
"""What the events of a response say of its text."""
