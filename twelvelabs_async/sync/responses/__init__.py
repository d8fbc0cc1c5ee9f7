# Generated from responses/__init__.py: do not edit.
"""Responses: answers about the films of a knowledge store, with citations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from ...options import RequestOptions
from ...responses import Responses as AsyncResponses
from ...responses import T
from ...responses.models import (
    ParsedResponse,
    ResponseInputItem,
    ResponseInputItemDict,
    ResponseObject,
    ResponsesCreateRequestIncludeItem,
    ResponsesCreateStreamRequestIncludeItem,
    ResponseSelection,
    ResponseSelectionDict,
    ResponseStreamEvent,
    TextParam,
    TextParamDict,
)
from ..bridge import SyncResource
from ..iterate import SyncTextStream, settle

__all__ = ["Responses"]


class Responses(SyncResource[AsyncResponses]):
    """Answers that draw on a knowledge store; a session keeps what was said before."""

    @overload
    def create(
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
    def create(
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

    def create(
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

        Example: ``response = client.responses.create(knowledge_store_id=store.id, input=[ {"type":
        "message", "role": "user", "content": "Who scores first?"}])``
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.create
        settled: ResponseObject = settle(
            self._bridge,
            made(
                knowledge_store_id=knowledge_store_id,
                input=input,
                session_id=session_id,
                instructions=instructions,
                include=include,
                selections=selections,
                text=text,
                request_options=request_options,
            ),
        )
        return settled

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
    ) -> SyncTextStream[ResponseStreamEvent, T]: ...

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
    ) -> SyncTextStream[ResponseStreamEvent, None]: ...

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
    ) -> SyncTextStream[ResponseStreamEvent, Any]:
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

        Example: ``for event in client.responses.create_stream(knowledge_store_id=store.id,
        input=[{"type": "message", "role": "user", "content": "Who scores first?"}]): ...``
        """
        # Any: no overload takes the union of the parameters that this one has.
        made: Any = self._async.create_stream
        settled: SyncTextStream[ResponseStreamEvent, Any] = settle(
            self._bridge,
            made(
                knowledge_store_id=knowledge_store_id,
                input=input,
                session_id=session_id,
                instructions=instructions,
                include=include,
                selections=selections,
                text=text,
                request_options=request_options,
            ),
        )
        return settled
