"""``/assets``: direct uploads, URLs, limits, states and deletes."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiohttp import web

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.documents import pdf_file
from tests.sandbox.origins import served
from tests.support.sandbox_api import Api, serving
from twelvelabs_async.sandbox import FormFile, Settings, Timings

pytestmark = pytest.mark.anyio


async def test_a_film_becomes_an_asset_with_its_figures(api: Api, film: Path) -> None:
    form = [("method", "direct"), ("file", film), ("filename", "My film.mp4")]
    made = await api("POST", "/assets", 201, form=form)
    assert (made["method"], made["status"]) == ("direct", "ready")
    shown = await api("GET", f"/assets/{made['_id']}")
    assert shown["filename"] == "My film.mp4"
    assert shown["file_type"] == "video/mp4"
    assert shown["size"] == film.stat().st_size
    assert shown["duration"] == pytest.approx(9, abs=0.2)
    assert shown["technical_metadata"]["video_codec"] == "h264"
    assert shown["technical_metadata"]["audio_codec"] == "aac"
    assert await api.fetch(shown["url"]) == (200, film.read_bytes())
    record = api.sandbox.requests.matching("POST", "/assets")[0]
    assert record.fields() == {
        "method": ["direct"],
        "filename": ["My film.mp4"],
        "file": [FormFile(film.name, "application/octet-stream", film.stat().st_size)],
    }


async def test_pictures_and_sounds_are_assets_too(api: Api, picture: Path, tmp_path: Path) -> None:
    sound = tmp_path / "tone.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    image, tone = await api.asset(picture), await api.asset(sound)
    shown = await api("GET", f"/assets/{image}")
    assert shown["file_type"] == "image/jpeg"
    assert shown["technical_metadata"]["image_width"] == 640
    shown = await api("GET", f"/assets/{tone}")
    assert shown["status"] == "ready"
    assert shown["duration"] == pytest.approx(1, abs=0.1)

    async def found(*query: tuple[str, str]) -> list[str]:
        return [asset["_id"] for asset in (await api("GET", "/assets", query=query))["data"]]

    assert await found() == [tone, image]
    assert await found(("asset_types", "image")) == [image]
    assert await found(("asset_types", "image"), ("asset_types", "audio")) == [tone, image]
    assert await found(("asset_ids", image), ("asset_ids", "0" * 24)) == [image]
    assert await found(("filename", "tone.wav")) == [tone]


async def test_an_asset_is_processing_until_its_time(film: Path) -> None:
    async with serving(timings=Timings(asset=5, stream=2, thumbnail=1), speed=0) as api:
        flags = [("enable_hls", "true"), ("enable_thumbnail", "true")]
        form = [("method", "direct"), ("file", film), *flags, ("user_metadata", '{"a": 1}')]
        made = await api("POST", "/assets", 201, form=form)
        assert made["status"] == "processing"
        assert made["user_metadata"] == {"a": 1}
        path = f"/assets/{made['_id']}"
        seen = []
        for seconds in (0, 5, 1, 1):
            api.sandbox.advance(seconds)
            shown = await api("GET", path)
            seen.append((shown["status"], shown["hls"]["status"], shown["thumbnail"]["status"]))
            # What was measured is there once the asset is ready.
            measured = {"size", "duration", "technical_metadata"} & shown.keys()
            assert len(measured) == (3 if shown["status"] == "ready" else 0)
        assert seen == [
            ("processing", "pending", "pending"),
            ("ready", "processing", "processing"),
            ("ready", "processing", "ready"),
            ("ready", "ready", "ready"),
        ]
        status, body = await api.fetch(shown["thumbnail"]["representative_url"])
        assert (status, body[:2]) == (200, b"\xff\xd8")
        status, body = await api.fetch(shown["hls"]["manifest_url"])
        assert body.startswith(b"#EXTM3U")
        segment = next(line for line in body.decode().splitlines() if line.endswith(".ts"))
        url = shown["hls"]["manifest_url"].rsplit("/", 1)[0]
        status, body = await api.fetch(f"{url}/{segment}")
        assert (status, body[:1]) == (200, b"G")
        assert (await api.fetch(f"{url}/..%2Fstate.json"))[0] == 404


@BOTH
async def test_each_kind_of_asset_has_what_can_be_shown_of_it(
    api: Api, kind: Kind, small_film: Path, picture: Path, tmp_path: Path
) -> None:
    sound, raw, notes = (tmp_path / name for name in ("tone.flac", "tone.wav", "notes.md"))
    for path, codec in ((sound, "flac"), (raw, "pcm_s16le")):
        with av.open(path, "w") as out:
            stream: Any = out.add_stream(codec, rate=8000, layout="mono")
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
            samples.rate = 8000
            out.mux([*stream.encode(samples), *stream.encode(None)])
    notes.write_text("A harbour.")
    page = pdf_file(tmp_path / "page.pdf", [[(10, 180, "harbour")]])
    states = {
        small_film: ("ready", "ready", True),
        sound: ("ready", None, True),
        raw: ("error", None, True),
        picture: (None, "ready", False),
        page: (None, "ready", False),
        notes: (None, None, False),
    }
    async with client_of(api, kind) as client:
        for path, (hls, thumbnail, lasts) in states.items():
            made = await client.assets.create(method="direct", file=path)
            shown = await client.assets.retrieve(made.id)
            assert shown.status == "ready"
            found = [each and each.status for each in (shown.hls, shown.thumbnail)]
            assert (*found, shown.duration is not None) == (hls, thumbnail, lasts), path
            if hls == "ready":
                assert (await api.fetch(shown.hls.manifest_url))[1].startswith(b"#EXTM3U")
            if thumbnail == "ready":
                _, body = await api.fetch(shown.thumbnail.representative_url)
                assert body[:2] == b"\xff\xd8"


async def test_a_broken_file_fails_with_a_message(api: Api, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no film" * 100)
    asset = await api.asset(broken)
    shown = await api("GET", f"/assets/{asset}")
    assert shown["status"] == "failed"
    assert shown["error"]["message"]
    index = await api.index()
    path = f"/indexes/{index}/indexed-assets"
    refusal = await api("POST", path, 400, json={"asset_id": asset})
    assert refusal["message"] == shown["error"]["message"]


async def test_the_older_era_refuses_a_broken_file_immediately(tmp_path: Path, film: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no film" * 100)
    async with serving(settings=Settings(era="2026-03"), timings=Timings()) as api:
        form = [("method", "direct"), ("file", broken)]
        await api.refused("unsupported_file_type", 400, "POST", "/assets", form=form)
        form = [("method", "direct"), ("file", film)]
        assert (await api("POST", "/assets", 201, form=form))["status"] == "ready"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ([("file", Path(__file__))], "parameter_not_provided"),
        ([("method", "direct")], "parameter_not_provided"),
        ([("method", "url")], "parameter_not_provided"),
        ([("method", "pigeon"), ("file", Path(__file__))], "parameter_invalid"),
        ([("method", "direct"), ("file", "no file")], "video_file_broken"),
        ([("method", "direct"), ("file", Path(__file__)), ("x", "1")], "parameter_unknown"),
        ([("method", "direct"), ("movie", Path(__file__))], "parameter_unknown"),
        (
            [("method", "direct"), ("file", Path(__file__)), ("file", Path(__file__))],
            "parameter_invalid",
        ),
        (
            [("method", "direct"), ("file", Path(__file__)), ("user_metadata", "[1]")],
            "parameter_invalid",
        ),
        ([("method", "url"), ("url", "ftp://127.0.0.1/x.mp4")], "parameter_invalid"),
    ],
)
async def test_wrong_forms_are_refused(api: Api, form: list[tuple[str, object]], code: str) -> None:
    if code == "video_file_broken":
        made = await api("POST", "/assets", 201, form=form)
        assert made["status"] == "failed"
    else:
        await api.refused(code, 400, "POST", "/assets", form=form)
    leftover = [path.name for path in (api.sandbox.data / "tmp").iterdir()]
    assert leftover == []


async def test_json_where_a_form_belongs_is_refused(api: Api) -> None:
    await api.refused("content_type_invalid", 400, "POST", "/assets", json={"method": "url"})
    form = [("index_name", "a")]
    await api.refused("content_type_invalid", 400, "POST", "/indexes", form=form)


async def test_a_file_beyond_the_limit_is_refused(film: Path, picture: Path) -> None:
    small = Settings(max_direct_size=1000, max_image_size=1000)
    async with serving(settings=small) as api:
        for path in (film, picture):
            form = [("method", "direct"), ("file", path)]
            await api.refused("video_filesize_too_large", 400, "POST", "/assets", form=form)
        assert list((api.sandbox.data / "files").iterdir()) == []


async def test_a_url_on_the_loopback_is_fetched(api: Api, film: Path) -> None:
    async def give(request: web.Request) -> web.FileResponse:
        return web.FileResponse(film)

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound("/film.mp4")

    async with served(web.get("/film.mp4", give), web.get("/old", redirect)) as url:
        for path in ("/film.mp4", "/old"):
            form = [("method", "url"), ("url", url + path)]
            made = await api("POST", "/assets", 201, form=form)
            assert made["status"] == "ready"
            assert made["size"] == film.stat().st_size
    assert made["filename"] == "old"
    assert made["file_type"] == "video/mp4"


async def test_what_cannot_be_fetched_fails_with_the_import_error(api: Api) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://192.0.2.1/film.mp4")

    async def forbid(request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    async with served(web.get("/away", away), web.get("/forbidden", forbid)) as url:
        for address in (
            "http://192.0.2.1/film.mp4",
            "http://example.com/film.mp4",
            "http://127.0.0.1:9/film.mp4",
            f"{url}/away",
            f"{url}/nothing",
            f"{url}/forbidden",
        ):
            form = [("method", "url"), ("url", address)]
            made = await api("POST", "/assets", 201, form=form)
            assert made["status"] == "failed", address
            assert made["error"]["message"]


async def test_a_url_with_too_much_behind_it_fails(film: Path) -> None:
    async def give(request: web.Request) -> web.FileResponse:
        return web.FileResponse(film)

    async with (
        serving(settings=Settings(max_url_size=1000)) as api,
        served(web.get("/film.mp4", give)) as url,
    ):
        form = [("method", "url"), ("url", f"{url}/film.mp4")]
        made = await api("POST", "/assets", 201, form=form)
        assert "1000" in made["error"]["message"]
        assert list((api.sandbox.data / "tmp").iterdir()) == []


async def test_nothing_stays_of_a_file_whose_transfer_broke_off(api: Api) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"the first part")
        assert request.transport is not None
        request.transport.close()
        return response

    async with served(web.get("/film.mp4", break_off)) as url:
        form = [("method", "url"), ("url", f"{url}/film.mp4")]
        made = await api("POST", "/assets", 201, form=form)
    assert made["error"]["message"] == "The source could not be reached."
    assert list((api.sandbox.data / "tmp").iterdir()) == []


async def test_an_asset_in_use_is_deleted_by_force_only(api: Api, film: Path) -> None:
    index = await api.index()
    video = await api.video(index, film)
    asset = (await api("GET", f"/indexes/{index}/indexed-assets/{video}"))["asset_id"]
    await api("DELETE", f"/assets/{asset}", 409)
    await api("DELETE", f"/assets/{asset}", 204, query={"force": "true"})
    await api.refused("resource_not_exist", 400, "GET", f"/assets/{asset}")
    body = {"video_id": video, "prompt": "What?", "stream": False}
    assert (await api("POST", "/analyze", json=body))["data"]


async def test_the_key_is_checked_first(api: Api) -> None:
    wrong = {"x-api-key": "wrong"}
    for path in ("/assets", "/indexes/nothing", "/no/such/path"):
        await api.refused("api_key_invalid", 401, "GET", path, headers=wrong)
    await api.refused("not_found", 404, "GET", "/no/such/path")
    refusal = await api("PATCH", "/assets", 405)
    assert refusal["code"] == "method_not_allowed"
    assert set(api.headers["Allow"].split(",")) == {"GET", "POST"}


@BOTH
async def test_technical_metadata_has_each_stream(
    api: Api, kind: Kind, film: Path, picture: Path
) -> None:
    async with client_of(api, kind) as client:
        found = await client.assets.retrieve(await api.asset(film))
        details = found.technical_metadata
        (pictures,), (sound,) = details.video_streams, details.audio_streams
        assert (pictures.codec, pictures.width, pictures.height) == ("h264", 640, 360)
        assert (pictures.scan_type, pictures.pixel_format) == ("progressive", "yuv420p")
        assert pictures.fps == details.video_fps
        assert (sound.codec, sound.channels) == ("aac", details.audio_channels)
        assert sound.sample_rate == details.audio_sample_rate == 48_000
        assert (details.total_video_streams, details.total_audio_streams) == (1, 1)
        assert details.storage_aspect_ratio == pytest.approx(16 / 9, abs=1e-5)
        image = (await client.assets.retrieve(await api.asset(picture))).technical_metadata
        assert (image.image_format, image.image_bit_depth) == ("mjpeg", 8)
        assert (image.has_alpha, image.is_animated, image.video_streams) == (False, False, None)
