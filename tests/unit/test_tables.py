"""Rows as dicts and as tables: of pagers, pages, replies, streams and lists, in both clients."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.support.both import CLIENTS
from twelvelabs_async import (
    Asset,
    ConfigurationError,
    EmbeddingData,
    EmbeddingResponse,
    EmbeddingSuccessResponse,
    IndexModelsItem,
    MediaEmbeddingTask,
    SearchItem,
    SearchKnowledgeStoreResponse,
    SearchResults,
    tables,
)
from twelvelabs_async._runtime import optional
from twelvelabs_async._runtime import tables as engine
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.pager import Page
from twelvelabs_async._runtime.stream import Stream
from twelvelabs_async._runtime.stream_formats import json_lines
from twelvelabs_async._runtime.vectors import loads_in_turns
from twelvelabs_async.sandbox import Sandbox, Timings

ROOT = Path(__file__).parents[2]
HITS = {
    "data": [
        {"video_id": "v1", "start": 0.5, "end": 2, "rank": 1, "user_metadata": {"a": [1, "x"]}},
        {"video_id": "v2", "rank": None, "clips": [{"start": 1.0, "rank": 3}], "new": True},
    ]
}


def embeddings(rows: int, numbers: int = 512) -> dict[str, Any]:
    draw = random.Random(5).uniform
    return {
        "data": [
            {
                "embedding": [draw(-1, 1) for _ in range(numbers)],
                "embedding_option": "visual",
                "start_sec": float(at),
            }
            for at in range(rows)
        ]
    }


async def reply(wire: Any, *, compact: bool) -> EmbeddingSuccessResponse:
    value = await loads_in_turns(orjson.dumps(wire), compact=compact)
    return structure(EmbeddingSuccessResponse, value)


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    make = CLIENTS[request.param]
    async with Sandbox(timings=Timings.none()) as sandbox:
        async with make(sandbox.api_key, base_url=sandbox.base_url) as ready:
            yield ready


async def test_a_pager_gives_the_rows_of_all_its_pages(client: Any) -> None:
    models = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
    for number in range(5):
        await client.indexes.create(index_name=f"n{number}", models=models)
    names = {f"n{number}" for number in range(5)}

    async def listed() -> Any:
        return await client.indexes.list(page_limit=2)

    assert {row["index_name"] for row in await (await listed()).to_dicts()} == names
    frame = await (await listed()).to_pandas()
    assert set(frame["index_name"]) == names
    table = await (await listed()).to_arrow()
    assert set(table["index_name"].to_pylist()) == names
    assert table.schema.field("total_duration").type == pa.float64()
    shown = await (await listed()).to_polars()
    assert set(shown["index_name"]) == names
    assert shown.schema["total_duration"] == pl.Float64
    with pytest.raises(ConfigurationError, match="no vectors"):
        await (await listed()).to_numpy()
    page = (await listed()).response
    assert len(page.to_dicts()) == len(page.to_pandas()) == page.to_arrow().num_rows == 2


def test_a_page_is_a_table() -> None:
    page = structure(SearchResults, HITS)
    assert page.to_dicts() == [item.model_dump() for item in page.items]
    frame = page.to_pandas()
    assert list(frame["video_id"]) == ["v1", "v2"]
    assert frame["rank"].tolist() == [1, pd.NA]
    assert frame["rank"].dtype == "Int64"
    assert frame["user_metadata"][0] == {"a": [1, "x"]}
    assert frame["clips"][1][0]["rank"] == 3
    table = page.to_arrow()
    assert table["rank"].to_pylist() == [1, None]
    assert table["end"].to_pylist() == [2.0, None]
    assert json.loads(table["user_metadata"].to_pylist()[0]) == {"a": [1, "x"]}
    assert table["clips"].to_pylist()[1][0]["start"] == 1.0
    assert table["new"].to_pylist() == [None, True]
    assert table.schema.field("score").type == pa.float64(), "by its type, though all are None"
    shown = page.to_polars()
    assert shown["rank"].to_list() == [1, None]
    assert shown["clips"][1][0]["start"] == 1.0
    assert shown.schema["score"] == pl.Float64


def test_other_packages_take_a_page_by_the_interface_of_arrow() -> None:
    page = structure(SearchResults, HITS)
    taken: Any = pl.DataFrame(page)
    assert taken["video_id"].to_list() == ["v1", "v2"]
    assert pa.table(page) == page.to_arrow()


def test_a_list_of_rows_is_a_table() -> None:
    hits = [SearchItem(video_id="v1"), SearchItem(video_id="v2", rank=2)]
    assert list(tables.to_pandas(hits)["video_id"]) == ["v1", "v2"]
    assert tables.to_arrow(iter(hits))["rank"].to_pylist() == [None, 2]
    assert tables.to_polars(hits)["rank"].to_list() == [None, 2]
    assert tables.to_dicts([{"a": 1}, 5]) == [{"a": 1}, {"value": 5}]
    mixed = tables.to_arrow(
        [{"a": 1, "b": "x"}, {"a": 2.5, "b": 3, "c": datetime(2026, 1, 2, tzinfo=UTC)}]
    )
    assert mixed["a"].to_pylist() == [1.0, 2.5]
    assert mixed["b"].to_pylist() == ["x", "3"]
    for empty in (tables.to_pandas([]), tables.to_polars([])):
        assert len(empty) == 0
    assert tables.to_arrow([]).num_rows == 0


@pytest.mark.parametrize("compact", [False, True])
async def test_vectors_are_those_of_the_wire(compact: bool) -> None:
    wire = embeddings(30)
    made = await reply(wire, compact=compact)
    expected = np.array([row["embedding"] for row in wire["data"]], np.float32)
    found = made.to_numpy()
    assert found.shape == (30, 512)
    assert found.dtype == np.float32
    assert (found == expected).all()
    assert (np.stack(list(made.to_pandas()["embedding"])) == expected).all()
    table = made.to_arrow()
    assert table.schema.field("embedding").type == pa.list_(pa.float32(), 512)
    flat = table["embedding"].combine_chunks().flatten().to_numpy()
    assert (flat.reshape(30, 512) == expected).all()
    shown = made.to_polars()
    assert shown.schema["embedding"] == pl.Array(pl.Float32, 512)
    assert (shown["embedding"].to_numpy() == expected).all()
    assert (pl.DataFrame(made)["embedding"].to_numpy() == expected).all()
    assert (made.data[3].to_numpy() == expected[3]).all()  # type: ignore[index]  # there are 30
    assert len(made.to_dicts()[0]["embedding"]) == 512
    assert tables.to_numpy(made.data or []).shape == (30, 512)


async def test_one_compact_vector_is_not_copied() -> None:
    made = await reply(embeddings(1), compact=True)
    vector = made.data[0].embedding  # type: ignore[index]  # there is one
    assert isinstance(vector, array)
    for found in (made.to_numpy(), made.data[0].to_numpy()):  # type: ignore[index]  # there is one
        vector[0] = 7.0
        assert found.flat[0] == 7.0
        vector[0] = 1.0
        assert found.flat[0] == 1.0


def test_replies_of_the_first_generation_have_rows_too() -> None:
    made = structure(
        EmbeddingResponse,
        {"text_embedding": {"segments": [{"float": [0.5, 1]}, {"float": [2, 3]}]}},
    )
    assert made.to_numpy().tolist() == [[0.5, 1.0], [2.0, 3.0]]
    assert made.to_dicts() == [{"float_": [0.5, 1]}, {"float_": [2, 3]}]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"embedding": [1.0]}, {"embedding": None}], "row 1 has no vector"),
        ([{"embedding": [1.0]}, {"embedding": [1.0, 2.0]}], "differ in length"),
        ([{"start_sec": 1.0}], "no vectors"),
    ],
)
def test_vectors_that_make_no_matrix_are_refused(rows: Any, why: str) -> None:
    made = structure(EmbeddingSuccessResponse, {"data": rows})
    with pytest.raises(ConfigurationError, match=why):
        made.to_numpy()
    assert made.to_arrow().num_rows == len(rows)
    assert made.to_arrow()["embedding"].to_pylist() == [row.get("embedding") for row in rows]
    assert made.to_polars()["embedding"].to_list() == [row.get("embedding") for row in rows]
    assert len(made.to_pandas()) == len(rows)


def test_times_are_aware_in_every_table() -> None:
    task = {"_id": "1", "created_at": "2026-01-02T03:04:05Z"}
    page = structure(Page[MediaEmbeddingTask], {"data": [task, {"_id": "2"}]})
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    frame = page.to_pandas()
    assert frame["created_at"][0] == pd.Timestamp(time)
    assert page.to_arrow()["created_at"].to_pylist() == [time, None]
    assert page.to_arrow().schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert page.to_polars()["created_at"].to_list() == [time, None]


async def test_a_stream_gives_its_rows() -> None:
    class Rows(Stream[Any]):
        async def __aiter__(self) -> AsyncGenerator[Any]:
            for item in structure(SearchResults, HITS):
                yield item

    form = json_lines(SearchItem, "video_id")
    # It is read by its own `__aiter__`, so nothing opens it.
    stream: Stream[Any] = Rows(lambda: None, form)  # type: ignore[arg-type, return-value]
    assert [row["video_id"] for row in await stream.to_dicts()] == ["v1", "v2"]
    assert list((await stream.to_pandas())["video_id"]) == ["v1", "v2"]


async def test_lists_without_rows_have_the_columns_of_their_class(client: Any) -> None:
    models = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
    index = await client.indexes.create(index_name="empty", models=models)

    async def check(made: Callable[[], Any], *names: str) -> None:
        frame = await (await made()).to_pandas()
        table = await (await made()).to_arrow()
        shown = await (await made()).to_polars()
        for columns in (list(frame.columns), table.column_names, shown.columns):
            assert set(columns) >= set(names)
        assert len(frame) == table.num_rows == len(shown) == 0

    await check(lambda: client.assets.list(), "id", "duration")
    await check(lambda: client.indexes.indexed_assets.list(index.id), "asset_id", "status")
    query = {"index_id": index.id, "query_text": "red", "search_options": ["visual"]}
    await check(lambda: client.search.query(**query), "start", "end", "score")
    page = (await client.search.query(**query)).response
    frame = page.to_pandas()
    assert frame[frame["score"] > 0.5]["video_id"].tolist() == []
    assert page.to_arrow().schema.field("start").type == pa.float64()
    assert structure(EmbeddingSuccessResponse, {"data": []}).to_polars().columns
    found: dict[str, Any] = {"data": [], "effective_search_options": {}}
    hits = SearchKnowledgeStoreResponse.model_validate(found)
    assert {"item_id", "rank", "matches"} <= set(hits.to_pandas().columns)


def test_lists_of_texts_are_lists_in_every_table() -> None:
    rows = [IndexModelsItem(model_name="m", model_options=["visual", "audio"]), IndexModelsItem()]
    expected = [["visual", "audio"], None]
    assert tables.to_polars(rows)["model_options"].to_list() == expected
    assert tables.to_arrow(rows)["model_options"].to_pylist() == expected
    assert tables.to_pandas(rows)["model_options"].tolist() == expected


def test_no_rows_make_an_empty_matrix() -> None:
    assert structure(EmbeddingSuccessResponse, {"data": []}).to_numpy().shape == (0, 0)


@pytest.mark.parametrize(
    ("method", "package"),
    [
        ("to_pandas", "pandas"),
        ("to_arrow", "pyarrow"),
        ("to_polars", "polars"),
        ("to_numpy", "numpy"),
        ("__arrow_c_stream__", "pyarrow"),
    ],
)
def test_a_package_that_is_missing_is_named(
    method: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(optional, "import_module", missing)
    with pytest.raises(ConfigurationError, match=rf"{package}.*twelvelabs-async\[data\]"):
        getattr(structure(SearchResults, HITS), method)()


async def test_a_table_of_3600_vectors_needs_little_memory_beyond_the_reply() -> None:
    made = await reply(embeddings(3600), compact=True)
    made.to_arrow()  # the imports
    tracemalloc.start()
    try:
        table = made.to_arrow()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert table["embedding"].nbytes == pytest.approx(3600 * 512 * 4, rel=0.01)
    assert peak < 20 * 1024 * 1024


def test_no_table_is_imported_before_it_is_asked_for() -> None:
    program = (
        "import sys; import twelvelabs_async as t; t.SearchResults(data=[]).to_dicts();"
        "assert not {'numpy', 'pandas', 'polars', 'pyarrow'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_vectors_without_numbers_are_lists_in_every_table() -> None:
    vectors = structure(EmbeddingSuccessResponse, NO_NUMBERS).data or []
    rows = [structure(IndexModelsItem, {}), *vectors]
    made = engine.to_arrow(rows)
    assert made["embedding"].to_pylist() == [None, [], []]
    assert engine.to_polars(rows)["embedding"].to_list() == [None, [], []]
    assert [None if v is None else len(v) for v in engine.to_pandas(rows)["embedding"]] == [
        None,
        0,
        0,
    ]


NO_NUMBERS: dict[str, Any] = {
    "data": [{"embedding": [], "embedding_option": "visual"}] * 2,
    "metadata": {"input_type": "text"},
}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([2**60, 0.5, None], [float(2**60), 0.5, None]),  # Arrow refuses to round by itself
        ([2**63, 1, None], [str(2**63), "1", None]),
        ([-(2**63), 2**63 - 1], [-(2**63), 2**63 - 1]),
    ],
)
def test_great_numbers_of_metadata_fit_every_table(values: list[Any], kept: list[Any]) -> None:
    rows = [{"number": value} for value in values]
    assert engine.to_arrow(rows)["number"].to_pylist() == kept
    assert engine.to_polars(rows)["number"].to_list() == kept
    assert len(engine.to_pandas(rows)) == len(values)


def test_new_fields_of_several_types_within_lists_lose_no_row() -> None:
    clips = [[{"start": 1.0, "new": "x"}], [], [{"start": 2.0, "new": [1, 2]}, {"start": 3.0}]]
    rows = [structure(SearchItem, {"video_id": "v", "clips": each}) for each in clips]
    for found in (
        engine.to_polars(rows)["clips"].to_list(),
        engine.to_arrow(rows)["clips"].to_pylist(),
    ):
        starts = [json.loads(each) if isinstance(each, str) else each for each in found]
        assert [[clip["start"] for clip in each] for each in starts] == [[1.0], [], [2.0, 3.0]]
    assert len(engine.to_pandas(rows)) == 3


VALUES: list[Any] = [
    *(1, 1.5, True, "x", [1], ["x"], [1.5], [1, "x"], [], {"b": 1}, {}, None),
    *(2**53 + 1, 2**63 + 5, 2**70, 10**400, [2**53 + 1], [True], [None]),
]


@pytest.mark.parametrize("kind", ["to_arrow", "to_polars"])
@pytest.mark.parametrize("first", VALUES, ids=str)
def test_no_value_within_a_row_changes(kind: str, first: Any) -> None:
    def same(found: Any, kept: Any) -> bool:
        """Whether a value is the same, as it is or as JSON; 1.0 does for 1, and True does not."""
        if isinstance(found, str) and not isinstance(kept, str):
            found = json.loads(found)
        if isinstance(kept, list) and found is not None:
            return len(found) == len(kept) and all(map(same, found, kept))
        return bool(found == kept and isinstance(found, bool) == isinstance(kept, bool))

    for second in VALUES:
        clips = [
            {"start": 1.0, "user_metadata": {"a": value}, "new": value} for value in (first, second)
        ]
        for several in ([[each] for each in clips], [clips]):
            rows = [structure(SearchItem, {"clips": each}) for each in several]
            table = getattr(tables, kind)(rows)["clips"]
            found = table.to_pylist() if kind == "to_arrow" else table.to_list()
            cells = [json.loads(each) if isinstance(each, str) else each for each in found]
            flat = [cell for each in cells for cell in each]
            for cell, value in zip(flat, (first, second), strict=True):
                assert cell["start"] == 1.0
                assert same(cell.get("new"), value), (value, cell)
                assert same(cell["user_metadata"], {"a": value}), (value, cell)


@pytest.mark.parametrize("kind", ["to_arrow", "to_polars"])
def test_metadata_is_text_wherever_it_is(kind: str) -> None:
    clips = [{"user_metadata": {"a": 1}}, {"user_metadata": {}}, {"user_metadata": None}]
    rows = [structure(SearchItem, {"video_id": "v", "user_metadata": {"a": 1}, "clips": clips})]
    made = getattr(tables, kind)(rows)
    row = made.to_pylist()[0] if kind == "to_arrow" else made.to_dicts()[0]
    assert row["user_metadata"] == '{"a":1}'
    assert [clip["user_metadata"] for clip in row["clips"]] == ['{"a":1}', "{}", None]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"rank": 2**63 + 1}, str(2**63 + 1)),
        ({"rank": 2**70}, str(2**70)),
        ({"rank": -(2**63)}, -(2**63)),
        ({"rank": True}, True),
        ({"rank": 1.5}, 1.5),
        ({"rank": "first"}, "first"),
        ({"rank": np.int64(3)}, 3),
        ({"score": 10**400}, str(10**400)),
        ({"score": 10**17 + 1}, 1e17),
        ({"score": True}, True),
        ({"score": np.float32(0.1)}, 0.1),
        ({"score": Decimal("0.1")}, 0.1),
        ({"video_id": 5}, 5),
        ({"user_metadata": {"n": 2**70}}, json.dumps({"n": 2**70})),
        ({"new": 2**70}, str(2**70)),
    ],
    ids=str,
)
def test_what_is_not_of_a_fields_type_stays_or_is_text(given: dict[str, Any], kept: Any) -> None:
    rows = [SearchItem.model_construct(**given), SearchItem()]
    (name,) = given
    assert engine.to_arrow(rows)[name].to_pylist() == [kept, None]
    assert engine.to_polars(rows)[name].to_list() == [kept, None]
    shown = engine.to_pandas(rows)[name][0]
    assert shown in (kept, given[name])


def test_a_field_is_not_lost_in_a_table_to_another_of_its_name() -> None:
    rows = [structure(Asset, {"_id": "1", "id": "other"})]
    assert engine.to_dicts(rows)[0]["id"] == "1"
    assert engine.to_arrow(rows)["id"].to_pylist() == engine.to_polars(rows)["id"].to_list()
    assert engine.to_arrow(rows)["id"].to_pylist() == list(engine.to_pandas(rows)["id"]) == ["1"]


@pytest.mark.parametrize("vector", [[None, 1.0], [1.0, "x"], ["1.0"], [10**400], 5], ids=str)
@pytest.mark.parametrize("kind", ["to_numpy", "to_pandas", "to_arrow", "to_polars"])
@pytest.mark.parametrize("other", [[1.0], [1.0, 2.0]])
def test_a_vector_consists_of_numbers(kind: str, vector: Any, other: list[float]) -> None:
    rows = [EmbeddingData.model_construct(embedding=each) for each in (other, vector)]
    with pytest.raises(ConfigurationError, match="'embedding' of row 1 does not consist of numb"):
        getattr(tables, kind)(rows)
