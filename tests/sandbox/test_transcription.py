"""Transcriptions of assets, what users note of them, and what uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import MODELS, Api, serving
from twelvelabs_async import BadRequestError, ConflictError, NotFoundError
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox.films import Scene, make_film
from twelvelabs_async.sandbox.media.measure.measures import Line
from twelvelabs_async.sandbox.transcription import sentences, utterances, words

pytestmark = pytest.mark.anyio
NOWHERE = "0" * 24


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with a sentence over two lines, of which the first names its speaker."""
    return make_film(
        tmp_path_factory.mktemp("films") / "talk.mp4",
        [
            Scene(colour="red", seconds=3, subtitle="MARY: Hello there. How are"),
            Scene(colour="blue", seconds=3, subtitle="you today?"),
        ],
    )


@BOTH
async def test_what_is_said_is_transcribed(api: Api, kind: Kind, talk: Path) -> None:
    asset = await api.asset(talk)
    async with client_of(api, kind) as client:
        plain = await client.assets.retrieve_transcription(asset)
        assert plain.status == "ready"
        assert [each.value for each in plain.words] == [
            "Hello",
            "there.",
            "How",
            "are",
            "you",
            "today?",
        ]
        assert (plain.sentences, plain.utterances, plain.error) == (None, None, None)
        starts = [each.start for each in plain.words]
        assert starts == sorted(starts)
        assert all(each.start < each.end for each in plain.words)
        whole = await client.assets.retrieve_transcription(
            asset, include=["sentences", "utterances"]
        )
        assert whole.words is None
        assert [each.value for each in whole.sentences] == ["Hello there.", "How are you today?"]
        asked = whole.sentences[1]
        assert asked.start < 3.0 < asked.end
        assert [(each.value, each.speaker) for each in whole.utterances] == [
            ("Hello there. How are", "MARY"),
            ("you today?", None),
        ]


async def test_parts_may_be_divided_by_commas(api: Api, talk: Path) -> None:
    path = f"/assets/{await api.asset(talk)}/transcription"
    shown = await api("GET", path, query={"include": "words,utterances"})
    assert shown.keys() == {"status", "words", "utterances"}
    for bad in ("", "word", "words,", "words,paragraphs"):
        refused = await api("GET", path, 400, query={"include": bad})
        assert refused["code"].startswith("parameter_")


async def test_a_transcription_goes_through_its_states(talk: Path) -> None:
    async with serving(speed=0, timings=Timings(asset=2, transcription=3)) as api:
        asset = await api.asset(talk)
        path = f"/assets/{asset}/transcription"
        assert await api("GET", path) == {"status": "pending"}
        api.sandbox.advance(2)
        assert await api("GET", path) == {"status": "processing"}
        api.sandbox.advance(3)
        assert (await api("GET", path))["status"] == "ready"


async def test_a_transcription_of_a_broken_film_fails(api: Api, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(100))
    shown = await api("GET", f"/assets/{await api.asset(broken)}/transcription")
    assert shown["status"] == "failed"
    assert shown["error"]["message"]


@BOTH
async def test_what_says_nothing_has_no_transcription(
    api: Api, kind: Kind, picture: Path, small_film: Path
) -> None:
    image, silent = await api.asset(picture), await api.asset(small_film)
    async with client_of(api, kind) as client:
        for identifier in (image, NOWHERE):
            with pytest.raises(NotFoundError):
                await client.assets.retrieve_transcription(identifier)
        found = await client.assets.retrieve_transcription(silent)
        assert (found.status, found.words) == ("ready", [])


async def test_films_without_subtitles_may_have_no_transcription(small_film: Path) -> None:
    async with serving(settings=Settings(wordless_assets="absent")) as api:
        path = f"/assets/{await api.asset(small_film)}/transcription"
        await api.refused("resource_not_exist", 404, "GET", path)


def test_lines_become_words_sentences_and_utterances() -> None:
    lines = [
        Line(8.0, 9.0, "DR. O'NEIL: It is 3.5 metres… I think"),
        Line(0.0, 2.0, 'Is it?! "Yes." 今日は。元気\uff1f'),
        Line(4.0, 30.0, "no stop"),
        Line(-1.0, -0.5, "before"),
        Line(9.2, 9.0, "backwards."),
    ]
    spoken = sentences(lines, 10.0)
    assert [each["value"] for each in spoken] == [
        "before Is it?!",
        '"Yes."',
        "今日は。",
        "元気\uff1f",
        "no stop",
        "It is 3.5 metres…",
        "I think backwards.",
    ]
    said = utterances(lines, 10.0)
    assert [each.get("speaker") for each in said] == [None, None, None, "DR. O'NEIL", None]
    parts = words(lines, 10.0)
    assert [each["value"] for each in parts][:9] == [
        *("before", "Is", "it?!", '"Yes."', "今", "日", "は。", "元", "気\uff1f"),
    ]
    for each in (*spoken, *said, *parts):
        assert 0.0 <= each["start"] <= each["end"] <= 10.0


@BOTH
async def test_metadata_is_replaced_changed_and_deleted(
    api: Api, kind: Kind, picture: Path
) -> None:
    asset = await api.asset(picture)
    async with client_of(api, kind) as client:

        async def noted() -> dict[str, Any]:
            return dict((await client.assets.retrieve(asset)).user_metadata)

        await client.assets.replace_user_metadata(
            asset,
            user_metadata={
                "a": "x",
                "b": 2**53 - 1,
                "c": 1.5,
                "d": False,
                "e": ["p", "q"],
                "f": "",
            },
        )
        before = {"a": "x", "b": 2**53 - 1, "c": 1.5, "d": False, "e": ["p", "q"]}
        assert await noted() == before
        await client.assets.update_user_metadata(
            asset, user_metadata={"a": "", "b": None, "e": [], "g": "new", "nowhere": None}
        )
        del before["b"]
        assert await noted() == {**before, "g": "new"}
        await client.assets.update_user_metadata(asset, user_metadata={})
        assert await noted() == {**before, "g": "new"}
        await client.assets.replace_user_metadata(asset, user_metadata={"z": 0, "a": None, "e": []})
        assert await noted() == {"z": 0}
        await client.assets.replace_user_metadata(asset, user_metadata={})
        assert await noted() == {}
        await client.assets.update_user_metadata(asset, user_metadata={"k": True})
        for _ in range(2):
            await client.assets.delete_user_metadata(asset)
            assert await noted() == {}
        with pytest.raises(NotFoundError):
            await client.assets.delete_user_metadata(NOWHERE)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "given",
    [
        *({"a": value} for value in ({"b": 1}, [1], [["b"]], [None])),
        *({"a": value} for value in (2**53, -(2**53), 2**64, 10**25)),
        *([], "a", 7),
    ],
)
async def test_metadata_has_plain_values(
    api: Api, picture: Path, method: str, given: object
) -> None:
    path = f"/assets/{await api.asset(picture)}/user-metadata"
    refused = await api(method, path, 400, json={"user_metadata": given})
    assert refused["code"] == "parameter_invalid"
    await api.refused("parameter_not_provided", 400, method, path, json={"user_metadata": None})
    await api.refused("parameter_not_provided", 400, method, path, json={})
    await api.refused("parameter_unknown", 400, method, path, json={"user_metadata": {}, "x": 1})
    missing = f"/assets/{NOWHERE}/user-metadata"
    await api.refused("resource_not_exist", 404, method, missing, json={"user_metadata": {}})


async def test_new_assets_note_what_has_a_value(api: Api, picture: Path) -> None:
    noted = '{"a": "x", "b": "", "c": null, "d": [], "e": ["y"]}'
    form = [("method", "direct"), ("file", picture), ("user_metadata", noted)]
    made = await api("POST", "/assets", 201, form=form)
    assert made["user_metadata"] == {"a": "x", "e": ["y"]}


@BOTH
async def test_an_asset_shows_what_uses_it(api: Api, kind: Kind, film: Path, picture: Path) -> None:
    asset, image = await api.asset(film), await api.asset(picture)
    async with client_of(api, kind) as client:
        indexes = [
            await client.indexes.create(index_name=name, models=MODELS) for name in ("one", "two")
        ]
        made = [
            await client.indexes.indexed_assets.create(index.id, asset_id=asset)
            for index in indexes
        ]
        used = [each async for each in client.indexes.indexed_assets.list_by_asset(asset)]
        assert [(each.id, each.index.id, each.index.name) for each in used] == [
            (made[1].id, indexes[1].id, "two"),
            (made[0].id, indexes[0].id, "one"),
        ]
        collection = await client.entity_collections.create(name="people")
        entity = await client.entity_collections.entities.create(
            collection.id, name="Ann", asset_ids=[image]
        )
        found = [e async for e in client.entity_collections.entities.list_by_asset(image)]
        assert [(each.id, each.entity_collection_id) for each in found] == [
            (entity.id, collection.id)
        ]
        assert [e async for e in client.entity_collections.entities.list_by_asset(asset)] == []
        for call in (
            client.indexes.indexed_assets.list_by_asset,
            client.entity_collections.entities.list_by_asset,
        ):
            with pytest.raises(BadRequestError):
                await call(NOWHERE)
        with pytest.raises(ConflictError):
            await client.assets.delete(asset)
        await client.assets.delete(asset, force=True)
        # Entities are no hindrance: the asset is taken out of them.
        await client.assets.delete(image)
        shown = await client.entity_collections.entities.retrieve(collection.id, entity.id)
        assert shown.asset_ids == []
        left = await client.entity_collections.entities.retrieve(collection.id, entity.id)
        assert left.asset_ids == []
        video = await client.indexes.indexed_assets.retrieve(indexes[0].id, made[0].id)
        assert video.status == "ready"
