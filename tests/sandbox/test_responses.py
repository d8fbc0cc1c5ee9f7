"""Responses: that answers are of the store's items, cite them, keep sessions and stream."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import evolve

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.store_support import new_item, new_store, question
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError, StreamError, TooManyRequestsError
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio


async def answered(api: Api, store: str, asked: str, /, **more: Any) -> Any:
    return await api("POST", "/responses", json=question(store, asked, **more))


def said(response: Any) -> tuple[str, list[dict[str, Any]]]:
    """The answer's text and what it cites, each with its marker."""
    part = response["output"][-1]["content"][0]
    text, annotations = part["text"], part["annotations"]
    assert all(
        text[one["start_index"] : one["end_index"] + 1].strip("[]").isdigit() for one in annotations
    )
    return text, annotations


async def streamed(api: Api, body: dict[str, Any]) -> bytes:
    url = f"{api.sandbox.base_url}/responses"
    headers = {"x-api-key": api.sandbox.api_key}
    async with api.session.post(url, json={**body, "stream": True}, headers=headers) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/event-stream"
        return await reply.read()


def events(raw: bytes) -> list[dict[str, Any]]:
    """The events of a whole stream, whose frames are as the service's."""
    frames = raw.decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    found: list[dict[str, Any]] = []
    for frame in frames[:-2]:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


@BOTH
async def test_answers_cite_real_items_and_seconds(
    kind: Kind, film: Path, other_film: Path, picture: Path
) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        store = path.rsplit("/", 1)[-1]
        colours = await new_item(api, path, film, metadata={"title": "Färben \N{WHALE} films"})
        yellow, image = await new_item(api, path, other_film), await new_item(api, path, picture)
        for text, item, start, end in (
            ("When is it red?", colours, 0, 3),
            ("Who says a whale sings?", colours, 6, 9),
            ("Show me yellow", yellow, 0, 3),
        ):
            response = await client.responses.create(
                knowledge_store_id=store,
                input=[{"type": "message", "role": "user", "content": text}],
            )
            assert response.status == "completed"
            assert response.incomplete_details is None
            assert response.id.startswith("resp_")
            assert response.session_id.startswith("sess_")
            (message,) = response.output
            assert message.id == f"msg_{response.session_id}_0"
            assert (message.role, message.phase) == ("assistant", "final_answer")
            part = message.content[0]
            cited = part.annotations[0]
            assert (cited.type, cited.item_id) == ("video_citation", item)
            assert cited.start_sec == pytest.approx(start, abs=0.2)
            assert cited.end_sec == pytest.approx(end, abs=0.2)
            assert part.text[cited.start_index : cited.end_index + 1] == "[1]"
            assert response.usage.input_tokens > 0
            assert response.usage.output_tokens > 0
            status, content = await api.fetch(cited.thumbnail_url)
            assert (status, content[:3]) == (200, b"\xff\xd8\xff")
            assert (await api.fetch(cited.hls_url))[0] == 200
        response = await answered(api, path, "green", selections=[{"kind": "item", "id": image}])
        _, (cited,) = said(response)
        assert cited["type"] == "image_citation"
        assert (cited["item_id"], cited["title"]) == (image, picture.name)
        assert cited["hls_url"] is None
        assert not {"start_sec", "end_sec", "collection_id"} & set(cited)
        status, content = await api.fetch(cited["thumbnail_url"])
        assert (status, content[:3]) == (200, b"\xff\xd8\xff")


async def test_the_subtitles_are_quoted_and_figures_are_measured(api: Api, film: Path) -> None:
    store = await new_store(api)
    item = await new_item(api, store, film)
    text, _ = said(await answered(api, store, "What is said about a whale?"))
    assert "a whale sings at night" in text
    text, annotations = said(await answered(api, store, "How long is the film?"))
    assert "9.0 s" in text
    (cited,) = annotations
    # The whole video: neither second is there.
    assert cited["item_id"] == item
    assert not {"start_sec", "end_sec"} & set(cited)


async def test_a_store_without_ready_items_is_answered_for(api: Api) -> None:
    store = await new_store(api)
    response = await answered(api, store, "What happens?")
    text, annotations = said(response)
    assert response["status"] == "completed"
    assert text
    assert annotations == []
    shape = {"type": "object", "properties": {"title": {"type": "string"}}}
    form = {"format": {"type": "json_schema", "name": "n", "schema": shape}}
    text, _ = said(await answered(api, store, "What happens?", text=form))
    assert isinstance(json.loads(text)["title"], str)


async def test_selections_are_preferred_not_enforced(
    api: Api, film: Path, other_film: Path
) -> None:
    store = await new_store(api)
    colours, yellow = await new_item(api, store, film), await new_item(api, store, other_film)
    made = await api("POST", f"{store}/item-collections", 201, json={"name": "Yellow ones"})
    collection = made["_id"]
    path = f"{store}/item-collections/{collection}/items/add"
    await api("POST", path, json={"item_ids": [yellow]})

    def cited(response: Any) -> set[str | None]:
        return {one.get("item_id") for one in said(response)[1]} - {None}

    chosen = [{"kind": "item", "id": yellow}]
    first = await answered(api, store, "What happens in {{sel:0}}?", selections=chosen)
    assert cited(first) == {yellow}
    # The session keeps it.
    again = await answered(api, store, "What happens?", session_id=first["session_id"])
    assert cited(again) == {yellow}
    assert cited(await answered(api, store, "Where is red?", selections=chosen)) == {colours}
    other = [{"kind": "item", "id": colours}]
    again = await answered(
        api, store, "What happens?", session_id=first["session_id"], selections=other
    )
    assert cited(again) == {colours}
    several = [*other, {"kind": "collection", "id": collection}]
    response = await answered(api, store, "What is in {{sel:1}}?", selections=several[1:] * 2)
    assert cited(response) == {yellow}
    (one,) = {
        (one["collection_id"], one["title"], one["thumbnail_url"], one["hls_url"])
        for one in said(response)[1]
        if one["type"] == "collection_citation"
    }
    assert one == (collection, "Yellow ones", None, None)


@pytest.mark.parametrize(
    "body",
    [
        {"knowledge_store_id": None},
        {"input": []},
        {"input": None},
        {"input": "text"},
        {"input": [{"type": "message", "role": "user", "content": ""}]},
        {"input": [{"type": "message", "role": "user", "content": "x" * 10_001}]},
        {"input": [{"type": "message", "role": "user"}]},
        {"input": [{"type": "message", "role": "assistant", "content": "x"}]},
        {"input": [{"type": "image", "role": "user", "content": "x"}]},
        {"input": [{"type": "message", "role": "user", "content": "What is {{sel:0}}?"}]},
        {"session_id": "sess_nobody"},
        {"include": ["everything"]},
        {"include": "intermediate_outputs"},
        {"stream": "yes"},
        {"selections": [{"kind": "item", "id": "ksic_1"}]},
        {"selections": [{"kind": "collection", "id": "ksi_1"}]},
        {"selections": [{"kind": "item", "id": "ksi_1"}]},
        {"selections": [{"kind": "collection", "id": "ksic_1"}]},
        {"selections": [{"kind": "store", "id": "ks_1"}]},
        {"text": {"format": {"type": "xml"}}},
        {"text": {"format": {"type": "json_schema"}}},
        {"text": {"format": {"type": "json_schema", "name": "n"}}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": 5}}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "text"}}}},
        {"tools": []},
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_requests_without_form_are_refused(
    api: Api, body: dict[str, Any], stream: bool
) -> None:
    store = await new_store(api)
    whole = {**question(store, "red", stream=stream), **body}
    refused = await api("POST", "/responses", 400, json=whole)
    assert refused["code"]


async def test_nulls_are_absent_and_10000_characters_are_taken(api: Api) -> None:
    nothing = ("session_id", "instructions", "include", "selections", "text", "stream")
    store = await new_store(api)
    response = await answered(api, store, "x" * 10_000, **dict.fromkeys(nothing))
    assert response["object"] == response["type"] == "response"
    assert "incomplete_details" in response


@BOTH
async def test_sessions_are_kept_for_their_store_and_time(kind: Kind, film: Path) -> None:
    settings = Settings(response_session_life=100)
    async with (
        serving(settings=settings, speed=0) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        path, other = await new_store(api), await new_store(api)
        await new_item(api, path, film)

        async def ask(store: str, text: str, session: str | None = None) -> Any:
            return await client.responses.create(
                knowledge_store_id=store.rsplit("/", 1)[-1],
                input=[{"type": "message", "role": "user", "content": text}],
                session_id=session,
            )

        first = await ask(path, "Where is it green?")
        session = first.session_id
        assert (await ask(path, "red")).session_id != session
        api.sandbox.advance(99)
        # What was asked before says what this is about.
        second = await ask(path, "And then?", session)
        assert second.session_id == session
        assert second.output[0].id == f"msg_{session}_1"
        assert second.output[0].content[0].annotations[0].start_sec == pytest.approx(3, abs=0.2)
        assert second.usage.input_tokens > first.usage.input_tokens
        with pytest.raises(BadRequestError):
            await ask(other, "red", session)
        api.sandbox.advance(99)
        await ask(path, "red", session)
        api.sandbox.advance(100)
        with pytest.raises(BadRequestError):
            await ask(path, "red", session)


async def test_sessions_outlive_their_sandbox(film: Path, tmp_path: Path) -> None:
    async with serving(data=tmp_path / "data") as api:
        store = await new_store(api)
        await new_item(api, store, film)
        session = (await answered(api, store, "green"))["session_id"]
    async with serving(data=tmp_path / "data") as api:
        response = await answered(api, store, "And then?", session_id=session)
        assert response["output"][0]["id"] == f"msg_{session}_1"


async def test_instructions_shape_the_answer_of_one_request(api: Api, film: Path) -> None:
    store = await new_store(api)
    await new_item(api, store, film)
    asked = "Where is it red, green or blue?"
    text, _ = said(await answered(api, store, asked))
    short, annotations = said(
        await answered(api, store, asked, instructions="Answer in one sentence.")
    )
    assert len(short) < len(text)
    assert len(annotations) == 1
    text, _ = said(await answered(api, store, "red", instructions='Return JSON {"title": "..."}'))
    assert set(json.loads(text)) == {"title"}


async def test_intermediate_outputs_are_shown_on_demand(api: Api, film: Path) -> None:
    store = await new_store(api)
    item = await new_item(api, store, film)
    response = await answered(api, store, "green", include=["intermediate_outputs"])
    commentary, call, output, message = response["output"]
    assert (commentary["type"], commentary["phase"]) == ("message", "commentary")
    assert (message["type"], message["phase"]) == ("message", "final_answer")
    assert (call["type"], output["type"]) == ("function_call", "function_call_output")
    assert call["call_id"] == output["call_id"]
    assert json.loads(call["arguments"]) == {"query": "green"}
    results = json.loads(output["output"])["results"]
    assert results[0]["item_id"] == item
    assert results[0]["start_sec"] == pytest.approx(3, abs=0.2)
    assert len({one["id"] for one in response["output"]}) == 4


@BOTH
async def test_json_answers_fit_their_schema(kind: Kind, film: Path) -> None:
    scene = {
        "type": "object",
        "properties": {"start": {"type": "number"}, "title": {"$ref": "#/$defs/t"}},
    }
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "scene_count": {"type": "integer", "minimum": 1},
            "scenes": {"type": "array", "items": scene},
            "mood": {"anyOf": [{"enum": ["dark", "bright"]}, {"type": "null"}]},
        },
        "required": ["title"],
        "$defs": {"t": {"type": "string"}},
    }  # fmt: skip
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        await new_item(api, path, film)
        response = await client.responses.create(
            knowledge_store_id=path.rsplit("/", 1)[-1],
            input=[{"type": "message", "role": "user", "content": "Describe the scenes."}],
            text={"format": {"type": "json_schema", "name": "scenes", "schema": schema}},
        )
        value = json.loads(response.output_text)
        jsonschema.validate(value, schema)
        # All properties are required and no other ones are allowed, at any depth.
        assert set(value) == {"title", "scene_count", "scenes", "mood"}
        assert value["scene_count"] == 3
        assert [set(one) for one in value["scenes"]] == [{"start", "title"}] * 3
        assert [one["start"] for one in value["scenes"]] == pytest.approx([0, 3, 6], abs=0.2)
        plain = await answered(api, path, "red", text={"format": {"type": "text"}})
        assert said(plain)[1]


@pytest.mark.parametrize("most", [1, 5, 30])
async def test_answers_end_at_their_most_tokens(film: Path, most: int) -> None:
    async with serving(settings=Settings(max_output_tokens=most)) as api:
        store = await new_store(api)
        await new_item(api, store, film)
        response = await answered(api, store, "Where is it red, green or blue?")
        assert response["status"] == "incomplete"
        assert response["incomplete_details"] == {"reason": "max_output_tokens"}
        assert response["output"][-1]["status"] == "incomplete"
        assert response["usage"]["output_tokens"] == most
        text, annotations = said(response)
        assert all(one["end_index"] < len(text) for one in annotations)
        last = events(await streamed(api, question(store, "Where is it red?")))[-1]
        assert last["type"] == "response.completed"
        assert last["response"]["status"] == "incomplete"


async def test_events_come_in_the_documented_order(api: Api, film: Path) -> None:
    store = await new_store(api)
    await new_item(api, store, film)
    body = question(store, "Where is it green?", include=["intermediate_outputs"])
    found = events(await streamed(api, body))
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    kinds = [one["type"].removeprefix("response.") for one in found]
    message = [
        "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
    ]  # fmt: skip
    once = [kind for place, kind in enumerate(kinds) if kind != kinds[place - 1]]
    assert once == [
        *("created", "in_progress"),
        *message,
        *("output_item.added", "function_call_arguments.done", "output_item.done"),
        *("output_item.added", "output_item.done"),
        *message,
        "completed",
    ]
    for event in found[:2]:
        assert event["response"]["status"] == "in_progress"
        assert event["response"]["output"] == []
        assert "usage" not in event["response"]
        assert event["response"]["incomplete_details"] is None
    whole = found[-1]["response"]
    for place, item in enumerate(whole["output"]):
        mine = [one for one in found if one.get("output_index") == place]
        assert {one["item_id"] for one in mine if "item_id" in one} <= {item["id"]}
        assert mine[0]["item"]["status"] == "in_progress"
        assert mine[-1]["item"] == item
        if item["type"] == "message":
            (part,) = item["content"]
            assert mine[0]["item"]["content"][0]["text"] == ""
            assert mine[1]["part"] == {"type": "output_text", "text": "", "annotations": []}
            assert "".join(one.get("delta", "") for one in mine) == part["text"]
            assert mine[-3]["text"] == part["text"]
            assert mine[-2]["part"] == part
    assert whole["output"][-1]["content"][0]["annotations"]


@BOTH
async def test_clients_read_the_stream_as_it_was_sent(kind: Kind, film: Path) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        await new_item(api, path, film)
        body = question(path, "Where is it blue?")
        stream = client.responses.create_stream(**body)
        seen = [event async for event in stream]
        assert seen[0].type == "response.created"
        assert seen[-1].type == "response.completed"
        text = "".join(e.delta for e in seen if e.type == "response.output_text.delta")
        assert text == seen[-1].response.output_text
        again = await client.responses.create(**body, session_id=seen[0].response.session_id)
        assert again.session_id == seen[-1].response.session_id


async def test_silence_has_keepalives_by_the_clock(film: Path) -> None:
    async with serving(timings=evolve(Timings.none(), answer=35), speed=0) as api:
        store = await new_store(api)
        await new_item(api, store, film)
        url = f"{api.sandbox.base_url}/responses"
        headers = {"x-api-key": api.sandbox.api_key}
        body = question(store, "blue", stream=True)
        async with api.session.post(url, json=body, headers=headers) as reply:
            raw = b""
            for begun in (b"response.created", b"response.in_progress"):
                while raw.count(b"\n\n") < 2:
                    raw += await reply.content.readany()
                assert begun in raw
            for number in range(2, 5):
                api.sandbox.advance(10)
                raw = await reply.content.readany()
                data = b'data: {"type":"keepalive","sequence_number":%d}' % number
                assert raw == b"event: keepalive\n" + data + b"\n\n"
            api.sandbox.advance(5)
            raw = await reply.read()
        found = events(raw)
        assert found[0]["sequence_number"] == 5
        assert found[-1]["type"] == "response.completed"
        assert "keepalive" not in {one["type"] for one in found}


@BOTH
async def test_a_response_is_held_and_then_answered(kind: Kind, film: Path) -> None:
    async with (
        serving(speed=0, settings=Settings(keepalive=5)) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        path = await new_store(api)
        await new_item(api, path, film)
        fault = api.sandbox.faults.hold("response", "in_progress")
        kinds: list[str] = []
        async for event in client.responses.create_stream(**question(path, "red")):
            kinds.append(event.type)
            if kinds[-1] in ("response.in_progress", "keepalive") and kinds.count("keepalive") < 3:
                api.sandbox.advance(5)
            elif kinds[-1] == "keepalive":
                fault.release()
        assert kinds.count("keepalive") == 3
        assert kinds[-1] == "response.completed"


async def _whole(api: Api, url: str, body: Any, headers: Any) -> bytes:
    async with api.session.post(url, json=body, headers=headers) as reply:
        return await reply.read()


async def test_a_response_that_is_held_ends_with_its_reader(film: Path) -> None:
    async with serving(speed=0) as api:
        store = await new_store(api)
        held = api.sandbox.faults.hold("response", "in_progress", times=None)
        url = f"{api.sandbox.base_url}/responses"
        headers = {"x-api-key": api.sandbox.api_key}
        for stream in (True, False):
            body = question(store, "red", stream=stream)
            before = held.hits
            asked = asyncio.create_task(_whole(api, url, body, headers))
            while held.hits == before:
                await api("GET", store)
            await api("GET", store)
            assert not asked.done()
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
        assert (await api("GET", store))["item_count"] == 0


@BOTH
async def test_a_response_fails_on_demand(kind: Kind, film: Path) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        await new_item(api, path, film)
        api.sandbox.faults.fail("response", times=2)
        body = question(path, "red")
        response = await client.responses.create(**body)
        assert (response.status, response.output) == ("failed", [])
        seen = [event async for event in client.responses.create_stream(**body)]
        assert [event.type for event in seen] == [
            "response.created",
            "response.in_progress",
            "response.failed",
        ]
        assert (await client.responses.create(**body)).status == "completed"


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        {"line": 3, "end": "reset"},
        {"line": 3, "end": "cut"},
        {"line": 3, "end": "close"},
        {"line": 0, "end": "close"},
        {"line": 2, "put": b'event: error\ndata: {"type":"error","code":"x","message":"y"}\n\n'},
        {"line": 2, "put": b"event: response.output_text.delta\ndata: {garbage\n\n"},
        {"line": 4, "put": b'event: response.output_text.delta\ndata: {"del', "end": "close"},
    ],
)
async def test_faults_cut_and_spoil_the_stream(
    kind: Kind, film: Path, fault: dict[str, Any]
) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        await new_item(api, path, film)
        body = question(path, "red")
        api.sandbox.faults.add("POST", "/responses", **fault)
        seen: list[str] = []

        async def read() -> None:
            async for event in client.responses.create_stream(**body):
                seen.append(event.type)  # noqa: PERF401  # as far as it comes

        with pytest.raises(StreamError):
            await read()
        assert "response.completed" not in seen
        assert (await client.responses.create(**body)).status == "completed"


@BOTH
async def test_unknown_events_are_skipped_and_numbers_may_have_gaps(kind: Kind, film: Path) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        put = b'event: jockey:web_search.in_progress\ndata: {"type":"jockey:web_search.in_progress","sequence_number":9}\n\n'  # noqa: E501  # one event
        api.sandbox.faults.add("POST", "/responses", line=2, put=put)
        seen = [e.type async for e in client.responses.create_stream(**question(path, "red"))]
        assert seen[-1] == "response.completed"
        assert not any("jockey" in kind for kind in seen)


@BOTH
async def test_rate_and_plan_limits_of_responses(kind: Kind) -> None:
    settings = Settings(responses_per_minute=2, responses_per_day=3)
    async with (
        serving(settings=settings, speed=0) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        body = question(await new_store(api), "red")
        for _ in range(2):
            await client.responses.create(**body)
        with pytest.raises(TooManyRequestsError):
            await client.responses.create(**body)
        refused = await api.refused("too_many_requests", 429, "POST", "/responses", json=body)
        assert "T" in refused["message"]
        assert int(api.headers["Retry-After"]) == 60
        api.sandbox.advance(60)
        await client.responses.create(**body)
        refused = await api.refused("plan_limit_exceeded", 429, "POST", "/responses", json=body)
        assert int(api.headers["Retry-After"]) > 3600
        with pytest.raises(TooManyRequestsError) as raised:
            await client.responses.create(**body)
        assert raised.value.body["code"] == "plan_limit_exceeded"
        api.sandbox.advance(86_400)
        await client.responses.create(**body)
    async with serving(settings=Settings(tier="free")) as api:
        body = question(await new_store(api), "red")
        for status in (200, 200, 429):
            await api("POST", "/responses", status, json=body)
