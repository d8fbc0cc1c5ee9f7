"""``/responses``: answers about the items of a knowledge store, whole or as events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web
from attrs import frozen

from ..analysis_schema import check_satisfiable
from ..answers import SELECTION, Citation, Question, Written, write_answer
from ..checks import (
    Fields,
    anything,
    array,
    as_object,
    boolean,
    needed,
    obj,
    one_of,
    optional,
    text,
)
from ..clock import timestamp
from ..errors import invalid, missing
from ..event_stream import EventStream, item_events, wait_for_answer
from ..job_faults import JobFault
from ..knowledge_records import ItemCollection, KnowledgeStore, Session, Turn
from ..links import picture_url, stream_url
from ..media.json_schema import SchemaError
from ..media.json_schema.closing import closed
from ..media.language.writing import count_tokens, limit
from ..media.measure.probe import MediaError
from ..request import RequestContext
from ..routing import Routes
from .knowledge_stores.search import films_of, ready_items

__all__ = ["routes"]

routes: Routes = Routes()

_FORMAT: Fields = {
    "type": needed(one_of("text", "json_schema")),
    "name": optional(text(1)),
    "description": optional(text()),
    "schema": optional(anything),
    "strict": optional(boolean),
}
_BODY: Fields = {
    "knowledge_store_id": needed(text(1)),
    "input": needed(
        array(
            obj(
                {
                    "type": needed(one_of("message")),
                    "role": needed(one_of("user")),
                    "content": needed(text(1, 10_000)),
                }
            ),
            1,
            100,
        )
    ),
    "session_id": optional(text(1)),
    "instructions": optional(text()),
    "include": optional(array(one_of("intermediate_outputs"))),
    "stream": optional(boolean, False),
    "selections": optional(
        array(obj({"kind": needed(one_of("item", "collection")), "id": needed(text(1))}), 0, 500)
    ),
    "text": optional(obj({"format": optional(obj(_FORMAT))})),
}
_PREFIXES: Final = {"item": "ksi_", "collection": "ksic_"}


@frozen(kw_only=True)
class _Outcome:
    """How a response ends."""

    status: str
    output: Sequence[dict[str, Any]] = ()
    usage: Mapping[str, int] | None = None


@routes("POST", "/responses", json=_BODY, category="responses")
async def create(ctx: RequestContext) -> web.StreamResponse:
    """Answer a question about a store; the session keeps it."""
    body, sandbox = ctx.body, ctx.sandbox
    stores = sandbox.repository.knowledge.stores
    store = ctx.find("knowledge stores", stores, body["knowledge_store_id"])
    schema = await _schema(ctx)
    selections = _selections(ctx, store)
    asked = _asked(ctx, selections)
    session = _session(ctx, store)
    for chosen in selections:
        session.select(*chosen)
    fault = sandbox.faults.match_job("response", store.id)
    # Before the first event, upon which its reader may move the clock.
    begun = ctx.now
    draft: dict[str, Any] = {
        "id": sandbox.ids.prefixed("resp", begun),
        "type": "response",
        "object": "response",
        "session_id": session.id,
        "knowledge_store_id": store.id,
        "created_at": timestamp(begun),
    }
    work = asyncio.create_task(_answer(ctx, session, asked, selections, schema, fault))
    held = partial(_is_held, fault)
    try:
        if body["stream"]:
            return await _stream(ctx, draft, work, held, begun)
        if not await wait_for_answer(ctx, work, held, None, begun):
            return web.Response()  # nobody reads it any more
        return ctx.reply(_shown(draft, await work))
    finally:
        work.cancel()


def _is_held(fault: JobFault | None) -> bool:
    return fault is not None and fault.state == "in_progress" and fault.released is None


async def _schema(ctx: RequestContext) -> Mapping[str, object] | None:
    """The schema that the answer is to fit, as the service changes it; None for plain text."""
    wanted: dict[str, Any] = ctx.body["text"] or {}
    given: dict[str, Any] | None = wanted.get("format")
    if given is None or given["type"] == "text":
        return None
    for name in ("name", "schema"):
        if given[name] is None:
            raise missing(f"text.format.{name}")
    schema = as_object(given["schema"])
    if schema is None:
        raise invalid("text.format.schema", "It must be a JSON schema.")
    changed = as_object(closed(schema))
    filled = changed if ctx.sandbox.answers.match(_words(ctx)) is None else None
    await check_satisfiable(ctx.sandbox.jobs, schema, filled, "text.format.schema")
    return changed


def _selections(ctx: RequestContext, store: KnowledgeStore) -> list[tuple[str, str]]:
    """The selections of the request: kinds and ids, all of which the store has."""
    knowledge = ctx.sandbox.repository.knowledge
    chosen: list[tuple[str, str]] = []
    for place, given in enumerate(ctx.body["selections"] or []):
        kind, identifier = given["kind"], given["id"]
        if not identifier.startswith(_PREFIXES[kind]):
            raise invalid(f"selections[{place}].id", f"It must begin with {_PREFIXES[kind]}.")
        if kind == "item":
            ctx.find("knowledge store items", knowledge.items[store.id], identifier)
        else:
            ctx.find("item collections", knowledge.collections[store.id], identifier)
        chosen.append((kind, identifier))
    return chosen


def _asked(ctx: RequestContext, selections: Sequence[tuple[str, str]]) -> str:
    """The messages of the request as one text."""
    for place, message in enumerate(each["content"] for each in ctx.body["input"]):
        for found in SELECTION.finditer(message):
            if len(found[1]) > 6 or int(found[1]) >= len(selections):
                raise invalid(
                    f"input[{place}].content", f"{found[0]} names none of the selections."
                )
    return _words(ctx)


def _words(ctx: RequestContext) -> str:
    return "\n".join(message["content"] for message in ctx.body["input"])


def _session(ctx: RequestContext, store: KnowledgeStore) -> Session:
    """The session that the request continues, or a new one."""
    knowledge, now = ctx.sandbox.repository.knowledge, ctx.now
    knowledge.forget_sessions(now - ctx.sandbox.settings.response_session_life)
    identifier: str | None = ctx.body["session_id"]
    if identifier is None:
        session = Session(
            id=ctx.sandbox.ids.prefixed("sess", now),
            store_id=store.id,
            created_at=now,
            used_at=now,
        )
        knowledge.sessions[session.id] = session
        return session
    session = ctx.find("sessions", knowledge.sessions, identifier)
    if session.store_id != store.id:
        raise invalid("session_id", "The session is about another knowledge store.")
    session.used_at = now
    return session


async def _answer(
    ctx: RequestContext,
    session: Session,
    asked: str,
    selections: Sequence[tuple[str, str]],
    schema: Mapping[str, object] | None,
    fault: JobFault | None,
) -> _Outcome:
    """The outcome, of which the session knows from then on."""
    sandbox = ctx.sandbox
    if fault is not None and fault.error is not None:
        return _failed(asked)
    knowledge = sandbox.repository.knowledge
    items = knowledge.items.get(session.store_id, {})
    ready = await ready_items(sandbox, items.values(), ctx.now)
    # Later turns prefer what earlier ones selected, unless they select something themselves.
    chosen = selections or session.selections
    collections = _chosen_collections(ctx, session.store_id, chosen)
    members = {member for collection in collections for member in collection.members}
    try:
        films = await films_of(sandbox, ready)
    except MediaError:
        return _failed(asked)  # an item was deleted meanwhile
    question = Question(
        text=asked,
        instructions=ctx.body["instructions"] or "",
        earlier=session.turns[-1].question if session.turns else "",
        items={item.id: item for item in ready},
        films=films,
        preferred=members | {identifier for kind, identifier in chosen if kind == "item"},
        collections=_chosen_collections(ctx, session.store_id, selections),
        schema=schema,
        fences=sandbox.settings.json_fences,
        preset=sandbox.answers.match(asked),
    )
    try:
        written = await sandbox.jobs.compose(write_answer, question)
    except SchemaError:
        return _failed(asked)
    cited = [citation.item.id for citation in written.citations if citation.item is not None]
    before = [f"{turn.question}\n{turn.answer}" for turn in session.turns]
    read = "\n".join([*before, asked, question.instructions])
    session.add(Turn(question=asked, answer=written.text, item_ids=list(dict.fromkeys(cited))))
    return _outcome(ctx, session, written, count_tokens(read))


def _failed(asked: str) -> _Outcome:
    usage = {"input_tokens": count_tokens(asked), "output_tokens": 0}
    return _Outcome(status="failed", usage=usage)


def _chosen_collections(
    ctx: RequestContext, store_id: str, chosen: Sequence[tuple[str, str]]
) -> list[ItemCollection]:
    """The collections among selections, those that were deleted meanwhile left out."""
    collections = ctx.sandbox.repository.knowledge.collections.get(store_id, {})
    return [collections[one] for kind, one in chosen if kind == "collection" and one in collections]


def _outcome(ctx: RequestContext, session: Session, written: Written, read: int) -> _Outcome:
    answer = limit(written.text, ctx.sandbox.settings.max_output_tokens)
    status = "completed" if answer.finish_reason == "stop" else "incomplete"
    found = [
        {"item_id": match.item_id, "start_sec": match.start, "end_sec": match.end}
        if match.end
        else {"item_id": match.item_id}
        for match in written.found
    ]
    results = orjson.dumps({"results": found}).decode()
    output: list[dict[str, Any]] = []
    if ctx.body["include"]:
        call = ctx.sandbox.ids.prefixed("call", ctx.now)
        said = f'I search the knowledge store for "{written.words}".'
        output += [
            _message(session, said, "commentary", "completed", []),
            {
                "type": "function_call",
                "id": ctx.sandbox.ids.prefixed("fc", ctx.now),
                "status": "completed",
                "name": "search_knowledge_store",
                "call_id": call,
                "arguments": orjson.dumps({"query": written.words}).decode(),
            },
            {
                "type": "function_call_output",
                "id": ctx.sandbox.ids.prefixed("fco", ctx.now),
                "status": "completed",
                "call_id": call,
                "output": results,
            },
        ]
    # A marker that was cut off cites nothing.
    citations = [
        _annotation(ctx, one) for one in written.citations if one.end_index < len(answer.text)
    ]
    output.append(_message(session, answer.text, "final_answer", status, citations))
    usage = {
        "input_tokens": read + count_tokens(results),
        "output_tokens": answer.output_tokens,
    }
    return _Outcome(status=status, output=output, usage=usage)


def _message(
    session: Session, said: str, phase: str, status: str, citations: list[dict[str, Any]]
) -> dict[str, Any]:
    identifier = f"msg_{session.id}_{session.messages}"
    session.messages += 1
    return {
        "type": "message",
        "id": identifier,
        "status": status,
        "role": "assistant",
        "phase": phase,
        "content": [{"type": "output_text", "text": said, "annotations": citations}],
    }


def _annotation(ctx: RequestContext, citation: Citation) -> dict[str, Any]:
    """A citation as the API shows it: what does not apply is left out, or null for URLs."""
    item, collection = citation.item, citation.collection
    shown: dict[str, Any] = {
        "type": "collection_citation" if item is None else f"{item.asset_type}_citation",
        "start_index": citation.start_index,
        "end_index": citation.end_index,
        "title": None,
        "thumbnail_url": None,
        "hls_url": None,
    }
    if collection is not None:
        shown.update(collection_id=collection.id, title=collection.name)
    if item is not None and item.key is not None:
        shown.update(item_id=item.id, title=item.title)
        shown["thumbnail_url"] = picture_url(ctx.sandbox, item.key, citation.thumbnail_at)
        if item.asset_type == "video":
            shown["hls_url"] = stream_url(ctx.sandbox, item.key)
    if citation.start is not None:
        shown.update(start_sec=citation.start, end_sec=citation.end)
    return shown


def _shown(draft: Mapping[str, Any], outcome: _Outcome) -> dict[str, Any]:
    cut = outcome.status == "incomplete"
    shown: dict[str, Any] = {
        **draft,
        "status": outcome.status,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": list(outcome.output),
    }
    if outcome.usage is not None:
        shown["usage"] = dict(outcome.usage)
    return shown


async def _stream(
    ctx: RequestContext,
    draft: Mapping[str, Any],
    work: asyncio.Task[_Outcome],
    held: Callable[[], bool],
    since: float,
) -> web.StreamResponse:
    # Who reads the session's id may rely on it, however the stream ends.
    await ctx.sandbox.persist()
    stream = EventStream(ctx)
    await stream.open()
    begun = _shown(draft, _Outcome(status="in_progress"))
    for kind in ("response.created", "response.in_progress"):
        if not await stream.send(kind, response=begun):
            return stream.response
    if not await wait_for_answer(ctx, work, held, stream, since):
        return stream.response
    outcome = await work
    for place, item in enumerate(outcome.output):
        for kind, fields in item_events(place, item):
            if not await stream.send(kind, **fields):
                return stream.response
            await asyncio.sleep(ctx.sandbox.timings.piece)
    last = "response.failed" if outcome.status == "failed" else "response.completed"
    if await stream.send(last, response=_shown(draft, outcome)):
        await stream.close()
    return stream.response
