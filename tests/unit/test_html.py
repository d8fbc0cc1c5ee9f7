"""What notebooks show of models: HTML that is escaped, short, and has no script."""

from __future__ import annotations

import json
import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.shapes import models
from tests.support.both import CLIENTS, Kind, both_kinds
from tests.support.scripted_server import ScriptedServer, answer
from twelvelabs_async import (
    Asset,
    IndexSchema,
    SearchItem,
    SearchResults,
)
from twelvelabs_async._runtime.bulk import BulkResult
from twelvelabs_async._runtime.convert import structure
from twelvelabs_async._runtime.model import Model
from twelvelabs_async._runtime.notebook import show_lists
from twelvelabs_async._runtime.pager import Page, PageInfo
from twelvelabs_async.embed.v_2 import EmbeddingData, EmbeddingSuccessResponse
from twelvelabs_async.indexes import IndexedAssetDetailed
from twelvelabs_async.search import SearchItemClipsItem

SIGNED = "https://storage.test/1.jpg?signature=abc&expires=1"


class Tags(HTMLParser):
    """The tags of some HTML with their attributes, and its text; it must be well nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def shown(value: Any) -> Tags:
    return Tags(value._repr_html_())


def hits(*urls: str) -> list[SearchItem]:
    return [
        SearchItem(video_id=f"v{at}", start=1.0, end=3723.5, rank=at, thumbnail_url=url)
        for at, url in enumerate(urls, 1)
    ]


def test_a_page_of_hits_is_a_gallery() -> None:
    page = SearchResults(data=hits(SIGNED, SIGNED), page_info={"total_results": 9})
    tags = shown(page)
    assert [img["src"] for img in tags.named("img")] == [SIGNED, SIGNED]
    assert "v10:01-1:02:03.5rank 1" in tags.text
    assert tags.text.endswith("2 of 9 results")


def test_a_film_that_was_found_shows_its_clips() -> None:
    clips = [SearchItemClipsItem(start=0.0, end=2.0, thumbnail_url=SIGNED, transcription="hello")]
    tags = shown(SearchResults(data=[SearchItem(id="film", clips=clips)]))
    assert "film0:00-0:02hello" in tags.text
    assert len(tags.named("img")) == 1


def test_rows_without_pictures_are_a_table() -> None:
    page = Page[IndexSchema](data=[IndexSchema(id="i1", index_name="films"), IndexSchema(id="i2")])
    tags = shown(page)
    assert [name for name, _ in tags.found] == [
        "table",
        *["tr", "th", "th"],
        *["tr", "td", "td"] * 2,
    ]
    assert tags.text == "idindex_namei1filmsi2"


def test_a_time_that_is_no_number_is_shown_as_it_is() -> None:
    times = [(float("inf"), float("nan")), (1e308, 1.5)]
    items = [SearchItem(video_id="v", start=a, end=b, thumbnail_url=SIGNED) for a, b in times]
    html = SearchResults(data=items)._repr_html_()
    assert all(shown in html for shown in ("inf", "nan", "1e+308", "0:01.5"))


ODD = ["text", [1], ["text"], {"a": 1}, [[1]], 3, 10**400, float("nan"), b"bytes", True]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__qualname__)
def test_a_model_of_unchecked_values_is_shown(model: type[Model]) -> None:
    within = model.model_construct()
    for value in (*ODD, within, [within], [*hits(SIGNED), 5]):
        made = model.model_construct(**dict.fromkeys(model.model_fields, value))
        Tags(made._repr_html_())
        assert repr(made)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_page_of_unchecked_values_is_shown(value: Any) -> None:
    infos = [
        PageInfo.model_construct(**{name: value, "total_page": 1})
        for name in ("page", "total_page", "total_results", "next_page_token")
    ]
    for info in (*infos, value):
        shown(Page[IndexSchema].model_construct(data=[IndexSchema(id="i1")], page_info=info))


def test_a_page_with_a_malformed_token_is_shown() -> None:
    page = {"data": [{"_id": "i1"}], "page_info": {"next_page_token": ".."}}
    assert shown(structure(Page[IndexSchema], page)).text == "idi1"


def test_more_rows_than_a_page_has_are_counted() -> None:
    made = BulkResult([IndexSchema(id=f"i{at}") for at in range(60)], [])
    assert shown(made).text.endswith("i4910 more")


def test_a_film_with_hls_has_a_player() -> None:
    stream = {"video_url": "https://cdn.test/a.m3u8?k=1", "thumbnail_urls": [SIGNED]}
    film = IndexedAssetDetailed(id="v1", hls=stream, system_metadata={"filename": "a.mp4"})
    (player,) = shown(film).named("video")
    assert player["src"] == "https://cdn.test/a.m3u8?k=1"
    assert (player["poster"], player["preload"]) == (SIGNED, "none")
    assert "controls" in player


def test_a_cited_stretch_plays_from_its_beginning() -> None:
    cited = structure(
        _annotation(),
        {
            "type": "citation",
            "start_index": 0,
            "end_index": 1,
            "start_sec": 2.5,
            "end_sec": 4.0,
            "hls_url": "https://cdn.test/a.m3u8",
        },
    )
    assert shown(cited).named("video")[0]["src"] == "https://cdn.test/a.m3u8#t=2.5,4.0"


def _annotation() -> Any:
    from twelvelabs_async.responses import ResponseAnnotation

    return ResponseAnnotation


def test_an_asset_shows_its_fields_and_hides_the_signatures_of_urls() -> None:
    asset = Asset(
        id="a1",
        status="ready",
        url=SIGNED,
        thumbnail={"representative_url": SIGNED, "status": "ready"},
        technical_metadata={"video_width": 640},
    )
    html = asset._repr_html_()
    assert html.count("signature=abc") == 1  # the picture's
    assert "video_width</th><td>640" in html
    assert "duration" not in html


def test_an_embedding_is_short() -> None:
    rows = [
        EmbeddingData(
            embedding=[0.25] * 512,
            embedding_option="visual",
            embedding_scope="clip",
            start_sec=6.0 * at,
            end_sec=6.0 * at + 6,
        )
        for at in range(600)
    ]
    whole = EmbeddingSuccessResponse(data=rows, metadata={"input_type": "video", "duration": 3600})
    for value in (rows[0], whole):
        html = value._repr_html_()
        assert len(html.encode()) < 1000
        assert "&lt;512 floats&gt;" in html
        assert len(repr(value)) < 1000


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "//storage.test/1.jpg",
        "file:///etc/passwd",
        "http:///1.jpg",
        "http://[broken/1.jpg",
        "http://storage.test/\n1.jpg",
    ],
)
def test_other_urls_are_not_used(url: str) -> None:
    tags = shown(SearchResults(data=hits(url)))
    assert not tags.named("img")
    assert not [value for _, attributes in tags.found for value in attributes.values()]


MEAN = st.text() | st.sampled_from(['"><script>alert(1)</script>', "' onerror='alert(1)", "</td>"])


@given(MEAN, MEAN, MEAN)
def test_whatever_the_service_sends_is_text(title: str, words: str, query: str) -> None:
    item = SearchItem(
        video_id=title,
        start=0.0,
        end=1.0,
        transcription=words,
        user_metadata={words: title},
        thumbnail_url=f"https://storage.test/?{query}",
    )
    plain = structure(SearchItem, {**item.model_dump(), "thumbnail_url": None})
    for value in (item, plain, SearchResults(data=[item]), SearchResults(data=[plain])):
        tags = shown(value)
        assert {name for name, _ in tags.found} <= {
            *("table", "tr", "th", "td", "details", "summary"),
            *("div", "figure", "figcaption", "img", "b", "br", "p"),
        }
        names = {name for _, attributes in tags.found for name in attributes}
        assert names <= {"style", "src", "loading", "alt", "width"}


@both_kinds
async def test_a_pager_shows_its_page(kind: Kind) -> None:
    page = {"data": [{"_id": "i1"}], "page_info": {"page": 1, "total_page": 2, "total_results": 2}}
    async with ScriptedServer(answer(200, json.dumps(page).encode())) as scripted:
        async with CLIENTS[kind]("k", base_url=scripted.url) as client:
            pager = client.indexes.list()
            if kind == "asyncio":
                assert pager._repr_html_() is None
            pager = await pager
            html = await pager._repr_html_() if kind == "blocking" else pager._repr_html_()
    assert Tags(html).text == "idi11 of 2 results, page 1 of 2"


def test_a_notebook_shows_lists_of_models(monkeypatch: pytest.MonkeyPatch) -> None:
    printers: dict[type, Any] = {list: lambda rows: f"{len(rows)} rows"}
    formatter = SimpleNamespace(type_printers=printers, for_type=printers.__setitem__)
    shell = SimpleNamespace(
        kernel=object(), display_formatter=SimpleNamespace(formatters={"text/html": formatter})
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    show_lists()
    show_lists()  # a second client changes nothing
    show = printers[list]
    assert len(Tags(show(hits(SIGNED, SIGNED))).named("img")) == 2
    assert (show([1, 2]), show([])) == ("2 rows", "0 rows")
