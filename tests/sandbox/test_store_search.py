"""Searches of knowledge stores: that they find what is there, page it and filter it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.store_support import new_item, new_store
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import GoneError, TooManyRequestsError
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio


async def filled(api: Api, *files: Path) -> tuple[str, list[str]]:
    """The path of a store of these files, and its items."""
    store = await new_store(api)
    return store, [await new_item(api, store, f, metadata={"name": f.name}) for f in files]


async def found(api: Api, store: str, text: str, **more: Any) -> list[Any]:
    body = {"query": {"text": text}, "page_size": 50, **more}
    page = await api("POST", f"{store}/search", json=body)
    assert "next_page_token" not in page
    return list(page["data"])


@BOTH
async def test_words_find_the_right_item_and_second(
    kind: Kind, film: Path, other_film: Path
) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path, (colours, yellow) = await filled(api, film, other_film)
        store = path.rsplit("/", 1)[-1]
        for text, item, start in (
            ("red", colours, 0),
            ("green", colours, 3),
            ("blue", colours, 6),
            ("yellow", yellow, 0),
            ("black", yellow, 3),
        ):
            page = await client.knowledge_stores.search(store, query={"text": text})
            hit = page.data[0]
            assert (hit.item_id, hit.rank, hit.asset_type) == (item, 1, "video")
            assert hit.matches[0].start_sec == pytest.approx(start, abs=0.2)
            assert hit.matches[0].end_sec > hit.matches[0].start_sec
            assert hit.matches[0].modalities == ["visual"]
            assert [one.rank for one in page.data] == list(range(1, len(page.data) + 1))
            assert all(len(one.matches) == 1 and one.metadata is None for one in page.data)
            assert page.effective_search_options.video.modalities == ["visual"]


async def test_speech_and_sound_are_heard(api: Api, film: Path, other_film: Path) -> None:
    store, (colours, _) = await filled(api, film, other_film)
    heard = {"video": {"modalities": ["audio"]}}
    for text in ("whale", "a whale sings", "loud"):
        best = (await found(api, store, text, search_options=heard))[0]
        assert best["item_id"] == colours
        (match,) = best["matches"]
        assert match["start_sec"] == pytest.approx(6, abs=0.2)
        assert match["modalities"] == ["audio"]
        assert match["transcription"] == "a whale sings at night"
    both = {"video": {"modalities": ["visual", "audio", "visual"]}}
    body = {"query": {"text": "loud blue"}, "search_options": both}
    page = await api("POST", f"{store}/search", json=body)
    assert page["data"][0]["matches"][0]["modalities"] == ["visual", "audio"]
    assert page["effective_search_options"] == {"video": {"modalities": ["visual", "audio"]}}


async def test_images_are_found_by_what_they_show(
    api: Api, film: Path, other_film: Path, picture: Path
) -> None:
    store, (colours, yellow, image) = await filled(api, film, other_film, picture)
    hits = await found(api, store, "green")
    assert {hits[0]["item_id"], hits[1]["item_id"]} == {colours, image}
    (hit,) = [hit for hit in hits if hit["asset_type"] == "image"]
    assert hit == {"asset_type": "image", "rank": hit["rank"], "item_id": image}
    only = {"asset_type": {"eq": "image"}}
    page = await api("POST", f"{store}/search", json={"query": {"text": "red"}, "filter": only})
    assert [hit["item_id"] for hit in page["data"]] == [image]
    assert page["effective_search_options"] == {}
    heard = {"video": {"modalities": ["audio"]}}
    hits = await found(api, store, "green", search_options=heard)
    assert hits[0]["item_id"] == image
    for wanted in ({"eq": "video"}, {"in": ["video"]}):
        hits = await found(api, store, "green", filter={"asset_type": wanted})
        assert {hit["item_id"] for hit in hits} == {colours, yellow}


async def test_filters_are_joined(api: Api, film: Path, other_film: Path, picture: Path) -> None:
    store, (colours, yellow, image) = await filled(api, film, other_film, picture)
    for wanted, expected in (
        ({"item_id": {"eq": yellow}}, {yellow}),
        ({"item_id": {"in": [colours, image]}}, {colours, image}),
        ({"item_id": {"in": [colours, image]}, "asset_type": {"eq": "image"}}, {image}),
        ({"item_id": {"eq": "ksi_nobody"}}, set()),
        ({"item_id": {"eq": yellow, "in": None}, "asset_type": None}, {yellow}),
        ({}, {colours, yellow, image}),
    ):
        hits = await found(api, store, "green", filter=wanted)
        assert {hit["item_id"] for hit in hits} == expected


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": None},
        {"query": {}},
        {"query": {"text": ""}},
        {"query": {"text": " "}},
        {"query": {"text": 5}},
        {"query": "red"},
        {"query": {"text": "red", "more": 1}},
        {"filter": {"asset_type": {}}},
        {"filter": {"asset_type": {"eq": "video", "in": ["video"]}}},
        {"filter": {"asset_type": {"eq": "audio"}}},
        {"filter": {"asset_type": {"in": []}}},
        {"filter": {"asset_type": {"in": "video"}}},
        {"filter": {"asset_type": "video"}},
        {"filter": {"item_id": {"eq": "a", "in": ["a"]}}},
        {"filter": {"item_id": {"ne": "a"}}},
        {"filter": {"name": {"eq": "a"}}},
        {
            "filter": {"asset_type": {"eq": "image"}},
            "search_options": {"video": {"modalities": ["visual"]}},
        },
        {"search_options": {"video": {}}},
        {"search_options": {"video": {"modalities": []}}},
        {"search_options": {"video": {"modalities": ["transcription"]}}},
        {"group_by": "video"},
        {"page_size": 0},
        {"page_size": 51},
        {"page_size": "x"},
        {"page_token": ""},
        {"page_token": "x"},
        {"page_token": 5},
        {"include_metadata": "yes"},
        {"sort_by": "rank"},
    ],
)  # fmt: skip
async def test_searches_without_form_are_refused(api: Api, body: dict[str, Any]) -> None:
    store = await new_store(api)
    whole = body if "query" in body or not body else {"query": {"text": "red"}, **body}
    refused = await api("POST", f"{store}/search", 400, json=whole)
    assert refused["code"].startswith("parameter_")


async def test_groups_have_all_matches_of_an_item(
    api: Api, film: Path, other_film: Path, picture: Path
) -> None:
    store, items = await filled(api, film, other_film, picture)
    single = await found(api, store, "blue")
    groups = await found(api, store, "blue", group_by="item", include_metadata=True)
    assert [group["rank"] for group in groups] == [1, 2, 3]
    assert {group["item_id"] for group in groups} == set(items)
    assert groups[0]["item_id"] == single[0]["item_id"]
    assert groups[0]["matches"][0] == single[0]["matches"][0]
    for group in groups:
        mine = [hit for hit in single if hit["item_id"] == group["item_id"]]
        if group["asset_type"] == "video":
            assert group["matches"] == [hit["matches"][0] for hit in mine]
            system = {"duration", "width", "height", "size"}
        else:
            assert "matches" not in group
            system = {"width", "height", "size"}
        assert set(group["metadata"]["system"]) == system
        assert set(group["metadata"]["user"]) == {"name"}


@BOTH
async def test_pages_follow_by_token_and_their_other_fields_are_ignored(
    kind: Kind, film: Path, other_film: Path
) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path, _ = await filled(api, film, other_film)
        store = path.rsplit("/", 1)[-1]
        every = await found(api, path, "green", include_metadata=True)
        first = {"query": {"text": "green"}, "page_size": 2, "include_metadata": True}
        page = await client.knowledge_stores.search(store, **first)
        hits = list(page.data)
        while page.next_page_token is not None:
            other: dict[str, Any] = {"query": {"text": "red"}, "page_size": 50, "group_by": "item"}
            token = page.next_page_token
            page = await client.knowledge_stores.search(store, page_token=token, **other)
            hits += page.data
            body = {"page_token": token, "filter": "junk", "page_size": "many", "query": 5}
            raw = await api("POST", f"{path}/search", json=body)
            assert raw["data"][0]["rank"] == page.data[0].rank
        assert [(hit.item_id, hit.matches[0].start_sec) for hit in hits] == [
            (hit["item_id"], hit["matches"][0]["start_sec"]) for hit in every
        ]
        assert [hit.rank for hit in hits] == list(range(1, len(every) + 1))
        assert all(hit.metadata is not None for hit in hits)


async def test_pages_of_groups_have_each_item_once(
    api: Api, film: Path, other_film: Path, picture: Path
) -> None:
    store, items = await filled(api, film, other_film, picture)
    body: dict[str, Any] = {"query": {"text": "green"}, "page_size": 1, "group_by": "item"}
    seen: list[str] = []
    while body:
        page = await api("POST", f"{store}/search", json=body)
        seen += [hit["item_id"] for hit in page["data"]]
        token = page.get("next_page_token")
        body = {"page_token": token} if token else {}
    assert sorted(seen) == sorted(items)


async def test_pages_show_the_store_as_it_was_without_what_is_gone(
    api: Api, film: Path, other_film: Path, picture: Path
) -> None:
    store, (colours, _) = await filled(api, film, other_film)
    body = {"query": {"text": "yellow"}, "page_size": 1}
    page = await api("POST", f"{store}/search", json=body)
    late = await new_item(api, store, picture)
    await api("DELETE", f"{store}/items/{colours}", 204)
    seen: list[str] = []
    while token := page.get("next_page_token"):
        page = await api("POST", f"{store}/search", json={"page_token": token})
        seen += [hit["item_id"] for hit in page["data"]]
    assert seen
    assert colours not in seen
    assert late not in seen


@BOTH
@pytest.mark.parametrize("life", [None, 60.0])
async def test_tokens_expire_and_are_of_one_store(
    kind: Kind, film: Path, life: float | None
) -> None:
    settings = Settings() if life is None else Settings(store_page_token_life=life)
    async with (
        serving(settings=settings, speed=0) as api,
        client_of(api, kind, max_retries=0) as client,
    ):
        path, _ = await filled(api, film)
        store = path.rsplit("/", 1)[-1]
        first = {"query": {"text": "green"}, "page_size": 1}
        page = await client.knowledge_stores.search(store, **first)
        token, other = page.next_page_token, await new_store(api)
        for bad in (token[:-1], f"{token}x", token.swapcase(), "\ud800", "é" * 40):
            await api("POST", f"{path}/search", 400, json={"page_token": bad})
        await api("POST", f"{other}/search", 400, json={"page_token": token})
        api.sandbox.advance((life or 86_400) - 1)
        again = await client.knowledge_stores.search(store, page_token=token, **first)
        assert again.data[0].rank == 2
        api.sandbox.advance(1)
        with pytest.raises(GoneError) as raised:
            await client.knowledge_stores.search(store, page_token=token, **first)
        assert raised.value.status_code == 410
        body = await api("POST", f"{path}/search", 410, json={"page_token": token})
        assert set(body) == {"code", "message"}


async def test_only_items_that_are_ready_are_searched(film: Path) -> None:
    timings = Timings(asset=0, queued=1, pending=1, item=1)
    async with serving(timings=timings, speed=0) as api:
        store, _ = await filled(api, film)
        assert await found(api, store, "red") == []
        api.sandbox.advance(2)
        assert await found(api, store, "red") == []
        api.sandbox.advance(1)
        assert await found(api, store, "red")


@pytest.mark.parametrize("text", ["a dog", "???", "男の人", "\N{DOG FACE}", "the of and", "0"])
async def test_words_that_describe_nothing_rank_everything_or_nothing(
    film: Path, picture: Path, text: str
) -> None:
    async with serving() as api:
        store, items = await filled(api, film, picture)
        assert {hit["item_id"] for hit in await found(api, store, text)} == set(items)
    async with serving(settings=Settings(unanswered_words="empty")) as api:
        store, _ = await filled(api, film, picture)
        assert await found(api, store, text) == []


@BOTH
async def test_the_rate_limit_of_searches_has_an_empty_body(kind: Kind) -> None:
    async with serving() as api, client_of(api, kind, max_retries=0) as client:
        path = await new_store(api)
        api.sandbox.limits.allow("knowledge_store_search", 1)
        query = {"query": {"text": "red"}}
        await api("POST", f"{path}/search", json=query)
        with pytest.raises(TooManyRequestsError):
            await client.knowledge_stores.search(path.rsplit("/", 1)[-1], **query)
        assert await api("POST", f"{path}/search", 429, json=query) is None
