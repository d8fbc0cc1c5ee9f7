"""Responses: answers about the films of a knowledge store, with citations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast, overload

from .._runtime.convert import TypeForm
from .._runtime.core import Resource
from .._runtime.text_stream import TextStream
from .._runtime.typed_output import OutputType, is_output_type, output_type
from .._runtime.wire_names import to_wire
from ..options import RequestOptions
from . import models
from .models import *
from .models import TEXT, finish_reason_of

__all__ = ["Responses"]
__all__ += models.__all__

T = TypeVar("T")


class Responses(Resource):
    """Answers that draw on a knowledge store; a session keeps what was said before."""

    @overload
    async def create(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: type[T],
        request_options: RequestOptions | None = None,
    ) -> ParsedResponse[T]: ...
    @overload
    async def create(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: TextParam | TextParamDict | None = None,
        request_options: RequestOptions | None = None,
    ) -> ResponseObject: ...
    async def create(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: type[T] | TextParam | TextParamDict | None = None,
        request_options: RequestOptions | None = None,
    ) -> ResponseObject:
        """The response; ``output_text`` is its answer.

        A response that is ``"failed"`` or ``"incomplete"`` raises nothing: check its ``status``.
        The answer draws on the store ``knowledge_store_id``. ``input`` is what the user says, 1 to
        10,000 characters; ``{{sel:0}}`` in it stands for the first of ``selections``, items and
        collections that the answer should prefer. ``session_id`` continues an earlier response's
        session; without it there is a new one. ``instructions`` hold for this response alone.
        ``include=["intermediate_outputs"]`` adds what the service did to find the answer. ``text``
        asks for JSON that fits a schema; it may be a class of yours (a pydantic model, a dataclass,
        an attrs class or a TypedDict), and ``parsed`` is then an object of it. Raises
        `BadRequestError` for wrong parameters and for a session of another store, and
        `TooManyRequestsError` past a limit. It adds to the session, so it is never sent again when
        it may have been carried out. ``POST /responses``

        Example: ``response = await client.responses.create(knowledge_store_id=store.id, input=[
        {"type": "message", "role": "user", "content": "Who scores first?"}])``
        """
        sent, output = _format(text)
        response = await self._core.request(
            ResponseObject if output is None else ParsedResponse[Any],
            "POST",
            "/responses",
            json={
                "knowledge_store_id": knowledge_store_id,
                "input": to_wire(Sequence[ResponseInputItem], input),
                "session_id": session_id,
                "instructions": instructions,
                "include": include,
                "selections": to_wire(Sequence[ResponseSelection], selections),
                "text": to_wire(TextParam, sent),
                "stream": False,
            },
            options=request_options,
        )
        if output is None:
            return response
        parsed = cast("ParsedResponse[Any]", response)
        return parsed.keep(output.parse(parsed.output_text, finish_reason_of(parsed)))

    @overload
    def create_stream(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateStreamRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: type[T],
        request_options: RequestOptions | None = None,
    ) -> TextStream[ResponseStreamEvent, T]: ...
    @overload
    def create_stream(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateStreamRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: TextParam | TextParamDict | None = None,
        request_options: RequestOptions | None = None,
    ) -> TextStream[ResponseStreamEvent, None]: ...
    def create_stream(
        self,
        *,
        knowledge_store_id: str,
        input: Sequence[ResponseInputItem | ResponseInputItemDict],
        session_id: str | None = None,
        instructions: str | None = None,
        include: Sequence[ResponsesCreateStreamRequestIncludeItem] | None = None,
        selections: Sequence[ResponseSelection | ResponseSelectionDict] | None = None,
        text: type[T] | TextParam | TextParamDict | None = None,
        request_options: RequestOptions | None = None,
    ) -> TextStream[ResponseStreamEvent, Any]:
        """The events of a response as they come: pieces of text, items, and the whole response.

        The last event is ``"response.completed"`` or ``"response.failed"``, with the whole
        response; neither raises anything. A ``"keepalive"`` comes in some 10 seconds of silence.
        ``sequence_number`` rises, with gaps. Events of unknown types are skipped.

        The answer draws on the store ``knowledge_store_id``. ``input`` is what the user says, 1 to
        10,000 characters; ``{{sel:0}}`` in it stands for the first of ``selections``, items and
        collections that the answer should prefer. ``session_id`` continues an earlier response's
        session; without it there is a new one. ``instructions`` hold for this response alone.
        ``include=["intermediate_outputs"]`` adds what the service did to find the answer. ``text``
        asks for JSON that fits a schema; it may be a class of yours (a pydantic model, a dataclass,
        an attrs class or a TypedDict), of which `get_final` gives an object. Raises
        `BadRequestError` for wrong parameters, `TooManyRequestsError` past a limit and
        `StreamError` when the stream breaks off, cannot be read or has an error event. It adds to
        the session, so it is never sent again when it may have been carried out.
        ``POST /responses``

        Example: ``async for event in client.responses.create_stream(knowledge_store_id=store.id,
        input=[{"type": "message", "role": "user", "content": "Who scores first?"}]): ...``
        """
        sent, output = _format(text)
        return self._core.event_stream(
            TypeForm[ResponseStreamEvent](ResponseStreamEvent),
            "POST",
            "/responses",
            json={
                "knowledge_store_id": knowledge_store_id,
                "input": to_wire(Sequence[ResponseInputItem], input),
                "session_id": session_id,
                "instructions": instructions,
                "include": include,
                "selections": to_wire(Sequence[ResponseSelection], selections),
                "text": to_wire(TextParam, sent),
                "stream": True,
            },
            ends_with=("response.completed", "response.failed"),
            reader=TEXT,
            output=output,
            options=request_options,
        )


def _format(text: Any) -> tuple[Any, OutputType[Any] | None]:
    """The format that is sent, and what the answer becomes, of a format or a class."""
    if not is_output_type(text):
        return text, None
    output: OutputType[Any] = output_type(text)
    return TextParam(
        format=TextParamFormat_JsonSchema(name=output.name, schema_=output.schema)
    ), output
