"""Single parameters, values and fields of replies by era, as one table has them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.support.sandbox_api import MODELS, Api, serving
from twelvelabs_async import BadRequestError, ConflictError
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox.era_changes import FIELDS, PARAMETERS, Change, with_fields_of
from twelvelabs_async.sandbox.eras import ORDER, EraName
from twelvelabs_async.sandbox.routes import AREAS

pytestmark = pytest.mark.anyio

ROUTES = {f"{route.method} {route.path}": route for area in AREAS.values() for route in area}


def _calls() -> list[Any]:
    return [
        pytest.param(call, change, id=f"{call} {change.name} {','.join(change.values)}")
        for change in PARAMETERS
        for call in change.calls
    ]


def _body(change: Change) -> dict[str, Any]:
    """A body in which the parameter is the last of its path, or left out if that is the change."""
    *parents, last = change.name.split(".")
    value = change.values[0] if change.values else "1"
    body: Any = {} if change.optional else {last: value}
    for name in reversed(parents):
        body = {name: body}
    return dict(body)


async def _asked(api: Api, call: str, change: Change) -> tuple[int, str]:
    """The status and text of the reply to a request that is about this parameter alone."""
    route = ROUTES[call]
    path = api.sandbox.base_url + route.path.replace("{", "").replace("}", "")
    how: dict[str, Any] = {"headers": {"x-api-key": api.sandbox.api_key}}
    if route.json is not None:
        how["json"] = _body(change)
    else:
        value = change.values[0] if change.values else "1"
        pairs = [(change.name, value)] * (2 if change.many else 1)
        if route.form is None:
            how["params"] = pairs
        else:
            how["data"] = aiohttp.FormData(default_to_multipart=True)
            for pair in pairs:
                how["data"].add_field(*pair)
    async with api.session.request(route.method, path, **how) as answer:
        return answer.status, await answer.text()


def _refused(change: Change, name: str, status: int, text: str) -> bool:
    """Whether the reply refuses the parameter as one that the era does not have."""
    if status != 400 or name not in text:
        return False
    if change.optional:
        return "is required" in text
    if change.many:
        return "more than once" in text
    return "is unknown" in text or "There is no value" in text


@pytest.mark.parametrize("era", [*ORDER, "any"])
async def test_an_era_has_the_parameters_of_its_time_alone(era: EraName) -> None:
    async with serving(settings=Settings(era=era)) as api:
        rules = api.sandbox.settings.rules
        for parameter in _calls():
            call, change = parameter.values
            if rules.lacks(ROUTES[call].path):
                continue
            status, text = await _asked(api, call, change)
            if change.is_in(era):
                assert not _refused(change, change.name, status, text), (parameter.id, text)
            else:
                # Perhaps the era does not even have what the parameter is a part of.
                top = change.name.split(".")[0]
                assert _refused(change, top, status, text), (parameter.id, text)
            marked = api.sandbox.requests[-1].deprecated or ""
            assert (change.name in marked) is (era == "any" and change.retired is not None)


def test_the_table_names_calls_that_exist() -> None:
    for change in (*PARAMETERS, *FIELDS):
        for call in change.calls:
            assert call in ROUTES
        assert change.since == ORDER[0] or change.until == ORDER[-1]
        assert change.is_in("any")
    for change in PARAMETERS:
        # What today's service refuses has a mark to give.
        assert (change.retired is None) is change.is_in(ORDER[-1])


@pytest.mark.parametrize("change", FIELDS, ids=lambda change: f"{change.calls[0]} {change.name}")
def test_an_era_has_the_fields_of_its_time_alone(change: Change) -> None:
    *parents, last = change.name.split(".")
    row: Any = {last: 1, "other": 2}
    left: Any = {"other": 2}
    for name in reversed(parents):
        row, left = {name: [row]}, {name: [left]}
    for era in (*ORDER, "any"):
        kept = with_fields_of(era, change.calls[0], row)  # one of the eras
        assert kept == (row if change.is_in(era) else left)
    assert with_fields_of(ORDER[0], change.calls[0], [None, "text"]) == [None, "text"]


@BOTH
async def test_searches_had_thresholds_once(kind: Kind, film: Path, caplog: Any) -> None:
    how: dict[str, Any] = {"query_text": "green", "search_options": ["visual"]}
    for era, taken in (("2026-03", True), ("2026-07", False), ("2026-10", False), ("any", True)):
        models = MODELS[:1]
        async with serving(settings=Settings(era=era)) as api:
            body = {"index_name": "films", "models": models}
            index = (await api("POST", "/indexes", 201, json=body))["_id"]
            await api.video(index, film)
            caplog.clear()
            async with client_of(api, kind) as client:
                with caplog.at_level(logging.WARNING, "twelvelabs_async.sandbox.server"):
                    if not taken:
                        with pytest.raises(BadRequestError, match="threshold"):
                            await client.search.create(index_id=index, threshold="low", **how)
                        continue
                    found = await client.search.create(index_id=index, threshold="low", **how)
            assert found.data
            marked = api.sandbox.requests[-1].deprecated
            assert (marked is not None) is (era == "any")
            assert ("threshold of POST /search is retired" in caplog.text) is (era == "any")


@BOTH
async def test_assets_got_their_details_in_july(kind: Kind, picture: Path) -> None:
    for era, details, address in (
        ("2026-03", False, True),
        ("2026-07", True, True),
        ("2026-10", True, False),
        ("any", True, True),
    ):
        async with serving(settings=Settings(era=era)) as api:
            async with client_of(api, kind) as client:
                made = await client.assets.retrieve(await api.asset(picture))
            assert (made.technical_metadata is not None) is details
            assert (made.size is not None) is details
            assert (made.url is not None) is address


@BOTH
async def test_assets_in_use_are_guarded_since_spring(kind: Kind, film: Path) -> None:
    for era, guarded in (("2026-03", False), ("2026-07", True)):
        async with serving(settings=Settings(era=era)) as api:
            index = await api.index()
            asset = await api.asset(film)
            path = f"/indexes/{index}/indexed-assets"
            await api("POST", path, 202, json={"asset_id": asset})
            async with client_of(api, kind) as client:
                if guarded:
                    with pytest.raises(ConflictError):
                        await client.assets.delete(asset)
                else:
                    await client.assets.delete(asset)


@BOTH
async def test_an_upload_of_old_names_no_type(kind: Kind) -> None:
    body = {"filename": "a.mp4", "total_size": 10}
    path = "/assets/multipart-uploads"
    async with serving(settings=Settings(era="2025-12")) as api:
        await api("POST", path, 201, json=body)
        async with client_of(api, kind) as client:
            assert (await client.multipart_upload.create(filename="a.mp4", total_size=10)).upload_id
    async with serving(settings=Settings(era="2026-10")) as api:
        await api.refused("parameter_not_provided", 400, "POST", path, json=body)


async def test_a_streamed_analysis_of_old_says_nothing_of_its_input(film: Path) -> None:
    for era, says in (("2026-03", False), ("2026-10", True)):
        models = MODELS if era == "2026-03" else MODELS[:1]
        async with serving(settings=Settings(era=era)) as api:
            body = {"index_name": "films", "models": models}
            index = (await api("POST", "/indexes", 201, json=body))["_id"]
            asked = {"video_id": await api.video(index, film), "prompt": "What?"}
            url, headers = f"{api.sandbox.base_url}/analyze", {"x-api-key": api.sandbox.api_key}
            async with api.session.post(url, json=asked, headers=headers) as answer:
                last = (await answer.text()).splitlines()[-1]
            assert ("input_tokens" in last) is says
            answer = await api("POST", "/analyze", json={**asked, "stream": False})
            assert ("input_tokens" in answer["usage"]) is says


async def test_pegasus_indexes_are_history() -> None:
    body = {
        "index_name": "a",
        "models": [{"model_name": "pegasus1.5", "model_options": ["visual"]}],
    }
    async with serving(settings=Settings(era="2026-10")) as api:
        await api.refused("parameter_invalid", 400, "POST", "/indexes", json=body)
    async with serving() as api:
        await api("POST", "/indexes", 201, json=body)
        assert "pegasus1.6" in str(api.sandbox.requests[-1].deprecated)


@BOTH
async def test_previews_are_made_unless_they_are_declined_today(
    kind: Kind, small_film: Path
) -> None:
    for era, made in (("2026-07", False), ("2026-10", True)):
        async with serving(settings=Settings(era=era)) as api:
            async with client_of(api, kind) as client:
                plain = await client.assets.create(method="direct", file=small_film)
                shown = await client.assets.retrieve(plain.id)
                assert (shown.hls is not None, shown.thumbnail is not None) == (made, made)
                upload = await client.multipart_upload.upload_file(small_film, file_type="video")
                assert ((await client.assets.retrieve(upload.asset_id)).hls is not None) is made
                without = await client.assets.create(
                    method="direct", file=small_film, enable_hls=False, enable_thumbnail=False
                )
                shown = await client.assets.retrieve(without.id)
                assert (shown.hls, shown.thumbnail) == (None, None)


@BOTH
async def test_validating_is_a_state_of_indexed_assets_today(kind: Kind, film: Path) -> None:
    for era, named in (("2026-07", "pending"), ("2026-10", "validating")):
        timings = Timings(validating=10, pending=10)
        settings = Settings(era=era)
        async with serving(settings=settings, timings=timings, speed=0) as api:
            made = await api(
                "POST", "/indexes", 201, json={"index_name": "a", "models": MODELS[:1]}
            )
            index = made["_id"]
            await api("POST", "/tasks", form=[("index_id", index), ("video_file", film)])
            async with client_of(api, kind) as client:
                (item,) = [each async for each in client.indexes.indexed_assets.list(index)]
                assert item.status == named
                found = client.indexes.indexed_assets.list(index, status=[named])
                assert [each.id async for each in found] == [item.id]
                # So is a list of texts a value of its metadata.
                tags = {"tags": ["a", "b"]}
                await client.indexes.indexed_assets.update(index, item.id, user_metadata=tags)
                shown = await client.indexes.indexed_assets.retrieve(index, item.id)
                assert shown.user_metadata == tags
