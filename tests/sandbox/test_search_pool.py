"""The films that searches of an index look at, and what is kept of them from search to search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.language.clip_table import Clips, ClipTable
from twelvelabs_async.sandbox.media.measure.film import read_film

pytestmark = pytest.mark.anyio


async def _search(api: Api, index: str, words: str = "red", **more: Any) -> dict[str, Any]:
    form = [("index_id", index), ("query_text", words), ("search_options", "visual")]
    answer: dict[str, Any] = await api("POST", "/search", form=[*form, *more.items()])
    return answer


def _found(answer: dict[str, Any]) -> set[str]:
    return {hit["video_id"] for hit in answer["data"]}


async def test_films_that_come_and_go_are_searched_as_they_are(
    api: Api, film: Path, other_film: Path
) -> None:
    index = await api.index()
    assert (await _search(api, index))["search_pool"]["total_count"] == 0
    videos = [await api.video(index, film) for _ in range(2)]
    answer = await _search(api, index)
    assert _found(answer) == set(videos)
    assert answer["search_pool"]["total_duration"] == pytest.approx(18, abs=0.2)
    yellow = await api.video(index, other_film)
    assert yellow in _found(await _search(api, index, "yellow"))
    await api("DELETE", f"/indexes/{index}/indexed-assets/{videos[0]}", 204)
    answer = await _search(api, index)
    assert videos[0] not in _found(answer)
    assert answer["search_pool"]["total_count"] == 2
    # What a filter leaves out counts for nothing, and is there again without it.
    answer = await _search(api, index, filter=f'{{"id": "{yellow}"}}')
    assert _found(answer) == {yellow}
    assert answer["search_pool"]["total_count"] == 1
    assert _found(await _search(api, index)) == {videos[1], yellow}


async def test_a_search_after_a_restart_finds_the_same(film: Path, tmp_path: Path) -> None:
    async with serving(data=tmp_path) as api:
        index = await api.index()
        await api.video(index, film)
        before = await _search(api, index)
    (table,) = (tmp_path / "films").glob("*.clips")
    kept = table.read_bytes()
    # Without the table, or with one that cannot be read, it is made again.
    for damaged in (None, b"", b"{}", b"[]", kept.replace(b'"format":1', b'"format":0')):
        if damaged is None:
            table.unlink()
        else:
            table.write_bytes(damaged)
        async with serving(data=tmp_path) as api:
            after = await _search(api, index)
            assert after["data"] == before["data"]
            assert after["search_pool"] == before["search_pool"]
        assert table.read_bytes() == kept


async def test_films_are_read_again_when_more_are_needed_than_are_kept(
    film: Path, other_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twelvelabs_async.sandbox.jobs._MOST_FILMS", 1)
    async with serving() as api:
        index = await api.index()
        for file in (film, other_film):
            video = await api.video(index, file)
            path = f"/indexes/{index}/indexed-assets/{video}"
            for _ in range(2):
                shown = await api("GET", path, query={"embedding_option": "visual"})
                assert shown["embedding"]["video_embedding"]["segments"]


def test_a_table_reads_back_as_it_was_written(tmp_path: Path) -> None:
    scenes = [Scene(colour="red", seconds=2, subtitle="a whale"), Scene(colour="blue", seconds=2)]
    table = ClipTable.of(read_film(make_film(tmp_path / "film.mp4", scenes)))
    again = ClipTable.from_json(table.to_json())
    assert (again.numbers == table.numbers).all()
    assert (again.seen == table.seen).all()
    assert (again.heard == table.heard).all()
    assert (again.texts, again.duration) == (table.texts, table.duration)
    clips = Clips({"b": table, "a": again})
    assert [*clips.tables] == ["a", "b"]
    assert len(clips) == 2 * len(table.seen)
    assert clips.film.tolist() == [0] * len(table.seen) + [1] * len(table.seen)
