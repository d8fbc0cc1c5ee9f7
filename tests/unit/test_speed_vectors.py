"""Big replies in turns: the same value as in one step, other tasks in between, little memory."""

from __future__ import annotations

import asyncio
import json
from array import array
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted_server import ScriptedServer, answer
from twelvelabs_async import AsyncTwelveLabs, DecodeError
from twelvelabs_async._runtime import vectors
from twelvelabs_async._runtime.vectors import LEAST, SLICE, loads_in_turns

VECTOR = [0.5, -1, 2e-3, 7.25] * 32

numbers = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53))
long_arrays = st.lists(numbers, min_size=LEAST - 2, max_size=LEAST + 40)
texts = st.text(st.sampled_from('ab"\\[]{},:0-9 \n'), max_size=200)
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts, long_arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4),
        st.builds(lambda many, more: [*many, more], long_arrays, inner),
    ),
    max_leaves=8,
)


@given(value=documents, indent=st.sampled_from([None, 1]))
@settings(deadline=None)
async def test_the_value_is_that_of_parsing_as_a_whole(value: Any, indent: int | None) -> None:
    body = json.dumps(value, indent=indent).encode()
    assert await loads_in_turns(body) == orjson.loads(body)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": %s, "a": %s}',  # the first of two marks does not come back
        '{"a": "\\"[", "b": %s, "c": "]"}',
        '["[1, 2", %s, {"x": [[%s], "]"]}]',
        '{"a": [%s, "]", 1]}',
    ],
)
async def test_brackets_elsewhere_do_not_mislead(text: str) -> None:
    body = text.replace("%s", json.dumps(VECTOR)).encode()
    assert await loads_in_turns(body) == orjson.loads(body)


@pytest.mark.parametrize("text", ["{%s: 1}", "[%s", "{'a': %s}", '{"a": %s]', "%s %s"])
async def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="not JSON"):
        await loads_in_turns(text.replace("%s", json.dumps(VECTOR)).encode())


async def test_compact_vectors_are_arrays_and_short_ones_lists() -> None:
    document = {"vector": VECTOR, "bounds": [0.5, 1.5], "mixed": [*VECTOR, None]}
    value = await loads_in_turns(json.dumps(document).encode(), compact=True)
    assert value == {**document, "vector": array("f", VECTOR)}
    assert isinstance(value["vector"], array)


async def test_other_tasks_have_a_turn_after_each_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    row = orjson.dumps([0.123456789] * 4096)
    rows = 6 * SLICE // len(row)
    body = b'{"data":[' + b",".join([b'{"embedding":' + row + b"}"] * rows) + b"]}"
    parsed: list[int] = []  # bytes between two turns
    turns = 0

    def loads(text: bytes | memoryview) -> Any:
        parsed[-1] += len(text)
        return orjson.loads(text)

    async def other() -> None:
        nonlocal turns
        while True:
            parsed.append(0)
            await asyncio.sleep(0)
            turns += 1

    monkeypatch.setattr(vectors, "orjson", type("Counting", (), {"loads": staticmethod(loads)}))
    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    value = await loads_in_turns(body)
    task.cancel()
    assert len(value["data"]) == rows
    assert turns >= 5
    assert max(parsed) <= SLICE + len(row)


@pytest.mark.parametrize("compact", [False, True])
async def test_a_big_reply_comes_in_turns(compact: bool) -> None:
    segments = [
        {"float": VECTOR * 4, "start_offset_sec": float(at), "embedding_scope": "clip"}
        for at in range(1000)
    ]
    reply = orjson.dumps({"_id": "t", "video_embedding": {"segments": segments}})
    assert len(reply) > vectors.BIG
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with (
        ScriptedServer([answer(200, reply)]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url, compact_vectors=compact) as client,
    ):
        task = asyncio.create_task(other())
        made = await client.embed.tasks.retrieve("t")
        task.cancel()
    assert made.video_embedding is not None
    got = made.video_embedding.segments
    assert got is not None
    assert len(got) == len(segments)
    kind = array if compact else list
    assert all(type(segment.float_) is kind for segment in got)
    want = array("f", VECTOR * 4).tolist() if compact else VECTOR * 4
    assert list(got[-1].float_ or ()) == want
    assert type(got[0].model_dump()["float_"]) is list


async def test_one_call_may_ask_for_compact_vectors() -> None:
    reply = orjson.dumps(
        {"_id": "t", "video_embedding": {"segments": [{"float": VECTOR}]}, "status": "ready"}
    )
    async with (
        ScriptedServer([answer(200, reply), answer(200, reply)]) as scripted,
        AsyncTwelveLabs("k", base_url=scripted.url) as client,
    ):
        asked = await client.embed.tasks.retrieve("t", request_options={"compact_vectors": True})
        plain = await client.embed.tasks.retrieve("t")
    for made, kind in ((asked, array), (plain, list)):
        assert made.video_embedding is not None
        assert made.video_embedding.segments is not None
        assert type(made.video_embedding.segments[0].float_) is kind
