"""``/indexes`` and what they hold: the rules of names, models, pages, filters and deletes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import MODELS, OPTIONS, Api, serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox.eras import EraName

pytestmark = pytest.mark.anyio


async def test_an_index_is_created_shown_renamed_and_deleted(api: Api) -> None:
    index = await api.index(addons=["thumbnail"])
    shown = await api("GET", f"/indexes/{index}")
    assert shown["index_name"] == "films"
    assert shown["models"] == MODELS
    assert shown["addons"] == ["thumbnail"]
    assert (shown["video_count"], shown["total_duration"]) == (0, 0.0)
    assert len(index) == 24
    assert shown["created_at"].endswith("Z")
    api.sandbox.advance(60)
    assert await api("PUT", f"/indexes/{index}", 204, json={"index_name": "reels"}) is None
    renamed = await api("GET", f"/indexes/{index}")
    assert renamed["index_name"] == "reels"
    assert renamed["updated_at"] > shown["updated_at"]
    assert renamed["created_at"] == shown["created_at"]
    assert await api("DELETE", f"/indexes/{index}", 204) is None
    await api.refused("resource_not_exist", 400, "GET", f"/indexes/{index}")


async def test_a_name_is_taken_until_its_index_is_renamed_or_deleted(api: Api) -> None:
    first = await api.index("a")
    body = {"index_name": "a", "models": MODELS}
    await api.refused("index_name_already_exists", 409, "POST", "/indexes", json=body)
    second = await api.index("b")
    rename = {"index_name": "a"}
    await api.refused("index_name_already_exists", 409, "PUT", f"/indexes/{second}", json=rename)
    await api("PUT", f"/indexes/{first}", 204, json=rename)
    await api("PUT", f"/indexes/{first}", 204, json={"index_name": "c"})
    await api("PUT", f"/indexes/{second}", 204, json=rename)
    await api("DELETE", f"/indexes/{second}", 204)
    await api.index("a")


async def test_the_status_of_a_taken_name_and_an_unknown_id_can_be_set() -> None:
    async with serving(settings=Settings(index_name_status=400, unknown_id_status=404)) as api:
        await api.index("a")
        body = {"index_name": "a", "models": MODELS}
        await api.refused("index_name_already_exists", 400, "POST", "/indexes", json=body)
        await api.refused("resource_not_exist", 404, "GET", "/indexes/nothing")


MARENGO = {"model_name": "marengo3.0", "model_options": OPTIONS}


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ({"models": MODELS}, "parameter_not_provided", "index_name"),
        ({"index_name": "a"}, "parameter_not_provided", "models"),
        ({"index_name": "", "models": MODELS}, "parameter_invalid", "index_name"),
        ({"index_name": 5, "models": MODELS}, "parameter_invalid", "index_name"),
        ({"index_name": "a", "models": []}, "parameter_invalid", "models"),
        ({"index_name": "a", "models": {}}, "parameter_invalid", "models"),
        ({"index_name": "a", "models": MODELS, "x": 1}, "parameter_unknown", "x"),
        ({"index_name": "a", "models": MODELS, "addons": ["x"]}, "parameter_invalid", "addons"),
        ({"index_name": "a", "models": [MARENGO, MARENGO]}, "parameter_invalid", "models[1]"),
        (
            {"index_name": "a", "models": [{**MARENGO, "model_name": "hal9000"}]},
            "parameter_invalid",
            "models[0].model_name",
        ),
        (
            {"index_name": "a", "models": [{**MARENGO, "model_options": ["smell"]}]},
            "parameter_invalid",
            "models[0].model_options[0]",
        ),
        (
            {"index_name": "a", "models": [{"model_name": "marengo3.0"}]},
            "parameter_not_provided",
            "models[0].model_options",
        ),
    ],
)
async def test_what_is_wrong_with_a_body_is_named(
    api: Api, body: dict[str, Any], code: str, name: str
) -> None:
    refusal = await api.refused(code, 400, "POST", "/indexes", json=body)
    assert name in refusal["message"]


async def test_a_retired_model_is_refused() -> None:
    async with serving(settings=Settings(retired_models=["marengo2.7"])) as api:
        old = [{"model_name": "marengo2.7", "model_options": OPTIONS}]
        body = {"index_name": "a", "models": old}
        await api.refused("parameter_invalid", 400, "POST", "/indexes", json=body)


async def test_an_index_may_expire() -> None:
    async with serving(settings=Settings(index_life=90 * 86400.0)) as api:
        shown = await api("GET", f"/indexes/{await api.index()}")
        assert shown["expires_at"] > shown["created_at"]


async def test_indexes_are_listed_newest_first_in_pages(api: Api) -> None:
    ids = [await api.index(f"index {n}") for n in range(12)]
    first = await api("GET", "/indexes")
    assert [index["_id"] for index in first["data"]] == ids[:1:-1]
    assert first["page_info"] == {
        "page": 1,
        "limit_per_page": 10,
        "total_page": 2,
        "total_results": 12,
    }
    second = await api("GET", "/indexes", query={"page": 2})
    assert [index["_id"] for index in second["data"]] == ids[1::-1]
    oldest = await api("GET", "/indexes", query={"sort_option": "asc", "page_limit": 50})
    assert [index["_id"] for index in oldest["data"]] == ids
    beyond = await api("GET", "/indexes", query={"page": 99})
    assert beyond["data"] == []
    for query in ({"page": 0}, {"page_limit": 51}, {"page": "x"}, {"sort_by": "size"}):
        await api.refused("parameter_invalid", 400, "GET", "/indexes", query=query)
    await api.refused("parameter_unknown", 400, "GET", "/indexes", query={"size": 1})
    twice = [("page", 1), ("page", 2)]
    await api.refused("parameter_invalid", 400, "GET", "/indexes", query=twice)


async def test_indexes_are_filtered_and_sorted(api: Api) -> None:
    both = await api.index("both")
    api.sandbox.advance(100)
    later = api.sandbox.now()
    only = [{"model_name": "marengo3.0", "model_options": ["visual"]}]
    made = await api("POST", "/indexes", 201, json={"index_name": "one", "models": only})
    one = made["_id"]

    async def found(**query: str) -> list[str]:
        return [index["_id"] for index in (await api("GET", "/indexes", query=query))["data"]]

    assert await found(index_name="both") == [both]
    assert await found(model_family="pegasus") == [both]
    assert await found(model_options="visual,audio") == [both]
    assert await found(model_options="visual") == [one, both]
    from twelvelabs_async.sandbox.clock import timestamp

    assert await found(created_at=timestamp(later - 50)) == [one]
    api.sandbox.advance(5)
    await api("PUT", f"/indexes/{both}", 204, json={"index_name": "renamed"})
    assert await found(sort_by="updated_at") == [both, one]
    query = {"created_at": "yesterday"}
    await api.refused("parameter_invalid", 400, "GET", "/indexes", query=query)


async def test_a_film_goes_through_its_states_by_the_clock(film: Path) -> None:
    timings = Timings(asset=10, pending=10, queued=10, indexing=10, stream=10)
    refused = Settings(processing_assets="refused")
    async with serving(timings=timings, speed=0, settings=refused) as api:
        index = await api.index()
        asset = await api.asset(film)
        body = {"asset_id": asset, "enable_video_stream": True}
        path = f"/indexes/{index}/indexed-assets"
        await api.refused("asset_not_ready", 400, "POST", path, json=body)
        api.sandbox.advance(10)
        made = await api("POST", path, 202, json=body)
        assert made["asset_id"] == asset
        assert api.headers["Location"].endswith(f"{path}/{made['_id']}")
        path += f"/{made['_id']}"
        seen = []
        for _ in range(5):
            shown = await api("GET", path)
            seen.append((shown["status"], shown["hls"]["status"]))
            counted = (await api("GET", f"/indexes/{index}"))["video_count"]
            assert counted == (shown["status"] == "ready")
            api.sandbox.advance(10)
        assert seen == [
            ("pending", "PROCESSING"),
            ("queued", "PROCESSING"),
            ("indexing", "PROCESSING"),
            ("ready", "PROCESSING"),
            ("ready", "COMPLETE"),
        ]


async def test_an_indexed_film_shows_what_was_measured(api: Api, film: Path) -> None:
    index = await api.index()
    video = await api.video(index, film, user_metadata={"reel": 7})
    query = [("embedding_option", "visual"), ("embedding_option", "audio")]
    query.append(("transcription", "true"))
    shown = await api("GET", f"/indexes/{index}/indexed-assets/{video}", query=query)
    assert shown["status"] == "ready"
    figures = shown["system_metadata"]
    assert (figures["width"], figures["height"], figures["fps"]) == (640, 360, 25)
    assert figures["duration"] == pytest.approx(9, abs=0.2)
    assert figures["size"] == film.stat().st_size
    assert figures["filename"] == film.name
    assert shown["user_metadata"] == {"reel": 7}
    segments = shown["embedding"]["video_embedding"]["segments"]
    assert {segment["embedding_option"] for segment in segments} == {"visual", "audio"}
    assert all(len(segment["float"]) == 512 for segment in segments)
    assert [line["value"] for line in shown["transcription"]] == ["a whale sings at night"]
    older = await api("GET", f"/indexes/{index}/videos/{video}")
    assert "status" not in older
    assert older["system_metadata"] == figures
    assert (await api("GET", f"/indexes/{index}"))["total_duration"] == figures["duration"]


@BOTH
async def test_each_film_of_an_index_names_its_asset(api: Api, kind: Kind, film: Path) -> None:
    index, asset = await api.index(), await api.asset(film)
    async with client_of(api, kind) as client:
        films, videos = client.indexes.indexed_assets, client.indexes.videos
        made = await films.create(index, asset_id=asset)
        shown = [await films.retrieve(index, made.id), await videos.retrieve(index, made.id)]
        shown += [*(await films.list(index)).items, *(await videos.list(index)).items]
        assert [each.asset_id for each in shown] == [asset] * 4


@BOTH
async def test_a_new_indexed_film_notes_what_has_a_value(api: Api, kind: Kind, film: Path) -> None:
    index, asset = await api.index(), await api.asset(film)
    async with client_of(api, kind) as client:
        films = client.indexes.indexed_assets
        given = {"a": "x", "b": "", "c": None, "d": [], "e": ["p"], "f": 0, "g": False}
        made = await films.create(index, asset_id=asset, user_metadata=given)
        wanted = {"a": "x", "e": ["p"], "f": 0, "g": False}
        assert (await films.retrieve(index, made.id)).user_metadata == wanted
        with pytest.raises(BadRequestError):
            await films.create(index, asset_id=asset, user_metadata={"a": 2**53})


@BOTH
@pytest.mark.parametrize("era", ["2026-03", "2026-07", "2026-10", "any"])
@pytest.mark.parametrize("older", [False, True])
async def test_metadata_of_films_are_merged(
    kind: Kind, film: Path, era: EraName, older: bool
) -> None:
    """Unlike those of assets, they keep empty values; a null takes a key away in both."""
    models = MODELS[:1]
    async with serving(settings=Settings(era=era)) as api, client_of(api, kind) as client:
        index = (await client.indexes.create(index_name="films", models=models)).id
        video = await api.video(index, film)
        films = client.indexes.videos if older else client.indexes.indexed_assets
        await films.update(index, video, user_metadata={"a": 1, "b": "x", "c": True, "d": "y"})
        given = {"a": 2.5, "b": None, "d": "", "e": "new", "nowhere": None}
        await films.update(index, video, user_metadata=given)
        wanted = {"a": 2.5, "c": True, "d": "", "e": "new"}
        assert (await films.retrieve(index, video)).user_metadata == wanted
        await films.update(index, video, user_metadata={})
        assert (await films.retrieve(index, video)).user_metadata == wanted


async def test_metadata_are_merged_and_removed_by_null(api: Api, film: Path) -> None:
    index = await api.index()
    video = await api.video(index, film)
    path = f"/indexes/{index}/videos/{video}"
    await api("PATCH", path, 204, json={"user_metadata": {"a": 1, "b": "x", "c": True}})
    await api("PATCH", path, 204, json={"user_metadata": {"a": 2.5, "b": None}})
    assert (await api("GET", path))["user_metadata"] == {"a": 2.5, "c": True}
    body = {"user_metadata": {"a": {"deep": 1}}}
    await api.refused("parameter_invalid", 400, "PATCH", path, json=body)


async def test_films_are_filtered_by_state_figures_and_metadata(
    api: Api, film: Path, other_film: Path
) -> None:
    index = await api.index()
    first = await api.video(index, film, user_metadata={"kind": "art", "n": 5, "new": True})
    second = await api.video(index, other_film, user_metadata={"kind": "art", "n": 6})

    async def found(*query: tuple[str, str], path: str = "indexed-assets") -> list[str]:
        page = await api("GET", f"/indexes/{index}/{path}", query=query)
        assert page["page_info"]["total_results"] == len(page["data"])
        return [item["_id"] for item in page["data"]]

    assert await found() == [second, first]
    assert await found(("status", "ready"), ("status", "failed")) == [second, first]
    assert await found(("status", "pending")) == []
    assert await found(("filename", film.name)) == [first]
    assert await found(("duration[gte]", "8")) == [first]
    assert await found(("duration[lte]", "8")) == [second]
    assert await found(("width", "640"), ("height", "360"), ("fps", "25")) == [second, first]
    assert await found(("size", str(film.stat().st_size))) == [first]
    assert await found(("kind", "art"), ("n", "6")) == [second]
    assert await found(("new", "true")) == [first]
    assert await found(("new", "true"), path="videos") == [first]
    assert await found(("sort_option", "asc")) == [first, second]
    bad = [("status", "gone")]
    path = f"/indexes/{index}/indexed-assets"
    await api.refused("parameter_invalid", 400, "GET", path, query=bad)


async def test_a_film_outside_the_limits_is_refused_with_its_code(
    api: Api, small_film: Path, picture: Path, tmp_path: Path
) -> None:
    from twelvelabs_async.sandbox.films import Scene, make_film

    wide = make_film(tmp_path / "wide.mp4", [Scene(seconds=5)], size=(1200, 400))
    short = make_film(tmp_path / "short.mp4", [Scene(seconds=2)])
    index = await api.index()
    for path, code in (
        (small_film, "video_resolution_too_low"),
        (wide, "video_resolution_invalid_aspect_ratio"),
        (short, "video_duration_too_short"),
        (picture, "unsupported_file_type"),
    ):
        body = {"asset_id": await api.asset(path)}
        await api.refused(code, 400, "POST", f"/indexes/{index}/indexed-assets", json=body)


async def test_an_unfit_film_may_fail_later_instead(small_film: Path) -> None:
    async with serving(settings=Settings(unfit_films="failed")) as api:
        index = await api.index()
        video = await api.video(index, small_film)
        shown = await api("GET", f"/indexes/{index}/indexed-assets/{video}")
        assert shown["status"] == "failed"
        assert shown["error"]["code"] == "video_resolution_too_low"
        body = {"video_id": video, "prompt": "What?", "stream": False}
        await api.refused("video_not_ready", 400, "POST", "/analyze", json=body)


async def test_deleting_a_film_or_an_index_takes_the_film_away(api: Api, film: Path) -> None:
    index = await api.index()
    video, other = await api.video(index, film), await api.video(index, film)
    await api("DELETE", f"/indexes/{index}/indexed-assets/{video}", 204)
    await api.refused("resource_not_exist", 404, "GET", f"/indexes/{index}/indexed-assets/{video}")
    await api.refused("resource_not_exist", 400, "DELETE", f"/indexes/{index}/videos/{video}")
    await api("GET", f"/indexes/{index}/videos/{other}")
    await api("DELETE", f"/indexes/{index}", 204)
    body = {"video_id": other, "prompt": "What?"}
    await api.refused("resource_not_exist", 404, "POST", "/analyze", json=body)


async def test_equal_files_are_stored_once_and_removed_with_their_last_user(
    api: Api, film: Path
) -> None:
    files = api.sandbox.data / "files"
    index = await api.index()
    assets = [await api.asset(film) for _ in range(3)]
    video = await api.video(index, film)
    assert len(list(files.iterdir())) == 1
    for asset in assets:
        await api("DELETE", f"/assets/{asset}", 204)
    assert len(list(files.iterdir())) == 1
    found = await api("GET", f"/indexes/{index}/indexed-assets/{video}")
    await api("DELETE", f"/assets/{found['asset_id']}", 204, query={"force": "true"})
    await api("DELETE", f"/indexes/{index}", 204)
    assert list(files.iterdir()) == []
    assert list((api.sandbox.data / "tmp").iterdir()) == []
