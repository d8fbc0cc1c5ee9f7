"""Responses: answers about the films of a knowledge store, with citations."""

from __future__ import annotations

from collections.abc import Sequence

from .._runtime.convert import TypeForm
from .._runtime.core import Resource
from .._runtime.stream import Stream
from .._runtime.wire_names import to_wire
from ..options import RequestOptions
from . import models
from .models import *

__all__ = ["Responses"]
__all__ += models.__all__


class Responses(Resource):
    """Answers that draw on a knowledge store; a session keeps what was said before."""

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
    ) -> ResponseObject:
        """The response; ``output_text`` is its answer.

        A response may be ``"failed"`` or ``"incomplete"``: see its ``status``, that raises no
        error. ``input`` is what the user says, 1 to 10,000 characters; ``{{sel:0}}`` in it stands
        for the first of ``selections``, items and collections that the answer should prefer.
        ``session_id`` goes on with an earlier response's session; without it a new one begins.
        ``instructions`` hold for this response alone. ``include=["intermediate_outputs"]`` adds
        what the service did on the way. ``text`` asks for JSON that fits a schema. Raises
        `BadRequestError` for wrong parameters and for a session of another store, and
        `TooManyRequestsError` past a limit. It adds to the session, so it is never sent again when
        it may have been carried out. ``POST /responses``

        Example: ``response = await client.responses.create(knowledge_store_id=store.id, input=[
        {"type": "message", "role": "user", "content": "Who scores first?"}])``
        """
        return await self._core.request(
            ResponseObject,
            "POST",
            "/responses",
            json={
                "knowledge_store_id": knowledge_store_id,
                "input": to_wire(Sequence[ResponseInputItem], input),
                "session_id": session_id,
                "instructions": instructions,
                "include": include,
                "selections": to_wire(Sequence[ResponseSelection], selections),
                "text": to_wire(TextParam, text),
                "stream": False,
            },
            options=request_options,
        )

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
    ) -> Stream[ResponseStreamEvent]:
        """The events of a response as they come: pieces of text, items, and the whole response.

        The last event is ``"response.completed"`` or ``"response.failed"``, with the whole
        response; neither raises an error. A ``"keepalive"`` comes in some 10 seconds of silence.
        ``sequence_number`` rises, with gaps. Events of unknown types are skipped.

        ``input`` is what the user says, 1 to 10,000 characters; ``{{sel:0}}`` in it stands for the
        first of ``selections``, items and collections that the answer should prefer.
        ``session_id`` goes on with an earlier response's session; without it a new one begins.
        ``instructions`` hold for this response alone. ``include=["intermediate_outputs"]`` adds
        what the service did on the way. ``text`` asks for JSON that fits a schema. Raises
        `BadRequestError` for wrong parameters, `TooManyRequestsError` past a limit and
        `StreamError` when the stream breaks off, cannot be read or has an error event. It adds to
        the session, so it is never sent again when it may have been carried out.
        ``POST /responses``

        Example: ``async for event in client.responses.create_stream(knowledge_store_id=store.id,
        input=[{"type": "message", "role": "user", "content": "Who scores first?"}]): ...``
        """
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
                "text": to_wire(TextParam, text),
                "stream": True,
            },
            ends_with=("response.completed", "response.failed"),
            options=request_options,
        )
