"""``POST /assets`` with the URL of an HLS playlist."""

# PyAV's stubs leave the type parameters of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import pytest
from aiohttp import web
from av.container import InputContainer, OutputContainer

from tests.sandbox.clients import BOTH, Kind, client_of
from tests.sandbox.origins import VOD, files_of, origin, served
from tests.support.sandbox_api import Api, serving
from twelvelabs_async import BadRequestError
from twelvelabs_async.sandbox import Settings, Timings
from twelvelabs_async.sandbox import fetch as fetching

pytestmark = pytest.mark.anyio


def copy_track(source: InputContainer, track: Any, output: OutputContainer) -> None:
    """Write the packets of one track to another file."""
    copy = output.add_stream_from_template(track)
    for packet in source.demux(track):
        if packet.dts is not None:
            packet.stream = copy
            output.mux_one(packet)


@pytest.fixture(scope="module")
def fragments(tmp_path_factory: pytest.TempPathFactory, stream: Path) -> Path:
    """The same in fragments of MP4, after a header."""
    folder = tmp_path_factory.mktemp("fragments")
    options = {"hls_segment_type": "fmp4", "hls_playlist_type": "vod", "hls_time": "4"}
    with (
        av.open(str(stream / "film.mp4")) as source,
        av.open(str(folder / "index.m3u8"), "w", format="hls", options=options) as output,
    ):
        copy_track(source, source.streams.video[0], output)
    return folder


async def made(api: Api, url: str, status: int = 201) -> Any:
    return await api("POST", "/assets", status, form=[("method", "url"), ("url", url)])


@BOTH
async def test_the_stream_of_an_asset_is_an_asset_again(api: Api, kind: Kind, film: Path) -> None:
    async with client_of(api, kind) as client:
        first = await api("GET", f"/assets/{await api.asset(film)}")
        url = first["hls"]["manifest_url"]
        again = await client.assets.create(method="url", url=url)
        again = await client.assets.retrieve(again.id)
        assert (again.status, again.file_type) == ("ready", "video/mp2t")
        assert again.duration == pytest.approx(first["duration"], abs=0.2)
        assert again.technical_metadata.video_codec == "h264"
        assert again.technical_metadata.audio_codec == "aac"


async def test_segments_are_joined_in_turn(api: Api, stream: Path) -> None:
    lines = (stream / "index.m3u8").read_text().splitlines()
    names = [line for line in lines if line.endswith(".ts")]
    assert len(names) > 1
    joined = b"".join((stream / name).read_bytes() for name in names)
    async with origin(files_of(stream, "a/b/")) as (url, asked):
        shown = await made(api, f"{url}/a/b/index.m3u8?token=1")
        assert shown["status"] == "ready", shown
        assert await api.fetch(shown["url"]) == (200, joined)
        assert shown["filename"] == "index.m3u8"
        assert shown["file_type"] == "video/mp2t"
        assert asked[-len(names) :] == [f"a/b/{name}" for name in names]


async def test_fragments_follow_their_header(api: Api, fragments: Path) -> None:
    async with origin(files_of(fragments)) as (url, _):
        shown = await made(api, f"{url}/index.m3u8")
        assert (shown["status"], shown["file_type"]) == ("ready", "video/mp4")
        assert shown["duration"] == pytest.approx(9, abs=0.2)


async def test_a_playlist_is_known_by_its_type_and_its_urls_may_be_absolute(
    api: Api, stream: Path
) -> None:
    for content_type in ("application/vnd.apple.mpegurl", "Application/X-MpegURL"):
        async with origin(files_of(stream)) as (elsewhere, _):
            text = (stream / "index.m3u8").read_text()
            text = text.replace("segment", f"{elsewhere}/segment").replace("\n", "\r\n")
            async with origin({"watch": text}, {"watch": content_type}) as (url, _):
                assert (await made(api, f"{url}/watch"))["status"] == "ready"
    assert len(list((api.sandbox.data / "files").iterdir())) == 1


async def test_ranges_of_bytes_are_parts_of_a_file(api: Api, stream: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in stream.glob("*.ts"))
    contents = [(stream / name).read_bytes() for name in names]
    text = "".join(
        f"#EXT-X-BYTERANGE:{len(content)}{'@0' if number == 0 else ''}\n#EXTINF:4,\nall.ts\n"
        for number, content in enumerate(contents)
    )
    whole = tmp_path / "all.ts"
    whole.write_bytes(b"".join(contents))
    files: dict[str, Any] = {"index.m3u8": VOD.format(text), "all.ts": whole}
    async with origin(files) as (url, _):
        shown = await made(api, f"{url}/index.m3u8")
        assert await api.fetch(shown["url"]) == (200, whole.read_bytes())
    # A server that sends whole files instead.
    async with origin({**files, "all.ts": whole.read_bytes()}) as (url, _):
        shown = await made(api, f"{url}/index.m3u8")
        assert "parts of files" in shown["error"]["message"]


async def test_the_best_variant_of_a_master_playlist_is_taken(api: Api, stream: Path) -> None:
    master = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="low",NAME="a",URI="sound.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="in",NAME="a"\n'
        '#EXT-X-STREAM-INF:AUDIO="low",BANDWIDTH=100000\nlow.m3u8\n'
        '#EXT-X-STREAM-INF:CODECS="avc1,mp4a",AUDIO="in",BANDWIDTH=900000\n\nbest/index.m3u8\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=200000\nmiddle.m3u8\n"
    )
    async with origin({"master.m3u8": master, **files_of(stream, "best/")}) as (url, asked):
        assert (await made(api, f"{url}/master.m3u8"))["status"] == "ready"
        assert {name for name in asked if name.endswith("m3u8")} == {
            "master.m3u8",
            "best/index.m3u8",
        }


def body_of(folder: Path, under: str) -> str:
    """The lines of a media playlist for its segments, below another folder."""
    body: list[str] = []
    for line in (folder / "index.m3u8").read_text().splitlines():
        if line.startswith("#EXT-X-MAP"):
            body.append(line.replace('URI="', f'URI="{under}'))
        elif line.startswith("#EXTINF"):
            body.append(line)
        elif line and not line.startswith("#"):
            body.append(f"{under}{line}")
    return "\n".join([*body, ""])


@BOTH
@pytest.mark.parametrize("forms", ["ts,ts", "mp4,mp4", "ts,mp4"])
async def test_a_stream_may_have_pieces_with_their_own_timelines(
    api: Api, kind: Kind, stream: Path, fragments: Path, forms: str
) -> None:
    folders = {"ts": stream, "mp4": fragments}
    files = {**files_of(stream, "ts/"), **files_of(fragments, "mp4/")}
    pieces = [body_of(folders[form], f"{form}/") for form in forms.split(",")]
    if forms == "mp4,mp4":
        # A second header: the same under another name.
        pieces[1] = pieces[1].replace("mp4/init", "mp4/other")
        files["mp4/other.mp4"] = fragments / "init.mp4"
        files["index.m3u8"] = VOD.format("".join(pieces))
    else:
        files["index.m3u8"] = VOD.format("#EXT-X-DISCONTINUITY\n".join(pieces))
    async with client_of(api, kind) as client, origin(files) as (url, _):
        asset = await client.assets.create(method="url", url=f"{url}/index.m3u8")
        asset = await client.assets.retrieve(asset.id)
        assert (asset.status, asset.file_type) == ("ready", "video/mp2t")
        assert asset.duration == pytest.approx(9 * len(pieces), abs=0.4)
        assert asset.technical_metadata.video_codec == "h264"
        source = {"type": "asset_id", "asset_id": asset.id}
        said = await client.analyze(video=source, prompt="Which colours?")
        assert "red" in said.data
        assert list((api.sandbox.data / "tmp").iterdir()) == []
        assert len(list((api.sandbox.data / "files").iterdir())) == 1


@BOTH
async def test_sound_may_have_a_playlist_of_its_own(
    api: Api, kind: Kind, stream: Path, fragments: Path, tmp_path: Path
) -> None:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    with (
        av.open(str(stream / "film.mp4")) as source,
        av.open(str(sounds / "tone.aac"), "w", format="adts") as output,
    ):
        copy_track(source, source.streams.audio[0], output)
    master = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="b",URI="missing.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="a",DEFAULT=YES,URI="sound/index.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g"\nfilm/index.m3u8\n'
    )
    files = {
        **files_of(fragments, "film/"),
        **files_of(sounds, "sound/"),
        "sound/index.m3u8": VOD.format("#EXTINF:9,\ntone.aac\n"),
        "master.m3u8": master,
    }
    async with client_of(api, kind) as client, origin(files) as (url, _):
        silent = await client.assets.create(method="url", url=f"{url}/film/index.m3u8")
        assert not (await client.assets.retrieve(silent.id)).technical_metadata.has_audio
        asset = await client.assets.create(method="url", url=f"{url}/master.m3u8")
        asset = await client.assets.retrieve(asset.id)
        assert asset.status == "ready", asset.error
        assert asset.technical_metadata.has_audio
        assert asset.technical_metadata.audio_codec == "aac"
        assert asset.duration == pytest.approx(9, abs=0.3)
        for text, message in (
            ("#EXTM3U\n", "live"),
            (VOD.format('#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:9,\na\n'), "encrypted"),
            (VOD.format("#EXTINF:9,\nnowhere.aac\n"), "404"),
        ):
            files["sound/index.m3u8"] = text
            if message == "live":
                with pytest.raises(BadRequestError, match="live"):
                    await client.assets.create(method="url", url=f"{url}/master.m3u8")
                continue
            failed = await client.assets.create(method="url", url=f"{url}/master.m3u8")
            assert message in (await client.assets.retrieve(failed.id)).error.message
        assert list((api.sandbox.data / "tmp").iterdir()) == []


@BOTH
async def test_a_live_stream_is_refused(api: Api, kind: Kind, stream: Path) -> None:
    live = (stream / "index.m3u8").read_text().replace("#EXT-X-ENDLIST", "")
    master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n"
    files = {**files_of(stream), "live.m3u8": live, "master.m3u8": master}
    files |= {"watch": live, "watch.mp4": live, "film.mp4": live}
    types = {name: "application/x-mpegurl" for name in files if name.startswith("watch")}
    types |= {"film.mp4": "video/mp4"}
    async with client_of(api, kind) as client, origin(files, types) as (url, asked):
        # Whatever a stream is named, its server says what it is, or it does so itself.
        for name in ("live.m3u8", "master.m3u8", "watch", "watch.mp4", "film.mp4"):
            with pytest.raises(BadRequestError, match="live"):
                await client.assets.create(method="url", url=f"{url}/{name}")
        assert asked == ["live.m3u8", "master.m3u8", "live.m3u8", "watch", "watch.mp4", "film.mp4"]
        assert (await client.assets.list()).items == []


async def test_a_text_that_begins_as_a_playlist_is_a_text(api: Api) -> None:
    async with origin({"notes.txt": "#EXTM3U begins playlists."}) as (url, _):
        shown = await made(api, f"{url}/notes.txt")
        assert (shown["status"], shown["file_type"]) == ("ready", "text/plain")


@BOTH
async def test_a_url_is_asked_for_once(api: Api, kind: Kind, stream: Path) -> None:
    # A presigned URL may be good for one request.
    async with client_of(api, kind) as client, origin(files_of(stream)) as (url, asked):
        for name in ("index.m3u8", "film.mp4", "missing.m3u8", "missing.mp4"):
            video = {"type": "url", "url": f"{url}/{name}"}
            await client.assets.create(method="url", url=video["url"])
            await client.analyze_async.tasks.create(video=video, prompt="Which colours?")
            assert asked.count(name) == 2


async def test_a_film_that_nobody_reads_is_not_left_open(api: Api) -> None:
    left = asyncio.Event()

    async def give(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        try:
            while True:
                await reply.write(b"x" * 65_536)
        finally:
            left.set()

    async with served(web.get("/film.mp4", give)) as url:
        api.sandbox.faults.fail("analyze.task")
        video = {"type": "url", "url": f"{url}/film.mp4"}
        body = {"video": video, "prompt": "Which colours?"}
        await api("POST", "/analyze/tasks", 202, json=body)
        await left.wait()


async def test_a_playlist_that_does_not_come_holds_up_no_caller(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_OPENING_SECONDS", 0.05)
    given_up, asked = asyncio.Event(), list[str]()

    async def give(request: web.Request) -> web.Response:
        asked.append(request.path)
        if len(asked) == 1:
            await given_up.wait()
        raise web.HTTPNotFound

    async with served(web.get("/index.m3u8", give)) as url:
        try:
            shown = await made(api, f"{url}/index.m3u8")
            assert "404" in shown["error"]["message"]
            assert len(asked) == 2
        finally:
            given_up.set()


async def test_a_body_that_comes_late_is_waited_for_after_the_reply(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_BEGINNING_SECONDS", 0.01)
    replied, asked = asyncio.Event(), list[str]()

    async def give(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        await replied.wait()
        await reply.write(film.read_bytes())
        return reply

    async with served(web.get("/film.mp4", give)) as url:
        try:
            async with serving(timings=Timings(asset=1), speed=0) as api:
                shown = await made(api, f"{url}/film.mp4")
                assert shown["status"] == "processing"
                replied.set()
                api.sandbox.advance(1)
                assert (await api("GET", f"/assets/{shown['_id']}"))["status"] == "ready"
            assert asked == ["/film.mp4"]
        finally:
            replied.set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VOD.format('#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\na.ts\n'), "encrypted"),
        (VOD.format("#EXTINF:4,\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\nb.ts\n"), "be joined"),
        (VOD.format("#EXT-X-DISCONTINUITY\n#EXTINF:4,\na.ts\n" * 3), "2500 bytes"),
        (VOD.format("#EXT-X-DISCONTINUITY\n#EXTINF:50000,\na.ts\n" * 2), "seconds"),
        (VOD.format("#EXT-X-DISCONTINUITY\n#EXTINF:0,\na.ts\n" * 20_001), "segments"),
        (VOD.format("#EXT-X-GAP\n#EXTINF:4,\na.ts\n"), "missing"),
        (VOD.format("#EXTINF:4,\nhttp://192.0.2.1/a.ts\n"), "loopback"),
        (VOD.format("#EXTINF:4,\nfile:///etc/passwd\n"), "http://"),
        (VOD.format('#EXT-X-MAP:URI="http://example.com/i"\n#EXTINF:4,\na.ts\n'), "loopback"),
        (VOD.format("#EXTINF:4,\nmissing.ts\n"), "404"),
        (VOD.format("#EXTINF:99999,\na.ts\n"), "seconds"),
        (VOD.format("#EXTINF:nan,\na.ts\n"), "malformed"),
        (VOD.format("#EXT-X-BYTERANGE:5\n#EXTINF:4,\na.ts\n"), "malformed"),
        (VOD.format("#EXT-X-BYTERANGE:0@0\n#EXTINF:4,\na.ts\n"), "malformed"),
        (VOD.format("#EXTINF:0,\na.ts\n" * 20_001), "segments"),
        (VOD.format("#EXTINF:4,\na.ts\n" * 3), "2500 bytes"),
        (VOD.format(""), "no segments"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nself.m3u8\n", "another"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://example.com/a.m3u8\n", "loopback"),
        ("#EXTM3U\n" + "#" * 5_000_000, "too large"),
        ("no playlist", "#EXTM3U"),
        (VOD.format("#EXTINF:4,\na.ts\n"), "not a film"),
    ],
)
async def test_what_cannot_be_taken_fails_with_its_reason(text: str, message: str) -> None:
    settings = Settings(max_url_size=2500)
    files = {"self.m3u8": text, "a.ts": b"x" * 1000, "b.ts": b"x"}
    async with serving(settings=settings) as api, origin(files) as (url, _):
        shown = await made(api, f"{url}/self.m3u8")
        assert shown["status"] == "failed"
        assert message in shown["error"]["message"]
        assert list((api.sandbox.data / "tmp").iterdir()) == []


async def test_earlier_eras_take_no_playlist(stream: Path) -> None:
    for era, status in (("2026-07", "failed"), ("2026-10", "ready")):
        async with serving(settings=Settings(era=era)) as api, origin(files_of(stream)) as (url, _):  # type: ignore[arg-type]  # two of the eras
            assert (await made(api, f"{url}/index.m3u8"))["status"] == status
