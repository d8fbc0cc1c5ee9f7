"""``/search``: that it finds what is there, pages it, filters it, and refuses the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_api import MODELS, Api, serving
from twelvelabs_async.sandbox import Settings, Timings

pytestmark = pytest.mark.anyio


EVERYTHING = "red green blue yellow black"


def words(index: str, text: str, *more: tuple[str, Any]) -> list[tuple[str, Any]]:
    return [("index_id", index), ("query_text", text), ("search_options", "visual"), *more]


def image(index: str, *pictures: Path) -> list[tuple[str, Any]]:
    files = [("query_media_file", picture) for picture in pictures]
    kind = [("query_media_type", "image")]
    return [("index_id", index), ("search_options", "visual"), *kind, *files]


async def two_films(api: Api, film: Path, other_film: Path, **more: Any) -> tuple[str, str, str]:
    index = await api.index(**more)
    first = await api.video(index, film, user_metadata={"kind": "art", "n": 5})
    return index, first, await api.video(index, other_film, user_metadata={"kind": "news"})


async def test_words_for_a_colour_find_its_clip(api: Api, film: Path, other_film: Path) -> None:
    index, first, second = await two_films(api, film, other_film)
    for colour, video, start in (("red", first, 0), ("blue", first, 6), ("yellow", second, 0)):
        found = await api("POST", "/search", form=words(index, colour))
        best = found["data"][0]
        assert (best["video_id"], best["rank"]) == (video, 1)
        assert best["start"] == pytest.approx(start, abs=0.2)
        assert "score" not in best
        assert found["search_pool"]["total_count"] == 2
        assert found["search_pool"]["total_duration"] == pytest.approx(15, abs=0.3)
        assert found["search_pool"]["index_id"] == index


async def test_pictures_find_the_clip_they_were_cut_from(
    api: Api, film: Path, other_film: Path, picture: Path
) -> None:
    index, first, _ = await two_films(api, film, other_film)
    found = await api("POST", "/search", form=image(index, picture))
    best = found["data"][0]
    assert best["video_id"] == first
    assert best["start"] <= 4.5 < best["end"]
    several = image(index, picture, picture)
    assert (await api("POST", "/search", form=several))["data"][0]["video_id"] == first
    record = api.sandbox.requests[-1].fields()
    assert len(record["query_media_file"]) == 2
    both = [*image(index, picture), ("query_text", "green")]
    assert (await api("POST", "/search", form=both))["data"][0]["start"] == best["start"]
    asset = await api.asset(picture)
    url = (await api("GET", f"/assets/{asset}"))["url"]
    by_url = [*image(index), ("query_media_url", url)]
    assert (await api("POST", "/search", form=by_url))["data"][0]["start"] == best["start"]


async def test_a_spoken_line_is_found_and_quoted(api: Api, film: Path, other_film: Path) -> None:
    index, first, _ = await two_films(api, film, other_film)
    form = [("index_id", index), ("query_text", "whale"), ("search_options", "transcription")]
    form.append(("transcription_options", "lexical"))
    found = await api("POST", "/search", form=form)
    assert found["data"][0]["video_id"] == first
    assert found["data"][0]["transcription"] == "a whale sings at night"


@pytest.mark.parametrize("text", ["test", "a man talking", "???", "\N{DOG FACE}", "男の人"])
async def test_words_that_describe_nothing_still_rank_every_clip(
    film: Path, other_film: Path, text: str
) -> None:
    async with serving() as api:
        index, first, second = await two_films(api, film, other_film)
        form = words(index, text, ("page_limit", "50"))
        page = await api("POST", "/search", form=form)
        assert {hit["video_id"] for hit in page["data"]} == {first, second}
        assert [hit["rank"] for hit in page["data"]] == list(range(1, len(page["data"]) + 1))
        again = await api("POST", "/search", form=form)
        assert again["data"] == page["data"]
        one = ("filter", json.dumps({"id": [second]}))
        page = await api("POST", "/search", form=[*form, one])
        assert {hit["video_id"] for hit in page["data"]} == {second}
    async with serving(settings=Settings(unanswered_words="empty")) as api:
        index, first, _ = await two_films(api, film, other_film)
        page = await api("POST", "/search", form=words(index, text))
        assert page["data"] == []
        assert page["page_info"]["total_results"] == 0
        page = await api("POST", "/search", form=words(index, "red"))
        assert {hit["video_id"] for hit in page["data"]} == {first}


async def test_results_come_in_pages_by_token(api: Api, film: Path, other_film: Path) -> None:
    index, _, _ = await two_films(api, film, other_film)
    form = words(index, EVERYTHING, ("page_limit", "2"))
    page = await api("POST", "/search", form=form)
    total = page["page_info"]["total_results"]
    assert total > 2
    assert "prev_page_token" not in page["page_info"]
    ranks, pages = [hit["rank"] for hit in page["data"]], 1
    while token := page["page_info"].get("next_page_token"):
        page = await api("GET", f"/search/{token}", query={"include_user_metadata": "true"})
        ranks += [hit["rank"] for hit in page["data"]]
        pages += 1
        assert all("user_metadata" in hit for hit in page["data"])
        assert page["page_info"]["prev_page_token"].endswith(f"-{pages - 1}")
    assert ranks == list(range(1, total + 1))
    assert pages == -(-total // 2)
    for bad in ("nothing", f"{token or '0'}-1", page["page_info"]["prev_page_token"][:-1] + "99"):
        body = await api("GET", f"/search/{bad}", 400)
        assert body["error_code"] == 104
        assert set(body) == {"error_code", "message"}


async def test_a_page_token_expires(film: Path) -> None:
    async with serving(speed=0, settings=Settings(page_token_life=900)) as api:
        index = await api.index()
        await api.video(index, film)
        page = await api("POST", "/search", form=words(index, EVERYTHING, ("page_limit", "1")))
        token = page["page_info"]["next_page_token"]
        api.sandbox.advance(899)
        await api("GET", f"/search/{token}")
        api.sandbox.advance(1)
        body = await api("GET", f"/search/{token}", 400)
        assert body["error_code"] != 104
        assert "expired" in body["message"]


async def test_hits_are_grouped_by_video(api: Api, film: Path, other_film: Path) -> None:
    index, first, second = await two_films(api, film, other_film)
    group = ("group_by", "video")
    found = await api("POST", "/search", form=words(index, "yellow red", group))
    assert sorted(group["id"] for group in found["data"]) == sorted([first, second])
    clips = [clip for group in found["data"] for clip in group["clips"]]
    assert found["page_info"]["total_inner_matches"] == len(clips)
    assert found["page_info"]["total_results"] == 2
    count = ("sort_option", "clip_count")
    found = await api("POST", "/search", form=words(index, EVERYTHING, group, count))
    counts = [len(group["clips"]) for group in found["data"]]
    assert counts == sorted(counts, reverse=True)
    code = "search_option_combination_not_supported"
    await api.refused(code, 400, "POST", "/search", form=words(index, "yellow", count))


async def test_filters_choose_among_the_films(api: Api, film: Path, other_film: Path) -> None:
    index, first, second = await two_films(api, film, other_film)

    async def found(rule: Any) -> set[str]:
        form = words(index, EVERYTHING, ("filter", json.dumps(rule)), ("page_limit", "50"))
        page = await api("POST", "/search", form=form)
        return {hit["video_id"] for hit in page["data"]}

    assert await found({}) == {first, second}
    assert await found({"kind": "art"}) == {first}
    assert await found({"n": {"gte": 5, "lte": 5}}) == {first}
    assert await found({"n": 6}) == set()
    assert await found({"id": [second]}) == {second}
    assert await found({"id": [second, first]}) == {first, second}
    assert await found({"id": []}) == set()
    assert await found({"id": first}) == {first}
    assert await found({"duration": {"gte": 8}}) == {first}
    assert await found({"filename": other_film.name, "width": 640}) == {second}
    assert await found({"height": {"lte": 359}}) == set()
    wrong: Any
    for wrong in (
        [],
        {"n": {"gt": 5}},
        {"n": {}},
        {"kind": ["art"]},
        {"width": "wide"},
        {"n": None},
        {"id": 5},
        {"id": None},
        {"id": True},
        {"id": {"gte": 1}},
    ):
        form = words(index, EVERYTHING, ("filter", json.dumps(wrong)))
        await api.refused("search_filter_invalid", 400, "POST", "/search", form=form)
    form = words(index, EVERYTHING, ("filter", "{"))
    await api.refused("search_filter_invalid", 400, "POST", "/search", form=form)


@pytest.mark.parametrize("elsewhere", [True, False], ids=["in another index", "nowhere"])
@pytest.mark.parametrize("listed", [True, False], ids=["array", "string"])
async def test_a_filter_names_videos_of_its_index(
    api: Api, film: Path, elsewhere: bool, listed: bool
) -> None:
    index = await api.index()
    mine = await api.video(index, film)
    other = await api.video(await api.index("other"), film) if elsewhere else "0" * 24
    rule = {"id": [mine, other] if listed else other}
    form = words(index, "red", ("filter", json.dumps(rule)))
    await api.refused("search_video_not_in_same_index", 400, "POST", "/search", form=form)


@pytest.mark.parametrize("identifier", ["0" * 24, "nothing"])
async def test_a_search_in_an_unknown_index_is_not_found(api: Api, identifier: str) -> None:
    form = words(identifier, "red")
    await api.refused("resource_not_exist", 404, "POST", "/search", form=form)
    gone = await api.index()
    await api("DELETE", f"/indexes/{gone}", 204)
    await api.refused("resource_not_exist", 404, "POST", "/search", form=words(gone, "red"))


@pytest.mark.parametrize("composed", [True, False], ids=["with words", "alone"])
@pytest.mark.parametrize("options", [["audio"], ["transcription"], ["audio", "transcription"]])
async def test_a_picture_is_searched_for_in_pictures(
    api: Api, picture: Path, composed: bool, options: list[str]
) -> None:
    form: list[tuple[str, Any]] = [
        *((name, value) for name, value in image(await api.index(), picture)[:1]),
        ("query_media_type", "image"),
        ("query_media_file", picture),
        *(("search_options", option) for option in options),
        *([("query_text", "red")] if composed else []),
    ]
    code = "search_option_combination_not_supported"
    await api.refused(code, 400, "POST", "/search", form=form)
    await api("POST", "/search", form=[*form, ("search_options", "visual")])


@pytest.mark.parametrize("composed", [True, False], ids=["with words", "alone"])
async def test_transcription_options_do_not_go_with_pictures(
    api: Api, picture: Path, composed: bool
) -> None:
    form: list[tuple[str, Any]] = [
        *image(await api.index(), picture),
        ("transcription_options", "lexical"),
        *([("query_text", "red")] if composed else []),
    ]
    body = await api.refused("parameter_invalid", 400, "POST", "/search", form=form)
    assert "transcription_options" in body["message"]


async def test_a_threshold_leaves_out_weaker_clips(api: Api, film: Path) -> None:
    old = [{"model_name": "marengo2.7", "model_options": ["visual"]}]
    made = await api("POST", "/indexes", 201, json={"index_name": "old", "models": old})
    await api.video(made["_id"], film)
    counts: list[int] = []
    for threshold, levels in (
        ("none", {"high", "medium", "low"}),
        ("low", {"high", "medium", "low"}),
        ("medium", {"high", "medium"}),
        ("high", {"high"}),
    ):
        form = words(made["_id"], "red", ("threshold", threshold))
        hits = (await api("POST", "/search", form=form))["data"]
        assert {hit["confidence"] for hit in hits} <= levels
        counts.append(len(hits))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] > 0


async def test_the_older_model_has_no_transcription(api: Api) -> None:
    old = {"model_name": "marengo2.7", "model_options": ["visual", "audio"]}
    body = {"index_name": "old", "models": [old]}
    index = (await api("POST", "/indexes", 201, json=body))["_id"]
    form = words(index, "red", ("search_options", "transcription"))
    await api.refused("search_option_not_supported", 400, "POST", "/search", form=form)
    await api("POST", "/search", form=words(index, "red", ("search_options", "audio")))


async def test_thumbnails_come_with_the_addon_and_expire(film: Path) -> None:
    async with serving(speed=0) as api:
        index = await api.index(addons=["thumbnail"])
        await api.video(index, film)
        hit = (await api("POST", "/search", form=words(index, "red")))["data"][0]
        assert (await api.fetch(hit["thumbnail_url"]))[1][:2] == b"\xff\xd8"
        api.sandbox.advance(3600)
        assert (await api.fetch(hit["thumbnail_url"]))[0] == 403
        plain = await api.index("plain")
        await api.video(plain, film)
        hit = (await api("POST", "/search", form=words(plain, "red")))["data"][0]
        assert "thumbnail_url" not in hit


async def test_the_older_model_gives_scores(api: Api, film: Path) -> None:
    models = [{"model_name": "marengo2.7", "model_options": ["visual", "audio"]}]
    made = await api("POST", "/indexes", 201, json={"index_name": "old", "models": models})
    await api.video(made["_id"], film)
    hit = (await api("POST", "/search", form=words(made["_id"], "red")))["data"][0]
    assert 0 <= hit["score"] <= 100
    assert hit["confidence"] in ("high", "medium", "low")


async def test_films_that_are_not_ready_are_not_searched(film: Path) -> None:
    async with serving(timings=Timings(asset=0, pending=5), speed=0) as api:
        index = await api.index()
        await api.video(index, film)
        assert (await api("POST", "/search", form=words(index, "red")))["data"] == []
        api.sandbox.advance(60)
        assert (await api("POST", "/search", form=words(index, "red")))["data"]


async def test_what_an_index_cannot_search_is_refused(api: Api, picture: Path) -> None:
    silent = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
    made = await api("POST", "/indexes", 201, json={"index_name": "silent", "models": silent})
    for option in ("audio", "transcription"):
        form = words(made["_id"], "red", ("search_options", option))
        await api.refused("search_option_not_supported", 400, "POST", "/search", form=form)
    made = await api("POST", "/indexes", 201, json={"index_name": "p", "models": MODELS[1:]})
    form = words(made["_id"], "red")
    await api.refused("index_not_supported_for_search", 400, "POST", "/search", form=form)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ([("query_text", None)], "parameter_not_provided"),
        ([("search_options", None)], "parameter_not_provided"),
        ([("index_id", None)], "parameter_not_provided"),
        ([("search_options", "smell")], "search_option_not_supported"),
        ([("search_options", "visual"), ("search_options", "ocr")], "search_option_not_supported"),
        ([("search_options", "Visual")], "search_option_not_supported"),
        ([("search_options", "")], "parameter_invalid"),
        ([("transcription_options", "phonetic")], "parameter_invalid"),
        ([("page_limit", "51")], "parameter_invalid"),
        ([("page_limit", "many")], "parameter_invalid"),
        ([("operator", "xor")], "parameter_invalid"),
        ([("group_by", "actor")], "parameter_invalid"),
        ([("include_user_metadata", "1")], "parameter_invalid"),
        ([("query_text", " ".join(["word"] * 501))], "parameter_invalid"),
        ([("query_media_type", "image")], "parameter_not_provided"),
        ([("query_media_url", "http://127.0.0.1:9/x.jpg")], "parameter_not_provided"),
        ([("adjust_confidence_level", "2")], "parameter_invalid"),
        ([("colour", "red")], "parameter_unknown"),
    ],
)
async def test_wrong_queries_are_refused(
    api: Api, change: list[tuple[str, str | None]], code: str
) -> None:
    index = await api.index()
    changed = {name for name, _ in change}
    form = [pair for pair in words(index, "red") if pair[0] not in changed]
    form += [(name, value) for name, value in change if value is not None]
    await api.refused(code, 400, "POST", "/search", form=form)


async def test_a_picture_that_is_none_is_refused(api: Api, film: Path) -> None:
    index = await api.index()
    await api.video(index, film)
    body = await api("POST", "/search", 400, form=image(index, Path(__file__)))
    assert body["message"]
    away = [*image(index), ("query_media_url", "http://127.0.0.1:9/x.jpg")]
    await api.refused("source_unavailable", 400, "POST", "/search", form=away)
    assert list((api.sandbox.data / "tmp").iterdir()) == []
